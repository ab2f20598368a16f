"""Tables on their way out: CSV that no spreadsheet executes, JSON without NaN, and columns for a person."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from multivector.errors import WrongRequest

_RISKY: Final = r"^[=+\-@\t\r]"
_WIDEST: Final = 46


def as_csv(table: pl.DataFrame, *, raw: bool = False) -> str:
    """CSV text. Cells that a spreadsheet would run get a leading apostrophe, unless `raw`; numbers stay numbers."""
    flat = table.with_columns(
        pl.col(name).list.join(" ") for name, dtype in table.schema.items() if isinstance(dtype, pl.List)
    )
    return (flat if raw else _defused(flat)).write_csv()


def _defused(table: pl.DataFrame) -> pl.DataFrame:
    texts = [name for name, dtype in table.schema.items() if dtype == pl.String]
    return table.with_columns(
        pl.when(pl.col(name).str.contains(_RISKY)).then(pl.lit("'") + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    )


def as_records(table: pl.DataFrame) -> list[dict[str, object]]:
    """The lines of a table as plain data; null stays null, days are ISO dates."""
    return [{name: plain(value) for name, value in row.items()} for row in table.iter_rows(named=True)]


def plain(value: object) -> object:
    """A value that JSON can hold."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def as_json(data: object) -> str:
    """JSON text; NaN and infinities are refused."""
    return json.dumps(plain(data), ensure_ascii=False, allow_nan=False, indent=1)


def as_columns(table: pl.DataFrame) -> str:
    """Aligned columns for a person: floats to four digits, long cells cut, list columns as their length."""
    if table.is_empty():
        return "no rows"
    cells = [list(table.columns)]
    cells.extend([_cell(value) for value in row] for row in table.iter_rows())
    widths = [max(len(row[place]) for row in cells) for place in range(len(table.columns))]
    numeric = [dtype.is_numeric() for dtype in table.schema.values()]
    lines = ["  ".join(_padded(*cell) for cell in zip(row, widths, numeric, strict=True)).rstrip() for row in cells]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def _padded(cell: str, width: int, numeric: bool) -> str:  # noqa: FBT001 - one of three parallel lists
    return cell.rjust(width) if numeric else cell.ljust(width)


def _cell(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e6 else f"{value:,.0f}"  # noqa: PLR2004 - where exponents would start
    if isinstance(value, list):
        return f"{len(value)} rows"
    # control characters and direction marks are shown, never obeyed
    text = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in str(value))
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def write_file(path: Path, text: str, *, force: bool) -> None:
    """Write text to a file, whole or not at all.

    Raises:
        WrongRequest: the file exists and `force` is not given, or it cannot be written.
    """
    if _exists(path) and not force:
        raise WrongRequest(f"{path} exists; give another name, or --force to replace it")
    beside = path.with_name(f".{path.name[:60]}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise WrongRequest(f"cannot write {path}: {error.strerror}") from error


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long: writing will say so
        return False
