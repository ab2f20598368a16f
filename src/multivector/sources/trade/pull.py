"""Received files of trade into one folder: read, checked, written, and accounted for; what the command line calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from multivector.sources.networks.pull import Pulled
from multivector.sources.networks.tables import Imported, write_tables
from multivector.sources.trade.baci import read_baci
from multivector.sources.trade.comtrade import read_comtrade
from multivector.sources.trade.eurostat import read_eurostat
from multivector.sources.trade.flow_rows import CustomsRequest
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


def pull_baci(
    files: Sequence[Path], folder: Path, request: CustomsRequest, *, countries: Path | None = None, force: bool = False
) -> Pulled:
    """Read yearly files of BACI and write them as `TABLE.baci.csv` or `.parquet` into `folder`.

    Raises:
        UnknownName: there is no such file, or no such actor in `request.touching`.
        WrongRequest: nothing can be read or written there; an earlier import is there and `force` is not given.
        WrongWorld: a file breaks a rule; `problems` lists every one, and nothing is written.
    """
    return _write(read_baci(files, request, countries=countries), folder, part="baci", force=force)


def pull_comtrade(files: Sequence[Path], folder: Path, request: CustomsRequest, *, force: bool = False) -> Pulled:
    """Read files of UN Comtrade and write them as `TABLE.comtrade.csv` or `.parquet` into `folder`.

    Raises:
        UnknownName: there is no such file, or no such actor in `request.touching`.
        WrongRequest: nothing can be read or written there; an earlier import is there and `force` is not given.
        WrongWorld: a file breaks a rule; `problems` lists every one, and nothing is written.
    """
    return _write(read_comtrade(files, request), folder, part="comtrade", force=force)


def pull_eurostat(files: Sequence[Path], folder: Path, request: CustomsRequest, *, force: bool = False) -> Pulled:
    """Read files of Comext and write them as `TABLE.eurostat.csv` or `.parquet` into `folder`.

    Raises:
        UnknownName: there is no such file, or no such actor in `request.touching`.
        WrongRequest: nothing can be read or written there; an earlier import is there and `force` is not given.
        WrongWorld: a file breaks a rule; `problems` lists every one, and nothing is written.
    """
    return _write(read_eurostat(files, request), folder, part="eurostat", force=force)


def _write(imported: Imported, folder: Path, *, part: str, force: bool) -> Pulled:
    files = write_tables(imported.tables, folder, part=part, force=force)
    return Pulled(files, {table: rows.height for table, rows in imported.tables.items()}, imported.left)
