"""Before and after: what moved between two results of one lens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from multivector.errors import WrongRequest
from multivector.result import Result

_KEYS: Final = frozenset({"pivot", "channel", "network", "measure", "pole", "subject"})
_ENDS: Final = ("period_start", "period_end")  # a shock may bring a newer period: then two periods are compared


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two results of one lens: `moved` lists every cell that differs, largest change first."""

    before: Result
    after: Result
    moved: pl.DataFrame


def compare(before: Result, after: Result) -> Comparison:
    """What moved between two results of the same lens, in its headline table.

    Raises:
        WrongRequest: the results are of two lenses.
    """
    if before.lens != after.lens:
        raise WrongRequest(f"cannot compare {before.lens} with {after.lens}: compare two results of one lens")
    keys = [name for name in before.headline.columns if name in _KEYS]
    kept = [*keys, *(name for name in before.headline.columns if name in _ENDS), "value", "low", "high", "facts"]
    joined = before.headline.select(kept).join(
        after.headline.select(kept), on=keys, how="full", suffix="_after", coalesce=True, validate="1:1"
    )
    moved = joined.filter(
        pl.col("value").ne_missing(pl.col("value_after"))
        | pl.col("low").ne_missing(pl.col("low_after"))
        | pl.col("high").ne_missing(pl.col("high_after"))
    ).with_columns(change=pl.col("value_after") - pl.col("value"))
    ends = [(pl.col(f"{name}_after") - pl.col(name)).abs() for name in ("value", "low", "high")]
    size = pl.max_horizontal(*ends)
    return Comparison(before, after, moved.sort(size, *keys, descending=[True, *[False] * len(keys)], nulls_last=True))
