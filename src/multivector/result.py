"""What every lens gives back: tables, the rows it read, and what to know before quoting it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from multivector.params import LensParams


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """The answer of a lens.

    `tables`: long form, units in column names, the headline table first; a `facts` column names the rows that a line
    was computed from. `facts`: those rows, one line each. `methods`: anchors of the methods pages.
    """

    lens: str
    params: LensParams
    tables: Mapping[str, pl.DataFrame]
    facts: pl.DataFrame
    caveats: tuple[str, ...]
    methods: tuple[str, ...]

    @property
    def headline(self) -> pl.DataFrame:
        """The first table."""
        return next(iter(self.tables.values()))
