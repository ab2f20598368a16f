"""What all converters say, put together: rows by table, sources by key, facts left out, large tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from multivector.errors import WrongWorld
from multivector.schema import SOURCES, TABLES, column_names
from multivector.sources.handover import actors, bulk, corridors, judgements, politics, sanctions, states
from multivector.sources.handover.base import RANKS, Cell, Left, Row, Source, Taken, decimals
from multivector.sources.handover.bulk import Bulk

_CONVERTERS: Final = (
    actors.convert,
    states.convert,
    politics.convert,
    judgements.convert,
    sanctions.convert,
    corridors.convert,
    bulk.convert,
)
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Everything that was handed over, converted. `rows` and `sources` hold cells as text, in file order."""

    taken: tuple[Taken, ...]
    left: tuple[Left, ...]
    rows: Mapping[str, tuple[Cells, ...]]
    sources: tuple[Cells, ...]
    bulks: tuple[Bulk, ...]


def gather(folder: Path) -> Gathered:
    """Convert every file of the folder.

    Raises:
        WrongWorld: two publications share a key, or a row names a column that its table does not have.
    """
    said = [one for convert in _CONVERTERS for one in convert(folder)]
    taken = tuple(one for one in said if isinstance(one, Taken))
    bulks = tuple(bulk.frames(folder))
    cited = [one for one in said if isinstance(one, Source)] + [one for large in bulks for one in large.sources]
    return Gathered(
        taken=taken,
        left=tuple(one for one in said if isinstance(one, Left)),
        rows={table: _distinct(table, taken) for table in TABLES if table != SOURCES},
        sources=_source_cells(_distinct_sources(cited)),
        bulks=bulks,
    )


def cells_of(table: str, row: Row) -> Cells:
    """A row as the text cells of its file, in column order, defaults of the schema filled in.

    Raises:
        WrongWorld: the row names a column that the table does not have.
    """
    strangers = sorted(set(row) - set(column_names(table)))
    if strangers:
        raise WrongWorld(f"a converted row of {table} has no such column: {', '.join(strangers)}")
    return tuple(_text(_filled(table, name, row)) for name in column_names(table))


def content_of(table: str, cells: Cells) -> Cells:
    """The cells without the note: two rows that agree in them are one statement."""
    note = column_names(table).index("note")
    return cells[:note] + cells[note + 1 :]


def _filled(table: str, name: str, row: Row) -> Cell:
    if row.get(name) is not None:
        return row[name]
    default = (TABLES[table].columns()[name].metadata or {}).get("default")
    if default == "as printed":
        printed = row.get("value")
        return None if printed is None else decimals(_text(printed))
    return default if default is None else str(default)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return repr(cell) if isinstance(cell, float) else str(cell)


def _distinct(table: str, taken: Iterable[Taken]) -> tuple[Cells, ...]:
    """The rows of a table, each statement once; where two facts are one statement, both notes stay."""
    note = column_names(table).index("note")
    notes: dict[Cells, list[str]] = {}
    for one in taken:
        if one.table == table:
            cells = cells_of(table, one.row)
            kept = notes.setdefault(content_of(table, cells), [])
            if cells[note] and cells[note] not in kept:
                kept.append(cells[note])
    return tuple((*content[:note], "; ".join(kept), *content[note:]) for content, kept in notes.items())


def _distinct_sources(cited: Iterable[Source]) -> tuple[Source, ...]:
    first: dict[str, Source] = {}
    for one in cited:
        held = first.setdefault(one.source, one)
        if _plain(held.title) != _plain(one.title):
            raise WrongWorld(f"two publications share the key {one.source!r}: {held.title!r} and {one.title!r}")
    return tuple(first.values())


def _plain(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def _source_cells(sources: Iterable[Source]) -> tuple[Cells, ...]:
    named = (
        {name: getattr(one, name, "") or None for name in column_names(SOURCES)} | {"rank": RANKS[one.kind]}
        for one in sources
    )
    return tuple(tuple(_text(record[name]) for name in column_names(SOURCES)) for record in named)
