"""Ways to break a plan, and what is then said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from microlift.plan.plan import read_plan
from microlift.plan.problems import PlanError


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    """A mutation: replace a text that stands once in a file of the plan."""

    def mutate(plan: Path) -> None:
        text = (plan / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        (plan / name).write_text(text.replace(old, new), encoding="utf-8")

    return mutate


def write(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda plan: (plan / name).write_bytes(content) and None


def problems_of(plan: Path) -> list[str]:
    with pytest.raises(PlanError) as caught:
        read_plan(plan)
    return [str(problem) for problem in caught.value.problems]
