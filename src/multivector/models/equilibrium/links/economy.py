"""What goods cost, and what is spent on them, for given wages: the two inner equations of the model with links.

Caliendo & Parro (2015), equations (10)-(13), https://doi.org/10.1093/restud/rdu035, in ratios to a base. Inside, cells
stand as [sector, importer, exporter] and money is in units of world value added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.anderson import anderson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

SWEEPS = 400  # of an inner equation; a sweep at rate 0.53 (NAFTA) needs 44 without, about 15 with Anderson


@dataclass(frozen=True, slots=True, eq=False)
class Economy:
    """A base. `shares` (K, N, N): of importer n's spending on sector k, by exporter; `gross` (K, N, N): 1 + tariff.

    `io` (N, K, K) [n, input, output], `io_turned` its transpose [n, output, input], `value_added_share`, `final`
    (N, K), `theta` (K, 1), `value_added`, `deficit` (N,). `block` (N,): countries with one number trade with each
    other, and only they.
    """

    shares: FloatArray
    gross: FloatArray
    io: FloatArray
    io_turned: FloatArray
    value_added_share: FloatArray
    final: FloatArray
    theta: FloatArray
    value_added: FloatArray
    deficit: FloatArray
    block: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """What changes.

    `factor` (K, N, N): multiplies a share at given costs, (kappa)^(-theta), 0 under an embargo;
    `gross` (K, N, N): 1 + new tariff; `log_cost` (K, N, N): log of the trade-cost ratio d, inf under an embargo.
    """

    factor: FloatArray
    gross: FloatArray
    log_cost: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Unknowns: log ratios of `wages` (N,) and of sector `prices` (N, K), and `spending` (N, K), a level."""

    wages: FloatArray
    prices: FloatArray
    spending: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A state with all that follows from it.

    `costs` (N, K): log ratios of unit costs; `shares` (K, N, N); `net` (K, N, N): shares over 1 + tariff; `kept`
    (N, K): share of spending that is not tariff; `sales` (N, K), without tariffs; `income` (N,); `balance` (N,): net
    imports less exports less deficit, over net spending; 0 in equilibrium.
    """

    state: State
    costs: FloatArray
    shares: FloatArray
    net: FloatArray
    kept: FloatArray
    sales: FloatArray
    income: FloatArray
    balance: FloatArray


def unit_costs(economy: Economy, wages: FloatArray, prices: FloatArray) -> FloatArray:
    """Log cost of output j in country n, (N, K): va_nj w_n + sum_k io_nkj P_nk (equation 10)."""
    inputs = np.matmul(economy.io_turned, prices[:, :, None])[:, :, 0]
    costs: FloatArray = economy.value_added_share * wages[:, None] + inputs
    return costs


def prices_from(weights: FloatArray, theta: FloatArray, costs: FloatArray) -> FloatArray:
    """Log prices (N, K) that follow from log costs (N, K) and shares at old costs `weights` (K, N, N) (equation 11).

    A sector in which a country buys from nobody has price ratio 1.
    """
    cheapest = costs.min(axis=0)
    pull = np.exp(theta.T * (cheapest - costs))
    total = np.matmul(weights, pull.T[:, :, None])[:, :, 0].T
    bought = total > 0
    prices: FloatArray = np.where(bought, cheapest - np.log(np.where(bought, total, 1.0)) / theta.T, 0.0)
    return prices


def shares_from(weights: FloatArray, theta: FloatArray, costs: FloatArray) -> FloatArray:
    """Shares (K, N, N) that follow from log costs (equation 12); none where a country buys from nobody."""
    pulled = weights * np.exp(theta.T * (costs.min(axis=0) - costs)).T[:, None, :]
    total = pulled.sum(axis=2, keepdims=True)
    shares: FloatArray = np.divide(pulled, total, out=pulled, where=total > 0)
    return shares


def spending_from(
    economy: Economy, spending: FloatArray, *, wage_bill: FloatArray, net: FloatArray, kept: FloatArray
) -> FloatArray:
    """Spending (N, K) that sales and incomes of `spending` (N, K) lead to (equation 13)."""
    revenue = ((1 - kept) * spending).sum(axis=1)
    income = wage_bill + revenue + economy.deficit
    inputs = np.matmul(economy.io, sales_of(net, spending)[:, :, None])[:, :, 0]
    wanted: FloatArray = inputs + economy.final * income[:, None]
    return wanted


def sales_of(net: FloatArray, spending: FloatArray) -> FloatArray:
    """Sales (N, K) without tariffs: sum over importers of net_kni X_nk."""
    sales: FloatArray = np.matmul(spending.T[:, None, :], net)[:, 0, :].T
    return sales


def settle(economy: Economy, policy: Policy, start: State, *, tol: float) -> Outcome:
    """Prices and spending for the wages of `start`, each equation to the relative error `tol` as far as 400 sweeps go.

    What is short of it shows in the balance, and in the certificate, which is taken afresh.
    """
    weights = economy.shares * policy.factor
    prices = anderson(
        lambda guess: prices_from(weights, economy.theta, unit_costs(economy, start.wages, guess)),
        start.prices,
        distance=_largest_step,
        tol=tol,
        most=SWEEPS,
    ).point
    costs = unit_costs(economy, start.wages, prices)
    shares = shares_from(weights, economy.theta, costs)
    net = shares / policy.gross
    kept = net.sum(axis=2).T
    wage_bill = economy.value_added * np.exp(start.wages)
    spending = anderson(
        lambda guess: spending_from(economy, guess, wage_bill=wage_bill, net=net, kept=kept),
        start.spending,
        distance=_largest_relative_step,
        tol=tol,
        most=SWEEPS,
    ).point
    return outcome_of(economy, costs=costs, shares=shares, net=net, state=State(start.wages, prices, spending))


def outcome_of(economy: Economy, *, costs: FloatArray, shares: FloatArray, net: FloatArray, state: State) -> Outcome:
    """Sales, income and the balance of trade of a state."""
    kept: FloatArray = net.sum(axis=2).T
    sales = sales_of(net, state.spending)
    bought = (kept * state.spending).sum(axis=1)
    income = economy.value_added * np.exp(state.wages) + state.spending.sum(axis=1) - bought + economy.deficit
    balance = (bought - sales.sum(axis=1) - economy.deficit) / bought
    return Outcome(state, costs, shares, net, kept, sales, income, balance)


def residual_of(economy: Economy, policy: Policy, state: State) -> float:
    """The largest relative error of the balance, price and spending equations at `state`.

    Infinite where a value is not finite, or an income not positive. Only the three unknowns come from the solver.
    """
    if not all(np.all(np.isfinite(part)) for part in (state.wages, state.prices, state.spending)):
        return float("inf")
    costs = unit_costs(economy, state.wages, state.prices)
    weights = economy.shares * policy.factor
    prices = prices_from(weights, economy.theta, costs)
    shares = shares_from(weights, economy.theta, costs)
    net = shares / policy.gross
    outcome = outcome_of(economy, costs=costs, shares=shares, net=net, state=state)
    wage_bill = economy.value_added * np.exp(state.wages)
    spending = spending_from(economy, state.spending, wage_bill=wage_bill, net=net, kept=outcome.kept)
    errors = (
        float(np.abs(outcome.balance).max()),
        float(np.abs(np.expm1(prices - state.prices)).max()),
        _largest_relative_step(state.spending, spending),
    )
    positive = bool(np.all(outcome.income > 0) and np.all(state.spending >= 0))
    return max(errors) if positive and np.all(np.isfinite(errors)) else float("inf")


def _largest_step(before: FloatArray, after: FloatArray) -> float:
    return float(np.abs(after - before).max())


def _largest_relative_step(before: FloatArray, after: FloatArray) -> float:
    """Largest change of a cell, relative; a cell that stays at 0 has none."""
    moved = np.abs(after - before)
    return float(np.max(np.divide(moved, np.maximum(np.abs(after), np.abs(before)), out=moved, where=moved > 0)))
