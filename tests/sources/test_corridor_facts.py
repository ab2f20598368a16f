"""Every handed-over fact on corridors becomes a row of its table or is left out with a reason."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from multivector.schema import TABLES, column_names
from multivector.sources.handover import corridors
from multivector.sources.handover.base import Left, Source, Taken
from multivector.sources.handover.corridor_facts import Period, read_period, spelled
from multivector.world.files import read_file
from multivector.world.rules import FILE, broken_declarations, contradictions, oversized_lists

FACTS = Path(os.environ.get("MULTIVECTOR_FACTS", Path(__file__).parents[2] / "../shared/facts"))
pytestmark = pytest.mark.skipif(
    not (FACTS / "corridors.csv").is_file(), reason="the handed-over facts are not here: set MULTIVECTOR_FACTS"
)
TABLES_MADE = (
    "flows",
    "indicators",
    "events",
    "places",
    "legs",
    "leg_values",
    "routes",
    "bottlenecks",
    "expansions",
    "geometries",
)
ROUTES = (
    "CPC",
    "ATYRAU-SAMARA",
    "AKTAU",
    "AKTAU-MAKHACHKALA",
    "AKTAU-BTC",
    "ATASU-ALASHANKOU",
    "NORTHERN",
    "TRANS-SIBERIAN",
    "MIDDLE",
    "MIDDLE-BTK",
    "SUEZ",
    "TITR",
    "INSTC-EAST",
    "CKU",
    "SOUTHERN-TRANSPORT",
)


@cache
def converted() -> tuple[Taken | Left | Source, ...]:
    return tuple(corridors.convert(FACTS))


def taken(table: str = "") -> list[Taken]:
    return [one for one in converted() if isinstance(one, Taken) and table in ("", one.table)]


def handed_over(file: str, key: str) -> set[str]:
    with (FACTS / file).open(encoding="utf-8", newline="") as text:
        return {row[key] for row in csv.DictReader(text)}


def read_back(folder: Path, table: str) -> pl.DataFrame:
    """The rows as a world's folder would give them back, with no problem in them."""
    path = folder / f"{table}.csv"
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, column_names(table))
        writer.writeheader()
        writer.writerows(one.row for one in taken(table))
    reading = read_file(path)
    assert not reading.problems
    return reading.rows.with_columns(pl.lit(path.name).alias(FILE))


def kazakh_oil(folder: Path) -> pl.DataFrame:
    return read_back(folder, "flows").filter(pl.col("sender") == "KAZ", pl.col("product") == "crude_oil")


@pytest.mark.parametrize(
    ("file", "key", "count"),
    [("corridors.csv", "fact_id", 345), ("legs.csv", "leg_id", 65), ("bottlenecks.csv", "bottleneck_id", 6)],
)
def test_no_fact_is_lost(file: str, key: str, count: int) -> None:
    placed = {one.fact for one in converted() if isinstance(one, (Taken, Left)) and one.file == file}
    assert placed == handed_over(file, key)
    assert len(placed) == count


def test_every_line_is_drawn() -> None:
    features = json.loads((FACTS / "route_geometry.geojson").read_text())["features"]
    assert [one.fact for one in taken("geometries")] == [feature["properties"]["id"] for feature in features]


@pytest.mark.parametrize("table", TABLES_MADE)
def test_rows_satisfy_their_table(tmp_path: Path, table: str) -> None:
    rows = read_back(tmp_path, table)
    assert rows.height == len(taken(table)) > 0
    assert list(broken_declarations(table, rows)) == []
    assert list(contradictions(table, rows)) == []
    assert TABLES[table].filter(rows.select(*TABLES[table].columns())).failure.counts() == {}
    if table == "flows":
        assert list(oversized_lists(rows)) == []


def test_sources_are_known_and_one_each() -> None:
    records: dict[str, Source] = {}
    for one in converted():
        if isinstance(one, Source):
            assert records.setdefault(one.source, one) == one
    assert {one.row["source"] for one in taken()} == set(records)


def test_names_are_introduced() -> None:
    legs = {one.row["leg"] for one in taken("legs")}
    limits = {one.row["bottleneck"] for one in taken("bottlenecks")}
    places = {one.row["place"] for one in taken("places")}
    assert {one.row["leg"] for table in ("leg_values", "routes") for one in taken(table)} <= legs
    assert {one.row["leg"] for one in taken("expansions")} <= legs | limits
    assert {one.row["bottleneck"] for one in taken("legs")} - {None} == limits
    assert {one.row[end] for one in taken("legs") for end in ("origin", "destination")} == places
    assert len(places) == len(taken("places"))


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_is_a_chain_of_legs(route: str) -> None:
    legs = {one.row["leg"]: one.row for one in taken("legs")}
    assert {one.row["route"] for one in taken("routes")} == set(ROUTES)
    chain = [legs[one.row["leg"]] for one in taken("routes") if one.row["route"] == route]
    for before, after in pairwise(chain):
        assert before["destination"] == after["origin"]


def test_oil_of_every_western_field_reaches_the_consortium_line_at_atyrau() -> None:
    ends = {one.row["leg"]: (one.row["origin"], one.row["destination"]) for one in taken("legs")}
    assert ends["O01"][0] == "Atyrau"
    assert {ends[leg][1] for leg in ("O06", "O07", "O08", "O09")} == {"Atyrau"}
    assert ends["O38"] == ("Atyrau", "Atasu")


def test_what_a_leg_carried_and_what_can_give_way() -> None:
    stated = {
        (one.row["leg"], one.row["attribute"], one.row["value"])
        for one in taken("leg_values")
        if one.row["period_start"] == "2024-01-01"
    }
    assert {
        ("O30", "carried", 5.791),
        ("O34", "carried", 18.789),
        ("O38", "exchangeable", 7.61),
        ("C11", "carried", 4.5),
        ("C11", "carried_rail", 3.3),  # another definition: never one series with the line above
    } <= stated


def test_oil_by_route_2025(tmp_path: Path) -> None:
    """Ministry of Energy, 27 Feb and 28 Jan 2026: the routes add to 78.3 of 78.7 Mt (methods/corridors, section 9)."""
    year = kazakh_oil(tmp_path).filter(
        pl.col("period_start") == pl.date(2025, 1, 1),
        pl.col("period_end") == pl.date(2026, 1, 1),
        pl.col("channel") == "transit",
        pl.col("measure") == "quantity",
        pl.col("unit") == "Mt",
        pl.col("status") == "observed",
    )
    assert dict(year.select("via", "value").iter_rows()) == {
        None: 78.7,
        "CPC": 64.8,
        "ATYRAU-SAMARA": 8.8,
        "AKTAU-MAKHACHKALA": 2.2,
        "AKTAU-BTC": 1.5,
        "ATASU-ALASHANKOU": 1.0,
    }
    assert year.filter(pl.col("via").is_not_null())["value"].sum() == pytest.approx(78.3)


def test_oil_of_others_is_no_kazakh_flow(tmp_path: Path) -> None:
    cpc = kazakh_oil(tmp_path).filter(pl.col("via") == "CPC", pl.col("measure") == "quantity")
    assert 70.52 not in cpc["value"].to_list()
    year_2021 = cpc.filter(pl.col("period_start") == pl.date(2021, 1, 1))
    assert sorted(year_2021["value"]) == [53, 53.1, 54]


def test_printed_digits_stay(tmp_path: Path) -> None:
    china_2024 = kazakh_oil(tmp_path).filter(
        pl.col("via") == "ATASU-ALASHANKOU", pl.col("period_start") == pl.date(2024, 1, 1)
    )
    assert china_2024.select("value", "decimals").row(0) == (1.2, 3)  # printed 1.200


@pytest.mark.parametrize(
    ("leg", "stated"),
    [
        ("O21", {5.2, 7.5}),
        ("O31", {10.0, 20.0}),
        ("O01", {72.5}),
        ("O10", {17.0, 17.5}),
        ("O03", {73.6}),
        ("C05", set()),  # only the corridor as a whole has a capacity
    ],
)
def test_conflicting_capacities_stand_side_by_side(leg: str, stated: set[float]) -> None:
    said = [
        one.row["value"]
        for one in taken("leg_values")
        if one.row["leg"] == leg and one.row["attribute"] == "nameplate" and one.row["status"] != "plan"
    ]
    assert set(said) == stated


def test_a_limit_has_every_statement() -> None:
    aktau = {one.row["limit"]: one.row["published"] for one in taken("bottlenecks") if one.fact == "B_AKTAU"}
    assert set(aktau) == {5.2, 7.5}


def test_a_joint_cost_is_counted_once() -> None:
    costs = [one.row for one in taken("expansions") if one.row["cost_usd"] == 200e6]
    assert [row["leg"] for row in costs] == ["O30"]
    works = [one.row["leg"] for one in taken("expansions") if one.row["name"] == costs[0]["name"]]
    assert works == ["O30", "B_MUNAITAS", "O31"]


def test_a_leg_is_known_from_its_first_mention() -> None:
    published = {one.row["leg"]: one.row["published"] for one in taken("legs")}
    assert published["O01"] == "2021-11-20"
    assert published["O10"] == "2009-11-23"
    assert published["O20"] is None
    assert published["O37"] is None  # the ships from Aktau to Baku are no pipe


def test_no_number_of_the_handover_is_left() -> None:
    for one in taken():
        texts: Iterable[str] = (str(one.row.get(name)) for name in ("note", "item", "what", "about"))
        assert not any(f"F{digit}" in text for text in texts for digit in "0123")


@pytest.mark.parametrize(
    ("printed", "start", "end"),
    [
        ("2025", "2025-01-01", "2026-01-01"),
        ("2025-12", "2025-12-01", "2026-01-01"),
        ("2024-01/2024-10", "2024-01-01", "2024-11-01"),
        ("2025-12-01/2025-12-28", "2025-12-01", "2025-12-29"),
        ("2022-03-27", "2022-03-27", "2022-03-28"),
        ("2024-02", "2024-02-01", "2024-03-01"),
    ],
)
def test_periods_are_half_open(printed: str, start: str, end: str) -> None:
    assert read_period(printed) == Period(start, end)


def test_facts_are_named_in_words() -> None:
    assert spelled("17 in F315 (F319, F324)", {"F315": "“PM”"}) == "17 in “PM”"


def test_a_whole_percent_has_two_digits(tmp_path: Path) -> None:
    share = kazakh_oil(tmp_path).filter(pl.col("via") == "CPC", pl.col("measure") == "share_of_sender")
    assert share.select("value", "decimals").row(0) == (0.8, 2)  # printed 80 %
