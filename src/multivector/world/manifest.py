"""Which files a folder held when it was last checked: what still has the same bytes need not be checked again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from multivector.schema import TABLES

MANIFEST: Final = "manifest.json"
CORRECTIONS: Final = "corrections.csv"


def world_files(folder: Path) -> tuple[Path, ...]:
    """The CSV and Parquet files of a folder that hold tables, by name."""
    found = (path for path in folder.iterdir() if path.suffix in {".csv", ".parquet"} and path.name != CORRECTIONS)
    return tuple(sorted(found, key=lambda path: path.name))


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that makes the world, corrections included."""
    return {path.name: _sha256(path) for path in (*world_files(folder), folder / CORRECTIONS) if path.is_file()}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, *, complete: bool, day: dt.date | None = None) -> None:
    """Certify a folder that has just been checked.

    `complete`: it stands alone, without the default world. `day`: the as-of day of what was saved.
    """
    content: dict[str, object] = {"schema": schema_digest(), "complete": complete, "files": digests(folder)}
    if day is not None:
        content["day"] = day.isoformat()
    (folder / MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def is_complete(folder: Path) -> bool:
    """Whether the folder is a whole saved world rather than additions to the default one."""
    return bool(_read(folder).get("complete"))


def saved_day(folder: Path) -> dt.date | None:
    """The as-of day of the world that was saved here, if it had one."""
    day = _read(folder).get("day")
    return dt.date.fromisoformat(day) if isinstance(day, str) else None


def is_certified(folder: Path, found: Mapping[str, str]) -> bool:
    """Whether every file has the bytes, and the schema the columns, that were checked."""
    certified = _read(folder)
    return certified.get("schema") == schema_digest() and certified.get("files") == dict(found)


def _read(folder: Path) -> dict[str, object]:
    """What a manifest says; one that cannot be read certifies nothing."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def schema_digest() -> str:
    """Changes when a column, a type, a bound or an allowed word changes."""
    text = "\n".join(f"{table}.{name}: {_declaration(column)}" for table, name, column in _columns())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _columns() -> list[tuple[str, str, object]]:
    return [(table, name, column) for table, schema in TABLES.items() for name, column in schema.columns().items()]


def _declaration(column: object) -> str:
    kept = ("nullable", "primary_key", "min", "max", "min_length", "regex", "metadata")
    return f"{type(column).__name__} " + " ".join(f"{name}={getattr(column, name, None)!r}" for name in kept)
