"""Wages that clear all markets of the multi-sector model, for many scenarios at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.multi_terms import State, Terms, chosen, evaluate, newton_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.intp]

LONGEST_STEP: Final = 0.5  # of a log wage; keeps Newton inside the region where its lines describe the curves
HALVINGS: Final = 12  # a step shorter than 1/4096 of Newton's is a stall


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Log wages (S, N), their residual and the steps spent (S,)."""

    x: FloatArray
    residual: FloatArray
    steps: NDArray[np.int64]


def newton(terms: Terms, start: FloatArray, *, target: float, most: NDArray[np.int64]) -> Search:
    """Damped Newton steps from log wages `start` (S, N) until the residual is below `target`, it stalls or `most` (S,).

    A step is cut to 0.5 and halved until the sum of relative excess demands falls. Scenarios that are done are left
    out of the steps that others still need.
    """
    x, residual = start.copy(), np.full(len(start), np.inf)
    steps = np.zeros(len(start), dtype=np.int64)
    active = np.arange(len(start))
    within, state = terms, evaluate(terms, start)
    residual[:] = state.residual
    while True:
        going = (state.residual > target) & np.isfinite(state.residual) & (steps[active] < most[active])
        if not going.any():
            return Search(x, residual, steps)
        if not going.all():
            kept = np.flatnonzero(going)
            active, within, state = active[kept], chosen(within, kept), _only(state, kept)
        step = newton_step(within, state)
        step *= np.minimum(1.0, LONGEST_STEP / np.maximum(np.abs(step).max(axis=1, keepdims=True), LONGEST_STEP))
        state, moved = _descend(within, state, step)
        steps[active] += 1
        x[active], residual[active] = state.x, state.residual
        if not moved.all():
            kept = np.flatnonzero(moved)
            if not kept.size:
                return Search(x, residual, steps)
            active, within, state = active[kept], chosen(within, kept), _only(state, kept)


def _descend(terms: Terms, state: State, step: FloatArray) -> tuple[State, NDArray[np.bool_]]:
    """The state after the longest halved step that lowers the merit, and for which scenarios there was one."""
    before = _merit(state)
    length = np.ones(len(step))
    trial = evaluate(terms, state.x + step)
    better = _merit(trial) < before
    for _ in range(HALVINGS):
        if better.all():
            break
        length[~better] /= 2
        trial = evaluate(terms, state.x + length[:, None] * step)
        better |= _merit(trial) < before
    if better.all():
        return trial, better
    x = np.where(better[:, None], trial.x, state.x)
    return evaluate(terms, x), better


def _merit(state: State) -> FloatArray:
    """Sum of relative excess demands, (S,); infinite where a spending is not positive."""
    merit = np.abs(state.excess / state.earned).sum(axis=1) + np.abs(
        state.numeraire / state.earned.sum(axis=1)[:, None]
    ).max(axis=1)
    return np.where(np.isfinite(state.residual), merit, np.inf)


def _only(state: State, which: IntArray) -> State:
    return State(**{name: getattr(state, name)[which] for name in State.__slots__})
