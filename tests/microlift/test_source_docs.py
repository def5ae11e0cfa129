"""The docs name every stream of the registry, on the page of its source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingest.registry import SOURCES
from ingest.sources.shopify_webhooks import WEBHOOKS
from microlift.doctor import template_files

DOCS = Path(__file__).parents[2] / "docs"
INDEX = (DOCS / "sources.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*SOURCES, WEBHOOKS.name])
def test_every_stream_stands_on_the_page_of_its_source(name: str) -> None:
    source = {**SOURCES, WEBHOOKS.name: WEBHOOKS}[name]
    page = DOCS / "sources" / f"{name.removesuffix('_webhooks')}.md"
    text = page.read_text(encoding="utf-8") if page.exists() else INDEX
    assert f"`{name}`" in INDEX
    missing = [s.name for s in source.streams if f"`{s.name}`" not in text]
    assert missing == []


@pytest.mark.parametrize("name", [name for name, source in SOURCES.items() if source.needs])
def test_credentials_are_asked_for_in_one_order_everywhere(name: str) -> None:
    """The page, the template and `microlift doctor`, which names them as the source does."""
    source = SOURCES[name]
    prefix = f"MICROLIFT_{source.settings_name}_".upper()
    page = (DOCS / "sources" / f"{source.settings_name}.md").read_text(encoding="utf-8")
    template = next(text for path, text in template_files() if path.name == ".env.example")
    for where, text in (("page", page), ("template", template)):
        found = [text.find(f"{prefix}{need.upper()}") for need in source.needs]
        assert found == sorted(found), where
        assert min(found) > 0, where


def test_what_is_left_out_has_a_reason_and_is_not_collected() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in INDEX.partition("## Line by line")[2].partition("\n## ")[0].splitlines()
        if line.startswith("| ") and not line.startswith("| what")
    ]
    assert len(rows) > 30
    for what, became, why in rows:
        assert became in {"collected", "landed only", "left out"}, what
        assert why, what
    # What is landed must be there to be found.
    streams = {s.name for source in SOURCES.values() for s in source.streams}
    for what, became, why in rows:
        if became != "left out":
            named = {*re.findall(r"`(\w+)`", f"{what} {why}")}
            assert named & (streams | {"plan"}), what
