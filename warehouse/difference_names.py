"""What the keys of figures are called: campaigns, influencers and deals by name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Names = Mapping[str, Mapping[str, str]]
_VIEW = ("attribution_model", "lookback_days")
_DEALS = """
from {0}.marts.dim_collaborations select collaboration_id, campaign_id, influencer_id
"""


def read_names(con: duckdb.DuckDBPyConnection) -> Names:
    """`{key column: {id: name}}` of the attached versions `before` and `after`, the later first.

    Two of one name have their ids beside it, and so has each deal.
    """
    names: dict[str, dict[str, str]] = {}
    for column, mart in (("campaign_id", "dim_campaigns"), ("influencer_id", "dim_influencers")):
        found: dict[str, str] = {}
        for side in ("before", "after"):
            if _has_name(con, side, mart):
                query = f"select {column}, coalesce(name, {column}) from {side}.marts.{mart}"  # noqa: S608
                found |= dict(con.execute(query).fetchall())
        often = Counter(found.values())
        names[column] = {
            one: name if often[name] == 1 else f"{name} ({one})" for one, name in found.items()
        }
    names["collaboration_id"] = {
        deal: f"{_called({'campaign_id': campaign, 'influencer_id': influencer}, names)} ({deal})"
        for side in ("before", "after")
        for deal, campaign, influencer in con.execute(_DEALS.format(side)).fetchall()
    }
    return names


def key_in_words(key: str, names: Names, *, has_view: bool) -> str:
    """A figure's key (JSON) as in "Sun Season · Tess Petrel"; model and window if `has_view`."""
    told = {
        column: value
        for column, value in json.loads(key).items()
        if has_view or column not in _VIEW
    }
    return _called(told, names)


def _called(key: Mapping[str, Any], names: Names) -> str:
    words = (names.get(column, {}).get(value, value) for column, value in key.items())
    return " · ".join("\N{EN DASH}" if word is None else str(word) for word in words)


def _has_name(con: duckdb.DuckDBPyConnection, side: str, mart: str) -> bool:
    ((found,),) = con.execute(
        "select count(*) from duckdb_columns() where database_name = $side"
        " and schema_name = 'marts' and table_name = $mart and column_name = 'name'",
        {"side": side, "mart": mart},
    ).fetchall()
    return bool(found)
