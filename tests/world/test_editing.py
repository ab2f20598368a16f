"""Edits make another world and leave the old one; what breaks a rule is refused."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import MultivectorError, WrongRequest, WrongWorld
from multivector.schema import SOURCES, TABLES, column_names
from multivector.world import Edit, World

EDITABLE = tuple(table for table in TABLES if table != SOURCES)


@pytest.fixture
def row(world: World) -> pl.DataFrame:
    """A flow of goods that the world does not hold, without an id."""
    known = world.rows("flows", pl.col("source") == "cia-factbook", pl.col("measure") == "share_of_sender").head(1)
    return known.drop("id").with_columns(
        measure=pl.lit("value"), value=pl.lit(12.5), unit=pl.lit("USD bn"), locator=pl.lit("nowhere")
    )


@pytest.mark.parametrize("table", EDITABLE)
def test_drop_then_add_is_the_same_world(world: World, table: str) -> None:
    before = world.rows(table)
    taken = before.sample(min(3, before.height), seed=1)
    taken = taken.filter(~pl.col("note").fill_null("").str.contains("corrected "))
    ids = tuple(taken["id"])
    without = world.edit((Edit(table, drop=ids),))
    assert without.rows(table).equals(before.filter(~pl.col("id").is_in(ids)))
    assert world.rows(table).equals(before)
    again = without.edit((Edit(table, add=taken.drop("id")),))
    assert again.rows(table).equals(before)
    others = [other for other in EDITABLE if other not in {table, "io_flows"}]
    assert all(again.rows(other).equals(world.rows(other)) for other in others[:3])


@settings(deadline=None, max_examples=20)
@given(places=st.sets(st.integers(0, 200), min_size=1, max_size=8))
def test_an_edit_touches_only_its_rows(world: World, places: set[int]) -> None:
    before = world.rows("memberships")
    ids = tuple(before["id"][sorted(places)])
    after = world.edit((Edit("memberships", drop=ids),)).rows("memberships")
    assert set(before["id"]) - set(after["id"]) == set(ids)
    assert world.rows("memberships").equals(before)


def test_added_row_is_there_with_an_id(world: World, row: pl.DataFrame) -> None:
    after = world.edit((Edit("flows", add=row),))
    (new,) = set(after.rows("flows")["id"]) - set(world.rows("flows")["id"])
    assert after.rows("flows", pl.col("id") == new).drop("id").equals(row)
    assert after.hash != world.hash


def test_adding_what_is_there_changes_nothing(world: World) -> None:
    known = world.rows("flows").head(5).drop("id")
    assert world.edit((Edit("flows", add=known),)).rows("flows").equals(world.rows("flows"))


def test_edits_follow_one_another(world: World, row: pl.DataFrame) -> None:
    first = tuple(world.rows("flows")["id"][:2])
    both = world.edit(
        (Edit("flows", drop=first), Edit("flows", add=row), Edit("votes", drop=tuple(world.rows("votes")["id"])))
    )
    assert both.rows("flows").height == world.rows("flows").height - 1
    assert both.rows("votes").is_empty()
    assert world.edit(()).hash == world.hash


def test_order_of_columns_and_small_types_do_not_matter(world: World, row: pl.DataFrame) -> None:
    turned = row.select(reversed(row.columns)).with_columns(pl.col("decimals").cast(pl.Int32))
    plain, other = (world.edit((Edit("flows", add=one),)) for one in (row, turned))
    assert plain.rows("flows").equals(other.rows("flows"))
    assert plain.hash == other.hash


def test_an_as_of_world_can_be_edited(world: World, row: pl.DataFrame) -> None:
    early = world.as_of(dt.date(2023, 11, 20))
    after = early.edit((Edit("flows", add=row.with_columns(published=dt.date(2023, 1, 1))),))
    assert after.rows("flows").height == early.rows("flows").height + 1
    assert after.day == early.day


def test_missing_row_cannot_be_dropped(world: World) -> None:
    with pytest.raises(WrongRequest, match=r"flows has no row 'flows\.00000000000000' to drop"):
        world.edit((Edit("flows", drop=("flows.00000000000000",)),))
    dropped = world.rows("flows")["id"][0]
    with pytest.raises(WrongRequest, match=dropped):
        world.edit((Edit("flows", drop=(dropped,)), Edit("flows", drop=(dropped,))))


def test_unknown_table(world: World) -> None:
    with pytest.raises(WrongRequest, match="no table 'flow'"):
        world.edit((Edit("flow"),))


WRONG: dict[str, dict[str, object]] = {
    "negative": {"value": -9.0},
    "NaN": {"value": float("nan")},
    "infinite": {"value": float("inf")},
    "percent for a share": {"measure": "share_of_sender", "unit": "fraction", "value": 29.0},
    "unknown unit": {"unit": "USD bln"},
    "unknown channel": {"channel": "trad"},
    "nothing reported": {"value": None},
    "period backwards": {"period_end": dt.date(2001, 1, 1)},
    "to itself": {"receiver": "SAME"},
    "unknown actor": {"sender": "KAX"},
    "unknown source": {"source": "nobody"},
    "formula": {"product": "=1+1"},
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_row_is_refused(world: World, row: pl.DataFrame, name: str) -> None:
    changes = {key: row["sender"].item() if value == "SAME" else value for key, value in WRONG[name].items()}
    spoiled = row.with_columns(pl.lit(value, dtype=row.schema[key]).alias(key) for key, value in changes.items())
    with pytest.raises(WrongWorld) as caught:
        world.edit((Edit("flows", add=spoiled),))
    assert "\n" not in str(caught.value)


def test_row_twice_is_refused(world: World, row: pl.DataFrame) -> None:
    with pytest.raises(WrongWorld, match="flows"):
        world.edit((Edit("flows", add=pl.concat([row, row])),))


def test_refused_edit_leaves_the_world(world: World, row: pl.DataFrame) -> None:
    before = world.rows("flows")
    with pytest.raises(WrongWorld):
        world.edit((Edit("flows", drop=(before["id"][0],)), Edit("flows", add=row.with_columns(value=-1.0))))
    assert world.rows("flows").equals(before)


@pytest.mark.parametrize("name", ["column missing", "words for a number", "words for a day"])
def test_rows_of_another_form_raise_no_traceback(world: World, row: pl.DataFrame, name: str) -> None:
    spoiled = {
        "column missing": row.drop("unit"),
        "words for a number": row.with_columns(value=pl.lit("abc")),
        "words for a day": row.with_columns(period_start=pl.lit("2023-13-01")),
    }[name]
    with pytest.raises(MultivectorError):
        world.edit((Edit("flows", add=spoiled),))


def test_a_source_can_be_added_or_is_refused(world: World) -> None:
    record = world.rows(SOURCES).head(1).with_columns(source=pl.lit("of-a-scenario")).select(column_names(SOURCES))
    try:
        after = world.edit((Edit(SOURCES, add=record),))
    except MultivectorError:
        return
    assert "of-a-scenario" in after.names("source")
