"""Staging bears what a vendor could send: a short cut of the fuzz, and what it once found."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from fuzz import UNREAD, Laboratory, fuzz
from mutations import BIG

from ingest.registry import ALL_STREAMS

PAYLOADS = int(os.environ.get("MICROLIFT_PAYLOADS", "2000"))

# table, payload, model, column, what must stand there
KEPT: tuple[tuple[str, str, str, str, Any], ...] = (
    ("instagram__media", '{"comments_count": -0.3}', "stg_instagram__media", "comments", None),
    ("instagram__media", '{"like_count": 0.4}', "stg_instagram__media", "likes", None),
    ("instagram__media", '{"like_count": 12.0}', "stg_instagram__media", "likes", 12),
    ("instagram__media", '{"like_count": 0}', "stg_instagram__media", "likes", 0),
    (
        "instagram__media_insights",
        '{"values": [{"value": false}]}',
        "stg_instagram__media_insights",
        "metric_value",
        None,
    ),
    (
        "instagram__user_insights",
        '{"total_value": {"breakdowns": [{"results": [{"value": 0.4}, {"value": "7"}]}]}}',
        "stg_instagram__user_insights",
        "breakdown_results",
        [{"dimension_values": None, "value": None}, {"dimension_values": None, "value": 7}],
    ),
    (
        "youtube__videos",
        '{"statistics": {"viewCount": false}}',
        "stg_youtube__videos",
        "views",
        None,
    ),
    (
        "youtube__videos",
        '{"statistics": {"viewCount": "9007199254740993"}}',
        "stg_youtube__videos",
        "views",
        BIG,
    ),
    (
        "shopify__orders",
        '{"customer": {"numberOfOrders": true}}',
        "stg_shopify__orders",
        "customer_orders_to_date",
        None,
    ),
    (
        "shopify__orders",
        '{"totalTaxSet": {"shopMoney": {"amount": 1e-7}}}',
        "stg_shopify__orders",
        "tax_amount",
        None,
    ),
    ("plan__campaigns", '{"budget": false}', "stg_plan__campaigns", "budget_amount", None),
    ("plan__costs", '{"amount": "12.50"}', "stg_plan__costs", "cost_amount", Decimal("12.500")),
    ("plan__brand", '{"tiers": {"a": 0.4}}', "stg_plan__brand", "tiers", {"a": None}),
    (
        "plan__brand",
        '{"return_window_days": 9223372036854775807}',
        "stg_plan__brand",
        "return_window_days",
        None,
    ),
)


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    built = Laboratory(tmp_path_factory.mktemp("fuzz"))
    yield built
    built.close()


def test_no_mutated_payload_stops_a_staging_model_or_becomes_a_zero(
    laboratory: Laboratory,
) -> None:
    done = fuzz(laboratory, PAYLOADS)
    assert not done.findings
    assert not done.without, "raw tables that no real payload reached"
    read = {*laboratory.samples}
    assert {f"{source}__{stream}" for source, stream in ALL_STREAMS()} - read == UNREAD
    assert done.payloads >= PAYLOADS
    assert done.exact, "no large number was seen to come through"


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: f"{kept[2]}: {kept[1][:60]}")
def test_what_the_fuzz_once_found_stays_mended(
    laboratory: Laboratory, kept: tuple[str, str, str, str, Any]
) -> None:
    table, payload, model, column, expected = kept
    _, context, at, fetch_id, _ = laboratory.samples[table][0]
    laboratory.put(table, [(payload, context, at, fetch_id, 1)])
    (row,) = laboratory.rows_of(model)
    names = [told[0] for told in laboratory.con.description or []]
    assert row[names.index(column)] == expected
