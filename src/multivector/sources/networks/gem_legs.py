"""From pipelines of the tracker to legs of the oil network: where each starts and ends, and what it can carry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from multivector.errors import nearest
from multivector.problems import Problem
from multivector.sources.handover.base import Left
from multivector.sources.networks.gem_pipelines import Pipeline, figure_problems, where
from multivector.sources.networks.gem_words import AMBIGUOUS, CAPACITY_UNITS, OIL, figure, said
from multivector.sources.networks.lines import distance_km
from multivector.sources.networks.tables import Cell, Made

_SAME_PLACE_KM: Final = 10.0  # ends of one name and no farther apart are one place; the tracker draws no closer
_LONGEST_LOCATION: Final = 90
_LONGEST_NOTE: Final = 900
_BOE_A_KB: Final = 1000
_CAPACITIES: Final = frozenset({"Capacity", "CapacityBOEd"})
_END_NOTE: Final = "an end of the drawn line: it may have been drawn against the flow"


@dataclass(frozen=True, slots=True)
class Release:
    """What every row says of its source: the key, the name of what was received, and when it was published."""

    source: str
    published: dt.date | None


@dataclass(frozen=True, slots=True)
class End:
    """One end of a pipeline: its place as the tracker names it, and where its line ends: (latitude, longitude)."""

    project: str
    role: str
    location: str | None
    point: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A place that legs join."""

    name: str
    point: tuple[float, float]


def stated(pipeline: Pipeline, release: Release) -> dict[str, Cell]:
    """The cells that every row on a pipeline ends with."""
    page = said(pipeline.feature.properties, "Wiki")
    return {
        "period_start": None,
        "period_end": None,
        "status": "observed",
        "source": release.source,
        "locator": f"{pipeline.project}; {page}"[:500] if page else pipeline.project,
        "published": release.published,
    }


def leg_rows(pipelines: Sequence[Pipeline], release: Release) -> Iterator[Made | Left | Problem]:
    """Rows of `places`, `legs` and `leg_values`, and why a pipeline has none. `line` counts pipelines from 1."""
    legs: list[tuple[int, Pipeline]] = []
    for number, pipeline in enumerate(pipelines, start=1):
        reason = _reason_for_no_leg(pipeline)
        if reason:
            yield Left(pipeline.feature.file, pipeline.project, f"drawn, but no leg: {reason}")
        else:
            legs.append((number, pipeline))
    places = placed([end for _, pipeline in legs for end in _ends(pipeline)])
    known: set[str] = set()
    for (number, pipeline), origin, destination in zip(legs, places[::2], places[1::2], strict=True):
        for place in (origin, destination):
            if place.name not in known:
                known.add(place.name)
                yield Made("places", number, _place_row(place, pipeline, release))
        yield Made("legs", number, _leg_row(pipeline, origin, destination, release))
        yield from _values(number, pipeline, release)


def _reason_for_no_leg(pipeline: Pipeline) -> str:
    properties = pipeline.feature.properties
    fuel = said(properties, "Fuel")
    if not _CAPACITIES.intersection(properties):
        return "the file has no column of capacities"
    if fuel is None or fuel.casefold() not in OIL:
        return f"fuel {fuel or 'unknown'}, and the networks are of oil and of cargo"
    if not pipeline.territory:
        return "no country is named"
    if len(pipeline.lines) > 1:
        return f"its route is in {len(pipeline.lines)} pieces that do not meet, so that its ends are unknown"
    return ""


def _ends(pipeline: Pipeline) -> tuple[End, End]:
    line = pipeline.lines[0]
    first, last = (float(line[0, 1]), float(line[0, 0])), (float(line[-1, 1]), float(line[-1, 0]))
    properties = pipeline.feature.properties
    return (
        End(pipeline.project, "start", said(properties, "StartLocation"), first),
        End(pipeline.project, "end", said(properties, "EndLocation"), last),
    )


def placed(ends: Sequence[End]) -> list[Place]:
    """A place for each end, in order: ends of one name no farther than 10 km apart share the first one's.

    Names carry "(GEM)", so that none takes the place of one that the world has: a tracked pipeline and a leg of the
    world may be the same pipe, and joined to one network it would be counted twice.
    """
    held: dict[str, list[Place]] = {}
    found: list[Place] = []
    for end in ends:
        location = end.location if end.location and len(end.location) <= _LONGEST_LOCATION else ""
        near = [one for one in held.get(location, ()) if distance_km(one.point, end.point) <= _SAME_PLACE_KM]
        is_loop = end.role == "end" and bool(near) and found[-1] == near[0]
        if location and near and not is_loop:
            found.append(near[0])
            continue
        apart = f"{location}: " if location else ""
        is_first = bool(location) and location not in held
        place = Place(f"{location} (GEM)" if is_first else f"{apart}{end.role} of {end.project} (GEM)", end.point)
        if location and not is_loop:
            held.setdefault(location, []).append(place)
        found.append(place)
    return found


def _place_row(place: Place, pipeline: Pipeline, release: Release) -> dict[str, Cell]:
    latitude, longitude = place.point
    cells: dict[str, Cell] = {"place": place.name, "latitude": latitude, "longitude": longitude}
    return cells | stated(pipeline, release) | {"status": "derived", "note": _END_NOTE}


def _leg_row(pipeline: Pipeline, origin: Place, destination: Place, release: Release) -> dict[str, Cell]:
    owner = said(pipeline.feature.properties, "Owner")
    is_known = owner is not None and not owner.casefold().startswith("unknown [")
    cells: dict[str, Cell] = {
        "leg": pipeline.project,
        "network": "oil",
        "origin": origin.name,
        "destination": destination.name,
        "mode": "pipeline",
        "territory": ";".join(pipeline.territory),
        "phase": pipeline.phase,
        "note": f"{pipeline.name}{f'; owned by {owner}' if is_known else ''}"[:_LONGEST_NOTE],
    }
    return stated(pipeline, release) | cells


def _values(number: int, pipeline: Pipeline, release: Release) -> Iterator[Made | Problem]:
    """What the tracker says of a leg: nameplate and length, each where it says one."""
    problems = tuple(_capacity_problems(pipeline))
    yield from problems
    if problems:
        return
    tail = stated(pipeline, release) | ({} if pipeline.phase == "existing" else {"status": "plan"})
    for value in (_nameplate(pipeline.feature.properties), _length(pipeline.feature.properties)):
        if value:
            yield Made("leg_values", number, {"leg": pipeline.project} | tail | value)


def _capacity_problems(pipeline: Pipeline) -> Iterator[Problem]:
    feature = pipeline.feature
    yield from figure_problems(feature, sorted(_CAPACITIES))
    if said(feature.properties, "Capacity") is None:
        return
    unit = said(feature.properties, "CapacityUnits") or ""
    folded = unit.casefold()
    if folded not in CAPACITY_UNITS:
        meant = f": it may mean {AMBIGUOUS[folded]}" if folded in AMBIGUOUS else ""
        rule = f"is no unit that the world knows{meant}" if unit else "is empty: a capacity needs its unit"
        close = () if meant else nearest(unit, CAPACITY_UNITS)
        yield Problem(feature.file, 0, where(feature, pipeline.project, "CapacityUnits"), rule, unit, close)


def _nameplate(properties: Mapping[str, object]) -> dict[str, Cell]:
    """Capacity in a unit of the schema; where only the tracker's own conversion is given, about that."""
    value, converted = figure(properties, "Capacity"), figure(properties, "CapacityBOEd")
    if value is not None:
        printed = said(properties, "CapacityUnits") or ""
        unit = CAPACITY_UNITS[printed.casefold()]
        amount = value * unit.times / unit.per
        item = f"capacity as printed: {said(properties, 'Capacity')} {printed}"
        return _value("nameplate", amount, unit.unit, item)
    if converted is None:
        return {}
    item = f"capacity as the tracker converts it: {said(properties, 'CapacityBOEd')} barrels of oil equivalent a day"
    return _value("nameplate", converted / _BOE_A_KB, "kb/d", item) | {"qualifier": "about"}


def _length(properties: Mapping[str, object]) -> dict[str, Cell]:
    """Length as published, else as the tracker estimates it along the route."""
    published, estimated = figure(properties, "LengthKnownKm"), figure(properties, "LengthEstimateKm")
    if published is not None:
        return _value("length", published, "km", "published length")
    if estimated is None:
        return {}
    return _value("length", estimated, "km", "length that the tracker estimates along the route") | {
        "qualifier": "about"
    }


def _value(attribute: str, value: float, unit: str, item: str) -> dict[str, Cell]:
    return {"attribute": attribute, "value": value, "unit": unit, "qualifier": "exact", "item": item}
