"""One day against all of them: what a build costs that appends a day to a long history.

The channels' public statistics of 10,000 influencers, one observation a day each, are written
straight into raw, 90 days of them and then 900 (9 million rows). Each history is built, a day is
added and built, and everything is built anew, whose marts the day's must equal. Prints the
ratios P6, P7 and P8 with their targets, writes `results/build.json`, exits 1 while one is missed.

    python benchmarks/build.py [--influencers 10000] [--days 90 900]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from build_days import add_days, before_the_first_day, plan

from ingest.landing import Landing
from ingest.plan_source import land_plan
from ingest.registry import ALL_STREAMS
from microlift.dbt_run import definitions, run_dbt
from warehouse.builds import begin_build, finish_build
from warehouse.db import FILE_NAME, connect
from warehouse.fingerprint import fingerprint
from warehouse.load import load

RESULTS = Path(__file__).with_name("results") / "build.json"
SCHEMAS = ("staging", "intermediate", "marts", "quality")
# The models whose rows grow with these days, from raw to the mart.
PATH = (
    "stg_youtube__channels",
    "int_account_observations",
    "int_account_flows",
    "fct_audience_growth_daily",
)


@dataclass(frozen=True)
class Line:
    """One target: `value` has to be at most `target`."""

    id: str
    what: str
    value: float
    target: float

    @property
    def holds(self) -> bool:
        """Whether it is reached."""
        return self.value <= self.target


@dataclass(frozen=True)
class Measured:
    """Seconds of a whole build, of each model on the path of the new rows, of the dearest nodes."""

    scope: str
    whole: float
    models: dict[str, float]
    dearest: dict[str, float]


@dataclass(frozen=True)
class LetIn:
    """A raw gate's answer that refuses nothing."""

    verdict: str = "passed"
    results: tuple[()] = ()
    refused: Mapping[tuple[str, ...], str] = field(default_factory=dict)


class Bench:
    """A home with a plan of that many influencers and no other vendor's data."""

    def __init__(self, home: Path, influencers: int) -> None:
        self._home, self._influencers = home, influencers
        landing = Landing(home / "landing")
        land_plan(landing, plan(home, influencers), before_the_first_day(), True)
        with connect(home) as con:
            load(
                con,
                home / "landing",
                ALL_STREAMS(),
                lambda frame: LetIn(),
                b"key",
                "bench",
            )

    def add(self, first: int, last: int) -> None:
        """The days with these numbers, `last` left out, as load would have put them into raw."""
        with connect(self._home) as con:
            add_days(con, self._influencers, first, last)

    def build(self, *, is_full: bool = False) -> Measured:
        """What a night does between load and check."""
        began = time.monotonic()
        with connect(self._home) as con:
            scope = begin_build(con, "bench", definitions(), ALL_STREAMS(), is_full=is_full)
        report = run_dbt(self._home, self._home.parents[1] / "dbt", scope)
        with connect(self._home) as con:
            finish_build(con)
        dearest = sorted(report.nodes, key=lambda node: -node.seconds)[:10]
        measured = Measured(
            str(scope),
            round(time.monotonic() - began, 2),
            {node.name: round(node.seconds, 2) for node in report.nodes if node.name in PATH},
            {node.name: round(node.seconds, 2) for node in dearest},
        )
        print(f"  {measured}", flush=True)
        return measured

    def tables(self) -> dict[str, str]:
        """A hash of every table behind raw."""
        return {
            f"{schema}.{table}": found
            for schema in SCHEMAS
            for table, found in fingerprint(self._home / FILE_NAME, schema).items()
        }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--influencers", type=int, default=10_000)
    parser.add_argument("--days", type=int, nargs=2, default=(90, 900))
    options = parser.parse_args()
    runs = {}
    with tempfile.TemporaryDirectory(prefix="microlift-bench-") as name:
        warm = Bench(Path(name) / "warm" / "home", 10)
        warm.build()  # dbt's parsing is paid here
        for days in options.days:
            runs[days] = _measure(Path(name) / str(days) / "home", options.influencers, days)
    lines = _lines(*options.days, runs)
    report = {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "duckdb": duckdb.__version__,
            "load_average": round(os.getloadavg()[0], 2),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        },
        "influencers": options.influencers,
        "ratios": [{**asdict(line), "holds": line.holds} for line in lines],
        "runs": runs,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"\n{'':4}{'ratio':<62}{'value':>9}  target")
    for line in lines:
        reached = "" if line.holds else "  NOT REACHED"
        print(f"{line.id:<4}{line.what:<62}{line.value:>9.3f}  <= {line.target:g}{reached}")
    sys.exit(not all(line.holds for line in lines))


def _measure(home: Path, influencers: int, days: int) -> dict[str, Any]:
    print(f"{days} days of {influencers} influencers", flush=True)
    bench = Bench(home, influencers)
    bench.add(0, days)
    bench.build()
    bench.add(days, days + 1)
    one_day = bench.build()
    appended = bench.tables()
    full = bench.build(is_full=True)
    rebuilt = bench.tables()
    return {
        "day": asdict(one_day),
        "full": asdict(full),
        "differing": [name for name in rebuilt if appended.get(name) != rebuilt[name]],
    }


def _lines(short: int, long: int, runs: dict[int, dict[str, Any]]) -> list[Line]:
    lines = []
    for what, seconds in (
        ("the growth mart and what feeds it", lambda run: sum(run["models"].values())),
        ("its staging alone", lambda run: run["models"][PATH[0]]),
        ("the whole build", lambda run: run["whole"]),
    ):
        day, full = seconds(runs[long]["day"]), seconds(runs[long]["full"])
        lines += [
            Line("P6", f"day / everything at {long} days, {what}", day / full, 0.05),
            Line("P7", f"{long} days / {short}, {what}", day / seconds(runs[short]["day"]), 2.0),
        ]
    differing = sum(len(run["differing"]) for run in runs.values())
    return [*sorted(lines, key=lambda line: line.id), Line("P8", "differing tables", differing, 0)]


if __name__ == "__main__":
    main()
