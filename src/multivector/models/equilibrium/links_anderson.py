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
    """Repeat `advance` until `distance(point, advance(point))` is at most `tol`, or `most` times.

    Anderson (1965), https://doi.org/10.1145/321296.321305, mixing 1 and a memory of 6, in the differences form of
    Walker & Ni (2011), https://doi.org/10.1137/10078356X. What is given back is the last advance and never a mixture.

    Raises:
        FloatingPointError: never by itself; `advance` decides.
    """
    point, image = start, advance(start)
    error = distance(point, image)
    gaps: list[FloatArray] = []
    images: list[FloatArray] = []
    gap = image - point
    steps = 1
    while error > tol and steps < most and np.isfinite(error):
        mixed = image - _correction(gaps, images, gap) if gaps else image
        point, before, gap_before, error_before = mixed, image, gap, error
        image = advance(point)
        gap = image - point
        error = distance(point, image)
        steps += 1
        if not np.isfinite(error) or error > 2 * error_before:
            gaps, images = [], []  # the mixture led astray: go on from where it was mixed
            point, image = before, advance(before)
            gap, error = image - point, distance(point, image)
            steps += 1
            continue
        gaps, images = [*gaps, (gap - gap_before)][-MEMORY:], [*images, (image - before)][-MEMORY:]
    return FixedPoint(point=image, steps=steps, error=float(error))


def _correction(gaps: list[FloatArray], images: list[FloatArray], gap: FloatArray) -> FloatArray:
    """The mix of past moves of the image whose moves of the gap come closest to the present gap."""
    moves = np.stack([one.ravel() for one in gaps])
    gram = moves @ moves.T
    ridge = 1e-14 * np.trace(gram)
    weights = np.linalg.solve(gram + ridge * np.eye(len(gaps)), moves @ gap.ravel())
    mixed: FloatArray = np.tensordot(weights, np.stack(images), axes=1)
    return mixed
