-- One row per influencer, attribution model and window, over all campaigns, from orders and costs themselves.
{{ roi_report(grain=['influencer_id']) }}
