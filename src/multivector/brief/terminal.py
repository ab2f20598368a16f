"""The brief in a terminal: 96 columns, the same order and figures as the page, readable without colour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import polars as pl

from multivector.brief.amounts import AmountCharts
from multivector.brief.content import (
    Block,
    Brief,
    Cell,
    Charts,
    Commands,
    Conflicts,
    CorridorMaps,
    Figure,
    Leverage,
    MapBlock,
    Matrix,
    MatrixRow,
    Movements,
    Section,
    Table,
    Words,
)
from multivector.brief.display import mark
from multivector.brief.terminal_amounts import amount_lines
from multivector.brief.terminal_tables import corridor_lines, table_lines
from multivector.brief.terminal_words import WIDTH, plain, said, wrapped

Detail = Literal["short", "all"]
_LABEL: Final = 17
_BAR: Final = 16
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_MANY_ROWS: Final = 3  # a source with fewer rows is only counted in the short form
_SPAN: Final = 0.24  # a sparkline spans 24 points, so that slopes compare


def render(brief: Brief, *, detail: Detail = "short") -> Iterator[str]:
    """The brief line by line. `all` adds the yearly series, the assumptions and every source."""
    left = f"multivector brief · {brief.name} {brief.pivot}"
    right = f"{'as of' if brief.dated else 'rows to'} {brief.as_of} · worldview {brief.worldview}"
    yield left + " " * max(WIDTH - len(left) - len(right), 1) + right
    yield "━" * WIDTH
    yield ""
    yield "Who holds what, and how sure is it?"
    yield ""
    yield from wrapped(said(brief, brief.headline).upper())
    yield ""
    for sentence in brief.deck:
        yield from wrapped(said(brief, sentence))
    yield ""
    yield "● observed   ◆ derived   ▲ modelled   □ judged   “ claim   ? unknown, never zero"
    for number, section in enumerate(brief.sections, start=1):
        yield from _section(brief, number, section, detail)
    yield from _sources(brief, detail)


def render_section(brief: Brief) -> Iterator[str]:
    """A brief of one section, without the masthead of a whole one."""
    for number, section in enumerate(brief.sections, start=1):
        yield from _section(brief, number, section, "short")
    yield from _sources(brief, "short")


def _section(brief: Brief, number: int, section: Section, detail: Detail) -> Iterator[str]:
    yield ""
    yield "─" * WIDTH
    yield f"{number}  {section.question}"
    yield from wrapped(said(brief, section.finding), indent=3)
    yield "─" * WIDTH
    for block in section.blocks:
        if detail == "all" or not (isinstance(block, Charts) or section.key == "assumptions"):
            yield from _drawn(brief, block)


def _drawn(brief: Brief, block: Block) -> Iterator[str]:  # noqa: C901, PLR0911 - one line a kind of block
    match block:
        case Matrix():
            return _matrix(brief, block)
        case Movements():
            return _movements(brief, block)
        case Leverage():
            return _leverage(brief, block)
        case Conflicts():
            return _conflicts(brief, block)
        case Charts():
            return _charts(brief, block)
        case AmountCharts():
            return amount_lines(block)
        case MapBlock():
            return _map(brief, block)
        case CorridorMaps():
            return corridor_lines(brief, block)
        case Table():
            return table_lines(brief, block)
        case Words():
            return iter([line for item in block.items for line in wrapped(f"– {item}", hang=2)])
        case Commands():
            return iter([f"{what + ':':<20}{command}" for what, command in block.items])


def _matrix(brief: Brief, block: Matrix) -> Iterator[str]:
    width = (WIDTH - _LABEL) // max(len(brief.poles), 1)
    yield " " * _LABEL + "".join(f"{pole.label:<{width}}" for pole in brief.poles)
    for row in block.rows:
        yield from _row(brief, row, width)
        yield ""
    yield "▒ at least   █ range   ░ range without a point inside   ╱ unknown   · rest of 0–100   ◀ lead"
    yield "Sparklines span 24 points; they and their arrows use one source each and name its two years."


def _row(brief: Brief, row: MatrixRow, width: int) -> Iterator[str]:
    if not row.cells:
        yield f"{row.channel.upper():<{_LABEL}}unknown. No row of this world speaks of it; what would fill it:"
        yield from wrapped(row.fills, indent=_LABEL)
        return
    label = _label_lines(row)
    cells = [_cell(brief.figures[cell.figure], cell, brief, width) for cell in row.cells]
    for place in range(max(3, len(label))):
        head = label[place] if place < len(label) else ""
        yield f"{head:<{_LABEL}}" + "".join(cell[place] if place < len(cell) else "" for cell in cells).rstrip()
    if row.rest is not None and row.coverage is not None:
        rest, known = brief.figures[row.rest], brief.figures[row.coverage]
        yield f"{'':<{_LABEL}}rest {' '.join(plain(rest))}; {plain(known)[0]} of the total attributed"
    if row.note:
        yield from wrapped(row.note, indent=_LABEL)


def _label_lines(row: MatrixRow) -> list[str]:
    words, lines, line = f"{row.label}, {row.period}".split(" "), [row.channel.upper()], ""
    for word in words:
        if line and len(line) + 1 + len(word) >= _LABEL:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def _cell(figure: Figure, cell: Cell, brief: Brief, width: int) -> list[str]:
    value, reach = plain(figure)
    spark = _spark([brief.figures[one] for one in cell.spark])
    first = f"{value}{' ◀' if cell.lead else ''}"
    room = max(width - 1 - len(first), 0)
    line = f"{first} {spark[:room]:>{max(room - 2, 0)}}" if spark and len(spark) < room else first
    return [f"{line:<{width}}", f"{_bar(figure):<{width}}", f"{reach + ' ' + mark(figure.status):<{width}}"]


def _bar(figure: Figure) -> str:
    low, high = figure.low or 0.0, 1.0 if figure.high is None else figure.high
    start, end = round(low * _BAR), max(round(high * _BAR), round(low * _BAR) + (1 if high > 0 else 0))
    inside = "█" if figure.value is not None else ("░" if low > 0 else "╱")
    start = min(start, _BAR - 1) if end > start else start
    return ("▒" * start + inside * (end - start)).ljust(_BAR, "·")[:_BAR]


def _spark(points: list[Figure]) -> str:
    values = [point.value for point in points if point.value is not None]
    if not values:
        return ""
    middle = (max(values) + min(values)) / 2
    floor = middle - _SPAN / 2
    steps = [min(max(int((value - floor) / _SPAN * len(_BLOCKS)), 0), len(_BLOCKS) - 1) for value in values]
    arrow = "↗" if values[-1] > values[0] else ("↘" if values[-1] < values[0] else "→")
    years = f"{points[0].period[2:4]}–{points[-1].period[2:4]}"
    return "".join(_BLOCKS[step] for step in steps[-7:]) + arrow + years


def _movements(brief: Brief, block: Movements) -> Iterator[str]:
    for item in block.items:
        change = brief.figures[item.figure]
        value, reach = plain(change)
        arrow = "▲" if (change.value or 0) > 0 else "▼"
        yield from wrapped(f"{arrow} {value:<11} {reach:<14} {said(brief, item.says)}", hang=29)
    if not block.items:
        yield "No change is certain within one source."


def _charts(brief: Brief, block: Charts) -> Iterator[str]:
    for chart in block.charts:
        yield ""
        yield chart.title
        for series in chart.series:
            figures = [(year, plain(brief.figures[one])[0]) for year, one in series.figures]
            source = brief.figures[series.figures[0][1]].source or ""
            line = "  ".join(f"{year} {value}" for year, value in figures)
            yield from wrapped(f"  {series.label:<8} {line}  [{source}]", hang=11)


def _leverage(brief: Brief, block: Leverage) -> Iterator[str]:
    yield f"{'their hold over it':>34}  ▏ what  ▕  {'its hold over them'}"
    for pole, lanes in block.lanes:
        label = next(one.label for one in brief.poles if one.key == pole)
        yield f"{label.upper()}" if lanes else f"{label.upper()}  no row says what either holds over the other"
        for lane in lanes:
            left = _lane(brief, lane.left, left=True)
            right = _lane(brief, lane.right, left=False)
            yield f"{left} ▏{right}"
            yield from wrapped(f"{lane.left_says} / {lane.right_says}", indent=8)


def _lane(brief: Brief, figure: str | None, *, left: bool) -> str:
    if figure is None:
        text, bar = "unknown", "╱" * 10
    else:
        one = brief.figures[figure]
        value, reach = plain(one)
        text = f"{value} {reach} {mark(one.status)}"
        size = one.value if one.value is not None else (one.low or 0.0)
        bar = "█" * round(size * 20)
    return f"{text:>24} {bar:>20}" if left else f"{bar:<20} {text}"


def _conflicts(brief: Brief, block: Conflicts) -> Iterator[str]:
    for item in block.items:
        small, large = brief.figures[item.small], brief.figures[item.large]
        yield f"{item.label}, {item.period}"
        yield (
            f"    {plain(small)[0]} {mark(small.status)} {item.small_by}  against  "
            f"{plain(large)[0]} {mark(large.status)} {item.large_by}  (gap {plain(brief.figures[item.gap])[0]})"
        )
    yield from wrapped(block.rule)


def _map(brief: Brief, block: MapBlock) -> Iterator[str]:
    for way, words in (("out", "sells to"), ("in", "buys from")):
        named = [
            f"{brief.figures[one.figure].label.split(' ', 2)[2]} {plain(brief.figures[one.figure])[0]}"
            for one in block.partners
            if one.direction == way
        ]
        if named:
            yield from wrapped(f"{words}: {'; '.join(named)}", hang=2)


def _sources(brief: Brief, detail: Detail) -> Iterator[str]:
    kept = brief.sources if detail == "all" else brief.sources.filter(pl.col("rows") >= _MANY_ROWS)
    yield ""
    yield "━" * WIDTH
    yield "Sources of the figures above"
    for row in kept.iter_rows(named=True):
        day = f", to {row['published']}" if row["published"] else ", undated"
        yield from wrapped(f"– {row['title']} ({row['rows']} rows{day}; {row['license']})", hang=2)
    left = brief.sources.height - kept.height
    if left:
        yield f"and {left} sources of one or two rows each: add --all, or see --json and --html."
