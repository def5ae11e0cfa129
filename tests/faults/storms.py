"""What goes wrong on the wire, as data, and the one runner that judges it.

A storm is survived when the fetch ends with the pages of a fetch in good weather (G), or fails with
nothing visible and its second try ends with them. Each scenario says what else must hold.
"""

from __future__ import annotations

import json
import random
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import twists
from storm_house import Call, Watch

from ingest.errors import Deferred, FetchFailed, PaginationLoop, UnsafeUrl
from ingest.http import WORKERS

if TYPE_CHECKING:
    from storm_house import StormHouse

    from microlift.fetching import SourceResult

Faults = list[Any]
# A call that was on its way when the vendor refused another may still arrive this much later.
UNDER_WAY_SECONDS = 0.25
MACHINE_SECONDS = 5.0
FOREIGN = "foreign"


@dataclass
class Draw:
    """What a scenario draws its faults from: the seed's dice and the house they fall on."""

    dice: random.Random
    house: StormHouse
    foreign: str
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def nth(self) -> int:
        """Any one call of the fetch."""
        return self.dice.randint(1, self.house.truth.calls)


@dataclass
class Run:
    """What happened: the first try, its calls and pauses, and the second try where one was due."""

    house: StormHouse
    told: Mapping[str, Any]
    first: SourceResult
    seconds: float
    calls: list[Call]
    pauses: list[float]
    later_calls: list[int]
    strangers: int

    @property
    def spoilt(self) -> int:
        return sum(call.is_spoilt for call in self.calls)


Judge = Callable[[Run], Iterator[str]]


@dataclass(frozen=True)
class Scenario:
    """`draw` makes the faults, `judges` say what else must hold beside G; `goal` names what is
    compared: pages to the byte, `rows` in any order, or whatever `known` leaves."""

    fault: str
    name: str
    how: str
    draw: Callable[[Draw], Faults]
    judges: tuple[Judge, ...] = ()
    goal: str = "pages"
    tries: int = 2
    options: Mapping[str, Any] = field(default_factory=dict)


def status(code: int, **more: Any) -> dict[str, Any]:
    return {"match": "/", "action": "status", "status": code} | more


# --- judges


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
        if not isinstance(run.first.error, kind):
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


# --- faults


def _refused(value: Callable[[Draw], tuple[str, float | None, dict[str, str]]]) -> Any:
    def draw(on: Draw) -> Faults:
        header, on.told["seconds"], more = value(on)
        return [status(429, nth=on.nth, headers={"Retry-After": header, **more})]

    return draw


def _dated(on: Draw) -> tuple[str, float, dict[str, str]]:
    # The vendor's clock, wrong by up to a day.
    date = datetime(2026, 9, 10, tzinfo=UTC) + timedelta(seconds=on.dice.randint(-86400, 86400))
    until = format_datetime(date + timedelta(seconds=1), usegmt=True)
    return until, 1.0, {"Date": format_datetime(date, usegmt=True)}


_NONSENSE = ["0", "-5", "soon", "1e3", "", "Wed, 99 Foo 2026 25:00:00 GMT", "3,5"]


def _forbidden(code: int, **more: Any) -> Callable[[Draw], Faults]:
    return lambda on: [status(code, **(more or {"nth": on.nth}))]


def _slow(limit: float, **how: Any) -> Callable[[Draw], Faults]:
    def draw(on: Draw) -> Faults:
        on.told["limit"] = limit
        return [{"match": "/", "action": "slow", "nth": on.nth, **how} for _ in range(2)]

    return draw


def _sometimes(action: str, share: float = 0.2, **more: Any) -> Callable[[Draw], Faults]:
    def draw(on: Draw) -> Faults:
        chance = {"probability": share, "seed": on.dice.random()}
        # A fetch of one call must be hit as well.
        return [
            {"match": "/", "action": action, "nth": on.nth, **more},
            {"match": "/", "action": action, **chance, **more},
        ]

    return draw


def _twist(make: Callable[[Draw], Any], times: int = 1) -> Callable[[Draw], Faults]:
    return lambda on: [twists.Twist(make(on), nth=1 if times > 1 else _some(on), times=times)]


def _some(on: Draw) -> int:
    return on.dice.randint(1, max(1, min(3, on.house.truth.calls - on.house.truth.refused)))


ALWAYS = 10**6
_HASTY = {"timeout": (2.0, 0.15), "total_seconds": 0.4}

SCENARIOS = (
    Scenario(
        "F1", "a pause in seconds", "429, `Retry-After: 1`",
        _refused(lambda on: ("1", 1.0, {})), (waits_as_told, few_calls),
    ),
    Scenario(
        "F1", "a pause until a date", "429, an HTTP date, the vendor's clock up to a day wrong",
        _refused(_dated), (waits_as_told, few_calls),
    ),
    Scenario(
        "F1", "a pause that is none", "429, `Retry-After` 0, negative or nonsense",
        _refused(lambda on: (on.dice.choice(_NONSENSE), None, {})), (few_calls, jittered),
    ),
    Scenario(
        "F1", "a pause of a day", "429, `Retry-After: 86400`",
        _refused(lambda on: ("86400", None, {})), (fails_with(Deferred), not_asked_again),
    ),
    Scenario(
        "F2", "a burst of refusals", "50 times 429 without a header, beginning at any call",
        lambda on: [twists.FromNow([429], on.dice, on.nth, 50)], (few_calls, jittered), tries=8,
    ),
    Scenario(
        "F3", "errors that heal", "500, 502 or 503 for one call in five",
        lambda on: _sometimes("status", status=on.dice.choice([500, 502, 503]))(on),
    ),
    Scenario(
        "F3", "errors that do not heal", "500, 502, 503 from any call on, until the fetch fails",
        lambda on: [twists.FromNow([500, 502, 503], on.dice, on.nth, ALWAYS)],
        (asks_only_for_what_is_missing,),
    ),
    Scenario(
        "F4", "one 401", "401 to any call", _forbidden(401), (not_asked_again,), "all but refused"
    ),
    Scenario(
        "F4", "one 403", "403 to any call", _forbidden(403), (not_asked_again,), "all but refused"
    ),
    Scenario(
        "F4", "one 400 or 404", "400 or 404 to any call",
        lambda on: [status(on.dice.choice([400, 404]), nth=on.nth)], (not_asked_again,),
        "all but refused",
    ),
    Scenario(
        "F4", "401 to everything", "401 to every call", _forbidden(401, every=1),
        (fails_with(FetchFailed), stops_at_once),
    ),
    Scenario(
        "F5", "a drip", "20 bytes a second against a limit of 0.4 s a call",
        _slow(0.4, bytes_per_second=20), (in_time,), options=_HASTY,
    ),
    Scenario(
        "F5", "silence", "no answer for 0.6 s against a read time-out of 0.15 s",
        _slow(0.15, seconds=0.6), (in_time,), options=_HASTY,
    ),
    Scenario(
        "F6", "cut connections", "the connection ends within the body, for one call in five",
        lambda on: _sometimes("cut", keep=on.dice.random() * 0.99)(on),
    ),
    Scenario("F6", "reset connections", "a reset for one call in five", _sometimes("reset")),
    Scenario(
        "F6", "cut pages", "a cut body whose length is as announced",
        _twist(lambda on: twists.truncated(on.dice.random() * 0.99), times=3),
    ),
    Scenario("F7", "a login page", "200 and HTML for one call in five", _sometimes("html")),
    Scenario("F7", "an empty page", "200 and no body for one call in five", _sometimes("empty")),
    Scenario(
        "F7", "a wrong type", "the true body as `text/html`",
        _twist(lambda on: twists.as_html, times=3),
    ),
    Scenario(
        "F7", "JSON that is none", "invalid UTF-8, NaN, 1e400, 10,000 levels, a byte order mark",
        _twist(lambda on: twists.poisoned(on.dice.choice([*twists.POISONS]))),
    ),
    Scenario(
        "F8", "a cursor that loops", "every page says that the same page follows",
        lambda on: [twists.Loop(on.house.source)], (fails_with(PaginationLoop), ends),
    ),
    Scenario(
        "F8", "a link to another host", "links to the next page lead to another host",
        _twist(lambda on: twists.foreign_links(on.foreign), times=ALWAYS), (no_stranger_called,),
        "rows",
    ),
    Scenario(
        "F8", "a redirect to another host", "302 to another host",
        lambda on: [status(302, nth=on.nth, headers={"Location": f"{on.foreign}/x"})],
        (fails_with(UnsafeUrl), no_stranger_called),
    ),
    Scenario(
        "F9", "shuffled and doubled rows", "rows of every page in another order, some twice",
        _twist(lambda on: twists.shuffled(on.house.source, on.dice), times=ALWAYS), (), "rows",
    ),
    Scenario(
        "F10", "a new field", "an unknown field in every row",
        _twist(lambda on: twists.grown(on.house.source), times=ALWAYS), (),
        "rows but the new field",
    ),
    Scenario(
        "F10", "a key field is gone", "one row without a field of its key",
        _twist(lambda on: twists.without_key(on.house, on.dice, renamed=False)), (),
        "all but quarantined",
    ),
    Scenario(
        "F10", "a key field is renamed", "one row with a field of its key under another name",
        _twist(lambda on: twists.without_key(on.house, on.dice, renamed=True)), (),
        "all but quarantined",
    ),
)  # fmt: skip


# --- the runner


def rage(house: StormHouse, scenario: Scenario, seed: int) -> list[str] | None:
    """What was not as it must be; None when the source has nothing that this fault can hit."""
    with listening() as (foreign, strangers):
        on = Draw(random.Random(f"{seed} {house.name} {scenario.name}"), house, foreign)
        home, watch = house.new_home(), Watch(scenario.draw(on))
        try:
            return _judged(on, scenario, watch, home, strangers)
        finally:
            shutil.rmtree(home, ignore_errors=True)


def _judged(
    on: Draw, scenario: Scenario, watch: Watch, home: Path, strangers: list[int]
) -> list[str] | None:
    house = on.house
    pauses: list[float] = []
    started = time.monotonic()
    first = house.fetch(home, watch, dict(scenario.options), pauses)
    seconds = time.monotonic() - started
    if not watch.fired:
        return None
    calls, later, wrong = list(watch.calls), [], []
    result = first
    while result.status == "failed" and len(later) < scenario.tries - 1:
        if house.manifests(home):
            wrong.append("a fetch that failed is visible")
        # A burst that has not passed goes on; everything else has healed.
        weather = watch if scenario.tries > 2 else Watch()
        before = len(weather.calls)
        result = house.fetch(home, weather, {}, pauses)
        later.append(len(weather.calls) - before)
    run = Run(house, on.told, first, seconds, calls, pauses, later, len(strangers))
    if result.status != "fetched":
        wrong.append(f"no fetch after {len(later) + 1} tries: {result.message}")
    else:
        goal = "pages" if later else scenario.goal
        wrong += [f"not G: {difference}" for difference in GOALS[goal](house, home)]
    return wrong + [problem for judge in scenario.judges for problem in judge(run)]


def _same_pages(house: StormHouse, home: Path) -> Iterator[str]:
    landed, truth = house.landed(home), house.truth.landed
    for stream in sorted({*landed, *truth}):
        if landed.get(stream, []) != truth.get(stream, []):
            yield f"pages of {stream}"
    if house.problems(home) != house.truth.problems:
        yield "problems"


def _same_rows(house: StormHouse, home: Path) -> Iterator[str]:
    rows, aside = house.loaded(home)
    yield from (f"put aside: {stream} {reason}" for stream, reason in aside)
    yield from (f"rows of {s}" for s in rows if rows[s] != house.truth.rows[s])
    if house.problems(home) != house.truth.problems:
        yield "problems"


def _same_but_new_field(house: StormHouse, home: Path) -> Iterator[str]:
    rows, aside = house.loaded(home)
    yield from (f"put aside: {stream} {reason}" for stream, reason in aside)
    for stream, found in rows.items():
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
    yield from (f"made up rows of {s}" for s in rows if rows[s] - house.truth.rows[s])


def _all_but_refused(house: StormHouse, home: Path) -> Iterator[str]:
    """What one refusal takes away is on record, and nothing else is gone."""
    landed, truth = house.landed(home), house.truth
    new = [problem for problem in house.problems(home) if problem not in truth.problems]
    if not new:
        yield "a refusal that nothing tells of"
    accounts = {value for problem in new for value in _accounts(problem)}
    for stream, found in truth.landed.items():
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


_GOAL_TEXTS = {
    "pages": "G",
    "rows": "The rows of G, each once.",
    "rows but the new field": "The rows of G; the new field is in raw alone.",
    "all but quarantined": "G but for what is quarantined with its reason.",
    "all but refused": "G but for what is recorded as refused.",
}


def criterion(scenario: Scenario) -> str:
    """What must hold, in words."""
    told = [_GOAL_TEXTS[scenario.goal]]
    told += [(judge.__doc__ or "").strip().splitlines()[0] for judge in scenario.judges]
    return " ".join(text if text.endswith(".") else f"{text}." for text in told)


@contextmanager
def listening() -> Iterator[tuple[str, list[int]]]:
    """Another host: its address, and who called it."""
    callers: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield f"http://127.0.0.1:{server.getsockname()[1]}", _Callers(server, callers)


class _Callers(list[int]):
    """Counts the connections that wait when somebody asks."""

    def __init__(self, server: socket.socket, seen: list[int]) -> None:
        super().__init__(seen)
        self._server = server

    def __len__(self) -> int:
        while True:
            try:
                caller, _ = self._server.accept()
            except BlockingIOError:
                return super().__len__()
            caller.close()
            self.append(1)


@dataclass(frozen=True)
class Tally:
    """What one scenario came to over all sources and seeds."""

    runs: int
    sources: int
    without: tuple[str, ...]
    wrong: tuple[str, ...]


def rage_everywhere(built: list[StormHouse], scenario: Scenario, seeds: range) -> Tally:
    """The scenario at every source, side by side; `without` are sources it cannot hit."""

    def at(house: StormHouse) -> tuple[str, list[tuple[int, list[str] | None]]]:
        return house.name, [(seed, rage(house, scenario, seed)) for seed in seeds]

    with ThreadPoolExecutor(len(built)) as pool:
        said = list(pool.map(at, built))
    hit = {name: [one for one in found if one[1] is not None] for name, found in said}
    return Tally(
        runs=sum(len(found) for found in hit.values()),
        sources=sum(bool(found) for found in hit.values()),
        without=tuple(name for name, found in hit.items() if not found),
        wrong=tuple(
            f"{name}, seed {seed}: {'; '.join(wrong)}"
            for name, found in hit.items()
            for seed, wrong in found
            if wrong
        ),
    )
