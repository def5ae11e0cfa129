"""Tests have no packages (import-mode=importlib), so their helpers need a place to be found."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "dbt_project"))
