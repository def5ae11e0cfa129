"""Instagram's stories, which live for 24 hours and cannot be read afterwards.

Every account is asked for what is live right now, and each story for its insights. A page without
a story is landed too: it says that we looked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest.sources.instagram import SOURCE as INSTAGRAM
from ingest.sources.instagram_calls import Post, Visit, is_named, list_pages, path_of
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter
    from ingest.page import Page

_FIELDS = "id,media_type,media_product_type,timestamp,permalink,caption"


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land the live stories of the authorised accounts and the insights of each."""
    if "counter" not in job.kinds:
        return
    visit = Visit(client, job, writer)

    def stories(account_id: str) -> list[Page]:
        return list_pages(client, path_of(account_id, "stories"), _FIELDS, lambda rows: False)

    live: dict[str, Post] = {}
    for account_id, pages in visit.ask_accounts("stories", stories):
        for page in pages:
            writer.write("stories", page, {"account_id": account_id})
            found = (_story(visit, account_id, row) for row in page.json["data"])
            live |= {story.media_id: story for story in found if story}
    visit.fetch_post_insights("story_insights", list(live.values()))


def _story(visit: Visit, account_id: str, row: Any) -> Post | None:
    if not is_named(row):
        return None
    return Post(account_id, row["id"], "STORY", visit.today)


SOURCE = Source(
    name="instagram_stories",
    streams=(
        # A row is a whole page, so that an account without a story has a row as well.
        Stream("stories", "counter", ("$.data",)),
        Stream("story_insights", "counter", ("$.name",), "$.data"),
    ),
    url=INSTAGRAM.url,
    needs=INSTAGRAM.needs,
    schedule="10 */3 * * *",
    reload_days=0,
    fetch=fetch,
    headers=INSTAGRAM.headers,
    classify=INSTAGRAM.classify,
    pace=INSTAGRAM.pace,
    rate=INSTAGRAM.rate,
    shares=INSTAGRAM.name,
    platform=INSTAGRAM.name,
    is_always_new=True,
)
