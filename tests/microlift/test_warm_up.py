"""The slow imports in the background: every step that needs them waits until they are over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

import expectations.raw_suite  # noqa: F401 - so that a step's own imports take no time here
import warehouse.load  # noqa: F401
from microlift import steps
from microlift.as_of import build_as_of
from microlift.errors import UsageError
from microlift.settings import Settings

Step = Callable[[Settings], object]
STEPS: dict[str, Step] = {
    "load": lambda settings: steps.load(settings, "r"),
    "build": lambda settings: steps.build(settings, "r"),
    "check": lambda settings: steps.check(settings, "r"),
    "build as of": lambda settings: build_as_of(settings, "r", datetime.now(UTC)),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_a_step_waits_for_the_imports_that_run_beside_it(
    step: Step, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def import_slowly() -> None:
        time.sleep(0.3)
        seen.append("imported")

    def stop_here(*_: object) -> None:
        seen.append("went on")
        raise InterruptedError

    monkeypatch.setattr(steps, "_imports", threading.Thread(target=import_slowly))
    monkeypatch.setattr(steps, "recorded_step", stop_here)
    steps.warm_up()
    steps.warm_up()
    with suppress(InterruptedError, UsageError):
        step(Settings(home=tmp_path, plan_dir=tmp_path))
    assert seen[:1] == ["imported"]
