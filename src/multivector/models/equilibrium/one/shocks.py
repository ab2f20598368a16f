"""From flows and a shock to an economy that can be solved, and from its solution to the record given back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.one.blocks import deficit_problems, links_of, market_problems
from multivector.models.equilibrium.one.economy import Economy, State
from multivector.models.equilibrium.one.solving import Search, Searches
from multivector.models.equilibrium.records import Closure, Equilibrium, locked
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


def shocked(  # noqa: PLR0913 - the parameters of the model, one each
    base: FloatArray, freeness: FloatArray, gain: FloatArray, *, theta: float, psi: float, closure: Closure
) -> Economy:
    """The economy of flows (N, N) times freeness (N, N), with productivity `gain` (N,) under a closure.

    Raises:
        WrongRequest: a country without supplier or buyer; a group of countries whose deficit nobody can finance.
    """
    income, spending = base.sum(axis=1), base.sum(axis=0)
    deficit = np.zeros_like(income) if closure == "balanced" else spending - income
    return _joined(
        Economy(
            open_flows=base * freeness,
            income=income,
            spending=spending,
            deficit=deficit,
            log_productivity=np.log(gain),
            theta=np.asarray(theta, dtype=np.float64),
            psi=psi,
            rule="additive" if closure == "balanced" else closure,
        )
    )


def balancing(base: FloatArray, *, theta: float, psi: float) -> Economy:
    """The economy whose equilibrium is the base (N, N) without deficits.

    Raises:
        WrongRequest: a group of countries that only buys from others, or only sells to them.
    """
    even = np.ones(len(base))
    return shocked(base, np.ones_like(base), even, theta=theta, psi=psi, closure="balanced")


def _joined(economy: Economy) -> Economy:
    """The economy with its blocks of trade; what rounding leaves of a block's deficit is spread over its income."""
    refuse(market_problems(economy.open_flows))
    links = links_of(economy.open_flows)
    if links is None:
        return economy
    signed = economy.rule != "multiplicative"
    refuse(deficit_problems(links, deficit=economy.deficit, income=economy.income, signed=signed))
    if links.together.all():
        return economy
    together = links.together.astype(np.float64)
    left = (together @ economy.deficit) / (together @ economy.income)
    return replace(economy, together=together, deficit=economy.deficit - left * economy.income)


def flows_at(economy: Economy, state: State) -> FloatArray:
    """Flows (N, N) or (S, N, N) of a state, in the unit of the base; 0.0 where the economy is shut."""
    with np.errstate(all="ignore"):  # a state that is not certified may hold numbers that are not finite
        return np.asarray(
            economy.open_flows * (state.weight[..., :, None] * (state.spending / state.cost)[..., None, :])
        )


def equilibrium(
    economy: Economy, search: Search | Searches, flows: FloatArray, *, closure: Closure, tol: float
) -> Equilibrium:
    """The record of what was found: one scenario, or S along a leading axis; `flows` are those at its state."""
    state = search.state
    with np.errstate(all="ignore"):
        prices, wages = np.exp(state.log_index), np.exp(state.x)
        earned, spent = state.income / economy.income, state.spending / economy.spending
        if closure == "fixed-shares":
            earned = spent = wages * (economy.income.sum() / (wages @ economy.income))[..., None]
            prices, wages = prices * (earned / wages), earned
        ratios = {
            "welfare": spent / prices,
            "wages": wages,
            "prices": prices,
            "real_wage": wages / prices,
            "output": earned,
            "expenditure": spent,
            "real_output": earned / wages,
        }
    sound = np.all([np.isfinite(one) & (one > 0) for one in ratios.values()], axis=(0, -1))
    certified = sound & np.isfinite(flows).all(axis=(-2, -1)) & (np.asarray(search.residual) <= tol)
    largest = int(np.argmax(economy.income))
    factor = spent[..., largest] / earned[..., largest] if closure == "multiplicative" else np.ones(certified.shape)
    single = certified.ndim == 0
    return locked(
        Equilibrium(
            **ratios,
            flows=flows,
            residual=search.residual,
            iterations=search.steps,
            certified=bool(certified) if single else certified,
            closure=closure,
            method=search.method,
            scale=float(factor) if single else factor,
        )
    )
