"""A vendor on loopback that answers as each test says, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson
import zstandard
from aiohttp import web

from ingest.http import Client
from ingest.job import Account, FetchJob

if TYPE_CHECKING:
    from ingest.landing import Landing
    from ingest.manifest import Manifest
    from ingest.streams import Source

CANARY = "canary-secret/7f3a9"
NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)

Answer = web.StreamResponse | Awaitable[web.StreamResponse]


@dataclass
class Call:
    """One request as the vendor saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    at: float
    request: web.Request = field(repr=False)


class Vendor:
    """Set `answer` to a function of the call and of how many calls came before it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answer: Callable[[Call, int], Answer] = lambda call, number: reply({})
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def paths(self) -> list[str]:
        return [call.path for call in self.calls]

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        call = Call(
            request.method,
            request.path,
            dict(request.query),
            dict(request.headers),
            _read_body(request, body),
            time.monotonic(),
            request,
        )
        self.calls.append(call)
        answer = self.answer(call, len(self.calls) - 1)
        return answer if isinstance(answer, web.StreamResponse) else await answer


def _read_body(request: web.Request, body: bytes) -> Any:
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode()))
    return orjson.loads(body) if body else None


def reply(
    body: Any, status: int = 200, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    """A JSON answer; bytes are sent as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return web.Response(
        body=raw, status=status, headers={"Content-Type": "application/json", **(headers or {})}
    )


def make_client(url: str, **settings: Any) -> Client:
    """A client that does not make a test wait."""
    return Client(
        url,
        **{
            "auth": {"Authorization": f"Bearer {CANARY}"},
            "secrets": [CANARY],
            "backoff": 0.005,
            "max_retries": 3,
            "timeout": (2.0, 2.0),
            **settings,
        },
    )


def make_job(*accounts: str, **settings: Any) -> FetchJob:
    """A job for the night of NOW, over the two days before it."""
    return FetchJob(
        **{
            "since": date(2026, 11, 21),
            "until": date(2026, 11, 22),
            "now": NOW,
            "accounts": tuple(Account("any", a, a, f"owner_{a}", True) for a in accounts),
            **settings,
        }
    )


def run_fetch(
    source: Source, job: FetchJob, landing: Landing, url: str, **settings: Any
) -> Manifest:
    """Fetch one source from the stand-in, under a simulated clock, and commit."""
    client = make_client(
        url,
        **{
            "auth": source.headers(
                {"token": CANARY, "access_token": CANARY, "shop": "lumen", "account": "IR1"}
            ),
            "classify": source.classify,
            "pace": source.pace,
            "clock": job.now,
            **settings,
        },
    )
    try:
        with landing.begin(source, job, "plan-hash", True) as writer:
            source.fetch(client, job, writer)
            return writer.commit()
    finally:
        client.close()


def landed_pages(manifest: Manifest, stream: str) -> list[dict[str, Any]]:
    """The pages of one stream, as any reader sees them."""
    if stream not in manifest.streams:
        return []
    path = manifest.folder / manifest.streams[stream].file
    with path.open("rb") as file:
        text = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    decoder = json.JSONDecoder()
    pages, position, whole = [], 0, text.decode()
    while position < len(whole):
        page, position = decoder.raw_decode(whole, position)
        pages.append(page)
        position += 1  # the newline
    return pages
