"""Reference rates of the generated world: a random walk around plausible levels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

_LEVELS = {
    "USD": 1.1172, "JPY": 175.68, "CZK": 24.353, "DKK": 7.4735, "GBP": 0.8338, "HUF": 366.33,
    "PLN": 4.4038, "RON": 5.3447, "SEK": 10.978, "CHF": 0.9194, "ISK": 136.0, "NOK": 10.312,
    "TRY": 55.8015, "AUD": 1.5904, "BRL": 6.0692, "CAD": 1.5606, "CNY": 7.4326, "HKD": 8.7652,
    "IDR": 20275.17, "ILS": 3.495, "INR": 106.084, "KRW": 1491.76, "MXN": 21.1237, "MYR": 4.5325,
    "NZD": 1.9823, "PHP": 71.143, "SGD": 1.4282, "THB": 37.683, "ZAR": 18.6455,
}  # fmt: skip

Rates = list[tuple[date, Mapping[str, str]]]


def draw_rates(seed: int, start: date, days: int) -> Rates:
    """Rates of every working day from 400 days before `start` to 60 after the world's end."""
    rng = np.random.default_rng([seed, 7])
    first = start - timedelta(days=400)
    every = [first + timedelta(days=offset) for offset in range(400 + days + 60)]
    working = [day for day in every if day.weekday() < 5 and not _is_holiday(day)]
    steps = rng.normal(0.0, 0.004, (len(working), len(_LEVELS)))
    walk = np.array(list(_LEVELS.values())) * np.exp(np.cumsum(steps, axis=0) * 0.5)
    return [
        (day, dict(zip(_LEVELS, map(_as_written, row), strict=True)))
        for day, row in zip(working, walk.tolist(), strict=True)
    ]


def euros(rates: Mapping[date, Mapping[str, str]], amount: Decimal, code: str, on: date) -> Decimal:
    """An amount in euros at the last rate on or before a day.

    Raises LookupError when the week before the day has none.
    """
    if code == "EUR":
        return amount
    for back in range(8):
        day = rates.get(on - timedelta(days=back))
        if day is not None and code in day:
            return amount / Decimal(day[code])
    raise LookupError(f"no rate of {code} on or before {on}")


def _as_written(rate: float) -> str:
    """Five significant digits and no trailing zeros, as the bank writes them."""
    digits = 4 if rate < 10 else 3 if rate < 100 else 2
    return f"{rate:.{digits}f}".rstrip("0").rstrip(".")


def _is_holiday(day: date) -> bool:
    return (day.month, day.day) in {(1, 1), (5, 1), (12, 25), (12, 26)}
