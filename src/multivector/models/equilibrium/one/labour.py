"""Markets and labour supply in the tariff model with margins, at given wages and labour, and their slopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TariffWorld:
    """A base without tariffs and a tariff on it.

    `share` (N, N): part of exporter i in what importer j spends. `spending`, `income`, `deficit` (N,): E, Y and E - Y.
    `factor` (N, N): 1 + tariff. `margin` nu, `passthrough` phi (N,); `epsilon`, `kappa`, `scale`: the elasticities of
    trade and of labour supply, and the gain of productivity with scale.
    """

    share: FloatArray
    spending: FloatArray
    income: FloatArray
    deficit: FloatArray
    factor: FloatArray
    margin: FloatArray
    passthrough: FloatArray
    epsilon: float
    kappa: float
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Stance:
    """Where a tariff world stands at `x` (2N,): log wages, then log labour.

    `bought` (N, N): new shares lambda'; `net` (N, N): the same without tariffs; `kept` (N,): their sum by importer.
    `earned` Y', `spent` E', `revenue`, `burden` = revenue / Y', `log_index` = log P, all (N,). `gross` (N, N): flows
    X' without tariffs. `excess` (2N,): log of sales over income, then of desired over actual labour.
    """

    x: FloatArray
    bought: FloatArray
    net: FloatArray
    kept: FloatArray
    earned: FloatArray
    spent: FloatArray
    revenue: FloatArray
    burden: FloatArray
    log_index: FloatArray
    gross: FloatArray
    sales: FloatArray
    excess: FloatArray

    @property
    def sound(self) -> bool:
        """Whether everybody has something to spend, and earns more than the tariffs bring."""
        return bool((self.spent > 0).all() and (self.burden < 1).all())


def stand(world: TariffWorld, x: FloatArray) -> Stance:
    """All that follows from log wages and log labour `x` (2N,); spending solves its own equation in closed form."""
    nations = len(world.income)
    wage, labour = x[:nations], x[nations:]
    with np.errstate(all="ignore"):  # a trial step may leave the numbers; its excess is then not finite
        cost = wage - world.scale * labour
        weight = world.share * np.exp(-world.epsilon * (cost[:, None] + world.passthrough * np.log(world.factor)))
        total = weight.sum(axis=0)
        bought = weight / total
        net = bought / world.factor
        kept = net.sum(axis=0)
        earned = world.income * np.exp(wage + labour)
        spent = (earned + world.deficit * (earned.sum() / world.income.sum())) / kept
        gross = net * spent
        revenue = (1 - kept) * spent
        burden = revenue / earned
        grown = np.log(spent / world.spending) - wage
        log_index = (1 - world.passthrough) * grown - np.log(total) / world.epsilon
        sales = gross @ (1 - world.margin) + world.margin * kept * spent
        wanted = world.kappa * (wage - np.log1p(-burden) - log_index)
        excess = np.concatenate([np.log(sales) - np.log(earned), wanted - labour])
    return Stance(x, bought, net, kept, earned, spent, revenue, burden, log_index, gross, sales, excess)


def labour_slopes(world: TariffWorld, at: Stance) -> FloatArray:
    """How the excess (2N,) moves with log wages and log labour, (2N, 2N).

    Along cost k = w / L^scale and income y = w L apart, then joined by the chain rule. Nothing moves when all wages
    rise together; the row of income shares makes the matrix regular without moving a solution.
    """
    identity, epsilon = np.eye(len(at.kept)), world.epsilon
    bought, net = at.bought.T, at.net.T / at.kept[:, None]
    kept_by_cost = epsilon * (bought - net)  # of log kept; log spending moves the other way
    pool = world.deficit[:, None] * (at.earned / world.income.sum())
    spent_by_income = (np.diag(at.earned) + pool) / (at.kept * at.spent)[:, None]

    sold, homeward = at.gross * (1 - world.margin), world.margin * at.kept * at.spent
    sales_by_cost = epsilon * (sold @ net - np.diag(sold.sum(axis=1)))
    sales_by_income = sold @ spent_by_income + homeward[:, None] * spent_by_income
    market_by_cost = sales_by_cost / at.sales[:, None]
    market_by_income = sales_by_income / at.sales[:, None] - identity

    relieved = world.kappa / (1 - at.burden)
    burden_by_cost = -kept_by_cost * (at.kept * at.spent / at.earned + at.burden)[:, None]
    burden_by_income = at.burden[:, None] * (spent_by_income - identity)
    own = (1 - world.passthrough)[:, None]
    index_by_cost = bought - own * kept_by_cost
    labour_by_cost = relieved[:, None] * burden_by_cost - world.kappa * index_by_cost
    labour_by_income = relieved[:, None] * burden_by_income - world.kappa * own * spent_by_income
    labour_by_wage = world.kappa * (identity + own * identity)

    rows = (
        (market_by_cost, market_by_income, -at.earned / at.earned.sum(), 0.0),
        (labour_by_cost, labour_by_income, labour_by_wage, -identity),
    )
    return np.block(
        [
            [by_cost + by_income + by_wage, by_income - world.scale * by_cost + by_labour]
            for by_cost, by_income, by_wage, by_labour in rows
        ]
    )
