-- One row per cell of a report: a channel's metric on a day of California, by the column's own name.
{{ youtube_analytics_report('channel_days') }}
