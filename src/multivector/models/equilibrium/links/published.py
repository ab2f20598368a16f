"""The figures that Caliendo and Parro printed, beside the exact ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from multivector.errors import NoAnswer
from multivector.models.equilibrium.links.records import CaliendoParro, frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """Per cent, (N,) each: the columns of the paper's table 2, then what the paper does not have.

    `welfare_pct` is the sum of the two terms, a slope at the base held over the whole change. `exact_welfare_pct` is
    the change of real income between the two equilibria, and `missed_pct` what the slope adds to it.
    """

    terms_of_trade_pct: FloatArray
    volume_of_trade_pct: FloatArray
    welfare_pct: FloatArray
    real_wage_pct: FloatArray
    exact_welfare_pct: FloatArray
    missed_pct: FloatArray


def cp2015(found: CaliendoParro) -> Published:
    """The same counterfactual as Caliendo & Parro (2015) and the R package cp2015 print it, and exactly.

    Terms of trade and volume of trade are relative changes x'/x - 1 weighted at the solved base, which gives their
    printed digits; logs would not (Mexico: 0.53 where 1.31 is printed).

    Raises:
        NoAnswer: a flow is cut to zero, or trade costs move: the paper has no term for either.
    """
    if found.terms_of_trade is None or found.volume_of_trade is None or found.trade_cost is None:
        raise NoAnswer("the published terms are slopes, and none leads to a flow of 0: quote the exact welfare")
    if found.trade_cost.any():
        raise NoAnswer("the published terms are for tariffs alone: with trade costs read linear_welfare")
    linear = found.terms_of_trade + found.volume_of_trade
    exact = found.welfare - 1
    return Published(
        terms_of_trade_pct=frozen(100 * found.terms_of_trade),
        volume_of_trade_pct=frozen(100 * found.volume_of_trade),
        welfare_pct=frozen(100 * linear),
        real_wage_pct=frozen(100 * (found.real_wage - 1)),
        exact_welfare_pct=frozen(100 * exact),
        missed_pct=frozen(100 * (linear - exact)),
    )
