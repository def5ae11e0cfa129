"""A short cut of `make truth-candidates`: few worlds, wide limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from finding import is_within, score_find
from finds import FindWorld, landed
from marts import built_of

if TYPE_CHECKING:
    from compiled import Model


@pytest.mark.parametrize(
    ("kind", "verdict"), [("much", "foretells"), ("nothing", "not_detectable")]
)
def test_the_score_foretells_where_it_shows_who_sells_and_nothing_where_it_does_not(
    models_of_posts: list[Model], kind: str, verdict: str
) -> None:
    found = score_find(kind, 1, models_of_posts)
    assert found.verdict == verdict
    assert (found.truly > 0.3) == (kind == "much")
    assert is_within([found._replace(kind="nothing")]) == (kind == "nothing")


def test_scores_of_the_past_see_the_night_before_and_nothing_later(
    models_of_posts: list[Model],
) -> None:
    world = FindWorld("much", 5)
    before = landed(world)
    # the same channels a month later, with millions of followers
    channels = next(one for one in before if one.stream == "channels")
    millions = {"statistics": {"subscriberCount": "9000000"}}
    grown = [{"id": row["id"], **millions} for row in channels.rows]
    scores = []
    for landing in (before, [*before, channels._replace(at=before[0].at, rows=grown)]):
        with built_of(landing, models_of_posts) as con:
            scores.append(
                con.execute("from intermediate.int_account_scores order by account_id").fetchall()
            )
    assert len(scores[0]) == len(world.people)
    assert scores[0] == scores[1]
