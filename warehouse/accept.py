"""Letting a refused fetch in: a person's decision, kept on the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from warehouse.db import transaction
from warehouse.errors import CannotAccept
from warehouse.fetch_record import WHOLE_FETCH, RefusedStream
from warehouse.quality import Finding, append_results, create_quality

if TYPE_CHECKING:
    import duckdb


def accept(
    con: duckdb.DuckDBPyConnection,
    fetch_id: str,
    why: str,
    *,
    run_id: str,
    stream: str | None = None,
    accepted_at: datetime | None = None,
) -> Sequence[RefusedStream]:
    """Make the refused streams of a fetch (or one of them) visible to staging from the next build.

    `why` becomes a row of quality.gate_results, and the volume of this fetch the new normal that
    later ones are compared with. Returns what was let in, each with the reason of its refusal.
    Raises CannotAccept when `why` is empty or nothing of that fetch is refused and loaded.
    """
    if not why.strip():
        raise CannotAccept("accepting a refused fetch needs a reason (--why)")
    refused = [
        RefusedStream(*row)
        for row in con.execute(
            "select fetch_id, source, stream, reason from raw.fetch_streams"
            " where fetch_id = $fetch_id and status = 'refused'"
            " and stream = coalesce($stream, stream) order by source, stream",
            {"fetch_id": fetch_id, "stream": stream},
        ).fetchall()
    ]
    loaded = [one for one in refused if one.stream != WHOLE_FETCH]
    if refused and not loaded:
        raise CannotAccept(f"nothing of fetch {fetch_id} could be loaded: {refused[0].reason}")
    if not loaded:
        raise CannotAccept(f"no refused stream in fetch {fetch_id}")
    with transaction(con):
        create_quality(con)
        con.execute(
            "update raw.fetch_streams set status = 'accepted', is_accepted_by_hand = true,"
            " reason = 'accepted: ' || $why || ' (was refused: ' || reason || ')'"
            " where fetch_id = $fetch_id and status = 'refused'"
            " and list_contains($streams, stream)",
            {"fetch_id": fetch_id, "why": why, "streams": [one.stream for one in loaded]},
        )
        append_results(
            con,
            run_id,
            [
                Finding(
                    suite="raw",
                    table_name=f"raw.{one.source}__{one.stream}",
                    check_name="accepted_by_hand",
                    subject=fetch_id,
                    severity="warning",
                    observed=None,
                    limit_value="",
                    passed=True,
                    meaning=f"Refused for: {one.reason}. Let in by hand: {why}",
                )
                for one in loaded
            ],
            accepted_at or datetime.now(UTC),
        )
    return loaded
