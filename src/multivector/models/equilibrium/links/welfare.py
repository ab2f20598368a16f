"""What a change of welfare is made of: terms of trade, volume of trade, and what carrying goods costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.links.economy import Outcome
from multivector.models.equilibrium.links.records import FirstOrder, frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Changes between two points, as logs or as relative changes x'/x - 1.

    Of `costs` (N, K); `imports` (K, N, N): values without tariffs; `trade_cost` (K, N, N).
    """

    costs: FloatArray
    imports: FloatArray
    trade_cost: FloatArray


def imports_of(outcome: Outcome) -> FloatArray:
    """Values M (K, N, N) without tariffs, home sales among them."""
    return outcome.net * outcome.state.spending.T[:, :, None]


def moves_between(before: Outcome, after: Outcome, *, trade_cost: FloatArray) -> Moves | None:
    """Log changes from one outcome to another, `trade_cost` among them; None where a flow ends: no slope tells that."""
    old, new = imports_of(before), imports_of(after)
    live = old > 0
    if np.any(live & (new <= 0)):
        return None
    imports = np.log(np.divide(new, old, out=np.ones_like(old), where=live))
    return Moves(after.costs - before.costs, imports, np.where(live, trade_cost, 0.0))


def relative(moves: Moves) -> Moves:
    """Log changes as relative ones, which is how the published terms take d ln x over a whole step."""
    return Moves(np.expm1(moves.costs), np.expm1(moves.imports), np.expm1(moves.trade_cost))


def terms_of(at: Outcome, gross: FloatArray, moves: Moves) -> FirstOrder:
    """The slopes at one outcome times `moves`, as fractions of income I.

    ToT_n = (1/I_n) sum_ij (E_nij dln c_nj - M_nij dln c_ij); VoT_n = (1/I_n) sum_ij t_nij M_nij (dln M_nij - dln c_ij).
    Caliendo & Parro (2015), the decomposition of welfare, https://doi.org/10.1093/restud/rdu035. With trade costs d the
    term -(1/I_n) sum_ij (1 + t_nij) M_nij dln d_nij is added, as in the R package cp2015 ("technical efficiency").
    """
    imports = imports_of(at)
    earned = (at.sales * moves.costs).sum(axis=1)
    paid = np.einsum("kni,ik->n", imports, moves.costs)
    taxed = ((gross - 1) * imports * (moves.imports - moves.costs.T[:, None, :])).sum(axis=(0, 2))
    carried = -(gross * imports * moves.trade_cost).sum(axis=(0, 2))
    return summed([(earned - paid) / at.income, taxed / at.income, carried / at.income])


def summed(parts: list[FloatArray]) -> FirstOrder:
    """The record of terms of trade, volume of trade and trade cost, with their sum."""
    terms_of_trade, volume_of_trade, trade_cost = (frozen(part) for part in parts)
    return FirstOrder(
        terms_of_trade=terms_of_trade,
        volume_of_trade=volume_of_trade,
        trade_cost=trade_cost,
        welfare=frozen(terms_of_trade + volume_of_trade + trade_cost),
    )


def added(total: FirstOrder, more: FirstOrder, *, weight: float) -> FirstOrder:
    """`total` and `weight` times `more`, term by term."""
    return summed(
        [
            total.terms_of_trade + weight * more.terms_of_trade,
            total.volume_of_trade + weight * more.volume_of_trade,
            total.trade_cost + weight * more.trade_cost,
        ]
    )


def log_price_index(final: FloatArray, prices: FloatArray) -> FloatArray:
    """Log price of final spending (N,): Cobb-Douglas over sectors with shares `final` (N, K)."""
    index: FloatArray = (final * prices).sum(axis=1)
    return index
