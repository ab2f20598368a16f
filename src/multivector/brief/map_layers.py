"""The map's layers as Vega-Lite: sea, land, disputed areas, lines, dots, signs and texts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal

from multivector.brief.map_frame import Frame, is_seen
from multivector.brief.map_given import SANS, SERIF, Ink, MapInput
from multivector.brief.map_labels import NOTHING, Key, Label
from multivector.brief.map_lines import Line, seen_pixels
from multivector.brief.map_shapes import map_units

if TYPE_CHECKING:
    import altair as alt

WASH: Final = 0.13  # opacity of a pole's colour on land
HATCH_PX: Final = 7
HATCH_STEPS_DEG: Final = (0.64, 0.32, 0.16, 0.08)  # as in disputed.json


def _wash(given: MapInput, colours: Mapping[str, str], unit: str) -> str:
    """Vega expression: the colour of the pole a unit belongs to; the pivot and the unknown are never washed."""
    skipped = {given.pivot} | given.unknown
    by_unit = {a3: colours[pole.pole] for pole in given.poles for a3 in sorted(pole.members - skipped)}
    return f"({json.dumps(by_unit, sort_keys=True)})[datum.properties.{unit}] || 'transparent'"


def _shape(name: str, where: str = "true") -> alt.Chart:
    import altair as alt  # lazy: half a second that only a drawn picture pays

    if name == "mv:world":
        return alt.Chart(
            alt.UrlData(name, format=alt.TopoDataFormat(type="topojson", feature="countries"))
        ).transform_filter(where)
    return alt.Chart(alt.UrlData(name, format=alt.JsonDataFormat(type="json", property="features"))).transform_filter(
        where
    )


def land_layers(given: MapInput, frame: Frame, colours: Mapping[str, str], ink: Ink) -> list[alt.Chart]:
    """Sea, land washed in its pole's colour, the unknown, and the pivot as a white sheet."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    sea = alt.Chart(alt.InlineData([{}])).mark_rect(color=ink.sea)
    sea = sea.encode(x=alt.value(0), x2=alt.value(frame.width), y=alt.value(0), y2=alt.value(frame.height))
    is_unknown = f"indexof({json.dumps(sorted(given.unknown))}, datum.properties.a3) >= 0"
    wash = _shape("mv:world").transform_calculate(wash=_wash(given, colours, "a3"))
    return [
        sea,
        _shape("mv:world").mark_geoshape(fill=ink.land, stroke=ink.coast, strokeWidth=0.6),
        wash.mark_geoshape(fillOpacity=WASH).encode(fill=alt.Fill("wash:N", scale=None)),
        _shape("mv:world", is_unknown).mark_geoshape(
            fill=ink.hatch, fillOpacity=0.35, stroke=ink.muted, strokeDash=[2, 3]
        ),
        _shape("mv:world", f"datum.properties.a3 == '{given.pivot}'").mark_geoshape(
            fill=ink.paper, stroke=ink.ink, strokeWidth=1.4
        ),
    ]


def hatch_step(frame: Frame) -> float:
    """Degrees between the hatch lines that stand about `HATCH_PX` apart in this frame."""
    px_per_deg = math.radians(frame.px_per_rad)
    return min(HATCH_STEPS_DEG, key=lambda step: abs(step * px_per_deg - HATCH_PX))


def disputed_layers(given: MapInput, frame: Frame, colours: Mapping[str, str], ink: Ink) -> list[alt.Chart]:
    """Each area in the colours of the state this view draws it as, hatched and dashed in either view."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    step, view = hatch_step(frame), given.worldview
    base = f"datum.properties.{view} == '{given.pivot}' ? '{ink.paper}' : '{ink.land}'"
    areas = _shape("mv:disputed", "datum.properties.kind == 'area'")
    hatch = _shape("mv:disputed", f"datum.properties.kind == 'hatch' && datum.properties.step_deg == {step}")
    return [
        areas.transform_calculate(base=base).mark_geoshape().encode(fill=alt.Fill("base:N", scale=None)),
        areas.transform_calculate(wash=_wash(given, colours, view))
        .mark_geoshape(fillOpacity=WASH)
        .encode(fill=alt.Fill("wash:N", scale=None)),
        hatch.mark_geoshape(filled=False, stroke=ink.hatch, strokeWidth=0.8),
        areas.mark_geoshape(filled=False, stroke=ink.muted, strokeWidth=0.8, strokeDash=[3, 2]),
    ]


def stroke_layers(lines: Sequence[Line], frame: Frame, ink: Ink) -> list[alt.Chart]:
    """Casing and line, and on each great circle a head that shows the direction."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    charts = []
    for dash in sorted({line.dash for line in lines}):
        features = [
            {
                "type": "Feature", "geometry": {"type": "LineString", "coordinates": [list(p) for p in line.points]},
                "properties": {"colour": line.colour, "px": round(line.px, 2), "casing": round(line.px + 2, 2)},
            }
            for line in lines if line.dash == dash
        ]  # fmt: skip
        base = alt.Chart(alt.InlineData(features))
        casing = base.mark_geoshape(filled=False, stroke=ink.paper, strokeOpacity=0.8)
        stroke = base.mark_geoshape(filled=False, strokeDash=list(dash), strokeCap="butt", strokeJoin="round")
        colour = alt.Stroke("properties.colour:N", scale=None)
        charts.append(casing.encode(strokeWidth=alt.StrokeWidth("properties.casing:Q", scale=None)))
        charts.append(stroke.encode(strokeWidth=alt.StrokeWidth("properties.px:Q", scale=None), stroke=colour))
    heads = [head for line in lines if line.is_arc for head in _head(frame, line)]
    mark = alt.Chart(alt.InlineData(heads)).mark_point(shape="triangle", opacity=1, stroke=None)
    return [*charts, _at(mark).encode(angle=alt.Angle("angle:Q", scale=None))]


def _head(frame: Frame, line: Line) -> list[dict[str, float | str]]:
    """Arrow head past the middle of what is seen, so that it is clear of both ends."""
    seen = seen_pixels(frame, line)
    i = int(len(seen) * 0.62)
    if i + 1 >= len(seen):
        return []
    dx, dy = seen[i + 1] - seen[i]
    angle = math.degrees(math.atan2(dx, -dy))
    size = (line.px * 2 + 6) ** 2 / 2
    return [{"x": float(seen[i, 0]), "y": float(seen[i, 1]), "angle": angle, "size": size, "colour": line.colour}]


def _at(chart: alt.Chart) -> alt.Chart:
    """Marks at pixels, not at places."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    return chart.encode(
        x=alt.X("x:Q", scale=None, axis=None), y=alt.Y("y:Q", scale=None, axis=None),
        fill=alt.Fill("colour:N", scale=None), size=alt.Size("size:Q", scale=None),
    )  # fmt: skip


def dot_layer(given: MapInput, frame: Frame, colours: Mapping[str, str], ink: Ink) -> alt.Chart:
    """States too small for an area, and the point where the pivot's lines start."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    pole_of = {a3: colours[pole.pole] for pole in given.poles for a3 in pole.members} | {given.pivot: ink.ink}
    dots = [
        {"lon": unit.lon, "lat": unit.lat, "colour": pole_of.get(unit.a3, ink.muted)}
        for unit in map_units().values()
        if (unit.a3 == given.pivot or unit.is_dot) and is_seen(frame, unit)
    ]
    spots = alt.Chart(alt.InlineData(dots)).mark_circle(size=26, opacity=1, stroke=ink.paper, strokeWidth=1)
    chart: alt.Chart = spots.encode(longitude="lon:Q", latitude="lat:Q", color=alt.Color("colour:N", scale=None))
    return chart


def sign_layer(keys: Sequence[Key], labels: Sequence[Label]) -> alt.Chart:
    """The signs left of their texts."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    signs = [
        {"x": label.x - 11, "y": label.y + 7, "colour": key.fill, "stroke": key.stroke, "size": 100, "sign": key.sign}
        for key, label in zip(keys, labels, strict=True)
    ]
    mark = alt.Chart(alt.InlineData(signs)).mark_point(opacity=1, strokeWidth=1)
    return _at(mark).encode(shape=alt.Shape("sign:N", scale=None), stroke=alt.Stroke("stroke:N", scale=None))


def text_layers(labels: Sequence[Label], ink: Ink) -> list[alt.Chart]:
    """All texts, each first as a halo in paper: Vega paints a stroke over its own letters."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    charts = []
    for style in ("name", "pivot", "tail", "head", "legend"):
        rows = [
            {"x": label.x, "y": label.y, "text": label.text} | ({"figure": label.figure} if label.figure else {})
            for label in labels
            if label.style == style
        ]
        base = alt.Chart(alt.InlineData(rows)).encode(
            x=alt.X("x:Q", scale=None, axis=None), y=alt.Y("y:Q", scale=None, axis=None), text="text:N"
        )
        weight: Literal[400, 600] = 600 if style == "head" else 400
        size, font = {"pivot": 15, "name": 12}.get(style, 13), SERIF if style == "pivot" else SANS
        colour = ink.muted if style in ("name", "legend") else ink.ink
        for fill, stroke, px in ((ink.paper, ink.paper, 3), (colour, NOTHING, 0)):
            mark = base.mark_text(
                align="left", baseline="top", fontSize=size, fontWeight=weight, font=font,
                fill=fill, stroke=stroke, strokeWidth=px, strokeJoin="round", aria=px == 0,
            )  # fmt: skip
            charts += [mark] if rows else []
    return charts
