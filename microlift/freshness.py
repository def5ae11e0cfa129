"""Do readers already have everything that was fetched? Then a doubled event costs nothing."""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.landing import Landing
from microlift.fetching import LANDING
from microlift.run_record import exclusive

if TYPE_CHECKING:
    from microlift.settings import Settings


def is_published(settings: Settings) -> bool:
    """True when the current version was built after every complete fetch had been loaded.

    Runs load before they publish and their ids sort by time, so that is when the newest run that
    loaded something is not newer than the current version. Raises warehouse.errors.Locked.
    """
    from warehouse.db import connect
    from warehouse.fetch_record import loading_runs
    from warehouse.versions import current_run_id

    current = current_run_id(settings.home)
    if current is None:
        return False
    landed = {manifest.fetch_id for manifest in Landing(settings.home / LANDING).fetches()}
    with exclusive(settings.home), connect(settings.home) as con:
        loaded = loading_runs(con)
    return landed <= {*loaded} and max(loaded.values(), default="") <= current
