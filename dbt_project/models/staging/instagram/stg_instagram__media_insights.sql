{{ instagram_insights('instagram', 'media_insights') }}
