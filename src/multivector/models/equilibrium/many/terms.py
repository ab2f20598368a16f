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
class Terms:
    """S counterfactuals of one base.

    gross (S, K, N, N): lambda B ((1+t')/(1+t))^-eps A^eps, what shares are in proportion to while wages are 1. net:
    gross / (1+t'); the same array where nothing is taxed. eps (S, K): sigma - 1. together (S, N, N): 1 where two
    countries are in one connected block, else 0. weight (K, N): e_kj. income R (N,), deficit D (S, N). pooled: whether
    deficits are a fixed part of income (closure "multiplicative") and not an amount.
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
    bought. left (S, K, N): g_kj, the part of spending that is left after tariffs. kept (S, N): n_j, the same over
    sectors. spending (S, N): E'. pool (S, N): Xi of the block. earned (S, N): R w. excess (S, N): net sales less R w.
    numeraire (S, N): sum of R (w - 1) over the block. residual (S,): largest relative excess, or relative miss of the
    numeraire; infinite where a figure is not finite or a spending not positive. merit (S,): what steps must lower.
    """

    x: FloatArray
    power: FloatArray
    price_sum: FloatArray
    left: FloatArray
    kept: FloatArray
    spending: FloatArray
    pool: FloatArray
    earned: FloatArray
    excess: FloatArray
    numeraire: FloatArray
    residual: FloatArray
    merit: FloatArray


def some_terms(terms: Terms, which: IntArray) -> Terms:
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
        deficit=terms.deficit[which],
        pooled=terms.pooled,
    )


def some_states(state: State, which: IntArray) -> State:
    """The states of some of the scenarios."""
    if which.size == len(state.x):
        return state
    return State(**{name: getattr(state, name)[which] for name in State.__slots__})


def with_states(state: State, which: IntArray, other: State) -> State:
    """The states with those of `which` taken from `other`, which holds all of them or just those."""
    if not which.size:
        return state
    taken = other if len(other.x) == which.size else some_states(other, which)
    mixed = {name: getattr(state, name).copy() for name in State.__slots__}
    for name, values in mixed.items():
        values[which] = getattr(taken, name)
    return State(**mixed)


@np.errstate(all="ignore")
def evaluate(terms: Terms, x: FloatArray) -> State:
    """Spending, sales and excess demand at log wages x, (S, N).

    S_kji = gross w_i^-eps / sum over i; n_j = sum_k e_kj sum_i S_kji/(1+t'); E'_j = (R_j w_j + D_j)/n_j; F_i = sum_kj
    e_kj E'_j S_kji/(1+t') - R_i w_i. Equations of Ossa (2014), doi:10.1257/aer.104.12.4104, with N unknowns.
    """
    power = np.exp(-terms.eps[:, :, None] * x[:, None, :])
    price_sum = _over_exporters(terms.gross, power)
    price_sum[:, terms.weight == 0] = 1.0
    wages = np.exp(x)
    earned = terms.income * wages
    left = np.ones_like(price_sum) if terms.net is terms.gross else _over_exporters(terms.net, power) / price_sum
    kept = (terms.weight * left).sum(axis=1)
    claims = earned + (terms.deficit * wages if terms.pooled else terms.deficit)
    pool = _over_block(terms, earned) / _over_block(terms, claims) if terms.pooled else np.ones_like(x)
    spending = pool * claims / kept
    wanted = terms.weight * spending[:, None, :] / price_sum
    sales = (power * np.matmul(wanted[:, :, None, :], terms.net)[:, :, 0, :]).sum(axis=1)
    excess, numeraire = sales - earned, _over_block(terms, earned - terms.income)
    off, shift = np.abs(excess / earned), np.abs(numeraire / (terms.together @ terms.income))
    residual: FloatArray = np.maximum(off, shift).max(axis=1)
    sound = np.isfinite(residual) & (spending > 0).all(axis=1)
    return State(
        x=x,
        power=power,
        price_sum=price_sum,
        left=left,
        kept=kept,
        spending=spending,
        pool=pool,
        earned=earned,
        excess=excess,
        numeraire=numeraire,
        residual=np.where(sound, residual, np.inf),
        merit=np.where(sound, off.sum(axis=1) + shift.sum(axis=1), np.inf),
    )


def slopes(terms: Terms, state: State) -> FloatArray:
    """The inverse of how relative excess demand moves with log wages, (S, N, N): Newton's step is - slopes x gap.

    Excess demands of a block sum to zero whatever the wages, so their Jacobian is singular; the equation of the block's
    numeraire, sum R w = sum R, added to each of its rows makes it regular and moves no solution. NaN where it fails.
    """
    rows = jacobian(terms, state) + terms.together * state.earned[:, None, :]
    try:
        return np.asarray(np.linalg.inv(rows / state.earned[:, :, None]), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full_like(rows, np.nan)


def gap_of(state: State) -> FloatArray:
    """What `slopes` are the inverse slopes of, (S, N): relative excess demand, with the block's numeraire added."""
    gap: FloatArray = (state.excess + state.numeraire) / state.earned
    return gap


def jacobian(terms: Terms, state: State) -> FloatArray:
    """dF_i/dx_m, (S, N, N), with V_kji = e_kj E'_j S_kji/(1+t').

    -delta_im (sum_kj eps_k V_kji + R_i w_i) + sum_kj eps_k V_kji S_kjm + sum_j (sum_k V_kji/E'_j) dE'_j/dx_m.
    """
    size, sectors, nations = state.power.shape
    taxed, flat = terms.net is not terms.gross, (size, sectors * nations, nations)
    bought = terms.gross * state.power[:, :, None, :]
    net_bought = terms.net * state.power[:, :, None, :] if taxed else bought
    per_spending = terms.weight / state.price_sum
    scale = terms.eps[:, :, None] * per_spending * state.spending[:, None, :]
    weighted = net_bought * (scale / state.price_sum)[:, :, :, None]
    across = np.matmul(weighted.reshape(flat).transpose(0, 2, 1), bought.reshape(flat))
    own = (state.power * np.matmul(scale[:, :, None, :], terms.net)[:, :, 0, :]).sum(axis=1) + state.earned
    by_market = _over_sectors(per_spending, net_bought)
    slope = _spending_slope(terms, state)
    if taxed:
        each = terms.eps[:, :, None] * per_spending
        shift = _over_sectors(each * state.left, bought) - _over_sectors(each, net_bought)
        slope -= (state.spending / state.kept)[:, :, None] * shift
    found: FloatArray = across + np.matmul(by_market.transpose(0, 2, 1), slope)
    found[:, range(nations), range(nations)] -= own
    return found


def _spending_slope(terms: Terms, state: State) -> FloatArray:
    """dE'_j/dx_m, (S, N, N), while the part that tariffs take stays."""
    nations = state.x.shape[1]
    if not terms.pooled:
        slope = np.zeros((len(state.x), nations, nations))
        slope[:, range(nations), range(nations)] = state.earned / state.kept
        return slope
    claims = (terms.income + terms.deficit) * np.exp(state.x)
    shares = (one / _over_block(terms, one) for one in (state.earned, claims))
    slope = terms.together * np.subtract(*shares)[:, None, :] * state.spending[:, :, None]
    slope[:, range(nations), range(nations)] += state.spending
    return slope


def _over_exporters(coefficient: FloatArray, power: FloatArray) -> FloatArray:
    """Sum over exporters, (S, K, N)."""
    summed: FloatArray = np.matmul(coefficient, power[:, :, :, None])[:, :, :, 0]
    return summed


def _over_sectors(coefficient: FloatArray, bought: FloatArray) -> FloatArray:
    """Sum over sectors of coefficient (S, K, N) x bought (S, K, N, N), (S, N, N)."""
    summed: FloatArray = np.einsum("skj,skji->sji", coefficient, bought)
    return summed


def _over_block(terms: Terms, values: FloatArray) -> FloatArray:
    """The sum of values (S, N) over the block of each country, (S, N)."""
    summed: FloatArray = np.matmul(terms.together, values[:, :, None])[:, :, 0]
    return summed
