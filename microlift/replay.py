"""`microlift replay`: the whole pipeline over recorded real data, held against the recording.

The recording is served over HTTP in the vendors' formats. Counters are fetched night by night,
orders and rates in one pass; load, build, check and publish follow as on any night.
"""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microlift import night, steps
from microlift.demo import empty_folder
from microlift.plan.plan import read_plan
from microlift.published import open_published
from microlift.rehearsal import (
    collect_nights,
    recorded_nights,
    sandbox_process,
    sandbox_settings,
)
from microlift.replay_check import Comparison, Totals, compare, count_recording
from microlift.run_record import new_run_id

if TYPE_CHECKING:
    from microlift.fetching import Say

log = logging.getLogger(__name__)

_LAST = """
select post_id, views_to_date, likes_to_date, comments_to_date
from marts.fct_post_engagement_daily
where platform = 'youtube'
qualify row_number() over (partition by post_id order by date_day desc) = 1
"""
# A video's first night has nothing recorded before it: what the mart bases there is left out.
_DIFFERENCES = """
with later_days as (
    select *
    from marts.fct_post_engagement_daily
    where platform = 'youtube'
    qualify row_number() over (partition by post_id order by date_day) > 1
)

select
    coalesce(sum(views), 0), coalesce(sum(likes), 0), coalesce(sum(comments), 0),
    count(*) filter (where views < 0), count(*) filter (where likes < 0),
    count(*) filter (where comments < 0),
    coalesce(sum(least(views, 0)), 0), coalesce(sum(least(likes, 0)), 0),
    coalesce(sum(least(comments, 0)), 0),
    count(*) filter (where days_spanned > 1), coalesce(sum(days_spanned - 1), 0)
from later_days
"""
_COUNTS = """
select count(distinct post_id), count(*)
from marts.fct_post_engagement_daily
where platform = 'youtube'
"""
# Credits and the unattributed rest of one model and window are all of every order, once.
_REVENUE = """
select count(distinct order_id), coalesce(sum(net_revenue), 0)
from marts.fct_order_credits
where attribution_model = 'last_touch' and lookback_days = 30
"""
_REVENUE_USD = """
select coalesce(sum(subtotal_amount - refund_amount), 0)::decimal(18, 2)
from intermediate.int_orders
where is_countable and order_currency_code = 'USD'
"""


@dataclass(frozen=True)
class ReplayReport:
    """The version a replay published and the table of both sides' totals."""

    home: Path
    run_id: str
    lines: list[Comparison]

    @property
    def is_equal(self) -> bool:
        """True when every line is equal."""
        return all(line.is_equal for line in self.lines)


def run_replay(
    data: Path, folder: Path, nights: int | None = None, say: Say = log.info
) -> ReplayReport:
    """Wipe and rebuild `folder` from the recording in `data` (the first `nights` days of it).

    Raises UsageError when `data` holds no recording or `folder` holds something else.
    """
    data = data.resolve()
    instants = recorded_nights(data, nights)
    folder = empty_folder(folder)
    plan_dir = folder / "plan"
    steps.warm_up()
    with sandbox_process(["--replay", str(data)], plan_dir, folder / "logs" / "sandbox.log") as url:
        settings = sandbox_settings(folder / "data", plan_dir, url)
        plan = read_plan(plan_dir)
        say(f"{len(instants)} nights of {len(plan.tables['accounts'])} accounts: {url}")
        collect_nights(settings, plan, instants, say)
    done = night.transform(replace(settings, clock=instants[-1]), new_run_id(), "replay", say)
    lines = compare(count_published(settings.home), count_recording(data, nights))
    return ReplayReport(settings.home, done.run_id, lines)


def count_published(home: Path) -> Totals:
    """The pipeline's totals, from the published file.

    Only the dollars come from the build file: marts hold money in the reporting currency.
    """
    from warehouse.db import connect

    with open_published(home) as con:

        def row(sql: str) -> tuple[Any, ...]:
            return tuple(con.execute(sql).fetchall()[0])

        videos, observations = row(_COUNTS)
        found = row(_DIFFERENCES)
        orders, revenue_eur = row(_REVENUE)
        last = {video: tuple(counters) for video, *counters in con.execute(_LAST).fetchall()}
    with connect(home) as con:
        ((revenue_usd,),) = con.execute(_REVENUE_USD).fetchall()
    return Totals(
        videos=videos,
        observations=observations,
        last_counters=last,
        differences=tuple(map(int, found[0:3])),
        falls=tuple(map(int, found[3:6])),
        fallen=tuple(map(int, found[6:9])),
        gaps=int(found[9]),
        gap_days=int(found[10]),
        orders=orders,
        revenue_usd=Decimal(revenue_usd),
        revenue_eur=Decimal(revenue_eur),
    )
