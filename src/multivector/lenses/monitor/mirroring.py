"""What left and did not arrive, by importer and year, and which counts cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.monitor.counts import MONTHS, Counts, yearly
from multivector.lenses.monitor.params import MonitorParams
from multivector.models.mirror import mirror_flags, mirror_gap

_OUT: Final = ("amount", "low", "high", "members", "senders", "declared", "months", "facts")


@dataclass(frozen=True, slots=True, eq=False)
class Years:
    """Yearly sums of both sides, of every year with rows; `first` and `last` bound what is shown, nothing else."""

    exports: pl.DataFrame
    imports: pl.DataFrame
    first: int
    last: int


def read_years(counts: Counts, params: MonitorParams) -> Years:
    """Both sides by year; shown up to the last whole year of the pivot unless `until` says otherwise.

    Raises:
        NoAnswer: no year from `since` on would be shown.
    """
    exports, imports = yearly(counts.exports), yearly(counts.imports)
    whole = exports.filter((pl.col("receiver") == params.pivot) & (pl.col("months") == MONTHS))
    last = params.until
    if last is None:
        any_year = exports.filter(pl.col("receiver") == params.pivot)
        years = (whole if whole.height else any_year)["year"].to_list()
        last = max(years, default=params.since)
        if last < params.since:
            raise NoAnswer(
                f"no year from {params.since} on is whole: the last one of {params.pivot} is {last}; lower --since, or "
                "name the last year to be shown with --until"
            )
    return Years(exports, imports, params.since, last)


def mirror_table(years: Years, params: MonitorParams) -> pl.DataFrame:
    """One line an importer and year in which the exporter counts something, of all years with rows, shown or not.

    Money in million of the currency.

    `flag` is the gravest that holds, `flags` are all of them. `low` and `high` span margins up to the highest in common
    use and statements that disagree. A flagged line keeps its counts, so that the reader sees why.
    """
    lines = [line for importer in _importers(params) for line in _importer(years, importer, params)]
    return pl.DataFrame(lines, schema=_schema(params))


def _importers(params: MonitorParams) -> tuple[str, ...]:
    return tuple(dict.fromkeys((params.pivot, *params.peers)))


def _importer(years: Years, importer: str, params: MonitorParams) -> list[dict[str, Any]]:
    out = years.exports.filter(pl.col("receiver") == importer).select("year", *_OUT)
    own = years.imports.filter(pl.col("receiver") == importer)
    if out.is_empty():
        return []
    both = out.join(own.select("year", *_OUT), on="year", how="left", suffix="_in", validate="1:1").sort("year")
    sold = {name for senders in out["senders"] for name in senders}
    named = sold & {name for senders in own["senders"] for name in senders}
    rows = list(both.iter_rows(named=True))
    flags = _flags(rows, len(named), sold)
    return [_line(row, flag, importer, len(named), params) for row, flag in zip(rows, flags, strict=True)]


def _flags(rows: list[dict[str, Any]], expected: int, sold: set[str]) -> list[list[str]]:
    """The flags of each year of one importer. `sold`: members whose own count names it in any year."""
    known = np.array([[row["amount_in"] is not None for row in rows]])
    exports = np.array([[row["amount"] for row in rows]])
    imports = np.array([[np.nan if row["amount_in"] is None else row["amount_in"] for row in rows]])
    members = np.array([[expected if row["members_in"] is None else row["members_in"] for row in rows]])
    months = np.array([[min(row["months"], row["months_in"] or MONTHS) for row in rows]])
    incomplete = [
        row["declared"] or bool(row["declared_in"]) or not sold.issuperset(row["senders_in"] or ()) for row in rows
    ]
    declared = known & np.array([incomplete])
    found = mirror_flags(
        exports, imports, members=members, expected=np.full_like(members, expected), months=months, declared=declared
    )
    return [
        [
            *(["broken"] if found.broken[0, at] else []),
            *(["partial"] if found.partial[0, at] else []),
            *(["no mirror"] if found.no_mirror[0, at] else []),
        ]
        for at in range(len(rows))
    ]


def _line(
    row: Mapping[str, Any], flags: list[str], importer: str, expected: int, params: MonitorParams
) -> dict[str, Any]:
    has_mirror = row["amount_in"] is not None
    gaps = [_gap(row[x], row[m] if has_mirror else None, margin) for x, m, margin in _ends(params)]
    suffix = params.suffix
    return {
        "exporter": params.exporter,
        "importer": importer,
        "year": row["year"],
        f"exports_{suffix}": row["amount"],
        f"imports_{suffix}": row["amount_in"],
        "ratio": gaps[0]["ratio"],
        f"gap_{suffix}": gaps[0]["gap"],
        "low": gaps[1]["gap"],
        "high": gaps[2]["gap"],
        "ghost_share": gaps[0]["ghost_share"],
        "flag": flags[0] if flags else "ok",
        "flags": flags,
        "members": row["members_in"] if has_mirror else 0,
        "expected_members": expected,
        "months": min(row["months"], row["months_in"]) if has_mirror else row["months"],
        "margin": params.margin,
        "facts": sorted({*row["facts"], *(row["facts_in"] or ())}),
    }


def _ends(params: MonitorParams) -> tuple[tuple[str, str, float], ...]:
    """Which exports, imports and margin make the value, the low and the high end."""
    return (
        ("amount", "amount_in", params.margin),
        ("low", "high_in", 0.0),
        ("high", "low_in", params.margin_high),
    )


def _gap(exports: float, imports: float | None, margin: float) -> dict[str, float | None]:
    """The gap of one cell; None where it is not defined."""
    found = mirror_gap(np.array([exports]), np.array([np.nan if imports is None else imports]), margin=margin)
    named = {"gap": found.gap, "ratio": found.ratio, "ghost_share": found.ghost_share}
    return {name: float(one[0]) if np.isfinite(one[0]) else None for name, one in named.items()}


def _schema(params: MonitorParams) -> dict[str, pl.DataType | type[pl.DataType]]:
    suffix = params.suffix
    return {
        "exporter": pl.String,
        "importer": pl.String,
        "year": pl.Int32,
        f"exports_{suffix}": pl.Float64,
        f"imports_{suffix}": pl.Float64,
        "ratio": pl.Float64,
        f"gap_{suffix}": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "ghost_share": pl.Float64,
        "flag": pl.String,
        "flags": pl.List(pl.String),
        "members": pl.Int64,
        "expected_members": pl.Int64,
        "months": pl.Int64,
        "margin": pl.Float64,
        "facts": pl.List(pl.String),
    }
