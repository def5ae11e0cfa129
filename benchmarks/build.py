"""One day against all of them: what a build costs that appends a day to a long history.

What YouTube says of 10,000 influencers (`build_days.py`) is written straight into raw, 90 days of
it and then 900: 9 million rows of channels and 4 million of videos. Each history is built, three
days are added and built one after another, and everything is built anew, whose tables must be those
of the last day. A day's seconds are the median of the three. The same is done with 10 influencers,
which tells what dbt itself costs. Prints the ratios P6, P7 and P8 with their targets, writes
`results/build.json`, exits 1 while one is missed.

    python benchmarks/build.py [--influencers 10000] [--days 90 900]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench_home import Bench
from build_days import add_days, before_the_first_day, plan
from outcome import Line, machine, median_of, print_lines, used, write_results

from warehouse.fingerprint import differing

# The models whose rows grow with these days, from raw to the marts.
GROWTH = (
    "stg_youtube__channels",
    "int_account_observations",
    "int_account_flows",
    "fct_audience_growth_daily",
)
ENGAGEMENT = (
    "stg_youtube__videos",
    "stg_youtube__video_stats",
    "stg_youtube__video_requests",
    "int_youtube__videos_seen",
    "int_youtube__missed_videos",
    "int_youtube__posts",
    "int_youtube__post_days",
    "int_post_days_unioned",
    "int_posts_unioned",
    "int_posts_owned",
    "int_posts_matched",
    "int_posts_at_start",
    "int_post_totals",
    "dim_posts",
    "fct_post_engagement_daily",
    "fct_post_engagement",
    "fct_engagement_daily",
)
PATH = GROWTH + ENGAGEMENT
FEW = 10  # influencers whose build is dbt's own cost


Seconds = Callable[[dict[str, Any], str], float]


@dataclass(frozen=True)
class Measured:
    """Seconds of a whole build, of each model on the path of the new rows, of the dearest nodes."""

    scope: str
    whole: float
    models: dict[str, float]
    dearest: dict[str, float]


def _new_home(home: Path, influencers: int) -> Bench:
    """A home with a plan of that many influencers and no other vendor's data."""
    return Bench(
        home,
        plan(home, influencers),
        before_the_first_day(),
        lambda con, first, last: add_days(con, influencers, first, last),
    )


def _timed(bench: Bench, *, is_full: bool = False) -> dict[str, Any]:
    built = bench.build(is_full=is_full)
    seconds = built.seconds("model")
    dearest = {node.name: round(node.seconds, 2) for node in built.nodes[:10]}
    measured = Measured(built.scope, built.whole, {name: seconds[name] for name in PATH}, dearest)
    print(f"  {measured}", flush=True)
    return asdict(measured)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--influencers", type=int, default=10_000)
    parser.add_argument("--days", type=int, nargs=2, default=(90, 900))
    options = parser.parse_args()
    runs = {}
    with tempfile.TemporaryDirectory(prefix="microlift-bench-") as name:
        _timed(_new_home(Path(name) / "warm" / "home", FEW))  # dbt's parsing is paid here
        few = _measure(Path(name) / "few" / "home", FEW, min(options.days))
        for days in options.days:
            runs[days] = _measure(Path(name) / str(days) / "home", options.influencers, days)
    lines = _lines(*options.days, runs, few)
    report = {
        "machine": machine(peak_mb=used()["peak_mb"]),
        "influencers": options.influencers,
        "ratios": [line.as_row() for line in lines],
        "runs": runs,
        "few_influencers": few,
    }
    write_results("build", report)
    for days, run in (("few", few), *runs.items()):
        parts = (f"{name} {run[name]['whole']} s" for name in ("day", "full"))
        print(f"{days}: {', '.join(parts)}, gate {run['gate']} s; differing {run['differing']}")
    sys.exit(not print_lines(lines))


def _measure(home: Path, influencers: int, days: int) -> dict[str, Any]:
    print(f"{days} days of {influencers} influencers", flush=True)
    bench = _new_home(home, influencers)
    bench.add(0, days)
    _timed(bench)
    added = []
    for day in range(days, days + 3):
        bench.add(day, day + 1)
        added.append(_timed(bench))
    gate = bench.gate()
    appended = bench.tables()
    full = _timed(bench, is_full=True)
    return {
        "day": median_of(added),
        "full": full,
        "gate": gate,
        "differing": differing(appended, bench.tables()),
    }


def _lines(
    short: int, long: int, runs: dict[int, dict[str, Any]], few: dict[str, Any]
) -> list[Line]:
    def of(names: tuple[str, ...]) -> Seconds:
        return lambda run, build: sum(run[build]["models"][name] for name in names)

    lines = []
    measured: tuple[tuple[str, Seconds], ...] = (
        ("the growth mart and what feeds it", of(GROWTH)),
        ("the engagement marts and what feeds them", of(ENGAGEMENT)),
        ("staging of both alone", of(tuple(name for name in PATH if name.startswith("stg_")))),
        ("the whole build by the clock", lambda run, build: run[build]["whole"]),
        (
            f"the whole build less that of {FEW} influencers",
            lambda run, build: run[build]["whole"] - few[build]["whole"],
        ),
    )
    for what, seconds in measured:
        day, full = seconds(runs[long], "day"), seconds(runs[long], "full")
        # P6 was set by statements alone; what dbt costs whatever the data only informs.
        sign = "" if "whole" in what else "<="
        lines.append(Line("P6", f"a day / {long} days, {what}", day / full, sign, 0.05))
        if "less" not in what:  # a difference of two small numbers says nothing
            growth = day / seconds(runs[short], "day")
            lines.append(Line("P7", f"{long} days / {short}, {what}", growth, "<=", 2.0))
    count = sum(len(run["differing"]) for run in (*runs.values(), few))
    return [
        *sorted(lines, key=lambda line: line.id),
        Line("P8", "differing tables", count, "<="),
    ]


if __name__ == "__main__":
    main()
