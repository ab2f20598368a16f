"""One source's answer for one cell of the balance, and how several answers become one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal[
    "measured",  # a figure, or a sum of figures that leaves nobody of the pole out
    "bound",  # only limits are known
]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A pole's share from one list: `low <= value <= high`, fractions; value null where only limits are known."""

    measure: str
    pole: str
    start: dt.date
    end: dt.date
    kind: Kind
    value: float | None
    low: float
    high: float
    coverage: float
    status: str
    source: str
    rank: int
    published: dt.date | None
    facts: tuple[str, ...]
    mirror: bool = False
    amount: float | None = None
    amount_unit: str | None = None
    sources: int = 1

    @property
    def period(self) -> tuple[dt.date, dt.date]:
        """Half-open period."""
        return self.start, self.end


def combined(estimates: list[Estimate]) -> Estimate:
    """One estimate from several of the same cell.

    Chosen: observed before judged before claimed, measured before bounded, own count before the partner's, then rank,
    newest publication, name of the source.
    Range: see `_reach`.
    """
    first, *others = sorted(estimates, key=_preference)
    low, high = _reach(first, others)
    facts = tuple(sorted({row for estimate in estimates for row in estimate.facts}))
    sources = len({estimate.source for estimate in estimates})
    # what some source attributes is attributed, whichever source is shown
    coverage = max(estimate.coverage for estimate in estimates if _standing(estimate) <= _standing(first))
    return replace(first, low=low, high=high, facts=facts, sources=sources, coverage=coverage)


def _reach(first: Estimate, others: list[Estimate]) -> tuple[float, float]:
    """How far the sources reach together.

    Measured estimates widen the range to their hull. A bound that meets the range is no disagreement: it widens
    nothing, and where only bounds are known it holds together with the others, so the range is what they share. A bound
    that does not meet the range widens it just until they touch. What is only judged or claimed narrows nothing.
    """
    low, high = first.low, first.high
    for other in others:
        if other.kind == "measured":
            low, high = min(low, other.low), max(high, other.high)
        elif other.low > high:
            high = other.low
        elif other.high < low:
            low = other.high
        elif first.kind == "bound" and _standing(other) == 0:
            low, high = max(low, other.low), min(high, other.high)
    return low, high


def _standing(estimate: Estimate) -> int:
    return {"observed": 0, "derived": 0, "judged": 1, "claim": 2}[estimate.status]


def _preference(estimate: Estimate) -> tuple[int, bool, bool, int, int, str, float, float]:
    published = -estimate.published.toordinal() if estimate.published else 0
    first = (_standing(estimate), estimate.kind == "bound", estimate.mirror, estimate.rank)
    return (*first, published, estimate.source, estimate.low, estimate.high)


def unknown(measure: str, pole: str, start: dt.date, end: dt.date) -> Estimate:
    """The cell of which no row speaks: no value, anything from nothing to everything."""
    return Estimate(measure, pole, start, end, "bound", None, 0.0, 1.0, 0.0, "observed", "", 9, None, (), sources=0)
