"""What people see: no secrets, and unknown figures as a dash."""

from __future__ import annotations

import io
import logging
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from rich.console import Console

from ingest.redact import Redactor
from microlift.how_sure import how_sure
from microlift.redaction import RedactingFormatter, redact_texts
from microlift.scorecard import Scorecard, render

CANARY = "canary-0b7e-secret"


def test_json_holds_no_secret_in_any_spelling_and_stays_json() -> None:
    redactor = Redactor(["can/ary+7", "12"])
    payload = {"rows": 1234, "said": ["?key=can%2Fary%2B7", "can\\/ary+7"], "error": None}
    assert redact_texts(payload, redactor) == {
        "rows": 1234,
        "said": ["?key=***", "***"],
        "error": None,
    }


def test_a_logged_traceback_holds_no_secret() -> None:
    try:
        raise ValueError(f"bad token {CANARY}")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "asked %s", (CANARY,), (ValueError, error, None)
        )
    text = RedactingFormatter("%(message)s", Redactor([CANARY])).format(record)
    assert "bad token ***" in text
    assert CANARY not in text


def shown(row: dict[str, object], width: int = 80) -> list[str]:
    card = Scorecard([row], "EUR", "r", datetime(2026, 3, 1, tzinfo=UTC), False, Path("f"))
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(render(card))
    return console.export_text().splitlines()


def test_unknown_is_a_dash_and_zero_is_zero() -> None:
    row = {
        "name": "Ava", "er_followers": None, "orders": 0,
        "net_revenue": Decimal("0.00"), "cost": None, "roi_margin": None, "roi_margin_lo": None,
        "roi_margin_hi": None, "rank_shrunk": None, "not_rankable_because": "cost_unknown",
        "versus_peers": None,
    }  # fmt: skip
    line, why = [line for line in shown(row) if "Ava" in line]
    dash = "\N{EN DASH}"
    assert line.split() == [dash, "Ava", dash, "0", "0", *[dash] * 4]
    assert why.split("Ava")[1].strip() == "a cost has no exchange rate"


def test_the_scorecard_fits_eighty_columns_uncut() -> None:
    row = {
        "name": "Maximiliane von Hohenfels", "er_followers": Decimal("0.1234"), "orders": 12345,
        "net_revenue": Decimal("123456.78"), "cost": Decimal("123456.78"),
        "roi_margin": Decimal("-0.42"), "roi_margin_lo": Decimal("-0.97"),
        "roi_margin_hi": Decimal("12.34"), "rank_shrunk": 123,
        "not_rankable_because": None, "versus_peers": "worse",
    }  # fmt: skip
    lines = shown(row)
    assert max(map(len, lines)) <= 80
    (line,) = [line for line in lines if "Maximiliane" in line]
    assert line.split("\N{HORIZONTAL ELLIPSIS}")[1].split() == [
        "12.34%", "12", "345", "123", "457", "123", "457", "-42%", "-97%", "+1", "234%",
    ]  # fmt: skip


def standing(versus: str | None, orders: int = 40, why: str | None = None) -> dict[str, object]:
    rank = None if why else 1
    return {
        "name": "Ava", "orders": orders, "rank_shrunk": rank, "not_rankable_because": why,
        "versus_peers": versus,
    }  # fmt: skip


def test_who_cannot_be_ranked_is_named_with_the_reason_in_words() -> None:
    few, one, none = (standing(None, count, "too_few_orders") for count in (7, 1, 0))
    free = standing(None, 90, "no_cost")
    said = [str(line) for line in how_sure([few, one, none, free, standing(None, 5, "no_cost")])]
    assert said == [
        "Not ranked yet: 5 of 5",
        "  Ava                 7 orders: too few to rank",
        "  Ava                 1 order: too few to rank",
        "  Ava                 no orders: too few to rank",
        "  Ava                 there is no cost to set against",
        "  ... and 1 more",
    ]


def test_luck_is_called_luck() -> None:
    alike = standing("not_separable")
    (said,) = how_sure([alike, alike])
    assert str(said) == "None of the 2 ranked can be told apart: it may all be luck."
    (said,) = how_sure([standing("better"), alike, alike, standing("worse")])
    assert str(said) == (
        "More than luck: 1 better than the average, 1 worse; 2 cannot be told apart."
    )
