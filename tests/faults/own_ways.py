"""Where a source answers a fault in a way of its own, on purpose: what is judged elsewhere.

The reasons stand in `docs/reliability.md`; each has its tests beside the source.
"""

from __future__ import annotations

from collections.abc import Mapping

_RENEWS = "a new access token heals it"
_COUNTERS = "counters that batchGetStats refuses are read with the videos"
_SWEEPS = "asks behind its window on purpose, for what may still change"

# By the name of the fault and the source.
OWN_WAYS: Mapping[tuple[str, str], str] = {
    ("a pause of a day", "youtube"): _COUNTERS,
    ("one 400 or 404", "youtube"): _COUNTERS,
    ("a burst of refusals", "ga4"): "two retries only: Google locks out who fails too often",
    ("one 401", "youtube_analytics"): _RENEWS,
    ("one 401", "tiktok"): _RENEWS,
    ("one 401", "ga4"): _RENEWS,
    ("nights", "tiktok_business"): _SWEEPS,
    ("nights", "impact"): _SWEEPS,
    ("nights", "bitly"): "counts of the last days still change, and each reading of them is kept",
}

# By source: streams that may be given up, on record, so that they cost the others nothing. Each
# follows from the one before it: whom to look at as a candidate is known from the comments.
GIVEN_UP: Mapping[str, tuple[str, ...]] = {
    "youtube": ("comments", "candidates", "candidate_videos"),
}
# By source: a stream whose questions take what there is room for, so that less of one account is
# more of another.
FILLED_UP: Mapping[str, str] = {"youtube": "videos"}


def reasons() -> str:
    """The table as Markdown, for the docs."""
    rows = ["| fault | source | what it does instead |", "|---|---|---|"]
    rows += [f"| {fault} | `{source}` | {why} |" for (fault, source), why in OWN_WAYS.items()]
    rows += [
        f"| whatever hits {' or '.join(f'`{one}`' for one in streams)} alone | `{source}` |"
        " they are a problem on record and cost no counter; all else is G |"
        for source, streams in GIVEN_UP.items()
    ]
    rows += [
        f"| a key field is gone or renamed | `{source}` |"
        f" a batch of `{stream}` with room left takes further ones |"
        for source, stream in FILLED_UP.items()
    ]
    return "\n".join(rows)
