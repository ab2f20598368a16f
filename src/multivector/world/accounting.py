"""What became of every figure that was handed over for the default world: in, or left out and why."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import polars as pl


def _ledger() -> pl.DataFrame:
    path = Path(str(files("multivector") / "data" / "ledger.csv"))
    return pl.read_csv(path, infer_schema=False, null_values=[""])


def facts_taken() -> pl.DataFrame:
    """One line per handed-over file: facts, how many went in, how many stayed out, rows they became."""
    per_fact = (
        _ledger()
        .group_by("file", "fact")
        .agg(taken=(pl.col("outcome") == "in").any(), rows=pl.col("row").drop_nulls().n_unique())
    )
    return (
        per_fact.group_by("file")
        .agg(
            facts=pl.len(),
            taken=pl.col("taken").sum(),
            left_out=(~pl.col("taken")).sum(),
            rows=pl.col("rows").sum(),
        )
        .sort("file")
    )


def facts_left_out() -> pl.DataFrame:
    """Every fact that stayed out, with its reason."""
    return _ledger().filter(pl.col("outcome") == "left_out").select("file", "fact", "reason").sort("file", "fact")
