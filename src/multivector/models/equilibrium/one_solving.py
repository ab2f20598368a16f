"""Prices that clear the markets of the one-sector model: Newton, then a path of milder shocks, then Anderson."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.links_anderson import anderson
from multivector.models.equilibrium.one_economy import Economy, State, evaluate, normalised, residual, slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

LONGEST_STEP: Final = 0.5  # of a log price; keeps Newton where its lines describe the curves
HALVINGS: Final = 12  # a step shorter than 1/4096 of Newton's is a stall
SHARPER: Final = 1e-3  # of the tolerance: the last step costs little and leaves batch and single solves equal
PATH: Final = (0.25, 0.5, 0.75, 1.0)
FAR: Final = 20.0  # a Newton step of a log price that only a nearly singular system asks for


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
    for method in (_along_path, _accelerated):
        if best.residual <= tol or spent >= most:
            break
        found = method(economy, base_flows, start=best, tol=tol, most=most - spent)
        spent, tried = spent + found.steps, [*tried, found.method]
        best = found if found.residual < best.residual else best
    return replace(best, steps=spent, method=", ".join(tried))


def newton(economy: Economy, start: FloatArray, *, tol: float, most: int) -> Search:
    """Damped Newton steps in log prices from `start` (N,) until the residual is far below `tol`, or it stalls."""
    state = evaluate(economy, start)
    steps = 0
    while steps < most and not residual_of_markets(state) <= SHARPER * tol:
        steps += 1
        trial = _descend(economy, state)
        if trial is None:
            break
        state = trial
    final = normalised(economy, state)
    return Search(final, float(residual(final)), steps, "newton")


def residual_of_markets(state: State) -> float:
    """Largest relative excess demand, before prices are normalised."""
    worst = float(np.abs(state.excess).max())
    return worst if np.isfinite(worst) and (state.spending > 0).all() else np.inf


def _descend(economy: Economy, state: State) -> State | None:
    """The state after the longest halved Newton step that lowers excess demand; None where there is none."""
    step = _newton_step(economy, state)
    if step is None:
        return None
    merit = _merit(state)
    for halving in range(HALVINGS + 1):
        trial = evaluate(economy, state.x + step / 2**halving)
        if _merit(trial) < merit:
            return trial
    return None


def _newton_step(economy: Economy, state: State) -> FloatArray | None:
    with np.errstate(all="ignore"):  # an overflow shows as a step that is not finite
        slope = slopes(economy, state)
    if not np.isfinite(slope).all():
        return None
    try:
        step = np.linalg.solve(slope, -state.excess)
    except np.linalg.LinAlgError:
        step = np.full_like(state.x, np.inf)
    if not np.abs(step).max() < FAR:  # links so thin that some prices are all but free: leave those in place
        step = np.linalg.lstsq(slope, -state.excess, rcond=1e-13)[0]
    longest = float(np.abs(step).max())
    return np.asarray(step * min(1.0, LONGEST_STEP / longest)) if longest > 0 else None


def _merit(state: State) -> float:
    if not (np.isfinite(state.excess).all() and (state.spending > 0).all()):
        return np.inf
    return float(np.abs(state.excess).sum())


def _along_path(economy: Economy, base_flows: FloatArray, *, start: Search, tol: float, most: int) -> Search:
    """Newton from solution to solution of milder shocks; flows under embargo fall in proportion until the last."""
    x, spent = np.zeros_like(start.state.x), 0
    found = start
    for mild in _milder(economy, base_flows):
        found = newton(mild, x, tol=tol, most=most - spent)
        spent, x = spent + found.steps, found.state.x
        if found.residual > tol or spent >= most:
            break
    return replace(found, residual=float(residual(found.state)), steps=spent, method="path")


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


def _accelerated(economy: Economy, base_flows: FloatArray, *, start: Search, tol: float, most: int) -> Search:  # noqa: ARG001 - one form for all methods
    """The fixed point of the model, with Anderson's memory of six; a plain step is excess / (1 + theta + psi)."""

    def advance(x: FloatArray) -> FloatArray:
        state = evaluate(economy, x)
        return np.asarray(x + state.excess / (1 + float(economy.theta) + economy.psi))

    def distance(x: FloatArray, image: FloatArray) -> float:
        return float(np.abs(image - x).max())

    origin = start.state.x if np.isfinite(start.residual) else np.zeros_like(start.state.x)
    found = anderson(advance, origin, distance=distance, tol=SHARPER * tol, most=most)
    final = normalised(economy, evaluate(economy, found.point))
    return Search(final, float(residual(final)), found.steps, "anderson")
