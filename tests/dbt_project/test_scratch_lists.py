"""Which model is built before which.

Lists in `scratch` say what is built anew: who reads one stands behind whoever writes it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from order_build import PATH

DBT = Path(__file__).resolve().parents[2] / "dbt_project"
MACRO = re.compile(r"\{%-?\s*macro (\w+)\((.*?)\)\s*-?%\}(.*?)\{%-?\s*endmacro", re.DOTALL)
WRITTEN = re.compile(r"(?:create or replace table|insert into) scratch\.(?!last_)(\w+)")
NAMED = re.compile(r"scratch\.(?!last_)(\w+)")
CONFIG = re.compile(r"\{\{ config\(.*?\) \}\}\n", re.DOTALL)
MACROS = {
    name: body
    for folder in ("macros", "materializations")
    for path in sorted((DBT / folder).glob("*.sql"))
    for name, _, body in MACRO.findall(path.read_text(encoding="utf-8"))
}
MODELS = {
    path.stem: path.read_text(encoding="utf-8")
    for pattern in ("*.sql", "*.py")
    for path in DBT.glob(f"models/**/{pattern}")
}
ORDERS = ("stg_shopify__", "stg_impact__")


def expanded(text: str) -> str:
    """`text` and every macro that it calls, and that these call."""
    names: set[str] = set()
    while True:
        called = {name for name in re.findall(r"\b(\w+)\(", text) if name in MACROS} - names
        if not called:
            return text
        names |= called
        text += "".join(MACROS[name] for name in sorted(called))


TEXTS = {name: expanded(text) for name, text in MODELS.items()}
WRITERS = {
    name: {model for model, text in TEXTS.items() if name in WRITTEN.findall(text)}
    for name in {one for text in TEXTS.values() for one in WRITTEN.findall(text)}
}


@cache
def behind(model: str) -> frozenset[str]:
    """`model` and all models that are built before it."""
    query = CONFIG.sub("", MODELS[model])  # what hooks name is no reason for dbt to wait
    read = set(re.findall(r"['\"](\w+)['\"]", expanded(query))) & MODELS.keys()
    return frozenset({model}).union(*(behind(one) for one in read - {model}))


def lists_read(model: str) -> set[str]:
    """The lists that the model or its hooks read."""
    text = WRITTEN.sub("", TEXTS[model])
    return {name for name in WRITERS if name in NAMED.findall(text) or f"'{name}'" in text}


@pytest.mark.parametrize("model", sorted(model for model in MODELS if lists_read(model)))
def test_who_reads_a_list_stands_behind_all_who_write_it(model: str) -> None:
    early = {name: WRITERS[name] - behind(model) for name in lists_read(model)}
    assert {name: writers for name, writers in early.items() if writers} == {}


def test_every_list_is_written() -> None:
    named = {one for text in TEXTS.values() for one in NAMED.findall(text)}
    assert {one for one in named - WRITERS.keys() if not one.startswith("last_")} == set()
    assert {"touched_orders", "credited_orders", "changed_posts", "touched_deals"} <= WRITERS.keys()


def test_the_benchmark_of_orders_sums_every_model_between_raw_and_what_it_names() -> None:
    """Its ends are all facts of orders, and of the reports, which mix, those that it lists."""
    speaks_of_orders = {
        model for model in MODELS if any(one.startswith(ORDERS) for one in behind(model))
    }
    ends = {"ambiguities"} | {model for model in PATH if model.startswith("rpt_")}
    ends |= {model for model in speaks_of_orders if model.startswith("fct_")}
    assert len(PATH) == len({*PATH})
    assert {*PATH} == speaks_of_orders.intersection(frozenset().union(*map(behind, ends)))
