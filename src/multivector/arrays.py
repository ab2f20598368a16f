"""The one door between labelled tables and bare arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from multivector.errors import NoAnswer, UnknownName

FloatArray = npt.NDArray[np.float64]


def matrix(
    table: pl.DataFrame, *, rows: tuple[str, Sequence[str]], columns: tuple[str, Sequence[str]], value: str
) -> FloatArray:
    """A dense array of `value`, shape (rows, columns), in the order of the given labels.

    `rows` and `columns` are each a column name and its labels.

    Raises:
        UnknownName: the table holds a label that is not listed.
        NoAnswer: a cell stands twice, is missing, null or not finite.
    """
    array = np.full((len(rows[1]), len(columns[1])), np.nan)
    places = [{label: place for place, label in enumerate(axis[1])} for axis in (rows, columns)]
    for row_label, column_label, number in table.select(rows[0], columns[0], value).iter_rows():
        for label, place, axis in ((row_label, places[0], rows[0]), (column_label, places[1], columns[0])):
            if label not in place:
                raise UnknownName(axis, str(label), known=place)
        cell = places[0][row_label], places[1][column_label]
        if not np.isnan(array[cell]):
            raise NoAnswer(f"{value} of {row_label} and {column_label} stands twice: two sources are never added")
        if number is None or not np.isfinite(number):
            raise NoAnswer(f"{value} of {row_label} and {column_label} is unknown: give bounds, not zero")
        array[cell] = number
    absent = np.argwhere(np.isnan(array))
    if len(absent):
        row, column = absent[0]
        raise NoAnswer(f"{value} of {rows[1][row]} and {columns[1][column]} is missing")
    return array
