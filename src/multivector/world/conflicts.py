"""Which of several statements about one quantity is shown, and how far the others reach.

The rule, in this order: what is observed before what is claimed; the pivot's own count before its partner's; the
better-ranked source; the newest publication; the smaller id. An older edition of the same source is superseded: it
neither wins nor widens the range. Values are never averaged.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from multivector.schema.units import UNITS

RULE: Final = "observed before claimed; own count first; then rank of source, newest publication, id"
_STANDING: Final = {"observed": 0, "derived": 0, "judged": 1, "claim": 2, "plan": 3, "forecast": 4}


def latest_editions(rows: pl.DataFrame, *, by: list[str]) -> pl.DataFrame:
    """The rows without those that a later edition of the same source replaces."""
    published = pl.col("published").fill_null(pl.date(1, 1, 1))  # an undated edition is older than a dated one
    newest = published == published.max().over([*by, "source"])
    return rows.filter(newest)


def in_base_units(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `dimension`, and `amount` and its rounding half-width `half` in the dimension's base unit."""
    dimension = {name: unit.dimension for name, unit in UNITS.items()}
    factor = {name: unit.factor for name, unit in UNITS.items()}
    scale = pl.col("unit").replace_strict(factor, return_dtype=pl.Float64)
    step = pl.lit(10.0).pow(-pl.col("decimals").cast(pl.Float64))
    return rows.with_columns(
        dimension=pl.col("unit").replace_strict(dimension, return_dtype=pl.String),
        amount=pl.col("value") * scale,
        half=0.5 * step * scale,
    )


def choose(rows: pl.DataFrame, *, by: list[str], ranks: pl.DataFrame, own: str | None = None) -> pl.DataFrame:
    """One line per quantity: `amount` of the chosen statement, `low` and `high` over all, and who said what.

    Parameters:
        rows: flows or indicators after `in_base_units`.
        by: columns that name the quantity; unit dimensions are never mixed.
        ranks: `source` and `rank`.
        own: the state whose own count is preferred.

    Returns:
        `by`, dimension, chosen (row id), amount, unit, status, low, high, statements, agree,
        facts. `agree` is whether all statements overlap once each is given the width of its own rounding.
    """
    key = [*by, "dimension"]
    standing = pl.col("status").replace_strict(_STANDING, return_dtype=pl.Int64)
    foreign = pl.lit(value=False) if own is None else pl.col("reporter").is_not_null() & (pl.col("reporter") != own)
    said_by = ["reporter"] if "reporter" in rows.columns else []
    current = latest_editions(rows, by=[*key, *said_by])
    ordered = (
        current.join(ranks, on="source", how="left", validate="m:1")
        .with_columns(standing=standing, foreign=foreign)
        .sort(
            [*key, "standing", "foreign", "rank", "published", "id"],
            descending=[False] * len(key) + [False, False, False, True, False],
            nulls_last=True,
        )
    )
    return ordered.group_by(key, maintain_order=True).agg(
        chosen=pl.col("id").first(),
        amount=pl.col("amount").first(),
        unit=pl.col("unit").first(),
        status=pl.col("status").first(),
        low=pl.col("amount").min(),
        high=pl.col("amount").max(),
        statements=pl.len(),
        agree=(pl.col("amount") - pl.col("half")).max() <= (pl.col("amount") + pl.col("half")).min(),
        facts=pl.col("id"),
    )
