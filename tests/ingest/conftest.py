"""Fixtures of the ingest tests; their helpers are in `ingest_vendor`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.landing import Landing

# Tests have no packages (import-mode=importlib), so their helpers need a place to be found.
sys.path.insert(0, str(Path(__file__).parent))

from ingest_vendor import Vendor


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    server = Vendor()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")
