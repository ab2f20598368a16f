"""Which lines of the answer are shown: a window over years that moves no figure, since all rows are always read."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from multivector.lenses.monitor.mirroring import Years
from multivector.lenses.monitor.params import MonitorParams


def shown(tables: Mapping[str, pl.DataFrame], years: Years, params: MonitorParams) -> dict[str, pl.DataFrame]:
    """The lines whose year lies in the window. Breaks, effects and statements speak of all rows and stay whole.

    Counts and growth, a line of which stands under its later year, end with the last whole year unless `until` is
    given; tables by month and by product show what there is of a year.
    """
    whole = {
        "mirror": pl.col("year").is_between(years.first, years.last),
        "growth": pl.col("year_to").is_between(years.first, years.last),
    }
    open_ended = {
        "excess": pl.col("year"),
        "products": pl.col("year"),
        "tiers": pl.col("year"),
        "monthly": pl.col("period_start").dt.year(),
    }
    parts = {name: year >= params.since for name, year in open_ended.items()}
    if params.until is not None:
        parts = {name: rule & (open_ended[name] <= params.until) for name, rule in parts.items()}
    rules = {**whole, **parts}
    return {name: table.filter(rules[name]) if name in rules else table for name, table in tables.items()}
