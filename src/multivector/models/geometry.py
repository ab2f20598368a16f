"""How evenly a state leans on rival poles, which one leads, and what is left if the worst one leaves.

Exposure arrays have shape (channels, P): one row a channel, one column a pole, entries in [0, 1]. P is fixed by the
analyst, so a pole that no channel uses still counts. Rows need not sum to 1, and may exceed it where poles share a tie
(one pipeline crosses two of them).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, sqrt
from typing import TYPE_CHECKING

import numpy as np

from multivector.errors import NoAnswer, WrongRequest
from multivector.models.indices import fraction_problems, interval_problems, refuse, shape_problems, sum_problems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

MOST_POLES = 6  # the least even point of a box is sought among its 2^P vertices
BISECTIONS = 100  # halvings of the common level; float64 has no more to give
INTERVAL = (0.05, 0.95)  # quantiles of a 90 % interval


@dataclass(frozen=True, slots=True, eq=False)
class BalanceBounds:
    """Hard bounds of the balance of each channel; `low` and `high` have shape (channels,), entries in [0, 1]."""

    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """The leading pole of each channel; every array has shape (channels,).

    `power` is a column of the exposure. `margin`, in [-1, 1], is its low less the largest high of any other pole: the
    lead that no value inside the intervals can undo. `certain` says that the margin is above 0.
    """

    power: NDArray[np.intp]
    certain: NDArray[np.bool_]
    margin: FloatArray


@dataclass(frozen=True, slots=True)
class Connectedness:
    """Mean and spread of the distance to partners, in units of the distances; `covered`, the weight they rest on."""

    vulnerability: float
    connectedness: float
    covered: float


@dataclass(frozen=True, slots=True)
class DrawnInterval:
    """The 5 % and 95 % quantile of `draws` uniform draws inside the intervals: not a hard bound."""

    low: float
    high: float
    draws: int


@dataclass(frozen=True, slots=True, eq=False)
class Worst:
    """The pole whose withdrawal costs most, what is left then, and which poles, (P,), cost the veto level or more."""

    power: int
    residual: float
    veto: NDArray[np.bool_]


def balance(exposure: FloatArray) -> FloatArray:
    """Evenness of each channel over the poles, (channels,): 0 all on one pole, 1 the same on each.

    Shannon entropy over its maximum, - sum_p q_p ln q_p / ln P with q_p = E_p / sum_p E_p and 0 ln 0 = 0; Shannon, C.
    E. (1948), Bell System Technical Journal 27(3), section 6, doi:10.1002/j.1538-7305.1948.tb01338.x.

    Parameters:
        exposure: (channels, P), fractions in [0, 1], P at least 2.

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; not two dimensions; fewer than two poles.
        NoAnswer: a channel in which every pole has 0.
    """
    refuse(fraction_problems("exposure", exposure, ndim=2) or _pole_problems(exposure))
    _refuse_empty_rows(exposure)
    return _evenness(exposure)


def balance_bounds(low: FloatArray, high: FloatArray) -> BalanceBounds:
    """Smallest and largest balance of each channel when every exposure is an interval (bounds derived here).

    Both ends are attained inside the intervals. Evenness is quasi-concave, so it is largest where all poles are cut to
    one common level (found by bisection) and smallest at a vertex of the box (all 2^P are tried). A vertex at which
    every pole has 0 has no balance and is left out.

    Parameters:
        low: (channels, P), smallest exposure, fraction in [0, 1], P from 2 to 6.
        high: (channels, P), largest exposure.

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; low above high; wrong shapes; P below 2 or above 6.
        NoAnswer: a channel in which every high is 0.
    """
    refuse(interval_problems("exposure", low, high, ndim=2) or _pole_problems(low, most=MOST_POLES))
    _refuse_empty_rows(high)
    scale = high.max(axis=1, keepdims=True)
    low, high = low / scale, high / scale
    most = _evenness(np.clip(_evenest_level(low, high)[:, None], low, high))
    least = np.min([_vertex_evenness(low, high, vertex) for vertex in range(2 ** low.shape[1])], axis=0)
    return BalanceBounds(low=np.minimum(least, most), high=most)


def lead(low: FloatArray, high: FloatArray) -> Lead:
    """Which pole leads each channel, and whether that is certain.

    The leader has the largest low: the most that is proven. Where lows tie, the largest high decides, then the first
    column. With exact exposures (`low` equal to `high`) it is the argmax and the margin is top less second.

    Parameters:
        low: (channels, P), smallest exposure, fraction in [0, 1], P at least 2.
        high: (channels, P), largest exposure.

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; low above high; wrong shapes; fewer than two poles.
    """
    refuse(interval_problems("exposure", low, high, ndim=2) or _pole_problems(low))
    proven = low.max(axis=1, keepdims=True)
    power = np.where(low == proven, high, -1.0).argmax(axis=1)
    rivals = high.copy()
    rivals[np.arange(power.size), power] = -1.0
    margin = proven[:, 0] - rivals.max(axis=1)
    return Lead(power=power, certain=margin > 0, margin=margin)


def position(exposure_a: FloatArray, exposure_b: FloatArray) -> FloatArray:
    """Where a state stands between two poles, E_b / (E_a + E_b): 0 all a, 1 all b.

    Khong, Y. F. and Liow, J. C. (2025), Anatomy of Choice Alignment Index, LKYSPP, put the hedgers of their 0-100 scale
    at 45-55, here [.45, .55].

    Parameters:
        exposure_a: any shape, fractions in [0, 1].
        exposure_b: same shape, fractions in [0, 1].

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; shapes that differ.
        NoAnswer: an entry in which both poles have 0.
    """
    problems = [*fraction_problems("exposure_a", exposure_a), *fraction_problems("exposure_b", exposure_b)]
    refuse(problems or shape_problems("exposure_a", exposure_a, "exposure_b", exposure_b))
    both = np.asarray(exposure_a + exposure_b)
    if (both == 0).any():
        place = tuple(int(axis) for axis in np.argwhere(both == 0)[0])
        raise NoAnswer(f"both poles have 0 at entry {place}: there is no position between them, leave the entry out")
    return np.asarray(exposure_b / both)


def connectedness(weights: FloatArray, distances: FloatArray) -> Connectedness:
    """How far a state's partners stand from it (vulnerability V) and how widely they spread (connectedness C).

    V = sum_j w_j d_j and C = sqrt(sum_j w_j (d_j - V)^2), with w_j = weights renormalised to sum 1. After Aiyar, S.,
    Ohnsorge, F. and Yilmazkuday, H. (2026), ICRIER Working Paper 430 (read as abstract only).

    Parameters:
        weights: (n,), trade shares of the partners whose distance is known, fractions of all trade in [0, 1].
        distances: (n,), distance of each partner's position, 0 or more, such as |difference of ideal points|.

    Returns:
        Connectedness, where `covered` is the sum of `weights`, the part of all trade that V and C rest on.

    Raises:
        WrongRequest: NaN, infinite or negative; a weight above 1; weights summing above 1.005; wrong shapes.
        NoAnswer: no weight on any partner with a known distance.
    """
    refuse([*fraction_problems("weights", weights, ndim=1), *fraction_problems("distances", distances, most=np.inf)])
    refuse([*shape_problems("weights", weights, "distances", distances), *sum_problems("weights", weights)])
    covered = fsum(weights)
    if covered == 0:
        raise NoAnswer("no trade with any partner of known distance: look for positions of more partners")
    shares = weights / covered
    mean = fsum(shares * distances)
    spread = sqrt(fsum(shares * (distances - mean) ** 2))
    return Connectedness(vulnerability=mean, connectedness=spread, covered=min(covered, 1.0))


def offset(exposure: FloatArray) -> float:
    """How far the channels' leaders offset each other, 1 - max_p mean_c E_cp / mean_c max_p E_cp (derived here).

    0 when one pole leads every channel, up to 1 - 1/P when every pole leads as much as any other.

    Parameters:
        exposure: (channels, P), fractions in [0, 1], P at least 2.

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; not two dimensions; fewer than two poles.
        NoAnswer: no channel, or every exposure 0.
    """
    refuse(fraction_problems("exposure", exposure, ndim=2) or _pole_problems(exposure))
    _refuse_nothing(exposure)
    return float(_offsets(exposure[None])[0])


def offset_draws(low: FloatArray, high: FloatArray, *, rng: np.random.Generator, draws: int = 2000) -> DrawnInterval:
    """90 % interval of the offset when every exposure is an interval: uniform, independent draws inside them.

    Parameters:
        low: (channels, P), smallest exposure, fraction in [0, 1], P at least 2.
        high: (channels, P), largest exposure.
        rng: where the draws come from; the same seed gives the same interval.
        draws: how many, at least 1.

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; low above high; wrong shapes; P below 2; draws below 1.
        NoAnswer: no channel, or every high 0.
    """
    refuse(interval_problems("exposure", low, high, ndim=2) or _pole_problems(low))
    if draws < 1:
        raise WrongRequest(f"draws is {draws}: ask for 1 or more")
    _refuse_nothing(high)
    drawn = low + (high - low) * (1.0 - rng.random((draws, *low.shape)))  # in (0, 1]: no draw is all 0
    fifth, ninety_fifth = np.quantile(_offsets(drawn), INTERVAL)
    return DrawnInterval(low=float(fifth), high=float(ninety_fifth), draws=draws)


def worst(loss: FloatArray, *, veto: float = 0.05) -> Worst:
    """Which pole's withdrawal costs most, the residual 1 - loss that is left, and who holds a veto (derived here).

    Parameters:
        loss: (P,), part of real expenditure lost when each pole withdraws, fractions in [0, 1]. A rise of the cost of
            living above 1 is no such part: give rise / (1 + rise). Of equal losses the first counts as the worst.
        veto: a pole holds a veto when its loss is this or more, a fraction in [0, 1].

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; not one dimension.
        NoAnswer: no pole.
    """
    level = np.asarray(veto, dtype=np.float64)
    refuse([*fraction_problems("loss", loss, ndim=1), *fraction_problems("veto", level, ndim=0)])
    if loss.size == 0:
        raise NoAnswer("no pole, so none is the worst: give the loss of at least one")
    power = int(loss.argmax())
    return Worst(power=power, residual=1.0 - float(loss[power]), veto=loss >= veto)


def _pole_problems(exposure: FloatArray, *, most: int | None = None) -> list[str]:
    poles = exposure.shape[1]
    if poles < 2:  # noqa: PLR2004 - one pole has nobody to be balanced against
        return [f"exposure has {poles} poles: balance, lead and offset compare at least 2"]
    if most is not None and poles > most:
        return [f"exposure has {poles} poles, and bounds try all 2^P vertices: merge poles to at most {most}"]
    return []


def _refuse_empty_rows(exposure: FloatArray) -> None:
    empty = np.flatnonzero(exposure.max(axis=1) == 0)
    if empty.size:
        raise NoAnswer(f"channel {empty[0]} has 0 on every pole: it has no balance, leave the channel out")


def _refuse_nothing(exposure: FloatArray) -> None:
    if exposure.max(initial=0.0) == 0:
        raise NoAnswer("every exposure is 0: there is nothing to offset, look for a channel with a tie to some pole")


def _evenness(exposure: FloatArray) -> FloatArray:
    """Entropy over ln P, (rows,), of exposure (rows, P) with a positive sum in every row."""
    ordered = np.sort(exposure, axis=1)  # so that the order of the poles does not move a bit
    share = ordered / ordered.sum(axis=1, keepdims=True)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    evenness: FloatArray = np.clip((0.0 - (share * logs).sum(axis=1)) / np.log(exposure.shape[1]), 0.0, 1.0)
    return evenness


def _evenest_level(low: FloatArray, high: FloatArray) -> FloatArray:
    """The level t, (rows,), to which the evenest point clip(t, low, high) is cut.

    Raising a pole adds evenness while ln q_p < -H, H the entropy in nats, so the optimum has ln t = ln sum_p E_p - H:
    below it evenness still rises in t, above it falls. Each row's largest high must be 1.
    """
    bottom, top = np.zeros(low.shape[0]), np.ones(low.shape[0])
    for _ in range(BISECTIONS):
        level = (bottom + top) / 2
        point = np.clip(level[:, None], low, high)
        nats = _evenness(point) * np.log(low.shape[1])
        falls = level > point.sum(axis=1) * np.exp(-nats)
        bottom, top = np.where(falls, bottom, level), np.where(falls, level, top)
    return top


def _vertex_evenness(low: FloatArray, high: FloatArray, vertex: int) -> FloatArray:
    """Evenness, (rows,), at the vertex whose bit p says that pole p stands at its high; 1 where all poles have 0."""
    at_high = (vertex >> np.arange(low.shape[1])) & 1
    point = np.where(at_high == 1, high, low)
    nothing = point.max(axis=1, keepdims=True) == 0
    return _evenness(np.where(nothing, 1.0, point))


def _offsets(exposure: FloatArray) -> FloatArray:
    """Offset, (draws,), of exposure (draws, channels, P)."""
    together = np.sort(exposure, axis=1).mean(axis=1).max(axis=1)  # sorted: the order of channels moves no bit
    apart = np.sort(exposure.max(axis=2), axis=1).mean(axis=1)
    offsets: FloatArray = np.clip(1.0 - together / apart, 0.0, 1.0)
    return offsets
