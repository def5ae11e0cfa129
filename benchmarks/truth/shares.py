"""How often something held, over many invented worlds."""

from __future__ import annotations

import math
from collections.abc import Iterable


def share(of: Iterable[bool]) -> tuple[float, int]:
    """The share that is true, NaN of nothing; and of how many."""
    those = list(of)
    return (sum(those) / len(those) if those else math.nan), len(those)


def percent(part: float, count: int) -> str:
    """A share of so many, with its standard error."""
    if not count:
        return "-"
    return f"{part:.1%} ± {math.sqrt(part * (1 - part) / count):.1%}"
