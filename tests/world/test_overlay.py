"""A user's good folder laid over the default world: its rows appear, and its records of sources count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from multivector.schema import SOURCES, TABLES
from multivector.world import World, check_folder
from multivector.world.conflicts import choose, in_base_units

WriteFolder = Callable[[Mapping[str, str | bytes]], Path]
FlowsCsv = Callable[..., str]
QUANTITY = ["sender", "receiver", "product", "measure", "period_start", "period_end"]


def test_rows_appear_over_the_default_world(write_folder: WriteFolder, flows_csv: FlowsCsv, world: World) -> None:
    folder = write_folder({"flows.csv": flows_csv({}, {"receiver": "RUS", "value": "3"})})
    assert check_folder(folder) == ()
    opened = World.open(folder)
    mine = opened.rows("flows", pl.col("source") == "my-source").sort("receiver")
    assert mine.select("receiver", "value", "decimals", "status", "list_rule").rows() == [
        ("CHN", 15.2, 1, "observed", "selected"),
        ("RUS", 3.0, 0, "observed", "selected"),
    ]
    assert mine["published"].dt.to_string().to_list() == ["2024-02-29"] * 2
    for table in TABLES:
        if table not in {"flows", SOURCES}:
            assert opened.rows(table).equals(world.rows(table)), table
    assert opened.rows("flows").height == world.rows("flows").height + 2
    assert opened.hash != world.hash


def test_files_of_one_table_are_read_together(
    write_folder: WriteFolder, flows_csv: FlowsCsv, flows_parquet: Callable[..., bytes]
) -> None:
    folder = write_folder(
        {
            "flows.csv": flows_csv({}),
            "flows.ministry.csv": flows_csv({"receiver": "RUS"}),
            "flows.bulk.parquet": flows_parquet(receiver="ITA"),
            "notes.txt": "not read",
        }
    )
    mine = World.open(folder).rows("flows", pl.col("source") == "my-source")
    assert sorted(mine["receiver"]) == ["CHN", "ITA", "RUS"]


def test_a_statement_that_is_there_is_not_added_twice(
    write_folder: WriteFolder, flows_csv: FlowsCsv, world: World
) -> None:
    known = world.rows("flows", pl.col("source") == "cia-factbook").head(3)
    folder = write_folder({"flows.csv": known.drop("id").write_csv()})
    assert check_folder(folder) == ()
    assert World.open(folder).rows("flows").equals(world.rows("flows"))


def test_a_record_of_a_source_changes_its_rank(write_folder: WriteFolder, flows_csv: FlowsCsv, world: World) -> None:
    """Two sources differ; the user believes the second: its figure is chosen, the other stays in the range."""
    sources = (
        "source,producer,title,license,kind,rank\n"
        "my-source,Ministry,Table 1,own work,official,{}\n"
        "other,Agency,Wire,facts cited,press,6\n"
    )
    rows = flows_csv({"period_end": "2023-02-01"}, {"period_end": "2023-02-01", "source": "other", "value": "17"})
    folder = write_folder({"sources.csv": sources.format(2), "flows.csv": rows})
    assert chosen(World.open(folder)) == (15.2e9, 15.2e9, 17e9)
    (folder / "sources.csv").write_text(sources.format(9))
    assert chosen(World.open(folder)) == (17e9, 15.2e9, 17e9)


def chosen(world: World) -> tuple[float, float, float]:
    rows = in_base_units(world.rows("flows", pl.col("source").is_in(["my-source", "other"])))
    line = choose(rows, by=QUANTITY, ranks=world.rows(SOURCES).select("source", "rank"))
    amount, low, high = line.select("amount", "low", "high").row(0)
    return float(amount), float(low), float(high)


def test_a_shipped_source_may_be_ranked_anew(write_folder: WriteFolder, world: World) -> None:
    shipped = world.rows(SOURCES, pl.col("source") == "cia-factbook")
    folder = write_folder({"sources.csv": shipped.with_columns(rank=pl.lit(9)).write_csv()})
    assert check_folder(folder) == ()
    opened = World.open(folder).rows(SOURCES)
    assert opened.filter(pl.col("source") == "cia-factbook")["rank"].to_list() == [9]
    assert opened.height == world.rows(SOURCES).height


def test_the_same_files_make_the_same_hash(write_folder: WriteFolder, flows_csv: FlowsCsv) -> None:
    folder = write_folder({"flows.csv": flows_csv({})})
    first = World.open(folder).hash
    assert World.open(folder).hash == first
    (folder / "flows.csv").write_text(flows_csv({"value": "15.3"}))
    assert World.open(folder).hash != first


@pytest.mark.parametrize(
    ("printed", "decimals"), [("15", 0), ("15.2", 1), ("15.20", 2), ("0.187", 3), ("1.52e1", 1), ("2.5e-3", 4)]
)
def test_digits_of_the_printed_figure(
    write_folder: WriteFolder, flows_csv: FlowsCsv, printed: str, decimals: int
) -> None:
    """They bound the rounding: 2.5e-3 with no digit after the point would agree with everything up to a half."""
    folder = write_folder({"flows.csv": flows_csv({"value": printed})})
    if not check_folder(folder):
        assert World.open(folder).rows("flows", pl.col("source") == "my-source")["decimals"].item() == decimals
