"""From handed-over files to the default world: tables, sources, a ledger of every fact, and a manifest once valid."""

from __future__ import annotations

import csv
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from multivector.errors import WrongWorld
from multivector.problems import Problem
from multivector.schema import SOURCES, TABLES, column_names
from multivector.sources.handover.actors import DEFINED
from multivector.sources.handover.base import Taken
from multivector.sources.handover.bulk import Bulk
from multivector.sources.handover.gathering import Cells, Gathered, cells_of, content_of, gather
from multivector.world.cells import LINE
from multivector.world.corrections import apply_corrections, read_corrections
from multivector.world.files import read_file
from multivector.world.manifest import CORRECTIONS, world_files, write_manifest
from multivector.world.rules import FILE, broken_declarations, contradictions, oversized_lists, unknown_names

LEDGER: Final = "ledger.csv"
WORLD_FOLDER: Final = "world"
LEDGER_COLUMNS: Final = ("file", "fact", "outcome", "table", "row", "reason")
_NAMING: Final = {"actor": "actors", "source": SOURCES, "leg": "legs", "place": "places"}
_NUMBERS: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger: what became of a fact."""

    file: str
    fact: str
    outcome: str
    table: str
    row: str
    reason: str


def assemble(facts: Path, data: Path) -> tuple[Line, ...]:
    """Build `data/world` and `data/ledger.csv` from the folder of facts; the hand-kept corrections stay.

    Nothing is replaced unless every row of every table is valid.

    Raises:
        WrongWorld: the rows break a rule, or a correction no longer fits; `problems` lists all of them.
    """
    gathered = gather(facts)
    data.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".world-", dir=data))
    try:
        _write_tables(beside, gathered)
        corrections = data / WORLD_FOLDER / CORRECTIONS
        if corrections.exists():
            shutil.copyfile(corrections, beside / CORRECTIONS)
        tables = _read_tables(beside)
        _require_valid(tables)
        _require_corrections(tables, beside)
        write_manifest(beside, complete=True)
        lines = tuple(_ledger(gathered, _ids(gathered, tables)))
        _replace(data / WORLD_FOLDER, beside)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    _write_csv(data / LEDGER, LEDGER_COLUMNS, (_line_cells(line) for line in lines))
    return lines


def _write_tables(folder: Path, gathered: Gathered) -> None:
    folder.chmod(0o755)  # mkdtemp makes it private
    _write_csv(folder / f"{SOURCES}.csv", column_names(SOURCES), _sorted(gathered.sources))
    for table, rows in gathered.rows.items():
        if rows:
            _write_csv(folder / f"{table}.csv", column_names(table), _sorted(rows))
    for bulk in gathered.bulks:
        _write_bulk(folder, bulk)


def _write_bulk(folder: Path, bulk: Bulk) -> None:
    rows = bulk.rows.select(*TABLES[bulk.table].columns()).sort("id")
    rows.write_parquet(folder / f"{bulk.table}.{bulk.part}.parquet", compression="zstd", compression_level=19)


def _sorted(rows: Iterable[Cells]) -> list[Cells]:
    """By content, numbers by size, so that a rebuilt file differs only where a statement does."""
    return sorted(rows, key=lambda cells: [_NUMBERS.sub(lambda digits: digits[0].zfill(12), cell) for cell in cells])


def _write_csv(path: Path, header: Cells, rows: Iterable[Cells]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _read_tables(folder: Path) -> Mapping[str, pl.DataFrame]:
    """Every table as the product reads it, with file and line.

    Raises:
        WrongWorld: a file cannot be read as its table.
    """
    parts: dict[str, list[pl.DataFrame]] = {}
    problems: list[Problem] = []
    for path in world_files(folder):
        reading = read_file(path)
        problems.extend(reading.problems)
        if not reading.problems:
            parts.setdefault(reading.table, []).append(reading.rows.with_columns(pl.lit(path.name).alias(FILE)))
    _refuse(problems)
    return {table: pl.concat(rows) for table, rows in parts.items()}


def _require_valid(tables: Mapping[str, pl.DataFrame]) -> None:
    known = {kind: frozenset(tables[table][kind]) for kind, table in _NAMING.items()}
    problems = [problem for table, rows in tables.items() for problem in _problems(table, rows, known)]
    _refuse([*problems, *_named_twice(tables["actors"])])


def _problems(table: str, rows: pl.DataFrame, known: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    yield from broken_declarations(table, rows)
    yield from unknown_names(table, rows, known)
    yield from contradictions(table, rows)
    if table == "flows":
        yield from oversized_lists(rows)


def _named_twice(actors: pl.DataFrame) -> Iterator[Problem]:
    for file, line, actor in actors.filter(pl.col("actor").is_duplicated()).select(FILE, LINE, "actor").iter_rows():
        yield Problem(file, line, "actor", "names two actors", actor)


def _require_corrections(tables: Mapping[str, pl.DataFrame], folder: Path) -> None:
    apply_corrections({table: rows.drop(LINE, FILE) for table, rows in tables.items()}, read_corrections(folder))


def _refuse(problems: list[Problem]) -> None:
    if problems:
        shown = "\n  ".join(str(problem) for problem in problems[:50])
        raise WrongWorld(f"{len(problems)} problems in the converted facts:\n  {shown}", tuple(problems))


def _ids(gathered: Gathered, tables: Mapping[str, pl.DataFrame]) -> Mapping[tuple[str, Cells], str]:
    """The id of every written row, as read back: the n-th sorted row stands on line n + 2."""
    ids: dict[tuple[str, Cells], str] = {}
    for table, rows in gathered.rows.items():
        if not rows:
            continue
        written = tables[table].filter(pl.col(FILE) == f"{table}.csv").sort(LINE)["id"]
        ids |= {(table, content_of(table, cells)): key for cells, key in zip(_sorted(rows), written, strict=True)}
    return ids


def _ledger(gathered: Gathered, ids: Mapping[tuple[str, Cells], str]) -> Iterator[Line]:
    lines = [_line_in(one, ids) for one in gathered.taken if one.file != DEFINED]
    lines += [Line(one.file, one.fact, "left_out", "", "", one.reason) for one in gathered.left]
    lines += [line for bulk in gathered.bulks for line in _lines_of_bulk(bulk)]
    by_content = {_line_cells(line): line for line in lines}
    for cells in _sorted(by_content):
        yield by_content[cells]


def _line_in(one: Taken, ids: Mapping[tuple[str, Cells], str]) -> Line:
    row = ids[one.table, content_of(one.table, cells_of(one.table, one.row))]
    return Line(one.file, one.fact, "in", one.table, row, "")


def _lines_of_bulk(bulk: Bulk) -> Iterator[Line]:
    """One line a received file; where one table holds several files, each line counts them together."""
    received = bulk.file.split("; ")
    together = f", {len(received)} files together" if len(received) > 1 else ""
    for file in received:
        yield Line(file, "every row", "in", bulk.table, "", f"{bulk.rows.height:,} rows in{together}")


def _line_cells(line: Line) -> Cells:
    return line.file, line.fact, line.outcome, line.table, line.row, line.reason


def _replace(folder: Path, beside: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    beside.rename(folder)
