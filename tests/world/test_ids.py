"""Ids name what a row says: the same in every world, order and process; another where a cell differs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivector.schema import SOURCES, TABLES, content_columns
from multivector.world import World
from multivector.world.identity import identify

WriteFolder = Callable[[Mapping[str, str | bytes]], Path]
FlowsCsv = Callable[..., str]


def by_content(world: World, table: str) -> dict[str, str]:
    rows = world.rows(table)
    return dict(identify(table, rows.drop("id")).select("id", given=rows["id"]).iter_rows())


@pytest.mark.parametrize("table", [table for table in TABLES if table != SOURCES])
def test_ids_are_those_of_the_content(world: World, table: str) -> None:
    """Two corrected ties keep the ids of what was received; every other id can be computed again."""
    renamed = {one: given for one, given in by_content(world, table).items() if one != given}
    assert len(renamed) == (2 if table == "ties" else 0)


def test_ids_are_unique_over_all_tables(world: World) -> None:
    ids = [one for table in TABLES if table != SOURCES for one in world.rows(table)["id"]]
    assert len(ids) > 150_000
    assert len(set(ids)) == len(ids)


@given(order=st.permutations(range(12)), others=st.sets(st.integers(0, 11)))
def test_ids_do_not_hang_on_order_or_company(world: World, order: list[int], others: set[int]) -> None:
    rows = world.rows("flows", pl.col("source") == "cia-factbook").head(12)
    ids = set(rows["id"])
    permuted = identify("flows", rows.drop("id")[order])
    assert set(permuted["id"]) == ids
    assert permuted["id"].to_list() == [rows["id"][place] for place in order]
    kept = identify("flows", rows.drop("id").filter(~pl.int_range(pl.len()).is_in(list(others))))
    assert set(kept["id"]) <= ids
    assert kept.height == 12 - len(others)


def test_columns_in_any_order(write_folder: WriteFolder, flows_csv: FlowsCsv) -> None:
    folder = write_folder({"flows.csv": flows_csv({}, {"receiver": "RUS"})})
    first = World.open(folder).rows("flows", pl.col("source") == "my-source")
    turned = pl.read_csv(folder / "flows.csv", infer_schema=False).select(pl.all().reverse())
    (folder / "flows.csv").write_text(turned.select(reversed(turned.columns)).write_csv())
    assert World.open(folder).rows("flows", pl.col("source") == "my-source").equals(first)


@pytest.mark.parametrize("column", content_columns("flows"))
def test_another_cell_is_another_statement(world: World, column: str) -> None:
    row = world.rows("flows", pl.col("source") == "cia-factbook").head(1)
    cell = pl.col(column)
    kind = row.schema[column]
    other = cell.fill_null("") + "x" if kind == pl.String else cell.dt.offset_by("1d") if kind == pl.Date else cell + 1
    assert identify("flows", row.drop("id").with_columns(other))["id"].item() != row["id"].item()


def test_a_note_does_not_change_the_id(world: World) -> None:
    rows = world.rows("flows", pl.col("source") == "cia-factbook").head(5)
    noted = identify("flows", rows.drop("id").with_columns(note=pl.lit("looked at again")))
    assert noted["id"].equals(rows["id"])


def test_cells_do_not_run_together() -> None:
    """`ab` + `c` and `a` + `bc`, null and a missing word, must not hash alike."""
    empty = TABLES["issues"].create_empty().drop("id")
    rows = pl.DataFrame(
        {
            "issue": ["ab", "a", "ab"],
            "dimension": ["c", "bc", "c"],
            "anchor": ["d", "d", "d"],
            "position": [1.0, 1.0, 1.0],
            "locator": [None, None, "d"],
        }
    )
    rows = pl.concat([empty, rows], how="diagonal")
    assert identify("issues", rows)["id"].n_unique() == 3


PRINTED = """
import datetime as dt, hashlib
import polars as pl
from multivector.schema import SOURCES, TABLES
from multivector.world import Edit, World
world = World.open()
ids = hashlib.sha256()
for table in TABLES:
    if table != SOURCES and table != "io_flows":
        ids.update("".join(world.rows(table)["id"]).encode())
dropped = world.edit((Edit("flows", drop=tuple(world.rows("flows").head(3)["id"])),))
print(world.hash, ids.hexdigest(), world.as_of(dt.date(2023, 11, 20)).hash, dropped.hash)
"""


@pytest.mark.slow
def test_every_process_computes_the_same() -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", PRINTED],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("0", "UTC"), ("1", "Asia/Almaty"), ("random", "America/Lima"))
    }
    assert len(answers) == 1
