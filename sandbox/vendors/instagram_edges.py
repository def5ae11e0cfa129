"""Instagram's further lists: live stories, comments on a post, and posts that tag an account."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from sandbox.facts import BRAND, STRANGER
from sandbox.moments import DAY, HOUR, iso_offset
from sandbox.strangers import MENTION
from sandbox.vendors import graph_errors
from sandbox.wire import Answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.facts import Account, Post, Story, StoryCounters
    from sandbox.wire import Ask

_LIVED = 90 * DAY  # nobody comments on older posts
_FEWEST_VIEWERS = 5
_WORDS = ("mint", "coral", "fern", "pearl", "dune", "cedar", "opal", "wren", "sage", "lark")
_STORY_METRICS = (
    "reach", "views", "replies", "shares", "total_interactions", "navigation", "follows",
    "profile_visits",
)  # fmt: skip
_STORY_FIELDS = (
    "id", "media_type", "media_product_type", "timestamp", "permalink", "caption", "username",
)  # fmt: skip


def live_stories(account: Account, fields: Sequence[str], at: int) -> Answer | list[dict[str, Any]]:
    """The stories that are live, newest first."""
    unknown = next((name for name in fields if name not in _STORY_FIELDS), None)
    if unknown is not None:
        return graph_errors.unknown_field(unknown)
    position = bisect_left(account.stories, at - DAY, key=lambda story: story.published)
    live = [s for s in account.stories[position:] if s.counters(at) is not None]
    return [_story_node(story, account, fields, at) for story in reversed(live)]


def about_story(
    story: Story, account: Account, edge: str | None, fields: Sequence[str], ask: Ask
) -> Answer:
    """One story or its insights, as long as it lives."""
    counters = story.counters(ask.at)
    if counters is None or edge not in {None, "insights"}:
        return graph_errors.missing_object(story.story_id)
    if edge is None:
        unknown = next((name for name in fields if name not in _STORY_FIELDS), None)
        if unknown is not None:
            return graph_errors.unknown_field(unknown)
        return json_answer(_story_node(story, account, fields, ask.at))
    names = [name for name in ask.query.get("metric", "").split(",") if name]
    for index, name in enumerate(names):
        if name not in _STORY_METRICS:
            return graph_errors.unknown_metric(index, _STORY_METRICS)
    if counters.reach < _FEWEST_VIEWERS:
        return graph_errors.too_few_viewers()
    return json_answer({"data": [_story_insight(story, name, counters) for name in names]})


def _story_node(story: Story, account: Account, fields: Sequence[str], at: int) -> dict[str, Any]:
    whole = {
        "id": story.story_id,
        "media_type": story.kind,
        "media_product_type": "STORY",
        "timestamp": iso_offset(story.published),
        "permalink": f"https://www.instagram.com/stories/{account.handle_at(at)}/{story.story_id}",
        "username": account.handle_at(at),
    }  # a caption is there in the documentation and hardly ever in an answer
    return {name: whole[name] for name in dict.fromkeys(("id", *fields)) if name in whole}


def _story_insight(story: Story, name: str, counters: StoryCounters) -> dict[str, Any]:
    values = {
        "reach": counters.reach,
        "views": counters.views,
        "replies": counters.replies,
        "shares": counters.shares,
        "total_interactions": counters.replies + counters.shares,
        "navigation": counters.views * 3 // 2,
        "follows": counters.reach // 900,
        "profile_visits": counters.reach // 150,
    }
    return {
        "name": name,
        "period": "lifetime",
        "values": [{"value": values[name]}],
        "title": name.replace("_", " ").capitalize(),
        "description": f"The number of {name} of the story.",
        "id": f"{story.story_id}/insights/{name}/lifetime",
    }


def comments(
    post: Post, at: int, creators: Sequence[Account], strangers: Sequence[Account] = ()
) -> list[dict[str, Any]]:
    """The comments so far, newest first: as many as the post's counter says."""
    counters = post.counters(at)
    count = counters.comments if counters is not None and counters.comments else 0
    return [_comment(post, number, creators, strangers) for number in reversed(range(count))]


def _comment(
    post: Post, number: int, creators: Sequence[Account], strangers: Sequence[Account]
) -> dict[str, Any]:
    draw = int(post.post_id) % 9_973 + number * 7_919
    author = {"id": f"17842{draw % 10**6:012d}", "username": f"{_WORDS[draw % 10]}.{draw % 4_001}"}
    if creators and draw % 7 == 0:
        creator = creators[draw % len(creators)]
        author = {"id": creator.account_id, "username": creator.handle}
    elif strangers and draw % 13 == 5:
        # the first of them come back most
        fan = strangers[(draw // 13 % 100) ** 2 * len(strangers) // 100**2]
        author = {"id": fan.account_id, "username": fan.handle}
    node = {
        "id": f"{post.post_id}{number:05d}",
        "timestamp": iso_offset(_commented_at(post, number)),
        "username": author["username"],
        "like_count": draw % 5,
    }
    return node if draw % 11 == 3 else {**node, "from": author}  # at times without its author


def _commented_at(post: Post, number: int) -> int:
    """When the counter passed that comment, to the minute."""

    def count(at: int) -> int:
        counters = post.counters(at)
        return (counters.comments or 0) if counters is not None else 1 << 40  # deleted by then

    minutes = range(post.published, post.published + _LIVED, HOUR // 60)
    return minutes[min(bisect_left(minutes, number + 1, key=count), len(minutes) - 1)]


def tagged_in(account: Account, at: int, creators: Sequence[Account]) -> list[tuple[Post, Account]]:
    """Posts of others that tag the account, newest first: sponsored posts tag the brand."""
    if account.owner_id != BRAND:
        return []
    found = [
        (post, creator)
        for creator in creators
        if not creator.is_private and creator.owner_id != account.owner_id
        for post in creator.posts
        if (post.has_paid_placement or (creator.owner_id == STRANGER and MENTION in post.text))
        and post.listed_from <= at < post.deleted_at
    ]
    return sorted(found, key=lambda item: (-item[0].published, item[0].post_id))
