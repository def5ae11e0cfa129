"""Looking at what there is: status and report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.table import Table

from ingest.landing import Landing
from ingest.registry import SOURCES
from microlift.commands.common import Answer, Output, command
from microlift.failures import last_failure
from microlift.fetching import LANDING
from microlift.figures import UNKNOWN, minute
from microlift.published import current_manifest
from microlift.scorecard import how_to_look, read_scorecard, render
from microlift.settings import Settings, read_settings
from microlift.source_states import SourceState, refused_since, stale_because, styled

if TYPE_CHECKING:
    from ingest.streams import Source

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
            "campaigns": card.campaigns,
            "influencers": card.rows,
            "sources": card.sources,
        }
    )


@command("status", "microlift status --json")
def status(out: Output) -> Answer:
    """How fresh each source is, and what is published.

    A line a source: days covered, last observation, refusals of its newest fetch, state; then the
    current version with the checks that did not pass.
    """
    settings = read_settings()
    manifest = current_manifest(settings.home)
    published = {row["source"]: row for row in manifest.get("sources", [])}
    if rehearsed := _rehearsed_until(settings, manifest):
        settings = replace(settings, clock=rehearsed)
    sources = [
        _looked_at(settings, source, published.get(name)) for name, source in SOURCES.items()
    ]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for header in ("source", "days", "last observed", "refused", "state"):
        is_number = header in ("days", "refused")
        table.add_column(header, no_wrap=True, justify="right" if is_number else "left")
    for one in sources:
        table.add_row(
            one["source"],
            str(one["days_covered"]),
            minute(one["last_observed_at"]),
            UNKNOWN if one["problems"] is None else str(one["problems"]),
            styled(one["state"]),
        )
    out.show(table)
    if rehearsed:
        out.say(f"simulated clock: ages are those of {minute(rehearsed)}, when its last night ran")
    for reason, names in _by_reason(sources).items():
        out.say(f"{', '.join(names)}: {reason}")
    for one in sources:
        if manifest and one["is_unpublished"]:
            out.say(f"{one['source']}: published until {minute(one['published_until'])}")
    gates = manifest.get("gates", [])
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
    return Answer({"sources": sources, "version": manifest.get("run_id"), "gates": gates})


def _rehearsed_until(settings: Settings, manifest: Mapping[str, Any]) -> datetime | None:
    """The instant at which a demo's home stands still; None where the machine's clock counts."""
    if settings.is_simulated or not manifest.get("is_simulated"):
        return None
    landing = Landing(settings.home / LANDING)
    fetches = [fetch for name in SOURCES for fetch in landing.fetches(name)]
    if not all(fetch.is_simulated for fetch in fetches):
        return None
    published_at = datetime.fromisoformat(manifest["published_at"])
    return max([published_at, *(fetch.observed_to for fetch in fetches)])


def _by_reason(sources: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Each reason once, with the sources it holds for; how old each is stands in the table."""
    found: dict[str, list[str]] = {}
    for one in sources:
        if one["reason"]:
            found.setdefault(one["reason"], []).append(one["source"])
    return found


def _looked_at(
    settings: Settings, source: Source, published: Mapping[str, Any] | None
) -> dict[str, Any]:
    """One source as it is now: what has landed, and what of it readers have."""
    landing = Landing(settings.home / LANDING)
    fetches = landing.fetches(source.name)
    observed = max((fetch.observed_to for fetch in fetches), default=None)
    days = published["days_covered"] if published else 0
    told = published and published["last_observed_at"]
    until = datetime.fromisoformat(told) if told else None
    failure = last_failure(settings.home, source.name)
    refused = refused_since(published, observed)
    because = stale_because(source.name, observed, settings.now(), failure, refused)
    # Of what the gate refused there are no numbers.
    read = until if because and because == refused else observed
    state = SourceState(source.name, settings.now(), read, days, because)
    held = settings.source(source.settings_name)
    # What was fetched may have its credential in a Connection of Airflow's, unseen from here.
    is_unset = bool(held.missing(source)) and not fetches
    why = f"{source.name}: {held.mend(source)}" if is_unset else because and state.line
    if because and read and not is_unset:
        accepted = "accepted " if because == refused else ""
        reason: str | None = f"{because}; numbers are as of the last {accepted}reading"
    else:
        reason = why and why.removeprefix(f"{source.name}: ").replace("it has no", "no")
    return {
        "source": source.name,
        "state": "not set up" if is_unset else state.behind,
        "why": why,
        "reason": reason,
        "fetches": len(fetches),
        "last_observed_at": observed,
        "covered_until": landing.covered_until(source.name),
        # What the vendor refused of the newest fetch, one by account, post or metric.
        "problems": len(fetches[-1].problems) if fetches else None,
        "published_until": until,
        "is_unpublished": observed is not None and (until is None or until < observed),
        "days_covered": days,
        "is_stale": because is not None,
    }
