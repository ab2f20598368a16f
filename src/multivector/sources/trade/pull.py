"""Received files of trade into one folder: read, checked, written, and accounted for; what the command line calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from multivector.sources.networks.pull import Pulled
from multivector.sources.networks.tables import Imported, write_tables
from multivector.sources.trade.icio_rows import IcioRequest, read_icio


def pull_icio(
    files: Sequence[Path], folder: Path, request: IcioRequest, *, tariff: Path | None = None, force: bool = False
) -> Pulled:
    """Read input-output tables and write them as `TABLE.icio.csv` or `.parquet` into `folder`.

    Raises:
        UnknownName: there is no such file.
        WrongRequest: nothing can be read or written there; an earlier import is there and `force` is not given.
        WrongWorld: a file breaks a rule; `problems` lists every one, and nothing is written.
    """
    return _write(read_icio(files, request, tariff=tariff), folder, part="icio", force=force)


def _write(imported: Imported, folder: Path, *, part: str, force: bool) -> Pulled:
    files = write_tables(imported.tables, folder, part=part, force=force)
    return Pulled(files, {table: rows.height for table, rows in imported.tables.items()}, imported.left)
