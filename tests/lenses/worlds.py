"""Small made-up worlds: the real actors, poles and memberships, and only the flows that a test gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache

import polars as pl

from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.params import ExposureParams
from multivector.result import Result
from multivector.schema import TABLES, column_names
from multivector.world import Edit, World

PIVOT = "NRU"  # a state of which the default world says nothing but its name and its seat in the UN
POLES = ("russia", "china", "west", "turkic")
TRADE = ("trade_exports", "trade_imports")
_KEPT = ("sources", "actors", "groups", "memberships")
_RANKS = {"alpha": 2, "beta": 4, "gamma": 6, "delta": 6}


@dataclass(frozen=True, slots=True)
class Flow:
    """One row of `flows`; a calendar year unless `start` and `end` say otherwise."""

    sender: str = PIVOT
    receiver: str = "WLD"
    value: float = 0.0
    measure: str = "share_of_sender"
    unit: str = "fraction"
    product: str = "goods"
    channel: str = "trade"
    scope: str = "goods"
    basis: str = "none"
    list_rule: str = "selected"
    qualifier: str = "exact"
    decimals: int = 12
    source: str = "alpha"
    year: int = 2020
    start: dt.date | None = None
    end: dt.date | None = None
    via: str | None = None
    status: str = "observed"
    published: dt.date | None = dt.date(2021, 1, 1)
    reporter: str | None = None


EXPORTS = Flow()  # printed shares of exports
IMPORTS = Flow(sender="WLD", receiver=PIVOT, measure="share_of_receiver")
SOLD = Flow(measure="value", unit="USD mn")  # money
BOUGHT = Flow(sender="WLD", receiver=PIVOT, measure="value", unit="USD mn")


def listed(like: Flow, shares: Mapping[str, float]) -> tuple[Flow, ...]:
    """One flow a partner, like the given one; the side that is not the pivot becomes the partner."""
    if like.sender == PIVOT:
        return tuple(replace(like, receiver=partner, value=value) for partner, value in shares.items())
    return tuple(replace(like, sender=partner, value=value) for partner, value in shares.items())


def rows_of(table: str, lines: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Rows of any table; what a line leaves out is null, or as in the default world's own rows."""
    dtypes = {name: column.dtype for name, column in TABLES[table].columns().items()}
    common = {"status": "observed", "source": "alpha", "published": dt.date(2021, 1, 1)}
    names = column_names(table)
    full = [{name: {**common, **line}.get(name) for name in names} for line in lines]
    return pl.DataFrame(full, schema={name: dtypes[name] for name in names})


def flow_rows(flows: Iterable[Flow]) -> pl.DataFrame:
    return rows_of("flows", [_line(flow) for flow in flows])


def _line(flow: Flow) -> dict[str, object]:
    cells: dict[str, object] = asdict(flow)
    start, end, year = cells.pop("start"), cells.pop("end"), flow.year
    cells.pop("year")
    return {**cells, "period_start": start or dt.date(year, 1, 1), "period_end": end or dt.date(year + 1, 1, 1)}


def adding(table: str, *lines: Mapping[str, object]) -> Edit:
    return Edit(table, add=rows_of(table, lines))


@cache
def bare() -> World:
    """The default world's actors, groups and memberships, made-up sources, and nothing else."""
    full = World.open()
    tables = {name: full.tables[name] if name in _KEPT else TABLES[name].create_empty().lazy() for name in TABLES}
    tables = {name: table.collect().lazy() for name, table in tables.items()}
    schema = {name: column.dtype for name, column in TABLES["sources"].columns().items()}
    records = [
        {"source": name, "producer": name, "title": name, "license": "none", "kind": "study", "rank": rank}
        for name, rank in _RANKS.items()
    ]
    made_up = pl.DataFrame([{name: one.get(name) for name in schema} for one in records], schema=schema)
    tables["sources"] = pl.concat([tables["sources"], made_up.lazy()])
    return World(tables=tables, hash="bare")


def world_of(flows: Iterable[Flow], *edits: Edit) -> World:
    return bare().edit((Edit("flows", add=flow_rows(flows)), *edits))


def measured(world: World, *measures: str, pivot: str = PIVOT, year: int | None = None) -> Result:
    """The lens over the four poles; trade when nothing is named."""
    return measure(world, ExposureParams(pivot=pivot, year=year, measures=measures or TRADE, draws=100))


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the balance, as a test reads it."""

    value: float | None
    low: float
    high: float
    kind: str
    status: str
    source: str
    sources: int
    coverage: float
    facts: tuple[str, ...]


def cell(result: Result, name: str, pole: str, *, table: str = "balance", source: str | None = None) -> Cell:
    conditions = [pl.col("measure") == name, pl.col("pole") == pole]
    if source is not None:
        conditions.append(pl.col("source") == source)
    row = result.tables[table].filter(*conditions)
    names = ("value", "low", "high", "kind", "status", "source", "sources", "coverage", "facts")
    (only,) = row.select(names).iter_rows(named=True)
    return Cell(**{**only, "facts": tuple(only["facts"])})


def bounds(result: Result, name: str, pole: str) -> tuple[float, float]:
    one = cell(result, name, pole)
    return one.low, one.high
