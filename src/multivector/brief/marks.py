"""How one figure stands on the page: its words with every digit behind them, and its place on a track from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from markupsafe import Markup

from multivector.brief.content import Brief, Figure, Form, Ref, Sentence
from multivector.brief.display import THIN, shown

Fill = Literal["full", "striped", "hatched"]
STATUS_WORDS: Final = {
    "observed": "somebody counted it",
    "derived": "arithmetic on rows",
    "modelled": "a solver or a fit",
    "judged": "an analyst’s estimate",
    "claim": "said by a party",
    "unknown": "never zero",
}
_BUTTON: Final = Markup(' tabindex="0" role="button" aria-expanded="false"')
SPARK_WIDTH, SPARK_HEIGHT = 68, 24  # px
_SPARK_EDGE: Final = 4  # px left free at either side, for the last dot
_SPARK_SPAN: Final = 0.24  # a sparkline spans 24 points, so that slopes compare


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure on the track: pale up to `pale`, then `fill` to `end`; an ink tick at `tick`. All in [0, 1]."""

    pale: float
    end: float
    fill: Fill
    tick: float | None


@dataclass(frozen=True, slots=True)
class Dot:
    """One year of a sparkline, px."""

    x: float
    y: float
    figure: Figure


@dataclass(frozen=True, slots=True)
class Spark:
    """A sparkline: the path through its dots, and the same in words."""

    path: str
    dots: tuple[Dot, ...]
    says: str


def exact(number: float | None) -> str:
    """Every digit of a number, as JSON writes it: null where it is unknown."""
    return "null" if number is None else repr(float(number))


def attributes(figure: Figure) -> Markup:
    """What lets a program read the figure off the page, to the last digit."""
    ends = [(name, end) for name, end in (("low", figure.low), ("high", figure.high)) if end is not None]
    head = Markup(' data-figure="{}" data-value="{}"').format(figure.id, exact(figure.value))
    return head + Markup("").join(Markup(' data-{}="{}"').format(name, exact(end)) for name, end in ends)


def figure_mark(figure: Figure, form: Form = "value") -> Markup:
    """The figure in words; its value is a button that opens the drawer, its range is muted."""
    words = shown(figure)
    if form == "range":
        return (
            Markup('<span class="rng"{}>{}</span>').format(attributes(figure), words.range) if words.range else Markup()
        )
    unit = Markup('<span class="u">{}{}</span>').format(THIN, words.unit) if words.unit else Markup()
    more = Markup(' <span class="rng">{}</span>').format(words.range) if form == "full" and words.range else Markup()
    return Markup('<span class="fig"{}{}>{}{}{}</span>').format(attributes(figure), _BUTTON, words.number, unit, more)


def sentence_mark(brief: Brief, sentence: Sentence) -> Markup:
    """A sentence with its figures; a bound is said in words there."""
    return Markup("").join(_said(brief, part) for part in sentence)


def _said(brief: Brief, part: str | Ref) -> Markup:
    if isinstance(part, str):
        return coded(part)
    mark = figure_mark(brief.figures[part.figure], part.form)
    return Markup(mark.replace(f"≥{THIN}", "at least ").replace(f"≤{THIN}", "at most "))  # noqa: S704 - escaped above


def coded(words: str) -> Markup:
    """Plain words in which `backticks` set off code."""
    pieces = words.split("`")
    codes = [Markup("<code>{}</code>").format(piece) if place % 2 else piece for place, piece in enumerate(pieces)]
    return Markup("").join(codes) if len(pieces) % 2 else Markup.escape(words)


def bar(figure: Figure) -> Bar:
    """The place of a share on the track."""
    low, high = figure.low or 0.0, 1.0 if figure.high is None else figure.high
    if figure.value is not None:
        pale = figure.value if figure.low is None else low
        return Bar(pale, figure.value if figure.high is None else high, "full", figure.value)
    sign = shown(figure).number[:1]
    if low > 0 and sign != "≤":
        return Bar(low, high, "striped", low if sign == "≥" else None)
    return Bar(0.0, high, "hatched", high if sign == "≤" else None)


def size(figure: Figure) -> float:
    """The length of a lane: the value, or what it is at least."""
    return min(figure.value if figure.value is not None else figure.low or 0.0, 1.0)


def spark(figures: Sequence[Figure], years: tuple[int, int]) -> Spark:
    """A sparkline on the common years of all sparklines of the page."""
    known = [(int(one.period[:4]), one.value, one) for one in figures if one.value is not None]
    values = [value for _, value, _ in known]
    middle = (max(values) + min(values)) / 2
    step = (SPARK_WIDTH - 2 * _SPARK_EDGE) / max(years[1] - years[0], 1)
    dots = tuple(
        Dot(
            x=round(_SPARK_EDGE + (year - years[0]) * step, 1),
            y=round(SPARK_HEIGHT * (0.5 - max(-0.5, min(0.5, (value - middle) / _SPARK_SPAN))), 1),
            figure=one,
        )
        for year, value, one in known
    )
    says = ", ".join(f"{year}: {shown(one).value}" for year, _, one in known)
    return Spark("M" + "L".join(f"{dot.x} {dot.y}" for dot in dots), dots, says)
