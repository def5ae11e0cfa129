"""What every benchmark tells: the machine, its figures beside their targets, a file of results."""

from __future__ import annotations

import json
import os
import platform
import resource
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True)
class Line:
    """One figure of the table, `<=` or `>=` its target; without a sign it only informs."""

    id: str
    what: str
    value: float
    sign: str = ""
    target: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether the target is reached."""
        if not self.sign:
            return True
        return self.value <= self.target if self.sign == "<=" else self.value >= self.target

    def as_row(self) -> dict[str, Any]:
        """For the file of results; what only informs has neither target nor verdict."""
        if not self.sign:
            return {"id": self.id, "what": self.what, "value": self.value}
        return {**asdict(self), "holds": self.holds}


def median_of(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Runs of one thing as one: of each number its median, of texts the first, of a part that not
    every run has nothing."""
    found: dict[str, Any] = {}
    for name, value in runs[0].items():
        told = [run[name] for run in runs if name in run]
        if len(told) < len(runs):
            continue
        if isinstance(value, Mapping):
            found[name] = median_of(told)
        else:
            found[name] = value if isinstance(value, str) else round(median(told), 3)
    return found


def print_lines(lines: Iterable[Line]) -> bool:
    """The figures beside their targets; True when all targets are reached."""
    print(f"\n{'':4}{'figure':<62}{'value':>12}  target")
    all_hold = True
    for line in lines:
        target = f"{line.sign} {line.target:g}" if line.sign else "-"
        reached = "" if line.holds else "  NOT REACHED"
        # What is tiny would be shown as nothing.
        value = f"{line.value:,.3f}" if not 0 < abs(line.value) < 0.0005 else f"{line.value:.1e}"
        print(f"{line.id:<4}{line.what:<62}{value:>12}  {target}{reached}")
        all_hold &= line.holds
    return all_hold


def machine(**more: object) -> dict[str, object]:
    """On what was measured, and how busy it was; `more` are further versions."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "load_average": round(os.getloadavg()[0], 2),
        **more,
    }


def used() -> dict[str, float]:
    """Processor time and peak memory of this process until now."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / 1024),
    }


def write_results(name: str, report: Mapping[str, object]) -> None:
    """Into `results/<name>.json`."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(report, indent=1) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
