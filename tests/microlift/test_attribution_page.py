"""docs/attribution.md is true: its queries run on a published version and come to its figures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from warehouse.restatement_causes import CAUSES

if TYPE_CHECKING:
    from microlift.settings import Settings

PAGE = (Path(__file__).resolve().parents[2] / "docs/attribution.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, flags=re.DOTALL)
# What a query shows beside what it works out by hand.
PUBLISHED = {"roi_margin", "net_revenue", "cost", "credits_and_rest"}


@pytest.mark.parametrize("number", range(len(QUERIES)))
def test_a_published_figure_is_what_its_query_works_out_by_hand(
    number: int, first_version: tuple[Settings, str]
) -> None:
    current = first_version[0].home / "published" / "current.duckdb"
    with duckdb.connect(str(current), read_only=True) as con:
        found = con.execute(QUERIES[number])
        names = [column[0] for column in found.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if "by_hand" not in names:
        return  # a list, of which there may be nothing
    assert rows
    # the last of them is what is worked out; those before it are its parts
    (*_, shown) = [name for name in names if name in PUBLISHED]
    wrong = [row for row in rows if row[shown] != row["by_hand"]]
    assert wrong == []
    assert all(row.get("credits_and_rest", row[shown]) == row["by_hand"] for row in rows)


def test_every_cause_of_a_restatement_is_explained() -> None:
    assert re.findall(
        r"^\| `(\w+)` \|", PAGE.split("## Why a figure changed")[1], re.MULTILINE
    ) == [*CAUSES]
