"""The price at which an attacker's budget is worth most, and the best attack on one cut.

Royset, J. O. and Wood, R. K. (2007), INFORMS J. Computing 19(2), doi:10.1287/ijoc.1060.0191: with a price lambda on the
budget R, the attacker pays lambda r_a for leg a instead of leaving its capacity c_a, so that

    z(lambda) = min over cuts C of [sum_{a in C} min(c_a, lambda r_a)] - lambda R

is a lower bound on the smallest flow, concave and piecewise linear in lambda. Legs that cannot be attacked keep c_a.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.intp]

MOST_STEPS = 200  # of the search for the peak; each drops a line, a few dozen do
MOST_STATES = 4096  # of the knapsack; past this they are thinned, and the search decides what it missed
CLOSE = 1e-12  # of a height; where two lines meet within this, they meet


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What one branch of the search leaves open: `capacity` and `cost`, (A,), legs still open to attack, (A,), R."""

    capacity: FloatArray
    cost: FloatArray
    is_open: BoolArray
    budget: float


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """Where the lower envelope of the known cuts is highest: no less than max z, and max z once no cut lies below it.

    `price` is lambda, `height` the value there. `legs` are those attacked in a lowest cut; `within` says that their
    cost does not pass the budget, which makes them an attack that leaves no more than `height`.
    """

    price: float
    height: float
    legs: IntArray
    within: bool


@dataclass(frozen=True, slots=True)
class _Tangent:
    """Height of the lowest cut at `price`, continued as `level` + `slope` lambda; `cut` is its place in the list."""

    price: float
    cut: int
    level: float
    slope: float


@dataclass(frozen=True, slots=True)
class _Meeting:
    """Where the tangent `left` of the peak meets one right of it."""

    left: _Tangent
    price: float
    height: float


def priced(terms: Terms, price: float) -> FloatArray:
    """Capacities, (A,), of the relaxed problem: min(c_a, lambda r_a) on legs open to attack, else c_a."""
    relaxed = np.minimum(terms.capacity, price * terms.cost)
    capacity: FloatArray = np.where(terms.is_open, relaxed, terms.capacity)
    return capacity


def peak(terms: Terms, cuts: list[IntArray]) -> Peak:
    """The highest point of the lower envelope of `cuts` (legs of each, none empty); of a flat top, the middle.

    One cut alone is flat on top from one breakpoint to the next, where other cuts may dip below it: the middle is the
    best guess at where they do not.
    """
    legs = np.concatenate(cuts)
    starts = np.append(0, np.cumsum([len(cut) for cut in cuts])[:-1])
    few = Terms(terms.capacity[legs], terms.cost[legs], terms.is_open[legs], terms.budget)
    left = _tangent(few, starts, 0.0)
    price, height = 0.0, left.level
    if left.slope > 0:
        right = _tangent(few, starts, float((few.capacity[few.is_open] / few.cost[few.is_open]).max()))
        first = _met(few, starts, left, right, flat_is_right=True)
        last = _met(few, starts, left, right, flat_is_right=False)
        left = first.left
        price, height = (first.price + last.price) / 2, max(first.height, last.height)
    own = cuts[left.cut]
    attacked = own[terms.is_open[own] & (left.price * terms.cost[own] < terms.capacity[own])]
    return Peak(price=price, height=height, legs=attacked, within=left.slope <= 0)


def best_attack(gain: FloatArray, cost: FloatArray, *, budget: float) -> BoolArray:
    """Which items, (n,), give the largest total gain for a total cost within `budget`: a knapsack.

    Equal costs: the largest gains. Else all undominated pairs of cost and gain, item by item (Nemhauser, G. L. and
    Ullmann, Z. 1969, Management Science 15(9), doi:10.1287/mnsc.15.9.494), without those whose gain could not reach the
    best even if the rest of the budget were filled at the rate of the next item. Exact up to 4,096 pairs at a time;
    past that a good choice, and the search over branches makes up for it.

    Parameters:
        gain: (n,), positive.
        cost: (n,), positive.
        budget: not negative.
    """
    rate = gain / cost
    order = np.argsort(-rate, kind="stable")
    chosen = np.zeros(len(gain), dtype=np.bool_)
    if not len(gain) or cost.min() == cost.max():
        chosen[order[: int(budget // cost[0])] if len(gain) else order] = True
        return chosen
    spent, won, picks = np.zeros(1), np.zeros(1), np.zeros((1, len(gain)), dtype=np.bool_)
    for place, item in enumerate(order):
        fits = spent + cost[item] <= budget
        with_item = picks[fits]
        with_item[:, item] = True
        spent, won = np.append(spent, spent[fits] + cost[item]), np.append(won, won[fits] + gain[item])
        picks = np.concatenate([picks, with_item])
        kept = _worth_keeping(
            spent, won, rest=budget - spent, rate=rate[order[place + 1]] if place + 1 < len(order) else 0.0
        )
        spent, won, picks = spent[kept], won[kept], picks[kept]
    chosen[:] = picks[np.argmax(won)]
    return chosen


def _worth_keeping(spent: FloatArray, won: FloatArray, *, rest: FloatArray, rate: float) -> IntArray:
    """Pairs that no cheaper pair matches and that could still win, ascending in cost; at most 4,096 of them."""
    order: IntArray = np.lexsort((-won, spent))
    before = np.maximum.accumulate(np.append(-1.0, won[order]))[:-1]
    order = order[won[order] > before]
    order = order[won[order] + rest[order] * rate >= won.max()]
    if len(order) > MOST_STATES:  # evenly thinned, with both ends: the best so far stays, and every level has its like
        order = order[np.linspace(0, len(order) - 1, MOST_STATES).astype(np.intp)]
    return order


def _met(few: Terms, starts: IntArray, left: _Tangent, right: _Tangent, *, flat_is_right: bool) -> _Meeting:
    """Where tangents from both sides of the peak meet: at the first point of a flat top, or else at its last."""
    price = height = 0.0
    for _ in range(MOST_STEPS):
        price = (right.level - left.level) / (left.slope - right.slope)
        height = left.level + left.slope * price
        here = _tangent(few, starts, price)
        if here.level + here.slope * price >= height - CLOSE * (abs(left.level) + abs(right.level)):
            break
        is_right = here.slope < 0 or (flat_is_right and here.slope == 0)
        left, right = (left, here) if is_right else (here, right)
    return _Meeting(left=left, price=price, height=height)


def _tangent(few: Terms, starts: IntArray, price: float) -> _Tangent:
    """The tangent at `price` of the cut that is lowest there; `few` holds the legs of the cuts one after another."""
    heights = np.add.reduceat(priced(few, price), starts)
    paid = np.where(few.is_open & (price * few.cost < few.capacity), few.cost, 0.0)
    cut = int(np.argmin(heights))
    slope = float(np.add.reduceat(paid, starts)[cut]) - few.budget
    return _Tangent(price=price, cut=cut, level=float(heights[cut]) - price * few.budget - slope * price, slope=slope)
