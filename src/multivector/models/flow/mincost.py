"""What it costs to move supplies to demands, what goes short, and what each leg, limit and node is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.errors import NoAnswer
from multivector.models.flow.cuts import across, binding_cut, does_not_fit, least_room, unmet, upstream
from multivector.models.flow.network import NO_SIDE, FlowProgram, Network, Side, flow_program
from multivector.models.flow.program import TOLERANCE, Infeasible, Optimum, Units, solve, unit_of
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivector.models.flow.program import FloatArray

    BoolArray = NDArray[np.bool_]

ROUNDING: Final = 1e-13  # fraction of all supply; sums of amounts that balance on paper differ by this much


@dataclass(frozen=True, slots=True, eq=False)
class FlowResult:
    """A certified cheapest flow. Amounts in units of flow a period, prices in units of cost per unit of flow.

    flow (A,); cost of it; `penalty` on shortage (N,) and surplus (N,); objective = cost + penalty.
    potential (N,): change of the objective per unit of supply added at a node. Where all of a demand is unmet or all of
    a supply stays behind, one more unit of it is unmet or stays too, which has its own price.
    reduced_cost (A,) = cost - potential[tail] + potential[head] + prices of shared limits, weighted; 0 where a leg is
    partly used.
    shadow_price (A,), side_price (B,), >= 0: what one more unit of capacity or limit saves. Between the savings of the
    next unit and of the last one where they differ: for a closed leg, an upper end.
    cut (A,): the legs that hold unmet demand back, as in `cuts.binding_cut`; all False where none is unmet or nothing
    stays behind, and where more could be delivered but is not worth its cost.
    """

    flow: FloatArray
    cost: float
    penalty: float
    objective: float
    shortage: FloatArray
    surplus: FloatArray
    potential: FloatArray
    reduced_cost: FloatArray
    shadow_price: FloatArray
    side_price: FloatArray
    cut: BoolArray
    residual: float
    gap: float
    seconds: float


def min_cost_flow(  # noqa: PLR0913 - one argument an array of the network
    network: Network,
    *,
    capacity: FloatArray,
    cost: FloatArray,
    supply: FloatArray,
    shortage_cost: FloatArray | float | None = None,
    surplus_cost: FloatArray | float | None = None,
    lower: FloatArray | None = None,
    side: Side = NO_SIDE,
) -> FlowResult:
    """Minimise sum(cost * flow) + price of unmet demand and of unshipped supply; Ahuja, Magnanti and Orlin (1993).

    Ahuja, R. K., Magnanti, T. L. and Orlin, J. B. (1993), Network Flows, Prentice Hall, ch. 1 (model) and 9.3
    (optimality by potentials). Solved as a linear programme; the answer is certified by weak duality.

    Parameters:
        capacity: (A,), >= 0, infinite allowed. lower: (A,), what a leg must carry at least; None is 0.
        cost: (A,), per unit of flow. supply: (N,), > 0 ships, < 0 wants.
        shortage_cost: per unit of unmet demand, surplus_cost: per unit that stays behind; one number or (N,). None:
            all demand must be met, all supply must ship.
        side: limits that legs share.

    Raises:
        WrongRequest: arrays of wrong shape, NaN, negative where they may not be; lower above capacity; supply that
            does not balance where nothing may go unmet or stay behind.
        InfeasibleFlow: what must be delivered does not fit, or what legs must carry at least cannot reach them.
        NoAnswer: a cycle of negative cost and unbounded capacity; an answer that fails its certificate.
    """
    started = perf_counter()
    built = flow_program(
        network,
        capacity=capacity,
        cost=cost,
        supply=supply,
        lower=lower,
        side=side,
        shortage_cost=shortage_cost,
        surplus_cost=surplus_cost,
    )
    refuse(_balance_problems(supply, may_short=shortage_cost is not None, may_stay=surplus_cost is not None))
    units = flow_units(built, supply)
    try:
        optimum = solve(built.program, units=units, presolve=False)
    except Infeasible:
        raise _why_not(network, built, supply=supply, side=side) from None
    cut = _held_back_by(network, built, optimum=optimum, supply=supply, side=side)
    return _result(built, optimum, cut=cut, started=started)


def flow_units(built: FlowProgram, supply: FloatArray) -> Units:
    """Units in which the largest supply and the dearest leg are about 1,000."""
    program = built.program
    legs = slice(0, built.arcs)
    return Units(
        flow=unit_of(supply, program.low[legs], program.high[legs]),
        price=unit_of(program.cost[legs], program.cost[built.arcs :]),
    )


def _balance_problems(supply: FloatArray, *, may_short: bool, may_stay: bool) -> Iterator[str]:
    out, into = fsum(supply[supply > 0]), fsum(-supply[supply < 0])
    noise = ROUNDING * (out + into)
    if not may_short and into > out + noise:
        yield f"demand of {into:g} exceeds supply of {out:g}: give a price of shortage"
    if not may_stay and out > into + noise:
        yield f"supply of {out:g} exceeds demand of {into:g}: give a price of surplus"


def _why_not(network: Network, built: FlowProgram, *, supply: FloatArray, side: Side) -> NoAnswer:
    """What keeps a delivery that must be made in full from being made."""
    program, legs = built.program, slice(0, built.arcs)
    cut = binding_cut(network, capacity=program.high[legs], supply=supply, side=side, lower=program.low[legs])
    if cut.wanted - cut.deliverable > least_room(supply):
        return does_not_fit(cut)
    return NoAnswer("the solver found no flow, yet everything can be delivered: no certified answer")


def _held_back_by(
    network: Network, built: FlowProgram, *, optimum: Optimum, supply: FloatArray, side: Side
) -> BoolArray:
    """The binding cut where demand goes unmet, supply stays behind, and no more could be delivered at any price."""
    program, legs = built.program, slice(0, built.arcs)
    shortage, surplus = unmet(built, optimum.x)
    nothing, least = np.zeros(built.arcs, dtype=np.bool_), least_room(supply)
    if shortage.max() <= least or surplus.max() <= least:
        return nothing
    if side.limit.size:
        cut = binding_cut(network, capacity=program.high[legs], supply=supply, side=side, lower=program.low[legs])
        delivered = float(-supply[supply < 0].sum() - shortage.sum())
        return nothing if cut.deliverable - delivered > TOLERANCE * cut.wanted else cut.legs
    source_side = upstream(network, program, flow=optimum.x[legs], left=surplus)
    return nothing if (shortage[source_side] > least).any() else across(network, source_side)


def _result(built: FlowProgram, optimum: Optimum, *, cut: BoolArray, started: float) -> FlowResult:
    arcs, nodes = built.arcs, built.nodes
    shortage, surplus = unmet(built, optimum.x)
    flow, reduced_cost = optimum.x[:arcs], optimum.reduced_cost[:arcs]
    cost = float(built.program.cost[:arcs] @ flow)
    penalty = float(built.program.cost[arcs:] @ optimum.x[arcs:])
    shadow_price = np.maximum(-reduced_cost, 0.0)
    potential = optimum.row_price[:nodes]
    side_price = np.maximum(-optimum.row_price[nodes:], 0.0)
    for array in (flow, shortage, surplus, potential, reduced_cost, shadow_price, side_price, cut):
        array.setflags(write=False)
    return FlowResult(
        flow=flow,
        cost=cost,
        penalty=penalty,
        objective=cost + penalty,
        shortage=shortage,
        surplus=surplus,
        potential=potential,
        reduced_cost=reduced_cost,
        shadow_price=shadow_price,
        side_price=side_price,
        cut=cut,
        residual=optimum.residual,
        gap=optimum.gap,
        seconds=perf_counter() - started,
    )
