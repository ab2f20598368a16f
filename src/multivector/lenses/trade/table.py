"""The input-output table of each year as arrays, and the rows that it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from multivector.errors import NoAnswer, UnknownName, WrongRequest
from multivector.lenses.trade.params import TradeParams
from multivector.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

SERVICES: Final = "SERVICES"
_USED: Final = ("observed", "derived")  # never a plan, a forecast, a claim or a judgement


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """An economy of the table, or several added up. `members`: states it is made of; of the rest of the world none."""

    code: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """One year's table. `flows` (N, N, K): spending of importer j on exporter i, tariff included, USD million.

    `tariff` (N, N, K): fraction. `rows` (N, N, K): the id of the row that states a cell, empty where none does.
    """

    year: int
    flows: FloatArray
    tariff: FloatArray
    rows: NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """The years of one resolution, and how many rows state them.

    `newest`: the last year that has a table, asked for or not. `thetas`: set -> trade elasticity a sector, (K,).
    `elasticities`: sector -> the rows that state them.
    """

    resolution: str
    regions: tuple[Region, ...]
    sectors: tuple[str, ...]
    years: tuple[Year, ...]
    newest: int
    thetas: Mapping[str, FloatArray]
    elasticities: Mapping[str, list[str]]
    cells: int
    without_tariff: int

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the economies, in the order of the arrays."""
        return tuple(region.code for region in self.regions)

    def place(self, code: str) -> int:
        """Where an economy stands."""
        return self.codes.index(code)


def read_tables(world: World, params: TradeParams, *, latest_only: bool = False) -> Tables:
    """The input-output tables of a resolution, and the elasticities of its sectors.

    A cell that a year's table leaves out is nil: the source prints a complete table.

    Raises:
        NoAnswer: no table of the resolution is known; the state is not in it; a cell stands twice.
        UnknownName: no such resolution, year or set of elasticities.
        WrongRequest: `since` lies after the newest table.
    """
    rows = _rows(world, params)
    years = sorted({start.year for start in rows["period_start"]})
    if params.year is not None and params.year not in years:
        raise UnknownName("year of the input-output table", str(params.year), known=[str(year) for year in years])
    latest = params.year or years[-1]
    first = latest if latest_only else (params.since or 0)
    if first > latest:
        raise WrongRequest(f"no table since {first}: the newest is of {years[-1]}")
    kept = [year for year in years if first <= year <= latest]
    rows = rows.filter(pl.col("period_start").dt.year().is_in(kept))
    sectors = tuple(sorted(rows["sector"].unique()))
    regions = _regions(world, params, rows)
    if params.pivot not in {region.code for region in regions}:
        raise NoAnswer(_not_covered(params, regions))
    stated = _elasticities(world, params, sectors)
    return Tables(
        resolution=params.resolution,
        regions=regions,
        sectors=sectors,
        years=tuple(_year(rows, year, regions, sectors, tariffs=params.tariffs) for year in kept),
        newest=years[-1],
        thetas=_thetas(stated, params, sectors),
        elasticities=_by_sector(stated, params),
        cells=rows.height,
        without_tariff=rows["tariff"].null_count(),
    )


def _rows(world: World, params: TradeParams) -> pl.DataFrame:
    columns = [
        "id",
        "source",
        "exporter",
        "importer",
        "sector",
        "period_start",
        "value_usd_mn",
        "tariff",
    ]
    held = world.scan("io_flows").filter(pl.col("resolution") == params.resolution, pl.col("status").is_in(_USED))
    rows = held.select(columns).sort("period_start", "exporter", "importer", "sector", "id").collect()
    if not rows.is_empty():
        return rows
    withheld = world.withheld("io_flows", pl.col("resolution") == params.resolution)
    if withheld:
        raise NoAnswer(
            f"the input-output table {params.resolution} has no publication date: {withheld} rows are left out as of "
            f"{world.day}; ask without --as-of"
        )
    known = world.scan("io_flows").select("resolution").unique().collect()["resolution"]
    if params.resolution == "icio81":
        raise NoAnswer(
            "no table of 81 economies is laid over the world: make one with multivector pull icio, then --world"
        )
    raise UnknownName(
        "resolution of an input-output table", params.resolution, known=known, otherwise=", ".join(sorted(known))
    )


def _regions(world: World, params: TradeParams, rows: pl.DataFrame) -> tuple[Region, ...]:
    stated = world.rows("sectors", pl.col("resolution") == params.resolution, pl.col("kind") == "region")
    members = {code: frozenset(names.split()) for code, names in stated.select("code", "members").iter_rows()}
    codes = sorted({*rows["exporter"], *rows["importer"]})
    actors = world.names("actor")
    return tuple(Region(code, members.get(code, frozenset({code})) & actors) for code in codes)


def _not_covered(params: TradeParams, regions: tuple[Region, ...]) -> str:
    holder = next((region.code for region in regions if params.pivot in region.members), None)
    inside = f"it is one of the members of {holder}" if holder else "it stands inside the rest of the world (ROW)"
    return (
        f"{params.pivot} is not covered by the input-output table {params.resolution}: {inside}, and no figure of its "
        f"own can be read from it; customs data answer in part: multivector monitor {params.pivot}"
    )


def _year(
    rows: pl.DataFrame, year: int, regions: tuple[Region, ...], sectors: tuple[str, ...], *, tariffs: bool
) -> Year:
    held = rows.filter(pl.col("period_start").dt.year() == year)
    _require_once(held, year)
    codes = [region.code for region in regions]
    size = (len(codes), len(codes), len(sectors))
    places = [
        held[name].replace_strict(labels, range(len(labels)), return_dtype=pl.Int64).to_numpy()
        for name, labels in (("exporter", codes), ("importer", codes), ("sector", list(sectors)))
    ]
    flows, tariff, named = np.zeros(size), np.zeros(size), np.full(size, "", dtype=object)
    flows[tuple(places)] = held["value_usd_mn"].to_numpy()
    named[tuple(places)] = held["id"].to_numpy()
    if tariffs:
        # an unknown tariff is not charged: how many there are stands among the caveats
        tariff[tuple(places)] = held["tariff"].to_numpy()
        tariff[np.isnan(tariff)] = 0.0
    return Year(year, flows, tariff, named)


def _require_once(held: pl.DataFrame, year: int) -> None:
    """Two statements of one cell are never added, nor is one of them chosen in silence."""
    twice = held.filter(held.select("exporter", "importer", "sector").is_duplicated())
    if not twice.is_empty():
        first = twice.row(0, named=True)
        raise NoAnswer(
            f"the table of {year} states {first['exporter']} to {first['importer']}, {first['sector']} twice: leave "
            "one of the two tables out, or give it a resolution of its own"
        )


def _elasticities(world: World, params: TradeParams, sectors: tuple[str, ...]) -> pl.DataFrame:
    """Elasticities of the sectors; a table of the same sectors and more economies borrows those of regions28.

    groups8 takes the harmonic mean over the sectors of a group: the arithmetic one understates losses more.
    """
    parameter = "theta_harmonic" if params.resolution == "groups8" else "theta"
    rows = world.rows("elasticities", pl.col("parameter") == parameter, pl.col("sector").is_in(list(sectors)))
    own = rows.filter(pl.col("resolution") == params.resolution)
    held = own if not own.is_empty() else rows.filter(pl.col("resolution") == "regions28")
    if held.is_empty():
        raise NoAnswer(f"no elasticities are known for the sectors of {params.resolution}")
    return held


def _by_sector(held: pl.DataFrame, params: TradeParams) -> dict[str, list[str]]:
    used = held.filter(pl.col("set").is_in(list(params.sets))) if params.sets else held
    return dict(used.sort("set", "id").group_by("sector", maintain_order=True).agg("id").iter_rows())


def _thetas(held: pl.DataFrame, params: TradeParams, sectors: tuple[str, ...]) -> dict[str, FloatArray]:
    """Elasticities of each set, in the order of the sectors."""
    known = sorted(held["set"].unique())
    for name in params.sets:
        if name not in known:
            raise UnknownName("set of elasticities", name, known=known, otherwise=", ".join(known))
    found = {}
    for name in sorted(params.sets or known):
        values = dict(held.filter(pl.col("set") == name).select("sector", "value").iter_rows())
        missing = [sector for sector in sectors if sector not in values]
        if missing:
            raise NoAnswer(f"the set {name} has no elasticity of {', '.join(missing)}")
        found[name] = np.array([values[sector] for sector in sectors])
    return found
