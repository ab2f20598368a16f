"""Memberships shared and meetings found: the two sections of those names in docs/methods/exposure.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from tests.replica.combining import Estimate
from tests.replica.poles import POLES, Stage, holds, pole_of, stage_on
from tests.replica.reading import Ground, Row, grouped

from multivector.lenses.exposure.measures import MeasureRule

FULL = {"member", "party"}
MEETINGS = {"visit", "summit", "meeting"}
FIRST_YEAR = 2010
FEWEST_MEETINGS = 5


@dataclass(frozen=True, slots=True)
class Shared:
    """A pole's members in a year, the pivot's full memberships then, and all that hold."""

    year: int
    pole: str
    members: frozenset[str]
    own: list[Row]
    current: list[Row]


def membership_estimates(ground: Ground, pivot: str, rule: MeasureRule) -> Iterator[Estimate]:
    """Overlap with each pole at the end of every year (memberships)."""
    partial = partial_lists(ground)
    for year in range(FIRST_YEAR, ground.today.year + 1):
        day = min(dt.date(year, 12, 31), ground.today)
        stage = stage_on(ground, day, pivot)
        current = [row for row in ground.memberships if holds(row, day)]
        own = [row for row in current if row["actor"] == pivot and row["role"] in FULL]
        for pole in POLES:
            if own and stage.poles[pole]:
                yield overlap(rule, Shared(year, pole, stage.poles[pole], own, current), partial)


def partial_lists(ground: Ground) -> set[str]:
    """Organisations whose list of members is not complete (memberships, silent)."""
    return {row["actor"] for row in ground.actors if row["coverage"] == "partial" or row["kind"] == "region"}


def overlap(rule: MeasureRule, year: Shared, partial: set[str]) -> Estimate:
    """Known and possible overlap over the members of a pole (memberships)."""
    organisations = {row["organisation"] for row in year.own}
    shared = [row for row in year.current if row["organisation"] in organisations and row["actor"] in year.members]
    known, possible = [], []
    for member in year.members:
        full = {row["organisation"] for row in shared if row["actor"] == member and row["role"] in FULL}
        spoken = {row["organisation"] for row in shared if row["actor"] == member}
        silent = (organisations & partial) - spoken
        known.append(len(full) / len(organisations))
        possible.append((len(full) + len(silent)) / len(organisations))
    return Estimate(
        measure=rule.key,
        pole=year.pole,
        start=dt.date(year.year, 1, 1),
        end=dt.date(year.year + 1, 1, 1),
        value=sum(known) / len(known) if known == possible else None,
        low=min(known),
        high=max(possible),
        coverage=1.0,
        status="derived",
        source="memberships",
        facts=frozenset(row["id"] for row in year.own + shared),
    )


def meeting_estimates(ground: Ground, pivot: str, rule: MeasureRule) -> Iterator[Estimate]:
    """Share of the meetings of a year at which a pole was (meetings)."""
    stage = stage_on(ground, ground.today, pivot)
    found = [row for row in ground.events if is_meeting(row, pivot)]
    for year, rows in grouped(found, lambda row: int(row["period_start"].year)).items():
        if len(rows) >= FEWEST_MEETINGS:
            yield from (attendance(rule, stage, rows, year, pole) for pole in POLES)


def is_meeting(row: Row, pivot: str) -> bool:
    """Whether an event is a dated meeting of the pivot (meetings)."""
    observed = row["kind"] in MEETINGS and row["status"] == "observed" and row["period_start"] is not None
    return bool(observed and pivot in attending(row))


def attending(row: Row) -> list[str]:
    """The actors of an event (meetings)."""
    return str(row["actors"]).split(";") if row["actors"] else []


def attendance(rule: MeasureRule, stage: Stage, rows: list[Row], year: int, pole: str) -> Estimate:
    """Meetings with a pole over all meetings of the year (meetings)."""
    others = [[actor for actor in attending(row) if actor != stage.pivot] for row in rows]
    met = sum(any(pole_of(stage, actor) == pole for actor in actors) for actors in others)
    share = met / len(rows)
    return Estimate(
        measure=rule.key,
        pole=pole,
        start=dt.date(year, 1, 1),
        end=dt.date(year + 1, 1, 1),
        value=share,
        low=share,
        high=share,
        coverage=0.0,
        status="derived",
        source="events",
        amount=float(met),
        facts=frozenset(row["id"] for row in rows),
    )
