"""The client against a vendor that fails in every documented way, over real HTTP."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web
from ingest_vendor import NOW, Call, Vendor, make_client, reply

from ingest.errors import (
    Deferred,
    FetchFailed,
    IncompletePage,
    Throttled,
    Unauthorised,
    VendorUnavailable,
)

GOOD = {"items": [{"id": "a"}]}
SHAPE = {"items": list}


def test_a_page_is_kept_byte_for_byte(vendor: Vendor) -> None:
    raw = b'{"items": [ {"id":"a", "unknown":\n 9007199254740993 } ] }'
    vendor.answer = lambda call, n: reply(raw)
    page = make_client(vendor.url).get("/things", {"q": "a b,c"}, shape=SHAPE)
    assert page.body == raw
    assert page.json["items"][0]["unknown"] == 2**53 + 1
    assert page.request == {"method": "GET", "path": "/things", "params": {"q": "a b,c"}}
    assert vendor.calls[0].query == {"q": "a b,c"}


def test_the_simulated_clock_is_sent_and_is_when_the_page_was_observed(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply(GOOD)
    page = make_client(vendor.url, clock=NOW).get("/")
    assert page.observed_at == NOW
    assert vendor.calls[0].headers["X-Microlift-Clock"] == "2026-11-23T02:30:00Z"


def test_without_a_simulated_clock_nothing_is_sent_and_time_is_real(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply(GOOD)
    page = make_client(vendor.url).get("/")
    assert abs(page.observed_at - datetime.now(UTC)) < timedelta(seconds=5)
    assert "X-Microlift-Clock" not in vendor.calls[0].headers


@pytest.mark.parametrize("status", [500, 502, 503, 408])
def test_an_error_that_heals_is_tried_again(vendor: Vendor, status: int) -> None:
    vendor.answer = lambda call, n: reply({}, status) if n < 3 else reply(GOOD)
    assert make_client(vendor.url).get("/", shape=SHAPE).json == GOOD
    assert len(vendor.calls) == 4


def test_an_error_that_does_not_heal_is_raised_after_the_last_try(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply({"oops": 1}, 500)
    with pytest.raises(VendorUnavailable, match=r"/things answered 500.*oops"):
        make_client(vendor.url).get("/things")
    assert len(vendor.calls) == 4


@pytest.mark.parametrize(
    ("status", "error"), [(401, Unauthorised), (403, Unauthorised), (400, FetchFailed)]
)
def test_an_error_that_cannot_heal_is_not_tried_again(
    vendor: Vendor, status: int, error: type[FetchFailed]
) -> None:
    vendor.answer = lambda call, n: reply({}, status)
    with pytest.raises(error):
        make_client(vendor.url).get("/")
    assert len(vendor.calls) == 1


def test_an_unreachable_vendor_is_a_clear_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(VendorUnavailable, match=f"127.0.0.1:{port}: connection refused.*/things"):
        make_client(f"http://127.0.0.1:{port}", max_retries=1).get("/things")


def in_one_second() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [("1", 1.0, 1.3), (in_one_second, 0.9, 2.5)],
    ids=["seconds", "date"],
)
def test_retry_after_is_honoured(
    vendor: Vendor, header: str | Callable[[], str], least: float, most: float
) -> None:
    def answer(call: Call, number: int) -> web.StreamResponse:
        value = header if isinstance(header, str) else header()
        return reply({}, 429, {"Retry-After": value}) if number == 0 else reply(GOOD)

    vendor.answer = answer
    make_client(vendor.url).get("/")
    assert least <= vendor.calls[1].at - vendor.calls[0].at <= most


@pytest.mark.parametrize("value", [None, "0", "-5", "soon", "Mon, 99 Foo 2026"])
def test_a_limit_without_a_usable_retry_after_is_backed_off(
    vendor: Vendor, value: str | None
) -> None:
    headers = {"Retry-After": value} if value else {}
    vendor.answer = lambda call, n: reply({}, 429, headers) if n < 2 else reply(GOOD)
    assert make_client(vendor.url).get("/").json == GOOD
    assert len(vendor.calls) == 3


def test_a_limit_that_stays_is_raised_as_throttled_after_twice_the_tries(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply({}, 429)
    with pytest.raises(Throttled):
        make_client(vendor.url, max_retries=2).get("/")
    assert len(vendor.calls) == 5


def test_a_burst_of_limits_is_survived_by_all_workers(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply({}, 429) if 20 <= n < 70 else reply(GOOD)
    client = make_client(vendor.url, max_retries=5, backoff=0.002)
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(lambda number: client.get(f"/{number}"), range(300)))) == 300
    assert len(vendor.calls) == 350


def test_a_retry_after_above_the_cap_is_deferred_at_once(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply({}, 429, {"Retry-After": "86400"})
    with pytest.raises(Deferred) as deferred:
        make_client(vendor.url).get("/")
    assert deferred.value.seconds == 86400
    assert len(vendor.calls) == 1


def test_a_limit_of_one_worker_holds_all_workers_back(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply({}, 429, {"Retry-After": "1"}) if n == 0 else reply(GOOD)
    client = make_client(vendor.url)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.get, "/first")
        time.sleep(0.3)
        pool.submit(client.get, "/second").result()
        first.result()
    assert all(call.at - vendor.calls[0].at >= 1.0 for call in vendor.calls[1:])


def test_a_pause_between_good_pages_above_the_cap_defers_the_next_call(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply(GOOD)
    client = make_client(vendor.url, pace=lambda page: 3600.0)
    client.get("/")
    with pytest.raises(Deferred):
        client.get("/")
    assert len(vendor.calls) == 1


def test_the_rate_bounds_calls_a_second(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply(GOOD)
    client = make_client(vendor.url, rate=20)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: client.get("/"), range(40)))
    # 20 at once, the other 20 in one second.
    assert 0.9 <= vendor.calls[-1].at - vendor.calls[0].at <= 1.6


async def cut(call: Call, body: bytes, promised: int) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": str(promised)}
    )
    await response.prepare(call.request)
    await response.write(body)
    assert call.request.transport is not None
    call.request.transport.close()
    return response


def html(call: Call) -> web.StreamResponse:
    return web.Response(text="<html>please log in</html>", content_type="text/html")


WHOLE = b'{"items": []}'
BROKEN: dict[str, Callable[[Call], Any]] = {
    "cut by length": lambda call: cut(call, WHOLE, len(WHOLE) + 40),
    "cut JSON of the right length": lambda call: reply(b'{"items": ['),
    "two documents": lambda call: reply(WHOLE + WHOLE),
    "HTML with 200": html,
    "HTML that claims to be JSON": lambda call: reply(b"<html></html>"),
    "JSON that claims to be HTML": lambda call: web.Response(
        body=WHOLE, headers={"Content-Type": "text/html"}
    ),
    "empty body": lambda call: reply(b""),
    "blank body": lambda call: reply(b"  \n"),
    "missing field": lambda call: reply({"kind": "x"}),
    "field of another type": lambda call: reply({"items": {"id": "a"}}),
    "null field": lambda call: reply({"items": None}),
    "a list, not an object": lambda call: reply([1]),
    "not a number": lambda call: reply(b'{"items": [NaN]}'),
    "not UTF-8": lambda call: reply(b'{"items": ["\xff"]}'),
    "deeply nested": lambda call: reply(b'{"items": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
    "cut gzip": lambda call: reply(
        gzip.compress(WHOLE * 50)[:-10], headers={"Content-Encoding": "gzip"}
    ),
    "gzip without its trailer": lambda call: reply(
        gzip.compress(WHOLE)[:-8], headers={"Content-Encoding": "gzip"}
    ),
    "broken gzip": lambda call: reply(b"not gzip", headers={"Content-Encoding": "gzip"}),
    "an encoding nobody asked for": lambda call: reply(WHOLE, headers={"Content-Encoding": "br"}),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_page_that_is_not_whole_is_fetched_again_and_never_returned(
    vendor: Vendor, fault: str
) -> None:
    vendor.answer = lambda call, n: BROKEN[fault](call) if n == 0 else reply(GOOD)
    assert make_client(vendor.url).get("/", shape=SHAPE).json == GOOD
    assert len(vendor.calls) == 2


@pytest.mark.parametrize("fault", sorted(BROKEN.keys() - {"cut by length"}))
def test_a_page_that_stays_broken_says_what_is_wrong(vendor: Vendor, fault: str) -> None:
    vendor.answer = lambda call, n: BROKEN[fault](call)
    with pytest.raises(IncompletePage):
        make_client(vendor.url, max_retries=0).get("/", shape=SHAPE)


def test_a_whole_gzip_page_is_unpacked(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply(
        gzip.compress(WHOLE), headers={"Content-Encoding": "gzip"}
    )
    assert make_client(vendor.url).get("/").body == WHOLE


def test_a_field_that_may_be_absent_may_be_absent_but_not_of_another_type(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply({"kind": "x"} if n == 0 else {"items": 5})
    client = make_client(vendor.url, max_retries=0)
    client.get("/", shape={"items?": list})
    with pytest.raises(IncompletePage):
        client.get("/", shape={"items?": list})


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip bomb"])
def test_a_page_above_the_size_limit_is_refused(vendor: Vendor, is_packed: bool) -> None:
    body = b'{"items": "' + b"x" * 300_000 + b'"}'
    vendor.answer = lambda call, n: (
        reply(gzip.compress(body), headers={"Content-Encoding": "gzip"})
        if is_packed
        else reply(body)
    )
    with pytest.raises(FetchFailed, match="larger than 100,000 bytes"):
        make_client(vendor.url, max_bytes=100_000).get("/")
    assert len(vendor.calls) == 1


async def drip(call: Call) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(call.request)
    for _ in range(100):
        await response.write(b" ")
        await asyncio.sleep(0.1)
    return response


async def flood(call: Call) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(call.request)
    while True:
        await response.write(b" " * 100)
        await asyncio.sleep(0)


async def hang(call: Call) -> web.StreamResponse:
    await asyncio.sleep(10)
    return reply(GOOD)


@pytest.mark.parametrize(
    ("fault", "settings"),
    [
        pytest.param(hang, {"timeout": (1.0, 0.5)}, id="no answer at all"),
        pytest.param(hang, {"total_seconds": 0.5}, id="no answer in all the time there is"),
        pytest.param(flood, {"total_seconds": 0.5}, id="without end"),
        pytest.param(drip, {"total_seconds": 0.6}, id="one byte at a time"),
    ],
)
def test_a_slow_vendor_cannot_hold_a_call(
    vendor: Vendor, fault: Callable[[Call], Any], settings: dict[str, Any]
) -> None:
    vendor.answer = lambda call, n: fault(call)
    started = time.monotonic()
    with pytest.raises(VendorUnavailable):
        make_client(vendor.url, max_retries=0, **settings).get("/")
    assert time.monotonic() - started < 1.6


def test_headers_that_drip_cannot_hold_a_call() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:

        def drip_headers() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                try:
                    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 200:
                        connection.send(bytes([byte]))
                        time.sleep(0.05)
                except OSError:
                    return

        pool.submit(drip_headers)
        client = make_client(
            f"http://127.0.0.1:{server.getsockname()[1]}", max_retries=0, total_seconds=0.6
        )
        started = time.monotonic()
        with pytest.raises(VendorUnavailable):
            client.get("/")
        assert time.monotonic() - started < 1.6


def test_a_vendors_own_code_decides_before_the_status_does(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: reply({"error": "wait"}, 400) if n == 0 else reply(GOOD)
    client = make_client(
        vendor.url,
        classify=lambda page: Throttled("wait") if page.json.get("error") == "wait" else None,
    )
    assert client.get("/").json == GOOD
