"""What the raw gate judges: one row per (fetch, source, stream) beside its own recent past."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

TRAILING_FETCHES = 28

_FRAME = f"""
with streams as (
    select
        fetch_streams.*, fetches.kinds, fetches.is_simulated, fetches.observed_from,
        fetches.observed_to, fetches.until - fetches.since + 1 as window_days
    from raw.fetch_streams as fetch_streams
    inner join raw.fetches as fetches
        on fetch_streams.source = fetches.source and fetch_streams.fetch_id = fetches.fetch_id
    where fetch_streams.status = 'accepted'
),

-- A fetch that a person let in starts a new normal: what was usual before it no longer counts.
eras as (
    select
        *,
        sum(coalesce(is_accepted_by_hand, false)::integer) over (
            partition by source, stream, kinds, window_days order by fetch_id
        ) as era
    from streams
),

compared as (
    select
        *,
        count(*) over recent as trailing_fetches,
        median(row_count) over recent as trailing_rows_median,
        median(pages) over recent as trailing_pages_median
    from eras
    window recent as (
        partition by source, stream, kinds, window_days, era order by fetch_id
        rows between {TRAILING_FETCHES} preceding and 1 preceding
    )
)

select
    fetch_id, source, stream, kinds, window_days, is_simulated, pages, row_count, bad_rows,
    bad_rows / nullif(row_count, 0) as bad_share, duplicate_keys, trailing_fetches,
    trailing_rows_median, trailing_pages_median,
    row_count / nullif(trailing_rows_median, 0) as rows_share_of_median,
    observed_from, observed_to, first_observed_at, last_observed_at,
    greatest(
        epoch(last_observed_at) - epoch(observed_to),
        case when not is_simulated then epoch(last_observed_at) - epoch($loaded_at) end
    ) as seconds_ahead
from compared
where list_contains($fetch_ids, fetch_id)
order by fetch_id, source, stream
"""  # noqa: S608 - the only inserted value is the constant above


def gate_frame(
    con: duckdb.DuckDBPyConnection, fetch_ids: Collection[str], loaded_at: datetime
) -> pd.DataFrame:
    """The frame for those fetches; shares are fractions, null where there is nothing to compare.

    `trailing_*` look at up to 28 earlier accepted fetches of the same stream, kinds and length of
    window; `seconds_ahead` is how far the newest page lies after the fetch's own end, or after
    now (`loaded_at`) when the clock was not simulated.
    """
    return con.execute(_FRAME, {"fetch_ids": sorted(fetch_ids), "loaded_at": loaded_at}).df()
