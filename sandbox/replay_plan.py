"""The invented deals that a replay lays over recorded channels, the same every time.

Which channel, order or day takes part is decided by a checksum of its id, not by chance.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.moments import DAY, day_start
from sandbox.order_book import Visit
from sandbox.plan_files import PlanTables, Row, brand_settings

if TYPE_CHECKING:
    from sandbox.facts import Account

_CAMPAIGNS = ("Holiday Glow", "Winter Shield", "New Year Ritual")
_DEALS_PER_CAMPAIGN = 15
_CODE_SHARE, _LINK_SHARE = 60, 45  # of 1,000 orders


@dataclass(frozen=True)
class Deal:
    """A collaboration with the owner of one recorded channel."""

    collaboration_id: str
    campaign_id: str
    channel: Account
    starts_on: date
    ends_on: date
    code: str
    percent_off: int
    utm_campaign: str
    fee: Decimal
    currency_code: str

    @property
    def code_until(self) -> date:
        return self.ends_on + timedelta(days=14)


@dataclass(frozen=True)
class Claim:
    """What an order shows of deals: a code, a visit through a link, or nothing."""

    code: str = ""
    percent_off: int = 0
    link: Deal | None = None

    def visits(self, at: int) -> tuple[Visit, ...]:
        """The journey to an order placed at an instant."""
        if self.link is None:
            return ()
        return (
            Visit(
                at=at - DAY,
                source="youtube",
                referrer="https://www.youtube.com/",
                utm_source="youtube",
                utm_medium="influencer",
                utm_campaign=self.link.utm_campaign,
                utm_content=self.link.collaboration_id,
            ),
        )


@dataclass(frozen=True)
class Deals:
    """All invented campaigns (id, name, first and last day) and their deals."""

    campaigns: list[tuple[str, str, date, date]]
    deals: list[Deal] = field(default_factory=list)

    def claim(self, order: int, on: date) -> Claim:
        """What the order with a number, placed on a day, shows."""
        running = [deal for deal in self.deals if deal.starts_on <= on <= deal.code_until]
        lot = _checksum(f"order {order}") % 1_000
        if not running or lot >= _CODE_SHARE + _LINK_SHARE:
            return Claim()
        deal = running[_checksum(f"deal of {order}") % len(running)]
        if lot < _CODE_SHARE:
            return Claim(deal.code, deal.percent_off, deal if lot % 4 == 0 else None)
        return Claim(link=deal)


def draw_deals(first_day: date, last_day: date, channels: list[Account]) -> Deals:
    """Three campaigns over the recorded period, each with channels that published in it."""
    step = ((last_day - first_day).days + 1) / len(_CAMPAIGNS)
    ranked = sorted(channels, key=lambda channel: _checksum(channel.account_id))
    campaigns: list[tuple[str, str, date, date]] = []
    deals: list[Deal] = []
    for index, name in enumerate(_CAMPAIGNS):
        starts_on = first_day + timedelta(days=int(index * step))
        ends_on = first_day + timedelta(days=max(int((index + 1) * step) - 1, int(index * step)))
        campaign_id = f"cmp_{index + 1:02d}"
        campaigns.append((campaign_id, name, starts_on, ends_on))
        active = [c for c in ranked if any(_is_within(p.published, starts_on, ends_on)
                                           for p in c.posts)]  # fmt: skip
        for channel in active[:_DEALS_PER_CAMPAIGN]:
            number = len(deals) + 1
            deals.append(
                Deal(
                    collaboration_id=f"col_{number:04d}",
                    campaign_id=campaign_id,
                    channel=channel,
                    starts_on=starts_on,
                    ends_on=ends_on,
                    code=f"LUMEN{number:03d}",
                    percent_off=(10, 15, 20)[number % 3],
                    utm_campaign=name.lower().replace(" ", "-"),
                    fee=Decimal(250 + _checksum(channel.account_id) % 900),
                    currency_code=("EUR", "USD", "GBP")[number % 3],
                )
            )
    return Deals(campaigns, deals)


def recording_plan(channels: list[Account], deals: Deals, track_posts_days: int) -> PlanTables:
    """The plan: one influencer a channel; the posts of a deal are named one by one."""
    posts: list[Row] = [
        ("youtube", post.post_id, deal.collaboration_id)
        for deal in deals.deals
        for post in deal.channel.posts
        if _is_within(post.published, deal.starts_on, deal.ends_on)
    ]
    return PlanTables(
        brand=brand_settings(track_posts_days),
        rows={
            "influencers": [(c.owner_id, c.title, None, None) for c in channels],
            "accounts": [
                (c.owner_id, "youtube", c.account_id, c.handle, False, None, None)
                for c in channels
            ],
            "campaigns": [
                (campaign_id, name, "sales", starts_on, ends_on, Decimal(20_000), "EUR", None)
                for campaign_id, name, starts_on, ends_on in deals.campaigns
            ],
            "collaborations": [
                (d.collaboration_id, d.campaign_id, d.channel.owner_id, d.starts_on, d.ends_on,
                 Decimal("0.05") if index % 2 else None, "#lumenpartner", "@lumenskincare",
                 None, None)
                for index, d in enumerate(deals.deals)
            ],
            "costs": [
                (f"cost_{index:04d}", d.collaboration_id, "fee", d.fee, d.currency_code,
                 d.starts_on, d.ends_on if index % 3 else None, d.starts_on, d.ends_on)
                for index, d in enumerate(deals.deals, start=1)
            ],
            "codes": [
                (d.code, d.collaboration_id, d.starts_on, d.code_until) for d in deals.deals
            ],
            "links": [
                (f"lnk_{index:04d}", d.collaboration_id, "youtube", "influencer", d.utm_campaign,
                 d.collaboration_id, None)
                for index, d in enumerate(deals.deals, start=1)
            ],
            "posts": posts,
            "interactions": [
                (f"int_{index:04d}", d.channel.owner_id, d.starts_on - timedelta(days=5),
                 "e-mail", None)
                for index, d in enumerate(deals.deals, start=1)
            ],
        },
    )  # fmt: skip


def _is_within(instant: int, first: date, last: date) -> bool:
    return day_start(first) <= instant < day_start(last) + DAY


def _checksum(text: str) -> int:
    return zlib.crc32(text.encode())
