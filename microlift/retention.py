"""Which accounts' pages may be kept for how long: the vendors' rules, the plan's settings."""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest.registry import ALL_STREAMS, SOURCES
from microlift import steps
from microlift.fetching import LANDING
from microlift.run_record import recorded_run

if TYPE_CHECKING:
    from microlift.fetching import Say
    from microlift.plan.plan import Plan
    from microlift.settings import Settings
    from warehouse.retention import Purged, Rule


def purge(settings: Settings, run_id: str, *, is_dry: bool = False, say: Say) -> list[Purged]:
    """Delete what may be stored no longer, on the record; returns what went, by stream.

    What is complete is loaded first, so that what may be kept is in raw. With `is_dry` nothing is
    loaded nor deleted. Who authorised is read from the plan, the one landed last if the folder's
    has an error. Raises PlanError without either, and warehouse.errors.Locked.
    """
    plan, _ = steps.current_plan(settings, say)
    with recorded_run(settings, run_id, "purge") as detail:
        if not is_dry:
            steps.load(settings, run_id)
        done = _purge(settings, plan, run_id, is_dry=is_dry)
        detail.update(rows=sum(one.rows for one in done), is_dry=is_dry)
    return done


def _purge(settings: Settings, plan: Plan, run_id: str, *, is_dry: bool) -> list[Purged]:
    from warehouse.db import connect
    from warehouse.retention import purge as delete

    # A rehearsal's clock that stands in the future must not delete what is young in truth.
    now = min(settings.now(), datetime.now(UTC))
    with connect(settings.home) as con:
        return delete(
            con,
            settings.home / LANDING,
            ALL_STREAMS(),
            rules(plan, now),
            run_id,
            now,
            is_dry=is_dry,
        )


def rules(plan: Plan, now: datetime) -> list[Rule]:
    """One rule for each source with a limit. What the plan says last of an account counts: with
    `is_authorised` it is kept, and rows of accounts that the plan does not name are not."""
    from warehouse.retention import Rule

    return [
        Rule(
            source.name,
            plan.brand.retention.get(source.name, source.keep_days_unauthorised),
            _authorised(plan, source.platform or source.name, now),
        )
        for source in SOURCES.values()
        if source.keep_days_unauthorised is not None
    ]


def _authorised(plan: Plan, platform: str, now: datetime) -> frozenset[str]:
    today = now.date().isoformat()
    begun = [
        row
        for row in plan.tables["accounts"]
        if row["platform"] == platform and (row["valid_from"] or "") <= today
    ]
    last = {row["account_id"]: row for row in sorted(begun, key=lambda r: r["valid_from"] or "")}
    return frozenset(account_id for account_id, row in last.items() if row["is_authorised"])
