-- One row per cell of a report: a video's metric on a day of California, by the column's own name.
{{ youtube_analytics_report('video_days', is_by_video=true) }}
