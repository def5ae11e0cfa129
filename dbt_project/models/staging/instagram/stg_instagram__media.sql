{{ instagram_media('media') }}
