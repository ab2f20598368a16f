"""Everything that the tables of the trade lens are written from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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


def stated(pairs: Sequence[tuple[int, int]], year: Year, tables: Tables, *, sector: int | None = None) -> list[str]:
    """Rows of trade from exporters to importers, largest first, and the elasticities of the sector that weighs most."""
    exporters, importers = (list(side) for side in zip(*pairs, strict=True))
    sectors = list(range(len(tables.sectors))) if sector is None else [sector]
    values = year.flows[exporters, importers][:, sectors]
    rows = year.rows[exporters, importers][:, sectors].ravel()
    order = np.lexsort((rows.astype(str), -values.ravel()))
    heaviest = tables.sectors[sectors[int(values.sum(axis=0).argmax())]]
    return [*(str(rows[place]) for place in order if rows[place]), *tables.elasticities[heaviest]]


def economies(party: Party, tables: Tables) -> str:
    """The economies of the table that a party is made of here."""
    return " ".join(tables.codes[place] for place in party.places)


def both_ways(ours: Sequence[int], theirs: Sequence[int]) -> list[tuple[int, int]]:
    """Exporter and importer of all trade between two parties."""
    return [pair for one in ours for other in theirs for pair in ((one, other), (other, one))]


def period(year: int) -> dict[str, dt.date]:
    """A calendar year, half-open."""
    return {"period_start": dt.date(year, 1, 1), "period_end": dt.date(year + 1, 1, 1)}


def ends(found: Band) -> dict[str, float]:
    """Both ends of a band."""
    return {"low": found.low, "high": found.high}


def times(value: float | None, factor: float) -> float | None:
    """The product, where there is a value."""
    return None if value is None else value * factor
