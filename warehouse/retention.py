"""What a vendor lets us store only so long is deleted: from raw by account, from landing by file.

A row goes when it is older than its source's limit and its account is not one of those that may be
kept. The landed file of a stream goes with the first of its rows, because a page holds many
accounts and is kept verbatim or not at all; rows of accounts that may be kept then live on in raw.
The manifest stays, with the stream marked: what was covered is read from it, and it holds no page.

Each purge that deletes rows makes the next build a full one, so purges are rare: one does nothing
until something of a source is due, and then takes along what would be due within the next days.

Raw and the record (`ops.purges`, `ops.purged_files`) change in one transaction. Only then each
manifest is marked, and its file deleted after that. A purge killed anywhere has therefore written
down what is left to do, and the next one does it.
"""

from __future__ import annotations

import fcntl
import json
import logging
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from warehouse.builds import forget_last_build
from warehouse.db import transaction
from warehouse.landed import stream_files
from warehouse.raw import StreamShape, create_raw, raw_table
from warehouse.versions import sync

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger(__name__)

# Purges run daily: what would pass its limit before the next one is due in this one.
EVERY = timedelta(days=1)
# One that has something due takes so many days at once, yet no more than a quarter of the limit:
# a history of few days is not cut short for the sake of builds.
BATCH_DAYS = 7
_RECORD = """
create schema if not exists ops;
create table if not exists ops.purges (
    run_id varchar, purged_at timestamptz, source varchar, stream varchar, row_count bigint,
    fetches bigint, older_than timestamptz, rule varchar
);
create table if not exists ops.purged_files (
    run_id varchar, purged_at timestamptz, source varchar, fetch_id varchar, stream varchar
);
"""


class PurgeableShape(StreamShape, Protocol):
    """What a purge must know of a stream beside its shape; `ingest.streams.Stream` fits."""

    @property
    def account_at(self) -> str: ...


@dataclass(frozen=True)
class Rule:
    """How long rows of `source` are kept, unless their account is one of `kept_accounts`."""

    source: str
    keep_days: int
    kept_accounts: frozenset[str]

    def due(self, now: datetime) -> datetime:
        """What was observed at or before this instant must go at `now`, or it would be too old."""
        return now - timedelta(days=self.keep_days) + EVERY

    def older_than(self, now: datetime) -> datetime:
        """Once something is due, what was observed at or before this instant goes with it."""
        batch = timedelta(days=min(BATCH_DAYS, self.keep_days // 4))
        return now - timedelta(days=self.keep_days) + max(EVERY, batch)

    def __str__(self) -> str:
        return f"accounts without authorisation: {self.keep_days} days"


@dataclass(frozen=True)
class Purged:
    """What of one stream went, or would go: rows of raw, and fetches whose landed file went."""

    source: str
    stream: str
    rows: int
    fetches: int
    older_than: datetime
    rule: str


def purge(  # noqa: PLR0917 - the contract between the rooms
    con: duckdb.DuckDBPyConnection,
    landing_root: Path,
    streams: Mapping[tuple[str, str], PurgeableShape],
    rules: Sequence[Rule],
    run_id: str,
    now: datetime,
    *,
    is_dry: bool = False,
) -> list[Purged]:
    """Delete what the rules no longer let us keep at `now`; returns what went, by stream.

    Of a source nothing goes unless something of it is due, then all that `Rule.older_than` says.
    Load first: what landed and is in no raw table cannot be told apart by account, so its file
    goes whole. With `is_dry` nothing is deleted. Purging again deletes nothing more. Hold the
    writer lock.
    """
    con.execute(_RECORD)
    create_raw(con, streams)
    partial = landing_root / ".partial"
    done: list[Purged] = []
    limits: dict[str, datetime] = {}
    with transaction(con):
        for rule in rules:
            source, due = rule.source, rule.due(now)
            shapes = {name: shape for (of, name), shape in streams.items() if of == source}
            is_due = any(_find(con, landing_root, rule, shapes, due)) or any(
                _interrupted(partial, source, due)
            )
            if not is_due:
                continue
            limit = limits[source] = rule.older_than(now)
            for name, rows, fetches in _find(con, landing_root, rule, shapes, limit):
                done.append(Purged(source, name, rows, len(fetches), limit, str(rule)))
                if not is_dry:
                    if rows:
                        _delete_rows(con, source, shapes[name])
                        forget_last_build(con, "rows of raw were deleted")
                    _record(con, done[-1], fetches, run_id, now)
    if not is_dry:
        _delete_files(con, landing_root)
        for source, limit in limits.items():
            for folder in _interrupted(partial, source, limit):
                shutil.rmtree(folder)
                folder.with_suffix(".lock").unlink(missing_ok=True)
        con.execute("checkpoint")
    return done


def _find(
    con: duckdb.DuckDBPyConnection,
    landing_root: Path,
    rule: Rule,
    shapes: Mapping[str, PurgeableShape],
    limit: datetime,
) -> Iterator[tuple[str, int, set[str]]]:
    """Streams of which something was observed at or before `limit` and may not be kept.

    Each with how many rows and the fetches whose file is still there. Until the next stream is
    asked for, its rows are listed in the table `doomed`.
    """
    files = _unloaded(con, landing_root / rule.source, rule.source, limit)
    for name in sorted({*shapes, *files}):
        rows, fetches = 0, files.get(name, set())
        if name in shapes:
            rows, held = _find_rows(con, rule, shapes[name], limit)
            fetches = fetches | held
        fetches -= _recorded(con, rule.source, name)
        if rows or fetches:
            yield name, rows, fetches


def _find_rows(
    con: duckdb.DuckDBPyConnection, rule: Rule, shape: PurgeableShape, limit: datetime
) -> tuple[int, set[str]]:
    """How many rows must go, and of which fetches; they are listed in the table `doomed`."""
    con.execute(
        f"""
        create or replace temp table doomed as
        select rowid as row_id, fetch_id, page, payload ->> $key as id
        from {raw_table(rule.source, shape.name)}
        where
            observed_at <= $limit
            -- a row that does not say whose it is may not be kept either
            and not coalesce(
                list_contains($kept, coalesce(
                    payload ->> $account,
                    context ->> '$.account_id',
                    context ->> ('$.account_ids."' || (payload ->> $key) || '"')
                )),
                false
            )
        """,  # noqa: S608 - a checked identifier, everything else is bound
        {
            "key": shape.key[0],
            "account": shape.account_at or "$.account_id",
            "kept": sorted(rule.kept_accounts),
            "limit": limit,
        },
    )
    rows, fetches = con.execute(
        "select count(*), coalesce(list(distinct fetch_id), []) from doomed"
    ).fetchall()[0]
    return rows, {*fetches}


def _delete_rows(con: duckdb.DuckDBPyConnection, source: str, shape: PurgeableShape) -> None:
    table = raw_table(source, shape.name)
    con.execute(f"delete from {table} where rowid in (select row_id from doomed)")  # noqa: S608
    # Rows that stay say in `requested_ids` what their page was asked for. An id that was answered
    # and is deleted must leave that list, or it would look as if the vendor had not known it.
    con.execute(
        f"""
        update {table} as kept
        set context = json_merge_patch(
            kept.context,
            json_object('requested_ids', to_json(list_filter(
                (kept.context -> '$.requested_ids')::varchar[],
                lambda id: not list_contains(gone.ids, id)
            )))
        )
        from (select fetch_id, page, list(id) as ids from doomed group by all) as gone
        where
            kept.fetch_id = gone.fetch_id and kept.page = gone.page
            and json_type(kept.context, '$.requested_ids') = 'ARRAY'
        """  # noqa: S608 - a checked identifier
    )


def _record(
    con: duckdb.DuckDBPyConnection, done: Purged, fetches: set[str], run_id: str, now: datetime
) -> None:
    con.execute(
        "insert into ops.purges values"
        " ($run_id, $at, $source, $stream, $rows, $fetches, $older_than, $rule)",
        {
            "run_id": run_id,
            "at": now,
            "source": done.source,
            "stream": done.stream,
            "rows": done.rows,
            "fetches": done.fetches,
            "older_than": done.older_than,
            "rule": done.rule,
        },
    )
    con.execute(
        "insert into ops.purged_files select $run_id, $at, $source, unnest($fetches), $stream",
        {
            "run_id": run_id,
            "at": now,
            "source": done.source,
            "fetches": sorted(fetches),
            "stream": done.stream,
        },
    )


def _recorded(con: duckdb.DuckDBPyConnection, source: str, stream: str) -> set[str]:
    return {
        fetch_id
        for (fetch_id,) in con.execute(
            "select fetch_id from ops.purged_files where source = $source and stream = $stream",
            {"source": source, "stream": stream},
        ).fetchall()
    }


def _unloaded(
    con: duckdb.DuckDBPyConnection, folder: Path, source: str, limit: datetime
) -> dict[str, set[str]]:
    """Fetches that raw does not hold and that began at or before `limit`, by stream on disk."""
    loaded = {
        fetch_id
        for (fetch_id,) in con.execute(
            "select fetch_id from raw.fetches where source = $source", {"source": source}
        ).fetchall()
    }
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted(folder.glob("*/*.json.zst")):
        fetch_id = file.parent.name
        if fetch_id in loaded:
            continue
        try:
            began = datetime.strptime(fetch_id.partition("-")[0], "%Y%m%dT%H%M%S%fZ")
        except ValueError:
            log.warning("%s is not a fetch: nothing in it is purged", file.parent)
            continue
        if began.replace(tzinfo=UTC) <= limit:
            found[file.name.partition(".")[0]].add(fetch_id)
    return found


def _delete_files(con: duckdb.DuckDBPyConnection, landing_root: Path) -> None:
    """Delete every recorded file that is still there: this purge's, and what a killed one left."""
    for source, fetch_id, stream, at in con.execute(
        "select source, fetch_id, stream, purged_at from ops.purged_files order by all"
    ).fetchall():
        folder = landing_root / source / fetch_id
        if files := stream_files(folder, stream):
            _mark_manifest(folder / "manifest.json", stream, at)
            for file in files:
                file.unlink()
            sync(folder)


def _mark_manifest(path: Path, stream: str, at: datetime) -> None:
    try:
        manifest = json.loads(path.read_bytes())
        manifest["streams"][stream]["purged_at"] = at.astimezone(UTC).isoformat()
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning(
            "%s cannot be marked (%s); the file of %s goes all the same", path, error, stream
        )
        return
    marked = path.with_name(path.name + ".tmp")
    marked.write_text(json.dumps(manifest, indent=2, ensure_ascii=False), encoding="utf-8")
    sync(marked)
    marked.replace(path)
    sync(path.parent)


def _interrupted(partial: Path, source: str, limit: datetime) -> Iterator[Path]:
    """Folders of pages of fetches that died by `limit`, each locked until the next is asked for.

    Only the next fetch of the source would remove them.
    """
    for lock_path in sorted(partial.glob(f"{source}-*.lock")):
        folder = lock_path.with_suffix("")
        with lock_path.open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if folder.exists() and folder.stat().st_mtime <= limit.timestamp():
                yield folder
