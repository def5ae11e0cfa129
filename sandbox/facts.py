"""What a stand-in vendor serves: accounts, posts, orders and rates, each answerable at any instant.

The generated world and a recording both offer a `Facts`; the vendors know nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from sandbox.order_book import OrderBook
    from sandbox.plan_files import PlanTables

NEVER = 1 << 40
BRAND = "brand"
STRANGER = ""  # nobody whom the plan knows


class Counters(NamedTuple):
    """Running totals of one post at one instant; None where the vendor has no such number."""

    views: int
    likes: int | None
    comments: int | None
    reach: int = 0
    saves: int = 0
    shares: int = 0


class Post(Protocol):
    """One published unit of an account; `length_seconds` is 0 where nobody knows it."""

    @property
    def post_id(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def published(self) -> int: ...
    @property
    def listed_from(self) -> int: ...
    @property
    def deleted_at(self) -> int: ...
    @property
    def hides_likes(self) -> bool: ...
    @property
    def has_paid_placement(self) -> bool | None: ...
    @property
    def length_seconds(self) -> int: ...

    def counters(self, at: int) -> Counters | None:
        """The totals at an instant; None when the post cannot be read then."""


class StoryCounters(NamedTuple):
    """Running totals of one live story at one instant."""

    views: int
    reach: int
    replies: int
    shares: int


class Story(Protocol):
    """What an account shows for 24 hours."""

    @property
    def story_id(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def published(self) -> int: ...

    def counters(self, at: int) -> StoryCounters | None:
        """The totals at an instant; None when it is not live then."""


class DayFigures(NamedTuple):
    """What an account's own insights say of one day, once settled."""

    gained: int
    lost: int
    reach: int
    views: int
    accounts_engaged: int
    likes: int
    comments: int
    saves: int
    shares: int
    profile_links_taps: int


class Growth(Protocol):
    """An account's followers over time."""

    def followers(self, at: int) -> int | None:
        """Followers at an instant; None when nobody is told."""

    def views_total(self, at: int) -> int | None:
        """Views of all posts ever, as a channel shows them; None when nobody is told."""

    def figures(self, day: int) -> DayFigures | None:
        """A day's figures by day number; None when there are none."""


@dataclass(slots=True)
class Account:
    """A handle on one platform with its posts, sorted by `listed_from`.

    From `renamed_at` on it is called `later_handle`; a private account shows itself to nobody.
    """

    platform: str
    account_id: str
    handle: str
    title: str
    owner_id: str
    country: str
    created: int
    growth: Growth
    is_authorised: bool = True
    hides_followers: bool = False
    converted_at: int = 0
    posts: list[Post] = field(default_factory=list)
    listed: list[int] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    renamed_at: int = NEVER
    later_handle: str = ""
    is_private: bool = False

    def handle_at(self, at: int) -> str:
        """What it is called at an instant."""
        return self.later_handle if at >= self.renamed_at else self.handle

    def settle(self) -> None:
        """Sort the posts and remember their times, after the last one was added."""
        self.posts.sort(key=lambda post: (post.listed_from, post.post_id))
        self.listed = [post.listed_from for post in self.posts]


@dataclass(frozen=True)
class Shop:
    """The brand's shop."""

    handle: str
    name: str
    currency: str
    time_zone: str


class Facts(Protocol):
    """Everything a server needs to stand in for the vendors."""

    @property
    def accounts(self) -> Mapping[tuple[str, str], Account]: ...
    @property
    def strangers(self) -> Sequence[Account]:
        """Accounts that the plan does not know, with posts of their own."""

    @property
    def posts(self) -> Mapping[tuple[str, str], Post]: ...
    @property
    def shop(self) -> Shop: ...
    @property
    def orders(self) -> OrderBook: ...
    @property
    def rates(self) -> Sequence[tuple[date, Mapping[str, str]]]:
        """Days with rates, oldest first: currency -> units per euro, as the ECB writes them."""

    @property
    def seed(self) -> int: ...

    def plan(self) -> PlanTables:
        """What the brand's plan folder holds."""
