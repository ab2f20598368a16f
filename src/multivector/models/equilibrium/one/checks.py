"""What keeps arrays from being a one-sector equilibrium and a shock to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

import numpy as np

from multivector.models.equilibrium.many.checks import first, listed
from multivector.models.equilibrium.records import Closure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


def flow_problems(flows: FloatArray) -> Iterator[str]:
    """What keeps flows (N, N) from being those of an observed equilibrium, own sales on the diagonal."""
    if flows.ndim != 2 or flows.shape[0] != flows.shape[1] or not flows.size:  # noqa: PLR2004 - (N, N)
        yield f"flows has shape {flows.shape}: (N, N) is due, exporter by importer, own sales on the diagonal"
    elif bad := first(~np.isfinite(flows), flows):
        yield f"flows{bad}: give finite numbers; what is unknown is not 0"
    elif bad := first(flows < 0, flows):
        yield f"flows{bad}: a flow cannot be negative"
    elif (empty := np.flatnonzero(np.diagonal(flows) == 0)).size:
        yield f"country {listed(empty)} sells nothing to itself: the diagonal must hold own sales: find them"


def shock_problems(name: str, shock: FloatArray, *, shape: tuple[int, ...]) -> Iterator[str]:
    """What keeps a shock from being freeness multipliers of the given shape."""
    if shock.shape != shape:
        yield f"{name} has shape {shock.shape}: {shape} is due, a multiplier for each flow"
    elif bad := first(~np.isfinite(shock) | (shock < 0), shock):
        yield f"{name}{bad}: a multiplier of flows is finite and 0 (embargo) or more, 1 for no change"


def elasticity_problems(theta: FloatArray, psi: FloatArray, *, shapes: tuple[tuple[int, ...], ...]) -> Iterator[str]:
    """What keeps `theta` from being trade elasticities in one of the shapes, `psi` from being a supply elasticity."""
    if theta.shape not in shapes:
        yield f"theta has shape {theta.shape}: {' or '.join(map(str, shapes))} is due"
    elif bad := first(~(np.isfinite(theta) & (theta > 0)), theta):
        yield f"theta{bad}: a trade elasticity is finite and above 0 (it is sigma - 1)"
    if psi.shape != () or not (np.isfinite(psi) and psi >= 0):
        yield f"psi is {psi}: a supply elasticity is one finite number, 0 or more"


def positive_problems(name: str, values: FloatArray, *, shapes: tuple[tuple[int, ...], ...]) -> Iterator[str]:
    """What keeps values from being finite numbers above 0 in one of the shapes."""
    if values.shape not in shapes:
        yield f"{name} has shape {values.shape}: one number a country is due, {' or '.join(map(str, shapes))}"
    elif bad := first(~(np.isfinite(values) & (values > 0)), values):
        yield f"{name}{bad}: it has to be finite and above 0"


def closure_problems(closure: str, *, psi: float, plain: bool) -> Iterator[str]:
    """What keeps a closure from being known, and from going with psi and with a productivity that is not `plain`."""
    if closure not in get_args(Closure):
        yield f"closure is {closure!r}: one of {', '.join(get_args(Closure))} is due"
    elif closure == "fixed-shares" and not (psi == 0 and plain):
        yield "closure 'fixed-shares' keeps every income: psi has to be 0 and productivity 1"


def search_problems(*, tol: float, max_iter: int) -> Iterator[str]:
    """What keeps a tolerance and a number of steps from making sense."""
    if not (np.isfinite(tol) and 0 < tol < 1):
        yield f"tol is {tol}: a relative excess between 0 and 1 is due, 1e-10 unless there is a reason"
    if isinstance(max_iter, bool) or not isinstance(max_iter, int | np.integer) or max_iter < 1:
        yield f"max_iter is {max_iter!r}: give a whole number of steps, 1 or more"
