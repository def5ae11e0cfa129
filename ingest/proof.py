"""Proof that a page is whole and is what was asked for, before it may be landed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ingest.errors import IncompletePage

if TYPE_CHECKING:
    from ingest.page import Page

# Dotted path -> the type that must stand there; a path that ends in "?" may be absent.
Shape = Mapping[str, type | tuple[type, ...]]


def prove_json(page: Page, shape: Shape | None) -> None:
    """IncompletePage unless the page is strict JSON with every key of the shape."""
    path = page.request["path"]
    if not page.body.strip():
        raise IncompletePage(f"{path}: the page is empty")
    if page.json is None:
        kind = page.headers.get("Content-Type", "no content type")
        raise IncompletePage(f"{path}: not whole JSON ({kind}): {page.text[:100]!r}")
    if shape is not None and not isinstance(page.json, dict):
        raise IncompletePage(f"{path}: the page is no object: {page.text[:100]!r}")
    for key, wanted in (shape or {}).items():
        value, is_present = _look_up(page.json, key.rstrip("?").split("."))
        if not is_present and key.endswith("?"):
            continue
        if not isinstance(value, wanted):
            found = type(value).__name__ if is_present else "missing"
            raise IncompletePage(f"{path}: {key} is {found}")


def prove_text(page: Page, ends_with: str) -> None:
    """IncompletePage unless the page is UTF-8 text that ends as it should and is not HTML."""
    path = page.request["path"]
    try:
        text = page.body.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise IncompletePage(f"{path}: not UTF-8: {error.reason}") from None
    if "html" in page.headers.get("Content-Type", "") or not text.endswith(ends_with):
        raise IncompletePage(f"{path}: not a whole text page: {text[:100]!r}")


def _look_up(value: Any, path: list[str]) -> tuple[Any, bool]:
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return None, False
        value = value[name]
    return value, True
