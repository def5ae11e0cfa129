"""Bitly v4: clicks of a bitlink by unit of time, newest first, days without clicks included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sandbox.moments import DAY, HOUR, iso_offset, parse_instant
from sandbox.wire import TOKENS, Answer, Ask, bearer, json_answer

if TYPE_CHECKING:
    from sandbox.clicks import Clicks, Instants

PREFIX = "/v4/"
_BITLINKS = f"{PREFIX}bitlinks/"
_UNITS = {"hour": HOUR, "day": DAY, "week": 7 * DAY}
_ALL = 400


class Bitly:
    """Serves the short links of the plan."""

    def __init__(self, clicks: Clicks) -> None:
        self._clicks = clicks
        self._links: dict[str, str] | None = None

    def answer(self, ask: Ask) -> Answer:
        if bearer(ask.headers) != TOKENS["bitly"]:
            return _error(403, "FORBIDDEN")  # never a 401
        bitlink = ask.path.removeprefix(_BITLINKS).removesuffix("/clicks")
        link_id = self._by_bitlink().get(bitlink)
        if ask.method != "GET" or link_id is None or not ask.path.endswith("/clicks"):
            return _error(404, "NOT_FOUND")
        unit = ask.query.get("unit", "")
        if unit not in _UNITS:
            return _error(400, "INVALID_ARG_UNIT", field="unit")
        try:
            units = int(ask.query["units"])
            reference = parse_instant(ask.query.get("unit_reference") or iso_offset(ask.at))
        except (KeyError, ValueError):
            return _error(400, "INVALID_ARG_UNITS", field="units")
        found = self._clicks.traffic[link_id].clicks
        return json_answer(
            {
                "link_clicks": _by_unit(found, units, _UNITS[unit], reference, ask.at),
                "units": units,
                "unit": unit,
                "unit_reference": iso_offset(reference),
            }
        )

    def _by_bitlink(self) -> dict[str, str]:
        if self._links is None:
            self._links = {
                link.short_url.partition("://")[2]: link.link_id
                for link in self._clicks.links.values()
                if link.short_url
            }
        return self._links


def _by_unit(
    clicks: Instants, units: int, seconds: int, reference: int, at: int
) -> list[dict[str, Any]]:
    """The `units` whole units before the one that the reference stands in."""
    end = reference // seconds * seconds
    begins = end - seconds * np.arange(1, (_ALL if units < 0 else units) + 1)
    counted = np.searchsorted(clicks, np.minimum(begins + seconds, at + 1))
    counted = np.maximum(counted - np.searchsorted(clicks, begins), 0)
    return [
        {"clicks": count, "date": iso_offset(begin)}
        for begin, count in zip(begins.tolist(), counted.tolist(), strict=True)
    ]


def _error(status: int, message: str, field: str | None = None) -> Answer:
    listed = [{"field": field, "error_code": "invalid"}] if field else []
    body = {"message": message, "description": "", "resource": "bitlinks", "errors": listed}
    return json_answer(body, status)
