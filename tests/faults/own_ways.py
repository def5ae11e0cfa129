"""Where a source answers a fault in a way of its own, on purpose: what is judged elsewhere.

The reasons stand in `docs/reliability.md`; each has its tests beside the source.
"""

from __future__ import annotations

from collections.abc import Mapping

_RENEWS = "a new access token heals it"
_COMMENTS = "comments that fail are a problem on record and cost no counter"
_SWEEPS = "asks behind its window on purpose, for what may still change"

# By the name of the fault and the source.
OWN_WAYS: Mapping[tuple[str, str], str] = {
    ("a pause of a day", "youtube"): _COMMENTS,
    ("errors that do not heal", "youtube"): _COMMENTS,
    ("a redirect to another host", "youtube"): _COMMENTS,
    ("one 400 or 404", "youtube"): "counters that batchGetStats refuses are read with the videos",
    ("a burst of refusals", "ga4"): "two retries only: Google locks out who fails too often",
    ("one 401", "youtube_analytics"): _RENEWS,
    ("one 401", "tiktok"): _RENEWS,
    ("one 401", "ga4"): _RENEWS,
    ("nights", "tiktok_business"): _SWEEPS,
    ("nights", "impact"): _SWEEPS,
    ("nights", "bitly"): "counts of the last days still change, and each reading of them is kept",
}


def reasons() -> str:
    """The table as Markdown, for the docs."""
    rows = ["| fault | source | what it does instead |", "|---|---|---|"]
    rows += [f"| {fault} | `{source}` | {why} |" for (fault, source), why in OWN_WAYS.items()]
    return "\n".join(rows)
