"""ECB over HTTP: the shorter file when it reaches far enough, and days as DuckDB finds them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pytest
from aiohttp import web
from ingest_vendor import Vendor, landed_pages, make_job, run_fetch

from ingest.errors import IncompletePage
from ingest.sources.ecb import SOURCE

if TYPE_CHECKING:
    from ingest.landing import Landing

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gesmes:Envelope '
    'xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">'
    "<gesmes:subject>Reference rates</gesmes:subject>\n<Cube>"
)
DAYS = (
    '<Cube time="2026-10-30"><Cube currency="USD" rate="1.1172"/>'
    '<Cube currency="JPY" rate="175.68"/></Cube>',
    "<Cube time='2026-10-29'>\n  <Cube currency='USD' rate='1.12'/>\n</Cube>",
    '<Cube time="2026-10-28"></Cube>',
)
TAIL = "</Cube></gesmes:Envelope>\n"
WHOLE = HEAD + "\n".join(DAYS) + TAIL


def xml(text: str, kind: str = "text/xml") -> web.StreamResponse:
    return web.Response(text=text, content_type=kind)


@pytest.mark.parametrize(
    ("since", "name"),
    [
        (date(2026, 11, 22), "eurofxref-hist-90d.xml"),
        (date(2026, 8, 30), "eurofxref-hist-90d.xml"),
        (date(2026, 8, 29), "eurofxref-hist.xml"),
    ],
    ids=["yesterday", "85 days ago", "86 days ago"],
)
def test_the_shortest_file_that_reaches_back_is_one_call(
    vendor: Vendor, landing: Landing, since: date, name: str
) -> None:
    vendor.answer = lambda call, n: xml(WHOLE)
    run_fetch(SOURCE, make_job(since=since), landing, vendor.url)
    assert vendor.paths == [f"/stats/eurofxref/{name}"]


def test_the_file_is_landed_as_text_and_its_pattern_finds_every_day(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = lambda call, n: xml(WHOLE)
    manifest = run_fetch(SOURCE, make_job(), landing, vendor.url)
    (page,) = landed_pages(manifest, "rates")
    assert page["is_text"] is True
    assert page["body"] == WHOLE
    pattern = SOURCE.stream("rates").row_pattern
    found = duckdb.execute("select regexp_extract_all(?, ?)", [page["body"], pattern]).fetchone()
    assert found is not None
    assert tuple(found[0]) == DAYS


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda: xml(WHOLE[:-30]), id="cut"),
        pytest.param(lambda: xml("<html>maintenance</html>", "text/html"), id="HTML"),
        pytest.param(lambda: xml(WHOLE, "text/html"), id="declared as HTML"),
        pytest.param(lambda: xml(""), id="empty"),
        pytest.param(lambda: xml(HEAD + TAIL), id="no day"),
        pytest.param(
            lambda: web.Response(body=WHOLE.encode("utf-16"), content_type="text/xml"),
            id="not UTF-8",
        ),
    ],
)
def test_a_file_that_is_not_whole_is_refused(vendor: Vendor, landing: Landing, answer) -> None:  # type: ignore[no-untyped-def]
    vendor.answer = lambda call, n: answer()
    with pytest.raises(IncompletePage):
        run_fetch(SOURCE, make_job(), landing, vendor.url)
    assert landing.fetches() == []
