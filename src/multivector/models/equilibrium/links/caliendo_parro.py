"""What new tariffs, dearer carriage or an embargo do when industries buy from each other: solved exactly, certified.

Caliendo & Parro (2015), Estimates of the Trade and Welfare Effects of NAFTA, https://doi.org/10.1093/restud/rdu035.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.errors import NotCertified
from multivector.models.equilibrium.links.base import (
    cut_into_blocks,
    economy_of,
    inside,
    no_change,
    outside,
    policy_of,
    rebased,
    resting,
)
from multivector.models.equilibrium.links.checks import check_change, check_world, checked_limits
from multivector.models.equilibrium.links.economy import Economy, Outcome, Policy
from multivector.models.equilibrium.links.path import path_terms
from multivector.models.equilibrium.links.records import CaliendoParro, InputOutput, Limits, frozen
from multivector.models.equilibrium.links.solving import Solution, solve
from multivector.models.equilibrium.links.welfare import log_price_index, moves_between, relative, terms_of
from multivector.models.equilibrium.records import TOLERANCE, Closure
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

MAX_ITER: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class _Base:
    """An observed world brought into equilibrium: `outcome` has log ratios of 0. `unit`: world value added."""

    model: InputOutput
    economy: Economy
    outcome: Outcome
    solution: Solution
    unit: float
    closure: Closure


def caliendo_parro(  # noqa: PLR0913 - a counterfactual, its closure, and how close
    model: InputOutput,
    new_tariff: FloatArray,
    *,
    shock: FloatArray | None = None,
    deficits: bool = True,
    path_steps: int = 0,
    tol: float = TOLERANCE,
    max_iter: int = MAX_ITER,
    strict: bool = True,
) -> CaliendoParro:
    """The world of `model` under `new_tariff` (N, N, K), fractions, against the same world under its own tariffs.

    The base is solved first, under the same closure, because observed spending need not be an equilibrium's; every
    ratio is counterfactual over solved base. `shock` (N, N, K): freeness B = d^(-theta) for a trade cost that is d
    times what it was, as in the other models here; 1 is no change, 0 an embargo, exactly (`freeness(d, theta)`).
    `deficits`: they stay, in units of world value added; without, nobody has any, before or after. `path_steps`: above
    0, the change of welfare is also split along a path of so many steps. `max_iter` bounds the steps of wages, of base
    and counterfactual together, and of each step of the path.

    Raises:
        WrongRequest: a world that contradicts itself, tariffs at or below -1, a negative freeness, countries cut off
            with a deficit, consumers without a supplier, a path to an embargo.
        NotCertified: the residual lies above `tol`, and `strict`; carries `.best` and `.residual`.
    """
    limits = checked_limits(path_steps=path_steps, tol=tol, max_iter=max_iter)
    check_world(model)
    check_change(model, new_tariff, shock, path_steps=path_steps)
    base = _solved_base(model, deficits=deficits, limits=limits)
    result = _counterfactual(base, new_tariff, shock=shock, path_steps=path_steps, limits=limits)
    return _certified(result, tol=tol) if strict else result


def caliendo_parro_batch(  # noqa: PLR0913 - as for one
    model: InputOutput,
    new_tariffs: FloatArray,
    *,
    shocks: FloatArray | None = None,
    deficits: bool = True,
    path_steps: int = 0,
    tol: float = TOLERANCE,
    max_iter: int = MAX_ITER,
    strict: bool = True,
) -> tuple[CaliendoParro, ...]:
    """`caliendo_parro` for each of the tariffs (S, N, N, K) and, where given, freeness `shocks` (S, N, N, K).

    The base is checked and solved once, and its slopes serve every scenario. Each equals a call of its own to 1e-9.

    Raises:
        WrongRequest: as for one; lengths S that differ.
        NotCertified: the first scenario that is not solved, and `strict`.
    """
    limits = checked_limits(path_steps=path_steps, tol=tol, max_iter=max_iter)
    check_world(model)
    if shocks is not None and len(shocks) != len(new_tariffs):
        refuse([f"{len(new_tariffs)} tariffs and {len(shocks)} shocks: give one shock for each, or none"])
    changes = [(tariff, None if shocks is None else shocks[place]) for place, tariff in enumerate(new_tariffs)]
    for tariff, shock in changes:
        check_change(model, tariff, shock, path_steps=path_steps)
    base = _solved_base(model, deficits=deficits, limits=limits)
    results = (
        _counterfactual(base, tariff, shock=shock, path_steps=path_steps, limits=limits) for tariff, shock in changes
    )
    return tuple(_certified(result, tol=tol) if strict else result for result in results)


def _solved_base(model: InputOutput, *, deficits: bool, limits: Limits) -> _Base:
    """The base in equilibrium, as close as `max_iter` steps come; its residual enters every result on it."""
    unit = float(model.value_added.sum())
    observed = economy_of(model, deficits=deficits)
    start = resting(observed, model.flows.sum(axis=0) / unit)
    solution = solve(observed, no_change(observed), start, limits=limits)
    outcome = solution.outcome
    return _Base(
        model=model,
        economy=rebased(observed, outcome),
        outcome=replace(outcome, state=resting(observed, outcome.state.spending), costs=np.zeros_like(outcome.costs)),
        solution=solution,
        unit=unit,
        closure="additive" if deficits else "balanced",
    )


def _counterfactual(
    base: _Base, new_tariff: FloatArray, *, shock: FloatArray | None, path_steps: int, limits: Limits
) -> CaliendoParro:
    """One scenario on a solved base."""
    policy = policy_of(base.economy, inside(1 + np.asarray(new_tariff)), None if shock is None else inside(shock))
    economy = cut_into_blocks(base.economy, policy)
    found = solve(
        economy,
        policy,
        base.outcome.state,
        limits=limits.less(base.solution.iterations),
        slopes=base.solution.slopes,
    )
    result = _result(base, policy, found=found, tol=limits.tol)
    if not path_steps or not result.certified:
        return result
    path = path_terms(economy, policy, base=base.outcome, end=found, steps=path_steps, limits=limits)
    return replace(
        result,
        path=path,
        residual=max(result.residual, path.residual),
        certified=path.residual <= limits.tol,
    )


def _result(base: _Base, policy: Policy, *, found: Solution, tol: float) -> CaliendoParro:
    """Ratios and levels of a solution, with the first-order terms of the step from the base."""
    before, after, final = base.outcome, found.outcome, base.economy.final
    prices = np.exp(log_price_index(final, after.state.prices))
    wages = np.exp(after.state.wages)
    income = after.income / before.income
    moves = moves_between(before, after, trade_cost=policy.log_cost)
    first = None if moves is None else terms_of(before, base.economy.gross, relative(moves))
    residual = max(found.residual, base.solution.residual)
    return CaliendoParro(
        welfare=frozen(income / prices),
        wages=frozen(wages),
        prices=frozen(prices),
        real_wage=frozen(wages / prices),
        income=frozen(income),
        sector_prices=frozen(np.exp(after.state.prices)),
        flows=frozen(_flows(after, base.unit)),
        base_flows=frozen(_flows(before, base.unit)),
        tariff_revenue=frozen(_revenue(after, base.unit)),
        base_tariff_revenue=frozen(_revenue(before, base.unit)),
        residual=residual,
        iterations=base.solution.iterations + found.iterations,
        certified=residual <= tol and bool(np.all(np.isfinite(prices) & (prices > 0) & (wages > 0))),
        closure=base.closure,
        method=found.method,
        terms_of_trade=None if first is None else first.terms_of_trade,
        volume_of_trade=None if first is None else first.volume_of_trade,
        trade_cost=None if first is None else first.trade_cost,
        linear_welfare=None if first is None else first.welfare,
    )


def _flows(outcome: Outcome, unit: float) -> FloatArray:
    """Spending (N, N, K), exporter first, tariff included, in the unit of the input."""
    return outside(outcome.shares * outcome.state.spending.T[:, :, None]) * unit


def _revenue(outcome: Outcome, unit: float) -> FloatArray:
    """Tariff revenue (N,) in the unit of the input."""
    revenue: FloatArray = ((1 - outcome.kept) * outcome.state.spending).sum(axis=1) * unit
    return revenue


def _certified(result: CaliendoParro, *, tol: float) -> CaliendoParro:
    """The result, where it is certified.

    Raises:
        NotCertified: it is not.
    """
    if result.certified:
        return result
    raise NotCertified(
        f"no solution found: residual {result.residual:.2g} above {tol:.0e} after {result.iterations} steps; give more "
        "steps (max_iter) or a milder shock",
        best=result,
        residual=result.residual,
    )
