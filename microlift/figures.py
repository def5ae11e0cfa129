"""Figures and instants for people: thousands apart, a dash (never a 0) where one is not known."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

UNKNOWN = "\N{EN DASH}"


def number(value: int | None) -> str:
    """A count, as in "12 345"."""
    return UNKNOWN if value is None else _apart(f"{value:,}")


def counted(value: int, thing: str) -> str:
    """So many things, as in "1 order" and "12 orders"."""
    return f"{number(value)} {thing}{'' if value == 1 else 's'}"


def money(value: Decimal | None) -> str:
    """An amount without cents, for an overview."""
    return UNKNOWN if value is None else _apart(f"{round(value):,}")


def cents(value: Decimal | None) -> str:
    """An amount to the cent, as in "1 234.50"."""
    return UNKNOWN if value is None else _apart(f"{value:z,.2f}")


def percent(value: Decimal | float | None) -> str:
    """A share, as in "2.71%"."""
    return UNKNOWN if value is None else f"{value:z.2%}"


def share(value: Decimal | float) -> str:
    """A part of a whole for an overview, as in "24%"; never a 0 for what there is."""
    return "<1%" if 0 < value < 0.005 else f"{value:.0%}"


def signed(value: Decimal) -> str:
    """What came or went, as in "+1 430"."""
    return _apart(_no_signed_zero(f"{round(value):+,}"))


def signed_cents(value: Decimal) -> str:
    """What came or went, to the cent, as in "+1 430.20"."""
    return _apart(f"{value:+z,.2f}")


def signed_points(value: Decimal) -> str:
    """How far a share moved, in points of a percent, as in "+1.30"."""
    return f"{value * 100:+z,.2f}"


def signed_percent(value: Decimal | float | None) -> str:
    """A return, as in "+130%"."""
    return UNKNOWN if value is None else _apart(_no_signed_zero(f"{value:+z,.0%}"))


def minute(instant: datetime | str | None) -> str:
    """An instant, itself or as ISO text, in UTC to the minute."""
    instant = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return UNKNOWN if instant is None else f"{instant.astimezone(UTC):%Y-%m-%d %H:%M}"


def _no_signed_zero(text: str) -> str:
    """What rounds to 0 is neither gain nor loss."""
    return text.lstrip("+") if text in ("+0", "+0%") else text


def _apart(text: str) -> str:
    return text.replace(",", " ")
