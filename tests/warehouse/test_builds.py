"""When a build may append what new fetches brought, and when it must begin from all of raw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from warehouse_house import KEY, START, STREAMS, VIDEOS, Gate, land

from ingest.landing import Landing
from ingest.plan_source import land_plan
from ingest.registry import ALL_STREAMS
from warehouse.accept import accept
from warehouse.builds import Scope, begin_build, finish_build, is_unfinished
from warehouse.load import load
from warehouse.retention import Rule, purge

Con = duckdb.DuckDBPyConnection
PLAN = {pair: stream for pair, stream in ALL_STREAMS().items() if pair[0] == "plan"}
ALL = STREAMS | PLAN | {("youtube", "videos"): replace(VIDEOS, account_at="$.channel")}
NEW = "select source, stream, fetch_id from ops.new_streams order by all"


def begin(con: Con, definitions: str = "models", *, is_full: bool = False) -> Scope:
    return begin_build(con, "run", definitions, ALL.keys(), is_full=is_full)


def load_new(con: Con, home: Path, gate: Gate | None = None) -> None:
    load(con, home / "landing", ALL, gate or Gate(), KEY, "run", loaded_at=START)


def build(con: Con) -> str:
    """A build that succeeds; its scope."""
    scope = begin(con)
    finish_build(con)
    return str(scope)


def page(*ids: str) -> bytes:
    items = ", ".join(f'{{"id": "{one}", "views": "7"}}' for one in ids)
    return f'{{"items": [{items}]}}'.encode()


def plan(influencer: str) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {name: [] for _, name in PLAN}
    return tables | {"influencers": [{"influencer_id": influencer}]}


def fetched(home: Path, source: str, body: bytes, night: int) -> str:
    return land(home, source, [body], night).fetch_id


@pytest.fixture
def built(con: Con, home: Path) -> Con:
    """A warehouse with two fetches, one of them refused, and a finished build."""
    land_plan(Landing(home / "landing"), plan("a"), START, is_simulated=True)
    fetched(home, "youtube", page("a", "b"), 0)
    second = fetched(home, "instagram", b'{"id": "x"}', 0)
    load_new(con, home, Gate({(second, "instagram", "accounts"): "too few"}))
    assert build(con) == "full, there is no earlier build"
    return con


def test_only_new_fetches_need_no_full_build_and_staging_is_told_which(
    built: Con, home: Path
) -> None:
    assert build(built) == "0 new fetches"
    night = fetched(home, "youtube", page("c"), 1)
    refused = fetched(home, "instagram", b'{"id": "y"}', 1)
    load_new(built, home, Gate({(refused, "instagram", "accounts"): "too few"}))
    assert str(begin(built)) == "1 new fetch"
    assert built.execute(NEW).fetchall() == [("youtube", "videos", night)]
    # Once it is built nothing is left to append, whoever runs dbt.
    finish_build(built)
    assert built.execute(NEW).fetchall() == []
    assert build(built) == "0 new fetches"


def test_a_fetch_of_an_earlier_night_that_comes_late_is_new(built: Con, home: Path) -> None:
    fetched(home, "youtube", page("d"), 5)
    load_new(built, home)
    assert build(built) == "1 new fetch"
    late = fetched(home, "youtube", page("c"), 3)
    load_new(built, home)
    begin(built)
    assert built.execute(NEW).fetchall() == [("youtube", "videos", late)]


def test_a_build_that_did_not_finish_makes_the_next_one_full(built: Con) -> None:
    assert str(begin(built)) == "0 new fetches"
    assert str(begin(built)) == "full, the last build did not finish"
    assert build(built) == "full, the last build did not finish"
    assert build(built) == "0 new fetches"


def test_other_models_make_a_full_build(built: Con) -> None:
    assert str(begin(built, "other models")) == "full, the models changed"


def test_another_duckdb_makes_a_full_build(built: Con, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb, "__version__", "1.99.0")
    assert str(begin(built)) == "full, DuckDB is another version"


def test_a_person_may_ask_for_a_full_build(built: Con) -> None:
    assert str(begin(built, is_full=True)) == "full, asked for"


def _accept(con: Con, home: Path) -> None:
    ((refused,),) = con.execute(
        "select fetch_id from raw.fetch_streams where status = 'refused'"
    ).fetchall()
    accept(con, refused, "a quiet day", run_id="a")


def _purge(con: Con, home: Path) -> None:
    rule = Rule("youtube", 30, frozenset())
    purge(con, home / "landing", ALL, [rule], "p", START + timedelta(days=40))


def _edit_plan(con: Con, home: Path) -> None:
    later = START + timedelta(days=1)
    land_plan(Landing(home / "landing"), plan("b"), later, is_simulated=True)


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (_accept, "the verdict on an earlier fetch changed"),
        (_purge, "rows of raw were deleted"),
        (_edit_plan, "the plan changed"),
    ],
)
def test_whatever_else_happens_beside_new_fetches_makes_a_full_build(
    built: Con, home: Path, happens: Callable[[Con, Path], None], why: str
) -> None:
    fetched(home, "youtube", page("c"), 1)
    happens(built, home)
    load_new(built, home)
    assert build(built) == f"full, {why}"
    assert build(built) == "0 new fetches"


def test_nothing_is_published_until_a_build_has_read_raw_as_it_is(built: Con, home: Path) -> None:
    assert not is_unfinished(built)
    _purge(built, home)
    assert is_unfinished(built)
    assert build(built) == "full, rows of raw were deleted"
    assert not is_unfinished(built)
