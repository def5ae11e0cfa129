"""The plan that the generated world's brand would have written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sandbox.facts import BRAND
from sandbox.plan_files import PlanTables, Row, brand_settings

if TYPE_CHECKING:
    from sandbox.deals import Collaboration
    from sandbox.world import World


def world_plan(world: World) -> PlanTables:
    """All of its files, by what the world holds."""
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
