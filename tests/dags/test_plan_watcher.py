"""The plan watcher tells an edit from everything else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from airflow.sdk.module_loading import import_string

from dags.plan_watcher import PlanEdited, fingerprint

LOOK = 0.1
SETTLED = LOOK * 5


class Store:
    """The asset's state store as the triggerer hands it in, held in memory."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    async def aget(self, key: str) -> object:
        return self.values.get(key)

    async def aset(self, key: str, value: object) -> None:
        self.values[key] = value


class Watch:
    """A running trigger and the events it has fired."""

    def __init__(self, folder: Path, store: Store) -> None:
        # Made again from what it serialises to, as the triggerer does.
        classpath, kwargs = PlanEdited(str(folder), LOOK).serialize()
        self.trigger: PlanEdited = import_string(classpath)(**kwargs)
        self.trigger.asset_state_store = store
        self.events: list[object] = []

    async def __aenter__(self) -> Watch:
        self._task = asyncio.create_task(self._collect())
        await asyncio.sleep(SETTLED)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _collect(self) -> None:
        async for event in self.trigger.run():
            self.events.append(event)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "brand.yml").write_text("name: Lumen\n")
    (folder / "codes.csv").write_text("code\nMIA10\n")
    return folder


def test_an_edit_fires_once_and_quiet_does_not(plan: Path) -> None:
    async def scenario() -> None:
        async with Watch(plan, Store()) as watch:
            assert watch.events == []
            (plan / "codes.csv").write_text("code\nMIA15\n")
            await asyncio.sleep(SETTLED)
            assert len(watch.events) == 1
            await asyncio.sleep(SETTLED)
            assert len(watch.events) == 1

    asyncio.run(scenario())


def test_files_saved_one_after_the_other_are_one_edit(plan: Path) -> None:
    async def scenario() -> None:
        async with Watch(plan, Store()) as watch:
            for number in range(60):  # ten saves between two looks
                (plan / "codes.csv").write_text(f"code\nMIA{number}\n")
                await asyncio.sleep(LOOK / 10)
            await asyncio.sleep(SETTLED)
            # One, or two where a busy machine let two looks pass between two saves; every look
            # that saw another content would be six.
            assert 1 <= len(watch.events) <= 2

    asyncio.run(scenario())


def test_saving_a_file_unchanged_or_beside_the_plan_is_no_edit(plan: Path) -> None:
    async def scenario() -> None:
        async with Watch(plan, Store()) as watch:
            (plan / "codes.csv").write_text("code\nMIA10\n")
            (plan / ".codes.csv.swp").write_text("an editor's own")
            (plan / "notes.txt").write_text("not of the plan")
            await asyncio.sleep(SETTLED)
            assert watch.events == []

    asyncio.run(scenario())


def test_an_edit_made_while_nobody_watched_fires_on_the_next_start(plan: Path) -> None:
    async def scenario() -> None:
        store = Store()
        async with Watch(plan, store):
            pass
        async with Watch(plan, store) as watch:
            assert watch.events == []
        (plan / "codes.csv").write_text("code\nMIA20\n")
        async with Watch(plan, store) as watch:
            assert len(watch.events) == 1
        async with Watch(plan, store) as watch:
            assert watch.events == []

    asyncio.run(scenario())


def test_a_folder_that_appears_later_is_watched_without_an_error(tmp_path: Path) -> None:
    async def scenario() -> None:
        folder = tmp_path / "plan"
        async with Watch(folder, Store()) as watch:
            folder.mkdir()
            (folder / "brand.yml").write_text("name: Lumen\n")
            await asyncio.sleep(SETTLED)
            assert watch.events == []
            (folder / "brand.yml").write_text("name: Lumen Skincare\n")
            await asyncio.sleep(SETTLED)
            assert len(watch.events) == 1

    asyncio.run(scenario())


def test_the_fingerprint_follows_names_and_contents(plan: Path) -> None:
    before = fingerprint(plan)
    (plan / "codes.csv").rename(plan / "links.csv")
    assert fingerprint(plan) != before
    (plan / "links.csv").rename(plan / "codes.csv")
    assert fingerprint(plan) == before
    assert fingerprint(plan / "nowhere") is None
