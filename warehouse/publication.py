"""`marts.publication`: one row per source, how fresh and how complete it is in this version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import duckdb

PUBLICATION = "publication"
STALE_AFTER_HOURS = 36
# A story is lost after 24 hours: somebody should know before.
STALE_AFTER_HOURS_OF = {"instagram_stories": 20}
# The plan changes when somebody edits it, and a shop without a sale delivers nothing; being old is
# not being stale.
NEVER_STALE = ("plan", "shopify_webhooks")
# Then come the streams.
REFUSED_BY_GATE = "refused by the gate: "

_TABLE = f"""
create table published.marts.{PUBLICATION} as
with observed as (
    select
        fetches.source, fetches.since, fetches.until, fetches.is_simulated,
        coalesce(streams.last_observed_at, fetches.observed_to) as observed_at
    from raw.fetches as fetches
    inner join raw.fetch_streams as streams
        on fetches.source = streams.source and fetches.fetch_id = streams.fetch_id
    where streams.status = 'accepted' and fetches.observed_to <= $as_of
),

days as (
    select source, unnest(generate_series(since, until, interval 1 day))::date as date_day
    from observed
),

covered as (
    select source, count(distinct date_day) as days_covered from days group by source
),

seen as (
    select
        source, max(observed_at) as last_observed_at, bool_or(is_simulated) as is_simulated
    from observed
    group by source
),

-- configured sources, read or not
expected as (
    select unnest($sources) as source, unnest($failures) as failure
),

-- of the newest fetch: what came before it no longer matters
refused as (
    select source, string_agg(stream, ', ' order by stream) as streams
    from raw.fetch_streams
    where
        status = 'refused'
        and (source, fetch_id) in (
            select (source, max(fetch_id)) from raw.fetch_streams group by source
        )
    group by source
),

limits as (
    select
        coalesce(seen.source, expected.source) as source, seen.last_observed_at,
        seen.is_simulated, expected.failure,
        coalesce(
            map {STALE_AFTER_HOURS_OF}[coalesce(seen.source, expected.source)], {STALE_AFTER_HOURS}
        ) as stale_after
    from seen
    full outer join expected on seen.source = expected.source
),

judged as (
    select
        limits.source, limits.last_observed_at, limits.is_simulated,
        case
            when list_contains($never_stale, limits.source) then null
            when limits.failure is not null then 'last try failed: ' || limits.failure
            when refused.streams is not null then '{REFUSED_BY_GATE}' || refused.streams
            when limits.last_observed_at is null then 'never read'
            when limits.last_observed_at < $published_at - to_hours(limits.stale_after)
                then 'not read for ' || limits.stale_after || ' hours'
        end as stale_because
    from limits
    left join refused on limits.source = refused.source
)

select
    $run_id as run_id, $published_at as published_at, judged.source, judged.last_observed_at,
    coalesce(covered.days_covered, 0) as days_covered,
    judged.stale_because is not null as is_stale, $verdict as gate_verdict,
    $is_simulated or coalesce(judged.is_simulated, false) as is_simulated,
    $as_of as as_of, $as_of_date as as_of_date,
    if(
        judged.last_observed_at > $published_at, 0,
        floor((epoch($published_at::timestamptz) - epoch(judged.last_observed_at)) / 86400)
    )::integer as days_behind,
    judged.stale_because
from judged
left join covered on judged.source = covered.source
order by judged.source
"""  # noqa: S608 - only constants are inserted
_STAMPED = ("run_id", "published_at", "verdict", "as_of", "as_of_date", "is_simulated")
_COMMENTS = {
    "run_id": "The run that published this version.",
    "published_at": "When this version was published (UTC).",
    "source": "Where the data comes from; `plan` is the brand's own plan.",
    "last_observed_at": "The newest instant at which the source was read; its numbers are as of"
    " then. Null: never, though it is set up.",
    "days_covered": "How many UTC days the accepted fetches of the source cover.",
    "is_stale": "The last try to read it failed or was refused, it was never read, or not for"
    f" {STALE_AFTER_HOURS} hours before publication (stories, which live for 24 hours: 20).",
    "gate_verdict": "What the gates said of this version: passed or warned.",
    "is_simulated": "Some of it was collected or published under a simulated clock.",
    "as_of": "The instant that counts as now in this version.",
    "as_of_date": "The day of as_of in the brand's time zone: reports go up to it.",
    "days_behind": "Whole days from last_observed_at to publication. Null: never read.",
    "stale_because": "Why it is stale. Null: it is not.",
}


def stale_after(source: str) -> int:
    """How many hours after its last reading a source is stale."""
    return STALE_AFTER_HOURS_OF.get(source, STALE_AFTER_HOURS)


class Stamp(NamedTuple):
    """What a version says about itself."""

    run_id: str
    published_at: datetime
    verdict: str
    as_of: datetime
    as_of_date: date
    is_simulated: bool
    code_version: str = ""
    definitions: str = ""


def create_publication(
    con: duckdb.DuckDBPyConnection, stamp: Stamp, sources: Mapping[str, str | None]
) -> dict[str, str]:
    """Create the table in the attached file `published`; returns the comments of its columns.

    `sources` are those that are set up, each with why its last try failed, None when it did not.
    """
    con.execute(
        _TABLE,
        {
            **{name: getattr(stamp, name) for name in _STAMPED},
            "never_stale": NEVER_STALE,
            "sources": list(sources),
            "failures": list(sources.values()),
        },
    )
    return _COMMENTS
