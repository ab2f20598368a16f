"""From what sources say of legs to yearly rates: one unit, plans left out, older statements superseded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from multivector.lenses.corridors.params import CorridorParams
from multivector.schema.units import UNITS
from multivector.world import World

STATED: Final = ("observed", "derived", "judged", "claim")  # a plan is no capacity yet
SCENARIO: Final = "scenario"  # source of the rows that a scenario writes: they hold alone
LIMITED: Final = "scenario: limit"  # how the note of a shared limit ends that a scenario lowers or holds
_STANDING: Final = {"observed": 0, "derived": 0, "judged": 1, "claim": 2}
_RATES: Final = {  # dimension: what is counted, and the factor from the base unit to Mt or thousand TEU a year
    "mass a year": ("tonnes", 1.0),
    "mass a month": ("tonnes", 12.0),
    "containers a year": ("containers", 1e-3),
}
_AMOUNTS: Final = {"mass": ("tonnes", 1e-6), "containers": ("containers", 1e-3)}
_BARRELS: Final = "barrels a day"
CAPACITIES: Final = ("nameplate", "exchangeable")
ROUTE_CAPACITY: Final = "route_nameplate"
_HOLDING: Final = frozenset({*CAPACITIES, ROUTE_CAPACITY})
_DAYS: Final = 365.0


@dataclass(frozen=True, slots=True)
class Said:
    """One statement as a yearly rate, Mt or thousand TEU. `fixed`: a scenario says so, and nothing widens it."""

    row: str
    leg: str
    attribute: str
    rate: float
    start: dt.date | None
    end: dt.date | None
    status: str
    rank: int
    published: dt.date | None
    qualifier: str
    item: str
    whole_year: bool
    fixed: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """A quantity: the chosen statement, and how far the others that still hold reach. `rows`: all of these."""

    value: float
    low: float
    high: float
    start: dt.date | None
    status: str
    rows: tuple[str, ...]
    whole_year: bool = True


def read_statements(world: World, params: CorridorParams, *, legs: Iterable[str], until: dt.date) -> list[Said]:
    """Everything stated of the legs about a time before `until`, in the unit that is counted; plans left out.

    A capacity that no row states for that time is the earliest stated later: a pipe is older than its row.
    """
    ranks = dict(world.scan("sources").select("source", "rank").collect().iter_rows())
    rows = world.rows(
        "leg_values",
        pl.col("leg").is_in(list(legs)),
        pl.col("status").is_in(STATED),
    )
    found = (_said(row, ranks, params) for row in rows.iter_rows(named=True))
    return list(_known_by([one for one in found if one is not None], until))


def _known_by(said: Sequence[Said], until: dt.date) -> Iterator[Said]:
    """What is said of a time before `until`; the earliest later capacity of legs without an earlier one."""
    early = [one for one in said if one.start is None or one.start < until]
    held = {one.leg for one in early if one.attribute in _HOLDING}
    late = [one for one in said if one not in early and one.attribute in _HOLDING and one.leg not in held]
    first: dict[str, dt.date] = {}
    for one in late:
        if one.start is not None and not one.fixed:
            first[one.leg] = min(one.start, first.get(one.leg, one.start))
    yield from early
    yield from (one for one in late if not one.fixed and one.start == first[one.leg])


def rate_of(
    value: float, unit: str, span: tuple[dt.date | None, dt.date | None], params: CorridorParams
) -> float | None:
    """A figure as Mt or thousand TEU a year; None when it counts something else.

    Months are twelfths of a year, whatever their length; a part of a year is scaled up to the whole.
    """
    known = UNITS[unit]
    if known.dimension in _RATES:
        counted, factor = _RATES[known.dimension]
        return value * known.factor * factor if counted == params.count else None
    if known.dimension == _BARRELS and params.count == "tonnes":
        return value * known.factor * _DAYS / params.barrels / 1e6
    if known.dimension in _AMOUNTS and span[0] is not None and span[1] is not None:
        counted, factor = _AMOUNTS[known.dimension]
        return value * known.factor * factor / years_between(span[0], span[1]) if counted == params.count else None
    return None


def years_between(start: dt.date, end: dt.date) -> float:
    """Length of a half-open period in years: whole months count as twelfths, anything else by days."""
    if start.day == end.day == 1:
        return ((end.year - start.year) * 12 + end.month - start.month) / 12
    return (end - start).days / _DAYS


def _said(row: Mapping[str, Any], ranks: Mapping[str, int], params: CorridorParams) -> Said | None:
    span = row["period_start"], row["period_end"]
    rate = rate_of(row["value"], row["unit"], span, params)
    if rate is None:
        return None
    whole = span[0] is None or span[1] is None or years_between(*span) >= 1
    return Said(
        row=row["id"],
        leg=row["leg"],
        attribute=row["attribute"],
        rate=rate,
        start=span[0],
        end=span[1],
        status=row["status"],
        rank=ranks[row["source"]],
        published=row["published"],
        qualifier=row["qualifier"],
        item=row["item"] or "",
        whole_year=whole,
        fixed=row["source"] == SCENARIO,
    )


def chosen(said: Sequence[Said], *, memory: int) -> Reach | None:
    """Which statement is shown, and the range of those that still hold.

    The newest period first (a capacity changes), then observed before claimed, the better source, the newest
    publication, the id. Statements about a time up to `memory` years before the chosen one widen the range.
    """
    if not said:
        return None
    best = min(said, key=_order)
    first = (best.start.year if best.start else dt.date.max.year) - memory
    holding = [best] if best.fixed else [one for one in said if one.start is None or one.start.year >= first]
    rates = [one.rate for one in holding]
    return Reach(
        value=best.rate,
        low=min(rates),
        high=max(rates),
        start=best.start,
        status=best.status,
        rows=tuple(sorted(one.row for one in holding)),
        whole_year=best.whole_year,
    )


def _order(one: Said) -> tuple[bool, int, int, int, int, str]:
    year = one.start.year if one.start else 0
    day = one.published.toordinal() if one.published else 0
    return not one.fixed, -year, _STANDING[one.status], one.rank, -day, one.row
