"""A world's marts: its raw rows into an empty warehouse, then the models' own SQL over them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from compiled import DATABASE, Model, compile_models, run_models
from worlds import OBSERVED, World, order_rows, plan_rows, post_rows

from ingest.registry import ALL_STREAMS
from warehouse.raw import create_raw, raw_table

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def compile_marts(work: Path) -> list[Model]:
    """The models that the scores need; the leaked codes as soon as there is a model of them."""
    return compile_models(WANTED, work)


@contextmanager
def built(world: World, models: Sequence[Model]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory with the world's marts."""
    with duckdb.connect() as con:
        con.execute(f"attach ':memory:' as {DATABASE}")
        con.execute(f"use {DATABASE}")
        con.execute("set timezone = 'UTC'; set preserve_insertion_order = false; set threads = 1")
        create_raw(con, ALL_STREAMS())
        _insert(con, "plan", plan_rows(world).items())
        _insert(con, "shopify", [("orders", order_rows(world))])
        posts = post_rows(world)
        accounts = [{"account_id": account} for account, _ in posts]
        _insert(con, "tiktok", [("videos", [post for _, post in posts])], accounts)
        run_models(con, models)
        yield con


def _insert(
    con: duckdb.DuckDBPyConnection,
    source: str,
    streams: Iterable[tuple[str, Sequence[dict[str, Any]]]],
    contexts: Sequence[dict[str, Any]] | None = None,
) -> None:
    """One fetch of all streams; `contexts` say row by row what was asked for."""
    known: dict[str, Any] = {"fetch": "f1", "source": source, "at": OBSERVED}
    con.execute(_FETCHES, known)
    for stream, rows in streams:
        con.execute(_STREAMS, {**known, "stream": stream, "rows": len(rows)})
        con.execute(
            f"insert into {raw_table(source, stream)}"
            " select unnest($rows)::json, unnest($asked)::json, $at, $fetch, 1, 1, null",
            {
                "rows": [json.dumps(row) for row in rows],
                "asked": [json.dumps(one) for one in contexts or [{}] * len(rows)],
                "at": OBSERVED,
                "fetch": "f1",
            },
        )
