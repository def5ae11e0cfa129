"""Why a figure changed between two published versions: from what both say of orders and costs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

CAUSES = {
    "refund": "money was given back, or an order that counted was cancelled",
    "late_data": "a finished day got an order, a claim or a value that was not known before",
    "source_restatement": "the vendor changed what it had said of a finished day",
    "definition": "what the figure means was changed, in Microlift or in brand.yml",
    "cost_edit": "a cost line of the plan was changed, added, taken away, or paid at another rate",
    "identity": "an order, a post or an account now belongs to another deal or owner",
    "new_data": "time went on: the figure speaks of everything to date (never in rpt_restatements)",
}
_IDENTITIES = ("owner_id", "influencer_id", "collaboration_id", "campaign_id", "campaign_ids")
# What moves as time goes by, with nothing behind it that changed.
_MOVING = ("expected_net_revenue", "is_settled")
_SETTINGS = ("contribution_margin", "commission_rate", "is_default")
# What a row is about; an order's day is the day of the figures that it is part of.
_GRAIN = ("order_id", "collaboration_id", "campaign_id", "influencer_id", "date_day")


@dataclass(frozen=True)
class Sides:
    """The two versions, as names of attached databases.

    `finished_before`: earlier days were over when `before` was published. `is_redefined`: the
    models or seeds of the two differ.
    """

    before: str
    after: str
    finished_before: date
    is_redefined: bool

    @property
    def first_open_day(self) -> str:
        """`finished_before` as SQL."""
        return f"date '{self.finished_before}'"


def create_evidence(con: duckdb.DuckDBPyConnection, sides: Sides) -> None:
    """Temporary tables of what changed: orders, each with its cause, cost lines, deals, posts.

    Money and credit of an order are compared over all models and windows, so that one whose credit
    changed in any of them has a cause.
    """
    _redefined_deals(con, sides)
    con.execute(
        f"""
        create or replace temp table changed_orders as
        with orders as (
            select
                side, order_id, any_value(ordered_on) as ordered_on,
                sum(net_revenue) filter (where is_first) as net_revenue,
                sum(gross_revenue) filter (where is_first) as gross_revenue,
                list_sort(list(
                    row(attribution_model, lookback_days, collaboration_id, credit_share)
                )) as credits
            from (
                select
                    *, dense_rank() over (
                        partition by side, order_id order by attribution_model, lookback_days
                    ) = 1 as is_first
                from (
                    select 'before' as side, * from {sides.before}.marts.fct_order_credits
                    union all by name
                    select 'after' as side, * from {sides.after}.marts.fct_order_credits
                )
            )
            group by side, order_id
        ),

        claims as (
            select
                side, order_id, list_sort(list(row(evidence, claim, touched_at))) as claims,
                list_sort(list(row(evidence, claim, touched_at, collaboration_id))) as deals
            from (
                select 'before' as side, * from {sides.before}.marts.fct_order_evidence
                union all by name
                select 'after' as side, * from {sides.after}.marts.fct_order_evidence
            )
            group by side, order_id
        ),

        known as (
            select orders.*, claims.claims, claims.deals
            from orders left join claims using (side, order_id)
        )

        select
            order_id, coalesce(a.ordered_on, b.ordered_on) as date_day,
            greatest(
                abs(coalesce(a.net_revenue, 0) - coalesce(b.net_revenue, 0)),
                case
                    when a.credits is distinct from b.credits
                        then abs(coalesce(a.net_revenue, b.net_revenue))
                    else 0
                end
            ) as size,
            case
                when b.order_id is null and a.ordered_on >= {sides.first_open_day} then 'new_data'
                when b.order_id is null then 'late_data'
                when a.order_id is null then 'refund'
                when a.gross_revenue is distinct from b.gross_revenue then 'source_restatement'
                when a.net_revenue is distinct from b.net_revenue then 'refund'
                when a.claims is distinct from b.claims then 'late_data'
                when a.deals is distinct from b.deals then 'identity'
                else 'definition'
            end as cause
        from (from known where side = 'before') as b
        full join (from known where side = 'after') as a using (order_id)
        where
            row(a.order_id, a.net_revenue, a.gross_revenue, a.credits)
            is distinct from row(b.order_id, b.net_revenue, b.gross_revenue, b.credits)
            or a.claims is distinct from b.claims or a.deals is distinct from b.deals
        """  # noqa: S608 - names of databases that we attached
    )
    con.execute(
        f"""
        create or replace temp table default_view as
        select distinct attribution_model, lookback_days
        from {sides.after}.marts.rpt_campaign_roi where is_default
        """  # noqa: S608
    )
    con.execute(
        f"""
        create or replace temp table order_causes as
        select distinct changed_orders.*, collaboration_id, campaign_id, influencer_id
        from changed_orders
        left join (
            select order_id, collaboration_id, campaign_id, influencer_id
            from {sides.before}.marts.fct_order_credits
            union
            select order_id, collaboration_id, campaign_id, influencer_id
            from {sides.after}.marts.fct_order_credits
        ) using (order_id)
        """  # noqa: S608
    )
    con.execute(
        f"""
        create or replace temp table edited_costs as
        with before as (
            from {sides.before}.marts.fct_costs_daily where cost_type <> 'commission'
        ),

        after as (
            from {sides.after}.marts.fct_costs_daily where cost_type <> 'commission'
        )

        select distinct collaboration_id, campaign_id, influencer_id, date_day
        from ((from before except all from after) union all (from after except all from before))
        """  # noqa: S608
    )
    con.execute(
        f"""
        create or replace temp table moved_posts as
        select distinct deals.campaign_id, deals.influencer_id, platform
        from (
            select b.platform, unnest([a.collaboration_id, b.collaboration_id]) as collaboration_id
            from {sides.before}.marts.dim_posts as b
            inner join {sides.after}.marts.dim_posts as a using (platform, post_id)
            where a.collaboration_id is distinct from b.collaboration_id
        )
        inner join (
            from {sides.before}.marts.dim_collaborations
            union by name from {sides.after}.marts.dim_collaborations
        ) as deals using (collaboration_id)
        """  # noqa: S608
    )


def _redefined_deals(con: duckdb.DuckDBPyConnection, sides: Sides) -> None:
    """Deals whose commission, or whose campaign's margin, the plan or brand.yml changed."""
    con.execute(
        f"""
        create or replace temp table redefined_deals as
        select a.collaboration_id, a.campaign_id, a.influencer_id
        from {sides.before}.marts.dim_collaborations as b
        inner join {sides.after}.marts.dim_collaborations as a using (collaboration_id)
        left join {sides.before}.marts.dim_campaigns as old_campaign
            on b.campaign_id = old_campaign.campaign_id
        left join {sides.after}.marts.dim_campaigns as new_campaign
            on a.campaign_id = new_campaign.campaign_id
        where
            a.commission_rate is distinct from b.commission_rate
            or old_campaign.contribution_margin is distinct from new_campaign.contribution_margin
        """  # noqa: S608
    )


def joins(columns: Sequence[str]) -> str:
    """SQL that joins `rows`, of a mart with those columns, to what changed about the same things:
    `orders` (cause), `edits` (of costs) and `moved` (posts)."""
    grain = [column for column in _GRAIN if column in columns]
    if "order_id" in grain:
        grain = ["order_id"]
    if not any(c in {"cost", "order_id"} or c.startswith("net_revenue") for c in columns):
        grain = []
    costs = [column for column in grain if column != "order_id"]
    deals = [column for column in costs if column != "date_day"]
    posts = ["campaign_id", "influencer_id", "platform"]
    by = ", ".join(grain) or "null as nothing"
    return f"""
        left join (
            select {by}, arg_max(cause, (size, cause)) as cause
            from (select {by}, cause, sum(size) as size from order_causes group by all)
            group by all
        ) as orders on {_same("orders", grain)}
        left join (
            select distinct {", ".join(costs) or "null as nothing"} from edited_costs
        ) as edits on {_same("edits", costs)}
        left join (
            select distinct {", ".join(deals) or "null as nothing"} from redefined_deals
        ) as deals on {_same("deals", deals)}
        left join moved_posts as moved on {_same("moved", posts if {*posts} <= {*columns} else [])}
    """  # noqa: S608 - constants of this file


def cause(columns: Collection[str], sides: Sides, *, has_day: bool) -> str:
    """SQL of the cause of one figure of `rows`, after `joins`; the first that applies."""
    costs = [column for column in _GRAIN if column in columns and column != "order_id"]
    is_edited = f"edits.{costs[0]} is not null" if {"cost"} & {*columns} and costs else "false"
    is_cost = "starts_with(rows.figure.name, 'cost')"
    if "cost_type" in columns:
        is_cost, is_edited = "true", "rows.cost_type <> 'commission'"
    is_redefined = f"deals.{costs[0]} is not null" if costs and "cost" in columns else "false"
    is_over = f"rows.date_day < {sides.first_open_day}" if "date_day" in columns else "true"
    return f"""
        case
            when rows.figure.name in {_IDENTITIES} then 'identity'
            when rows.figure.name in {_SETTINGS} then 'definition'
            when rows.figure.name in {_MOVING} then 'new_data'
            when rows.figure.name ^@ 'refunds' or rows.figure.name ^@ 'cancellations' then 'refund'
            when rows.figure.name ^@ 'edits' then 'source_restatement'
            when {is_cost} and {is_edited} then 'cost_edit'
            when orders.cause is not null then orders.cause
            when {is_edited} then 'cost_edit'
            when {is_redefined} then 'definition'
            when moved.platform is not null then 'identity'
            when {not has_day} or not {is_over} then 'new_data'
            when rows.figure.before is null then 'late_data'
            when {sides.is_redefined} then 'definition'
            else 'source_restatement'
        end
    """


def _same(other: str, columns: Sequence[str]) -> str:
    """The condition that `rows` and the other relation speak of the same."""
    same = [f"rows.{column} is not distinct from {other}.{column}" for column in columns]
    return " and ".join(same) or "false"
