"""How a world is written: whole, in a folder made beside the target and moved into place."""

from __future__ import annotations

import os
import shutil
import tempfile
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from multivector.errors import WrongRequest
from multivector.schema import column_names
from multivector.world.manifest import MANIFEST, write_manifest

if TYPE_CHECKING:
    from multivector.world.world import World

LARGEST_CSV_ROWS: Final = 20_000
_ASIDE: Final = ".{}-old-"


def save_world(world: World, folder: Path, *, force: bool) -> Path:
    """Write every table and a manifest; see `World.save`."""
    recover(folder)
    try:
        _require_free(folder, force=force)
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name[:40]}-", dir=folder.parent))
    except OSError as error:
        raise WrongRequest(f"cannot write {folder}: {error.strerror}") from error
    try:
        for table, rows in world.tables.items():
            write_table(beside, table, rows.collect())
        write_manifest(beside, complete=True, day=world.day)
        _move(beside, folder, force=force)
    except OSError as error:
        raise WrongRequest(f"cannot write {folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _require_free(folder: Path, *, force: bool) -> None:
    if folder.exists() and not force:
        raise WrongRequest(f"{folder} exists; give another name, or --force to replace it")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).exists():
        raise WrongRequest(f"{folder} holds something that is no saved world: it is not replaced")


def recover(folder: Path) -> None:
    """Put a world back that a save set aside and never replaced: it was killed between its two renames."""
    try:
        if folder.exists() or not folder.parent.is_dir():
            return
        aside = sorted(folder.parent.glob(escape(_ASIDE.format(folder.name[:40])) + "*/" + escape(folder.name)))
        if aside:
            aside[-1].rename(folder)
            shutil.rmtree(aside[-1].parent)
    except (OSError, ValueError):  # whatever is wrong with the place, opening it will say so
        return


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


def _move(beside: Path, folder: Path, *, force: bool) -> None:
    for path in beside.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    beside.chmod(0o777 & ~_mask())  # as any folder that the user makes; mkdtemp shuts others out
    _require_free(folder, force=force)  # another writer may have finished meanwhile
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=_ASIDE.format(folder.name[:40]), dir=folder.parent))
        folder.rename(old / folder.name)
        beside.rename(folder)
        # half deleted it must not be taken for a world that waits to be put back
        (old / folder.name).rename(old / f"{folder.name[:40]}.replaced")
        shutil.rmtree(old)
    else:
        beside.rename(folder)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Make renames in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
