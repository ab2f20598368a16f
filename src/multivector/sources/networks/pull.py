"""One received file into one folder: read, checked, written, and accounted for; what the command line calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from multivector.sources.handover.base import Left
from multivector.sources.networks.gem import read_gem
from multivector.sources.networks.legs_file import read_legs_file
from multivector.sources.networks.tables import Imported, write_tables


@dataclass(frozen=True, slots=True)
class Pulled:
    """The files written, how many rows each table got, and what stayed out with its reason."""

    files: tuple[Path, ...]
    rows: Mapping[str, int]
    left: tuple[Left, ...]


def pull_gem(
    file: Path, folder: Path, *, touching: Iterable[str] = (), force: bool = False, accessed: dt.date | None = None
) -> Pulled:
    """Read a file or folder of the pipeline trackers and write it as `TABLE.gem.csv` into `folder`.

    Raises:
        UnknownName: there is no such file, or no such actor in `touching`.
        WrongRequest: nothing can be read or written there; an earlier import is there and `force` is not given.
        WrongWorld: the file breaks a rule; `problems` lists every one, and nothing is written.
    """
    return _write(read_gem(file, touching=touching, accessed=accessed), folder, part="gem", force=force)


def pull_legs(file: Path, folder: Path, *, force: bool = False, accessed: dt.date | None = None) -> Pulled:
    """Read a user's file of legs and write it as `TABLE.legs.csv` into `folder`.

    Raises:
        UnknownName: there is no such file.
        WrongRequest: nothing can be read or written there; an earlier import is there and `force` is not given.
        WrongWorld: the file breaks a rule; `problems` lists every one, and nothing is written.
    """
    return _write(read_legs_file(file, accessed=accessed), folder, part="legs", force=force)


def _write(imported: Imported, folder: Path, *, part: str, force: bool) -> Pulled:
    files = write_tables(imported.tables, folder, part=part, force=force)
    return Pulled(files, {table: rows.height for table, rows in imported.tables.items()}, imported.left)
