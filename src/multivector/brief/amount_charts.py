"""How an amount moved, and how far two counts of it lie apart: a Vega-Lite spec, lines labelled at their ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

from multivector.brief.amounts import AmountChart, AmountLine, AmountPoint, Part
from multivector.brief.map_given import INKS, POLE_COLOURS, SANS, Ink, Theme

if TYPE_CHECKING:
    import altair as alt

WIDTH_PX, HEIGHT_PX = 344, 216  # of the whole picture: the size of every small multiple of the page
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 50, 98, 22, 24
LEADING_PX: Final = 15  # between two labels
_STEPS: Final = (1, 2, 2.5, 5, 10)
_MOST_STEPS: Final = 4
_FEW_YEARS: Final = 6


def amount_spec(chart: AmountChart, *, theme: Theme = "light") -> dict[str, Any]:
    """Draw the lines from nought up: solid what was counted, dashed a norm; a flagged point is hollow and unjoined."""
    import altair as alt  # noqa: PLC0415 - half a second that only a drawn picture pays

    ink, top = INKS[theme], _top(chart)
    layers = [*_between(chart), *_moments(chart, ink, top), *_strokes(chart, ink), *_dots(chart, ink)]
    layers += _labels(chart, ink, top)
    spec = alt.layer(*layers).resolve_scale(y="shared", x="shared")
    spec = spec.properties(
        width=WIDTH_PX - LEFT_PX - RIGHT_PX,
        height=HEIGHT_PX - TOP_PX - BOTTOM_PX,
        padding={"left": LEFT_PX, "right": RIGHT_PX, "top": TOP_PX, "bottom": BOTTOM_PX},
        autosize=alt.AutoSizeParams(type="none"),
        description=f"{chart.title}. {chart.says} {_described(chart)}",
    )
    spec = spec.configure(background=ink.paper, font=SANS).configure_view(stroke=None).configure_mark(aria=False)
    made: dict[str, Any] = spec.to_dict(validate=False)  # the tests check it; here it would cost seconds
    made["encoding"] = _encoding(chart, ink, top)
    return made


def colour(part: Part, ink: Ink) -> str:
    """What a sender counts is drawn in colour, what a receiver counts in ink, a norm in grey."""
    return {"counted": POLE_COLOURS["west"], "mirrored": ink.ink, "norm": ink.muted}[part]


def _step(chart: AmountChart) -> float:
    reach = max(point.height for line in chart.lines for point in line.points) or 1.0
    size = 10.0 ** math.floor(math.log10(reach / _MOST_STEPS))
    return next(step * size for step in _STEPS if reach <= step * size * _MOST_STEPS + 1e-9)


def _top(chart: AmountChart) -> float:
    step = _step(chart)
    reach = max(point.height for line in chart.lines for point in line.points)
    return max(math.ceil(reach / step - 1e-9), 1) * step


def _ends(chart: AmountChart) -> tuple[float, float]:
    at = [point.at for line in chart.lines for point in line.points]
    return min(at), max(at)


def _encoding(chart: AmountChart, ink: Ink, top: float) -> dict[str, Any]:
    first, last = _ends(chart)
    years = range(math.floor(first), math.floor(last) + 1)
    kept = [year + 0.5 for year in years if len(years) <= _FEW_YEARS or year % 2 == 0]
    text = {"labelColor": ink.muted, "labelFontSize": 12, "title": None, "ticks": False}
    ticks = [round(_step(chart) * place, 6) for place in range(round(top / _step(chart)) + 1)]
    shown = f"format(datum.value, '{',d' if _step(chart) >= 1 else '.2~f'}')"
    return {
        "x": {
            "field": "at",
            "type": "quantitative",
            "scale": {"domain": [first, last], "nice": False, "zero": False},
            "axis": {
                **text, "values": [year for year in kept if first <= year <= last],
                "labelExpr": "format(floor(datum.value), 'd')", "grid": False,
                "domainColor": ink.muted, "labelPadding": 6, "labelFlush": False,
            },
        },
        "y": {
            "field": "height",
            "type": "quantitative",
            "scale": {"domain": [0, top], "nice": False},
            "axis": {
                **text, "values": ticks, "labelExpr": shown, "domain": False, "gridColor": ink.line, "labelPadding": 8,
            },
        },
    }  # fmt: skip


def _between(chart: AmountChart) -> list[alt.Chart]:
    """The space between the two counts, over neighbouring years in which both can be used."""
    import altair as alt  # noqa: PLC0415 - half a second that only a drawn picture pays

    if not chart.between:
        return []
    by_part = {line.part: {point.at: point for point in line.points if not point.flagged} for line in chart.lines}
    counted, mirrored = by_part.get("counted", {}), by_part.get("mirrored", {})
    rows = [
        {"at": at, "height": round(counted[at].height, 1), "other": round(mirrored[at].height, 1)}
        for at in sorted(counted.keys() & mirrored.keys())
    ]
    if not rows:
        return []
    fill = POLE_COLOURS["west"]
    band = alt.Chart(alt.InlineData(rows)).mark_area(fill=fill, fillOpacity=0.14)
    return [band.encode(y="height:Q", y2="other")]


def _strokes(chart: AmountChart, ink: Ink) -> list[alt.Chart]:
    import altair as alt  # noqa: PLC0415 - half a second that only a drawn picture pays

    charts = []
    for line in chart.lines:
        rows = [
            {"at": a.at, "height": round(a.height, 1), "at2": b.at, "height2": round(b.height, 1)}
            for a, b in pairwise(line.points)
            if not (a.flagged or b.flagged)
        ]
        dash = [4, 3] if line.part == "norm" else [1, 0]
        mark = alt.Chart(alt.InlineData(rows)).mark_rule(
            strokeWidth=1.2 if line.part == "norm" else 1.8, strokeCap="round", strokeDash=dash,
            stroke=colour(line.part, ink),
        )  # fmt: skip
        charts += [mark.encode(x2="at2", y2="height2")] if rows else []
    return charts


def _dots(chart: AmountChart, ink: Ink) -> list[alt.Chart]:
    """A dot for each figure; hollow where the count cannot be used."""
    import altair as alt  # noqa: PLC0415 - half a second that only a drawn picture pays

    rows = [
        {
            "at": point.at, "height": round(point.height, 1), "figure": point.figure,
            "colour": colour(line.part, ink), "fill": ink.paper if point.flagged else colour(line.part, ink),
        }
        for line in chart.lines
        for point in line.points
        if point.figure is not None
    ]  # fmt: skip
    if not rows:
        return []
    mark = alt.Chart(alt.InlineData(rows)).mark_point(opacity=1, strokeWidth=1.8, size=34, aria=True)
    return [mark.encode(fill=alt.Fill("fill:N", scale=None), stroke=alt.Stroke("colour:N", scale=None))]


def _moments(chart: AmountChart, ink: Ink, top: float) -> list[alt.Chart]:
    import altair as alt  # noqa: PLC0415 - half a second that only a drawn picture pays

    first, last = _ends(chart)
    gap_years = LEADING_PX / (WIDTH_PX - LEFT_PX - RIGHT_PX) * (last - first)
    rows = [
        {"at": mark.at, "height": 0, "height2": top, "text": mark.says, "side": "left" if at else "right"}
        for at, mark in enumerate(sorted(chart.marks, key=lambda mark: mark.at))
        if first <= mark.at <= last + gap_years
    ]
    charts: list[alt.Chart] = []
    sides: tuple[tuple[Literal["left", "right"], int], ...] = (("right", -4), ("left", 4))
    for side, shift in sides:
        kept = [row for row in rows if row["side"] == side]
        if kept:
            base = alt.Chart(alt.InlineData(kept))
            charts.append(base.mark_rule(stroke=ink.muted, strokeWidth=1, strokeDash=[2, 2]).encode(y2="height2"))
            text = base.mark_text(align=side, baseline="bottom", dx=shift, dy=-3, fontSize=12, fill=ink.ink, aria=True)
            charts.append(text.encode(y="height2:Q", text="text:N"))
    return charts


def _labels(chart: AmountChart, ink: Ink, top: float) -> list[alt.Chart]:
    """Each line's name beside its last point, in ink, joined to it by a hairline of its colour."""
    import altair as alt  # noqa: PLC0415 - half a second that only a drawn picture pays

    ends = sorted(((line, line.points[-1]) for line in chart.lines), key=lambda end: (end[1].height, end[0].label))
    first, last = _ends(chart)
    reach = 10 / (WIDTH_PX - LEFT_PX - RIGHT_PX) * (last - first)
    rows = [
        {
            "at": point.at, "height": round(point.height, 1), "height2": round(height, 1),
            "at2": round(last + reach, 4), "text": line.label, "colour": colour(line.part, ink),
        }
        for (line, point), height in zip(ends, _spread([point.height for _, point in ends], top), strict=True)
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(rows))
    leader = base.mark_rule(strokeWidth=0.8, strokeDash=[1, 2])
    text = base.mark_text(align="left", baseline="middle", dx=4, fontSize=13, fill=ink.ink, aria=True)
    return [
        leader.encode(x2="at2", y2="height2", stroke=alt.Stroke("colour:N", scale=None)),
        text.encode(x="at2:Q", y="height2:Q", text="text:N"),
    ]


def _spread(heights: Sequence[float], top: float) -> list[float]:
    """Rising heights moved apart until no two labels touch."""
    gap = LEADING_PX / (HEIGHT_PX - TOP_PX - BOTTOM_PX) * top
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap) if placed else height)
    for place in reversed(range(len(placed))):
        ceiling = placed[place + 1] - gap if place + 1 < len(placed) else top
        placed[place] = min(placed[place], ceiling)
    return placed


def _described(chart: AmountChart) -> str:
    return "Newest: " + ", ".join(f"{line.label} {_height(line.points[-1], chart)}" for line in chart.lines) + "."


def _height(point: AmountPoint, chart: AmountChart) -> str:
    return f"{point.height:,.0f} {chart.unit} in {math.floor(point.at)}"


def amount_line_text(line: AmountLine, top: float) -> str:
    """A line as a row of blocks, for a terminal."""
    blocks = "▁▂▃▄▅▆▇█"
    return "".join(blocks[min(int(point.height / top * len(blocks)), len(blocks) - 1)] for point in line.points)


def chart_top(chart: AmountChart) -> float:
    """The upper end of the y axis, in the chart's unit."""
    return _top(chart)
