"""From row ids to the rows themselves, in words that a reader can check against the source."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from multivector.errors import UnknownName
from multivector.schema import SOURCES, TABLES, Statement, column_names
from multivector.world.world import World

_COMMON = frozenset(Statement.columns())
_SILENT = frozenset({"value", "unit", "coordinates", "decimals", "list_rule", "precision"})
_UNSAID = ["none", "exact"]
COLUMNS = (
    "id",
    "table",
    "says",
    "value",
    "unit",
    "period_start",
    "period_end",
    "source",
    "locator",
    "published",
    "status",
)


def cite(world: World, ids: Iterable[str]) -> pl.DataFrame:
    """One line per row: what it says in words, its figure and unit, and where it stands.

    Raises:
        UnknownName: an id that no row of the world has.
    """
    wanted = sorted(set(ids))
    by_table: dict[str, list[str]] = {}
    for row in wanted:
        by_table.setdefault(row.split(".", 1)[0], []).append(row)
    for table, rows in by_table.items():
        if table not in TABLES or table == SOURCES:
            raise UnknownName("row", rows[0], known=())
    parts = [_cited(world, table, rows) for table, rows in by_table.items()]
    cited = pl.concat(parts).sort("id") if parts else _nothing()
    missing = set(wanted) - set(cited["id"])
    if missing:
        raise UnknownName("row", min(missing), known=())
    return cited


def describe(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The citing columns of rows of one table; `says` strings together what the row speaks of, without its figure."""
    own = [name for name in column_names(table) if name not in _COMMON | _SILENT]
    words = [_word(name, rows.schema[name]) for name in own]
    said = pl.concat_str(words, separator=" · ", ignore_nulls=True)
    value = pl.col("value") if "value" in rows.columns else pl.lit(None, dtype=pl.Float64)
    unit = pl.col("unit") if "unit" in rows.columns else pl.lit(None, dtype=pl.String)
    return rows.with_columns(table=pl.lit(table), says=said, value=value, unit=unit).select(COLUMNS)


def _word(name: str, dtype: pl.DataType) -> pl.Expr:
    """A cell in words; what goes without saying stays unsaid."""
    text = pl.col(name).cast(pl.String) if dtype != pl.String else pl.col(name)
    named = pl.lit("counted by ") + text if name == "reporter" else text
    return pl.when(~text.is_in(_UNSAID)).then(named.str.replace_all("_", " "))


def _cited(world: World, table: str, ids: list[str]) -> pl.DataFrame:
    return describe(table, world.rows(table, pl.col("id").is_in(ids)))


def _nothing() -> pl.DataFrame:
    text = dict.fromkeys(COLUMNS, pl.String)
    return pl.DataFrame(
        schema=text | {"value": pl.Float64, "published": pl.Date, "period_start": pl.Date, "period_end": pl.Date}
    )
