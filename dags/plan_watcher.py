"""The event "the plan was edited": a trigger that the triggerer runs for the asset `plan`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

PLAN_SUFFIXES = frozenset({".csv", ".yml"})
SEEN_KEY = "fingerprint"


class PlanEdited(BaseEventTrigger):
    """Fires once for every edit of the files in `folder`, after they have been quiet for a look.

    What was seen last is kept in the asset's state store, so an edit made while the triggerer was
    down still fires, and a restart alone does not. A plan seen for the first time is no edit.
    """

    def __init__(self, folder: str, seconds_between_looks: float) -> None:
        super().__init__()
        self.folder = folder
        self.seconds_between_looks = seconds_between_looks

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """How the triggerer makes this trigger again."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {"folder": self.folder, "seconds_between_looks": self.seconds_between_looks},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look at the folder for ever; one event for each settled edit."""
        seen = await self._recall()
        last_look = None
        while True:
            look = await asyncio.to_thread(fingerprint, Path(self.folder))
            if look is not None and look != seen and (look == last_look or seen is None):
                if seen is not None:
                    yield TriggerEvent({"plan": look})
                # Remembered after the event: dying in between repeats it, which costs nothing.
                seen = look
                await self._remember(look)
            last_look = look
            await asyncio.sleep(self.seconds_between_looks)

    async def _recall(self) -> str | None:
        if self.asset_state_store is None:
            return None
        seen = await self.asset_state_store.aget(SEEN_KEY)
        return None if seen is None else str(seen)

    async def _remember(self, look: str) -> None:
        if self.asset_state_store is not None:
            await self.asset_state_store.aset(SEEN_KEY, look)


def fingerprint(folder: Path) -> str | None:
    """A hash over names and contents of the plan's files; None when there is no readable plan.

    By content, so that saving a file unchanged is not an edit.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in PLAN_SUFFIXES)
        parts = [(path.name, sha256(path.read_bytes()).hexdigest()) for path in files]
    except OSError:
        # Being replaced right now, or not there: the next look will tell.
        return None
    return sha256(repr(parts).encode()).hexdigest() if parts else None
