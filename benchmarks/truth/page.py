"""The scores as the tables of docs/truth.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from post_scores import NAMES as NAMES_OF_POSTS
from scores import Covered, Score, coverage
from shares import percent, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from post_scores import PostScore

PAGE = Path(__file__).resolve().parents[2] / "docs" / "truth.md"
BEGIN, END = "<!-- make truth writes from here -->", "<!-- to here -->"
TARGET = (0.93, 0.97)
MOST_FALSE = 0.05
_BY_ORDERS = (0.5, 2, 5, 10, 20, 50, 200)
_NAMES = {
    "roi_margin": "`roi_margin`",
    "roas": "`roas`, `roi_revenue`",
    "cpa_order": "`cpa_order`",
    "ncac": "`ncac`",
    "inner": "`roi_margin_q25` to `_q75` (due: 50 %)",
    "campaign": "`roi_margin` of campaigns",
}


def is_within(score: Score, of_posts: PostScore) -> bool:
    """Every figure that has a limit keeps to it, as it was measured; its error is no allowance."""
    shares = [
        coverage(i for i in score.intervals if i.ratio == ratio)[0]
        for ratio in _NAMES
        if ratio != "inner"
    ]
    shares += [of_posts.coverage(of).share for of in NAMES_OF_POSTS]
    is_covered = all(TARGET[0] <= share <= TARGET[1] for share in shares)
    return is_covered and false_leaders(score) <= MOST_FALSE


def false_leaders(score: Score) -> float:
    """The share of worlds of identical influencers in which one was called better."""
    return sum(score.led_by_luck) / len(score.led_by_luck)


def tables(score: Score, of_posts: PostScore) -> str:
    """Everything measured, as Markdown."""
    parts = (
        _coverage(score),
        of_evidence_table(score),
        _ranks(score),
        _bias(score),
        _leaks(score),
        of_posts_table(of_posts),
    )
    return "\n".join(line for part in parts for line in part)


def write_page(text: str, path: Path = PAGE) -> None:
    """Put the tables between the page's two marks."""
    page = path.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    path.write_text(f"{head}{BEGIN}\n\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def write_part(text: str, path: Path = PAGE) -> None:
    """Put one part, a heading and what is below it, in the place of the one so headed."""
    page = path.read_text(encoding="utf-8")
    heading = text.splitlines()[0]
    head, rest = page.split(f"{heading}\n")
    after = min(at for mark in ("\n### ", f"\n{END}") if (at := rest.find(mark)) >= 0)
    path.write_text(f"{head}{text}{rest[after:]}", encoding="utf-8")


def _coverage(score: Score) -> Iterator[str]:
    yield "### Coverage of the intervals\n"
    yield "| 95 % interval of | intervals | hold the truth |"
    yield "|---|---:|---:|"
    for ratio, name in _NAMES.items():
        share, count = coverage(i for i in score.intervals if i.ratio == ratio)
        yield f"| {name} | {count:,} | {percent(share, count)} |"
    yield f"\nWithout an interval though the cost is known: {score.missing}.\n"
    yield "| with commission in the cost | intervals | hold the truth | without | hold the truth |"
    yield "|---|---:|---:|---:|---:|"
    for ratio in ("roi_margin", "cpa_order", "ncac"):
        cells = []
        for on_commission in (True, False):
            share, count = coverage(
                i for i in score.intervals if (i.ratio, i.on_commission) == (ratio, on_commission)
            )
            cells.append(f"{count:,} | {percent(share, count)}")
        yield f"| {_NAMES[ratio]} | {' | '.join(cells)} |"
    yield ""
    yield "`roi_margin`, by the orders that were to be expected, and by those that came:\n"
    yield from _head_by_orders()
    of_margin = [i for i in score.intervals if i.ratio == "roi_margin"]
    yield _by_orders("expected", of_margin, lambda interval: interval.expected)
    yield _by_orders("seen", of_margin, lambda interval: interval.seen)
    inner = [i for i in score.intervals if i.ratio == "inner"]
    yield _by_orders("expected, `_q25` to `_q75`", inner, lambda interval: interval.expected)
    none, count = coverage(i for i in of_margin if i.seen == 0)
    yield f"\nWithout any order: {percent(none, count)} of {count}.\n"


def _head_by_orders() -> Iterator[str]:
    head = [f"{low:g} to {high:g}" for low, high in pairwise(_BY_ORDERS)]
    yield "| orders | " + " | ".join(head) + " |"
    yield "|---|" + "---:|" * len(head)


def _by_orders(name: str, intervals: Sequence[Covered], by: Callable[[Covered], float]) -> str:
    cells = []
    for low, high in pairwise(_BY_ORDERS):
        share, count = coverage(i for i in intervals if low <= by(i) < high)
        cells.append(percent(share, count))
    return f"| {name} | " + " | ".join(cells) + " |"


def of_evidence_table(score: Score) -> Iterator[str]:
    """The intervals of returns where not all evidence shows, or is true: no gate, it informs."""
    yield "### Coverage where evidence is as shops see it\n"
    yield "The interval speaks of chance, not of who caused an order: where orders show no"
    yield "evidence, or false evidence, it holds the truth less often. No limit is set on this.\n"
    yield "The 95 % interval of `roi_margin`, and on which side of the others the truth lies:\n"
    yield "| model | window | intervals | hold the truth | truth below | truth above |"
    yield "|---|---:|---:|---:|---:|---:|"
    for model, window in sorted({placed.view for placed in score.placed}):
        those = [placed.truth for placed in score.placed if placed.view == (model, window)]
        held = percent(*share(truth == "inside" for truth in those))
        below, above = (those.count(side) / len(those) for side in ("below", "above"))
        yield f"| {model} | {window} d | {len(those):,} | {held} | {below:.1%} | {above:.1%} |"
    yield "\nBy the orders that were to be expected, under the brand's own model:\n"
    yield from _head_by_orders()
    for side in ("inside", "below", "above"):
        of_side = [
            Covered("roi_margin", placed.expected, 0, placed.truth == side)
            for placed in score.placed
            if placed.is_default
        ]
        name = "hold the truth" if side == "inside" else f"truth {side}"
        yield _by_orders(name, of_side, lambda interval: interval.expected)
    yield ""


def _ranks(score: Score) -> Iterator[str]:
    yield "### Who is called better\n"
    worlds = len(score.led_by_luck)
    share = false_leaders(score)
    yield f"- One of twenty identical influencers is called better: in {percent(share, worlds)} of"
    yield f"  {worlds} worlds (at most 5 %)."
    wrong = sum(factor <= 1 for factor in score.better) / max(len(score.better), 1)
    yield f"- Where influencers differ, {len(score.better)} were called better; {wrong:.1%} of them"
    yield "  are truly no better than their campaign.\n"
    yield "| `p_roi_positive` | influencers | truly positive |"
    yield "|---|---:|---:|"
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.7), (0.7, 0.9), (0.9, 1.01)):
        found = [truly for p, truly in score.positive if low <= p < high]
        if found:
            name = f"{low:.0%} to {min(high, 1):.0%}"
            yield f"| {name} | {len(found):,} | {sum(found) / len(found):.0%} |"
    yield ""


def _bias(score: Score) -> Iterator[str]:
    yield "### Bias of each model\n"
    yield "Credited to influencers against truly caused by them; to the right one; to others.\n"
    yield "| model | window | credited / caused | to the right one | to another or for nothing |"
    yield "|---|---:|---:|---:|---:|"
    for (model, window), credit in sorted(score.credits.items()):
        right, all_of = credit.rightly / credit.caused, credit.credited / credit.caused
        yield f"| {model} | {window} d | {all_of - 1:+.1%} | {right:.1%} | {all_of - right:.1%} |"
    yield ""


def _leaks(score: Score) -> Iterator[str]:
    ways = {way: counts for way, counts in score.leaks.items() if way is not None}
    honest, accused = score.leaks.get(None, [0, 0])
    leaked, found = (sum(column) for column in zip(*ways.values(), strict=True))
    yield "### Leaked codes\n"
    yield f"Of {leaked:,} orders with a leaked code {found:,} are flagged (recall "
    yield f"{found / max(leaked, 1):.1%}), and of {honest:,} that a follower placed with the code"
    yield f"{accused:,}: precision {found / max(found + accused, 1):.1%}.\n"
    yield "| the buyer of a leaked code came | orders | flagged |"
    yield "|---|---:|---:|"
    for way, (orders, flagged) in sorted(ways.items()):
        yield f"| {way} | {orders:,} | {flagged / orders:.0%} |"
    yield ""


def of_posts_table(score: PostScore) -> Iterator[str]:
    """The intervals of engagement, and of the returns of tiers."""
    yield "### Intervals of engagement and tiers\n"
    yield "| 95 % interval of | intervals | hold the truth | upper / lower bound |"
    yield "|---|---:|---:|---:|"
    for of, name in NAMES_OF_POSTS.items():
        found = score.coverage(of)
        held = f"{found.share:.1%} ± {found.error:.1%}"
        yield f"| {name} | {found.count:,} | {held} | {score.width(of):.1f} |"
    yield ""
