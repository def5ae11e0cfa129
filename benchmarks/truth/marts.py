"""A world's marts: its raw rows into an empty warehouse, then the models' own SQL over them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from compiled import DATABASE, Model, compile_models, run_models
from worlds import OBSERVED, World, order_rows, plan_rows, post_rows

from ingest.registry import ALL_STREAMS
from warehouse.raw import create_raw, raw_table

WANTED = ("+rpt_influencer_roi", "+rpt_campaign_roi", "+int_order_leaks")
_FETCHES = """
insert into raw.fetches (fetch_id, source, kinds, since, until, observed_from, observed_to)
values ($fetch, $source, 'entity', $at::date, $at::date, $at, $at)
"""
_STREAMS = """
insert into raw.fetch_streams
    (fetch_id, source, stream, row_count, first_observed_at, last_observed_at, status)
values ($fetch, $source, $stream, $rows, $at, $at, 'accepted')
"""


def compile_marts(work: Path, wanted: Sequence[str] = WANTED) -> list[Model]:
    """The models that the scores need."""
    return compile_models(wanted, work)


class Landed(NamedTuple):
    """Rows of one stream as the wire would bring them, seen at one instant; a context for each."""

    source: str
    stream: str
    at: datetime
    rows: Sequence[dict[str, Any]]
    contexts: Sequence[dict[str, Any]] = ()


@contextmanager
def built(world: World, models: Sequence[Model]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory with the world's marts."""
    plan = [Landed("plan", stream, OBSERVED, rows) for stream, rows in plan_rows(world).items()]
    orders = Landed("shopify", "orders", OBSERVED, order_rows(world))
    posts = post_rows(world)
    videos = Landed(
        "tiktok",
        "videos",
        OBSERVED,
        [post for _, post in posts],
        [{"account_id": account} for account, _ in posts],
    )
    with built_of([*plan, orders, videos], models) as con:
        yield con


@contextmanager
def built_of(
    landed: Sequence[Landed], models: Sequence[Model]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory with the marts of what was landed, a fetch a source and instant."""
    with duckdb.connect() as con:
        con.execute(f"attach ':memory:' as {DATABASE}")
        con.execute(f"use {DATABASE}")
        con.execute("set timezone = 'UTC'; set preserve_insertion_order = false; set threads = 1")
        create_raw(con, ALL_STREAMS())
        for source, at in dict.fromkeys((each.source, each.at) for each in landed):
            known = {"fetch": f"{source}-{at:%Y%m%d}", "source": source, "at": at}
            con.execute(_FETCHES, known)
        for each in landed:
            _insert(con, each)
        run_models(con, models)
        yield con


def _insert(con: duckdb.DuckDBPyConnection, landed: Landed) -> None:
    fetch = f"{landed.source}-{landed.at:%Y%m%d}"
    known: dict[str, Any] = {"fetch": fetch, "source": landed.source, "at": landed.at}
    con.execute(_STREAMS, {**known, "stream": landed.stream, "rows": len(landed.rows)})
    contexts = landed.contexts or [{}] * len(landed.rows)
    con.execute(
        f"insert into {raw_table(landed.source, landed.stream)}"
        " select unnest($rows)::json, unnest($contexts)::json, $at, $fetch, 1, 1, null",
        {
            "rows": [json.dumps(row) for row in landed.rows],
            "contexts": [json.dumps(context) for context in contexts],
            "at": landed.at,
            "fetch": fetch,
        },
    )
