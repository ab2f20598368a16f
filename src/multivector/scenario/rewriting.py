"""How a scenario changes rows without hiding it: every written row says that it is the scenario's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import polars as pl

from multivector.errors import UnknownName
from multivector.schema import TABLES, WORLD, column_names
from multivector.world import Edit, World

SOURCE: Final = "scenario"
WAS: Final = "scenario, from row "  # of a row that several shocks change, the first it was


def require_actors(world: World, *names: str) -> None:
    """Refuse a name that no row introduces.

    Raises:
        UnknownName: with the closest known names.
    """
    known = world.names("actor")
    for name in names:
        if name != WORLD and name not in known:
            raise UnknownName("actor", name, known=known)


def scenario_row(world: World, table: str, cells: Mapping[str, object]) -> pl.DataFrame:
    """One scenario row of a table; columns that it does not name are null."""
    known_since = world.day or dt.date(1992, 1, 1)
    common = {"status": "derived", "source": SOURCE, "published": known_since}
    dtypes = {name: column.dtype for name, column in TABLES[table].columns().items()}
    values = {name: [({**common, **cells}).get(name)] for name in column_names(table)}
    return pl.DataFrame(values, schema={name: dtypes[name] for name in column_names(table)})


def rewritten(table: str, rows: pl.DataFrame, cells: Mapping[str, object], said: str) -> Edit:
    """An edit that replaces rows by changed copies, which say that they are the scenario's."""
    is_changed = pl.col("locator").str.starts_with(WAS)  # of no locator: null, and so not
    was = pl.when(is_changed).then("locator").otherwise(pl.concat_str(pl.lit(WAS), pl.col("id")))
    note = pl.concat_str(pl.col("note"), pl.lit(said), separator="; ", ignore_nulls=True)
    changed = rows.with_columns(
        *(pl.lit(value).cast(rows.schema[name]).alias(name) for name, value in cells.items()),
        status=pl.lit("derived"),
        locator=was,
        note=note,
    )
    return Edit(table, drop=tuple(rows["id"]), add=changed.select(column_names(table)))


def revalued(world: World, values: Mapping[str, float], said: str, *, exact: frozenset[str]) -> Edit:
    """An edit that gives flows new values. Those in `exact` are known to the last digit; others keep their rounding."""
    new = pl.DataFrame({"id": list(values), "new": list(values.values())}, schema={"id": pl.String, "new": pl.Float64})
    rows = world.rows("flows", pl.col("id").is_in(list(values))).join(new, on="id", validate="1:1")
    is_exact = pl.col("id").is_in(list(exact))
    changed = rows.with_columns(
        value=pl.col("new"),
        decimals=pl.when(is_exact).then(pl.lit(12, pl.Int64)).otherwise(pl.col("decimals")),
        qualifier=pl.when(is_exact).then(pl.lit("exact")).otherwise(pl.col("qualifier")),
    ).drop("new")
    return rewritten("flows", changed, {}, said)


def require_names(world: World, table: str, column: str, value: object) -> None:
    """Refuse a value that no row introduces, where the column holds names.

    Raises:
        UnknownName: with the closest known names.
    """
    metadata = TABLES[table].columns()[column].metadata or {}
    if "names" in metadata:
        known = world.names(metadata["names"])
        for name in str(value).split(";") if metadata["many"] else [str(value)]:
            if name not in known:
                raise UnknownName(metadata["names"], name, known=known)
