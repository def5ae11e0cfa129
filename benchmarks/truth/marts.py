"""A world's marts: its raw rows into an empty warehouse, then the models' own SQL over them."""

from __future__ import annotations

import json
from collections import defaultdict
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
select fetch_id, source, 'entity', seen_at::date, seen_at::date, seen_at, seen_at
from (select unnest($1) as fetch_id, unnest($2) as source, unnest($3) as seen_at)
"""
_STREAMS = """
insert into raw.fetch_streams
    (fetch_id, source, stream, row_count, first_observed_at, last_observed_at, status)
select unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), 'accepted'
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

    @property
    def fetch(self) -> str:
        """The id of its fetch: one a source and day."""
        return f"{self.source}-{self.at:%Y%m%d}"


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
        fill_raw(con, landed)
        run_models(con, models)
        yield con


def fill_raw(con: duckdb.DuckDBPyConnection, landed: Sequence[Landed]) -> None:
    """Make raw in the connection's database and put in what was landed."""
    create_raw(con, ALL_STREAMS())
    _insert_fetches(con, landed)
    for (source, stream), parts in _by_stream(landed).items():
        _insert(con, raw_table(source, stream), parts)


def _insert_fetches(con: duckdb.DuckDBPyConnection, landed: Sequence[Landed]) -> None:
    fetches = list(dict.fromkeys((each.fetch, each.source, each.at) for each in landed))
    con.execute(_FETCHES, [list(column) for column in zip(*fetches, strict=True)])
    streams = [
        (each.fetch, each.source, each.stream, len(each.rows), each.at, each.at) for each in landed
    ]
    con.execute(_STREAMS, [list(column) for column in zip(*streams, strict=True)])


def _by_stream(landed: Sequence[Landed]) -> dict[tuple[str, str], list[Landed]]:
    parts: dict[tuple[str, str], list[Landed]] = defaultdict(list)
    for each in landed:
        parts[each.source, each.stream].append(each)
    return parts


def _insert(con: duckdb.DuckDBPyConnection, table: str, parts: Sequence[Landed]) -> None:
    rows = [
        (json.dumps(row), json.dumps(context), each.at, each.fetch)
        for each in parts
        for row, context in zip(each.rows, each.contexts or [{}] * len(each.rows), strict=True)
    ]
    if rows:
        con.execute(
            f"insert into {table}"
            " select unnest($1)::json, unnest($2)::json, unnest($3), unnest($4), 1, 1, null",
            [list(column) for column in zip(*rows, strict=True)],
        )
