"""Before and after: what moved between two results of one lens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from multivector.errors import WrongRequest
from multivector.result import Result

_KEYS: Final = frozenset({"pivot", "channel", "network", "measure", "pole", "subject"})
_ENDS: Final = ("period_start", "period_end")  # a shock may bring a newer period: then two periods are compared
_SAME: Final = 1e-9  # relative to the larger of two figures, or to 1 where both are smaller


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two results of one lens: `moved` lists every figure that differs, with its unit, largest change first."""

    before: Result
    after: Result
    moved: pl.DataFrame


def compare(before: Result, after: Result) -> Comparison:
    """What moved between two results of the same lens, in its headline table.

    Two figures differ where they are more than 1e-9 of the larger apart (of 1, where both are smaller): less is the
    dust of two solves. A figure that is known before or after alone differs.

    Raises:
        WrongRequest: the results are of two lenses.
    """
    if before.lens != after.lens:
        raise WrongRequest(f"cannot compare {before.lens} with {after.lens}: compare two results of one lens")
    keys = [name for name in before.headline.columns if name in _KEYS]
    said = [name for name in before.headline.columns if name in {*_ENDS, "unit"}]
    kept = [*keys, *said, "value", "low", "high", "facts"]
    joined = before.headline.select(kept).join(
        after.headline.select(kept), on=keys, how="full", suffix="_after", coalesce=True, validate="1:1"
    )
    if "unit" in said:
        joined = joined.with_columns(pl.coalesce("unit", "unit_after").alias("unit")).drop("unit_after")
    moved = joined.filter(pl.any_horizontal(*(_differs(name) for name in ("value", "low", "high")))).with_columns(
        change=pl.col("value_after") - pl.col("value")
    )
    ends = [(pl.col(f"{name}_after") - pl.col(name)).abs() for name in ("value", "low", "high")]
    size = pl.max_horizontal(*ends)
    return Comparison(before, after, moved.sort(size, *keys, descending=[True, *[False] * len(keys)], nulls_last=True))


def _differs(name: str) -> pl.Expr:
    """Whether a figure and the same after are apart by more than dust, or one of them is not known."""
    before, after = pl.col(name), pl.col(f"{name}_after")
    apart = (after - before).abs() > _SAME * pl.max_horizontal(before.abs(), after.abs(), pl.lit(1.0))
    return pl.when(before.is_null() | after.is_null()).then(before.is_null() != after.is_null()).otherwise(apart)
