"""The shipped world keeps every rule, cites a source for every row, and is whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from multivector.errors import WrongRequest, WrongWorld
from multivector.schema import SOURCES, TABLES
from multivector.world import World, check_folder, default_folder
from multivector.world.manifest import digests, is_certified, is_complete
from multivector.world.rules import FILE, broken_declarations, contradictions, oversized_lists, unknown_names

LEAST = {  # rows that are known to be there; the large parts are those of facts/STATES.md
    "actors": 260,
    "memberships": 784 - 40,
    "offices": 794,
    "obligations": 118,
    "flows": 25_398 + 11_885,
    "indicators": 5_644,
    "io_flows": 97_339 + 28_224,
}


@pytest.fixture(scope="module")
def placed(world: World) -> dict[str, pl.DataFrame]:
    """Every table with a line number, as the rules want it."""
    return {
        table: world.rows(table)
        .with_row_index("line", offset=2)
        .with_columns(pl.lit(table).alias(FILE), pl.col("line").cast(pl.Int64))
        for table in TABLES
    }


def test_manifest_names_the_bytes() -> None:
    assert is_certified(default_folder(), digests(default_folder()))
    assert is_complete(default_folder())


def test_check_finds_no_problem() -> None:
    assert check_folder(default_folder()) == ()


@pytest.mark.parametrize("table", TABLES)
def test_declarations_are_kept(placed: dict[str, pl.DataFrame], table: str) -> None:
    assert [str(one) for one in broken_declarations(table, placed[table])] == []


@pytest.mark.parametrize("table", TABLES)
def test_names_are_known(placed: dict[str, pl.DataFrame], world: World, table: str) -> None:
    known = {kind: world.names(kind) for kind in ("actor", "source", "leg", "place")}
    assert [str(one) for one in unknown_names(table, placed[table], known)] == []


@pytest.mark.parametrize("table", ["flows", "indicators"])
def test_no_source_contradicts_itself(placed: dict[str, pl.DataFrame], table: str) -> None:
    assert [str(one) for one in contradictions(table, placed[table])] == []


def test_no_list_is_larger_than_the_whole(placed: dict[str, pl.DataFrame]) -> None:
    assert [str(one) for one in oversized_lists(placed["flows"])] == []


def test_rows_are_all_there(world: World) -> None:
    counts = {table: world.rows(table).height for table in LEAST}
    assert {table: count for table, count in counts.items() if count < LEAST[table]} == {}
    bulk = world.rows("flows").group_by("source").len()
    assert dict(bulk.iter_rows())["cepii-baci-2023"] == 25_398


def test_every_source_has_a_licence_and_is_cited_whole(world: World) -> None:
    sources = world.rows(SOURCES)
    assert sources["source"].is_unique().all()
    assert sources.filter(pl.col("license").str.strip_chars() == "").is_empty()
    cited = {one for table in TABLES if table != SOURCES for one in world.rows(table)["source"].unique()}
    assert cited <= set(sources["source"])


@pytest.mark.parametrize("table", TABLES)
def test_null_and_nan_only_where_declared(world: World, table: str) -> None:
    rows = world.rows(table)
    for name, column in TABLES[table].columns().items():
        assert column.nullable or rows[name].null_count() == 0, name
        if rows.schema[name] == pl.Float64:
            assert rows[name].drop_nulls().is_finite().all(), name
        if rows.schema[name] == pl.String:
            told = rows[name].drop_nulls()
            assert not told.str.contains(r"^=|[\x00-\x08\x0a-\x1f]").any(), name
            assert (told.str.strip_chars() == told).all(), name


@pytest.mark.parametrize(("table", "key"), [("actors", "actor"), ("legs", "leg"), ("places", "place")])
def test_a_key_names_one_thing(world: World, table: str, key: str) -> None:
    assert world.rows(table)[key].is_unique().all()


def test_touched_data_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package whose data are not the shipped ones says so, and gives no number."""
    folder = tmp_path / "world"
    shutil.copytree(default_folder(), folder)
    text = (folder / "votes.csv").read_text()
    (folder / "votes.csv").write_text(text.replace("abstain", "yes", 1))
    monkeypatch.setattr("multivector.world.opening.default_folder", lambda: folder)
    with pytest.raises(WrongWorld, match="does not match its manifest") as caught:
        World.open()
    assert "\n" not in str(caught.value)


def test_unknown_table(world: World) -> None:
    with pytest.raises(WrongRequest, match="no table 'flow'"):
        world.rows("flow")
