"""`microlift demo`: three months of an invented brand, from the vendors to a published version."""

from __future__ import annotations

import json
import logging
import shutil
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.registry import SOURCES
from microlift import night, steps
from microlift.errors import UsageError
from microlift.rehearsal import (
    WorldSize,
    night_of,
    publish_history,
    sandbox_process,
    sandbox_settings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microlift.fetching import Say

log = logging.getLogger(__name__)

# Says that a folder is ours to wipe.
MARK = ".microlift-demo"
HISTORY_NIGHTS = 90
FURTHER_NIGHTS = 2
VENDORS = tuple(dict.fromkeys(source.settings_name for source in SOURCES.values()))


@dataclass(frozen=True)
class DemoReport:
    """Where the demo lies and the version it published last."""

    folder: Path
    home: Path
    run_id: str


def run_demo(
    folder: Path,
    say: Say = log.info,
    history_nights: int = HISTORY_NIGHTS,
    stop: str | None = None,
) -> DemoReport:
    """Wipe and rebuild `folder`: a plan, `history_nights` in one pass, then two more nights.

    The vendor `stop` (one of VENDORS) stops answering in the middle of the last night. Raises
    UsageError when the folder holds something that no demo made.
    """
    folder = empty_folder(folder)
    steps.warm_up()  # while the vendors start: a core is idle then
    size = WorldSize(days=history_nights + FURTHER_NIGHTS)
    plan_dir = folder / "plan"
    with (
        sandbox_process(size.arguments, plan_dir, folder / "logs" / "sandbox.log") as url,
        ExitStack() as stack,
    ):
        settings = sandbox_settings(folder / "data", plan_dir, url)
        say(f"{size.influencers} influencers, {history_nights} nights from {size.first_day}: {url}")
        history_until = size.last_day - timedelta(days=FURTHER_NIGHTS)
        publish_history(settings, size.first_day, history_until, "demo", say)
        pages: dict[str, int] = {}
        for n in range(1, FURTHER_NIGHTS + 1):
            tonight = night_of(settings, history_until + timedelta(days=n))
            say(f"the night of {tonight.now():%Y-%m-%d}")
            if stop is not None and n == FURTHER_NIGHTS:
                answers = answers_in_mid_night(stop, pages)
                place = stack.enter_context(_stopping(folder, size, answers))
                tonight = tonight.reached_at(stop, place)
                say(f"{stop} will stop answering in mid-night")
            report = night.run_night(tonight, say=say)
            pages = {one.source: one.pages for one in report.fetch.sources}
    return DemoReport(folder, settings.home, report.transform.run_id)


def answers_in_mid_night(vendor: str, pages: Mapping[str, int]) -> int:
    """How many calls a vendor answers that stops in mid-night, by the pages of a usual one.

    Few enough for each of its sources to miss something that it cannot do without.
    """
    usual = min(pages[name] for name, one in SOURCES.items() if one.settings_name == vendor)
    return max(usual // 4, min(usual - 1, 1))


def _stopping(folder: Path, size: WorldSize, answers: int) -> AbstractContextManager[str]:
    """The same vendors once more, which answer so many calls and then reset every connection."""
    place = folder / "stopping"
    place.mkdir()
    faults = place / "faults.json"
    faults.write_text(json.dumps([{"match": "/", "action": "reset", "after": answers}]))
    arguments = [*size.arguments, "--faults", str(faults)]
    return sandbox_process(arguments, place / "plan", place / "sandbox.log")


def empty_folder(folder: Path) -> Path:
    """`folder`, made or wiped. Raises UsageError when it is not a demo's own."""
    folder = folder.resolve()
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise UsageError(f"{folder} holds something else: give another folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    return folder
