"""Trade by product as a user's file gives it: four flows, by HS6 code and year, in one edition of the system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import polars as pl

from multivector.lenses.monitor.counts import MILLION, MONTHS, members_of
from multivector.lenses.monitor.params import MonitorParams
from multivector.world import World
from multivector.world.conflicts import choose, in_base_units

Way = Literal["in", "control", "direct", "out"]
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
    """The HS6 rows of the four ways, or None where the world holds none.

    `in`: exporter to pivot; `control`: exporter to the controls; `direct`: exporter to target; `out`: pivot to target.
    Read are counts of the sender, and reconciled ones that name no reporter.
    """
    members, _ = members_of(world, params)
    own = pl.col("reporter").is_null() | (pl.col("reporter") == pl.col("sender"))
    rows = world.rows(
        "flows",
        pl.col("channel") == "trade",
        pl.col("product").str.contains(HS6),
        pl.col("measure").is_in(["value", "quantity"]),
        pl.col("status").is_in(["observed", "derived"]),
        pl.col("qualifier") == "exact",
        own,
    )
    if rows.is_empty():
        return None
    split = rows.with_columns(
        edition=pl.lit("HS") + pl.col("product").str.extract(HS6, 1), code=pl.col("product").str.extract(HS6, 2)
    )
    ways = _with_ways(split, members, controls, params)
    if ways.is_empty():
        return None
    edition = _edition(world, ways, params)
    kept = in_base_units(ways.filter(pl.col("edition") == edition))
    kept = kept.filter(
        ((pl.col("measure") == "value") & (pl.col("dimension") == params.currency))
        | ((pl.col("measure") == "quantity") & (pl.col("dimension") == TONNES))
    )
    ranks = world.scan("sources").select("source", "rank").collect()
    chosen = choose(kept, by=[*_CELL, "way"], ranks=ranks)
    return _arrays(chosen, edition, ways.filter(pl.col("edition") != edition).height)


def _with_ways(
    rows: pl.DataFrame, members: frozenset[str], controls: Sequence[str], params: MonitorParams
) -> pl.DataFrame:
    sold, to = pl.col("sender").is_in(list(members)), pl.col("receiver")
    named = (
        pl.when(sold & (to == params.pivot))
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
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days()
    dated = chosen.with_columns(year=pl.col("period_start").dt.year(), is_year=days > 31)  # noqa: PLR2004 - a month
    whole = (
        dated.filter(pl.col("measure") == "value")
        .group_by("way", "year")
        .agg(ok=pl.col("is_year").any() | (pl.col("period_start").n_unique() == MONTHS))
    )
    usable = {(way, year) for way, year, ok in whole.iter_rows() if ok}
    codes = tuple(sorted(set(chosen["code"])))
    years = tuple(sorted({year for _, year in usable}))
    at, when = {code: p for p, code in enumerate(codes)}, {year: t for t, year in enumerate(years)}
    blank = np.full((len(codes), len(years)), np.nan)
    ways: tuple[Way, ...] = ("in", "control", "direct", "out")
    arrays = {(way, measure): blank.copy() for way in ways for measure in ("value", "quantity")}
    sums = dated.group_by("way", "measure", "code", "year").agg(pl.col("amount").sum())
    for way, measure, code, year, amount in sums.iter_rows():
        if (way, year) in usable:
            arrays[way, measure][at[code], when[year]] = amount / (MILLION if measure == "value" else 1.0)
    stated = dated.group_by("code").agg(pl.col("facts").explode().unique().sort())
    rows: dict[str, list[str]] = dict(stated.iter_rows())
    return Goods(
        edition=edition,
        codes=codes,
        years=years,
        value={way: arrays[way, "value"] for way in ways},
        tonnes={way: arrays[way, "quantity"] for way in ways},
        facts=tuple(tuple(rows[code]) for code in codes),
        dropped=dropped,
    )
