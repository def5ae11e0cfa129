"""A code is the same to the plan's checks as it is to the marts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microlift.plan.codes import compared

if TYPE_CHECKING:
    from marts_house import House

TYPED = (
    *("Ana10", " an a10 ", "\u0410n\u0430\uff11\u0030", "\u0391NA\u200b10", "ana\u00a010"),
    *("ANA\u201310", "ANA\u00ad10", "A\u0308NA", "\u0130va", "straße", "\u0431\u0434\u0436"),
    *("ana_10", "\t", "", "\u200e"),
)


def test_plan_and_marts_compare_codes_by_one_rule(world: House) -> None:
    signs = [chr(n) for n in (*range(1, 0x600), *range(0x2000, 0x2070), *range(0xFF00, 0xFF60))]
    typed = [*TYPED, *signs, *(f"x{sign}y" for sign in signs)]
    rows = ", ".join(f"({index}, {_literal(text)})" for index, text in enumerate(typed))
    select = world.compiled("select t.n, {{ normalise_code('t.c') }} as code from rows as t (n, c)")
    sql = f"with rows as (values {rows}) {select}"
    found = dict(world.rows(sql))
    differing = {
        text: (code, compared(text))
        for index, text in enumerate(typed)
        if (code := found[index]) != (compared(text) or None)
    }
    assert differing == {}


def test_look_alikes_are_read_as_the_letters_they_look_like() -> None:
    assert {compared(text) for text in TYPED[:5]} == {"ANA10"}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
