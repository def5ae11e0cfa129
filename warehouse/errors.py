"""What can go wrong in the warehouse; each leaf is named by what the caller should do.

WarehouseError
├── UnsupportedDuckDB   install the version we tested
├── UnusableFile        restore or rebuild warehouse.duckdb from the landing zone
├── Locked              wait for, or end, the process that holds the lock
├── CannotAccept        that fetch is unknown, not refused, or has nothing in raw
├── CannotCompare       name two versions that hold the same marts
└── CannotPublish       nothing became visible; readers keep what they had
    └── UnknownVersion  name one of `versions(home)`
"""

from __future__ import annotations


class WarehouseError(Exception):
    """Anything the warehouse raises on purpose."""


class UnsupportedDuckDB(WarehouseError):
    """The installed duckdb is one whose files other tools cannot open."""


class UnusableFile(WarehouseError):
    """The warehouse file cannot be opened: damaged, or written by a newer DuckDB."""


class Locked(WarehouseError):
    """Another process writes to this home; `pid`, `host` and `since` (ISO) say which."""

    def __init__(self, pid: int | None, host: str, since: str) -> None:
        # Who holds it without saying so is none of ours, such as a backup.
        holder = "another program" if pid is None else f"process {pid} on {host} since {since}"
        super().__init__(f"locked by {holder}")
        self.pid, self.host, self.since = pid, host, since


class CannotAccept(WarehouseError):
    """There is nothing refused in raw under that fetch id."""


class CannotCompare(WarehouseError):
    """Two versions do not hold what the causes of changes are told from."""


class CannotPublish(WarehouseError):
    """The version could not be made; the current one is untouched."""


class UnknownVersion(CannotPublish):
    """No published version has that run id."""
