-- One row per campaign, attribution model and window, from orders and costs themselves.
{{ roi_report(grain=['campaign_id']) }}
