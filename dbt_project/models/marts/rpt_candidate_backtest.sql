-- One row per part of the candidates' score, and the score itself: how well it foretold what came.
with scores as (

    select * from {{ ref('int_account_scores') }}
    where influencer_id is not null and score_coverage is not null

),

returns as (

    select * from {{ ref('rpt_influencer_overall') }}
    where is_default and roi_margin_shrunk is not null

),

-- of an influencer with several accounts the largest one
accounts as (

    select
        scores.*,
        returns.roi_margin_shrunk
    from scores
    inner join returns on scores.influencer_id = returns.influencer_id
    qualify row_number() over (
        partition by scores.influencer_id
        order by scores.followers desc nulls last, scores.platform asc, scores.account_id asc
    ) = 1

),

foretold as (
    {% for part in ['score', 'engagement_score', 'brand_score', 'topic_score', 'country_score'] %}
        select
            '{{ part }}' as part,
            accounts.influencer_id,
            accounts.{{ part }} as foretold,
            accounts.roi_margin_shrunk as came
        from accounts
        where
            accounts.{{ part }} is not null
            -- a score without engagement is no rank's
            {{ 'and accounts.engagement_score is not null' if part == 'score' }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

-- equal values share the mean of their ranks
ranked as (

    select
        foretold.part,
        rank() over (partition by foretold.part order by foretold.foretold)
        + (count(*) over (partition by foretold.part, foretold.foretold) - 1) / 2 as foretold_rank,
        rank() over (partition by foretold.part order by foretold.came)
        + (count(*) over (partition by foretold.part, foretold.came) - 1) / 2 as came_rank
    from foretold

),

correlated as (

    select
        ranked.part,
        count(*) as influencers,
        -- no correlation where all are equal
        case
            when count(distinct ranked.foretold_rank) > 1 and count(distinct ranked.came_rank) > 1
                then round(corr(ranked.foretold_rank, ranked.came_rank), 6)
        end as rank_correlation
    from ranked
    group by ranked.part

),

-- Fieller, Hartley and Pearson (1957): the z of a rank correlation has the variance 1.06 / (n - 3)
bounded as (

    select
        correlated.*,
        case
            when correlated.influencers > 3 and abs(correlated.rank_correlation) < 1
                then 1.959964 * sqrt(1.06 / (correlated.influencers - 3))
        end as half_width
    from correlated

),

parts as (

    select unnest(['score', 'engagement_score', 'brand_score', 'topic_score', 'country_score']) as part

),

final as (

    select
        parts.part,
        coalesce(bounded.influencers, 0) as influencers,
        bounded.rank_correlation::decimal(9, 6) as rank_correlation,
        tanh(atanh(bounded.rank_correlation) - bounded.half_width)::decimal(9, 6) as rank_correlation_lo,
        tanh(atanh(bounded.rank_correlation) + bounded.half_width)::decimal(9, 6) as rank_correlation_hi,
        case
            when coalesce(bounded.influencers, 0) < {{ fewest_back_tested() }} then 'too_few'
            when bounded.rank_correlation is null then 'all_equal'
            -- a perfect order has no interval
            when bounded.rank_correlation = 1 then 'foretells'
            when bounded.rank_correlation = -1 then 'misleads'
            when atanh(bounded.rank_correlation) > bounded.half_width then 'foretells'
            when atanh(bounded.rank_correlation) < -bounded.half_width then 'misleads'
            else 'not_detectable'
        end as verdict
    from parts
    left join bounded on parts.part = bounded.part
    -- before the first return there is nothing to test
    where exists (select accounts.influencer_id from accounts)

)

select * from final
