"""The generated world: everything drawn once from a seed, then answered at any instant.

`World` is what the vendors serve (`Facts`); `truth()` is what no vendor knows: who caused each
order, what every influencer really returned, and how many followers each campaign really brought.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox import deals, hearsay, orders, people, posts, rates, stories, strangers
from sandbox.currencies import STRAY_CURRENCY, ZERO_DECIMAL
from sandbox.facts import Account, Post, Shop
from sandbox.moments import DAY, day_of, day_start
from sandbox.order_book import LATEST, OrderBook
from sandbox.tiktok_world import draw_tiktok
from sandbox.world_plan import world_plan

if TYPE_CHECKING:
    from sandbox.plan_files import PlanTables

DEFAULT_START = date(2026, 8, 1)
CONTRIBUTION_MARGIN = Decimal("0.58")


@dataclass(frozen=True)
class Return:
    """What one influencer truly returned in one campaign, in euros."""

    orders: int
    net_revenue: Decimal
    cost: Decimal
    commission: Decimal
    roi_margin: Decimal | None


@dataclass(frozen=True)
class Truth:
    """What really happened; `lifts` are gained followers by (campaign_id, platform).

    Orders go by their number. Those without a rate have a cause but no revenue. `leaks` are orders
    on a code that came from a coupon page, by the deal whose code it was: nobody caused them.
    """

    causes: Mapping[str, str | None]
    net_revenue_eur: Mapping[str, Decimal]
    returns: Mapping[tuple[str, str], Return]
    lifts: Mapping[tuple[str, str], int]
    leaks: Mapping[str, str]


class World:
    """A brand, its influencers, their posts and its shop, from `start` for `days` days.

    The first `stray_orders` orders are in a currency that has no reference rate, as in a shop
    that once changed its own. The same arguments always give the same world; each part draws from
    its own stream, so a change to one leaves the others as they were.
    """

    def __init__(
        self,
        seed: int = 7,
        influencers: int = 50,
        days: int = 92,
        start: date = DEFAULT_START,
        *,
        shop_currency: str = "USD",
        stray_orders: int = 0,
    ) -> None:
        if influencers < 2 or days < 1:
            raise ValueError("a world needs at least two influencers and one day")
        self.seed, self.days, self.start = seed, days, start
        self.shop = Shop("lumen", "Lumen Skincare", shop_currency, "Europe/Berlin")
        # Amounts of orders are whole cents, or whole yen.
        self._units = Decimal(1 if shop_currency in ZERO_DECIMAL else 100)
        self.rates: Sequence[tuple[date, Mapping[str, str]]] = rates.draw_rates(seed, start, days)
        self._rate_on = dict(self.rates)
        self.influencers = people.draw_influencers(seed, influencers)
        self.campaigns = deals.draw_campaigns(seed, start, days)
        self.collaborations = deals.draw_collaborations(seed, self.campaigns, self.influencers)
        own = people.draw_accounts(seed, self.influencers, start, days)
        lifts = [(c.starts_on, c.ends_on, c.lift) for c in self.campaigns]
        brand, self._caused_followers = people.draw_brand_accounts(seed, start, days, lifts)
        drawn = posts.draw_posts(seed, own + brand, self.collaborations, start, days)
        tiktok = draw_tiktok(
            seed, self.influencers, self.collaborations, lifts, start=start, days=days
        )
        self._caused_on_tiktok = tiktok.caused
        self.accounts: Mapping[tuple[str, str], Account] = {
            (account.platform, account.account_id): account
            for account in brand + own + tiktok.accounts
        }
        by_id = {account.account_id: account for account in self.accounts.values()}
        self.world_posts = drawn + tiktok.posts
        strangers.give_topics(drawn, by_id, {i.influencer_id: i.pull for i in self.influencers})
        found = strangers.draw_strangers(seed, max(5, influencers // 5), start, days)
        self.strangers: Sequence[Account] = found.accounts
        by_id |= {account.account_id: account for account in found.accounts}
        for post in (*self.world_posts, *found.posts):
            by_id[post.account_id].posts.append(post)
        for story in stories.draw_stories(seed, own + brand, start, days):
            by_id[story.account_id].stories.append(story)
        for account in by_id.values():
            account.settle()
        self.posts: Mapping[tuple[str, str], Post] = {
            (by_id[post.account_id].platform, post.post_id): post for post in self.world_posts
        }
        placed = orders.draw_orders(
            seed,
            drawn,
            self.collaborations,
            rates=self._rate_on,
            start=start,
            days=days,
            base_per_day=15.0 + 0.3 * influencers,
            shop_currency=shop_currency,
        )
        for order in placed[:stray_orders]:
            order.currency = order.presentment = STRAY_CURRENCY
        placed += hearsay.draw_leaks(
            seed,
            drawn,
            self.collaborations,
            placed,
            end=day_start(start) + days * DAY,
            shop_currency=shop_currency,
        )
        hearsay.answer_surveys(seed, placed, self.collaborations, self.influencers)
        self.orders = OrderBook(placed)

    @property
    def first_day(self) -> date:
        return self.start

    @property
    def last_day(self) -> date:
        return self.start + timedelta(days=self.days - 1)

    def plan(self) -> PlanTables:
        """What the brand's plan folder holds."""
        return world_plan(self)

    def truth(self, at: int = LATEST) -> Truth:
        """The truth of all orders placed by an instant, refunds until then taken off."""
        causes: dict[str, str | None] = {}
        revenue: dict[str, Decimal] = {}
        earned: dict[str, Decimal] = defaultdict(Decimal)
        count: dict[str, int] = defaultdict(int)
        for order in self.orders.orders:
            if order.created > at:
                continue
            order_id = str(order.number)
            causes[order_id] = order.cause
            if order.currency:
                continue
            amount = orders.net_revenue(order, at) / self._units
            revenue[order_id] = self._euros(amount, self.shop.currency, day_of(order.created))
            if order.cause is not None and not order.is_test and order.cancelled_at > at:
                earned[order.cause] += revenue[order_id]
                count[order.cause] += 1
        leaks = {
            str(order.number): order.leaked_from
            for order in self.orders.orders
            if order.leaked_from and order.created <= at
        }
        return Truth(causes, revenue, self._returns(earned, count), self._lifts(), leaks)

    def _returns(
        self, earned: Mapping[str, Decimal], count: Mapping[str, int]
    ) -> dict[tuple[str, str], Return]:
        margins = {c.campaign_id: c.contribution_margin for c in self.campaigns}
        returns = {}
        for deal in self.collaborations:
            net = earned.get(deal.collaboration_id, Decimal(0))
            cost = sum(
                (
                    self._euros(line.amount, line.currency_code, line.paid_on or line.incurred_on)
                    for line in deal.costs
                ),
                Decimal(0),
            )
            commission = net * deal.commission_rate
            total = cost + commission
            margin = margins[deal.campaign_id] or CONTRIBUTION_MARGIN
            returns[deal.campaign_id, deal.influencer_id] = Return(
                orders=count.get(deal.collaboration_id, 0),
                net_revenue=net,
                cost=cost,
                commission=commission,
                roi_margin=(net * margin - total) / total if total else None,
            )
        return returns

    def _lifts(self) -> dict[tuple[str, str], int]:
        on_tiktok = zip(self.campaigns, self._caused_on_tiktok, strict=True)
        return {
            (campaign.campaign_id, platform): int(gained[index])
            for campaign, gained in zip(self.campaigns, self._caused_followers, strict=True)
            for index, platform in enumerate(("instagram", "youtube"))
        } | {(campaign.campaign_id, "tiktok"): gained for campaign, gained in on_tiktok}

    def _euros(self, amount: Decimal, currency: str, on: date) -> Decimal:
        return rates.euros(self._rate_on, amount, currency, on)
