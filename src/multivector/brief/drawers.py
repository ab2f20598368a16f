"""What the drawers of the page show: each figure's range in words, formula, rows, inputs and command, told once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from multivector.brief.content import Brief, Figure
from multivector.brief.data import facts_data, sources_data
from multivector.brief.display import period_text, shown
from multivector.brief.marks import exact

Row = list[object]
T = TypeVar("T")
_TIGHT: Final = 0.05  # as in display: a range this narrow is printed without a point
_SMALL: Final = 0.10


def drawer_json(brief: Brief) -> str:
    """The drawers' content as compact JSON, safe inside a script element."""
    text = json.dumps(drawer_data(brief), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return embeddable(text)


def embeddable(text: str) -> str:
    """JSON that no HTML parser can mistake for the end of its element."""
    return text.replace("<", "\\u003c")


def drawer_data(brief: Brief) -> dict[str, object]:
    """Tables of arrays; figures name rows, commands and sources by their place."""
    facts, sources = facts_data(brief.facts), sources_data(brief.sources)
    source_at = {source: place for place, source in enumerate(sources)}
    fact_at = {row: place for place, row in enumerate(facts)}
    commands = _once([figure.command for figure in brief.figures.values()])
    sets = _once([_by_size(facts, figure) for figure in brief.figures.values()])
    return {
        "figures": {
            figure.id: [
                *_told(brief, figure),
                sets[_by_size(facts, figure)],
                commands[figure.command],
                list(figure.inputs),
            ]
            for figure in brief.figures.values()
        },
        "sets": [[fact_at[row] for row in rows] for rows in sets],
        "commands": list(commands),
        "facts": [_fact(row, fact, source_at) for row, fact in facts.items()],
        "sources": [[source["title"], source["license"]] for source in sources.values()],
    }


def _once(values: Sequence[T]) -> dict[T, int]:
    """Each value and its place in the order of first mention."""
    return {value: place for place, value in enumerate(dict.fromkeys(values))}


def _by_size(facts: Mapping[str, dict[str, object]], figure: Figure) -> tuple[str, ...]:
    """The rows of a figure, the largest amounts first: they say most about it."""

    def key(row: str) -> tuple[float, str]:
        values = facts[row]["values"]
        amount = values["value"] if isinstance(values, dict) else None
        return (-abs(amount) if isinstance(amount, float) else 0.0, row)

    return tuple(sorted(figure.facts, key=key))


def _told(brief: Brief, figure: Figure) -> Row:
    """The figure itself; numbers as text, so that no digit is lost on the way."""
    words = shown(figure)
    return [
        figure.label,
        figure.period,
        words.value,
        words.range,
        exact(figure.value),
        exact(figure.low),
        exact(figure.high),
        figure.unit,
        figure.status,
        figure.formula,
        how(figure),
        _source_title(brief, figure),
        exact(figure.covered),
    ]


def _source_title(brief: Brief, figure: Figure) -> str:
    """The title of the preferred source; a few figures name the table they were counted from instead."""
    titles = dict(brief.sources.select("source", "title").iter_rows())
    return str(titles.get(figure.source, figure.source or ""))


def how(figure: Figure) -> str:
    """How the range came about, in words."""
    low, high = figure.low, figure.high
    if figure.value is None:
        return _how_bounded(0.0 if low is None else low, 1.0 if high is None else high)
    if low is None or high is None:
        return "A figure without a range."
    if low == high:
        return "One source alone, and its rows leave nothing open."
    if figure.sources > 1:
        return (
            f"{figure.sources} sources. The point is the preferred one; the range holds all of them and their rounding."
        )
    return "One source. The range is what its rounding and its unattributed part leave open."


def _how_bounded(low: float, high: float) -> str:
    if low > 0 and high - low <= _TIGHT:
        return "No point value: the rows give only the two ends."
    if low > 0:
        return "At least the low end stands in rows. Up to the high end, nobody’s name stands beside the amount."
    if high <= _SMALL:
        return "An upper bound: no row names it, and no more than this is left without a name."
    return "Unknown: no row names it. It can be anything up to what is left without a name."


def _fact(row: str, fact: Mapping[str, object], source_at: Mapping[str, int]) -> Row:
    values = fact["values"]
    if not isinstance(values, dict):
        raise TypeError(f"row {row} holds no values")
    return [
        row,
        values["says"],
        values["value"],
        values["unit"],
        _period(values["period_start"], values["period_end"]),
        fact["status"],
        source_at[str(fact["source"])],
        fact["published"],
    ]


def _period(start: str | None, end: str | None) -> str:
    if start and end:
        return period_text(dt.date.fromisoformat(start), dt.date.fromisoformat(end))
    return f"from {start}" if start else f"to {end}" if end else "undated"
