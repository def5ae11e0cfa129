"""Why a vendor could not be reached, in a sentence for people and with what to do about it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from requests import exceptions as of_requests
from urllib3 import exceptions as of_urllib3

_TIMEOUTS = (TimeoutError, of_urllib3.TimeoutError, of_requests.Timeout)
_TLS = (ssl.SSLError, of_urllib3.SSLError, of_requests.SSLError)
# Looked for in this order, for what is more special is also one of what is more general.
_MEANINGS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    (
        (socket.gaierror, of_urllib3.NameResolutionError),
        "its name cannot be resolved; check the network, the DNS and the address in the settings",
    ),
    (
        _TLS,
        "no secure connection (TLS); check this machine's clock and its certificates, and whether"
        " a proxy stands between",
    ),
    (
        (ConnectionRefusedError,),
        "connection refused; check the address in the settings, or try again later",
    ),
    (_TIMEOUTS, "no answer in time; check the network, or try again later"),
)
_OTHERWISE = "the connection broke off; try again later"


def what_failed(error: BaseException) -> str:
    """What failed and what to do, without a word of the libraries' own."""
    causes = [*_causes(error)]
    for kinds, meaning in _MEANINGS:
        if any(isinstance(cause, kinds) for cause in causes):
            return meaning
    return _OTHERWISE


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was made of: chained, a `reason`, or its arguments."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
