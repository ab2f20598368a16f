"""What a defender can buy, what the network is then, and what each purchase is worth under one attack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.flow.network import amount_problems
from multivector.models.flow.program import Optimum, Units
from multivector.models.interdiction.attacks import SAFE, Threat, is_hit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """What can be bought: price (Q,); entries index, arc, protect, gain (E,); side_gain (Q, B)."""

    price: FloatArray
    index: IntArray
    arc: IntArray
    protect: BoolArray
    gain: FloatArray
    side_gain: FloatArray


def as_options(  # noqa: PLR0913 - one argument an array of the options
    *,
    limits: int,
    price: FloatArray,
    index: IntArray | None,
    arc: IntArray,
    protect: BoolArray,
    gain: FloatArray,
    side_gain: FloatArray | None,
) -> Options:
    """The options, not checked yet; `harden` says what they mean."""
    return Options(
        price=np.asarray(price, dtype=np.float64),
        index=np.arange(np.size(arc)) if index is None else _whole(index),
        arc=_whole(arc),
        protect=np.asarray(protect, dtype=np.bool_) if np.size(protect) == 0 else np.asarray(protect),
        gain=np.asarray(gain, dtype=np.float64),
        side_gain=np.zeros((np.size(price), limits)) if side_gain is None else np.asarray(side_gain, dtype=np.float64),
    )


def _whole(places: IntArray) -> IntArray:
    """The places; an empty list of them has no kind of number yet."""
    return np.asarray(places) if np.size(places) else np.zeros(0, dtype=np.int64)


def option_problems(options: Options, *, legs: int, limits: int) -> Iterator[str]:
    """What is wrong with options: lengths, legs or options that do not exist, prices or gains below 0."""
    count, entries = options.price.size, options.arc.size
    yield from amount_problems("option_cost", options.price, count)
    yield from amount_problems("option_gain", options.gain, entries, endless=True)
    yield from _place_problems("option_arc", options.arc, legs, entries)
    yield from _place_problems("option_index", options.index, count, entries)
    if options.protect.shape != (entries,) or options.protect.dtype != np.bool_:
        yield f"option_protect must have {entries} entries, each true or false"
    if options.side_gain.shape != (count, limits):
        yield f"side_gain must have shape {(count, limits)}, got {options.side_gain.shape}"
    else:
        yield from amount_problems("side_gain", options.side_gain.ravel(), count * limits, endless=True)


def _place_problems(name: str, places: IntArray, count: int, entries: int) -> Iterator[str]:
    if places.shape != (entries,) or not np.issubdtype(places.dtype, np.integer):
        yield f"{name} must have {entries} entries, each a whole number"
    elif entries and (places.min() < 0 or places.max() >= count):
        wrong = np.flatnonzero((places < 0) | (places >= count))[0]
        yield f"{name} of entry {wrong} is {places[wrong]}, but there are {count} (0 to {count - 1})"


def in_units(options: Options, units: Units) -> Options:
    """The options with their gains in the units of a threat."""
    return replace(options, gain=options.gain / units.flow, side_gain=options.side_gain / units.flow)


def buy(threat: Threat, options: Options, chosen: Iterable[int]) -> Threat:
    """The game on the network as it is with some of the options."""
    bought = np.zeros(options.price.size, dtype=np.bool_)
    bought[list(chosen)] = True
    entries = np.flatnonzero(bought[options.index])
    high, target = threat.flow.program.high.copy(), threat.target.copy()
    np.add.at(high, options.arc[entries], options.gain[entries])
    target[options.arc[entries[options.protect[entries]]]] = SAFE
    row_high = threat.flow.program.row_high.copy()
    row_high[threat.flow.nodes :] += options.side_gain[bought].sum(axis=0)
    program = replace(threat.flow.program, high=high, row_high=row_high)
    return replace(threat, flow=replace(threat.flow, program=program), target=target)


def worth(defended: Threat, options: Options, attack: Iterable[int], answer: Optimum) -> FloatArray:
    """(Q,), the most that each option can save under the attack, at the prices of the operator's answer to it.

    By weak duality the cost under the attack falls by no more than the sum over the options added: prices held, the
    dual value moves by price times room. An option worth 0 by itself saves nothing, whatever is bought with it.
    """
    legs, nodes = defended.flow.arcs, defended.flow.nodes
    leg_price = np.maximum(-answer.reduced_cost[:legs], 0.0)
    is_limit = np.isfinite(defended.flow.program.row_high[nodes:])
    side_price = np.where(is_limit, np.maximum(-answer.row_price[nodes:], 0.0), 0.0)
    regained = np.where(is_hit(defended, attack), defended.flow.program.high[:legs] - defended.left, 0.0)
    room = options.gain + np.where(options.protect, regained[options.arc], 0.0)
    value = np.bincount(options.index, weights=_times(leg_price[options.arc], room), minlength=options.price.size)
    total: FloatArray = value + _times(side_price, options.side_gain).sum(axis=1)
    return total


def _times(price: FloatArray, room: FloatArray) -> FloatArray:
    """Price times room; what has no price is worth nothing, however much there is."""
    return np.where(price > 0, price, 1.0) * np.where(price > 0, room, 0.0)
