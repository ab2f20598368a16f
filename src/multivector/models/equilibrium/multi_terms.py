"""What supply, demand and prices are in the multi-sector model at given wages, and how they move with wages.

Arrays are laid out sector, importer, exporter: each sum over partners is then one product of a matrix and a vector.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """The observed equilibrium, with exporter i, importer j, sector k.

    share (K, N, N): lambda_kji, part of i in what j spends on k. weight (K, N): e_kj, part of k in what j spends.
    factor (K, N, N): 1 + tariff, or None without tariffs. spending E, income R, deficit D (N,), in the unit of flows.
    """

    share: FloatArray
    weight: FloatArray
    factor: FloatArray | None
    spending: FloatArray
    income: FloatArray
    deficit: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """S counterfactuals of one base.

    gross (S, K, N, N): lambda B (tau'/tau)^-eps A^eps, what shares are in proportion to while wages are 1. net: gross
    over 1 + new tariff; the same array where nothing is taxed. eps (S, K) = sigma - 1. together (S, N, N): whether two
    countries are in one connected block, as 0 and 1. pooled: whether deficits are a fixed part of income (closure
    "multiplicative") instead of a fixed amount.
    """

    gross: FloatArray
    net: FloatArray
    eps: FloatArray
    together: FloatArray
    weight: FloatArray
    income: FloatArray
    deficit: FloatArray
    pooled: bool


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Everything that follows from log wages x (S, N).

    power (S, K, N): w_i^-eps_k. price_sum (S, K, N): sum over i of gross x power, by importer; 1 where nothing is
    bought. net_part (S, K, N): g_kj, what is left of spending after tariffs. kept (S, N): n_j, the same over sectors.
    spending (S, N): E'. pool (S, N): Xi of the country's block. earned (S, N): R w. excess (S, N): net sales less R w.
    residual (S,): largest relative excess, or miss of the numeraire; infinite where a spending is not positive.
    """

    x: FloatArray
    power: FloatArray
    price_sum: FloatArray
    net_part: FloatArray
    kept: FloatArray
    spending: FloatArray
    pool: FloatArray
    earned: FloatArray
    excess: FloatArray
    numeraire: FloatArray
    residual: FloatArray


def chosen(terms: Terms, which: IntArray) -> Terms:
    """The terms of some of the scenarios."""
    if which.size == len(terms.eps):
        return terms
    gross = terms.gross[which]
    return Terms(
        gross=gross,
        net=gross if terms.net is terms.gross else terms.net[which],
        eps=terms.eps[which],
        together=terms.together[which],
        weight=terms.weight,
        income=terms.income,
        deficit=terms.deficit,
        pooled=terms.pooled,
    )


def evaluate(terms: Terms, x: FloatArray) -> State:
    """Spending, sales and excess demand at log wages x, (S, N).

    S_kji = gross w_i^-eps / sum over i, n_j = sum_k e_kj sum_i S_kji/(1+t'), E'_j = (R_j w_j + D_j)/n_j, F_i = sum_kj
    e_kj E'_j S_kji/(1+t') - R_i w_i (notes to Lashkaripour 2021, doi:10.1016/j.jinteco.2021.103419; own reduction).
    """
    power = np.exp(-terms.eps[:, :, None] * x[:, None, :])
    price_sum = _by_importer(terms.gross, power)
    price_sum[:, terms.weight == 0] = 1.0
    earned = terms.income * np.exp(x)
    taxed = terms.net is not terms.gross
    net_part = _by_importer(terms.net, power) / price_sum if taxed else np.ones_like(price_sum)
    kept = np.einsum("kj,skj->sj", terms.weight, net_part)
    pool = _pool(terms, earned)
    claims = pool * (terms.income + terms.deficit) * np.exp(x) if terms.pooled else earned + terms.deficit
    spending = claims / kept
    wanted = terms.weight * spending[:, None, :] / price_sum
    sales = (power * np.matmul(wanted[:, :, None, :], terms.net)[:, :, 0, :]).sum(axis=1)
    excess = sales - earned
    numeraire = np.matmul(terms.together, (earned - terms.income)[:, :, None])[:, :, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        miss = np.maximum(np.abs(excess / earned), np.abs(numeraire / (terms.together @ terms.income)))
    sound = np.isfinite(miss).all(axis=1) & (spending > 0).all(axis=1)
    return State(
        x=x,
        power=power,
        price_sum=price_sum,
        net_part=net_part,
        kept=kept,
        spending=spending,
        pool=pool,
        earned=earned,
        excess=excess,
        numeraire=numeraire,
        residual=np.where(sound, np.max(np.where(np.isfinite(miss), miss, np.inf), axis=1), np.inf),
    )


def newton_step(terms: Terms, state: State) -> FloatArray:
    """The change of log wages, (S, N), that would clear all markets if they were linear.

    Excess demands of a block sum to zero whatever the wages, so the Jacobian is singular; adding the equation of the
    block's numeraire, sum R w = sum R, to each of its rows leaves the solution and makes it regular.
    """
    rows = jacobian(terms, state) + terms.together * state.earned[:, None, :]
    right = state.excess + state.numeraire
    scale = 1.0 / state.earned
    step: FloatArray = np.linalg.solve(rows * scale[:, :, None], -(right * scale)[:, :, None])[:, :, 0]
    return step


def jacobian(terms: Terms, state: State) -> FloatArray:
    """dF_i/dx_m, (S, N, N), with V_kji = e_kj E'_j S_kji/(1+t').

    -delta_im (sum_kj eps_k V_kji + R_i w_i) + sum_kj eps_k V_kji S_kjm + sum_j (sum_k V_kji/E'_j) dE'_j/dx_m.
    """
    size, sectors, nations = state.power.shape
    bought = terms.gross * state.power[:, :, None, :]
    taxed = terms.net is not terms.gross
    net_bought = terms.net * state.power[:, :, None, :] if taxed else bought
    per_spending = terms.weight / state.price_sum
    scale = terms.eps[:, :, None] * per_spending * state.spending[:, None, :]
    weighted = net_bought * (scale / state.price_sum)[:, :, :, None]
    flat = (size, sectors * nations, nations)
    across = np.matmul(weighted.reshape(flat).transpose(0, 2, 1), bought.reshape(flat))
    own = np.einsum("skji,skj->si", weighted, state.price_sum) + state.earned
    by_market = np.einsum("skji,skj->sji", net_bought, per_spending)
    found = across + np.matmul(by_market.transpose(0, 2, 1), _spending_slope(terms, state, bought, net_bought))
    found[:, range(nations), range(nations)] -= own
    return found


def _spending_slope(terms: Terms, state: State, bought: FloatArray, net_bought: FloatArray) -> FloatArray:
    """dE'_j/dx_m, (S, N, N)."""
    nations = state.x.shape[1]
    if terms.pooled:
        claims = (terms.income + terms.deficit) * np.exp(state.x)
        total = np.matmul(terms.together, np.stack([state.earned, claims], axis=2))
        slope = terms.together * (
            state.earned[:, None, :] / total[:, :, 0, None] - claims[:, None, :] / total[:, :, 1, None]
        )
        slope *= state.spending[:, :, None]
        slope[:, range(nations), range(nations)] += state.spending
    else:
        slope = np.zeros((len(state.x), nations, nations))
        slope[:, range(nations), range(nations)] = state.earned / state.kept
    if terms.net is not terms.gross:
        each = terms.eps[:, :, None] * terms.weight / state.price_sum
        shift = np.einsum("skjm,skj->sjm", bought, each * state.net_part) - np.einsum("skjm,skj->sjm", net_bought, each)
        slope -= (state.spending / state.kept)[:, :, None] * shift
    return slope


def _by_importer(coefficient: FloatArray, power: FloatArray) -> FloatArray:
    """Sum over exporters, (S, K, N)."""
    summed: FloatArray = np.matmul(coefficient, power[:, :, :, None])[:, :, :, 0]
    return summed


def _pool(terms: Terms, earned: FloatArray) -> FloatArray:
    """Xi, (S, N): what makes the spending of each block equal its income when deficits are parts of income."""
    if not terms.pooled:
        return np.ones_like(earned)
    claims = earned * (1.0 + terms.deficit / terms.income)
    total = np.matmul(terms.together, np.stack([earned, claims], axis=2))
    pool: FloatArray = total[:, :, 0] / total[:, :, 1]
    return pool
