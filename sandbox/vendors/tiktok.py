"""TikTok Display API: tokens that rotate, accounts, and videos paged by time in milliseconds.

Errors of a question come with status 200 and an `error.code`; deleted and private videos are
silently missing, so a page may be short or empty although more follow.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from sandbox.credentials import BY_ACCOUNT, account_token
from sandbox.moments import DAY
from sandbox.wire import Answer, Ask, bearer, json_answer

if TYPE_CHECKING:
    from sandbox.facts import Account, Facts, Post

PREFIXES = ("/v2/user/", "/v2/video/", "/v2/oauth/")
MAX_COUNT = 20
_ACCESS = "sandbox-tiktok-access-"
_ROTATED = "sandbox-tiktok-rotated-"


@dataclass(frozen=True)
class TikTokRules:
    """What both of TikTok's APIs do only when a test asks for it.

    `old_tokens_end`: a refresh token works once. Off by default, because several homes may use one
    sandbox. `calls_a_minute` of an account and endpoint of the Business API; None is no limit.
    """

    old_tokens_end: bool = False
    calls_a_minute: int | None = None


LENIENT = TikTokRules()


class TikTok:
    """Serves the TikTok half of `facts` to the owners of its accounts."""

    def __init__(self, facts: Facts, rules: TikTokRules) -> None:
        self._accounts = tiktok_accounts(facts)
        self._rules = rules
        self._given: Counter[str] = Counter()

    def answer(self, ask: Ask) -> Answer:
        if ask.path == "/v2/oauth/token/":
            return self._token(ask)
        account = self._account(ask)
        if account is None:
            text = "The access token is invalid or not found in the request."
            return _error(ask, "access_token_invalid", text, 401)
        fields = [name for name in ask.query.get("fields", "").split(",") if name]
        if (ask.method, ask.path) == ("GET", "/v2/user/info/"):
            return _ok(ask, {"user": _only(fields, _user(account, ask.at))})
        if (ask.method, ask.path) == ("POST", "/v2/video/list/"):
            return self._videos(ask, account, fields)
        return _error(ask, "unsupported_path", "Unsupported path.", 404)

    def _token(self, ask: Ask) -> Answer:
        form = dict(parse_qsl(ask.body.decode()))
        held = BY_ACCOUNT["tiktok"][1]
        if any(form.get(name) != value for name, value in held.items()):
            return _oauth_error(ask, "invalid_client", "Client key or secret is incorrect.")
        account_id = self._owner_of(form.get("refresh_token", ""))
        if form.get("grant_type") != "refresh_token" or account_id is None:
            return _oauth_error(ask, "invalid_grant", "Refresh token is invalid or expired.")
        self._given[account_id] += 1
        return json_answer(
            {
                "open_id": account_id,
                "scope": "user.info.basic,user.info.stats,video.list",
                "access_token": f"{_ACCESS}{account_id}.{ask.at + DAY}",
                "expires_in": DAY,
                "refresh_token": self._refresh_token(account_id),
                "refresh_expires_in": 365 * DAY,
                "token_type": "Bearer",
            }
        )

    def _owner_of(self, refresh_token: str) -> str | None:
        for account_id in self._accounts:
            if refresh_token == self._refresh_token(account_id):
                return account_id
            is_older = refresh_token == account_token("tiktok", account_id) or (
                refresh_token.startswith(_ROTATED) and refresh_token.endswith(f".{account_id}")
            )
            if is_older and not self._rules.old_tokens_end:
                return account_id
        return None

    def _refresh_token(self, account_id: str) -> str:
        """The newest one: the first was given when the owner logged in."""
        given = self._given[account_id]
        return f"{_ROTATED}{given}.{account_id}" if given else account_token("tiktok", account_id)

    def _account(self, ask: Ask) -> Account | None:
        token = bearer(ask.headers) or ""
        account_id, _, until = token.removeprefix(_ACCESS).rpartition(".")
        is_valid = token.startswith(_ACCESS) and until.isdecimal() and ask.at < int(until)
        return self._accounts.get(account_id) if is_valid else None

    def _videos(self, ask: Ask, account: Account, fields: list[str]) -> Answer:
        try:
            body = orjson.loads(ask.body)
            size, cursor = int(body.get("max_count", 10)), int(body.get("cursor", 0))
        except (ValueError, AttributeError):
            size, cursor = 0, 0
        if not 1 <= size <= MAX_COUNT:
            return _error(ask, "invalid_params", "max_count must be between 1 and 20.", 200)
        slots, paging = page_of(account, ask.at, cursor, size)
        shown = [_only(fields, _video(post, account, ask.at)) for post in slots]
        return _ok(ask, {"videos": [video for video in shown if video], **paging})


def tiktok_accounts(facts: Facts) -> dict[str, Account]:
    """The accounts of the platform by their open_id."""
    return {
        account_id: account
        for (platform, account_id), account in facts.accounts.items()
        if platform == "tiktok"
    }


def page_of(
    account: Account, at: int, cursor: int, size: int
) -> tuple[list[Post], dict[str, int | bool]]:
    """Up to `size` posts older than the cursor (milliseconds; 0: now), and `cursor`, `has_more`.

    Posts that are gone keep their place in the page, where the caller leaves them out.
    """
    end = bisect_right(account.listed, at)
    if cursor:
        end = min(end, bisect_left(account.listed, -(-cursor // 1000)))
    begin = max(end - size, 0)
    last = account.listed[begin] * 1000 if begin < end else 0
    return account.posts[begin:end][::-1], {"cursor": last, "has_more": begin > 0}


def _user(account: Account, at: int) -> dict[str, Any]:
    shown = [c for post in account.posts if (c := post.counters(at)) is not None]
    return {
        "open_id": account.account_id,
        "union_id": f"u{account.account_id}",
        "display_name": account.title,
        "username": account.handle,
        "is_verified": False,
        "follower_count": account.growth.followers(at),
        "following_count": 180,
        "likes_count": 50_000 + sum(counters.likes or 0 for counters in shown),
        "video_count": len(shown),
    }


def _video(post: Post, account: Account, at: int) -> dict[str, Any]:
    counters = post.counters(at)
    if counters is None:
        return {}
    return {
        "id": post.post_id,
        "create_time": post.published,
        "title": "",
        "video_description": post.text,
        "duration": post.length_seconds,
        "share_url": f"https://www.tiktok.com/@{account.handle}/video/{post.post_id}",
        "view_count": counters.views,
        "like_count": counters.likes,
        "comment_count": counters.comments,
        "share_count": counters.shares,
    }


def _only(fields: list[str], value: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for: nothing, unless its name is among the fields."""
    return {name: value[name] for name in fields if name in value}


def _log_id(ask: Ask) -> str:
    digest = zlib.crc32(f"{ask.path}{ask.query}{ask.at}".encode()) ^ zlib.crc32(ask.body)
    return f"{ask.at}{digest:010d}"


def _ok(ask: Ask, data: Mapping[str, Any]) -> Answer:
    error = {"code": "ok", "message": "", "log_id": _log_id(ask)}
    return json_answer({"data": data, "error": error})


def _error(ask: Ask, code: str, message: str, status: int) -> Answer:
    error = {"code": code, "message": message, "log_id": _log_id(ask)}
    return json_answer({"data": {}, "error": error}, status)


def _oauth_error(ask: Ask, error: str, text: str) -> Answer:
    return json_answer({"error": error, "error_description": text, "log_id": _log_id(ask)}, 400)
