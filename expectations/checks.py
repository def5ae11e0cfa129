"""What a check is and what a gate answers; the vocabulary of both suites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["critical", "warning"]
Verdict = Literal["passed", "warned", "failed"]


@dataclass(frozen=True)
class Check:
    """One measured value must lie between `minimum` and `maximum`, both inclusive.

    The value stands in column `name` of the frame `frame`, a number for each row; null means there
    was nothing to measure, which passes. `meaning` is what a breach says and what to do about it.
    """

    name: str
    frame: str
    table_name: str
    severity: Severity
    meaning: str
    minimum: float | None = None
    maximum: float | None = None

    @property
    def limit_value(self) -> str:
        """The limit as people write it."""
        if self.minimum is not None and self.minimum == self.maximum:
            return f"= {self.minimum:g}"
        if self.minimum is not None and self.maximum is not None:
            return f"{self.minimum:g} to {self.maximum:g}"
        if self.minimum is not None:
            return f">= {self.minimum:g}"
        return f"<= {self.maximum:g}"


@dataclass(frozen=True)
class Suite:
    """Checks judged together; `key` names the columns that identify a row that can be refused."""

    name: str
    checks: tuple[Check, ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class GateResult:
    """One check of one table: the worst value seen, or one result for each row that failed.

    `subject` names the failed row; `observed` is null when there was nothing to measure.
    """

    suite: str
    table_name: str
    check_name: str
    subject: str
    severity: Severity
    observed: float | None
    limit_value: str
    passed: bool
    meaning: str


@dataclass(frozen=True)
class GateReport:
    """`failed` if a critical check failed, `warned` if only warnings did, else `passed`.

    `refused` says for each key of a row that failed a critical check why it is refused.
    """

    suite: str
    verdict: Verdict
    results: tuple[GateResult, ...]
    refused: Mapping[tuple[str, ...], str] = field(default_factory=dict)
