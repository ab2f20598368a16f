"""What a shock to trade costs are worth to every country, in a world of one sector, solved exactly and certified."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.one.checks import (
    closure_problems,
    elasticity_problems,
    flow_problems,
    positive_problems,
    search_problems,
    shock_problems,
)
from multivector.models.equilibrium.one.shocks import balancing, equilibrium, flows_at, shocked
from multivector.models.equilibrium.one.solving import solve
from multivector.models.equilibrium.records import TOLERANCE, Closure, Equilibrium, require_certified
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


def one_sector(  # noqa: PLR0913 - the parameters of the model, one each
    flows: FloatArray,
    shock: FloatArray | None = None,
    *,
    theta: float,
    psi: float = 0.0,
    closure: Closure = "additive",
    productivity: FloatArray | None = None,
    tol: float = TOLERANCE,
    max_iter: int = 500,
    strict: bool = True,
) -> Equilibrium:
    """The equilibrium after trade becomes dearer, cheaper or impossible, as ratios to the one observed.

    Exact hat algebra of the Armington and Eaton-Kortum models: Baier, Yotov & Zylkin (2019),
    https://doi.org/10.1016/j.jinteco.2018.11.002; with a supply elasticity, the universal gravity of Allen, Arkolakis
    & Takahashi (2020), https://doi.org/10.1086/704385. Equations on the methods page.

    Parameters:
        flows: (N, N), exporter by importer, without tariffs, own sales on the diagonal; one currency, one year.
        shock: (N, N), multiplier of each flow at given prices, cost_ratio ** -theta; 1 no change, 0 an embargo.
        theta: trade elasticity, > 0; sigma - 1.
        psi: supply elasticity, >= 0; 0 is a fixed supply of labour.
        closure: what becomes of deficits. "additive": fixed in units of world output. "multiplicative": spending
            moves in proportion to income. "balanced": deficits are removed first and ratios are to that balanced
            base. "fixed-shares": each country keeps its part of world output and spending, which is no equilibrium
            but what the program gegravity computes.
        productivity: (N,), ratios new/old of output per worker; 1 where left out.
        tol: largest relative excess demand that is certified.
        max_iter: steps in all, over all methods that are tried.
        strict: refuse what is not certified; False gives it back with certified=False.

    Returns:
        Ratios (N,): `prices` P (cost of living), `wages` p (price at the factory gate; the wage where psi = 0 and
        productivity is 1), `output` and `expenditure` (nominal; world output is unchanged), `welfare`
        (expenditure / P), `real_wage` p / P, `real_output` output / p. `flows` (N, N) in the unit of the input, 0.0
        where the shock is 0. `scale`: the common factor of spending in the multiplicative closure (in the block of the
        largest economy, where trade falls into blocks); else 1.

    Raises:
        WrongRequest: arrays or parameters that make no sense; a country cut off with a deficit; a country left
            without supplier or buyer.
        NotCertified: no state within `tol`; carries the best one and its residual.
    """
    base, freeness, gain = _checked(flows, shock, productivity, theta=theta, psi=psi, closure=closure)
    refuse(search_problems(tol=tol, max_iter=max_iter))
    steps, gap = 0, 0.0
    if closure == "balanced":
        level = balancing(base, theta=theta, psi=psi)
        even = solve(level, base, tol=tol, most=max_iter)
        base, steps, gap = flows_at(level, even.state), even.steps, even.residual
    economy = shocked(base, freeness, gain, theta=theta, psi=psi, closure=closure)
    search = solve(economy, base, tol=tol, most=max_iter - steps)
    search = replace(search, steps=steps + search.steps, residual=max(gap, search.residual))
    found = equilibrium(economy, search, flows_at(economy, search.state), closure=closure, tol=tol)
    return require_certified(found, tol=tol) if strict else found


def _checked(  # noqa: PLR0913 - the parameters of the model, one each
    flows: FloatArray,
    shock: FloatArray | None,
    productivity: FloatArray | None,
    *,
    theta: float,
    psi: float,
    closure: Closure,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Flows, freeness and productivity as arrays that make sense.

    Raises:
        WrongRequest: with all that does not.
    """
    base = np.asarray(flows, dtype=np.float64)
    refuse(flow_problems(base))
    freeness = np.ones_like(base) if shock is None else np.asarray(shock, dtype=np.float64)
    gain = np.ones(len(base)) if productivity is None else np.asarray(productivity, dtype=np.float64)
    refuse(
        (
            *shock_problems("shock", freeness, shape=base.shape),
            *positive_problems("productivity", gain, shapes=((len(base),),)),
            *elasticity_problems(np.asarray(theta, dtype=np.float64), np.asarray(psi, dtype=np.float64), shapes=((),)),
            *closure_problems(closure, psi=psi, plain=bool((gain == 1).all())),
        )
    )
    return base, freeness, gain
