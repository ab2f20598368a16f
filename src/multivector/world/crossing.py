"""What part of the tonnes that leave crosses a territory, when some tonnes have no named way and sources disagree."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from multivector.errors import NoAnswer
from multivector.world.traffic import Carried, Traffic

MOST: Final = 1.005  # routes may add up to this part of the total: more is an error of a row, not of rounding


@dataclass(frozen=True, slots=True)
class Crossing:
    """A fraction of the total: `listed` by named ways, within [low, high]; `amount` tonnes; `loose`: no way named."""

    listed: float
    low: float
    high: float
    loose: float
    amount: float


def crossing(traffic: Traffic, crosses: Callable[[frozenset[str]], bool]) -> Crossing:
    """The share of a period's tonnes whose territory `crosses` says yes to.

    Tonnes of no named way may or may not cross: they widen `high`. Sources of one tonnage disagree by more than
    rounding: both ends are carried through.
    """
    total, settled = traffic.total, [one for one in traffic.carried if one.is_settled]
    inside = [one for one in settled if one.way is not None and crosses(one.way.territory)]
    outside = math.fsum(one.low for one in settled if one not in inside)
    loose = 1.0 - math.fsum(one.amount for one in settled) / total.amount
    spread = (total.high - total.low + math.fsum(one.high - one.low for one in traffic.carried)) / total.amount
    listed = math.fsum(one.amount for one in inside) / total.amount
    low = min(math.fsum(one.low for one in inside) / total.high, 1.0)
    left = max(min(1.0 - outside / total.high, 1.0), low)
    high = max(min(left, listed + max(loose, 0.0) + spread), low)
    return Crossing(listed=listed, low=low, high=high, loose=loose, amount=math.fsum(one.amount for one in inside))


def require_within(question: str, traffic: Traffic) -> None:
    """Routes may not carry more than leaves: one of the two rows is wrong, and nobody here knows which.

    Raises:
        NoAnswer: they do, or nothing left at all; the message names the rows.
    """
    total, listed = traffic.total, math.fsum(one.low for one in traffic.carried)
    if total.amount <= 0:
        raise NoAnswer(f"{question} {traffic.start.year}: nothing left at all, no share of it can be taken")
    if listed > MOST * total.high:
        rows = ", ".join((*total.facts, *(row for one in traffic.carried for row in one.facts)))
        raise NoAnswer(
            f"{question} {traffic.start.year}: routes carry {listed / 1e6:.1f} Mt, more than the total of "
            f"{total.amount / 1e6:.1f} Mt; rows {rows}"
        )


def traffic_facts(traffic: Traffic) -> tuple[str, ...]:
    """Every row behind a period's tonnes: totals, routes, and the legs that say what each route crosses."""
    ways = (row for one in traffic.carried if one.way is not None for row in one.way.facts)
    return tuple(sorted({*traffic.total.facts, *(row for one in traffic.carried for row in one.facts), *ways}))


def avoided(total: Carried, amount: float, half: float) -> tuple[float, float, float]:
    """Value, low and high of the share that crosses a state, when `amount` ± `half` tonnes are known to avoid it."""
    low = max(1.0 - (amount + half) / total.low, 0.0)
    high = max(min(1.0 - (amount - half) / total.high, 1.0), low)
    return min(max(1.0 - amount / total.amount, low), high), low, high
