"""The worst attack on many targets: branch and bound, each bound the certified optimum of a linear programme."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.flow.program import Entries, Model, Optimum, Program, by_column, load, run
from multivector.models.interdiction.attacks import SAFE, Threat, Worst, past, respond, targets_of, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

_WHOLE: Final = 1e-7  # part of an attack; nearer than this to none or all of a target is none or all of it


@dataclass(frozen=True, slots=True, eq=False)
class _Relaxed:
    """The operator's programme against attacks in parts. lost (A,): the column of what a hit takes, -1 for a safe leg.

    Columns: the operator's, one more for each leg of which a hit leaves something, then lambda (`budget`), then mu of
    each target from `over` on. Rows: the operator's, then one a target from `rows` on.
    """

    program: Program
    lost: IntArray
    budget: int
    over: int
    rows: int


@dataclass(frozen=True, slots=True, order=True)
class _Branch:
    """Attacks that include `attack` and none of `barred`: none costs over -`minus_bound`. The worst bound is first."""

    minus_bound: float
    number: int
    attack: frozenset[int]
    barred: frozenset[int]


def can_be_priced(threat: Threat) -> bool:
    """Whether `losses` holds: the legs of a shared limit all take of it, so that taking flow away breaks none."""
    program = threat.flow.program
    return bool(program.coef[program.row >= threat.flow.nodes].min(initial=0.0) >= 0)


def losses(threat: Threat) -> FloatArray:
    """(A,), the most that the operator can pay per unit of flow that a hit takes off each leg, whatever else is hit.

    A unit less on a leg is at worst a unit less from some field over the leg to some market: the two prices of leaving
    it, less the cost of the cheapest such way. A bound of its own for each leg (derived here), never one large number.
    """
    flow, tail, head = threat.flow, threat.network.tail, threat.network.head
    cost = flow.program.cost
    demand, field = np.split(cost[flow.arcs :], [flow.short.size])
    to_leg, from_leg = np.full(flow.nodes, inf), np.full(flow.nodes, inf)
    to_leg[flow.over], from_leg[flow.short] = -field, -demand
    used = flow.program.high[: flow.arcs] > 0
    legs = cost[: flow.arcs]
    to_leg, settled = _cheapest(to_leg, tail[used], head[used], legs[used])
    from_leg, settled_back = _cheapest(from_leg, head[used], tail[used], legs[used])
    if settled and settled_back:
        return np.maximum(-(to_leg[tail] + legs + from_leg[head]), 0.0)
    # a cycle earns money: no way saves more than all earning legs together
    most = demand.max(initial=0.0) + field.max(initial=0.0) + np.abs(legs[legs < 0]).sum()
    return np.full(flow.arcs, most)


def _cheapest(first: FloatArray, tail: IntArray, head: IntArray, cost: FloatArray) -> tuple[FloatArray, bool]:
    """Cost of the cheapest way to each node (Bellman-Ford), and whether it is final: no cycle earns money."""
    reached = first
    for _ in range(first.size):
        nearer = reached.copy()
        np.minimum.at(nearer, head, reached[tail] + cost)
        if np.array_equal(nearer, reached):
            return reached, True
        reached = nearer
    return reached, False


def worst_by_branching(threat: Threat, model: Model, *, deadline: float = inf, stop_at: float = inf) -> Worst:
    """Search best bound first. Exact: past `deadline`, or once `stop_at` is reached, `bound` still holds.

    Let x_g in [0, 1] be the part of target g that is hit and P_a the loss per unit taken off leg a (`losses`). The
    operator's cost is then max over x of min over flows of cost + sum of x_g P_a lost_a, and by duality of the attack
    (Bertsimas, D. and Sim, M. (2003), Math. Program. 98, doi:10.1007/s10107-003-0396-4) one programme: minimise cost +
    R lambda + sum of mu_g subject to r_g lambda + mu_g >= sum over legs of g of P_a lost_a. It bounds every whole
    attack, and its prices say which target to branch on. That one penalty a leg replaces one large number for all
    follows Israeli, E. and Wood, R. K. (2002), Networks 40(2), doi:10.1002/net.10039; the penalty itself is `losses`.
    """
    relaxed = _relaxed(threat)
    loaded = load(relaxed.program)
    priced: dict[frozenset[int], float] = {}

    def cost_of(attack: frozenset[int]) -> float:
        if attack not in priced:
            priced[attack] = respond(model, threat, attack).objective
        return priced[attack]

    everything = cost_of(frozenset(int(target) for target in np.flatnonzero(targets_of(threat))))
    worst = frozenset[int]()
    value, bound = cost_of(worst), -inf
    branches, number = [_Branch(-everything, 0, worst, worst)], 0
    while branches and -branches[0].minus_bound > past(value) and value < stop_at:
        if perf_counter() > deadline:
            break
        branch = heapq.heappop(branches)
        part, ceiling = _bound(loaded, relaxed, threat, branch)
        ceiling = min(ceiling, -branch.minus_bound)
        rounded = _rounded(threat, branch, part)
        if cost_of(rounded) > value:
            worst, value = rounded, cost_of(rounded)
        split = _split(part)
        if ceiling <= past(value) or split is None:
            bound = max(bound, ceiling)
            continue
        for attack, barred in ((branch.attack | {split}, branch.barred), (branch.attack, branch.barred | {split})):
            number += 1
            heapq.heappush(branches, _Branch(-ceiling, number, attack, barred))
    open_bound = -branches[0].minus_bound if branches else -inf
    return Worst(attack=worst, value=value, bound=max(value, bound, open_bound))


def _relaxed(threat: Threat) -> _Relaxed:
    """The programme of `worst_by_branching`; a leg of which a hit leaves a part is split in two."""
    program, legs, targets = threat.flow.program, threat.flow.arcs, threat.price.size
    columns, rows = program.cost.size, program.row_low.size
    is_split = (threat.target != SAFE) & (threat.left > 0)
    split = np.flatnonzero(is_split)
    lost = np.where(threat.target == SAFE, -1, np.arange(legs))
    lost[split] = columns + np.arange(split.size)
    budget, over = columns + split.size, columns + split.size + 1
    hit = np.flatnonzero(lost >= 0)
    column = np.repeat(np.arange(columns), np.diff(program.start))
    again = np.flatnonzero(np.isin(column, split))
    live = np.flatnonzero(targets_of(threat))
    entries = Entries(
        row=np.concatenate([program.row, program.row[again], rows + threat.target[hit], rows + live, rows + live]),
        column=np.concatenate([column, lost[column[again]], lost[hit], np.full(live.size, budget), over + live]),
        coef=np.concatenate(
            [program.coef, program.coef[again], -losses(threat)[hit], threat.price[live], np.ones(live.size)]
        ),
    )
    start, row, coef = by_column(entries, columns=over + targets, rows=rows + targets)
    high = program.high.copy()
    high[split] = threat.left[split]
    return _Relaxed(
        program=Program(
            cost=np.concatenate([program.cost, program.cost[split], [threat.budget], np.ones(targets)]),
            low=np.concatenate([program.low, np.zeros(split.size + 1 + targets)]),
            high=np.concatenate(
                [high, program.high[split] - threat.left[split], np.full(1 + targets, inf)],
            ),
            row_low=np.concatenate([program.row_low, np.zeros(targets)]),
            row_high=np.concatenate([program.row_high, np.full(targets, inf)]),
            start=start,
            row=row,
            coef=coef,
        ),
        lost=lost,
        budget=budget,
        over=over,
        rows=rows,
    )


def _bound(loaded: Model, relaxed: _Relaxed, threat: Threat, branch: _Branch) -> tuple[FloatArray, float]:
    """(G,), the parts of the targets still open that the worst attack in parts hits, and what it costs the operator."""
    remaining = within(threat, branch.attack)
    shut = threat.price > remaining
    shut[list(branch.barred | branch.attack)] = True
    struck = np.zeros(threat.price.size, dtype=np.bool_)
    struck[list(branch.attack)] = True
    hit = np.flatnonzero(relaxed.lost >= 0)
    lost = relaxed.lost[hit]
    high, cost = relaxed.program.high.copy(), relaxed.program.cost.copy()
    high[lost] = np.where(struck[threat.target[hit]], 0.0, high[lost])
    cost[relaxed.budget] = max(remaining, 0.0)
    cost[relaxed.over :] = np.where(shut, 0.0, 1.0)
    program = replace(relaxed.program, high=high, cost=cost)
    loaded.changeColsBounds(lost.size, lost.astype(np.int32), program.low[lost], high[lost])
    changed = np.arange(relaxed.budget, cost.size)
    loaded.changeColsCost(changed.size, changed.astype(np.int32), cost[changed])
    answer: Optimum = run(loaded, program)
    part = np.where(shut, 0.0, answer.row_price[relaxed.rows :])
    return part, answer.objective


def _rounded(threat: Threat, branch: _Branch, part: FloatArray) -> frozenset[int]:
    """The attack of the branch that takes whole targets, most of all hit first, while the budget lasts."""
    attack = set(branch.attack)
    for target in np.argsort(-part, kind="stable"):
        if part[target] <= _WHOLE:
            break
        if within(threat, [*attack, int(target)]) >= 0:
            attack.add(int(target))
    return frozenset(attack)


def _split(part: FloatArray) -> int | None:
    """The target that is hit by half more than any other; None if none is hit."""
    half = np.minimum(part, 1.0 - part)
    if half.max(initial=0.0) > _WHOLE:
        return int(np.argmax(half))
    return int(np.argmax(part)) if part.max(initial=0.0) > _WHOLE else None
