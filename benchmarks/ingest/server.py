"""The vendor of the ingest benchmarks: pages of invented rows, as slow and as strict as told.

    python benchmarks/ingest/server.py [--rows 1000] [--latency-ms 0] [--rate R]

Prints its address and serves `/things?page=N&pages=M` on loopback until its standard input ends.
Above `--rate` calls a second (a bucket of one second's worth) it answers 429. `/stats` says how
many calls were answered and how many refused.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time

from aiohttp import web

_TEMPLATES = 16


class Bucket:
    """Calls a second, one second's worth at once."""

    def __init__(self, rate: float) -> None:
        self._rate, self._tokens, self._at = rate, rate, time.monotonic()

    def take(self) -> bool:
        """Whether one more call is allowed now."""
        now = time.monotonic()
        self._tokens = min(self._rate, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def template(number: int, rows: int) -> bytes:
    """One page of rows with 16 fields, about 400 bytes a row; @PAGE@ stands for the page."""
    items = [
        {
            "id": f"@PAGE@-{row:05d}",
            "account_id": f"1784140{(row * 7 + number) % 10_000:010d}",
            "post_id": f"1790000{row * 13 + number:011d}",
            "observed_at": f"2026-11-{row % 28 + 1:02d}T03:{row % 60:02d}:00Z",
            "published_at": f"2026-10-{row % 28 + 1:02d}T18:{row % 60:02d}:11Z",
            "media_type": ("IMAGE", "VIDEO", "CAROUSEL_ALBUM")[row % 3],
            "views": row * 977 % 100_000,
            "likes": row * 31 % 5_000,
            "comments": row % 300,
            "shares": row % 70,
            "saves": row % 90,
            "reach": row * 611 % 90_000,
            "is_sponsored": row % 5 == 0,
            "engagement": round(row % 97 / 13, 6),
            "caption": f"A morning with the new serum, day {row} of many #lumen",
            "permalink": f"https://www.instagram.example/p/{row * 13 + number:x}/",
        }
        for row in range(rows)
    ]
    return json.dumps(items).encode()


class Pages:
    """Answers pages and counts."""

    def __init__(self, rows: int, latency: float, rate: float | None) -> None:
        self._templates = [template(number, rows) for number in range(_TEMPLATES)]
        self._latency = latency
        self._bucket = Bucket(rate) if rate else None
        self.answered = self.refused = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request of the wire."""
        if request.path == "/stats":
            told = {"answered": self.answered, "refused": self.refused}
            self.answered = self.refused = 0
            return web.json_response(told)
        if self._bucket and not self._bucket.take():
            self.refused += 1
            return web.json_response({"error": "too many"}, status=429)
        if self._latency:
            await asyncio.sleep(self._latency)
        self.answered += 1
        page, pages = int(request.query["page"]), int(request.query["pages"])
        items = self._templates[page % _TEMPLATES].replace(b"@PAGE@", b"%06d" % page)
        following = b"%d" % (page + 1) if page + 1 < pages else b"null"
        body = b'{"items": ' + items + b', "next": ' + following + b"}"
        return web.Response(body=body, content_type="application/json")


async def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--rate", type=float)
    options = parser.parse_args()
    pages = Pages(options.rows, options.latency_ms / 1000, options.rate)
    runner = web.ServerRunner(web.Server(pages.handle, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
