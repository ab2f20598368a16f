"""Which countries still trade with each other after a shock, and whether an equilibrium of each block can exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.many.checks import listed
from multivector.models.equilibrium.records import BALANCED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Who is joined to whom, each (N, N). `reach`: goods of i get to j over any chain; `together`: one block."""

    reach: BoolArray
    together: BoolArray


def links_of(open_flows: FloatArray) -> Links | None:
    """The links of open flows (N, N), exporter by importer; None where goods of every country reach every other."""
    links = open_flows > 0
    if hubs(links).any() or (reach := _reach(links)).all():
        return None
    return Links(reach, _reach(reach | reach.T))


def hubs(links: BoolArray) -> BoolArray:
    """(N,) or (S, N): countries that sell to all and buy from all; where one is, all are joined. Links (..., N, N)."""
    return np.asarray(links.all(axis=-1) & links.all(axis=-2))


def _reach(links: BoolArray) -> BoolArray:
    reach = links | np.eye(len(links), dtype=np.bool_)
    while not reach.all():
        wider = reach.astype(np.float32) @ reach.astype(np.float32) > 0
        if np.array_equal(wider, reach):
            break
        reach = wider
    return reach


def market_problems(open_flows: FloatArray) -> Iterator[str]:
    """Countries that a shock leaves without any supplier or without any buyer; flows (N, N)."""
    if (starved := np.flatnonzero(~(open_flows > 0).any(axis=0))).size:
        yield f"country {listed(starved)} is left without a supplier, its own goods included: the loss is infinite"
    if (unsold := np.flatnonzero(~(open_flows > 0).any(axis=1))).size:
        yield f"country {listed(unsold)} is left without a buyer, itself included: it has no income and no wage"


def deficit_problems(links: Links, *, deficit: FloatArray, income: FloatArray, signed: bool) -> Iterator[str]:
    """Groups of countries whose deficits (N,) nobody can finance any more.

    A group cut off from all others has to be in balance. A group that only buys has to have a deficit and one that
    only sells a surplus: judged where deficits are `signed` beforehand, as they are not in the multiplicative closure.
    """
    reach, together = links.reach, links.together
    both_ways = reach & reach.T
    for leader in np.flatnonzero(np.argmax(both_ways, axis=1) == np.arange(len(reach))):
        group = both_ways[leader]
        gap, slack = float(deficit[group].sum()), BALANCED * float(income[group].sum())
        sells, buys = reach[leader][~group].any(), reach[:, leader][~group].any()
        if np.array_equal(group, together[leader]):
            how = "" if group.all() or abs(gap) <= slack else "is cut off from all others"
        elif not signed or (sells and buys):
            how = ""
        elif buys:
            how = "" if gap > slack else "buys from others but can sell to none of them"
        else:
            how = "" if gap < -slack else "sells to others but can buy from none of them"
        if how:
            yield (
                f"country {listed(np.flatnonzero(group))} {how}, with a deficit of {gap:.6g} (a surplus if negative) "
                f"that nobody can finance: no equilibrium exists; shut both directions and use closure 'balanced'"
            )
