"""`python -m microlift.airflow_demo`: `make demo`; with --serve `make airflow`."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

import click
from rich.console import Console

from microlift.airflow_demo.airflow import RunFailed, TookTooLong
from microlift.airflow_demo.demo import DemoSize, run_demo
from microlift.airflow_demo.processes import ProcessDied, Stopped, signals_as_exceptions
from microlift.airflow_demo.serve import serve
from microlift.commands.common import LEAST_WIDTH
from microlift.errors import FAILED, INTERRUPTED, MicroliftError
from microlift.scorecard import how_to_look, read_scorecard, render
from microlift.settings import read_settings

BEST = 20


class Clock:
    """Says lines with the seconds since the start before them."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._start

    def say(self, text: str) -> None:
        """One line, at once."""
        click.echo(f"{self.seconds:6.1f} s  {text}")


@click.command()
@click.option("--serve", "is_serving", is_flag=True, help="Keep Airflow running on your own home.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("demo"), show_default=True)
@click.option("--influencers", type=click.IntRange(2), default=DemoSize.influencers)
@click.option("--history-nights", type=click.IntRange(1), default=DemoSize.history_nights)
@click.option("--airflow-nights", type=click.IntRange(1), default=DemoSize.airflow_nights)
def main(
    is_serving: bool, folder: Path, influencers: int, history_nights: int, airflow_nights: int
) -> None:
    """The whole pipeline under a real Airflow; `folder` is wiped and rebuilt."""
    clock = Clock()
    # At the handler, because Great Expectations sets the levels of its own loggers.
    warnings = logging.StreamHandler()
    warnings.setLevel(logging.WARNING)
    logging.basicConfig(handlers=[warnings])
    try:
        with signals_as_exceptions():
            if is_serving:
                serve(read_settings(), clock.say)
            else:
                size = DemoSize(influencers, history_nights, airflow_nights)
                _show(run_demo(folder, size, clock.say))
                clock.say("done")
    except Stopped as signal:
        clock.say(f"{signal}: everything has been stopped")
        sys.exit(INTERRUPTED)
    except MicroliftError as error:
        clock.say(str(error))
        sys.exit(error.exit_code)
    except (ProcessDied, RunFailed, TookTooLong) as error:
        clock.say(str(error))
        sys.exit(FAILED)


def _show(home: Path) -> None:
    card = read_scorecard(home)
    console = Console(highlight=False)
    console.width = max(console.width, LEAST_WIDTH)
    console.print(render(card, BEST))
    # Plain, so that a narrow terminal does not break the line to be copied.
    click.echo(how_to_look(card))


if __name__ == "__main__":
    main()
