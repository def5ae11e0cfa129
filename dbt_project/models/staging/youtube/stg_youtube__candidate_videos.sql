{{ youtube_videos('candidate_videos') }}
