"""The replay of recorded real data, and the table that holds both sides' totals."""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from rich import box
from rich.table import Table
from rich.text import Text

from microlift.commands.common import Answer, Output, command
from microlift.errors import DONE, FAILED

FOLDER = click.Path(path_type=Path, file_okay=False)


@command("replay", "microlift replay recordings/ --nights 10")
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--nights", type=click.IntRange(min=2), help="Only the first ones; all if empty.")
@click.option(
    "--folder",
    type=FOLDER,
    default="replay",
    show_default=True,
    help="Where; an earlier one there is wiped.",
)
def replay(out: Output, data: Path, nights: int | None, folder: Path) -> Answer:
    """Recorded data through the pipeline, totals against the files'.

    DATA is a folder of recorded files; docs/replay.md says which. Exit code 1 when a total differs.
    """
    from microlift.replay import run_replay

    with out.working():
        report = run_replay(data, folder, nights, out.doing)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("total")
    for header in ("pipeline", "recording"):
        table.add_column(header, justify="right")
    table.add_column("")
    for line in report.lines:
        verdict = Text("equal", "green") if line.is_equal else Text("DIFFERS", "bold red")
        table.add_row(line.what, line.pipeline, line.recording, verdict)
    out.show(table)
    out.say(f"published: {report.home / 'published' / 'current.duckdb'}")
    lines = [{**asdict(line), "is_equal": line.is_equal} for line in report.lines]
    payload = {"run_id": report.run_id, "is_equal": report.is_equal, "totals": lines}
    return Answer(payload, DONE if report.is_equal else FAILED)
