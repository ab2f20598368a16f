"""How a share moved between two years: always within one source, never across a change of source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl

from multivector.lenses.exposure.estimates import Estimate, combined
from multivector.lenses.exposure.measures import BY_KEY
from multivector.lenses.exposure.params import ExposureParams

_REACH_YEARS = 6  # how far back a trend looks when no first year is given


def trends(estimates: Sequence[Estimate], params: ExposureParams) -> pl.DataFrame:
    """One line per measure, pole and source: first and last year, change with its bounds, whether its sign is certain.

    Change bounds: `low = low_last - high_first`, `high = high_last - low_first`.
    """
    groups: dict[tuple[str, str, str], dict[int, Estimate]] = {}
    for one in estimates:
        if _is_year(one):
            series = groups.setdefault((one.measure, one.pole, one.source), {})
            held = series.get(one.start.year)  # a source may print the share and count the amounts behind it
            series[one.start.year] = one if held is None else combined([held, one])
    lines = [line for key, series in sorted(groups.items()) if (line := _line(key, series, params))]
    return pl.DataFrame(lines, schema=_SCHEMA)


def _is_year(one: Estimate) -> bool:
    return (one.start.month, one.start.day) == (1, 1) and one.end == dt.date(one.start.year + 1, 1, 1)


def _line(key: tuple[str, str, str], series: dict[int, Estimate], params: ExposureParams) -> dict[str, object] | None:
    last = params.year if params.year is not None else max(series)
    first = (
        params.since if params.since is not None else min((y for y in series if last - _REACH_YEARS <= y), default=last)
    )
    if first >= last or first not in series or last not in series:
        return None
    before, after = series[first], series[last]
    known = before.value is not None and after.value is not None
    low, high = after.low - before.high, after.high - before.low
    return {
        "channel": BY_KEY[key[0]].channel,
        "measure": key[0],
        "pole": key[1],
        "source": key[2],
        "year_from": first,
        "year_to": last,
        "value_from": before.value,
        "value_to": after.value,
        "change": after.value - before.value
        if known and after.value is not None and before.value is not None
        else None,
        "low": low,
        "high": high,
        "certain": low > 0 or high < 0,
        "facts": sorted({*before.facts, *after.facts}),
    }


_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "channel": pl.String,
    "measure": pl.String,
    "pole": pl.String,
    "source": pl.String,
    "year_from": pl.Int32,
    "year_to": pl.Int32,
    "value_from": pl.Float64,
    "value_to": pl.Float64,
    "change": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "certain": pl.Boolean,
    "facts": pl.List(pl.String),
}
