"""Excess demand of the one-sector model at given prices, its slopes, and the residual that certifies a solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

Rule = Literal["additive", "multiplicative", "fixed-shares"]


@dataclass(frozen=True, slots=True, eq=False)
class Economy:
    """A base and a shock to it, one scenario or S of them along a leading axis.

    `open_flows` (N, N) or (S, N, N): base flows times freeness, exporter by importer. `income`, `spending` (N,): row
    and column sums of the base flows. `deficit` (N,): what a country spends beyond its income. `log_productivity`
    (N,). `theta`: trade elasticity, a scalar or (S, 1). `psi`: supply elasticity. `rule`: spending moves
    in proportion to income ("multiplicative"), deficits are fixed in world output ("additive"), or income and spending
    stay what they were ("fixed-shares"). `together` (N, N): 1.0 where two countries
    are in one block of trade, None where all are.
    """

    open_flows: FloatArray
    income: FloatArray
    spending: FloatArray
    deficit: FloatArray
    log_productivity: FloatArray
    theta: FloatArray
    psi: float
    rule: Rule
    together: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where an economy stands at log prices `x`; every array is (N,) or (S, N).

    `weight` = p^-theta; `cost`: its sum weighted by open flows, by importer; `log_index` = log P; `income`, `spending`,
    `sales`: new levels; `excess`: log of sales over income; `world`: base income of a country's block over its new one.
    """

    x: FloatArray
    weight: FloatArray
    cost: FloatArray
    log_index: FloatArray
    income: FloatArray
    spending: FloatArray
    sales: FloatArray
    excess: FloatArray
    world: FloatArray

    @property
    def sound(self) -> bool:
        """Whether everybody has something to spend."""
        return bool((self.spending > 0).all())


def evaluate(economy: Economy, x: FloatArray) -> State:
    """Prices, incomes, spending and sales at log prices `x` (N,) or (S, N).

    Allen, Arkolakis & Takahashi (2020), https://doi.org/10.1086/704385; Baier, Yotov & Zylkin (2019),
    https://doi.org/10.1016/j.jinteco.2018.11.002; methods page, equations (1)-(4). Deficits and the factor of the
    multiplicative closure are multiples of world income, so that only relative prices matter.
    """
    with np.errstate(all="ignore"):  # a trial step may leave the numbers; its excess is then not finite
        weight = np.exp(-economy.theta * x)
        cost = (weight[..., None, :] @ economy.open_flows)[..., 0, :]
        log_index = (np.log(economy.spending) - np.log(cost)) / economy.theta
        income, spending = _budgets(economy, x, log_index)
        growth = _world(economy, income) / _world(economy, economy.income)
        sales = weight * (economy.open_flows @ (spending / cost)[..., None])[..., 0]
        excess = np.log(sales) - np.log(income)
        return State(x, weight, cost, log_index, income, spending, sales, excess, 1 / growth)


def _budgets(economy: Economy, x: FloatArray, log_index: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Income and spending, each (N,) or (S, N)."""
    if economy.rule == "fixed-shares":
        return np.broadcast_to(economy.income, x.shape), np.broadcast_to(economy.spending, x.shape)
    income = economy.income * np.exp(economy.log_productivity + x + economy.psi * (x - log_index))
    new_world = _world(economy, income)
    if economy.rule == "multiplicative":
        spending = economy.spending * (income / economy.income)
        return income, spending * (new_world / _world(economy, spending))
    return income, income + economy.deficit * (new_world / _world(economy, economy.income))


def slopes(economy: Economy, state: State) -> FloatArray:
    """How log excess i moves with log price m (N, N), made regular.

    The slopes of a homogeneous system are singular along a common rise of all prices of a block; one more row of
    block income shares removes it without moving a solution.
    """
    theta, psi = float(economy.theta), economy.psi
    bought = economy.open_flows * (state.weight[:, None] / state.cost)
    sold = bought * state.spending / state.sales[:, None]
    shares = _own_block(economy, state.income / _world(economy, state.income))
    if economy.rule == "fixed-shares":
        return np.asarray(theta * (sold @ bought.T - np.eye(len(state.x))) - shares)
    identity = np.eye(len(state.x))
    income = (1 + psi) * identity - psi * bought.T if psi else identity
    moved = shares @ income if psi else shares
    if economy.rule == "multiplicative":
        kept = economy.spending * (state.income / economy.income)
        spent = _own_block(economy, kept / _world(economy, kept))
        spending = income + moved - (spent @ income if psi else spent)
    else:
        lent = economy.deficit / state.world
        spending = (state.income[:, None] * income + lent[:, None] * moved) / state.spending[:, None]
    slope = sold @ (theta * bought.T + spending) - income - shares
    slope[np.diag_indices_from(slope)] -= theta
    return slope


def residual(state: State) -> FloatArray:
    """Largest relative excess demand, () or (S,); infinite where a number is not finite and positive.

    The numeraire counts: the income of each block has to be what it was.
    """
    with np.errstate(all="ignore"):
        gaps = np.maximum(np.abs(np.expm1(state.excess)), np.abs(state.world - 1))
        sound = np.isfinite(gaps) & (state.spending > 0) & np.isfinite(state.log_index) & (state.income > 0)
    return np.asarray(np.where(sound, gaps, np.inf).max(axis=-1))


def normalised(economy: Economy, state: State) -> State:
    """The same relative prices, with the income of each block of trade at its base level."""
    with np.errstate(all="ignore"):
        return evaluate(economy, state.x + np.log(state.world))


def _world(economy: Economy, values: FloatArray) -> FloatArray:
    """Sum over the block of each country, (..., 1) or (N,)."""
    if economy.together is None:
        return np.asarray(values.sum(axis=-1, keepdims=True))
    return np.asarray(economy.together @ values)


def _own_block(economy: Economy, shares: FloatArray) -> FloatArray:
    """Shares within a block as a row (1, N), or as the rows of all countries (N, N) where there are several blocks."""
    return shares[None, :] if economy.together is None else economy.together * shares
