"""Which part of the shapes one page needs: its own surroundings in full, far coasts in few points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from multivector.brief.map_frame import Frame, frame_for, project
from multivector.brief.map_layers import hatch_step
from multivector.brief.map_shapes import disputed, map_units, shapes

Arc = NDArray[np.float64]  # shape (n, 2), degrees
COARSE_DEG: Final = 1.5  # between the points kept of a coast that no window shows
_MARGIN: Final = 3.0  # windows are widened by so many times that: a coarse coast stays outside them
_SAME_AREA: Final = (0.7, 1.4)  # a ring outside this ratio stays in full: one turned inside out would fill the globe
_SEAM_DEG: Final = 179.0  # from here on a ring may jump to the other side, where a plane area means nothing


def shapes_near(pivot: str, widths: Iterable[int]) -> dict[str, Any]:
    """The topology with every unit, but with coarse arcs where none of the maps of these widths looks.

    A dropped point lies within `COARSE_DEG` of a kept one, so no coarse arc can enter a window.
    """
    frames = [frame_for(map_units()[pivot], width) for width in widths]
    topology = shapes()
    scale, shift = (np.array(topology["transform"][part]) for part in ("scale", "translate"))
    grid = [np.cumsum(np.array(arc), axis=0) for arc in topology["arcs"]]
    full = [points * scale + shift for points in grid]
    near = _near(full, frames)
    coarse = [_coarse(arc) for arc in full]
    kept_full = _kept_full(full, coarse, near, _rings(topology))
    arcs = (points if whole else points[few] for points, few, whole in zip(grid, coarse, kept_full, strict=True))
    return topology | {"arcs": [np.diff(points, axis=0, prepend=np.zeros((1, 2), int)).tolist() for points in arcs]}


def disputed_near(pivot: str, widths: Iterable[int]) -> dict[str, Any]:
    """The disputed areas with the hatch lines of these maps' scales only."""
    steps = {None} | {hatch_step(frame_for(map_units()[pivot], width)) for width in widths}
    kept = [area for area in disputed()["features"] if area["properties"].get("step_deg") in steps]
    return disputed() | {"features": kept}


def _near(full: Sequence[Arc], frames: Iterable[Frame]) -> list[bool]:
    """For each arc, whether a point of it lies in or near one of the windows."""
    points = np.concatenate(full)
    starts = np.cumsum([0, *(len(arc) for arc in full[:-1])])
    inside = np.zeros(len(points), dtype=bool)
    for frame in frames:
        pixels = project(frame, points)
        edge = _MARGIN * np.radians(COARSE_DEG) * frame.px_per_rad
        inside |= np.all((pixels > -edge) & (pixels < np.array([frame.width, frame.height]) + edge), axis=1)
    near: list[bool] = np.logical_or.reduceat(inside, starts).tolist()
    return near


def _coarse(arc: Arc) -> list[int]:
    """Places of the points kept: both ends, and one wherever the last kept is far enough."""
    kept, points = [0], arc.tolist()
    for place, (lon, lat) in enumerate(points[1:-1], start=1):
        held = points[kept[-1]]
        if abs(lon - held[0]) >= COARSE_DEG or abs(lat - held[1]) >= COARSE_DEG:
            kept.append(place)
    return [*kept, len(points) - 1]


def _rings(topology: dict[str, Any]) -> list[list[int]]:
    units = topology["objects"]["countries"]["geometries"]
    return [ring for unit in units for polygon in unit["arcs"] for ring in polygon]


def _kept_full(
    full: Sequence[Arc], coarse: Sequence[list[int]], near: Sequence[bool], rings: Sequence[list[int]]
) -> list[bool]:
    """Which arcs stay in full: those near a window, and those of every ring that coarse arcs would deform."""
    true_swept = [_swept(arc) for arc in full]
    few_swept = [_swept(arc[few]) for arc, few in zip(full, coarse, strict=True)]
    kept = [held or bool(np.max(np.abs(arc[:, 0])) > _SEAM_DEG) for held, arc in zip(near, full, strict=True)]
    true_area = [_area(true_swept, ring) for ring in rings]
    while True:
        mixed = [true if whole else few for true, few, whole in zip(true_swept, few_swept, kept, strict=True)]
        wrong = [
            ring
            for ring, area in zip(rings, true_area, strict=True)
            if not all(kept[_own(arc)] for arc in ring)
            and not _SAME_AREA[0] < _area(mixed, ring) / (area or 1.0) < _SAME_AREA[1]
        ]
        if not wrong:
            return kept
        for arc in {_own(arc) for ring in wrong for arc in ring}:
            kept[arc] = True


def _own(arc: int) -> int:
    """The place of an arc; TopoJSON writes ~i for arc i walked backwards."""
    return arc if arc >= 0 else ~arc


def _swept(arc: Arc) -> float:
    """Twice the signed area that an arc adds to its ring on the plane of degrees (shoelace formula)."""
    x, y = arc.T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))


def _area(swept: Sequence[float], ring: Sequence[int]) -> float:
    """Twice the signed area of a ring; its sign tells inside from outside."""
    return sum(swept[arc] if arc >= 0 else -swept[~arc] for arc in ring)
