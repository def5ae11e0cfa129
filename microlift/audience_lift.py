"""What campaigns added to the brand's followers, in words: each one's verdict with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from microlift.constants import constant
from microlift.figures import number, signed

if TYPE_CHECKING:
    from rich.console import RenderableType

LIFTS = """
select campaigns.name, lifts.*
from marts.rpt_audience_lift as lifts
inner join marts.dim_campaigns as campaigns on lifts.campaign_id = campaigns.campaign_id
order by campaigns.starts_on, lifts.campaign_id, lifts.platform, lifts.account_id
"""
NAME_WIDTH = 16
_STYLES = {"up": "green", "down": "red"}
_HEAD = Text.assemble(
    ("Audience lift", "bold"), "  followers the campaigns brought the brand, 95 % interval"
)


def audience_lift(rows: Sequence[dict[str, Any]]) -> RenderableType:
    """A block of the scorecard; `rows` are those of LIFTS."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="fold", max_width=NAME_WIDTH)
    table.add_column(no_wrap=True)
    table.add_column()
    for _, group in groupby(rows, key=lambda row: row["campaign_id"]):
        of_campaign = list(group)
        name = of_campaign[0]["name"]
        for words, alike in groupby(of_campaign, key=in_words):
            found = list(alike)
            accounts = ", ".join(dict.fromkeys(row["platform"] for row in found))
            table.add_row(name, accounts, Text(words, style=_STYLES.get(found[0]["verdict"], "")))
            name = ""
    return Group(_HEAD, Text(), table)


def no_lift(campaigns: int) -> Text:
    """What is missing where rpt_audience_lift has no row; `campaigns` is how many the plan has."""
    missing = (
        "accounts.csv names no account of the brand's own"
        "\n(owner_id brand): none whose followers could be counted."
        if campaigns
        else "the plan has no campaign yet."
    )
    return Text.assemble(("Audience lift", "bold"), f"  not measured: {missing}")


def in_words(row: dict[str, Any]) -> str:
    """The verdict of one row of rpt_audience_lift, as in "up by +430 (+210 to +650)"."""
    verdict = row["verdict"].replace("_", " ")
    if row["joint_lift"] is not None:
        others = ", ".join(row["overlapping_campaign_ids"])
        return f"{verdict} from {others}; together {_interval(row, 'joint_lift')}"
    if row["lift"] is None:
        return f"{verdict}: {_too_few_days(row) or row['reason']}"
    if verdict not in _STYLES:
        least = number(ceil(row["min_detectable_lift"]))
        return f"{verdict}: {_interval(row, 'lift')}; it takes {least} to show"
    price = row["cost_per_incremental_follower"]
    each = "" if price is None else f", {price} {row['currency_code']} each"
    return f"{verdict} by {_interval(row, 'lift')}{each}"


def _too_few_days(row: dict[str, Any]) -> str | None:
    """The reason where days before the campaign are too few, with how many are needed."""
    days = row["history_days"]
    if days is None or not row["reason"].startswith(f"{days} days without a campaign"):
        return None
    needed = constant("least_lift_history")
    return f"{days} of the {needed} days needed without a campaign before it"


def _interval(row: dict[str, Any], name: str) -> str:
    low, high = signed(row[f"{name}_lo"]), signed(row[f"{name}_hi"])
    return f"{signed(row[name])} ({low} to {high})"
