"""From one file of a world's folder to a typed table, with every problem that stands in the way."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from multivector.errors import nearest
from multivector.problems import Problem, first
from multivector.schema import SOURCES, TABLES, column_names
from multivector.world.cells import LINE, cast, forbidden, printed_decimals, uncast, wanted
from multivector.world.csvtext import read_lines
from multivector.world.identity import identify

LARGEST_CSV_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A file as read: its rows with ids and line numbers, or why there are none."""

    table: str
    rows: pl.DataFrame
    problems: tuple[Problem, ...]


def table_of(path: Path) -> str:
    """The table a file belongs to: `flows.csv`, `flows.parquet` and `flows.NAME.csv` all hold flows."""
    return path.name.split(".", 1)[0]


def read_certified(path: Path) -> pl.DataFrame:
    """The rows of a CSV file whose bytes have been checked before."""
    table = table_of(path)
    raw = pl.read_csv(path, infer_schema=False, null_values=[""], encoding="utf8", glob=False)
    numbered = raw.with_row_index(LINE, offset=2).with_columns(pl.col(LINE).cast(pl.Int64))
    return _identified(table, _complete(table, cast(numbered, TABLES[table].columns()))).drop(LINE)


def read_file(path: Path) -> Reading:
    """Read one CSV or Parquet file, checked cell by cell against its table's declaration."""
    table = table_of(path)
    if table not in TABLES:
        known = tuple(f"{name}{path.suffix}" for name in TABLES)
        return _unread(table, Problem(path.name, 0, "", "is no table of a world", "", nearest(path.name, known)))
    if not path.is_file():
        return _unread(table, Problem(path.name, 0, "", "is no file that can be read", ""))
    return _read_parquet(path, table) if path.suffix == ".parquet" else _read_csv(path, table)


def _unread(table: str, *problems: Problem) -> Reading:
    return Reading(table=table, rows=pl.DataFrame(), problems=problems)


def _read_csv(path: Path, table: str) -> Reading:
    with path.open("rb") as file:
        first_line = file.readline(65_536)
    problems = [*_quoting_problems(path, first_line), *_header_problems(path, table, _header(first_line))]
    size = path.stat().st_size
    if size > LARGEST_CSV_BYTES:
        rule = f"is larger than {LARGEST_CSV_BYTES // 2**20} MB: store large tables as {table}.parquet"
        problems.append(Problem(path.name, 0, "", rule, f"{size // 2**20} MB"))
    if problems:
        return _unread(table, *problems)
    lines = read_lines(path.name, path.read_bytes())
    columns = TABLES[table].columns()
    typed = cast(lines.cells, columns)
    cells = (forbidden(path.name, lines.cells), uncast(path.name, lines.cells, typed, columns))
    found = [*lines.problems, *(problem for kind in cells for problem in first(kind))]
    return _read(path, table, typed, found)


def _header(first_line: bytes) -> list[str]:
    text = first_line.decode("utf-8", errors="replace").lstrip("\ufeff").strip("\r\n")
    return next(csv.reader([text]), []) if text.strip() and "\x00" not in text else [text] if text.strip() else []


def _header_problems(path: Path, table: str, header: Sequence[str]) -> Iterator[Problem]:
    known = column_names(table) if table == SOURCES else ("id", *column_names(table))
    if not header:
        yield Problem(path.name, 1, "", f"is empty: the first line names the columns: {', '.join(known)}", "")
        return
    for name in [name for name in header if name not in known][:20]:
        yield Problem(path.name, 1, "", f"is no column of {table}", name[:60], nearest(name.strip(), known))
    for name in column_names(table):
        if name not in header and _must_be_given(table, name):
            yield Problem(path.name, 1, name, f"column is missing: {TABLES[table].columns()[name].description}", "")
    if len(set(header)) < len(header):
        yield Problem(path.name, 1, "", "names a column twice", "")


def _quoting_problems(path: Path, first_line: bytes) -> Iterator[Problem]:
    if first_line.count(b'"') % 2:
        yield Problem(path.name, 1, "", "has a quotation mark without its pair", "")


def _must_be_given(table: str, name: str) -> bool:
    column = TABLES[table].columns()[name]
    return not column.nullable and "default" not in (column.metadata or {})


def _read_parquet(path: Path, table: str) -> Reading:
    try:
        rows = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        return _unread(table, Problem(path.name, 0, "", f"is not a Parquet file: {_first_line(error)}", ""))
    problems = [*_header_problems(path, table, rows.columns), *_type_problems(path, table, rows)]
    if problems:
        return _unread(table, *problems)
    dtypes = {name: column.dtype for name, column in TABLES[table].columns().items()}
    typed = rows.select(pl.col(name).cast(dtypes[name]) for name in rows.columns)
    numbered = typed.with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64))
    if "decimals" in dtypes and "decimals" not in rows.columns:
        numbered = numbered.with_columns(decimals=printed_decimals(numbered["value"]))
    return _read(path, table, numbered, [*first(forbidden(path.name, numbered))])


def _type_problems(path: Path, table: str, rows: pl.DataFrame) -> Iterator[Problem]:
    """Columns of a Parquet file that do not hold what they should; nothing is read out of words or records."""
    for name in rows.columns:
        column = TABLES[table].columns().get(name)
        if column is not None and not _fits(rows[name], column.dtype):
            yield Problem(path.name, 0, name, f"holds {rows[name].dtype} where {wanted(column.dtype)} is due", "")


def _fits(cells: pl.Series, dtype: pl.DataType) -> bool:
    held = cells.dtype
    if held in {pl.Null, dtype}:
        return True
    if dtype == pl.String:
        return isinstance(held, pl.Categorical | pl.Enum)
    if dtype == pl.Date:
        return isinstance(held, pl.Datetime)
    whole = held.is_integer() or (held.is_float() and bool((cells.drop_nulls() % 1 == 0).all()))
    return (dtype == pl.Float64 and held.is_numeric()) or (dtype == pl.Int64 and whole)


def _read(path: Path, table: str, typed: pl.DataFrame, problems: Sequence[Problem]) -> Reading:
    rows = _identified(table, _complete(table, typed))
    stale = _stale_ids(path, typed, rows) if table != SOURCES and "id" in typed.columns else ()
    return Reading(table=table, rows=rows, problems=(*problems, *first(stale)))


def _complete(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the columns that a file may leave out: null, or the default that the schema declares."""
    columns = TABLES[table].columns()
    absent = [name for name in column_names(table) if name not in rows.columns]
    return rows.with_columns(
        pl.lit((columns[name].metadata or {}).get("default"), dtype=columns[name].dtype).alias(name) for name in absent
    )


def _identified(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in the order of the schema, each with its id: the one it carries, else the one it has."""
    if table == SOURCES:
        return rows.select(LINE, *column_names(table))
    if "id" not in rows.columns:
        return identify(table, rows).select(LINE, *TABLES[table].columns())
    if rows["id"].null_count():
        computed = identify(table, rows.drop("id"))["id"]
        rows = rows.with_columns(id=pl.coalesce("id", computed))
    return rows.select(LINE, *TABLES[table].columns())


def _stale_ids(path: Path, typed: pl.DataFrame, rows: pl.DataFrame) -> Iterator[Problem]:
    """An id that a file carries must be that of its row: an edited row is another statement."""
    computed = identify(table_of(path), rows.drop("id"))["id"]
    stale = rows.select(LINE, "id", computed=computed, given=typed["id"]).filter(
        pl.col("given").is_not_null() & (pl.col("given") != pl.col("computed"))
    )
    for line, given in stale.select(LINE, "given").iter_rows():
        yield Problem(path.name, line, "id", "is not the id of this row: leave the column out", given)


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
