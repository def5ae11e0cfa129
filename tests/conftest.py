"""What all tests share: the longest ones start first, so that the workers end together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

LONGEST_FIRST = ("kills", "replay_short", "nights", "dags", "marts")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    for turn, part in enumerate(LONGEST_FIRST):
        if part in item.path.as_posix().rpartition("/tests/")[2]:
            return turn
    return len(LONGEST_FIRST)
