"""What the programs of others print for the same shock, beside what we give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.records import Equilibrium
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GeGravity:
    """What the Stata command ge_gravity prints: `welfare` (N,), ratios; `flows` (N, N), without the common factor Xi.

    `scale`: Xi by which our flows of the multiplicative closure exceed these.
    """

    welfare: FloatArray
    flows: FloatArray
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Gegravity:
    """What the Python package gegravity 0.3 prints, arrays (N,) of ratios new/old unless said.

    Prices are in terms of the reference country's index. `factory_price`, `inward` (its imr), `outward` (its omr),
    `real_output` (its GDP), `welfare_statistic`: inverted, below 1 where a country gains; `welfare`: its reciprocal.
    `flows` (N, N): its experiment trade, in the unit of the input.
    """

    factory_price: FloatArray
    inward: FloatArray
    outward: FloatArray
    real_output: FloatArray
    welfare_statistic: FloatArray
    welfare: FloatArray
    flows: FloatArray


def as_ge_gravity(found: Equilibrium) -> GeGravity:
    """The figures that ge_gravity (Zylkin, after Baier, Yotov & Zylkin 2019) publishes for an equilibrium.

    Under the multiplicative closure it leaves the common factor Xi out of expenditure and of flows, so that the world
    spends less than it earns by Xi - 1, and its welfare is our `real_wage`. Under the additive closure nothing differs.

    Raises:
        WrongRequest: a batch, or an equilibrium under another closure.
    """
    refuse(_peer_problems(found, "ge_gravity", ("additive", "multiplicative")))
    spared = found.expenditure / found.output if found.closure == "multiplicative" else np.ones_like(found.output)
    welfare = found.real_wage if found.closure == "multiplicative" else found.welfare
    return GeGravity(welfare=welfare, flows=found.flows / spared, scale=float(spared.flat[0]))


def as_gegravity(found: Equilibrium, *, reference: int) -> Gegravity:
    """The figures that gegravity 0.3 (Herman 2021) prints for a solution with closure "fixed-shares".

    `reference`: position of the country whose price index is 1.

    Raises:
        WrongRequest: a batch, another closure, or a position that no country has.
    """
    nations = found.prices.shape[-1]
    problems = [*_peer_problems(found, "gegravity", ("fixed-shares",))]
    if not 0 <= reference < nations:
        problems.append(f"reference is {reference}: a position from 0 to {nations - 1} is due")
    refuse(problems)
    unit = found.prices[reference]
    factory, inward = found.wages / unit, found.prices / unit
    earned = found.flows.sum(axis=1)
    world = float((factory * earned).sum() / earned.sum())
    return Gegravity(
        factory_price=factory,
        inward=inward,
        outward=1 / factory,
        real_output=factory / inward,
        welfare_statistic=inward / factory,
        welfare=factory / inward,
        flows=found.flows * factory[:, None] * factory[None, :] / world,
    )


def _peer_problems(found: Equilibrium, peer: str, closures: tuple[str, ...]) -> Iterator[str]:
    if found.closure not in closures:
        yield f"closure is {found.closure!r}: {peer} computes {' or '.join(closures)}"
    if found.wages.ndim != 1:
        yield f"this is a batch of {len(found.wages)} scenarios: {peer} solves one, give them one by one"
