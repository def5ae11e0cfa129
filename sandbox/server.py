"""All stand-in vendors behind one port of 127.0.0.1.

Every request is answered as of its `X-Microlift-Clock` header, else the server's clock, else now.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from sandbox import transport
from sandbox.clicks import Clicks
from sandbox.faults import FaultPlan
from sandbox.moments import parse_instant
from sandbox.vendors import (
    bitly,
    ecb,
    ga4,
    google_oauth,
    impact,
    instagram,
    shopify,
    tiktok,
    tiktok_business,
    youtube,
    youtube_analytics,
)
from sandbox.vendors.tiktok import LENIENT, TikTokRules
from sandbox.wire import Answer, Ask, Vendor, json_answer

if TYPE_CHECKING:
    from sandbox.facts import Facts
    from sandbox.vendors.youtube_limits import YouTubeLimits

CLOCK_HEADER = "X-Microlift-Clock"
# The largest plan's bucket, so that a backfill is not a test of patience.
SHOP_POINTS = (40_000.0, 2_000.0)
_BIND = "127.0.0.1"


class Sandbox:
    """The vendors of one set of facts, and what they have been asked so far.

    `clock` is an ISO instant that stands for now; `faults` may be replaced while it runs; `calls`
    counts requests by vendor; `shop_points` are the shop's bucket of query points and how many of
    them it restores each second; `shop` is the shop itself, whose bulk operations can be made to
    fail and whose tokens can be ended; `tiktok_rules` are what TikTok does beyond answering, and
    `youtube_limits` what YouTube allows, everything unless told.
    """

    def __init__(
        self,
        facts: Facts,
        clock: str | None = None,
        faults: FaultPlan | None = None,
        shop_points: tuple[float, float] = SHOP_POINTS,
        *,
        tiktok_rules: TikTokRules = LENIENT,
        youtube_limits: YouTubeLimits | None = None,
    ) -> None:
        self.facts = facts
        self.faults = faults or FaultPlan()
        self.url = ""
        self.calls: Counter[str] = Counter()
        self._clock = None if clock is None else parse_instant(clock)
        display = tiktok.TikTok(facts, tiktok_rules)
        business = tiktok_business.TikTokBusiness(facts, tiktok_rules)
        clicks = Clicks(facts)
        self.shop = shopify.Shopify(facts, shop_points)
        self.google_oauth = google_oauth.GoogleOAuth()
        self._vendors: tuple[tuple[str, str, Vendor], ...] = (
            ("youtube", youtube.PREFIX, youtube.YouTube(facts, youtube_limits)),
            ("google_oauth", google_oauth.PREFIX, self.google_oauth),
            (
                "youtube_analytics",
                youtube_analytics.PREFIX,
                youtube_analytics.YouTubeAnalytics(facts, self.google_oauth),
            ),
            ("shopify", shopify.PREFIX, self.shop),
            ("ecb", ecb.PREFIX, ecb.Ecb(facts)),
            *(("tiktok", prefix, display) for prefix in tiktok.PREFIXES),
            ("tiktok_business", tiktok_business.PREFIX, business),
            ("ga4", ga4.PREFIX, ga4.Ga4(facts, clicks, self.google_oauth)),
            ("bitly", bitly.PREFIX, bitly.Bitly(clicks)),
            ("impact", impact.PREFIX, impact.Impact(facts, clicks)),
            # Last: its paths begin as others' do.
            ("instagram", instagram.PREFIX, instagram.Instagram(facts)),
        )

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request of the wire."""
        body = await request.read() if request.body_exists else b""
        fault = self.faults.pick(unquote(request.raw_path))
        answer = fault.replacement() if fault else None
        if answer is None:
            answer = self.answer(request, body)
        if fault is not None:
            answer = fault.change(answer)
        return await transport.send(request, answer, fault)

    def answer(self, request: web.BaseRequest, body: bytes) -> Answer:
        """What the vendor that owns the path says."""
        path, _, query = request.raw_path.partition("?")
        path = unquote(path)
        stated = request.headers.get(CLOCK_HEADER)
        try:
            at = parse_instant(stated) if stated else self._now()
        except ValueError:
            return json_answer({"error": f"{CLOCK_HEADER} is not an ISO instant"}, 400)
        for name, prefix, vendor in self._vendors:
            if path.startswith(prefix):
                self.calls[name] += 1
                return vendor.answer(
                    Ask(request.method, path, dict(parse_qsl(query)), request.headers, body, at)
                )
        return json_answer({"error": "no vendor serves this path"}, 404)

    def _now(self) -> int:
        return int(time.time()) if self._clock is None else self._clock


async def start(sandbox: Sandbox, port: int = 0) -> web.ServerRunner:
    """Listen on a port (0: any free one); the sandbox's `url` says which."""
    runner = web.ServerRunner(web.Server(sandbox.handle, access_log=None), shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, _BIND, port).start()
    host, bound = runner.addresses[0][:2]
    sandbox.url = f"http://{host}:{bound}"
    return runner


@contextmanager
def serve(
    facts: Facts,
    port: int = 0,
    clock: str | None = None,
    faults: FaultPlan | None = None,
    shop_points: tuple[float, float] = SHOP_POINTS,
    *,
    tiktok_rules: TikTokRules = LENIENT,
    youtube_limits: YouTubeLimits | None = None,
) -> Iterator[Sandbox]:
    """Serve a world or a recording from a background thread for as long as the block runs."""
    sandbox = Sandbox(
        facts,
        clock,
        faults,
        shop_points,
        tiktok_rules=tiktok_rules,
        youtube_limits=youtube_limits,
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()
    try:
        runner = asyncio.run_coroutine_threadsafe(start(sandbox, port), loop).result(30)
        try:
            yield sandbox
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
