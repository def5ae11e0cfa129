"""What can be wrong with a plan: each problem names file, line, field, the fault and the mend."""

from __future__ import annotations

from dataclasses import dataclass

from microlift.errors import WRONG_USE, MicroliftError


@dataclass(frozen=True, order=True)
class Problem:
    """One fault. `line` is the line of the file as an editor counts; 0 where there is no line."""

    file: str
    line: int
    field: str
    fault: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        field = f" {self.field}:" if self.field else ""
        return f"{where}:{field} {self.fault}; {self.mend}"


class PlanError(MicroliftError):
    """The plan is refused as a whole; `problems` holds every fault, in file and line order."""

    exit_code = WRONG_USE

    def __init__(self, problems: list[Problem], folder: str) -> None:
        self.problems = sorted(problems)
        count = len(self.problems)
        head = f"the plan in {folder} has {count} error{'s' if count > 1 else ''}"
        super().__init__("\n  ".join([head, *map(str, self.problems)]))
