"""How a world is written: whole, in a folder made beside the target and moved into place."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from multivector.errors import WrongRequest
from multivector.schema import column_names
from multivector.world.manifest import write_manifest

if TYPE_CHECKING:
    from multivector.world.world import World

LARGEST_CSV_ROWS: Final = 20_000


def save_world(world: World, folder: Path, *, force: bool) -> Path:
    """Write every table and a manifest; see `World.save`."""
    if folder.exists() and not force:
        raise WrongRequest(f"{folder} exists; give another name, or --force to replace it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for table, rows in world.tables.items():
            write_table(beside, table, rows.collect())
        write_manifest(beside, complete=True, day=world.day)
        _move(beside, folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return folder


def write_table(folder: Path, table: str, rows: pl.DataFrame, *, part: str = "") -> None:
    """Write one table: CSV where a person will read it, Parquet where it is large."""
    if rows.is_empty():
        return
    stem = f"{table}.{part}" if part else table
    if rows.height > LARGEST_CSV_ROWS:
        rows.write_parquet(folder / f"{stem}.parquet", compression="zstd", compression_level=19)
    else:
        rows.select(*(name for name in ("id",) if name in rows.columns), *column_names(table)).write_csv(
            folder / f"{stem}.csv"
        )


def _move(beside: Path, folder: Path) -> None:
    for path in beside.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        folder.rename(old / "world")
        beside.rename(folder)
        shutil.rmtree(old)
    else:
        beside.rename(folder)
