"""What amounts of trade must be before anything is computed from them, and that results stay as they were found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


def amount_problems(name: str, amounts: FloatArray, *, unknown: bool = False) -> list[str]:
    """What keeps `amounts` from being sums of money; with `unknown`, NaN says that there is no figure."""
    amounts = np.asarray(amounts, dtype=np.float64)
    bad = np.isinf(amounts) if unknown else ~np.isfinite(amounts)
    problems = []
    if bad.any():
        problems.append(f"{name}{place_of(bad)} is not finite: leave out what is unknown")
    if (amounts < 0).any():
        problems.append(f"{name}{place_of(amounts < 0)} is negative: amounts are 0 or more")
    return problems


def same_shape_problems(first: str, first_values: object, second: str, second_values: object) -> list[str]:
    """What keeps two arrays from lining up entry by entry; the arrays may hold anything."""
    shapes = np.asarray(first_values).shape, np.asarray(second_values).shape
    if shapes[0] == shapes[1]:
        return []
    return [f"{first} has shape {shapes[0]}, {second} {shapes[1]}: they must line up entry by entry"]


def read_only(values: NDArray[Any]) -> NDArray[Any]:
    """The array itself, which nobody can change any more; a NumPy number becomes an array without axes."""
    values = np.asarray(values)
    values.setflags(write=False)
    return values


def place_of(broken: NDArray[np.bool_]) -> str:
    """Where the first broken entry stands, as in `[2, 0]`."""
    where = np.argwhere(np.atleast_1d(broken))[0]
    return f"[{', '.join(str(int(axis)) for axis in where)}]"
