"""How a received line becomes one that fits a cell: its pieces joined, its points thinned, each by a stated rule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Line = NDArray[np.float64]  # (points, 2): longitude and latitude, degrees

DECIMALS: Final = 4  # of a degree, as in the shipped shapes: about 10 m
MOST_CHARACTERS: Final = 20_000  # of a cell of `geometries.coordinates`
_FIRST_TOLERANCE: Final = 0.0005  # degrees, about 50 m; doubled until the text fits
_LAST_TOLERANCE: Final = 1.1  # degrees: coarser than this is no drawing of the line
EARTH_RADIUS_KM: Final = 6371.0088  # mean radius, GRS 80


@dataclass(frozen=True, slots=True)
class Drawn:
    """Lines as the GeoJSON coordinates of a MultiLineString, and how far that is from what was received.

    `off_degrees`: no received point lies farther from the drawn line, rounding aside; 0 where all points are kept.
    """

    text: str
    kept: int
    received: int
    off_degrees: float


def joined(pieces: Sequence[Line]) -> tuple[Line, ...]:
    """Pieces in the order received; one that starts exactly where the last one ended is made one with it."""
    lines: list[list[Line]] = []
    for piece in pieces:
        if lines and bool((lines[-1][-1][-1] == piece[0]).all()):
            lines[-1].append(piece[1:])
        else:
            lines.append([piece])
    return tuple(np.concatenate(parts) for parts in lines)


def drawn(lines: Sequence[Line]) -> Drawn | None:
    """The lines as text of at most 20,000 characters; None where even their ends take more.

    Points are left out by Douglas, D. H. and Peucker, T. K. (1973), Cartographica 10(2), 112-122,
    doi:10.3138/FM57-6770-U75U-7727, on plain longitude and latitude, with the smallest tolerance of 0.0005, 0.001,
    0.002 … degrees that fits.
    """
    received = sum(len(line) for line in lines)
    text = _text(lines)
    if len(text) <= MOST_CHARACTERS:
        return Drawn(text=text, kept=received, received=received, off_degrees=0.0)
    significance = [_significance(line) for line in lines]
    tolerance = _FIRST_TOLERANCE
    while tolerance < _LAST_TOLERANCE:
        kept = [line[worth > tolerance] for line, worth in zip(lines, significance, strict=True)]
        text = _text(kept)
        if len(text) <= MOST_CHARACTERS:
            return Drawn(text=text, kept=sum(map(len, kept)), received=received, off_degrees=tolerance)
        tolerance *= 2
    return None


def _text(lines: Sequence[Line]) -> str:
    return json.dumps([line.round(DECIMALS).tolist() for line in lines], separators=(",", ":"))


def _significance(line: Line) -> NDArray[np.float64]:
    """The tolerance, degrees, (points,), below which each point is kept; infinite at both ends.

    A point is kept only if the ones that split the line before it were: so one pass serves every tolerance. Spans
    within the first tolerance are not split further; their points have 0.
    """
    worth = np.zeros(len(line))
    worth[[0, -1]] = np.inf
    spans = [(0, len(line) - 1, np.inf)]
    while spans:
        first, last, parent = spans.pop()
        if last - first < 2:  # noqa: PLR2004 - nothing lies between neighbours
            continue
        off = _distances(line[first + 1 : last], line[first], line[last])
        farthest = int(off.argmax())
        own = min(parent, float(off[farthest]))
        if own > _FIRST_TOLERANCE:
            middle = first + 1 + farthest
            worth[middle] = own
            spans += [(first, middle, own), (middle, last, own)]
    return worth


def _distances(points: Line, start: Line, end: Line) -> NDArray[np.float64]:
    """Distance of each point from the segment, degrees, (points,)."""
    along = end - start
    length = float(along @ along)
    # a line that returns to its start has no direction: there the distance is to the point
    part = np.clip((points - start) @ along / length, 0.0, 1.0) if length else np.zeros(len(points))
    off = points - (start + part[:, None] * along)
    return np.asarray(np.hypot(off[:, 0], off[:, 1]), dtype=np.float64)


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two points, each (latitude, longitude) in degrees: haversine, km."""
    (lat_a, lon_a), (lat_b, lon_b) = np.radians(a), np.radians(b)
    half = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return float(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(1.0, float(half)))))
