"""From the text of a cell to a value of its column's type, and what is wrong with cells that have none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

import dataframely as dy
import polars as pl

from multivector.problems import Problem

LINE: Final = "line"  # of the file, the header being line 1
_MONTH: Final = r"^\d{4}-\d{2}$"
_YEAR: Final = r"^\d{4}$"
_DAY: Final = r"^\d{4}-\d{2}-\d{2}$"
_MOST_DECIMALS: Final = 12
_FORBIDDEN: Final = {
    "starts with '=': a formula is not a statement": "^=",
    "holds a line break or a control character": r"[\x00-\x08\x0a-\x1f\x7f-\x9f]",
}


def forbidden(file: str, rows: pl.DataFrame) -> Iterator[Problem]:
    """Text cells that a spreadsheet would run or a terminal obey."""
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    for rule, pattern in _FORBIDDEN.items():
        found = rows.select(pl.col(texts).str.contains(pattern).any()).row(0, named=True) if texts else {}
        for name in (name for name, is_found in found.items() if is_found):
            for line, value in rows.filter(pl.col(name).str.contains(pattern)).select(LINE, name).iter_rows():
                yield Problem(file, line, name, rule, value[:60])


def cast(raw: pl.DataFrame, columns: Mapping[str, dy.Column]) -> pl.DataFrame:
    """Every text column as its declared type; a cell that has no value of that type becomes null."""
    names = [name for name in raw.columns if name != LINE]
    typed = raw.select(LINE, *(_cast(name, columns[name].dtype, coarse=name == "published") for name in names))
    if "value" in names and "decimals" in columns and "decimals" not in names:
        return typed.with_columns(decimals=printed_decimals(raw["value"]))
    return typed


def uncast(file: str, raw: pl.DataFrame, typed: pl.DataFrame, columns: Mapping[str, dy.Column]) -> Iterator[Problem]:
    """The cells that said something and became null."""
    for name in raw.columns:
        if name != LINE and typed[name].null_count() > raw[name].null_count():
            gone = raw.select(LINE, name, gone=typed[name].is_null()).filter(
                pl.col(name).is_not_null() & pl.col("gone")
            )
            for line, value, _ in gone.iter_rows():
                yield Problem(file, line, name, f"is not {wanted(columns[name].dtype)}", value[:60])


def _cast(name: str, dtype: pl.DataType, *, coarse: bool) -> pl.Expr:
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


def printed_decimals(values: pl.Series) -> pl.Series:
    """Digits after the decimal point of printed figures: 2 of 15.20, 4 of 2.5e-3."""
    return pl.Series(values.name, [_decimals(printed) for printed in values], dtype=pl.Int64)


def _decimals(printed: str | float | None) -> int | None:
    try:
        exponent = Decimal(str(printed)).as_tuple().exponent if printed is not None else None
    except InvalidOperation:
        return None
    return min(max(-exponent, 0), _MOST_DECIMALS) if isinstance(exponent, int) else None


def wanted(dtype: pl.DataType) -> str:
    """What a column holds, in words."""
    if dtype == pl.Date:
        return "a day such as 2023-11-20"
    if dtype == pl.Boolean:
        return "true or false"
    if dtype == pl.String:
        return "text"
    return "a whole number" if dtype == pl.Int64 else "a finite number with a decimal point and no separators"
