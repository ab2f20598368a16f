"""Flows that gravity implies for given incomes and spending."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.errors import NotCertified
from multivector.models.equilibrium.many.checks import first
from multivector.models.equilibrium.one.checks import positive_problems, search_problems
from multivector.models.equilibrium.one.shocks import flows_at, shocked
from multivector.models.equilibrium.one.solving import solve
from multivector.models.equilibrium.records import TOLERANCE
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

EQUAL: Final = 1e-6  # of world output: totals further apart are not two sides of one account


def gravity_flows(  # noqa: PLR0913 - two margins, what lies between them, and how to solve
    openness: FloatArray,
    *,
    output: FloatArray,
    expenditure: FloatArray,
    rescale: bool = False,
    tol: float = TOLERANCE,
    max_iter: int = 500,
) -> FloatArray:
    """Flows (N, N) in proportion to openness that use up all output and all expenditure, own sales included.

    Structural gravity: Anderson & van Wincoop (2003), https://doi.org/10.1257/000282803321455214, equations (9)-(11).

    Parameters:
        openness: (N, N), trade cost to the power of minus the trade elasticity, > 0; any unit.
        output: (N,), sold in all, in one currency.
        expenditure: (N,), bought in all, in the same.
        rescale: multiply expenditure by one number so that the world spends what it sells.
        tol: largest relative gap between flows and output that is certified.
        max_iter: steps in all.

    Raises:
        WrongRequest: shapes, numbers that are not finite and above 0; totals more than 1e-6 apart without `rescale`.
        NotCertified: no flows within `tol`.
    """
    open_to = np.asarray(openness, dtype=np.float64)
    sold, bought = np.asarray(output, dtype=np.float64), np.asarray(expenditure, dtype=np.float64)
    refuse(_openness_problems(open_to))
    shapes = ((len(open_to),),)
    refuse(
        (
            *positive_problems("output", sold, shapes=shapes),
            *positive_problems("expenditure", bought, shapes=shapes),
            *search_problems(tol=tol, max_iter=max_iter),
        )
    )
    refuse(_total_problems(float(sold.sum()), float(bought.sum()), rescale=rescale))
    bought = bought * (sold.sum() / bought.sum())
    start = open_to / open_to.max(axis=0) * bought
    still = shocked(start, np.ones_like(start), np.ones_like(sold), theta=1.0, psi=0.0, closure="fixed-shares")
    economy = replace(still, income=sold, spending=bought)
    search = solve(economy, start, tol=tol, most=max_iter)
    flows = flows_at(economy, search.state)
    if not (search.residual <= tol and np.isfinite(flows).all()):
        raise NotCertified(
            f"no flows found that add up to output: residual {search.residual:.2g} above {tol:.0e} after "
            f"{search.steps} steps; give more steps (max_iter)",
            best=flows,
            residual=search.residual,
        )
    return flows


def _openness_problems(openness: FloatArray) -> Iterator[str]:
    if openness.ndim != 2 or openness.shape[0] != openness.shape[1] or not openness.size:  # noqa: PLR2004 - (N, N)
        yield f"openness has shape {openness.shape}: (N, N) is due, exporter by importer, with the diagonal"
    elif bad := first(~(np.isfinite(openness) & (openness > 0)), openness):
        yield f"openness{bad}: a trade cost to the power of minus theta is finite and above 0"


def _total_problems(sold: float, bought: float, *, rescale: bool) -> Iterator[str]:
    if abs(sold / bought - 1) > EQUAL and not rescale:
        yield (
            f"output adds up to {sold:.10g} and expenditure to {bought:.10g}: a world spends what it sells; mend the "
            f"data, or give rescale=True to multiply expenditure by {sold / bought:.6g}"
        )
