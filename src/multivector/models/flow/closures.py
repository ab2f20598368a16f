"""What many closures of legs cost, each after everything that can be rerouted is rerouted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from multivector.errors import InfeasibleFlow
from multivector.models.flow.cuts import starved
from multivector.models.flow.mincost import flow_units
from multivector.models.flow.network import NO_SIDE, FlowProgram, Network, Side, flow_program
from multivector.models.flow.program import (
    Infeasible,
    Optimum,
    Units,
    load,
    rescaled,
    restored,
    run,
    with_bounds,
)
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivector.models.flow.program import FloatArray

    BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ClosureResult:
    """Certified optima of S closures, (S,) each: objective = cost of flow + penalty; total shortage and surplus.

    flow (S, A), or None where it was not asked for. solved (S,) is False where the optimum without closures stays one,
    because every leg keeps at least the capacity that it uses. `residual` and `gap` are the largest of all closures.
    """

    objective: FloatArray
    cost: FloatArray
    shortage: FloatArray
    surplus: FloatArray
    flow: FloatArray | None
    solved: BoolArray
    residual: float
    gap: float
    seconds: float


def closures(  # noqa: PLR0913 - one argument an array of the network
    network: Network,
    *,
    capacity: FloatArray,
    cost: FloatArray,
    supply: FloatArray,
    scale: FloatArray,
    shortage_cost: FloatArray | float,
    surplus_cost: FloatArray | float,
    side: Side = NO_SIDE,
    lower: FloatArray | None = None,
    allow_more: bool = False,
    with_flows: bool = False,
) -> ClosureResult:
    """The cheapest flow under each closure; the model of `mincost.min_cost_flow`, solved again with bounds changed.

    Each closure starts from the optimum without closures, so no answer depends on the order of the closures. Where
    several flows are cheapest, `flow` is one of them.

    Parameters:
        scale: (S, A), part of its capacity that each leg keeps, in [0, 1]; above 1 only with `allow_more`. 0 closes a
            leg of infinite capacity too.
        capacity, cost, supply, shortage_cost, surplus_cost, side, lower: as in `mincost.min_cost_flow`.

    Raises:
        WrongRequest: arrays of wrong shape, NaN, out of range; a closure that leaves a leg less than it must carry.
        InfeasibleFlow: what legs must carry at least cannot reach them.
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
    refuse(_scale_problems(scale, built.arcs, allow_more=allow_more))
    usable = _usable(built, scale)
    refuse(_least_problems(built, usable))
    units = flow_units(built, supply)
    usable /= units.flow
    return _all(built, usable, units=units, with_flows=with_flows, started=started)


def _scale_problems(scale: FloatArray, arcs: int, *, allow_more: bool) -> Iterator[str]:
    if np.ndim(scale) != 2 or np.shape(scale)[1] != arcs:  # noqa: PLR2004 - closures by legs
        yield f"scale must be closures by {arcs} legs, got shape {np.shape(scale)}"
        return
    broken = ~np.isfinite(scale) | (scale < 0) | ((scale > 1) & (not allow_more))
    for closure, leg in np.argwhere(broken)[:1]:
        most = "a number of at least 0" if allow_more else "in [0, 1], or say allow_more"
        yield f"closure {closure} scales leg {leg} by {scale[closure, leg]:g}, must be {most}"


def _usable(built: FlowProgram, scale: FloatArray) -> FloatArray:
    """Capacity by closure and leg, (S, A); a closed leg has none, were it infinite before."""
    usable = np.zeros(scale.shape)
    np.multiply(scale, built.program.high[: built.arcs], out=usable, where=scale > 0)
    return usable


def _least_problems(built: FlowProgram, usable: FloatArray) -> Iterator[str]:
    low = built.program.low[: built.arcs]
    for closure, leg in np.argwhere(usable < low)[:1]:
        yield (
            f"closure {closure} leaves leg {leg} a capacity of {usable[closure, leg]:g} but it must carry {low[leg]:g}"
        )


def _all(built: FlowProgram, usable: FloatArray, *, units: Units, with_flows: bool, started: float) -> ClosureResult:
    """Solve without closures, then each closure that touches what flows; `usable` is in `units`."""
    program = rescaled(built.program, units)
    model = load(program, presolve=False)
    legs = slice(0, built.arcs)
    try:
        base = run(model, program)
    except Infeasible:
        raise starved(built.program, legs=np.arange(built.arcs), units=units) from None
    basis = model.getBasis()
    # a closure takes a few steps: weights that need no start-up (devex) save a third of them
    model.setOptionValue("simplex_dual_edge_weight_strategy", 1)
    solved = _touched(base, usable, high=program.high[legs])
    sums = np.tile(_sums(built, restored(base, units)), (len(usable), 1))
    flow = np.tile(base.x[legs] * units.flow, (len(usable), 1)) if with_flows else None
    residual, gap = base.residual, base.gap
    for closure in np.flatnonzero(solved):
        columns = np.flatnonzero(usable[closure] != program.high[legs])
        closed = with_bounds(model, program, columns, high=usable[closure, columns])
        model.clearSolver()  # else what the closure before left behind decides which of several cheapest flows is met
        model.setBasis(basis)
        try:
            optimum = run(model, closed)
        except Infeasible:
            closed = replace(built.program, high=closed.high * units.flow)
            raise _refusal(int(closure), starved(closed, legs=np.arange(built.arcs), units=units)) from None
        with_bounds(model, program, columns, high=program.high[columns])
        sums[closure] = _sums(built, restored(optimum, units))
        if flow is not None:
            flow[closure] = optimum.x[legs] * units.flow
        residual, gap = max(residual, optimum.residual), max(gap, optimum.gap)
    for array in (sums, solved, *([] if flow is None else [flow])):
        array.setflags(write=False)
    return ClosureResult(
        objective=sums[:, 0],
        cost=sums[:, 1],
        shortage=sums[:, 2],
        surplus=sums[:, 3],
        flow=flow,
        solved=solved,
        residual=residual,
        gap=gap,
        seconds=perf_counter() - started,
    )


def _touched(base: Optimum, usable: FloatArray, *, high: FloatArray) -> BoolArray:
    """Closures (S,) under which the optimum without closures does not stay one, by its own flow and prices.

    It stays feasible where every leg keeps what it carries, and no cheaper flow appears where no leg gets more that
    has a price.
    """
    carried = np.minimum(base.x[: high.size], high)
    priced = base.reduced_cost[: high.size] < 0
    return np.asarray(((usable < carried) | ((usable > high) & priced)).any(axis=1), dtype=np.bool_)


def _sums(built: FlowProgram, optimum: Optimum) -> FloatArray:
    """Objective, cost of flow, shortage and surplus of one solution, (4,)."""
    x, first = optimum.x, built.arcs + built.short.size
    cost = built.program.cost[: built.arcs] @ x[: built.arcs]
    return np.array([optimum.objective, cost, x[built.arcs : first].sum(), x[first:].sum()])


def _refusal(closure: int, reason: InfeasibleFlow) -> InfeasibleFlow:
    return InfeasibleFlow(f"closure {closure}: {reason}", cut=reason.cut, short=reason.short)
