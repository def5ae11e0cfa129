"""The returns of the scorecard: a table of campaigns, and one of influencers, best first.

Figures are never cut; where a terminal is narrow, names go on in a second line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from microlift.figures import money, number, percent, signed_percent
from microlift.how_sure import LEAKED, STANDINGS

CAMPAIGN_RETURNS = """
select
    campaigns.campaign_id, campaigns.name, campaigns.starts_on, campaigns.ends_on,
    returns.orders::bigint as orders, returns.net_revenue, returns.cost, returns.roi_margin,
    returns.roi_margin_lo, returns.roi_margin_hi
from marts.dim_campaigns as campaigns
left join marts.campaign_roi as returns on campaigns.campaign_id = returns.campaign_id
order by campaigns.starts_on, campaigns.campaign_id
"""


_HEAD = ("margin", "ROI")


def campaigns_table(rows: Sequence[dict[str, Any]], currency: str) -> Table:
    """Does each campaign return its money? `rows` are those of CAMPAIGN_RETURNS."""
    table = _table()
    _add_name(table, "campaign")
    returns = [signed_percent(row["roi_margin"]) for row in rows]
    _add_returns(table, returns, currency)
    for row, earned in zip(rows, _aligned(returns), strict=True):
        table.add_row(row["name"], *_return(row, earned))
    return table


def influencers_table(rows: Sequence[dict[str, Any]], currency: str) -> Table:
    """One line an influencer; `rows` are those of the scorecard's query."""
    table = _table()
    table.add_column("", justify="right", no_wrap=True)
    _add_name(table, "influencer")
    _add_figures(table, "posts", "ER by\nfollower")
    returns = [signed_percent(row["roi_margin"]) for row in rows]
    _add_returns(table, returns, currency)
    for row, earned in zip(rows, _aligned(returns), strict=True):
        table.add_row(
            number(row["rank_shrunk"]),
            row["name"],
            number(row["posts"]),
            percent(row["er_followers"]),
            *_return(row, earned + marks(row)),
        )
    return table


def marks(row: dict[str, Any]) -> str:
    """What to know before one believes the return; how_sure says below the table what they mean."""
    return STANDINGS.get(row["versus_peers"], "") + (LEAKED if row["leak_share"] else "")


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, show_edge=False)


def _add_returns(table: Table, returns: Sequence[str], currency: str) -> None:
    """The columns from orders on. Marks stand behind the return, so it is aligned by itself."""
    _add_figures(table, "orders", f"net\n{currency}", f"cost\n{currency}")
    *_, top, below = _aligned([*returns, *_HEAD])
    table.add_column(f"{top}\n{below}", no_wrap=True)
    _add_figures(table, "at\nleast", "at\nmost")


def _add_name(table: Table, header: str) -> None:
    """As wide as figures leave it. Never cut: two who begin alike would be one."""
    table.add_column(header, overflow="fold")


def _add_figures(table: Table, *headers: str) -> None:
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True, min_width=5)


def _aligned(texts: Sequence[str]) -> list[str]:
    """The texts, to the right below the column's head."""
    width = max(map(len, [*texts, *_HEAD]))
    return [text.rjust(width) for text in texts]


def _return(row: dict[str, Any], earned: str) -> list[str | Text]:
    """The cells from orders on."""
    value = row["roi_margin"]
    return [
        number(row["orders"]),
        money(row["net_revenue"]),
        money(row["cost"]),
        Text(earned, style="" if value is None else ("green" if value > 0 else "red")),
        Text(signed_percent(row["roi_margin_lo"]), style="dim"),
        Text(signed_percent(row["roi_margin_hi"]), style="dim"),
    ]
