"""From one file of a world's folder to a typed table, with every problem that stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from multivector.errors import nearest
from multivector.problems import Problem
from multivector.schema import SOURCES, TABLES, column_names
from multivector.world.identity import identify

LARGEST_CSV_BYTES: Final = 64 * 1024 * 1024
LINE: Final = "line"  # of the file, the header being line 1
_MONTH: Final = r"^\d{4}-\d{2}$"
_YEAR: Final = r"^\d{4}$"
_DAY: Final = r"^\d{4}-\d{2}-\d{2}$"
_FORBIDDEN: Final = {
    "starts with '=': a formula is not a statement": "^=",
    "holds a line break or a control character": r"[\x00-\x08\x0a-\x1f]",
}


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A file as read: its rows with ids and line numbers, or why there are none."""

    table: str
    rows: pl.DataFrame
    problems: tuple[Problem, ...]


def table_of(path: Path) -> str:
    """The table a file belongs to: `flows.csv`, `flows.parquet` and `flows.NAME.csv` all hold flows."""
    return path.name.split(".", 1)[0]


def read_file(path: Path) -> Reading:
    """Read one CSV or Parquet file, checked against its table's declaration."""
    table = table_of(path)
    if table not in TABLES:
        known = tuple(f"{name}{path.suffix}" for name in TABLES)
        return _unread(table, Problem(path.name, 0, "", "is no table of a world", "", nearest(path.name, known)))
    if path.suffix == ".parquet":
        return _read_parquet(path, table)
    return _read_csv(path, table)


def _unread(table: str, *problems: Problem) -> Reading:
    return Reading(table=table, rows=pl.DataFrame(), problems=problems)


def _read_parquet(path: Path, table: str) -> Reading:
    try:
        rows = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        return _unread(table, Problem(path.name, 0, "", f"is not a Parquet file: {_first_line(error)}", ""))
    problems = tuple(_header_problems(path, table, [name for name in rows.columns if name != "id"]))
    if problems:
        return _unread(table, *problems)
    dtypes = {name: column.dtype for name, column in TABLES[table].columns().items()}
    typed = rows.select(pl.col(name).cast(dtypes[name]) for name in rows.columns)
    numbered = typed.with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64))
    return _with_ids(table, _complete(table, numbered), ())


def _read_csv(path: Path, table: str) -> Reading:
    size = path.stat().st_size
    header = _header(path)
    problems = tuple(_header_problems(path, table, header))
    if size > LARGEST_CSV_BYTES:
        rule = f"is larger than {LARGEST_CSV_BYTES // 2**20} MB: store large tables as {table}.parquet"
        problems = (*problems, Problem(path.name, 0, "", rule, f"{size // 2**20} MB"))
    if problems:
        return _unread(table, *problems)
    try:
        raw = pl.read_csv(path, infer_schema=False, null_values=[""], encoding="utf8")
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        return _unread(table, Problem(path.name, 0, "", f"is not a UTF-8 CSV file: {_first_line(error)}", ""))
    raw = raw.with_row_index(LINE, offset=2).with_columns(pl.col(LINE).cast(pl.Int64))
    found = list(_cell_problems(path, raw))
    typed, uncast = _cast(path, table, raw)
    reading = _with_ids(table, _complete(table, typed), (*found, *uncast))
    return Reading(table, reading.rows, (*reading.problems, *_stale_ids(path, table, typed)))


def _stale_ids(path: Path, table: str, rows: pl.DataFrame) -> Iterator[Problem]:
    """An id that a file carries must be that of its row: an edited row is another statement."""
    if "id" not in rows.columns:
        return
    computed = identify(table, _complete(table, rows.drop("id")))
    stale = rows.with_columns(computed=computed["id"]).filter(pl.col("id") != pl.col("computed"))
    for line, given in stale.select(LINE, "id").iter_rows():
        yield Problem(path.name, line, "id", "is not the id of this row: leave the column out", given or "")


def _header(path: Path) -> list[str]:
    with path.open("rb") as file:
        first = file.readline(65_536)
    text = first.decode("utf-8", errors="replace").lstrip("\ufeff").strip()
    return [name.strip().strip('"') for name in text.split(",")] if text else []


def _header_problems(path: Path, table: str, header: list[str]) -> Iterator[Problem]:
    known = column_names(table) if table == SOURCES else ("id", *column_names(table))
    if not header:
        yield Problem(path.name, 1, "", f"is empty: the first line names the columns: {', '.join(known)}", "")
        return
    unknown = [name for name in header if name not in known]
    missing = [name for name in column_names(table) if name not in header and _must_be_given(table, name)]
    for name in unknown[:20]:
        yield Problem(path.name, 1, "", f"is no column of {table}", name[:60], nearest(name, known))
    for name in missing:
        yield Problem(path.name, 1, name, f"column is missing: {TABLES[table].columns()[name].description}", "")
    if len(set(header)) < len(header):
        yield Problem(path.name, 1, "", "names a column twice", "")


def _must_be_given(table: str, name: str) -> bool:
    column = TABLES[table].columns()[name]
    return not column.nullable and "default" not in (column.metadata or {})


def _cell_problems(path: Path, raw: pl.DataFrame) -> Iterator[Problem]:
    for rule, pattern in _FORBIDDEN.items():
        found = raw.select(pl.exclude(LINE).str.contains(pattern).any()).row(0, named=True)
        for name in (name for name, is_found in found.items() if is_found):
            for line, value in raw.filter(pl.col(name).str.contains(pattern)).select(LINE, name).iter_rows():
                yield Problem(path.name, line, name, rule, value[:60])


def _cast(path: Path, table: str, raw: pl.DataFrame) -> tuple[pl.DataFrame, list[Problem]]:
    dtypes = {name: column.dtype for name, column in TABLES[table].columns().items()}
    names = [name for name in raw.columns if name != LINE]
    typed = raw.select(LINE, *(_cast_cell(name, dtypes[name], coarse=name == "published") for name in names))
    problems = [
        Problem(path.name, line, name, f"is not {_wanted(dtypes[name])}", value[:60])
        for name in names
        if _lost(raw[name], typed[name])
        for line, value in _uncast(raw, typed, name)
    ]
    if "value" in names and "decimals" in dtypes and "decimals" not in names:
        typed = typed.with_columns(decimals=_printed_decimals(raw["value"]))
    return typed, problems


def _cast_cell(name: str, dtype: pl.DataType, *, coarse: bool) -> pl.Expr:
    cell = pl.col(name)
    if dtype == pl.Date:
        return _as_date(cell, coarse=coarse).alias(name)
    if dtype == pl.Boolean:
        words = {"true": True, "false": False}
        return cell.replace_strict(words, default=None, return_dtype=pl.Boolean)
    if dtype == pl.Float64:
        number = cell.cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number).alias(name)
    return cell.cast(dtype, strict=False)


def _as_date(text: pl.Expr, *, coarse: bool) -> pl.Expr:
    # strptime alone would take "2023-1-5" or trailing blanks
    day = pl.when(text.str.contains(_DAY)).then(text).str.to_date("%Y-%m-%d", strict=False)
    if not coarse:
        return day
    month = pl.when(text.str.contains(_MONTH)).then(text + "-01").str.to_date("%Y-%m-%d", strict=False).dt.month_end()
    year = pl.when(text.str.contains(_YEAR)).then(text + "-12-31").str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(day, month, year)


def _lost(raw: pl.Series, typed: pl.Series) -> bool:
    return typed.null_count() > raw.null_count()


def _uncast(raw: pl.DataFrame, typed: pl.DataFrame, name: str) -> Iterator[tuple[int, str]]:
    bad = raw.select(LINE, name, gone=typed[name].is_null()).filter(pl.col(name).is_not_null() & pl.col("gone"))
    yield from bad.select(LINE, name).iter_rows()


def _printed_decimals(values: pl.Series) -> pl.Series:
    after_point = values.str.extract(r"\.(\d+)$").str.len_chars().cast(pl.Int64)
    frame = pl.DataFrame({"digits": after_point, "printed": values})
    return frame.select(
        decimals=pl.when(pl.col("digits").is_not_null())
        .then(pl.col("digits").clip(upper_bound=12))
        .when(pl.col("printed").is_not_null())
        .then(0)
    ).to_series()


def _wanted(dtype: pl.DataType) -> str:
    if dtype == pl.Date:
        return "a day such as 2023-11-20"
    if dtype == pl.Boolean:
        return "true or false"
    return "a whole number" if dtype == pl.Int64 else "a finite number with a decimal point and no separators"


def _complete(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the columns that a file may leave out: null, or the default that the schema declares."""
    columns = TABLES[table].columns()
    absent = [name for name in column_names(table) if name not in rows.columns]
    return rows.with_columns(
        pl.lit((columns[name].metadata or {}).get("default"), dtype=columns[name].dtype).alias(name) for name in absent
    )


def _with_ids(table: str, rows: pl.DataFrame, problems: tuple[Problem, ...]) -> Reading:
    if table == SOURCES:
        return Reading(table=table, rows=rows.select(LINE, *column_names(table)), problems=problems)
    if "id" not in rows.columns:
        rows = identify(table, rows)
    return Reading(table=table, rows=rows.select(LINE, *TABLES[table].columns()), problems=problems)


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
