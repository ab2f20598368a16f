"""What a list of partners says of each pole: a share, or how small and how large it may be.

Bounds: methods page, "A pole's share from a partial list".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from multivector.lenses.exposure.estimates import Estimate, Kind
from multivector.lenses.exposure.lists import Listed, PartnerList
from multivector.lenses.exposure.poles import REST, Pole, Scene
from multivector.models.indices import interval_share_bounds


def pole_estimates(one: PartnerList, stage: Scene, *, slack: float) -> Iterator[Estimate]:
    """An estimate for every pole and for the rest."""
    usable = _usable(one.listed, stage)
    for pole in stage.poles:
        yield _estimate(one, usable, stage, pole, slack)
    yield _rest(one, usable, stage, slack)


def _usable(listed: tuple[Listed, ...], stage: Scene) -> tuple[Listed, ...]:
    """Without bodies that lie across poles, and without states inside a body that is listed too."""
    bodies = [stage.body_members[one.partner] for one in listed if one.partner in stage.body_members]
    inside = frozenset().union(*bodies) if bodies else frozenset()
    return tuple(one for one in listed if one.partner not in inside and stage.pole_of(one.partner) is not None)


def _estimate(one: PartnerList, usable: tuple[Listed, ...], stage: Scene, pole: Pole, slack: float) -> Estimate:
    members = tuple(item for item in usable if pole.holds(item.partner))
    named = stage.covered_by(frozenset(item.partner for item in usable))
    unlisted = pole.members - named
    dark = tuple(item for item in one.dark if item.partner in pole.members)
    return _bounded(one, usable, pole.key, members, len(unlisted), dark, slack)


def _rest(one: PartnerList, usable: tuple[Listed, ...], stage: Scene, slack: float) -> Estimate:
    members = tuple(item for item in usable if stage.pole_of(item.partner) == REST)
    dark = tuple(item for item in one.dark if stage.pole_of(item.partner) == REST)
    everybody = 1_000  # the rest is never listed whole: somebody is always left out
    return _bounded(one, usable, REST, members, everybody, dark, slack)


def _bounded(  # noqa: PLR0913, PLR0917 - one list seen from one pole; splitting it would hide the formula
    one: PartnerList,
    usable: tuple[Listed, ...],
    pole: str,
    members: tuple[Listed, ...],
    unlisted: int,
    dark: tuple[object, ...],
    slack: float,
) -> Estimate:
    others = tuple(item for item in usable if item not in members)
    doubt = sum(item.high for item in one.doubted)
    # what is dark in a "complete" list is missing from its total too: every listed share is an upper bound
    dimmed = min(sum(item.cap for item in one.dark), 1.0) if one.rule == "complete" else 0.0
    bounds = interval_share_bounds(
        np.array([item.low * (1 - dimmed) for item in members]),
        np.array([item.high for item in members]),
        np.array([item.low * (1 - dimmed) for item in others]),
        np.array([item.high for item in others]),
        unlisted_caps=np.array(_caps(one, unlisted, dark, doubt)),
    )
    low, high = bounds.low, bounds.high
    total = sum(item.share for item in members)
    exact = unlisted == 0 or one.rule == "complete"
    narrow = high - low <= slack + sum(item.high - item.low for item in members)
    known = (exact or narrow) and not dimmed and not any(item.open for item in members)
    kind: Kind = "measured" if known and (members or one.rule == "complete" or narrow) else "bound"
    return Estimate(
        measure=one.measure,
        pole=pole,
        start=one.start,
        end=one.end,
        kind=kind,
        value=min(max(total, low), high) if kind == "measured" else None,
        low=low,
        high=high,
        coverage=one.covered,
        status=_status(one, members, kind),
        source=one.source,
        rank=one.rank,
        published=one.published,
        facts=one.facts,
        amount=_amount(members),
        amount_unit=one.unit,
    )


def _caps(one: PartnerList, unlisted: int, dark: tuple[object, ...], doubt: float) -> list[float]:
    """How large what is not in the list may be: nothing in a complete one, the smallest listed share in a top list."""
    caps = [item.cap for item in one.dark if item in dark]
    if doubt:
        caps.append(doubt)
    if one.rule == "complete":
        return caps
    return [*caps, *[one.cap] * max(unlisted - len(dark), 0)]


def _status(one: PartnerList, members: tuple[Listed, ...], kind: Kind) -> str:
    if one.status in {"claim", "judged"}:
        return one.status
    printed = one.unit is None and len(members) == 1 and kind == "measured"
    return "observed" if printed else "derived"


def _amount(members: tuple[Listed, ...]) -> float | None:
    amounts = [item.amount for item in members if item.amount is not None]
    return sum(amounts) if amounts else None
