"""A CSV file as text cells with the lines they stand on, and every line that is not one row of cells."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from multivector.problems import Problem, first
from multivector.world.cells import LINE

LONGEST_CELL: Final = 1_000_000  # a cell past its column's length is named; past this one, its line is


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Text cells, one row a record, with the line each starts on; an empty cell is null."""

    cells: pl.DataFrame
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Sheet:
    """What has been read so far."""

    header: list[str]
    starts: list[int] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


csv.field_size_limit(LONGEST_CELL)


def read_lines(file: str, content: bytes) -> Lines:
    """Read a CSV file record by record; a broken record is named and the next ones are still read."""
    text = content.decode("utf-8-sig", errors="surrogateescape")
    # a carriage return alone ends no line here: it is a control character, and will be named as one
    raw = re.sub(r"\r(?!\n)", "\x0b", text).split("\n")
    reader = csv.reader(f"{line}\n" for line in raw)
    sheet = _Sheet(header=next(reader, []))
    start = reader.line_num
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            sheet.problems.append(Problem(file, start + 1, "", f"is not CSV: {error}", ""))
            start = reader.line_num
            continue
        _take(sheet, file, cells, "\n".join(raw[start : reader.line_num]), start + 1)
        start = reader.line_num
    return Lines(cells=_frame(sheet), problems=tuple(first(sheet.problems)))


def _take(sheet: _Sheet, file: str, cells: list[str], printed: str, line: int) -> None:
    if not cells:
        return  # a blank line says nothing
    problem = _broken(sheet, file, cells, printed, line)
    if problem is not None:
        sheet.problems.append(problem)
        return
    sheet.starts.append(line)
    sheet.rows.append([cell.replace("\x0b", "\r") or None for cell in cells])


def _broken(sheet: _Sheet, file: str, cells: list[str], printed: str, line: int) -> Problem | None:
    shown = printed.strip().encode("utf-8", errors="replace").decode("utf-8")[:60]
    if any("\udc80" <= character <= "\udcff" for character in printed):
        return Problem(file, line, "", "is not UTF-8 text", shown)
    if printed.count('"') % 2:
        return Problem(file, line, "", "has a quotation mark without its pair: double it and quote the cell", shown)
    if len(cells) != len(sheet.header):
        return Problem(file, line, "", f"has {len(cells)} cells where the header names {len(sheet.header)}", shown)
    return None


def _frame(sheet: _Sheet) -> pl.DataFrame:
    schema = dict.fromkeys(sheet.header, pl.String)
    frame = pl.DataFrame(sheet.rows, schema=schema, orient="row")
    return frame.insert_column(0, pl.Series(LINE, sheet.starts, dtype=pl.Int64))
