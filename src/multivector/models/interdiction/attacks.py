"""Which attacks an attacker can afford, and how an operator who pays for what he leaves behind answers one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import floor, isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.errors import WrongRequest
from multivector.models.flow.network import NO_SIDE, FlowProgram, Network, Side, amount_problems, flow_program
from multivector.models.flow.program import Model, Optimum, Program, Units, load, rescaled, run, unit_of, with_bounds
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

SAFE: Final = -1  # the target of a leg that nobody can hit
SLACK: Final = 1e-9  # of the budget; three attacks of 0.1 are within 0.3, though their sum in float64 is not
CLOSE: Final = 1e-9  # relative; two costs of the operator nearer than this are the same cost
_CARRIES: Final = 1e-10  # of the largest flow; less than this on a leg is rounding


@dataclass(frozen=True, slots=True, eq=False)
class Threat:
    """An operator and an attacker. Amounts and costs are in `units`; price and budget are in a unit of their own.

    flow: the operator's programme while nothing is hit. left (A,): capacity after a hit, at most that before. target
    (A,): whom one must attack to hit the leg, `SAFE` if nobody can pay for it. price (G,): what each takes of `budget`.
    """

    network: Network
    flow: FlowProgram
    units: Units
    left: FloatArray
    target: IntArray
    price: FloatArray
    budget: float


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst attack found: `value` is the operator's cost under it, and under no attack does he pay over `bound`."""

    attack: frozenset[int]
    value: float
    bound: float


def as_threat(  # noqa: PLR0913 - one argument an array of the game
    network: Network,
    *,
    capacity: FloatArray,
    cost: FloatArray,
    supply: FloatArray,
    budget: float,
    attackable: BoolArray | None = None,
    attack_cost: FloatArray | None = None,
    group: IntArray | None = None,
    capacity_left: FloatArray | None = None,
    shortage_cost: FloatArray | float,
    surplus_cost: FloatArray | float,
    side: Side = NO_SIDE,
    also: Iterable[str] = (),
) -> Threat:
    """The game, checked; `interdict_min_cost` says what the arguments mean.

    Raises:
        WrongRequest: with all that is wrong, of the network, of the attack, and what the caller has found `also`.
    """
    legs = network.tail.size
    left = np.zeros(legs) if capacity_left is None else np.asarray(capacity_left, dtype=np.float64)
    problems = [
        *also,
        *number_problems("budget", budget),
        *(_target_problems(group, attackable, legs) or _price_problems(group, attack_cost, legs)),
        *(amount_problems("capacity_left", left, legs, endless=True) or _left_problems(left, np.asarray(capacity))),
    ]
    try:
        flow = flow_program(
            network,
            capacity=capacity,
            cost=cost,
            supply=supply,
            side=side,
            shortage_cost=shortage_cost,
            surplus_cost=surplus_cost,
        )
    except WrongRequest as wrong:
        refuse([str(wrong), *problems])
        raise
    refuse(problems)
    target, price = _targets(group, attack_cost, legs)
    target = target if attackable is None else np.where(attackable, target, SAFE)
    units = Units(flow=unit_of(supply, capacity), price=unit_of(cost, flow.program.cost[legs:]))
    price, budget = _purse(price, budget)
    can_be_paid = target != SAFE
    can_be_paid[can_be_paid] = price[target[can_be_paid]] <= budget
    return Threat(
        network=network,
        flow=replace(flow, program=rescaled(flow.program, units)),
        units=units,
        left=left / units.flow,
        target=np.where(can_be_paid, target, SAFE),
        price=price,
        budget=budget,
    )


def _purse(price: FloatArray, budget: float) -> tuple[FloatArray, float]:
    """Prices and budget in the form that makes bounds tightest: whole ones where prices are equal or whole."""
    budget = min(budget, float(price.sum())) * (1 + SLACK)
    if price.size and price.min() == price.max() > 0:
        price, budget = np.ones(price.size), budget / float(price[0])
    return price, float(floor(budget)) if np.array_equal(price, np.floor(price)) else budget


def number_problems(name: str, amount: float) -> list[str]:
    """What keeps a budget or a time from being 0 or more."""
    return [] if amount >= 0 else [f"{name} is {amount!r}: give a number, 0 or more"]


def limit_problems(time_limit: float | None) -> list[str]:
    """What keeps `time_limit` from being seconds, or None for none."""
    return [] if time_limit is None else number_problems("time_limit", time_limit)


def _target_problems(group: IntArray | None, attackable: BoolArray | None, legs: int) -> list[str]:
    problems = []
    if attackable is not None and (np.shape(attackable) != (legs,) or np.asarray(attackable).dtype != np.bool_):
        problems.append(f"attackable must have {legs} entries, each true or false")
    if group is None:
        return problems
    if np.shape(group) != (legs,) or (legs and not np.issubdtype(np.asarray(group).dtype, np.integer)):
        problems.append(f"group must have {legs} entries, each a whole number")
    elif legs and np.min(group) < SAFE:
        problems.append(f"group of leg {np.argmin(group)} is {np.min(group)}: groups count from 0, and {SAFE} is safe")
    return problems


def _targets(group: IntArray | None, attack_cost: FloatArray | None, legs: int) -> tuple[IntArray, FloatArray]:
    target = np.arange(legs) if group is None else np.asarray(group, dtype=np.int64)
    count = int(target.max(initial=SAFE)) + 1
    return target, np.ones(count) if attack_cost is None else np.asarray(attack_cost, dtype=np.float64)


def _price_problems(group: IntArray | None, attack_cost: FloatArray | None, legs: int) -> list[str]:
    """One price a leg or a group; groups at the end that hold no leg may be priced too."""
    target, price = _targets(group, attack_cost, legs)
    least = int(target.max(initial=SAFE)) + 1
    if price.ndim != 1 or price.size < least or (group is None and price.size > least):
        return [f"attack_cost must have one entry for each of {least} targets, got shape {price.shape}"]
    return amount_problems("attack_cost", price, price.size)


def _left_problems(left: FloatArray, capacity: FloatArray) -> list[str]:
    if left.shape != capacity.shape:
        return []
    over = np.flatnonzero((left > capacity) & (capacity >= 0))
    return [f"leg {leg} keeps {left[leg]:g} when hit, but has a capacity of {capacity[leg]:g}" for leg in over[:1]]


def targets_of(threat: Threat) -> BoolArray:
    """(G,), the targets whose attack closes something and can be paid."""
    live = np.zeros(threat.price.size, dtype=np.bool_)
    legs = (threat.target != SAFE) & (threat.left < threat.flow.program.high[: threat.flow.arcs])
    live[threat.target[legs]] = True
    return live


def within(threat: Threat, attack: Iterable[int]) -> float:
    """What of the budget an attack leaves; below 0 if it cannot be paid."""
    return threat.budget - float(threat.price[list(attack)].sum())


def is_hit(threat: Threat, attack: Iterable[int]) -> BoolArray:
    """(A,), the legs that an attack hits."""
    struck = np.zeros(threat.price.size + 1, dtype=np.bool_)  # one more: `SAFE` is the last place
    struck[list(attack)] = True
    return struck[threat.target]


def operator_model(threat: Threat) -> Model:
    """The operator's programme, loaded for `respond`."""
    return load(threat.flow.program, presolve=False)


def under(threat: Threat, attack: Iterable[int]) -> Program:
    """The operator's programme after an attack."""
    legs = threat.flow.arcs
    high = threat.flow.program.high.copy()
    high[:legs] = np.where(is_hit(threat, attack), threat.left, high[:legs])
    return replace(threat.flow.program, high=high)


def respond(model: Model, threat: Threat, attack: Iterable[int]) -> Optimum:
    """The operator's best answer to an attack, from the basis of the answer before.

    `model` may have been loaded for another state of the same network: every bound and limit is set anew.
    """
    program, nodes = under(threat, attack), threat.flow.nodes
    shared = np.arange(nodes, program.row_high.size)
    if shared.size:
        low, high = program.row_low[nodes:], program.row_high[nodes:]
        # the stubs of highspy know the call for columns only
        model.changeRowsBounds(shared.size, shared.astype(np.int32), low, high)  # type: ignore[attr-defined]
    legs = np.arange(threat.flow.arcs)
    return run(model, with_bounds(model, program, legs, high=program.high[legs]))


def touched(threat: Threat, flow: FloatArray) -> BoolArray:
    """(G,), the targets whose attack would take away part of the flow (A,).

    An attack on none of them leaves the operator this flow: he pays no more than its cost.
    """
    noise = _CARRIES * float(flow.max(initial=0.0))
    is_carried = (threat.target != SAFE) & (flow > threat.left + noise)
    found = np.zeros(threat.price.size, dtype=np.bool_)
    found[threat.target[is_carried]] = True
    return found


def past(value: float) -> float:
    """The cost from which on it counts as more than `value`."""
    return value + CLOSE * (1.0 + abs(value)) if isfinite(value) else value


def short_of(value: float) -> float:
    """The cost below which it counts as less than `value`."""
    return value - CLOSE * (1.0 + abs(value)) if isfinite(value) else value
