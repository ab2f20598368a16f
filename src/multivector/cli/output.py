"""What every command shares: options, opening a world, and how data leave: to stdout or to a file."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

# Everything that reads tables is imported where it is used: --help answers before they are loaded.
if TYPE_CHECKING:
    import polars as pl

    from multivector.result import Result
    from multivector.world import World

AsOf = Annotated[dt.date | None, Parameter(help="use only what was published by this day: 2023-11-20")]
WorldFolder = Annotated[Path | None, Parameter(name="--world", help="folder of CSV files laid over the default world")]
Out = Annotated[Path | None, Parameter(help="write to this file instead of stdout")]
Force = Annotated[bool, Parameter(negative="", help="replace a file that exists")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="print JSON")]
AsCsv = Annotated[
    bool, Parameter(name="--csv", negative="", help="print CSV, cells that a spreadsheet would run escaped")
]
Raw = Annotated[bool, Parameter(negative="", help="print CSV cells as they are")]


def open_world(folder: Path | None, as_of: dt.date | None) -> World:
    """The default world, with a folder laid over it, as it could be known on a day."""
    from multivector.world import World

    opened = World.open(folder)
    return opened if as_of is None else opened.as_of(as_of)


def world_options(as_of: dt.date | None, folder: Path | None) -> str:
    """The words that open the same world again, for the commands printed beside figures."""
    return f"{f' --as-of {as_of}' if as_of else ''}{f' --world {folder}' if folder else ''}"


def emit_table(lines: pl.DataFrame, out: Path | None, *, csv: bool, raw: bool, force: bool) -> None:
    """A table: columns for a person at a terminal, else CSV."""
    from multivector.printing import as_columns, as_csv

    for_a_person = not csv and not raw and out is None and sys.stdout.isatty()
    emit(as_columns(lines) if for_a_person else as_csv(lines, raw=raw), out, force=force)


def emit(text: str, out: Path | None, *, force: bool) -> None:
    """Text to stdout, or to a file."""
    if out is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    from multivector.printing import write_file

    write_file(out, text, force=force)
    say(f"wrote {out}")


def say(words: str) -> None:
    """Words for the person, apart from the data."""
    sys.stderr.write(f"{words}\n")


def emit_lines(  # noqa: PLR0913 - how lines may leave
    lines: pl.DataFrame, out: Path | None, *, json: bool, csv: bool, raw: bool, force: bool
) -> None:
    """A comparison: rows as JSON with their facts, or a table without."""
    if json:
        from multivector.printing import as_json, as_records

        emit(as_json(as_records(lines)), out, force=force)
        return
    emit_table(lines.drop("facts", "facts_after"), out, csv=csv, raw=raw, force=force)


def emit_answer(  # noqa: PLR0913 - what an answer is made of
    result: Result, table: str, lines: pl.DataFrame, data_hash: str, out: Path | None, *, force: bool
) -> None:
    """A table of an answer as JSON, with parameters, caveats and methods."""
    from multivector.printing import as_json, as_records

    data = {
        "lens": result.lens,
        "params": result.params.model_dump(mode="json"),
        "table": table,
        "rows": as_records(lines),
        "caveats": result.caveats,
        "methods": result.methods,
        "data_hash": data_hash,
    }
    emit(as_json(data), out, force=force)


def emit_result(  # noqa: PLR0913 - how an answer may leave
    result: Result, table: str, data_hash: str, out: Path | None, *, json: bool, csv: bool, raw: bool, force: bool
) -> None:
    """A table of an answer: JSON with everything beside it, or the table, and its caveats as words."""
    lines = result.facts if table == "facts" else result.tables[table]
    if json:
        emit_answer(result, table, lines, data_hash, out, force=force)
        return
    emit_table(lines, out, csv=csv, raw=raw, force=force)
    for caveat in result.caveats:
        say(f"note: {caveat}")
