"""Which countries still trade with each other after a shock, and whether an equilibrium of each block can exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.multi_checks import listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivector.models.equilibrium.multi_terms import Base

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]


def linked(open_links: BoolArray) -> BoolArray:
    """(S, N, N), whether two countries are joined by a chain of links of either direction; links are (S, N, N)."""
    reach = open_links | open_links.transpose(0, 2, 1) | np.eye(open_links.shape[1], dtype=np.bool_)
    while True:
        wider = np.matmul(reach.astype(np.float32), reach.astype(np.float32)) > 0
        if np.array_equal(wider, reach):
            return reach
        reach = wider


def supply_problems(gross: FloatArray, base: Base, *, first: int) -> Iterator[str]:
    """Sectors left without any supplier; `gross` (S, K, N, N) of scenarios counted from `first`."""
    missing = (base.weight > 0) & ~(gross > 0).any(axis=3)
    for scenario, sector, importer in np.argwhere(missing)[:8]:
        yield (
            f"scenario {first + scenario}: country {importer} is left without a supplier of sector {sector}, on which it "
            f"spends: its loss is infinite; leave it a supplier, or merge the sector with one it can still buy"
        )


def deficit_problems(together: BoolArray, base: Base, *, first: int, slack: float) -> Iterator[str]:
    """Blocks cut off from the rest whose deficit nobody can lend them any more."""
    gap, income = together @ base.deficit, together @ base.income
    broken = (np.abs(gap) > slack * income) & ~together.all(axis=2)
    for scenario in np.flatnonzero(broken.any(axis=1))[:8]:
        leader = int(np.argmax(broken[scenario]))
        block = np.flatnonzero(together[scenario, leader])
        yield (
            f"scenario {first + scenario}: country {listed(block)} is cut off with a deficit of {gap[scenario, leader]:.6g} "
            f"that nobody can finance (a surplus where negative), so no equilibrium exists; use closure 'balanced'"
        )
