"""Amounts through time in a terminal: a row of blocks a line, and the moments that stand beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from multivector.brief.amount_charts import amount_line_text, chart_top
from multivector.brief.amounts import AmountChart, AmountCharts
from multivector.brief.terminal_words import WIDTH

_LABEL: Final = 22
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def amount_lines(block: AmountCharts) -> Iterator[str]:
    """Each chart whose points are too many to print as figures; the others stand in a table anyway."""
    for chart in block.charts:
        if all(point.figure is None for line in chart.lines for point in line.points):
            yield from _chart(chart)


def _chart(chart: AmountChart) -> Iterator[str]:
    yield ""
    yield f"{chart.title}, up to {chart_top(chart):,.0f}"
    for line in chart.lines:
        first, last = (_month(line.points[end].at) for end in (0, -1))
        text = amount_line_text(line, chart_top(chart))
        yield f"{line.label[: _LABEL - 2]:<{_LABEL}}{text[-(WIDTH - _LABEL) :]}"
        if line is chart.lines[0]:
            yield f"{'':<{_LABEL}}{first}{last:>{max(len(text) - len(first), len(last) + 1)}}"
    at = [point.at for point in chart.lines[0].points][-(WIDTH - _LABEL) :]
    for mark in chart.marks:
        yield f"{'':<{_LABEL}}{'':<{sum(when < mark.at for when in at)}}▲ {mark.says}"
    yield ""


def _month(at: float) -> str:
    year = math.floor(at)
    return f"{_MONTHS[min(int((at - year) * 12), 11)]} {year}"
