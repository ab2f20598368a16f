"""How much more moved than a norm from before the sanctions, and whether it could be goods for somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.errors import WrongRequest
from multivector.models.indices import refuse
from multivector.models.mirror.checking import amount_problems, read_only, same_shape_problems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]
    Base = BoolArray | IntArray | Sequence[bool] | Sequence[int] | slice


@dataclass(frozen=True, slots=True, eq=False)
class Excess:
    """What moved beyond a norm, in the unit of the exports; arrays (..., T), read-only. `relative`: over the norm."""

    norm: FloatArray
    excess: FloatArray
    relative: FloatArray


def excess(exports: FloatArray, control: FloatArray, *, base: Base) -> Excess:
    """Exports beyond what they would be had they moved as a control did.

    excess_t = X_t - X_base control_t/control_base, where X_base and control_base are means over the periods of the
    base. A difference in differences in ratios; Chupilkin, Javorcik and Plekhanov (2023), EBRD working paper 276,
    compare with goods not sanctioned in the same manner. It rests on the control not being touched: a control that is
    itself a way round makes the excess too small.

    Parameters:
        exports: (..., T), money, 0 or more.
        control: (..., T), same shape, what the exporter sold to the control.
        base: which periods make the norm: a mask (T,), places from 0, or a slice of places.

    Returns:
        Excess; NaN in `relative` where the norm is zero.

    Raises:
        WrongRequest: amounts that are negative or not finite, shapes that differ, a base without a period or
            with one outside the series, a control or exports that are zero in the whole base (growth from zero is not
            defined).
    """
    exports, control = np.asarray(exports, dtype=np.float64), np.asarray(control, dtype=np.float64)
    refuse(
        [
            *amount_problems("exports", exports),
            *amount_problems("control", control),
            *same_shape_problems("exports", exports, "control", control),
        ]
    )
    base = _base(base, exports.shape[-1] if exports.ndim else 0)
    own, other = exports[..., base].mean(axis=-1), control[..., base].mean(axis=-1)
    refuse([*_zero_problems("exports", own), *_zero_problems("control", other)])
    norm = (own / other)[..., None] * control
    beyond = exports - norm
    return Excess(norm=read_only(norm), excess=read_only(beyond), relative=read_only(quotient(beyond, norm)))


def substitution_ratio(excess_in: FloatArray, excess_out: FloatArray, drop: FloatArray) -> FloatArray:
    """What part of a fall in direct trade could have gone round through a third state.

    min(excess exporter -> third state, excess third state -> target)/(fall exporter -> target), by product; after
    Chupilkin, Javorcik and Plekhanov (2025), CEPR DP20097. An upper bound on re-routing: nothing says that the same
    goods came in and went out. Negative where one leg lies below its norm: nothing went round.

    Parameters:
        excess_in: (...), money, of either sign.
        excess_out: same shape.
        drop: same shape, how far direct trade fell; where it did not fall the ratio is not defined and is NaN.

    Raises:
        WrongRequest: a value that is not finite, shapes that differ.
    """
    named = {"excess_in": excess_in, "excess_out": excess_out, "drop": drop}
    arrays = {name: np.asarray(one, dtype=np.float64) for name, one in named.items()}
    refuse(
        [
            *(f"{name} is not finite: leave out what is unknown" for name, one in arrays.items() if _unsure(one)),
            *same_shape_problems("excess_in", excess_in, "excess_out", excess_out),
            *same_shape_problems("excess_in", excess_in, "drop", drop),
        ]
    )
    through = np.minimum(arrays["excess_in"], arrays["excess_out"])
    fell = arrays["drop"] > 0
    ratio: FloatArray = np.divide(through, arrays["drop"], out=np.full(through.shape, np.nan), where=fell)
    return ratio


def unit_value_premium(
    value: FloatArray,
    quantity: FloatArray,
    *,
    control_value: FloatArray,
    control_quantity: FloatArray,
    base: Base,
) -> FloatArray:
    """How much dearer a tonne became than a tonne of the control: 1 is no premium.

    premium_t = [(V/Q)_t/(V/Q)_base]/[the same of the control], unit values of the base being sums over sums. A rise
    of unit values with re-routing is a finding of Chupilkin, Javorcik and Plekhanov (2025), CEPR DP20097.

    Parameters:
        value: (..., T), money. quantity: same shape, mass. control_value, control_quantity: same shape.
        base: which periods make the norm: a mask (T,), places from 0, or a slice of places.

    Returns:
        (..., T); NaN where a quantity, or a value in a denominator, is zero.

    Raises:
        WrongRequest: amounts that are negative or not finite, shapes that differ, a base without a period or with
            one outside the series.
    """
    named = {
        "value": value,
        "quantity": quantity,
        "control_value": control_value,
        "control_quantity": control_quantity,
    }
    arrays = {name: np.asarray(one, dtype=np.float64) for name, one in named.items()}
    refuse(
        [
            *(problem for name, one in arrays.items() for problem in amount_problems(name, one)),
            *(p for name, one in arrays.items() for p in same_shape_problems("value", value, name, one)),
        ]
    )
    base = _base(base, arrays["value"].shape[-1] if arrays["value"].ndim else 0)
    own = _relative_price(arrays["value"], arrays["quantity"], base)
    other = _relative_price(arrays["control_value"], arrays["control_quantity"], base)
    return quotient(own, other)


def quotient(above: FloatArray, below: FloatArray) -> FloatArray:
    """Above over below; NaN where below is zero or either is NaN."""
    usable = np.isfinite(below) & (below != 0) & np.isfinite(above)
    out: FloatArray = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=usable)
    return out


def _relative_price(value: FloatArray, quantity: FloatArray, base: BoolArray) -> FloatArray:
    """(V/Q)_t over (V/Q) of the base, (..., T)."""
    before = quotient(value[..., base].sum(axis=-1), quantity[..., base].sum(axis=-1))
    price = quotient(value, quantity)
    return quotient(price, np.broadcast_to(before[..., None], price.shape))


def _base(base: Base, periods: int) -> BoolArray:
    """The periods of the base as a mask, (T,).

    Raises:
        WrongRequest: no mask, places or slice of these periods; a place twice; none at all.
    """
    marked = np.zeros(periods, dtype=np.bool_)
    chosen = base if isinstance(base, slice) else _places(base, periods)
    try:
        marked[chosen] = True
    except TypeError as odd:
        raise WrongRequest(f"base is {base}: slice by places, whole numbers from 0") from odd
    refuse([] if marked.any() else ["no period lies in the base: widen it"])
    return marked


def _places(base: object, periods: int) -> BoolArray | IntArray:
    try:
        given = np.asarray(base)
    except ValueError as odd:
        raise WrongRequest("base has rows of unequal length: give one mark or place after another") from odd
    if given.dtype.kind == "b" and given.shape == (periods,):
        return np.asarray(given, dtype=np.bool_)
    if given.ndim != 1 or (given.dtype.kind not in "iu" and given.size):
        raise WrongRequest(
            f"base has shape {given.shape} of {given.dtype}: mark each of the {periods} periods as in the base or not, "
            "give their places from 0, or a slice of places"
        )
    outside = [place for place in given.tolist() if not -periods <= place < periods]
    twice = np.unique(given % max(periods, 1)).size < given.size
    refuse(
        [
            *(f"base names place {place}: there are {periods} periods, from 0" for place in outside[:1]),
            *(["base names a place twice: a mask is of True and False, not of 1 and 0"] if twice else []),
        ]
    )
    return given.astype(np.int64)


def _zero_problems(name: str, base: FloatArray) -> list[str]:
    return [f"{name} are zero in the whole base: growth from zero is not defined"] if (base == 0).any() else []


def _unsure(values: FloatArray) -> bool:
    return not bool(np.isfinite(values).all())
