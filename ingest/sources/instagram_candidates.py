"""The public profiles of those who comment on the brand's posts or tag it: whom to work with next.

Asked through the brand's own account, one call each, newest posts included. Most who comment are
private persons, of whom Instagram shows nothing to others; of them nothing is kept here but how
many they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.answer import rows_at, text_at
from ingest.errors import IngestError, ItemRefused
from ingest.parallel import answers
from ingest.sources.instagram_calls import path_of, stamp_of
from ingest.sources.instagram_public import handle_of

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.page import Page
    from ingest.sources.engagers import Engagers
    from ingest.sources.instagram_calls import Visit

# The vendor allows an account 200 calls an hour; the counters have gone before.
MOST_PROFILES = 50
_POSTS = 25
_FIELDS = (
    "id,username,followers_count,media_count,"
    f"media.limit({_POSTS}){{caption,timestamp,like_count,comments_count}}"
)
_NOTHING_SHOWN = "no public professional account: nothing to mend"


def note_engagers(engagers: Engagers, since: datetime, stream: str, page: Page) -> None:
    """Count the authors of a page of comments or tags.

    What is older than `since` came along with its page: whether it did must not decide whom we ask.
    """
    for row in rows_at(page.json, "data"):
        stamp = stamp_of(row)
        if stamp is not None and stamp < since:
            continue
        name = text_at(row, "from", "username") or text_at(row, "username")
        if stream == "tags":
            engagers.add_post(name and name.lower(), text_at(row, "id"))
        else:
            engagers.add_comment(name and name.lower(), text_at(row, "id"))


def fetch_candidates(visit: Visit, engagers: Engagers) -> None:
    """Land the profiles of the most frequent engagers that the plan does not know.

    A missing permission is told once. What concerns more than a profile is raised, as for comments:
    the fetch goes on later from what it has.
    """
    asker = next((a for a in visit.brand_ids if a in visit.open_ids), None)
    if asker is None:
        return
    known = {account.handle.strip().removeprefix("@").lower() for account in visit.job.accounts}
    stopped: list[ItemRefused] = []

    def profile(name: str) -> Page:
        if stopped:
            raise stopped[0]
        fields = f"business_discovery.username({handle_of(name)}){{{_FIELDS}}}"
        shape = {"business_discovery": dict}
        try:
            return visit.client.get(path_of(asker), {"fields": fields}, shape=shape)
        except ItemRefused as error:
            if not _is_hidden(error):
                stopped.append(error)
            raise

    chosen = engagers.choose(MOST_PROFILES, visit.today, known)
    hidden = 0
    for _, answer in answers(profile, chosen):
        if isinstance(answer, IngestError):
            hidden += _is_hidden(answer)
        else:
            visit.writer.write("candidates", answer, {"asker_id": asker})
    if hidden:
        visit.writer.problem("candidates", {"accounts": hidden}, "hidden_by_owner", _NOTHING_SHOWN)
    for error in stopped[:1]:
        visit.record("candidates", {"asker_id": asker}, error)


def _is_hidden(error: IngestError) -> bool:
    """Whether it is a private person, or nobody any more: the vendor does not tell them apart."""
    return isinstance(error, ItemRefused) and error.reason == "not_found"
