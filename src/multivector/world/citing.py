"""From row ids to the rows themselves, in words that a reader can check against the source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from multivector.errors import UnknownName
from multivector.schema import SOURCES, TABLES, Statement, column_names
from multivector.world.world import World

_COMMON = frozenset(Statement.columns())
_SILENT = frozenset({"value", "unit", "coordinates", "decimals", "list_rule", "precision"})
_UNSAID = ["none", "exact"]
_BEFORE = {"sender": "from", "receiver": "to", "reporter": "counted by", "via": "by way of"}
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
    names = actor_names(world)
    parts = [describe(table, world.rows(table, pl.col("id").is_in(rows)), names) for table, rows in by_table.items()]
    cited = pl.concat(parts).sort("id") if parts else _nothing()
    missing = set(wanted) - set(cited["id"])
    if missing:
        raise UnknownName("row", min(missing), known=())
    return cited


def actor_names(world: World) -> dict[str, str]:
    """Code -> English name of every actor."""
    return dict(world.scan("actors").select("actor", "name").collect().iter_rows())


def describe(table: str, rows: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """The citing columns of rows of one table; `says` strings together what the row speaks of, without its figure."""
    own = [name for name in column_names(table) if name not in _COMMON | _SILENT]
    english = pl.Series(names.keys(), dtype=pl.String), pl.Series(names.values(), dtype=pl.String)
    words = [_word(table, name, rows.schema[name], english) for name in own]
    said = pl.concat_str(words, separator=" · ", ignore_nulls=True)
    value = pl.col("value") if "value" in rows.columns else pl.lit(None, dtype=pl.Float64)
    unit = pl.col("unit") if "unit" in rows.columns else pl.lit(None, dtype=pl.String)
    return rows.with_columns(table=pl.lit(table), says=said, value=value, unit=unit).select(COLUMNS)


def _word(table: str, name: str, dtype: pl.DataType, english: tuple[pl.Series, pl.Series]) -> pl.Expr:
    """A cell in words: actors by name, and what goes without saying unsaid."""
    text = pl.col(name).cast(pl.String) if dtype != pl.String else pl.col(name)
    metadata = TABLES[table].columns()[name].metadata or {}
    if metadata.get("names") == "actor" and not metadata["many"]:
        text = text.replace(*english)
    said = pl.lit(f"{_BEFORE[name]} ") + text if name in _BEFORE else text
    return pl.when(~text.is_in(_UNSAID)).then(said.str.replace_all("_", " "))


def _nothing() -> pl.DataFrame:
    text = dict.fromkeys(COLUMNS, pl.String)
    return pl.DataFrame(
        schema=text | {"value": pl.Float64, "published": pl.Date, "period_start": pl.Date, "period_end": pl.Date}
    )
