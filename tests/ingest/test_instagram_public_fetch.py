"""Public discovery over HTTP: paging inside a field, handles that changed, and who is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import Call, Vendor, landed_pages, reply
from instagram_vendor import COUNTERS, Instagram, fetch, graph_error, media, refused

from ingest.errors import PaginationLoop, Unauthorised
from ingest.job import Account

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing
    from ingest.manifest import Manifest

OWN = Account("instagram", "100", "lumen", "brand", True)
FRIEND = Account("instagram", "200", "friend", "ben", True)
ANA = Account("instagram", "301", "@ana.cooks", "ana", False)
ZOE = Account("instagram", "302", "zoe", "zoe", False)
FIELDS = re.compile(
    r"business_discovery\.username\(([\w.]+)\)\{id,username,followers_count,media_count,"
    r"media\.limit\((\d+)\)(?:\.after\((\w+)\))?\{[\w,]+\}\}"
)
IDS = {"ana.cooks": "301", "zoe": "302"}
TOO_MUCH = "Please reduce the amount of data you're asking for, then retry your request"

Pages = dict[str | None, tuple[list[Any], str | None]]


class Public(Instagram):
    """Shows every account's `pages`: rows and next cursor by cursor; `refuse` by handle."""

    def __init__(
        self,
        pages: Pages | None = None,
        refuse_public: Callable[[str, int], web.StreamResponse | None] = lambda handle, size: None,
    ) -> None:
        super().__init__()
        self.pages: Pages = pages or {None: ([media("m1")], None)}
        self.refuse_public = refuse_public
        self.asked: list[tuple[str, str, int, str | None]] = []

    def __call__(self, call: Call, number: int) -> web.StreamResponse:
        if "business_discovery" not in call.query.get("fields", ""):
            return super().__call__(call, number)
        asked = FIELDS.fullmatch(call.query["fields"])
        assert asked, call.query["fields"]
        handle, size, after = asked.groups()
        self.asked.append((call.path, handle, int(size), after))
        if refusal := self.refuse_public(handle, int(size)):
            return refusal
        rows, following = self.pages[after]
        cursors = {"after": following} if following else {"before": "B"}
        return reply({"id": "100", "business_discovery": self.shown(handle, rows, cursors)})

    def shown(self, handle: str, rows: list[Any], cursors: dict[str, str]) -> dict[str, Any]:
        return {
            "id": IDS[handle],
            "username": handle,
            "followers_count": 64976,
            "media": {"data": rows, "paging": {"cursors": cursors}},
        }


def discover(vendor: Vendor, landing: Landing, answer: Any, *accounts: Account) -> Manifest:
    return fetch(vendor, landing, answer, accounts=accounts or (OWN, FRIEND, ANA), **COUNTERS)


def test_the_brand_asks_for_those_who_did_not_let_us_in_page_by_page(
    vendor: Vendor, landing: Landing
) -> None:
    public = Public({None: ([media("m1")], "A"), "A": ([], "B"), "B": ([media("m2")], None)})
    manifest = discover(vendor, landing, public)
    assert public.asked == [("/v25.0/100", "ana.cooks", 50, after) for after in (None, "A", "B")]
    assert not any("/301" in path for path in vendor.paths)
    [account] = landed_pages(manifest, "discovery_accounts")
    assert account["context"] == {"account_id": "301", "handle": "@ana.cooks"}
    assert account["body"]["business_discovery"]["followers_count"] == 64976
    posts = [
        row["id"]
        for page in landed_pages(manifest, "discovery_media")
        for row in page["body"]["business_discovery"]["media"]["data"]
    ]
    assert posts == ["m1", "m2"]
    assert manifest.problems == ()


def test_posts_too_old_to_track_end_the_reading(vendor: Vendor, landing: Landing) -> None:
    public = Public({None: ([media("m1", 91)], "A")})
    discover(vendor, landing, public)
    assert len(public.asked) == 1


def test_too_much_data_halves_the_page_at_the_same_place(vendor: Vendor, landing: Landing) -> None:
    public = Public(
        {None: ([media("m1")], "A"), "A": ([media("m2")], None)},
        lambda handle, size: graph_error(1, TOO_MUCH) if size > 25 else None,
    )
    manifest = discover(vendor, landing, public)
    assert [(size, after) for _, _, size, after in public.asked] == [
        (50, None),
        (25, None),
        (25, "A"),
    ]
    assert manifest.streams["discovery_media"].pages == 2


def test_a_cursor_that_comes_again_fails_loudly(vendor: Vendor, landing: Landing) -> None:
    public = Public({None: ([media("m1")], "A"), "A": ([media("m2")], "A")})
    with pytest.raises(PaginationLoop):
        discover(vendor, landing, public)


def test_a_vanished_handle_is_recorded_and_the_others_go_on(
    vendor: Vendor, landing: Landing
) -> None:
    public = Public(
        None,
        lambda handle, size: (
            graph_error(110, "Invalid user id", 2207013) if handle == "ana.cooks" else None
        ),
    )
    manifest = discover(vendor, landing, public, OWN, ANA, ZOE)
    assert refused(manifest) == [("discovery_accounts", "not_found")]
    assert manifest.problems[0].context == {"account_id": "301", "handle": "@ana.cooks"}
    [account] = landed_pages(manifest, "discovery_accounts")
    assert account["context"]["account_id"] == "302"


def test_a_handle_that_changed_hands_is_recorded_and_not_landed(
    vendor: Vendor, landing: Landing
) -> None:
    class Taken(Public):
        def shown(self, handle: str, rows: list[Any], cursors: dict[str, str]) -> dict[str, Any]:
            return {**super().shown(handle, rows, cursors), "id": "999"}

    manifest = discover(vendor, landing, Taken())
    assert refused(manifest) == [("discovery_accounts", "renamed")]
    assert "@ana.cooks is now account 999" in manifest.problems[0].detail
    assert not {"discovery_accounts", "discovery_media"} & {*manifest.streams}


def test_an_account_that_shows_no_posts_has_its_numbers_landed(
    vendor: Vendor, landing: Landing
) -> None:
    class Bare(Public):
        def shown(self, handle: str, rows: list[Any], cursors: dict[str, str]) -> dict[str, Any]:
            return {"id": IDS[handle], "followers_count": 3}

    manifest = discover(vendor, landing, Bare())
    assert "discovery_media" not in manifest.streams
    assert manifest.streams["discovery_accounts"].pages == 1


def test_a_handle_can_ask_for_nothing_but_itself(vendor: Vendor, landing: Landing) -> None:
    evil = Account("instagram", "301", "ana){id},media{id", "ana", False)
    public = Public()
    manifest = discover(vendor, landing, public, OWN, evil)
    assert public.asked == []
    assert refused(manifest) == [("discovery_accounts", "not_found")]


def test_without_an_account_of_the_brand_nobody_is_asked_and_that_is_said(
    vendor: Vendor, landing: Landing
) -> None:
    public = Public()
    manifest = discover(vendor, landing, public, FRIEND, ANA, ZOE)
    assert public.asked == []
    assert refused(manifest) == [("discovery_accounts", "permission")] * 2
    assert "account of the brand" in manifest.problems[0].detail


def test_a_brand_that_lost_its_access_costs_the_discovery_only(
    vendor: Vendor, landing: Landing
) -> None:
    public = Public(None, lambda handle, size: graph_error(190, "expired"))
    manifest = discover(vendor, landing, public, OWN, FRIEND, ANA)
    assert refused(manifest) == [("discovery_accounts", "unauthorised")]
    assert manifest.streams["accounts"].pages == 2
    with pytest.raises(Unauthorised):
        discover(vendor, landing, public, OWN, ANA)
