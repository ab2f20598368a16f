"""How a measure moved: one small multiple as a Vega-Lite spec, its lines labelled at their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from multivector.brief.content import Brief, Chart, Figure, PoleStyle, Series
from multivector.brief.display import shown
from multivector.brief.map_given import INKS, POLE_COLOURS, REST, SANS, SPARE_COLOURS, Ink, Theme

if TYPE_CHECKING:
    import altair as alt

WIDTH_PX, HEIGHT_PX = 344, 216  # of the whole picture: three stand side by side on a page of 1,080 px
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 36, 92, 10, 24
LEADING_PX: Final = 15  # between two labels
_STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)  # between grid lines, share
_MOST_STEPS: Final = 4
_SPARE: Final = dict(zip(("spare1", "spare2", "spare3"), SPARE_COLOURS, strict=True))
_TO_LABEL_PX: Final = 14
_DIGITS: Final = 6  # of shares, some of which are thousandths
_EMPTY: Final = 0.6  # a range wider than this says next to nothing and is left to the table


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of a chart: its year, its height (the value, or what it is at least) and its ends, shares."""

    year: int
    height: float
    low: float
    high: float
    is_value: bool
    figure: Figure


@dataclass(frozen=True, slots=True)
class Line:
    """The points of one pole in one source."""

    pole: str
    label: str
    colour: str
    joined: bool
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring years of a line that all have values, or a stretch in which some have only bounds."""

    is_value: bool
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Axes:
    """The frame of a chart: years on the x axis, shares from 0 to `top` in steps on the y axis."""

    first: int
    last: int
    top: float
    step: float


def chart_spec(brief: Brief, chart: Chart, *, theme: Theme = "light") -> dict[str, Any]:
    """Draw one measure through time: lines within one source, their bands, rings for other sources."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    ink, lines = INKS[theme], chart_lines(brief, chart)
    axes = _axes(lines)
    layers = [_bands(lines, axes), *_strokes(lines), _points(lines, ink, axes), *_labels(lines, ink, axes)]
    spec = alt.layer(*layers).resolve_scale(y="shared", x="shared")
    spec = spec.properties(
        width=WIDTH_PX - LEFT_PX - RIGHT_PX,
        height=HEIGHT_PX - TOP_PX - BOTTOM_PX,
        padding={"left": LEFT_PX, "right": RIGHT_PX, "top": TOP_PX, "bottom": BOTTOM_PX},
        autosize=alt.AutoSizeParams(type="none"),
        description=f"{chart.title}. {chart.says} {_described(lines)}",
    )
    spec = spec.configure(background=ink.paper, font=SANS).configure_view(stroke=None).configure_mark(aria=False)
    made: dict[str, Any] = spec.to_dict(
        validate=False
    )  # the tests check it against the schema; here it would cost seconds
    made["encoding"] = _encoding(axes, ink)
    return made


def pole_colour(style: PoleStyle) -> str:
    """The one colour of a pole."""
    return (POLE_COLOURS | _SPARE).get(style.color, REST)


def chart_lines(brief: Brief, chart: Chart) -> tuple[Line, ...]:
    """The chart's series as lines of points."""
    colours = {style.key: pole_colour(style) for style in brief.poles}
    return tuple(_line(brief.figures, series, colours[series.pole]) for series in chart.series)


def _line(figures: Mapping[str, Figure], series: Series, colour: str) -> Line:
    points = (_point(year, figures[one]) for year, one in series.figures)
    return Line(series.pole, series.label, colour, series.joined, tuple(points))


def _point(year: int, figure: Figure) -> Point:
    low = figure.low if figure.low is not None else figure.value or 0.0
    high = figure.high if figure.high is not None else (1.0 if figure.value is None else figure.value)
    height = low if figure.value is None else figure.value
    return Point(year, height, low, high, figure.value is not None, figure)


def _axes(lines: Sequence[Line]) -> Axes:
    points = [point for line in lines for point in line.points]
    # An end that only says "no more than everything" would flatten the rest of the picture: its band is cut off.
    reach = max(p.high if p.is_value and line.joined else p.height for line in lines for p in line.points)
    step = next((step for step in _STEPS if reach <= step * _MOST_STEPS), _STEPS[-1])
    years = [point.year for point in points]
    count = next(count for count in range(1, 101) if count * step >= min(reach, 1.0) - 1e-9)
    return Axes(min(years), max(*years, min(years) + 1), min(count * step, 1.0), step)


def _encoding(axes: Axes, ink: Ink) -> dict[str, Any]:
    """Shared axes: hairlines at each step, the percent sign once, the first, middle and last year."""
    ticks = [round(axes.step * place, 4) for place in range(round(axes.top / axes.step) + 1)]
    middle = (axes.first + axes.last) // 2
    label = f"format(datum.value * 100, 'd') + (datum.value >= {axes.top - 1e-9} ? '\u202f%' : '')"
    text = {"labelColor": ink.muted, "labelFontSize": 12, "title": None, "ticks": False}
    return {
        "x": {
            "field": "year",
            "type": "quantitative",
            "scale": {"domain": [axes.first, axes.last], "nice": False, "zero": False},
            "axis": {
                **text, "values": sorted({axes.first, middle, axes.last}), "format": "d", "grid": False,
                "domainColor": ink.muted, "labelPadding": 6, "labelFlush": False,
            },
        },
        "y": {
            "field": "height",
            "type": "quantitative",
            "scale": {"domain": [0, axes.top], "nice": False},
            "axis": {
                **text, "values": ticks, "labelExpr": label, "domain": False, "gridColor": ink.line, "labelPadding": 8,
            },
        },
    }  # fmt: skip


def _bands(lines: Sequence[Line], axes: Axes) -> alt.Chart:
    """What the rows of the joined source allow: pale, and paler where no value stands inside."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    rows = [
        {
            "year": point.year, "low": round(point.low, _DIGITS), "high": round(min(point.high, axes.top), _DIGITS),
            "run": f"{line.pole} {number}", "colour": line.colour, "wash": 0.16 if run.is_value else 0.06,
        }
        for line in lines
        if line.joined
        for number, run in enumerate(_runs(line.points))
        if all(point.high - point.low <= _EMPTY for point in run.points)
        for point in run.points
    ]  # fmt: skip
    band: alt.Chart = (
        alt.Chart(alt.InlineData(rows))
        .mark_area()
        .encode(
            y="low:Q",
            y2="high",
            detail="run:N",
            fill=alt.Fill("colour:N", scale=None),
            fillOpacity=alt.FillOpacity("wash:Q", scale=None),
        )
    )
    return band


def _strokes(lines: Sequence[Line]) -> list[alt.Chart]:
    """Solid between two values, dashed where an end is only known to be at least so high."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    charts = []
    for dash, is_solid in (([1, 0], True), ([3, 3], False)):
        rows = [
            {
                "year": a.year, "height": round(a.height, _DIGITS),
                "year2": b.year, "height2": round(b.height, _DIGITS), "colour": line.colour,
            }
            for line in lines
            if line.joined
            for a, b in pairwise(line.points)
            if (a.is_value and b.is_value) == is_solid
        ]  # fmt: skip
        base = alt.Chart(alt.InlineData(rows))
        mark = base.mark_rule(strokeWidth=1.8, strokeCap="round", strokeDash=dash)
        charts += [mark.encode(x2="year2", y2="height2", stroke=alt.Stroke("colour:N", scale=None))] if rows else []
    return charts


def _runs(points: Sequence[Point]) -> list[Run]:
    """Stretches of years with values and without; a stretch without reaches to the values beside it."""
    runs: list[Run] = []
    for a, b in pairwise(points):
        is_value = a.is_value and b.is_value
        says_little = max(a.high - a.low, b.high - b.low) > _EMPTY
        if runs and runs[-1].is_value == is_value and not says_little and runs[-1].points[-1] is a:
            runs[-1] = Run(is_value, (*runs[-1].points, b))
        else:
            runs.append(Run(is_value, (a, b)))
    return runs


def _points(lines: Sequence[Line], ink: Ink, axes: Axes) -> alt.Chart:
    """A dot for each value, a small one for a bound; a ring for each figure of another source."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    rows = [
        {
            "year": point.year, "height": round(min(point.height, axes.top), _DIGITS), "figure": point.figure.id,
            "colour": line.colour,
            "fill": line.colour if line.joined else ink.paper,
            "size": (26 if point.is_value else 9) if line.joined else 48,
        }
        for line in lines
        for point in line.points
    ]  # fmt: skip
    mark = alt.Chart(alt.InlineData(rows)).mark_point(opacity=1, strokeWidth=1.8, aria=True)
    points: alt.Chart = mark.encode(
        fill=alt.Fill("fill:N", scale=None),
        stroke=alt.Stroke("colour:N", scale=None),
        size=alt.Size("size:Q", scale=None),
    )
    return points


def _labels(lines: Sequence[Line], ink: Ink, axes: Axes) -> list[alt.Chart]:
    """Each pole's newest figure beside the last year, in ink, joined to its point by a hairline of its colour."""
    import altair as alt  # lazy: half a second that only a drawn picture pays

    ends = _ends(lines)
    years_per_px = (axes.last - axes.first) / (WIDTH_PX - LEFT_PX - RIGHT_PX)
    rows = [
        {
            "year": point.year, "height": round(point.height, _DIGITS), "height2": round(at, _DIGITS),
            "year2": round(axes.last + _TO_LABEL_PX * years_per_px, 3),
            "text": f"{line.label} {shown(point.figure).number}", "figure": point.figure.id, "colour": line.colour,
        }
        for (line, point), at in zip(ends, _spread([point.height for _, point in ends], axes), strict=True)
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(rows))
    leader = base.mark_rule(strokeWidth=0.8, strokeDash=[1, 2])
    text = base.mark_text(align="left", baseline="middle", dx=4, fontSize=13, fill=ink.ink, aria=True)
    return [
        leader.encode(x2="year2", y2="height2", stroke=alt.Stroke("colour:N", scale=None)),
        text.encode(x="year2:Q", y="height2:Q", text="text:N"),
    ]


def _ends(lines: Sequence[Line]) -> list[tuple[Line, Point]]:
    """One label a pole, at its newest year: a value before a bound, a line's before a ring's."""
    best: dict[str, tuple[Line, Point]] = {}
    for line in lines:
        for point in line.points:
            held = best.get(line.pole)
            if held is None or _weight(line, point) > _weight(*held):
                best[line.pole] = (line, point)
    return sorted(best.values(), key=lambda end: (end[1].height, end[0].pole))


def _weight(line: Line, point: Point) -> tuple[int, bool, bool]:
    return (point.year, point.is_value, line.joined)


def _spread(heights: Sequence[float], axes: Axes) -> list[float]:
    """Rising heights moved apart until no two labels touch, as little as that takes."""
    gap = LEADING_PX / (HEIGHT_PX - TOP_PX - BOTTOM_PX) * axes.top
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap) if placed else height)
    over = placed[-1] - axes.top
    for place in reversed(range(len(placed))):
        ceiling = placed[place + 1] - gap if place + 1 < len(placed) else axes.top
        placed[place] = min(placed[place], ceiling) if over > 0 else placed[place]
    return placed


def _described(lines: Sequence[Line]) -> str:
    ends = [f"{line.label} {shown(point.figure).value} in {point.year}" for line, point in reversed(_ends(lines))]
    return "Newest: " + ", ".join(ends) + "."
