"""Landing to raw: every complete fetch exactly once, all of it in one transaction.

DuckDB parses; Python touches one manifest a fetch and never a row. A fetch whose files are not
what its manifest says stays out and is looked at again by the next load; a stream that the gate
refuses is loaded but marked, and staging reads accepted streams only.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from warehouse.db import Memory, frugal, transaction
from warehouse.fetch_record import (
    WHOLE_FETCH,
    RefusedStream,
    Streams,
    record_fetches,
    record_streams,
    record_unreadable,
)
from warehouse.gate_frame import gate_frame
from warehouse.landed import (
    LandedFetch,
    Unreadable,
    find_fetches,
    hold_their_pages,
    parse_each,
    verify,
)
from warehouse.quality import Verdicts, append_results, create_quality
from warehouse.raw import create_raw
from warehouse.rows import insert_rows

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

_Outcome = tuple[list[RefusedStream], str]


@dataclass(frozen=True)
class LoadReport:
    """What one load did; `verdict` is the raw gate's, `failed` when anything was refused."""

    fetch_ids: tuple[str, ...]
    row_counts: Mapping[tuple[str, str], int]
    refused: tuple[RefusedStream, ...]
    verdict: str

    @property
    def rows(self) -> int:
        return sum(self.row_counts.values())


def load(  # noqa: PLR0917 - the contract between the rooms
    con: duckdb.DuckDBPyConnection,
    landing_root: Path,
    streams: Streams,
    gate: Callable[[pd.DataFrame], Verdicts],
    customer_key: bytes,
    run_id: str,
    *,
    loaded_at: datetime | None = None,
) -> LoadReport:
    """Load what is complete and not yet loaded, let `gate` judge it, and commit both together.

    `streams` are all registered streams by (source, stream): each gets its raw table. `gate` takes
    the frame of `gate_frame`. `loaded_at` is the real now unless told. Loading again changes
    nothing. A bad fetch raises nothing: it is refused with its reason, and the others are loaded.
    """
    at = loaded_at or datetime.now(UTC)
    with transaction(con):
        create_raw(con, streams)
        create_quality(con)
    found = find_fetches(landing_root, {source for source, _ in streams}, _known(con))
    fetches, unreadable = verify(found, streams.keys())

    def commit(memory: Memory | None = None, *, is_careful: bool = False) -> _Outcome:
        refused = [
            RefusedStream(fetch_id, source, WHOLE_FETCH, reason)
            for (source, fetch_id), reason in unreadable.items()
        ]
        with transaction(con):
            record_unreadable(con, refused, run_id, at)
            if not fetches:
                return refused, "passed"
            record_fetches(con, fetches, run_id, at)
            with nullcontext() if is_careful else _pages_counted(fetches):
                for (source, stream), held in _by_stream(fetches).items():
                    shape = streams[source, stream]
                    insert_rows(con, source, shape, held, customer_key, is_careful=is_careful)
            if memory:
                memory.let_go()
            record_streams(con, fetches, streams)
            verdicts = gate(gate_frame(con, [fetch.fetch_id for fetch in fetches], at))
            refused += _refuse(con, verdicts)
            append_results(con, run_id, verdicts.results, at)
        return refused, verdicts.verdict

    try:
        try:
            with frugal(con, max((fetch.longest for fetch in fetches), default=0)) as memory:
                refused, verdict = commit(memory)
        except duckdb.OutOfMemoryException:
            log.info("pages too long for a frugal load: with all memory there is")
            refused, verdict = commit()
    except (duckdb.Error, Unreadable):  # some page is not what it should be: find out which
        fetches, unparsed = parse_each(con, fetches)
        unreadable |= unparsed
        refused, verdict = commit(is_careful=True)
    for one in refused:
        log.warning("refused %s %s %s: %s", one.source, one.stream, one.fetch_id, one.reason)
    return LoadReport(
        fetch_ids=tuple(fetch.fetch_id for fetch in fetches),
        row_counts=_row_counts(con, fetches),
        refused=tuple(refused),
        verdict="failed" if refused else verdict,
    )


@contextmanager
def _pages_counted(fetches: Sequence[LandedFetch]) -> Iterator[None]:
    """Count the files' pages while the block runs; Unreadable at its end when one is amiss."""
    with ThreadPoolExecutor(1, thread_name_prefix="count") as beside:
        are_whole = beside.submit(hold_their_pages, fetches)
        yield
        if not are_whole.result():
            raise Unreadable("a file does not hold the pages that its manifest says")


def _refuse(con: duckdb.DuckDBPyConnection, verdicts: Verdicts) -> list[RefusedStream]:
    refused = []
    for (fetch_id, source, stream), reason in verdicts.refused.items():
        refused.append(RefusedStream(fetch_id, source, stream, reason))
        con.execute(
            "update raw.fetch_streams set status = 'refused', reason = $reason"
            " where fetch_id = $fetch_id and source = $source and stream = $stream",
            {"fetch_id": fetch_id, "source": source, "stream": stream, "reason": reason},
        )
    return refused


def _row_counts(
    con: duckdb.DuckDBPyConnection, fetches: Sequence[LandedFetch]
) -> dict[tuple[str, str], int]:
    counted = con.execute(
        "select source, stream, sum(row_count)::bigint from raw.fetch_streams"
        " where list_contains($fetch_ids, fetch_id) group by all order by all",
        {"fetch_ids": [fetch.fetch_id for fetch in fetches]},
    ).fetchall()
    return {(source, stream): rows for source, stream, rows in counted}


def _known(con: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    return set(con.execute("select source, fetch_id from raw.fetches").fetchall())


def _by_stream(fetches: Sequence[LandedFetch]) -> dict[tuple[str, str], list[LandedFetch]]:
    held: dict[tuple[str, str], list[LandedFetch]] = defaultdict(list)
    for fetch in fetches:
        for stream, pages in fetch.pages.items():
            if pages:
                held[fetch.source, stream].append(fetch)
    return held
