{{ youtube_channels('channels') }}
