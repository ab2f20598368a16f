"""Lines to draw the ways out along: pipelines as traced, sea legs as computed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from multivector.sources.handover.base import Row, Source, Taken

FILE: Final = "route_geometry.geojson"
_GEM: Final = Source(
    source="gem-goit",
    producer="Global Energy Monitor",
    title="Global Oil Infrastructure Tracker, route geometry",
    url="https://globalenergymonitor.org/projects/global-oil-infrastructure-tracker/",
    license="CC BY 4.0",
    kind="compilation",
    version="GOIT-GGIT-pipeline-routes 6bfab45",
    note="simplified; names are inferred from the end points, not the publisher's; show the attribution on every map",
)
_SEAROUTE: Final = Source(
    source="searoute",
    producer="searoute",
    title="Sea legs computed with searoute 1.6.0",
    url="https://pypi.org/project/searoute/",
    license="Apache-2.0",
    kind="compilation",
    version="1.6.0",
    note="shortest ways on a network derived from Eurostat marnet, simplified; not tracks of ships",
)
_DECIMALS: Final = 4  # of a degree: about 10 m


def convert_shapes(folder: Path) -> Iterator[Taken | Source]:
    """The rows of `geometries`, one a line."""
    yield _GEM
    yield _SEAROUTE
    collection = json.loads((folder / FILE).read_text(encoding="utf-8"))
    for feature in collection["features"]:
        yield Taken(FILE, feature["properties"]["id"], "geometries", _row(feature))


def _row(feature: Mapping[str, Any]) -> Row:
    said = feature["properties"]
    computed = said["mode"] == "sea"
    return {
        "shape": said["id"],
        "name": said["name"],
        "mode": said["mode"],
        "phase": said["status"],
        "territory": said["territory"] or None,
        "length_km": float(said["length_km"]) if "length_km" in said else None,
        "coordinates": _coordinates(feature["geometry"]),
        "period_start": None,
        "period_end": None,
        "status": "derived" if computed else "observed",
        "source": _SEAROUTE.source if computed else _GEM.source,
        "locator": None if computed else said["id"],
        "published": None,
        "note": _note(said),
    }


def _note(said: Mapping[str, Any]) -> str | None:
    if said.get("passages"):
        return f"passes {said['passages'].replace(';', ', ')}"
    return f"name {said['name_basis']}" if "name_basis" in said else None


def _coordinates(geometry: Mapping[str, Any]) -> str:
    lines = geometry["coordinates"] if geometry["type"] == "MultiLineString" else [geometry["coordinates"]]
    rounded = [[[round(degrees, _DECIMALS) for degrees in point] for point in line] for line in lines]
    return json.dumps(rounded, separators=(",", ":"))
