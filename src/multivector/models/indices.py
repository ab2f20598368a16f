"""How large a pole's share can be when the list of partners is incomplete, and how two states depend on each other."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum  # exact, so the order of the partners does not move a bit
from typing import TYPE_CHECKING

import numpy as np

from multivector.errors import WrongRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

MOST_OVER_ONE = 0.005  # fraction; parts of one total may miss 1 by this much before they are refused
CLOSE = 1e-12  # fraction; rounding noise of sums of shares


@dataclass(frozen=True, slots=True)
class Bounds:
    """Hard bounds, `low` <= truth <= `high`, and `covered`, the part of the total on named partners; all in [0, 1]."""

    low: float
    high: float
    covered: float


@dataclass(frozen=True, slots=True, eq=False)
class Interdependence:
    """Mutual dependence of pairs; each array has the shape of the shares that were given, each entry is in [0, 1]."""

    salience: FloatArray
    symmetry: FloatArray
    interdependence: FloatArray
    weak_link: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Printed:
    """What printed shares say of the true ones: `low` and `high`, (n,), and `cap`, the most of an unlisted partner."""

    low: FloatArray
    high: FloatArray
    cap: float | None


def group_share_bounds(
    members: FloatArray,
    others: FloatArray,
    *,
    unlisted_members: int,
    cap: float | None = None,
    rounding: float | FloatArray = 0.0,
) -> Bounds:
    """The share of a pole when only some partners are listed (bounds derived here).

    For intervals that are not symmetric, or caps that differ by member, use `interval_share_bounds`.

    Parameters:
        members: (m,), listed shares of the pole's members, fractions in [0, 1].
        others: (o,), listed shares of everyone else, fractions of the same total.
        unlisted_members: how many members of the pole the list does not name.
        cap: largest printed share an unlisted partner can have, a fraction, widened by rounding as in `hhi_bounds`.
        rounding: half-width of each printed share, a fraction in [0, 0.5]; one number, or (m + o,) with one entry a
            share, members first.

    Returns:
        Bounds, where `covered` is the sum of all listed shares, members and others.

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; wrong shapes; a sum above 1.005 even when rounded down.
    """
    refuse(
        [
            *fraction_problems("members", members, ndim=1),
            *fraction_problems("others", others, ndim=1),
            *count_problems("unlisted_members", unlisted_members),
        ]
    )
    shares = np.concatenate([members, others])
    printed = unrounded("members and others", shares, cap=cap, rounding=rounding)
    member_low, other_low = np.split(printed.low, [members.size])
    member_high, other_high = np.split(printed.high, [members.size])
    caps = np.full(unlisted_members, 1.0 if printed.cap is None else printed.cap)
    bounds = interval_share_bounds(member_low, member_high, other_low, other_high, unlisted_caps=caps)
    return Bounds(low=bounds.low, high=bounds.high, covered=min(fsum(shares), 1.0))


def interval_share_bounds(
    member_low: FloatArray,
    member_high: FloatArray,
    other_low: FloatArray,
    other_high: FloatArray,
    *,
    unlisted_caps: FloatArray,
) -> Bounds:
    """The share of a pole when each partner's share is an interval of its own (bounds derived here).

    `low` = sum(member_low); `high` = min(sum(member_high) + sum(unlisted_caps), 1 - sum(other_low)).

    Parameters:
        member_low: (m,), smallest share of each listed member, fraction in [0, 1].
        member_high: (m,), largest share of each listed member.
        other_low: (o,), smallest share of each listed partner outside the pole.
        other_high: (o,), largest share of each listed partner outside the pole; checked, but it bounds nothing, since
            partners outside the pole may be unlisted too.
        unlisted_caps: (u,), largest share of each unlisted member, fraction; 1 where nothing is known of it.

    Returns:
        Bounds, where `covered` is the sum of `member_low` and `other_low`.

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; wrong shapes; low above high; lows summing above 1.005.
    """
    refuse(
        [
            *interval_problems("members", member_low, member_high, ndim=1),
            *interval_problems("others", other_low, other_high, ndim=1),
            *fraction_problems("unlisted_caps", unlisted_caps, ndim=1),
        ]
    )
    refuse(sum_problems("members and others", np.concatenate([member_low, other_low])))
    low, outside = fsum(member_low), fsum(other_low)
    high = min(fsum(member_high) + fsum(unlisted_caps), 1.0 - outside)
    return Bounds(low=min(low, 1.0), high=min(max(high, low), 1.0), covered=min(low + outside, 1.0))


def trade_interdependence(share_ij: FloatArray, share_ji: FloatArray) -> Interdependence:
    """How much two states depend on each other, and how evenly.

    Barbieri, K. (1996), J. Peace Research 33(1), 29-49, doi:10.1177/0022343396033001003, with s_ij
    the share of j in all trade of i: salience = sqrt(s_ij s_ji), symmetry = 1 - |s_ij - s_ji|, interdependence =
    salience x symmetry. The weak link is the smaller of the two shares; with trade over GDP as shares it is that of
    Oneal, J. R. and Russett, B. (1997), International Studies Quarterly 41(2), 267-293, doi:10.1111/1468-2478.00042.

    Parameters:
        share_ij: any shape, dependence of i on j, fractions in [0, 1].
        share_ji: same shape, dependence of j on i, fractions in [0, 1] over the same kind of denominator.

    Raises:
        WrongRequest: NaN, infinite, negative or above 1; shapes that differ.
    """
    problems = [*fraction_problems("share_ij", share_ij), *fraction_problems("share_ji", share_ji)]
    refuse(problems or shape_problems("share_ij", share_ij, "share_ji", share_ji))
    salience = np.sqrt(share_ij * share_ji)
    symmetry = 1.0 - np.abs(share_ij - share_ji)
    return Interdependence(
        salience=salience,
        symmetry=symmetry,
        interdependence=salience * symmetry,
        weak_link=np.minimum(share_ij, share_ji),
    )


def unrounded(name: str, shares: FloatArray, *, cap: float | None, rounding: float | FloatArray) -> Printed:
    """The true shares that printed shares leave open: [share - rounding, share + rounding], cut to [0, 1].

    The cap is that of a printed share: it is widened by the half-width, or by the largest where they differ.

    Raises:
        WrongRequest: shares or cap outside [0, 1]; a half-width outside [0, 0.5]; a half-width array that does not
            line up with the shares; shares that sum to more than 1.005 even when rounded down.
    """
    half_width = np.asarray(rounding, dtype=np.float64)
    refuse(
        [
            *fraction_problems(name, shares, ndim=1),
            *fraction_problems("rounding", half_width, most=0.5),
            *cap_problems(cap),
        ]
    )
    refuse(shape_problems("rounding", half_width, name, shares) if half_width.ndim else [])
    low = np.maximum(shares - half_width, 0.0)
    refuse(sum_problems(name, low))
    widest = float(half_width.max(initial=0.0))
    return Printed(
        low=low, high=np.minimum(shares + half_width, 1.0), cap=None if cap is None else min(cap + widest, 1.0)
    )


def refuse(problems: Iterable[str]) -> None:
    """Nothing when there are no problems.

    Raises:
        WrongRequest: with every problem in one line.
    """
    if found := "; ".join(problems):
        raise WrongRequest(found)


def fraction_problems(name: str, values: FloatArray, *, ndim: int | None = None, most: float = 1.0) -> list[str]:
    """What keeps `values` from being an array of `ndim` dimensions with every entry in [0, `most`]."""
    if ndim is not None and np.ndim(values) != ndim:
        return [f"{name} has {np.ndim(values)} dimensions: give an array of {ndim}"]
    rules = (
        (~np.isfinite(values), "give finite numbers, and leave out what is unknown"),
        (np.less(values, 0), "it cannot be negative (-9 means missing in COW): leave out what is unknown"),
        (np.isfinite(values) & np.greater(values, most), f"a fraction up to {most:g} is due: is this a percentage?"),
    )
    return [f"{name}{_first(broken, values)}: {rule}" for broken, rule in rules if np.any(broken)]


def interval_problems(name: str, low: FloatArray, high: FloatArray, *, ndim: int) -> list[str]:
    """What keeps `low` and `high` from being the ends of intervals inside [0, 1]."""
    problems = [*fraction_problems(f"low {name}", low, ndim=ndim), *fraction_problems(f"high {name}", high, ndim=ndim)]
    if problems or (problems := shape_problems(f"low {name}", low, f"high {name}", high)):
        return problems
    crossed = low > high
    return [f"low {name}{_first(crossed, low)}: above its high: swap the two"] if crossed.any() else []


def shape_problems(first: str, first_values: FloatArray, second: str, second_values: FloatArray) -> list[str]:
    """What keeps two arrays from lining up entry by entry."""
    shapes = np.shape(first_values), np.shape(second_values)
    same = shapes[0] == shapes[1]
    return [] if same else [f"{first} has shape {shapes[0]}, {second} {shapes[1]}: they must line up entry by entry"]


def sum_problems(name: str, shares: FloatArray) -> list[str]:
    """What keeps `shares` from being parts of one total: a sum above 1.005."""
    total = fsum(shares)
    if total <= 1.0 + MOST_OVER_ONE + CLOSE:
        return []
    return [f"{name} sum to {total:.6g} at the least, above 1.005: do they mix sources, scopes or periods?"]


def cap_problems(cap: float | None) -> list[str]:
    """What keeps `cap` from being a share, or None for no cap."""
    return [] if cap is None else fraction_problems("cap", np.asarray(cap, dtype=np.float64), ndim=0)


def count_problems(name: str, count: int | None) -> list[str]:
    """What keeps `count` from being a number of partners, or None for unknown."""
    if count is None or (isinstance(count, int) and not isinstance(count, bool) and count >= 0):
        return []
    return [f"{name} is {count!r}: give a whole number of partners, 0 or more"]


def _first(broken: NDArray[np.bool_], values: FloatArray) -> str:
    """Place and value of the first broken entry, as in `[2] is 28.0`."""
    if np.ndim(values) == 0:
        return f" is {values}"
    place = tuple(int(axis) for axis in np.argwhere(broken)[0])
    return f"[{', '.join(map(str, place))}] is {values[place]}"
