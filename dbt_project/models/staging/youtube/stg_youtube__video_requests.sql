-- One row per page of counters: the ids that were asked for, beside the ids that came back.
with source as (

    select
        videos.*,
        'videos' as stream
    from ({{ accepted_rows('youtube', 'videos') }}) as videos
    union all
    select
        video_stats.*,
        'video_stats' as stream
    from ({{ accepted_rows('youtube', 'video_stats') }}) as video_stats

),

pages as (

    select
        source.fetch_id,
        source.stream,
        source.page,
        any_value(source.context) as context,
        max(source.observed_at) as observed_at,
        -- in one order, that a night and a full build hold the same list
        list(source.payload ->> '$.id' order by source.payload ->> '$.id') as returned_ids
    from source
    group by source.fetch_id, source.stream, source.page

),

renamed as (

    select
        from_json(pages.context, '{"requested_ids": ["VARCHAR"]}').requested_ids as requested_ids,
        pages.returned_ids,
        pages.observed_at,
        pages.fetch_id
    from pages

)

select * from renamed
