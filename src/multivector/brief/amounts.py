"""Lines of amounts through time, as a brief says them before anybody draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["counted", "mirrored", "norm"]  # what the sender counts, what the receiver counts, what a norm allows


@dataclass(frozen=True, slots=True)
class AmountPoint:
    """One point: `at` in years, its middle (2022.5), `height` in the chart's unit.

    `figure` null: drawn only, and a table of the lens prints it. `flagged`: the count cannot be used.
    """

    at: float
    height: float
    figure: str | None = None
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class AmountLine:
    """One line, oldest point first."""

    label: str
    part: Part
    points: tuple[AmountPoint, ...]


@dataclass(frozen=True, slots=True)
class AmountMark:
    """A moment: a vertical rule with words beside it."""

    at: float
    says: str


@dataclass(frozen=True, slots=True)
class AmountChart:
    """One picture. `between`: the space between what was counted and mirrored is shaded."""

    id: str
    title: str
    says: str
    unit: str
    lines: tuple[AmountLine, ...]
    marks: tuple[AmountMark, ...]
    between: bool


@dataclass(frozen=True, slots=True)
class AmountCharts:
    """Pictures side by side."""

    charts: tuple[AmountChart, ...]
    caption: str
