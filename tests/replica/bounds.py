"""What one list says of each pole: the section "Bounds of a pole's share" of docs/methods/exposure.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from tests.replica.combining import Estimate
from tests.replica.doubts import doubted
from tests.replica.lists import Listed, ShareList, lists_of
from tests.replica.poles import EACH, REST, Stage, inside, pole_of, stage_on
from tests.replica.reading import SLACK, Ground

from multivector.lenses.exposure.measures import MeasureRule

UNLISTED_REST = 1000


@dataclass(frozen=True, slots=True)
class Divided:
    """A list with every share once: those that remain, organisations adrift, and who is named."""

    remaining: list[Listed]
    adrift: list[Listed]
    named: set[str]


def partner_estimates(ground: Ground, pivot: str, rule: MeasureRule) -> Iterator[Estimate]:
    """One estimate a pole from every list, with the poles of the list's last day (bounds)."""
    for one in doubted(ground, pivot, rule, lists_of(ground, pivot, rule)):
        stage = stage_on(ground, one.end - dt.timedelta(days=1), pivot)
        divided = every_share_once(one, stage)
        for pole in EACH:
            yield pole_estimate(rule, one, divided, stage, pole)


def every_share_once(one: ShareList, stage: Stage) -> Divided:
    """Bodies are taken from the largest down; states inside one leave (bounds, Every share once)."""
    organisations = [listed for listed in one.believed if listed.partner in stage.members]
    bodies = [listed for listed in organisations if pole_of(stage, listed.partner) is not None]
    taken: list[Listed] = []
    for body in sorted(bodies, key=lambda listed: (-listed.share, listed.partner)):
        if not stage.members[body.partner] & inside(stage, [listed.partner for listed in taken]):
            taken.append(body)
    covered = inside(stage, [body.partner for body in taken])
    remaining = [
        listed
        for listed in one.believed
        if listed in taken or (listed.partner not in stage.members and listed.partner not in covered)
    ]
    adrift = [listed for listed in organisations if listed not in taken]
    return Divided(remaining, adrift, {listed.partner for listed in remaining} | covered)


def missing(one: ShareList) -> float:
    """What a complete list lacks: delta (doubts, 3)."""
    return min(sum(dark.cap for dark in one.dark), 1.0) if one.rule == "complete" else 0.0


def unlisted(divided: Divided, stage: Stage, pole: str) -> int:
    """Members of a pole that the list does not name: n (bounds)."""
    return UNLISTED_REST if pole == REST else len(stage.poles[pole] - divided.named)


def adrift_in(divided: Divided, stage: Stage, pole: str) -> list[Listed]:
    """Adrift organisations with a member in the pole (bounds, Caps)."""
    return [
        listed
        for listed in divided.adrift
        if any(pole_of(stage, state) == pole for state in stage.members[listed.partner] - {stage.pivot})
    ]


def caps(one: ShareList, divided: Divided, stage: Stage, pole: str) -> float:
    """What partners outside can add to the pole (bounds, Caps)."""
    dark = [lost.cap for lost in one.dark if pole_of(stage, lost.partner) == pole]
    adrift = sum(listed.high for listed in adrift_in(divided, stage, pole))
    added = sum(dark) + adrift + min(sum(listed.high for listed in one.doubted), 1.0)
    if one.rule == "complete":
        return added
    largest = 1.0
    if one.rule == "top":
        largest = min((listed.high for listed in divided.remaining if listed.share > 0), default=1.0)
    return added + max(unlisted(divided, stage, pole) - len(dark), 0) * largest


def limits(one: ShareList, divided: Divided, stage: Stage, pole: str) -> tuple[float, float]:
    """Low and high of the pole (bounds)."""
    members = [listed for listed in divided.remaining if pole_of(stage, listed.partner) == pole]
    others = [listed for listed in divided.remaining if pole_of(stage, listed.partner) != pole]
    scale = (1.0 - missing(one)) / max(sum(listed.low for listed in divided.remaining), 1.0)
    low = min(sum(listed.low for listed in members) * scale, 1.0)
    high = min(
        sum(listed.high for listed in members) + caps(one, divided, stage, pole),
        1.0 - sum(listed.low for listed in others) * scale,
    )
    return low, min(max(high, low), 1.0)


def is_measured(one: ShareList, divided: Divided, stage: Stage, pole: str) -> bool:
    """Whether the estimate leaves nobody of the pole out (bounds, Measured or bound)."""
    members = [listed for listed in divided.remaining if pole_of(stage, listed.partner) == pole]
    if (
        missing(one) > 0
        or any(pole_of(stage, listed.partner) == pole for listed in one.doubted)
        or adrift_in(divided, stage, pole)
        or any(listed.is_open for listed in members)
    ):
        return False
    low, high = limits(one, divided, stage, pole)
    return (
        one.rule == "complete"
        or (bool(members) and unlisted(divided, stage, pole) == 0)
        or high - low <= SLACK + sum(listed.high - listed.low for listed in members)
    )


def pole_estimate(rule: MeasureRule, one: ShareList, divided: Divided, stage: Stage, pole: str) -> Estimate:
    """The estimate of one pole from one list (bounds)."""
    members = [listed for listed in divided.remaining if pole_of(stage, listed.partner) == pole]
    low, high = limits(one, divided, stage, pole)
    measured = is_measured(one, divided, stage, pole)
    printed_alone = measured and one.dimension is None and len(members) == 1
    amounts = [listed.amount for listed in members if listed.amount is not None]
    return Estimate(
        measure=rule.key,
        pole=pole,
        start=one.start,
        end=one.end,
        value=min(max(sum(listed.share for listed in members), low), high) if measured else None,
        low=low,
        high=high,
        coverage=min(sum(listed.share for listed in divided.remaining), 1.0) * (1.0 - missing(one)),
        status=one.standing if one.standing != "observed" else ("observed" if printed_alone else "derived"),
        source=one.source,
        rank=one.rank,
        published=one.published,
        mirror=one.mirror,
        amount=sum(amounts) if amounts else None,
        facts=facts_of(one, divided),
    )


def facts_of(one: ShareList, divided: Divided) -> frozenset[str]:
    """Rows behind an estimate (bounds, last paragraph)."""
    listed = {row.fact for row in (*divided.remaining, *divided.adrift, *one.doubted)}
    return frozenset({*listed, *one.total_facts, *(dark.fact for dark in one.dark if dark.fact)})
