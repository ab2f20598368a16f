"""Wages that clear all markets of the multi-sector model, for many scenarios at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.many.terms import (
    State,
    Terms,
    evaluate,
    gap_of,
    slopes,
    some_states,
    some_terms,
    with_states,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.intp]

LONGEST_STEP: Final = 0.5  # of a log wage; keeps steps where slopes still describe the curves
GOOD_STEP: Final = 0.2  # of the merit before; a step that leaves more has outlived its slopes
PIVOT: Final = 1e-3  # of the step squared; below it a correction of slopes says more of rounding than of slopes
HALVINGS: Final = 6  # a step below 1/64 of Newton's is a stall: another way is tried


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Log wages (S, N), their residual (S,) and the steps spent (S,)."""

    x: FloatArray
    residual: FloatArray
    steps: IntArray


def newton(terms: Terms, start: FloatArray, *, target: float, most: IntArray, near: FloatArray | None = None) -> Search:
    """Steps from log wages `start` (S, N) until the residual is at most `target`, it stalls or `most` (S,) are spent.

    Slopes are kept, and corrected by what each step shows, while steps cut the sum of relative excess demands fivefold,
    else computed anew (Newton). A step is cut to 0.5 and, with new slopes, halved until that sum falls. Who is done is
    left out of further steps.
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
        step = -np.matmul(inverse, gap_of(state)[:, :, None])[:, :, 0]
        step *= LONGEST_STEP / np.maximum(np.abs(step).max(axis=1, keepdims=True), LONGEST_STEP)
        trial = _lower(terms, state, step, is_new=is_old)
        is_better = trial.merit < state.merit
        is_stalled, is_old = is_old & ~is_better, ~(trial.merit < GOOD_STEP * state.merit)
        after = with_states(trial, np.flatnonzero(~is_better), state)
        _learn(inverse, after.x - state.x, gap_of(after) - gap_of(state))
        state = after
        found.steps[active] += 1
        found.x[active], found.residual[active] = state.x, state.residual


def _learn(inverse: FloatArray, step: FloatArray, change: FloatArray) -> None:
    """Make the inverse slopes (S, N, N) agree with what the last step changed, both (S, N).

    H + (s - H y) s'H / (s'H y): Broyden, C. G. (1965), Math. Comput. 19, doi:10.1090/S0025-5718-1965-0198670-6.
    """
    foreseen = np.matmul(inverse, change[:, :, None])
    row = np.matmul(step[:, None, :], inverse)
    pivot = np.matmul(row, change[:, :, None])
    is_sound = np.abs(pivot) > PIVOT * np.square(step).sum(axis=1)[:, None, None]
    inverse += np.where(is_sound, (step[:, :, None] - foreseen) / np.where(is_sound, pivot, 1.0), 0.0) * row


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
