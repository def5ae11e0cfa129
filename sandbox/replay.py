"""Recorded reality behind the stand-in vendors: real counters, orders and rates, invented deals.

A `Recording` is served like a world. Video statistics exist on the days they were recorded and
are missing otherwise; orders keep their amounts and are shifted by a constant number of days onto
the videos' time. What a recording does not hold (subscribers, view totals, durations) is absent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.facts import NEVER, Account, Counters, DayFigures, Post, Shop
from sandbox.moments import DAY, HOUR, day_number, day_of, day_start, parse_instant
from sandbox.order_book import Order, OrderBook
from sandbox.recorded_files import (
    ObservedVideo,
    RecordedOrder,
    read_orders,
    read_rates,
    read_videos,
)
from sandbox.replay_plan import Deals, draw_deals, recording_plan

if TYPE_CHECKING:
    from sandbox.plan_files import PlanTables

ORDERS_BEGIN = date(1997, 10, 27)
_NIGHT = time(23, 30, tzinfo=UTC)


@dataclass(slots=True)
class RecordedVideo:
    """A video as it was observed; `days` holds its counters by day number."""

    post_id: str
    account_id: str
    title: str
    published: int
    listed_from: int
    days: dict[int, Counters] = field(default_factory=dict)
    kind: str = "VIDEO"
    text: str = ""
    deleted_at: int = NEVER
    hides_likes: bool = False
    has_paid_placement: bool | None = None
    length_seconds: int = 0

    def counters(self, at: int) -> Counters | None:
        """The row of the day, if there is one."""
        return self.days.get(at // DAY)


class Unknown:
    """The growth of an account whose followers nobody recorded."""

    def followers(self, at: int) -> int | None:
        return None

    def views_total(self, at: int) -> int | None:
        return None

    def figures(self, day: int) -> DayFigures | None:
        return None


class Recording:
    """The recording in `folder` (see `recorded_files`), with an invented plan laid over it.

    `orders_begin` is the recorded day of orders that falls on the first day of the videos.
    Raises FileNotFoundError when a file is missing and ValueError or KeyError when one is broken.
    """

    seed = 0  # the recording is not drawn, only what is laid over it

    def __init__(self, folder: Path, orders_begin: date = ORDERS_BEGIN) -> None:
        observed = list(read_videos(folder))
        self.days = sorted({row.day for row in observed})
        if not self.days:
            raise ValueError(f"{folder}: the videos' file holds no row")
        self.shop = Shop("lumen", "Lumen Skincare", "USD", "Europe/Berlin")
        self.rates: Sequence[tuple[date, Mapping[str, str]]] = read_rates(folder)
        self.accounts: Mapping[tuple[str, str], Account] = _channels(observed)
        self.posts: Mapping[tuple[str, str], Post] = {
            (platform, post.post_id): post
            for (platform, _), account in self.accounts.items()
            for post in account.posts
        }
        self.deals = draw_deals(self.first_day, self.last_day, list(self.accounts.values()))
        shift = self.first_day - orders_begin
        self.orders = _order_book(
            read_orders(folder), shift, self.first_day, self.last_day, self.deals
        )

    @property
    def strangers(self) -> Sequence[Account]:
        """Nobody: recordings hold no comments."""
        return ()

    @property
    def first_day(self) -> date:
        """The first day that videos were observed on."""
        return self.days[0]

    @property
    def last_day(self) -> date:
        """The last day that videos were observed on."""
        return self.days[-1]

    def nights(self, count: int | None = None) -> list[datetime]:
        """The instant of each recorded night, late on its own day; the first `count` of them."""
        return [datetime.combine(day, _NIGHT) for day in self.days[:count]]

    def plan(self) -> PlanTables:
        """The plan over the recording: one influencer a channel, deals with some of them."""
        oldest = min(post.published for post in self.posts.values())
        track = (self.last_day - day_of(oldest)).days + 30
        return recording_plan(list(self.accounts.values()), self.deals, track)


def _channels(observed: list[ObservedVideo]) -> dict[tuple[str, str], Account]:
    channels: dict[str, Account] = {}
    videos: dict[str, RecordedVideo] = {}
    for row in observed:
        channel = channels.get(row.channel_id)
        if channel is None:
            channel = channels[row.channel_id] = Account(
                platform="youtube",
                account_id=row.channel_id,
                handle=f"@{row.channel_id[2:].lower()}",
                title=row.channel_title,
                owner_id=f"inf_{row.channel_id[2:14]}",
                country="US",
                created=parse_instant(row.published_at),
                growth=Unknown(),
                hides_followers=True,
            )
        video = videos.get(row.video_id)
        published = parse_instant(row.published_at)
        if video is None:
            listed_from = min(published, day_start(row.day))
            video = videos[row.video_id] = RecordedVideo(
                row.video_id, row.channel_id, row.title, published, listed_from
            )
            channel.posts.append(video)
        channel.created = min(channel.created, published)
        counters = Counters(row.views, row.likes, row.comments)
        video.days[day_number(row.day)] = counters
    for channel in channels.values():
        channel.settle()
    return {("youtube", key): channels[key] for key in sorted(channels)}


def _order_book(
    recorded: Iterable[RecordedOrder], shift: timedelta, begin: date, end: date, deals: Deals
) -> OrderBook:
    """The orders of the videos' period; those before it only count as a customer's history."""
    orders: list[Order] = []
    placed: Counter[int] = Counter()
    before: Counter[int] = Counter()
    for number, row in enumerate(recorded, start=1):
        day = row.day + shift
        placed[row.customer] += 1
        if day < begin:
            before[row.customer] += 1
        elif day <= end:
            # Within working hours of Europe and America: the date is the same in both.
            at = day_start(day) + 8 * HOUR + number * 7_919 % (12 * HOUR)
            claim = deals.claim(number, day)
            orders.append(
                Order(
                    number=number,
                    created=at,
                    subtotal=row.cents,
                    discount=row.cents * claim.percent_off // (100 - claim.percent_off),
                    tax=0,
                    shipping=0,
                    quantity=row.quantity,
                    codes=(claim.code,) if claim.code else (),
                    percent_off=claim.percent_off,
                    customer=row.customer,
                    customer_order=placed[row.customer],
                    visits=claim.visits(at),
                    ready_at=at + HOUR // 2,
                    cause=None,
                )
            )
    return OrderBook(sorted(orders, key=lambda order: order.number), before)
