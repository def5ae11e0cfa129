"""Decisions on the record: versions, rollback, accept, purge."""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

import click
from rich import box
from rich.table import Table

from microlift import retention
from microlift.commands.common import Answer, Output, command
from microlift.figures import minute
from microlift.run_record import exclusive, new_run_id, recorded_run
from microlift.settings import read_settings


@command("versions", "microlift versions --json")
def versions(out: Output) -> Answer:
    """List the published versions, newest first."""
    from warehouse.versions import versions as published

    found = published(read_settings().home)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in ("version", "published", "as of", "verdict", "rows", ""):
        table.add_column(header, no_wrap=True)
    for one in found:
        mark = "current" if one.is_current else ""
        at, instant = minute(one.published_at), minute(one.as_of)
        table.add_row(one.run_id, at, instant, one.verdict, f"{one.rows}", mark)
    if found:
        out.show(table)
    else:
        out.say("nothing is published yet")
    return Answer({"versions": found})


@command("rollback", "microlift rollback 20260301T061502123Z-4f2a")
@click.argument("version")
def rollback(out: Output, version: str) -> Answer:
    """Make an older published version current again."""
    from warehouse.versions import rollback as make_current

    settings = read_settings()
    with exclusive(settings.home):
        current = make_current(settings.home, version)
    out.say(f"current is now {current.run_id}, published {minute(current.published_at)}")
    return Answer({"version": current})


@command("accept", 'microlift accept 20260301T061500000000Z-1a2b3c4d --why "sale: real volume"')
@click.argument("fetch_id", metavar="FETCH")
@click.option("--why", required=True, help="The reason, kept with the quality results.")
@click.option("--stream", help="Only this stream of the fetch.")
def accept(out: Output, fetch_id: str, why: str, stream: str | None) -> Answer:
    """Let a refused fetch in, on the record; the next build uses it."""
    from warehouse.accept import accept as let_in
    from warehouse.db import connect

    settings, run_id = read_settings(), new_run_id()
    with (
        recorded_run(settings, run_id, "accept") as detail,
        connect(settings.home) as con,
    ):
        accepted = let_in(con, fetch_id, why, run_id=run_id, stream=stream)
        detail.update(fetch_id=fetch_id, why=why)
    for one in accepted:
        out.say(f"accepted {one.source} {one.stream} of fetch {fetch_id} (was: {one.reason})")
    out.say("run `microlift build` and `microlift publish` (or the next night) to show it")
    return Answer({"run_id": run_id, "accepted": accepted})


@command("purge", "microlift purge --dry-run")
@click.option("--dry-run", "is_dry", is_flag=True, help="Only say what would be deleted.")
def purge(out: Output, is_dry: bool) -> Answer:
    """Delete what vendors let us store no longer.

    What may be kept is loaded first. Run it daily: nothing goes until something is due, then what
    would be due within the next days goes with it. See docs/retention.md.
    """
    run_id = new_run_id()
    with out.working():
        purged = retention.purge(read_settings(), run_id, is_dry=is_dry, say=out.say)
    did = "would delete" if is_dry else "deleted"
    for one in purged:
        files = f"the pages of {one.fetches} fetches" if one.fetches else "no more pages"
        out.say(
            f"{did} {one.source} {one.stream}: {one.rows} rows, {files},"
            f" observed until {minute(one.older_than)} ({one.rule})"
        )
    if not purged:
        out.say("nothing to delete")
    return Answer({"run_id": run_id, "is_dry": is_dry, "purged": purged})
