"""Which organisations the pivot shares with each pole, and at which of its meetings each pole sat."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

import polars as pl

from multivector.lenses.exposure.estimates import Estimate
from multivector.lenses.exposure.measures import MeasureRule
from multivector.world import World
from multivector.world.poles import Pole, Roll, Scene, Spell

_FULL = ("member", "party")
_MEETINGS = ("visit", "summit", "meeting")
_FEWEST = 5  # fewer meetings found than this say nothing of a share


def membership_estimates(roll: Roll, rule: MeasureRule, stages: tuple[Scene, ...]) -> Iterator[Estimate]:
    """Share of the pivot's memberships that a pole's members hold too: mean over its members, range over them.

    Where the world does not hold every member of an organisation, a state without a row may or may not belong to it;
    a state with another role there, such as observer, does not.
    """
    for stage in stages:
        current = [spell for spell in roll.memberships if spell.holds_on(stage.day)]
        own = [spell for spell in current if spell.actor == stage.pivot and spell.role in _FULL]
        bodies = {spell.body for spell in own}
        for pole in (pole for pole in stage.poles if own and pole.members):
            shared = [spell for spell in current if spell.body in bodies and spell.actor in pole.members]
            yield _overlap(rule, stage, pole, own, shared, roll.partial)


def _overlap(  # noqa: PLR0913, PLR0917 - one formula, its six ingredients
    rule: MeasureRule, stage: Scene, pole: Pole, own: list[Spell], shared: list[Spell], partial: frozenset[str]
) -> Estimate:
    bodies = {spell.body for spell in own}
    known, possible = [], []
    for member in pole.members:
        full = {spell.body for spell in shared if spell.actor == member and spell.role in _FULL}
        named = {spell.body for spell in shared if spell.actor == member}
        silent = (bodies & partial) - named
        known.append(len(full) / len(bodies))
        possible.append((len(full) + len(silent)) / len(bodies))
    settled = known == possible
    return Estimate(
        measure=rule.key,
        pole=pole.key,
        start=dt.date(stage.day.year, 1, 1),
        end=dt.date(stage.day.year + 1, 1, 1),
        kind="measured" if settled else "bound",
        value=math.fsum(known) / len(known) if settled else None,
        low=min(known),
        high=max(possible),
        coverage=1.0,
        status="derived",
        source="memberships",
        rank=1,
        published=None,
        facts=tuple(sorted({spell.row for spell in (*own, *shared)})),
    )


def meeting_estimates(world: World, rule: MeasureRule, stage: Scene) -> Iterator[Estimate]:
    """Share of the meetings found at which a member of the pole sat. The list is what was found, never complete."""
    rows = world.rows(
        "events",
        pl.col("kind").is_in(_MEETINGS),
        pl.col("status") == "observed",
        pl.col("period_start").is_not_null(),
        pl.col("actors").is_not_null(),
    ).with_columns(sat=pl.col("actors").str.split(";"), year=pl.col("period_start").dt.year())
    own = rows.filter(pl.col("sat").list.contains(stage.pivot))
    for (year,), met in own.group_by(["year"], maintain_order=True):
        if met.height < _FEWEST:
            continue
        for pole in stage.poles:
            with_pole = met.filter(
                pl.col("sat").list.eval(pl.element().is_in(list(pole.members | pole.bodies))).list.any()
            )
            share = with_pole.height / met.height
            yield Estimate(
                measure=rule.key,
                pole=pole.key,
                start=dt.date(int(str(year)), 1, 1),
                end=dt.date(int(str(year)) + 1, 1, 1),
                kind="measured",
                value=share,
                low=share,
                high=share,
                coverage=0.0,
                status="derived",
                source="events",
                rank=1,
                published=None,
                facts=tuple(sorted(met["id"])),
                amount=float(with_pole.height),
                amount_unit="count",
            )
