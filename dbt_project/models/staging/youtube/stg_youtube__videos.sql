{{ youtube_videos('videos') }}
