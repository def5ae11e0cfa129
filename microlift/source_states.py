"""How fresh each source is, in words: in the scorecard, in `status` and in a run's last lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from ingest.registry import SOURCES
from microlift.figures import minute
from warehouse.publication import REFUSED_BY_GATE, stale_after

FRESH = "fresh"


@dataclass(frozen=True)
class SourceState:
    """One source at the instant `at`; `stale_because` is None when it is fresh."""

    source: str
    at: datetime
    last_observed_at: datetime | None
    days_covered: int
    stale_because: str | None

    @property
    def behind(self) -> str:
        """How old its numbers are: `2 days behind`, `never read`, or `fresh`."""
        if self.stale_because is None:
            return FRESH
        if self.last_observed_at is None:
            return "never read"
        age = max(self.at - self.last_observed_at, timedelta())
        amount, unit = (age.days, "day") if age.days else (age.seconds // 3600, "hour")
        return f"{amount} {unit}{'' if amount == 1 else 's'} behind"

    @property
    def line(self) -> str:
        """A sentence for a source that is stale."""
        if self.last_observed_at is None:
            why = "" if self.stale_because == self.behind else f" ({self.stale_because})"
            return f"{self.source}: {self.behind}{why}; it has no numbers"
        return (
            f"{self.source}: last seen {minute(self.last_observed_at)}, {self.behind}"
            f" ({self.stale_because}); its numbers are as of then"
        )


def stale_because(
    source: str,
    last_observed_at: datetime | None,
    now: datetime,
    failure: str | None,
    refused: str | None = None,
) -> str | None:
    """Why a source is stale now, by the rule and in the words of `marts.publication`.

    `refused` is what refused_since says.
    """
    if failure is not None:
        return f"last try failed: {failure}"
    if refused is not None:
        return refused
    if last_observed_at is None:
        return "never read"
    hours = stale_after(source)
    is_old = last_observed_at < now - timedelta(hours=hours)
    return f"not read for {hours} hours" if is_old else None


def refused_since(
    published: Mapping[str, Any] | None, last_observed_at: datetime | None
) -> str | None:
    """What the gate refused of the newest fetch, by a source's row in the manifest.

    None also when a fetch came after that version: nobody has judged it yet.
    """
    because = published and published.get("stale_because")
    if not published or not because or not because.startswith(REFUSED_BY_GATE):
        return None
    published_at = datetime.fromisoformat(published["published_at"])
    is_newer = last_observed_at is not None and last_observed_at > published_at
    return None if is_newer else str(because)


def published_states(manifest: Mapping[str, Any]) -> list[SourceState]:
    """The sources of a published version by its manifest, in the order of the registry."""
    order = {name: number for number, name in enumerate(SOURCES)}
    states = [
        SourceState(
            source=row["source"],
            at=datetime.fromisoformat(row["published_at"]),
            last_observed_at=datetime.fromisoformat(row["last_observed_at"])
            if row["last_observed_at"]
            else None,
            days_covered=row["days_covered"],
            # Versions of an older release do not say why.
            stale_because=row.get("stale_because", "old") if row["is_stale"] else None,
        )
        for row in manifest.get("sources", [])
    ]
    return sorted(states, key=lambda state: order.get(state.source, len(order)))


def stale_lines(states: Iterable[SourceState]) -> list[str]:
    """A sentence for each source that is stale."""
    return [state.line for state in states if state.stale_because is not None]


def sources_table(states: Sequence[SourceState]) -> Group:
    """One line a source, 80 columns wide or more; below it, why those are stale that are."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("source", no_wrap=True)
    table.add_column("days", justify="right", no_wrap=True)
    table.add_column("last observed", no_wrap=True, min_width=16)
    table.add_column("state", no_wrap=True)
    for state in states:
        table.add_row(
            state.source,
            str(state.days_covered),
            minute(state.last_observed_at),
            styled(state.behind),
        )
    stale = stale_lines(states)
    head = Text.assemble(
        ("Sources", "bold"), f"  {len(states) - len(stale)} of {len(states)} fresh"
    )
    return Group(head, table, *(Text(line, style="yellow") for line in stale))


def styled(behind: str) -> Text:
    """The state, quiet when all is well."""
    return Text(behind, style="dim" if behind == FRESH else "yellow")
