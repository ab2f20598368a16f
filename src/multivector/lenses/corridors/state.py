"""The network as it stands in a year, with the closures and limits that rows date: what gets through, part by part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from multivector.lenses.corridors.board import ENDS, End, Stage
from multivector.lenses.corridors.book import Book, Closure
from multivector.lenses.corridors.closing import Ends
from multivector.lenses.corridors.reroutes import come_anew, gates_of, is_shut
from multivector.models.flow.board import Laid, lay
from multivector.models.flow.rerouting import Settled, carries, settle

FloatArray = npt.NDArray[np.float64]
_HELD = 1e-7  # relative: spans are known so well, since what is held while they are looked for has that much room


@dataclass(frozen=True, slots=True, eq=False)
class OneEnd:
    """Where everything goes in a part of the year, at one end of what is known.

    `carried` (R, 3): the least, the chosen and the most, over all optima, that each route carries, as a yearly rate.
    """

    settled: Settled
    carried: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of the year in which nothing opens or closes: [start, end), and where everything goes at each end."""

    start: dt.date
    end: dt.date
    at: Mapping[End, OneEnd]

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class CarriedInYear:
    """What a route carries in the year: of one optimum at the stated end, and over all optima and ends."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The year, part by part. `rows`: the dated closures and limits that were read."""

    parts: tuple[Part, ...]
    rows: tuple[str, ...]
    ends: Ends

    def lost(self, end: End) -> float:
        """What stays behind in the year."""
        return self._mean([part.at[end].settled.total_lost for part in self.parts])

    def carried(self, way: int) -> CarriedInYear:
        """What a route carries in the year: what stayed on it, and what came to it from elsewhere."""
        rates = {end: [part.at[end].carried[way] for part in self.parts] for end in ENDS}
        low, high = ([self._mean([rate[side] for rate in rates[end]]) for end in ENDS] for side in (0, 2))
        return CarriedInYear(value=self._mean([rate[1] for rate in rates["stated"]]), low=min(low), high=max(high))

    def _mean(self, rates: Sequence[float]) -> float:
        days = [part.days for part in self.parts]
        return float(sum(rate * length for rate, length in zip(rates, days, strict=True))) / sum(days)


def state_of(ends: Ends) -> State:
    """The year of the book, cut where a dated closure or limit begins or ends."""
    book = ends.stated.book
    first, last = dt.date(book.year, 1, 1), dt.date(book.year + 1, 1, 1)
    cuts = sorted({first, last, *(day for day in _days(book) if first < day < last)})
    parts = tuple(
        Part(start=start, end=end, at={which: _on_a_day(ends, which, start) for which in ENDS})
        for start, end in pairwise(cuts)
    )
    return State(parts=parts, rows=tuple(sorted(_rows(book, first, last))), ends=ends)


def _on_a_day(ends: Ends, end: End, day: dt.date) -> OneEnd:
    """Where everything goes on a day."""
    stage, base = ends.stages[end], ends.base[end]
    usable = usable_on(stage, day)
    laid = _limited(stage, ends.laid[end], _limits_on(stage, day))
    if laid is ends.laid[end] and (usable == 1).all():
        return OneEnd(base, np.repeat(base.kept[:, None], 3, axis=1))
    settled = settle(laid, usable)
    return OneEnd(settled, _carried(stage, laid, settled, base, usable))


def _limited(stage: Stage, laid: Laid, most: FloatArray) -> Laid:
    """The programme under limits: one on a leg above today's load closes nothing, but holds what would come anew.

    A limit that a scenario puts on what legs share holds what they carry today, too.
    """
    board = stage.board
    if np.isinf(most).all() and (stage.bound >= board.side.limit).all():
        return laid
    own = np.zeros(len(stage.legs))
    np.add.at(own, board.leg, board.amount[board.way])
    capacity = np.minimum(board.capacity, np.maximum(most - board.others, own))
    return lay(replace(board, capacity=capacity, side=replace(board.side, limit=stage.bound)))


def _carried(stage: Stage, laid: Laid, settled: Settled, base: Settled, usable: FloatArray) -> FloatArray:
    """The least, the chosen and the most, (R, 3), that each route carries; nothing comes to one that is closed."""
    closed = tuple(int(at) for at in np.flatnonzero(usable == 0))
    gates = gates_of(stage)
    chosen = settled.kept + come_anew(stage, settled.moved, base, closed=closed)
    open_ways = np.flatnonzero(~is_shut(stage, closed))
    gates = gates[open_ways]
    found = carries(laid, usable, open_ways, gates) - base.moved[gates][:, None]
    # no more comes to a route than leaves another, or a field whose goods were on none
    freed = max(float((stage.board.amount - settled.kept).sum()), settled.total_lost)
    most = stage.board.amount[open_ways] + freed
    spans = np.repeat(chosen[:, None], 3, axis=1)
    spans[open_ways, 0] = np.clip(found[:, 0], 0.0, chosen[open_ways])
    spans[open_ways, 2] = np.clip(found[:, 1], chosen[open_ways], np.maximum(most, chosen[open_ways]))
    digits = -int(np.ceil(np.log10(_HELD * (1.0 + float(stage.board.supply.sum())))))
    spans = np.round(spans, digits)
    return np.where(np.abs(spans - chosen[:, None]) <= 10.0**-digits, chosen[:, None], spans)


def _limits_on(stage: Stage, day: dt.date) -> FloatArray:
    """The tightest limit of each leg on a day, (A,), everybody's goods; infinite where there is none."""
    most = np.full(len(stage.legs), np.inf)
    for at, leg in enumerate(stage.legs):
        for one in leg.closures:
            if one.limit is not None and _holds(one, day):
                most[at] = min(most[at], one.limit)
    return most


def _holds(one: Closure, day: dt.date) -> bool:
    return (one.start is None or one.start <= day) and (one.end is None or day < one.end)


def usable_on(stage: Stage, day: dt.date) -> FloatArray:
    """The usable part of each leg on a day, (A,): of several statements the tightest."""
    usable = np.ones(len(stage.legs))
    for at, leg in enumerate(stage.legs):
        for one in leg.closures:
            if _holds(one, day):
                share = one.share
                if one.limit is not None:
                    whole = float(stage.board.hit_from[at])
                    share = min(one.limit / whole, 1.0) if whole > 0 else 1.0
                usable[at] = min(usable[at], 1.0 if share is None else share)
    return usable


def _days(book: Book) -> list[dt.date]:
    return [day for leg in book.legs for one in leg.closures for day in (one.start, one.end) if day is not None]


def _rows(book: Book, first: dt.date, last: dt.date) -> set[str]:
    closures = {
        one.row
        for leg in book.legs
        for one in leg.closures
        if (one.start is None or one.start < last) and (one.end is None or one.end > first)
    }
    return closures | {row for limit in book.limits if limit.binds for row in limit.reach.rows}
