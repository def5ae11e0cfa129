"""Credits of ten million touches (P10), and removal effects against ChannelAttribution (P11).

    python benchmarks/attribution [--repeats 5] [--only P10|P11]

Every run is a process of its own; the two sides of P11 take turns. Prints a table and writes
`benchmarks/results/attribution.json`. Ends with 1 while a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from invented import CLAIMS_PER_ORDER, GRIDS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROJECT = ROOT / "dbt_project"
RESULTS = HERE.parent / "results" / "attribution.json"
PEERS = ROOT / ".venv-peers" / "bin" / "python"
MODELS = ("int_order_touches", "fct_order_credits")

Run = dict[str, Any]
# What is measured, its value, the sign of its target, the target; without a target it is told only.
Line = tuple[str, str, float, str, float | None]


def main() -> int:
    """Measure, print and write; 1 while a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=("P10", "P11"))
    options = parser.parse_args()
    runs: dict[str, list[Run]] = {}
    lines: list[Line] = []
    if options.only != "P11":
        lines += _credits(runs, options.repeats)
    if options.only != "P10":
        lines += _effects(runs, options.repeats)
    print(f"{'':5}{'':58}{'measured':>14}{'target':>16}")
    missed = 0
    for name, what, value, sign, target in lines:
        holds = target is None or (value <= target if sign == "<=" else value >= target)
        missed += not holds
        told = "" if target is None else f"{sign} {target:,g}"
        print(f"{name:5}{what:58}{value:>14,.4g}{told:>16}{'' if holds else '  missed'}")
    machine = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "load_average": round(os.getloadavg()[0], 2),
    }
    report = {"machine": machine, "lines": lines, "runs": runs}
    RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if missed else 0


def _credits(runs: dict[str, list[Run]], repeats: int) -> list[Line]:
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="microlift-bench-") as name:
        folder = Path(name)
        rules, whole = GRIDS
        for grid, times in ((rules, repeats), (whole, 1)):
            warehouse = folder / "warehouse.duckdb"
            warehouse.unlink(missing_ok=True)
            _run(sys.executable, "invented.py", str(warehouse), str(GRIDS[grid][2]))
            _compile(warehouse, folder)
            runs[grid] = [
                _run(sys.executable, "credits.py", str(warehouse), str(folder), grid)
                for _ in range(times)
            ]
        claims = GRIDS[rules][2] * CLAIMS_PER_ORDER
        ours = runs[rules]
        rolled = [claims / (run["touches"]["wall"] + run["rolled_up"]["wall"]) for run in ours]
        both = [2 * claims / (run["touches"]["cpu"] + run["rolled_up"]["cpu"]) for run in ours]
        written = [claims / (run["touches"]["wall"] + run["written"]["wall"]) for run in ours]
        lost = sum(run["orders_not_conserved"] for run in (*ours, *runs[whole]))
        whole_run = runs[whole][0]
        lines += [
            ("P10", f"touches a second, {rules}", statistics.median(rolled), ">=", 3e6),
            ("P10", "  the same by processor time of two cores", statistics.median(both), "", None),
            ("P10", "  the same, with every credit written", statistics.median(written), "", None),
            ("P10", "  peak, MB", max(run["peak_mb_rolled_up"] for run in ours), "<=", 1024),
            ("P10", "orders that are not conserved", lost, "<=", 0),
            ("P10", f"seconds, {whole}, 100,000 orders", whole_run["written"]["wall"], "", None),
            ("P10", "  millions of rows", whole_run["rows"] / 1e6, "", None),
            ("P10", "  peak, MB", whole_run["peak_mb"], "", None),
        ]
    return lines


def _effects(runs: dict[str, list[Run]], repeats: int) -> list[Line]:
    sides = {"ours": sys.executable, "theirs": str(PEERS)}
    for _ in range(repeats):
        for side, python in sides.items():
            runs.setdefault(side, []).append(_run(python, "journeys.py", side))
    runs["precise"] = [_run(str(PEERS), "journeys.py", "precise")]
    seconds = {
        side: statistics.median(run["seconds"] for run in runs[side])
        for side in (*sides, "precise")
    }
    error = {side: max(run["largest_error"] for run in runs[side]) for side in seconds}
    by_default, by_precise = (seconds["ours"] / seconds[side] for side in ("theirs", "precise"))
    return [
        ("P11", "exact, seconds", seconds["ours"], "", None),
        ("P11", "time against ChannelAttribution's default", by_default, "<=", 1.0),
        ("P11", "time against its precise setting", by_precise, "<=", 0.01),
        ("P11", "largest error of an effect", error["ours"], "<=", 1e-9),
        ("P11", "  of ChannelAttribution's default", error["theirs"], "", None),
        ("P11", "  of its precise setting", error["precise"], "", None),
    ]


def _compile(warehouse: Path, folder: Path) -> None:
    """The SQL of the marts as dbt runs it, against the invented tables."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - 3 s

    os.environ["MICROLIFT_WAREHOUSE"] = str(warehouse)
    answer = dbtRunner().invoke(
        [
            *("compile", "--select", *MODELS),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
            *("--quiet", "--no-print", "--log-level", "none"),
        ]
    )
    if not answer.success:
        raise SystemExit(f"dbt could not compile: {answer.exception or answer.result}")
    results: Any = answer.result
    for result in results:
        if result.node.name in MODELS:
            (folder / f"{result.node.name}.sql").write_text(result.node.compiled_code)


def _run(python: str, script: str, *arguments: str) -> Run:
    told = subprocess.run(
        [python, str(HERE / script), *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    answer: Run = json.loads(told.splitlines()[-1]) if told else {}
    return answer


if __name__ == "__main__":
    sys.exit(main())
