"""ECB euro reference rates: one XML file of daily rates, working days only.

A day without a row takes the last rate before it; `int_orders` and `int_cost_lines` decide it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ingest.errors import IncompletePage
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter

_FOLDER = "/stats/eurofxref"
# The short file holds 90 days; five less leave room for holidays before the first wanted day.
_SHORT_FILE_DAYS = 85
# Quotes vary between ' and " with the file.
_DAY_BLOCK = r"""<Cube\s+time=["'][0-9-]{10}["']\s*>(?:\s*<Cube\s[^>]*/>)*\s*</Cube>"""


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land the shortest rates file that reaches back to the job's first day."""
    if "dated" not in job.kinds:
        return
    is_recent = job.since >= job.now.date() - timedelta(days=_SHORT_FILE_DAYS)
    name = "eurofxref-hist-90d.xml" if is_recent else "eurofxref-hist.xml"
    page = client.get_text(f"{_FOLDER}/{name}", ends_with="</gesmes:Envelope>")
    if b"<Cube time=" not in page.body:
        raise IncompletePage(f"{_FOLDER}/{name} holds no day")
    writer.write("rates", page, {})


SOURCE = Source(
    name="ecb",
    streams=(Stream("rates", "dated", (), None, _DAY_BLOCK),),
    url="https://www.ecb.europa.eu",
    needs=(),
    schedule="30 16 * * *",
    reload_days=7,
    fetch=fetch,
    # A cost may be older than any order: the first fetch takes all rates there are, once.
    first_days=30 * 365,
    rate=1.0,
)
