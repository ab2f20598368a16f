"""Where the pivot lies, whose land surrounds it, and what ties run from it to the poles: one map as a Vega-Lite spec.

The spec names its shapes by the made-up addresses `mv:world` and `mv:disputed`; the page's loader answers them with
`shapes()` and `disputed()`. A worldview changes pictures, never numbers.
"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from multivector.errors import UnknownName, WrongRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import altair as alt
    from numpy.typing import NDArray

Worldview = Literal["un", "de_facto"]
Theme = Literal["light", "dark"]
Box = tuple[float, float, float, float]  # left, top, right, bottom; px

POLE_COLOURS = {"russia": "#D55E00", "china": "#E69F00", "west": "#0072B2", "turkic": "#009E73"}
SPARE_COLOURS = ("#56B4E9", "#CC79A7", "#F0E442")  # what Okabe and Ito leave, in order, for a user's own poles
REST = "#999999"
WASH = 0.13  # opacity of a pole's colour on land
PX_PER_MT, THINNEST_PX, WIDEST_PX = 0.14, 1.4, 9.0
PHONE_PX = 640  # below: own crop, fewer lines
HATCH_STEPS_DEG = (0.64, 0.32, 0.16, 0.08)  # as in disputed.json
RANK_COST = {
    "head": 25.0,
    "pivot": 2.0,
    "name": 0.0,
}  # of standing one step from the best place; a line crossed costs 7 per 4 px
LEADING = 16  # px between the rows of a label
LEAST_NAMED_PX = 22  # a smaller state's name does not fit on it
LEAST_HELD_PX = 45  # half the radius of a pivot that holds its own name
HATCH_PX = 7
SIGN_PX = 17
NOTHING = "transparent"
HATCHED, BAR = "M-1,-1H1V1H-1ZM-1,0L0,-1M-1,1L1,-1M0,1L1,0", "M-1.2,-.4H1.2V.4H-1.2Z"  # Vega symbol paths
CHARACTER_PX = {"head": 7.6, "tail": 7.0, "name": 6.4, "pivot": 7.6, "legend": 6.9}  # a wide reader's guess
SOLID: tuple[float, float] = (1, 0)
DASHES: dict[str, tuple[float, float]] = {"sea": (6, 4), "rail": (1.5, 4)}
SANS, SERIF = "system-ui, 'Segoe UI', 'Noto Sans', sans-serif", "Charter, Cambria, C059, Georgia, serif"


@dataclass(frozen=True, slots=True)
class MapPole:
    """A pole and the states (ISO alpha-3) whose land is washed in its colour."""

    pole: str
    label: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class MapFlow:
    """A great circle to one partner; `label` is printed as it is, its first line bold: name, then figure."""

    pole: str
    partner: str
    label: str
    value: float
    unit: str
    direction: Literal["out", "in"]


@dataclass(frozen=True, slots=True)
class MapRoute:
    """A line on the ground in the colour of the pole it crosses; an amount of None is unknown, and says so."""

    name: str
    territory_pole: str | None
    amount: float | None
    unit: str
    coordinates: tuple[tuple[float, float], ...]
    mode: str


@dataclass(frozen=True, slots=True)
class MapWords:
    """The legend's words, for other languages."""

    disputed: str = "disputed, drawn in the {view} view"
    un: str = "UN"
    de_facto: str = "de facto"
    unknown: str = "unknown"
    widest: str = "widest line {amount}"
    not_drawn: str = "not on the map: {names}"


@dataclass(frozen=True, slots=True)
class MapInput:
    """What one map shows; `caption` becomes the picture's description, `unknown` are states without any row."""

    pivot: str
    poles: tuple[MapPole, ...]
    flows: tuple[MapFlow, ...]
    worldview: Worldview
    caption: str
    routes: tuple[MapRoute, ...] = ()
    unknown: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    words: MapWords = MapWords()


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


@dataclass(frozen=True, slots=True)
class Ink:
    """The colours of one theme."""

    paper: str
    ink: str
    muted: str
    hatch: str
    sea: str
    land: str
    coast: str


INKS: dict[Theme, Ink] = {
    "light": Ink("#fdfcf8", "#1b1b1e", "#5b5a60", "#bdb9ad", "#eef1f1", "#fbfaf5", "#cfccc1"),
    "dark": Ink("#151619", "#f2f0eb", "#aeaca6", "#5a5a60", "#1a1c20", "#222429", "#3d3f45"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A flow or route ready to draw."""

    points: tuple[tuple[float, float], ...]
    colour: str
    px: float
    text: str
    dash: tuple[float, float]
    is_arc: bool


Style = Literal["head", "tail", "name", "pivot", "legend"]


@dataclass(frozen=True, slots=True)
class Label:
    """A placed text, top left corner in pixels."""

    x: float
    y: float
    text: str
    style: Style
    colour: str | None = None  # of the square before the text


@dataclass(frozen=True, slots=True)
class Wish:
    """A text and the pixels it may stand at, best first."""

    text: str
    style: Style
    points: tuple[tuple[float, float], ...]
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of the legend: a sign (a Vega symbol path), its text to the right."""

    text: str
    sign: str
    fill: str
    stroke: str


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
    for feature in _areas():
        if _is_inside([_closed(ring) for part in feature["geometry"]["coordinates"] for ring in part], lon, lat):
            drawn: str | None = feature["properties"][worldview]
            return drawn
    return next((a3 for a3, rings in _outlines().items() if _is_inside(rings, lon, lat)), None)


def pole_map(given: MapInput, *, width: int = 1080, theme: Theme = "light") -> dict[str, Any]:
    """Draw the pivot among the poles as a Vega-Lite spec; under 640 px wide the phone's crop with fewer lines.

    Raises:
        UnknownName: the pivot or a partner is no unit of the map.
        WrongRequest: a value is negative or not finite, or flows (or routes) mix units that no width can compare.
    """
    # Altair takes half a second to import: only a drawn map pays for it.
    import altair as alt  # noqa: PLC0415

    _check(given)
    ink, frame, colours = INKS[theme], _frame(map_units()[given.pivot], width), _colours(given.poles)
    lines = [*_arcs(given, frame, colours), *_routes(given, colours, ink)]
    legend = _legend(given, colours, ink)
    entries, labels = _legend_rows(legend, frame), _labels(given, frame, lines)
    chart = alt.layer(
        *_land(given, frame, colours, ink),
        *_disputed(given, frame, colours, ink),
        *_strokes(lines, frame, ink),
        _dots(given, frame, colours, ink),
        _signs([*_line_keys(labels), *legend], [*(label for label in labels if label.colour), *entries]),
        *_texts([*labels, *entries], ink),
    ).project(**_projection(frame))
    chart = chart.properties(width=width, height=int(entries[-1].y) + 20, padding=0, description=given.caption)
    chart = chart.configure(background=ink.paper, font=SANS).configure_view(stroke=None)
    # The parts are checked against the schema in the tests; checking them at each drawing takes seconds.
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return spec


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


def _areas() -> list[dict[str, Any]]:
    return [feature for feature in disputed()["features"] if feature["properties"]["kind"] == "area"]


@cache
def _outlines() -> dict[str, list[NDArray[np.float64]]]:
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


def _check(given: MapInput) -> None:
    for name in (given.pivot, *(flow.partner for flow in given.flows)):
        if name not in map_units():
            raise UnknownName("map unit", name, known=map_units())
    amounts = [(f.label, f.value) for f in given.flows] + [(r.name, r.amount) for r in given.routes]
    wrong = [f"{name!r} {v}" for name, v in amounts if v is not None and not (math.isfinite(v) and v >= 0)]
    for kind, units in (("flows", {f.unit for f in given.flows}), ("routes", {r.unit for r in given.routes})):
        if len(units) > 1:
            wrong.append(f"{kind} in {', '.join(sorted(units))}: line widths compare one unit only, draw two maps")
    if wrong:
        raise WrongRequest("a line's width needs a finite value of at least 0: " + "; ".join(wrong))


def _colours(poles: Sequence[MapPole]) -> dict[str, str]:
    spare = iter(SPARE_COLOURS)
    return {pole.pole: POLE_COLOURS.get(pole.pole) or next(spare, REST) for pole in poles}


def _frame(pivot: MapUnit, width: int) -> Frame:
    """A window about twice as wide as the pivot, never so narrow that its neighbours are lost."""
    is_phone = width < PHONE_PX
    half_deg = max(6.0, 2.3 * pivot.radius_deg) if not is_phone else max(4.0, 1.7 * pivot.radius_deg)
    height = round(width * (1.05 if is_phone else 0.52))
    px_per_rad = width / 2 / math.radians(min(half_deg, 75.0))
    return Frame(pivot.centre_lon, min(75.0, max(-75.0, pivot.centre_lat)), px_per_rad, width, height)


def _project(frame: Frame, points: NDArray[np.float64]) -> NDArray[np.float64]:
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


def _great_circle(start: MapUnit, end: MapUnit, shift_rad: float) -> NDArray[np.float64]:
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


def _arcs(given: MapInput, frame: Frame, colours: Mapping[str, str]) -> list[Line]:
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
        points = _great_circle(map_units()[given.pivot], map_units()[flow.partner], shift)
        ordered = points if flow.direction == "out" else points[::-1]
        ends = tuple((round(float(lon), 3), round(float(lat), 3)) for lon, lat in ordered)
        lines.append(Line(ends, colours.get(flow.pole, REST), px, flow.label, SOLID, is_arc=True))
    return lines


def _routes(given: MapInput, colours: Mapping[str, str], ink: Ink) -> list[Line]:
    largest = max((route.amount or 0.0 for route in given.routes), default=0.0) or 1.0
    lines = []
    for route in given.routes:
        px_per_unit = PX_PER_MT if route.unit == "Mt" else WIDEST_PX / largest
        amount = given.words.unknown if route.amount is None else f"{route.amount:,.1f}\u202f{route.unit}"
        colour = ink.ink if route.territory_pole is None else colours.get(route.territory_pole, REST)
        dash = next((DASHES[part] for part in DASHES if part in route.mode), SOLID)
        px = max(THINNEST_PX, px_per_unit * (route.amount or 0.0))
        lines.append(Line(route.coordinates, colour, px, f"{route.name}\n{amount}", dash, is_arc=False))
    return lines


def _seen(frame: Frame, line: Line) -> NDArray[np.float64]:
    """The pixels of a line inside the window, with a margin for its label."""
    pixels = _dense(_project(frame, np.array(line.points)))
    edge = 6
    inside = np.all((pixels > edge) & (pixels < (frame.width - edge, frame.height - edge)), axis=1)
    seen: NDArray[np.float64] = pixels[inside]
    return seen


def _dense(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line with a point at least every 4 px, so that a label can see it."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(pixels, axis=0).T))])
    steps = np.linspace(0, along[-1], 2 + int(along[-1] / 4))
    return np.column_stack([np.interp(steps, along, pixels[:, axis]) for axis in (0, 1)])


def _labels(given: MapInput, frame: Frame, lines: Sequence[Line]) -> list[Label]:
    """Texts in order of need: the pivot, the lines by width, then neighbours where room is left."""
    # A text may cross the pivot's outline sooner than a line: every third point of it counts.
    outline = [_dense(_project(frame, ring))[::3] for ring in _outlines().get(given.pivot, [])]
    ink = np.concatenate([np.empty((0, 2)), *outline, *(_seen(frame, line) for line in lines)])
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
        placed.append(Label(x, box[1], head, wish.style, wish.colour))
        placed += [Label(x, box[1] + LEADING * (i + 1), text, "tail") for i, text in enumerate(tail)]
    return placed


def _pixel(frame: Frame, unit: MapUnit) -> tuple[float, float]:
    x, y = _project(frame, np.array([[unit.lon, unit.lat]]))[0]
    return float(x), float(y)


def _pivot_wish(given: MapInput, frame: Frame) -> Wish:
    """The name in spaced capitals, on the pivot or near it."""
    pivot = map_units()[given.pivot]
    x, y = _pixel(frame, pivot)
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
        seen = _seen(frame, line)
        if len(seen):
            head, *tail = line.text.split("\n")
            before = wishes.get(head)
            outward = seen if np.hypot(*(seen[0] - centre)) > np.hypot(*(seen[-1] - centre)) else seen[::-1]
            shares = (0.0, 0.1, 0.2, 0.3, 0.4) if line.is_arc else (0.5, 0.3, 0.7)
            at = tuple((float(x), float(y)) for x, y in (outward[int(share * (len(seen) - 1))] for share in shares))
            text = "\n".join([before.text if before else head, *tail])
            wishes[head] = Wish(text, "head", before.points if before else at, line.colour)
    return list(wishes.values())


def _neighbour_wishes(given: MapInput, frame: Frame) -> list[Wish]:
    """Names of the units large enough to bear one; none that the view draws as part of another state."""
    absorbed = {
        area["properties"]["unit_in_file"]
        for area in _areas()
        if area["properties"]["de_facto"] == area["properties"]["unit_in_file"] != area["properties"][given.worldview]
    }
    skipped = absorbed | {flow.partner for flow in given.flows} | {given.pivot}
    wishes = []
    for unit in sorted(map_units().values(), key=lambda unit: -unit.radius_deg):
        x, y = _pixel(frame, unit)
        is_large = math.radians(unit.radius_deg) * frame.px_per_rad > LEAST_NAMED_PX
        if is_large and unit.a3 not in skipped and _is_seen(frame, unit):
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


def _legend(given: MapInput, colours: Mapping[str, str], ink: Ink) -> list[Key]:
    words, view = given.words, given.words.un if given.worldview == "un" else given.words.de_facto
    keys = [Key(pole.label, "square", colours[pole.pole], NOTHING) for pole in given.poles]
    keys.append(Key(words.disputed.format(view=view), HATCHED, NOTHING, ink.muted))
    if given.unknown:
        keys.append(Key(words.unknown, "square", ink.hatch, ink.muted))
    if given.flows:
        widest = max(given.flows, key=lambda flow: flow.value)
        keys.append(Key(words.widest.format(amount=f"{widest.value:,.4g}\u202f{widest.unit}"), BAR, ink.muted, NOTHING))
    missing = sorted(frozenset().union(*(pole.members for pole in given.poles)) - set(map_units()))
    if missing:
        keys.append(Key(words.not_drawn.format(names=", ".join(missing)), "cross", ink.muted, NOTHING))
    return keys


def _legend_rows(keys: Sequence[Key], frame: Frame) -> list[Label]:
    """The legend's texts below the window, row by row."""
    x, y = 0.0, frame.height + 12.0
    placed = []
    for key in keys:
        wide = SIGN_PX + len(key.text) * CHARACTER_PX["legend"] + 18
        if x and x + wide > frame.width:
            x, y = 0.0, y + 20
        placed.append(Label(x + SIGN_PX, y, key.text, "legend"))
        x += wide
    return placed


def _projection(frame: Frame) -> dict[str, Any]:
    return {
        "type": "conicEqualArea", "rotate": [-frame.lon, 0, 0], "center": [0, frame.lat],
        "parallels": list(frame.parallels), "scale": frame.px_per_rad,
        "translate": [frame.width / 2, frame.height / 2], "clipExtent": [[0, 0], [frame.width, frame.height]],
    }  # fmt: skip


def _wash(given: MapInput, colours: Mapping[str, str], unit: str) -> str:
    """Vega expression: the colour of the pole a unit belongs to; the pivot and the unknown are never washed."""
    skipped = {given.pivot} | given.unknown
    by_unit = {a3: colours[pole.pole] for pole in given.poles for a3 in sorted(pole.members - skipped)}
    return f"({json.dumps(by_unit, sort_keys=True)})[datum.properties.{unit}] || 'transparent'"


def _shape(name: str, where: str = "true") -> alt.Chart:
    import altair as alt  # noqa: PLC0415  (lazy, see pole_map)

    if name == "mv:world":
        return alt.Chart(
            alt.UrlData(name, format=alt.TopoDataFormat(type="topojson", feature="countries"))
        ).transform_filter(where)
    return alt.Chart(alt.UrlData(name, format=alt.JsonDataFormat(type="json", property="features"))).transform_filter(
        where
    )


def _land(given: MapInput, frame: Frame, colours: Mapping[str, str], ink: Ink) -> list[alt.Chart]:
    import altair as alt  # noqa: PLC0415  (lazy, see pole_map)

    sea = alt.Chart(alt.InlineData([{}])).mark_rect(color=ink.sea)
    sea = sea.encode(x=alt.value(0), x2=alt.value(frame.width), y=alt.value(0), y2=alt.value(frame.height))
    is_unknown = f"indexof({json.dumps(sorted(given.unknown))}, datum.properties.a3) >= 0"
    wash = _shape("mv:world").transform_calculate(wash=_wash(given, colours, "a3"))
    return [
        sea,
        _shape("mv:world").mark_geoshape(fill=ink.land, stroke=ink.coast, strokeWidth=0.6),
        wash.mark_geoshape(fillOpacity=WASH).encode(fill=alt.Fill("wash:N", scale=None)),
        _shape("mv:world", is_unknown).mark_geoshape(
            fill=ink.hatch, fillOpacity=0.35, stroke=ink.muted, strokeDash=[2, 3]
        ),
        _shape("mv:world", f"datum.properties.a3 == '{given.pivot}'").mark_geoshape(
            fill=ink.paper, stroke=ink.ink, strokeWidth=1.4
        ),
    ]


def _disputed(given: MapInput, frame: Frame, colours: Mapping[str, str], ink: Ink) -> list[alt.Chart]:
    """Each area in the colours of the state this view draws it as, hatched and dashed in either view."""
    import altair as alt  # noqa: PLC0415  (lazy, see pole_map)

    px_per_deg = math.radians(frame.px_per_rad)
    step = min(HATCH_STEPS_DEG, key=lambda step: abs(step * px_per_deg - HATCH_PX))
    view = given.worldview
    base = f"datum.properties.{view} == '{given.pivot}' ? '{ink.paper}' : '{ink.land}'"
    areas = _shape("mv:disputed", "datum.properties.kind == 'area'")
    hatch = _shape("mv:disputed", f"datum.properties.kind == 'hatch' && datum.properties.step_deg == {step}")
    return [
        areas.transform_calculate(base=base).mark_geoshape().encode(fill=alt.Fill("base:N", scale=None)),
        areas.transform_calculate(wash=_wash(given, colours, view))
        .mark_geoshape(fillOpacity=WASH)
        .encode(fill=alt.Fill("wash:N", scale=None)),
        hatch.mark_geoshape(filled=False, stroke=ink.hatch, strokeWidth=0.8),
        areas.mark_geoshape(filled=False, stroke=ink.muted, strokeWidth=0.8, strokeDash=[3, 2]),
    ]


def _strokes(lines: Sequence[Line], frame: Frame, ink: Ink) -> list[alt.Chart]:
    """Casing and line, and on each great circle a head that shows the direction."""
    import altair as alt  # noqa: PLC0415  (lazy, see pole_map)

    charts = []
    for dash in sorted({line.dash for line in lines}):
        features = [
            {
                "type": "Feature", "geometry": {"type": "LineString", "coordinates": [list(p) for p in line.points]},
                "properties": {"colour": line.colour, "px": round(line.px, 2), "casing": round(line.px + 2, 2)},
            }
            for line in lines if line.dash == dash
        ]  # fmt: skip
        base = alt.Chart(alt.InlineData(features))
        casing = base.mark_geoshape(filled=False, stroke=ink.paper, strokeOpacity=0.8)
        stroke = base.mark_geoshape(filled=False, strokeDash=list(dash), strokeCap="butt", strokeJoin="round")
        colour = alt.Stroke("properties.colour:N", scale=None)
        charts.append(casing.encode(strokeWidth=alt.StrokeWidth("properties.casing:Q", scale=None)))
        charts.append(stroke.encode(strokeWidth=alt.StrokeWidth("properties.px:Q", scale=None), stroke=colour))
    heads = [head for line in lines if line.is_arc for head in _head(frame, line)]
    mark = alt.Chart(alt.InlineData(heads)).mark_point(shape="triangle", opacity=1, stroke=None)
    return [*charts, _at(mark).encode(angle=alt.Angle("angle:Q", scale=None))]


def _head(frame: Frame, line: Line) -> list[dict[str, float | str]]:
    """Arrow head past the middle of what is seen, so that it is clear of both ends."""
    seen = _seen(frame, line)
    i = int(len(seen) * 0.62)
    if i + 1 >= len(seen):
        return []
    dx, dy = seen[i + 1] - seen[i]
    angle = math.degrees(math.atan2(dx, -dy))
    size = (line.px * 2 + 6) ** 2 / 2
    return [{"x": float(seen[i, 0]), "y": float(seen[i, 1]), "angle": angle, "size": size, "colour": line.colour}]


def _at(chart: alt.Chart) -> alt.Chart:
    """Marks at pixels, not at places."""
    import altair as alt  # noqa: PLC0415  (lazy, see pole_map)

    return chart.encode(
        x=alt.X("x:Q", scale=None, axis=None), y=alt.Y("y:Q", scale=None, axis=None),
        fill=alt.Fill("colour:N", scale=None), size=alt.Size("size:Q", scale=None),
    )  # fmt: skip


def _is_seen(frame: Frame, unit: MapUnit) -> bool:
    x, y = _pixel(frame, unit)  # a projection's clipping window cuts lines and areas, not points
    return 0 < x < frame.width and 0 < y < frame.height


def _dots(given: MapInput, frame: Frame, colours: Mapping[str, str], ink: Ink) -> alt.Chart:
    """States too small for an area, and the point where the pivot's lines start."""
    import altair as alt  # noqa: PLC0415  (lazy, see pole_map)

    pole_of = {a3: colours[pole.pole] for pole in given.poles for a3 in pole.members} | {given.pivot: ink.ink}
    dots = [
        {"lon": unit.lon, "lat": unit.lat, "colour": pole_of.get(unit.a3, ink.muted)}
        for unit in map_units().values()
        if (unit.a3 == given.pivot or unit.is_dot) and _is_seen(frame, unit)
    ]
    spots = alt.Chart(alt.InlineData(dots)).mark_circle(size=26, opacity=1, stroke=ink.paper, strokeWidth=1)
    chart: alt.Chart = spots.encode(longitude="lon:Q", latitude="lat:Q", color=alt.Color("colour:N", scale=None))
    return chart


def _line_keys(labels: Sequence[Label]) -> list[Key]:
    """A square in the pole's colour before each line's name: a text is never in that colour itself."""
    return [Key(label.text, "square", label.colour, NOTHING) for label in labels if label.colour]


def _signs(keys: Sequence[Key], labels: Sequence[Label]) -> alt.Chart:
    """The signs left of their texts."""
    import altair as alt  # noqa: PLC0415  (lazy, see pole_map)

    signs = [
        {"x": label.x - 11, "y": label.y + 7, "colour": key.fill, "stroke": key.stroke, "size": 100, "sign": key.sign}
        for key, label in zip(keys, labels, strict=True)
    ]
    mark = alt.Chart(alt.InlineData(signs)).mark_point(opacity=1, strokeWidth=1)
    return _at(mark).encode(shape=alt.Shape("sign:N", scale=None), stroke=alt.Stroke("stroke:N", scale=None))


def _texts(labels: Sequence[Label], ink: Ink) -> list[alt.Chart]:
    """All texts, each first as a halo in paper: Vega paints a stroke over its own letters."""
    import altair as alt  # noqa: PLC0415  (lazy, see pole_map)

    charts = []
    for style in ("name", "pivot", "tail", "head", "legend"):
        rows = [{"x": label.x, "y": label.y, "text": label.text} for label in labels if label.style == style]
        base = alt.Chart(alt.InlineData(rows)).encode(
            x=alt.X("x:Q", scale=None, axis=None), y=alt.Y("y:Q", scale=None, axis=None), text="text:N"
        )
        weight: Literal[400, 600] = 600 if style == "head" else 400
        size, font = {"pivot": 15, "name": 12}.get(style, 13), SERIF if style == "pivot" else SANS
        colour = ink.muted if style in ("name", "legend") else ink.ink
        for fill, stroke, px in ((ink.paper, ink.paper, 3), (colour, NOTHING, 0)):
            mark = base.mark_text(
                align="left", baseline="top", fontSize=size, fontWeight=weight, font=font,
                fill=fill, stroke=stroke, strokeWidth=px, strokeJoin="round",
            )  # fmt: skip
            charts += [mark] if rows else []
    return charts
