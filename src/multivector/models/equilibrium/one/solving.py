"""Prices that clear the markets of the one-sector model: Newton, then a path of milder shocks, then Anderson."""

from __future__ import annotations

from collections.abc import Iterator
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
PATH: Final = (0.25, 0.5, 0.75, 1.0)


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
    """The most exact state that the three methods find within `most` steps together; not necessarily a solution.

    `base_flows` (N, N): those from which a path of shocks starts.
    """
    best = newton(economy, np.zeros(len(economy.income)), tol=tol, most=most)
    spent, tried = best.steps, [best.method]
    for method in (along_path, accelerated):
        if best.residual <= tol or spent >= most:
            break
        found = method(economy, base_flows, start=best, tol=tol, most=most - spent)
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
    path = [_system(one) for one in _milder(economy, base_flows)]
    root = follow(path, np.zeros_like(start.state.x), goal=SHARPER * tol, enough=tol, most=most)
    return _ended(economy, evaluate(economy, root.point.x), steps=root.steps, method="path")


def _milder(economy: Economy, base_flows: FloatArray) -> Iterator[Economy]:
    open_flows = economy.open_flows
    for part in PATH:
        still = part == PATH[-1]
        left = (open_flows > 0) | (base_flows == 0)
        ratio = np.divide(open_flows, base_flows, out=np.ones_like(base_flows), where=base_flows > 0)
        flows = open_flows if still else base_flows * np.where(left, ratio**part, 1 - part)
        yield replace(
            economy,
            open_flows=flows,
            log_productivity=part * economy.log_productivity,
            together=economy.together if still else None,
        )


def accelerated(economy: Economy, base_flows: FloatArray, *, start: Search, tol: float, most: int) -> Search:  # noqa: ARG001 - one form for all methods
    """The fixed point of the model, with Anderson's memory of six; a plain step is excess / (1 + theta + psi)."""

    def advance(x: FloatArray) -> FloatArray:
        state = evaluate(economy, x)
        return np.asarray(x + state.excess / (1 + float(economy.theta) + economy.psi))

    def distance(x: FloatArray, image: FloatArray) -> float:
        return float(np.abs(image - x).max())

    origin = start.state.x if np.isfinite(start.residual) else np.zeros_like(start.state.x)
    found = anderson(advance, origin, distance=distance, tol=SHARPER * tol, most=most)
    return _ended(economy, evaluate(economy, found.point), steps=found.steps, method="anderson")
