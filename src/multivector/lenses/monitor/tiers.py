"""Watched goods added up by tier of the list: what came in, what of it was beyond the norm, what went on."""

from __future__ import annotations

from typing import Any

import polars as pl

from multivector.lenses.monitor.params import MonitorParams


def tier_table(products: pl.DataFrame, params: MonitorParams) -> pl.DataFrame:
    """Sums by year and tier over the products whose figure is known; `known` of `codes` have an excess.

    No weight is put on a tier: whoever wants one multiplies these sums. A sum over part of the codes is a lower bound
    of what came in, and says nothing of the rest. The substitution ratio is that of the sums over products that have
    all three of its parts.
    """
    schema = _schema(params)
    lines = [
        _line(rows, tier, year, params)
        for (year, tier), rows in products.sort("year", "tier").group_by(["year", "tier"], maintain_order=True)
    ]
    return pl.DataFrame(lines, schema=schema)


def _line(rows: pl.DataFrame, tier: object, year: object, params: MonitorParams) -> dict[str, Any]:
    parts = [f"excess_{params.suffix}", f"excess_out_{params.suffix}", f"drop_{params.suffix}"]
    whole = rows.drop_nulls(parts)
    drop = float(whole[parts[2]].sum())
    through = [min(first, second) for first, second in whole.select(parts[:2]).iter_rows()]
    return {
        "year": year,
        "tier": tier,
        "codes": rows.height,
        "known": rows.height - rows[parts[0]].null_count(),
        **{
            f"{name}_{params.suffix}": _sum(rows[f"{name}_{params.suffix}"]) for name in ("in", "norm", "excess", "out")
        },
        "substitution_ratio": sum(through) / drop if drop > 0 else None,
        "stands_out": rows["stands_out"].sum(),
        "facts": sorted({row for named in rows["facts"] for row in named}),
    }


def _sum(values: pl.Series) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = values.drop_nulls()
    return float(known.sum()) if len(known) else None


def _sums(params: MonitorParams) -> tuple[str, ...]:
    return tuple(f"{name}_{params.suffix}" for name in ("in", "norm", "excess", "out"))


def _schema(params: MonitorParams) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {
        "year": pl.Int32,
        "tier": pl.String,
        "codes": pl.Int64,
        "known": pl.Int64,
        **dict.fromkeys(_sums(params), pl.Float64()),
        "substitution_ratio": pl.Float64,
        "stands_out": pl.Int64,
        "facts": pl.List(pl.String),
    }
