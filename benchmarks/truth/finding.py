"""`make truth-candidates`: does the candidates' score find who sells, where it can be found at all?

    python benchmarks/truth/finding.py [--worlds 200] [--processes 2]

Three kinds of invented brands (`finds.py`): in one nothing shows beforehand who will sell, in one a
little, in one much. What enters are raw rows; what runs are the models' own statements. Writes the
table of docs/relationships.md; exits 1 while a figure is outside its limit.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

HERE = Path(__file__).resolve().parent
# Its modules stand beside a script that is no package, so the path comes before them (E402).
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from finds import SHOWS, FindWorld, landed  # noqa: E402
from marts import built_of, compile_marts  # noqa: E402
from page import write_page  # noqa: E402
from scipy import stats  # noqa: E402

if TYPE_CHECKING:
    from compiled import Model

PAGE = HERE.parents[1] / "docs" / "relationships.md"
WANTED = ("+rpt_candidate_backtest",)
MOST_FALSE = 0.05
_SCORES = """
select scores.influencer_id, scores.score::double, returns.roi_margin_shrunk::double
from intermediate.int_account_scores as scores
inner join marts.rpt_influencer_overall as returns
    on scores.influencer_id = returns.influencer_id and returns.is_default
order by 1
"""
_VERDICT = """
select verdict, rank_correlation::double from marts.rpt_candidate_backtest where part = 'score'
"""


class Found(NamedTuple):
    """One world: what the back-test says of the score, and what the score is truly worth."""

    kind: str
    people: int
    verdict: str
    correlation: float | None  # with the returns that came; none where they are all shrunk to one
    truly: float  # with the returns that were to be expected
    tenth_by_score: float  # of those truly best, the share among the best tenth by score
    tenth_by_return: float  # the same by what came back


def score_find(kind: str, seed: int, models: Sequence[Model]) -> Found:
    """Build one world's marts and judge the score."""
    world = FindWorld(kind, seed)
    truth = {person.name: person.returned for person in world.people}
    with built_of(landed(world), models) as con:
        rows = con.execute(_SCORES).fetchall()
        ((verdict, correlation),) = con.execute(_VERDICT).fetchall()
    names, scores, came = zip(*rows, strict=True)
    best = _best_tenth(names, [truth[name] for name in names])
    return Found(
        kind=kind,
        people=len(names),
        verdict=verdict,
        correlation=correlation,
        truly=float(stats.spearmanr(scores, [truth[name] for name in names]).statistic),
        tenth_by_score=len(best & _best_tenth(names, scores)) / len(best),
        tenth_by_return=len(best & _best_tenth(names, came)) / len(best),
    )


def _best_tenth(names: Sequence[str], values: Sequence[float]) -> set[str]:
    ordered = sorted(zip(values, names, strict=True), reverse=True)
    return {name for _, name in ordered[: max(round(len(names) / 10), 1)]}


def main() -> int:
    """Score all worlds, print the table and write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200, help="of each of the three kinds")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    began = time.monotonic()
    found: list[Found] = []
    with tempfile.TemporaryDirectory(prefix="microlift-truth-") as work:
        models = compile_marts(Path(work), WANTED)
        with ProcessPoolExecutor(options.processes) as pool:
            for kind in SHOWS:
                judge = partial(score_find, kind, models=models)
                found += pool.map(judge, range(options.worlds), chunksize=5)
                print(f"{time.monotonic() - began:6.1f} s  {options.worlds} worlds, {kind}")
    text = "\n".join(_table(found))
    print(text)
    write_page(text, PAGE)
    return 0 if is_within(found) else 1


def is_within(found: Iterable[Found]) -> bool:
    """Where nothing shows, the back-test says so."""
    silent = [one.verdict in ("foretells", "misleads") for one in found if one.kind == "nothing"]
    return sum(silent) / len(silent) <= MOST_FALSE


def _table(found: Sequence[Found]) -> Iterator[str]:
    kinds = list(SHOWS)
    yield f"| {len(found) // len(kinds)} brands each; it shows | {' | '.join(kinds)} |"
    yield "|---|" + "---:|" * len(kinds)
    by_kind = [[one for one in found if one.kind == kind] for kind in kinds]
    for verdict, name, least in (
        ("foretells", "", 0),
        ("foretells", ", 60 influencers and more", 60),
        ("misleads", "", 0),
        ("all_equal", ": returns differ by no more than luck", 0),
    ):
        cells = [_mean(o.verdict == verdict for o in of if o.people >= least) for of in by_kind]
        yield f"| verdict `{verdict}`{name} | {' | '.join(cells)} |"
    for name, of_one in (
        ("rank correlation with what was to be expected", lambda o: o.truly),
        ("`rank_correlation`: with what came", lambda o: o.correlation),
    ):
        known = [[one for one in map(of_one, of) if one is not None] for of in by_kind]
        yield f"| {name} | {' | '.join(f'{sum(of) / len(of):+.2f}' for of in known)} |"
    for name, of_one in (
        ("the truly best tenth, found by score", lambda o: o.tenth_by_score),
        ("the same, by the return of a first deal", lambda o: o.tenth_by_return),
    ):
        yield f"| {name} | {' | '.join(_mean(map(of_one, of)) for of in by_kind)} |"


def _mean(of: Iterable[float]) -> str:
    """A mean as a share, with its standard error."""
    those = [float(one) for one in of]
    mean = sum(those) / len(those)
    spread = math.sqrt(sum((one - mean) ** 2 for one in those) / len(those))
    return f"{mean:.1%} ± {spread / math.sqrt(len(those)):.1%}"


if __name__ == "__main__":
    sys.exit(main())
