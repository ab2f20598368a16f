"""What a list of partners says of each pole: a share, or how small and how large it may be.

Bounds: methods page, "A pole's share from a partial list".
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from multivector.errors import NoAnswer
from multivector.lenses.exposure.estimates import Estimate, Kind
from multivector.lenses.exposure.lists import Dark, Listed, PartnerList
from multivector.lenses.exposure.reach import WHOLE
from multivector.models.indices import interval_share_bounds
from multivector.world.poles import REST, Scene

_EVERYBODY = 1_000  # the rest is never listed whole: somebody is always left out


@dataclass(frozen=True, slots=True)
class View:
    """A list seen from one pole: its members, everybody else, how many members are not listed, who is unknown."""

    pole: str
    members: tuple[Listed, ...]
    others: tuple[Listed, ...]
    unlisted: int
    dark: tuple[Dark, ...]
    adrift: tuple[Listed, ...]
    doubts_a_member: bool


def settled(one: PartnerList, stage: Scene) -> PartnerList:
    """The list with every share counted once and given to one pole.

    A state inside a body that is listed too leaves. A body that lies across poles, or that overlaps a larger listed
    body, goes adrift: what it holds, some of its members hold.

    Raises:
        NoAnswer: what is left adds to more than the whole.
    """
    whole = [item for item in one.listed if stage.pole_of(item.partner) is not None]
    bodies = _apart([item for item in whole if item.partner in stage.body_members], stage)
    inside = frozenset().union(*(stage.body_members[item.partner] for item in bodies))
    kept = tuple(
        item
        for item in whole
        if item in bodies or (item.partner not in stage.body_members and item.partner not in inside)
    )
    adrift = tuple(item for item in one.listed if item.partner in stage.body_members and item not in bodies)
    if math.fsum(item.low for item in kept) > WHOLE:
        rows = ", ".join((*(item.fact for item in kept[:5]), *one.totals))
        raise NoAnswer(
            f"{one.measure}: shares of {one.source} in {one.start.year} add to {math.fsum(i.share for i in kept):.3f}, "
            f"more than the whole; rows {rows}"
        )
    return replace(one, listed=kept, adrift=adrift)


def _apart(bodies: list[Listed], stage: Scene) -> tuple[Listed, ...]:
    """Bodies without a common member, the largest first."""
    kept: list[Listed] = []
    for item in sorted(bodies, key=lambda item: (-item.share, item.partner)):
        members = stage.body_members[item.partner]
        if all(members.isdisjoint(stage.body_members[other.partner]) for other in kept):
            kept.append(item)
    return tuple(kept)


def pole_estimates(one: PartnerList, stage: Scene, *, slack: float) -> Iterator[Estimate]:
    """An estimate for every pole and for the rest, from a settled list."""
    named = stage.covered_by(frozenset(item.partner for item in one.listed))
    for pole in stage.poles:
        yield _estimate(one, _view(one, stage, pole.key, len(pole.members - named)), slack)
    yield _estimate(one, _view(one, stage, REST, _EVERYBODY), slack)


def _view(one: PartnerList, stage: Scene, pole: str, unlisted: int) -> View:
    members = tuple(item for item in one.listed if stage.pole_of(item.partner) == pole)
    return View(
        pole=pole,
        members=members,
        others=tuple(item for item in one.listed if stage.pole_of(item.partner) != pole),
        unlisted=unlisted,
        dark=tuple(item for item in one.dark if stage.pole_of(item.partner) == pole),
        adrift=tuple(item for item in one.adrift if _may_be_of(item, stage, pole)),
        doubts_a_member=any(stage.pole_of(item.partner) == pole for item in one.doubted),
    )


def _may_be_of(item: Listed, stage: Scene, pole: str) -> bool:
    return any(stage.pole_of(member) == pole for member in stage.body_members[item.partner] - {stage.pivot})


def _estimate(one: PartnerList, view: View, slack: float) -> Estimate:
    lit = 1.0 - one.dimmed  # what is dark in a "complete" list is missing from its total: listed shares are at most
    over = max(math.fsum(item.low for item in (*view.members, *view.others)), 1.0)  # printed shares may add to 1.005
    bounds = interval_share_bounds(
        np.array([item.low * lit / over for item in view.members]),
        np.array([item.high for item in view.members]),
        np.array([item.low * lit / over for item in view.others]),
        np.array([item.high for item in view.others]),
        unlisted_caps=np.array(_caps(one, view)),
    )
    kind = _kind(one, view, bounds.high - bounds.low, slack)
    total = math.fsum(item.share for item in view.members)
    return Estimate(
        measure=one.measure,
        pole=view.pole,
        start=one.start,
        end=one.end,
        kind=kind,
        value=min(max(total, bounds.low), bounds.high) if kind == "measured" else None,
        low=bounds.low,
        high=bounds.high,
        coverage=one.covered,
        status=_status(one, view.members, kind),
        source=one.source,
        rank=one.rank,
        published=one.published,
        facts=one.facts,
        mirror=one.mirror,
        amount=_amount(view.members),
        amount_unit=one.unit,
    )


def _kind(one: PartnerList, view: View, width: float, slack: float) -> Kind:
    """Measured: nobody of the pole is left out, or so little that it does not matter; and no floor, dark or doubt."""
    if one.dimmed or view.doubts_a_member or view.adrift or any(item.open for item in view.members):
        return "bound"
    exact = one.rule == "complete" or (view.unlisted == 0 and bool(view.members))
    narrow = width <= slack + math.fsum(item.high - item.low for item in view.members)
    return "measured" if exact or narrow else "bound"


def _caps(one: PartnerList, view: View) -> list[float]:
    """How large what is not in the list may be: nothing in a complete one, the smallest listed share in a top list."""
    caps = [item.cap for item in view.dark] + [item.high for item in view.adrift]
    doubt = math.fsum(item.high for item in one.doubted)
    if doubt:
        caps.append(min(doubt, 1.0))
    if one.rule == "complete":
        return caps
    return [*caps, *[one.cap] * max(view.unlisted - len(view.dark), 0)]


def _status(one: PartnerList, members: tuple[Listed, ...], kind: Kind) -> str:
    if one.status in {"claim", "judged"}:
        return one.status
    printed = one.unit is None and len(members) == 1 and kind == "measured"
    return "observed" if printed else "derived"


def _amount(members: tuple[Listed, ...]) -> float | None:
    amounts = [item.amount for item in members if item.amount is not None]
    return math.fsum(amounts) if amounts else None
