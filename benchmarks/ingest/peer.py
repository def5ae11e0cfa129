"""dlt's sides of the ingest benchmarks, as its documentation tells a user to write them.

    python benchmarks/ingest/peer.py SIDE URL PAGES FOLDER

SIDE is `default`, `parquet` (both with dlt's own REST client) or `arrow` (an extractor of one's own
that yields Arrow tables). Run by the peers' environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}

import dlt
import duckdb
import orjson
import pyarrow as pa
import requests
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from measured import measure


class NextPage(BasePaginator):
    """The page number that the answer names."""

    def update_state(self, response: Any, data: Any = None) -> None:
        """Read where the next page is."""
        self._next = response.json()["next"]
        self._has_next_page = self._next is not None

    def update_request(self, request: Any) -> None:
        """Ask for it."""
        request.params["page"] = self._next


def _pages(url: str, pages: int) -> Iterator[Any]:
    client = RESTClient(base_url=url, paginator=NextPage())
    params = {"page": 0, "pages": pages}
    yield from client.paginate("/things", params=params, data_selector="items")


def _tables(url: str, pages: int) -> Iterator[Any]:
    with requests.Session() as session:
        page: int | None = 0
        while page is not None:
            params = {"page": page, "pages": pages}
            answer = orjson.loads(session.get(f"{url}/things", params=params, timeout=30).content)
            yield pa.Table.from_pylist(answer["items"])
            page = answer["next"]


def _run(side: str, url: str, pages: int, folder: Path) -> int:
    database = folder / "peer.duckdb"
    pipeline = dlt.pipeline(
        "peer",
        destination=dlt.destinations.duckdb(str(database)),
        dataset_name="raw",
        pipelines_dir=str(folder / "dlt"),
    )
    read = _tables if side == "arrow" else _pages
    resource = dlt.resource(read(url, pages), name="things", write_disposition="append")
    pipeline.run(resource, loader_file_format="parquet" if side != "default" else None)
    with duckdb.connect(str(database), read_only=True) as con:
        ((rows,),) = con.execute("select count(*) from raw.things").fetchall()
    return int(rows)


def main() -> None:
    """Measure the side that the command line names."""
    side, url, pages, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
    measure(lambda: _run(side, url, pages, folder))


if __name__ == "__main__":
    main()
