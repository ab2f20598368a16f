"""Which rows of a world name an actor, lie in a channel, or bear an id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from multivector.errors import UnknownName, WrongRequest
from multivector.schema import CHANNELS, SOURCES, TABLES
from multivector.world.citing import actor_names, cite, describe
from multivector.world.world import World

_MOST_ROWS = 200_000
_HIDDEN = ("io_flows",)  # a hundred thousand cells; asked for by name only


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked; empty means any."""

    about: tuple[str, ...] = ()
    table: str | None = None
    channel: str | None = None
    product: str | None = None
    rows: tuple[str, ...] = ()


def find_rows(world: World, query: Query) -> pl.DataFrame:
    """The rows that answer, in words, with where they stand.

    Raises:
        UnknownName: no such actor, table, channel or row.
        WrongRequest: nothing narrows the question.
    """
    _require_known(world, query)
    if query == Query():
        raise WrongRequest("facts needs something to look for: --about KAZ, --table flows, --channel energy …")
    if query.rows:
        return cite(world, query.rows)
    tables = [query.table] if query.table else [name for name in TABLES if name != SOURCES and name not in _HIDDEN]
    parts = [part for name in tables if (part := _matching(world, name, query)) is not None]
    if not parts:
        raise WrongRequest(f"no table has a {'product' if query.product else 'channel'} column to look in")
    return pl.concat(parts).head(_MOST_ROWS)


def _require_known(world: World, query: Query) -> None:
    actors = world.names("actor")
    for name in query.about:
        if name not in actors:
            raise UnknownName("actor", name, known=actors)
    if query.table is not None and (query.table not in TABLES or query.table == SOURCES):
        raise UnknownName("table", query.table, known=(name for name in TABLES if name != SOURCES))
    if query.channel is not None and query.channel not in CHANNELS:
        raise UnknownName("channel", query.channel, known=CHANNELS)


def _matching(world: World, table: str, query: Query) -> pl.DataFrame | None:
    columns = TABLES[table].columns()
    conditions = []
    for name, wanted in (("channel", query.channel), ("product", query.product)):
        if wanted is not None and name not in columns:
            return None
        if wanted is not None:
            conditions.append(pl.col(name) == wanted)
    conditions.extend(_names(columns, actor) for actor in query.about)
    return describe(table, world.rows(table, *conditions), actor_names(world))


def _names(columns: Iterable[str], actor: str) -> pl.Expr:
    """Rows that name an actor in any column that can hold one, alone or in a list."""
    can_hold = [name for name in columns if name in _ACTOR_COLUMNS]
    if not can_hold:
        return pl.lit(value=False)
    split = [pl.col(name).str.split(";").list.contains(actor) for name in can_hold]
    return pl.any_horizontal(*(pl.coalesce(one, pl.lit(value=False)) for one in split))


_ACTOR_COLUMNS = frozenset(
    {
        "actor", "element", "organisation", "binds", "target", "a", "b", "sender", "receiver", "reporter", "subject",
        "about", "exporter", "importer", "territory", "controller", "by", "on", "actors",
    }
)  # fmt: skip
