{{ instagram_media('discovery_media') }}
