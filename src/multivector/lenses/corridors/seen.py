"""What each leg is known to have taken: what it can take at the least, where no row states its capacity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from multivector.lenses.corridors.book import BookedLeg
from multivector.lenses.corridors.carried import CarriedBy, RouteFlow

FloatArray = npt.NDArray[np.float64]


def most_seen(
    legs: Sequence[BookedLeg],
    carried: CarriedBy,
    flows: Sequence[tuple[RouteFlow, float]],
    *,
    own: FloatArray,
    others: FloatArray,
) -> FloatArray:
    """The most of these goods that each leg is known to have taken, (A,): at the tight end it can take no more.

    What a route leaves at its end went on from there, no row says over which leg: it counts on top. A leg that nothing
    was seen on takes that alone.
    """
    ended = dict(carried.ended)
    for last in {one.legs[-1] for one, _ in flows}:
        now = sum(amount for one, amount in flows if one.legs[-1] == last)
        ended[last] = max(now, ended.get(last, now))
    found = _gone_on(legs, ended, others)
    for at, leg in enumerate(legs):
        counted = [] if leg.most_carried is None else [leg.most_carried - float(others[at])]
        said = [carried.seen[leg.leg]] if leg.leg in carried.seen else []
        found[at] += max(*counted, *said, float(own[at]), 0.0)
    return found


def _gone_on(legs: Sequence[BookedLeg], ended: Mapping[str, float], others: FloatArray) -> FloatArray:
    """The most that each leg, (A,), may have taken of what was left at the ends of legs, directly or by other legs.

    A leg whose count is all of named routes took none of it, unless every leg on from the place is such a leg.
    """
    leaving: defaultdict[str, list[int]] = defaultdict(list)
    for at, leg in enumerate(legs):
        leaving[leg.origin].append(at)
    found = np.zeros(len(legs))
    for last in legs:
        reached, new = set[str](), {last.destination} if last.leg in ended else set[str]()
        while new:
            reached |= new
            taking = [at for place in new for at in _may_take(legs, leaving[place], others)]
            found[taking] += ended[last.leg]
            new = {legs[at].destination for at in taking} - reached
    return found


def _may_take(legs: Sequence[BookedLeg], leaving: Sequence[int], others: FloatArray) -> Sequence[int]:
    """Of the legs on from a place those that may have taken goods that no route carries on."""
    return [at for at in leaving if legs[at].carried is None or others[at] > 0] or leaving
