"""What the model with input–output links reads and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.equilibrium.records import Closure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class InputOutput:
    """A world of N countries and K sectors, as observed. Money in one unit, which the flows given back keep.

    `flows` (N, N, K): spending of importer j on goods of exporter i in sector k, tariff included, home sales on the
    diagonal. `tariff` (N, N, K): ad valorem, a fraction of the price without it (0.05 is 5 %). `io_share` (N, K, K):
    share of the input k in the cost of the output j of country n, [n, k, j]; with `va_share` (N, K), the share of value
    added, it sums to 1 over the inputs. `final_share` (N, K): shares of final spending, 1 over the sectors. `theta`
    (K,): trade elasticity, above 0. `value_added` (N,): wage bill. `deficit` (N,): imports less exports, both without
    tariffs; sums to 0 over the world.
    """

    flows: FloatArray
    tariff: FloatArray
    io_share: FloatArray
    va_share: FloatArray
    final_share: FloatArray
    theta: FloatArray
    value_added: FloatArray
    deficit: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FirstOrder:
    """What a change of welfare is made of, (N,) each, as fractions (0.01 is 1 %), as far as slopes tell.

    Caliendo & Parro (2015), decomposition of welfare, https://doi.org/10.1093/restud/rdu035. `trade_cost`: what goods
    cost more to carry, a term of the R package cp2015 and not of the paper; 0 where only tariffs move. `welfare`: the
    sum.
    """

    terms_of_trade: FloatArray
    volume_of_trade: FloatArray
    trade_cost: FloatArray
    welfare: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PathTerms:
    """The same terms summed over `steps` equal steps in log(1 + tariff), (N,) each.

    `trapezoid` tends to the exact log change with the square of the step, `left` (slopes at the start of each step; the
    published terms when `steps` is 1) only with the step. `log_welfare`: exact. `gap`: the largest distance of
    `trapezoid.welfare` from it over countries. `residual`: the largest of the solved steps.
    """

    steps: int
    trapezoid: FirstOrder
    left: FirstOrder
    log_welfare: FloatArray
    gap: float
    residual: float


@dataclass(frozen=True, slots=True, eq=False)
class CaliendoParro:
    """A counterfactual against the solved base. Ratios are new/old.

    `welfare`, `real_wage`, `wages`, `prices` (of final spending), `income` (N,); `sector_prices` (N, K). `flows` and
    `base_flows` (N, N, K), tariff included, and `tariff_revenue`, `base_tariff_revenue` (N,) are levels in the unit of
    the input. `terms_of_trade`, `volume_of_trade` (N,) and their sum `linear_welfare` are the published first-order
    terms, fractions and not ratios; None where a flow is cut to zero, for then slopes tell nothing. With a change of
    trade costs the sum has `trade_cost` (N,) too. `path`: None unless asked for.

    `residual`: the largest relative error of trade balance, prices and spending, in the counterfactual and in the base,
    evaluated afresh. `iterations`: steps of wages, base included. `closure`: additive (deficits as they are, in units
    of world value added) or balanced (none, before or after). `method`: how the counterfactual was found.
    """

    welfare: FloatArray
    wages: FloatArray
    prices: FloatArray
    real_wage: FloatArray
    income: FloatArray
    sector_prices: FloatArray
    flows: FloatArray
    base_flows: FloatArray
    tariff_revenue: FloatArray
    base_tariff_revenue: FloatArray
    residual: float
    iterations: int
    certified: bool
    closure: Closure
    method: str
    terms_of_trade: FloatArray | None = None
    volume_of_trade: FloatArray | None = None
    trade_cost: FloatArray | None = None
    linear_welfare: FloatArray | None = None
    path: PathTerms | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How close (`tol`, the residual), and at most how many steps of wages (`max_iter`)."""

    tol: float
    max_iter: int

    def less(self, used: int) -> Limits:
        """What is left after `used` steps."""
        return Limits(self.tol, self.max_iter - used)


def frozen(array: FloatArray) -> FloatArray:
    """The same array, read-only."""
    array.flags.writeable = False
    return array
