"""From the base to a shock by stages that are as long as they can be solved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

FIRST: Final = 0.25  # of the shock
LONGER: Final = 1.7  # after a stage that was solved
SHORTER: Final = 0.5  # after one that was not
SHORTEST: Final = 1e-4  # of the shock
STAGE_STEPS: Final = 12  # of Newton: a stage that asks for more is cut
ON_THE_WAY: Final = 1e-7  # how close a stage before the last is solved


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Where a solver ended: unknowns `x`, its `error` there, and the steps spent."""

    x: FloatArray
    error: float
    steps: int


def continued(
    solve: Callable[[float, FloatArray, float, int], Stage], start: FloatArray, *, goal: float, tol: float, most: int
) -> Stage:
    """The unknowns at the whole shock, from stage to stage, within `most` steps; where it fails, those of the last.

    `solve(part, x, goal, most)` solves the shock to the power `part` from `x` until its error is at most `goal`. A
    stage starts on the line through the two before it (secant predictor), counts as solved within 1e-7, the last within
    `tol`, and is halved where 12 steps do not suffice: Allgower & Georg (2003), Introduction to Numerical Continuation
    Methods, chapter 6, https://doi.org/10.1137/1.9780898719154. `error` is infinite where the end was not reached.

    Raises:
        Whatever `solve` raises; nothing of its own.
    """
    x, speed = start, np.zeros_like(start)
    part, length, spent = 0.0, FIRST, 0
    while part < 1 and length >= SHORTEST and spent < most:
        end = min(1.0, part + length)
        aim, enough = (goal, tol) if end == 1 else (max(ON_THE_WAY, goal), max(ON_THE_WAY, tol))
        found = solve(end, x + speed * (end - part), aim, min(STAGE_STEPS, most - spent))
        spent += found.steps
        if found.error <= enough:
            speed = (found.x - x) / (end - part)
            x, part, length = found.x, end, length * LONGER
            error = found.error
        else:
            length = (end - part) * SHORTER
    return Stage(x, error if part == 1 else np.inf, spent)
