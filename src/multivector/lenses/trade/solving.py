"""Counterfactuals over sets of elasticities and closures, each with its certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from multivector.errors import NoAnswer
from multivector.lenses.trade.parties import Party, Stop
from multivector.lenses.trade.table import Tables, Year
from multivector.models.equilibrium.many.multi_sector import multi_sector_batch
from multivector.models.equilibrium.records import Equilibrium

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

Closed = Literal["additive", "multiplicative"]
ByCase = dict[tuple[str, str], float]  # a figure by set of elasticities and closure
CLOSURES: Final[tuple[Closed, ...]] = get_args(Closed)


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """One counterfactual under one set and one closure. `welfare` (N,): real income, new over old."""

    name: str
    year: int
    set: str
    closure: Closed
    welfare: FloatArray
    residual: float
    iterations: int
    certified: bool


@dataclass(frozen=True, slots=True)
class Band:
    """A figure over sets and closures, and the set behind each end.

    `value`: median over the sets of the closure asked for; null where none of them is certified.
    """

    value: float | None
    low: float
    high: float
    at_low: str
    at_high: str


def stopped(stop: Stop, tables: Tables) -> FloatArray:
    """Freeness (N, N): 0 between the two parties, 1 elsewhere."""
    size = len(tables.regions)
    freeness = np.ones((size, size))
    for one in stop.first.places:
        for other in stop.second.places:
            freeness[one, other] = freeness[other, one] = 0.0
    return freeness


def solve_stops(stops: Sequence[Stop], year: Year, tables: Tables) -> list[Solved]:
    """Every stop under every set and both closures, in one batch a closure.

    Raises:
        NoAnswer: an economy would be cut off from everybody, or a sector from every supplier.
    """
    if not stops:
        return []
    sets = list(tables.thetas)
    freeness = np.stack([stopped(stop, tables) for stop in stops for _ in sets])
    sigma = np.stack([tables.thetas[name] + 1.0 for _ in stops for name in sets])
    labels = [(stop.name, name) for stop in stops for name in sets]
    found: list[Solved] = []
    for closure in CLOSURES:
        batch = multi_sector_batch(
            year.flows, freeness, sigma=sigma, tariff=year.tariff, closure=closure, strict=False, detail="totals"
        )
        found.extend(named(batch, labels, closure=closure, year=year.year))
    return found


def named(batch: Equilibrium, labels: Sequence[tuple[str, str]], *, closure: Closed, year: int) -> Iterator[Solved]:
    """The scenarios of a batch under their labels: what is changed, and the set of elasticities."""
    residual, steps, certified = (np.asarray(one) for one in (batch.residual, batch.iterations, batch.certified))
    for row, (name, used) in enumerate(labels):
        yield Solved(
            name=name,
            year=year,
            set=used,
            closure=closure,
            welfare=batch.welfare[row],
            residual=float(residual[row]),
            iterations=int(steps[row]),
            certified=bool(certified[row]),
        )


def draw_stops(
    stops: Sequence[Stop], tables: Tables, *, closure: Closed, draws: int, rng: np.random.Generator
) -> Mapping[str, FloatArray]:
    """Real incomes (D, N) of each stop in the latest year where every sector takes its elasticity from a set at random.

    Draws without a certified equilibrium are left out.
    """
    if not draws or not stops:
        return {}
    year = tables.years[-1]
    sigma = np.stack(list(tables.thetas.values())) + 1.0
    picked = rng.integers(len(sigma), size=(draws, sigma.shape[1]))
    drawn = np.take_along_axis(sigma, picked, axis=0)
    freeness = np.repeat(np.stack([stopped(stop, tables) for stop in stops]), draws, axis=0)
    batch = multi_sector_batch(
        year.flows,
        freeness,
        sigma=np.tile(drawn, (len(stops), 1)),
        tariff=year.tariff,
        closure=closure,
        strict=False,
        detail="totals",
    )
    kept = np.asarray(batch.certified).reshape(len(stops), draws)
    welfare = batch.welfare.reshape(len(stops), draws, -1)
    return {stop.name: welfare[row][kept[row]] for row, stop in enumerate(stops)}


def loss_of(party: Party, one: Solved, year: Year) -> float:
    """Loss of real income of a party, fraction; of several economies, weighted by what each spends."""
    spending = year.flows.sum(axis=(0, 2))[list(party.places)]
    return float(np.sum(spending * (1.0 - one.welfare[list(party.places)])) / np.sum(spending))


def spending_usd(party: Party, year: Year) -> float:
    """What a party spends in the year, USD."""
    return float(year.flows.sum(axis=(0, 2))[list(party.places)].sum()) * 1e6


def band(values: ByCase, *, closure: str) -> Band:
    """The band of a figure that is known by (set, closure).

    Raises:
        NoAnswer: no set and closure gave a certified figure.
    """
    if not values:
        raise NoAnswer("no equilibrium could be certified under any set of elasticities: no figure is given")
    inside = [value for (_, used), value in values.items() if used == closure]
    at_low, at_high = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    return Band(
        value=float(np.median(inside)) if inside else None,
        low=values[at_low],
        high=values[at_high],
        at_low=" ".join(at_low),
        at_high=" ".join(at_high),
    )


def by_set(solved: Sequence[Solved], name: str, year: int) -> Iterator[Solved]:
    """The certified counterfactuals of one stop in one year."""
    return (one for one in solved if one.name == name and one.year == year and one.certified)
