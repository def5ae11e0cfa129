"""`microlift demo`: three months of an invented brand, from the vendors to a published version."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from microlift import night
from microlift.errors import UsageError
from microlift.rehearsal import (
    WorldSize,
    night_of,
    publish_history,
    sandbox_process,
    sandbox_settings,
)

if TYPE_CHECKING:
    from microlift.fetching import Say

log = logging.getLogger(__name__)

# Says that a folder is ours to wipe.
MARK = ".microlift-demo"
HISTORY_NIGHTS = 90
FURTHER_NIGHTS = 2


@dataclass(frozen=True)
class DemoReport:
    """Where the demo lies and the version it published last."""

    folder: Path
    home: Path
    run_id: str


def run_demo(folder: Path, say: Say = log.info, history_nights: int = HISTORY_NIGHTS) -> DemoReport:
    """Wipe and rebuild `folder`: a plan, `history_nights` in one pass, then two more nights.

    Raises UsageError when the folder holds something that no demo made.
    """
    folder = empty_folder(folder)
    size = WorldSize(days=history_nights + FURTHER_NIGHTS)
    plan_dir = folder / "plan"
    with sandbox_process(size.arguments, plan_dir, folder / "logs" / "sandbox.log") as url:
        settings = sandbox_settings(folder / "data", plan_dir, url)
        say(f"{size.influencers} influencers, {history_nights} nights from {size.first_day}: {url}")
        history_until = size.last_day - timedelta(days=FURTHER_NIGHTS)
        done = publish_history(settings, size.first_day, history_until, "demo", say)
        for n in range(1, FURTHER_NIGHTS + 1):
            tonight = night_of(settings, history_until + timedelta(days=n))
            say(f"the night of {tonight.now():%Y-%m-%d}")
            done = night.run_night(tonight, say=say).transform
    return DemoReport(folder, settings.home, done.run_id)


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
