"""A clean environment, a good plan, and one small published home that tests may copy."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from microlift.cli import main
from microlift.doctor import template_files
from microlift.rehearsal import (
    WorldSize,
    night_of,
    publish_history,
    sandbox_process,
    sandbox_settings,
)

if TYPE_CHECKING:
    from microlift.settings import Settings

# Tests have no packages (import-mode=importlib), so their helpers need a place to be found.
sys.path.insert(0, str(Path(__file__).parent))

SIZE = WorldSize(influencers=8, days=40)
HISTORY_NIGHTS = 36


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("MICROLIFT_")]:
        monkeypatch.delenv(variable)


@pytest.fixture
def good_plan(tmp_path: Path) -> Path:
    """The plan that `microlift init` writes."""
    for path, text in template_files():
        target = tmp_path / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return tmp_path / "plan"


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    exit_code: int
    text: str
    errors: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@pytest.fixture
def run() -> Callable[..., Ran]:
    """Run the command line in this process: `run('versions', '--json', env=...)`."""

    def run_command(*arguments: str, env: dict[str, str] | None = None) -> Ran:
        answer = CliRunner().invoke(main, [*arguments], env=env)
        return Ran(answer.exit_code, answer.stdout, answer.stderr)

    return run_command


@pytest.fixture(scope="session")
def vendors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The sandbox's URL and the plan folder of its world, for the whole session."""
    folder = tmp_path_factory.mktemp("vendors")
    with sandbox_process(SIZE.arguments, folder / "plan", folder / "sandbox.log") as url:
        yield url, folder / "plan"


@pytest.fixture(scope="session")
def first_version(
    vendors: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, str]:
    """A home with a history and one published version; the settings of its last night."""
    url, plan_dir = vendors
    settings = sandbox_settings(tmp_path_factory.mktemp("first") / "data", plan_dir, url)
    last_day = SIZE.first_day + timedelta(days=HISTORY_NIGHTS - 1)
    done = publish_history(settings, SIZE.first_day, last_day)
    return night_of(settings, last_day), done.run_id


@pytest.fixture
def home(first_version: tuple[Settings, str], tmp_path: Path) -> Settings:
    """A copy of that home and its plan, to do anything with."""
    settings, _ = first_version
    shutil.copytree(settings.home, tmp_path / "data")
    shutil.copytree(settings.plan_dir, tmp_path / "plan")
    return replace(settings, home=tmp_path / "data", plan_dir=tmp_path / "plan")
