"""Rows by what they speak of and by id: in words, with where they stand; names that nobody knows are refused."""

from __future__ import annotations

import polars as pl
import pytest

from multivector.errors import MultivectorError, UnknownName, WrongRequest
from multivector.schema import SOURCES, TABLES
from multivector.world import World
from multivector.world.citing import COLUMNS, cite
from multivector.world.querying import Query, find_rows


def test_rows_about_two_actors_name_both(world: World) -> None:
    found = find_rows(world, Query(about=("KAZ", "CHN"), table="flows", product="goods"))
    ends = world.rows("flows", pl.col("id").is_in(found["id"].to_list())).select("sender", "receiver", "reporter")
    assert found.height > 20
    assert all({"KAZ", "CHN"} <= set(row) for row in ends.iter_rows())


def test_every_row_about_an_actor_is_found(world: World) -> None:
    found = set(find_rows(world, Query(about=("MNG",), table="flows"))["id"])
    names = (pl.col(name) == "MNG" for name in ("sender", "receiver", "reporter"))
    assert found == set(world.rows("flows", pl.any_horizontal(*(name.fill_null(value=False) for name in names)))["id"])


def test_actors_inside_lists_are_found(world: World) -> None:
    found = find_rows(world, Query(about=("KAZ",), table="legs"))
    crossing = world.rows("legs", pl.col("territory").str.split(";").list.contains("KAZ"))
    assert set(crossing["id"]) <= set(found["id"])
    assert crossing.height > 3


def test_a_channel_in_every_table_that_has_one(world: World) -> None:
    found = find_rows(world, Query(channel="energy"))
    assert set(found["table"]) == {"flows"}
    assert set(found["id"]) == set(world.rows("flows", pl.col("channel") == "energy")["id"])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (Query(about=("KAX",)), "unknown actor 'KAX'; did you mean KAZ"),
        (Query(about=("KAZ", "CHX")), "unknown actor 'CHX'"),
        (Query(table="flow"), "unknown table 'flow'; did you mean flows"),
        (Query(channel="enregy"), "unknown channel 'enregy'; did you mean energy"),
        (Query(rows=("flows.00000000000000",)), "unknown row"),
    ],
)
def test_unknown_names_are_refused(world: World, query: Query, said: str) -> None:
    with pytest.raises(UnknownName) as caught:
        find_rows(world, query)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("query", [Query(), Query(table="offices", channel="trade")])
def test_questions_that_make_no_sense(world: World, query: Query) -> None:
    with pytest.raises(WrongRequest):
        find_rows(world, query)


def test_cited_in_words(world: World) -> None:
    for table in TABLES:
        if table == SOURCES:
            continue
        rows = world.rows(table).head(4)
        cited = cite(world, [*rows["id"], *rows["id"]])
        assert tuple(cited.columns) == COLUMNS
        assert cited["id"].to_list() == sorted(rows["id"])
        assert set(cited["table"]) == {table}
        assert cited["says"].str.len_chars().min() != 0
        assert cited["source"].null_count() == 0


def test_cited_over_several_tables(world: World) -> None:
    ids = [world.rows(table)["id"][0] for table in ("flows", "votes", "offices")]
    assert cite(world, ids)["id"].to_list() == sorted(ids)
    assert cite(world, ()).is_empty()
    assert tuple(cite(world, ()).columns) == COLUMNS


@pytest.mark.parametrize(
    "row", ["flows.00000000000000", "flow.00000000000000", "sources.cia-factbook", "cia-factbook", "", "flows", "."]
)
def test_unknown_row_is_refused(world: World, row: str) -> None:
    with pytest.raises(MultivectorError) as caught:
        cite(world, [row])
    assert repr(row) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_cited_has_the_figure_of_the_row(world: World) -> None:
    rows = world.rows("flows", pl.col("source") == "cia-factbook")
    cited = cite(world, rows["id"])
    assert cited.select("id", "value", "unit", "published").equals(rows.select("id", "value", "unit", "published"))
