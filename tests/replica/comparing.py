"""Sets what the lens says of a pivot beside what the page makes of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

import polars as pl
import pytest
from tests.replica.bounds import partner_estimates
from tests.replica.combining import Change, Estimate, cells_of, changes_of
from tests.replica.counting import meeting_estimates, membership_estimates
from tests.replica.reading import Ground, Row
from tests.replica.routes import route_estimates
from tests.replica.supply import floor_estimates, supply_estimates

from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.measures import MEASURES, MeasureRule
from multivector.lenses.exposure.params import ExposureParams
from multivector.world import World

READERS: Mapping[str, Callable[[Ground, str, MeasureRule], Iterable[Estimate]]] = {
    "partners": partner_estimates,
    "supply": supply_estimates,
    "floor": floor_estimates,
    "routes": route_estimates,
    "memberships": membership_estimates,
    "meetings": meeting_estimates,
}
ESTIMATE = ("year", "value", "low", "high", "coverage", "kind", "status", "source", "mirror", "amount")
CELL = (*ESTIMATE, "sources")
CHANGE = ("year_from", "year_to", "value_from", "value_to", "change", "low", "high", "certain")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pair:
    """What the lens says of a pivot, and the estimates that the page makes of the same rows."""

    lens: Mapping[str, pl.DataFrame]
    page: list[Estimate]


def pair_of(world: World, ground: Ground, pivot: str) -> Pair:
    """Both computations for one pivot."""
    lens = measure(world, ExposureParams(pivot=pivot)).tables
    return Pair(lens, [one for rule in MEASURES for one in READERS[rule.reader](ground, pivot, rule)])


def differences(row: Row, own: Estimate | Change, columns: tuple[str, ...]) -> list[str]:
    """Columns in which the lens and the page part, with what each says."""
    found = [f"facts of one alone: {sorted(odd)}"] if (odd := own.facts.symmetric_difference(row["facts"])) else []
    for column in columns:
        lens, page = row[column], getattr(own, column)
        if lens != (pytest.approx(page, rel=1e-9, abs=1e-9) if isinstance(page, float) else page):
            found.append(f"{column}: lens {lens}, page {page}")
    return found


def rows_by(table: pl.DataFrame, *keys: str) -> dict[tuple[object, ...], Row]:
    """The rows of a table by columns that name each of them once."""
    rows = {tuple(row[key] for key in keys): row for row in table.iter_rows(named=True)}
    assert len(rows) == table.height
    return rows


def place(row: Row) -> tuple[object, ...]:
    """Orders estimates: what one source says of a cell in several ways is told apart by its range."""
    where = (row["measure"], row["pole"], row["period_start"], row["period_end"])
    return (*where, row["source"], row["mirror"], round(row["low"], 9), round(row["high"], 9))


Found = dict[tuple[object, ...], list[str]]


def estimates_apart(pair: Pair) -> Found:
    """Estimates before combining that only one side has, or on which the two part."""
    rows = {place(row): row for row in pair.lens["estimates"].iter_rows(named=True)}
    page = {place({**asdict(one), "period_start": one.start, "period_end": one.end}): one for one in pair.page}
    assert (len(rows), len(page)) == (pair.lens["estimates"].height, len(pair.page))
    return apart(rows, page.items(), ESTIMATE)


def cells_apart(pair: Pair) -> Found:
    """Cells of the tensor that only one side has, or on which the two part."""
    rows = rows_by(pair.lens["tensor"], "measure", "pole", "period_start", "period_end")
    return apart(rows, cells_of(pair.page).items(), CELL)


def changes_apart(pair: Pair) -> Found:
    """Lines of the trend that only one side has, or on which the two part."""
    return apart(rows_by(pair.lens["trend"], "measure", "pole", "source"), changes_of(pair.page).items(), CHANGE)


def apart(
    rows: Mapping[tuple[object, ...], Row],
    page: Iterable[tuple[tuple[object, ...], Estimate | Change]],
    columns: tuple[str, ...],
) -> Found:
    """Lines that only one side has, or on which the two part."""
    own = dict(page)
    found: Found = {key: ["lens alone" if key in rows else "page alone"] for key in set(rows) ^ set(own)}
    for key in set(rows) & set(own):
        if parted := differences(rows[key], own[key], columns):
            found[key] = parted
    return found
