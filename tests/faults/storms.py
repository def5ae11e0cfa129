"""What goes wrong on the wire, as data, and the one runner that judges it.

A storm is survived when the fetch ends with the pages of a fetch in good weather (G), or fails with
nothing visible and its second try ends with them. Each scenario says what else must hold.
"""

from __future__ import annotations

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
from judges import (
    GOALS,
    Judge,
    Run,
    asks_only_for_what_is_missing,
    ends,
    fails_with,
    few_calls,
    given_up,
    in_time,
    jittered,
    no_stranger_called,
    not_asked_again,
    stops_at_once,
    waits_as_told,
)
from own_ways import OWN_WAYS
from storm_house import Watch

from ingest.errors import Deferred, FetchFailed, PaginationLoop, UnsafeUrl

if TYPE_CHECKING:
    from storm_house import StormHouse


Faults = list[Any]


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
    """What was not as it must be; None when the source has nothing that this fault can hit, or
    answers it in a way of its own."""
    if (scenario.name, house.name) in OWN_WAYS:
        return None
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
    gave_up = given_up(house, home) if result.status == "fetched" else ()
    run = Run(house, on.told, first, seconds, calls, pauses, later, len(strangers), gave_up)
    if result.status != "fetched":
        wrong.append(f"no fetch after {len(later) + 1} tries: {result.message}")
    else:
        goal = "pages" if later else scenario.goal
        allowed = {f"{what} of {stream}" for stream in gave_up for what in ("pages", "rows")}
        allowed |= {"problems"} if gave_up else set()
        differences = (one for one in GOALS[goal](house, home) if one not in allowed)
        wrong += [f"not G: {difference}" for difference in differences]
    return wrong + [problem for judge in scenario.judges for problem in judge(run)]


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
