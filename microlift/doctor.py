"""What is missing before a night can run, and how to mend it."""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from ingest.registry import SOURCES
from microlift.dbt_run import PROJECT
from microlift.errors import SettingsError
from microlift.plan.plan import read_plan
from microlift.plan.problems import PlanError
from microlift.run_record import WRITER_POOL
from microlift.setting_forms import ENV_FILE, env_faults, env_lines, faults, halves
from microlift.settings import KEY_FILE, OTHER_NAMES, PREFIX, Settings, read_settings

# (package, first version that is tested, first one that is not, why that one is refused)
TESTED = (
    ("duckdb", (1, 5, 5), (2,), "files of 2.0 cannot be opened by tools built on 1.x"),
    ("dbt-core", (1, 11), (1, 12), "1.12 downloads from another host while it installs"),
    ("dbt-duckdb", (1, 11), (1, 12), "it follows dbt-core"),
    ("great-expectations", (1, 24), (2,), "the gates are tested with 1.x"),
)
# Variables that `make` reads, not the program.
OF_MAKE = (f"{PREFIX}REPLAY_DATA", f"{PREFIX}KILLS")
LITTLE_DISK = 1_000_000_000
NO_DISK = 100_000_000
AIRFLOW_SECONDS = 60

Level = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `wrong` stops a night or a source, `note` does not."""

    area: str
    level: Level
    text: str
    mend: str = ""


def examine(*, with_airflow: bool = False) -> list[Finding]:
    """Look at everything; nothing is changed or created."""
    findings = list(_versions())
    environ = dict(os.environ)
    while True:
        try:
            settings = read_settings(environ)
        except SettingsError as error:
            named = re.search(rf"{PREFIX}\w+", str(error))
            if named is None or environ.pop(named[0], None) is None:
                return [*findings, Finding("settings", "wrong", str(error), "correct it")]
            lines = env_lines(Path(os.environ.get(f"{PREFIX}PLAN", "plan")).absolute().parent)
            where = _where(named[0], lines)
            fault, _, mend = str(error).removeprefix(f"{named[0]} ").partition(": ")
            findings.append(Finding("settings", "wrong", f"{where} {fault}", mend))
        else:
            break
    held = (_airflow_lists("connections") or []) if with_airflow else []
    connections = {one["conn_id"] for one in held}
    findings += [*_settings(settings), *_plan(settings), *_credentials(settings, connections)]
    findings += [*_home(settings), *_key(settings)]
    if with_airflow:
        findings.append(_pool())
    return findings


def _versions() -> Iterator[Finding]:
    for package, first, refused, why in TESTED:
        wanted = f'pip install "{package}>={_dots(first)},<{_dots(refused)}"'
        try:
            found = version(package)
        except PackageNotFoundError:
            yield Finding("versions", "wrong", f"{package} is not installed", wanted)
            continue
        if first <= _release(found) < refused:
            yield Finding("versions", "ok", f"{package} {found}")
        else:
            yield Finding("versions", "wrong", f"{package} {found} is not tested: {why}", wanted)
    if not (PROJECT / "dbt_project.yml").exists():
        mend = "install Microlift from its checkout (pip install -e .)"
        yield Finding("versions", "wrong", f"no dbt project in {PROJECT}", mend)


def _settings(settings: Settings) -> Iterator[Finding]:
    known = [f"{PREFIX}{name}" for name in OTHER_NAMES]
    for source in SOURCES.values():
        parts = ("url", *source.setting_names)
        known += [f"{PREFIX}{source.settings_name.upper()}_{part.upper()}" for part in parts]
    folder = settings.plan_dir.parent
    lines = env_lines(folder)
    for variable in settings.unknown:
        near = difflib.get_close_matches(variable, known, n=1)
        mend = f"did you mean {near[0]}?" if near else "remove it"
        level: Level = "note" if variable in OF_MAKE else "wrong"
        yield Finding("settings", level, f"{_where(variable, lines)} is not a setting", mend)
    for number, fault, mend in env_faults(folder, os.environ):
        yield Finding("settings", "wrong", f"{ENV_FILE}:{number} {fault}", mend)
    for held in settings.sources.values():
        for variable, fault, mend in faults(held):
            yield Finding("settings", "wrong", f"{_where(variable, lines)} {fault}", mend)
    if settings.clock is not None:
        mend = f"unset {PREFIX}CLOCK for real nights"
        yield Finding("settings", "note", f"the clock stands at {settings.clock}", mend)


def _where(variable: str, lines: Mapping[str, int]) -> str:
    """The variable, with the line of .env that sets it where there is one."""
    return f"{ENV_FILE}:{lines[variable]} {variable}" if variable in lines else variable


def _plan(settings: Settings) -> Iterator[Finding]:
    try:
        plan = read_plan(settings.plan_dir)
    except PlanError as error:
        for problem in error.problems:
            where = f"{problem.file}:{problem.line}" if problem.line else problem.file
            field = f" {problem.field}:" if problem.field else ""
            yield Finding("plan", "wrong", f"{where}:{field} {problem.fault}", problem.mend)
        return
    counts = ", ".join(f"{rows} {name}" for name, rows in plan.counts().items())
    yield Finding("plan", "ok", f"{settings.plan_dir}: {counts}")
    if not plan.tables["accounts"]:
        yield Finding("plan", "note", "accounts.csv has no row", "add the handles to follow")


def _credentials(settings: Settings, connections: Collection[str]) -> Iterator[Finding]:
    for name, source in SOURCES.items():
        held = settings.source(source.settings_name)
        at = f" at {held.url}" if held.url else ""
        connection = f"microlift_{source.settings_name}"
        if connection in connections:
            text = f"{name} has Airflow's Connection {connection}, which was not looked into"
            yield Finding("credentials", "ok", text)
        elif half := halves(held):
            variable, fault, mend = half
            where = _where(variable, env_lines(settings.plan_dir.parent))
            yield Finding("credentials", "wrong", f"{name} is skipped: {where} {fault}", mend)
        elif held.missing(source):
            text = f"{name} is skipped: no credential"
            yield Finding("credentials", "note", text, held.mend(source))
        else:
            yield Finding("credentials", "ok", f"{name} can be fetched{at}")


def _home(settings: Settings) -> Iterator[Finding]:
    place = settings.home
    while not place.exists():
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        mend = f"give this user write access, or set {PREFIX}HOME"
        yield Finding("disk", "wrong", f"{place} cannot be written to", mend)
        return
    free = shutil.disk_usage(place).free
    text = f"{settings.home}: {free / 1e9:.1f} GB free"
    mend = f"make room, or set {PREFIX}HOME to a larger disk"
    if free < NO_DISK:
        yield Finding("disk", "wrong", text, mend)
    elif free < LITTLE_DISK:
        yield Finding("disk", "note", text, mend)
    else:
        yield Finding("disk", "ok", text)


def _key(settings: Settings) -> Iterator[Finding]:
    path = settings.home / KEY_FILE
    if settings.customer_secret is not None:
        yield Finding("key", "ok", f"customers' ids are hashed with {PREFIX}CUSTOMER_KEY")
    elif not path.exists():
        mend = f"the first load makes {path}: put it into your backup"
        yield Finding("key", "note", "no customer key yet", mend)
    elif path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("key", "wrong", f"{path} can be read by others", f"chmod 600 {path}")
    else:
        yield Finding("key", "ok", f"customers' ids are hashed with {path}")


def _pool() -> Finding:
    mend = f'airflow pools set {WRITER_POOL} 1 "single writer"'
    pools = _airflow_lists("pools")
    if pools is None:
        return Finding("airflow", "wrong", "airflow did not answer", "airflow db check")
    slots = {pool["pool"]: pool["slots"] for pool in pools}.get(WRITER_POOL)
    if slots is None:
        return Finding("airflow", "wrong", f"the pool {WRITER_POOL} does not exist", mend)
    if slots != "1":
        text = f"the pool {WRITER_POOL} has {slots} slots, but one run at a time can write"
        return Finding("airflow", "note", text, mend)
    return Finding("airflow", "ok", f"the pool {WRITER_POOL} exists")


def _airflow_lists(what: str) -> list[dict[str, str]] | None:
    """Airflow's pools or connections (their ids alone); None when it does not answer."""
    command = [sys.executable, "-m", "airflow", what, "list", "-o", "json"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=AIRFLOW_SECONDS, check=True
        )
        # Warnings may stand before it.
        found: list[dict[str, str]] = json.loads(answer.stdout.strip().splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError):
        return None
    return found


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _dots(release: tuple[int, ...]) -> str:
    return ".".join(map(str, release))


def is_healthy(findings: list[Finding]) -> bool:
    """True when nothing is wrong; notes do not count."""
    return all(finding.level != "wrong" for finding in findings)


def template_files() -> Iterator[tuple[Path, str]]:
    """(path below the new folder, text) of what `microlift init` writes."""
    folder = Path(__file__).parent / "templates"
    for path in sorted(folder.iterdir()):
        if path.suffix in (".csv", ".yml"):
            yield Path("plan") / path.name, path.read_text(encoding="utf-8")
    yield Path(".env.example"), (folder / "env.example").read_text(encoding="utf-8")
