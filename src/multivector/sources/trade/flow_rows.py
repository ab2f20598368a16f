"""Statements on trade, whoever made them, as rows of `flows`, and the record of the file that they stand in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from multivector.schema import TABLES, column_names
from multivector.sources.handover.base import RANKS
from multivector.sources.networks.tables import Cell
from multivector.sources.trade.goods import Wanted
from multivector.world.cells import LINE

KG_A_TONNE: Final = 1000.0
_WEIGHT_DECIMALS: Final = 3


@dataclass(frozen=True, slots=True)
class Publication:
    """The record of a provider's file: everything of `sources` but key, hash and days. `unit`: of its values."""

    prefix: str
    producer: str
    title: str
    url: str
    license: str
    kind: str
    unit: str
    note: str

    def key(self, sha256: str) -> str:
        """The key of the source that a received file is."""
        return f"{self.prefix}-{sha256[:8]}"


@dataclass(frozen=True, slots=True)
class CustomsRequest:
    """What to take of a received file.

    `touching`: only flows from or to these actors; none given: all. `products`: which goods. `published`: when the
    release came out. `accessed`: when it was received.
    """

    touching: tuple[str, ...] = ()
    products: Wanted = field(default_factory=Wanted)
    published: dt.date | None = None
    accessed: dt.date | None = None


def flow_rows(said: pl.DataFrame, publication: Publication, published: dt.date | None) -> pl.DataFrame:
    """Values, and weights where they are told, as rows of `flows` with their `line`.

    `said`: line, sender, receiver, reporter, product, period_start, period_end, value, tonnes, basis, list_rule,
    decimals, sha256, locator, note. A null value or weight becomes no row. A weight has no basis.
    """
    source = {one: publication.key(one) for one in said["sha256"].unique()}
    common = said.with_columns(
        channel=pl.lit("trade"),
        scope=pl.lit("goods"),
        qualifier=pl.lit("exact"),
        via=pl.lit(None),
        source=pl.col("sha256").replace_strict(source, return_dtype=pl.String),
        published=pl.lit(published),
        status=pl.lit("observed"),
    )
    values = common.with_columns(measure=pl.lit("value"), unit=pl.lit(publication.unit))
    weights = common.with_columns(
        measure=pl.lit("quantity"),
        unit=pl.lit("t"),
        value=pl.col("tonnes"),
        basis=pl.lit("none"),
        decimals=pl.lit(_WEIGHT_DECIMALS),
    )
    columns = {name: TABLES["flows"].columns()[name].dtype for name in column_names("flows")}
    return (
        pl.concat([values, weights], how="vertical_relaxed")
        .drop_nulls("value")
        .select(LINE, *(pl.col(name).cast(dtype) for name, dtype in columns.items()))
    )


def source_cells(
    file: str, sha256: str, publication: Publication, told: pl.DataFrame, accessed: dt.date | None
) -> dict[str, Cell]:
    """The record of one file. `told`: the rows of `flows` made from all of them."""
    own = told.filter(pl.col("source") == publication.key(sha256))
    return {
        "source": publication.key(sha256),
        "producer": publication.producer,
        "title": f"{publication.title}, {file}",
        "url": publication.url,
        "license": publication.license,
        "accessed": accessed,
        "sha256": sha256,
        "kind": publication.kind,
        "rank": RANKS[publication.kind],
        "coverage_start": _day(own["period_start"].min()),
        "coverage_end": _day(own["period_end"].max()),
        "note": publication.note,
    }


def _day(value: object) -> dt.date | None:
    return value if isinstance(value, dt.date) else None
