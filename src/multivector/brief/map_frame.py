"""Where a place falls on the paper: the projection, its window, and great circles in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from multivector.brief.map_shapes import MapUnit

PHONE_PX: Final = 640  # below: own crop, fewer lines


@dataclass(frozen=True, slots=True)
class Frame:
    """A conic equal-area projection and its window in pixels (Snyder 1987, eq. 14-1 to 14-6)."""

    lon: float
    lat: float
    px_per_rad: float
    width: int
    height: int

    @property
    def parallels(self) -> tuple[float, float]:
        """Where the scale is true, degrees; kept off the poles."""
        spread = math.degrees(min(0.35, 0.3 * self.width / self.px_per_rad))
        return max(-80.0, self.lat - spread), min(80.0, self.lat + spread)


def frame_for(pivot: MapUnit, width: int) -> Frame:
    """A window about twice as wide as the pivot, never so narrow that its neighbours are lost."""
    is_phone = width < PHONE_PX
    half_deg = max(6.0, 2.3 * pivot.radius_deg) if not is_phone else max(4.0, 1.7 * pivot.radius_deg)
    height = round(width * (1.05 if is_phone else 0.52))
    px_per_rad = width / 2 / math.radians(min(half_deg, 75.0))
    return Frame(pivot.centre_lon, min(75.0, max(-75.0, pivot.centre_lat)), px_per_rad, width, height)


def project(frame: Frame, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pixels (n, 2) of points (n, 2) in degrees, as d3.geoConicEqualArea gives them."""
    south, north = (math.sin(math.radians(p)) for p in frame.parallels)
    lam = np.radians((points[:, 0] - frame.lon + 180) % 360 - 180)
    phi, middle = np.sin(np.radians(points[:, 1])), math.sin(math.radians(frame.lat))
    n = (south + north) / 2
    if abs(n) < 1e-6:  # noqa: PLR2004  (the cone of the equator is a cylinder)
        x, y, y0 = lam * math.sqrt(1 - south**2), phi / math.sqrt(1 - south**2), middle / math.sqrt(1 - south**2)
    else:
        c = 1 + south * (2 * n - south)
        radius = np.sqrt(c - 2 * n * phi) / n
        x, y, y0 = radius * np.sin(n * lam), -radius * np.cos(n * lam), -math.sqrt(c - 2 * n * middle) / n
    return np.column_stack([frame.width / 2 + frame.px_per_rad * x, frame.height / 2 - frame.px_per_rad * (y - y0)])


def pixel(frame: Frame, unit: MapUnit) -> tuple[float, float]:
    """A unit's inner point on the paper."""
    x, y = project(frame, np.array([[unit.lon, unit.lat]]))[0]
    return float(x), float(y)


def is_seen(frame: Frame, unit: MapUnit) -> bool:
    """Whether a unit's inner point lies inside the window."""
    x, y = pixel(frame, unit)  # a projection's clipping window cuts lines and areas, not points
    return 0 < x < frame.width and 0 < y < frame.height


def dense(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line with a point at least every 4 px, so that a label can see it."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(pixels, axis=0).T))])
    steps = np.linspace(0, along[-1], 2 + int(along[-1] / 4))
    return np.column_stack([np.interp(steps, along, pixels[:, axis]) for axis in (0, 1)])


def great_circle(start: MapUnit, end: MapUnit, shift_rad: float) -> NDArray[np.float64]:
    """Points (n, 2) in degrees; both ends moved sideways, so that two directions lie side by side."""
    lon, lat = np.radians([[start.lon, end.lon], [start.lat, end.lat]])
    a, b = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    side = np.cross(a, b)
    side = side / max(float(np.linalg.norm(side)), 1e-12)
    a, b = (p * math.cos(shift_rad) + side * math.sin(shift_rad) for p in (a, b))
    angle = math.acos(float(np.clip(a @ b, -1, 1)))
    t = np.linspace(0, 1, 65)[:, None]
    x, y, z = ((np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / max(math.sin(angle), 1e-12)).T
    places: NDArray[np.float64] = np.degrees(np.column_stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))]))
    return places


def projection(frame: Frame) -> dict[str, Any]:
    """The frame in Vega-Lite's words."""
    return {
        "type": "conicEqualArea", "rotate": [-frame.lon, 0, 0], "center": [0, frame.lat],
        "parallels": list(frame.parallels), "scale": frame.px_per_rad,
        "translate": [frame.width / 2, frame.height / 2], "clipExtent": [[0, 0], [frame.width, frame.height]],
    }  # fmt: skip
