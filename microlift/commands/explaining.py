"""What stands behind a number: explain."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import click
from rich import box
from rich.table import Table

from microlift.commands.common import Answer, Output, command
from microlift.explain import explain_influencer, explain_order, explain_post
from microlift.figures import UNKNOWN, minute, number, percent
from microlift.how_sure import leaked, overall_return
from microlift.published import open_published
from microlift.settings import read_settings

FEW = 20
_WHOLE = {"reason"}  # columns of codes that readers look up: never broken inside the word


@command("explain", "microlift explain order 1042")
@click.argument("what", type=click.Choice(["order", "post", "influencer"]))
@click.argument("name", metavar="ID")
def explain(out: Output, what: str, name: str) -> Answer:
    """Every claim and rule behind a published number.

    An order by the shop's id, the digits it ends with or the name printed on it, an influencer by
    id or name, a post by its platform's id.
    """
    with open_published(read_settings().home) as con:
        if what == "order":
            told = explain_order(con, name)
            _show_order(out, told)
        elif what == "influencer":
            told = explain_influencer(con, name)
            _show_influencer(out, told)
        else:
            told = explain_post(con, name)
            _show_post(out, told)
    return Answer(told)


def _show_order(out: Output, told: dict[str, Any]) -> None:
    claims = len(told["claims"])
    out.say(f"order {told['order_id']}: {claims} claim{'' if claims == 1 else 's'}")
    if told["claims"]:
        shown = ("touched_at", "evidence", "claim", "collaboration_id", "influencer_id", "reason")
        show_rows(out, shown, told["claims"])
    for leak in told["leaks"]:
        if leak["is_leaked"]:
            out.say(f"the code of {leak['collaboration_id']} seems leaked: {leak['leak_reason']}")
    if told["events"]:
        total = sum((row["net_revenue"] for row in told["events"]), Decimal(0))
        out.say(f"net revenue {_text(total)}, in {told['events'][0]['currency_code']}:")
        show_rows(out, ("happened_on", "event", "net_revenue"), told["events"])
    if not told["credits"]:
        out.say("it does not count, so nobody has a credit of it")
    default = [row for row in told["credits"] if row["is_default"]]
    if default:
        one = default[0]
        out.say(f"credit by {one['attribution_model']}, {one['lookback_days']} days:")
        columns = ("collaboration_id", "influencer_id", "credit_share", "net_revenue")
        show_rows(out, columns, default)
    others = len(told["credits"]) - len(default)
    if others:
        out.say(f"and {others} rows of other models and windows: --json shows them")


def _show_influencer(out: Output, told: dict[str, Any]) -> None:
    out.say(f"influencer {told['name']} ({told['influencer_id']})")
    if told["overall"]:
        out.say(overall_return(told["overall"]))
        if part := leaked(told["overall"]):
            out.say(f"{part}: explain order says so of each")
    for one in told["returns"]:
        margin, currency = one["contribution_margin"], one["currency_code"] or ""
        out.say(
            f"\ncampaign {one['campaign_name']} ({one['campaign_id']}):"
            f" margin ROI {percent(one['roi_margin'])}"
            f" = (net revenue {_text(one['net_revenue'])} x margin {_text(margin)}"
            f" - cost {_text(one['cost'])}) / cost, in {currency}"
        )
        orders = [row for row in told["orders"] if row["campaign_id"] == one["campaign_id"]]
        net = sum((row["net_revenue"] for row in orders), Decimal(0))
        out.say(f"  {number(len(orders))} credited orders with {_text(net)} of net revenue")
        if part := leaked(one):
            out.say(f"  {part}")
        columns = ("order_id", "ordered_on", "evidence", "claim", "credit_share", "net_revenue")
        show_rows(out, columns, orders[:FEW])
        if len(orders) > FEW:
            out.say(f"  ... and {len(orders) - FEW} more: --json shows them")
        costs = [row for row in told["costs"] if row["campaign_id"] == one["campaign_id"]]
        total = sum((row["cost"] for row in costs), Decimal(0))
        out.say(f"  costs of {_text(total)}, spread over the days so far")
        show_rows(out, ("collaboration_id", "cost_type", "first_day", "last_day", "cost"), costs)
    if not told["returns"]:
        out.say("no deal in any campaign")
    due = ("posts_due", "posts_on_time", "posts_late", "posts_missing")
    show_rows(
        out, ("last_contact_on", "reactivation", *due, "disclosed_rate"), told["relationship"]
    )


def _show_post(out: Output, told: dict[str, Any]) -> None:
    for post in told["posts"]:
        deal = post["collaboration_id"]
        matched = f"matched to {deal} by {post['match_rule']}" if deal else "organic"
        out.say(f"{post['platform']} {post['post_type']} {post['post_id']}: {matched}")
        for column, value in post.items():
            if column not in {"platform", "post_id", "post_type", "collaboration_id", "match_rule"}:
                out.say(f"  {column}: {_text(value)}")
    columns = [
        column
        for column in ("date_day", "views", "reach_to_date", "likes", "comments", "shares", "saves")
        if told["days"] and column in told["days"][0]
    ]
    show_rows(out, (*columns, "engagements", "is_correction"), told["days"][-FEW:])
    if len(told["days"]) > FEW:
        out.say(f"the last {FEW} of {len(told['days'])} days: --json shows them all")


def show_rows(out: Output, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """The rows as a table; numbers to the right."""
    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for column in columns:
        is_number = all(isinstance(row[column], int | Decimal | None) for row in rows)
        table.add_column(
            column,
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=column in _WHOLE,
        )
    for row in rows:
        table.add_row(*(_text(row[column]) for column in columns))
    out.show(table)


def _text(value: Any) -> str:
    if value is None:
        return UNKNOWN
    if hasattr(value, "hour"):
        return minute(value)
    return str(value)
