"""What a map is drawn from: the pivot, its poles, its ties, the words of the legend and the colours of a theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

Worldview = Literal["un", "de_facto"]
Theme = Literal["light", "dark"]

POLE_COLOURS: Final = {"russia": "#D55E00", "china": "#E69F00", "west": "#0072B2", "turkic": "#009E73"}
SPARE_COLOURS: Final = ("#56B4E9", "#CC79A7", "#F0E442")  # what Okabe and Ito leave, in order, for a user's own poles
REST: Final = "#999999"
SANS: Final = "system-ui, 'Segoe UI', 'Noto Sans', sans-serif"
SERIF: Final = "Charter, Cambria, C059, Georgia, serif"


@dataclass(frozen=True, slots=True)
class MapPole:
    """A pole and the states (ISO alpha-3) whose land is washed in its colour."""

    pole: str
    label: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class MapFlow:
    """A great circle to one partner; `label` is printed as it is, its first line bold: name, then amount.

    `figure`: id of the figure whose amount the label prints; a page lets it open its rows.
    """

    pole: str
    partner: str
    label: str
    value: float
    unit: str
    direction: Literal["out", "in"]
    figure: str = ""


@dataclass(frozen=True, slots=True)
class MapRoute:
    """A line on the ground in the colour of the pole it crosses; an amount of None is unknown, and says so.

    `label` is printed as it is, its first line bold, in place of name and amount; a space prints nothing. `figure`: id
    of the figure whose amount the label prints.
    """

    name: str
    territory_pole: str | None
    amount: float | None
    unit: str
    coordinates: tuple[tuple[float, float], ...]
    mode: str
    label: str = ""
    figure: str = ""


@dataclass(frozen=True, slots=True)
class MapWords:
    """The legend's words, for other languages."""

    disputed: str = "disputed, drawn in the {view} view"
    un: str = "UN"
    de_facto: str = "de facto"
    unknown: str = "unknown"
    widest: str = "widest line {amount}"
    not_drawn: str = "not on the map: {names}"


@dataclass(frozen=True, slots=True)
class MapInput:
    """What one map shows; `caption` becomes the picture's description, `unknown` are states without any row."""

    pivot: str
    poles: tuple[MapPole, ...]
    flows: tuple[MapFlow, ...]
    worldview: Worldview
    caption: str
    routes: tuple[MapRoute, ...] = ()
    unknown: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    words: MapWords = MapWords()


@dataclass(frozen=True, slots=True)
class Ink:
    """The colours of one theme."""

    paper: str
    ink: str
    muted: str
    hatch: str
    sea: str
    land: str
    coast: str
    line: str


INKS: Final[Mapping[Theme, Ink]] = MappingProxyType(
    {
        "light": Ink("#fdfcf8", "#1b1b1e", "#5b5a60", "#bdb9ad", "#eef1f1", "#fbfaf5", "#cfccc1", "#d9d6cc"),
        "dark": Ink("#151619", "#f2f0eb", "#aeaca6", "#5a5a60", "#1a1c20", "#222429", "#3d3f45", "#34353a"),
    }
)
