"""`make truth-lift`: the audience lift of some thousand invented accounts against the truth.

    python benchmarks/truth/lift.py [--worlds 200] [--processes 2]

A world is a brand with six accounts; each is told three times: with a campaign that adds nothing,
with one that adds just what the verdict calls detectable, and with one of any size. What enters are
raw rows as the wire would bring them; what runs are the models' own statements from staging to
`rpt_audience_lift`. Writes the tables of docs/audience-lift.md; exits 1 while a figure is outside
its limit.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Its modules stand beside a script that is no package, so the path comes before them (E402).
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from audiences import BASES  # noqa: E402
from lift_scores import WANTED, Judged, score_brand  # noqa: E402
from marts import compile_marts  # noqa: E402
from page import TARGET, write_page  # noqa: E402
from shares import percent, share  # noqa: E402

PAGE = HERE.parents[1] / "docs" / "audience-lift.md"
MOST_FALSE, LEAST_FOUND = 0.05, 0.80
PLACEBO_BOUNDS = (0.05, 0.1, 0.2)
_NAMES = {"dated": "dated gains and losses", "counter": "exact counts, gaps", "rounded": "rounded"}
_SPLITS: dict[str, list[tuple[str, Callable[[Judged], bool]]]] = {
    "days of the campaign": [
        ("7 to 13", lambda one: one.length < 14),
        ("14 to 27", lambda one: 14 <= one.length < 28),
        ("28 to 42", lambda one: one.length >= 28),
    ],
    "days before it": [
        ("40 to 79", lambda one: one.history < 80),
        ("80 to 159", lambda one: 80 <= one.history < 160),
        ("160 and more", lambda one: one.history >= 160),
    ],
    "followers won a day": [
        ("4 to 20", lambda one: one.rate < 20),
        ("20 to 100", lambda one: 20 <= one.rate < 100),
        ("100 to 300", lambda one: one.rate >= 100),
    ],
    "known from": [(_NAMES[basis], lambda one, b=basis: one.basis == b) for basis in BASES],
}


def main() -> int:
    """Score all worlds, print the tables and write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="seed of the first world")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    began = time.monotonic()
    judged: list[Judged] = []
    with tempfile.TemporaryDirectory(prefix="microlift-truth-") as work:
        judge = partial(score_brand, models=compile_marts(Path(work), WANTED))
        seeds = range(options.first, options.first + options.worlds)
        with ProcessPoolExecutor(options.processes) as pool:
            for of_brand in pool.map(judge, seeds, chunksize=5):
                judged += of_brand
    print(f"{time.monotonic() - began:6.1f} s  {options.worlds} worlds, {len(judged):,} verdicts")
    text = "\n".join(_tables(judged, options.worlds))
    print(text)
    if options.first == 0:
        write_page(text, PAGE)
    return 0 if is_within(judged) else 1


def is_within(judged: Sequence[Judged]) -> bool:
    """Every figure that has a limit keeps to it; campaigns of each length, which are fewer, within
    two standard errors."""
    lengths = (list(filter(is_in, judged)) for _, is_in in _SPLITS["days of the campaign"])
    shares = (share(_rare(judged, bound)) for bound in PLACEBO_BOUNDS)
    return (
        _keeps(judged, errors=0)
        and all(_keeps(of_length, errors=2) for of_length in lengths)
        and all(found <= bound for bound, (found, _) in zip(PLACEBO_BOUNDS, shares, strict=True))
    )


def _keeps(judged: Sequence[Judged], errors: float) -> bool:
    least = (one.said.verdict == "up" for one in judged if one.kind == "least")
    return (
        _is_between(_called(measured(judged, "nothing")), 0, MOST_FALSE, errors)
        and _is_between(least, LEAST_FOUND, 1, errors)
        and _is_between((one.held for one in measured(judged, "any")), *TARGET, errors)
    )


def _is_between(of: Iterable[bool], low: float, high: float, errors: float) -> bool:
    """A share within its limits, or so many standard errors beside them; true of nothing."""
    part, count = share(of)
    if not count:
        return True
    slack = errors * math.sqrt(part * (1 - part) / count)
    return low - slack <= part <= high + slack


def _rare(judged: Iterable[Judged], bound: float) -> Iterator[bool]:
    """Whether `placebo_p` is at most the bound, where a campaign added nothing."""
    told = (one.said.placebo_p for one in measured(judged, "nothing"))
    return (p <= bound for p in told if p is not None)


def measured(judged: Iterable[Judged], kind: str) -> list[Judged]:
    """The verdicts of one kind of world that have an interval."""
    return [one for one in judged if one.kind == kind and one.said.lift is not None]


def _called(judged: Iterable[Judged]) -> Iterator[bool]:
    return (one.said.verdict in ("up", "down") for one in judged)


def _percent(of: Iterable[bool]) -> str:
    return percent(*share(of))


def _tables(judged: Sequence[Judged], worlds: int) -> Iterator[str]:
    nothing, least, some = (measured(judged, kind) for kind in ("nothing", "least", "any"))
    without = len(judged) - len(nothing + least + some)
    yield f"{worlds} brands of six accounts; {without} verdicts have no lift: too little is known"
    yield "before the campaign, or a day within it is not. The rest:\n"
    yield "| | measured | limit |"
    yield "|---|---:|---:|"
    false = _percent(_called(nothing))
    yield f"| no lift, yet called up or down | {false} | at most 5 % |"
    up = _percent(one.said.verdict == "up" for one in nothing)
    yield f"| of these, called up | {up} | |"
    found = _percent(one.said.verdict == "up" for one in least)
    yield f"| a lift of `min_detectable_lift`, called up | {found} | at least 80 % |"
    yield f"| 95 % interval holds the truth | {_percent(o.held for o in some)} | 93 to 97 % |"
    for bound in PLACEBO_BOUNDS:
        rare = _percent(_rare(nothing, bound))
        yield f"| no lift, yet `placebo_p` at most {bound:g} | {rare} | at most {bound * 100:g} % |"
    by_model = _percent(o.held_by_model for o in some)
    yield f"| the same, before the interval is widened | {by_model} | |"
    yield f"| the same, from the mean of the 28 days before | {_percent(o.naive for o in some)} | |"
    wrong = (
        _percent(o.said.low > o.truth for o in some),
        _percent(o.said.high < o.truth for o in some),
    )
    yield f"| truth below the interval; above it | {wrong[0]}; {wrong[1]} | |"
    ratios = sorted(o.said.least / (o.rate * o.length) for o in nothing)
    low, middle, high = (ratios[len(ratios) * part // 10] for part in (1, 5, 9))
    name = "`min_detectable_lift` / usual gain: median (tenth, nine tenths)"
    yield f"| {name} | {middle:.0%} ({low:.0%}, {high:.0%}) | |"
    yield ""
    for name, parts in _SPLITS.items():
        yield f"| {name} | no lift, called | least lift, found | interval holds | verdicts |"
        yield "|---|---:|---:|---:|---:|"
        for words, is_in in parts:
            false = _percent(_called(filter(is_in, nothing)))
            found = _percent(o.said.verdict == "up" for o in least if is_in(o))
            held = _percent(o.held for o in some if is_in(o))
            yield f"| {words} | {false} | {found} | {held} | {sum(map(is_in, some)):,} |"
        yield ""


if __name__ == "__main__":
    sys.exit(main())
