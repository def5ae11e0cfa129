"""What can go wrong at the front door, and the exit code each failure ends a command with.

    MicroliftError            1  failed
    ├── SettingsError         2  a variable is missing or wrong: mend the environment
    ├── PlanError             2  the plan folder has errors: mend the files it names
    ├── UsageError            2  the command was asked for something that cannot be
    ├── BuildFailed           1  a model or a test failed: read its message
    └── GateRefused           3  the marts failed a check: readers keep what they had

`warehouse.lock.Locked` ends a command with 4. Nothing here carries a secret.
"""

from __future__ import annotations

DONE = 0
FAILED = 1
WRONG_USE = 2
REFUSED = 3
LOCKED = 4
INTERRUPTED = 130


class MicroliftError(Exception):
    """Base of the front door's errors; `str()` is one message for people."""

    exit_code = FAILED


class SettingsError(MicroliftError):
    """A setting is missing or wrong; the message names the variable and the mend."""

    exit_code = WRONG_USE


class UsageError(MicroliftError):
    """A command was asked for something that does not exist."""

    exit_code = WRONG_USE


class BuildFailed(MicroliftError):
    """A dbt model or test failed; `failures` holds (node, message) pairs."""

    def __init__(self, failures: list[tuple[str, str]]) -> None:
        self.failures = failures
        lines = [f"{node}: {message}" for node, message in failures]
        super().__init__("the build failed\n  " + "\n  ".join(lines))


class GateRefused(MicroliftError):
    """A critical check on the marts failed; nothing was published."""

    exit_code = REFUSED
