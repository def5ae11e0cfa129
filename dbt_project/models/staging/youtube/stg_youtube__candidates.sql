{{ youtube_channels('candidates') }}
