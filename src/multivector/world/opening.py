"""How a world is opened: the default one, a user's folder laid over it, and every problem in that folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

import polars as pl

from multivector.errors import UnknownName, WrongWorld, nearest
from multivector.problems import Problem, first
from multivector.schema import SOURCES, TABLES
from multivector.world.cells import LINE
from multivector.world.corrections import apply_corrections, read_corrections
from multivector.world.files import read_certified, read_file
from multivector.world.manifest import digests, is_certified, is_complete, saved_day, world_files
from multivector.world.rules import (
    FILE,
    KEYS,
    broken_declarations,
    contradictions,
    doubled_keys,
    oversized_lists,
    unknown_names,
)
from multivector.world.saving import recover
from multivector.world.world import World

_LARGEST_HELD_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class _Folder:
    """What a folder holds, table by table, each row with its file and line."""

    tables: Mapping[str, pl.DataFrame]
    problems: tuple[Problem, ...]


def default_folder() -> Path:
    """Where the package keeps the default world."""
    return Path(str(files("multivector") / "data" / "world"))


def open_world(folder: Path | None) -> World:
    """Open the default world with `folder` laid over it; see `World.open`."""
    if folder is None:
        return _open_checked(default_folder())
    recover(folder)
    _require_folder(folder)
    if is_complete(folder) and is_certified(folder, digests(folder)):
        return _open_checked(folder)
    return _laid_over(_open_checked(default_folder()), folder)


def check_folder(folder: Path) -> tuple[Problem, ...]:
    """Every problem of a user's folder, by file and line.

    Raises:
        UnknownName: there is no such folder.
        WrongWorld: it holds no table.
    """
    recover(folder)
    _require_folder(folder)
    if is_complete(folder) and is_certified(folder, digests(folder)):
        return ()
    base = _open_checked(default_folder())
    read = _read_folder(folder)
    return _problems(base, read) or _correction_problems(base, read, folder)


def _correction_problems(base: World, read: _Folder, folder: Path) -> tuple[Problem, ...]:
    try:
        _corrected(_merged(base, read), folder)
    except WrongWorld as refusal:
        return refusal.problems
    return ()


def _require_folder(folder: Path) -> None:
    if not _is_folder(folder):
        parent = folder.parent
        siblings = [path.name for path in parent.iterdir()] if _is_folder(parent) else []
        raise UnknownName("folder", folder.name, known=siblings)
    if not world_files(folder):
        known = tuple(f"{table}.csv" for table in TABLES)
        close = [(path.name, nearest(path.name, known, most=1)) for path in sorted(folder.iterdir())]
        guesses = "; ".join(f"{name} -> {guess[0]}" for name, guess in close if guess)
        hint = f" (it holds {guesses})" if guesses else ""
        raise WrongWorld(f"folder {folder} holds no table; expected files such as flows.csv or sources.csv{hint}")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False


def _open_checked(folder: Path) -> World:
    """Open a folder whose manifest certifies its bytes.

    Raises:
        WrongWorld: the bytes are not those that were checked.
    """
    found = digests(folder)
    if not is_certified(folder, found):
        raise WrongWorld(f"{folder} does not match its manifest: rebuild it or reinstall the package")
    small: dict[str, list[pl.DataFrame]] = {name: [] for name in TABLES}
    large: dict[str, list[pl.LazyFrame]] = {name: [] for name in TABLES}
    for path in world_files(folder):
        table = path.name.split(".", 1)[0]
        if path.suffix == ".parquet":
            large[table].append(_rows_of(path, folder))
        else:
            small[table].append(read_certified(path))
    tables = {name: pl.concat([_joined(name, small[name]).lazy(), *large[name]]) for name in TABLES}
    return World(tables=_corrected(tables, folder), hash=_world_hash(found), day=saved_day(folder))


def _corrected(tables: dict[str, pl.LazyFrame], folder: Path) -> dict[str, pl.LazyFrame]:
    """The tables with the folder's corrections made; only those that a correction names are read whole."""
    corrections = read_corrections(folder)
    named = {one.table: tables[one.table].collect() for one in corrections if one.table in tables}
    made = apply_corrections(named, corrections)
    return {**tables, **{name: rows.lazy() for name, rows in made.items()}}


def _rows_of(path: Path, folder: Path) -> pl.LazyFrame:
    """A Parquet file, read late where it is the package's own or too large to hold; a user may replace his folder."""
    late = folder == default_folder() or path.stat().st_size > _LARGEST_HELD_BYTES
    return pl.scan_parquet(path, glob=False) if late else pl.read_parquet(path, glob=False).lazy()


def _joined(table: str, parts: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts) if parts else TABLES[table].create_empty()


def _world_hash(found: Mapping[str, str]) -> str:
    return hashlib.sha256("\n".join(f"{name} {digest}" for name, digest in sorted(found.items())).encode()).hexdigest()[
        :16
    ]


def _read_folder(folder: Path) -> _Folder:
    parts: dict[str, list[pl.DataFrame]] = {}
    problems: list[Problem] = []
    for path in world_files(folder):
        reading = read_file(path)
        problems.extend(reading.problems)
        if not reading.rows.is_empty():
            parts.setdefault(reading.table, []).append(reading.rows.with_columns(pl.lit(path.name).alias(FILE)))
    return _Folder(tables={name: pl.concat(rows) for name, rows in parts.items()}, problems=tuple(problems))


def _problems(base: World, folder: _Folder) -> tuple[Problem, ...]:
    found = list(folder.problems)
    unread = {(one.file, one.line, one.column) for one in found}  # such a cell is null, but it is not empty
    known = {kind: base.names(kind) | _introduced(folder, kind) for kind in ("actor", "source", "leg", "place")}
    for table, rows in folder.tables.items():
        declared = broken_declarations(table, rows)
        found.extend(first(one for one in declared if (one.file, one.line, one.column) not in unread))
        found.extend(first(unknown_names(table, rows, known)))
        found.extend(first(doubled_keys(table, rows)))
        if table != SOURCES:
            found.extend(first(contradictions(table, rows, _of_same_sources(base, table, rows))))
        if table == "flows":
            found.extend(first(oversized_lists(rows)))
    return tuple(sorted(set(found), key=lambda one: (one.file, one.line, one.column, one.rule)))


def _of_same_sources(base: World, table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the world below from the sources that the folder cites, without those that it merely repeats."""
    cited = rows["source"].drop_nulls().unique().to_list()
    return base.rows(table, pl.col("source").is_in(cited), ~pl.col("id").is_in(rows["id"].to_list()))


def _introduced(folder: _Folder, kind: str) -> frozenset[str]:
    table = {"actor": "actors", "source": "sources", "leg": "legs", "place": "places"}[kind]
    rows = folder.tables.get(table)
    return frozenset() if rows is None else frozenset(rows[kind].drop_nulls())


def _laid_over(base: World, path: Path) -> World:
    folder = _read_folder(path)
    problems = _problems(base, folder)
    if problems:
        first = f"{problems[0]}"
        more = f"; `multivector check {path}` lists all" if len(problems) > 1 else ""
        raise WrongWorld(f"{len(problems)} problems in {path}; first: {first}{more}", problems)
    digest = _world_hash({"base": base.hash, **digests(path)})
    return World(tables=_corrected(_merged(base, folder), path), hash=digest)


def _merged(base: World, folder: _Folder) -> dict[str, pl.LazyFrame]:
    own = {name: rows.drop(LINE, FILE) for name, rows in folder.tables.items()}
    return {name: _over(base.tables[name], name, own[name]) if name in own else base.tables[name] for name in TABLES}


def _over(below: pl.LazyFrame, table: str, above: pl.DataFrame) -> pl.LazyFrame:
    """The user's rows added; a statement that is there already is not added twice, a named thing is replaced."""
    if above.is_empty():
        return below
    key = "source" if table == SOURCES else KEYS.get(table, "id")
    return pl.concat([below.join(above.lazy().select(key), on=key, how="anti"), above.lazy()])
