"""Far coasts in few points: nothing near the state moves, no ring turns inside out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from multivector.brief.map_crop import disputed_near, shapes_near
from multivector.brief.map_frame import frame_for, project
from multivector.brief.map_shapes import map_units, shapes

WIDTHS = (1080, 360)
PIVOTS = ("KAZ", "FJI", "RUS", "ATA", "USA", "CHL", "LIE")


def arcs(topology: dict[str, Any]) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    scale, shift = (np.array(topology["transform"][part]) for part in ("scale", "translate"))
    return [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]


@pytest.mark.parametrize("pivot", PIVOTS)
def test_what_a_window_shows_is_kept_point_by_point(pivot: str) -> None:
    cropped = shapes_near(pivot, WIDTHS)
    assert cropped["objects"] == shapes()["objects"]
    frames = [frame_for(map_units()[pivot], width) for width in WIDTHS]
    for full, kept in zip(arcs(shapes()), arcs(cropped), strict=True):
        assert np.allclose(full[[0, -1]], kept[[0, -1]])
        for frame in frames:
            pixels = project(frame, full)
            if np.any(np.all((pixels >= 0) & (pixels <= (frame.width, frame.height)), axis=1)):
                assert len(full) == len(kept)
                assert np.allclose(full, kept)


@pytest.mark.parametrize("pivot", PIVOTS)
def test_no_ring_turns_inside_out(pivot: str) -> None:
    true, kept = arcs(shapes()), arcs(shapes_near(pivot, WIDTHS))
    for unit in shapes()["objects"]["countries"]["geometries"]:
        for ring in (ring for polygon in unit["arcs"] for ring in polygon):
            was, now = area(true, ring), area(kept, ring)
            assert now == pytest.approx(was) or 0.7 < now / was < 1.4, unit["properties"]["a3"]


def area(held: list[np.ndarray[Any, np.dtype[np.float64]]], ring: list[int]) -> float:
    points = np.concatenate([held[arc] if arc >= 0 else held[~arc][::-1] for arc in ring])
    x, y = points.T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))


def test_far_coasts_get_short() -> None:
    points = [sum(len(arc) for arc in topology["arcs"]) for topology in (shapes(), shapes_near("KAZ", WIDTHS))]
    assert points[1] < 0.8 * points[0]


def test_hatch_lines_of_other_scales_are_left_out() -> None:
    kinds = [feature["properties"] for feature in disputed_near("KAZ", WIDTHS)["features"]]
    assert sum(one["kind"] == "area" for one in kinds) == 13
    assert 1 <= len({one["step_deg"] for one in kinds if one["kind"] == "hatch"}) <= len(WIDTHS)
