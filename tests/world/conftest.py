"""A user's folder, written for a test, and the default world, opened once."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from multivector.world import World

SOURCES = "source,producer,title,license,kind,rank\nmy-source,Ministry,Table 1,own work,official,2\n"
GOOD = {
    "sender": "KAZ",
    "receiver": "CHN",
    "channel": "trade",
    "product": "goods",
    "measure": "value",
    "value": "15.2",
    "unit": "USD bn",
    "source": "my-source",
    "period_start": "2023-01-01",
    "period_end": "2024-01-01",
    "published": "2024-02",
}
DEFAULTS = {
    "status": "observed",
    "scope": "none",
    "basis": "none",
    "list_rule": "selected",
    "qualifier": "exact",
    "decimals": "1",
}


@pytest.fixture(scope="session")
def world() -> World:
    return World.open()


@pytest.fixture(scope="session")
def flows_csv() -> Callable[..., str]:
    """CSV text of `flows`: each argument says how one row differs from a good one. New keys make new columns."""

    def made(*rows: Mapping[str, str]) -> str:
        columns = list(dict.fromkeys([*GOOD, *(name for row in rows for name in row)]))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows({**DEFAULTS, **GOOD, **row} for row in rows)
        return text.getvalue()

    return made


@pytest.fixture(scope="session")
def flows_parquet() -> Callable[..., bytes]:
    """Parquet bytes of one good flow; a change to None drops the column."""

    def made(**changes: object) -> bytes:
        cells: dict[str, object] = {
            **GOOD,
            "value": 15.2,
            "decimals": 1,
            "period_start": dt.date(2023, 1, 1),
            "period_end": dt.date(2024, 1, 1),
            "published": dt.date(2024, 2, 29),
        }
        cells.update(changes)
        file = io.BytesIO()
        pl.DataFrame({name: [value] for name, value in cells.items() if value is not None}).write_parquet(file)
        return file.getvalue()

    return made


@pytest.fixture
def write_folder(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Write files into a fresh folder, with the record of `my-source` unless the test brings its own sources."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        folder = tmp_path / "mine"
        folder.mkdir()
        for name, content in {"sources.csv": SOURCES, **files}.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write
