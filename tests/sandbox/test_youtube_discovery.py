"""The stand-in's bodies against Google's own discovery documents."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import pytest

# Tests have no packages (import-mode=importlib), so their helpers need a place to be found.
sys.path.insert(0, str(Path(__file__).parent))

from discovery_schema import Discovery

DATA = Discovery("youtube", "v3")
ANALYTICS = Discovery("youtubeAnalytics", "v2")
# The parameters of each call as the fetch sends them, and what it answers.
CALLS = {
    "channels": (("channels", "list"), "ChannelListResponse", "snippet,contentDetails,statistics"),
    "playlistItems": (
        ("playlistItems", "list"),
        "PlaylistItemListResponse",
        "snippet,contentDetails",
    ),
    "videos": (
        ("videos", "list"),
        "VideoListResponse",
        "snippet,statistics,contentDetails,status,paidProductPlacementDetails",
    ),
    "videos:batchGetStats": (
        ("videos", "batchGetStats"),
        "BatchGetStatsResponse",
        "statistics,snippet,contentDetails",
    ),
    "commentThreads": (("commentThreads", "list"), "CommentThreadListResponse", "snippet"),
}


def parameters(resource: str, accounts: Any, world: Any) -> list[dict[str, str]]:
    channels = [a for a in world.accounts.values() if a.platform == "youtube"]
    videos = [post for account in channels for post in account.posts]
    if resource == "channels":
        return [{"id": ",".join(a.account_id for a in channels[:50])}, {"id": "UCnobody"}]
    if resource == "playlistItems":
        return [{"playlistId": "UU" + a.account_id[2:], "maxResults": "50"} for a in channels[:8]]
    if resource == "commentThreads":
        return [{"videoId": p.post_id} for p in channels[0].posts[:8] if not p.hides_comments]
    ids = [p.post_id for p in videos]
    return [{"id": ",".join(ids[start : start + 50])} for start in range(0, len(ids), 50)]


@pytest.mark.parametrize("resource", CALLS)
def test_every_body_of_the_data_api_is_as_google_documents_it(
    resource: str, get: Any, accounts: Any, world: Any
) -> None:
    method, schema, part = CALLS[resource]
    path = DATA.method_path(*method)
    assert path == f"/youtube/v3/{resource}"
    items = 0
    for asked in parameters(resource, accounts, world):
        answer = get("youtube", path, part=part, **asked)
        if answer.status_code == 200:
            body = answer.json()
            assert DATA.faults(schema, body) == []
            items += len(body.get("items", []))
    assert items > 5


def test_every_report_is_as_google_documents_it(report: Any, world: Any) -> None:
    assert ANALYTICS.method_path("reports", "query") == "/v2/reports"
    days = {"dimensions": "day", "metrics": "views,averageViewPercentage,subscribersGained"}
    top = {"dimensions": "video", "metrics": "views", "sort": "-views", "maxResults": "200"}
    for asked in (days, top):
        body = report(**asked).json()
        assert body["rows"]
        assert ANALYTICS.faults("QueryResponse", body) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("items", 0, "statistics", "viewCount"), 7, "7 is not a string"),
        (("items", 0, "statistics", "viewCount"), "7.5", "not a whole number"),
        (("items", 0, "statistics", "views"), "7", "no such field"),
        (("items", 0, "snippet", "publishedAt"), "2026-11-01", "not an instant"),
        (("items", 0, "status", "privacyStatus"), "hidden", "is none of"),
        (("items",), {}, "not a list"),
        (("items", 0, "snippet"), [], "not an object"),
        (("pageInfo", "totalResults"), "7", "not of type integer"),
        (("items", 0, "paidProductPlacementDetails", "hasPaidProductPlacement"), 1, "boolean"),
    ],
)
def test_the_check_itself_sees_what_is_wrong(
    path: tuple[str | int, ...], value: Any, fault: str, get: Any, accounts: Any
) -> None:
    video_id = accounts["youtube"][0].posts[0].post_id
    body = copy.deepcopy(
        get("youtube", "/youtube/v3/videos", part=CALLS["videos"][2], id=video_id).json()
    )
    *parents, last = path
    node = body
    for name in parents:
        node = node[name]
    node[last] = value
    assert any(fault in found for found in DATA.faults("VideoListResponse", body))
