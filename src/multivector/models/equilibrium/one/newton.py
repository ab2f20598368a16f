"""Newton's method in logs for any system that can say its excess and its slopes, and along a path of such systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import numpy as np

from multivector.models.equilibrium.continuation import Stage, continued

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

LONGEST_STEP: Final = 0.5  # of a log price; keeps Newton where its lines describe the curves
HALVINGS: Final = 12  # a step shorter than 1/4096 of Newton's is a stall
FAR: Final = 20.0  # a step of a log price that only a nearly singular system asks for


class Point(Protocol):
    """Where a system stands: unknowns `x` (n,), log excess (n,), and whether all else is defined there."""

    @property
    def x(self) -> FloatArray: ...  # noqa: D102

    @property
    def excess(self) -> FloatArray: ...  # noqa: D102

    @property
    def sound(self) -> bool: ...  # noqa: D102


P = TypeVar("P", bound=Point)


@dataclass(frozen=True, slots=True, eq=False)
class System(Generic[P]):
    """`measure`: the point at unknowns (n,). `slopes`: how its excess moves with them, (n, n), regular."""

    measure: Callable[[FloatArray], P]
    slopes: Callable[[P], FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Root(Generic[P]):
    """The last point and the steps spent; `worst`: its largest excess, infinite where it is not sound."""

    point: P
    steps: int
    worst: float


def newton(system: System[P], start: FloatArray, *, goal: float, most: int) -> Root[P]:
    """Damped steps from `start` (n,) until the largest excess is at most `goal`, no step lowers excess, or `most`."""
    point = system.measure(start)
    steps = 0
    while steps < most and not worst(point) <= goal:
        steps += 1
        lower = _descend(system, point)
        if lower is None:
            break
        point = lower
    return Root(point, steps, worst(point))


def follow(
    system_at: Callable[[float], System[P]], start: FloatArray, *, goal: float, enough: float, most: int
) -> Root[P]:
    """Newton from root to root of ever more of a shock, in stages no longer than Newton can solve.

    `system_at`: the system under the shock to the power of a part in (0, 1]. `enough`: the excess at which the whole
    shock counts as solved. The point given back is always one of the whole shock.
    """

    def solve(part: float, x: FloatArray, aim: float, steps: int) -> Stage:
        root = newton(system_at(part), x, goal=aim, most=steps)
        return Stage(root.point.x, root.worst, root.steps)

    found = continued(solve, start, goal=goal, tol=enough, most=most)
    point = system_at(1.0).measure(found.x)
    return Root(point, found.steps, worst(point))


def worst(point: Point) -> float:
    """Largest excess; infinite where the point is not sound."""
    largest = float(np.abs(point.excess).max())
    return largest if np.isfinite(largest) and point.sound else np.inf


def _descend(system: System[P], point: P) -> P | None:
    """The point after the longest halved Newton step that lowers excess; None where there is none."""
    step = _step(system, point)
    if step is None:
        return None
    merit = _merit(point)
    for halving in range(HALVINGS + 1):
        trial = system.measure(point.x + step / 2**halving)
        if _merit(trial) < merit:
            return trial
    return None


def _step(system: System[P], point: P) -> FloatArray | None:
    with np.errstate(all="ignore"):  # an overflow shows as slopes that are not finite
        slope = system.slopes(point)
    if not (np.isfinite(slope).all() and np.isfinite(point.excess).all()):
        return None
    try:
        step = np.linalg.solve(slope, -point.excess)
    except np.linalg.LinAlgError:
        step = np.full_like(point.x, np.inf)
    if not np.abs(step).max() < FAR:  # links so thin that some prices are all but free: leave those in place
        step = np.linalg.lstsq(slope, -point.excess, rcond=1e-13)[0]
    longest = float(np.abs(step).max())
    return np.asarray(step * min(1.0, LONGEST_STEP / longest)) if 0 < longest < np.inf else None


def _merit(point: Point) -> float:
    return float(np.abs(point.excess).sum()) if np.isfinite(point.excess).all() and point.sound else np.inf
