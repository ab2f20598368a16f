"""Tracked pipelines: what of a received file goes in, what stays out and why, what is refused; files made up here."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multivector.errors import UnknownName, WrongRequest, WrongWorld
from multivector.problems import Problem
from multivector.schema import column_names
from multivector.sources.networks import Imported, pull_gem, read_gem, write_tables
from multivector.sources.networks import geojson as geojson_module
from multivector.sources.networks.gem_legs import End, placed
from multivector.sources.networks.lines import MOST_CHARACTERS, Line, distance_km, drawn, joined
from multivector.world import World, check_folder
from multivector.world.manifest import write_manifest

LINE = [[53.42, 46.18], [51.87, 47.18], [46.82, 46.23], [37.95, 44.95]]
RECORD: dict[str, object] = {
    "ProjectID": "P9001",
    "PipelineName": "Steppe Oil Pipeline",
    "SegmentName": "",
    "Status": "operating",
    "Fuel": "Oil",
    "Owner": "Steppe Co [100.00%]",
    "CountriesOrAreas": "Kazakhstan, Russia",
    "StartLocation": "Kulsary",
    "EndLocation": "Novorossiysk",
    "Capacity": "1,380,000.00",
    "CapacityUnits": "bpd",
    "CapacityBOEd": "1380000",
    "LengthKnownKm": "1511",
    "LengthMergedKm": "1511",
    "LengthEstimateKm": "1490.3",
    "RouteAccuracy": "low",
    "Wiki": "https://www.gem.wiki/Steppe",
}
DRAWN = {"type": "LineString", "coordinates": LINE}


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


def feature(geometry: object = DRAWN, **changes: object) -> dict[str, object]:
    return {"type": "Feature", "properties": {**RECORD, **changes}, "geometry": geometry}


def write(path: Path, *features: object, **members: object) -> Path:
    collection = {"type": "FeatureCollection", "features": features, **members}
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


def tracker(folder: Path, *features: object) -> Path:
    return write(folder / "GEM-GOIT-Oil-NGL-Pipelines-2025-03.geojson", *features)


def refused(path: Path, world: World, touching: Sequence[str] = ()) -> tuple[Problem, ...]:
    with pytest.raises(WrongWorld) as refusal:
        read_gem(path, world=world, touching=touching)
    return refusal.value.problems


def row(imported: Imported, table: str) -> dict[str, object]:
    assert imported.tables[table].height == 1
    return imported.tables[table].row(0, named=True)


def reasons(imported: Imported) -> dict[str, str]:
    return {one.fact: one.reason for one in imported.left}


def test_a_record_becomes_a_line_a_leg_its_ends_and_its_figures(tmp_path: Path, world: World) -> None:
    path = tracker(tmp_path, feature())
    imported = read_gem(path, world=world, accessed=dt.date(2025, 6, 1))
    assert imported.left == ()
    source = row(imported, "sources")
    assert source["producer"] == "Global Energy Monitor"
    assert source["license"] == "CC BY 4.0"
    assert source["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source["version"] == "2025-03"
    assert source["accessed"] == dt.date(2025, 6, 1)
    assert "CC BY 4.0" in str(source["note"])
    shape = row(imported, "geometries")
    assert json.loads(str(shape["coordinates"])) == [LINE]
    assert (shape["shape"], shape["phase"], shape["territory"]) == ("P9001", "existing", "KAZ;RUS")
    assert shape["published"] == dt.date(2025, 3, 31)
    leg = row(imported, "legs")
    assert (leg["leg"], leg["network"], leg["controller"], leg["operator"]) == ("P9001", "oil", None, None)
    assert (leg["origin"], leg["destination"]) == ("Kulsary (GEM)", "Novorossiysk (GEM)")
    assert leg["source"] == source["source"]
    places = imported.tables["places"].select("place", "latitude", "longitude").rows()
    assert places == [("Kulsary (GEM)", 46.18, 53.42), ("Novorossiysk (GEM)", 44.95, 37.95)]
    values = imported.tables["leg_values"].select("attribute", "value", "unit", "qualifier", "status").rows()
    assert values == [("nameplate", 1380.0, "kb/d", "exact", "observed"), ("length", 1511.0, "km", "exact", "observed")]
    assert "1,380,000.00 bpd" in str(imported.tables["leg_values"]["item"][0])


def test_what_is_written_checks_and_opens_over_the_default_world(tmp_path: Path, world: World) -> None:
    path = tracker(
        tmp_path,
        feature(),
        feature(ProjectID="P9002", Status="Proposed", Capacity="20", CapacityUnits="mtpa", Fuel="oil, NGL"),
        feature(ProjectID="P9003", Status="construction", Fuel="Gas"),
        feature(ProjectID="P9004", Status="retired"),
    )
    folder = tmp_path / "mine"
    pulled = pull_gem(path, folder)
    assert [one.name for one in pulled.files] == [
        f"{table}.gem.csv" for table in ("geometries", "leg_values", "legs", "places", "sources")
    ]
    assert pulled.rows == {"sources": 1, "places": 2, "legs": 2, "leg_values": 4, "geometries": 3}
    assert [one.fact for one in pulled.left] == ["P9004", "P9003"]
    assert check_folder(folder) == ()
    opened = World.open(folder)
    new = opened.names("leg") - world.names("leg")
    assert new == {"P9001", "P9002"}
    assert opened.names("place") > world.names("place")
    held = opened.rows("leg_values", pl.col("leg") == "P9002", pl.col("attribute") == "nameplate")
    assert held.select("value", "unit", "status").rows() == [(20.0, "Mt/y", "plan")]
    assert opened.rows("geometries").height == world.rows("geometries").height + 3
    for one in pulled.files:
        assert pl.read_csv(one, infer_schema=False).columns == list(column_names(one.name.split(".")[0]))
    assert opened.as_of(dt.date(2025, 3, 30)).rows("legs", pl.col("leg") == "P9001").is_empty()


@pytest.mark.parametrize(
    ("status", "phase"),
    [("Operating", "existing"), ("operating", "existing"), ("construction", "building"), ("Proposed", "proposal")],
)
def test_statuses_that_go_in(tmp_path: Path, world: World, status: str, phase: str) -> None:
    imported = read_gem(tracker(tmp_path, feature(Status=status)), world=world)
    assert row(imported, "geometries")["phase"] == row(imported, "legs")["phase"] == phase
    told = set(imported.tables["leg_values"]["status"])
    assert told == ({"observed"} if phase == "existing" else {"plan"})


@pytest.mark.parametrize("status", ["shelved", "Cancelled", "idle", "mothballed", "Retired", "mixed status", "", None])
def test_statuses_that_stay_out_are_listed_with_the_reason(tmp_path: Path, world: World, status: str | None) -> None:
    imported = read_gem(tracker(tmp_path, feature(), feature(ProjectID="P9002", Status=status)), world=world)
    assert list(reasons(imported)) == ["P9002"]
    assert reasons(imported)["P9002"].startswith(f"{status}: " if status else "says no status")


def test_what_has_no_route_is_listed_and_a_bad_line_of_what_stays_out_raises_nothing(
    tmp_path: Path, world: World
) -> None:
    path = tracker(
        tmp_path,
        feature(),
        feature(None, ProjectID="P9002"),
        feature({"type": "GeometryCollection", "geometries": []}, ProjectID="P9003"),
        feature({"type": "Point", "coordinates": [500, 500]}, ProjectID="P9004", Status="cancelled"),
    )
    told = reasons(read_gem(path, world=world))
    assert told["P9002"] == told["P9003"] == "no route is drawn"
    assert told["P9004"].startswith("cancelled: ")


def test_unknown_capacity_stays_absent(tmp_path: Path, world: World) -> None:
    unknown = {"Capacity": "", "CapacityUnits": "", "CapacityBOEd": "--", "LengthKnownKm": "--"}
    imported = read_gem(tracker(tmp_path, feature(**unknown)), world=world)
    assert row(imported, "legs")["leg"] == "P9001"
    values = imported.tables["leg_values"].select("attribute", "value", "qualifier").rows()
    assert values == [("length", 1490.3, "about")]


@pytest.mark.parametrize(
    ("capacity", "unit", "meant"),
    [
        ("300,000.00", "bpd", (300.0, "kb/d")),
        (20, "mtpa", (20.0, "Mt/y")),
        ("1000", "BPH", (24.0, "kb/d")),
        ("15,898.7294928", "m3/day", (100.0, "kb/d")),
        ("483,586.3554060", "m3/month", (100.0, "kb/d")),
        ("5,803.036264872", "thousand m3/year", (100.0, "kb/d")),
        ("0", "mtpa", (0.0, "Mt/y")),
    ],
)
def test_units_of_the_tracker_convert_by_definition(
    tmp_path: Path, world: World, capacity: object, unit: str, meant: tuple[float, str]
) -> None:
    imported = read_gem(tracker(tmp_path, feature(Capacity=capacity, CapacityUnits=unit)), world=world)
    nameplate = imported.tables["leg_values"].filter(pl.col("attribute") == "nameplate").row(0, named=True)
    assert nameplate["value"] == pytest.approx(meant[0], rel=1e-9)
    assert nameplate["unit"] == meant[1]


def test_the_producers_own_conversion_is_about_that(tmp_path: Path, world: World) -> None:
    # 401,643.84 is what the release of March 2025 prints for 20 mtpa
    given = feature(Capacity=None, CapacityUnits=None, CapacityBOEd="401643.84")
    nameplate = read_gem(tracker(tmp_path, given), world=world).tables["leg_values"].row(0, named=True)
    assert (nameplate["value"], nameplate["unit"], nameplate["qualifier"]) == (401.64384, "kb/d", "about")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Fuel": "Gas"}, "fuel Gas"),
        ({"Fuel": "NGL"}, "fuel NGL"),
        ({"Fuel": None}, "fuel unknown"),
        ({"CountriesOrAreas": ""}, "no country"),
    ],
)
def test_a_pipeline_without_a_leg_is_drawn_and_says_why(
    tmp_path: Path, world: World, changes: dict[str, object], reason: str
) -> None:
    imported = read_gem(tracker(tmp_path, feature(**changes)), world=world)
    assert set(imported.tables) == {"sources", "geometries"}
    assert reason in reasons(imported)["P9001"]


def test_pieces_that_do_not_meet_have_no_known_ends(tmp_path: Path, world: World) -> None:
    apart = [[[50, 45], [51, 46]], [[53, 46], [54, 47]]]
    meeting = [[[50, 45], [51, 46]], [[51, 46], [54, 47]]]
    given = [
        feature({"type": "MultiLineString", "coordinates": apart}),
        feature({"type": "MultiLineString", "coordinates": meeting}, ProjectID="P9002"),
    ]
    imported = read_gem(tracker(tmp_path, *given), world=world)
    assert row(imported, "legs")["leg"] == "P9002"
    assert "2 pieces" in reasons(imported)["P9001"]
    lines = dict(imported.tables["geometries"].select("shape", "coordinates").iter_rows())
    assert json.loads(lines["P9001"]) == apart
    assert json.loads(lines["P9002"]) == [[[50, 45], [51, 46], [54, 47]]]


def test_routes_beside_the_tracker_file_give_it_its_lines(tmp_path: Path, world: World) -> None:
    folder = tmp_path / "received"
    folder.mkdir()
    tracker(folder, feature(None), feature(ProjectID="P9002"))
    route = {"type": "Feature", "properties": {}, "geometry": DRAWN}
    named = {"type": "Feature", "properties": {"ProjectID": "P9003"}, "geometry": DRAWN}
    station = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [50, 45]}}
    write(folder / "P9001.geojson", route)
    write(folder / "P9002.geojson", route)
    write(folder / "P9003.geojson", named)
    write(folder / "P9001-compressor-stations.geojson", station)
    imported = read_gem(folder, world=world)
    assert imported.tables["geometries"]["shape"].to_list() == ["P9001", "P9002"]
    told = reasons(imported)
    assert told["P9002"] == "its record draws the line itself"
    assert told["P9003"].startswith("no record says its name and status")
    assert told["feature 1"] == "its file is named for what stands along a route"
    assert row(imported, "sources")["sha256"] != hashlib.sha256((folder / "P9001.geojson").read_bytes()).hexdigest()


def test_routes_alone_say_nothing_that_could_go_in(tmp_path: Path, world: World) -> None:
    route = {"type": "Feature", "properties": {"ProjectID": "P0646"}, "geometry": DRAWN}
    problems = refused(write(tmp_path / "P0646.geojson", route), world)
    assert [(one.column, one.rule[:9]) for one in problems] == [("P0646", "no record")]


@pytest.mark.parametrize(
    "name", ["United States", "Türkiye", "turkey", "DR Congo", "The Gambia", "KAZ", "Côte d’Ivoire"]
)
def test_names_and_stated_spellings_are_known(tmp_path: Path, world: World, name: str) -> None:
    imported = read_gem(tracker(tmp_path, feature(CountriesOrAreas=name)), world=world)
    codes = {"United States": "USA", "DR Congo": "COD", "The Gambia": "GMB", "KAZ": "KAZ", "Côte d’Ivoire": "CIV"}
    assert row(imported, "geometries")["territory"] == codes.get(name, "TUR")


def test_an_unknown_country_is_refused_with_the_nearest(tmp_path: Path, world: World) -> None:
    (problem,) = refused(tracker(tmp_path, feature(CountriesOrAreas="Kazakstan; Russia; Russia")), world)
    assert problem.value == "Kazakstan"
    assert problem.nearest[0] == "Kazakhstan"
    assert "feature 1 P9001" in problem.column


def test_older_releases_call_the_column_countries(tmp_path: Path, world: World) -> None:
    given = feature(Countries="Azerbaijan, Georgia, Azerbaijan", CountriesOrAreas=None)
    assert row(read_gem(tracker(tmp_path, given), world=world), "legs")["territory"] == "AZE;GEO"


def test_only_what_touches_the_states_asked_for(tmp_path: Path, world: World) -> None:
    far = feature(ProjectID="P9002", CountriesOrAreas="United States", CapacityUnits="furlongs")
    imported = read_gem(tracker(tmp_path, feature(), far), world=world, touching=("KAZ",))
    assert reasons(imported) == {"P9002": "touches none of KAZ"}
    # nobody knows whether Atlantis is Kazakhstan: it is refused, not passed over
    unknown = feature(ProjectID="P9003", CountriesOrAreas="Atlantis")
    assert [one.value for one in refused(tracker(tmp_path, feature(), unknown), world, ("KAZ",))] == ["Atlantis"]
    with pytest.raises(UnknownName, match="KAZ"):
        read_gem(tracker(tmp_path, feature()), world=world, touching=("KZA",))


BAD_LINES: dict[str, tuple[object, str]] = {
    "point": ({"type": "Point", "coordinates": [50, 45]}, "is no line"),
    "polygon": ({"type": "Polygon", "coordinates": [LINE]}, "is no line"),
    "word": ("LineString", "is no line"),
    "empty": ({"type": "LineString", "coordinates": []}, "has no coordinates"),
    "empty piece": ({"type": "MultiLineString", "coordinates": [LINE, []]}, "without points"),
    "one point": ({"type": "LineString", "coordinates": [[50, 45]]}, "without length"),
    "same point": ({"type": "LineString", "coordinates": [[50, 45], [50, 45]]}, "without length"),
    "text": ({"type": "LineString", "coordinates": [["50", 45], [51, 46]]}, "not a number"),
    "true": ({"type": "LineString", "coordinates": [[True, 45], [51, 46]]}, "not a number"),
    "flat": ({"type": "LineString", "coordinates": [50, 45]}, "is not [longitude, latitude]"),
    "longitude": ({"type": "LineString", "coordinates": [[181, 45], [51, 46]]}, "outside"),
    "latitude first": ({"type": "LineString", "coordinates": [[46, 153], [47, 151]]}, "latitude first?"),
    "nan": ({"type": "LineString", "coordinates": [[float("nan"), 45], [51, 46]]}, "outside"),
    "infinite": ({"type": "LineString", "coordinates": [[51, 45], [51, float("inf")]]}, "outside"),
    "in a collection": (
        {"type": "GeometryCollection", "geometries": [DRAWN, {"type": "Point", "coordinates": [1, 1]}]},
        "is no line",
    ),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_bad_geometry_is_refused_by_file_feature_and_rule(tmp_path: Path, world: World, name: str) -> None:
    geometry, rule = BAD_LINES[name]
    bad = {"type": "Feature", "properties": {**RECORD, "ProjectID": "P9002"}, "geometry": geometry}
    path = tracker(tmp_path, feature(), bad)
    (problem,) = refused(path, world)
    assert problem.file == path.name
    assert problem.column == "feature 2 P9002 geometry"
    assert rule in problem.rule


@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"Status": "operatng"}, "Status", "is no status"),
        ({"ProjectID": "646"}, "ProjectID", "is no project id"),
        ({"PipelineName": " "}, "PipelineName", "is empty"),
        ({"Capacity": "-5"}, "Capacity", "finite number of at least 0"),
        ({"Capacity": "12,5"}, "Capacity", "finite number"),
        ({"Capacity": float("nan")}, "Capacity", "finite number"),
        ({"Capacity": "1e999"}, "Capacity", "finite number"),
        ({"LengthMergedKm": "about 30"}, "LengthMergedKm", "finite number"),
        ({"CapacityUnits": "furlongs"}, "CapacityUnits", "is no unit that the world knows"),
        ({"CapacityUnits": "Mb/d"}, "CapacityUnits", "thousand or million barrels a day"),
        ({"CapacityUnits": ""}, "CapacityUnits", "a capacity needs its unit"),
        ({"PipelineName": "=HYPERLINK(1)"}, "name", "starts with '='"),
    ],
)
def test_bad_properties_are_refused_by_name(
    tmp_path: Path, world: World, changes: dict[str, object], column: str, rule: str
) -> None:
    problems = refused(tracker(tmp_path, feature(**changes)), world)
    assert any(one.column.endswith(column) and rule in one.rule for one in problems)
    assert all("feature 1" in one.column and one.line == 0 for one in problems)


def test_every_problem_is_collected(tmp_path: Path, world: World) -> None:
    path = tracker(
        tmp_path,
        feature({"type": "LineString", "coordinates": []}, CountriesOrAreas="Atlantis, Lemuria"),
        feature(ProjectID="P9002", CapacityUnits="lpy"),
        feature(ProjectID="P9002", Status="flowing"),
    )
    problems = refused(path, world)
    assert [(one.column.split()[1], one.column.split()[-1]) for one in problems] == [
        ("3", "ProjectID"),
        ("1", "countries"),
        ("1", "countries"),
        ("1", "geometry"),
        ("3", "Status"),
        ("2", "CapacityUnits"),
    ]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"ProjectID,Status\n", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b'{"type": "FeatureCollection", "features": [', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not a FeatureCollection"),
        (b'{"type": "Feature"}', "is not a FeatureCollection"),
        (b'{"type": "FeatureCollection"}', "is not a list of features"),
        (b'{"type": "FeatureCollection", "features": [1]}', "is no feature"),
        (b'{"type": "FeatureCollection", "features": [{"properties": "x"}]}', "is no feature"),
        (
            b'{"type": "FeatureCollection", "features": [{"properties": {"PipelineName": "\\ud800"}}]}',
            "half a character",
        ),
        (
            b'{"type": "FeatureCollection", "features": [], "crs": {"properties": {"name": "EPSG:3857"}}}',
            "is another reference system",
        ),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, world: World, content: bytes, rule: str) -> None:
    path = tmp_path / "received.geojson"
    path.write_bytes(content)
    (problem,) = refused(path, world)
    assert rule in problem.rule


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=6,
)
CHANGES = st.dictionaries(st.sampled_from([*RECORD, "Countries"]), JUNK, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, st.just(DRAWN) | JUNK)
def test_whatever_a_feature_holds_it_goes_in_or_out_with_a_word(
    tmp_path: Path, world: World, changes: dict[str, object], geometry: object
) -> None:
    other = {"properties": {**RECORD, "ProjectID": "P9002", **changes}, "geometry": geometry}
    told: list[object] = []
    try:
        imported = read_gem(tracker(tmp_path, feature(), other), world=world)
        told += [*imported.tables["geometries"]["shape"], *imported.left]
    except WrongWorld as refusal:
        told += [refusal, *refusal.problems]
    assert len(told) >= 2


def test_the_usual_names_of_wgs84_are_no_other_system(tmp_path: Path, world: World) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert "geometries" in read_gem(write(tmp_path / "a.geojson", feature(), crs=crs), world=world).tables


def test_a_file_too_large_is_not_read(tmp_path: Path, world: World) -> None:
    path = tmp_path / "large.geojson"
    with path.open("wb") as file:
        file.truncate(geojson_module.LARGEST_BYTES + 1)  # holds no byte on the disk
    (problem,) = refused(path, world)
    assert "larger than 200 MB" in problem.rule


def test_nothing_to_read(tmp_path: Path, world: World) -> None:
    tracker(tmp_path, feature())
    with pytest.raises(UnknownName, match=r"GEM-GOIT-Oil-NGL-Pipelines-2025-03\.geojson"):
        read_gem(tmp_path / "GEM-GOIT-Oil-NGL-Pipelines-2025-04.geojson", world=world)
    (tmp_path / "empty").mkdir()
    with pytest.raises(WrongRequest, match=r"holds no \.geojson file"):
        read_gem(tmp_path / "empty", world=world)
    with pytest.raises(WrongWorld, match="it holds no feature"):
        read_gem(write(tmp_path / "none.geojson"), world=world)


def test_nothing_is_overwritten_unasked(tmp_path: Path, world: World) -> None:
    folder = tmp_path / "mine"
    path = tracker(tmp_path, feature())
    (folder).mkdir()
    (folder / "places.csv").write_text("kept\n", encoding="utf-8")
    pull_gem(path, folder)
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    with pytest.raises(WrongRequest, match="--force"):
        pull_gem(path, folder)
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before
    only_drawn = tracker(tmp_path, feature(Fuel="Gas"))
    pull_gem(only_drawn, folder, force=True)
    # legs of the earlier import would cite a source that is gone
    assert sorted(one.name for one in folder.iterdir()) == ["geometries.gem.csv", "places.csv", "sources.gem.csv"]
    (tmp_path / "saved").mkdir()
    write_manifest(tmp_path / "saved", complete=True)
    with pytest.raises(WrongRequest, match="is a saved world"):
        write_tables(read_gem(path, world=world).tables, tmp_path / "saved", force=True)
    with pytest.raises(WrongRequest, match="is a file"):
        write_tables(read_gem(path, world=world).tables, path, force=True)


def test_a_refused_file_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(WrongWorld):
        pull_gem(tracker(tmp_path, feature(Status="flowing")), tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_ends_of_one_name_join_only_where_they_are_near() -> None:
    near, nearer, far = (46.0, 51.0), (46.05, 51.0), (31.9, -102.0)
    given = [
        End("P1", "start", "Midland", near),
        End("P1", "end", None, far),
        End("P2", "start", "Midland", nearer),
        End("P2", "end", "Midland", far),
        End("P3", "start", "Midland", (31.95, -102.0)),
        End("P3", "end", "Midland", far),
    ]
    assert [one.name for one in placed(given)] == [
        "Midland (GEM)",
        "end of P1 (GEM)",
        "Midland (GEM)",
        "Midland: end of P2 (GEM)",
        "Midland: end of P2 (GEM)",
        "Midland: end of P3 (GEM)",  # a pipeline does not end where it starts
    ]


def test_distance_on_the_sphere() -> None:
    # a quarter of the meridian of a sphere of 6,371.0088 km
    assert distance_km((0, 0), (90, 0)) == pytest.approx(10_007.557, abs=1e-3)
    assert distance_km((0, 180), (0, -180)) == pytest.approx(0, abs=1e-6)


def away(point: Line, line: Line) -> float:
    """Distance of a point, (2,), from the segments of a line, degrees: every segment is tried."""
    along = np.diff(line, axis=0)
    length = np.maximum((along**2).sum(axis=1), 1e-30)
    part = np.clip(((point - line[:-1]) * along).sum(axis=1) / length, 0, 1)
    return float(np.hypot(*(point - line[:-1] - part[:, None] * along).T).min())


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1_500, 3_000), st.floats(0.002, 0.05))
def test_a_thinned_line_fits_and_stays_within_what_it_says(seed: int, points: int, step: float) -> None:
    steps = np.random.default_rng(seed).normal(scale=step, size=(points, 2))
    line = np.clip(np.cumsum(steps, axis=0) + np.array([50, 45]), [-180, -90], [180, 90])
    made = drawn([line])
    assert made is not None
    assert len(made.text) <= MOST_CHARACTERS
    (kept,) = (np.array(one) for one in json.loads(made.text))
    assert len(kept) == made.kept < made.received == points
    assert np.allclose(kept[[0, -1]], line[[0, -1]], atol=6e-5)
    rounding = 1e-4
    assert max(away(point, kept) for point in line[::25]) <= made.off_degrees + rounding


def test_a_line_that_fits_keeps_every_point_and_one_of_too_many_pieces_is_left_out(
    tmp_path: Path, world: World
) -> None:
    short = drawn([np.array(LINE)])
    assert short is not None
    assert (short.kept, short.off_degrees) == (4, 0)
    pieces = [[[i / 10, 10.0], [i / 10 + 0.01, 10.5]] for i in range(1, 900)]
    assert drawn([np.array(piece) for piece in pieces]) is None
    given = feature({"type": "MultiLineString", "coordinates": pieces}, ProjectID="P9002")
    told = [one.reason for one in read_gem(tracker(tmp_path, feature(), given), world=world).left]
    assert "ends of its 899 pieces" in told[0]


def test_a_long_line_says_how_it_was_thinned(tmp_path: Path, world: World) -> None:
    wave = [[round(50 + i / 1000, 6), round(45 + np.sin(i / 9) / 50, 6)] for i in range(4_000)]
    given = feature({"type": "LineString", "coordinates": wave})
    shape = row(read_gem(tracker(tmp_path, given), world=world), "geometries")
    assert "of 4,000 points, none of the others farther off than 0.0" in str(shape["note"])
    assert str(shape["note"]).startswith("route accuracy: low; ")


def test_pieces_join_where_they_meet() -> None:
    a, b, c = np.array([[0.0, 0], [1, 1]]), np.array([[1.0, 1], [2, 2]]), np.array([[3.0, 3], [4, 4]])
    assert [len(line) for line in joined([a, b, c])] == [3, 2]
    assert [len(line) for line in joined([b, a])] == [2, 2]
