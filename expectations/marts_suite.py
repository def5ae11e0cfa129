"""The marts gate: what must hold before anybody can see the new version."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from expectations.checks import Check, GateReport, Severity, Suite
from expectations.gate import run_gate
from expectations.marts_figures import IMPOSSIBLE
from expectations.marts_keys import KEYS
from expectations.marts_measures import MEASURES

if TYPE_CHECKING:
    from expectations.marts_measures import Measure

Query = Callable[[str], pd.DataFrame]
log = logging.getLogger(__name__)

TABLES = "tables"
# A table may lose rows (the plan is edited, a source restates), but not half of them at once;
# of a handful, only all of them are worth stopping for.
MIN_ROWS_KEPT = 0.5
MIN_ROWS_TO_COMPARE = 20
# Its days become a month once they are settled, which may be most of its rows at once.
MAY_SHRINK = frozenset({"marts.fct_credit_periods"})
MAX_HOURS_BEHIND = 36.0
# Week against the four weeks before it: outside this, something happened or something broke.
REVENUE_RANGE = (0.4, 2.5)


def _none_of(
    frame: str, name: str, table: str, meaning: str, severity: Severity = "critical"
) -> Check:
    """A check that counts breaches and allows none."""
    return Check(name, frame, table, severity, meaning, maximum=0)


def _key_checks(table: str) -> tuple[Check, Check]:
    frame, name = f"key_of_{table}", f"marts.{table}"
    return (
        _none_of(
            frame,
            "key_duplicates",
            name,
            "Rows stand in the table twice, so every sum over it is too high. A join in the model"
            " multiplies rows: find the key that repeats.",
        ),
        _none_of(
            frame,
            "key_nulls",
            name,
            "Rows have no complete key and can be joined to nothing. Find out in staging why the"
            " identifier is missing.",
        ),
    )


_SHARE_MEANING = (
    "A share lies outside 0 to 1, so a part is bigger than its whole. Look at its numerator and"
    " denominator in the model, or at the plan where it is an input."
)


def _roi_checks(table: str) -> tuple[Check, ...]:
    frame, name = f"roi_of_{table}", f"marts.{table}"
    return (
        _none_of(
            frame,
            "inconsistent_ratios",
            name,
            "A published ROI is not what its own revenue, cost and margin say. Do not trust any"
            " ratio of this table until the model is corrected.",
        ),
        _none_of(
            frame,
            "costs_not_summing_up",
            name,
            "The cost is not the sum of its components: a cost type is missing or counted twice.",
        ),
        _none_of(frame, "shares_outside", name, _SHARE_MEANING),
    )


SUITE = Suite(
    name="marts",
    checks=(
        *(check for table in KEYS for check in _key_checks(table)),
        *(
            _none_of(
                f"figures_of_{table}",
                "impossible_figures",
                f"marts.{table}",
                "A row says what cannot be: less than nothing, a share beyond the whole, or a"
                " figure outside its own interval. Do not quote this table until its model is"
                " corrected.",
            )
            for table in IMPOSSIBLE
        ),
        _none_of(
            "credits",
            "unbalanced_orders",
            "marts.fct_order_credits",
            "Credits and the unattributed rest of an order do not add up to its net revenue in"
            " some model and window: revenue was lost or invented. Correct the attribution.",
        ),
        _none_of(
            "credits",
            "shares_not_one",
            "marts.fct_order_credits",
            "The credit shares of an order do not add up to one. Correct the attribution.",
        ),
        _none_of(
            "credits",
            "credits_on_uncountable_orders",
            "marts.fct_order_credits",
            "A test, cancelled, voided, quarantined or unknown order earns credit. Correct which"
            " orders the attribution reads.",
        ),
        _none_of(
            "missing_credits",
            "orders_without_credits",
            "marts.fct_order_credits",
            "Orders that count appear nowhere, not even as unattributed. Correct the attribution.",
        ),
        _none_of("credit_shares", "shares_outside", "marts.fct_order_credits", _SHARE_MEANING),
        _none_of(
            "reported_revenue",
            "revenue_lost_by_influencer",
            "marts.rpt_influencer_roi",
            "The report by influencer does not hold all credited revenue of a model and window:"
            " its joins lose or multiply deals.",
        ),
        _none_of(
            "reported_revenue",
            "revenue_lost_by_campaign",
            "marts.rpt_campaign_roi",
            "The report by campaign does not hold all credited revenue of a model and window:"
            " its joins lose or multiply deals.",
        ),
        _none_of(
            "reported_revenue",
            "revenue_lost_overall",
            "marts.rpt_influencer_overall",
            "The report of influencers over all campaigns does not hold all credited revenue of a"
            " model and window: its joins lose or multiply deals.",
        ),
        *_roi_checks("rpt_influencer_roi"),
        *_roi_checks("rpt_campaign_roi"),
        *_roi_checks("rpt_influencer_overall"),
        _none_of(
            "costs",
            "negative_costs",
            "marts.fct_costs_daily",
            "A cost is negative and makes a deal look better than it is. Correct the amount in"
            " costs.csv; money that came back is a smaller cost, not a negative one.",
        ),
        _none_of("deals", "shares_outside", "marts.dim_collaborations", _SHARE_MEANING),
        _none_of("engagement", "shares_outside", "marts.fct_engagement_daily", _SHARE_MEANING),
        _none_of("candidates", "shares_outside", "marts.rpt_influencer_candidates", _SHARE_MEANING),
        _none_of(
            "candidates",
            "ranked_without_knowing",
            "marts.rpt_influencer_candidates",
            "A candidate has a rank without followers or score, or neither a rank nor a reason."
            " Do not approach anybody by this list until the model is corrected.",
        ),
        _none_of(
            "candidates",
            "candidates_of_the_plan",
            "marts.rpt_influencer_candidates",
            "An account that the plan names is offered as a candidate. Look whether its id is"
            " written the same in accounts.csv.",
        ),
        _none_of(
            "relationships",
            "deliverables_not_summing_up",
            "marts.rpt_relationships",
            "Posts on time, late and missing are not the posts that were due, so somebody is blamed"
            " or praised for what was not. Correct how posts are counted for a deal.",
        ),
        _none_of("relationships", "shares_outside", "marts.rpt_relationships", _SHARE_MEANING),
        _none_of(
            "followers",
            "negative_followers",
            "marts.fct_audience_growth_daily",
            "Somebody has fewer than no followers: a total and a difference were mixed up.",
        ),
        _none_of(
            "lifts",
            "inconsistent_lifts",
            "marts.rpt_audience_lift",
            "A lift lies outside its own interval, or is not what was observed less what was to be"
            " expected. Do not quote any of them until the model is corrected.",
        ),
        _none_of(
            "lifts",
            "verdicts_against_interval",
            "marts.rpt_audience_lift",
            "A verdict says more, or less, than its interval: a campaign is called up or down by"
            " chance, or a follower has a price though none can be told to be won.",
        ),
        _none_of(
            "counters",
            "negative_counters",
            "marts.fct_post_engagement_daily",
            "A counter to date is negative: a total and a difference were mixed up.",
        ),
        Check(
            "rows_kept",
            TABLES,
            "marts",
            "critical",
            "The table lost more than half of its rows, or all of them, since the version that"
            " readers have. Compare the two; look for a refused fetch or an emptied plan file.",
            minimum=MIN_ROWS_KEPT,
        ),
        _none_of(
            "quarantine",
            "rows_without_rate",
            "quality.quarantine",
            "Money in a currency without an exchange rate is left out of every figure. Fetch the"
            " rates of those days, or correct the currency.",
            "warning",
        ),
        _none_of(
            "quarantine",
            "quarantined_rows",
            "quality.quarantine",
            "Rows are kept out of the marts for the reason that is named. They stand in"
            " quality.quarantine; decide whether the source or the rule is wrong.",
            "warning",
        ),
        Check(
            "revenue_against_trailing",
            "revenue",
            "marts.fct_order_credits",
            "warning",
            "Revenue of the last seven days is far from that of the four weeks before. A sale or"
            " a holiday explains it; otherwise look whether orders are missing or doubled.",
            *REVENUE_RANGE,
        ),
        _none_of(
            "revenue",
            "orders_in_the_future",
            "marts.fct_order_credits",
            "Orders are dated after the instant the marts speak of. Look at the shop's time zone"
            " and the clock.",
            "warning",
        ),
        Check(
            "hours_behind",
            "freshness",
            "raw",
            "warning",
            "The source was last read long before the others, so its figures are old. See"
            " `microlift status` and fetch it again.",
            maximum=MAX_HOURS_BEHIND,
        ),
    ),
)


def judge_marts(query: Query, previous_rows: Mapping[str, int] | None = None) -> GateReport:
    """Measure the marts through `query` (SQL to frame) and judge them.

    `previous_rows` are the row counts by table (`marts.x`) of the version that readers have now.
    """
    return run_gate(SUITE, measure_marts(query, previous_rows))


def measure_marts(
    query: Query, previous_rows: Mapping[str, int] | None = None
) -> dict[str, pd.DataFrame]:
    """The frames that the suite judges; a measure of tables that do not exist is left out."""
    known = query("select table_schema || '.' || table_name as name from information_schema.tables")
    there = set(known["name"])
    frames = {
        measure.frame: _measured(query, measure)
        for measure in MEASURES
        if there.issuperset(measure.reads)
    }
    if previous_rows:
        frames[TABLES] = _rows_kept(query, there, previous_rows)
    return frames


def _measured(query: Query, measure: Measure) -> pd.DataFrame:
    try:
        return query(measure.sql)
    except Exception as error:  # whatever the engine raises: a check that cannot run has failed
        reason = str(error).splitlines()[0]
        log.warning("%s cannot be measured: %s", measure.frame, reason)
        return pd.DataFrame({"subject": [f"cannot be measured: {reason}"]})


def _rows_kept(query: Query, there: set[str], previous_rows: Mapping[str, int]) -> pd.DataFrame:
    """Share of rows kept, for each fact and dimension of the previous version."""
    kept: dict[str, float | None] = {}
    for table, before in previous_rows.items():
        if not table.startswith(("marts.fct_", "marts.dim_")) or not before:
            continue
        count = f"select count(*) as n from {table}"  # noqa: S608 - a table that is there
        now = int(query(count)["n"].iloc[0]) if table in there else 0
        is_steady = before >= MIN_ROWS_TO_COMPARE and table not in MAY_SHRINK
        is_comparable = is_steady or now == 0
        kept[table] = now / before if is_comparable else None
    return pd.DataFrame(
        {"table_name": kept.keys(), "subject": kept.keys(), "rows_kept": kept.values()}
    )
