"""The wire below the client: pooled connections that cannot hang and cannot leave the vendor.

A read timeout alone does not bound a call: a server that drips one byte a second resets it every
time. So every read, of headers and of bodies, also looks at the deadline of the whole call.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import threading
import time
import zlib
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from ingest.errors import FetchFailed, IncompletePage, UnsafeUrl

_CHUNK = 1 << 20
_call = threading.local()


def set_deadline(total_seconds: float, read_seconds: float) -> None:
    """Bound everything this thread reads from now on, until set again."""
    _call.deadline = time.monotonic() + total_seconds
    _call.read_seconds = read_seconds


def is_loopback(host: str) -> bool:
    """Whether the host, by its name, is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_base_url(url: str) -> str:
    """The URL without its trailing slash; UnsafeUrl when we would not send a token there."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        raise UnsafeUrl(f"{parts.scheme or 'no scheme'}://{host}: need https and a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UnsafeUrl(f"{host}: a base URL is scheme, host and port only")
    if parts.scheme == "http" and not is_loopback(host):
        raise UnsafeUrl(f"{host}: plain http is for loopback only")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return url.rstrip("/")
    _check_address(host, str(address))
    return url.rstrip("/")


def check_file_url(url: str, *, is_from_loopback: bool) -> str:
    """The URL of a file that a vendor names, when it may be read; UnsafeUrl otherwise.

    https from a public address; of this machine only when the vendor itself stands there.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username or parts.password:
        raise UnsafeUrl(f"{host}: the URL of a file holds a user or password")
    if is_loopback(host):
        if is_from_loopback and parts.scheme in {"http", "https"}:
            return url
        raise UnsafeUrl(f"{host}: a vendor's file cannot be on this machine")
    if parts.scheme != "https" or not host:
        raise UnsafeUrl(f"{parts.scheme or 'no scheme'}://{host}: a file needs https and a host")
    return url


def _check_address(host: str, address: str) -> None:
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if not (ip.is_loopback if is_loopback(host) else ip.is_global):
        raise UnsafeUrl(f"{host} is at {ip}, which is not a public address")


class _BoundedReader(io.RawIOBase):
    """A socket's bytes, within the deadline of the call."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = _call.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the answer took too long altogether")
        self._sock.settimeout(min(remaining, _call.read_seconds))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedSocket:
    """Just as much of a socket as an http.client response asks for."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._sock))


class _BoundedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(_BoundedSocket(sock), *args, **kwargs)  # type: ignore[arg-type]


class _Connection(HTTPConnection):
    response_class = _BoundedResponse

    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self.host)


class _SecureConnection(HTTPSConnection):
    response_class = _BoundedResponse

    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self.host)


def _checked(sock: socket.socket, host: str) -> socket.socket:
    # Checked on the connection itself: a name may resolve differently a moment later.
    try:
        _check_address(host.strip("[]"), sock.getpeername()[0])
    except UnsafeUrl:
        sock.close()
        raise
    return sock


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Transport(HTTPAdapter):
    """A requests adapter whose connections are bounded in time and checked for their address."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool manager, with our connections in its pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def read_whole(raw: HTTPResponse, max_bytes: int) -> bytes:
    """The decoded body, proven whole by its gzip trailer; its length is checked by urllib3.

    IncompletePage when it is not; FetchFailed when it is larger than `max_bytes`.
    """
    parts: list[bytes] = []
    size = 0
    while part := raw.read(_CHUNK, decode_content=False):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            raise FetchFailed(f"the page is larger than {max_bytes:,} bytes")
    return _decoded(b"".join(parts), raw.headers, max_bytes)


def copy_whole(raw: HTTPResponse, into: IO[bytes], max_bytes: int) -> None:
    """Put the body into an emptied file as it comes; its length is checked by urllib3.

    IncompletePage when it is encoded; FetchFailed when it is larger than `max_bytes`.
    """
    into.seek(0)
    into.truncate()
    if raw.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise IncompletePage("the file is encoded, which was not asked for")
    size = 0
    while part := raw.read(_CHUNK, decode_content=False):
        size += len(part)
        if size > max_bytes:
            raise FetchFailed(f"the file is larger than {max_bytes:,} bytes")
        into.write(part)


def _decoded(body: bytes, headers: Mapping[str, str], max_bytes: int) -> bytes:
    encoding = headers.get("Content-Encoding", "identity").lower()
    if encoding == "identity" or not body:
        return body
    if encoding != "gzip":
        raise IncompletePage(f"the page is encoded as {encoding}, which was not asked for")
    gunzip = zlib.decompressobj(wbits=31)
    try:
        decoded = gunzip.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise IncompletePage(f"the page's gzip is broken: {error}") from error
    if len(decoded) > max_bytes:
        raise FetchFailed(f"the page is larger than {max_bytes:,} bytes")
    if not gunzip.eof or gunzip.unused_data:
        raise IncompletePage("the page's gzip was cut, or something follows it")
    return decoded
