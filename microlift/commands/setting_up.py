"""Before the first night: init and doctor."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from microlift.commands.common import Answer, Output, command
from microlift.doctor import examine, is_healthy, template_files
from microlift.errors import DONE, WRONG_USE, UsageError

_MARKS = {"ok": ("ok   ", "green"), "note": ("note ", "yellow"), "wrong": ("wrong", "red")}


@command("init", "microlift init lumen")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def init(out: Output, folder: Path) -> Answer:
    """Write a commented plan and an .env.example to start from.

    Nothing is overwritten.
    """
    files = {folder / name: text for name, text in template_files()}
    there = [str(path) for path in files if path.exists()]
    if there:
        raise UsageError(f"{', '.join(there)} exists: give another folder")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        out.say(f"wrote {path}")
    program = Path(sys.executable).with_name("microlift")
    out.say(
        f"\nnext:  cp {folder}/.env.example {folder}/.env, fill it in, edit the plan, then"
        f"\n       cd {folder} && set -a && . ./.env && set +a && {program} doctor"
    )
    return Answer({"files": list(files)})


@command("doctor", "microlift doctor --json")
@click.option("--airflow", "with_airflow", is_flag=True, help="Look at Airflow's pool too.")
def doctor(out: Output, with_airflow: bool) -> Answer:
    """Say what is missing, and how to mend it.

    Looks at the versions, settings, plan, credentials, disk and customer key; changes nothing.
    """
    findings = examine(with_airflow=with_airflow)
    for finding in findings:
        mark, colour = _MARKS[finding.level]
        mend = f" ({finding.mend})" if finding.mend else ""
        out.show(Text.assemble((mark, colour), f" {finding.area}: {finding.text}{mend}"))
    healthy = is_healthy(findings)
    out.say("ready" if healthy else "not ready: mend what is wrong above")
    payload = {"ready": healthy, "findings": [asdict(finding) for finding in findings]}
    return Answer(payload, DONE if healthy else WRONG_USE)
