"""Exports through time: by month with their norm, from one year to the next, and the month of a new level."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import polars as pl

from multivector.lenses.monitor.counts import MONTHS, Counts, monthly
from multivector.lenses.monitor.mirroring import Years
from multivector.lenses.monitor.params import MonitorParams
from multivector.models.mirror import break_month
from multivector.models.mirror.breaks import LEAST_PERIODS


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """What the exporter sold a destination, month by month: `first` days, `amounts` (n,), million, and their rows."""

    receiver: str
    first: tuple[dt.date, ...]
    amounts: np.ndarray[Any, np.dtype[np.float64]]
    facts: tuple[tuple[str, ...], ...]

    @property
    def has_gap(self) -> bool:
        """Whether a month between two others has no row."""
        return any(_after(a) != b for a, b in pairwise(self.first))

    @property
    def rows(self) -> list[str]:
        """Every row behind the series."""
        return sorted({row for month in self.facts for row in month})


def read_months(counts: Counts) -> dict[str, Months]:
    """The monthly series of every destination that has one: every month with rows, shown or not."""
    summed = monthly(counts.exports)
    return {
        str(receiver): Months(
            str(receiver), tuple(rows["period_start"]), rows["amount"].to_numpy(), tuple(map(tuple, rows["facts"]))
        )
        for (receiver,), rows in summed.group_by(["receiver"], maintain_order=True)
    }


def growth_table(years: Years, params: MonitorParams) -> pl.DataFrame:
    """Exports of a year over those of the year before; unknown with a reason where either cannot be used."""
    lines = []
    for importer in dict.fromkeys((params.pivot, *params.peers)):
        rows = years.exports.filter(pl.col("receiver") == importer).sort("year")
        for before, after in pairwise(rows.iter_rows(named=True)):
            if after["year"] == before["year"] + 1:
                lines.append(_growth(importer, before, after, params))
    return pl.DataFrame(lines, schema=_growth_schema(params))


def _growth(importer: str, before: dict[str, Any], after: dict[str, Any], params: MonitorParams) -> dict[str, Any]:
    why = _unusable(before, after)
    known = not why
    return {
        "exporter": params.exporter,
        "importer": importer,
        "year_from": before["year"],
        "year_to": after["year"],
        f"from_{params.suffix}": before["amount"],
        f"to_{params.suffix}": after["amount"],
        "growth": after["amount"] / before["amount"] - 1 if known else None,
        "low": after["low"] / before["high"] - 1 if known else None,
        "high": after["high"] / before["low"] - 1 if known and before["low"] > 0 else None,
        "why": why,
        "facts": sorted({*before["facts"], *after["facts"]}),
    }


def _unusable(before: dict[str, Any], after: dict[str, Any]) -> str | None:
    """Why growth is not defined: a base of zero, a year that is not whole."""
    for row in (before, after):
        if row["months"] < MONTHS:
            return f"{row['year']} has {row['months']} months"
        if row["declared"]:
            return f"the file of {row['year']} says that it is incomplete"
    return "the base is zero" if before["amount"] == 0 else None


def break_table(series: dict[str, Months], params: MonitorParams) -> pl.DataFrame:
    """The month in which each destination's exports most clearly moved to a new level; unknown where no series is."""
    lines = [_break(series[one], params) for one in _shown(series, params)]
    return pl.DataFrame(lines, schema=_BREAKS)


def _shown(series: dict[str, Months], params: MonitorParams) -> Iterator[str]:
    yield from (one for one in dict.fromkeys((params.pivot, *params.peers)) if one in series)


def _break(one: Months, params: MonitorParams) -> dict[str, Any]:
    common = {"exporter": params.exporter, "importer": one.receiver, "months": len(one.first), "facts": one.rows}
    why = _untestable(one)
    if why:
        return {**common, "why": why}
    rng = np.random.default_rng([params.seed, *one.receiver.encode()])  # the same whoever else is asked about
    found = break_month(one.amounts, rng=rng, trim=params.trim, draws=params.draws)
    month = one.first[found.position]
    return {
        **common,
        "first_month": month,
        "sup_f": found.statistic if np.isfinite(found.statistic) else None,
        "why": None if np.isfinite(found.statistic) else "two constant levels: F has no bound",
        "log_shift": found.shift,
        "level_ratio": float(np.exp(found.shift)),
        "p_value": found.p_value,
        "serial_p_value": found.serial_p_value,
        "persistence": found.persistence,
        "critical_5pct": float(found.critical[1]),
        "before_event": month < params.event,
    }


def _untestable(one: Months) -> str | None:
    if len(one.first) < LEAST_PERIODS:
        return f"{len(one.first)} months are too few: {LEAST_PERIODS} are needed"
    if one.has_gap:
        return "a month has no row: a break needs a series without a gap"
    if not (one.amounts > 0).all():
        return "a month is zero: logs are not defined"
    return "the series never varies" if np.ptp(one.amounts) == 0 else None


def month_ends(first: Sequence[dt.date]) -> list[dt.date]:
    """The first day after each month."""
    return [_after(day) for day in first]


def _after(day: dt.date) -> dt.date:
    return dt.date(day.year + day.month // MONTHS, day.month % MONTHS + 1, 1)


def _growth_schema(params: MonitorParams) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {
        "exporter": pl.String,
        "importer": pl.String,
        "year_from": pl.Int32,
        "year_to": pl.Int32,
        f"from_{params.suffix}": pl.Float64,
        f"to_{params.suffix}": pl.Float64,
        "growth": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "why": pl.String,
        "facts": pl.List(pl.String),
    }


_BREAKS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "exporter": pl.String,
    "importer": pl.String,
    "months": pl.Int64,
    "first_month": pl.Date,
    "sup_f": pl.Float64,
    "log_shift": pl.Float64,
    "level_ratio": pl.Float64,
    "p_value": pl.Float64,
    "serial_p_value": pl.Float64,
    "persistence": pl.Float64,
    "critical_5pct": pl.Float64,
    "before_event": pl.Boolean,
    "why": pl.String,
    "facts": pl.List(pl.String),
}
