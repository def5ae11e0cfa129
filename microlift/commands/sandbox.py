"""The stand-in vendors alone."""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

from pathlib import Path

import click

from microlift.commands.common import Answer, Output, command

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@command("sandbox", "microlift sandbox --port 8090 --faults faults.json")
@click.option("--port", type=int, default=8090, show_default=True, help="0 takes any free one.")
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--influencers", type=int, default=50, show_default=True)
@click.option("--days", type=int, default=92, show_default=True)
@click.option("--clock", metavar="INSTANT", help="What counts as now.")
@click.option("--faults", type=FILE, help="JSON: what goes wrong.")
@click.option("--replay", type=FOLDER, help="Serve a recording instead of a world.")
@click.option("--plan", type=FOLDER, help="Write the world's plan there first.")
def sandbox(out: Output, **options: object) -> Answer:
    """The stand-in vendors alone, on 127.0.0.1, until Ctrl-C."""
    from sandbox.__main__ import main as serve

    given = {name: value for name, value in options.items() if value is not None}
    out.say(f"stand-in vendors (seed {options['seed']}); Ctrl-C ends them; their address:")
    serve([part for name, value in given.items() for part in (f"--{name}", str(value))])
    return Answer({})
