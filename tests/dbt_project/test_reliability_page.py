"""The table of orders that go wrong in docs/reliability.md names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

from bad_orders import CASES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("<!-- orders: begin -->")[2].partition("<!-- orders: end -->")[0]
ROWS = [line.split(" | ") for line in TABLE.splitlines()[3:] if line]
# F22 and F23 of the faults that Microlift says it survives, and what else an order may be.
FAULTS = """
    refund beyond; partial refund; cancelled; voided; test order; without a rate; weekend; yen;
    negative; 10^12; half a cent; shared code; used again; look-alike; two codes;
    code and a link of two influencers; bot; self-referral; two influencers at once;
    outside its period; unknown code; before the collaboration; edited after it was settled;
    only some windows hold
"""


def _tests() -> set[str]:
    """Names of all tests in Python and of all unit tests of models."""
    python = (path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py"))
    names = {name for text in python for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}
    for path in ROOT.glob("dbt_project/models/**/_unit_tests*.yml"):
        names |= {*re.findall(r"^  - name: (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)}
    return names


def test_each_fault_of_an_order_has_a_row_and_each_named_test_is_there() -> None:
    told = [row[0] for row in ROWS]
    for fault in FAULTS.split(";"):
        assert sum(fault.strip() in one for one in told) == 1, fault
    known = _tests()
    for fault, _, tests in ROWS:
        named = re.findall(r"`(\w+)(?:\[[^]]*\])?`", tests)
        assert named, fault
        assert {*named} <= known, fault


def test_each_bad_order_is_in_the_table() -> None:
    assert sorted(re.findall(r"explained\[([^]]*)\]", TABLE)) == sorted(CASES)
