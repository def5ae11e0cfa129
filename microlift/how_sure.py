"""How sure the scorecard is, in words: who leads by more than luck, who cannot be ranked yet,
whether smaller influencers engage more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from rich.text import Text

from microlift.constants import constant
from microlift.figures import percent, share

NAMED = 4  # influencers named of those that cannot be ranked
WIDTH = 80
BETTER, WORSE = "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK DOWN-POINTING TRIANGLE}"
STANDINGS = {"better": BETTER, "worse": WORSE}  # than the average, by more than luck
LEAKED = "*"  # on a row whose orders came in part with a code that seems leaked
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


def how_sure(rows: Sequence[dict[str, Any]], *, is_all: bool = False) -> list[Text]:
    """Lines below the scorecard's table; `rows` are those of rpt_influencer_overall, best first.

    Of those without a rank the first few are named; all with `is_all`.
    """
    ranked = [row for row in rows if row["rank_shrunk"] is not None]
    unranked = [row for row in rows if row["rank_shrunk"] is None]
    dealt = [row for row in unranked if row["not_rankable_because"] is not None]
    free = [row["name"] for row in unranked if row["not_rankable_because"] is None]
    few = None if is_all else NAMED
    lines = [Text(line) for line in _standings(rows, ranked)]
    if dealt:
        lines.append(Text(f"Not ranked yet: {len(dealt)} of {len(rows)}"))
        width = max(len(row["name"]) for row in dealt[:few])
        told = [f"  {row['name']:<{width}}  {why_not_ranked(row)}" for row in dealt[:few]]
        if len(dealt) > len(told):
            told.append(f"  ... and {len(dealt) - len(told)} more: --all")
        lines += [Text(line, style="dim") for line in told]
    if free:
        lines.append(Text(f"No deal yet: {len(free)} of {len(rows)}"))
        left_out = len(free) - len(free[:few])
        names = ", ".join(free[:few]) + (f" and {left_out} more: --all" if left_out else "")
        indented = wrap(names, WIDTH, initial_indent="  ", subsequent_indent="  ")
        lines += [Text(line, style="dim") for line in indented]
    return lines


def why_not_ranked(row: dict[str, Any]) -> str:
    """The reason in words, as in "7 orders: too few to rank (10 are needed)"."""
    reason = row["not_rankable_because"]
    if reason is None:
        return "no deal yet"
    if reason == "too_few_orders":
        count = row["orders"]
        shown = f"{float(count):g}" if count else "no"
        needed = constant("orders_to_rank")
        return f"{shown} order{'' if count == 1 else 's'}: too few to rank ({needed} are needed)"
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


def leaked_codes(rows: Sequence[dict[str, Any]]) -> list[Text]:
    """What the mark of leaked codes means, with the part of each that has it."""
    parts = [f"{row['name']} {share(row['leak_share'])}" for row in rows if row["leak_share"]]
    if not parts:
        return []
    return [
        Text(
            f"{LEAKED} Part of the net revenue came with a code that seems leaked, as to a coupon"
            f"\n  page: {', '.join(parts)}."
        )
    ]


def leaked(row: dict[str, Any]) -> str | None:
    """The part of one row's net revenue that leaked codes brought; None where there is none."""
    part = row["leak_share"]
    return f"{share(part)} of the net revenue came with a code that seems leaked" if part else None


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


def _standings(rows: Sequence[dict[str, Any]], ranked: Sequence[dict[str, Any]]) -> list[str]:
    if not ranked:
        return []
    better = [row for row in ranked if row["versus_peers"] == "better"]
    worse = [row for row in ranked if row["versus_peers"] == "worse"]
    alike = len(ranked) - len(better) - len(worse)
    if not better and not worse:
        return [f"None of the {len(ranked)} ranked can be told apart: it may all be luck."]
    return [
        f"{BETTER} better, {WORSE} worse than the average{_average(rows)} by more than luck:"
        f" {len(better)} and {len(worse)};"
        f"\n  {alike} of {len(ranked)} cannot be told from it."
    ]


def _average(rows: Sequence[dict[str, Any]]) -> str:
    """The return of all of them together, as in " of -0.5%": what versus_peers goes by."""
    known = [row for row in rows if row["contribution"] is not None and row["cost"]]
    cost = sum(row["cost"] for row in known)
    return f" of {sum(row['contribution'] for row in known) / cost:+z.1%}" if cost else ""
