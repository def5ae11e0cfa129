"""A world of five influencers and a dozen orders, small enough to work out by hand.

Payloads mirror the vendors' documented answers. Each entity is there for one rule, named beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from marts_world_affiliates import affiliate_actions
from marts_world_orders import order, orders, orders_page

if TYPE_CHECKING:
    from marts_house import House


NIGHTS = ("2026-10-01T03:00:00", "2026-10-02T03:00:00", "2026-10-04T03:00:00")  # one is missing
ORDERS_AT = "2026-11-10T06:00:00"

BRAND = {
    "name": "Lumen Skincare",
    "reporting_currency": "EUR",
    "time_zone": "Europe/Berlin",
    "contribution_margin": "0.58",
    "attribution": {
        "model": "last_touch",
        "lookback_days": 30,
        "models": [
            "last_touch",
            "first_touch",
            "linear",
            "time_decay",
            "position_based",
            "data_driven",
        ],
        "windows": [1, 7, 14, 30, 90],
    },
    "return_window_days": 30,
    "track_posts_days": 90,
    "tiers": {"nano": 0, "micro": 10000, "macro": 100000, "mega": 1000000},
    "retention": {},
}
INFLUENCERS = ("ana", "ben", "cleo", "dora", "eli")


def plan(campaign_name: str = "Autumn") -> dict[str, list[dict[str, Any]]]:
    """The plan's rows as they are landed."""
    deal = {"campaign_id": "autumn", "starts_on": "2026-10-01", "ends_on": "2026-10-31"}
    open_end = {"valid_from": None, "valid_to": None}
    no_spread = {"spread_from": None, "spread_to": None}
    return {
        "brand": [BRAND],
        "influencers": [
            {"influencer_id": i, "name": i.title(), "country": "DE", "category": None}
            for i in INFLUENCERS
        ],
        "accounts": [
            _account("ana", "youtube", "UCana") | open_end,
            _account("ben", "instagram", "1784001") | open_end,
            _account("brand", "instagram", "1784999") | open_end,
            # a handle that changed hands
            _account("dora", "youtube", "UCsold") | {"valid_from": None, "valid_to": "2026-10-01"},
            _account("eli", "youtube", "UCsold") | {"valid_from": "2026-10-02", "valid_to": None},
        ],
        "campaigns": [
            {
                "campaign_id": "autumn",
                "name": campaign_name,
                "objective": "sales",
                "starts_on": "2026-10-01",
                "ends_on": "2026-10-31",
                "budget": "5000.00",
                "currency_code": "EUR",
                "contribution_margin": None,
            }
        ],
        "collaborations": [
            deal | {"collaboration_id": "d-ana", "influencer_id": "ana", "commission_rate": "0.10"},
            deal
            | {
                "collaboration_id": "d-ben",
                "influencer_id": "ben",
                "hashtags": "#LumenGlow; #glow",
            },
            deal | {"collaboration_id": "d-cleo", "influencer_id": "cleo"},  # a cost without a rate
            deal | {"collaboration_id": "d-dora", "influencer_id": "dora"},  # nothing at all
        ],
        "costs": [
            _cost("k1", "d-ana", "fee", "1000.00", "EUR", "2026-09-28", "2026-10-05") | no_spread,
            _cost("k2", "d-ben", "product", "110.00", "USD", "2026-10-02", "2026-10-05")
            | {"spread_from": "2026-10-01", "spread_to": "2026-10-03"},
            _cost("k3", "d-cleo", "fee", "70.00", "BRL", "2026-10-02", None) | no_spread,
        ],
        "codes": [
            _code("Ana10", "d-ana", "2026-10-01", "2026-10-07"),
            _code("SHARED", "d-ana", None, None),
            _code("SHARED", "d-ben", None, None),
        ],
        "links": [_link("l-ana", "d-ana", "youtube"), _link("l-ben", "d-ben", "instagram")],
        "posts": [
            {"platform": "youtube", "post_id": "v_told", "collaboration_id": "d-ana"},
            {"platform": "instagram", "post_id": "s1", "collaboration_id": "d-ben"},
        ],
        "interactions": [],
    }


def _account(owner: str, platform: str, account_id: str) -> dict[str, Any]:
    return {
        "owner_id": owner,
        "platform": platform,
        "account_id": account_id,
        "handle": f"@{owner}",
        "is_authorised": True,
    }


def _cost(*cells: str | None) -> dict[str, Any]:
    names = ("cost_id", "collaboration_id", "cost_type", "amount", "currency_code")
    return dict(zip((*names, "incurred_on", "paid_on"), cells, strict=True))


def _code(code: str, deal: str, first: str | None, last: str | None) -> dict[str, Any]:
    return {"code": code, "collaboration_id": deal, "valid_from": first, "valid_to": last}


def _link(link_id: str, deal: str, source: str) -> dict[str, Any]:
    return {
        "link_id": link_id,
        "collaboration_id": deal,
        "utm_source": source,
        "utm_medium": "creator",
        "utm_campaign": "autumn",
        "utm_content": link_id,
        "short_url": f"https://lumen.example/{link_id}",
    }


def channel(account_id: str, subscribers: str | None) -> dict[str, Any]:
    """A YouTube channel; None hides its subscribers, which the vendor then sends as 0 or not."""
    counts = {"viewCount": "9000000000", "videoCount": "4"}
    hidden = {"hiddenSubscriberCount": subscribers is None}
    shown = {"subscriberCount": subscribers or "0"}
    return {"kind": "youtube#channel", "id": account_id, "statistics": counts | hidden | shown}


def video(
    post_id: str, published: str, views: str, likes: str | None, comments: str | None, **more: Any
) -> dict[str, Any]:
    """A YouTube video; absent counts are absent."""
    counts = {"viewCount": views, "likeCount": likes, "commentCount": comments}
    text = {"title": more.get("title", "A video"), "description": more.get("description", "")}
    return {
        "kind": "youtube#video",
        "id": post_id,
        "snippet": {
            "publishedAt": published,
            "channelId": more.get("account_id", "UCana"),
            "liveBroadcastContent": "none",
            **text,
        },
        "statistics": {k: v for k, v in counts.items() if v is not None} | {"favoriteCount": "0"},
        "paidProductPlacementDetails": {"hasPaidProductPlacement": more.get("paid", False)},
    }


def youtube_pages(
    channels: list[dict[str, Any]], videos: list[dict[str, Any]], asked: list[str]
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """One night of YouTube."""
    yield "channels", {"items": channels}, {"requested_ids": [c["id"] for c in channels]}
    yield "videos", {"items": videos}, {"requested_ids": asked}


def _youtube_nights(house: House) -> None:
    old, gone = "2026-09-20T09:00:00Z", "2026-09-25T09:00:00Z"
    new, late = "2026-10-01T12:00:00.000Z", "2026-10-02T05:00:00Z"
    code = {"description": "Take 10 % off with ana-10... I mean ANA10! #Ad", "paid": False}
    sold = {"account_id": "UCsold"}
    first, second, third = NIGHTS
    house.land(
        "youtube",
        first,
        youtube_pages(
            [channel("UCana", "25000"), channel("UCsold", None)],
            [
                video("v_old", old, "1000", "50", None),  # comments are off
                video("v_gone", gone, "300", "10", "2"),
                video("v_told", old, "70", None, "1", paid=True),  # likes are hidden
            ],
            ["v_old", "v_gone", "v_told"],
        ),
    )
    house.land(
        "youtube",
        second,
        youtube_pages(
            [channel("UCana", "25000"), channel("UCsold", None)],
            [
                video("v_old", old, "1100", "45", None),  # the platform took likes back
                video("v_new", new, "500", "20", "5", **code),
                video("v_sold_1", "2026-10-01T10:00:00Z", "1", "1", "1", **sold),
            ],
            ["v_old", "v_gone", "v_told", "v_new", "v_sold_1"],
        ),
    )
    house.land(
        "youtube",
        third,
        youtube_pages(
            [channel("UCana", "25100"), channel("UCsold", None)],
            [
                video("v_old", old, "1250", "47", None),
                video("v_new", new, "800", "30", "7", **code),
                video("v_late", late, "90", "4", "0"),
                video("v_told", old, "75", None, "1", paid=True),
                video("v_sold_2", "2026-10-02T10:00:00Z", "1", "1", "1", **sold),
            ],
            ["v_old", "v_gone", "v_told", "v_new", "v_late", "v_sold_2"],
        ),
    )


def media(
    post_id: str, published: str, likes: int | None, comments: int, caption: str | None
) -> dict[str, Any]:
    """An Instagram post of the media list; hidden likes and missing captions are absent."""
    optional = {"like_count": likes, "caption": caption}
    return {
        "id": post_id,
        "media_type": "VIDEO",
        "media_product_type": "REELS",
        "timestamp": published,
        "comments_count": comments,
    } | {k: v for k, v in optional.items() if v is not None}


def insights(post_id: str, **values: int) -> tuple[str, Any, dict[str, Any]]:
    """The insights of one Instagram post; what the vendor does not tell is absent."""
    data = [
        {"name": name, "period": "lifetime", "values": [{"value": value}]}
        for name, value in values.items()
    ]
    return "media_insights", {"data": data}, {"account_id": "1784001", "media_id": post_id}


def follows(day: str, **results: int) -> tuple[str, Any, dict[str, Any]]:
    """New follows and unfollows of one day of ben's account."""
    found = [{"dimension_values": [k.upper()], "value": v} for k, v in results.items()]
    total = {"breakdowns": [{"dimension_keys": ["follow_type"], "results": found}]}
    return (
        "user_insights",
        {"data": [{"name": "follows_and_unfollows", "period": "day", "total_value": total}]},
        {"account_id": "1784001", "since": day, "until": day, "metric_type": "total_value"},
    )


def _account_page(account_id: str, followers: int) -> tuple[str, Any, dict[str, Any]]:
    body = {
        "id": account_id,
        "username": f"x{account_id}",
        "followers_count": followers,
        "media_count": 2,
    }
    return "accounts", body, {"account_id": account_id}


def _instagram_nights(house: House) -> None:
    glow = "Glow with @LumenSkin #LumenGlow #werbung"
    context = {"account_id": "1784001"}
    first, second, third = NIGHTS
    house.land(
        "instagram", first, [_account_page("1784001", 12000), _account_page("1784999", 5000)]
    )
    house.land(
        "instagram",
        second,
        [
            _account_page("1784001", 12010),
            _account_page("1784999", 5020),
            follows("2026-10-01", follower=15, non_follower=5),
            (
                "media",
                {
                    "data": [
                        media("m1", "2026-10-01T18:00:00+0000", None, 8, glow),
                        media("m2", "2026-09-30T18:00:00+0000", 40, 2, "Morning run"),
                        media("m3", "2026-09-30T19:00:00+0000", 41, 3, None),
                    ]
                },
                context,
            ),
            insights("m1", reach=900, views=1500, likes=100, comments=9, saved=7, shares=5),
        ],
    )
    house.land(
        "instagram",
        third,
        [
            _account_page("1784001", 12005),
            _account_page("1784999", 5050),
            follows("2026-10-01", follower=16),  # restated; a category without activity is absent
            (
                "media",
                {
                    "data": [
                        media("m1", "2026-10-01T18:00:00+0000", None, 10, glow),
                        # m3 would stand here, were it not deleted
                        media("m2", "2026-09-30T18:00:00+0000", 44, 2, "Morning run"),
                    ]
                },
                context,
            ),
            insights("m1", reach=950, likes=110),
        ],
    )


def _stories_nights(house: House) -> None:
    """A story that was last seen half an hour before its end, and a day on which nobody looked."""
    asked = {"account_id": "1784001"}
    live = {"id": "s1", "media_type": "IMAGE", "timestamp": "2026-10-01T03:30:00+0000"}
    told = [{"name": "views", "values": [{"value": 800}]}, {"name": "reach", "values": []}]
    house.land("instagram_stories", NIGHTS[0], [("stories", {"data": []}, asked)])
    house.land(
        "instagram_stories",
        NIGHTS[1],
        [
            ("stories", {"data": [live]}, asked),
            ("story_insights", {"data": told}, asked | {"media_id": "s1"}),
        ],
    )
    house.land("instagram_stories", NIGHTS[2], [("stories", {"data": []}, asked)])


def land_world(house: House) -> tuple[str, str, str]:
    """Land everything; the (fetch, source, stream) that the raw gate is to refuse."""
    house.land_plan("2026-10-01T02:00:00", plan("Autumn draft"))
    _youtube_nights(house)
    _instagram_nights(house)
    _stories_nights(house)
    house.land_plan("2026-10-04T02:00:00", plan())
    rates = (
        "<gesmes:Envelope><Cube>"
        "<Cube time='2026-10-05'><Cube currency='USD' rate='1.1000'/></Cube>"
        '<Cube time="2026-10-02"><Cube currency="USD" rate="1.1200"/>'
        '<Cube currency="GBP" rate="0.8600"/></Cube>'
        "</Cube></gesmes:Envelope>"
    )
    house.land("ecb", "2026-10-05T16:30:00", [("rates", rates, {})])
    shop = {"data": {"shop": {"ianaTimezone": "Europe/Berlin", "currencyCode": "EUR"}}}
    before = order(9, "2026-10-06T11:00:00Z", "44.00", updated="2026-10-06T11:00:00Z")
    house.land("shopify", "2026-10-06T12:00:00", [orders_page([before])])
    after = [o | {"updatedAt": "2026-11-01T00:00:00Z"} for o in orders()]
    house.land("shopify", ORDERS_AT, [("shop", shop, {"shop": "lumen"}), orders_page(after)])
    house.land("impact", ORDERS_AT, [("actions", {"Actions": affiliate_actions()}, {})])
    wrong = [video("v_old", "2026-09-20T09:00:00Z", "1", "1", "1")]
    fetch_id = house.land("youtube", "2026-10-05T03:00:00", youtube_pages([], wrong, ["v_old"]))
    return fetch_id, "youtube", "videos"
