"""The network on the map, before and after: each leg along the line that its row names, else straight."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from multivector.brief.content import CorridorMaps, CorridorView, Figure, LegLine
from multivector.brief.corridor_figures import Answer, after_figure, route_figure
from multivector.brief.figures import Line
from multivector.world import World

Points = tuple[tuple[float, float], ...]
FloatArray = npt.NDArray[np.float64]
_FAR_DEG: Final = 1.5  # a line that passes an end of the leg at more than this is not cut there


def corridor_maps(answer: Answer, worst: Line, figures: dict[str, Figure]) -> CorridorMaps:
    """The network as it was, and while the worst route is closed."""
    routes = list(answer.result.tables["routes"].iter_rows(named=True))
    before = {line["route"]: route_figure(answer, line) for line in routes}
    after = {line["route"]: after_figure(answer, line, worst) for line in routes}
    for figure in (*before.values(), *after.values()):
        figures.setdefault(figure.id, figure)
    closed = answer.name(worst["target"])
    most = max((figure.value or 0.0 for figure in (*before.values(), *after.values())), default=0.0) or 1.0
    views = (
        CorridorView("corridors.before", (f"{answer.period}, as it was",), tuple(_lines(answer, routes, before, most))),
        CorridorView("corridors.after", (f"While {closed} is closed",), tuple(_lines(answer, routes, after, most))),
    )
    return CorridorMaps(
        views=views,
        routes=tuple(
            (answer.routes.get(line["route"], line["route"]), before[line["route"]].id, after[line["route"]].id)
            for line in routes
        ),
        caption=(
            "What to see: each leg is as wide as what it carries, in the colour of whoever besides the state itself "
            "can stop it; a leg that carries nothing is a hairline. Pipes follow Global Energy Monitor "
            "(CC BY 4.0), sea legs searoute; rail, and legs without a drawn line, run straight, as a scheme only."
        ),
    )


def _lines(answer: Answer, routes: list[dict[str, Any]], shown: Mapping[str, Figure], most: float) -> Iterator[LegLine]:
    """The legs of every route; a route is named once, beside its longest leg. Widths compare across the pictures."""
    points = leg_points(answer.desk.world, answer.params.network)
    load = {leg: 0.0 for line in routes for leg in line["legs"] if leg in points}
    for line in routes:
        for leg in load.keys() & set(line["legs"]):
            load[leg] += shown[line["route"]].value or 0.0
    legs = {row["leg"]: row for row in answer.result.tables["legs"].iter_rows(named=True) if row["leg"] in load}
    poles = {leg: _pole_of(answer, row["controller"]) for leg, row in legs.items()}
    named = {_named_at(line["legs"], points, poles): line["route"] for line in routes}
    for row in legs.values():
        route = named.get(row["leg"])
        yield LegLine(
            leg=row["leg"],
            label=answer.routes.get(route, route) if route is not None else "",
            pole=poles[row["leg"]],
            figure=shown[route].id if route is not None else None,
            weight=min(load[row["leg"]] / most, 1.0),
            mode=row["mode"],
            coordinates=points[row["leg"]],
        )


def _named_at(legs: list[str], points: Mapping[str, Points], poles: Mapping[str, str | None]) -> str:
    """The leg that a route is named beside: one in a pole's hands before one of the state's own, then the longest."""
    drawn = [leg for leg in legs if leg in points and leg in poles]
    return max(drawn, key=lambda leg: (poles[leg] is not None, len(points[leg]), leg), default="")


def _pole_of(answer: Answer, controllers: list[str]) -> str | None:
    """The pole of the first controller that is not the pivot; null where it is in none, or there is no other."""
    members = answer.members
    others = [state for state in controllers if state != answer.params.pivot]
    return next((pole for state in others for pole, states in members if state in states), None)


def leg_points(world: World, network: str) -> dict[str, Points]:
    """Leg -> points in degrees, longitude first, of every leg with both ends on the map."""
    places = {row["place"]: (row["longitude"], row["latitude"]) for row in world.rows("places").iter_rows(named=True)}
    shapes = _shapes(world)
    found: dict[str, Points] = {}
    for row in world.rows("legs", pl.col("network") == network).sort("leg", "id").iter_rows(named=True):
        ends = places.get(row["origin"]), places.get(row["destination"])
        if ends[0] is None or ends[1] is None or row["mode"] == "swap":
            continue
        drawn = shapes.get(row["shape"] or "")
        found[row["leg"]] = _between(drawn, ends[0], ends[1]) if drawn is not None else (ends[0], ends[1])
    return found


def _shapes(world: World) -> Mapping[str, FloatArray]:
    """Key -> the points of the line, its longest part where it has several."""
    lines = {}
    for key, text in world.rows("geometries").select("shape", "coordinates").iter_rows():
        parts = [np.array(part, dtype=np.float64) for part in json.loads(text)]
        lines[key] = max(parts, key=len)
    return lines


def _between(line: FloatArray, start: tuple[float, float], end: tuple[float, float]) -> Points:
    """The part of a line between the points nearest to both ends, in the direction of the leg."""
    first, last = _nearest(line, start), _nearest(line, end)
    if first == last:
        return (start, end)
    part = line[first : last + 1] if first < last else line[last : first + 1][::-1]
    return tuple((float(lon), float(lat)) for lon, lat in part)


def _nearest(line: FloatArray, place: tuple[float, float]) -> int:
    """The place on the line of the point nearest to a place, degrees of longitude shortened by latitude."""
    squeeze = np.array([np.cos(np.radians(place[1])), 1.0])
    away = np.hypot(*((line - np.array(place)) * squeeze).T)
    nearest = int(away.argmin())
    if away[nearest] <= _FAR_DEG:
        return nearest
    return 0 if away[0] <= away[-1] else len(line) - 1
