"""Many one-sector shocks to the same flows at once: scenarios, elasticities, draws."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector.models.equilibrium.one.checks import (
    closure_problems,
    elasticity_problems,
    flow_problems,
    positive_problems,
    search_problems,
    shock_problems,
)
from multivector.models.equilibrium.one.chords import Rules, solve_all
from multivector.models.equilibrium.one.shocks import balancing, equilibrium, flows_at, shocked
from multivector.models.equilibrium.one.solving import solve
from multivector.models.equilibrium.records import TOLERANCE, Closure, Equilibrium, locked, require_certified
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.intp]


def one_sector_batch(  # noqa: PLR0913 - the parameters of the model, one each
    flows: FloatArray,
    shocks: FloatArray,
    *,
    theta: float | FloatArray,
    psi: float = 0.0,
    closure: Closure = "additive",
    productivity: FloatArray | None = None,
    tol: float = TOLERANCE,
    max_iter: int = 500,
    strict: bool = True,
) -> Equilibrium:
    """What `one_sector` gives for each of S shocks, with a leading axis S on every array.

    Prices move by the inverse slopes of the base times excess demand, all scenarios of one elasticity together, and
    each leaves when it is solved. What converges slowly, falls into blocks of trade, or shares its elasticity with
    fewer than three others is solved as in `one_sector`. Set the threads of BLAS to 1: they contend.

    Parameters:
        flows: (N, N), as in `one_sector`.
        shocks: (S, N, N), multipliers of flows.
        theta: one trade elasticity, or (S,).
        psi: supply elasticity.
        closure: what becomes of deficits.
        productivity: (N,) or (S, N).
        tol: largest relative excess demand that is certified.
        max_iter: steps for each scenario.
        strict: refuse all where one is not certified.

    Raises:
        WrongRequest: arrays or parameters that make no sense; the scenario is named.
        NotCertified: a scenario without a state within `tol`; carries the best attempt at all.
    """
    base, freeness = np.asarray(flows, dtype=np.float64), np.asarray(shocks, dtype=np.float64)
    refuse(flow_problems(base))
    refuse([] if freeness.ndim == 3 and len(freeness) else [f"shocks has shape {freeness.shape}: (S, N, N) is due"])  # noqa: PLR2004
    count, nations = len(freeness), len(base)
    gain = np.ones(nations) if productivity is None else np.asarray(productivity, dtype=np.float64)
    trade = np.asarray(theta, dtype=np.float64)
    refuse(
        (
            *shock_problems("shocks", freeness, shape=(count, nations, nations)),
            *positive_problems("productivity", gain, shapes=((nations,), (count, nations))),
            *elasticity_problems(trade, np.asarray(psi, dtype=np.float64), shapes=((), (count,))),
            *closure_problems(closure, psi=psi, plain=bool((gain == 1).all())),
            *search_problems(tol=tol, max_iter=max_iter),
        )
    )
    each, gains = np.broadcast_to(trade, (count,)), np.broadcast_to(gain, (count, nations))
    parts = []
    for elasticity in np.unique(each):
        which = np.flatnonzero(each == elasticity)
        rules = Rules(theta=float(elasticity), psi=float(psi), closure=closure, tol=tol, most=max_iter)
        parts.append((which, _of_one_elasticity(base, freeness[which], gains[which], rules, names=which)))
    found = parts[0][1] if len(parts) == 1 else _scattered(parts, count)
    return require_certified(found, tol=tol) if strict else found


def _of_one_elasticity(
    base: FloatArray, freeness: FloatArray, gain: FloatArray, rules: Rules, *, names: IntArray
) -> Equilibrium:
    """The record of the scenarios that share an elasticity; those of a balanced base share that base, too."""
    steps, gap = 0, 0.0
    if rules.closure == "balanced":
        level = balancing(base, theta=rules.theta, psi=rules.psi)
        even = solve(level, base, tol=rules.tol, most=rules.most)
        base, steps, gap = flows_at(level, even.state), even.steps, even.residual
    left = replace(rules, most=rules.most - steps)
    searches, flows = solve_all(base, freeness, gain, left, names=names)
    searches = replace(searches, steps=searches.steps + steps, residual=np.maximum(searches.residual, gap))
    still = shocked(
        base, np.ones_like(base), np.ones(len(base)), theta=rules.theta, psi=rules.psi, closure=rules.closure
    )
    return equilibrium(still, searches, flows, closure=rules.closure, tol=rules.tol)


def _scattered(parts: list[tuple[IntArray, Equilibrium]], count: int) -> Equilibrium:
    """The records of several elasticities in the order of the scenarios."""
    first = parts[0][1]
    names = (one.name for one in fields(Equilibrium) if isinstance(getattr(first, one.name), np.ndarray))
    return locked(
        replace(
            first, **{name: _column([(which, getattr(part, name)) for which, part in parts], count) for name in names}
        )
    )


def _column(pieces: list[tuple[IntArray, FloatArray]], count: int) -> Any:  # noqa: ANN401 - numbers, counts or truths, as the field
    whole = np.empty((count, *pieces[0][1].shape[1:]), dtype=pieces[0][1].dtype)
    for which, piece in pieces:
        whole[which] = piece
    return whole
