"""Looking at what there is: status and report."""

from __future__ import annotations

from typing import Any

import click
from rich import box
from rich.table import Table

from ingest.landing import Landing
from ingest.registry import SOURCES
from microlift.commands.common import Answer, Output, command, minute
from microlift.fetching import LANDING
from microlift.published import current_manifest
from microlift.scorecard import UNKNOWN, how_to_look, read_scorecard, render
from microlift.settings import Settings, read_settings

FEW = 20


@command("report", "microlift report --all")
@click.option("--all", "show_all", is_flag=True, help=f"All influencers, not the best {FEW}.")
def report(out: Output, show_all: bool) -> Answer:
    """Print the scorecard of the published version."""
    card = read_scorecard(read_settings().home)
    out.show(render(card, None if show_all else FEW))
    out.say(how_to_look(card))
    return Answer(
        {
            "run_id": card.run_id,
            "as_of": card.as_of,
            "currency_code": card.currency,
            "file": card.file,
            "influencers": card.rows,
        }
    )


@command("status", "microlift status --json")
def status(out: Output) -> Answer:
    """Per source: last observation, coverage, freshness, refusals; the version and its gates."""
    settings = read_settings()
    fetched = _fetched(settings)
    manifest = current_manifest(settings.home)
    gates = manifest.get("gates", [])
    by_source = {row["source"]: row for row in manifest.get("sources", [])}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for header in ("source", "last\nfetch", "covered\nuntil", "published", "days", "problems"):
        table.add_column(header, no_wrap=True, vertical="bottom")
    table.add_column("state", overflow="fold", vertical="bottom")
    for one in fetched:
        seen = by_source.get(one["source"], {})
        one.update(
            published_until=seen.get("last_observed_at"),
            days_covered=seen.get("days_covered"),
            is_stale=seen.get("is_stale"),
        )
        table.add_row(
            one["source"],
            minute(one["last_observed_at"]),
            str(one["covered_until"] or UNKNOWN),
            minute(one["published_until"]),
            str(one["days_covered"] or UNKNOWN),
            UNKNOWN if one["problems"] is None else str(one["problems"]),
            one["state"] + (", stale" if one["is_stale"] else ""),
        )
    out.show(table)
    if not manifest:
        out.say("nothing is published yet")
    else:
        failed = [gate for gate in gates if not gate["passed"]]
        out.say(
            f"current version {manifest['run_id']}, published {minute(manifest['published_at'])},"
            f" {manifest['verdict']}: {len(gates)} checks, {len(failed)} did not pass"
        )
        for gate in failed:
            out.say(f"  {gate['severity']} {gate['table_name']}: {gate['check_name']}")
    return Answer({"sources": fetched, "version": manifest.get("run_id"), "gates": gates})


def _fetched(settings: Settings) -> list[dict[str, Any]]:
    landing = Landing(settings.home / LANDING)
    rows = []
    for name, source in SOURCES.items():
        fetches = landing.fetches(name)
        missing = settings.source(source.settings_name).missing(source)
        rows.append(
            {
                "source": name,
                "state": _state(missing, is_fetched=bool(fetches)),
                "fetches": len(fetches),
                "last_observed_at": max((f.observed_to for f in fetches), default=None),
                "covered_until": landing.covered_until(name),
                # What the vendor refused of the newest fetch, one by account, post or metric.
                "problems": len(fetches[-1].problems) if fetches else None,
            }
        )
    return rows


def _state(missing: list[str], *, is_fetched: bool) -> str:
    if missing:
        return f"{' and '.join(missing)} not set"
    return "ready" if is_fetched else "ready, never fetched"
