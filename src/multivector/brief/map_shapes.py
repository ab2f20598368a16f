"""Which unit of the map lies where: the shipped shapes, the disputed areas, and the unit a point is drawn in."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.brief.map_given import Worldview


@dataclass(frozen=True, slots=True)
class MapUnit:
    """One unit of the map: an inner point of its largest part, and the circle round the state proper, in degrees."""

    a3: str
    name: str
    lon: float
    lat: float
    centre_lon: float
    centre_lat: float
    radius_deg: float
    is_dot: bool


@cache
def shapes() -> dict[str, Any]:
    """The shipped TopoJSON; the answer to `mv:world`."""
    topology: dict[str, Any] = json.loads(_data("world_shapes.json"))
    return topology


@cache
def disputed() -> dict[str, Any]:
    """The disputed areas and their hatch lines as GeoJSON; the answer to `mv:disputed`."""
    collection: dict[str, Any] = json.loads(_data("disputed.json"))
    return collection


@cache
def map_units() -> Mapping[str, MapUnit]:
    """Every unit of the map by its ISO alpha-3 code."""
    rows = csv.DictReader(_data("map_units.csv").splitlines())
    return {row["a3"]: _unit(row) for row in rows}


def unit_at(lon: float, lat: float, worldview: Worldview) -> str | None:
    """The unit a point is drawn in; None at sea and where the view gives an area to no state."""
    for feature in disputed_areas():
        if _is_inside([_closed(ring) for part in feature["geometry"]["coordinates"] for ring in part], lon, lat):
            drawn: str | None = feature["properties"][worldview]
            return drawn
    return next((a3 for a3, rings in outlines().items() if _is_inside(rings, lon, lat)), None)


def _data(name: str) -> str:
    return files("multivector").joinpath("data", name).read_text(encoding="utf-8")


def _unit(row: Mapping[str, str]) -> MapUnit:
    return MapUnit(
        a3=row["a3"],
        name=row["name"],
        lon=float(row["lon"]),
        lat=float(row["lat"]),
        centre_lon=float(row["centre_lon"]),
        centre_lat=float(row["centre_lat"]),
        radius_deg=float(row["radius_deg"]),
        is_dot=row["drawn_as"] == "dot",
    )


def disputed_areas() -> list[dict[str, Any]]:
    """The disputed areas without their hatch lines."""
    return [feature for feature in disputed()["features"] if feature["properties"]["kind"] == "area"]


@cache
def outlines() -> dict[str, list[NDArray[np.float64]]]:
    """Rings of each unit, each of shape (n, 2), degrees."""
    topology = shapes()
    scale, shift = (np.array(topology["transform"][part]) for part in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]
    return {
        unit["properties"]["a3"]: [
            _closed(np.concatenate([arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring]))
            for polygon in unit["arcs"]
            for ring in polygon
        ]
        for unit in topology["objects"]["countries"]["geometries"]
    }


def _closed(ring: Any) -> NDArray[np.float64]:  # noqa: ANN401  (nested lists of JSON)
    """The ring without jumps at 180 degrees; one that goes round the pole (Antarctica) is closed along it."""
    points = np.array(ring, dtype=float)
    points[:, 0] = np.unwrap(points[:, 0], period=360)
    first, last = points[0], points[-1]
    if abs(last[0] - first[0]) > 180:  # noqa: PLR2004  (half a turn)
        pole = math.copysign(90, first[1])
        points = np.concatenate([points, [[last[0], pole], [first[0], pole], first]])
    return points


def _is_inside(rings: Iterable[NDArray[np.float64]], lon: float, lat: float) -> bool:
    """Whether a meridian drawn north from the point crosses the rings an odd number of times."""
    crossings = 0
    for ring in rings:
        (x0, y0), (x1, y1) = ring[:-1].T, ring[1:].T
        for x in (lon - 360, lon, lon + 360):
            astride = (x0 > x) != (x1 > x)
            with np.errstate(divide="ignore", invalid="ignore"):
                crossings += int(np.sum(astride & (y0 + (x - x0) / (x1 - x0) * (y1 - y0) > lat)))
    return crossings % 2 == 1
