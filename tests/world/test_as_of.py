"""A world as of a day holds what could be known on that day: nothing later, nothing undated, no end to come."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.schema import SOURCES, TABLES
from multivector.world import World

STATED = tuple(table for table in TABLES if table not in {SOURCES, "io_flows"})  # no cell of io_flows is dated
SPELLS = ("memberships", "offices", "obligations", "groups", "policies", "ties")
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2027, 12, 31))
LATER = dt.date(2024, 6, 30)


@settings(deadline=None, max_examples=25)
@given(day=DAYS)
def test_nothing_later_and_nothing_undated(world: World, day: dt.date) -> None:
    known = world.as_of(day)
    assert known.day == day
    for table in STATED:
        published = known.rows(table)["published"]
        assert published.null_count() == 0
        assert published.is_empty() or published.max() <= day, table  # type: ignore[operator]


@settings(deadline=None, max_examples=25)
@given(day=DAYS)
def test_what_is_published_later_changes_nothing(world: World, day: dt.date) -> None:
    known = pl.col("published") <= day
    early = {table: rows if table == SOURCES else rows.filter(known) for table, rows in world.tables.items()}
    for table in STATED:
        assert World(tables=early, hash="early").as_of(day).rows(table).equals(world.as_of(day).rows(table)), table


@settings(deadline=None, max_examples=25)
@given(day=DAYS)
def test_spells_have_no_end_to_come(world: World, day: dt.date) -> None:
    for table in STATED:
        whole = world.rows(table, pl.col("published") <= day)
        seen = world.as_of(day).rows(table)
        assert seen.drop("period_end").equals(whole.drop("period_end")), table
        ends = zip(whole["period_end"], seen["period_end"], strict=True)
        hidden = {(end, known) for end, known in ends if end != known}
        assert all(table in SPELLS and known is None and end > day for end, known in hidden)
        if table in SPELLS:
            assert seen.filter(pl.col("period_end") > day).is_empty()


@settings(deadline=None, max_examples=10)
@given(day=DAYS)
def test_withheld_are_the_undated(world: World, day: dt.date) -> None:
    known = world.as_of(day)
    for table in STATED:
        assert known.withheld(table) == world.rows(table)["published"].null_count(), table
    armenian = pl.col("receiver") == "ARM"
    assert known.withheld("flows", armenian) == world.rows("flows", armenian, pl.col("published").is_null()).height


def test_default_world_withholds_nothing(world: World) -> None:
    assert [world.withheld(table) for table in TABLES] == [0] * len(TABLES)


def test_every_io_cell_is_withheld(world: World) -> None:
    assert world.as_of(LATER).rows("io_flows").is_empty()
    assert world.as_of(LATER).withheld("io_flows") == world.rows("io_flows").height


def test_membership_that_ends_later_is_open(world: World) -> None:
    """Hungary left the court on 2026-06-02 (facts/STATES.md)."""
    party = (pl.col("actor") == "HUN", pl.col("organisation") == "ICC", pl.col("role") == "party")
    assert world.rows("memberships", *party)["period_end"].to_list() == [dt.date(2026, 6, 2)]
    before, on = (world.as_of(day).rows("memberships", *party) for day in (dt.date(2026, 6, 1), dt.date(2026, 6, 2)))
    assert before["period_end"].to_list() == [None]
    assert on["period_end"].to_list() == [dt.date(2026, 6, 2)]


def test_same_day_twice_is_the_same_world(world: World) -> None:
    once = world.as_of(LATER)
    twice = once.as_of(LATER)
    for table in STATED:
        assert twice.rows(table).equals(once.rows(table))
        assert twice.withheld(table) == once.withheld(table), table


def test_a_later_day_cannot_bring_rows_back(world: World) -> None:
    """Cut to 2023, a world knows nothing of 2024: it must not say that it is the world of 2024."""
    early = world.as_of(dt.date(2023, 11, 20))
    again = early.as_of(LATER)
    assert again.rows("flows").equals(early.rows("flows"))
    assert again.day == early.day


@pytest.mark.parametrize("table", STATED)
def test_far_days(world: World, table: str) -> None:
    assert world.as_of(dt.date(1, 1, 1)).rows(table).is_empty()
    dated = world.rows(table, pl.col("published").is_not_null())
    assert world.as_of(dt.date(9999, 12, 31)).rows(table).equals(dated)


def test_hash_names_the_day(world: World) -> None:
    first, second = world.as_of(LATER), world.as_of(dt.date(2023, 1, 1))
    assert len({world.hash, first.hash, second.hash}) == 3
    assert world.as_of(LATER).hash == first.hash
    assert world.day is None
