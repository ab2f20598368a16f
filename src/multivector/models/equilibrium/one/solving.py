"""Prices that clear the markets of the one-sector model: Newton, a path of milder shocks, repetition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.anderson import anderson
from multivector.models.equilibrium.one import newton as roots
from multivector.models.equilibrium.one.economy import Economy, State, evaluate, normalised, residual, slopes
from multivector.models.equilibrium.one.newton import System, follow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

SHARPER: Final = 1e-3  # of the tolerance: the last step costs little and leaves batch and single solves equal
AT_ONCE: Final = 60  # steps of Newton straight to the shock: what needs more is sooner found along a path


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """The state found, its residual, the steps spent and the methods tried."""

    state: State
    residual: float
    steps: int
    method: str


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """The same of S scenarios: a state with a leading axis, arrays (S,), and all methods that were used."""

    state: State
    residual: FloatArray
    steps: NDArray[np.int64]
    method: str


def solve(economy: Economy, base_flows: FloatArray, *, tol: float, most: int) -> Search:
    """The most exact state that the methods find within `most` steps together; not necessarily a solution.

    Newton; a path of milder shocks from `base_flows` (N, N); Anderson's repetition; where spending moves in proportion
    to income, so that no trial price leaves anybody without, the plain repetition too.
    """
    best = newton(economy, np.zeros(len(economy.income)), tol=tol, most=min(most, AT_ONCE))
    spent, tried = best.steps, [best.method]
    plain = (repeated,) if economy.rule == "multiplicative" else ()
    for method in (along_path, accelerated, *plain):
        if best.residual <= tol or spent >= most:
            break
        left = (most - spent + 1) // 2 if plain and method is accelerated else most - spent
        found = method(economy, base_flows, start=best, tol=tol, most=left)
        spent, tried = spent + found.steps, [*tried, found.method]
        best = found if found.residual < best.residual else best
    return replace(best, steps=spent, method=", ".join(tried))


def newton(economy: Economy, start: FloatArray, *, tol: float, most: int) -> Search:
    """Newton's method in log prices from `start` (N,) until the residual is far below `tol`, or it stalls."""
    root = roots.newton(_system(economy), start, goal=SHARPER * tol, most=most)
    return _ended(economy, root.point, steps=root.steps, method="newton")


def _system(economy: Economy) -> System[State]:
    return System(measure=partial(evaluate, economy), slopes=partial(slopes, economy))


def _ended(economy: Economy, state: State, *, steps: int, method: str) -> Search:
    final = normalised(economy, state)
    return Search(final, float(residual(final)), steps, method)


def along_path(economy: Economy, base_flows: FloatArray, *, start: Search, tol: float, most: int) -> Search:
    """Newton from solution to solution of milder shocks; flows under embargo fall in proportion until the last."""
    root = follow(
        lambda part: _system(_milder(economy, base_flows, part)),
        np.zeros_like(start.state.x),
        goal=SHARPER * tol,
        enough=tol,
        most=most,
    )
    return _ended(economy, root.point, steps=root.steps, method="path")


def _milder(economy: Economy, base_flows: FloatArray, part: float) -> Economy:
    """The economy under the shock to the power `part`; nobody is cut off before the end."""
    if part == 1:
        return economy
    open_flows = economy.open_flows
    left = (open_flows > 0) | (base_flows == 0)
    ratio = np.divide(open_flows, base_flows, out=np.ones_like(base_flows), where=base_flows > 0)
    return replace(
        economy,
        open_flows=base_flows * np.where(left, ratio**part, 1 - part),
        log_productivity=part * economy.log_productivity,
        together=None,
    )


def accelerated(economy: Economy, base_flows: FloatArray, *, start: Search, tol: float, most: int) -> Search:  # noqa: ARG001 - one form for all methods
    """The fixed point of the model, with Anderson's memory of six."""

    def distance(x: FloatArray, image: FloatArray) -> float:
        return float(np.abs(image - x).max())

    origin = start.state.x if np.isfinite(start.residual) else np.zeros_like(start.state.x)
    found = anderson(partial(_advanced, economy), origin, distance=distance, tol=SHARPER * tol, most=most)
    return _ended(economy, evaluate(economy, found.point), steps=found.steps, method="anderson")


def repeated(economy: Economy, base_flows: FloatArray, *, start: Search, tol: float, most: int) -> Search:  # noqa: ARG001 - one form for all methods
    """The fixed point of the model from prices of 1, undamped and without memory."""
    x, steps = np.zeros_like(start.state.x), 0
    while steps < most:
        after = _advanced(economy, x)
        steps += 1
        moved = float(np.abs(after - x).max())
        x = after
        if not moved > SHARPER * tol:
            break
    return _ended(economy, evaluate(economy, x), steps=steps, method="repetition")


def _advanced(economy: Economy, x: FloatArray) -> FloatArray:
    """Log prices raised by log (sales / income) over 1 + theta + psi."""
    return np.asarray(x + evaluate(economy, x).excess / (1 + float(economy.theta) + economy.psi))
