{{ instagram_insights('instagram_stories', 'story_insights') }}
