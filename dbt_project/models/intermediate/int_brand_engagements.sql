-- One row per comment on a post of the brand and per post of others that tags it, with the account behind it
-- where that is known, and the instant since when it is.
with instagram_comments as (

    select
        'instagram' as platform,
        'comment' as kind,
        comments.comment_id as event_id,
        -- the id beside it is none that any other answer knows
        null::varchar as author_account_id,
        {{ bare_handle('comments.author_handle') }} as author_handle,
        comments.commented_at as engaged_at,
        comments.observed_at
    from {{ ref('stg_instagram__comments') }} as comments

),

instagram_tags as (

    select
        'instagram' as platform,
        'tag' as kind,
        tags.post_id as event_id,
        null::varchar as author_account_id,
        {{ bare_handle('tags.author_handle') }} as author_handle,
        tags.published_at as engaged_at,
        tags.observed_at
    from {{ ref('stg_instagram__tags') }} as tags

),

youtube_comments as (

    select
        'youtube' as platform,
        'comment' as kind,
        comments.comment_id as event_id,
        comments.author_account_id,
        null::varchar as author_handle,
        comments.commented_at as engaged_at,
        comments.observed_at
    from {{ ref('stg_youtube__comments') }} as comments

),

unioned as (

    select * from instagram_comments
    union all
    select * from instagram_tags
    union all
    select * from youtube_comments

),

-- read again every night: known since the first time that named its author, and by the name of that time
-- (a handle changes, and may then be another's)
events as (

    select
        unioned.platform,
        unioned.kind,
        unioned.event_id,
        max(unioned.author_account_id) as author_account_id,
        arg_min(unioned.author_handle, unioned.observed_at) as author_handle,
        min(unioned.engaged_at) as engaged_at,
        min(unioned.observed_at) as first_observed_at
    from unioned
    where
        unioned.event_id is not null
        and unioned.engaged_at is not null
        and coalesce(unioned.author_account_id, unioned.author_handle) is not null
    group by unioned.platform, unioned.kind, unioned.event_id

),

handles as (

    select * from {{ ref('int_account_handles') }}
    where not is_shared

),

-- the account that had the handle last before it, else the first that had it at all
named as (

    select
        events.platform,
        events.kind,
        events.event_id,
        coalesce(events.author_account_id, handles.account_id) as account_id,
        events.engaged_at,
        -- whose it was may become known later
        greatest(events.first_observed_at, handles.first_seen_at) as known_from
    from events
    left join handles
        on
            events.platform = handles.platform
            and events.author_handle = handles.handle
            and events.author_account_id is null
    qualify row_number() over (
        partition by events.platform, events.kind, events.event_id
        order by
            handles.first_seen_at <= events.engaged_at desc,
            abs(date_diff('second', handles.first_seen_at, events.engaged_at)) asc,
            handles.account_id asc
    ) = 1

),

final as (

    select * from named
    where named.account_id is not null

)

select * from final
