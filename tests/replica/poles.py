"""Which pole a partner belongs to on a day: the section "Poles on a day" of docs/methods/exposure.md."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.replica.reading import USABLE, Ground, Row

POLES = ("russia", "china", "west", "turkic")
REST = "rest"
EACH = (*POLES, REST)


@dataclass(frozen=True, slots=True)
class Stage:
    """The poles and the members of every organisation on one day, for one pivot."""

    pivot: str
    poles: dict[str, frozenset[str]]
    members: dict[str, frozenset[str]]


def holds(row: Row, day: dt.date) -> bool:
    """Whether a membership holds (poles)."""
    begun = row["status"] in USABLE and row["period_start"] is not None and row["period_start"] <= day
    return bool(begun and (row["period_end"] is None or row["period_end"] > day))


def counts(row: Row, day: dt.date) -> bool:
    """Whether an element of a group counts (poles)."""
    begun = row["period_start"] is None or row["period_start"] <= day
    return bool(begun and (row["period_end"] is None or row["period_end"] > day))


def stage_on(ground: Ground, day: dt.date, pivot: str) -> Stage:
    """Poles without the pivot, and the members of organisations (poles)."""
    members: defaultdict[str, set[str]] = defaultdict(set)
    for row in ground.memberships:
        if row["role"] == "member" and holds(row, day):
            members[row["organisation"]].add(row["actor"])
    poles: dict[str, set[str]] = {pole: set() for pole in POLES}
    for row in ground.groups:
        if row["group"] in poles and counts(row, day):
            poles[row["group"]] |= {row["element"]} if row["role"] is None else members.get(row["element"], set())
    return Stage(
        pivot=pivot,
        poles={pole: frozenset(states - {pivot}) for pole, states in poles.items()},
        members={name: frozenset(states) for name, states in members.items()},
    )


def pole_of(stage: Stage, partner: str) -> str | None:
    """The pole that holds a partner as state or body, `rest`, or nobody (poles)."""
    others = stage.members.get(partner, frozenset()) - {stage.pivot}
    for pole, states in stage.poles.items():
        if partner in states or (others and others <= states):
            return pole
    return None if partner in stage.members else REST


def inside(stage: Stage, organisations: Iterable[str]) -> set[str]:
    """Every member of the organisations among the names."""
    return {state for name in organisations for state in stage.members.get(name, frozenset())}


def pole_alone(stage: Stage, state: str) -> str | None:
    """The pole of a state that has no other member (routes, 2 and 3)."""
    pole = pole_of(stage, state)
    return pole if pole in stage.poles and len(stage.poles[pole]) == 1 else None
