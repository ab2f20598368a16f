"""What trade costs, embargoes and tariffs do to countries that buy many kinds of goods, with a certificate.

CES within sectors, Cobb-Douglas across them, tariffs that are income of the importer, one factor per country: Ossa, R.
(2014), American Economic Review 104(12), doi:10.1257/aer.104.12.4104; Lashkaripour, A. (2021), J. International
Economics 131, doi:10.1016/j.jinteco.2020.103419. Solved in hats (new/old) with N unknowns, the wages.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from multivector.models.equilibrium.many.base import Shocks, base_of, inward
from multivector.models.equilibrium.many.checks import (
    base_problems,
    elasticity_problems,
    productivity_problems,
    rule_problems,
    shock_problems,
    tariff_problems,
)
from multivector.models.equilibrium.many.solving import Detail, Rules, solve, solve_on_balanced_base
from multivector.models.equilibrium.records import TOLERANCE, Closure, Equilibrium, locked, require_certified
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


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
    detail: Detail = "sectors",
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
        detail: "totals" sums the flows over sectors: 1,000 scenarios of 81 countries and 28 sectors take 1.5 GB else.

    Returns:
        Equilibrium with a leading axis S. `flows` (S, N, N, K), or (S, N, N) in total, and `tariff_revenue` (S, N) are
        amounts; `output`, the ratio of net sales, equals that of wages; `scale` (S,) is Xi, 1 unless
        "multiplicative": that of the block of the largest economy.

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
            *([] if detail in get_args(Detail) else [f"detail is {detail!r}: sectors or totals is due"]),
            *([] if old is None else tariff_problems("tariff", old, (each,))),
            *([] if new is None else tariff_problems("new_tariff", new, (each, every))),
            *([] if growth is None else productivity_problems(growth, nations=nations, sectors=sectors)),
        ]
    )
    shifted = None if new is None else 1.0 + inward(new if new.ndim > flows.ndim else new[None])
    taxed = old is not None and bool(old.any())
    base = base_of(inward(flows[None])[0], None if old is None or not taxed else 1.0 + inward(old[None])[0])
    change = Shocks(
        freeness=shocks,
        sigma=np.broadcast_to(sigma, (len(shocks), sectors)),
        factor=shifted,
        productivity=None if growth is None else np.atleast_2d(growth.T),
    )
    rules = Rules(closure=closure, tol=tol, most=max_iter, detail=detail)
    found = locked((solve_on_balanced_base if closure == "balanced" else solve)(base, change, rules))
    return require_certified(found, tol=tol) if strict else found


def _only(found: Equilibrium) -> Equilibrium:
    """The record of a batch of one, without its leading axis."""
    return replace(
        found,
        welfare=found.welfare[0],
        wages=found.wages[0],
        prices=found.prices[0],
        real_wage=found.real_wage[0],
        output=found.output[0],
        expenditure=found.expenditure[0],
        flows=found.flows[0],
        residual=float(np.asarray(found.residual)[0]),
        iterations=int(np.asarray(found.iterations)[0]),
        certified=bool(np.asarray(found.certified)[0]),
        scale=None if found.scale is None else float(np.asarray(found.scale)[0]),
        tariff_revenue=None if found.tariff_revenue is None else found.tariff_revenue[0],
    )
