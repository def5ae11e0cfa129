"""The plan folder of a world: every file a user would edit, with its exact columns."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import yaml

from sandbox.facts import BRAND

if TYPE_CHECKING:
    from sandbox.deals import Collaboration
    from sandbox.world import World

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


def world_plan(world: World) -> PlanTables:
    """The plan that the generated world's brand would have written."""
    deals = world.collaborations
    return PlanTables(
        brand=brand_settings(),
        rows={
            "influencers": [
                (i.influencer_id, i.name, i.country, i.category) for i in world.influencers
            ],
            "accounts": _accounts(world),
            "campaigns": [
                (c.campaign_id, c.name, c.objective, c.starts_on, c.ends_on, c.budget, "EUR",
                 c.contribution_margin)
                for c in world.campaigns
            ],
            "collaborations": [
                (d.collaboration_id, d.campaign_id, d.influencer_id, d.starts_on, d.ends_on,
                 d.commission_rate, " ".join(d.hashtags), " ".join(d.mentions), *_due(index, d))
                for index, d in enumerate(deals)
            ],
            "costs": [
                (c.cost_id, d.collaboration_id, c.cost_type, c.amount, c.currency_code,
                 c.incurred_on, c.paid_on, d.starts_on if c.is_spread else None,
                 d.ends_on if c.is_spread else None)
                for d in deals
                for c in d.costs
            ],
            "codes": [(d.code, d.collaboration_id, d.starts_on, d.code_until) for d in deals],
            "links": [
                (d.collaboration_id.replace("col", "lnk"), d.collaboration_id, d.utm_source,
                 "influencer", d.utm_campaign, d.utm_content,
                 f"https://bit.ly/Lumen{d.collaboration_id[-4:]}")
                for d in deals
            ],
            "posts": _explicit_posts(world),
            "interactions": _interactions(world),
        },
    )  # fmt: skip


def _accounts(world: World) -> list[Row]:
    rows: list[Row] = []
    renamed = next(a for a in world.accounts.values() if a.owner_id != BRAND)
    middle = world.start + timedelta(days=world.days // 2)
    for account in world.accounts.values():
        head: Row = (account.owner_id, account.platform, account.account_id)
        if account is renamed:  # one handle changes, and stays the same account
            old, authorised = f"{account.handle}.old", account.is_authorised
            rows.append((*head, old, authorised, None, middle - timedelta(days=1)))
            rows.append((*head, account.handle, authorised, middle, None))
        else:
            rows.append((*head, account.handle, account.is_authorised, None, None))
    return rows


def _due(index: int, deal: Collaboration) -> tuple[str | None, date | None]:
    """Posts due, and by when: every fifth deal says nothing, every sixth asks for one more."""
    if index % 5 == 4:
        return None, None
    posts = deal.posts + (index % 6 == 5)
    middle = deal.starts_on + (deal.ends_on - deal.starts_on) * 2 // 3
    return str(posts), middle if index % 3 else None


def _explicit_posts(world: World) -> list[Row]:
    """Sponsored posts whose text gives nothing away."""
    captions = {deal.collaboration_id: deal.caption for deal in world.collaborations}
    platforms = {account.account_id: account.platform for account in world.accounts.values()}
    return [
        (platforms[post.account_id], post.post_id, post.collaboration_id)
        for post in world.world_posts
        if post.collaboration_id is not None and not captions[post.collaboration_id]
    ]


def _interactions(world: World) -> list[Row]:
    kinds = ("e-mail", "call", "delivery", "meeting")
    return [
        (
            f"int_{index + 1:04d}",
            deal.influencer_id,
            deal.starts_on - timedelta(days=7),
            kinds[index % len(kinds)],
            "agreed on the brief" if index % 3 else None,
        )
        for index, deal in enumerate(world.collaborations)
    ]


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)
