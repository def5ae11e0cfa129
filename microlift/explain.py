"""What stands behind a published number, down to single orders, claims and cost lines.

Everything is read from the published file: what is explained is what readers see.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from microlift.errors import UsageError
from warehouse.sql import dicts

if TYPE_CHECKING:
    import duckdb

# The shop's id, the number alone or global; failing that the printed name (to a shell # is a
# comment).
# One that does not count is told of by its claims, or by what it was before it was cancelled.
_ORDER = """
select order_id, order_name from (
    select
        order_id, max(order_name) as order_name,
        order_id = regexp_extract($id, '[^/]*$') as is_id
    from (
        select order_id, order_name from marts.fct_revenue_events where event = 'sale'
        union all
        select order_id, null from marts.fct_order_evidence
    )
    group by order_id
)
where is_id or ltrim(order_name, '#') = ltrim($id, '#')
qualify is_id = bool_or(is_id) over ()
order by order_id
"""
_CLAIMS = """
select
    claims.touched_at, claims.evidence, claims.claim, claims.collaboration_id,
    deals.influencer_id, claims.is_eligible, claims.reason
from marts.fct_order_evidence as claims
left join marts.dim_collaborations as deals on claims.collaboration_id = deals.collaboration_id
where claims.order_id = $id
order by claims.touched_at nulls last, claims.evidence, claims.claim
"""
_LEAKS = """
select collaboration_id, is_leaked, leak_reason from marts.fct_order_leaks
where order_id = $id
order by collaboration_id
"""
_EVENTS = """
select happened_on, event, net_revenue, currency_code, is_after_settlement
from marts.fct_revenue_events
where order_id = $id
order by happened_on, array_position(['sale', 'edit', 'refund', 'cancellation'], event), event_id
"""
_CREDITS = """
select
    credits.attribution_model, credits.lookback_days,
    (credits.attribution_model, credits.lookback_days) in (
        select (attribution_model, lookback_days) from marts.rpt_campaign_roi where is_default
    ) as is_default,
    credits.collaboration_id, credits.influencer_id, credits.campaign_id, credits.credit_share,
    credits.net_revenue, credits.gross_revenue, credits.currency_code
from marts.fct_order_credits as credits
where credits.order_id = $id
order by credits.attribution_model, credits.lookback_days, credits.collaboration_id nulls last
"""
_QUARANTINED = """
select reason from quality.quarantine
where key = $id or (contains(key, '/Order/') and regexp_extract(key, '[0-9]+$') = $id)
limit 1
"""

_OVERALL = """
select *, count(rank_shrunk) over () as ranked
from marts.rpt_influencer_overall
where is_default
qualify influencer_id = $id
"""
_RETURNS = """
select campaigns.name as campaign_name, returns.*
from marts.influencer_roi as returns
left join marts.dim_campaigns as campaigns on returns.campaign_id = campaigns.campaign_id
where returns.influencer_id = $id
order by returns.campaign_id
"""
_ORDERS = """
select
    credits.campaign_id, credits.order_id, credits.ordered_on, credits.credit_share,
    credits.gross_revenue, credits.net_revenue, credits.is_settled,
    claims.evidence, claims.claim
from marts.fct_order_credits as credits
left join (
    select * from marts.fct_order_evidence
    qualify row_number() over (
        partition by order_id, collaboration_id order by reason = 'won' desc, touched_at desc
    ) = 1
) as claims
    on credits.order_id = claims.order_id and credits.collaboration_id = claims.collaboration_id
where
    credits.influencer_id = $id
    and (credits.attribution_model, credits.lookback_days) in (
        select (attribution_model, lookback_days) from marts.rpt_campaign_roi where is_default
    )
order by credits.campaign_id, credits.net_revenue desc, credits.order_id
"""
# To the day of the report: costs of days to come are in the table too.
_COSTS = """
select
    costs.campaign_id, costs.collaboration_id, costs.cost_type, min(costs.date_day) as first_day,
    max(costs.date_day) as last_day, sum(costs.cost) as cost
from marts.fct_costs_daily as costs
where
    costs.influencer_id = $id and costs.recognition = 'spread'
    and costs.date_day <= (select max(as_of_date) from marts.publication)
group by all
order by costs.campaign_id, costs.collaboration_id, costs.cost_type
"""
_RELATIONSHIP = "select * from marts.rpt_relationships where influencer_id = $id"
_POST = "select * from marts.dim_posts where post_id = $id"
_POST_DAYS = """
select * from marts.fct_post_engagement_daily where post_id = $id order by platform, date_day
"""
_NAMES = "select influencer_id, name from marts.dim_influencers order by influencer_id"


def explain_order(con: duckdb.DuckDBPyConnection, order: str) -> dict[str, Any]:
    """Every claim on the order, with why it won or lost, whether its codes leaked, the events that
    its net revenue is the sum of, and its credits by model and window: none if it does not count.

    `order` is the shop's id, whole or its digits, or the name printed on the order, with or without
    its #. Raises UsageError when no such order is known, or when several have that name.
    """
    found = dicts(con, _ORDER, {"id": order})
    if not found:
        refused = dicts(con, _QUARANTINED, {"id": order})
        why = f": it is in quality.quarantine ({refused[0]['reason']})" if refused else ""
        raise UsageError(f"no order {order!r} among those that count{why}")
    if len(found) > 1:
        ids = ", ".join(row["order_id"] for row in found)
        raise UsageError(f"{order!r} names several orders: {ids}")
    name = {"id": found[0]["order_id"]}
    return {
        "order_id": name["id"],
        "order_name": found[0]["order_name"],
        "claims": dicts(con, _CLAIMS, name),
        "leaks": dicts(con, _LEAKS, name),
        "events": dicts(con, _EVENTS, name),
        "credits": dicts(con, _CREDITS, name),
    }


def explain_influencer(con: duckdb.DuckDBPyConnection, influencer: str) -> dict[str, Any]:
    """The return over all campaigns (none without a deal) and of each in the default view, with the
    orders and costs that make them. `ranked` is how many influencers have a rank.

    `influencer` is an id of the plan, or a name in large or small letters. Raises UsageError when
    there is none, or when several have that name.
    """
    found = _find_influencer(con, influencer)
    name = {"id": found["influencer_id"]}
    return {
        **found,
        "overall": next(iter(dicts(con, _OVERALL, name)), None),
        "returns": dicts(con, _RETURNS, name),
        "orders": dicts(con, _ORDERS, name),
        "costs": dicts(con, _COSTS, name),
        "relationship": dicts(con, _RELATIONSHIP, name),
    }


def _find_influencer(con: duckdb.DuckDBPyConnection, wanted: str) -> dict[str, Any]:
    """The id and name of the one influencer who is meant."""
    known = dicts(con, _NAMES)
    found = [row for row in known if row["influencer_id"] == wanted] or [
        row for row in known if row["name"].casefold() == wanted.casefold()
    ]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(row["influencer_id"] for row in found)
        raise UsageError(f"{wanted!r} names several influencers: {ids}")
    told = {
        row[column].casefold(): f"{row['name']} ({row['influencer_id']})"
        for row in known
        for column in ("influencer_id", "name")
    }
    near = [told[name] for name in get_close_matches(wanted.casefold(), told, n=1)]
    raise UsageError(
        f"no influencer {wanted!r} in the plan of the published version"
        + "".join(f"; did you mean {name}?" for name in near)
    )


def explain_post(con: duckdb.DuckDBPyConnection, post: str) -> dict[str, Any]:
    """What is known of the post, the deal it was matched to, and its counters day by day.

    Raises UsageError when no such post is published.
    """
    found = dicts(con, _POST, {"id": post})
    if not found:
        raise UsageError(f"no post {post!r} in the published version")
    return {"posts": found, "days": dicts(con, _POST_DAYS, {"id": post})}
