"""The distributions of the macros (gamma, normal, t) against scipy's, and how exact they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest
from scipy import special, stats

if TYPE_CHECKING:
    from marts_house import House

# from nothing sold to a hundred million orders
SHAPES = np.concatenate([np.linspace(0.5, 12, 1_000), np.geomspace(12, 1e8, 1_000)])
PRECISION = {0.025: 2e-5, 0.25: 1e-6, 0.75: 1e-6, 0.975: 1e-6}


def _of_sql(house: House, expression: str, **columns: np.ndarray) -> np.ndarray:
    """The expression over arrays, as DuckDB computes it."""
    sql = house.compiled(f"select {expression} as found from inputs")  # noqa: S608
    lists = ", ".join(f"unnest(${name}) as {name}" for name in columns)
    with duckdb.connect() as con:
        values = {name: column.tolist() for name, column in columns.items()}
        found = con.execute(f"with inputs as (select {lists}) {sql}", values)
        return np.array([value for (value,) in found.fetchall()], dtype=float)


@pytest.mark.parametrize("probability", PRECISION)
def test_quantiles_agree_with_scipy(world: House, probability: float) -> None:
    macro = f"{{{{ gamma_quantile_ratio('inputs.v', {probability}) }}}}"
    found = _of_sql(world, macro, v=1 / np.sqrt(SHAPES)) * SHAPES
    due = stats.gamma.ppf(probability, SHAPES)
    assert np.max(np.abs(found / due - 1)) < PRECISION[probability]


def test_the_distribution_function_agrees_with_scipy(world: House) -> None:
    shapes = np.repeat(SHAPES[::20], 50)
    due = np.tile(np.linspace(0.001, 0.999, 50), len(shapes) // 50)
    x = stats.gamma.ppf(due, shapes)
    deviate = _of_sql(world, "{{ gamma_deviate('shape', 'x') }}", shape=shapes, x=x)
    found = _of_sql(world, "{{ gamma_cdf('z', 'shape', 'x') }}", z=deviate, shape=shapes, x=x)
    assert np.max(np.abs(found - due)) < 1e-4


def test_the_normal_distribution_function_agrees_with_scipy(world: House) -> None:
    z = np.linspace(-8, 8, 2_001)
    found = _of_sql(world, "{{ normal_cdf('z') }}", z=z)
    assert np.max(np.abs(found - special.ndtr(z))) < 1e-7


def test_students_quantile_agrees_with_scipy(world: House) -> None:
    degrees = np.concatenate([np.linspace(4, 60, 200), np.geomspace(60, 1e6, 50)])
    found = _of_sql(world, "{{ t_quantile('degrees') }}", degrees=degrees)
    assert np.max(np.abs(found - stats.t.ppf(0.975, degrees))) < 1e-3
