"""Small made-up worlds of two counts of one trade: the EU's members sell, importers count for themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import polars as pl
from tests.lenses.worlds import Flow, adding, bare, world_of

from multivector.lenses.monitor.lens import measure
from multivector.lenses.monitor.params import MonitorParams
from multivector.result import Result
from multivector.world import Edit, World

EU27 = (
    *("AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV", "HUN", "IRL", "ITA"),
    *("LTU", "LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "SWE"),
)
SOLD = Flow(sender="DEU", receiver="KAZ", measure="value", unit="EUR", basis="fob", reporter="DEU", decimals=0)
COUNTED = replace(SOLD, basis="cif", reporter="KAZ", source="beta")
MN = 1e6


def month(year: int, number: int) -> tuple[dt.date, dt.date]:
    """First day, and first day after."""
    return dt.date(year, number, 1), dt.date(year + number // 12, number % 12 + 1, 1)


def sold(
    receiver: str, by_year: Mapping[int, float], *, members: Sequence[str] = ("DEU",), months: int = 12
) -> list[Flow]:
    """Members' own counts by month, alike in every month: `by_year` is what each sells a year, EUR million."""
    return [
        replace(SOLD, sender=one, reporter=one, receiver=receiver, value=amount * MN / 12, start=start, end=end)
        for one in members
        for year, amount in by_year.items()
        for start, end in (month(year, number) for number in range(1, months + 1))
    ]


def counted(
    receiver: str, by_year: Mapping[int, float], *, members: Sequence[str] = ("DEU",), **cells: object
) -> list[Flow]:
    """An importer's count by year and member, EUR million."""
    like = replace(COUNTED, receiver=receiver, reporter=receiver, **cells)  # type: ignore[arg-type] # a test's cells
    return [
        replace(like, sender=one, value=amount * MN, year=year) for one in members for year, amount in by_year.items()
    ]


def monitored(flows: Iterable[Flow], *edits: Edit, **given: object) -> Result:
    return watched(world_of(flows, *edits), **given)


def watched(world: World, **given: object) -> Result:
    return measure(world, MonitorParams.model_validate({"pivot": "KAZ", "draws": 100, **given}))


def line(result: Result, table: str, **cells: object) -> dict[str, Any]:
    found = result.tables[table].filter(*(pl.col(name) == pl.lit(value) for name, value in cells.items()))
    assert found.height == 1, found
    return found.row(0, named=True)


def goods(
    sender: str,
    receiver: str,
    code: str,
    by_year: Mapping[int, float],
    *,
    tonnes: float | None = None,
    edition: str = "hs2022",
) -> list[Flow]:
    """An HS6 product by year, EUR million; with `tonnes`, as many in every year."""
    like = replace(SOLD, sender=sender, reporter=sender, receiver=receiver, product=f"{edition}:{code}")
    rows = [replace(like, value=amount * MN, year=year) for year, amount in by_year.items()]
    if tonnes is not None:
        mass = replace(like, measure="quantity", unit="t", scope="goods", value=tonnes)
        rows += [replace(mass, year=year) for year in by_year]
    return rows


@cache
def watch_list() -> Edit:
    """Two codes of a list of HS 2022, one of which HS 2022 made."""
    common = {"system": "HS2022", "list": "Common High Priority List"}
    return adding(
        "products",
        {**common, "code": "854231", "tier": "1", "description": "processors"},
        {**common, "code": "852589", "tier": "3B", "description": "cameras"},
    )


def said(**cells: object) -> Edit:
    """One event."""
    day = {"period_start": dt.date(2023, 10, 19), "period_end": dt.date(2023, 10, 20), "precision": "day"}
    return adding("events", {"actors": "KAZ", "unit": "words", "status": "claim", **day, **cells})


__all__ = ["EU27", "bare", "counted", "goods", "line", "monitored", "month", "said", "sold", "watch_list", "watched"]
