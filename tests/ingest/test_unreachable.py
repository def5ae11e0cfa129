"""A vendor that cannot be reached is said in one sentence: host, what failed, what to do."""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Iterator

import pytest

from ingest.errors import VendorUnavailable
from ingest.http import Client


@pytest.fixture
def mute() -> Iterator[int]:
    """The port of a server that takes calls, never answers and speaks no TLS."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def said(url: str) -> str:
    """The message of a call to `url`, of one try."""
    with pytest.raises(VendorUnavailable) as caught:
        Client(url, max_retries=0, timeout=(0.5, 0.3)).get("/v1/things")
    assert not re.search(r"urllib3|object at|Error|Errno|Pool|[<>]", str(caught.value))
    return str(caught.value)


def test_refused_unknown_and_silent_vendors_are_told_apart_without_library_words(
    mute: int, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with caplog.at_level(logging.DEBUG, "ingest.http"):
        refused = said(f"http://127.0.0.1:{port}")
    assert refused.startswith(f"127.0.0.1:{port}: connection refused; check the address")
    assert "Connection refused" in caplog.text, "the full cause is in the log"
    assert "its name cannot be resolved" in said("https://nobody.invalid")
    assert said(f"http://127.0.0.1:{mute}").startswith(f"127.0.0.1:{mute}: no answer in time")


def test_a_vendor_that_speaks_no_tls_is_a_failure_of_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with server.accept()[0] as call:
                call.recv(100)
                call.sendall(b"HTTP/1.0 400 no\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert "no secure connection (TLS)" in said(f"https://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
