"""The plan as it was landed last: what a night goes on with when the folder has an error."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import orjson
import zstandard

from ingest.plan_source import PLAN
from microlift.plan.brand import Brand
from microlift.plan.plan import Plan

if TYPE_CHECKING:
    from ingest.landing import Landing


def last_landed_plan(landing: Landing) -> Plan | None:
    """The newest plan in the landing zone; None before the first. It was valid when it landed."""
    landed = landing.fetches(PLAN.name)
    if not landed:
        return None
    newest = landed[-1]
    tables: dict[str, list[dict[str, Any]]] = {}
    for name, stream in newest.streams.items():
        tables[name] = []
        for file in stream.files:
            with (newest.folder / file).open("rb") as packed:
                reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
                for line in io.BufferedReader(reader):
                    tables[name] += orjson.loads(line)["body"]["rows"]
    (brand,) = tables["brand"]
    return Plan(Brand.model_validate(brand), tables)
