"""How concentrated a state's ties are, when the list of its partners is incomplete or rounded."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, inf, isfinite, prod
from typing import TYPE_CHECKING

import numpy as np

from multivector.errors import WrongRequest
from multivector.models.indices import (
    CLOSE,
    MOST_OVER_ONE,
    Bounds,
    cap_problems,
    count_problems,
    interval_problems,
    refuse,
    sum_problems,
    unrounded,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

EXACT_COMBINATIONS = 2**16  # vertices walked for the upper bound of the HHI; past this it is an outer bound
SMALLEST_CAP = 1e-9  # fraction; a cap below this says that nobody else takes a measurable share


@dataclass(frozen=True, slots=True)
class _Unlisted:
    """Partners that the list does not name: each in [0, `cap`], a fraction; `count` of them, infinite when unknown."""

    cap: float
    count: float

    @property
    def room(self) -> float:
        """The largest share they can take together, a fraction or infinite."""
        return self.count * self.cap if self.count else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Ladder:
    """Listed partners whose intervals are equally wide, raised largest first; entry m describes m raised partners.

    Every array has shape (partners + 1,): what raising m costs, what it adds to the sum of squares, and the low and the
    width of the next partner (0 and 0 after the last).
    """

    cost: FloatArray
    gain: FloatArray
    next_low: FloatArray
    next_width: FloatArray


def hhi_bounds(
    shares: FloatArray, *, cap: float | None = None, rounding: float | FloatArray = 0.0, others: int | None = None
) -> Bounds:
    """The Hirschman-Herfindahl index, sum of squared shares, bounded over every way to complete the list.

    H = sum_j s_j^2; Hirschman, A. O. (1945), National Power and the Structure of Foreign Trade; bounds derived here.
    Without rounding and with nothing missing, `low` equals `high`; with nothing known they are 0 and 1. Removing
    partners widens the bounds as long as the cap still holds for the removed ones.

    Parameters:
        shares: (n,), fractions in [0, 1] of one total, one entry a listed partner. A reported zero is listed.
        cap: largest printed share an unlisted partner can have (of a "top m" list, its smallest share), a fraction;
            None when the list is a mere selection. Rounding widens it: by the half-width, or the largest half-width.
        rounding: half-width of each printed share, a fraction in [0, 0.5]: 0.005 for integer percent. One number, or
            (n,) with one entry a share. Truth lies in [share - rounding, share + rounding], cut to [0, 1].
        others: how many partners are unlisted; None when unknown (then they may be infinitely many, infinitely small).

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; wrong shapes; shares that sum to more than 1.005 even when
            rounded down; a cap and a count under which the partners cannot reach the total.
    """
    printed = unrounded("shares", shares, cap=cap, rounding=rounding)
    bounds = interval_hhi_bounds(printed.low, printed.high, cap=printed.cap, others=others)
    return Bounds(low=bounds.low, high=bounds.high, covered=min(fsum(shares), 1.0))


def interval_hhi_bounds(
    low: FloatArray, high: FloatArray, *, cap: float | None = None, others: int | None = None
) -> Bounds:
    """The HHI when each partner's share is an interval of its own; an unlisted partner with its own cap is [0, cap].

    The minimum levels all shares up to a common height; the maximum of a convex function is at a vertex, where all
    partners but one stand at an end of their interval (derived here). Partners of equal width are raised largest first.
    The maximum is exact up to 2^16 combinations of widths, past that an outer bound, too high by at most w^2 / 4 with w
    the widest interval or the cap, whichever is larger. Without a cap, one unlisted partner may take all that is left.

    Parameters:
        low: (n,), smallest share of each partner, fraction in [0, 1].
        high: (n,), largest share of each partner, fraction in [0, 1].
        cap: largest share of a partner that is not in the arrays, a fraction, taken as it is.
        others: how many partners are not in the arrays; None when unknown.

    Returns:
        Bounds, where `covered` is the sum of `low`.

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; wrong shapes; low above high; `low` summing to more than
            1.005; partners who cannot reach the total.
    """
    refuse([*interval_problems("shares", low, high, ndim=1), *cap_problems(cap), *count_problems("others", others)])
    refuse(sum_problems("shares", low))
    order = np.lexsort((high, low))
    low, high = low[order], high[order]
    left = max(1.0 - fsum(low), 0.0)
    unlisted = _unlisted(left if cap is None else cap, others)
    room = fsum(high - low) + unlisted.room
    if room < left - MOST_OVER_ONE:
        message = f"the partners reach at most {1 - left + room:.6g} of the total, not 1: raise cap, others or rounding"
        raise WrongRequest(message)
    budget = min(left, room)
    least = _least(low, high, unlisted=unlisted, budget=budget)
    most = fsum(low * low) + _largest_gain(low, high, unlisted=unlisted, budget=budget)
    return Bounds(low=min(least, 1.0), high=min(max(most, least), 1.0), covered=min(fsum(low), 1.0))


def _unlisted(cap: float, others: int | None) -> _Unlisted:
    """The partners beyond the list; nobody when there are none, or none with a measurable share."""
    if others == 0 or cap < SMALLEST_CAP:
        return _Unlisted(cap=0.0, count=0.0)
    return _Unlisted(cap=cap, count=inf if others is None else float(others))


def _least(low: FloatArray, high: FloatArray, *, unlisted: _Unlisted, budget: float) -> float:
    """Smallest sum of squares: every share is levelled up to a common height until the budget is spent."""
    if not isfinite(unlisted.count):
        return fsum(low * low)
    heights = np.unique(np.concatenate([low, high, [0.0, unlisted.cap, 1.0]]))
    totals = np.clip(heights[:, None], low, high).sum(axis=1) + unlisted.count * np.minimum(heights, unlisted.cap)
    totals, first = np.unique(totals, return_index=True)
    height = float(np.interp(fsum(low) + budget, totals, heights[first]))
    return fsum(np.clip(height, low, high) ** 2) + unlisted.count * min(height, unlisted.cap) ** 2


def _largest_gain(low: FloatArray, high: FloatArray, *, unlisted: _Unlisted, budget: float) -> float:
    """Largest rise of the sum of squares above that of `low`, over the vertices that spend the budget."""
    ladders = _ladders(low, high)
    steps = tuple(ladder.cost.size for ladder in ladders)
    if prod(steps) > EXACT_COMBINATIONS:
        return _outer_gain(low, high, unlisted=unlisted, budget=budget)
    raised = np.indices(steps, dtype=np.intp).reshape(len(steps), prod(steps))
    pairs = list(zip(ladders, raised, strict=True))
    none = np.zeros(prod(steps))
    left = budget - np.sum([none, *(ladder.cost[m] for ladder, m in pairs)], axis=0)
    gain = np.sum([none, *(ladder.gain[m] for ladder, m in pairs)], axis=0)
    rest = _Unlisted(cap=unlisted.cap, count=max(unlisted.count - 1.0, 0.0))
    partial = [_partial_gain(left, none, none + unlisted.cap, unlisted=rest)]
    partial += [_partial_gain(left, ladder.next_low[m], ladder.next_width[m], unlisted=unlisted) for ladder, m in pairs]
    largest = float((gain + np.max(partial, axis=0)).max())
    return largest if isfinite(largest) else _outer_gain(low, high, unlisted=unlisted, budget=budget)


def _ladders(low: FloatArray, high: FloatArray) -> list[_Ladder]:
    """The listed partners whose share is not fixed, grouped by the width of their interval (to 1e-12)."""
    widths = np.round(high - low, 12)
    ladders = []
    for width in np.unique(widths[widths > 0]):
        inside = widths == width
        order = np.argsort(-low[inside], kind="stable")
        lows, highs = low[inside][order], high[inside][order]
        ladders.append(
            _Ladder(
                cost=np.concatenate([[0.0], np.cumsum(highs - lows)]),
                gain=np.concatenate([[0.0], np.cumsum(highs**2 - lows**2)]),
                next_low=np.append(lows, 0.0),
                next_width=np.append(highs - lows, 0.0),
            )
        )
    return ladders


def _partial_gain(left: FloatArray, low: FloatArray, width: FloatArray, *, unlisted: _Unlisted) -> FloatArray:
    """Gain when one partner is raised part of the way, by at most `width`, and whole unlisted caps take the rest.

    All arrays have shape (combinations,). The gain is convex in the number of whole caps, so its two ends suffice;
    minus infinity where the budget cannot be spent.
    """
    gains = []
    whole_caps = [left * 0.0]
    if unlisted.count:
        ends = np.floor(left / unlisted.cap), np.ceil((left - width) / unlisted.cap)
        whole_caps = [np.clip(count, 0.0, unlisted.count) for count in ends]
    for count in whole_caps:
        part = left - count * unlisted.cap
        spent = (part >= -CLOSE) & (part <= width + CLOSE)
        gains.append(np.where(spent, count * unlisted.cap**2 + part * (2.0 * low + part), -inf))
    return np.maximum(gains[0], gains[-1])


def _outer_gain(low: FloatArray, high: FloatArray, *, unlisted: _Unlisted, budget: float) -> float:
    """At least the largest gain: a chord stands for each partner's gain, and the steepest chords are filled first."""
    slopes = np.append(low + high, unlisted.cap)
    room = np.append(high - low, min(unlisted.room, budget))
    order = np.argsort(-slopes, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(room[order])[:-1]])
    taken = np.clip(budget - before, 0.0, room[order])
    return float(taken @ slopes[order])
