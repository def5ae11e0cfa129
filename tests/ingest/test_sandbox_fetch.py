"""The sources against the project's own stand-in vendors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import landed_pages

from ingest.errors import Unauthorised
from ingest.http import Client
from ingest.job import Account, FetchJob
from ingest.registry import SOURCES
from sandbox.plan_files import COLUMNS
from sandbox.server import Sandbox, serve
from sandbox.world import DEFAULT_START, World

if TYPE_CHECKING:
    from ingest.landing import Landing
    from ingest.manifest import Manifest

DAYS = 40
NOW = datetime.combine(DEFAULT_START + timedelta(days=DAYS), datetime.min.time(), UTC) + timedelta(
    hours=3
)


WORLD = World(7, 6, DAYS, DEFAULT_START)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve(WORLD) as running:
        yield running


def accounts(platform: str) -> tuple[Account, ...]:
    columns = COLUMNS["accounts"]
    rows = [dict(zip(columns, r, strict=True)) for r in WORLD.plan().rows["accounts"]]
    return tuple(
        Account(
            platform,
            str(row["account_id"]),
            str(row["handle"]),
            str(row["owner_id"]),
            bool(row["is_authorised"]),
        )
        for row in rows
        if row["platform"] == platform and row["valid_to"] is None
    )


def fetch(
    sandbox: Sandbox, landing: Landing, name: str, since: date, token: str | None = None
) -> Manifest:
    source = SOURCES[name]
    credentials = {"token": token or f"sandbox-{name}-token", "shop": "lumen"}
    job = FetchJob(
        since,
        NOW.date() - timedelta(days=1),
        NOW,
        accounts(name),
        options={"shop": "lumen"},
    )
    client = Client(
        sandbox.url,
        auth=source.headers(credentials),
        secrets=[credentials["token"]],
        clock=NOW,
        classify=source.classify,
        pace=source.pace,
    )
    with landing.begin(source, job, "h", True) as writer:
        source.fetch(client, job, writer)
        return writer.commit()


def rows(manifest: Manifest, stream: str) -> list[Any]:
    """What the pages of a stream say, without what they say about themselves."""
    bodies = [page["body"] for page in landed_pages(manifest, stream)]
    return [body.get("data", body) if isinstance(body, dict) else body for body in bodies]


@pytest.mark.parametrize("name", SOURCES)
def test_a_whole_night_of_every_source_arrives_the_same_twice(
    sandbox: Sandbox, landing: Landing, name: str
) -> None:
    since = NOW.date() - timedelta(days=30)
    first = fetch(sandbox, landing, name, since)
    assert set(first.streams) == {stream.name for stream in SOURCES[name].streams}
    second = fetch(sandbox, landing, name, since)
    assert {stream: rows(second, stream) for stream in second.streams} == {
        stream: rows(first, stream) for stream in first.streams
    }
    # Only Shopify's pages differ: they say how full the bucket is.
    assert (second == first) is (name != "shopify")
    assert {p.reason for p in first.problems} <= {
        "metric_unsupported",
        "predates_conversion",
        "not_ready",
        "below_threshold",
        "permission",
    }
    text = "".join(p.read_bytes().decode("latin-1") for p in first.folder.glob("*.json"))
    pages: list[Any] = [landed_pages(first, stream) for stream in first.streams]
    assert f"sandbox-{name}-token" not in text + str(pages)


@pytest.mark.parametrize("name", ["youtube", "instagram", "shopify"])
def test_a_wrong_token_is_unauthorised(sandbox: Sandbox, landing: Landing, name: str) -> None:
    with pytest.raises(Unauthorised) as raised:
        fetch(sandbox, landing, name, NOW.date() - timedelta(days=2), token="canary-wrong-token")
    assert "canary" not in str(raised.value)
    assert landing.fetches() == []
