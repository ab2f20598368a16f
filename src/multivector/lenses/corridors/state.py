"""The network as it stands in a year, with the closures and limits that rows date: what gets through, part by part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from multivector.lenses.corridors.board import ENDS, End, Stage
from multivector.lenses.corridors.book import Book
from multivector.lenses.corridors.closing import Ends
from multivector.models.flow.rerouting import Settled, settle


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of the year in which nothing opens or closes: [start, end), and where everything goes at each end."""

    start: dt.date
    end: dt.date
    settled: dict[End, Settled]

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The year, part by part. `rows`: the dated closures and limits that were read."""

    parts: tuple[Part, ...]
    rows: tuple[str, ...]

    def lost(self, end: End) -> float:
        """What stays behind in the year."""
        return self._mean([part.settled[end].total_lost for part in self.parts])

    def carried(self, way: int, gate: int, end: End) -> float:
        """What a route carries in the year: what stayed on it, and what came to its last leg from elsewhere."""
        return self._mean([float(part.settled[end].kept[way] + part.settled[end].moved[gate]) for part in self.parts])

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
        settled = {which: settle(ends.laid[which], usable_on(ends.stages[which], start)) for which in ENDS}
        parts.append(Part(start=start, end=end, settled=settled))
    return State(parts=tuple(parts), rows=tuple(sorted(_rows(book, first, last))))


def usable_on(stage: Stage, day: dt.date) -> npt.NDArray[np.float64]:
    """The usable part of each leg on a day, (A,): of several statements the tightest."""
    usable = np.ones(len(stage.legs))
    for at, leg in enumerate(stage.legs):
        for one in leg.closures:
            if (one.start is None or one.start <= day) and (one.end is None or day < one.end):
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
