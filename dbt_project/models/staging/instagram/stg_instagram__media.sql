-- A table: the payloads are read for the counters and for the posts, and parsing is what costs.
{{ config(materialized='table') }}
{{ instagram_media('media') }}
