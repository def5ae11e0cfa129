"""Why a figure is another one today: diff."""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.table import Table

from microlift.commands.common import Answer, Output, command
from microlift.commands.explaining import show_rows
from microlift.errors import UsageError
from microlift.figures import UNKNOWN, cents, minute, number, percent, signed_cents, signed_points
from microlift.settings import read_settings
from warehouse.difference_names import key_in_words

if TYPE_CHECKING:
    from warehouse.difference import Difference

FEW_CAMPAIGNS, FEW_INFLUENCERS = 3, 4
ASKED_IN_WORDS = {"net_revenue": "net revenue", "cost": "cost", "roi_margin": "margin ROI"}
CAUSES_IN_WORDS = {
    "refund": "refunds, cancellations",
    "late_data": "known only later",
    "source_restatement": "corrected by a vendor",
    "definition": "means something else",
    "cost_edit": "cost line edited",
    "exchange_rate": "other exchange rate",
    "identity": "other deal or owner",
    "new_data": "time went on",
}


@command("diff", "microlift diff 20260301T061502123Z-4f2a 20260302T061455871Z-09bc")
@click.argument("before")
@click.argument("after")
@click.option("--table", help="Only this mart, or view of one.")
@click.option("--all", "is_all", is_flag=True, help="Every mart, model and window, as --json does.")
@click.option("--limit", default=1000, show_default=True, help="Most figures to list.")
@click.option("--list", "show_list", is_flag=True, help="List the figures, not only their sums.")
def diff(
    out: Output,
    *,
    before: str,
    after: str,
    table: str | None,
    is_all: bool,
    limit: int,
    show_list: bool,
) -> Answer:
    """What changed between two published versions, and why.

    Net revenue, cost and margin ROI, unless you ask for more: --list shows each figure of the
    reports in the default model and window, --all sums up every mart. BEFORE and AFTER are ids that
    `microlift versions` lists.
    """
    from expectations.marts_keys import KEYS
    from warehouse.difference import compare_versions

    if f"rpt_{table}" in KEYS:  # what a view, such as influencer_roi, shows of its report
        table = f"rpt_{table}"
    if table is not None and table not in KEYS:
        raise UsageError(f"no mart {table!r} to compare; there are: {', '.join(sorted(KEYS))}")
    keys = {name: key for name, key in KEYS.items() if table in {None, name}}
    with out.working():
        found = compare_versions(
            read_settings().home, before, after, keys, limit,
            is_all=is_all or out.as_json, is_money_first=not out.as_json,
        )  # fmt: skip
    out.say(
        f"{found.total} figures differ between {found.before.run_id}"
        f" (as of {minute(found.before.as_of)}) and {found.after.run_id}"
        f" (as of {minute(found.after.as_of)})"
    )
    if show_list:
        _show_list(out, found, has_view=is_all)
    elif is_all or table is not None:
        _show_sums(out, found)
    elif found.total:
        _show_money(out, found)
    if found.total > found.told and (show_list or table is not None):
        out.say(
            f"{found.total - found.told} more of them are in other marts, models and windows:"
            " --all shows them"
        )
    return Answer(
        {
            "before": found.before,
            "after": found.after,
            "total": found.total,
            "summary": found.summary,
            "changes": found.changes,
        }
    )


def _show_money(out: Output, found: Difference) -> None:
    """What a reader is asked about, on one screen, and where the rest is."""
    if found.by_cause:
        out.say(
            f"\nof the days of campaigns, in {found.currency}, by the default model and window:"
        )
        table = _table("cause", "first day", "last day", ">net revenue", ">cost", "most of it")
        for row in found.by_cause:
            table.add_row(
                CAUSES_IN_WORDS[row["cause"]],
                *(row["first_day"], row["last_day"]),
                *(signed_cents(row["net_revenue"]), signed_cents(row["cost"])),
                key_in_words(row["most_of_it"], found.names, has_view=False),
            )
        out.show(table)
    _show_largest(out, found, "rpt_campaign_roi", "campaigns", FEW_CAMPAIGNS)
    _show_largest(out, found, "rpt_influencer_roi", "influencers by campaign", FEW_INFLUENCERS)
    if not found.asked:
        out.say("no net revenue, cost or margin ROI of a campaign is among them")
    out.say(
        f"\n{number(found.total - len(found.asked))} other figures: --list shows those of reports"
        " one by one, money first; --all counts every mart's by cause"
    )


def _show_largest(out: Output, found: Difference, mart: str, what: str, few: int) -> None:
    rows = [row for row in found.asked if row["table_name"] == mart]
    by_key = [[*group] for _, group in groupby(rows, key=itemgetter("key"))]
    if not by_key:
        return
    some = f"; the {few} that moved most" if len(by_key) > few else ""
    out.say(f"\n{what}, {len(by_key)} changed{some}:")
    table = _table("", "!figure", ">before", ">after", ">change", "cause")
    for group in by_key[:few]:
        name = key_in_words(group[0]["key"], found.names, has_view=False)
        for row in group:
            table.add_row(name, *_figure(row), CAUSES_IN_WORDS[row["cause"]])
            name = ""
    out.show(table)


def _figure(row: dict[str, Any]) -> tuple[str, str, str, str]:
    before, after = row["before"], row["after"]
    is_share = row["column_name"] == "roi_margin"
    show, moved = (percent, signed_points) if is_share else (cents, signed_cents)
    change = UNKNOWN if before is None or after is None else moved(after - before)
    return ASKED_IN_WORDS[row["column_name"]], show(before), show(after), change


def _show_sums(out: Output, found: Difference) -> None:
    if not found.told:
        return
    show_rows(out, ("table_name", "column_name", "cause", "figures", "moved"), found.summary)
    out.say(
        "moved: after minus before, summed over the default model and window, a dash where"
        " a sum means nothing. --list shows each figure"
    )


def _show_list(out: Output, found: Difference, *, has_view: bool) -> None:
    """Each figure under its mart, by name; the mart with the largest change of money first."""
    places: dict[str, int] = {}
    for row in found.changes:
        places.setdefault(row["table_name"], len(places))
    changes = sorted(found.changes, key=lambda row: places[row["table_name"]])
    for mart, rows in groupby(changes, key=itemgetter("table_name")):
        out.say(f"\n{mart}")
        table = _table("of", "!figure", ">before", ">after", "!cause")
        for row in rows:
            name = key_in_words(row["key"], found.names, has_view=has_view)
            before, after = (
                UNKNOWN if row[one] is None else row[one] for one in ("before", "after")
            )
            table.add_row(name, row["column_name"], before, after, row["cause"])
        out.show(table)
    if found.told > len(found.changes):
        out.say(f"... and {found.told - len(found.changes)} smaller ones: --limit")


def _table(*columns: str) -> Table:
    """A table with these headers: > to the right and whole, ! whole."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, show_edge=False)
    for column in columns:
        table.add_column(
            column.lstrip(">!"),
            justify="right" if column.startswith(">") else "left",
            no_wrap=column.startswith((">", "!")),
            overflow="fold",
        )
    return table
