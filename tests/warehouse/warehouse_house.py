"""A small house for warehouse tests: fetches written by the real landing zone, and small marts."""

# ruff: noqa: S608 - statements are put together from constants of this file

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.job import FetchJob
from ingest.landing import FetchWriter, Landing, Manifest
from ingest.page import Page
from ingest.streams import Source, Stream
from warehouse.db import connect
from warehouse.load import LoadReport, load

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from ingest.http import Client

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
KEY = b"a key of the test"
VIDEOS = Stream("videos", "counter", ("$.id",), "$.items")
ORDERS = Stream(
    "orders",
    "entity",
    ("$.id", "$.updatedAt"),
    "$.data.orders.nodes",
    hashed=("$.customer.id",),
)
ACCOUNT = Stream("accounts", "counter", ("$.id",), "$")
RATES = Stream("rates", "dated", (), "$", row_pattern=r"(?s)<Cube time=.*?</Cube>")


def _fetch_nothing(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    raise AssertionError("these tests write their pages themselves")


def _source(name: str, *streams: Stream) -> Source:
    return Source(name, streams, "https://example.org", (), "0 3 * * *", 0, _fetch_nothing)


SOURCES = {
    source.name: source
    for source in (
        _source("youtube", VIDEOS),
        _source("shopify", ORDERS),
        _source("instagram", ACCOUNT),
        _source("ecb", RATES),
    )
}
STREAMS = {
    (source.name, stream.name): stream for source in SOURCES.values() for stream in source.streams
}


@dataclass
class Gate:
    """A gate that refuses what it is told to, and remembers what it was shown."""

    refuses: dict[tuple[str, ...], str] = field(default_factory=dict)
    verdict: str = "passed"
    results: Sequence[Any] = ()
    frames: list[pd.DataFrame] = field(default_factory=list)

    @property
    def refused(self) -> Mapping[tuple[str, ...], str]:
        return self.refuses

    def __call__(self, frame: pd.DataFrame) -> Gate:
        self.frames.append(frame)
        return self


def land(
    home: Path,
    source: str,
    pages: Sequence[bytes | str],
    night: int = 0,
    context: Mapping[str, Any] | None = None,
    *,
    stream: str | None = None,
    problems: int = 0,
) -> Manifest:
    """Land one fetch of `source`: JSON bodies as bytes, text bodies as str."""
    at = START + timedelta(days=night)
    job = FetchJob(at.date(), at.date(), at)
    with Landing(home / "landing").begin(SOURCES[source], job, "plan", True) as writer:
        for body in pages:
            is_text = isinstance(body, str)
            content = body.encode() if isinstance(body, str) else body
            page = Page(200, {}, content, None if is_text else {}, at, {"method": "GET"})
            writer.write(stream or SOURCES[source].streams[0].name, page, context or {})
        for number in range(problems):
            writer.problem("videos", {"id": number}, "not_found", "gone")
        return writer.commit()


def videos(count: int, night: int = 0, first: int = 0) -> bytes:
    """A page of videos, pretty-printed as the vendor does."""
    items = [{"id": f"v{first + n}", "views": str(100 * n + night)} for n in range(count)]
    return json.dumps({"items": items}, indent=2).encode()


def orders(*nodes: Mapping[str, Any]) -> bytes:
    return json.dumps({"data": {"orders": {"nodes": nodes}}}).encode()


def order(number: int, customer: str | None = "c1") -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Order/{number}",
        "updatedAt": "2026-03-01T00:00:00Z",
        "customer": None if customer is None else {"id": customer, "numberOfOrders": "1"},
    }


def load_all(
    con: duckdb.DuckDBPyConnection, home: Path, gate: Gate | None = None, run_id: str = "run"
) -> LoadReport:
    return load(con, home / "landing", STREAMS, gate or Gate(), KEY, run_id, loaded_at=START)


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of raw and of the gate's results, table by table."""
    tables = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where schema_name in ('raw', 'quality') order by 1"
    ).fetchall()
    return {
        table: sorted(con.table(table).project("columns(*)::varchar").fetchall(), key=str)
        for (table,) in tables
    }


def build_marts(home: Path, stamp: int, rows: int = 50) -> None:
    """Marts of which every figure is `stamp`, as a build would leave them."""
    with connect(home) as con:
        con.execute("create schema if not exists marts; create schema if not exists quality")
        for table in ("fct_roi_daily", "rpt_influencer_roi", "dim_influencers"):
            con.execute(
                f"create or replace table marts.{table} as"
                f" select i as id, {stamp} as stamp, i % 2 = 0 as is_default,"
                f" ({stamp} / 4)::decimal(18, 2) as net_revenue from range({rows}) as t(i)"
            )
        con.execute(
            """
            create or replace view marts.influencer_roi as
            select id as influencer_id, stamp, 'warehouse.marts' as note
            from "warehouse"."marts"."rpt_influencer_roi" where is_default;
            comment on table marts.rpt_influencer_roi is 'One row per influencer''s window.';
            comment on column marts.rpt_influencer_roi.net_revenue is 'After refunds.';
            comment on column marts.influencer_roi.stamp is 'Of the view.';
            """
        )


def spawn(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Run Python code in a process of its own that can import the rooms and these helpers."""
    here = Path(__file__).parent
    prelude = f"import sys; sys.path[:0] = [{str(here)!r}, {str(here.parents[1])!r}]\n"
    return subprocess.Popen(
        [sys.executable, "-c", prelude + code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
