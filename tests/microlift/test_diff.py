"""`microlift diff`: reports and the default view first, the rest counted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "warehouse"))
from two_published import EDIT, publish

Run = Callable[..., Any]


def test_diff_tells_reports_by_default_says_how_much_more_there_is_and_knows_views(
    run: Run, tmp_path: Path
) -> None:
    publish(tmp_path, "r1", "select 1")
    publish(tmp_path, "r2", EDIT)
    env = {"MICROLIFT_HOME": str(tmp_path)}
    text = run("diff", "r1", "r2", env=env).text
    assert text.startswith("8 figures differ")
    assert "fct_" not in text
    assert text.splitlines()[-1].startswith("6 more of them")
    everything = run("diff", "r1", "r2", "--all", env=env).text
    assert "fct_costs_daily" in everything
    assert "more of them" not in everything
    view = run("diff", "r1", "r2", "--table", "campaign_roi", env=env)
    assert view.exit_code == 0
    assert view.text.startswith("4 figures differ")
    assert run("diff", "r1", "r2", "--table", "roi", env=env).exit_code == 2
    told = run("diff", "r1", "r2", "--json", env=env).json
    assert {"before", "after", "total", "summary", "changes"} <= {*told}
    assert (told["total"], len(told["changes"])) == (8, 8)
