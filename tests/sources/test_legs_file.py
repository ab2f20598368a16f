"""A user's own legs: what each line becomes, that blanks become nothing, and what is refused by line and leg."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multivector.errors import UnknownName, WrongRequest, WrongWorld
from multivector.problems import Problem
from multivector.schema import TABLES
from multivector.sources.networks import Imported, legs_file, pull_legs, read_legs_file
from multivector.sources.networks.legs_file import COLUMNS, REQUIRED
from multivector.world import World, check_folder

LEG = {
    "leg_id": "X1",
    "network": "oil",
    "from": "Steppe field",
    "to": "Shore",
    "from_lat": "46.15",
    "from_lon": "53.39",
    "to_lat": "44.6",
    "to_lon": "37.66",
    "mode": "pipeline",
    "territory": "KAZ;RUS",
}
Cells = Mapping[str, str]
PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


def as_csv(*rows: Cells) -> str:
    columns = list(dict.fromkeys([*LEG, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**LEG, **row} for row in rows)
    return text.getvalue()


def write(folder: Path, *rows: Cells) -> Path:
    path = folder / "my legs.csv"
    path.write_text(as_csv(*rows), encoding="utf-8")
    return path


def refused(path: Path, world: World) -> tuple[Problem, ...]:
    with pytest.raises(WrongWorld) as refusal:
        read_legs_file(path, world=world)
    return refusal.value.problems


def values(imported: Imported) -> list[tuple[object, ...]]:
    return imported.tables["leg_values"].select("leg", "attribute", "value", "unit").rows()


def test_a_line_becomes_a_leg_its_places_and_its_figures(tmp_path: Path, world: World) -> None:
    figures = {"nameplate_mt_y": "72.5", "quota_mt_y": "67", "tariff_usd_t": "38", "days": "0"}
    words = {"controller": "RUS", "operator": "CPC; KTZ", "shared_with": "B_AKTAU", "note": "as told"}
    path = write(tmp_path, figures | words | {"published": "2024-05"})
    imported = read_legs_file(path, world=world, accessed=dt.date(2025, 1, 2))
    leg = imported.tables["legs"].row(0, named=True)
    assert (leg["origin"], leg["destination"], leg["territory"]) == ("Steppe field", "Shore", "KAZ;RUS")
    assert (leg["controller"], leg["operator"], leg["bottleneck"]) == ("RUS", "CPC; KTZ", "B_AKTAU")
    assert (leg["phase"], leg["status"], leg["published"]) == ("existing", "observed", dt.date(2024, 5, 31))
    assert values(imported) == [
        ("X1", "nameplate", 72.5, "Mt/y"),
        ("X1", "quota", 67.0, "Mt/y"),
        ("X1", "tariff", 38.0, "USD/t"),
        ("X1", "days", 0.0, "days"),
    ]
    places = imported.tables["places"].select("place", "latitude", "longitude").rows()
    assert places == [("Steppe field", 46.15, 53.39), ("Shore", 44.6, 37.66)]
    source = imported.tables["sources"].row(0, named=True)
    assert source["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source["rank"] == 8
    assert source["accessed"] == dt.date(2025, 1, 2)
    assert {leg["source"]} == set(imported.tables["leg_values"]["source"]) == {source["source"]}
    assert leg["locator"] == "line 2"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["nameplate_mt_y", "tariff_usd_t", "days"]), st.floats(0, 1e6)))
def test_blank_is_no_row_and_figures_come_back_as_they_were(
    tmp_path: Path, world: World, figures: dict[str, float]
) -> None:
    blank = {"nameplate_mt_y": "", "quota_mt_y": " ", "nameplate_kteu_y": "", "tariff_usd_t": "", "days": ""}
    path = write(tmp_path, blank | {name: repr(value) for name, value in figures.items()})
    tables = read_legs_file(path, world=world).tables
    assert tables["legs"].height == 1
    held = dict(tables["leg_values"].select("attribute", "value").iter_rows()) if "leg_values" in tables else {}
    named = {"nameplate_mt_y": "nameplate", "tariff_usd_t": "tariff", "days": "days"}
    assert held == {named[name]: value for name, value in figures.items()}


def test_what_is_written_checks_and_opens_over_the_default_world(tmp_path: Path, world: World) -> None:
    path = write(
        tmp_path,
        {"nameplate_mt_y": "72.5"},
        {"leg_id": "X2", "from": "Shore", "from_lat": "", "from_lon": "", "to": "Rotterdam", "to_lat": "", "to_lon": ""}
        | {"mode": "sea", "territory": "TUR", "days": "11.5"},
        {"leg_id": "X3", "network": "cargo", "mode": "rail", "nameplate_kteu_y": "140", "phase": "proposal"},
    )
    folder = tmp_path / "mine"
    pulled = pull_legs(path, folder)
    assert [one.name for one in pulled.files] == [
        f"{table}.legs.csv" for table in ("leg_values", "legs", "places", "sources")
    ]
    assert pulled.rows == {"sources": 1, "places": 2, "legs": 3, "leg_values": 3}
    assert pulled.left == ()
    assert check_folder(folder) == ()
    opened = World.open(folder)
    assert opened.names("leg") - world.names("leg") == {"X1", "X2", "X3"}
    assert opened.names("place") - world.names("place") == {"Steppe field", "Shore"}
    assert opened.rows("legs", pl.col("leg") == "X3")["phase"].to_list() == ["proposal"]
    assert opened.rows("leg_values", pl.col("leg") == "X1").select("value", "unit").rows() == [(72.5, "Mt/y")]
    with pytest.raises(WrongRequest, match="--force"):
        pull_legs(path, folder)
    assert pull_legs(path, folder, force=True).files == pulled.files
    assert check_folder(folder) == ()


def test_a_line_may_cite_a_source_that_the_world_has(tmp_path: Path, world: World) -> None:
    cited = min(world.names("source"))
    imported = read_legs_file(write(tmp_path, {"source": cited, "locator": "page 3"}), world=world)
    assert "sources" not in imported.tables
    assert set(imported.tables["places"]["source"]) == {cited}
    (problem,) = refused(write(tmp_path, {"source": f"{cited}x"}), world)
    assert (problem.line, problem.column, problem.nearest[0]) == (2, "X1 source", cited)


def test_a_leg_of_the_world_may_be_said_again_but_its_key_is_not_free(tmp_path: Path, world: World) -> None:
    leg, origin, destination = world.rows("legs").select("leg", "origin", "destination").row(0)
    ends = {"leg_id": leg, "from": origin, "to": destination}
    blank = dict.fromkeys(("from_lat", "from_lon", "to_lat", "to_lon"), "")
    assert set(read_legs_file(write(tmp_path, blank | ends), world=world).tables) == {"sources", "legs"}
    (problem,) = refused(write(tmp_path, {"leg_id": leg}), world)
    assert f"is the world's leg from {origin} to {destination}" in problem.rule


def test_a_place_is_known_as_early_as_the_first_leg_that_touches_it(tmp_path: Path, world: World) -> None:
    path = write(
        tmp_path,
        {"published": "2024"},
        {
            "leg_id": "X2",
            "from": "Shore",
            "from_lat": "44.6",
            "from_lon": "37.66",
            "to": "Sea",
            "published": "2021-02-03",
        }
        | {"to_lat": "43", "to_lon": "35"},
        {"leg_id": "X3", "from": "Sea", "from_lat": "", "from_lon": "", "to": "Steppe field"}
        | {"to_lat": "46.15", "to_lon": "53.39"},
    )
    days = dict(read_legs_file(path, world=world).tables["places"].select("place", "published").iter_rows())
    early = dt.date(2021, 2, 3)
    assert days == {"Steppe field": dt.date(2024, 12, 31), "Shore": early, "Sea": early}


@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"nameplate_mt_y": "-1"}, "nameplate_mt_y", "is below zero"),
        ({"nameplate_kteu_y": "-1", "network": "cargo"}, "nameplate_kteu_y", "is below zero"),
        ({"tariff_usd_t": "-0.5"}, "tariff_usd_t", "is below zero"),
        ({"days": "-2"}, "days", "is below zero"),
        ({"nameplate_mt_y": "10", "quota_mt_y": "10.1"}, "quota_mt_y", "is above the nameplate, 10.0"),
        ({"nameplate_mt_y": "nan"}, "nameplate_mt_y", "is not a finite number"),
        ({"days": "inf"}, "days", "is not a finite number"),
        ({"nameplate_mt_y": "1,000"}, "nameplate_mt_y", "is not a finite number"),
        ({"published": "May 2024"}, "published", "is not a day"),
        ({"network": "cargo", "nameplate_kteu_y": "80", "nameplate_mt_y": "11"}, "nameplate_mt_y", "is in TEU"),
        ({"network": "cargo", "nameplate_kteu_y": "80", "quota_mt_y": "11"}, "quota_mt_y", "is in TEU"),
        ({"network": "cargo", "nameplate_kteu_y": "80", "tariff_usd_t": "9"}, "tariff_usd_t", "is in TEU"),
        ({"nameplate_kteu_y": "80"}, "nameplate_kteu_y", "counts oil in TEU"),
        ({"territory": "KZA"}, "territory", "is no known actor"),
        ({"controller": "RUS;RUX"}, "controller", "is no known actor"),
        ({"territory": ""}, "territory", "is empty"),
        ({"network": "gas"}, "network", "is not allowed"),
        ({"mode": "pipline"}, "mode", "is no mode"),
        ({"phase": "planned"}, "phase", "is not allowed"),
        ({"status": "sure"}, "status", "is not allowed"),
        ({"leg_id": "x1"}, "leg_id", "has the wrong form"),
        ({"from": ""}, "from", "is empty"),
        ({"to": ""}, "to", "is empty"),
        ({"to": "Steppe field", "to_lat": "46.15", "to_lon": "53.39"}, "to", "is where the leg starts"),
        ({"from": "Lost", "from_lat": "", "from_lon": ""}, "from_lat", "nothing says where Lost lies"),
        ({"to_lon": ""}, "to_lat", "is half a point"),
        ({"to_lat": "91"}, "latitude", "is above the most allowed"),
        ({"to": "Aktau"}, "to_lat", "puts Aktau far from 43.6, 51.21"),
        ({"to": "shore ", "from": "Shore"}, "from", "differs from the place shore in capitals only"),
        ({"note": "=1+1"}, "note", "starts with '='"),
        ({"note": "n" * 901}, "note", "is too long"),
    ],
)
def test_a_bad_line_is_refused_by_line_leg_and_rule(
    tmp_path: Path, world: World, changes: Cells, column: str, rule: str
) -> None:
    path = write(tmp_path, {"leg_id": "X0", "to": "Elsewhere"}, changes)
    problems = refused(path, world)
    assert {one.line for one in problems} == {3}
    assert {one.file for one in problems} == {path.name}
    assert any(one.column == f"{changes.get('leg_id', 'X1')} {column}" and rule in one.rule for one in problems)


def test_the_nearest_name_is_given(tmp_path: Path, world: World) -> None:
    (wrong,) = refused(write(tmp_path, {"territory": "KZA"}), world)
    assert wrong.nearest[0] == "KAZ"
    (place,) = refused(write(tmp_path, {"to": "Roterdam", "to_lat": "", "to_lon": ""}), world)
    assert place.nearest[0] == "Rotterdam"


def test_a_leg_named_twice_is_refused_on_both_lines(tmp_path: Path, world: World) -> None:
    problems = refused(write(tmp_path, {}, {"leg_id": "X2"}, {"note": "again"}), world)
    assert {(one.line, one.column, one.rule) for one in problems} == {
        (2, "X1 leg_id", "is introduced twice"),
        (4, "X1 leg_id", "is introduced twice"),
    }


def test_a_place_named_twice_with_other_coordinates_is_refused(tmp_path: Path, world: World) -> None:
    (problem,) = refused(write(tmp_path, {}, {"leg_id": "X2", "from_lat": "46.2"}), world)
    assert (problem.line, problem.column) == (3, "X2 from_lat")
    assert problem.rule == "puts Steppe field elsewhere than line 2, which says 46.15, 53.39"


def test_every_problem_is_collected_and_an_unread_cell_is_not_called_empty(tmp_path: Path, world: World) -> None:
    path = write(
        tmp_path,
        {"from_lat": "north", "days": "-1"},
        {"leg_id": "X2", "territory": "KZA", "mode": "ship"},
        {"leg_id": "X3", "nameplate_mt_y": "NaN", "quota_mt_y": "5"},
    )
    found = [(one.line, one.column) for one in refused(path, world)]
    assert sorted(found) == [
        (2, "X1 days"),
        (2, "X1 from_lat"),
        (3, "X2 mode"),
        (3, "X2 territory"),
        (4, "X3 nameplate_mt_y"),
    ]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "is empty"),
        (b"leg_id,network\n", "column is missing"),
        (as_csv({}).replace("territory", "teritory").encode(), "is no column of a file of legs"),
        (as_csv({}).replace("to_lat", "from_lat").encode(), "names a column twice"),
        (as_csv({}).encode() + b"X2,oil\n", "has 2 cells where the header names 10"),
        (as_csv({}).encode() + b'X2,"oil\n', "quotation mark"),
        (as_csv({}).replace("Shore", "Sh\xe9").encode("latin-1"), "is not UTF-8"),
        (as_csv({}).partition("\n")[0].encode() + b"\n", "holds no leg"),
        (as_csv({"note": "a\x07b"}).encode(), "control character"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, world: World, content: bytes, rule: str) -> None:
    path = tmp_path / "legs.csv"
    path.write_bytes(content)
    assert any(rule in one.rule for one in refused(path, world))


def test_windows_line_ends_and_a_mark_of_order_are_read(tmp_path: Path, world: World) -> None:
    path = tmp_path / "legs.csv"
    path.write_bytes(b"\xef\xbb\xbf" + as_csv({"days": "3"}).replace("\n", "\r\n").encode())
    assert values(read_legs_file(path, world=world)) == [("X1", "days", 3.0, "days")]


def test_nothing_to_read(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, {})
    with pytest.raises(UnknownName, match=r"my legs\.csv"):
        read_legs_file(tmp_path / "my leg.csv", world=world)
    with pytest.raises(UnknownName):
        read_legs_file(tmp_path, world=world)
    monkeypatch.setattr(legs_file, "LARGEST_CSV_BYTES", 10)
    assert "is larger than" in refused(path, world)[0].rule


def test_a_refused_file_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(WrongWorld):
        pull_legs(write(tmp_path, {"days": "-1"}), tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_columns_hold_what_the_tables_allow() -> None:
    allowed = {name: (COLUMNS[name].metadata or {}).get("allowed") for name in ("network", "phase", "status")}
    assert allowed == {name: (TABLES["legs"].columns()[name].metadata or {})["allowed"] for name in allowed}
    assert {name for name, column in COLUMNS.items() if not column.nullable} == set(REQUIRED)
    assert [name for name in COLUMNS if f"| `{name}` |" not in PAGE] == []


def test_the_example_of_the_page_checks(tmp_path: Path) -> None:
    example = PAGE.partition("## Your own legs")[2].partition("```text\n")[2].partition("```")[0]
    path = tmp_path / "my-legs.csv"
    path.write_text(example, encoding="utf-8")
    assert pull_legs(path, tmp_path / "my-world").rows == {"sources": 1, "places": 2, "legs": 2, "leg_values": 2}
    assert check_folder(tmp_path / "my-world") == ()
