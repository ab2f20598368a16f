"""What an equilibrium gives back, and the certificate without which nothing is quoted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from multivector.errors import NotCertified

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

Closure = Literal["additive", "multiplicative", "balanced", "fixed-shares"]
TOLERANCE: Final = 1e-10  # largest relative excess demand that is still an equilibrium
BALANCED: Final = 1e-9  # of a block's income: rounding of the input, not a deficit that somebody has to finance


@dataclass(frozen=True, slots=True, eq=False)
class Equilibrium:
    """A counterfactual. Ratios are new/old, (N,); `flows` (N, N) or (N, N, K) in the unit of the input.

    A batch has a leading axis S on every array, and `residual`, `iterations`, `certified` are arrays (S,).
    `residual`: largest relative excess demand, evaluated afresh from the prices given back. `method`: how it was
    found. `closure`: what becomes of deficits. `real_output`, `scale`, `tariff_revenue`, `labour`: None where a model
    has none. Arrays are read-only.
    """

    welfare: FloatArray
    wages: FloatArray
    prices: FloatArray
    real_wage: FloatArray
    output: FloatArray
    expenditure: FloatArray
    flows: FloatArray
    residual: float | FloatArray
    iterations: int | NDArray[np.int64]
    certified: bool | NDArray[np.bool_]
    closure: Closure
    method: str
    real_output: FloatArray | None = None
    scale: float | FloatArray | None = None
    tariff_revenue: FloatArray | None = None
    labour: FloatArray | None = None


def locked(found: Equilibrium) -> Equilibrium:
    """The record with its arrays read-only."""
    for field in fields(found):
        if isinstance(array := getattr(found, field.name), np.ndarray):
            array.setflags(write=False)
    return found


def require_certified(found: Equilibrium, *, tol: float) -> Equilibrium:
    """The equilibrium, if all of it is certified.

    Raises:
        NotCertified: a residual lies above `tol`, or an output is not finite and positive.
    """
    if np.all(found.certified):
        return found
    residual = float(np.max(found.residual))
    missed = int(np.sum(~np.asarray(found.certified)))
    several = f"{missed} scenarios of {np.size(found.certified)}: " if np.size(found.certified) > 1 else ""
    raise NotCertified(
        f"{several}no solution found: residual {residual:.2g} above {tol:.0e} after "
        f"{int(np.max(found.iterations))} steps; give more steps (max_iter) or a milder shock",
        best=found,
        residual=residual,
    )
