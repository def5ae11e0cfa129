"""What must hold after a storm: of its calls and pauses, and of what was landed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import twists
from own_ways import FILLED_UP, GIVEN_UP

from ingest.http import WORKERS

if TYPE_CHECKING:
    from storm_house import Call, StormHouse

    from microlift.fetching import SourceResult

# A call that was on its way when the vendor refused another may still arrive this much later.
UNDER_WAY_SECONDS = 0.5
MACHINE_SECONDS = 5.0


@dataclass
class Run:
    """What happened: the first try, its calls and pauses, and the second try where one was due.

    `gave_up` are the streams that the source may give up, when one of them is on record.
    """

    house: StormHouse
    told: Mapping[str, Any]
    first: SourceResult
    seconds: float
    calls: list[Call]
    pauses: list[float]
    later_calls: list[int]
    strangers: int
    gave_up: tuple[str, ...] = ()

    @property
    def spoilt(self) -> int:
        return sum(call.is_spoilt for call in self.calls)


Judge = Callable[[Run], Iterator[str]]


def waits_as_told(run: Run) -> Iterator[str]:
    """No pause shorter than stated or 10 % longer, and no call before it is over."""
    stated = run.told["seconds"]
    if not [pause for pause in run.pauses if stated <= pause <= 1.1 * stated]:
        yield f"asked for {stated} s, paused {run.pauses}"
    refused = next(call.at for call in run.calls if call.is_spoilt)
    early = [call.at - refused for call in run.calls if call.at - refused > UNDER_WAY_SECONDS]
    if min(early, default=stated) < stated:
        yield f"called again {min(early):.2f} s after a refusal for {stated} s"
    if run.first.status != "fetched":
        yield f"did not outwait it: {run.first.message}"


def fails_with(kind: type[Exception]) -> Judge:
    def judge(run: Run) -> Iterator[str]:
        if not isinstance(run.first.error, kind) and not run.gave_up:
            yield f"should fail with {kind.__name__}: {run.first}"

    judge.__doc__ = f"It fails with {kind.__name__}."
    return judge


def not_asked_again(run: Run) -> Iterator[str]:
    """A refusal that cannot heal is not tried again; a new access token may be asked for once."""
    allowed = run.house.truth.calls + 2 * (run.house.source.renew is not None)
    if len(run.calls) > allowed:
        yield f"{len(run.calls)} calls where {allowed} are the whole fetch"


def stops_at_once(run: Run) -> Iterator[str]:
    """After the first refusal only what the workers had under way arrives."""
    if run.spoilt > WORKERS * (1 + (run.house.source.renew is not None)) + 2:
        # Where accounts are refused one by one, each may be asked once.
        accounts = len(run.house.plan.accounts_at(run.house.now, run.house.source.platform
                                                  or run.house.name))  # fmt: skip
        if run.spoilt > WORKERS + 2 * accounts + 2:
            yield f"went on for {run.spoilt} calls"


def few_calls(run: Run) -> Iterator[str]:
    """All tries together take at most 1.2 times the calls that had to be made."""
    needed = run.house.truth.calls + run.spoilt
    made = len(run.calls) + sum(run.later_calls)
    if run.first.status == "fetched" and made > 1.2 * needed:
        yield f"{made} calls where {needed} were needed"


def jittered(run: Run) -> Iterator[str]:
    """Pauses differ."""
    if len(run.pauses) > 3 and len({*run.pauses}) < len(run.pauses) / 2:
        yield f"pauses repeat themselves: {run.pauses}"


def asks_only_for_what_is_missing(run: Run) -> Iterator[str]:
    """The second try repeats what the workers had under way, and refusals, which have no page."""
    source, truth = run.house.source, run.house.truth
    if run.gave_up:
        return
    if run.first.status != "failed":
        yield f"500 without end, yet {run.first}"
    elif not source.is_always_new:
        good = len(run.calls) - run.spoilt
        allowed = truth.calls - good + 2 * (WORKERS + 1) + truth.refused
        if run.later_calls[-1] > allowed:
            yield f"{good} of {truth.calls} calls were good, then {run.later_calls[-1]} more"


def in_time(run: Run) -> Iterator[str]:
    """Every spoilt call ends a second after its limit at the latest."""
    limit = (run.spoilt + 1) * (run.told["limit"] + 1) + run.house.truth.seconds + MACHINE_SECONDS
    if run.seconds > limit:
        yield f"took {run.seconds:.1f} s where {limit:.1f} s are the limit"


def no_stranger_called(run: Run) -> Iterator[str]:
    """The other host is not called."""
    if run.strangers:
        yield f"another host was called {run.strangers} times"


def ends(run: Run) -> Iterator[str]:
    """The loop is noticed at its second page."""
    if len(run.calls) > run.house.truth.calls + 4 * WORKERS:
        yield f"{len(run.calls)} calls before the loop was noticed"


def given_up(house: StormHouse, home: Path) -> tuple[str, ...]:
    """The streams that the source may give up, when only problems of theirs are new on record."""
    streams = GIVEN_UP.get(house.name, ())
    new = [problem for problem in house.problems(home) if problem not in house.truth.problems]
    return streams if new and {json.loads(one)[0] for one in new} <= {*streams} else ()


def _same_pages(house: StormHouse, home: Path) -> Iterator[str]:
    landed, truth = house.landed(home), house.truth.landed
    for stream in sorted({*landed, *truth}):
        if landed.get(stream, []) != truth.get(stream, []):
            yield f"pages of {stream}"
    if house.problems(home) != house.truth.problems:
        yield "problems"


def _row_streams(house: StormHouse) -> set[str]:
    """Streams whose raw rows are the vendor's rows.

    Where a page is the row, because its list may be empty, it holds what is around the list too;
    and an account's row may hold the list of its posts.
    """
    return {
        stream
        for stream, keys in house.truth.keys.items()
        if (house.source.name, stream) != ("instagram", "candidates")
        and not any(str(value).startswith("[") for key in keys for value in key)
    }


def _same_rows(house: StormHouse, home: Path) -> Iterator[str]:
    rows, aside = house.loaded(home)
    yield from (f"put aside: {stream} {reason}" for stream, reason in aside)
    comparable = _row_streams(house)
    yield from (f"rows of {s}" for s in comparable & {*rows} if rows[s] != house.truth.rows[s])
    if house.problems(home) != house.truth.problems:
        yield "problems"


def _same_but_new_field(house: StormHouse, home: Path) -> Iterator[str]:
    rows, aside = house.loaded(home)
    yield from (f"put aside: {stream} {reason}" for stream, reason in aside)
    for stream in _row_streams(house) & {*rows}:
        found = rows[stream]
        bare, truth = ({twists.without_added(row) for row in some}
                       for some in (found, house.truth.rows[stream]))  # fmt: skip
        if bare != truth:
            yield f"rows of {stream}"


def _all_but_quarantined(house: StormHouse, home: Path) -> Iterator[str]:
    rows, aside = house.loaded(home)
    if rows == house.truth.rows and not aside:
        return  # noticed and asked for again
    if not aside and house.problems(home) == house.truth.problems:
        yield "rows are gone and nothing says so"
    yield from (f"{stream}: no reason" for stream, reason in aside if "missing" not in reason)
    exact = {*rows} - {FILLED_UP.get(house.name)}
    yield from (f"made up rows of {s}" for s in exact if rows[s] - house.truth.rows[s])


def _all_but_refused(house: StormHouse, home: Path) -> Iterator[str]:
    """What one refusal takes away is on record, and nothing else is gone."""
    landed, truth = house.landed(home), house.truth
    new = [problem for problem in house.problems(home) if problem not in truth.problems]
    if not new:
        yield "a refusal that nothing tells of"
    accounts = {value for problem in new for value in _accounts(problem)}
    refused = {json.loads(problem)[0] for problem in new}
    chain = GIVEN_UP.get(house.name, ())
    follow = next((chain[at:] for at, stream in enumerate(chain) if stream in refused), ())
    for stream, found in truth.landed.items():
        if stream in follow:
            continue
        gone = {*found} - {*landed.get(stream, [])}
        yield from (
            f"{stream}: gone without a word: {page[:80]}"
            for page in gone
            if not any(account in page for account in accounts)
        )


def _accounts(problem: str) -> Iterator[str]:
    yield from (
        value
        for value in json.loads(problem)[1].values()
        if isinstance(value, str) and len(value) > 3
    )


GOALS: dict[str, Callable[[StormHouse, Path], Iterator[str]]] = {
    "pages": _same_pages,
    "rows": _same_rows,
    "rows but the new field": _same_but_new_field,
    "all but quarantined": _all_but_quarantined,
    "all but refused": _all_but_refused,
}
