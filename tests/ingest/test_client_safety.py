"""Where the client refuses to go, and that secrets never come out of it."""

from __future__ import annotations

import logging
import socket
import traceback
from collections.abc import Callable
from urllib.parse import quote

import pytest
from aiohttp import web
from ingest_vendor import CANARY, Call, Vendor, make_client, reply

from ingest.errors import FetchFailed, IngestError, UnsafeUrl
from ingest.http import Client
from ingest.redact import Redactor
from ingest.transport import is_loopback


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.example",
        "http://10.0.0.1",
        "https://10.0.0.1",
        "https://192.168.1.1:8443",
        "https://169.254.169.254",
        "https://[fd00::1]",
        "https://[::ffff:10.0.0.1]",
        "https://0.0.0.0",
        "ftp://example.com",
        "example.com",
        "https://user:pass@example.com",
        "https://example.com?x=1",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
    ],
)
def test_an_unsafe_base_url_is_refused(url: str) -> None:
    with pytest.raises(UnsafeUrl):
        Client(url)


@pytest.mark.parametrize(
    "url", ["https://graph.example", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]"]
)
def test_https_and_loopback_are_accepted(url: str) -> None:
    Client(url)


def test_a_public_name_that_leads_to_a_private_address_is_refused(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(vendor.url.rsplit(":", 1)[1])
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1", *rest, **more)
    )
    with pytest.raises(UnsafeUrl, match="not a public address"):
        make_client(f"https://graph.example:{port}").get("/")
    assert vendor.calls == []


@pytest.mark.parametrize(
    "target", ["https://evil.example/x", "http://127.0.0.1:1/x", "//evil.example/x"]
)
def test_a_redirect_to_another_host_is_refused(vendor: Vendor, target: str) -> None:
    vendor.answer = lambda call, n: web.Response(status=302, headers={"Location": target})
    with pytest.raises(UnsafeUrl, match="redirects to"):
        make_client(vendor.url).get("/")
    assert len(vendor.calls) == 1


def test_a_redirect_on_the_same_host_is_followed(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: (
        web.Response(status=301, headers={"Location": "/new"}) if n == 0 else reply({"a": 1})
    )
    assert make_client(vendor.url).get("/old").json == {"a": 1}
    assert vendor.paths == ["/old", "/new"]


def test_redirects_without_end_are_refused(vendor: Vendor) -> None:
    vendor.answer = lambda call, n: web.Response(status=302, headers={"Location": "/again"})
    with pytest.raises(FetchFailed, match="without end"):
        make_client(vendor.url).get("/")


@pytest.mark.parametrize("path", ["@evil.example/x", "evil", ".evil.example/"])
def test_a_path_cannot_change_the_host(path: str) -> None:
    with pytest.raises(UnsafeUrl):
        make_client("https://graph.example").get(path)


ECHOES: dict[str, Callable[[Call], web.StreamResponse]] = {
    "error body": lambda call: reply({"error": f"bad token {CANARY}"}, 400),
    "html": lambda call: web.Response(text=f"<p>{CANARY}</p>", content_type="text/html"),
    "redirect": lambda call: web.Response(
        status=302, headers={"Location": f"https://evil.example/?t={CANARY}"}
    ),
    "server error": lambda call: reply({"error": CANARY}, 500),
    "too many": lambda call: reply({"error": CANARY}, 429),
    "broken gzip": lambda call: reply(CANARY.encode(), headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_a_secret_is_in_no_exception_and_in_no_log(
    vendor: Vendor, caplog: pytest.LogCaptureFixture, echo: str
) -> None:
    caplog.set_level(logging.DEBUG)
    vendor.answer = lambda call, n: ECHOES[echo](call)
    client = make_client(vendor.url, max_retries=1)
    with pytest.raises(IngestError) as raised:
        client.get("/things", {"echo": CANARY})
    assert vendor.calls[0].headers["Authorization"] == f"Bearer {CANARY}"
    told = "".join(traceback.format_exception(raised.value)) + repr(client)
    ours = "".join(r.getMessage() for r in caplog.records if r.name.startswith("ingest"))
    assert CANARY not in told + ours


def test_a_secret_in_a_url_is_in_no_exception_when_the_vendor_cannot_be_reached(
    vendor: Vendor,
) -> None:
    vendor.stop()
    with pytest.raises(IngestError) as raised:
        make_client(vendor.url, max_retries=0).get("/things", {"echo": CANARY})
    told = "".join(traceback.format_exception(raised.value))
    assert "/things" in told
    assert CANARY not in told
    assert quote(CANARY, safe="") not in told


def test_a_secret_in_a_good_page_is_masked_and_the_rest_is_as_it_came(vendor: Vendor) -> None:
    escaped = CANARY.replace("/", "\\/")
    raw = (
        f'{{"data":[1],"next":"https:\\/\\/graph.example\\/?access_token=other&after=x",'
        f'"a":"{escaped}","b":"{CANARY}"}}'
    )
    vendor.answer = lambda call, n: reply(raw.encode())
    page = make_client(vendor.url).get("/", {"token": CANARY})
    assert page.body == (
        b'{"data":[1],"next":"https:\\/\\/graph.example\\/?access_token=***&after=x",'
        b'"a":"***","b":"***"}'
    )
    assert page.request["params"] == {"token": "***"}


def test_a_very_short_secret_does_not_damage_bodies() -> None:
    redactor = Redactor(["12"])
    assert redactor.body(b'{"n":1234}') == b'{"n":1234}'
    assert redactor.text("key 12") == "key ***"


def test_loopback_is_told_by_the_name_of_the_host() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("localhost")
    assert not is_loopback("localhost.example")
