"""How prices, spending and trade balances move with wages: the analytic Jacobian of the model with links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.links.economy import Economy, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

SWEEPS: Final = 400


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """Derivatives by log wages, last axis.

    Of `balance` (N, N), net imports less exports less deficit in units of world value added, of log `prices` (N, K, N)
    and of `spending` (N, K, N).
    """

    balance: FloatArray
    prices: FloatArray
    spending: FloatArray


def slopes_at(economy: Economy, outcome: Outcome, *, accuracy: float) -> Slopes:
    """The derivatives at an outcome, its inner linear equations solved to the relative error `accuracy`.

    With c, P logs of costs and prices, S shares, G = S/(1+t), g = sum_i G, X spending, Y sales:

    dc_nj = va_nj dw_n + sum_k io_nkj dP_nk ; dP_nk = sum_i S_nik dc_ik ; dG_nik = -theta_k G_nik (dc_ik - dP_nk)
    dX_nk = sum_j io_nkj dY_nj + alpha_nk dI_n ; dI_n = w_n VA_n dw_n + sum_k ((1-g) dX - X dg)_nk
    balance: sum_k (g dX + X dg - dY)_nk. Own derivation from equations (10)-(13). Both inner systems are contractions
    when value added has a share in costs, and are repeated.
    """
    count, sectors = economy.value_added_share.shape
    own = np.zeros((count, sectors, count))
    own[np.arange(count), :, np.arange(count)] = economy.value_added_share
    prices = _repeat(
        lambda guess: _by_sector(outcome.shares, own + np.matmul(economy.io_turned, guess)),
        np.zeros_like(own),
        accuracy=accuracy,
    )
    costs = own + np.matmul(economy.io_turned, prices)
    spent = outcome.net * outcome.state.spending.T[:, :, None]
    substituted = economy.theta.T[:, :, None]
    kept_moves = substituted * (outcome.kept[:, :, None] * prices - _by_sector(outcome.net, costs))
    sales_moves = substituted * (_by_seller(spent, prices) - spent.sum(axis=1).T[:, :, None] * costs)
    wage_bill = economy.value_added * np.exp(outcome.state.wages)
    income_moves = np.diag(wage_bill) - np.einsum("nk,nkm->nm", outcome.state.spending, kept_moves)
    tariff_share = 1 - outcome.kept

    def spending_moves(guess: FloatArray) -> FloatArray:
        income = income_moves + np.einsum("nk,nkm->nm", tariff_share, guess)
        sales = sales_moves + _by_seller(outcome.net, guess)
        moves: FloatArray = np.matmul(economy.io, sales) + economy.final[:, :, None] * income[:, None, :]
        return moves

    spending = _repeat(spending_moves, np.zeros_like(own), accuracy=accuracy)
    balance = (
        np.einsum("nk,nkm->nm", outcome.kept, spending)
        + np.einsum("nk,nkm->nm", outcome.state.spending, kept_moves)
        - (sales_moves + _by_seller(outcome.net, spending)).sum(axis=1)
    )
    return Slopes(balance, prices, spending)


def _by_sector(weights: FloatArray, moves: FloatArray) -> FloatArray:
    """Sum over exporters of weights [k, n, i] times moves [i, k, m]: (N, K, M)."""
    by_sector: FloatArray = np.matmul(weights, moves.transpose(1, 0, 2)).transpose(1, 0, 2)
    return by_sector


def _by_seller(weights: FloatArray, moves: FloatArray) -> FloatArray:
    """Sum over importers of weights [k, n, i] times moves [n, k, m]: (N, K, M)."""
    by_seller: FloatArray = np.matmul(weights.transpose(0, 2, 1), moves.transpose(1, 0, 2)).transpose(1, 0, 2)
    return by_seller


def _repeat(advance: Callable[[FloatArray], FloatArray], start: FloatArray, *, accuracy: float) -> FloatArray:
    """The fixed point of a linear contraction, to `accuracy` of its largest entry."""
    point = start
    for _ in range(SWEEPS):
        image = advance(point)
        if np.abs(image - point).max() <= accuracy * np.abs(image).max():
            return image
        point = image
    return point
