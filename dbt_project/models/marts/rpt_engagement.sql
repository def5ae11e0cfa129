-- One row per campaign, influencer and platform with sponsored posts, to date.
{{ engagement_report(grain=['campaign_id', 'influencer_id', 'platform']) }}
