"""The days that `build.py` adds: what YouTube's public statistics say, written straight into raw.

Every influencer has a channel, which is observed each day. One in ten brings out a video every
twentieth day, whose counters are read each night for 90 days as `ingest.sources.youtube` does: with
its description on its first nights and every seventh after, bare on the others. Every third video
belongs to the influencer's deal, by the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from microlift.plan.plan import read_plan
from sandbox.plan_files import write_plan
from sandbox.world import World

FIRST_DAY = date(2024, 1, 1)
_LAST_DAY = 1000
_CREATORS = 10  # of so many influencers, one brings out videos
_VIDEO_EVERY = 20
_TRACKED_DAYS = 90
_DAYS = """
create or replace temp table new_days as
select
    day::integer as day,
    $first::timestamptz + to_days(day::integer) + interval 3 hour as observed_at,
    strftime($first::date + day::integer, '%Y%m%d') || 'T030000000000Z-'
    || lpad(day::varchar, 8, '0') as fetch_id
from range($from, $to) as days (day);

insert into raw.fetches
select
    fetch_id, 'youtube', 'counter', observed_at::date, observed_at::date, observed_at, observed_at,
    true, '', '', observed_at, 'bench'
from new_days;

insert into raw.youtube__channels
select
    json_object(
        'kind', 'youtube#channel',
        'etag', hash(number, day)::varchar,
        'id', 'UC' || lpad(number::varchar, 22, '0'),
        'snippet', json_object(
            'title', 'Influencer ' || number, 'customUrl', '@influencer' || number,
            'publishedAt', '2020-01-01T00:00:00Z', 'country', 'DE'
        ),
        'statistics', json_object(
            'viewCount', (number * 1000 + day * (number % 500))::varchar,
            'subscriberCount', (number * 7 + day * (number % 97) + hash(number, day) % 13)::varchar,
            'hiddenSubscriberCount', false,
            'videoCount', '120'
        )
    ),
    '{}',
    observed_at, fetch_id, (number // 50)::integer, (number % 50 + 1)::integer, null
from new_days cross join range($influencers) as influencers (number)
order by fetch_id, number;

create or replace temp table seen_videos as
with out as (
    select
        creator.number * $creators as number,
        turn.number as turn,
        turn.number * $every + creator.number % $every as out_on
    from range(ceil($influencers / $creators)::bigint) as creator (number)
    cross join range($last // $every) as turn (number)
),

tracked as (
    select
        new_days.*, out.number, out.out_on, new_days.day - out.out_on as age,
        'V' || lpad(out.number::varchar, 7, '0') || lpad(out.turn::varchar, 3, '0') as post_id
    from new_days
    inner join out on new_days.day > out.out_on and new_days.day <= out.out_on + $tracked
),

counted as (
    select
        *,
        age < 3 or (age + hash(post_id) % 7) % 7 = 0 as is_whole,
        ((1000 + number) * age // (age + 4) * 10 + hash(post_id, day) % 20)::bigint as views
    from tracked
)

select *, (row_number() over (partition by day, is_whole order by post_id) - 1) // 50 as page
from counted;

insert into raw.fetch_streams
select
    fetch_id, 'youtube', 'channels', ceil($influencers / 50), $influencers, 0, 0, observed_at,
    observed_at, 'accepted', null, false
from new_days
union all
select
    new_days.fetch_id, 'youtube', stream, count(distinct page), count(post_id), 0, 0,
    new_days.observed_at, new_days.observed_at, 'accepted', null, false
from new_days
cross join (values ('videos', true), ('video_stats', false)) as streams (stream, is_whole)
left join seen_videos
    on new_days.day = seen_videos.day and streams.is_whole = seen_videos.is_whole
group by new_days.fetch_id, new_days.observed_at, stream;
"""
_VIDEOS = """
insert into raw.youtube__{stream}
with pages as (
    select day, page, to_json({{'requested_ids': list(post_id order by post_id)}}) as context
    from seen_videos
    where is_whole = {is_whole}
    group by day, page
)

select
    json_object(
        'id', post_id,
        'snippet', {snippet},
        'contentDetails', json_object('duration', 'PT10M'),
        'statistics', json_object(
            'viewCount', views::varchar,
            'likeCount', (views // 20)::varchar,
            'commentCount', (views // 200)::varchar
        )
    ),
    context, observed_at, fetch_id, page::integer,
    (row_number() over (partition by day, page order by post_id))::integer, null
from seen_videos inner join pages using (day, page)
where is_whole = {is_whole}
order by fetch_id, post_id;
"""
_OUT_AT = "strftime($first::date + out_on::integer, '%Y-%m-%dT12:00:00Z')"
_WHOLE = f"""json_object(
    'publishedAt', {_OUT_AT},
    'channelId', 'UC' || lpad(number::varchar, 22, '0'),
    'title', 'Video ' || post_id, 'description', 'What I use each morning, and why',
    'liveBroadcastContent', 'none'
)"""
_BARE = f"json_object('publishTime', {_OUT_AT})"


def add_days(con: duckdb.DuckDBPyConnection, influencers: int, first: int, last: int) -> None:
    """The days with these numbers, `last` left out, as load would have put them into raw."""
    names = {
        "first": FIRST_DAY,
        "from": first,
        "to": last,
        "influencers": influencers,
        "creators": _CREATORS,
        "every": _VIDEO_EVERY,
        "tracked": _TRACKED_DAYS,
        "last": _LAST_DAY,
    }
    videos = [
        _VIDEOS.format(stream="videos", is_whole=True, snippet=_WHOLE),
        _VIDEOS.format(stream="video_stats", is_whole=False, snippet=_BARE),
    ]
    for statement in duckdb.extract_statements(_DAYS + "".join(videos)):
        con.execute(statement, {n: names[n] for n in statement.named_parameters})


def plan(home: Path, influencers: int) -> dict[str, list[dict[str, Any]]]:
    """Every influencer with one channel; one in ten has a deal in the one campaign."""
    home.mkdir(parents=True)
    write_plan(World(seed=1, influencers=2, days=40, start=FIRST_DAY), home / "plan")
    written = read_plan(home / "plan").tables
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in written}
    (campaign, *_), (deal, *_), (account, *_) = (
        written[name] for name in ("campaigns", "collaborations", "accounts")
    )
    (influencer, *_) = written["influencers"]
    tables |= {"brand": written["brand"], "campaigns": [campaign]}
    for number in range(influencers):
        name = {"influencer_id": f"inf_{number}"}
        tables["influencers"].append({**influencer, **name})
        channel = {"platform": "youtube", "account_id": f"UC{number:022}"}
        channel |= {"handle": f"influencer{number}"}
        tables["accounts"].append({**account, **channel, "owner_id": f"inf_{number}"})
        if number % _CREATORS == 0:
            tables["collaborations"].append({**deal, **name, "collaboration_id": f"col_{number}"})
            tables["posts"] += _sponsored(number)
    return tables


def _sponsored(number: int) -> Iterator[dict[str, Any]]:
    for turn in range(0, _LAST_DAY // _VIDEO_EVERY, 3):
        post = {"platform": "youtube", "post_id": f"V{number:07}{turn:03}"}
        yield post | {"collaboration_id": f"col_{number}"}


def before_the_first_day() -> datetime:
    """When the plan was landed."""
    return datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC) - timedelta(days=1)
