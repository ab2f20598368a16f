"""A saved world opens again as the same world; it is written whole or not at all, over nothing without being told."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multivector.errors import MultivectorError, UnknownName, WrongRequest, WrongWorld
from multivector.schema import TABLES
from multivector.world import Edit, World, check_folder

WriteFolder = Callable[[Mapping[str, str | bytes]], Path]
FlowsCsv = Callable[..., str]


def small(world: World, *, flows: int = 5) -> World:
    """A world of few rows, which is written in no time."""
    kept = {"sources": 1_000, "actors": 400, "flows": flows, "memberships": 10}
    tables = {table: rows.head(kept.get(table, 3)) for table, rows in world.tables.items()}
    return World(tables={table: rows.collect().lazy() for table, rows in tables.items()}, hash="small")


@pytest.fixture(scope="module")
def saved(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world.save(tmp_path_factory.mktemp("saved") / "world")


@pytest.mark.parametrize("table", TABLES)
def test_saved_world_opens_the_same(world: World, saved: Path, table: str) -> None:
    assert World.open(saved).rows(table).equals(world.rows(table))


def test_saved_world_has_no_problem(saved: Path) -> None:
    assert [str(one) for one in check_folder(saved)] == []


def test_saved_world_can_be_read_by_colleagues(saved: Path, tmp_path: Path) -> None:
    """Made like any other folder: with the rights that the user's mask leaves."""
    (tmp_path / "plain").mkdir()
    assert oct(saved.stat().st_mode) == oct((tmp_path / "plain").stat().st_mode)


def test_user_rows_edits_and_days_survive(write_folder: WriteFolder, flows_csv: FlowsCsv, tmp_path: Path) -> None:
    opened = World.open(write_folder({"flows.csv": flows_csv({}, {"receiver": "RUS", "note": 'a "quoted", note'})}))
    dropped = tuple(opened.rows("flows", pl.col("source") == "cia-factbook")["id"][:3])
    edited = small(opened.edit((Edit("flows", drop=dropped),)).as_of(dt.date(2024, 12, 31)), flows=40_000)
    again = World.open(edited.save(tmp_path / "out"))
    for table in TABLES:
        assert again.rows(table).equals(edited.rows(table)), table
    assert World.open(tmp_path / "out").hash == again.hash


def test_corrected_rows_keep_id_value_and_note(write_folder: WriteFolder, flows_csv: FlowsCsv, tmp_path: Path) -> None:
    folder = write_folder({"flows.csv": flows_csv({})})
    mine = pl.col("source") == "my-source"
    row = World.open(folder).rows("flows", mine)["id"].item()
    head = "table,row,column,expected,value,reason,link,day\n"
    (folder / "corrections.csv").write_text(f"{head}flows,{row},value,15.2,15.7,erratum,,\n")
    corrected = World.open(folder)
    own = World(
        tables={t: rows.filter(mine) if t == "flows" else rows.head(400) for t, rows in corrected.tables.items()},
        hash="own",
    )
    again = World.open(own.save(tmp_path / "out")).rows("flows", mine)
    assert again.equals(corrected.rows("flows", mine))
    assert again["id"].item() == row


# no control characters, and no formula: an edit refuses them
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(lambda t: t[0] != "=")
NUMBER = st.floats(0, 1e300) | st.sampled_from([0.0, 5e-324, 1e-300, 0.1, 93.581, 1e22])


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.tuples(TEXT, NUMBER, TEXT | st.none(), st.dates()), min_size=1, max_size=5, unique_by=lambda c: c[0]
    )
)
def test_any_text_number_and_day_survives(
    world: World, tmp_path: Path, cells: list[tuple[str, float, str | None, dt.date]]
) -> None:
    model = world.rows("flows", pl.col("measure") == "value").head(1).drop("id")
    rows = pl.concat(
        model.with_columns(
            product=pl.lit(product),
            value=pl.lit(value),
            note=pl.lit(note, dtype=pl.String),
            published=pl.lit(day),
        )
        for product, value, note, day in cells
    )
    edited = small(world).edit((Edit("flows", add=rows),))
    again = World.open(edited.save(tmp_path / "out", force=True))
    assert again.rows("flows").equals(edited.rows("flows"))


def test_folder_that_is_there_is_refused(world: World, tmp_path: Path) -> None:
    folder = small(world).save(tmp_path / "out")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(WrongRequest, match="exists"):
        small(world, flows=9).save(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    small(world, flows=9).save(folder, force=True)
    assert World.open(folder).rows("flows").height == 9
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_force_replaces_the_whole_folder(world: World, tmp_path: Path) -> None:
    folder = small(world).save(tmp_path / "out")
    fewer = small(world)
    votes = tuple(fewer.rows("votes")["id"])
    fewer.edit((Edit("votes", drop=votes),)).save(folder, force=True)
    assert World.open(folder).rows("votes").is_empty()


def refused(world: World, target: Path) -> str:
    with pytest.raises(WrongRequest) as caught:
        world.save(target)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_target_inside_a_file(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(small(world), tmp_path / "file" / "out")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder in which nobody can write")
def test_read_only_target(world: World) -> None:
    assert "/proc/out" in refused(small(world), Path("/proc/out"))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="rights do not bind root")
def test_target_without_rights(world: World, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    refused(small(world), tmp_path / "out")


def test_name_that_is_too_long(world: World, tmp_path: Path) -> None:
    refused(small(world), tmp_path / ("a" * 300))


def test_the_second_of_two_writers_is_told(world: World, tmp_path: Path) -> None:
    """Another writer finishes while we write: ours is refused, theirs stays whole."""
    target, theirs, ours = tmp_path / "out", small(world, flows=9), small(world)

    def meanwhile(rows: pl.DataFrame) -> pl.DataFrame:
        if not target.exists():
            theirs.save(target)
        return rows

    slow = {**ours.tables, "flows": ours.tables["flows"].map_batches(meanwhile)}
    refused(World(tables=slow, hash="slow"), target)
    assert World.open(target).rows("flows").height == 9


def test_a_world_does_not_change_when_its_folder_is_replaced(world: World, tmp_path: Path) -> None:
    """Large tables are read late: a world whose folder is replaced is still the old one to its holder."""
    folder = small(world, flows=25_000).save(tmp_path / "out")
    opened = World.open(folder)
    before = opened.rows("flows")
    edited = opened.edit((Edit("flows", drop=(before["id"][0],)),))
    edited.save(folder, force=True)
    assert edited.rows("flows").height == before.height - 1
    assert opened.rows("flows").equals(before)


@pytest.mark.parametrize("fault", ["one byte", "a file missing", "a file more", "manifest missing"])
def test_saved_world_with_other_bytes_is_not_certified(world: World, tmp_path: Path, fault: str) -> None:
    """It is then read as rows over the default world: never taken for the whole world that it was."""
    folder = small(world).save(tmp_path / "out")
    if fault == "one byte":
        text = (folder / "votes.csv").read_text()
        (folder / "votes.csv").write_text(
            text.replace("yes", "no", 1) if "yes" in text else text.replace("abstain", "no", 1)
        )
    elif fault == "a file missing":
        (folder / "votes.csv").unlink()
    elif fault == "a file more":
        (folder / "issues.more.csv").write_text("issue\n")
    else:
        (folder / "manifest.json").unlink()
    try:
        opened = World.open(folder)
    except WrongWorld:
        return
    assert opened.rows("flows").height >= world.rows("flows").height


def test_half_a_world_is_no_world(world: World, tmp_path: Path) -> None:
    folder = small(world).save(tmp_path / "out")
    (folder / "flows.csv").write_bytes((folder / "flows.csv").read_bytes()[:-200])
    with pytest.raises(MultivectorError):
        World.open(folder)


def test_sources_of_a_saved_world_are_not_lost(saved: Path, world: World) -> None:
    assert World.open(saved).names("source") == world.names("source")


# What a killed save leaves


def test_a_world_set_aside_is_put_back(world: World, tmp_path: Path) -> None:
    """Killed between its two renames, a save leaves the old world beside an empty place."""
    target, aside = tmp_path / "out [1]", tmp_path / ".out [1]-old-k1ll3d"
    small(world).save(target)
    aside.mkdir()
    target.rename(aside / target.name)
    assert World.open(target).rows("flows").height == 5
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize("name", ["out.replaced", "other"])
def test_what_is_left_of_another_save_is_no_world_of_this_name(world: World, tmp_path: Path, name: str) -> None:
    """Neither a world that was replaced and half deleted, nor one set aside for another name."""
    aside = tmp_path / ".out-old-k1ll3d"
    aside.mkdir()
    small(world).save(aside / name)
    with pytest.raises(UnknownName):
        World.open(tmp_path / "out")


def test_force_replaces_a_saved_world_and_nothing_else(world: World, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(WrongRequest, match="no saved world"):
        small(world).save(tmp_path, force=True)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_folder_may_be_called_anything(world: World, tmp_path: Path) -> None:
    """Brackets, stars and question marks are no patterns: CSV and Parquet files are read as named."""
    target = tmp_path / "run [2] *?"
    small(world, flows=25_000).save(target)
    assert (target / "flows.parquet").exists()
    assert World.open(target).rows("flows").height == 25_000
    (target / "manifest.json").unlink()
    assert check_folder(target) == ()
