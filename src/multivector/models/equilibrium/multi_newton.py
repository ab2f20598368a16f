"""Wages that clear all markets of the multi-sector model, for many scenarios at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.multi_terms import (
    State,
    Terms,
    evaluate,
    slopes,
    some_states,
    some_terms,
    step_of,
    with_states,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.intp]

LONGEST_STEP: Final = 0.5  # of a log wage; keeps steps where slopes still describe the curves
GOOD_STEP: Final = 0.2  # of the merit before; a step that leaves more has outlived its slopes
HALVINGS: Final = 12  # a step below 1/4096 of Newton's is a stall


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Log wages (S, N), their residual (S,) and the steps spent (S,)."""

    x: FloatArray
    residual: FloatArray
    steps: IntArray


def newton(terms: Terms, start: FloatArray, *, target: float, most: IntArray, near: FloatArray | None = None) -> Search:
    """Steps from log wages `start` (S, N) until the residual is at most `target`, it stalls or `most` (S,) are spent.

    Slopes are kept while a step with them cuts the sum of relative excess demands fivefold, else taken anew (Newton). A
    step is cut to 0.5 and, with new slopes, halved until that sum falls. Who is done is left out of further steps.
    `near` (S, N, N): slopes of an equilibrium close by, to begin with.
    """
    state = evaluate(terms, start)
    found = Search(start.copy(), state.residual.copy(), np.zeros(len(start), dtype=np.intp))
    active = np.arange(len(start))
    inverse = np.empty((*start.shape, start.shape[1])) if near is None else near.copy()
    is_old = np.full(len(start), near is None)
    is_stalled = np.zeros(len(start), dtype=np.bool_)
    while True:
        going = (state.residual > target) & np.isfinite(state.residual) & (found.steps[active] < most[active])
        kept = np.flatnonzero(going & ~is_stalled)
        if not kept.size:
            return found
        if kept.size < active.size:
            active, terms, state = active[kept], some_terms(terms, kept), some_states(state, kept)
            inverse, is_old = inverse[kept], is_old[kept]
        if is_old.any():
            again = np.flatnonzero(is_old)
            inverse[again] = slopes(some_terms(terms, again), some_states(state, again))
        step = step_of(state, inverse)
        step *= LONGEST_STEP / np.maximum(np.abs(step).max(axis=1, keepdims=True), LONGEST_STEP)
        trial = _lower(terms, state, step, is_new=is_old)
        is_better = trial.merit < state.merit
        is_stalled, is_old = is_old & ~is_better, ~(trial.merit < GOOD_STEP * state.merit)
        state = with_states(trial, np.flatnonzero(~is_better), state)
        found.steps[active] += 1
        found.x[active], found.residual[active] = state.x, state.residual


def _lower(terms: Terms, state: State, step: FloatArray, *, is_new: NDArray[np.bool_]) -> State:
    """The states after the step, halved for scenarios with new slopes until their merit falls."""
    trial = evaluate(terms, state.x + step)
    for _ in range(HALVINGS):
        failing = np.flatnonzero(is_new & ~(trial.merit < state.merit))
        if not failing.size:
            break
        step[failing] /= 2
        trial = with_states(trial, failing, evaluate(some_terms(terms, failing), (state.x + step)[failing]))
    return trial
