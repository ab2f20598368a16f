"""The network as it stands in a year, with the closures and limits that rows date: what gets through, part by part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from multivector.lenses.corridors.board import ENDS, End, Stage
from multivector.lenses.corridors.book import Book, Closure
from multivector.lenses.corridors.closing import Ends
from multivector.lenses.corridors.reroutes import come_anew
from multivector.models.flow.board import lay
from multivector.models.flow.rerouting import Settled, settle


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of the year in which nothing opens or closes: [start, end), and where everything goes at each end.

    `closed`: places of the legs that are closed whole.
    """

    start: dt.date
    end: dt.date
    settled: dict[End, Settled]
    closed: tuple[int, ...]

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The year, part by part. `rows`: the dated closures and limits that were read."""

    parts: tuple[Part, ...]
    rows: tuple[str, ...]
    ends: Ends

    def lost(self, end: End) -> float:
        """What stays behind in the year."""
        return self._mean([part.settled[end].total_lost for part in self.parts])

    def carried(self, way: int, end: End) -> float:
        """What a route carries in the year: what stayed on it, and what came to it from elsewhere."""
        stage, base = self.ends.stages[end], self.ends.base[end]
        rates = [
            float(
                part.settled[end].kept[way] + come_anew(stage, part.settled[end].moved, base, closed=part.closed)[way]
            )
            for part in self.parts
        ]
        return self._mean(rates)

    def _mean(self, rates: Sequence[float]) -> float:
        days = [part.days for part in self.parts]
        return sum(rate * length for rate, length in zip(rates, days, strict=True)) / sum(days)


def state_of(ends: Ends) -> State:
    """The year of the book, cut where a dated closure or limit begins or ends."""
    book = ends.stated.book
    first, last = dt.date(book.year, 1, 1), dt.date(book.year + 1, 1, 1)
    cuts = sorted({first, last, *(day for day in _days(book) if first < day < last)})
    parts = []
    for start, end in pairwise(cuts):
        settled = {which: _settled(ends, which, start) for which in ENDS}
        closed = tuple(int(at) for at in np.flatnonzero(usable_on(ends.stated, start) == 0))
        parts.append(Part(start=start, end=end, settled=settled, closed=closed))
    return State(parts=tuple(parts), rows=tuple(sorted(_rows(book, first, last))), ends=ends)


def _settled(ends: Ends, end: End, day: dt.date) -> Settled:
    """Where everything goes on a day. A limit above today's load closes nothing, but holds what would come anew."""
    stage, laid = ends.stages[end], ends.laid[end]
    usable, most = usable_on(stage, day), _limits_on(stage, day)
    if (usable == 1).all() and np.isinf(most).all():
        return ends.base[end]
    if np.isfinite(most).any():
        own = np.zeros(len(stage.legs))
        np.add.at(own, stage.board.leg, stage.board.amount[stage.board.way])
        room = np.maximum(most - stage.board.others, own)
        laid = lay(replace(stage.board, capacity=np.minimum(stage.board.capacity, room)))
    return settle(laid, usable)


def _limits_on(stage: Stage, day: dt.date) -> npt.NDArray[np.float64]:
    """The tightest limit of each leg on a day, (A,), everybody's goods; infinite where there is none."""
    most = np.full(len(stage.legs), np.inf)
    for at, leg in enumerate(stage.legs):
        for one in leg.closures:
            if one.limit is not None and _holds(one, day):
                most[at] = min(most[at], one.limit)
    return most


def _holds(one: Closure, day: dt.date) -> bool:
    return (one.start is None or one.start <= day) and (one.end is None or day < one.end)


def usable_on(stage: Stage, day: dt.date) -> npt.NDArray[np.float64]:
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
    return {
        one.row
        for leg in book.legs
        for one in leg.closures
        if (one.start is None or one.start < last) and (one.end is None or one.end > first)
    }
