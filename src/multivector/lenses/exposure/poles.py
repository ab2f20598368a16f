"""Who belongs to which pole on a day, and which organisations a pole swallows whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from multivector.errors import NoAnswer, UnknownName
from multivector.world import World

REST = "rest"


@dataclass(frozen=True, slots=True)
class Pole:
    """A group on a day. `bodies` are organisations all of whose members belong to it: EU within West."""

    key: str
    label: str
    members: frozenset[str]
    bodies: frozenset[str]
    facts: tuple[str, ...]

    def holds(self, partner: str) -> bool:
        """Whether a partner, state or body, lies wholly within the pole."""
        return partner in self.members or partner in self.bodies


@dataclass(frozen=True, slots=True)
class Scene:
    """The pivot among the poles on a day."""

    pivot: str
    day: dt.date
    poles: tuple[Pole, ...]
    body_members: dict[str, frozenset[str]]

    def pole_of(self, partner: str) -> str | None:
        """The pole that holds a partner, `rest` for a state in none, None where a body belongs to several."""
        for pole in self.poles:
            if pole.holds(partner):
                return pole.key
        return None if partner in self.body_members else REST

    def covered_by(self, listed: frozenset[str]) -> frozenset[str]:
        """The states that a list speaks of, by name or inside a body that it lists."""
        inside = [self.body_members[name] for name in listed if name in self.body_members]
        return listed.union(*inside)


def scene(world: World, *, pivot: str, keys: tuple[str, ...], day: dt.date) -> Scene:
    """The poles as they stood on `day`, the pivot removed from each.

    Raises:
        UnknownName: no group of that name.
        NoAnswer: two poles share a state.
    """
    bodies = _bodies(world, day)
    groups = world.rows("groups")
    known = frozenset(groups["group"])
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise UnknownName("pole", unknown[0], known=known)
    found = tuple(_pole(groups.filter(pl.col("group") == key), pivot, day, bodies) for key in keys)
    _require_disjoint(found)
    members = {body: frozenset(rows) for body, rows in bodies.items() if rows}
    return Scene(pivot=pivot, day=day, poles=found, body_members={name: frozenset(m) for name, m in members.items()})


def _bodies(world: World, day: dt.date) -> dict[str, dict[str, str]]:
    """Members of every organisation on a day: organisation -> state -> row id."""
    start, end = pl.col("period_start"), pl.col("period_end")
    rows = world.rows(
        "memberships",
        pl.col("role") == "member",
        (start <= day) & (end.is_null() | (end > day)),
    )
    held: dict[str, dict[str, str]] = {}
    for organisation, actor, row in rows.select("organisation", "actor", "id").iter_rows():
        held.setdefault(organisation, {})[actor] = row
    return held


def _pole(elements: pl.DataFrame, pivot: str, day: dt.date, bodies: dict[str, dict[str, str]]) -> Pole:
    start, end = pl.col("period_start"), pl.col("period_end")
    current = elements.filter((start.is_null() | (start <= day)) & (end.is_null() | (end > day)))
    members: dict[str, list[str]] = {}
    for element, role, row in current.select("element", "role", "id").iter_rows():
        if role is None:
            members.setdefault(element, []).append(row)
            continue
        for actor, membership in bodies.get(element, {}).items():
            members.setdefault(actor, []).extend((row, membership))
    states = frozenset(members) - {pivot}
    whole = frozenset(body for body, inside in bodies.items() if inside and (set(inside) - {pivot}) <= states)
    facts = tuple(sorted({row for rows in members.values() for row in rows}))
    return Pole(key=elements["group"][0], label=elements["label"][0], members=states, bodies=whole, facts=facts)


def _require_disjoint(poles: tuple[Pole, ...]) -> None:
    for place, one in enumerate(poles):
        for other in poles[place + 1 :]:
            shared = sorted(one.members & other.members)
            if shared:
                raise NoAnswer(
                    f"poles {one.key!r} and {other.key!r} share {', '.join(shared)}: "
                    "a state can stand in one pole only; leave one pole out or redraw it"
                )
