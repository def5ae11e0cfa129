"""The central bank's files, asked over real HTTP and read as XML."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pytest

CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


def days_of(response):
    root = ElementTree.fromstring(response.content)  # noqa: S314 - our own server's file
    assert root.tag == "{http://www.gesmes.org/xml/2002-08-01}Envelope"
    return {
        date.fromisoformat(cube.get("time")): {c.get("currency"): c.get("rate") for c in cube}
        for cube in root.iter(CUBE)
        if cube.get("time")
    }


@pytest.fixture(scope="module")
def fetch(get):
    return lambda name, at: days_of(get("ecb", f"/stats/eurofxref/{name}", at))


def test_each_file_reaches_back_as_far_as_its_name_says(fetch):
    at = "2026-03-20T20:00:00Z"
    daily, recent = fetch("eurofxref-daily.xml", at), fetch("eurofxref-hist-90d.xml", at)
    history = fetch("eurofxref-hist.xml", at)
    assert list(daily) == [date(2026, 3, 20)]
    assert 60 <= len(recent) <= 66
    assert len(history) > 250
    assert list(history.items())[: len(recent)] == list(recent.items())
    assert list(recent) == sorted(recent, reverse=True)


def test_weekends_and_holidays_have_no_row(fetch):
    history = fetch("eurofxref-hist.xml", "2026-03-20T20:00:00Z")
    assert all(day.weekday() < 5 for day in history)
    assert date(2025, 12, 25) not in history
    assert date(2026, 1, 1) not in history


def test_todays_rates_appear_in_the_afternoon(fetch):
    morning = fetch("eurofxref-hist-90d.xml", "2026-03-20T10:00:00Z")
    evening = fetch("eurofxref-hist-90d.xml", "2026-03-20T15:30:00Z")
    assert set(evening) - set(morning) == {date(2026, 3, 20)}


def test_about_thirty_currencies_are_quoted_against_the_euro(fetch, world):
    [(day, rates)] = fetch("eurofxref-daily.xml", "2026-03-20T20:00:00Z").items()
    assert len(rates) == 29
    assert "EUR" not in rates
    assert rates == dict(world.rates)[day]
    assert 0.8 < float(rates["USD"]) < 1.6


def test_an_unknown_file_is_not_found(get):
    assert get("ecb", "/stats/eurofxref/nothing.xml").status_code == 404
