"""Files that vendors name by a signed URL: whose they may be, and that they come whole."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from ingest_vendor import CANARY, make_client

from ingest.errors import FetchFailed, UnsafeUrl, VendorUnavailable
from ingest.transport import check_file_url

if TYPE_CHECKING:
    from ingest_vendor import Vendor


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example/x",
        "https://user:password@files.example/x",
        "file:///etc/passwd",
        "https:///x",
        "http://127.0.0.1/x",
        "https://localhost/x",
        "gopher://files.example/x",
    ],
)
def test_a_file_is_https_elsewhere_and_never_on_this_machine(url: str) -> None:
    with pytest.raises(UnsafeUrl):
        check_file_url(url, is_from_loopback=False)


def test_a_file_may_be_on_this_machine_where_the_vendor_is() -> None:
    for url in ("http://localhost:1/x", "https://127.0.0.1/x", "https://files.example/x?s=1"):
        assert check_file_url(url, is_from_loopback=True) == url
    with pytest.raises(UnsafeUrl):
        check_file_url("ftp://localhost/x", is_from_loopback=True)


@pytest.mark.parametrize("host", ["10.0.0.7", "169.254.169.254", "[fd00::1]"])
def test_a_private_address_is_refused_before_anything_is_sent(host: str) -> None:
    client = make_client("http://127.0.0.1:9", max_retries=0, timeout=(0.2, 0.2))
    with pytest.raises((UnsafeUrl, VendorUnavailable)):
        client.get_file(f"https://{host}/x", io.BytesIO())


def test_a_file_is_copied_whole_after_a_cut_one(vendor: Vendor) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 100
        await response.prepare(request)
        await response.write(b"old" * 10)
        assert request.transport is not None
        request.transport.close()
        return response

    vendor.answer = lambda call, number: (
        cut(call.request) if number == 0 else web.Response(body=b"whole")
    )
    into = io.BytesIO()
    make_client(vendor.url).get_file(f"{vendor.url}/file?signed=1", into)
    assert into.getvalue() == b"whole"
    assert CANARY not in str([call.headers for call in vendor.calls])


def test_a_file_encoded_although_not_asked_for_is_not_taken(vendor: Vendor) -> None:
    vendor.answer = lambda call, number: web.Response(body=b"x", headers={"Content-Encoding": "br"})
    with pytest.raises(VendorUnavailable, match="encoded"):
        make_client(vendor.url, max_retries=1).get_file(f"{vendor.url}/file", io.BytesIO())


def test_a_redirect_of_a_file_is_not_followed(vendor: Vendor) -> None:
    vendor.answer = lambda call, number: web.Response(
        status=302, headers={"Location": f"{vendor.url}/elsewhere"}
    )
    with pytest.raises(FetchFailed, match="answered 302"):
        make_client(vendor.url).get_file(f"{vendor.url}/file", io.BytesIO())
    assert vendor.paths == ["/file"]
