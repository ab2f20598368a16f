"""Trade by product as a user's file gives it: four flows, by HS6 code and year, in one edition of the system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import polars as pl

from multivector.lenses.monitor.counts import MILLION, MONTHS, by_year, members_of, with_grain
from multivector.lenses.monitor.params import MonitorParams
from multivector.world import World
from multivector.world.conflicts import choose, in_base_units

Way = Literal["in", "mirror", "control", "direct", "out"]
WAYS: Final[tuple[Way, ...]] = get_args(Way)
HS6: Final = r"^hs(\d{4}):(\d{6})$"
TONNES: Final = "mass"
_CELL: Final = ["sender", "receiver", "code", "measure", "period_start", "period_end"]
FloatArray = np.ndarray[Any, np.dtype[np.float64]]
BoolArray = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A code of the watched list: tier, what it is, the row that says so. `edition`: of the list, HS2022."""

    code: str
    tier: str | None
    description: str
    edition: str
    row: str


@dataclass(frozen=True, slots=True, eq=False)
class Goods:
    """Arrays (P, T) by way: money in million and tonnes; NaN where a product has no row in a whole year.

    `years`: only those of which each way with rows has twelve months or a row of the year. `facts`: by product.
    `dropped`: rows of other editions, which are never mixed in. `new`: codes that the edition does not have.
    """

    edition: str
    codes: tuple[str, ...]
    years: tuple[int, ...]
    value: dict[Way, FloatArray]
    tonnes: dict[Way, FloatArray]
    facts: tuple[tuple[str, ...], ...]
    dropped: int


def listed_codes(world: World, params: MonitorParams) -> tuple[Listed, ...]:
    """The codes of the watched list in the tiers asked for, by code."""
    rows = world.rows("products", pl.col("list") == params.goods_list)
    kept = rows if not params.tiers else rows.filter(pl.col("tier").is_in(params.tiers))
    return tuple(
        Listed(*row) for row in kept.select("code", "tier", "description", "system", "id").sort("code").iter_rows()
    )


def read_goods(world: World, controls: Sequence[str], params: MonitorParams) -> Goods | None:
    """The HS6 rows of the five ways, or None where the world holds none of the first.

    `in`: exporter to pivot; `control`: exporter to the controls; `direct`: exporter to target; `out`: pivot to target,
    as the sender counts them or a reconciled source that names no reporter; `mirror`: `in` as the pivot counts it.
    """
    members, _ = members_of(world, params)
    rows = world.rows(
        "flows",
        pl.col("channel") == "trade",
        pl.col("product").str.contains(HS6),
        pl.col("measure").is_in(["value", "quantity"]),
        pl.col("status").is_in(["observed", "derived"]),
        pl.col("qualifier") == "exact",
    )
    split = rows.with_columns(
        edition=pl.lit("HS") + pl.col("product").str.extract(HS6, 1), code=pl.col("product").str.extract(HS6, 2)
    )
    ways = _with_ways(split, members, controls, params)
    if "in" not in set(ways["way"]):
        return None
    edition = _edition(world, ways, params)
    kept = in_base_units(ways.filter(pl.col("edition") == edition))
    kept = kept.filter(
        ((pl.col("measure") == "value") & (pl.col("dimension") == params.currency))
        | ((pl.col("measure") == "quantity") & (pl.col("dimension") == TONNES))
    )
    ranks = world.scan("sources").select("source", "rank").collect()
    chosen = choose(with_grain(kept), by=[*_CELL, "way", "grain"], ranks=ranks)
    return _arrays(chosen, edition, ways.filter(pl.col("edition") != edition).height)


def _with_ways(
    rows: pl.DataFrame, members: frozenset[str], controls: Sequence[str], params: MonitorParams
) -> pl.DataFrame:
    sold, to = pl.col("sender").is_in(list(members)), pl.col("receiver")
    own = pl.col("reporter").is_null() | (pl.col("reporter") == pl.col("sender"))
    named = (
        pl.when(sold & (to == params.pivot) & (pl.col("reporter") == params.pivot))
        .then(pl.lit("mirror"))
        .when(~own)
        .then(None)
        .when(sold & (to == params.pivot))
        .then(pl.lit("in"))
        .when(sold & to.is_in(list(controls)))
        .then(pl.lit("control"))
        .when(sold & (to == params.target))
        .then(pl.lit("direct"))
        .when((pl.col("sender") == params.pivot) & (to == params.target))
        .then(pl.lit("out"))
    )
    return rows.with_columns(way=named).filter(pl.col("way").is_not_null())


def _edition(world: World, rows: pl.DataFrame, params: MonitorParams) -> str:
    """The edition of the list where rows have it, else the newest: two editions are never mixed."""
    known = set(rows["edition"])
    wanted = {one.edition for one in listed_codes(world, params)} & known
    return max(wanted or known)


def _arrays(chosen: pl.DataFrame, edition: str, dropped: int) -> Goods:
    """Yearly sums by way and product; a year counts for a way where its rows cover twelve months or the year."""
    kept = by_year(chosen.filter(pl.col("grain").is_not_null()), ["way", "sender", "receiver", "code", "measure"])
    by_month = pl.col("grain") == "month"
    whole = (
        kept.filter(pl.col("measure") == "value")
        .group_by("way", "year")
        .agg(ok=~by_month.any() | (pl.col("period_start").filter(by_month).n_unique() == MONTHS))
    )
    usable = {(way, year) for way, year, ok in whole.iter_rows() if ok}
    codes = tuple(sorted(set(kept["code"])))
    years = tuple(sorted({year for _, year in usable}))
    at, when = {code: p for p, code in enumerate(codes)}, {year: t for t, year in enumerate(years)}
    arrays = {
        (way, measure): np.full((len(codes), len(years)), np.nan) for way in WAYS for measure in ("value", "quantity")
    }
    sums = kept.group_by("way", "measure", "code", "year").agg(pl.col("amount").sum())
    for way, measure, code, year, amount in sums.iter_rows():
        if (way, year) in usable:
            arrays[way, measure][at[code], when[year]] = amount / (MILLION if measure == "value" else 1.0)
    stated = kept.group_by("code").agg(pl.col("facts").explode().unique().sort())
    rows: dict[str, list[str]] = dict(stated.iter_rows())
    return Goods(
        edition=edition,
        codes=codes,
        years=years,
        value={way: arrays[way, "value"] for way in WAYS},
        tonnes={way: arrays[way, "quantity"] for way in WAYS},
        facts=tuple(tuple(rows[code]) for code in codes),
        dropped=dropped,
    )
