"""Runs one side's work in this process and says what it took: wall, processor time, peak memory.

Imports are paid before the clock starts, on every side alike; nothing but the standard library is
used, so that the peers' environment can run it too.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable


def measure(work: Callable[[], int]) -> None:
    """Run `work`, which returns how many rows arrived, and print its figures as JSON."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    rows = work()
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {
        "rows": rows,
        "wall": wall,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_mb": max(after.ru_maxrss, children.ru_maxrss) / 1024,
    }
    sys.stdout.write(json.dumps(told) + "\n")
