"""What a caller's table holds, as arrays: a mapping or a data frame, whose columns are anything NumPy can read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import numpy as np

from multivector.errors import WrongRequest, nearest
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LABELS = set("biufUSM")


class Table(Protocol):
    """Columns by name: a mapping, or a data frame of pandas or polars, which is never imported for it."""

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 - lists, arrays, series
        """The column."""


def is_table(candidate: object) -> TypeGuard[Table]:
    """Whether columns can be asked for by name; an array, a list or one series (whose keys are rows) is no table."""
    named = callable(getattr(candidate, "keys", None)) or hasattr(candidate, "columns")
    return named and getattr(candidate, "ndim", None) != 1


def column_names(table: Table) -> tuple[str, ...]:
    """The names, from `keys()` or, where there is none, `columns`; names that are not text are left out.

    Raises:
        WrongRequest: neither is there.
    """
    if not is_table(table):
        raise WrongRequest(
            f"the table is a {type(table).__name__}: give columns by name, as a dict of arrays or a data frame"
        )
    keys = getattr(table, "keys", None)
    names: Iterable[object] = keys() if callable(keys) else getattr(table, "columns", ())
    return tuple(name for name in names if isinstance(name, str))


def read_columns(table: Table, wanted: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The wanted columns as arrays; object arrays that hold only text become text.

    Raises:
        WrongRequest: no table, unknown columns, a column that is no array.
    """
    wanted = tuple(wanted)
    known = column_names(table)
    refuse(_unknown_problems(known, wanted))
    found: dict[str, NDArray[Any]] = {}
    problems = []
    for name in wanted:
        try:
            found[name] = as_column(table[name])
        except (ValueError, TypeError) as odd:
            problems.append(f"column {name!r} is no array ({' '.join(str(odd).split())}): give one value a row")
    refuse(problems)
    return found


def as_column(values: object) -> NDArray[Any]:
    """Values as an array; text where NumPy sees objects and all are text.

    Raises:
        ValueError: rows of unequal length, or masked values, which NumPy would read as if they were not.
    """
    if np.ma.is_masked(values):
        raise ValueError("some values are masked: leave those rows out")
    column = np.asarray(values)
    if column.dtype.kind == "O" and column.size and all(isinstance(one, str) for one in column.flat):
        return column.astype(str)
    return column


def label_problems(name: str, column: NDArray[Any]) -> list[str]:
    """What keeps a column from holding labels: a number, a text or a date in every row."""
    kind = column.dtype.kind
    if kind == "O":
        odd = [one for one in column.flat if not isinstance(one, str)]
        shown = f"{odd[0]!r} and other objects in {len(odd)} rows" if odd else "nothing"
        return [f"column {name!r} holds {shown}: give numbers, text or dates in every row, or leave those rows out"]
    if kind not in _LABELS:
        return [f"column {name!r} holds {column.dtype}: give numbers, text or dates"]
    if kind == "f" and (lost := int(np.sum(~np.isfinite(column)))):
        return [f"column {name!r} is NaN or infinite in {lost} rows: leave those rows out, or find them"]
    if kind == "M" and (lost := int(np.sum(np.isnat(column)))):
        return [f"column {name!r} has no date in {lost} rows: leave those rows out, or find them"]
    return []


def _unknown_problems(known: tuple[str, ...], wanted: tuple[str, ...]) -> list[str]:
    return [
        f"no column {name!r} in the table; did you mean {' or '.join(close)}?"
        if (close := nearest(name, known))
        else f"no column {name!r} in the table; it has {', '.join(sorted(known)) or 'none'}"
        for name in wanted
        if name not in known
    ]
