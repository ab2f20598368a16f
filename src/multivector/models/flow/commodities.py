"""How many pairs of places share one network: what is delivered, over which paths, and what each leg is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from multivector.errors import NoAnswer
from multivector.models.flow.arc_program import solve_arcs
from multivector.models.flow.cheapest_routes import Paths, Plan, Shipping, path_cost, path_of_leg
from multivector.models.flow.network import amount_problems
from multivector.models.flow.path_program import generate_paths
from multivector.models.flow.program import Units, unit_of
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

Method = Literal["auto", "paths", "arcs"]
GAP: Final = 1e-9  # of the objective; a larger gap is refused
ROUNDING: Final = 1e-12  # of a capacity, an amount or the cost of delivering nothing; below it figures are equal


@dataclass(frozen=True, slots=True, eq=False)
class MultiResult:
    """A certified cheapest plan for K pairs over A legs. Amounts in units of flow a period, costs per unit of flow.

    delivered, unmet (K,), together the amounts asked; flow (A,), all pairs together; `cost` of transport alone;
    objective = cost + unmet_cost * unmet, at most `gap` (a fraction of it) above `bound`, which no plan undercuts.
    Path p carries path_flow[p] > 0, (P,), of pair path_pair[p] over the legs path_arc[path_start[p]:path_start[p + 1]],
    from origin to destination; a division into paths is seldom the only one.
    shadow_price (A,), >= 0: what one more unit of capacity saves; between the savings of the next unit and of the last
    one where they differ. `iterations`: rounds of column generation, 1 for the arc programme.
    """

    delivered: FloatArray
    flow: FloatArray
    cost: float
    unmet: FloatArray
    path_start: IntArray
    path_arc: IntArray
    path_flow: FloatArray
    path_pair: IntArray
    shadow_price: FloatArray
    objective: float
    bound: float
    gap: float
    iterations: int
    seconds: float


def multicommodity(  # noqa: PLR0913, PLR0917 - one argument an array of the problem
    tail: IntArray,
    head: IntArray,
    capacity: FloatArray,
    cost: FloatArray,
    origin: IntArray,
    destination: IntArray,
    amount: FloatArray,
    *,
    unmet_cost: FloatArray | float,
    method: Method = "auto",
) -> MultiResult:
    """Minimise sum(cost * flow) + sum(unmet_cost * unmet), all pairs together within each leg's capacity.

    By column generation; Ford, L. R. and Fulkerson, D. R. (1958), A Suggested Computation for Maximal Multi-Commodity
    Network Flows, Management Science 5(1), 97-101, doi:10.1287/mnsc.5.1.97. The answer is certified by the Lagrangian
    bound of its shadow prices, whatever the method. Figures are compared relative to the largest amount and cost, so
    that a change of units changes nothing. The gap is relative to the objective: where much stays unmet at an
    unmet_cost far above any route, `cost` alone is known less closely.

    A pair that no route joins, or whose every route costs more than its unmet_cost, is left unmet; an amount of 0 is
    delivered as nothing, over no path. A node that no leg touches is no mistake: nothing gets there.

    Parameters:
        tail, head: (A,), nodes of each leg, whole numbers >= 0; parallel legs stay separate.
        capacity: (A,), >= 0, infinite allowed, shared by all pairs. cost: per unit of flow, >= 0, (A,) or (A, K).
        origin, destination: (K,), nodes that differ. amount: (K,), >= 0.
        unmet_cost: per unit not delivered, >= 0, one number or (K,).
        method: "paths" generates columns; "arcs" solves the programme of flows by pair and leg at once, which is slow
            but plain; "auto" takes paths.

    Raises:
        WrongRequest: no leg; unequal lengths; figures that are NaN, negative or infinite where they may not be; an
            origin that is its own destination; an unknown method.
        NoAnswer: the plan cannot be certified within a gap of 1e-9 of its objective.
    """
    started = perf_counter()
    legs, pairs = np.size(tail), np.size(origin)
    refuse(
        [
            *_end_problems({"tail": tail, "head": head}, what="leg"),
            *_end_problems({"origin": origin, "destination": destination}, what="pair"),
            *_circle_problems(origin, destination),
            *amount_problems("capacity", capacity, legs, endless=True),
            *_priced_problems("cost", cost, ((legs,), (legs, pairs))),
            *amount_problems("amount", amount, pairs),
            *_priced_problems("unmet_cost", unmet_cost, ((), (pairs,))),
            *([] if legs else ["the network has no leg"]),
            *([] if method in get_args(Method) else [f"method is {method!r}: choose one of {get_args(Method)}"]),
        ]
    )
    # numbers of nodes are mere names: only those in use take space
    used, node = np.unique(np.concatenate([tail, head, origin, destination]), return_inverse=True)
    at_tail, at_head, at_origin, at_destination = np.split(node, np.cumsum([legs, legs, pairs]))
    costs, kind = _kinds(np.asarray(cost, dtype=np.float64), pairs)
    shipping = Shipping(
        nodes=used.size,
        tail=at_tail,
        head=at_head,
        capacity=np.asarray(capacity, dtype=np.float64),
        cost=costs,
        kind=kind,
        origin=at_origin,
        destination=at_destination,
        amount=np.asarray(amount, dtype=np.float64),
        unmet_cost=np.broadcast_to(np.asarray(unmet_cost, dtype=np.float64), (pairs,)),
    )
    units = _units(shipping)
    inside = _rescaled(shipping, units)
    plan = solve_arcs(inside) if method == "arcs" else generate_paths(inside)
    return _result(shipping, _within_limits(inside, plan), units=units, started=started)


def _end_problems(ends: dict[str, IntArray], *, what: str) -> Iterator[str]:
    """What keeps two arrays from naming the ends of legs or pairs."""
    shapes = {name: np.shape(nodes) for name, nodes in ends.items()}
    if len(set(shapes.values())) > 1 or any(len(shape) != 1 for shape in shapes.values()):
        yield f"{' and '.join(shapes)} must be of one length, got shapes {' and '.join(map(str, shapes.values()))}"
    for name, given in ends.items():
        nodes = np.asarray(given)
        if nodes.size and not np.issubdtype(nodes.dtype, np.integer):
            yield f"{name} must hold whole numbers, got {nodes.dtype}"
        elif nodes.size and nodes.min() < 0:
            place = int(np.argmin(nodes))
            yield f"{name} of {what} {place} is node {nodes.flat[place]}: nodes are numbered from 0"


def _circle_problems(origin: IntArray, destination: IntArray) -> Iterator[str]:
    if np.shape(origin) == np.shape(destination):
        for pair in np.flatnonzero(np.equal(origin, destination))[:1]:
            node = np.ravel(origin)[pair]
            yield f"pair {pair} leads from node {node} to itself: nothing need move, leave the pair out"


def _priced_problems(name: str, prices: FloatArray | float, shapes: tuple[tuple[int, ...], ...]) -> Iterator[str]:
    """What keeps prices from being finite, >= 0 and of one of the shapes."""
    values = np.asarray(prices, dtype=np.float64)
    if values.shape not in shapes:
        yield f"{name} has shape {values.shape}, must be {' or '.join(map(str, shapes))}"
    for place in np.argwhere(~(np.isfinite(values) & (values >= 0)))[:1]:
        at = ", ".join(map(str, place)) or "every pair"
        yield f"{name} of {at} is {values[tuple(place)]:g}, must be finite and at least 0"


def _kinds(cost: FloatArray, pairs: int) -> tuple[FloatArray, IntArray]:
    """Costs by kind, (A, C), and the kind of each pair, (K,): pairs with the same costs are priced together."""
    if cost.ndim == 1:
        return cost[:, None], np.zeros(pairs, dtype=np.int64)
    costs, kind = np.unique(cost, axis=1, return_inverse=True)
    return costs, kind.reshape(-1)


def _units(shipping: Shipping) -> Units:
    """Units in which the largest amount and the dearest leg that may pay are about 1,000."""
    payable = shipping.cost[shipping.cost <= shipping.unmet_cost.max(initial=0.0)]
    return Units(flow=unit_of(shipping.amount), price=unit_of(payable, shipping.unmet_cost))


def _rescaled(shipping: Shipping, units: Units) -> Shipping:
    """The same in other units, as the solver's tolerances are absolute."""
    return replace(
        shipping,
        capacity=shipping.capacity / units.flow,
        cost=shipping.cost / units.price,
        amount=shipping.amount / units.flow,
        unmet_cost=shipping.unmet_cost / units.price,
    )


def _within_limits(shipping: Shipping, plan: Plan) -> Plan:
    """The plan without the solver's tolerance: flows >= 0, cut where they exceed an amount or a capacity.

    Each path is cut by its worst excess, so that one pass suffices; what that costs shows in the gap.
    """
    paths, path = plan.paths, path_of_leg(plan.paths)
    flow = np.maximum(plan.flow, 0.0)
    carried = _summed(paths.pair, flow, shipping.amount.size)
    flow = flow * _passing(shipping.amount, carried)[paths.pair]
    load = _summed(paths.leg, flow[path], shipping.tail.size)
    passing = np.ones(flow.size)
    np.minimum.at(passing, path, _passing(shipping.capacity, load)[paths.leg])
    flow = flow * passing
    kept = flow > ROUNDING * shipping.amount[paths.pair]
    lengths = np.diff(paths.start)
    carrying = Paths(
        pair=paths.pair[kept],
        start=np.concatenate([[0], np.cumsum(lengths[kept])]),
        leg=paths.leg[np.repeat(kept, lengths)],
    )
    return replace(plan, paths=carrying, flow=flow[kept])


def _passing(limit: FloatArray, load: FloatArray) -> FloatArray:
    """The part of each load that its limit lets pass; a load that exceeds it by rounding passes."""
    part = np.ones(load.size)
    over = load > limit * (1.0 + ROUNDING)
    part[over] = limit[over] / load[over]
    return part


def _summed(place: IntArray, values: FloatArray, size: int) -> FloatArray:
    return np.asarray(np.bincount(place, weights=values, minlength=size), dtype=np.float64)


def _result(shipping: Shipping, plan: Plan, *, units: Units, started: float) -> MultiResult:
    """The plan in the units of `shipping`, once its bound says that no other is cheaper.

    Raises:
        NoAnswer: the gap is above 1e-9.
    """
    paths, flow = plan.paths, plan.flow * units.flow
    cost = float(path_cost(shipping, paths) @ flow)
    delivered = _summed(paths.pair, flow, shipping.amount.size)
    unmet = np.where(delivered >= shipping.amount * (1.0 - ROUNDING), 0.0, shipping.amount - delivered)
    objective = cost + float(shipping.unmet_cost @ unmet)
    bound = plan.bound * units.flow * units.price
    nothing_moves = float(shipping.unmet_cost @ shipping.amount)
    scale = max(objective, ROUNDING * nothing_moves)
    gap = (objective - bound) / scale if scale else 0.0
    if not abs(gap) <= GAP:  # so that NaN is refused too
        message = f"objective {objective:.12g} against bound {bound:.12g}: no certified answer"
        raise NoAnswer(f"{message}; is unmet_cost out of all proportion to the costs?")
    load = _summed(paths.leg, flow[path_of_leg(paths)], shipping.tail.size)
    shadow_price = plan.toll * units.price
    for array in (delivered, load, unmet, paths.start, paths.leg, flow, paths.pair, shadow_price):
        array.setflags(write=False)
    return MultiResult(
        delivered=delivered,
        flow=load,
        cost=cost,
        unmet=unmet,
        path_start=paths.start,
        path_arc=paths.leg,
        path_flow=flow,
        path_pair=paths.pair,
        shadow_price=shadow_price,
        objective=objective,
        bound=min(bound, objective),
        gap=max(gap, 0.0),
        iterations=plan.iterations,
        seconds=perf_counter() - started,
    )
