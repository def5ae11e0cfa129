"""The brand's effort in the generated world: campaigns, collaborations, costs, codes and links."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sandbox.people import Influencer

_NAMES = (
    "Spring Glow", "Night Repair", "Sun Season", "Bare Skin", "Autumn Reset", "Winter Shield",
    "New Year Ritual", "Clear Start",
)  # fmt: skip
REUSED_CODE = "GLOW15"


@dataclass(frozen=True)
class Campaign:
    """A campaign; `lift` is the share of the brand's usual daily gain that it adds."""

    campaign_id: str
    name: str
    slug: str
    objective: str
    starts_on: date
    ends_on: date
    budget: Decimal
    contribution_margin: Decimal | None
    lift: float


@dataclass(frozen=True)
class Cost:
    """One cost line of a collaboration."""

    cost_id: str
    cost_type: str
    amount: Decimal
    currency_code: str
    incurred_on: date
    paid_on: date | None
    is_spread: bool


@dataclass(frozen=True)
class Collaboration:
    """A deal of one influencer in one campaign, and what it causes."""

    collaboration_id: str
    campaign_id: str
    influencer_id: str
    starts_on: date
    ends_on: date
    commission_rate: Decimal
    posts: int
    caption: str
    hashtags: tuple[str, ...]
    mentions: tuple[str, ...]
    code: str
    percent_off: int
    code_until: date
    utm_source: str
    utm_campaign: str
    utm_content: str
    orders_per_post: float
    costs: tuple[Cost, ...] = field(default=())


def draw_campaigns(seed: int, start: date, days: int) -> list[Campaign]:
    """Three campaigns or more, one about every 30 to 45 days; every second one lifts nothing."""
    rng = np.random.default_rng([seed, 4])
    count = max(3, days // 45)
    step = days / count
    campaigns = []
    for index in range(count):
        starts_on = start + timedelta(days=int(index * step + min(5, step / 4)))
        length = min(max(int(step * 0.8), 5), int(rng.integers(24, 38)))
        name = _NAMES[index % len(_NAMES)]
        is_second_year = index >= len(_NAMES)
        campaigns.append(
            Campaign(
                campaign_id=f"cmp_{index + 1:02d}",
                name=f"{name} II" if is_second_year else name,
                slug=name.lower().replace(" ", "-") + ("-2" if is_second_year else ""),
                objective=("sales", "awareness", "growth")[index % 3],
                starts_on=starts_on,
                ends_on=starts_on + timedelta(days=length),
                budget=Decimal(int(rng.integers(20, 90)) * 1_000),
                contribution_margin=Decimal("0.62") if index % 3 == 1 else None,
                lift=0.0 if index % 2 else float(rng.uniform(0.25, 0.6)),
            )
        )
    return campaigns


def draw_collaborations(
    seed: int, campaigns: list[Campaign], influencers: list[Influencer]
) -> list[Collaboration]:
    """About every second influencer joins each campaign."""
    rng = np.random.default_rng([seed, 6])
    deals: list[Collaboration] = []
    for campaign in campaigns:
        joins = rng.random(len(influencers)) < 0.5
        joins[: min(2, len(influencers))] = True
        for index in np.flatnonzero(joins).tolist():
            deals.append(_draw_one(rng, len(deals) + 1, campaign, influencers[index]))
    return _share_a_code(deals, campaigns)


def _draw_one(
    rng: np.random.Generator, number: int, campaign: Campaign, influencer: Influencer
) -> Collaboration:
    posts = int(rng.integers(1, 4))
    percent = int(rng.choice((10, 15, 20)))
    code = f"{influencer.name.split()[0].upper()}{number:03d}"
    tag = f"#{campaign.slug.replace('-', '')}"
    slug = influencer.name.lower().replace(" ", "-") + influencer.influencer_id[-4:]
    style = rng.random()
    if style < 0.55:
        caption = f"{tag} #lumenpartner with @lumen.skincare, {percent}% off with {code}"
    elif style < 0.8:
        caption = f"thanks @lumen.skincare, use {code}"
    elif style < 0.92:
        caption = f"{tag} #ad"
    else:
        caption = ""
    starts_on = campaign.starts_on + timedelta(days=int(rng.integers(0, 6)))
    sales = influencer.pull * float(rng.gamma(2.0, 0.5)) * (influencer.followers / 30_000) ** 0.6
    return Collaboration(
        collaboration_id=f"col_{number:04d}",
        campaign_id=campaign.campaign_id,
        influencer_id=influencer.influencer_id,
        starts_on=min(starts_on, campaign.ends_on),
        ends_on=campaign.ends_on,
        commission_rate=Decimal(str(rng.choice(("0", "0", "0.05", "0.10", "0.15")))),
        posts=posts,
        caption=caption,
        hashtags=(tag, "#lumenpartner"),
        mentions=("@lumen.skincare",),
        code=code,
        percent_off=percent,
        code_until=campaign.ends_on + timedelta(days=30),
        utm_source="instagram" if influencer.platforms[0] == "instagram" else "youtube",
        utm_campaign=campaign.slug,
        utm_content=slug,
        orders_per_post=5.0 * min(sales, 12.0),
        costs=_draw_costs(rng, number, campaign, starts_on, fee=posts * _fee(rng, influencer)),
    )


def _fee(rng: np.random.Generator, influencer: Influencer) -> float:
    """Euros per post."""
    return float((influencer.followers / 30_000) ** 0.65 * rng.uniform(50, 150))


def _draw_costs(
    rng: np.random.Generator,
    number: int,
    campaign: Campaign,
    starts_on: date,
    *,
    fee: float,
) -> tuple[Cost, ...]:
    currency = str(rng.choice(("EUR", "EUR", "EUR", "EUR", "USD", "GBP")))
    lines = [("fee", fee, currency), ("product", rng.uniform(25, 90), "EUR")]
    lines.append(("shipping", rng.uniform(5, 14), "EUR"))
    if rng.random() < 0.15:
        lines.append(("boost", fee * rng.uniform(0.2, 0.6), "EUR"))
    if rng.random() < 0.08:
        lines.append(("bonus", fee * 0.15, currency))
    costs = []
    for index, (cost_type, amount, currency_code) in enumerate(lines):
        incurred_on = starts_on - timedelta(days=int(rng.integers(2, 9)))
        is_paid = rng.random() < 0.85
        costs.append(
            Cost(
                cost_id=f"cost_{number:04d}_{index + 1}",
                cost_type=cost_type,
                amount=Decimal(round(float(amount) * 100)) / 100,
                currency_code=currency_code,
                incurred_on=incurred_on,
                paid_on=campaign.ends_on + timedelta(days=int(rng.integers(1, 30)))
                if is_paid and cost_type in ("fee", "bonus")
                else (incurred_on if is_paid else None),
                is_spread=cost_type in ("fee", "boost"),
            )
        )
    return tuple(costs)


def _share_a_code(deals: list[Collaboration], campaigns: list[Campaign]) -> list[Collaboration]:
    """One code serves an influencer of the first campaign and later another of the third."""
    first = next(d for d in deals if d.campaign_id == campaigns[0].campaign_id)
    third = [d for d in deals if d.campaign_id == campaigns[2].campaign_id]
    later = next(d for d in third if d.influencer_id != first.influencer_id)
    if later.starts_on <= first.starts_on:
        return deals  # a world of a few days: both run at once, and a code has one owner a day
    until = min(first.code_until, later.starts_on - timedelta(days=1))
    changed = {
        first.collaboration_id: _with_code(first, until),
        later.collaboration_id: _with_code(later, later.code_until),
    }
    return [changed.get(deal.collaboration_id, deal) for deal in deals]


def _with_code(deal: Collaboration, until: date) -> Collaboration:
    values = {**vars(deal), "code": REUSED_CODE, "percent_off": 15, "code_until": until}
    values["caption"] = deal.caption.replace(deal.code, REUSED_CODE)
    return Collaboration(**values)
