"""Who a name stands for in an input-output table: which economies of it, and who is left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from multivector.errors import NoAnswer, UnknownName, WrongRequest
from multivector.lenses.trade.params import TradeParams
from multivector.lenses.trade.table import Tables
from multivector.world import World
from multivector.world.poles import Roll, read_roll, scene


@dataclass(frozen=True, slots=True)
class Party:
    """A pole, an organisation or a state. `places`: its economies in the table; `absent`: members without their own."""

    key: str
    label: str
    places: tuple[int, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """Trade between two parties that stops, all of it, both ways."""

    name: str
    first: Party
    second: Party


@dataclass(frozen=True, slots=True)
class Names:
    """What names can stand for on a day."""

    roll: Roll
    actors: Mapping[str, str]
    states: frozenset[str]
    day: dt.date


def read_names(world: World, day: dt.date) -> Names:
    """Groups, organisations and states of a world on a day."""
    actors = world.rows("actors", pl.col("kind").is_in(["state", "territory", "organisation"]))
    return Names(
        roll=read_roll(world),
        actors=dict(actors.select("actor", "name").iter_rows()),
        states=frozenset(actors.filter(pl.col("kind") != "organisation")["actor"]),
        day=day,
    )


def stops_of(names: Names, tables: Tables, params: TradeParams) -> tuple[tuple[Stop, ...], tuple[Stop, ...], list[str]]:
    """The stops with the pivot, those between others, and names that no economy of the table answers to.

    Raises:
        UnknownName: nobody answers to a name.
        WrongRequest: the two sides of a pair share an economy, or the pivot is its own partner.
    """
    pivot = party(names, tables, params.pivot)
    own, pairs, uncovered = [], [], []
    for key in params.embargo:
        other = party(names, tables, key, without=params.pivot)
        if key == params.pivot:
            raise WrongRequest(f"{key} cannot stop trading with itself")
        if other.places:
            own.append(Stop(key, pivot, other))
        elif other.absent:  # a pole without any is the pivot's own
            uncovered.append(f"{other.label} ({', '.join(other.absent)})")
    for pair in params.between:
        first, second = (party(names, tables, key) for key in pair.split(":"))
        if set(first.places) & set(second.places):
            raise WrongRequest(f"{pair}: the two sides share an economy of the table")
        if params.pivot in {first.key, second.key}:
            raise WrongRequest(f"{pair}: trade of {params.pivot} itself is asked for with --embargo")
        if first.places and second.places:
            pairs.append(Stop(pair, first, second))
        uncovered.extend(f"{one.label} ({', '.join(one.absent)})" for one in (first, second) if not one.places)
    return tuple(own), tuple(pairs), list(dict.fromkeys(uncovered))


def party(names: Names, tables: Tables, key: str, *, without: str = "") -> Party:
    """A name as economies of the table, one state left out; an aggregate counts only where all its members belong.

    Raises:
        UnknownName: no such group, organisation or state.
    """
    label, members = _members(names, key, without)
    places: list[int] = []
    seen: set[str] = set()
    for place, region in enumerate(tables.regions):
        if region.members and region.members <= members:
            places.append(place)
            seen |= region.members
    return Party(key, label, tuple(places), tuple(sorted(members - seen)))


def is_party(names: Names, key: str) -> bool:
    """Whether a name is that of a group, an organisation or a state."""
    return key in names.states or key in names.roll.labels or key in names.actors


def _members(names: Names, key: str, without: str) -> tuple[str, frozenset[str]]:
    if key in names.states:
        return names.actors[key], frozenset({key})
    if key in names.roll.labels:
        (pole,) = scene(names.roll, pivot=without, keys=(key,), day=names.day).poles
        return pole.label, pole.members
    if key in names.actors:
        return names.actors[key], frozenset(names.roll.members_on(names.day).get(key, {})) - {without}
    raise UnknownName("pole, organisation or state", key, known={*names.roll.labels, *names.actors})


def require_any(stops: tuple[Stop, ...], uncovered: list[str], params: TradeParams) -> None:
    """Refuse a question of which no part can be answered.

    Raises:
        NoAnswer: no partner asked for stands in the table.
    """
    if not stops and params.embargo:
        raise NoAnswer(f"not covered by the input-output table {params.resolution}: {'; '.join(uncovered)}")
