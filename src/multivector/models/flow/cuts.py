"""How much a network can deliver at the most, and which legs and shared limits bind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.errors import InfeasibleFlow, NoAnswer
from multivector.models.flow.network import NO_SIDE, FlowProgram, Network, Side, flow_program
from multivector.models.flow.program import (
    TOLERANCE,
    Entries,
    Infeasible,
    Optimum,
    Program,
    Units,
    by_column,
    solve,
    unit_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivector.models.flow.program import FloatArray, IntArray

    BoolArray = NDArray[np.bool_]

ROOM: Final = 1e-9  # fraction of the largest supply; less room than this counts as none
NAMED: Final = 20  # legs a message lists before it says how many more there are


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """What binds: `legs` (A,) and `shared` limits (B,); no more is delivered unless one of those marked True grows.

    `deliverable` is the largest volume from all supplies to all demands and `wanted` the smaller of total supply and
    total demand, both in units of flow; none is marked where all supply is shipped. Residual and gap certify
    `deliverable`.
    """

    legs: BoolArray
    shared: BoolArray
    deliverable: float
    wanted: float
    residual: float
    gap: float
    seconds: float


def binding_cut(
    network: Network,
    *,
    capacity: FloatArray,
    supply: FloatArray,
    side: Side = NO_SIDE,
    lower: FloatArray | None = None,
) -> Cut:
    """The largest deliverable volume and what binds it; max flow = min cut (Ford and Fulkerson 1956).

    Ford, L. R. and Fulkerson, D. R. (1956), Canadian J. Mathematics 8, 399-404, doi:10.4153/CJM-1956-045-5. Without
    shared limits `legs` is the minimum cut nearest to the supplies: of several minimum cuts it is the one that every
    maximum flow agrees on, and a closed leg (capacity 0) across it is named. What the legs hold back is then certified
    twice, as a flow and as the capacity of the cut. With shared limits `legs` and `shared` are those with a positive
    price in the maximum delivery; where several sets bind equally this is one of them.

    Parameters:
        capacity: (A,), units of flow, >= 0, infinite allowed. lower: (A,), what a leg must carry at least; None is 0.
        supply: (N,), > 0 ships, < 0 wants; they need not balance.
        side: limits that legs share.

    Raises:
        WrongRequest: arrays of wrong shape, NaN, negative; lower above capacity.
        InfeasibleFlow: what legs must carry at least cannot reach them.
        NoAnswer: the answer does not pass its certificate.
    """
    started = perf_counter()
    arcs = network.tail.size
    built = flow_program(
        network,
        capacity=capacity,
        cost=np.zeros(arcs),
        supply=supply,
        lower=lower,
        side=side,
        shortage_cost=1.0,
        surplus_cost=0.0,
    )
    units = Units(flow=unit_of(supply, capacity), price=1.0)
    optimum = _solved(built, units)
    out = float(supply[supply > 0].sum())
    into = float(-supply[supply < 0].sum())
    deliverable = into - optimum.objective
    if side.limit.size:
        legs = optimum.reduced_cost[:arcs] < -TOLERANCE
    else:
        _, surplus = unmet(built, optimum.x)
        source_side = upstream(network, built.program, flow=optimum.x[:arcs], left=surplus)
        legs = across(network, source_side)
        _check_cut(network, built.program, supply=supply, source_side=source_side, deliverable=deliverable)
    shared = optimum.row_price[network.nodes :] < -TOLERANCE
    for array in (legs, shared):
        array.setflags(write=False)
    return Cut(
        legs=legs,
        shared=shared,
        deliverable=deliverable,
        wanted=min(out, into),
        residual=optimum.residual,
        gap=optimum.gap,
        seconds=perf_counter() - started,
    )


def _solved(built: FlowProgram, units: Units) -> Optimum:
    """The optimum of a flow programme in which every unit may stay behind or go unmet, at a price.

    Raises:
        InfeasibleFlow: what legs must carry at least cannot reach them, the only way in which it can be empty.
        NoAnswer: the answer does not pass its certificate.
    """
    try:
        return solve(built.program, units=units, presolve=False)
    except Infeasible:
        raise starved(built.program, legs=np.arange(built.arcs), units=units) from None


def unmet(built: FlowProgram, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shortage and surplus by node, (N,) each, of a solution of a flow programme."""
    shortage, surplus = np.zeros(built.nodes), np.zeros(built.nodes)
    first = built.arcs + built.short.size
    shortage[built.short] = x[built.arcs : first]
    surplus[built.over] = x[first:]
    return shortage, surplus


def upstream(network: Network, program: Program, *, flow: FloatArray, left: FloatArray) -> BoolArray:
    """Nodes (N,) that something left behind can still reach: along legs with room, or by undoing flow of a leg."""
    arcs = network.tail.size
    least = least_room(program.row_low[: network.nodes])
    onward = program.high[:arcs] - flow > least
    back = flow - program.low[:arcs] > least
    reached = left > least
    count = -1
    while count < (count := int(reached.sum())):
        step = reached.copy()
        step[network.head[onward & reached[network.tail]]] = True
        step[network.tail[back & reached[network.head]]] = True
        reached = step
    return reached


def least_room(supply: FloatArray) -> float:
    """The smallest amount that is told from rounding noise."""
    return ROOM * float(np.abs(supply).max())


def across(network: Network, source_side: BoolArray) -> BoolArray:
    """Legs (A,) that leave the source side."""
    return np.asarray(source_side[network.tail] & ~source_side[network.head], dtype=np.bool_)


def _check_cut(
    network: Network, program: Program, *, supply: FloatArray, source_side: BoolArray, deliverable: float
) -> None:
    """Refuse a cut whose capacity is not the volume that was delivered: weak duality proves both or neither."""
    arcs = network.tail.size
    back = source_side[network.head] & ~source_side[network.tail]
    through = program.high[:arcs][across(network, source_side)].sum() - program.low[:arcs][back].sum()
    beyond = supply[~source_side & (supply > 0)].sum() - supply[source_side & (supply < 0)].sum()
    capacity = float(through + beyond)
    if abs(capacity - deliverable) > TOLERANCE * float(np.abs(supply).sum()):
        raise NoAnswer(f"the cut holds {capacity:g} but {deliverable:g} is delivered: no certified cut")


def does_not_fit(cut: Cut) -> InfeasibleFlow:
    """The refusal of a delivery that must be made in full and cannot."""
    legs = np.flatnonzero(cut.legs)
    short = cut.wanted - cut.deliverable
    shared = np.flatnonzero(cut.shared)
    full = [listed(kind, indices) for kind, indices in (("leg", legs), ("shared limit", shared)) if indices.size]
    what = f"full: {' and '.join(full)}" if full else "nothing leads there"
    message = (
        f"{short:g} of {cut.wanted:g} cannot be delivered: {what}; give prices of shortage and surplus to go short"
    )
    return InfeasibleFlow(message, cut=tuple(int(leg) for leg in legs), short=short)


def starved(program: Program, *, legs: IntArray, units: Units) -> InfeasibleFlow:
    """The refusal of least flows that cannot be met; `legs` names the leg of each of the first columns.

    The least flows are made soft, a column each, and their sum is what is short.
    """
    columns, rows = program.cost.size, program.row_low.size
    asked = np.flatnonzero(program.low[: legs.size] > 0)
    new = np.arange(asked.size)
    entries = Entries(
        row=np.concatenate([program.row, rows + new, rows + new]),
        column=np.concatenate([np.repeat(np.arange(columns), np.diff(program.start)), asked, columns + new]),
        coef=np.concatenate([program.coef, np.ones(2 * asked.size)]),
    )
    start, row, coef = by_column(entries, columns=columns + asked.size, rows=rows + asked.size)
    relaxed = replace(
        program,
        cost=np.concatenate([np.zeros(columns), np.ones(asked.size)]),
        low=np.concatenate([np.zeros(legs.size), program.low[legs.size :], np.zeros(asked.size)]),
        high=np.concatenate([program.high, np.full(asked.size, np.inf)]),
        row_low=np.concatenate([program.row_low, program.low[asked]]),
        row_high=np.concatenate([program.row_high, np.full(asked.size, np.inf)]),
        start=start,
        row=row,
        coef=coef,
    )
    optimum = solve(relaxed, units=Units(flow=units.flow, price=1.0))
    missing = optimum.x[columns:]
    hungry = np.unique(legs[asked[missing > ROOM * optimum.objective]])
    if not hungry.size:
        raise NoAnswer("the solver found no flow, yet all least flows can be met: no certified answer")
    message = f"{listed('leg', hungry)} must carry {optimum.objective:g} more than can get there: lower the least flow"
    return InfeasibleFlow(message, cut=tuple(int(leg) for leg in hungry), short=optimum.objective)


def listed(kind: str, indices: IntArray) -> str:
    """Indices in words, the first twenty of many: `legs 3, 7`."""
    named = ", ".join(str(index) for index in indices[:NAMED])
    more = f" and {indices.size - NAMED} more" if indices.size > NAMED else ""
    return f"{kind}{'s' if indices.size > 1 else ''} {named}{more}"
