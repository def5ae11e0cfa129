"""Which days a night asks for, and when it need not ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ingest.manifest import Manifest
from ingest.registry import SOURCES
from microlift.windows import Window, find_cover, next_window, quota_used

NOW = datetime(2026, 3, 20, 6, tzinfo=UTC)
ALL = ("counter", "dated", "entity")
SHOPIFY, YOUTUBE = SOURCES["shopify"], SOURCES["youtube"]


def fetched(
    since: date, until: date, kinds: tuple[str, ...] = ALL, at: datetime = NOW, plan: str = "p"
) -> Manifest:
    return Manifest("f", "shopify", since, until, kinds, at, at, False, plan, "", {})


def test_the_first_night_reaches_back_sixty_days_and_what_may_be_restated() -> None:
    assert next_window(SHOPIFY, [], NOW) == Window(date(2026, 1, 18), date(2026, 3, 20))


def test_a_night_goes_on_where_the_last_one_ended() -> None:
    known = [fetched(date(2026, 1, 1), date(2026, 3, 19))]
    assert next_window(SHOPIFY, known, NOW) == Window(date(2026, 3, 18), date(2026, 3, 20))
    assert next_window(YOUTUBE, known, NOW) == Window(date(2026, 3, 19), date(2026, 3, 20))


def test_missed_nights_heal() -> None:
    known = [fetched(date(2026, 1, 1), date(2026, 3, 10))]
    assert next_window(SHOPIFY, known, NOW).since == date(2026, 3, 9)


def test_nights_of_counters_cover_no_day() -> None:
    known = [fetched(date(2026, 3, 19), date(2026, 3, 19), ("counter",))]
    assert next_window(SHOPIFY, known, NOW).since == date(2026, 1, 18)


def test_a_source_of_counters_alone_is_asked_for_today() -> None:
    stories = SOURCES["instagram_stories"]
    known = [fetched(date(2026, 1, 1), date(2026, 3, 10))]
    today = Window(date(2026, 3, 20), date(2026, 3, 20))
    assert next_window(stories, [], NOW) == next_window(stories, known, NOW) == today


def test_days_asked_for_win_and_never_lie_in_the_future() -> None:
    asked = next_window(SHOPIFY, [], NOW, date(2026, 3, 1), date(2026, 4, 1))
    assert asked == Window(date(2026, 3, 1), date(2026, 3, 20))
    assert next_window(SHOPIFY, [], NOW, date(2026, 4, 1)).since == date(2026, 3, 20)


@pytest.mark.parametrize(
    ("manifest", "is_covered"),
    [
        (fetched(date(2026, 3, 18), date(2026, 3, 20)), True),
        (fetched(date(2026, 1, 1), date(2026, 3, 20)), True),
        (fetched(date(2026, 3, 19), date(2026, 3, 20)), False),
        (fetched(date(2026, 3, 18), date(2026, 3, 19)), False),
        (fetched(date(2026, 3, 18), date(2026, 3, 20), ("counter",)), False),
        (fetched(date(2026, 3, 18), date(2026, 3, 20), plan="other"), False),
        (
            fetched(date(2026, 3, 18), date(2026, 3, 20), at=datetime(2026, 3, 19, 23, tzinfo=UTC)),
            False,
        ),
    ],
    ids=["same", "wider", "begins later", "ends earlier", "counters", "other plan", "yesterday"],
)
def test_a_fetch_covers_the_same_question_of_the_same_day(
    manifest: Manifest, is_covered: bool
) -> None:
    window = Window(date(2026, 3, 18), date(2026, 3, 20))
    found = find_cover([manifest], window, frozenset(ALL), "p", NOW)
    assert (found is not None) is is_covered


def test_what_was_used_of_a_quota_is_counted_by_the_vendors_own_day() -> None:
    def spent(day: int, hour: int, units: int) -> Manifest:
        ended = datetime(2026, 3, day, hour, tzinfo=UTC)
        return replace(fetched(NOW.date(), NOW.date(), at=ended), usage={"units": units})

    known = [spent(19, 6, 1), spent(19, 7, 10), spent(20, 5, 100), spent(20, 8, 1_000)]
    known.append(fetched(NOW.date(), NOW.date()))  # used nothing
    pacific = "America/Los_Angeles"
    assert quota_used(known, pacific, NOW) == {"units": 110}  # 06:00Z is 23:00 of the day before
    assert quota_used(known, "UTC", NOW) == {"units": 1_100}
    assert quota_used([], pacific, NOW) == {}
