"""`make faults`: every fault with many seeds, the fuzz, and the table of docs/reliability.md.

Exit 1 when anything was not as it must be.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "dbt_project"))

from fuzz import UNREAD, Laboratory, fuzz
from fuzz_fetch import fuzz_fetches
from own_ways import reasons
from storm_house import houses
from storms import SCENARIOS, Tally, criterion, rage_everywhere
from turns import TURNS, turn_everywhere, wrong_clocks

from ingest.registry import SOURCES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"


@dataclass(frozen=True)
class Line:
    """One fault in the table."""

    fault: str
    name: str
    how: str
    criterion: str
    tally: Tally


def storms(seeds: range) -> Iterator[Line]:
    """The faults of the wire."""
    with tempfile.TemporaryDirectory() as folder, houses(Path(folder)) as built:
        for one in SCENARIOS:
            tally = rage_everywhere(built, one, seeds)
            yield Line(one.fault, one.name, one.how, criterion(one), tally)
        # No two draws spoil the same answers, so more of them than of a storm.
        tally, spoilt = fuzz_fetches(built, range(seeds.start, 5 * seeds.stop))
    how = f"{spoilt:,} answers changed at 1 to 3 places, in 3, 20 or 60 of 100 calls"
    told = "A fetch or a typed error with nothing visible; the load bears what landed."
    yield Line("F10", "mutated answers in the fetch", how, told, tally)


def turns(seeds: range) -> Iterator[Line]:
    """The faults of time."""
    for name, day in TURNS.items():
        with tempfile.TemporaryDirectory() as folder:
            tally = turn_everywhere(Path(folder), day, seeds)
        how = f"five nights around {day}, at any hour"
        told = "What one fetch over all days brings; no day asked for twice in a fetch."
        yield Line("F11", name, how, told, tally)
    how = "30 nights around a leap day, each up to a day off"
    told = "No gap between windows, no day to come."
    yield Line("F11", "a clock that is a day wrong", how, told, wrong_clocks(seeds))


def fuzzed(payloads: int) -> Line:
    """The fuzz of every staging model."""
    with tempfile.TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder))
        try:
            done = fuzz(laboratory, payloads, seed=1)
        finally:
            laboratory.close()
    wrong = [f"{one.model}: {one.problem}: {one.payload[:300]}" for one in done.findings]
    wrong += [f"no real payload of {table}" for table in done.without if table not in UNREAD]
    how = f"{done.tables} raw tables, {done.models} models, real payloads changed at 1 to 3 places"
    told = f"No exception, no 0 that nobody sent, 2^53 + 1 exact ({done.exact:,} times)."
    vendors = tuple(sorted({*SOURCES} - {table.split("__")[0] for table in laboratory.samples}))
    tally = Tally(done.payloads, len(SOURCES) - len(vendors), vendors, tuple(wrong))
    return Line("F10", "mutated payloads in staging", how, told, tally)


def table(lines: list[Line]) -> str:
    """The lines as Markdown."""
    rows = [
        "| fault | how it is made | must hold | sources | runs | mismatches |",
        "|---|---|---|--:|--:|--:|",
    ]
    for line in lines:
        tally = line.tally
        sources = f"{tally.sources}"
        if tally.without:
            sources += f" (not {', '.join(tally.without)})"
        rows.append(
            f"| {line.fault} {line.name} | {line.how} | {line.criterion} | {sources} |"
            f" {tally.runs:,} | {len(tally.wrong)} |"
        )
    return "\n".join(rows)


def main() -> int:
    """Run everything, print it, and write it into the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--payloads", type=int, default=100_000)
    told = options.parse_args()
    logging.disable(logging.CRITICAL)
    started = time.monotonic()
    lines: list[Line] = []
    seeds = range(told.seeds)
    for found in (storms(seeds), turns(seeds), (fuzzed(n) for n in [told.payloads])):
        for line in found:
            lines.append(line)
            verdict = "as it must be" if not line.tally.wrong else "NOT as it must be"
            print(f"{line.fault:4} {line.name}: {line.tally.runs:,} runs, {verdict}", flush=True)
            for problem in line.tally.wrong[:5]:
                print(f"     {problem}", flush=True)
    minutes = (time.monotonic() - started) / 60
    wrong = sum(len(line.tally.wrong) for line in lines)
    fetches = sum(line.tally.runs for line in lines[:-1])
    default = (told.seeds, told.payloads) == (20, 100_000)
    command = "make faults" if default else (
        f'make faults FAULTS="--seeds {told.seeds} --payloads {told.payloads}"'
    )  # fmt: skip
    summary = (
        f"`{command}`: {told.seeds} seeds x {len(SOURCES)} sources ({', '.join(SOURCES)}),"
        f" {fetches:,} fetches with a fault, {lines[-1].tally.runs:,} payloads,"
        f" **{wrong} mismatches**, {minutes:.1f} minutes."
    )
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    page = f"{before}{BEGIN}\n{summary}\n\n{table(lines)}\n\n{reasons()}\n{END}{after}"
    PAGE.write_text(page, encoding="utf-8")
    print(summary)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
