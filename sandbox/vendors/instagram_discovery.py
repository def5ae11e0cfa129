"""Instagram's `business_discovery`: one account's public face, asked through another account.

The whole question stands in `fields`. Its list of posts is paged by `.after(cursor)` inside that
expression: there is no `next`, the first page has `after` alone, the last page `before` alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.vendors import graph_errors
from sandbox.wire import Answer, json_answer

if TYPE_CHECKING:
    from sandbox.facts import Account, Counters, Post
    from sandbox.wire import Ask

Project = Callable[["Post", "Account", "Counters", tuple[str, ...], int], dict[str, Any] | None]

_ASKED = re.compile(
    r"^business_discovery\.username\(([^()]*)\)\{([^{}]*?)"
    r"(?:,?media((?:\.\w+\([^()]*\))*)\{([^{}]*)\})?\}$"
)
_ARGUMENT = re.compile(r"\.(\w+)\(([^()]*)\)")
_DEFAULT_PAGE = 25
_LARGEST_PAGE = 100


def discover(asker: Account, accounts: Sequence[Account], ask: Ask, project: Project) -> Answer:
    """The public numbers of the account with that handle, and a page of its posts."""
    asked = _ASKED.match(ask.query["fields"])
    if asked is None:
        return graph_errors.graph_error(2500, "Syntax error in the field expression")
    handle, names, arguments, media_fields = asked.groups()
    found = next((a for a in accounts if a.handle_at(ask.at) == handle), None)
    if found is None or found.is_private:
        return graph_errors.unknown_user(handle)
    whole = {
        "id": found.account_id,
        "username": handle,
        "name": found.title,
        "followers_count": found.growth.followers(ask.at),
        "media_count": len(_visible(found, ask.at)),
    }
    node: dict[str, Any] = {}
    for name in (name for name in names.split(",") if name):
        if name not in whole:
            return graph_errors.unknown_field(name)
        node[name] = whole[name]
    node["id"] = found.account_id
    if media_fields is not None:
        listed = _media(found, dict(_ARGUMENT.findall(arguments)), media_fields, ask, project)
        if isinstance(listed, Answer):
            return listed
        node["media"] = listed
    return json_answer({"business_discovery": node, "id": asker.account_id})


def _visible(account: Account, at: int) -> list[Post]:
    posts = account.posts[: bisect_right(account.listed, at)]
    return [post for post in posts if post.deleted_at > at]


def _media(
    account: Account, arguments: dict[str, str], fields: str, ask: Ask, project: Project
) -> dict[str, Any] | Answer:
    limit = int(arguments.get("limit", _DEFAULT_PAGE))
    if limit > _LARGEST_PAGE:
        return graph_errors.too_much_data()
    posts = _visible(account, ask.at)[::-1]
    ids = [post.post_id for post in posts]
    after = arguments.get("after")
    if after is not None and after.removeprefix("QVF") not in ids:
        return graph_errors.graph_error(100, "(#100) Invalid cursor")
    first = 0 if after is None else ids.index(after.removeprefix("QVF")) + 1
    page = posts[first : first + limit]
    data = []
    names = tuple(name for name in fields.split(",") if name)
    for post in page:
        counters = post.counters(ask.at)
        if counters is None:
            continue
        node = project(post, account, counters, names, ask.at)
        if node is None:
            return graph_errors.unknown_field(fields)
        data.append(node)
    cursors = {} if first == 0 else {"before": f"QVF{page[0].post_id}"} if page else {}
    if first + limit < len(posts):
        cursors["after"] = f"QVF{page[-1].post_id}"
    return {"data": data, **({"paging": {"cursors": cursors}} if cursors else {})}
