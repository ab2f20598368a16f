"""What a user's legs may not say, beyond the rules of the tables: figures that cannot be, units mixed, places moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from multivector.errors import nearest
from multivector.problems import Problem
from multivector.sources.networks.lines import distance_km
from multivector.world import World

MODES: Final = ("pipeline", "sea", "rail", "road", "port", "terminal")
TONNES: Final = ("nameplate_mt_y", "quota_mt_y", "tariff_usd_t")
CONTAINERS: Final = "nameplate_kteu_y"
FIGURES: Final = (*TONNES, CONTAINERS, "days")
_FARTHEST_KM: Final = 50.0  # the world's points are good to about 0.3 degrees


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One line of the file: its cells by column, null where they are blank."""

    line: int
    cells: Mapping[str, str | float | dt.date | None]


@dataclass(frozen=True, slots=True)
class End:
    """One end of a leg as the file gives it: (latitude, longitude) in degrees, None where they are blank."""

    row: Row
    side: str
    name: str
    point: tuple[float, float] | None


def text(row: Row, column: str) -> str:
    """A cell of text; empty where it is blank."""
    cell = row.cells.get(column)
    return cell if isinstance(cell, str) else ""


def amount(row: Row, column: str) -> float | None:
    """A cell of a number; None where it is blank."""
    cell = row.cells.get(column)
    return cell if isinstance(cell, float) else None


def published(row: Row) -> dt.date | None:
    """The day on which a line could first be known; None where it is blank."""
    cell = row.cells.get("published")
    return cell if isinstance(cell, dt.date) else None


def column_of(row: Row, column: str) -> str:
    """The leg and the column, for a problem."""
    return f"{text(row, 'leg_id')} {column}".strip()


def leg_problems(file: str, rows: Sequence[Row], world: World) -> Iterator[Problem]:
    """What is wrong with single lines: figures, units, mode, and keys that the world uses for another leg."""
    legs = world.rows("legs").select("leg", "origin", "destination").iter_rows()
    known = {leg: (origin, destination) for leg, origin, destination in legs}
    for row in rows:
        yield from _figure_problems(file, row)
        yield from _unit_problems(file, row)
        mode = text(row, "mode")
        if mode and mode not in MODES:
            yield Problem(file, row.line, column_of(row, "mode"), "is no mode", mode, nearest(mode, MODES))
        ends = text(row, "from"), text(row, "to")
        if ends[0] and ends[0] == ends[1]:
            yield Problem(file, row.line, column_of(row, "to"), "is where the leg starts", ends[1])
        held = known.get(text(row, "leg_id"), ends)
        if held != ends:
            rule = f"is the world's leg from {held[0]} to {held[1]}, whose place it would take: give another key"
            yield Problem(file, row.line, column_of(row, "leg_id"), rule, text(row, "leg_id"))


def _figure_problems(file: str, row: Row) -> Iterator[Problem]:
    for column in FIGURES:
        value = amount(row, column)
        if value is not None and value < 0:
            yield Problem(file, row.line, column_of(row, column), "is below zero", str(value))
    quota, nameplate = amount(row, "quota_mt_y"), amount(row, "nameplate_mt_y")
    if quota is not None and nameplate is not None and quota > nameplate:
        rule = f"is above the nameplate, {nameplate}: a quota limits what the leg can carry"
        yield Problem(file, row.line, column_of(row, "quota_mt_y"), rule, str(quota))


def _unit_problems(file: str, row: Row) -> Iterator[Problem]:
    """A leg is counted in tonnes or in TEU: nobody knows how many tonnes a container holds."""
    containers = amount(row, CONTAINERS)
    if containers is None:
        return
    if text(row, "network") == "oil":
        rule = "counts oil in TEU: the oil network is in tonnes"
        yield Problem(file, row.line, column_of(row, CONTAINERS), rule, str(containers))
    for column in TONNES:
        if amount(row, column) is not None:
            rule = f"is in tonnes where {CONTAINERS} is in TEU: make two legs, one a unit"
            yield Problem(file, row.line, column_of(row, column), rule, str(amount(row, column)))


def ends(rows: Sequence[Row]) -> list[End]:
    """Both ends of every leg, in the order of the lines; ends without a name are left out."""
    return [_end(row, side) for row in rows for side in ("from", "to") if text(row, side)]


def _end(row: Row, side: str) -> End:
    latitude, longitude = amount(row, f"{side}_lat"), amount(row, f"{side}_lon")
    point = (latitude, longitude) if latitude is not None and longitude is not None else None
    return End(row, side, text(row, side), point)


def place_problems(file: str, rows: Sequence[Row], world: World) -> Iterator[Problem]:
    """What is wrong with end points: half given, nowhere given, given twice, or far from where the world has them."""
    known = {name: (lat, lon) for name, lat, lon in world.rows("places")["place", "latitude", "longitude"].iter_rows()}
    given: dict[str, End] = {}
    for end in ends(rows):
        if end.point is not None:
            given.setdefault(end.name, end)
    spelled = {name.casefold(): name for name in (*given, *known)}
    for end in ends(rows):
        yield from _coordinate_problems(file, end, given, known)
        twin = spelled.get(end.name.casefold(), end.name)
        if twin != end.name:
            rule = f"differs from the place {twin} in capitals only: legs would not join"
            yield Problem(file, end.row.line, column_of(end.row, end.side), rule, end.name)


def _coordinate_problems(
    file: str, end: End, given: Mapping[str, End], known: Mapping[str, tuple[float, float]]
) -> Iterator[Problem]:
    column = column_of(end.row, f"{end.side}_lat")
    half = amount(end.row, f"{end.side}_lat") is not None or amount(end.row, f"{end.side}_lon") is not None
    if end.point is None and half:
        yield Problem(file, end.row.line, column, "is half a point: give latitude and longitude, or neither", "")
    elif end.point is None and end.name not in given and end.name not in known:
        rule = f"is empty, and nothing says where {end.name} lies"
        yield Problem(file, end.row.line, column, rule, "", nearest(end.name, (*given, *known)))
    elif end.point is not None and end.point != given[end.name].point:
        first = given[end.name]
        rule = f"puts {end.name} elsewhere than line {first.row.line}, which says {_shown(first.point)}"
        yield Problem(file, end.row.line, column, rule, _shown(end.point))
    elif end.point is not None and end.name in known and _is_far(end.point, known[end.name]):
        rule = f"puts {end.name} far from {_shown(known[end.name])}, where the world has it: give it another name"
        yield Problem(file, end.row.line, column, rule, _shown(end.point))


def _is_far(point: tuple[float, float], other: tuple[float, float]) -> bool:
    return distance_km(point, other) > _FARTHEST_KM


def _shown(point: tuple[float, float] | None) -> str:
    return "" if point is None else f"{point[0]:g}, {point[1]:g}"
