-- One row per influencer and platform with sponsored posts, over all campaigns, to date.
{{ engagement_report(grain=['influencer_id', 'platform']) }}
