"""Numbers of the models that people are told: read where they stand, so there is one of each."""

from __future__ import annotations

import re
from functools import cache

from microlift.dbt_run import PROJECT


@cache
def constant(name: str) -> int:
    """The number that a macro of `dbt_project/macros/constants.sql` stands for."""
    text = (PROJECT / "macros" / "constants.sql").read_text(encoding="utf-8")
    (number,) = re.findall(rf"{{% macro {name}\(\) -%}} (\d+) {{%- endmacro %}}", text)
    return int(number)
