"""What trade costs, embargoes and tariffs do to countries that buy many kinds of goods, with a certificate.

CES within sectors, Cobb-Douglas across them, tariffs that are income of the importer, one factor per country: Ossa, R.
(2014), American Economic Review 104(12), doi:10.1257/aer.104.12.4104; Lashkaripour, A. (2021), J. International
Economics 131, doi:10.1016/j.jinteco.2021.103419. Solved in hats (new/old) in N unknowns, the wages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.multi_blocks import deficit_problems, linked, supply_problems
from multivector.models.equilibrium.multi_checks import (
    base_problems,
    elasticity_problems,
    productivity_problems,
    rule_problems,
    shock_problems,
    tariff_problems,
)
from multivector.models.equilibrium.multi_terms import Base, State, Terms, evaluate
from multivector.models.equilibrium.newton import newton
from multivector.models.equilibrium.records import TOLERANCE, Closure, Equilibrium, require_certified
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

CELLS: Final = 1_000_000  # of N x N x K in one chunk of scenarios, so that its arrays stay in the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Shocks:
    """What changes: multipliers (S, N, N) or (S, N, N, K), sigma (S, K), new 1 + tariff (S or 1, K, N, N) or None."""

    freeness: FloatArray
    sigma: FloatArray
    factor: FloatArray | None
    productivity: FloatArray | None


def multi_sector(  # noqa: PLR0913 - the arrays of one shock
    flows: FloatArray,
    shock: FloatArray | None = None,
    *,
    sigma: FloatArray,
    tariff: FloatArray | None = None,
    new_tariff: FloatArray | None = None,
    closure: Closure = "additive",
    productivity: FloatArray | None = None,
    tol: float = TOLERANCE,
    max_iter: int = 200,
    strict: bool = True,
) -> Equilibrium:
    """One counterfactual; as `multi_sector_batch`, without the leading axis.

    Parameters:
        shock: (N, N) or (N, N, K), freeness multiplier at fixed prices; 1 changes nothing, 0 is an embargo.
        sigma: (K,). new_tariff: (N, N, K).

    Raises:
        WrongRequest: see `multi_sector_batch`.
        NotCertified: no equilibrium within `tol` was found, unless `strict` is False.
    """
    flows = np.asarray(flows, dtype=np.float64)
    each = np.ones(flows.shape[:2]) if shock is None else np.asarray(shock, dtype=np.float64)
    found = multi_sector_batch(
        flows,
        each[None],
        sigma=sigma,
        tariff=tariff,
        new_tariff=new_tariff,
        closure=closure,
        productivity=productivity,
        tol=tol,
        max_iter=max_iter,
        strict=False,
    )
    alone = _only(found)
    return require_certified(alone, tol=tol) if strict else alone


def multi_sector_batch(  # noqa: PLR0913 - the arrays of one batch
    flows: FloatArray,
    shocks: FloatArray,
    *,
    sigma: FloatArray,
    tariff: FloatArray | None = None,
    new_tariff: FloatArray | None = None,
    closure: Closure = "additive",
    productivity: FloatArray | None = None,
    tol: float = TOLERANCE,
    max_iter: int = 200,
    strict: bool = True,
) -> Equilibrium:
    """Counterfactuals of one base, each with its own shock, elasticities and tariffs.

    Parameters:
        flows: (N, N, K), spending of importer j on exporter i, tariffs included, own sales on the diagonal; any unit.
        shocks: (S, N, N) or (S, N, N, K), freeness multipliers on flows at fixed prices: cost ratio^(1 - sigma); 1
            changes nothing, 0 is an embargo and leaves flows of exactly 0.
        sigma: (K,) or (S, K), elasticities of substitution, > 1.
        tariff: (N, N, K), fractions > -1 that are in `flows`; none when None. Own goods may be taxed too.
        new_tariff: (N, N, K) or (S, N, N, K), fractions after the change; as before when None.
        closure: "additive" keeps each deficit D, an amount, with the sum of incomes as the unit; "multiplicative" keeps
            spending before tariffs in proportion to income, times a common Xi; "balanced" first removes all deficits:
            ratios are then over the balanced base, not the observed one.
        productivity: (N,) or (N, K), output per worker, new/old: the cost of a unit becomes w / productivity. None: 1.
        tol: largest residual that is certified. max_iter: most steps for each scenario.
        strict: raise instead of giving back what is not certified.

    Returns:
        Equilibrium with a leading axis S. `flows` (S, N, N, K), `tariff_revenue` (S, N) in the unit of `flows`;
        `output` is the ratio of net sales, equal to the wage's; `scale` is Xi, multiplicative closure only.

    Raises:
        WrongRequest: wrong shapes; NaN, infinite or negative flows or shocks; sigma <= 1; tariffs <= -1; a country
            without own sales; a block cut off with a deficit; a sector left without a supplier.
        NotCertified: no equilibrium within `tol` was found, unless `strict` is False.
    """
    flows = np.asarray(flows, dtype=np.float64)
    shocks = np.asarray(shocks, dtype=np.float64)
    sigma = np.asarray(sigma, dtype=np.float64)
    refuse([*base_problems(flows), *rule_problems(closure, tol=tol, max_iter=max_iter)])
    nations, _, sectors = flows.shape
    each, every = flows.shape, (len(shocks), *flows.shape)
    old, new, growth = (
        None if one is None else np.asarray(one, dtype=np.float64) for one in (tariff, new_tariff, productivity)
    )
    refuse(
        [
            *shock_problems(shocks, nations=nations, sectors=sectors),
            *elasticity_problems(sigma, sectors=sectors, scenarios=len(shocks)),
            *([] if old is None else tariff_problems("tariff", old, (each,))),
            *([] if new is None else tariff_problems("new_tariff", new, (each, every))),
            *([] if growth is None else productivity_problems(growth, nations=nations, sectors=sectors)),
        ]
    )
    base = base_of(flows, old)
    change = Shocks(
        freeness=shocks,
        sigma=np.broadcast_to(sigma, (len(shocks), sectors)),
        factor=None if new is None else 1.0 + _inward(new if new.ndim == 4 else new[None]),  # noqa: PLR2004 - (S, ...)
        productivity=growth,
    )
    if closure == "balanced":
        found = _on_balanced_base(base, change, tol=tol, max_iter=max_iter)
    else:
        found = _solved(base, change, closure=closure, tol=tol, max_iter=max_iter)
    return require_certified(found, tol=tol) if strict else found


def base_of(flows: FloatArray, tariff: FloatArray | None) -> Base:
    """Shares, weights, income and deficits of flows (N, N, K) that include tariffs."""
    inward = _inward(flows[None])[0]
    factor = None if tariff is None or not tariff.any() else 1.0 + _inward(tariff[None])[0]
    spent = inward.sum(axis=2)
    net = inward if factor is None else inward / factor
    spending, income = spent.sum(axis=0), net.sum(axis=(0, 1))
    return Base(
        share=inward / np.where(spent > 0, spent, 1.0)[:, :, None],
        weight=spent / spending,
        factor=factor,
        spending=spending,
        income=income,
        deficit=net.sum(axis=(0, 2)) - income,  # spending less tariff revenue less income
    )


def _inward(arrays: FloatArray) -> FloatArray:
    """(S, N, N, K), exporter by importer, as (S, K, N, N), importer by exporter."""
    return np.ascontiguousarray(arrays.transpose(0, 3, 2, 1))


def _solved(base: Base, change: Shocks, *, closure: Closure, tol: float, max_iter: int) -> Equilibrium:
    """All scenarios, chunk by chunk."""
    size = max(1, CELLS // base.share.size)
    scenarios = len(change.freeness)
    parts = []
    for first in range(0, scenarios, size):
        terms = _terms(
            base, change, slice(first, first + size), pooled=closure == "multiplicative", first=first, tol=tol
        )
        parts.append(
            _chunk(base, terms, change, slice(first, first + size), closure=closure, tol=tol, max_iter=max_iter)
        )
    return _joined(parts)


def _terms(base: Base, change: Shocks, some: slice, *, pooled: bool, first: int, tol: float) -> Terms:
    """The terms of some scenarios.

    Raises:
        WrongRequest: a block cut off with a deficit, a sector without a supplier.
    """
    freeness, eps = change.freeness[some], change.sigma[some] - 1.0
    turned = _inward(freeness) if freeness.ndim == 4 else freeness.transpose(0, 2, 1)[:, None]  # noqa: PLR2004
    gross = base.share * turned
    if change.factor is not None:
        old = 1.0 if base.factor is None else base.factor
        new = change.factor if len(change.factor) == 1 else change.factor[some]
        gross *= (new / old) ** -eps[:, :, None, None]
    if change.productivity is not None:
        ratio = change.productivity if change.productivity.ndim == 2 else change.productivity[:, None]  # noqa: PLR2004
        gross *= (ratio.T ** eps[:, :, None])[:, :, None, :]
    factor = base.factor if change.factor is None else change.factor[some if len(change.factor) > 1 else slice(None)]
    together = linked((gross > 0).any(axis=1))
    refuse([*supply_problems(gross, base, first=first), *deficit_problems(together, base, first=first, slack=tol / 10)])
    return Terms(
        gross=gross,
        net=gross if factor is None else gross / factor,
        eps=eps,
        together=together.astype(np.float64),
        weight=base.weight,
        income=base.income,
        deficit=base.deficit,
        pooled=pooled,
    )


def _chunk(
    base: Base, terms: Terms, change: Shocks, some: slice, *, closure: Closure, tol: float, max_iter: int
) -> Equilibrium:
    """The record of some scenarios, every figure from the wages found."""
    start = np.zeros((len(terms.eps), base.income.size))
    most = np.full(len(start), max_iter)
    found = newton(terms, start, target=tol / 100, most=most)
    state = evaluate(terms, found.x)
    shape = terms.gross.shape[::-1]
    per_price = terms.weight * state.spending[:, None, :] / state.price_sum
    bought = terms.gross * state.power[:, :, None, :] * per_price[:, :, :, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        prices = np.exp(-(terms.weight * np.log(state.price_sum) / terms.eps[:, :, None]).sum(axis=1))
        wages, spent = np.exp(state.x), state.spending / base.spending
        welfare = spent / prices
    sound = np.isfinite(welfare).all(axis=1) & (welfare > 0).all(axis=1)
    scale = None
    if closure == "multiplicative":
        scale = state.pool[range(len(start)), int(np.argmax(base.income))]
    kept = state.kept * state.spending
    return Equilibrium(
        welfare=welfare,
        wages=wages,
        prices=prices,
        real_wage=wages / prices,
        output=wages.copy(),
        expenditure=spent,
        flows=bought.transpose(0, 3, 2, 1),
        residual=state.residual,
        iterations=found.steps,
        certified=sound & (state.residual <= tol),
        closure=closure,
        method="newton",
        scale=scale,
        tariff_revenue=state.spending - kept,
    )


def _on_balanced_base(base: Base, change: Shocks, *, tol: float, max_iter: int) -> Equilibrium:
    """Solve for flows without deficits, once for each set of elasticities, then apply the shocks to them."""
    sets, which = np.unique(change.sigma, axis=0, return_inverse=True)
    none = replace(base, deficit=np.zeros_like(base.deficit))
    parts, order = [], []
    for number, sigma in enumerate(sets):
        members = np.flatnonzero(which == number)
        still = Shocks(np.ones((1, *base.share.shape[1:])), sigma[None], None, None)
        first = _solved(none, still, closure="balanced", tol=tol, max_iter=max_iter)
        rebased = replace(
            base_of(first.flows[0], None if base.factor is None else base.factor.transpose(2, 1, 0) - 1.0),
            deficit=none.deficit,
        )
        own = Shocks(
            change.freeness[members],
            change.sigma[members],
            change.factor if change.factor is None or len(change.factor) == 1 else change.factor[members],
            change.productivity,
        )
        found = _solved(rebased, own, closure="balanced", tol=tol, max_iter=max_iter)
        parts.append(
            replace(
                found, residual=np.maximum(found.residual, first.residual), certified=found.certified & first.certified
            )
        )
        order.append(members)
    return _joined(parts, order=np.argsort(np.concatenate(order)))


ARRAYS: Final = ("welfare", "wages", "prices", "real_wage", "output", "expenditure", "flows")
MORE: Final = ("residual", "iterations", "certified")


def _joined(parts: list[Equilibrium], *, order: NDArray[np.intp] | None = None) -> Equilibrium:
    """One record of several batches, read-only."""
    arrays = {}
    for name in (*ARRAYS, *MORE, "scale", "tariff_revenue"):
        each = [getattr(part, name) for part in parts]
        if each[0] is None:
            continue
        whole = each[0] if len(each) == 1 else np.concatenate(each)
        arrays[name] = whole if order is None else whole[order]
        arrays[name].setflags(write=False)
    return replace(parts[0], **arrays)


def _only(found: Equilibrium) -> Equilibrium:
    """The record of a batch of one, without its leading axis."""
    arrays = {name: getattr(found, name)[0] for name in ARRAYS}
    revenue = found.tariff_revenue
    return replace(
        found,
        **arrays,
        residual=float(np.asarray(found.residual)[0]),
        iterations=int(np.asarray(found.iterations)[0]),
        certified=bool(np.asarray(found.certified)[0]),
        scale=None if found.scale is None else float(np.asarray(found.scale)[0]),
        tariff_revenue=None if revenue is None else revenue[0],
    )
