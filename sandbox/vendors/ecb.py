"""The European Central Bank's reference rates as XML: daily, ninety days, and the whole history.

A day's rates appear at about 16:00 Frankfurt time; weekends and holidays have none.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.moments import HOUR, day_of, day_start
from sandbox.wire import Answer, Ask

if TYPE_CHECKING:
    from sandbox.facts import Facts

PREFIX = "/stats/eurofxref/"
_PUBLISHED_AFTER = 15 * HOUR
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">'
    "<gesmes:subject>Reference rates</gesmes:subject><gesmes:Sender>"
    "<gesmes:name>European Central Bank</gesmes:name></gesmes:Sender><Cube>"
)
_TAIL = "</Cube></gesmes:Envelope>"


class Ecb:
    """Serves the rates of `facts`, newest day first."""

    def __init__(self, facts: Facts) -> None:
        self._days = [day for day, _ in facts.rates]
        self._published = [day_start(day) + _PUBLISHED_AFTER for day in self._days]
        self._cubes = [
            f'<Cube time="{day.isoformat()}">'
            + "".join(f'<Cube currency="{c}" rate="{rate}"/>' for c, rate in rates.items())
            + "</Cube>"
            for day, rates in facts.rates
        ]
        self._kept: dict[tuple[int, int], bytes] = {}

    def answer(self, ask: Ask) -> Answer:
        last = bisect_right(self._published, ask.at)
        name = ask.path[len(PREFIX) :]
        if ask.method != "GET" or name not in (
            "eurofxref-daily.xml",
            "eurofxref-hist-90d.xml",
            "eurofxref-hist.xml",
        ):
            return Answer(b"<html><body>Not found</body></html>", 404, "text/html")
        first = 0
        if name == "eurofxref-daily.xml":
            first = max(last - 1, 0)
        elif name == "eurofxref-hist-90d.xml":
            first = bisect_right(self._days, day_of(ask.at) - timedelta(days=91))
        return Answer(self._page(min(first, last), last), content_type="text/xml")

    def _page(self, first: int, last: int) -> bytes:
        page = self._kept.get((first, last))
        if page is None:
            if len(self._kept) > 8:
                self._kept.clear()
            page = (_HEAD + "".join(reversed(self._cubes[first:last])) + _TAIL).encode()
            self._kept[first, last] = page
        return page
