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
    for name, file in newest.streams.items():
        with (newest.folder / file.file).open("rb") as packed:
            reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
            tables[name] = [
                row
                for line in io.BufferedReader(reader)
                for row in orjson.loads(line)["body"]["rows"]
            ]
    (brand,) = tables["brand"]
    return Plan(Brand.model_validate(brand), tables)
