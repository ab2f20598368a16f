"""How little can still flow after the worst attack on legs within a budget, which attack that is, and a proof.

Wood, R. K. (1993), Math. Comput. Modelling 17(2), doi:10.1016/0895-7177(93)90236-R, states the problem: attack legs
whose costs r_a sum to at most R, such that the largest flow from source to sink is smallest.
"""

from __future__ import annotations

from math import floor, inf
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from multivector.errors import NoAnswer
from multivector.models.indices import refuse
from multivector.models.interdiction.branching import Attack, Problem, Searched, search, tolerance
from multivector.models.interdiction.cuts import cut_legs, leg_flow, network, smallest_cut
from multivector.models.interdiction.lagrangian import Terms
from multivector.models.interdiction.records import Interdiction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.intp]

SLACK = 1e-9  # of the budget; three attacks of 0.1 are within 0.3, though their sum in float64 is not
MOST_WHOLE = 1e9  # flow without attack; past it the tolerance cannot tell whole values apart
WIDEST = 1e100  # any unit; positive numbers outside [1 / WIDEST, WIDEST] could take sums and ratios out of float64


def max_flow(  # noqa: PLR0913, PLR0917 - a network, its ends and a budget, as the other flow models take them
    tail: IntArray,
    head: IntArray,
    capacity: FloatArray,
    source: int,
    sink: int,
    budget: float,
    *,
    attackable: BoolArray | None = None,
    attack_cost: FloatArray | None = None,
    time_limit: float | None = None,
) -> Interdiction:
    """The smallest flow that attacks within `budget` can leave, with the attack and a lower bound.

    `proven` is True when `value` - `bound` is at most 1e-10 of the flow without attack; where capacities are whole and
    that flow is below 1e9, the two are equal. It is False where `time_limit` stopped the search. An attack takes all of
    a leg's capacity. Parallel legs are separate targets. Attack costs in proportion to real capacities make the last
    digits of the proof very slow: set a `time_limit` there.

    Parameters:
        tail: (A,), node where each leg starts, from 0.
        head: (A,), node where it ends.
        capacity: (A,), largest flow of each leg, in any one unit, 0 or more; infinite where nothing limits it.
        source: node from which the flow comes.
        sink: node to which it goes.
        budget: what the attacker can spend, in units of `attack_cost`; costs that pass it by 1e-9 of it are rounding.
        attackable: (A,), which legs can be attacked; all when None.
        attack_cost: (A,), cost of attacking each leg, above 0 where attackable; 1 when None.
        time_limit: seconds after which the best attack so far is given, with `proven` False; no limit when None.

    Returns:
        Interdiction, where `attacked` are positions of legs, each in the cut that remains; the capacities of the legs
        marked in `cut` sum to `value`; `flow` is a largest flow.

    Raises:
        WrongRequest: arrays empty, not of one length or of the wrong kind; NaN or negative capacity; nodes outside the
            network; source equal to sink; negative budget or time limit; an attack cost not above 0.
        NoAnswer: infinite flow is left by every attack that was found.
    """
    began = perf_counter()
    tail, head, capacity = np.asarray(tail), np.asarray(head), np.asarray(capacity)
    is_open = np.ones(capacity.shape, dtype=np.bool_) if attackable is None else np.asarray(attackable)
    cost = np.ones(capacity.shape) if attack_cost is None else np.asarray(attack_cost)
    wrong_legs = _leg_problems(tail, head, capacity=capacity, is_open=is_open, cost=cost)
    refuse(
        [
            *wrong_legs,
            *([] if wrong_legs else _end_problems(source, sink, nodes=int(max(tail.max(), head.max())) + 1)),
            *_amount_problems("budget", budget),
            *([] if time_limit is None else _amount_problems("time_limit", time_limit)),
        ]
    )
    finite, unreached = _limited(capacity.astype(np.float64))
    legs = network(tail.astype(np.intp), head.astype(np.intp), source=source, sink=sink)
    first = Attack(np.array([], dtype=np.intp), smallest_cut(legs, finite))
    size = first.left.value
    problem = Problem(
        network=legs,
        terms=_terms(finite, size=size, is_open=is_open, cost=cost, budget=budget),
        size=size,
        is_whole=np.array_equal(finite, np.floor(finite)) and size < MOST_WHOLE,
        deadline=inf if time_limit is None else began + time_limit,
    )
    found = search(problem, first)
    if found.best.left.value > unreached:
        endless = ", ".join(map(str, np.flatnonzero(np.isinf(capacity))))
        raise NoAnswer(f"after every attack found, an unlimited way is left over legs {endless}: give them a capacity")
    return _answer(problem, found, seconds=perf_counter() - began)


def _terms(finite: FloatArray, *, size: float, is_open: BoolArray, cost: FloatArray, budget: float) -> Terms:
    """The attacker's terms in the form that makes the bound tightest: whole budgets where costs are equal or whole."""
    is_open = is_open & (finite > 0)
    costs = np.where(is_open, cost, 1.0)
    budget = min(budget, float(costs[is_open].sum()))
    if is_open.any() and costs[is_open].min() == costs[is_open].max():
        budget, costs = budget / float(costs[is_open][0]), np.ones(len(costs))
    is_whole = np.array_equal(costs, np.floor(costs))
    budget = float(floor(budget + SLACK)) if is_whole else budget * (1 + SLACK)
    # no smallest cut holds a leg twice as wide as the flow: cut to size, one huge leg costs the others no digits
    return Terms(np.minimum(finite, 2 * size) if size > 0 else finite, costs, is_open, budget)


def _limited(capacity: FloatArray) -> tuple[FloatArray, float]:
    """Unlimited legs made twice as wide as all others together, and the flow that no cut of limited legs reaches."""
    endless = np.isinf(capacity)
    most = float(capacity[~endless].sum())
    width = 2 * most if most > 0 else 1.0
    return np.where(endless, width, capacity), 0.75 * width


def _answer(problem: Problem, found: Searched, *, seconds: float) -> Interdiction:
    """The record; legs attacked outside the cut that is left are given back, since the cut stands without them."""
    best = found.best
    across = cut_legs(problem.network, best.left.sides[0])
    capacity = problem.terms.capacity.copy()
    attacked = np.sort(best.legs[across[best.legs]])
    capacity[attacked] = 0.0
    flow = leg_flow(problem.network, best.left, capacity)
    cut = across.copy()
    cut[attacked] = False
    flow.setflags(write=False)
    cut.setflags(write=False)
    return Interdiction(
        value=best.left.value,
        bound=found.bound,
        attacked=tuple(int(leg) for leg in attacked),
        proven=found.bound >= best.left.value - tolerance(problem),
        flow=flow,
        cut=cut,
        seconds=seconds,
    )


def _leg_problems(
    tail: IntArray, head: IntArray, *, capacity: FloatArray, is_open: BoolArray, cost: FloatArray
) -> list[str]:
    """What keeps the arrays from describing legs; values are looked at once the shapes and kinds are right."""
    arrays = {"tail": tail, "head": head, "capacity": capacity, "attackable": is_open, "attack_cost": cost}
    kinds = {"tail": "iu", "head": "iu", "capacity": "iuf", "attackable": "b", "attack_cost": "iuf"}
    words = {"iu": "whole node numbers", "iuf": "numbers", "b": "true or false"}
    shape = (tail.size,)
    if not tail.size:
        return ["there are no legs: give at least one"]
    problems = [
        f"{name} has shape {one.shape}: one entry a leg is due, {shape}"
        for name, one in arrays.items()
        if one.shape != shape
    ]
    problems += [
        f"{name} holds {one.dtype}: give {words[kinds[name]]}"
        for name, one in arrays.items()
        if one.size and one.dtype.kind not in kinds[name]
    ]
    if problems:
        return problems
    rules = (
        ("tail", tail < 0, "nodes are counted from 0"),
        ("head", head < 0, "nodes are counted from 0"),
        ("capacity", np.isnan(capacity), "unknown is not 0: leave the leg out or assume a number"),
        ("capacity", capacity < 0, "it cannot be negative"),
        ("capacity", np.isfinite(capacity) & _is_extreme(capacity), "choose another unit"),
        ("attack_cost", is_open & ~((cost > 0) & np.isfinite(cost)), "an attack must cost something: above 0, finite"),
        ("attack_cost", is_open & np.isfinite(cost) & _is_extreme(cost), "choose another unit"),
    )
    return [
        f"{name}[{np.argmax(broken)}] is {arrays[name][np.argmax(broken)]}: {rule}"
        for name, broken, rule in rules
        if broken.any()
    ]


def _is_extreme(amounts: FloatArray) -> BoolArray:
    return (amounts > WIDEST) | ((amounts > 0) & (amounts < 1 / WIDEST))


def _end_problems(source: int, sink: int, *, nodes: int) -> list[str]:
    """What keeps source and sink from being two nodes of the network."""
    problems = [
        f"{name} is {node!r}: give a node of the network, 0 to {nodes - 1}"
        for name, node in (("source", source), ("sink", sink))
        if not isinstance(node, int | np.integer) or isinstance(node, bool) or not 0 <= node < nodes
    ]
    return problems or ([f"source and sink are both {source}: give two nodes"] if source == sink else [])


def _amount_problems(name: str, amount: float) -> list[str]:
    """What keeps a budget or a time from being 0 or more."""
    is_number = isinstance(amount, int | float | np.integer | np.floating) and not isinstance(amount, bool)
    return [] if is_number and amount >= 0 else [f"{name} is {amount!r}: give a number, 0 or more"]
