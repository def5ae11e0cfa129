"""The demo: an invented brand, from the vendors to the scorecard, in a minute."""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from microlift.commands.common import Answer, Output, command
from microlift.demo import VENDORS
from microlift.scorecard import how_to_look, read_scorecard, render

FEW = 20
FOLDER = click.Path(path_type=Path, file_okay=False)


@command("demo", "microlift demo --folder demo")
@click.option(
    "--folder",
    type=FOLDER,
    default="demo",
    show_default=True,
    help="Where; an earlier demo there is wiped.",
)
@click.option(
    "--stop",
    type=click.Choice(VENDORS),
    metavar="VENDOR",
    help=f"Stops answering in the middle of the last night: {', '.join(VENDORS)}.",
)
def demo(out: Output, folder: Path, stop: str | None) -> Answer:
    """An invented brand, from its vendors to the scorecard, in a minute.

    Three months are collected in one pass, then two nights follow; all against stand-in vendors.
    """
    from microlift.demo import run_demo

    with out.working():
        report = run_demo(folder, out.doing, stop=stop)
    card = read_scorecard(report.home)
    out.show(render(card, FEW))
    out.say(how_to_look(card))
    return Answer({**asdict(report), "file": card.file, "influencers": card.rows})
