"""Credits of ten million touches (P10), and removal effects against ChannelAttribution (P11).

    python benchmarks/attribution [--repeats 5] [--only P10|P11]

Every run is a process of its own; the two sides of P11 take turns. Prints a table and writes
`benchmarks/results/attribution.json`. Ends with 1 while a target is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from invented import CLAIMS_PER_ORDER, GRIDS

HERE = Path(__file__).parent
# What every benchmark tells, and the models' SQL, lie one folder up.
sys.path.insert(0, str(HERE.parent))

from compiled import DATABASE, compile_models  # noqa: E402
from outcome import Line, machine, print_lines, write_results  # noqa: E402

PEERS = HERE.parents[1] / ".venv-peers" / "bin" / "python"
MODELS = ("int_order_touches", "fct_order_credits")

Run = dict[str, Any]


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
    report = {
        "machine": machine(),
        "ratios": [line.as_row() for line in lines],
        "runs": runs,
    }
    write_results("attribution", report)
    return 0 if print_lines(lines) else 1


def _credits(runs: dict[str, list[Run]], repeats: int) -> list[Line]:
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="microlift-bench-") as name:
        folder = Path(name)
        rules, whole = GRIDS
        for model in compile_models(MODELS, folder):
            (folder / f"{model.name}.sql").write_text(model.query, encoding="utf-8")
        for grid, times in ((rules, repeats), (whole, 1)):
            warehouse = folder / f"{DATABASE}.duckdb"
            warehouse.unlink(missing_ok=True)
            _run(sys.executable, "invented.py", str(warehouse), str(GRIDS[grid][2]))
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
            Line("P10", f"touches a second, {rules}", statistics.median(rolled), ">=", 3e6),
            Line("P10", "  the same by processor time of two cores", statistics.median(both)),
            Line("P10", "  the same, with every credit written", statistics.median(written)),
            Line("P10", "  peak, MB", max(run["peak_mb_rolled_up"] for run in ours), "<=", 1024),
            Line("P10", "orders that are not conserved", lost, "<="),
            Line("P10", f"seconds, {whole}, 100,000 orders", whole_run["written"]["wall"]),
            Line("P10", "  millions of rows", whole_run["rows"] / 1e6),
            Line("P10", "  peak, MB", whole_run["peak_mb"]),
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
        Line("P11", "exact, seconds", seconds["ours"]),
        Line("P11", "time against ChannelAttribution's default", by_default, "<=", 1.0),
        Line("P11", "time against its precise setting", by_precise, "<=", 0.01),
        Line("P11", "largest error of an effect", error["ours"], "<=", 1e-9),
        Line("P11", "  of ChannelAttribution's default", error["theirs"]),
        Line("P11", "  of its precise setting", error["precise"]),
    ]


def _run(python: str, script: str, *arguments: str) -> Run:
    told = subprocess.run(
        [python, str(HERE / script), *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    answer: Run = json.loads(told.splitlines()[-1]) if told else {}
    return answer


if __name__ == "__main__":
    sys.exit(main())
