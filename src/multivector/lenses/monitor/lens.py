"""Are goods going round the sanctions, since when, in which goods, and do the official statements fit the counts?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from multivector.lenses.monitor.asked import require_known
from multivector.lenses.monitor.caveats import caveats
from multivector.lenses.monitor.counts import read_counts, require_rows
from multivector.lenses.monitor.goods import listed_codes, read_goods
from multivector.lenses.monitor.mirroring import Years, mirror_table, read_years
from multivector.lenses.monitor.norms import (
    EFFECTS,
    controls_of,
    effect_lines,
    excess_table,
    monthly_table,
    norms_of,
    trials_of,
)
from multivector.lenses.monitor.params import MonitorParams
from multivector.lenses.monitor.products import listed_effect, product_table
from multivector.lenses.monitor.series import break_table, growth_table, month_ends, read_months
from multivector.lenses.monitor.statements import statement_table
from multivector.lenses.monitor.tiers import tier_table
from multivector.lenses.monitor.window import shown
from multivector.models.mirror import Flags, usable_total
from multivector.result import Result
from multivector.world import World
from multivector.world.citing import cite

METHODS: Final = (
    "monitor.html#two-counts",
    "monitor.html#mirror",
    "monitor.html#growth",
    "monitor.html#excess",
    "monitor.html#breaks",
    "monitor.html#effects",
    "monitor.html#products",
    "monitor.html#statements",
)


def measure(world: World, params: MonitorParams) -> Result:
    """What the exporter sold the pivot and its peers, what of it they recorded, and what was said about it.

    Tables: `summary`, `mirror` (gap by importer and year, with flags), `growth`, `excess` (against a norm from before
    the sanctions; placebos always run), `breaks`, `effects` (differences in differences), `products` (watched HS6
    codes, where the world holds such rows), `tiers` (their sums by tier of the list), `statements` (claims and denials
    beside the counts), `monthly`. Money in million of the currency; shares, ratios and changes are fractions.

    Raises:
        UnknownName: no such state, exporter, customs union, list or tier.
        WrongRequest: the pivot is named as the target.
        NoAnswer: no row says what the exporter sold the pivot, of all goods or of any; no year would be shown.
    """
    require_known(world, params)
    counts = read_counts(world, params)
    years, series = read_years(counts, params), read_months(counts)
    controls = controls_of(world, series, params)
    trials = trials_of(controls, params)
    norms = norms_of(series, trials, params)
    listed = listed_codes(world, params)
    goods = read_goods(world, controls.names, params)
    if goods is None:
        require_rows(world, counts, params)
    mirror, growth = mirror_table(years, params), growth_table(years, params)
    products = product_table(goods, listed, params)
    effects = [*effect_lines(series, trials, params), *listed_effect(goods, listed, params)]
    estimated = {
        "mirror": mirror,
        "growth": growth,
        "excess": excess_table(norms, params),
        "breaks": break_table(series, params),
        "effects": pl.DataFrame(effects, schema=EFFECTS),
        "products": products,
        "tiers": tier_table(products, params),
        "statements": statement_table(world, mirror, growth, params),
        "monthly": monthly_table(norms, params),
    }
    tables = shown(estimated, years, params)
    tables = {"summary": _summary(tables, years, params), **tables}
    read = {row for table in tables.values() for row in table["facts"].explode().drop_nulls()}
    read |= {row for rows in (goods.facts if goods else ()) for row in rows}  # goods not watched make the norm too
    return Result(
        lens="monitor",
        params=params,
        tables=tables,
        facts=cite(world, {*read, *counts.member_rows, *controls.facts}),
        caveats=tuple(caveats(world, counts, controls, goods, {**tables, "excess": estimated["excess"]}, params)),
        methods=METHODS,
    )


def _summary(tables: Mapping[str, pl.DataFrame], years: Years, params: MonitorParams) -> pl.DataFrame:
    """The few figures that a scenario or another edition of the counts moves."""
    lines = [
        *_mirror_lines(tables["mirror"], params),
        *_total_lines(tables["mirror"], years, params),
        *_growth_lines(tables["growth"], params),
        *_excess_lines(tables["excess"], params),
        *_break_lines(tables["breaks"]),
    ]
    return pl.DataFrame([{"pivot": params.pivot, **line} for line in lines], schema=_SUMMARY)


def _mirror_lines(mirror: pl.DataFrame, params: MonitorParams) -> Iterator[dict[str, Any]]:
    """Gap and ratio of the pivot by year. A flagged cell has no value."""
    for row in mirror.filter(pl.col("importer") == params.pivot).iter_rows(named=True):
        ok = row["flag"] == "ok"
        common = {"subject": params.pivot, "flag": row["flag"], "facts": row["facts"], **_year(row["year"])}
        gap = {"value": row[f"gap_{params.suffix}"], "low": row["low"], "high": row["high"]} if ok else {}
        yield {"measure": "gap", "unit": f"{params.currency} mn", **common, **gap}
        yield {"measure": "ratio", "unit": "ratio", **common, **({"value": row["ratio"]} if ok else {})}


def _total_lines(mirror: pl.DataFrame, years: Years, params: MonitorParams) -> Iterator[dict[str, Any]]:
    """The sum of the gaps of a year over importers whose two counts can be used; who they are is in `subject`."""
    for year in range(years.first, years.last + 1):
        rows = mirror.filter(pl.col("year") == year)
        usable = rows["flag"].to_numpy() == "ok"
        flagged = np.zeros(len(rows), dtype=bool)
        flags = Flags(no_mirror=~usable, partial=flagged, broken=flagged)
        sums = {}
        for name, column in (("value", f"gap_{params.suffix}"), ("low", "low"), ("high", "high")):
            cells = np.array([np.nan if one is None else one for one in rows[column]], dtype=np.float64)
            sums[name] = usable_total(cells, flags).value
        if sums["value"] is not None:
            kept = rows.filter(pl.col("flag") == "ok")
            yield {
                "measure": "gap of importers with a usable count",
                "subject": " ".join(kept["importer"]),
                "unit": f"{params.currency} mn",
                "flag": "ok",
                "facts": sorted({row for rows_of in kept["facts"] for row in rows_of}),
                **sums,
                **_year(year),
            }


def _growth_lines(growth: pl.DataFrame, params: MonitorParams) -> Iterator[dict[str, Any]]:
    """Growth into the year of the sanctions, of every importer."""
    for row in growth.filter(pl.col("year_to") == params.event.year).iter_rows(named=True):
        yield {
            "measure": f"growth of exports of {params.exporter}",
            "subject": row["importer"],
            "unit": "relative change",
            "value": row["growth"],
            "low": row["low"],
            "high": row["high"],
            "flag": row["why"] or "ok",
            "facts": row["facts"],
            "period_start": dt.date(row["year_from"], 1, 1),
            "period_end": dt.date(row["year_to"] + 1, 1, 1),
        }


def _excess_lines(excess: pl.DataFrame, params: MonitorParams) -> Iterator[dict[str, Any]]:
    """Excess of the pivot and of each placebo, by whole year since the sanctions."""
    since = (pl.col("year") >= params.event.year) & (pl.col("months") == 12)  # noqa: PLR2004 - a whole year
    for row in excess.filter(since & pl.col("role").is_in(["pivot", "placebo"])).iter_rows(named=True):
        yield {
            "measure": "excess over the norm" + (", placebo" if row["role"] == "placebo" else ""),
            "subject": row["receiver"],
            "unit": f"{params.currency} mn",
            "value": row[f"excess_{params.suffix}"],
            "flag": row["why"] or "ok",
            "facts": row["facts"],
            **_year(row["year"]),
        }


def _break_lines(breaks: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The level after the break over the one before; the period is the first month of the new level."""
    for row in breaks.filter(pl.col("first_month").is_not_null()).iter_rows(named=True):
        yield {
            "measure": "level after the break over the level before",
            "subject": row["importer"],
            "unit": "ratio",
            "value": row["level_ratio"],
            "flag": "before the sanctions" if row["before_event"] else "ok",
            "facts": row["facts"],
            "period_start": row["first_month"],
            "period_end": month_ends([row["first_month"]])[0],
        }


def _year(year: int) -> dict[str, dt.date]:
    return {"period_start": dt.date(year, 1, 1), "period_end": dt.date(year + 1, 1, 1)}


_SUMMARY: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "pivot": pl.String,
    "measure": pl.String,
    "subject": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "unit": pl.String,
    "flag": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "facts": pl.List(pl.String),
}
