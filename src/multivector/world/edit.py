"""How a world is edited: rows out, rows in, everything else untouched."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from multivector.errors import WrongRequest
from multivector.schema import TABLES, column_names
from multivector.world.identity import identify
from multivector.world.world import World, _chained, require_valid


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """Rows of one table to drop, by id, and rows to add, without ids."""

    table: str
    drop: tuple[str, ...] = ()
    add: pl.DataFrame | None = None


def edited(world: World, edit: Edit) -> World:
    """The world after one edit; see `World.edit`."""
    table = world.scan(edit.table)
    if edit.drop:
        here = set(table.filter(pl.col("id").is_in(edit.drop)).select("id").collect().to_series())
        missing = sorted(set(edit.drop) - here)
        if missing:
            raise WrongRequest(f"{edit.table} has no row {missing[0]!r} to drop")
        table = table.filter(~pl.col("id").is_in(edit.drop))
    added = _identified(edit)
    if added is not None:
        # adding a statement that is there already changes nothing
        table = pl.concat([table.join(added.lazy().select("id"), on="id", how="anti"), added.lazy()])
    said = "" if added is None else "\n".join(sorted(added["id"]))
    change = f"{edit.table} drop {' '.join(sorted(edit.drop))} add {said}"
    return replace(world, tables={**world.tables, edit.table: table}, hash=_chained(world.hash, change))


def _identified(edit: Edit) -> pl.DataFrame | None:
    if edit.add is None or edit.add.is_empty():
        return None
    dtypes = {name: column.dtype for name, column in TABLES[edit.table].columns().items()}
    rows = edit.add.select(pl.col(name).cast(dtypes[name]) for name in column_names(edit.table))
    return require_valid(edit.table, identify(edit.table, rows).select(*TABLES[edit.table].columns()))
