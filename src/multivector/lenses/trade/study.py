"""Everything that the tables of the trade lens are written from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from multivector.lenses.trade.params import TradeParams
from multivector.lenses.trade.parties import Party, Stop
from multivector.lenses.trade.solving import Band, Solved
from multivector.lenses.trade.table import Tables, Year


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The tables, who stops trading with whom, and what was solved for.

    `stops`: the pivot's partners, one at a time; `pairs`: two others; `uncovered`: partners without an economy of
    their own in the table.
    """

    params: TradeParams
    tables: Tables
    pivot: Party
    stops: tuple[Stop, ...]
    pairs: tuple[Stop, ...]
    uncovered: tuple[str, ...]
    solved: tuple[Solved, ...]

    @property
    def latest(self) -> Year:
        """The year of the detailed tables."""
        return self.tables.years[-1]


def stated(rows: pl.DataFrame, tables: Tables) -> list[str]:
    """Rows of trade, largest first, then the elasticities of the sector that weighs most, one of each set."""
    if rows.is_empty():
        return []
    sectors = rows.group_by("sector").agg(pl.col("value_usd_mn").sum()).sort("value_usd_mn", "sector", descending=True)
    trade = rows.sort("value_usd_mn", "id", descending=[True, False])["id"].to_list()
    return [*trade, *tables.elasticities[sectors["sector"][0]]]


def period(year: int) -> dict[str, dt.date]:
    """A calendar year, half-open."""
    return {"period_start": dt.date(year, 1, 1), "period_end": dt.date(year + 1, 1, 1)}


def ends(found: Band) -> dict[str, float]:
    """Both ends of a band."""
    return {"low": found.low, "high": found.high}


def times(value: float | None, factor: float) -> float | None:
    """The product, where there is a value."""
    return None if value is None else value * factor
