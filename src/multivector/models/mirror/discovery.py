"""Which of many products stand out once their number is reckoned with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.indices import refuse
from multivector.models.mirror.checking import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Discoveries:
    """`q_values` (m,): the smallest rate of false discoveries at which each is one; `found` (m,): q <= alpha."""

    q_values: FloatArray
    found: NDArray[np.bool_]
    alpha: float


def benjamini_hochberg(p_values: FloatArray, *, alpha: float = 0.05) -> Discoveries:
    """Control of the expected share of false discoveries among all discoveries.

    q_(i) = min over j >= i of m p_(j)/j, p ascending. Benjamini, Y. and Hochberg, Y. (1995), J. Royal Statistical
    Society B 57(1), 289-300, doi:10.1111/j.2517-6161.1995.tb02031.x; valid for independent or positively dependent
    tests.

    Parameters:
        p_values: (m,), in [0, 1]. Leave out what was not tested; it would make the others look better or worse.
        alpha: rate of false discoveries, in (0, 1).

    Raises:
        WrongRequest: a p-value that is not finite or outside [0, 1], not one axis, an alpha outside (0, 1).
    """
    p_values = np.asarray(p_values, dtype=np.float64)
    problems = [] if p_values.ndim == 1 else [f"p_values has {p_values.ndim} axes: give one"]
    if not ((p_values >= 0) & (p_values <= 1)).all():
        problems.append("p_values: each lies in [0, 1]; leave out what was not tested")
    if not 0 < alpha < 1:
        problems.append(f"alpha is {alpha}: a rate above 0 and below 1")
    refuse(problems)
    m = p_values.size
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * m / np.arange(1, m + 1)
    ascending = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    q_values = np.empty(m)
    q_values[order] = ascending
    return Discoveries(q_values=read_only(q_values), found=read_only(q_values <= alpha), alpha=alpha)


def placebo_p_values(measured: FloatArray, placebos: FloatArray) -> FloatArray:
    """How often a placebo does at least as well: (1 + number of placebos at or above)/(1 + placebos).

    The rank test of Fisher, applied to placebo units as in Abadie, Diamond and Hainmueller (2010), J. American
    Statistical Association 105(490), 493-505, doi:10.1198/jasa.2009.ap08746.

    Parameters:
        measured: (m,), finite. placebos: (k,), finite, k >= 1.

    Returns:
        (m,), at least 1/(k + 1).

    Raises:
        WrongRequest: a value that is not finite, not one axis, no placebo.
    """
    measured, placebos = np.asarray(measured, dtype=np.float64), np.asarray(placebos, dtype=np.float64)
    problems = []
    for name, one in (("measured", measured), ("placebos", placebos)):
        if one.ndim != 1 or not np.isfinite(one).all():
            problems.append(f"{name}: give one axis of finite numbers")
    if placebos.size == 0:
        problems.append("placebos: at least one is needed, or nothing says what chance does")
    refuse(problems)
    ordered = np.sort(placebos)
    reached = ordered.size - np.searchsorted(ordered, measured, side="left")
    return np.asarray((1 + reached) / (1 + ordered.size), dtype=np.float64)
