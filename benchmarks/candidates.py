"""Does the score of candidates foretell returns? The back-test on a world whose truth is known.

    python benchmarks/candidates.py [--influencers 120] [--nights 85]

In the sandbox, who sells well writes more of the brand's topic, and nothing else of the score has
to do with selling: so the back-test must find `topic_score`, and must not find the other parts.
Comments of a history are read on its last night alone, so `brand_score` has nothing to order.
Prints the table and exits with 1 when a verdict is not what it must be.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from microlift.rehearsal import (
    WorldSize,
    publish_history,
    sandbox_process,
    sandbox_settings,
)

MUST = {
    "topic_score": "foretells",
    "engagement_score": "not_detectable",
    "country_score": "not_detectable",
    "brand_score": "all_equal",
}


def main() -> int:
    """Build the world's history, publish it, and print what the back-test says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--influencers", type=int, default=120)
    parser.add_argument("--nights", type=int, default=85)
    asked = parser.parse_args()
    size = WorldSize(influencers=asked.influencers, days=asked.nights + 7)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        with sandbox_process(size.arguments, work / "plan", work / "sandbox.log") as url:
            settings = sandbox_settings(work / "data", work / "plan", url)
            last_day = size.first_day + timedelta(days=asked.nights - 1)
            publish_history(settings, size.first_day, last_day)
        current = work / "data" / "published" / "current.duckdb"
        with duckdb.connect(str(current), read_only=True) as con:
            found = con.sql("from marts.rpt_candidate_backtest order by part").fetchall()
    for part, influencers, *figures, verdict in found:
        told = "  ".join("-" if one is None else f"{one:+.3f}" for one in figures)
        print(f"{part:<17} {influencers:>4} influencers  {told:<24} {verdict}")
    verdicts = {row[0]: row[-1] for row in found}
    return int(any(verdicts[part] != verdict for part, verdict in MUST.items()))


if __name__ == "__main__":
    sys.exit(main())
