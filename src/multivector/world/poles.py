"""Who belongs to which pole on a day, and which organisations a pole swallows whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import polars as pl

from multivector.errors import NoAnswer, UnknownName
from multivector.world import World

REST: Final = "rest"
_MEMBER: Final = "member"
_STANDING: Final = ("observed", "derived", "judged", "claim")  # a planned membership is none yet


@dataclass(frozen=True, slots=True)
class Spell:
    """An actor in an organisation, or an element in a group, for a time; `row` says so."""

    actor: str
    body: str
    role: str | None
    start: dt.date | None
    end: dt.date | None
    row: str

    def holds_on(self, day: dt.date) -> bool:
        """Half-open; a membership without a start is not known to hold."""
        return self.start is not None and self.start <= day and (self.end is None or self.end > day)


@dataclass(frozen=True, slots=True)
class Roll:
    """Every membership and every group of a world, read once."""

    memberships: tuple[Spell, ...]
    groups: tuple[Spell, ...]
    labels: dict[str, str]
    partial: frozenset[str]

    def members_on(self, day: dt.date, role: str = _MEMBER) -> dict[str, dict[str, str]]:
        """Who holds a role in every organisation on a day: organisation -> state -> row id."""
        held: dict[str, dict[str, str]] = {}
        for spell in self.memberships:
            if spell.role == role and spell.holds_on(day):
                held.setdefault(spell.body, {})[spell.actor] = spell.row
        return held


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


def read_roll(world: World) -> Roll:
    """Memberships and groups of a world."""
    groups = world.rows("groups")
    partial = world.rows("actors", pl.col("kind") == "organisation", pl.col("coverage") == "partial")
    regions = world.rows("actors", pl.col("kind") == "region")
    return Roll(
        memberships=_spells(world.rows("memberships", pl.col("status").is_in(_STANDING)), "actor", "organisation"),
        groups=_spells(groups, "element", "group"),
        labels=dict(groups.select("group", "label").iter_rows()),
        partial=frozenset(partial["actor"]) | frozenset(regions["actor"]),
    )


def _spells(rows: pl.DataFrame, actor: str, body: str) -> tuple[Spell, ...]:
    return tuple(
        Spell(*row) for row in rows.select(actor, body, "role", "period_start", "period_end", "id").iter_rows()
    )


def scene(roll: Roll, *, pivot: str, keys: tuple[str, ...], day: dt.date) -> Scene:
    """The poles as they stood on `day`, the pivot removed from each.

    Raises:
        UnknownName: no group of that name.
        NoAnswer: two poles share a state.
    """
    unknown = [key for key in keys if key not in roll.labels]
    if unknown:
        raise UnknownName("pole", unknown[0], known=roll.labels)
    bodies = roll.members_on(day)
    poles = tuple(_pole(roll, key, pivot, day, bodies) for key in keys)
    _require_disjoint(poles)
    return Scene(
        pivot=pivot, day=day, poles=poles, body_members={name: frozenset(held) for name, held in bodies.items()}
    )


def _pole(roll: Roll, key: str, pivot: str, day: dt.date, bodies: dict[str, dict[str, str]]) -> Pole:
    members: dict[str, set[str]] = {}
    for element in roll.groups:
        if element.body != key or not _stands(element, day):
            continue
        if element.role is None:
            members.setdefault(element.actor, set()).add(element.row)
            continue
        held = bodies if element.role == _MEMBER else roll.members_on(day, element.role)
        for actor, membership in held.get(element.actor, {}).items():
            members.setdefault(actor, set()).update((element.row, membership))
    states = frozenset(members) - {pivot}
    others = {body: set(inside) - {pivot} for body, inside in bodies.items()}
    whole = frozenset(body for body, inside in others.items() if inside and inside <= states)
    facts = tuple(sorted({row for rows in members.values() for row in rows}))
    return Pole(key=key, label=roll.labels[key], members=states, bodies=whole, facts=facts)


def _stands(element: Spell, day: dt.date) -> bool:
    """Whether an element of a group counts on a day; a definition without dates always does."""
    return (element.start is None or element.start <= day) and (element.end is None or element.end > day)


def _require_disjoint(poles: tuple[Pole, ...]) -> None:
    for place, one in enumerate(poles):
        for other in poles[place + 1 :]:
            shared = sorted(one.members & other.members)
            if shared:
                raise NoAnswer(
                    f"poles {one.key!r} and {other.key!r} share {', '.join(shared)}: "
                    "a state can stand in one pole only; leave one pole out or redraw it"
                )
