"""`make truth`: the marts of some hundred invented brands, held against what truly happened.

    python benchmarks/truth [--worlds 200] [--processes 2] [--posts-from 0 | --evidence]

Per world, raw rows as the wire would bring them are built into marts by the models' own SQL. Writes
the tables of docs/truth.md; exits 1 while a figure is outside its limit. With `--posts-from` the
worlds of posts alone, from that seed on, whose table is printed and written nowhere; with
`--evidence` the worlds with evidence alone, whose table of returns is written beside the others.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Its modules stand beside a script that is no package, so the path comes before them (E402).
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from marts import compile_marts  # noqa: E402
from page import (  # noqa: E402
    is_within,
    of_evidence_table,
    of_posts_table,
    tables,
    write_page,
    write_part,
)
from post_scores import WANTED as OF_POSTS  # noqa: E402
from post_scores import PostScore, score_posts  # noqa: E402
from scores import Score, score_world  # noqa: E402
from worlds import KINDS  # noqa: E402

# A world of posts has one interval of a kind, or a few; one of orders has twenty.
POSTS_TIMES = 4


def main() -> int:
    """Score all worlds, print the tables and write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200, help="of each kind; of posts four times")
    parser.add_argument("--processes", type=int, default=2)
    alone = parser.add_mutually_exclusive_group()
    alone.add_argument("--posts-from", type=int, metavar="SEED")
    alone.add_argument("--evidence", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    total, of_posts = Score(), PostScore()
    kinds = KINDS if options.posts_from is None else ()
    if options.evidence:
        kinds = ("evidence",)
    with tempfile.TemporaryDirectory(prefix="microlift-truth-") as work:
        models = compile_marts(Path(work)) if kinds else []
        with ProcessPoolExecutor(options.processes) as pool:
            for kind in kinds:
                judge = partial(score_world, kind, models=models)
                for score in pool.map(judge, range(options.worlds), chunksize=5):
                    total += score
                print(f"{time.monotonic() - began:6.1f} s  {options.worlds} worlds of {kind}")
            if options.evidence:
                text = "\n".join(of_evidence_table(total))
                print(text)
                write_part(text)
                return 0
            judge_posts = partial(score_posts, models=compile_marts(Path(work), OF_POSTS))
            first, count = options.posts_from or 0, POSTS_TIMES * options.worlds
            for posts in pool.map(judge_posts, range(first, first + count), chunksize=5):
                of_posts.intervals += posts.intervals
            print(f"{time.monotonic() - began:6.1f} s  {count} worlds of posts")
    if not kinds:
        print("\n".join(of_posts_table(of_posts)))
        return 0
    text = tables(total, of_posts)
    print(text)
    write_page(text)
    return 0 if is_within(total, of_posts) else 1


if __name__ == "__main__":
    sys.exit(main())
