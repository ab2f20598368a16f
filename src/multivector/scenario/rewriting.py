"""How a scenario changes rows without hiding it: every written row says that it is the scenario's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from multivector.errors import UnknownName
from multivector.schema import WORLD, column_names
from multivector.world import Edit, World

SOURCE: Final = "scenario"


def require_actors(world: World, *names: str) -> None:
    """Refuse a name that no row introduces.

    Raises:
        UnknownName: with the closest known names.
    """
    known = world.names("actor")
    for name in names:
        if name != WORLD and name not in known:
            raise UnknownName("actor", name, known=known)


def rewritten(table: str, rows: pl.DataFrame, cells: Mapping[str, object], said: str) -> Edit:
    """An edit that replaces rows by changed copies, which say that they are the scenario's."""
    was = pl.concat_str(pl.lit("scenario, from row "), pl.col("id"))
    note = pl.concat_str(pl.col("note"), pl.lit(said), separator="; ", ignore_nulls=True)
    changed = rows.with_columns(
        *(pl.lit(value).cast(rows.schema[name]).alias(name) for name, value in cells.items()),
        status=pl.lit("derived"),
        locator=was,
        note=note,
    )
    return Edit(table, drop=tuple(rows["id"]), add=changed.select(column_names(table)))
