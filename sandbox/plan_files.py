"""The plan folder: every file a user would edit, with its exact columns.

What stands in them: `world_plan.py` and `replay_plan.py`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import yaml

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "influencers": ("influencer_id", "name", "country", "category"),
    "accounts": (
        "owner_id", "platform", "account_id", "handle", "is_authorised", "valid_from", "valid_to",
    ),
    "campaigns": (
        "campaign_id", "name", "objective", "starts_on", "ends_on", "budget", "currency_code",
        "contribution_margin",
    ),
    "collaborations": (
        "collaboration_id", "campaign_id", "influencer_id", "starts_on", "ends_on",
        "commission_rate", "hashtags", "mentions", "posts_due", "posts_due_on",
    ),
    "costs": (
        "cost_id", "collaboration_id", "cost_type", "amount", "currency_code", "incurred_on",
        "paid_on", "spread_from", "spread_to",
    ),
    "codes": ("code", "collaboration_id", "valid_from", "valid_to"),
    "links": (
        "link_id", "collaboration_id", "utm_source", "utm_medium", "utm_campaign", "utm_content",
        "short_url",
    ),
    "posts": ("platform", "post_id", "collaboration_id"),
    "interactions": ("interaction_id", "influencer_id", "happened_on", "kind", "note"),
}  # fmt: skip
Cell = str | date | Decimal | bool | None
Row = tuple[Cell, ...]


@dataclass(frozen=True)
class PlanTables:
    """The plan's contents: `brand` as in brand.yml, and rows by file in the order of COLUMNS."""

    brand: Mapping[str, object]
    rows: Mapping[str, Sequence[Row]]


class HasPlan(Protocol):
    """A world or a recording."""

    def plan(self) -> PlanTables: ...


def brand_settings(track_posts_days: int = 90) -> dict[str, object]:
    """brand.yml of the invented brand."""
    return {
        "name": "Lumen Skincare",
        "reporting_currency": "EUR",
        "time_zone": "Europe/Berlin",
        "contribution_margin": 0.58,
        "attribution": {"model": "last_touch", "lookback_days": 30},
        "survey_metafield": "custom.heard_from",
        "return_window_days": 30,
        "track_posts_days": track_posts_days,
        "tiers": {"nano": 0, "micro": 10_000, "macro": 100_000, "mega": 1_000_000},
        "retention": {},
    }


def write_plan(source: HasPlan, folder: Path) -> Path:
    """Write all files of the plan into `folder`, which is made when it is missing."""
    plan = source.plan()
    folder.mkdir(parents=True, exist_ok=True)
    brand = yaml.safe_dump(dict(plan.brand), sort_keys=False, default_flow_style=None)
    (folder / "brand.yml").write_text(brand, encoding="utf-8")
    for name, columns in COLUMNS.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_text(cell) for cell in row] for row in plan.rows.get(name, ()))
    return folder


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)
