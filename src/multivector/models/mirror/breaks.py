"""When a series moved to a new level, and how often chance alone moves one as clearly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.errors import WrongRequest
from multivector.models.indices import refuse
from multivector.models.mirror.checking import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

SEED: Final = 19_930_701  # of simulated series where the caller gives no generator: Econometrica, July 1993
LEAST_PERIODS: Final = 10  # fewer leave no two regimes to compare after trimming
_ROUNDING: Final = 1e-12  # of the spread of a series; residuals below it are noise of floats
_MOST_PERSISTENT: Final = 0.99
_BLOCK: Final = 2_000  # series simulated at a time


@dataclass(frozen=True, slots=True, eq=False)
class Break:
    """One shift of the mean of a logged series.

    `position`: index of the first period of the new level. `statistic`: sup-F. `shift`: mean of logs after, less mean
    of logs before. `p_value`: how often a series of independent normals has a sup-F at least as large;
    `serial_p_value`: the same for an AR(1) with the `persistence` of the residuals. `critical`: 10, 5 and 1 % values of
    the first, read-only. p-values are at least 1/(draws + 1).
    """

    position: int
    statistic: float
    shift: float
    periods: int
    p_value: float
    serial_p_value: float
    persistence: float
    critical: FloatArray
    draws: int


@dataclass(frozen=True, slots=True, eq=False)
class SupF:
    """The largest F statistic of each series, (S,), and the first period of its new level, (S,). Read-only."""

    statistics: FloatArray
    positions: NDArray[np.int64]


def break_month(
    series: FloatArray, *, rng: np.random.Generator | None = None, trim: float = 0.15, draws: int = 2_000
) -> Break:
    """The period at which the mean of log(series) most clearly shifts, once.

    The largest F statistic over all candidate breaks, homoskedastic: F(k) = (SSR_0 - SSR_k)/(SSR_k/(n - 2)), where
    the first regime holds k periods, from ceil(trim n) to n - ceil(trim n). Andrews, D. W. K. (1993), Econometrica
    61(4), 821-856, doi:10.2307/2951764, for a pure shift of the mean; the p-value is simulated at this n and
    trimming, not read from his table. No trend, no season: a trend alone looks like a break, and a break alone proves
    nothing about its cause.

    Parameters:
        series: (n,), positive amounts, one a period without a gap, n >= 10.
        rng: generator of the simulated series; None: one started from `SEED` on every call, so that the same series
            has the same p-value each time.
        trim: part of the series at each end in which no break is looked for, in (0, 0.5).
        draws: simulated series, 100 or more.

    Raises:
        WrongRequest: fewer than 10 periods, an amount that is not positive and finite, a trimming that leaves no
            candidate, too few draws, or a series that never varies.
    """
    series = np.asarray(series, dtype=np.float64)
    refuse(_series_problems(series, trim, draws))
    rng = np.random.default_rng(SEED) if rng is None else rng
    logged = np.log(series)
    tested = sup_f(logged, trim=trim)
    position, statistic = int(tested.positions[0]), float(tested.statistics[0])
    before, after = logged[:position], logged[position:]
    left = np.concatenate([before - before.mean(), after - after.mean()])
    persistence = _persistence(left, spread=float(np.ptp(logged)))
    chance = sup_f_null(len(series), trim=trim, draws=draws, rng=rng)
    serial = sup_f_null(len(series), trim=trim, draws=draws, rng=rng, persistence=persistence)
    return Break(
        position=position,
        statistic=statistic,
        shift=float(after.mean() - before.mean()),
        periods=len(series),
        p_value=_rarity(chance, statistic),
        serial_p_value=_rarity(serial, statistic),
        persistence=persistence,
        critical=read_only(np.quantile(chance, [0.90, 0.95, 0.99])),
        draws=draws,
    )


def sup_f(series: FloatArray, *, trim: float) -> SupF:
    """The largest F statistic of one mean shift over all candidates, for series (S, n) or (n,).

    Raises:
        WrongRequest: the trimming leaves no candidate, or a series never varies.
    """
    many = np.atleast_2d(np.asarray(series, dtype=np.float64))
    n = many.shape[1]
    edge = math.ceil(trim * n)
    if not 0 < edge <= n - edge:
        raise WrongRequest(f"trim is {trim}: of {n} periods it leaves none in which a break could lie; give 0.15")
    centred = many - many.mean(axis=1, keepdims=True)
    total = (centred**2).sum(axis=1)
    if (total <= n * np.finfo(float).eps * (many**2).sum(axis=1)).any():
        raise WrongRequest("the series never varies: there is no level to shift")
    firsts = np.arange(edge, n - edge + 1)
    heads = centred.cumsum(axis=1)[:, firsts - 1]
    explained = heads**2 * n / (firsts * (n - firsts))  # SSR_0 - SSR_k of two means
    remaining = np.maximum(total[:, None] - explained, 0.0)
    with np.errstate(divide="ignore"):  # two constant regimes leave nothing: F is infinite
        statistics = explained * (n - 2) / remaining
    best = statistics.argmax(axis=1)
    return SupF(statistics=read_only(statistics[np.arange(len(many)), best]), positions=read_only(firsts[best]))


def sup_f_null(n: int, *, trim: float, draws: int, rng: np.random.Generator, persistence: float = 0.0) -> FloatArray:
    """Sup-F of simulated normal series without a break, (draws,), ascending.

    Parameters:
        n: periods. persistence: autocorrelation of first order, in (-1, 1); 0 is Andrews's case.

    Raises:
        WrongRequest: the trimming leaves no candidate.
    """
    found = []
    for start in range(0, draws, _BLOCK):
        shocks = rng.standard_normal((min(_BLOCK, draws - start), n))
        found.append(sup_f(_autoregressive(shocks, persistence), trim=trim).statistics)
    return np.sort(np.concatenate(found))


def _persistence(residuals: FloatArray, *, spread: float) -> float:
    """Autocorrelation of first order, kept within 0.99; none where both levels are constant but for rounding."""
    total = float(residuals @ residuals)
    if total <= len(residuals) * (_ROUNDING * spread) ** 2:
        return 0.0
    return float(np.clip(residuals[1:] @ residuals[:-1] / total, -_MOST_PERSISTENT, _MOST_PERSISTENT))


def _autoregressive(shocks: FloatArray, persistence: float) -> FloatArray:
    """AR(1) series started in their stationary distribution, (S, n)."""
    if persistence == 0:
        return shocks
    series = shocks.copy()
    series[:, 0] /= math.sqrt(1.0 - persistence**2)
    for period in range(1, series.shape[1]):
        series[:, period] += persistence * series[:, period - 1]
    return series


def _rarity(chance: FloatArray, statistic: float) -> float:
    """(1 + how many simulated statistics reach it)/(1 + draws): never zero."""
    reached = len(chance) - int(np.searchsorted(chance, statistic, side="left"))
    return (1 + reached) / (1 + len(chance))


def _series_problems(series: FloatArray, trim: float, draws: int) -> list[str]:
    if series.ndim != 1 or len(series) < LEAST_PERIODS:
        return [f"series has shape {series.shape}: give one of {LEAST_PERIODS} periods or more"]
    problems = []
    if not (np.isfinite(series) & (series > 0)).all():
        problems.append("series: every period needs a positive amount, as logs are taken; leave out what is unknown")
    if not 0 < trim < 0.5:  # noqa: PLR2004 - half at each end is everything
        problems.append(f"trim is {trim}: a part of the series at each end, above 0 and below 0.5")
    if draws < 100:  # noqa: PLR2004 - fewer say nothing of 1 %
        problems.append(f"draws is {draws}: give 100 or more")
    return problems
