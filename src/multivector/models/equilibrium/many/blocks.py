"""Which countries still trade with each other after a shock, and whether an equilibrium of each block can exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.many.checks import listed
from multivector.models.equilibrium.records import BALANCED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

MOST_NAMED: Final = 8  # problems of one kind in one message


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Who can reach whom after a shock, (S, N, N). together: by chains of any direction. sells: i to j by chains."""

    together: BoolArray
    sells: BoolArray


def connected(gross: FloatArray) -> Links:
    """The links that are left in gross (S, K, N, N), importer by exporter."""
    direct: BoolArray = gross.max(axis=1).transpose(0, 2, 1) > 0
    direct |= np.eye(direct.shape[1], dtype=np.bool_)
    sells = _chains(direct)
    return Links(together=sells if sells.all() else _chains(direct | direct.transpose(0, 2, 1)), sells=sells)


def supply_problems(gross: FloatArray, weight: FloatArray, *, first: int) -> Iterator[str]:
    """Sectors left without any supplier; gross (S, K, N, N), weight (K, N), scenarios counted from `first`."""
    missing = (weight > 0) & (gross.max(axis=3) == 0)
    for scenario, sector, importer in np.argwhere(missing)[:MOST_NAMED]:
        yield (
            f"scenario {first + scenario}: country {importer} is left without a supplier of sector {sector}, on which "
            "it spends, so its loss is infinite: leave it a supplier, or merge the sector with one it can still buy"
        )


def block_problems(links: Links, deficit: FloatArray, *, income: FloatArray, pooled: bool, first: int) -> Iterator[str]:
    """Countries whose deficit nobody can finance, or whose surplus nobody can buy, once links are cut.

    A block that trades with nobody else can have no deficit. Without `pooled` (deficits are amounts), countries that
    only sell to others must have a surplus, and those that only buy from others a deficit.
    """
    if links.sells.all():
        return
    gap, size = links.together @ deficit, BALANCED * (links.together @ income)
    for scenario, block in _sets(links.together, np.abs(gap) > size):
        yield (
            f"scenario {first + scenario}: {_named(block)} would be cut off with a deficit of "
            f"{deficit[block].sum():.6g} (below 0: a surplus), so no equilibrium exists: use closure 'balanced'"
        )
    one_way = {} if pooled else {"sell to others but buy": (links.sells.transpose(0, 2, 1), -1.0)}
    one_way |= {} if pooled else {"buy from others but sell": (links.sells, 1.0)}
    for words, (chain, sign) in one_way.items():
        partial = chain.sum(axis=2) < links.together.sum(axis=2)
        for scenario, block in _sets(chain, partial & (sign * (chain @ deficit) <= BALANCED * (chain @ income))):
            yield (
                f"scenario {first + scenario}: {_named(block)} would {words} nothing in return, with a deficit of "
                f"{deficit[block].sum():.6g}: trade cannot balance, so no equilibrium exists: cut both directions"
            )


def _sets(chain: BoolArray, broken: BoolArray) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Each set of countries, a row of chain (S, N, N), that is marked in broken (S, N); each set once."""
    seen: set[tuple[int, bytes]] = set()
    for scenario, leader in np.argwhere(broken):
        row = chain[scenario, leader]
        if (int(scenario), row.tobytes()) not in seen and len(seen) < MOST_NAMED:
            seen.add((int(scenario), row.tobytes()))
            yield int(scenario), np.flatnonzero(row)


def _named(block: NDArray[np.intp]) -> str:
    return f"{'country' if block.size == 1 else 'countries'} {listed(block)}"


def _chains(direct: BoolArray) -> BoolArray:
    """Who can reach whom in any number of steps, (S, N, N)."""
    reach = direct
    while True:
        steps = reach.astype(np.float32)
        wider = np.matmul(steps, steps) > 0
        if np.array_equal(wider, reach):
            return reach
        reach = wider
