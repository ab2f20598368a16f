from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

import altair as alt
import pytest
import vl_convert
from tests.brief.specs import walk

from multivector.brief.map import (
    INKS,
    WASH,
    MapFlow,
    MapInput,
    MapPole,
    MapRoute,
    Theme,
    disputed,
    pole_map,
    shapes,
)
from multivector.errors import UnknownName, WrongRequest

POLES = (
    MapPole("russia", "Russia", frozenset({"RUS"})),
    MapPole("china", "China", frozenset({"CHN"})),
    MapPole("west", "West", frozenset({"DEU", "FRA", "USA", "ITA"})),
    MapPole("gulf", "Gulf", frozenset({"SAU", "ARE"})),
)
FLOWS = (
    MapFlow("russia", "RUS", "Russia\n9.5 bn USD out", 9.5, "bn USD", "out"),
    MapFlow("russia", "RUS", "Russia\n17.9 bn USD in", 17.9, "bn USD", "in"),
    MapFlow("china", "CHN", "China\n14.9 bn USD out", 14.9, "bn USD", "out"),
    MapFlow("west", "ITA", "Italy\n18.2 bn USD out", 18.2, "bn USD", "out"),
    MapFlow("west", "USA", "United States\n0 bn USD out", 0.0, "bn USD", "out"),
)
PIPE = MapRoute("CPC", "russia", 64.8, "Mt", ((53.4, 46.2), (47.5, 46.9), (37.9, 44.9)), "pipeline")
GIVEN = MapInput("KAZ", POLES, FLOWS, "un", "Kazakhstan among the poles")
PIVOTS = ("KAZ", "ARM", "TUR", "MNG", "RUS", "FJI", "IDN", "NZL", "LIE", "TUV", "ATA", "CAN")


def texts(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in walk(spec) if {"x", "y", "text"} <= set(part) and isinstance(part["text"], str)]


def injected(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec with the page's loader played by hand."""
    answers = {"mv:world": shapes(), "mv:disputed": disputed()}
    filled: dict[str, Any] = json.loads(json.dumps(spec))
    for part in walk(filled):
        if part.get("url") in answers:
            part["values"] = answers[part.pop("url")]
    return filled


@pytest.mark.parametrize("width", [1080, 400])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_spec_is_valid_small_and_names_its_shapes(theme: Theme, width: int) -> None:
    spec = pole_map(replace(GIVEN, routes=(PIPE,)), width=width, theme=theme)
    alt.LayerChart.from_dict(spec)  # raises where the schema of Vega-Lite is broken
    assert "/vega-lite/v6" in spec["$schema"]
    urls = {part["url"] for part in walk(spec) if "url" in part}
    assert urls == {"mv:world", "mv:disputed"}
    assert "Topology" not in json.dumps(spec)
    assert len(json.dumps(spec)) < 60_000
    assert spec["description"] == GIVEN.caption
    assert spec["width"] == width


@pytest.mark.parametrize("width", [1080, 400])
@pytest.mark.parametrize("pivot", PIVOTS)
def test_every_label_stands_on_the_canvas(pivot: str, width: int) -> None:
    flows = tuple(flow for flow in FLOWS if flow.partner != pivot)
    spec = pole_map(replace(GIVEN, pivot=pivot, flows=flows), width=width)
    found = texts(spec)
    assert found
    for label in found:
        assert 0 <= label["x"] <= width - 5 * len(label["text"]), label
        assert 0 <= label["y"] <= spec["height"] - 12, label
    assert all(math.isfinite(value) for part in walk(spec) for value in part.values() if isinstance(value, float))


def test_labels_do_not_overlap() -> None:
    rows = {(label["x"], label["y"], label["text"]) for label in texts(pole_map(GIVEN))}
    boxes = [(x, y, x + 6 * len(text), y + 12) for x, y, text in rows]
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]), (a, b)


def test_the_phone_has_its_own_crop_and_fewer_lines() -> None:
    wide, phone = pole_map(GIVEN, width=1080), pole_map(GIVEN, width=400)
    assert phone["projection"]["scale"] != pytest.approx(wide["projection"]["scale"] * 400 / 1080, rel=0.05)
    names = {label["text"] for label in texts(phone)}
    assert "Italy" in names
    assert "United States" not in names


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_text_is_in_a_poles_colour(theme: Theme) -> None:
    ink = INKS[theme]
    for part in walk(pole_map(GIVEN, theme=theme)):
        if part.get("type") == "text":
            assert part["fill"] in {ink.ink, ink.muted, ink.paper}


def test_the_wash_is_pale_and_the_spare_hue_goes_to_the_users_pole() -> None:
    assert WASH <= 0.13
    spec = json.dumps(pole_map(GIVEN))
    for colour in ("#D55E00", "#E69F00", "#0072B2", "#56B4E9"):
        assert colour in spec


def test_a_view_changes_the_picture_and_no_number() -> None:
    un, de_facto = pole_map(GIVEN), pole_map(replace(GIVEN, worldview="de_facto"))
    assert un != de_facto
    assert "datum.properties.de_facto" in json.dumps(de_facto)
    assert {t["text"] for t in texts(un)} ^ {t["text"] for t in texts(de_facto)} == {
        "disputed, drawn in the UN view",
        "disputed, drawn in the de facto view",
    }


def test_unknown_is_said() -> None:
    assert "unknown" not in {label["text"] for label in texts(pole_map(GIVEN))}
    spec = pole_map(replace(GIVEN, unknown=frozenset({"TKM"}), routes=(replace(PIPE, amount=None),)))
    assert [label["text"] for label in texts(spec)].count("unknown") >= 2


def test_members_without_a_shape_are_named() -> None:
    poles = (*POLES, MapPole("eu", "EU", frozenset({"EU27"})))
    assert "not on the map: EU27" in {label["text"] for label in texts(pole_map(replace(GIVEN, poles=poles)))}


def test_the_same_map_twice_is_the_same() -> None:
    assert json.dumps(pole_map(GIVEN)) == json.dumps(pole_map(GIVEN))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownName, match="KAZ"):
        pole_map(replace(GIVEN, pivot="KAX"))
    with pytest.raises(UnknownName):
        pole_map(replace(GIVEN, flows=(replace(FLOWS[0], partner="EU27"),)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_widths_need_values(value: float) -> None:
    with pytest.raises(WrongRequest, match="finite"):
        pole_map(replace(GIVEN, flows=(replace(FLOWS[0], value=value),)))
    with pytest.raises(WrongRequest, match="one unit"):
        pole_map(replace(GIVEN, flows=(*FLOWS, replace(FLOWS[0], unit="Mt"))))


@pytest.mark.parametrize("meridian", range(-180, 181, 30))
def test_nothing_is_torn_at_the_antimeridian(meridian: int) -> None:
    world = {"values": shapes(), "format": {"type": "topojson", "feature": "countries"}}
    projection = {"type": "equalEarth", "rotate": [-meridian, 0, 0]}
    spec = {"data": world, "mark": "geoshape", "projection": projection, "width": 800, "height": 400}
    svg = vl_convert.vegalite_to_svg(json.dumps({"$schema": alt.SCHEMA_URL, **spec}))
    paths = re.findall(r'aria-roledescription="geoshape" d="([^"]+)"', svg) or re.findall(r' d="(M[^"]{40,})"', svg)
    assert len(paths) >= 235
    for path in paths:
        for ring in path.split("M")[1:]:
            xs = [float(pair.split(",")[0]) for pair in ring.rstrip("Z").split("L")]
            assert max((abs(b - a) for a, b in zip(xs, xs[1:] + xs[:1], strict=True)), default=0) < 400


def test_the_map_draws() -> None:
    svg = vl_convert.vegalite_to_svg(json.dumps(injected(pole_map(GIVEN))))
    assert "NaN" not in svg
    assert svg.count("<path") >= 60
    assert "Italy" in svg
