"""What every command shares: --json and --debug, plain or rich output, one clear message on errors.

A command function takes an `Output`, says what happens, and returns an `Answer`; the wrapper prints
the answer as JSON when asked to, and turns every error into a message and an exit code.
"""

from __future__ import annotations

import atexit
import functools
import json
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

import microlift
from ingest.errors import IngestError
from ingest.redact import Redactor
from microlift.errors import (
    DONE,
    FAILED,
    INTERRUPTED,
    LOCKED,
    WRONG_USE,
    MicroliftError,
    SettingsError,
)
from microlift.redaction import RedactingFormatter, redact_texts
from microlift.settings import read_settings
from warehouse.errors import CannotAccept, CannotCompare, Locked, UnknownVersion, WarehouseError

if TYPE_CHECKING:
    from rich.status import Status

PLAIN_WIDTH = 100
LEAST_WIDTH = 80
EXIT_CODES = """\b
Exit codes:  0 done   1 failed   2 wrong use or settings
             3 refused by a gate (readers keep what they had)   4 locked by another run
             130 interrupted
"""


@dataclass(frozen=True)
class Answer:
    """What a command ends with: the JSON object and the exit code."""

    payload: Mapping[str, Any]
    exit_code: int = DONE


class Output:
    """Says things to people: rich on a terminal, plain lines elsewhere, nothing beside JSON."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        is_terminal = sys.stdout.isatty()
        self.console = Console(
            quiet=as_json,
            highlight=False,
            soft_wrap=not is_terminal,
            width=None if is_terminal else PLAIN_WIDTH,
        )
        # A narrower terminal breaks lines; a table made for it would leave figures out unsaid.
        self.console.width = max(self.console.width, LEAST_WIDTH)
        self._status: Status | None = None

    def say(self, text: str) -> None:
        """A line that stays."""
        self.console.print(text, markup=False)

    def show(self, renderable: Any) -> None:
        """Something rich, such as a table or a styled text."""
        self.console.print(renderable)

    def doing(self, text: str) -> None:
        """What goes on now: replaces itself on a terminal, is a line elsewhere."""
        if self._status is not None:
            self._status.update(text)
        else:
            self.say(text)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Long work: a spinner on a terminal while the block runs."""
        if self.as_json or not self.console.is_terminal:
            yield
            return
        with self.console.status("") as self._status:
            yield
        self._status = None


def to_plain(value: Any) -> Any:
    """`value` as JSON types: dates ISO, money and paths text, dataclasses objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return to_plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | Path | Exception):
        return str(value)
    return value


class _Group(click.Group):
    """Wrong use of options is JSON too when JSON is asked for; click itself knows only text."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        words = sys.argv[1:] if args is None else [*args]
        if "--json" not in words:
            return super().main(args, *rest, **options)
        try:
            code = super().main(words, *rest, **options | {"standalone_mode": False})
        except click.ClickException as error:
            message = f"{error.format_message()} (microlift {_command_of(error)}--help says more)"
            code = _fail(Output(as_json=True), message, WRONG_USE, Redactor())
        sys.exit(code)


def _command_of(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    name = context.info_name if context is not None and context.parent is not None else None
    return f"{name} " if name else ""


@click.group(
    cls=_Group,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(microlift.__version__, prog_name="microlift")
def main() -> None:
    """Measure influencer campaigns: collect, check, publish, every night.

    Settings come from the environment (MICROLIFT_HOME, MICROLIFT_PLAN, credentials by source);
    `microlift init DIR` writes a commented plan and settings to start from.
    """


Body = Callable[..., Answer]


def command(name: str, example: str) -> Callable[[Body], click.Command]:
    """Register a function as a command with --json, --debug, error handling and an example."""

    def register(body: Body) -> click.Command:
        @functools.wraps(body)
        def run(*, as_json: bool, debug: bool, **options: Any) -> None:
            code = _run(body, options, as_json=as_json, debug=debug)
            if code == INTERRUPTED:
                # Everything is cleaned up; a plain exit would wait for vendors to answer. What is
                # registered for the end is done, or the libraries' helpers complain of leftovers.
                atexit._run_exitfuncs()
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
            sys.exit(code)

        wrapped = click.option("--debug", is_flag=True, help="Show tracebacks and all logs.")(run)
        wrapped = click.option(
            "--json", "as_json", is_flag=True, help="Print one JSON object instead of text."
        )(wrapped)
        # Given, a summary stands whole in the list of commands; click's own is cut at 45 letters.
        summary = (body.__doc__ or "").partition("\n")[0]
        return main.command(name, short_help=summary, epilog=f"Example:  {example}")(wrapped)

    return register


def _run(body: Body, options: Mapping[str, Any], *, as_json: bool, debug: bool) -> int:
    out = Output(as_json)
    redactor = Redactor()
    with suppress(SettingsError):  # the command reads them again and says so; init needs none
        redactor = Redactor(read_settings().all_secrets())
    _set_up_logging(redactor, debug)
    stops: list[int] = []
    try:
        with _terminable(stops):
            answer = body(out, **options)
    except KeyboardInterrupt:
        return _fail(out, "interrupted", INTERRUPTED, redactor)
    except Exception as error:  # the edge: whatever happens becomes one message and a code
        if debug:
            click.echo(redactor.text(traceback.format_exc()), err=True)
        if stops:  # libraries make an error of their own of it: DuckDB's "Query interrupted"
            return _fail(out, "interrupted", INTERRUPTED, redactor)
        return _fail(out, *_message(error), redactor)
    if as_json:
        payload = redact_texts(to_plain(answer.payload), redactor)
        click.echo(json.dumps(payload, ensure_ascii=False))
    return answer.exit_code


@contextmanager
def _terminable(stops: list[int]) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the block so that it cleans up: files, locks, processes.

    SIGINT as well where a shell that started us in the background had it ignored. Each signal that
    came is appended to `stops`: what ends the block then is due to it, whatever it is called.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        stops.append(number)
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _message(error: Exception) -> tuple[str, int]:
    match error:
        case MicroliftError():
            return str(error), error.exit_code
        case Locked():
            return str(error), LOCKED
        case CannotAccept() | CannotCompare() | UnknownVersion():
            return str(error), WRONG_USE
        case IngestError() | WarehouseError() | OSError():
            return str(error), FAILED
        case _:
            hint = "run again with --debug for the traceback"
            return f"unexpected {type(error).__name__}: {error}\n  {hint}", FAILED


def _fail(out: Output, message: str, code: int, redactor: Redactor) -> int:
    message = redactor.text(message)
    if out.as_json:
        click.echo(json.dumps({"error": message, "exit_code": code}, ensure_ascii=False))
    else:
        click.echo(f"error: {message}", err=True)
    return code


def _set_up_logging(redactor: Redactor, debug: bool) -> None:
    level = logging.DEBUG if debug else logging.WARNING
    handler = logging.StreamHandler()
    # On the handler too: some libraries set a lower level on their own loggers.
    handler.setLevel(level)
    handler.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s", redactor))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
