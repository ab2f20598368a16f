"""Which attack within a budget costs the operator of a network most, after everything that can be rerouted is."""

from __future__ import annotations

from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.flow.network import NO_SIDE, Network, Side
from multivector.models.flow.program import TOLERANCE, Model, solve
from multivector.models.interdiction.attacks import (
    Threat,
    Worst,
    as_threat,
    limit_problems,
    operator_model,
    past,
    respond,
    targets_of,
    under,
)
from multivector.models.interdiction.covering import worst_by_cover
from multivector.models.interdiction.records import Interdiction
from multivector.models.interdiction.robust import can_be_priced, worst_by_branching

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

MOST_ENUMERATED: Final = 20  # targets; up to here every attack that could be worse is priced, without a relaxation


def interdict_min_cost(  # noqa: PLR0913 - one argument an array of the game
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
    time_limit: float | None = None,
) -> Interdiction:
    """The attack after which the operator's least cost is highest, with that cost and an upper bound.

    The operator minimises the cost of flow + the price of unmet demand and of unshipped supply; the attacker maximises
    that minimum over sets of targets with sum of r <= R: Israeli, E. and Wood, R. K. (2002), Networks 40(2), 97-111,
    doi:10.1002/net.10039, for shortest ways; here for min-cost flow with shared limits. The inner optimum is convex in
    the capacities, so attacks interact and a greedy attacker errs. Up to 20 targets that can be paid and matter, or
    where a shared limit has a negative weight, attacks are enumerated (`worst_by_cover`); above, branch and bound
    (`worst_by_branching`). Both are exact.

    Parameters:
        capacity: (A,), >= 0, infinite allowed. cost: (A,), per unit of flow. supply: (N,), > 0 ships, < 0 wants.
        budget: what the attacker can spend, in units of `attack_cost`; sums within 1e-9 of it are within it.
        attackable: (A,), which legs can be hit; all when None.
        group: (A,), whole numbers from 0: attacking a group hits all of its attackable legs; -1 is safe. When None,
            every leg is a group of its own.
        attack_cost: (G,), one entry a group, or (A,) without groups, >= 0; 1 when None.
        capacity_left: (A,), capacity that a leg keeps when hit, in units of flow, at most `capacity`; 0 when None.
        shortage_cost, surplus_cost: per unit of unmet demand and of unshipped supply, >= 0, one number or (N,).
        side: limits that legs share.
        time_limit: seconds after which the worst attack so far is given, with `proven` False; no limit when None.

    Returns:
        Interdiction. `attacked` are groups, or legs without groups, and each of them is needed for `value`. `proven`:
        `bound` is within 1e-7 of `value`, relative. `cut` marks the legs that after the attack are at capacity with a
        price on it.

    Raises:
        WrongRequest: arrays of another shape or kind; NaN; negative capacity, price, budget or time limit; a leg that
            keeps more than it has; groups below -1.
        NoAnswer: a solution that fails its certificate.
    """
    began = perf_counter()
    threat = as_threat(
        network,
        capacity=capacity,
        cost=cost,
        supply=supply,
        budget=budget,
        attackable=attackable,
        attack_cost=attack_cost,
        group=group,
        capacity_left=capacity_left,
        shortage_cost=shortage_cost,
        surplus_cost=surplus_cost,
        side=side,
        also=limit_problems(time_limit),
    )
    model = operator_model(threat)
    found = worst_attack(threat, model, deadline=inf if time_limit is None else began + time_limit)
    return _answer(threat, needed(threat, model, found), began=began)


def worst_attack(threat: Threat, model: Model, *, deadline: float = inf, stop_at: float = inf) -> Worst:
    """The worst attack, by the method that suits the number of targets; see `worst_by_cover` for the rest."""
    few = np.count_nonzero(targets_of(threat)) <= MOST_ENUMERATED
    search = worst_by_cover if few or not can_be_priced(threat) else worst_by_branching
    return search(threat, model, deadline=deadline, stop_at=stop_at)


def needed(threat: Threat, model: Model, worst: Worst) -> Worst:
    """The same worst attack without the targets that it can spare, the dearest spared first."""
    attack = worst.attack
    for target in sorted(attack, key=lambda target: (-threat.price[target], target)):
        rest = attack - {target}
        if past(respond(model, threat, rest).objective) >= worst.value:
            attack = rest
    return Worst(attack=attack, value=worst.value, bound=worst.bound)


def proven(worst: Worst) -> bool:
    """Whether value and bound meet."""
    return worst.bound <= worst.value + TOLERANCE * (1.0 + abs(worst.value))


def sure(worst: Worst) -> float:
    """What the operator pays at most: the value, where it is proven."""
    return worst.value if proven(worst) else worst.bound


def _answer(threat: Threat, worst: Worst, *, began: float) -> Interdiction:
    """The record; the operator's answer is found anew from nothing, so that it does not depend on the search."""
    program = under(threat, worst.attack)
    answer = solve(program, presolve=False)
    legs, money = threat.flow.arcs, threat.units.flow * threat.units.price
    flow = answer.x[:legs] * threat.units.flow
    at_capacity = program.high[:legs] - answer.x[:legs] <= TOLERANCE * (1.0 + np.abs(answer.x[:legs]))
    cut = at_capacity & (answer.reduced_cost[:legs] < -TOLERANCE)
    flow.setflags(write=False)
    cut.setflags(write=False)
    return Interdiction(
        value=answer.objective * money,
        bound=max(worst.bound, answer.objective) * money,
        attacked=tuple(sorted(worst.attack)),
        proven=proven(worst),
        flow=flow,
        cut=cut,
        seconds=perf_counter() - began,
    )
