"""Our sides of the ingest benchmarks: fetch to landing, then load into raw, as every night does.

    python benchmarks/ingest/ours.py SIDE URL PAGES FOLDER [WORKERS] [RATE]

SIDE is `floor` (GET and parse, nothing kept), `judged` (fetch and load, with the raw gate),
`unjudged` (the same with a gate that lets everything pass, Great Expectations not imported) or
`fetch` (no load).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import requests
from measured import measure

from ingest.http import Client
from ingest.job import FetchJob
from ingest.landing import FetchWriter, Landing
from ingest.page import Page
from ingest.pagination import Cursor
from ingest.parallel import answers
from ingest.streams import Source, Stream
from warehouse.db import connect
from warehouse.load import load

if TYPE_CHECKING:
    import pandas as pd

    from warehouse.quality import Verdicts

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
SHAPE = {"items": list}


def _source(pages: int, workers: int) -> Source:
    def get(client: Client, page: int) -> Page:
        return client.get("/things", {"page": page, "pages": pages}, shape=SHAPE)

    def one_by_one(client: Client, job: FetchJob, writer: FetchWriter) -> None:
        cursor = Cursor()
        while not cursor.is_finished:
            page = get(client, int(cursor.value or 0))
            writer.write("things", page, {})
            following = page.json["next"]
            cursor.advance(None if following is None else str(following))

    def side_by_side(client: Client, job: FetchJob, writer: FetchWriter) -> None:
        found = answers(lambda page: get(client, page), range(pages), workers=workers)
        for number, page in found:
            assert isinstance(page, Page), number
            writer.write("things", page, {})

    return Source(
        name="bench",
        streams=(Stream("things", "dated", ("$.id",), "$.items"),),
        url="",
        needs=(),
        schedule="",
        reload_days=0,
        fetch=side_by_side if workers > 1 else one_by_one,
    )


def _floor(url: str, pages: int) -> int:
    rows = 0
    with requests.Session() as session:
        for page in range(pages):
            answer = session.get(f"{url}/things", params={"page": page, "pages": pages}, timeout=30)
            rows += len(orjson.loads(answer.content)["items"])
    return rows


def _ours(
    side: str, url: str, pages: int, folder: Path, *, workers: int, rate: float | None
) -> int:
    source = _source(pages, workers)
    job = FetchJob(NOW.date(), NOW.date(), NOW)
    client = Client(url, rate=rate, workers=workers)
    landing = Landing(folder / "landing")
    with landing.begin(source, job, "", is_simulated=True, resumes=True) as writer:
        client.recall = writer.recall
        source.fetch(client, job, writer)
    client.close()
    if side == "fetch":
        return sum(stream.pages for stream in landing.fetches("bench")[0].streams.values())
    streams = {("bench", "things"): source.streams[0]}
    with connect(folder) as con:
        return load(con, folder / "landing", streams, _gate(side), b"k" * 32, "bench").rows


@dataclass(frozen=True)
class _NoVerdicts:
    verdict: str = "passed"
    results: tuple[()] = ()
    refused: Mapping[tuple[str, ...], str] = field(default_factory=dict)


def _gate(side: str) -> Callable[[pd.DataFrame], Verdicts]:
    if side == "unjudged":
        return lambda frame: _NoVerdicts()
    from expectations.raw_suite import judge_fetches  # noqa: PLC0415 - see `main`

    return judge_fetches


def main() -> None:
    """Measure the side that the command line names."""
    side, url, pages, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
    workers = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    rate = float(sys.argv[6]) if len(sys.argv) > 6 else None
    if side == "floor":
        measure(lambda: _floor(url, pages))
        return
    if side == "judged":  # imported by this side alone, so that the others do not hold it
        from expectations.gate import warm_up  # noqa: PLC0415

        warm_up()
    elif side == "unjudged":
        importlib.import_module("pandas")  # DuckDB would, at its first bound value
    measure(lambda: _ours(side, url, pages, folder, workers=workers, rate=rate))


if __name__ == "__main__":
    main()
