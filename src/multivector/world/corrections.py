"""Judgement about received rows, kept apart from them: what is corrected, from what, to what, why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from multivector.errors import WrongWorld
from multivector.problems import Problem
from multivector.schema import SOURCES, TABLES
from multivector.world.manifest import CORRECTIONS

COLUMNS = ("table", "row", "column", "expected", "value", "reason", "link", "day")


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
        WrongWorld: the file has other columns, or a correction gives no reason.
    """
    path = folder / CORRECTIONS
    if not path.exists():
        return ()
    rows = pl.read_csv(path, infer_schema=False, null_values=[""])
    if tuple(rows.columns) != COLUMNS:
        raise WrongWorld(f"{path.name}: columns are {', '.join(rows.columns)}; expected {', '.join(COLUMNS)}")
    found = [_correction(line, row) for line, row in enumerate(rows.iter_rows(named=True), start=2)]
    unreasoned = [one for one in found if not one.reason]
    if unreasoned:
        raise WrongWorld(f"{path.name}:{unreasoned[0].line}: a correction needs a reason")
    return tuple(found)


def _correction(line: int, row: dict[str, str | None]) -> Correction:
    cells = {name: row[name] or "" for name in COLUMNS if name != "day"}
    return Correction(line=line, **cells)


def apply_corrections(tables: dict[str, pl.DataFrame], corrections: tuple[Correction, ...]) -> dict[str, pl.DataFrame]:
    """The tables with every correction made.

    Raises:
        WrongWorld: a correction finds no row, or not the value it expects: the source has changed.
    """
    corrected, problems = dict(tables), []
    for one in corrections:
        problem = _mismatch(corrected, one)
        if problem:
            problems.append(problem)
        else:
            corrected[one.table] = _corrected(corrected[one.table], one)
    if problems:
        raise WrongWorld(f"{len(problems)} corrections no longer fit; first: {problems[0]}", tuple(problems))
    return corrected


def _key(table: str) -> str:
    return "source" if table == SOURCES else "id"


def _mismatch(tables: dict[str, pl.DataFrame], one: Correction) -> Problem | None:
    if one.table not in tables or one.column not in TABLES[one.table].columns():
        return Problem(CORRECTIONS, one.line, "column", "names no such table and column", f"{one.table}.{one.column}")
    held = tables[one.table].filter(pl.col(_key(one.table)) == one.row)
    if held.is_empty():
        return Problem(CORRECTIONS, one.line, "row", "finds no such row: the source has changed", one.row)
    value = held[one.column].cast(pl.String)[0] or ""
    if value != one.expected:
        return Problem(CORRECTIONS, one.line, "expected", f"expected {one.expected!r} but the row says", value)
    return None


def _corrected(rows: pl.DataFrame, one: Correction) -> pl.DataFrame:
    here = pl.col(_key(one.table)) == one.row
    value = pl.lit(one.value or None).cast(rows.schema[one.column])
    said = f"corrected {one.column} from {one.expected!r}: {one.reason}"
    note = pl.concat_str(pl.col("note"), pl.lit(said), separator="; ", ignore_nulls=True)
    return rows.with_columns(
        pl.when(here).then(value).otherwise(pl.col(one.column)).alias(one.column),
        pl.when(here).then(note).otherwise(pl.col("note")).alias("note"),
    )
