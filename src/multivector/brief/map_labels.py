"""Where each text of the map stands, clear of the lines and of the other texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from multivector.brief.map_frame import Frame, dense, is_seen, pixel, project
from multivector.brief.map_given import Ink, MapInput
from multivector.brief.map_lines import Line, seen_pixels
from multivector.brief.map_shapes import disputed_areas, map_units, outlines

Box = tuple[float, float, float, float]  # left, top, right, bottom; px
Style = Literal["head", "tail", "name", "pivot", "legend"]

# of standing one step from the best place; a line crossed costs 7 per 4 px
RANK_COST: Final = {"head": 25.0, "pivot": 2.0, "name": 0.0}
LEADING: Final = 16  # px between the rows of a label
LEAST_NAMED_PX: Final = 22  # a smaller state's name does not fit on it
LEAST_HELD_PX: Final = 45  # half the radius of a pivot that holds its own name
SIGN_PX: Final = 17
NOTHING: Final = "transparent"
HATCHED, BAR = "M-1,-1H1V1H-1ZM-1,0L0,-1M-1,1L1,-1M0,1L1,0", "M-1.2,-.4H1.2V.4H-1.2Z"  # Vega symbol paths
CHARACTER_PX: Final = {"head": 7.6, "tail": 7.0, "name": 6.4, "pivot": 7.6, "legend": 6.9}  # a wide reader's guess


@dataclass(frozen=True, slots=True)
class Label:
    """A placed text, top left corner in pixels."""

    x: float
    y: float
    text: str
    style: Style
    colour: str | None = None  # of the square before the text
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """A text and the pixels it may stand at, best first."""

    text: str
    style: Style
    points: tuple[tuple[float, float], ...]
    colour: str | None = None
    figures: tuple[str, ...] = ()  # one for each row after the first


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of the legend: a sign (a Vega symbol path), its text to the right."""

    text: str
    sign: str
    fill: str
    stroke: str
    figure: str = ""


def place_labels(given: MapInput, frame: Frame, lines: Sequence[Line]) -> list[Label]:
    """Texts in order of need: the pivot, the lines by width, then neighbours where room is left."""
    # A text may cross the pivot's outline sooner than a line: every third point of it counts.
    outline = [dense(project(frame, ring))[::3] for ring in outlines().get(given.pivot, [])]
    ink = np.concatenate([np.empty((0, 2)), *outline, *(seen_pixels(frame, line) for line in lines)])
    taken: list[Box] = []
    placed: list[Label] = []
    for wish in [_pivot_wish(given, frame), *_line_wishes(frame, lines), *_neighbour_wishes(given, frame)]:
        costs = {box: cost + _clutter(box, taken, ink) for box, cost in _boxes(wish, frame)}
        box = min(costs, key=costs.__getitem__, default=None)
        if box is None or (wish.style == "name" and costs[box] > 0):
            continue
        taken.append(box)
        head, *tail = wish.text.split("\n")
        x = box[0] + (SIGN_PX if wish.colour else 0)
        placed.append(Label(round(x, 1), round(box[1], 1), head, wish.style, wish.colour))
        placed += [
            Label(x, box[1] + LEADING * (i + 1), text, "tail", figure=wish.figures[i] if wish.figures else "")
            for i, text in enumerate(tail)
        ]
    return placed


def _pivot_wish(given: MapInput, frame: Frame) -> Wish:
    """The name in spaced capitals, on the pivot or near it."""
    pivot = map_units()[given.pivot]
    x, y = pixel(frame, pivot)
    reach = math.radians(pivot.radius_deg) * frame.px_per_rad * 0.5
    around = [(x + dx * reach, y + dy * reach) for dy in (0, 0.25, -0.25, 0.5, -0.5) for dx in (0, -0.5, 0.5, -1, 1)]
    if reach < LEAST_HELD_PX:
        # A small state cannot hold its name; beside a large one the name would lie on a neighbour.
        around += [
            (x + dx * reach, y + dy * reach) for dx, dy in ((-2, 1), (-2, 2), (0, 2.4), (2.4, 2), (2.4, 0), (0, -2.4))
        ]
    return Wish("\u2009".join(given.names.get(pivot.a3, pivot.name).upper()), "pivot", tuple(around))


def _line_wishes(frame: Frame, lines: Sequence[Line]) -> list[Wish]:
    """One text per partner or route, both directions together, toward the far end of the line."""
    wishes: dict[str, Wish] = {}
    centre = np.array([frame.width / 2, frame.height / 2])
    for line in sorted(lines, key=lambda line: -line.px):
        seen = seen_pixels(frame, line)
        if len(seen) and line.text:
            head, *tail = line.text.split("\n")
            before = wishes.get(head)
            outward = seen if np.hypot(*(seen[0] - centre)) > np.hypot(*(seen[-1] - centre)) else seen[::-1]
            shares = (0.0, 0.1, 0.2, 0.3, 0.4) if line.is_arc else (0.5, 0.3, 0.7)
            at = tuple((float(x), float(y)) for x, y in (outward[int(share * (len(seen) - 1))] for share in shares))
            text = "\n".join([before.text if before else head, *tail])
            figures = (*(before.figures if before else ()), *(line.figure for _ in tail))
            wishes[head] = Wish(text, "head", before.points if before else at, line.colour, figures)
    return list(wishes.values())


def _neighbour_wishes(given: MapInput, frame: Frame) -> list[Wish]:
    """Names of the units large enough to bear one; none that the view draws as part of another state."""
    absorbed = {
        area["properties"]["unit_in_file"]
        for area in disputed_areas()
        if area["properties"]["de_facto"] == area["properties"]["unit_in_file"] != area["properties"][given.worldview]
    }
    skipped = absorbed | {flow.partner for flow in given.flows} | {given.pivot}
    wishes = []
    for unit in sorted(map_units().values(), key=lambda unit: -unit.radius_deg):
        x, y = pixel(frame, unit)
        is_large = math.radians(unit.radius_deg) * frame.px_per_rad > LEAST_NAMED_PX
        if is_large and unit.a3 not in skipped and is_seen(frame, unit):
            wishes.append(Wish(given.names.get(unit.a3, unit.name), "name", ((x, y),)))
    return wishes


def _boxes(wish: Wish, frame: Frame) -> Iterable[tuple[Box, float]]:
    """Where a text could stand, on its points or beside them, inside the window; and how far from the best place."""
    rows = wish.text.split("\n")
    wide = max(map(len, rows)) * CHARACTER_PX[wish.style] + (SIGN_PX if wish.colour else 0)
    high = LEADING * len(rows)
    beside = [(dx, dy, gap) for gap in (7.0, 16.0, 30.0) for dx in (1, -1, 0) for dy in (0, -1, 1) if dx or dy]
    for rank, (at_x, at_y) in enumerate(wish.points):
        for dx, dy, gap in beside if wish.style == "head" else [(0, 0, 0.0)]:
            x = at_x + dx * (wide / 2 + gap) - wide / 2
            y = at_y + dy * (high / 2 + gap) - high / 2
            x, y = min(max(x, 6.0), frame.width - wide - 6), min(max(y, 6.0), frame.height - high - 6)
            yield (x, y, x + wide, y + high), RANK_COST[wish.style] * rank + 2.0 * gap


def _clutter(box: Box, taken: Sequence[Box], ink: NDArray[np.float64]) -> float:
    """How badly a text stands: on another text, or on lines."""
    x0, y0, x1, y1 = box
    clashes = sum(x0 < b[2] + 6 and x1 > b[0] - 6 and y0 < b[3] + 3 and y1 > b[1] - 3 for b in taken)
    crossed = np.sum((ink[:, 0] > x0 - 4) & (ink[:, 0] < x1 + 4) & (ink[:, 1] > y0 - 3) & (ink[:, 1] < y1 + 3))
    return 1000.0 * clashes + 7.0 * float(crossed)


def legend_keys(given: MapInput, colours: Mapping[str, str], ink: Ink) -> list[Key]:
    """What the legend explains: poles, disputed areas, unknown, the widest line, what could not be drawn."""
    words, view = given.words, given.words.un if given.worldview == "un" else given.words.de_facto
    keys = [Key(pole.label, "square", colours[pole.pole], NOTHING) for pole in given.poles]
    keys.append(Key(words.disputed.format(view=view), HATCHED, NOTHING, ink.muted))
    if given.unknown:
        keys.append(Key(words.unknown, "square", ink.hatch, ink.muted))
    if given.flows:
        widest = max(given.flows, key=lambda flow: flow.value)
        amount = widest.label.split("\n")[-1]  # as the map prints it beside the line
        keys.append(Key(words.widest.format(amount=amount), BAR, ink.muted, NOTHING, widest.figure))
    missing = sorted(frozenset().union(*(pole.members for pole in given.poles)) - set(map_units()))
    if missing:
        keys.append(Key(words.not_drawn.format(names=", ".join(missing)), "cross", ink.muted, NOTHING))
    return keys


def legend_rows(keys: Sequence[Key], frame: Frame) -> list[Label]:
    """The legend's texts below the window, row by row."""
    x, y = 0.0, frame.height + 12.0
    placed = []
    for key in keys:
        wide = SIGN_PX + len(key.text) * CHARACTER_PX["legend"] + 18
        if x and x + wide > frame.width:
            x, y = 0.0, y + 20
        placed.append(Label(x + SIGN_PX, y, key.text, "legend", figure=key.figure))
        x += wide
    return placed


def line_keys(labels: Sequence[Label]) -> list[Key]:
    """A square in the pole's colour before each line's name: a text is never in that colour itself."""
    return [Key(label.text, "square", label.colour, NOTHING) for label in labels if label.colour]
