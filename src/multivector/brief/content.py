"""What a brief says, before anybody decides how it looks: figures, and a tree of blocks that point at them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from multivector.brief.amounts import AmountCharts

Form = Literal["value", "range", "full"]  # the figure alone, its range alone, both
FigureStatus = Literal["observed", "derived", "modelled", "judged", "claim", "plan", "forecast", "unknown"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that the brief shows, with everything needed to check it.

    `value` null: unknown, or known only as a range. `facts`: row ids. `inputs`: other figures it was made of.
    `formula`: methods page and anchor. `command` prints the figure again, to the last digit.
    """

    id: str
    label: str
    section: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    status: FigureStatus
    channel: str | None
    pole: str | None
    period: str
    formula: str
    facts: tuple[str, ...]
    command: str
    inputs: tuple[str, ...] = ()
    source: str | None = None
    sources: int = 1
    covered: float | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """A place in a sentence where a figure stands."""

    figure: str
    form: Form = "value"


Sentence = tuple["str | Ref", ...]


@dataclass(frozen=True, slots=True)
class PoleStyle:
    """A pole as shown: key, label, and the place of its colour."""

    key: str
    label: str
    color: str


@dataclass(frozen=True, slots=True)
class Key:
    """One of the figures under the headline."""

    figure: str
    says: str
    more: Sentence


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the balance matrix; `spark` are figures of one source, one a year, oldest first."""

    pole: str
    figure: str
    spark: tuple[str, ...]
    lead: bool


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One measure across the poles. A row without cells says what would fill it."""

    channel: str
    measure: str
    label: str
    period: str
    note: str
    cells: tuple[Cell, ...]
    rest: str | None
    coverage: str | None
    fills: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The emblem of the brief: channels by poles."""

    rows: tuple[MatrixRow, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One pair of holds: the pole's over the pivot, and the pivot's over the pole; null where none is known."""

    left: str | None
    left_says: str
    right: str | None
    right_says: str


@dataclass(frozen=True, slots=True)
class Leverage:
    """Who needs whom, one pole at a time."""

    lanes: tuple[tuple[str, tuple[Lane, ...]], ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: figures of one pole and one source, oldest first; `joined` points are linked."""

    pole: str
    label: str
    figures: tuple[tuple[int, str], ...]
    joined: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """One small multiple: a measure through time."""

    id: str
    title: str
    says: str
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Charts:
    """Small multiples side by side."""

    charts: tuple[Chart, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Partner:
    """The largest partner of a pole in one direction, for the map."""

    pole: str
    partner: str
    figure: str
    direction: Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class MapBlock:
    """The pivot among its poles, with the largest flows."""

    id: str
    members: tuple[tuple[str, frozenset[str]], ...]
    partners: tuple[Partner, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class LegLine:
    """A leg on the map: where it runs, whose it is, how wide. `figure` with `label`: named beside the line.

    `pole` null: the pivot's own, or nobody's among the poles. `weight`: width only, of 1 for the widest; no number.
    """

    leg: str
    label: str
    pole: str | None
    figure: str | None
    weight: float
    mode: str
    coordinates: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class CorridorView:
    """One picture of a network."""

    id: str
    title: Sentence
    lines: tuple[LegLine, ...]


@dataclass(frozen=True, slots=True)
class CorridorMaps:
    """A network before and after something closes; `routes`: name, figure before, figure after."""

    views: tuple[CorridorView, ...]
    routes: tuple[tuple[str, str, str], ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Movement:
    """A change within one source between two years."""

    figure: str
    pole: str
    before: str
    after: str
    says: Sentence


@dataclass(frozen=True, slots=True)
class Movements:
    """The largest changes."""

    items: tuple[Movement, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """One quantity that two statements give differently; each end is a figure."""

    label: str
    period: str
    small: str
    small_by: str
    large: str
    large_by: str
    gap: str
    agree: bool


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Where the sources disagree, side by side, never averaged."""

    items: tuple[Conflict, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Table:
    """A plain table: headings, and rows of sentences."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Sentence, ...], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A list of plain sentences: caveats, unknowns."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands that reproduce the page."""

    items: tuple[tuple[str, str], ...]


Block = (
    Matrix
    | Leverage
    | Charts
    | AmountCharts
    | MapBlock
    | CorridorMaps
    | Movements
    | Conflicts
    | Table
    | Words
    | Commands
)


@dataclass(frozen=True, slots=True)
class Section:
    """A question, its answer in one sentence, and the blocks that show it."""

    key: str
    question: str
    finding: Sentence
    side: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Brief:
    """The whole page."""

    pivot: str
    name: str
    as_of: dt.date
    dated: bool
    version: str
    data_hash: str
    worldview: str
    poles: tuple[PoleStyle, ...]
    headline: Sentence
    deck: tuple[Sentence, ...]
    keys: tuple[Key, ...]
    sections: tuple[Section, ...]
    figures: Mapping[str, Figure]
    facts: pl.DataFrame
    sources: pl.DataFrame
    caveats: tuple[str, ...]
    command: str
