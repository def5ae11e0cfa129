"""Why a figure changed between two published versions: from what both say of orders and costs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from warehouse.cost_lines import create_rated_costs
from warehouse.restatement_evidence import CLAIMS, COSTS, CREDITS, DEALS, ORDERS, SETTINGS

if TYPE_CHECKING:
    import duckdb

CAUSES = {
    "refund": "money was given back, or an order that counted was cancelled",
    "late_data": "a finished day got an order, a claim or a value that was not known before, or"
    " later journeys taught data_driven other weights",
    "source_restatement": "the vendor changed what it had said of a finished day",
    "definition": "what the figure means was changed, in Microlift, in brand.yml or in the terms of"
    " a deal",
    "cost_edit": "a cost line of the plan was changed, added or taken away",
    "exchange_rate": "a cost line of the plan in another currency has another rate: that of its"
    " payment once it is paid; one of a day to come has that of today",
    "identity": "an order, a post or an account now belongs to another deal or owner",
    "new_data": "time went on: the figure speaks of everything to date (never in rpt_restatements)",
}
_IDENTITIES = ("owner_id", "influencer_id", "collaboration_id", "campaign_id", "campaign_ids")
# What moves as time goes by, with nothing behind it that changed.
_MOVING = (
    "days_since_contact",
    "expected_net_revenue",
    "expected_net_revenue_error",
    "expected_net_revenue_error_sum",
    "is_settled",
)
_SETTINGS = ("commission_rate", "is_default", "currency_code")
# Figures that count orders; all others that speak of orders sum their money.
_COUNTS = ("orders", "new_customers", "returning_customers", "credit", "customers", "is_fallback")
_DEAL = ("collaboration_id", "campaign_id", "influencer_id")
_VIEW = ("attribution_model", "lookback_days")
_COST_TYPES = ("fee", "product", "shipping", "boost", "bonus", "commission")


@dataclass(frozen=True)
class Sides:
    """The two versions, as names of attached databases.

    `finished_before`: earlier days were over when `before` was published. `is_redefined`: the
    models or seeds of the two differ. `last_day` is the newest of `after`.
    """

    before: str
    after: str
    finished_before: date
    last_day: date
    is_redefined: bool

    @property
    def first_open_day(self) -> str:
        """`finished_before` as SQL."""
        return f"date '{self.finished_before}'"


def create_evidence(con: duckdb.DuckDBPyConnection, sides: Sides) -> None:
    """Temporary tables of what changed between the two: settings, events and claims of orders,
    their credits, cost lines, deals and posts, each order with its cause."""
    create_rated_costs(con, sides.before, sides.after)
    for sql in (SETTINGS, ORDERS, CREDITS, CLAIMS, DEALS, COSTS):
        con.execute(
            sql.format(
                before=f"{sides.before}.marts",
                after=f"{sides.after}.marts",
                first_open_day=sides.first_open_day,
                last_day=f"date '{sides.last_day}'",
                is_redefined=sides.is_redefined,
            )
        )


def joins(columns: Sequence[str]) -> str:
    """SQL that joins `rows`, of a mart with those columns, to what changed about the same things.

    `orders` (cause, and share_cause for figures that count them), `events` of the row's day and
    `claims` on the deal and its `costs` (cause; `costs_fee` where a column tells of one type),
    `deals` redefined and `moved` posts; the `margin` that weighs sales beside costs.
    """
    deal = [column for column in _DEAL if column in columns]
    day = ["date_day"] if "date_day" in columns else []
    has_money = any(c == "cost" or c.startswith("net_revenue") for c in columns)
    costs = [*deal, *day] if any(c.startswith("cost") for c in columns) else []
    typed = [c for c in ("cost_type", "recognition") if costs and c in columns]
    posts = ["campaign_id", "influencer_id", "platform"]
    return f"""
        cross join changed_settings as settings
        {_orders(columns, deal, day, has_money=has_money)}
        {_caused("events", "changed_events", day if "net_revenue_event_date" in columns else [])}
        {_caused("claims", "changed_claims", costs if deal else [])}
        {_caused("costs", _changed_costs(typed), [*costs, *typed])}
        {_costs_of_types(columns, costs)}
        {_margins(columns)}
        {_there("deals", "redefined_deals", deal if costs else [])}
        {_there("moved", "moved_posts", posts if {*posts} <= {*columns} else [])}
    """


def cause(columns: Collection[str], sides: Sides, *, has_day: bool) -> str:
    """SQL of the cause of one figure of `rows`, after `joins`; the first that applies."""
    name = "rows.figure.name"
    of_costs = "cost_type" in columns
    is_cost = f"starts_with({name}, 'cost')"
    claims, costs, deals = "claims.cause", _costs(columns, name), "deals.is_there"
    orders = "orders.cause"
    if not of_costs and not any(c.startswith("net_revenue") for c in columns):
        # of a mart that tells costs and no revenue, only its costs are money
        is_money = f"starts_with({name}, 'cost')"
        claims, costs, orders, deals = (
            f"if({is_money}, {one}, null)" for one in (claims, costs, orders, deals)
        )
    if of_costs:
        is_commission = "rows.cost_type = 'commission'"
        claims = f"if({is_commission}, claims.cause, null)"
        deals = f"({is_commission} and deals.is_there)"
    is_line = "false"
    if of_costs and "recognition" in columns:
        # what was paid of a commission is a line of the plan, what it comes to is none
        is_cost, is_line = "true", f"(not {is_commission} or rows.recognition = 'cash')"
    follows_view = "net_revenue" in columns and not {"order_id", *_VIEW} & {*columns}
    is_over = f"rows.date_day < {sides.first_open_day}" if "date_day" in columns else "true"
    is_count = " or ".join(f"starts_with({name}, '{start}')" for start in _COUNTS)
    # over several campaigns the margin is weighted by revenue, so a sale moves it as well as terms
    is_margin = f"({name} = 'contribution_margin' and {'campaign_id' in columns or deals})"
    return f"""
        case
            when {name} in {_IDENTITIES} then 'identity'
            when {name} in {_SETTINGS} or {is_margin} or settings.is_currency_changed
                then 'definition'
            when {name} in {_MOVING} then 'new_data'
            when {is_line} then coalesce({costs}, 'cost_edit')
            when {is_cost} and {costs} is not null then {costs}
            when ({is_cost} or {name} = 'discount_given') and {claims} is not null then {claims}
            when {follows_view} and settings.is_view_changed and not {is_cost} then 'definition'
            when {name} ^@ 'refunds' or {name} ^@ 'cancellations' then 'refund'
            when {name} ^@ 'edits' then 'source_restatement'
            when {name} = 'net_revenue_event_date' and events.cause is not null then events.cause
            when ({is_count}) and orders.share_cause is not null then orders.share_cause
            when {is_cost} and {deals} then 'definition'
            when {_is_more_of_costs(columns, name)} then {costs}
            when {orders} is not null and not {is_cost} then {orders}
            when {claims} is not null then {claims}
            when {costs} is not null then {costs}
            when {deals} then 'definition'
            when moved.is_there then 'identity'
            when {not has_day} or not {is_over} then 'new_data'
            when rows.figure.before is null then 'late_data'
            when {sides.is_redefined} then 'definition'
            else 'source_restatement'
        end
    """


def _orders(
    columns: Sequence[str], deal: Sequence[str], day: Sequence[str], *, has_money: bool
) -> str:
    """Each row's changed orders: single events or credits where it is one, else its view's."""
    view = [column for column in _VIEW if column in columns]
    if "event_id" in columns:
        return _caused("orders", "changed_events", ["order_id", "event", "event_id"])
    if "order_id" in columns:
        key = ["order_id", *view, *(["collaboration_id"] if view else [])]
        return _caused("orders", "changed_credits" if view else "changed_orders", key)
    if not has_money:
        return _caused("orders", "changed_days", [])
    if not deal:
        return _caused("orders", "changed_days", day)
    credits = "changed_credits" if view else "(from changed_credits where is_default)"
    return _caused("orders", credits, [*deal, *view, *day])


def _changed_costs(typed: Sequence[str]) -> str:
    """The evidence of costs for rows that tell these columns of them.

    A row of one recognition and day is what it is, whether it is counted yet or not.
    """
    if "recognition" in typed:
        return "(from changed_costs where not is_counted)"
    if typed:
        return "changed_costs"
    return "(from changed_costs where recognition = 'spread' and not is_to_come)"


def _costs_of_types(columns: Sequence[str], by: Sequence[str]) -> str:
    """The causes of the columns that tell of one cost type each, such as `costs_fee`."""
    return "".join(
        _caused(
            f"costs_{kind}",
            f"(from {_changed_costs([])} where cost_type = '{kind}')",
            by,
        )
        for kind in _COST_TYPES
        if f"cost_{kind}" in columns
    )


def _costs(columns: Collection[str], name: str) -> str:
    """SQL of the cause among costs of the figure `name`: of its type, or of them all."""
    types = "".join(
        f" when 'cost_{kind}' then costs_{kind}.cause"
        for kind in _COST_TYPES
        if f"cost_{kind}" in columns
    )
    return f"(case {name}{types} else costs.cause end)" if types else "costs.cause"


def _margins(columns: Collection[str]) -> str:
    if not {"contribution", "campaign_id"} <= {*columns} or "contribution_margin" in columns:
        return ""
    return "left join margins on rows.campaign_id = margins.campaign_id"


def _is_more_of_costs(columns: Collection[str], name: str) -> str:
    """SQL: of what sales and costs make together, the costs moved more."""
    has_margin = _margins(columns) or "contribution_margin" in columns
    if not has_margin or not {"contribution", "cost"} <= {*columns}:
        return "false"
    margin = f"{'margins' if _margins(columns) else 'rows'}.contribution_margin"
    return f"""(
        ({name} = 'contribution' or {name} ^@ 'roi_margin')
        and costs.size > coalesce(orders.size * {margin}, 0)
    )"""


def _caused(name: str, evidence: str, columns: Sequence[str]) -> str:
    """A join to the cause that moved most money of each row, and the one that moved most orders."""
    by = ", ".join(columns) or "null as nothing"
    return f"""
        left join (
            select
                {by}, arg_max(cause, (size, cause)) as cause, max(size) as size,
                arg_max(share_cause, (share_size, share_cause))
                    filter (where share_cause is not null) as share_cause
            from (
                select {by}, cause, null as share_cause, sum(size) as size, null as share_size
                from {evidence} where cause is not null group by all
                union all
                select {by}, null, share_cause, null, sum(share_size)
                from {evidence} where share_cause is not null group by all
            )
            group by all
        ) as {name} on {_same(name, columns)}
    """  # noqa: S608 - constants of this file


def _there(name: str, evidence: str, columns: Sequence[str]) -> str:
    """A join that says of each row whether the evidence speaks of it."""
    by = ", ".join(columns) or "null as nothing"
    return f"""
        left join (select distinct {by}, true as is_there from {evidence}) as {name}
            on {_same(name, columns)}
    """  # noqa: S608 - constants of this file


def _same(other: str, columns: Sequence[str]) -> str:
    """The condition that `rows` and the other relation speak of the same."""
    same = [f"rows.{column} is not distinct from {other}.{column}" for column in columns]
    return " and ".join(same) or "false"
