"""The worst attack on few targets: one after another, none left out that could be worse."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.flow.program import Model, Optimum
from multivector.models.interdiction.attacks import Threat, Worst, past, respond, targets_of, touched, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]

_ROOM: Final = 64  # rows by which the pool of flows grows


@dataclass(frozen=True, slots=True, eq=False)
class _Branch:
    """Attacks that include `attack` and no other of `barred` (G,), which holds `attack`; none costs over `ceiling`."""

    attack: tuple[int, ...]
    barred: BoolArray
    ceiling: float


@dataclass(slots=True, eq=False)
class _Record:
    """What is known so far. `pool` (rows, G): the targets touched by flows that cost no more than the worst attack."""

    worst: frozenset[int]
    value: float
    bound: float
    pool: BoolArray
    rows: int = 0


def worst_by_cover(threat: Threat, model: Model, *, deadline: float = inf, stop_at: float = inf) -> Worst:
    """Search depth first. Exact: past `deadline`, or once `stop_at` is reached, `bound` still holds.

    A flow that costs no more than the worst attack so far must be hit by any worse attack, so it is enough to branch on
    the targets that one such flow touches (the set-covering master problem of Israeli, E. and Wood, R. K. (2002),
    Networks 40(2), doi:10.1002/net.10039, here searched by branching). Damage is monotone, so an attack on all targets
    that are still free bounds a branch.
    """
    live = targets_of(threat)
    everything = respond(model, threat, np.flatnonzero(live))
    record = _Record(worst=frozenset(), value=-inf, bound=-inf, pool=np.zeros((_ROOM, live.size), dtype=np.bool_))
    _price(threat, model, (), record)
    branches = [_Branch(attack=(), barred=~live, ceiling=everything.objective)]
    while branches and record.value < stop_at:
        if perf_counter() > deadline:
            break
        branch = branches.pop()
        if branch.ceiling <= past(record.value):
            record.bound = max(record.bound, branch.ceiling)
            continue
        branches.extend(reversed(_children(threat, model, branch, record)))
    bound = max([record.value, record.bound, *(branch.ceiling for branch in branches)])
    return Worst(attack=record.worst, value=record.value, bound=bound)


def _children(threat: Threat, model: Model, branch: _Branch, record: _Record) -> list[_Branch]:
    """The branches that together hold every attack of this one which may be worse, the likeliest first."""
    missed = _missed(branch, record)
    if not missed.any():
        _price(threat, model, branch.attack, record)
        missed = _missed(branch, record)
    remaining = within(threat, branch.attack)
    free = ~branch.barred & (threat.price <= remaining)
    escaping = record.pool[: record.rows][missed] & free
    if not escaping.any(axis=1).all():
        return []  # some flow can no longer be hit: nothing here is worse
    ceiling = branch.ceiling
    if _two_more(threat, free, remaining):
        ceiling = _ceiling(threat, model, branch, free=free, record=record)
        if ceiling <= past(record.value):
            return []
        candidates = np.flatnonzero(escaping[np.argmin(escaping.sum(axis=1))])
    else:  # the one that is left must hit them all
        candidates = np.flatnonzero(escaping.all(axis=0))
    order = candidates[np.argsort(-escaping[:, candidates].sum(axis=0), kind="stable")]
    children = []
    barred = ~free  # what cannot be paid here cannot be paid further on
    for target in order:
        barred = barred.copy()
        barred[target] = True  # it is in this child, and in none of the next
        children.append(_Branch(attack=(*branch.attack, int(target)), barred=barred, ceiling=ceiling))
    return children


def _ceiling(threat: Threat, model: Model, branch: _Branch, *, free: BoolArray, record: _Record) -> float:
    """What the operator pays if every free target is attacked as well: no attack of the branch is worse."""
    attack = (*branch.attack, *(int(target) for target in np.flatnonzero(free)))
    if within(threat, attack) >= 0:  # it is one of them, and none is worse
        return _price(threat, model, attack, record)
    answer = respond(model, threat, attack)
    if answer.objective <= past(record.value):
        record.bound = max(record.bound, answer.objective)
        _keep(threat, answer, record)
    return min(branch.ceiling, answer.objective)


def _price(threat: Threat, model: Model, attack: tuple[int, ...], record: _Record) -> float:
    """Price an attack that can be paid, and learn from the operator's answer to it."""
    answer = respond(model, threat, attack)
    if answer.objective > record.value:
        record.worst, record.value = frozenset(attack), answer.objective
    _keep(threat, answer, record)
    return answer.objective


def _keep(threat: Threat, answer: Optimum, record: _Record) -> None:
    if record.rows == len(record.pool):
        record.pool = np.concatenate([record.pool, np.zeros_like(record.pool)])
    record.pool[record.rows] = touched(threat, answer.x[: threat.flow.arcs])
    record.rows += 1


def _missed(branch: _Branch, record: _Record) -> BoolArray:
    """(rows,), the flows of the pool that the attack leaves alone."""
    missed: BoolArray = np.logical_not(record.pool[: record.rows, list(branch.attack)].any(axis=1))
    return missed


def _two_more(threat: Threat, free: BoolArray, remaining: float) -> bool:
    """Whether two of the free targets can be paid together."""
    cheapest = np.sort(threat.price[free])[:2]
    return bool(cheapest.size == 2 and cheapest.sum() <= remaining)  # noqa: PLR2004 - two
