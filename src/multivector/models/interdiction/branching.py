"""The search that closes what the Lagrangian bound leaves open: each leg attacked or safe, lowest bound first."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count
from math import ceil, floor, inf
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.interdiction.cuts import Cut, Network, cut_legs, scale_for, smallest_cut
from multivector.models.interdiction.lagrangian import Peak, Terms, best_attack, peak, priced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.intp]

TOLERANCE = 1e-10  # of the flow without attack; a bound this close to the value proves it
NOISE = 1e-11  # of the same; a step smaller than this is none, so that what is met to the noise is also proven


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Which network is attacked on which terms, until when (`deadline`, seconds of `perf_counter`).

    `size` is the flow without attack. `is_whole`: capacities are whole numbers, so every value is one, and the
    tolerance can tell such values apart.
    """

    network: Network
    terms: Terms
    size: float
    is_whole: bool
    deadline: float


@dataclass(frozen=True, slots=True, eq=False)
class Attack:
    """Positions of the legs attacked, and the largest flow and smallest cuts that are left."""

    legs: IntArray
    left: Cut


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """The best attack found, and a bound: no attack within the budget leaves less."""

    best: Attack
    bound: float


@dataclass(frozen=True, slots=True, order=True)
class _Node:
    """A branch: no attack in it leaves less than `bound`; `attacked` and `safe` are the legs decided in it."""

    bound: float
    number: int
    attacked: tuple[int, ...]
    safe: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Visit:
    """What a visit to a node found: its bound, the best attack so far, and the peak that the bound was sought at."""

    bound: float
    best: Attack
    top: Peak


def search(problem: Problem, first: Attack) -> Searched:
    """The worst attack, by best-first branch and bound from the attack `first`; only the deadline stops it early."""
    known: dict[bytes, IntArray] = {}
    best = _learnt(problem, first.left, first, known=known)
    helpless = not (problem.terms.is_open & (problem.terms.cost <= problem.terms.budget)).any()
    nodes, settled, numbers = [_Node(problem.size if helpless else 0.0, 0, (), ())], inf, count(1)
    while nodes and not _is_closed(problem, nodes[0].bound, best) and perf_counter() < problem.deadline:
        node = heapq.heappop(nodes)
        visit = _visit(problem, node, best, known=known)
        best, bound = visit.best, visit.bound
        if _is_closed(problem, bound, best):
            settled = min(settled, bound)
        elif perf_counter() >= problem.deadline:
            heapq.heappush(nodes, _Node(bound, node.number, node.attacked, node.safe))
        elif visit.top.within:  # an attack already meets this bound, up to rounding: nothing is left to decide
            settled = min(settled, bound)
        else:
            leg = _deciding_leg(problem, visit.top)
            heapq.heappush(nodes, _Node(bound, next(numbers), (*node.attacked, leg), node.safe))
            heapq.heappush(nodes, _Node(bound, next(numbers), node.attacked, (*node.safe, leg)))
    bound = min([settled, *(node.bound for node in nodes)])
    return Searched(best=best, bound=min(_rounded(problem, bound), best.left.value))


def tolerance(problem: Problem) -> float:
    """How far below the value, in units of capacity, a bound may lie and still prove it."""
    return TOLERANCE * problem.size


def _visit(problem: Problem, node: _Node, best: Attack, *, known: dict[bytes, IntArray]) -> _Visit:
    """The Lagrangian bound of a node: price where the known cuts are highest, find the cut below, until none is."""
    terms = _terms_at(problem, node)
    bound, noise = node.bound, NOISE * problem.size
    while True:
        top = peak(terms, list(known.values()))
        if top.within and top.height < best.left.value - noise:
            best = _better(best, _struck(problem, np.append(top.legs, np.array(node.attacked, dtype=np.intp))))
        if (
            _is_closed(problem, bound, best)
            or _rounded(problem, bound) >= _rounded(problem, top.height) - noise
            or perf_counter() >= problem.deadline
        ):
            return _Visit(bound=bound, best=best, top=top)
        price = _resolved(problem, top.price)
        cut = smallest_cut(problem.network, priced(terms, price), limit=problem.size)
        bound = max(bound, cut.value - price * terms.budget)
        before = len(known)
        best = _learnt(problem, cut, best, known=known)
        if len(known) == before:
            return _Visit(bound=bound, best=best, top=top)


def _terms_at(problem: Problem, node: _Node) -> Terms:
    """The terms with the node's decisions made; a leg that the rest of the budget cannot pay for is safe."""
    whole, attacked = problem.terms, list(node.attacked)
    capacity, is_open = whole.capacity.copy(), whole.is_open.copy()
    capacity[attacked] = 0.0
    is_open[[*attacked, *node.safe]] = False
    budget = whole.budget - float(whole.cost[attacked].sum())
    return Terms(capacity, whole.cost, is_open & (whole.cost <= budget), budget)


def _learnt(problem: Problem, cut: Cut, best: Attack, *, known: dict[bytes, IntArray]) -> Attack:
    """Add both sides of a cut to `known` and follow the best attack on them, cut by cut, while it gets better."""
    waiting = [cut]
    while waiting:
        for side in waiting.pop().sides:
            legs = np.flatnonzero(cut_legs(problem.network, side) & (problem.terms.capacity > 0))
            if not len(legs) or legs.tobytes() in known:
                continue
            known[legs.tobytes()] = legs
            attacked = _best_on(problem, legs)
            left = float(problem.terms.capacity[legs].sum() - problem.terms.capacity[attacked].sum())
            if left < best.left.value - NOISE * problem.size:
                struck = _struck(problem, attacked)
                best = _better(best, struck)
                waiting.append(struck.left)
    return best


def _best_on(problem: Problem, legs: IntArray) -> IntArray:
    """The attack within the budget that takes most from the cut of `legs`."""
    terms = problem.terms
    targets = legs[terms.is_open[legs] & (terms.cost[legs] <= terms.budget)]
    return targets[best_attack(terms.capacity[targets], terms.cost[targets], budget=terms.budget)]


def _struck(problem: Problem, attacked: IntArray) -> Attack:
    """An attack with the flow that it leaves, which other cuts may hold below what its own cut lets through."""
    capacity = problem.terms.capacity.copy()
    capacity[attacked] = 0.0
    return Attack(attacked, smallest_cut(problem.network, capacity, limit=problem.size))


def _better(one: Attack, other: Attack) -> Attack:
    return other if other.left.value < one.left.value else one


def _deciding_leg(problem: Problem, top: Peak) -> int:
    """The widest leg attacked at the peak: being safe raises the bound most, being attacked eats budget."""
    return int(top.legs[np.argmax(problem.terms.capacity[top.legs])])


def _resolved(problem: Problem, price: float) -> float:
    """The price at the solver's resolution, where that makes min(c, price r) exact: one round of flow does then."""
    if not (problem.is_whole and np.all(problem.terms.cost == 1)):
        return price
    scale = scale_for(problem.size)
    return floor(price * scale) / scale


def _rounded(problem: Problem, bound: float) -> float:
    """A bound on values that are whole is the next whole number; the tolerance keeps noise from passing one."""
    return float(ceil(bound - tolerance(problem))) if problem.is_whole else bound


def _is_closed(problem: Problem, bound: float, best: Attack) -> bool:
    """Whether no attack under this bound can beat the best one."""
    return _rounded(problem, bound) >= best.left.value - tolerance(problem)
