"""Ingest against its limits and against dlt: P1 to P4, all sides in one run, interleaved.

    python benchmarks/ingest [--repeats 5] [--only P1 P3]

Each run is a process of its own against one server on loopback. Prints a table of median ratios
and writes it, with every run, to `benchmarks/results/ingest.json`; what `--only` leaves out stays
there as it was measured last.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Its modules stand beside a script that is no package, so the path comes before them (E402).
sys.path.insert(0, str(HERE.parent))

from outcome import RESULTS, Line, machine, print_lines, write_results  # noqa: E402

PEERS = ROOT / ".venv-peers" / "bin" / "python"
PAGES = 200
RATE = 50.0
Run = dict[str, float]


@contextmanager
def server(*options: str) -> Iterator[str]:
    """The benchmark's vendor, for as long as the block runs; yields its address."""
    command = [sys.executable, str(HERE / "server.py"), *options]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(10)


def run(side: str, url: str, pages: int, *options: float) -> Run:
    """One run of one side: rows, wall and cpu in seconds, peak_mb and added_mb (`measured`)."""
    is_peer = side.startswith("dlt ")
    program = [str(PEERS), str(HERE / "peer.py")] if is_peer else [sys.executable, HERE / "ours.py"]
    with tempfile.TemporaryDirectory(prefix="microlift-bench-") as folder:
        words = [side.removeprefix("dlt "), url, str(pages), folder, *map(str, options)]
        answer = subprocess.run(
            [*program, *words], check=True, capture_output=True, text=True, env=_environment()
        )
    told: Run = json.loads(answer.stdout.splitlines()[-1])
    return told


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(HERE)))}


def _dlt() -> str:
    code = "from importlib.metadata import version; print(version('dlt'))"
    return subprocess.run(
        [PEERS, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def interleaved(sides: Sequence[str], repeats: int, work: Callable[[str], Run]) -> dict[str, list]:
    """Every side once, then again, so that a drifting machine hits all alike."""
    runs: dict[str, list[Run]] = {side: [] for side in sides}
    for _ in range(repeats):
        for side in sides:
            runs[side].append(work(side))
            print(f"  {side}: {runs[side][-1]}", flush=True)
    return runs


def ratio(top: Sequence[Run], bottom: Sequence[Run], of: str = "wall") -> float:
    """The median of the ratios, pair by pair."""
    pairs = zip(top, bottom, strict=True)
    return statistics.median(a[of] / b[of] for a, b in pairs)


def p1(repeats: int) -> tuple[list[Line], Any]:
    """200 pages of 1,000 rows without latency, landing, raw gate and commit included."""
    sides = ("floor", "judged", "dlt parquet", "dlt arrow", "dlt default")
    with server() as url:
        runs = interleaved(sides, repeats, lambda side: run(side, url, PAGES))
    assert {run["rows"] for side in runs.values() for run in side} == {PAGES * 1000}
    ours = runs["judged"]
    return [
        Line("P1", "ours / (GET + orjson)", ratio(ours, runs["floor"]), "<=", 2.5),
        Line("P1", "processor time, ours / (GET + orjson)", ratio(ours, runs["floor"], "cpu")),
        Line("P1", "dlt parquet / ours", ratio(runs["dlt parquet"], ours), ">=", 5),
        Line("P1", "dlt Arrow / ours", ratio(runs["dlt arrow"], ours), ">=", 2),
        Line("P1", "dlt default / ours", ratio(runs["dlt default"], ours), ">=", 20),
    ], runs


def p2(repeats: int) -> tuple[list[Line], Any]:
    """400 pages at 50 ms each, 8 and 32 workers; small pages, so that latency is what rules."""
    pages, latency = 400, 0.05
    with server("--rows", "20", "--latency-ms", str(latency * 1000)) as url:
        runs = interleaved(
            ("8", "32"), repeats, lambda workers: run("fetch", url, pages, int(workers))
        )
    lines = []
    for workers, target in (("8", 1.10), ("32", 1.25)):
        floor = pages * latency / int(workers)
        value = statistics.median(one["wall"] / floor for one in runs[workers])
        what = f"{workers} workers: wall / (pages x latency / workers)"
        lines.append(Line("P2", what, value, "<=", target))
    return lines, runs


def p3(repeats: int) -> tuple[list[Line], Any]:
    """1,000 calls to a vendor that allows 50 a second and refuses what is above."""
    pages = 1000
    with server("--rows", "20", "--rate", str(RATE)) as url:
        runs, shares = [], []
        for _ in range(repeats):
            runs.append(run("fetch", url, pages, 8, RATE))
            with urlopen(f"{url}/stats") as answer:  # noqa: S310 - our own server on loopback
                stats = json.load(answer)
            shares.append(stats["refused"] / (stats["answered"] + stats["refused"]))
            print(f"  {runs[-1]} {stats}", flush=True)
    wall = statistics.median(one["wall"] / (pages / RATE) for one in runs)
    return [
        Line("P3", "wall / (N / R)", wall, "<=", 1.05),
        Line("P3", "share of calls refused", statistics.median(shares), "<=", 0.01),
    ], {"runs": runs, "refused": shares}


def p4(repeats: int) -> tuple[list[Line], Any]:
    """Memory of fetch and load at 20 thousand, 200 thousand and 2 million rows; dlt's at 200.

    The targets are held against runs without Great Expectations, whose import alone is constant and
    larger than all that is measured here; what a whole process with it takes has its own lines.
    """
    sides = {
        f"{side} {rows}": (side, pages)
        for side, rows, pages in (
            ("unjudged", "20 k", 20),
            ("unjudged", "200 k", 200),
            ("unjudged", "2 M", 2000),
            ("judged", "20 k", 20),
            ("judged", "2 M", 2000),
            ("dlt parquet", "200 k", 200),
        )
    }
    with server() as url:
        runs = interleaved(
            tuple(sides), repeats, lambda name: run(sides[name][0], url, sides[name][1])
        )

    def grown(side: str, of: str) -> float:
        return ratio(runs[f"{side} 2 M"], runs[f"{side} 20 k"], of)

    def beside_dlt(of: str) -> float:
        return ratio(runs["unjudged 200 k"], runs["dlt parquet 200 k"], of)

    def megabytes(side: str, of: str) -> float:
        return statistics.median(one[of] for one in runs[side])

    return [
        Line("P4", "peak(2 M) / peak(20 k)", grown("unjudged", "peak_mb"), "<=", 1.3),
        Line("P4", "peak at 2 M rows, MB", megabytes("unjudged 2 M", "peak_mb"), "<=", 250),
        Line("P4", "added by 200 k rows, ours / dlt parquet", beside_dlt("added_mb"), "<=", 0.7),
        Line("P4", "whole process, ours / dlt parquet (200 k)", beside_dlt("peak_mb")),
        Line("P4", "added by 20 k rows, MB", megabytes("unjudged 20 k", "added_mb")),
        Line("P4", "added by 2 M rows, MB", megabytes("unjudged 2 M", "added_mb")),
        Line("P4", "with Great Expectations: peak(2 M) / peak(20 k)", grown("judged", "peak_mb")),
        Line(
            "P4",
            "with Great Expectations: peak at 2 M rows, MB",
            megabytes("judged 2 M", "peak_mb"),
        ),
    ], runs


PARTS = {"P1": p1, "P2": p2, "P3": p3, "P4": p4}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    lines: list[Line] = []
    earlier = RESULTS / "ingest.json"
    parts = json.loads(earlier.read_text(encoding="utf-8"))["parts"] if earlier.exists() else {}
    for part in options.only:
        print(f"{part}: {PARTS[part].__doc__}", flush=True)
        found, runs = PARTS[part](options.repeats)
        lines += found
        parts[part] = {
            "load_average": round(os.getloadavg()[0], 2),
            "repeats": options.repeats,
            "ratios": [line.as_row() for line in found],
            "runs": runs,
        }
    report = {
        "machine": machine(
            **{name: version(name) for name in ("orjson", "great-expectations")}, dlt=_dlt()
        ),
        "parts": dict(sorted(parts.items())),
    }
    write_results("ingest", report)
    sys.exit(not print_lines(lines))


if __name__ == "__main__":
    main()
