"""A world: dated, sourced tables that have been checked. It never changes; every edit makes another."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from multivector.errors import WrongRequest, WrongWorld
from multivector.schema import SOURCES, TABLES

if TYPE_CHECKING:
    from multivector.world.edit import Edit

# Tables whose period is a spell: that it will end is known only once it has ended.
_SPELLS = ("memberships", "offices", "obligations", "groups", "policies", "ties")


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Checked tables, lazily held. `hash` names their content; `day` is the as-of day, where there is one.

    `undated` holds the rows without a publication date that an as-of world leaves out.
    """

    tables: Mapping[str, pl.LazyFrame]
    hash: str
    day: dt.date | None = None
    undated: Mapping[str, pl.LazyFrame] = field(default_factory=dict)

    @staticmethod
    def open(folder: Path | str | None = None) -> World:
        """Open the default world, with the rows of `folder` added where one is given.

        A folder that `save` wrote stands alone: nothing is added to it.

        Raises:
            WrongWorld: the folder holds no table, or rows that break a rule; `problems` lists all of them.
        """
        from multivector.world.opening import open_world  # noqa: PLC0415 - it imports this module

        return open_world(None if folder is None else Path(folder))

    def scan(self, table: str) -> pl.LazyFrame:
        """A table, lazily.

        Raises:
            WrongRequest: there is no such table.
        """
        if table not in TABLES:
            raise WrongRequest(f"no table {table!r}; tables are {', '.join(TABLES)}")
        return self.tables[table]

    def rows(self, table: str, *conditions: pl.Expr) -> pl.DataFrame:
        """The rows of a table that meet every condition, ordered by id (sources by key)."""
        kept = self.scan(table).filter(_all(conditions)) if conditions else self.scan(table)
        return kept.sort("source" if table == SOURCES else "id").collect()

    def withheld(self, table: str, *conditions: pl.Expr) -> int:
        """How many rows that meet every condition are left out because nobody knows when they were published."""
        if table not in self.undated:
            return 0
        kept = self.undated[table].filter(_all(conditions)) if conditions else self.undated[table]
        return int(kept.select(pl.len()).collect().item())

    def names(self, kind: str) -> frozenset[str]:
        """Known names of a kind: actor, source, leg or place."""
        table = {"actor": "actors", "source": "sources", "leg": "legs", "place": "places"}[kind]
        return frozenset(self.scan(table).select(kind).collect().to_series())

    def as_of(self, day: dt.date) -> World:
        """The world as it could be known on `day`: nothing published later, nothing without a publication date.

        Spells that end after `day` have no end yet.
        """
        day = day if self.day is None else min(day, self.day)  # what was cut away does not come back
        published = pl.col("published")
        dated = {
            name: table if name == SOURCES else _as_known(name, table.filter(published <= day), day)
            for name, table in self.tables.items()
        }
        loose = {name: table.filter(published.is_null()) for name, table in self.tables.items() if name != SOURCES}
        undated = loose if self.day is None else self.undated
        return replace(self, tables=dated, hash=chained(self.hash, f"as-of {day}"), day=day, undated=undated)

    def edit(self, edits: tuple[Edit, ...]) -> World:
        """Another world in which rows are dropped and added.

        Raises:
            WrongWorld: an added row breaks a rule of its table.
            WrongRequest: a row to drop is not there.
        """
        from multivector.world.edit import edited  # noqa: PLC0415 - it imports this module

        return reduce(edited, edits, self)

    def save(self, folder: Path | str, *, force: bool = False) -> Path:
        """Write the whole world to a folder, or nothing at all: it is made beside and moved into place.

        Raises:
            WrongRequest: the folder exists and `force` is not given.
        """
        from multivector.world.saving import save_world  # noqa: PLC0415 - it imports this module

        return save_world(self, Path(folder), force=force)


def _all(conditions: tuple[pl.Expr, ...]) -> pl.Expr:
    return reduce(and_, conditions)


def _as_known(name: str, table: pl.LazyFrame, day: dt.date) -> pl.LazyFrame:
    if name not in _SPELLS:
        return table
    end = pl.col("period_end")
    return table.with_columns(period_end=pl.when(end <= day).then(end))


def chained(old: str, change: str) -> str:
    """The name of a world that was changed: every step counts."""
    return hashlib.sha256(f"{old}\n{change}".encode()).hexdigest()[:16]


def require_valid(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, if they keep the rules of their table.

    Raises:
        WrongWorld: they do not; the message names the first broken rule.
    """
    schema = TABLES[table]
    failure = schema.filter(rows).failure
    if failure.counts():
        broken = ", ".join(f"{rule} ({count} rows)" for rule, count in sorted(failure.counts().items()))
        raise WrongWorld(f"{table}: rows break {broken}")
    return rows
