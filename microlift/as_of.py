"""The marts as they looked at an earlier instant, in a file of their own.

Raw is append-only and knows when each fact was observed, so a build with an earlier `as_of` gives
what a night would have given then. It works on a copy: the warehouse and its readers stay as they
are.
"""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from microlift.dbt_run import BuildReport, run_dbt
from microlift.errors import UsageError
from microlift.run_record import exclusive
from microlift.steps import join_warm_up

if TYPE_CHECKING:
    from microlift.settings import Settings

FOLDER = "as_of"
NOT_JUDGED = "not_judged"


def build_as_of(settings: Settings, run_id: str, instant: datetime) -> tuple[BuildReport, Path]:
    """Build the marts as of `instant` into `<home>/as_of/<instant>.duckdb`.

    Returns dbt's report and the file. Raises UsageError before the first load, BuildFailed.
    """
    join_warm_up()
    from warehouse.builds import Scope
    from warehouse.db import FILE_NAME, connect
    from warehouse.publication import Stamp
    from warehouse.published_file import brand_day, write_published_file

    source = settings.home / FILE_NAME
    if not source.exists():
        raise UsageError("nothing was loaded yet: run `microlift run` first")
    folder = settings.home / FOLDER
    folder.mkdir(exist_ok=True)
    target = folder / f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}.duckdb"
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        work = Path(scratch)
        with exclusive(settings.home):
            shutil.copyfile(source, work / FILE_NAME)
        scope = Scope(True, f"as of {instant.astimezone(UTC):%Y-%m-%d %H:%M}")
        report = run_dbt(work, work / "dbt", scope, instant)
        with connect(work) as con:
            day = brand_day(con, instant)
            stamp = Stamp(run_id, settings.now(), NOT_JUDGED, instant, day, settings.is_simulated)
            write_published_file(con, work / target.name, stamp)
        (work / target.name).replace(target)
    return report, target
