"""Runs one side's work in this process and says what it took: wall, processor time, peak memory.

`peak_mb` is the whole process; `added_mb` is how far its peak rose above what it held, libraries
and all, when the clock started: what the data costs.

Imports are paid before the clock starts, on every side alike; nothing but the standard library is
used, so that the peers' environment can run it too.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def measure(work: Callable[[], int]) -> None:
    """Run `work`, which returns how many rows arrived, and print its figures as JSON."""
    held = _resident_mb()
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    rows = work()
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = max(after.ru_maxrss, children.ru_maxrss) / 1024
    told = {
        "rows": rows,
        "wall": wall,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_mb": peak,
        "added_mb": peak - held,
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / (1 << 20)
