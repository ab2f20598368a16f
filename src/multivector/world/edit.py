"""How a world is edited: rows out, rows in, everything else untouched."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from multivector.errors import WrongRequest, WrongWorld
from multivector.schema import SOURCES, TABLES, column_names
from multivector.world.cells import LINE, forbidden
from multivector.world.identity import identify
from multivector.world.rules import FILE, unknown_names
from multivector.world.world import World, chained, require_valid


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """Rows of one table to drop, by id, and rows to add, without ids."""

    table: str
    drop: tuple[str, ...] = ()
    add: pl.DataFrame | None = None


def edited(world: World, edit: Edit) -> World:
    """The world after one edit; see `World.edit`."""
    table, key = world.scan(edit.table), "source" if edit.table == SOURCES else "id"
    if edit.drop:
        here = set(table.filter(pl.col(key).is_in(list(edit.drop))).select(key).collect().to_series())
        missing = sorted(set(edit.drop) - here)
        if missing:
            raise WrongRequest(f"{edit.table} has no row {missing[0]!r} to drop")
        table = table.filter(~pl.col(key).is_in(list(edit.drop)))
    added = _identified(world, edit)
    if added is not None:
        # adding a statement that is there already changes nothing
        table = pl.concat([table.filter(~pl.col(key).is_in(added[key].to_list())), added.lazy()])
    said = "" if added is None else "\n".join(sorted(added[key]))
    change = f"{edit.table} drop {' '.join(sorted(edit.drop))} add {said}"
    return replace(world, tables={**world.tables, edit.table: table}, hash=chained(world.hash, change))


def _identified(world: World, edit: Edit) -> pl.DataFrame | None:
    if edit.add is None or edit.add.is_empty():
        return None
    columns = TABLES[edit.table].columns()
    missing = [name for name in column_names(edit.table) if name not in edit.add.columns]
    if missing:
        raise WrongWorld(f"{edit.table}: added rows lack the column {missing[0]}")
    try:
        rows = edit.add.select(pl.col(name).cast(columns[name].dtype) for name in column_names(edit.table))
    except pl.exceptions.PolarsError as error:
        raise WrongWorld(f"{edit.table}: an added cell is of the wrong type: {str(error).splitlines()[0]}") from error
    if edit.table == SOURCES:
        return require_valid(edit.table, rows)
    identified = identify(edit.table, rows).select(*columns)
    _require_known(world, edit.table, identified)
    return require_valid(edit.table, identified)


def _require_known(world: World, table: str, rows: pl.DataFrame) -> None:
    placed = rows.with_columns(pl.lit("added rows").alias(FILE), pl.int_range(1, pl.len() + 1).alias(LINE))
    columns = TABLES[table].columns().values()
    kinds = {column.metadata["names"] for column in columns if column.metadata and "names" in column.metadata}
    known = {kind: world.names(kind) for kind in kinds}
    problems = (*unknown_names(table, placed, known), *forbidden("added rows", placed))
    if problems:
        raise WrongWorld(f"{table}: {problems[0]}", problems)
