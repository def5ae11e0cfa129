"""How sure the scorecard is, in words: who leads by more than luck, who cannot be ranked yet,
whether smaller influencers engage more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from microlift.figures import percent

NAMED = 4  # influencers named of those that cannot be ranked
NAME_WIDTH = 18
_WHY = {
    "shop_not_read": "the shop's orders were never read",
    "cost_unknown": "a cost has no exchange rate",
    "no_cost": "there is no cost to set against",
    "refunds_beyond_sales": "more was given back than sold",
    "no_order_value": "no order tells what one is worth",
}
_WHY_NO_RATIO = {
    "no_macro_tier": "the plan names no tier macro",
    "no_posts_alike": "they have no posts of one platform and type",
    "too_few_influencers": "{counts} influencers are too few",
    "too_few_macro_influencers": "{counts} influencers are too few",
    "one_carries_all": "without one influencer nothing is left",
}


def how_sure(rows: Sequence[dict[str, Any]]) -> list[Text]:
    """Lines below the scorecard's table; `rows` are those of rpt_influencer_overall, best first."""
    ranked = [row for row in rows if row["rank_shrunk"] is not None]
    unranked = [row for row in rows if row["rank_shrunk"] is None]
    lines = [Text(line) for line in _standings(ranked)]
    if unranked:
        lines.append(Text(f"Not ranked yet: {len(unranked)} of {len(rows)}"))
        for row in unranked[:NAMED]:
            name = row["name"][:NAME_WIDTH]
            lines.append(Text(f"  {name:<{NAME_WIDTH}}  {why_not_ranked(row)}", style="dim"))
        left_out = len(unranked) - NAMED
        if left_out > 0:
            lines.append(Text(f"  ... and {left_out} more", style="dim"))
    return lines


def why_not_ranked(row: dict[str, Any]) -> str:
    """The reason in words, as in "7 orders: too few to rank"."""
    reason = row["not_rankable_because"]
    if reason is None:
        return "no deal yet"
    if reason == "too_few_orders":
        count = row["orders"]
        shown = f"{float(count):g}" if count else "no"
        return f"{shown} order{'' if count == 1 else 's'}: too few to rank"
    return _WHY[reason]


def overall_return(row: dict[str, Any]) -> str:
    """The return over all campaigns in one line; `row` is that of rpt_influencer_overall, with
    `ranked`, how many have a rank."""
    low, high = row["roi_margin_lo"], row["roi_margin_hi"]
    interval = "" if low is None else f" (95 %: {percent(low)} to {percent(high)})"
    rank = row["rank_shrunk"]
    standing = why_not_ranked(row) if rank is None else f"rank {rank} of {row['ranked']}"
    return (
        f"overall margin ROI {percent(row['roi_margin'])}{interval}; {standing};"
        f" by {row['attribution_model']}, {row['lookback_days']} days"
    )


def micro_against_macro(row: dict[str, Any] | None) -> list[Text]:
    """The ratio of micro to macro with its interval; `row` is that of rpt_tier_benchmarks."""
    if row is None:
        return []
    return [Text(f"Micro against macro, {line}") for line in _compared(row)]


def _compared(row: dict[str, Any]) -> Iterator[str]:
    if row["no_ratio_because"] is not None:
        counts = f"{row['influencers_compared']} and {row['macro_influencers_compared']}"
        yield f"not compared: {_WHY_NO_RATIO[row['no_ratio_because']].format(counts=counts)}."
        return
    low, high = row["ratio_to_macro_lo"], row["ratio_to_macro_hi"]
    verdict = "more than luck" if low > 1 or high < 1 else "the difference may be luck"
    yield (
        f"posts alike: {row['ratio_to_macro']:.2f} times the engagements per follower"
        f"\n  (95 %: {low:.2f} to {high:.2f}; {row['influencers_compared']} and"
        f" {row['macro_influencers_compared']} influencers): {verdict}."
    )


def _standings(ranked: Sequence[dict[str, Any]]) -> list[str]:
    if not ranked:
        return []
    better = [row for row in ranked if row["versus_peers"] == "better"]
    worse = [row for row in ranked if row["versus_peers"] == "worse"]
    alike = len(ranked) - len(better) - len(worse)
    if not better and not worse:
        return [f"None of the {len(ranked)} ranked can be told apart: it may all be luck."]
    return [
        f"More than luck: {len(better)} better than the average, {len(worse)} worse;"
        f" {alike} cannot be told apart."
    ]
