"""Orders of a shop with thousands of deals, written straight into raw as load would have put them.

A day brings 2,000 orders: two fifths with the code of a deal that runs, half with a journey of one
to three visits, a tenth in dollars, two fifths by a customer who had bought before. Every sixteenth
is seen a second time up to 40 days later, nearly always with a refund of a part of it. An affiliate
network tells of three orders in a hundred, days after them. Everything is drawn from numbers by
hashing, so a day is the same whenever it is added.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb

FIRST_DAY = date(2024, 1, 1)
ORDERS_A_DAY = 2_000
DEAL_DAYS = 45
# Deals that begin on a day, so that their number grows with the days of the history.
DEALS_A_DAY = 11
MODELS = (
    "last_touch", "first_touch", "linear", "time_decay", "position_based", "data_driven",
)  # fmt: skip

_DAYS = """
create or replace temp table new_days as
select
    day::integer as day,
    $first::timestamptz + to_days(day::integer + 1) + interval 3 hour as observed_at,
    strftime($first::date + day::integer + 1, '%Y%m%d') || 'T030000000000Z-'
    || lpad(day::varchar, 8, '0') as fetch_id
from range($from, $to) as days (day)
"""
# What happens to orders on these days: placed, changed, told of by the affiliate network.
_ORDERS = """
create or replace temp table placed as
select number, (number // $orders)::integer as placed_on
from range(greatest(($from - 41) * $orders, 0)::bigint, ($to * $orders)::bigint) as orders (number);

create or replace temp table drawn as
select
    dated.*,
    new_days.observed_at,
    new_days.fetch_id,
    $first::timestamptz + to_days(placed_on) + to_seconds(hash(number, 1) % 86400) as ordered_at,
    $first::timestamptz + to_days(happened_on) + to_seconds(hash(number, 2) % 86400) as changed_at,
    ((2000 + hash(number, 3) % 18000) / 100)::decimal(10, 2) as goods,
    hash(number, 4) % 100 as luck,
    -- one of the deals of a day that lies so many days back at most, so each still runs
    list_transform(
        range(4),
        lambda place: greatest(placed_on - (hash(number, 5, place) % $deal_days)::integer, 0)
        * $deals_a_day + (hash(number, 21, place) % $deals_a_day)::integer
    ) as deals
from (
    select number, placed_on, 'placed' as happening, placed_on as happened_on from placed
    union all
    select number, placed_on, 'changed', placed_on + 1 + (hash(number, 6) % 40)::integer from placed
    where hash(number, 7) % 16 = 0
    union all
    select number, placed_on, 'told', placed_on + (hash(number, 18) % 8)::integer from placed
    where hash(number, 19) % 100 < 3
) as dated
inner join new_days on new_days.day = dated.happened_on
"""
_RAW_ORDERS = """
insert into raw.shopify__orders
with money as (
    select
        drawn.*,
        happening = 'changed' as is_changed,
        if(luck < 10, 'USD', 'EUR') as currency,
        if(luck < 40, 'CODE' || deals[1], null) as code,
        if(luck < 40, round(goods * 0.1, 2), 0)::decimal(10, 2) as discount,
        case
            when hash(number, 8) % 100 < 50 then 0
            else 1 + hash(number, 9) % 3
        end as visits
    from drawn
    where happening != 'told'
),

amounts as (
    select
        money.*,
        {'amount': (goods - discount)::varchar, 'currencyCode': currency} as paid,
        {'amount': discount::varchar, 'currencyCode': currency} as given,
        {'amount': '0.0', 'currencyCode': currency} as nothing,
        -- bought by the customer of an earlier order
        'c' || greatest(number - 1 - (hash(number, 12) % 50000)::bigint, 0) as former_customer
    from money
)

select
    json_object(
        -- as many digits as Shopify's
        'id', 'gid://shopify/Order/' || (5000000000000 + number * 600000),
        'name', '#' || number,
        'createdAt', ordered_at, 'processedAt', ordered_at,
        'updatedAt', if(is_changed, changed_at, ordered_at),
        'cancelledAt', if(is_changed and hash(number, 10) % 20 = 0, changed_at, null),
        'test', false,
        'displayFinancialStatus', 'PAID',
        'currencyCode', currency,
        'taxesIncluded', false,
        'totalPriceSet', {'shopMoney': paid},
        'subtotalPriceSet', {'shopMoney': paid},
        'totalDiscountsSet', {'shopMoney': given},
        'totalTaxSet', {'shopMoney': nothing},
        'totalShippingPriceSet', {'shopMoney': nothing},
        'discountCodes', list_filter([code], lambda one: one is not null),
        'customer', if(
            hash(number, 11) % 100 < 60,
            {'id': 'c' || number, 'numberOfOrders': '1'},
            {'id': former_customer, 'numberOfOrders': '2'}
        ),
        'customerJourneySummary', {
            'ready': true,
            'moments': {'nodes': list_transform(
                range(visits::bigint),
                lambda place: {
                    'occurredAt': ordered_at
                    - to_hours((place * 80 + hash(number, 13, place) % 80)::integer),
                    'landingPage': 'https://shop.example/',
                    'utmParameters': if(
                        hash(number, 14, place) % 10 < 7,
                        {
                            'source': 'instagram', 'medium': 'influencer',
                            'content': 'link' || deals[place + 2]
                        },
                        null
                    )
                }
            )}
        },
        'lineItems', {'nodes': [{
            'id': 'l' || number,
            'isGiftCard': false,
            'originalTotalSet': {'shopMoney': {'amount': goods::varchar}},
            'discountAllocations': if(discount > 0, [{
                'allocatedAmountSet': {'shopMoney': {'amount': discount::varchar}},
                'discountApplication': {'code': code}
            }], [])
        }]},
        'refunds', if(
            is_changed and hash(number, 10) % 20 > 1,
            [{
                'id': 'r' || number, 'createdAt': changed_at,
                'refundLineItems': {'nodes': [{
                    'lineItem': {'isGiftCard': false},
                    'subtotalSet': {'shopMoney': {'amount': round(
                        (goods - discount) * (20 + hash(number, 15) % 81)::integer / 100, 2
                    )::varchar}}
                }]}
            }],
            []
        )
    ),
    '{}', observed_at, fetch_id, 0, row_number() over (partition by fetch_id order by number), null
from amounts
order by fetch_id, number
"""
# Told up to eight days late.
_RAW_ACTIONS = """
insert into raw.impact__actions
select
    json_object(
        'Id', 'a' || number, 'State', if(hash(number, 16) % 9 = 0, 'REVERSED', 'APPROVED'),
        'ReferringDate', ordered_at - to_hours((hash(number, 17) % 200)::integer),
        'Oid', number::varchar,
        'SharedId', 'link' || deals[4]
    ),
    '{}', observed_at, fetch_id, 0, row_number() over (partition by fetch_id order by number), null
from drawn
where happening = 'told'
"""
_RAW_RATES = """
insert into raw.ecb__rates
select
    to_json(
        '<Cube time=''' || ($first::date + day) || '''><Cube currency=''USD'' rate=''1.'
        || (1000 + hash(day, 20) % 500) || '''/></Cube>'
    ),
    '{}', observed_at, fetch_id, 0, 1, null
from new_days
"""
_STREAMS = {
    ("shopify", "orders"): _RAW_ORDERS,
    ("impact", "actions"): _RAW_ACTIONS,
    ("ecb", "rates"): _RAW_RATES,
}
_FETCH = """
insert into raw.fetches
select
    fetch_id, $source, 'entity', observed_at::date, observed_at::date, observed_at, observed_at,
    true, '', '', observed_at, 'bench'
from new_days;

insert into raw.fetch_streams
select
    new_days.fetch_id, $source, $stream, 1, count(rows.fetch_id), 0, 0, new_days.observed_at,
    new_days.observed_at, 'accepted', null, false
from new_days
left join {table} as rows using (fetch_id)
group by new_days.fetch_id, new_days.observed_at
"""


def add_days(con: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
    """What the days with these numbers brought, `last` left out, a fetch a day and source."""
    known = {
        "first": FIRST_DAY, "from": first, "to": last, "orders": ORDERS_A_DAY,
        "deal_days": DEAL_DAYS, "deals_a_day": DEALS_A_DAY,
    }  # fmt: skip
    for sql in (_DAYS, _ORDERS):
        _run(con, sql, known)
    for (source, stream), rows in _STREAMS.items():
        _run(con, rows, known)
        table = f"raw.{source}__{stream}"
        _run(con, _FETCH.format(table=table), {"source": source, "stream": stream})


def _run(con: duckdb.DuckDBPyConnection, sql: str, known: dict[str, Any]) -> None:
    for statement in duckdb.extract_statements(sql):
        con.execute(statement, {name: known[name] for name in statement.named_parameters})


def plan_rows(influencers: int, days: int) -> dict[str, list[dict[str, Any]]]:
    """The plan of so many influencers, with the deals of so many days and some to come."""
    deals = [_deal(number, influencers) for number in range((days + 9) * DEALS_A_DAY)]
    starts = {deal["collaboration_id"]: deal["starts_on"] for deal in deals}
    months = sorted({deal["campaign_id"] for deal in deals})
    attribution = {"model": "last_touch", "lookback_days": 30, "models": list(MODELS)}
    return {
        "brand": [
            {
                "name": "b", "reporting_currency": "EUR", "time_zone": "UTC",
                "contribution_margin": 0.5, "return_window_days": 30, "track_posts_days": 90,
                "attribution": attribution, "tiers": {"micro": 0},
            }
        ],
        "influencers": [
            {"influencer_id": f"inf{number}", "name": f"Influencer {number}"}
            for number in range(influencers)
        ],
        "accounts": [],
        "posts": [],
        "interactions": [],
        "campaigns": [
            {"campaign_id": name, "name": name, "starts_on": f"{name}-01", "ends_on": f"{name}-28",
             "contribution_margin": None}
            for name in months
        ],
        "collaborations": deals,
        "costs": [
            {"cost_id": name, "collaboration_id": name, "cost_type": "fee", "amount": "250.00",
             "currency_code": "EUR", "incurred_on": day, "paid_on": day}
            for name, day in starts.items()
        ],
        "codes": [
            {"code": f"CODE{name[3:]}", "collaboration_id": name, "valid_from": day,
             "valid_to": None}
            for name, day in starts.items()
        ],
        "links": [
            {"link_id": f"link{name[3:]}", "collaboration_id": name, "utm_source": "instagram",
             "utm_medium": "influencer", "utm_campaign": None, "utm_content": f"link{name[3:]}"}
            for name in starts
        ],
    }  # fmt: skip


def _deal(number: int, influencers: int) -> dict[str, Any]:
    day = FIRST_DAY + timedelta(days=number // DEALS_A_DAY)
    return {
        "collaboration_id": f"col{number}",
        "campaign_id": day.strftime("%Y-%m"),
        "influencer_id": f"inf{number % influencers}",
        "starts_on": day.isoformat(),
        "ends_on": (day + timedelta(days=DEAL_DAYS)).isoformat(),
        "commission_rate": "0.1" if number % 3 == 0 else "0",
    }


def planned_at() -> datetime:
    """The plan is older than every order."""
    return datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC) - timedelta(days=1)
