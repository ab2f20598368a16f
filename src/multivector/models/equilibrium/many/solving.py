"""Batches of multi-sector counterfactuals: solved chunk by chunk, then read off the wages and certified."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from multivector.models.equilibrium.many.base import Base, Shocks, base_of, terms_of
from multivector.models.equilibrium.many.blocks import connected
from multivector.models.equilibrium.many.fallback import anderson, homotopy
from multivector.models.equilibrium.many.newton import newton
from multivector.models.equilibrium.many.terms import State, Terms, evaluate, slopes, some_terms
from multivector.models.equilibrium.records import Closure, Equilibrium

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.intp]

Detail = Literal["sectors", "totals"]
CELLS: Final = 200_000  # of S x K x N x N in one chunk: a few arrays of that size stay in a processor's cache
SHARING: Final = 3  # scenarios with one set of elasticities, from which on the slopes of the base are worth having
AIM: Final = 0.01  # of the tolerance; a last step costs little and leaves room for rounding
AT_ONCE: Final = 50  # steps of Newton straight to the shock: what needs more is sooner found along a path


@dataclass(frozen=True, slots=True)
class Rules:
    """How to solve: what becomes of deficits, the largest residual, the most steps, and which flows to give back."""

    closure: Closure
    tol: float
    most: int
    detail: Detail


@dataclass(frozen=True, slots=True, eq=False)
class Wages:
    """Log wages (S, N), the steps spent (S,) and how each scenario was solved."""

    x: FloatArray
    steps: IntArray
    methods: list[str]


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Slopes of the base, (sets, N, N), and which set each scenario (S,) has."""

    inverse: FloatArray
    of_scenario: IntArray


def solve(base: Base, change: Shocks, rules: Rules) -> Equilibrium:
    """All scenarios, with a leading axis S; certified or marked as not.

    Raises:
        WrongRequest: a sector without a supplier; countries cut off with a deficit.
    """
    scenarios, size = len(change.freeness), max(1, CELLS // base.share.size)
    parts: list[Equilibrium] = []
    slopes_near = _slopes_near(base, change.sigma, pooled=rules.closure == "multiplicative")
    flows = _room(base, scenarios, rules.detail)
    for first in range(0, scenarios, size):
        which = np.arange(first, min(first + size, scenarios))
        terms = terms_of(base, change.some(which), pooled=rules.closure == "multiplicative", first=first)
        near = None if slopes_near is None else slopes_near.inverse[slopes_near.of_scenario[which]]
        found = _wages(terms, base, rules, near=near)
        parts.append(_read(terms, base, found, rules=rules, flows=flows[which[0] : which[-1] + 1]))
    return joined(parts, flows=np.swapaxes(flows, 1, -1))


def solve_on_balanced_base(base: Base, change: Shocks, rules: Rules) -> Equilibrium:
    """Solve for flows without deficits, once for each set of elasticities, then apply the shocks to those flows.

    A scenario is certified when both solutions are; its residual is the larger one, its steps are those of both.

    Raises:
        WrongRequest: a sector without a supplier; countries cut off by half.
    """
    sets, of_set = np.unique(change.sigma, axis=0, return_inverse=True)
    even = replace(base, deficit=np.zeros_like(base.deficit))
    nations = base.income.size
    parts: list[Equilibrium] = []
    order: list[IntArray] = []
    flows = np.swapaxes(_room(base, len(change.freeness), rules.detail), 1, -1)
    for number, sigma in enumerate(sets):
        still = Shocks(freeness=np.ones((1, nations, nations)), sigma=sigma[None], factor=None, productivity=None)
        start = solve(even, still, replace(rules, detail="sectors"))
        rebased = replace(base_of(start.flows[0].transpose(2, 1, 0), base.factor), deficit=even.deficit)
        members = np.flatnonzero(of_set == number)
        left = replace(rules, most=rules.most - int(np.max(start.iterations)))
        found = solve(rebased, change.some(members), left)
        parts.append(
            replace(
                found,
                residual=np.maximum(found.residual, start.residual),
                iterations=found.iterations + start.iterations,
                certified=found.certified & start.certified,
            )
        )
        order.append(members)
        flows[members] = found.flows
    return joined(parts, flows=flows, order=np.argsort(np.concatenate(order), kind="stable"))


def joined(parts: list[Equilibrium], *, flows: FloatArray, order: IntArray | None = None) -> Equilibrium:
    """One record of several batches, its scenarios in `order`, with the flows of all of them."""

    def whole(name: str) -> NDArray[np.float64]:
        each = [getattr(part, name) for part in parts]
        together = each[0] if len(each) == 1 else np.concatenate(each)
        return together if order is None else together[order]

    return Equilibrium(
        welfare=whole("welfare"),
        wages=whole("wages"),
        prices=whole("prices"),
        real_wage=whole("real_wage"),
        output=whole("output"),
        expenditure=whole("expenditure"),
        flows=flows,
        residual=whole("residual"),
        iterations=whole("iterations").astype(np.int64),
        certified=whole("certified").astype(np.bool_),
        closure=parts[0].closure,
        method=" and ".join(sorted({word for part in parts for word in part.method.split(" and ")}, reverse=True)),
        scale=whole("scale"),
        tariff_revenue=whole("tariff_revenue"),
    )


def _room(base: Base, scenarios: int, detail: Detail) -> FloatArray:
    """Where the flows of all scenarios go: (S, K, N, N), or (S, N, N) for totals; importer by exporter."""
    sectors, nations = base.weight.shape
    return np.empty((scenarios, sectors, nations, nations) if detail == "sectors" else (scenarios, nations, nations))


def _wages(terms: Terms, base: Base, rules: Rules, *, near: FloatArray | None) -> Wages:
    """Newton for all scenarios, then whatever else is needed for those where it stalls."""
    target = rules.tol * AIM
    start = np.zeros((len(terms.eps), base.income.size))
    found = newton(terms, start, target=target, most=np.full(len(start), min(rules.most, AT_ONCE)), near=near)
    x, steps, methods = found.x.copy(), found.steps.copy(), ["newton"] * len(start)
    for scenario in np.flatnonzero(~(found.residual <= rules.tol)):
        alone, residual = some_terms(terms, np.array([scenario])), found.residual[scenario]
        for method in ("homotopy", "anderson"):
            left = rules.most - int(steps[scenario])
            if residual <= rules.tol or left <= 0:
                break
            if method == "homotopy":
                unshocked = _unshocked(base, alone.eps, pooled=terms.pooled)
                again = homotopy(alone, unshocked, target=target, enough=rules.tol, most=left)
            else:
                again = anderson(alone, x[[scenario]], target=target, most=left)
            steps[scenario] += again.steps[0]
            if again.residual[0] < residual:
                x[scenario], residual, methods[scenario] = again.x[0], again.residual[0], method
    return Wages(x, steps, methods)


def _unshocked(base: Base, eps: FloatArray, *, pooled: bool) -> Terms:
    """The terms of the base under one set of elasticities (1, K)."""
    gross = base.share[None]
    return Terms(
        gross=gross,
        net=gross if base.factor is None else base.net_share[None],
        eps=eps,
        together=connected(gross).together.astype(np.float64),
        weight=base.weight,
        income=base.income,
        deficit=base.deficit[None],
        pooled=pooled,
    )


def _slopes_near(base: Base, sigma: FloatArray, *, pooled: bool) -> Near | None:
    """Slopes of the base for each set of elasticities in sigma (S, K), where enough scenarios share one to pay."""
    sets, of_scenario = np.unique(sigma, axis=0, return_inverse=True)
    if len(sets) * SHARING > len(sigma):
        return None
    inverse = []
    for one in sets:
        terms = _unshocked(base, one[None] - 1.0, pooled=pooled)
        inverse.append(slopes(terms, evaluate(terms, np.zeros((1, base.income.size))))[0])
    return Near(np.stack(inverse), of_scenario)


def _read(terms: Terms, base: Base, found: Wages, *, rules: Rules, flows: FloatArray) -> Equilibrium:
    """The record of the scenarios, every figure and the residual computed afresh from the wages found."""
    state = evaluate(terms, found.x)
    _write_flows(flows, terms, state)
    with np.errstate(all="ignore"):
        wages, spent = np.exp(state.x), state.spending / base.spending
        prices = np.exp(-(terms.weight * np.log(state.price_sum) / terms.eps[:, :, None]).sum(axis=1))
        welfare, real_wage = spent / prices, wages / prices
    sound = [np.isfinite(one) & (one > 0) for one in (welfare, wages, prices, spent)]
    leader = int(np.argmax(base.income))
    return Equilibrium(
        welfare=welfare,
        wages=wages,
        prices=prices,
        real_wage=real_wage,
        output=wages,
        expenditure=spent,
        flows=flows,
        residual=state.residual,
        iterations=found.steps.astype(np.int64),
        certified=np.logical_and.reduce(sound).all(axis=1) & (state.residual <= rules.tol),
        closure=rules.closure,
        method=" and ".join(sorted(set(found.methods), reverse=True)),
        scale=state.pool[:, leader],
        tariff_revenue=state.spending * (1.0 - state.kept),
    )


def _write_flows(flows: FloatArray, terms: Terms, state: State) -> None:
    """Fill `flows` (S, K, N, N) with spending, or (S, N, N) with its sum over sectors."""
    with np.errstate(all="ignore"):
        spent = terms.weight * state.spending[:, None, :] / state.price_sum
        bought = terms.gross * state.power[:, :, None, :]
        if flows.ndim == bought.ndim:
            np.multiply(bought, spent[:, :, :, None], out=flows)
        else:
            np.einsum("skj,skji->sji", spent, bought, out=flows)
