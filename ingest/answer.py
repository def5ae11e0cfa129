"""Reading an answer of which nothing is promised: what is not there, or is something else, is None.

What must be there is proven by a page's shape (`proof.py`); this is for all the rest.
"""

from __future__ import annotations

from typing import Any


def value_at(value: Any, *path: str) -> Any:
    """The value at a path of names."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text_at(value: Any, *path: str) -> str | None:
    """The text there; None where something else stands, or an empty one."""
    found = value_at(value, *path)
    return found if isinstance(found, str) and found else None


def rows_at(value: Any, *path: str) -> list[Any]:
    """The rows of the list there; none where there is no list."""
    found = value_at(value, *path)
    return found if isinstance(found, list) else []
