"""The one way to talk to a vendor: paced, retried by kind of failure, proven, redacted."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from itertools import count
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

import orjson
from requests import PreparedRequest, RequestException
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from ingest.auth import Auth, FixedAuth, Renewed
from ingest.errors import (
    Deferred,
    FetchFailed,
    IngestError,
    Throttled,
    TokenExpired,
    Unauthorised,
    UnsafeUrl,
    VendorUnavailable,
)
from ingest.pace import Gate
from ingest.page import Page, iso_instant
from ingest.proof import Shape, prove_json, prove_text
from ingest.redact import Redactor
from ingest.status import by_status, retry_after
from ingest.transport import (
    Transport,
    check_base_url,
    check_file_url,
    copy_whole,
    is_loopback,
    read_whole,
    set_deadline,
)
from ingest.unreachable import what_failed

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

log = logging.getLogger(__name__)

CLOCK_HEADER = "X-Microlift-Clock"
WORKERS = 8
_MAX_REDIRECTS = 3
_FORM = "application/x-www-form-urlencoded"
_MAX_FILE_BYTES = 16 << 30
_FILE_SECONDS = 3600.0
_LONGEST_BACKOFF = 30.0
# A stated pause is a promise: jitter only ever makes it longer.
_MOST_JITTER = 1.05


def _no_verdict(page: Page) -> IngestError | None:
    return None


def _no_pause(page: Page) -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """One call before it is sent; `body` is what `content` says, for the record of the page."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    content: bytes | None = None
    content_type: str = "application/json"
    account: str | None = None


class Client:
    """Calls one vendor at `base_url`; safe to share between threads.

    `auth` are headers, or what makes them for the `account` of a call; `timeout` is (connect, read)
    seconds and `total_seconds` bounds a whole answer; `rate` is calls a second; a failure is tried
    again `max_retries` times, a limit twice as often; `backoff` is the first pause in seconds,
    doubled with every retry; a stated pause above `max_wait` seconds is Deferred; `clock` is the
    simulated now, sent only to loopback; `workers` is how many threads call at once;
    `reads_secrets` leaves them in a page's `json`, for a client that asks for tokens.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | Mapping[str, str] | None = None,
        timeout: tuple[float, float] = (5.0, 30.0),
        total_seconds: float = 120.0,
        rate: float | None = None,
        max_retries: int = 5,
        backoff: float = 0.5,
        max_wait: float = 120.0,
        wait_budget: float = 1800.0,
        max_bytes: int = 64 << 20,
        workers: int = WORKERS,
        reads_secrets: bool = False,
        clock: datetime | None = None,
        secrets: Iterable[str] = (),
        classify: Callable[[Page], IngestError | None] = _no_verdict,
        pace: Callable[[Page], float] = _no_pause,
    ) -> None:
        self._base_url = check_base_url(base_url)
        self._origin = urlsplit(self._base_url)[:2]
        self._timeout, self._total_seconds = timeout, total_seconds
        self._max_retries, self._backoff, self._max_wait = max_retries, backoff, max_wait
        self._max_bytes = max_bytes
        self._classify, self._pace = classify, pace
        self._redact = Redactor(secrets)
        self._reads_secrets = reads_secrets
        self._gate = Gate(rate, max_wait * _MOST_JITTER, wait_budget)
        self._clock = clock if is_loopback(urlsplit(base_url).hostname or "") else None
        self._headers = CaseInsensitiveDict(
            {
                "Accept": "application/json, application/xml;q=0.9, text/xml;q=0.9",
                "Accept-Encoding": "gzip",
                "User-Agent": "microlift",
                **({CLOCK_HEADER: iso_instant(self._clock)} if self._clock else {}),
            }
        )
        self.auth: Auth = FixedAuth(auth) if auth is None or isinstance(auth, Mapping) else auth
        # Answers a question from an interrupted try's pages; see `Landing.begin`.
        self.recall: Callable[[Mapping[str, Any]], Page | None] | None = None
        # The adapter is used without a Session: a Session merges environment, cookies and hooks
        # into every call, which costs more than the call itself.
        self._transport = Transport(pool_connections=1, pool_maxsize=workers, max_retries=0)

    def __repr__(self) -> str:
        return f"Client({self._base_url})"

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these too in everything that leaves the client."""
        self._redact.learn(secrets)

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        shape: Shape | None = None,
        account: str | None = None,
    ) -> Page:
        """One JSON page, whole and with the keys of `shape`; raises IngestError otherwise."""
        question = Question("GET", path, params or {}, account=account)
        return self._call(question, lambda page: prove_json(page, shape))

    def get_text(self, path: str, *, ends_with: str) -> Page:
        """One text page that ends as it should."""
        return self._call(Question("GET", path), lambda page: prove_text(page, ends_with))

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        params: Mapping[str, Any] | None = None,
        shape: Shape | None = None,
        account: str | None = None,
    ) -> Page:
        """One JSON page in answer to a JSON question; the question must be safe to repeat."""
        question = Question("POST", path, params or {}, body, orjson.dumps(body), account=account)
        return self._call(question, lambda page: prove_json(page, shape))

    def post_form(self, path: str, form: Mapping[str, str], *, shape: Shape | None = None) -> Page:
        """One JSON page in answer to a form, which is how OAuth asks for tokens."""
        content = urlencode(form).encode()
        question = Question("POST", path, {}, form, content, _FORM)
        return self._call(question, lambda page: prove_json(page, shape))

    def get_file(self, url: str, into: IO[bytes]) -> None:
        """Copy the whole file that a vendor names by a signed URL, wherever it is kept.

        The one call that may leave the vendor's host: it sends no credential and follows no
        redirect, and what signs the URL is masked from here on. Raises IngestError.
        """
        is_here = is_loopback(urlsplit(self._base_url).hostname or "")
        check_file_url(url, is_from_loopback=is_here)
        self.learn([urlsplit(url).query])
        prepared = PreparedRequest()
        prepared.method, prepared.url = "GET", url
        prepared.headers = CaseInsensitiveDict(
            {"Accept-Encoding": "identity", "User-Agent": self._headers["User-Agent"]}
        )

        def copy(raw: HTTPResponse) -> bytes:
            if raw.status == 200:
                copy_whole(raw, into, _MAX_FILE_BYTES)
                return b""
            return read_whole(raw, self._max_bytes)

        for attempt in count():
            self._gate.enter()
            try:
                status, headers, content = self._exchange(prepared, "file", copy, _FILE_SECONDS)
                told = self._redact.body(content)
                page = Page(status, headers, told, None, datetime.now(UTC), {"path": "the file"})
                self._judge(page, lambda page: None)
            except VendorUnavailable as error:
                if attempt >= self._max_retries:
                    raise
                self._back_off(error, attempt)
            else:
                return

    def masked(self, body: bytes) -> bytes:
        """The vendor's bytes without any secret we know."""
        return self._redact.body(body)

    def _call(self, question: Question, prove: Callable[[Page], None]) -> Page:
        request = self._describe(question)
        if self.recall is not None and (remembered := self.recall(request)) is not None:
            return remembered
        renewed: Renewed | None = None
        for attempt in count():
            self._gate.enter()
            auth = self.auth.headers(question.account)
            try:
                page = self._send(question, auth, request)
                self._judge(page, prove)
            except TokenExpired:
                # What another fetch was given may have ended as well; what we are given has not.
                if renewed == "asked":
                    raise
                renewed = self.auth.renew(question.account, auth)
                if renewed is None:
                    raise
            except VendorUnavailable as error:
                # A vendor that limits us is alive: it gets twice the patience of a broken one.
                if attempt >= self._max_retries * (1 + isinstance(error, Throttled)):
                    raise
                self._back_off(error, attempt)
            else:
                self._gate.pause(self._pace(page))
                return page
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _describe(self, question: Question) -> dict[str, Any]:
        asked = {**question.params, **(question.body or {})}
        masked = {
            name: self._redact.text(value) if isinstance(value, str) else value
            for name, value in asked.items()
        }
        path = self._redact.text(question.path)
        request = {"method": question.method, "path": path, "params": masked}
        return request if question.account is None else request | {"account": question.account}

    def _send(
        self, question: Question, auth: Mapping[str, str], request: Mapping[str, Any]
    ) -> Page:
        if not question.path.startswith("/"):
            raise UnsafeUrl("a path must start with a slash")
        url = self._base_url + question.path
        if question.params:
            url = f"{url}?{urlencode(question.params)}"
        for _ in range(_MAX_REDIRECTS):
            prepared = self._prepare(url, question, auth)
            status, headers, content = self._exchange(
                prepared, request["path"], self._read, self._total_seconds
            )
            if status not in {301, 302, 303, 307, 308}:
                break
            url = urljoin(url, headers.get("Location", ""))
            if question.method != "GET" or urlsplit(url)[:2] != self._origin:
                host = urlsplit(url).hostname or "nowhere"
                raise UnsafeUrl(f"{request['path']} redirects to {self._redact.text(host)}")
        else:
            raise FetchFailed(f"{request['path']} redirects without end")
        masked = self._redact.body(content)
        return Page(
            status=status,
            headers=headers,
            body=masked,
            json=_json_or_none(content if self._reads_secrets else masked, headers),
            observed_at=self._clock or datetime.now(UTC),
            request=request,
        )

    def _read(self, raw: HTTPResponse) -> bytes:
        return read_whole(raw, self._max_bytes)

    def _prepare(self, url: str, question: Question, auth: Mapping[str, str]) -> PreparedRequest:
        prepared = PreparedRequest()
        prepared.method = question.method
        prepared.url = url
        prepared.headers = self._headers.copy()
        prepared.headers.update(auth)
        if question.content is not None:
            prepared.body = question.content
            prepared.headers["Content-Type"] = question.content_type
            prepared.headers["Content-Length"] = str(len(question.content))
        return prepared

    def _exchange(
        self,
        prepared: PreparedRequest,
        path: str,
        read: Callable[[HTTPResponse], bytes],
        total_seconds: float,
    ) -> tuple[int, Mapping[str, str], bytes]:
        set_deadline(total_seconds, self._timeout[1])
        raw = None
        try:
            raw = self._transport.send(prepared, stream=True, timeout=self._timeout).raw
            content = read(raw)
        except (RequestException, HTTPError, HTTPException, OSError) as error:
            self._drop(raw)
            # The original may quote headers, so it is told in our words and not chained.
            problem = self._redact.text(f"{type(error).__name__}: {error}")
            log.debug("%s %s: %s", prepared.method, path, problem)
            host = urlsplit(prepared.url or "").netloc
            raise VendorUnavailable(f"{host}: {what_failed(error)} ({path})") from None
        except IngestError:
            self._drop(raw)
            raise
        except UnicodeError:  # it quotes the header, so it is not chained
            raise Unauthorised(
                f"{path}: a credential holds a character that no header can carry; copy it anew"
            ) from None
        raw.release_conn()
        return raw.status, raw.headers, content

    @staticmethod
    def _drop(raw: Any) -> None:
        if raw is not None:
            raw.close()

    def _judge(self, page: Page, prove: Callable[[Page], None]) -> None:
        error = self._classify(page) or by_status(page)
        if error is None:
            prove(page)
            return
        if isinstance(error, VendorUnavailable):
            seconds = error.seconds if isinstance(error, Throttled) else None
            seconds = retry_after(page) if seconds is None else seconds
            if seconds is not None and seconds > self._max_wait:
                raise Deferred(f"{error}: asked to wait {seconds:.0f} s", seconds)
            if seconds is not None:
                raise Throttled(str(error), seconds)
        raise error

    def _back_off(self, error: VendorUnavailable, attempt: int) -> None:
        stated = error.seconds if isinstance(error, Throttled) else None
        if stated:
            seconds = stated * random.uniform(1.0, _MOST_JITTER)  # noqa: S311
        else:
            longest = min(_LONGEST_BACKOFF, self._backoff * 2**attempt)
            seconds = longest * random.uniform(0.5, 1.0)  # noqa: S311
        log.info("waiting %.1f s, then try %d: %s", seconds, attempt + 2, error)
        if isinstance(error, Throttled):
            self._gate.pause(seconds)
        else:
            time.sleep(seconds)


def _json_or_none(content: bytes, headers: Mapping[str, str]) -> Any:
    kind = headers.get("Content-Type", "")
    if "json" not in kind and "javascript" not in kind:
        return None
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
