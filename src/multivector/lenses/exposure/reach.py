"""How far a printed figure reaches: half a unit of its last digit, or as far as its wording lets it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from multivector.models.indices import MOST_OVER_ONE

WHOLE: Final = 1.0 + MOST_OVER_ONE  # parts may exceed their total by so much through rounding; past it one is wrong


@dataclass(frozen=True, slots=True)
class Reach:
    """Ends of what a printed figure can mean; `high` infinite where only a floor is printed."""

    low: float
    high: float

    @property
    def is_floor(self) -> bool:
        """Whether the source says only "at least"."""
        return math.isinf(self.high)


def reach(figure: float, half: float, qualifier: str, about: float) -> Reach:
    """Ends of a figure.

    Exact: ± half a unit of its last digit. `more_than` has no ceiling, `less_than` no floor, `about` ± a fraction.
    """
    match qualifier:
        case "more_than":
            return Reach(figure, math.inf)
        case "less_than":
            return Reach(0.0, figure)
        case "about":
            return Reach(max(min(figure - half, figure * (1 - about)), 0.0), max(figure + half, figure * (1 + about)))
        case _:
            return Reach(max(figure - half, 0.0), figure + half)
