"""What load writes down about fetches: their manifests, their counts, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from warehouse.quality import Finding, append_results
from warehouse.raw import StreamShape, raw_table

if TYPE_CHECKING:
    import duckdb

    from warehouse.landed import LandedFetch

Streams = Mapping[tuple[str, str], StreamShape]
WHOLE_FETCH = "*"
_UNREADABLE = (
    "The files of this fetch are not what was written: nothing of it was loaded."
    " Restore the folder from a copy, or remove it and fetch the window again."
)


@dataclass(frozen=True)
class RefusedStream:
    """What stays out of staging, and why; `stream` is `*` when the whole fetch was unreadable."""

    fetch_id: str
    source: str
    stream: str
    reason: str


def loading_runs(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Which run loaded each fetch: fetch_id -> run_id."""
    return dict(con.execute("select fetch_id, run_id from raw.fetches").fetchall())


def record_fetches(
    con: duckdb.DuckDBPyConnection, fetches: Sequence[LandedFetch], run_id: str, at: datetime
) -> None:
    """The manifests as rows, read by DuckDB like everything else."""
    manifests = """read_json($manifests, format = 'unstructured', columns = {
        fetch_id: 'VARCHAR', source: 'VARCHAR', kinds: 'VARCHAR[]', since: 'DATE', until: 'DATE',
        observed_from: 'TIMESTAMPTZ', observed_to: 'TIMESTAMPTZ', is_simulated: 'BOOLEAN',
        plan_hash: 'VARCHAR', code_version: 'VARCHAR',
        problems: 'STRUCT(stream VARCHAR, context JSON, reason VARCHAR, detail VARCHAR)[]'
    })"""
    paths = [fetch.manifest for fetch in fetches]
    # A fetch that was unreadable and has been mended is no longer refused as a whole.
    con.execute(
        "delete from raw.fetch_streams where stream = $stream and list_contains($ids, fetch_id)",
        {"stream": WHOLE_FETCH, "ids": [fetch.fetch_id for fetch in fetches]},
    )
    con.execute(
        f"""
        insert into raw.fetches
        select
            fetch_id, source, array_to_string(list_sort(kinds), ','), since, until, observed_from,
            observed_to, is_simulated, plan_hash, code_version, $at, $run_id
        from {manifests}
        """,  # noqa: S608 - a constant, everything else is bound
        {"manifests": paths, "at": at, "run_id": run_id},
    )
    con.execute(
        f"""
        insert into raw.fetch_problems
        select fetch_id, source, problem.stream, problem.context, problem.reason, problem.detail
        from (select fetch_id, source, unnest(problems) as problem from {manifests})
        """,  # noqa: S608 - a constant, everything else is bound
        {"manifests": paths},
    )


def record_streams(
    con: duckdb.DuckDBPyConnection, fetches: Sequence[LandedFetch], streams: Streams
) -> None:
    """One row per fetch and stream that it read or should have read; accepted until judged.

    A stream whose file a storage rule has deleted is `purged`: nothing compares itself with it.
    """
    for (source, stream), shape in streams.items():
        asked = [fetch for fetch in fetches if fetch.source == source]
        if not asked:
            continue
        bound = {f"key_{number}": path for number, path in enumerate(shape.key)}
        keys = ", ".join(f"json_extract(payload, ${name})" for name in bound)
        con.execute(
            f"""
            insert into raw.fetch_streams
            with asked as (
                select
                    unnest($fetch_ids) as fetch_id, unnest($pages) as pages,
                    unnest($purged) as is_purged
            ),

            rows as (
                select
                    fetch_id, count(*) as row_count, count(quarantine_reason) as bad_rows,
                    count(*) filter (quarantine_reason is null)
                    - count(distinct hash(context, {keys or "payload"})) filter (
                        quarantine_reason is null
                    ) as duplicate_keys,
                    min(observed_at) as first_observed_at, max(observed_at) as last_observed_at
                from {raw_table(source, stream)}
                where fetch_id between $first and $last
                group by fetch_id
            )

            select
                asked.fetch_id, $source, $stream, asked.pages, coalesce(rows.row_count, 0),
                coalesce(rows.bad_rows, 0), coalesce(rows.duplicate_keys, 0),
                rows.first_observed_at, rows.last_observed_at,
                if(asked.is_purged, 'purged', 'accepted'), null, false
            from asked
            inner join raw.fetches as fetches
                on asked.fetch_id = fetches.fetch_id and fetches.source = $source
            left join rows on asked.fetch_id = rows.fetch_id
            where asked.pages > 0 or list_contains(string_split(fetches.kinds, ','), $kind)
            """,  # noqa: S608 - names are checked identifiers, paths are bound
            {
                **bound,
                "fetch_ids": [fetch.fetch_id for fetch in asked],
                "pages": [fetch.pages.get(stream, 0) for fetch in asked],
                "purged": [stream in fetch.purged for fetch in asked],
                "first": min(fetch.fetch_id for fetch in asked),
                "last": max(fetch.fetch_id for fetch in asked),
                "source": source,
                "stream": stream,
                "kind": shape.kind,
            },
        )


def record_unreadable(
    con: duckdb.DuckDBPyConnection, refused: Sequence[RefusedStream], run_id: str, at: datetime
) -> None:
    """Keep why a fetch could not be read, once for each different reason."""
    for one in refused:
        found = {
            "fetch_id": one.fetch_id,
            "source": one.source,
            "stream": one.stream,
            "reason": one.reason,
        }
        if con.execute(
            "select 1 from raw.fetch_streams where fetch_id = $fetch_id and source = $source"
            " and stream = $stream and reason = $reason",
            found,
        ).fetchone():
            continue
        con.execute(
            "insert into raw.fetch_streams (fetch_id, source, stream, pages, row_count, bad_rows,"
            " status, reason, is_accepted_by_hand)"
            " values ($fetch_id, $source, $stream, 0, 0, 0, 'refused', $reason, false)",
            found,
        )
        result = Finding(
            "raw",
            f"raw.{one.source}",
            "files_match_manifest",
            one.fetch_id,
            "critical",
            None,
            "= manifest",
            False,
            f"{_UNREADABLE} ({one.reason})",
        )
        append_results(con, run_id, [result], at)
