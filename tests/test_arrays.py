"""The door between tables and arrays: order is kept, and nothing is guessed."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.arrays import matrix
from multivector.errors import NoAnswer, UnknownName

MEASURES, POLES = ("exports", "imports"), ("russia", "china", "west")
FULL = [
    (name, pole, float(10 * row + column)) for row, name in enumerate(MEASURES) for column, pole in enumerate(POLES)
]


def table(lines: list[tuple[str, str, float | None]]) -> pl.DataFrame:
    return pl.DataFrame(lines, schema={"measure": pl.String, "pole": pl.String, "share": pl.Float64}, orient="row")


def as_matrix(lines: list[tuple[str, str, float | None]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return matrix(table(lines), rows=("measure", MEASURES), columns=("pole", POLES), value="share")


@settings(deadline=None)
@given(order=st.permutations(FULL))
def test_rows_and_columns_stand_as_named(order: list[tuple[str, str, float | None]]) -> None:
    assert as_matrix(order).tolist() == [[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]]


def test_labels_give_the_order() -> None:
    found = matrix(table(list(FULL)), rows=("measure", MEASURES[::-1]), columns=("pole", POLES[::-1]), value="share")
    assert found.tolist() == [[12.0, 11.0, 10.0], [2.0, 1.0, 0.0]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (("exports", "rusia", 0.1), "unknown pole 'rusia'; did you mean russia?"),
        (("export", "russia", 0.1), "unknown measure 'export'; did you mean exports"),
    ],
)
def test_an_unknown_label_comes_with_the_nearest(line: tuple[str, str, float], message: str) -> None:
    with pytest.raises(UnknownName) as caught:
        as_matrix([*FULL, line])
    assert message in str(caught.value)


@pytest.mark.parametrize("again", [0.0, 0.7])
def test_a_cell_that_stands_twice(again: float) -> None:
    with pytest.raises(NoAnswer, match="share of exports and russia stands twice: two sources are never added"):
        as_matrix([*FULL, ("exports", "russia", again)])


@pytest.mark.parametrize("unknown", [None, math.nan, math.inf, -math.inf])
def test_an_unknown_cell_is_not_zero(unknown: float | None) -> None:
    with pytest.raises(NoAnswer, match="share of imports and west is unknown: give bounds, not zero"):
        as_matrix([*FULL[:-1], ("imports", "west", unknown)])


@pytest.mark.parametrize("place", range(len(FULL)))
def test_a_missing_cell_is_named(place: int) -> None:
    measure, pole, _ = FULL[place]
    with pytest.raises(NoAnswer, match=f"share of {measure} and {pole} is missing"):
        as_matrix([line for at, line in enumerate(FULL) if at != place])


def test_an_empty_table_has_every_cell_missing() -> None:
    with pytest.raises(NoAnswer, match="share of exports and russia is missing"):
        as_matrix([])


def test_zero_is_a_measurement() -> None:
    assert as_matrix([(name, pole, 0.0) for name, pole, _ in FULL]).sum() == 0.0
