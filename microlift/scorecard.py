"""The scorecard: one line a campaign, one an influencer, from the published file.

Unknown is a dash, never 0. Ranked ones come first; who cannot be ranked yet is named below the
table, with the reason in words.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from microlift.audience_lift import LIFTS, audience_lift, no_lift
from microlift.figures import UNKNOWN, counted, minute
from microlift.how_sure import how_sure, leaked_codes, micro_against_macro
from microlift.published import current_file, current_manifest, open_published
from microlift.returns_tables import CAMPAIGN_RETURNS, campaigns_table, influencers_table
from microlift.source_states import SourceState, published_states, sources_table
from warehouse.sql import dicts

SHOP = "shopify"  # whose orders are the revenue
TRY_SQL = (
    "select campaign_id, name, orders, net_revenue, cost, roi_margin"
    " from marts.influencer_roi join marts.dim_influencers using (influencer_id)"
    " order by roi_margin desc nulls last limit 10"
)
# DuckDB leaves out columns where the terminal is narrower than they are.
_WIDE = 120

# The rate of one platform, for rates of two have different parts and make no sum: that with the
# most sponsored posts of known rate; of two with as many, the one of more followers. So one lucky
# post of a small account stands for nobody who has others.
INFLUENCERS = """
with engaged as (
    select
        influencer_id, er_followers,
        sum(posts) over (partition by influencer_id)::bigint as posts
    from marts.rpt_influencer_engagement
    qualify row_number() over (
        partition by influencer_id
        order by
            round(posts * coverage) desc nulls last,
            engagements / er_followers desc nulls last,
            platform
    ) = 1
),

earned as (
    select * from marts.rpt_influencer_overall where is_default
)

select
    influencers.influencer_id, influencers.name, influencers.tier, influencers.followers_total,
    coalesce(engaged.posts, 0) as posts, engaged.er_followers, earned.orders::bigint as orders,
    earned.net_revenue, earned.cost, earned.roi_margin, earned.roi_margin_lo,
    earned.roi_margin_hi, earned.rank_shrunk, earned.not_rankable_because, earned.versus_peers,
    earned.leak_share, earned.contribution
from marts.dim_influencers as influencers
left join engaged on influencers.influencer_id = engaged.influencer_id
left join earned on influencers.influencer_id = earned.influencer_id
order by
    earned.rank_shrunk nulls last, earned.roi_margin desc nulls last, influencers.influencer_id
"""

_MICRO = "from marts.rpt_tier_benchmarks where tier = 'micro' and platform = 'all'"
_CANDIDATES = """
select handle from marts.rpt_influencer_candidates where rank <= 3 order by rank
"""
_CURRENCY = "select any_value(currency_code) from marts.influencer_roi"
_STAMP = "select any_value(run_id), max(as_of), bool_or(is_simulated) from marts.publication"


@dataclass(frozen=True)
class Scorecard:
    """The rows (dicts, best rank first) and where they come from."""

    rows: list[dict[str, Any]]
    currency: str | None
    run_id: str
    as_of: datetime
    is_simulated: bool
    file: Path
    sources: Sequence[SourceState] = ()
    lifts: Sequence[dict[str, Any]] = ()
    campaigns: Sequence[dict[str, Any]] = ()  # all of the plan, by their start
    micro: dict[str, Any] | None = None  # of rpt_tier_benchmarks, over all platforms
    candidates: Sequence[str] = ()


def read_scorecard(home: Path) -> Scorecard:
    """The scorecard of the current version. Raises UsageError before the first publish."""
    with open_published(home) as con:
        rows = dicts(con, INFLUENCERS)
        lifts = dicts(con, LIFTS)
        micro = next(iter(dicts(con, _MICRO)), None)
        campaigns = dicts(con, CAMPAIGN_RETURNS)
        ((currency,),) = con.execute(_CURRENCY).fetchall()
        ((run_id, as_of, is_simulated),) = con.execute(_STAMP).fetchall()
        candidates = [handle for (handle,) in con.execute(_CANDIDATES).fetchall() if handle]
    return Scorecard(
        rows=rows,
        currency=currency,
        run_id=run_id,
        as_of=as_of,
        is_simulated=bool(is_simulated),
        file=current_file(home),
        sources=published_states(current_manifest(home)),
        lifts=lifts,
        campaigns=campaigns,
        micro=micro,
        candidates=candidates,
    )


def render(card: Scorecard, limit: int | None = None) -> Group:
    """The scorecard for people, 80 columns wide or more; the best `limit` influencers and the
    newest campaigns."""
    currency = card.currency or ""
    shown = card.rows[:limit]
    left_out = len(card.rows) - len(shown)
    simulated = ", simulated clock" if card.is_simulated else ""
    head = Text.assemble(
        ("Scorecard", "bold"),
        f"  {counted(len(card.campaigns), 'campaign')},"
        f" {counted(len(card.rows), 'influencer')}, as of {card.as_of:%Y-%m-%d}{simulated}",
    )
    notes = Text(
        "ER by follower: engagements / followers at the time of the sponsored posts,"
        "\non the platform with most of them; of two with as many, that of more followers."
        f"\nmargin ROI: (net revenue x contribution margin - cost) / cost. {UNKNOWN}: not known."
        "\nat least, at most: 95 % interval of what the same effort returns on average,"
        "\nby chance alone: if the evidence of who caused an order is right. Where shops"
        "\nsee only part of it, 7 in 10 hold the truth (docs/truth.md)."
        "\nRanked by margin ROI drawn towards the average: the fewer orders, the more.",
        style="dim",
    )
    more = [Text(f"... and {left_out} more: {_command(card)} report --all", style="dim")]
    rest = more if left_out else []
    sure = [
        *how_sure(card.rows, is_all=limit is None),
        *leaked_codes(shown),
        *micro_against_macro(card.micro),
    ]
    parts: list[RenderableType] = [head, *_behind(card), Text(), *_campaigns(card, limit)]
    parts += [influencers_table(shown, currency), Text(), *rest, *sure, notes]
    parts += [Text(), audience_lift(card.lifts) if card.lifts else no_lift(len(card.campaigns))]
    if card.candidates:
        names = ", ".join(card.candidates)
        parts += [Text(), Text(f"Not yet partners, best candidates: {names}", style="dim")]
    if card.sources:
        parts += [Text(), sources_table(card.sources)]
    return Group(*parts)


def _behind(card: Scorecard) -> list[Text]:
    """What is older than the report, above the figures that it spoils; how old stands below."""
    old = [one for one in card.sources if one.stale_because and _is_older(one, card.as_of)]
    lines = []
    for shop in (one for one in old if one.source == SHOP):
        seen = shop.last_observed_at
        upto = f"only as of {minute(seen)}" if seen else "unknown"
        lines.append(
            f"orders {upto}, while cost runs to {card.as_of:%Y-%m-%d}: {SHOP} is behind,"
            "\n  so returns of deals that run look lower than they are (see Sources)"
        )
    if others := [one.source for one in old if one.source != SHOP]:
        lines.append(f"older than that: {', '.join(others)} (see Sources)")
    return [Text(line, style="yellow") for line in lines]


def _is_older(source: SourceState, as_of: datetime) -> bool:
    return source.last_observed_at is None or source.last_observed_at < as_of


def _campaigns(card: Scorecard, limit: int | None) -> list[RenderableType]:
    """The campaigns' returns, the newest `limit` of them; nothing where the plan has none."""
    shown = card.campaigns[-limit:] if limit else card.campaigns
    if not shown:
        return []
    left_out = len(card.campaigns) - len(shown)
    more = [Text(f"... and {left_out} before them", style="dim")] if left_out else []
    return [campaigns_table(shown, card.currency or ""), *more, Text()]


def how_to_look(card: Scorecard) -> str:
    """Where the published file is, and one line of SQL to try with the Python that runs us."""
    file = _from_here(card.file)
    return (
        f"published: {file}\n"
        f'try:       {_from_here(Path(sys.executable))} -c "import duckdb;'
        f" duckdb.connect(r'{file}', read_only=True).sql('{TRY_SQL}').show(max_width={_WIDE})\""
    )


def _command(card: Scorecard) -> str:
    """How the command line is called here for this scorecard's data."""
    home = card.file.parent.parent
    program = Path(sys.executable).with_name("microlift")
    is_default = home == Path("data").resolve()
    return f"{'' if is_default else f'MICROLIFT_HOME={_from_here(home)} '}{_from_here(program)}"


def _from_here(path: Path) -> Path:
    """The path as one would type it in this folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
