"""What keeps arrays from being a multi-sector equilibrium and shocks to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, get_args

import numpy as np

from multivector.models.equilibrium.records import Closure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

CLOSURES: Final = tuple(one for one in get_args(Closure) if one != "fixed-shares")


def base_problems(flows: FloatArray) -> Iterator[str]:
    """What keeps flows from being those of an observed equilibrium."""
    if flows.ndim != 3 or flows.shape[0] != flows.shape[1] or not flows.size:  # noqa: PLR2004 - (N, N, K)
        yield f"flows has shape {flows.shape}: (N, N, K) is due: exporter, importer, sector, own sales on the diagonal"
        return
    if bad := first(~np.isfinite(flows), flows):
        yield f"flows{bad}: give finite numbers; unknown is not 0"
    elif bad := first(flows < 0, flows):
        yield f"flows{bad}: a flow cannot be negative"
    else:
        own = np.einsum("iik->i", flows)
        for name, total in (
            ("nothing is bought at home: the diagonal must hold own sales", own),
            ("nothing is sold", flows.sum(axis=(1, 2))),
            ("nothing is bought", flows.sum(axis=(0, 2))),
        ):
            if (empty := np.flatnonzero(total == 0)).size:
                yield f"{'country' if empty.size == 1 else 'countries'} {listed(empty)}: {name}"


def elasticity_problems(sigma: FloatArray, *, sectors: int, scenarios: int) -> Iterator[str]:
    """What keeps sigma from being elasticities of substitution, (K,) or (S, K)."""
    if sigma.shape not in {(sectors,), (scenarios, sectors)}:
        yield f"sigma has shape {sigma.shape}: one elasticity a sector is due, ({sectors},) or ({scenarios}, {sectors})"
    elif bad := first(~(np.isfinite(sigma) & (sigma > 1)), sigma):
        yield f"sigma{bad}: an elasticity of substitution must be above 1, finite (is it theta = sigma - 1?)"


def tariff_problems(name: str, tariff: FloatArray, shapes: tuple[tuple[int, ...], ...]) -> Iterator[str]:
    """What keeps tariffs from being fractions above -1 in one of the `shapes`."""
    if tariff.shape not in shapes:
        yield f"{name} has shape {tariff.shape}: {' or '.join(map(str, shapes))} is due"
    elif bad := first(~(np.isfinite(tariff) & (tariff > -1)), tariff):
        yield f"{name}{bad}: a tariff is a fraction above -1 (0.05 for 5%), finite"


def shock_problems(shocks: FloatArray, *, nations: int, sectors: int) -> Iterator[str]:
    """What keeps shocks (S, N, N) or (S, N, N, K) from being freeness multipliers."""
    each = (nations, nations)
    if shocks.shape[1:] not in {each, (*each, sectors)} or not len(shocks):
        yield f"shocks has shape {shocks.shape}: (S, {nations}, {nations}), or that and {sectors} sectors, is due"
    elif bad := first(~np.isfinite(shocks) | (shocks < 0), shocks):
        yield f"shocks{bad}: a multiplier of flows is finite, 0 (embargo) or more, 1 for no change"


def productivity_problems(productivity: FloatArray, *, nations: int, sectors: int) -> Iterator[str]:
    """What keeps productivity from being ratios new/old, (N,) or (N, K)."""
    if productivity.shape not in {(nations,), (nations, sectors)}:
        yield f"productivity has shape {productivity.shape}: ({nations},) or ({nations}, {sectors}) is due"
    elif bad := first(~(np.isfinite(productivity) & (productivity > 0)), productivity):
        yield f"productivity{bad}: a ratio new/old is above 0, finite"


def rule_problems(closure: str, *, tol: float, max_iter: int) -> Iterator[str]:
    """What keeps the rules of the solution from making sense."""
    if closure not in CLOSURES:
        yield f"closure is {closure!r}: one of {', '.join(CLOSURES)} is due"
    if not (np.isfinite(tol) and tol > 0):
        yield f"tol is {tol}: a number above 0 is due, 1e-10 unless there is a reason"
    if isinstance(max_iter, bool) or not isinstance(max_iter, int | np.integer) or max_iter < 1:
        yield f"max_iter is {max_iter!r}: give a whole number of steps, 1 or more"


def first(broken: BoolArray, values: FloatArray) -> str:
    """Place and value of the first broken entry, as in `[2, 0, 1] is -3.0`; nothing where none is broken."""
    if not broken.any():
        return ""
    place = tuple(int(axis) for axis in np.unravel_index(int(np.argmax(broken)), broken.shape))
    return f"[{', '.join(map(str, place))}] is {values[place]}" if place else f" is {values[place]}"


def listed(places: NDArray[np.intp], *, most: int = 8) -> str:
    """Positions in words, cut after `most`."""
    more = f" and {places.size - most} more" if places.size > most else ""
    return ", ".join(str(place) for place in places[:most]) + more
