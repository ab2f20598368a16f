"""Whether some units moved away from others after a date: differences in differences, and the same year by year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from multivector.errors import NotCertified, WrongRequest
from multivector.models.columns import Table, as_column, is_table, label_problems, read_columns
from multivector.models.indices import refuse
from multivector.models.mirror.checking import read_only, same_shape_problems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]
    Column = str | NDArray[Any] | Sequence[object]
    Rows = dict[str, NDArray[Any]]

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
    """The same by period, (T - 1,), read-only: `periods` without the base, which is zero by construction."""

    periods: IntArray
    estimates: FloatArray
    standard_errors: FloatArray
    clusters: int
    observations: int


def did(  # noqa: PLR0913 - a table and the names of its columns
    table: Table | FloatArray | None = None,
    *,
    outcome: Column = "outcome",
    unit: Column = "unit",
    period: Column = "period",
    treated: Column = "treated",
    post: Column = "post",
) -> Effect:
    """Difference in differences with effects of units and of periods.

    y_it = a_i + b_t + beta treated_i post_t + e_it, ordinary least squares, errors clustered by unit with the usual
    small-sample factor G/(G - 1) (N - 1)/(N - K), K counting the regressor and the period effects (unit effects are
    nested in the clusters). Bertrand, Duflo and Mullainathan (2004), Quarterly J. of Economics 119(1), 249-275,
    doi:10.1162/003355304772839588. Panels with gaps are allowed. One date for all treated units, so none of the
    trouble with staggered dates.

    Parameters:
        table: columns by name, a mapping or a data frame, one row a unit and period; the others are then names
            in it, or arrays. Or the outcome itself, and the others are arrays.
        outcome: (N,), finite, often a log. unit, period: (N,), codes, texts or dates. treated, post: (N,), True or
            False, or 1 or 0.

    Raises:
        WrongRequest: no such column, shapes that differ, a value that is not finite or missing, marks that are neither
            True nor False, fewer than two units or periods, an effect that is not identified (all or none treated, all
            or none after).
        NotCertified: the effects were not swept out within the tolerance.
    """
    rows = _rows(table, outcome=outcome, unit=unit, period=period, treated=treated, post=post)
    panel = _panel(rows, marks=("treated", "post"))
    marked = _marked(rows["treated"])
    fitted = _least_squares(panel, (marked & _marked(rows["post"])).astype(np.float64)[:, None])
    return Effect(
        estimate=float(fitted.estimates[0]),
        standard_error=float(fitted.standard_errors[0]),
        clusters=panel.units,
        treated=len(np.unique(panel.unit[marked])),
        observations=len(panel.outcome),
    )


def event_study(  # noqa: PLR0913 - a table and the names of its columns
    table: Table | FloatArray | None = None,
    *,
    outcome: Column = "outcome",
    unit: Column = "unit",
    period: Column = "period",
    treated: Column = "treated",
    base: int,
) -> EventStudy:
    """The gap between treated units and the others in each period, against that of the base period.

    As `did`, with one coefficient a period. Coefficients before the date that are not near zero say that the two groups
    were moving apart already.

    Parameters:
        table, outcome, unit, treated: as in `did`. period: (N,), whole numbers. base: the period set to zero.

    Raises:
        WrongRequest: as `did`; periods that are no whole numbers; no row of the base period.
        NotCertified: the effects were not swept out within the tolerance.
    """
    rows = _rows(table, outcome=outcome, unit=unit, period=period, treated=treated)
    panel = _panel(rows, marks=("treated",))
    codes = np.unique(rows["period"])
    if codes.dtype.kind not in "iu":
        raise WrongRequest(f"period holds {codes.dtype}: number the periods, as in 2021 or 202203")
    if base not in set(codes.tolist()):
        raise WrongRequest(f"base is {base}: no row of that period; give one of {codes.min()} to {codes.max()}")
    others = codes[codes != base]
    columns = (rows["period"][:, None] == others[None, :]) & _marked(rows["treated"])[:, None]
    fitted = _least_squares(panel, columns.astype(np.float64))
    return EventStudy(
        periods=read_only(others.astype(np.int64)),
        estimates=read_only(fitted.estimates),
        standard_errors=read_only(fitted.standard_errors),
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


def _rows(table: Table | FloatArray | None, **given: Column) -> Rows:
    """Outcome, unit, period and marks as arrays, by those names: columns of the table, or what was given itself.

    Raises:
        WrongRequest: no such column, names without a table, rows of unequal length.
    """
    named = {name: one for name, one in given.items() if isinstance(one, str)}
    columns: Rows = {}
    if table is not None and is_table(table):
        columns = read_columns(table, dict.fromkeys(named.values()))
    elif table is not None:
        named.pop("outcome", None)
        given["outcome"] = np.asarray(table)
    refuse(f"{name}: give an array, or a table with a column {one!r}" for name, one in named.items() if not columns)
    try:
        return {name: columns[one] if isinstance(one, str) else as_column(one) for name, one in given.items()}
    except ValueError as odd:
        raise WrongRequest(f"{' '.join(str(odd).split())}: give one value a row") from odd


def _panel(rows: Rows, *, marks: Sequence[str]) -> _Panel:
    y, unit, period = rows["outcome"], rows["unit"], rows["period"]
    problems = [p for name, one in rows.items() for p in same_shape_problems("outcome", y, name, one)]
    if y.ndim != 1 or y.dtype.kind not in "biuf" or not np.isfinite(y).all():
        problems.append("outcome: give one axis of finite numbers; leave out what is unknown")
    problems.extend(p for name, one in (("unit", unit), ("period", period)) for p in label_problems(name, one))
    problems.extend(p for name in marks for p in _mark_problems(name, rows[name]))
    refuse(problems)
    units, unit_at = np.unique(unit, return_inverse=True)
    periods, period_at = np.unique(period, return_inverse=True)
    if len(units) < 2 or len(periods) < 2:  # noqa: PLR2004 - differences need two of each
        raise WrongRequest(f"{len(units)} units and {len(periods)} periods: a difference needs two of each")
    return _Panel(y.astype(np.float64), unit_at.astype(np.int64), period_at.astype(np.int64), len(units), len(periods))


def _mark_problems(name: str, marks: NDArray[Any]) -> list[str]:
    good = marks.dtype.kind in "biuf" and np.isin(marks, (0, 1)).all()
    return [] if good else [f"{name}: mark every row True or False"]


def _marked(marks: NDArray[Any]) -> BoolArray:
    return marks.astype(np.bool_)


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
