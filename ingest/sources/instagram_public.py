"""What anybody may see of creators who have not let us in, asked through the brand's own account.

The paging is nested in a field and has no `next`: the cursor goes into the field, and the last
page is the one without `after`. `view_count` is not asked for: whether it exists here is unknown,
and a field that does not would cost the whole answer.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingest.answer import value_at
from ingest.errors import IngestError, ItemRefused, PageTooLarge
from ingest.pagination import Cursor
from ingest.parallel import answers
from ingest.sources.instagram_calls import SKIPS, halved, path_of, stamp_of

if TYPE_CHECKING:
    from ingest.job import Account
    from ingest.page import Page
    from ingest.sources.instagram_calls import Visit

_PAGE_SIZE = 50
_HANDLE = re.compile(r"[A-Za-z0-9._]{1,30}")
_ACCOUNT_FIELDS = "id,username,followers_count,media_count"
_MEDIA_FIELDS = (
    "id,caption,timestamp,media_type,media_product_type,like_count,comments_count,permalink"
)
_NO_ASKER = "it is asked through an authorised account of the brand, and no such account is open"


def fetch_discovery(visit: Visit) -> None:
    """Land the public numbers and posts of every account that is not authorised."""
    targets = sorted(
        (a for a in visit.job.accounts if not a.is_authorised), key=lambda a: a.account_id
    )
    asker = next((a for a in visit.brand_ids if a in visit.open_ids), None)
    if asker is None:
        for target in targets:
            visit.writer.problem("discovery_accounts", _context(target), "permission", _NO_ASKER)
        return
    asked = (target for target in targets if asker in visit.open_ids)
    for target, answer in answers(lambda target: _pages(visit, asker, target), asked, SKIPS):
        context = _context(target)
        if isinstance(answer, IngestError):
            visit.record("discovery_accounts", context, answer, asker_id=asker)
            continue
        visit.writer.write("discovery_accounts", answer[0], context)
        for page in answer:
            if "media" in page.json["business_discovery"]:  # an account without posts has none
                visit.writer.write("discovery_media", page, context)


def handle_of(text: str) -> str:
    """The bare handle. ItemRefused where it is none: it becomes part of an expression and must not
    be able to ask for anything else."""
    handle = text.strip().removeprefix("@")
    if not _HANDLE.fullmatch(handle):
        raise ItemRefused("not_found", f"{text!r} is no handle of Instagram")
    return handle


def _context(target: Account) -> dict[str, str]:
    return {"account_id": target.account_id, "handle": target.handle}


def _pages(visit: Visit, asker: str, target: Account) -> list[Page]:
    """Pages of posts, newest first, each with the account's own numbers beside them."""
    handle = handle_of(target.handle)
    oldest = visit.job.now - timedelta(days=visit.job.track_posts_days)
    shape = {"business_discovery": dict, "business_discovery.media.data?": list}
    pages: list[Page] = []
    cursor, size = Cursor(), _PAGE_SIZE
    while not cursor.is_finished:
        after = f".after({cursor.value})" if cursor.value else ""
        media = f"media.limit({size}){after}{{{_MEDIA_FIELDS}}}"
        fields = f"business_discovery.username({handle}){{{_ACCOUNT_FIELDS},{media}}}"
        try:
            page = visit.client.get(path_of(asker), {"fields": fields}, shape=shape)
        except PageTooLarge as error:
            size = halved(size, error)
            continue
        found = page.json["business_discovery"]
        found_id = found.get("id")
        if found_id is not None and found_id != target.account_id:
            raise ItemRefused(
                "renamed",
                f"@{handle} is now account {found_id}, not {target.account_id}: the handle"
                " changed hands; correct it in the plan",
            )
        pages.append(page)
        listed = found.get("media")
        rows = listed.get("data") or [] if isinstance(listed, dict) else []
        last = stamp_of(rows[-1]) if rows else None
        if last is not None and last < oldest:
            cursor.stop()
        else:
            cursor.advance(_after(listed))
    return pages


def _after(listed: Any) -> str | None:
    after = value_at(listed, "paging", "cursors", "after")
    return str(after) if after else None
