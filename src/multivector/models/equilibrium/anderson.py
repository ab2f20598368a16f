"""A fixed point, faster than by plain repetition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

MEMORY: Final = 6
ASTRAY: Final = 2.0  # times the last distance
RIDGE: Final = 1e-14  # relative, against moves that repeat each other


@dataclass(frozen=True, slots=True, eq=False)
class FixedPoint:
    """Where the repetition ended: `point`, `steps` taken, `error`: the last measured distance."""

    point: FloatArray
    steps: int
    error: float


def anderson(
    advance: Callable[[FloatArray], FloatArray],
    start: FloatArray,
    *,
    distance: Callable[[FloatArray, FloatArray], float],
    tol: float,
    most: int,
) -> FixedPoint:
    """Repeat `advance` until `distance(point, advance(point))` is at most `tol`, or `most` times, 1 or more.

    Anderson (1965), https://doi.org/10.1145/321296.321305, mixing 1 and a memory of 6, in the differences form of
    Walker & Ni (2011), https://doi.org/10.1137/10078356X. What is given back is the last advance, never a mixture.

    Raises:
        Whatever `advance` raises; nothing of its own. Where it ends is told by `error`.
    """
    image = advance(start)
    error = distance(start, image)
    gap = image - start
    gap_moves, image_moves = np.empty((2, MEMORY, start.size))
    steps, kept = 1, 0
    while error > tol and steps < most and np.isfinite(error):
        before, gap_before, error_before = image, gap, error
        point = image if kept == 0 else image - _correction(gap_moves, image_moves, gap, kept=min(kept, MEMORY))
        image = advance(point)
        error, gap, steps = distance(point, image), image - point, steps + 1
        if error > ASTRAY * error_before or not np.isfinite(error):
            if steps == most:
                image, error = before, error_before
                break
            image, kept = advance(before), 0  # the mixture led astray: forget, and go on from what it was mixed of
            error, gap, steps = distance(before, image), image - before, steps + 1
            continue
        gap_moves[kept % MEMORY], image_moves[kept % MEMORY] = (gap - gap_before).ravel(), (image - before).ravel()
        kept += 1
    return FixedPoint(point=image, steps=steps, error=float(error))


def _correction(gap_moves: FloatArray, image_moves: FloatArray, gap: FloatArray, *, kept: int) -> FloatArray:
    """The mix of past moves of the image whose moves of the gap come closest to the present gap."""
    moves = gap_moves[:kept]
    gram = moves @ moves.T
    gram.flat[:: kept + 1] *= 1 + RIDGE
    weights = np.linalg.lstsq(gram, moves @ gap.ravel(), rcond=None)[0]
    mixed: FloatArray = (weights @ image_moves[:kept]).reshape(gap.shape)
    return mixed
