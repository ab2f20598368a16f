"""What the drawers of the page show: each figure's range in words, formula, first rows, inputs and command."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from multivector.brief.content import Brief, Figure
from multivector.brief.data import facts_data, sources_data
from multivector.brief.display import period_text, shown
from multivector.brief.marks import exact

T = TypeVar("T")
Fact = dict[str, object]
MOST_ROWS: Final = 12  # a drawer shows so many rows and counts the others, which are in the brief's JSON
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
    """Tables of arrays in which words, rows and sources that recur are named by their place."""
    facts, sources = facts_data(brief.facts), sources_data(brief.sources)
    titles = {name: str(source["title"]) for name, source in sources.items()}
    ordered = {figure.id: _by_size(facts, figure) for figure in brief.figures.values()}
    needed = sorted({row for rows in ordered.values() for row in rows[:MOST_ROWS]})
    told = {figure.id: _told(figure, titles) for figure in brief.figures.values()}
    rows = [_fact(facts[row]) for row in needed]
    words = _places([word for values in [*told.values(), *rows] for word in values])
    fact_at, source_at = _places(needed), _places(sources)
    return {
        "words": list(words),
        "figures": {
            figure.id: [
                *_counted(figure),
                [words[word] for word in told[figure.id]],
                [fact_at[row] for row in ordered[figure.id][:MOST_ROWS]],
                len(figure.facts),
                list(figure.inputs),
            ]
            for figure in brief.figures.values()
        },
        "facts": [
            [row, _says(facts[row])["says"], _says(facts[row])["value"], source_at[str(facts[row]["source"])]]
            + [words[word] for word in one]
            for row, one in zip(needed, rows, strict=True)
        ],
        "sources": [[source["title"], source["license"]] for source in sources.values()],
    }


def _places(values: Iterable[T]) -> dict[T, int]:
    """Each value and its place in the order of first mention."""
    return {value: place for place, value in enumerate(dict.fromkeys(values))}


def _by_size(facts: Mapping[str, Fact], figure: Figure) -> tuple[str, ...]:
    """The rows of a figure, the largest amounts first: they say most about it."""

    def key(row: str) -> tuple[float, str]:
        amount = _says(facts[row])["value"]
        return (-abs(amount) if isinstance(amount, float) else 0.0, row)

    return tuple(sorted(figure.facts, key=key))


def _counted(figure: Figure) -> list[str]:
    """What is a figure's own; numbers as text, so that no digit is lost on the way."""
    words = shown(figure)
    numbers = (figure.value, figure.low, figure.high, figure.covered)
    return [figure.label, words.value, words.range, *(exact(number) for number in numbers)]


def _told(figure: Figure, titles: Mapping[str, str]) -> list[str]:
    """What many figures share. A few name the table they were counted from instead of a source."""
    source = titles.get(figure.source or "", figure.source or "")
    return [figure.period, figure.unit, figure.status, figure.formula, how(figure), source, figure.command]


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
        return f"{figure.sources} sources. The point is the preferred one; the range holds all and their rounding."
    return "One source. The range is what its rounding and its unattributed part leave open."


def _how_bounded(low: float, high: float) -> str:
    if low > 0 and high - low <= _TIGHT:
        return "No point value: the rows give only the two ends."
    if low > 0:
        return "At least the low end stands in rows. Up to the high end, nobody’s name stands beside the amount."
    if high <= _SMALL:
        return "An upper bound: no row names it, and no more than this is left without a name."
    return "Unknown: no row names it. It can be anything up to what is left without a name."


def _says(fact: Fact) -> Fact:
    values = fact["values"]
    return values if isinstance(values, dict) else {}


def _fact(fact: Fact) -> list[str]:
    """What many rows share: unit, period, status, day of publication."""
    values = _says(fact)
    period = _period(values["period_start"], values["period_end"])
    return [str(values["unit"] or ""), period, str(fact["status"]), str(fact["published"] or "undated")]


def _period(start: object, end: object) -> str:
    if start and end:
        return period_text(dt.date.fromisoformat(str(start)), dt.date.fromisoformat(str(end)))
    return f"from {start}" if start else f"to {end}" if end else "undated"
