"""Keeps secrets out of everything that is printed or logged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingest.redact import Redactor


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, without secrets."""

    def __init__(self, form: str, redactor: Redactor) -> None:
        super().__init__(form)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        return self._redactor.text(super().format(record))


def redact_texts(value: Any, redactor: Redactor) -> Any:
    """JSON types with every text in them without secrets; numbers and names stay as they are."""
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, dict):
        return {name: redact_texts(item, redactor) for name, item in value.items()}
    if isinstance(value, list):
        return [redact_texts(item, redactor) for item in value]
    return value
