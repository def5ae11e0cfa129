"""A scope that was not granted is named with the stream that needs it, at every source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingest.landing import Landing
from ingest.registry import SOURCES
from microlift.fetching import LANDING, SourceResult, fetch_source
from microlift.plan.plan import read_plan
from microlift.rehearsal import sandbox_settings
from microlift.settings import Secret
from sandbox.faults import FaultPlan
from sandbox.plan_files import write_plan
from sandbox.server import Sandbox, serve
from sandbox.world import World

if TYPE_CHECKING:
    from microlift.settings import Settings

WORLD = World(7, 8, 40, date(2026, 8, 1))
NOW = datetime(2026, 9, 9, 3, tzinfo=UTC)
ANALYTICS, GA4 = "yt-analytics.readonly", "https://www.googleapis.com/auth/analytics.readonly"


def refuse(match: str, status: int, body: Any, **more: Any) -> dict[str, Any]:
    return {"match": match, "action": "status", "status": status, "body": body, **more}


def graph(match: str) -> dict[str, Any]:
    message = "(#10) Application does not have permission for this action"
    return refuse(match, 400, {"error": {"message": message, "type": "OAuthException", "code": 10}})


def google(match: str) -> dict[str, Any]:
    message, reason = "Request had insufficient authentication scopes.", "insufficientPermissions"
    details = [{"@type": "x", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]
    listed = [{"message": "Insufficient Permission", "domain": "global", "reason": reason}]
    error = {"code": 403, "message": message, "errors": listed, "details": details}
    return refuse(match, 403, {"error": error | {"status": "PERMISSION_DENIED"}})


def display(match: str) -> dict[str, Any]:
    message = "The user did not authorize the scope required for completing this request."
    error = {"code": "scope_not_authorized", "message": message, "log_id": "1"}
    return refuse(match, 401, {"error": error})


def business(match: str) -> dict[str, Any]:
    message = "No permission: the TikTok account did not grant this scope"
    return refuse(match, 200, {"code": 40001, "message": message, "request_id": "1"})


def shop(nth: int, path: str, scope: str) -> dict[str, Any]:
    needed = {"code": "ACCESS_DENIED", "requiredAccess": f"`{scope}` access scope."}
    error = {"message": f"Access denied for {path} field.", "path": [path], "extensions": needed}
    return refuse("/admin/api", 200, {"errors": [error]}, nth=nth)


NODE = r"^/v25.0/\d+"
DISCOVERY = "discovery_accounts needs instagram_basic and instagram_manage_insights"
# By source and stream: what the vendor refuses, what must be told, and since how many days before.
SCOPES: dict[tuple[str, str], tuple[dict[str, Any], str, int]] = {
    ("youtube_analytics", "channel_days"): (
        google(r"^/v2/reports\?.*dimensions=day"),
        f"channel_days: needs the scope {ANALYTICS}",
        6,
    ),
    ("youtube_analytics", "video_days"): (
        google(r"^/v2/reports\?.*dimensions=video"),
        f"video_days: needs the scope {ANALYTICS}",
        6,
    ),
    ("instagram", "accounts"): (
        graph(NODE + r"\?fields=id,username"),
        "accounts needs instagram_basic",
        6,
    ),
    ("instagram", "user_insights"): (
        graph(NODE + "/insights.*period=day"),
        "user_insights needs instagram_manage_insights",
        6,
    ),
    ("instagram", "media"): (graph(NODE + "/media"), "media needs instagram_basic", 6),
    ("instagram", "media_insights"): (
        graph(NODE + "/insights.*period=lifetime"),
        "media_insights needs instagram_manage_insights",
        6,
    ),
    ("instagram", "discovery_accounts"): (graph("^.*business_discovery"), DISCOVERY, 6),
    ("instagram", "discovery_media"): (graph("^.*business_discovery"), DISCOVERY, 6),
    ("instagram", "comments"): (
        graph(NODE + "/comments"),
        "comments needs instagram_manage_comments",
        6,
    ),
    ("instagram", "tags"): (graph(NODE + "/tags"), "tags needs instagram_manage_comments", 6),
    ("instagram", "candidates"): (
        graph("^.*business_discovery"),
        "candidates needs instagram_basic and instagram_manage_insights",
        6,
    ),
    ("instagram_stories", "stories"): (
        graph(NODE + "/stories"),
        "stories needs instagram_basic",
        6,
    ),
    ("instagram_stories", "story_insights"): (
        graph(NODE + "/insights"),
        "story_insights needs instagram_manage_insights",
        6,
    ),
    ("tiktok", "accounts"): (
        display("/v2/user/info/"),
        "accounts needs user.info.basic and user.info.stats",
        6,
    ),
    ("tiktok", "videos"): (display("/v2/video/list/"), "videos needs video.list", 6),
    ("tiktok_business", "account_days"): (
        business("/open_api/v1.3/business/get/"),
        "account_days needs user.insights",
        6,
    ),
    ("tiktok_business", "videos"): (
        business("/open_api/v1.3/business/video/list/"),
        "videos needs video.list and video.insights",
        6,
    ),
    ("shopify", "shop"): (
        shop(1, "shop", "read_orders"),
        "stream shop needs `read_orders` access scope.",
        6,
    ),
    ("shopify", "orders"): (
        shop(2, "orders", "read_orders"),
        "stream orders needs `read_orders` access scope.",
        6,
    ),
    ("shopify", "bulk_orders"): (
        shop(2, "bulkOperationRunQuery", "read_orders"),
        "stream bulk_orders needs `read_orders` access scope.",
        20,
    ),
    ("ga4", "sessions"): (google("/v1beta"), f"`sessions` needs the scope {GA4}", 6),
    ("impact", "actions"): (
        refuse("/Advertisers", 403, {"Status": "ERROR", "Message": "Access denied"}),
        "`actions` needs a token with the scope Actions (read)",
        6,
    ),
}
WITHOUT = {
    "youtube": "an API key has no scopes",
    "bitly": "a token has no scopes: it reads what its user reads",
    "ecb": "there is no credential",
}


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Path]]:
    folder = tmp_path_factory.mktemp("scopes") / "plan"
    write_plan(WORLD, folder)
    lines = (folder / "accounts.csv").read_text().splitlines(keepends=True)
    row = next(
        n for n, line in enumerate(lines) if line.startswith("inf_") and ",instagram," in line
    )
    lines[row] = lines[row].replace("true", "false")
    (folder / "accounts.csv").write_text("".join(lines))
    with serve(WORLD) as sandbox:
        yield sandbox, folder


@pytest.fixture
def settings(vendor: tuple[Sandbox, Path], tmp_path: Path) -> Settings:
    sandbox, folder = vendor
    sandbox.faults = FaultPlan()
    return replace(sandbox_settings(tmp_path, folder, sandbox.url), clock=NOW)


def fetch(settings: Settings, source: str, days: int) -> tuple[SourceResult, str]:
    """The fetch of so many days, and everything that it says."""
    landing = Landing(settings.home / LANDING)
    plan = read_plan(settings.plan_dir)
    since = NOW.date() - timedelta(days=days)
    result = fetch_source(settings, plan, SOURCES[source], landing, since=since)
    told = [f"{p.stream}: {p.detail}" for m in landing.fetches(source) for p in m.problems]
    return result, "\n".join([result.message, *told])


def test_every_stream_has_its_scope_or_a_reason_for_none() -> None:
    streams = {
        (name, stream.name)
        for name, source in SOURCES.items()
        for stream in source.streams
        if name not in WITHOUT
    }
    assert {*SCOPES} == streams


@pytest.mark.parametrize(("source", "stream"), SCOPES)
def test_a_missing_scope_is_named_with_its_stream(
    vendor: tuple[Sandbox, Path], settings: Settings, source: str, stream: str
) -> None:
    fault, told, days = SCOPES[source, stream]
    vendor[0].faults = FaultPlan([fault])
    result, said = fetch(settings, source, days)
    assert vendor[0].faults.fired
    assert told in said
    assert "unexpected" not in said
    if result.status == "failed":
        assert Landing(settings.home / LANDING).fetches(source) == []


def test_a_scope_that_no_account_gave_is_named_where_all_of_the_source_fails(
    vendor: tuple[Sandbox, Path], settings: Settings
) -> None:
    for source, fault in (("tiktok", display("/v2/")), ("tiktok_business", business("/open_api"))):
        vendor[0].faults = FaultPlan([fault])
        result, _ = fetch(settings, source, 6)
        assert result.status == "failed"
        assert "refuses every account" in result.message
        assert "videos needs video.list" in result.message


KINDS = {
    "a token of OAuth for a key": (
        "youtube",
        refuse(
            "/youtube",
            400,
            {
                "error": {
                    "code": 400,
                    "message": "API key not valid. Please pass a valid API key.",
                    "errors": [{"reason": "badRequest"}],
                    "details": [{"reason": "API_KEY_INVALID"}],
                }
            },
        ),
        "an API key is needed, not a token of OAuth",
    ),
    "a key of another API": (
        "youtube",
        refuse(
            "/youtube",
            403,
            {
                "error": {
                    "code": 403,
                    "message": "Requests to this API are blocked.",
                    "errors": [{"reason": "forbidden"}],
                    "details": [{"reason": "API_KEY_SERVICE_BLOCKED"}],
                }
            },
        ),
        "enable YouTube Data API v3 for the project and for the key",
    ),
    "a token of Instagram Login": (
        "instagram",
        refuse(
            "/v25.0",
            400,
            {"error": {"message": "Invalid OAuth access token - Cannot parse", "code": 190}},
        ),
        "a token of Facebook Login is needed, not of Instagram Login",
    ),
    "a token of the storefront": (
        "shopify",
        refuse("/admin", 401, {"errors": "[API] Invalid API key or access token"}),
        "[API] Invalid API key or access token",
    ),
    "an access token for a refresh token": (
        "tiktok",
        refuse("/v2/oauth", 400, {"error": "invalid_grant", "error_description": "is invalid"}),
        "TikTok refuses every account: TikTok 400 invalid_grant: is invalid",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_credential_of_the_wrong_kind_is_told_apart_and_what_to_set_is_named(
    vendor: tuple[Sandbox, Path], settings: Settings, kind: str
) -> None:
    source, fault, told = KINDS[kind]
    vendor[0].faults = FaultPlan([fault])
    result, said = fetch(settings, source, 6)
    assert result.status == "failed"
    assert told in said
    assert f"MICROLIFT_{source.upper()}_TOKEN" in said
    assert f"see docs/sources/{source}.md" in said


@pytest.mark.parametrize("source", ["tiktok", "tiktok_business", "youtube_analytics"])
@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("one-token-for-all", "holds no pair: write account_id=token,account_id=token"),
        ("nobody=token-of-nobody", "is one of the plan's: correct account_id there or in"),
    ],
)
def test_tokens_by_account_that_let_nobody_in_are_not_taken_for_a_quiet_night(
    settings: Settings, source: str, token: str, told: str
) -> None:
    held = settings.source(source)
    wrong = replace(held, secrets={**held.secrets, "token": Secret(token)})
    settings = replace(settings, sources={**settings.sources, source: wrong})
    result, said = fetch(settings, source, 6)
    assert result.status == "failed"
    assert told in said
    assert f"MICROLIFT_{source.upper()}_TOKEN" in said
    assert token not in said
