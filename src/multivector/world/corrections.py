"""Judgement about received rows, kept apart from them: what is corrected, from what, to what, why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from multivector.errors import WrongWorld
from multivector.problems import Problem
from multivector.schema import SOURCES, TABLES
from multivector.world.cells import LINE, cast
from multivector.world.csvtext import read_lines
from multivector.world.manifest import CORRECTIONS

COLUMNS: Final = ("table", "row", "column", "expected", "value", "reason", "link", "day")


@dataclass(frozen=True, slots=True)
class Correction:
    """One cell: the value it is expected to hold, and the value it shall hold. The row keeps its id."""

    table: str
    row: str
    column: str
    expected: str
    value: str
    reason: str
    link: str
    line: int


def read_corrections(folder: Path) -> tuple[Correction, ...]:
    """The corrections of a folder, in file order.

    Raises:
        WrongWorld: the file is broken, has other columns, or a correction gives no reason.
    """
    path = folder / CORRECTIONS
    if not path.is_file():
        return ()
    lines = read_lines(path.name, path.read_bytes())
    problems = list(lines.problems)
    if tuple(lines.cells.columns[1:]) != COLUMNS:
        rule = f"has other columns than {', '.join(COLUMNS)}"
        problems.append(Problem(path.name, 1, "", rule, ", ".join(lines.cells.columns[1:])[:60]))
        raise _refusal(problems)
    found = [_correction(row) for row in lines.cells.iter_rows(named=True)]
    problems.extend(
        Problem(path.name, one.line, "reason", "a correction needs a reason", "") for one in found if not one.reason
    )
    if problems:
        raise _refusal(problems)
    return tuple(found)


def _correction(row: Mapping[str, object]) -> Correction:
    cells = {name: str(row[name]) if row[name] is not None else "" for name in COLUMNS if name != "day"}
    line = row[LINE]
    return Correction(line=line if isinstance(line, int) else 0, **cells)


def _refusal(problems: list[Problem]) -> WrongWorld:
    return WrongWorld(f"{len(problems)} corrections do not fit; first: {problems[0]}", tuple(problems))


def apply_corrections(
    tables: Mapping[str, pl.DataFrame], corrections: tuple[Correction, ...]
) -> dict[str, pl.DataFrame]:
    """The tables with every correction made.

    Raises:
        WrongWorld: a correction finds no row, or not the value it expects: the source has changed; or the corrected
            row would break a rule of its table.
    """
    corrected, problems = dict(tables), list[Problem]()
    for one in corrections:
        found = list(_misfits(corrected, one))
        problems.extend(found)
        if not found:
            corrected[one.table] = _corrected(corrected[one.table], one)
            problems.extend(_breakages(corrected[one.table], one))
    if problems:
        raise _refusal(problems)
    return corrected


def _key(table: str) -> str:
    return "source" if table == SOURCES else "id"


def _misfits(tables: Mapping[str, pl.DataFrame], one: Correction) -> Iterator[Problem]:
    if one.table not in tables or one.column not in TABLES[one.table].columns() or one.column == _key(one.table):
        rule = "names no table and column that can be corrected"
        yield Problem(CORRECTIONS, one.line, "column", rule, f"{one.table}.{one.column}")
        return
    held = tables[one.table].filter(pl.col(_key(one.table)) == one.row)
    if held.is_empty():
        yield Problem(CORRECTIONS, one.line, "row", "finds no such row: the source has changed", one.row)
        return
    value = held[one.column].cast(pl.String)[0] or ""
    if value != one.expected:
        yield Problem(CORRECTIONS, one.line, "expected", f"expected {one.expected!r} but the row says", value)
    if one.value and _new_value(one)[0] is None:
        yield Problem(CORRECTIONS, one.line, "value", f"is no value for {one.table}.{one.column}", one.value)


def _new_value(one: Correction) -> pl.Series:
    """The corrected cell, read like a cell of a file; null where it says nothing its column can hold."""
    raw = pl.DataFrame({LINE: [1], one.column: [one.value or None]}, schema={LINE: pl.Int64, one.column: pl.String})
    return cast(raw, TABLES[one.table].columns())[one.column]


def _corrected(rows: pl.DataFrame, one: Correction) -> pl.DataFrame:
    here = pl.col(_key(one.table)) == one.row
    said = f"corrected {one.column} from {one.expected!r}: {one.reason}"
    note = pl.concat_str(pl.col("note"), pl.lit(said), separator="; ", ignore_nulls=True)
    return rows.with_columns(
        pl.when(here)
        .then(pl.lit(_new_value(one)[0], dtype=rows.schema[one.column]))
        .otherwise(pl.col(one.column))
        .alias(one.column),
        pl.when(here).then(note).otherwise(pl.col("note")).alias("note"),
    )


def _breakages(rows: pl.DataFrame, one: Correction) -> Iterator[Problem]:
    """Rules of the table that the corrected row breaks."""
    broken = TABLES[one.table].filter(rows.filter(pl.col(_key(one.table)) == one.row)).failure.counts()
    for rule in sorted(broken):
        yield Problem(CORRECTIONS, one.line, "value", f"breaks {one.table}: {rule}", one.value)
