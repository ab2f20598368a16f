"""Which ties are drawn, how wide, along which points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from multivector.brief.map_frame import PHONE_PX, Frame, dense, great_circle, project
from multivector.brief.map_given import POLE_COLOURS, REST, SPARE_COLOURS, Ink, MapFlow, MapInput, MapPole
from multivector.brief.map_shapes import map_units

PX_PER_MT: Final = 0.14
OF_WIDEST: Final = "of the widest line of all pictures"
THINNEST_PX: Final = 1.4
WIDEST_PX: Final = 9.0
SOLID: Final[tuple[float, float]] = (1, 0)
DASHES: Final[dict[str, tuple[float, float]]] = {"sea": (6, 4), "rail": (1.5, 4)}


@dataclass(frozen=True, slots=True)
class Line:
    """A flow or route ready to draw."""

    points: tuple[tuple[float, float], ...]
    colour: str
    px: float
    text: str
    dash: tuple[float, float]
    is_arc: bool
    figure: str = ""


def pole_colours(poles: Sequence[MapPole]) -> dict[str, str]:
    """Each pole's colour; a user's own poles take the hues that are left."""
    spare = iter(SPARE_COLOURS)
    return {pole.pole: POLE_COLOURS.get(pole.pole) or next(spare, REST) for pole in poles}


def arc_lines(given: MapInput, frame: Frame, colours: Mapping[str, str]) -> list[Line]:
    """Flows, both ways, with each pole's three largest partners (one on a phone); thick first, thin ones on top."""
    most = 1 if frame.width < PHONE_PX else 3
    kept: list[MapFlow] = []
    for flow in sorted(given.flows, key=lambda f: (-f.value, f.partner, f.direction)):
        partners = {other.partner for other in kept if other.pole == flow.pole}
        has_room = flow.partner in partners or len(partners) < most
        if has_room and flow.partner != given.pivot:
            kept.append(flow)
    largest = max((flow.value for flow in kept), default=0.0) or 1.0
    lines = []
    for flow in kept:
        px = max(THINNEST_PX, WIDEST_PX * flow.value / largest)
        shift = (px / 2 + 1) / frame.px_per_rad * (1 if flow.direction == "out" else -1)
        points = great_circle(map_units()[given.pivot], map_units()[flow.partner], shift)
        ordered = points if flow.direction == "out" else points[::-1]
        ends = tuple((round(float(lon), 3), round(float(lat), 3)) for lon, lat in ordered)
        lines.append(Line(ends, colours.get(flow.pole, REST), px, flow.label, SOLID, is_arc=True, figure=flow.figure))
    return lines


def route_lines(given: MapInput, colours: Mapping[str, str], ink: Ink) -> list[Line]:
    """Lines on the ground, as wide as their tonnes."""
    largest = max((route.amount or 0.0 for route in given.routes), default=0.0) or 1.0
    lines = []
    for route in given.routes:
        px_per_unit = PX_PER_MT if route.unit == "Mt" else WIDEST_PX / (1.0 if route.unit == OF_WIDEST else largest)
        amount = given.words.unknown if route.amount is None else f"{route.amount:,.1f}\u202f{route.unit}"
        colour = ink.ink if route.territory_pole is None else colours.get(route.territory_pole, REST)
        dash = next((DASHES[part] for part in DASHES if part in route.mode), SOLID)
        px = max(THINNEST_PX, px_per_unit * (route.amount or 0.0))
        text = route.label or f"{route.name}\n{amount}"
        lines.append(Line(route.coordinates, colour, px, text.strip(), dash, is_arc=False, figure=route.figure))
    return lines


def seen_pixels(frame: Frame, line: Line) -> NDArray[np.float64]:
    """The pixels of a line inside the window, with a margin for its label."""
    pixels = dense(project(frame, np.array(line.points)))
    edge = 6
    inside = np.all((pixels > edge) & (pixels < (frame.width - edge, frame.height - edge)), axis=1)
    seen: NDArray[np.float64] = pixels[inside]
    return seen
