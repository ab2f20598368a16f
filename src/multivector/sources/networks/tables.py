"""What an importer gives back: rows of the schema, checked, and what it left out; and how they become a folder."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from multivector.errors import WrongRequest, WrongWorld
from multivector.problems import Problem
from multivector.schema import SOURCES, TABLES, column_names
from multivector.sources.handover.base import Left
from multivector.world import World
from multivector.world.cells import LINE, forbidden
from multivector.world.identity import identify
from multivector.world.manifest import is_complete
from multivector.world.rules import FILE, broken_declarations, doubled_keys, unknown_names
from multivector.world.saving import write_table

Cell = str | float | int | dt.date | None
_NAMING: Final = {"actor": "actors", "source": SOURCES, "leg": "legs", "place": "places"}


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A row of a table, and the line (or the number of the feature) it was made from."""

    table: str
    line: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """Rows by table, in the columns of its file, and what stayed out with the reason for each."""

    tables: Mapping[str, pl.DataFrame]
    left: tuple[Left, ...]


def framed(made: Iterable[Made]) -> dict[str, pl.DataFrame]:
    """Rows as tables of the schema, in its order, each row with its `line`; tables without rows are left out."""
    made = tuple(made)
    return {table: _frame(table, rows) for table in TABLES if (rows := [one for one in made if one.table == table])}


def _frame(table: str, rows: Sequence[Made]) -> pl.DataFrame:
    names = column_names(table)
    columns = TABLES[table].columns()
    schema = {LINE: pl.Int64(), **{name: columns[name].dtype for name in names}}
    return pl.DataFrame([[one.line, *(one.cells.get(name) for name in names)] for one in rows], schema, orient="row")


def wrong_rows(file: str, tables: Mapping[str, pl.DataFrame], world: World) -> Iterator[Problem]:
    """Every rule of the schema that a row breaks, every name that neither the rows nor `world` introduce."""
    known = {kind: world.names(kind) | _introduced(tables, table, kind) for kind, table in _NAMING.items()}
    for table, rows in tables.items():
        placed = (rows if table == SOURCES else identify(table, rows)).with_columns(pl.lit(file).alias(FILE))
        yield from forbidden(file, placed.drop(FILE))
        yield from broken_declarations(table, placed)
        yield from unknown_names(table, placed, known)
        yield from doubled_keys(table, placed)


def _introduced(tables: Mapping[str, pl.DataFrame], table: str, kind: str) -> frozenset[str]:
    return frozenset(tables[table][kind].drop_nulls()) if table in tables else frozenset()


def unplaced(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables without their line numbers: the columns of their files, and no other."""
    return {table: rows.drop(LINE) for table, rows in tables.items()}


def refuse(path: Path, problems: Iterable[Problem]) -> None:
    """Refuse a file that has problems.

    Raises:
        WrongWorld: there are some; `problems` lists all of them, each once.
    """
    found = tuple(dict.fromkeys(replace(one, value=one.value[:60]) for one in problems))
    if found:
        count = f"{len(found)} problem{'s' if len(found) > 1 else ''}"
        raise WrongWorld(f"{count} in {path}; first: {found[0]}", found)


def write_tables(
    tables: Mapping[str, pl.DataFrame], folder: Path, *, part: str = "", force: bool = False
) -> tuple[Path, ...]:
    """Write tables into a folder that `multivector check` reads, and name the files written.

    `part` stands in the names, `places.PART.csv`, so that several imports fit beside one another and beside files kept
    by hand. With `force` the files of an earlier import of this part are replaced, all of them; no other file is.

    Raises:
        WrongRequest: a file is there already and `force` is not given; the folder is a saved world, which stands
            alone; or it cannot be written.
    """
    _require_open(folder)
    old = _old_files(tables, folder, part)
    if old and not force:
        raise WrongRequest(f"{old[0]} exists; give another folder, or --force to replace it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".import-", dir=folder))
    except OSError as error:
        raise WrongRequest(f"cannot write {folder}: {error.strerror}") from error
    try:
        for table, rows in tables.items():
            write_table(beside, table, rows, part=part)
        for path in old:
            path.unlink()
        return tuple(path.replace(folder / path.name) for path in sorted(beside.iterdir()))
    except OSError as error:
        raise WrongRequest(f"cannot write {folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _require_open(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise WrongRequest(f"{folder} is a file; an import needs a folder")
    if folder.is_dir() and is_complete(folder):
        raise WrongRequest(f"{folder} is a saved world, which stands alone: import into a folder of your own")


def _old_files(tables: Mapping[str, pl.DataFrame], folder: Path, part: str) -> tuple[Path, ...]:
    # an import that gives fewer tables than the last one must not leave the others behind
    mine = TABLES if part else tables
    stems = [f"{table}.{part}" if part else table for table in mine]
    paths = (folder / f"{stem}{suffix}" for stem in stems for suffix in (".csv", ".parquet"))
    return tuple(path for path in paths if path.exists())
