"""One cell from all estimates, and its change: "Combining sources" and "Trend" of docs/methods/exposure.md."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tests.replica.reading import STANDING, age, grouped

TREND_YEARS = 6


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one statement says of one pole in one period; without a value it is a bound."""

    measure: str
    pole: str
    start: dt.date
    end: dt.date
    value: float | None
    low: float
    high: float
    coverage: float
    status: str
    source: str
    facts: frozenset[str]
    rank: int = 1
    published: dt.date | None = None
    mirror: bool = False
    amount: float | None = None
    sources: int = 1

    @property
    def kind(self) -> str:
        """The word of the column `kind` (notation)."""
        return "bound" if self.value is None else "measured"

    @property
    def year(self) -> int:
        """The year of the last day of the period (answer)."""
        return (self.end - dt.timedelta(days=1)).year


CellKey = tuple[str, str, dt.date, dt.date]


@dataclass(frozen=True, slots=True)
class Change:
    """How a share moved between two years of one source."""

    year_from: int
    year_to: int
    value_from: float | None
    value_to: float | None
    low: float
    high: float
    facts: frozenset[str]

    @property
    def change(self) -> float | None:
        """The difference, where both years have a value (trend)."""
        return None if self.value_from is None or self.value_to is None else self.value_to - self.value_from

    @property
    def certain(self) -> bool:
        """Whether the sign is known (trend)."""
        return self.low > 0 or self.high < 0


def order(one: Estimate) -> tuple[int, bool, bool, int, int, str, float, float]:
    """The order of choice (combining, Chosen)."""
    first = (STANDING[one.status], one.value is None, one.mirror, one.rank)
    return (*first, age(one.published), one.source, one.low, one.high)


def combine(estimates: Iterable[Estimate]) -> Estimate:
    """The chosen estimate with the range of all (combining)."""
    chosen, *others = sorted(estimates, key=order)
    low, high = chosen.low, chosen.high
    for other in others:
        low, high = widened(chosen, other, low, high)
    every = (chosen, *others)
    return replace(
        chosen,
        low=low,
        high=high,
        coverage=max(one.coverage for one in every if STANDING[one.status] <= STANDING[chosen.status]),
        sources=len({one.source for one in every}),
        facts=frozenset[str]().union(*(one.facts for one in every)),
    )


def widened(chosen: Estimate, other: Estimate, low: float, high: float) -> tuple[float, float]:
    """The range after one more estimate (combining, Range)."""
    if other.value is not None:
        return min(low, other.low), max(high, other.high)
    if other.low > high:
        return low, other.low
    if other.high < low:
        return other.high, high
    if chosen.value is None and STANDING[other.status] == 0:
        return max(low, other.low), min(high, other.high)
    return low, high


def cells_of(estimates: Iterable[Estimate]) -> dict[CellKey, Estimate]:
    """One cell for each measure, pole and period (combining)."""
    groups = grouped(estimates, lambda one: (one.measure, one.pole, one.start, one.end))
    return {key: combine(same) for key, same in groups.items()}


def is_calendar_year(one: Estimate) -> bool:
    """Whether the period is a calendar year (trend)."""
    year = one.start.year
    return (one.start, one.end) == (dt.date(year, 1, 1), dt.date(year + 1, 1, 1))


def changes_of(estimates: Sequence[Estimate]) -> dict[tuple[str, str, str], Change]:
    """The change within each measure, pole and source (trend)."""
    series: defaultdict[tuple[str, str, str], dict[int, Estimate]] = defaultdict(dict)
    yearly = grouped(
        (one for one in estimates if is_calendar_year(one)),
        lambda one: (one.measure, one.pole, one.source, one.start.year),
    )
    for (measure, pole, source, year), same in yearly.items():
        series[measure, pole, source][year] = combine(same)
    return {key: change_of(years) for key, years in series.items() if first_year(years) < max(years)}


def first_year(years: Iterable[int]) -> int:
    """The earliest year within reach of the last (trend)."""
    known = list(years)
    return min(year for year in known if year >= max(known) - TREND_YEARS)


def change_of(years: dict[int, Estimate]) -> Change:
    """The change from the first to the last year (trend)."""
    first, last = years[first_year(years)], years[max(years)]
    return Change(
        year_from=first.start.year,
        year_to=last.start.year,
        value_from=first.value,
        value_to=last.value,
        low=last.low - first.high,
        high=last.high - first.low,
        facts=first.facts | last.facts,
    )
