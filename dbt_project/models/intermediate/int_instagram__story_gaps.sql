-- One row per account and span in which stories may have come and gone unseen: between two looks,
-- or since the last one, lie more hours than a story lives. Nothing can be read afterwards.
with looks as (

    select * from {{ ref('stg_instagram_stories__looks') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

followed as (

    select
        looks.account_id,
        looks.observed_at as last_looked_at,
        lead(looks.observed_at) over (
            partition by looks.account_id order by looks.observed_at
        ) as looked_again_at
    from looks

),

final as (

    select
        'instagram' as platform,
        followed.account_id,
        followed.last_looked_at,
        followed.looked_again_at,
        -- a story of this span was not yet there at the one look, nor any longer at the other
        followed.last_looked_at as missed_from,
        coalesce(followed.looked_again_at, settings.as_of) - interval {{ story_hours() }} hour as missed_to,
        true as is_missed
    from followed
    cross join settings
    where
        coalesce(followed.looked_again_at, settings.as_of)
        > followed.last_looked_at + interval {{ story_hours() }} hour

)

select * from final
