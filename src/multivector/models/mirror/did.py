"""Whether some units moved away from others after a date: differences in differences, and the same year by year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.errors import NotCertified, WrongRequest
from multivector.models.indices import refuse
from multivector.models.mirror.checking import same_shape_problems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

_TOLERANCE: Final = 1e-11  # of the spread of a column, left in the means of units and periods
_MOST_SWEEPS: Final = 20_000
_UNIDENTIFIED: Final = 1e-9  # part of a regressor's variation that effects must leave, or it is not identified


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much treated units moved away from the others after the date, in the unit of the outcome.

    `standard_error` is clustered by unit; with few clusters it is too small, and with one treated unit it says nothing:
    compare with placebos.
    """

    estimate: float
    standard_error: float
    clusters: int
    treated: int
    observations: int


@dataclass(frozen=True, slots=True, eq=False)
class EventStudy:
    """The same by period, (T - 1,): `periods` without the base, which is zero by construction."""

    periods: IntArray
    estimates: FloatArray
    standard_errors: FloatArray
    clusters: int
    observations: int


def did(outcome: FloatArray, *, unit: IntArray, period: IntArray, treated: BoolArray, post: BoolArray) -> Effect:
    """Difference in differences with effects of units and of periods.

    y_it = a_i + b_t + beta treated_i post_t + e_it, ordinary least squares, errors clustered by unit with the usual
    small-sample factor G/(G - 1) (N - 1)/(N - K), K counting the regressor and the period effects (unit effects are
    nested in the clusters). Bertrand, Duflo and Mullainathan (2004), Quarterly J. of Economics 119(1), 249-275,
    doi:10.1162/003355304772839588. Panels with gaps are allowed. One date for all treated units, so none of the
    trouble with staggered dates.

    Parameters:
        outcome: (N,), finite, often a log. unit, period: (N,), codes. treated, post: (N,).

    Raises:
        WrongRequest: shapes that differ, a value that is not finite, fewer than two units or periods, an effect that is
            not identified (all or none treated, all or none after).
        NotCertified: the effects were not swept out within the tolerance.
    """
    panel = _panel(outcome, unit=unit, period=period, treated=treated)
    refuse(same_shape_problems("outcome", outcome, "post", post))
    regressor = (np.asarray(treated) & np.asarray(post)).astype(np.float64)[:, None]
    fitted = _least_squares(panel, regressor)
    return Effect(
        estimate=float(fitted.estimates[0]),
        standard_error=float(fitted.standard_errors[0]),
        clusters=panel.units,
        treated=len(np.unique(panel.unit[np.asarray(treated)])),
        observations=len(panel.outcome),
    )


def event_study(outcome: FloatArray, *, unit: IntArray, period: IntArray, treated: BoolArray, base: int) -> EventStudy:
    """The gap between treated units and the others in each period, against that of the base period.

    As `did`, with one coefficient a period. Coefficients before the date that are not near zero say that the two groups
    were moving apart already.

    Parameters:
        outcome: (N,), finite. unit, period: (N,), codes. treated: (N,). base: the code of the period set to zero.

    Raises:
        WrongRequest: as `did`; or no row of the base period.
        NotCertified: the effects were not swept out within the tolerance.
    """
    panel = _panel(outcome, unit=unit, period=period, treated=treated)
    codes = np.unique(period)
    if base not in set(codes.tolist()):
        raise WrongRequest(f"base is {base}: no row of that period; give one of {codes.min()} to {codes.max()}")
    others = codes[codes != base]
    columns = (np.asarray(period)[:, None] == others[None, :]) & np.asarray(treated)[:, None]
    fitted = _least_squares(panel, columns.astype(np.float64))
    return EventStudy(
        periods=others.astype(np.int64),
        estimates=fitted.estimates,
        standard_errors=fitted.standard_errors,
        clusters=panel.units,
        observations=len(panel.outcome),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Panel:
    """Rows of a panel; `unit` and `period` are places from 0."""

    outcome: FloatArray
    unit: IntArray
    period: IntArray
    units: int
    periods: int


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    estimates: FloatArray
    standard_errors: FloatArray


def _panel(outcome: FloatArray, *, unit: IntArray, period: IntArray, treated: BoolArray) -> _Panel:
    y = np.asarray(outcome, dtype=np.float64)
    problems = [
        problem
        for name, one in (("unit", unit), ("period", period), ("treated", treated))
        for problem in same_shape_problems("outcome", y, name, one)
    ]
    if y.ndim != 1 or not np.isfinite(y).all():
        problems.append("outcome: give one axis of finite numbers; leave out what is unknown")
    refuse(problems)
    units, unit_at = np.unique(unit, return_inverse=True)
    periods, period_at = np.unique(period, return_inverse=True)
    if len(units) < 2 or len(periods) < 2:  # noqa: PLR2004 - differences need two of each
        raise WrongRequest(f"{len(units)} units and {len(periods)} periods: a difference needs two of each")
    return _Panel(y, unit_at.astype(np.int64), period_at.astype(np.int64), len(units), len(periods))


def _least_squares(panel: _Panel, regressors: FloatArray) -> _Fit:
    """Coefficients and clustered errors after unit and period effects are swept out (Frisch-Waugh-Lovell)."""
    swept = _swept(panel, np.column_stack([panel.outcome, regressors]))
    y, x = swept[:, 0], swept[:, 1:]
    raw = (regressors**2).sum(axis=0)
    gram = x.T @ x
    lost = np.diag(gram) <= _UNIDENTIFIED * np.maximum(raw, 1.0)
    if lost.any() or np.linalg.matrix_rank(gram, tol=_UNIDENTIFIED * max(float(raw.max()), 1.0)) < len(gram):
        raise WrongRequest("the effect is not identified: some units must be treated and some not, before and after")
    inverse = np.linalg.inv(gram)
    estimates = inverse @ (x.T @ y)
    scores = x * (y - x @ estimates)[:, None]
    sums = np.column_stack([np.bincount(panel.unit, weights=one, minlength=panel.units) for one in scores.T])
    n, g, k = len(y), panel.units, x.shape[1] + panel.periods
    if n <= k:
        raise WrongRequest(f"{n} rows for {k} coefficients: give more rows")
    factor = g / (g - 1) * (n - 1) / (n - k)
    variance = factor * inverse @ (sums.T @ sums) @ inverse
    return _Fit(estimates=estimates, standard_errors=np.sqrt(np.maximum(np.diag(variance), 0.0)))


def _swept(panel: _Panel, columns: FloatArray) -> FloatArray:
    """Columns less their unit and period effects, by alternating projections.

    Raises:
        NotCertified: the means of units and periods do not vanish.
    """
    left: FloatArray = columns - columns.mean(axis=0)
    spread = np.maximum(np.sqrt((left**2).mean(axis=0)), 1e-300)
    axes = ((panel.unit, panel.units), (panel.period, panel.periods))
    counts = [np.bincount(at, minlength=size).astype(np.float64) for at, size in axes]
    worst = np.inf
    for _ in range(_MOST_SWEEPS):
        worst = 0.0
        for (at, size), count in zip(axes, counts, strict=True):
            means = np.column_stack([np.bincount(at, weights=one, minlength=size) for one in left.T]) / count[:, None]
            left -= means[at]
            worst = max(worst, float((np.abs(means) / spread).max()))
        if worst <= _TOLERANCE:
            return left
    raise NotCertified(
        f"effects of units and periods were not swept out: {worst:.1e} of the spread is left, above {_TOLERANCE:.0e}; "
        "drop units seen in one period only",
        best=left,
        residual=worst,
    )
