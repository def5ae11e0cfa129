-- One row per campaign, influencer, attribution model and window, from orders and costs themselves.
{{ roi_report(grain=['campaign_id', 'influencer_id']) }}
