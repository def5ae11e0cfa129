"""Where the time of one night goes: 200 influencers with 90 days of history, no Airflow.

Collects the history from the sandbox over HTTP, publishes it once, then runs further nights as a
user would (`microlift run`, a fresh process each) and prints the median of each part. The parts
come from the run ledger and from the command's own `--json`. Writes `results/night.json`.

    python benchmarks/night.py [--influencers 200] [--history 90] [--nights 5]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from outcome import machine, write_results

from microlift.night import transform
from microlift.plan.plan import read_plan
from microlift.rehearsal import (
    WorldSize,
    collect_history,
    night_of,
    sandbox_process,
    sandbox_settings,
)
from microlift.run_record import new_run_id

if TYPE_CHECKING:
    from microlift.settings import Settings


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--influencers", type=int, default=200)
    parser.add_argument("--history", type=int, default=90)
    parser.add_argument("--nights", type=int, default=5)
    options = parser.parse_args()
    size = WorldSize(influencers=options.influencers, days=options.history + options.nights)
    with tempfile.TemporaryDirectory(prefix="microlift-bench-") as name:
        folder = Path(name)
        with sandbox_process(size.arguments, folder / "plan", folder / "sandbox.log") as url:
            settings = sandbox_settings(folder / "data", folder / "plan", url)
            history = _history(settings, size, options.history)
            nights = [
                _night(settings, size, options.history + night) for night in range(options.nights)
            ]
    median = {part: statistics.median(night[part] for night in nights) for part in nights[0]}
    report = {
        "machine": machine(),
        "influencers": options.influencers,
        "history_nights": options.history,
        "history_seconds": history,
        "nights": nights,
        "median_night": median,
    }
    write_results("night", report)
    print(f"\nhistory of {options.history} nights, collected and published once:")
    _print(history)
    print(f"one night, median of {options.nights} ({options.influencers} influencers):")
    _print(median)


def _history(settings: Settings, size: WorldSize, nights: int) -> dict[str, float]:
    last_day = size.first_day + timedelta(days=nights - 1)
    plan = read_plan(settings.plan_dir)
    collect = _timed(lambda: collect_history(settings, plan, size.first_day, last_day, print))
    rest = _timed(lambda: transform(night_of(settings, last_day), new_run_id(), say=print))
    return {"collect": collect, "load to publish": rest, "total": collect + rest}


def _night(settings: Settings, size: WorldSize, day: int) -> dict[str, float]:
    tonight = night_of(settings, size.first_day + timedelta(days=day))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    answer = subprocess.run(
        [sys.executable, "-m", "microlift", "run", "--json"],
        env={**os.environ, **tonight.environment()},
        check=True,
        capture_output=True,
        text=True,
    )
    total = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    payload: dict[str, Any] = json.loads(answer.stdout)
    parts = {"fetch": max(float(source["seconds"]) for source in payload["sources"])}
    with duckdb.connect(str(settings.home / "warehouse.duckdb"), read_only=True) as con:
        parts |= {
            step: float(seconds)
            for step, seconds in con.execute(
                "select step, epoch(finished_at - started_at) from ops.steps where run_id = $run",
                {"run": payload["run_id"]},
            ).fetchall()
        }
    parts["start-up and between"] = total - sum(parts.values())
    parts["total"] = total
    parts["cpu"] = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    parts["rows loaded"] = float(payload["rows"])
    return {part: round(value, 2) for part, value in parts.items()}


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return round(time.monotonic() - began, 2)


def _print(parts: dict[str, float]) -> None:
    for part, value in parts.items():
        print(f"  {part:<22}{value:>10.2f}" + ("" if part == "rows loaded" else " s"))


if __name__ == "__main__":
    main()
