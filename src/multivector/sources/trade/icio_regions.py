"""How a table of single economies becomes one of regions, and of fewer sectors, with tariff revenue kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from multivector.errors import WrongRequest
from multivector.sources.trade.icio import Cube
from multivector.sources.trade.icio_codes import SECTORS
from multivector.world import World

Regions = Literal["full", "regions28", "groups8"]
_DECIMALS: Final = 12  # of a tariff: a single cell keeps the rate it was given


@dataclass(frozen=True, slots=True, eq=False)
class Membership:
    """Which members each code of an aggregate is made of, for economies and for sectors."""

    resolution: str
    regions: Mapping[str, tuple[str, ...]]
    sectors: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate:
    """A table at one resolution. All arrays (R, R, G): seller, buyer, sector.

    `value_usd_mn`: what the buyer spends, tariff included. `tariff`: ad valorem, fraction, NaN where unknown.
    `domestic_usd_mn`: the part that each member spends at home; 0 between two regions.
    """

    resolution: str
    year: int
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    value_usd_mn: NDArray[np.float64]
    tariff: NDArray[np.float64]
    domestic_usd_mn: NDArray[np.float64]


def membership(world: World, resolution: str) -> Membership:
    """The membership of an aggregate as the world's table `sectors` has it.

    Raises:
        WrongRequest: the world has no such aggregate.
    """
    rows = world.rows("sectors", pl.col("resolution") == resolution)
    said = rows.sort("code").select("kind", "code", "members").rows()
    regions = {code: tuple(members.split()) for kind, code, members in said if kind == "region"}
    sectors = {code: tuple(members.split()) for kind, code, members in said if kind == "sector"}
    if not regions:
        raise WrongRequest(f"the world's table `sectors` has no resolution {resolution!r}")
    # a resolution without sectors of its own keeps those of the source
    return Membership(resolution, regions, sectors or {one: (one,) for one in SECTORS})


def full(cube: Cube) -> Membership:
    """Every economy and every sector by itself."""
    regions = {one: (one,) for one in cube.economies}
    return Membership(f"icio{len(regions)}", regions, {one: (one,) for one in cube.sectors})


def unmatched(cube: Cube, members: Membership) -> Iterator[str]:
    """Why a table cannot be put together exactly: economies or sectors of one that the other does not have."""
    for kind, groups, held in (
        ("economies", members.regions, cube.economies),
        ("sectors", members.sectors, cube.sectors),
    ):
        wanted = {one for parts in groups.values() for one in parts}
        if missing := sorted(wanted - set(held)):
            yield f"the file of {cube.year} lacks {kind} of {members.resolution}: {' '.join(missing)}"
        if extra := sorted(set(held) - wanted):
            yield f"the file of {cube.year} has {kind} that {members.resolution} does not know: {' '.join(extra)}"


def aggregate(cube: Cube, tariff: NDArray[np.float64] | None, members: Membership) -> Aggregate:
    """Put a table together: values added up, the tariff sum X / sum(X / (1 + t)) - 1, so that revenue stays the same.

    Parameters:
        cube: sales, (N, N, K).
        tariff: ad valorem, fraction, (N, N, K); NaN where unknown. None: unknown everywhere.
        members: whose members are exactly those of the cube; see `unmatched`.

    Raises:
        WrongRequest: they are not.
    """
    if problems := tuple(unmatched(cube, members)):
        raise WrongRequest("; ".join(problems))
    regions, goods = _indicator(members.regions, cube.economies), _indicator(members.sectors, cube.sectors)
    value = cube.value_usd_mn
    at_home = np.einsum("iik->ik", value)
    domestic = np.zeros((len(members.regions), len(members.regions), len(members.sectors)))
    diagonal = np.arange(len(members.regions))
    domestic[diagonal, diagonal] = regions @ at_home @ goods.T
    return Aggregate(
        resolution=members.resolution,
        year=cube.year,
        regions=tuple(members.regions),
        sectors=tuple(members.sectors),
        value_usd_mn=_summed(value, regions, goods),
        tariff=_joint_tariff(value, tariff, regions, goods),
        domestic_usd_mn=domestic,
    )


def _joint_tariff(
    value: NDArray[np.float64],
    tariff: NDArray[np.float64] | None,
    regions: NDArray[np.float64],
    goods: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(R, R, G); NaN where a sale that is not zero has no known tariff, or where nothing is sold."""
    spent = _summed(value, regions, goods)
    if tariff is None:
        return np.full(spent.shape, np.nan)
    unknown = _summed(np.where(np.isnan(tariff) & (value > 0), 1.0, 0.0), regions, goods)
    net = np.divide(value, 1 + tariff, out=np.zeros_like(value), where=~np.isnan(tariff))
    received = _summed(net, regions, goods)
    known = (unknown == 0) & (received > 0)
    return np.where(known, spent / np.where(known, received, 1.0) - 1, np.nan).round(_DECIMALS)


def _summed(
    cells: NDArray[np.float64], regions: NDArray[np.float64], goods: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, N, K) to (R, R, G), every group added up."""
    summed: NDArray[np.float64] = np.einsum("ri,ijk,sj,gk->rsg", regions, cells, regions, goods, optimize=True)
    return summed


def _indicator(groups: Mapping[str, Sequence[str]], held: Sequence[str]) -> NDArray[np.float64]:
    """(groups, held): 1 where the group has the member."""
    place = {one: index for index, one in enumerate(held)}
    indicator = np.zeros((len(groups), len(held)))
    for row, parts in enumerate(groups.values()):
        indicator[row, [place[one] for one in parts]] = 1.0
    return indicator
