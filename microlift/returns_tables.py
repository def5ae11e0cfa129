"""The returns of the scorecard: a table of campaigns, and one of influencers, best first.

Figures are never cut; where a terminal is narrow, names go on in a second line.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from microlift.figures import money, number, percent, signed_percent
from microlift.how_sure import LEAKED

CAMPAIGN_RETURNS = """
select
    campaigns.campaign_id, campaigns.name, campaigns.starts_on, campaigns.ends_on,
    returns.orders::bigint as orders, returns.net_revenue, returns.cost, returns.roi_margin,
    returns.roi_margin_lo, returns.roi_margin_hi
from marts.dim_campaigns as campaigns
left join marts.campaign_roi as returns on campaigns.campaign_id = returns.campaign_id
order by campaigns.starts_on, campaigns.campaign_id
"""
NAME_WIDTH = 11


def campaigns_table(rows: Sequence[dict[str, Any]], currency: str) -> Table:
    """Does each campaign return its money? `rows` are those of CAMPAIGN_RETURNS."""
    table = _table()
    table.add_column("campaign", overflow="fold", vertical="bottom")
    _add_figures(table, "orders", *_of_return(currency))
    for row in rows:
        table.add_row(row["name"], *_return(row))
    return table


def influencers_table(rows: Sequence[dict[str, Any]], currency: str) -> Table:
    """One line an influencer; `rows` are those of the scorecard's query."""
    table = _table()
    table.add_column("", justify="right", no_wrap=True, vertical="bottom")
    table.add_column("influencer", no_wrap=True, max_width=NAME_WIDTH, vertical="bottom")
    table.add_column("posts", justify="right", no_wrap=True, vertical="bottom")
    _add_figures(table, "ER by\nfollower", "orders", *_of_return(currency))
    places = max((len(marks(row)) for row in rows), default=0)
    for row in rows:
        table.add_row(
            number(row["rank_shrunk"]),
            row["name"],
            number(row["posts"]),
            percent(row["er_followers"]),
            *_return(row, marks(row).ljust(places)),
        )
    return table


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, show_edge=False)


def _add_figures(table: Table, *headers: str) -> None:
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True, min_width=5, vertical="bottom")


def _of_return(currency: str) -> tuple[str, ...]:
    return (f"net\n{currency}", f"cost\n{currency}", "margin\nROI", "at\nleast", "at\nmost")


def marks(row: dict[str, Any]) -> str:
    """What to know before one believes the return; how_sure says below the table what they mean."""
    return LEAKED if row["leak_share"] else ""


def _return(row: dict[str, Any], marked: str = "") -> list[str | Text]:
    """The cells from orders on, with marks behind the return."""
    return [
        number(row["orders"]),
        money(row["net_revenue"]),
        money(row["cost"]),
        _signed(row["roi_margin"]).append(marked),
        Text(signed_percent(row["roi_margin_lo"]), style="dim"),
        Text(signed_percent(row["roi_margin_hi"]), style="dim"),
    ]


def _signed(value: Decimal | float | None) -> Text:
    style = "" if value is None else ("green" if value > 0 else "red")
    return Text(signed_percent(value), style=style)
