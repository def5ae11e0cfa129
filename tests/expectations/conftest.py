"""Where the expectations tests find their helpers, and the one slow import for all of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# Tests have no packages (import-mode=importlib), so their helpers need a place to be found.
sys.path.insert(0, str(Path(__file__).parent))

from expectations.gate import warm_up


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    warm_up()
