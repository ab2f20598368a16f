"""Which features a received GeoJSON file, or a folder of them, holds, and what is wrong with their lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from multivector.errors import UnknownName, WrongRequest
from multivector.problems import Problem
from multivector.sources.networks.lines import Line

SUFFIX: Final = ".geojson"
LARGEST_BYTES: Final = 200 * 1024 * 1024
_LARGEST_LONGITUDE: Final = 180
_LARGEST_LATITUDE: Final = 90
_PAIR: Final = 2
# RFC 7946 knows WGS 84 only; files of before name it in one of these ways
_WGS84: Final = ("crs84", "crs:84", "epsg::4326", "epsg:4326", "epsg:84", "epsg::84")


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """One feature: its properties, its lines (none: no route is drawn), and what is wrong with its geometry.

    `number` counts from 1 in its file. `flaws` are for whoever wants to draw it: a feature that is left out for
    another reason need not raise them.
    """

    file: str
    number: int
    properties: Mapping[str, object]
    lines: tuple[Line, ...]
    flaws: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """Features by file and place in it, the hash of what was received, and what is wrong with whole files."""

    features: tuple[Feature, ...]
    problems: tuple[Problem, ...]
    sha256: str


def read_received(path: Path) -> Received:
    """Read one GeoJSON file, or every `.geojson` file of a folder.

    `sha256` is the hash of the file; that of a folder is the hash of its lines `name hash`, sorted by name.

    Raises:
        UnknownName: there is no such file or folder.
        WrongRequest: the folder holds no `.geojson` file, or one cannot be read.
    """
    files = _files(path)
    parts = [_read_file(file) for file in files]
    listing = "".join(f"{file.name} {part.sha256}\n" for file, part in zip(files, parts, strict=True))
    return Received(
        features=tuple(feature for part in parts for feature in part.features),
        problems=tuple(problem for part in parts for problem in part.problems),
        sha256=hashlib.sha256(listing.encode()).hexdigest() if path.is_dir() else parts[0].sha256,
    )


def _files(path: Path) -> list[Path]:
    if not path.exists():
        siblings = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UnknownName("file or folder", path.name, known=siblings)
    if path.is_file():
        return [path]
    files = sorted(one for one in path.iterdir() if one.suffix == SUFFIX and one.is_file())
    if not files:
        raise WrongRequest(f"{path} holds no {SUFFIX} file")
    return files


def _read_file(file: Path) -> Received:
    try:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        size = file.stat().st_size
        content = file.read_bytes() if size <= LARGEST_BYTES else b""
    except OSError as error:
        raise WrongRequest(f"cannot read {file}: {error.strerror}") from error
    if size > LARGEST_BYTES:
        rule = f"is larger than {LARGEST_BYTES // 2**20} MB: cut it to the states you need"
        return Received((), (Problem(file.name, 0, "", rule, f"{size // 2**20} MB"),), digest)
    try:
        collection = json.loads(content)
    except (ValueError, RecursionError) as error:
        return Received((), (Problem(file.name, 0, "", f"is not JSON: {str(error)[:120]}", ""),), digest)
    problems = tuple(_collection_problems(file.name, collection))
    features = () if problems else tuple(_features(file.name, collection["features"]))
    return Received(features, problems, digest)


def _collection_problems(file: str, collection: object) -> Iterator[Problem]:
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        found = collection.get("type") if isinstance(collection, dict) else type(collection).__name__
        yield Problem(file, 0, "type", "is not a FeatureCollection", str(found))
        return
    features = collection.get("features")
    if not isinstance(features, list):
        yield Problem(file, 0, "features", "is not a list of features", "")
        return
    crs = collection.get("crs")
    named = json.dumps(crs).lower()
    if crs is not None and not any(name in named for name in _WGS84):
        yield Problem(file, 0, "crs", "is another reference system than WGS 84: reproject the file", named)
    for number, one in enumerate(features, start=1):
        if not isinstance(one, dict) or not isinstance(one.get("properties"), dict | None):
            yield Problem(file, 0, f"feature {number}", "is no feature with properties", str(one))
        elif not _is_unicode(one.get("properties")):
            yield Problem(file, 0, f"feature {number}", "holds half a character: text that is no Unicode", "")


def _is_unicode(properties: object) -> bool:
    """Whether no text holds half of a surrogate pair, which JSON can spell and UTF-8 cannot."""
    try:
        json.dumps(properties, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _features(file: str, received: Sequence[Mapping[str, object]]) -> Iterator[Feature]:
    for number, one in enumerate(received, start=1):
        properties = one.get("properties")
        geometry = one.get("geometry")
        rule = _geometry_rule(geometry)
        flaws = (Problem(file, 0, f"feature {number} geometry", rule, _type_of(geometry)),) if rule else ()
        lines = () if rule else tuple(_line(piece) for piece in _pieces(geometry))
        yield Feature(file, number, properties if isinstance(properties, dict) else {}, lines, flaws)


def _type_of(geometry: object) -> str:
    return str(geometry.get("type")) if isinstance(geometry, dict) else type(geometry).__name__


def _geometry_rule(geometry: object) -> str:
    """Which rule a geometry breaks; empty where it keeps them. No geometry at all is "no route", and allowed."""
    if geometry is None:
        return ""
    kind = _type_of(geometry)
    if not isinstance(geometry, dict) or kind not in {"LineString", "MultiLineString", "GeometryCollection"}:
        return "is no line: LineString, MultiLineString, a GeometryCollection of them, or null are"
    if kind == "GeometryCollection":
        members = geometry.get("geometries")
        if not isinstance(members, list):
            return "is a GeometryCollection without a list of geometries"
        return next((rule for rule in map(_geometry_rule, members) if rule), "")
    pieces = geometry.get("coordinates")
    if not isinstance(pieces, list) or not pieces:
        return "has no coordinates"
    lines = pieces if kind == "MultiLineString" else [pieces]
    return next((rule for rule in map(_line_rule, lines) if rule), "")


def _line_rule(points: object) -> str:
    if not isinstance(points, list) or not points:
        return "has a line without points"
    if not all(isinstance(point, list) and len(point) >= _PAIR for point in points):
        return "has a point that is not [longitude, latitude]"
    if not all(_is_number(degrees) for point in points for degrees in point[:_PAIR]):
        return "has a coordinate that is not a number"
    beyond = (point for point in points if not _is_on_earth(point))
    outside = next(beyond, None)
    if outside is not None:
        turned = " (latitude first?)" if _is_on_earth(outside[1::-1]) else ""
        return f"has the point {outside[:_PAIR]} outside [-180, 180] by [-90, 90]{turned}"
    return "is a line without length" if all(point[:_PAIR] == points[0][:_PAIR] for point in points) else ""


def _is_number(degrees: object) -> bool:
    return isinstance(degrees, int | float) and not isinstance(degrees, bool)


def _is_on_earth(point: Sequence[float]) -> bool:
    # NaN, which Python reads out of JSON that is none, is nowhere
    return -_LARGEST_LONGITUDE <= point[0] <= _LARGEST_LONGITUDE and -_LARGEST_LATITUDE <= point[1] <= _LARGEST_LATITUDE


def _pieces(geometry: object) -> Iterator[Sequence[Sequence[float]]]:
    """The lines of a geometry that keeps the rules, in order."""
    if isinstance(geometry, dict) and geometry["type"] == "GeometryCollection":
        for member in geometry["geometries"]:
            yield from _pieces(member)
    elif isinstance(geometry, dict):
        yield from [geometry["coordinates"]] if geometry["type"] == "LineString" else geometry["coordinates"]


def _line(points: Sequence[Sequence[float]]) -> Line:
    return np.array([point[:_PAIR] for point in points], dtype=np.float64)
