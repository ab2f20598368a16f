"""Tables, and networks before and after, in a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Final

from multivector.brief.content import Brief, CorridorMaps, Table
from multivector.brief.terminal_words import WIDTH, plain, said, wrapped

_FEW_COLUMNS: Final = 3


def corridor_lines(brief: Brief, block: CorridorMaps) -> Iterator[str]:
    """Each route before and after, as the two pictures show it; the larger, the longer its bar."""
    most = max((brief.figures[before].value or 0.0 for _, before, _ in block.routes), default=0.0) or 1.0
    width = max((len(name) for name, _, _ in block.routes), default=0)
    yield f"{'':<{width}}  {said(brief, block.views[0].title):<26}{said(brief, block.views[1].title)}"
    for name, before, after in block.routes:
        sides = []
        for one in (before, after):
            figure = brief.figures[one]
            bar = "█" * max(round((figure.value or 0.0) / most * 12), 1 if figure.value else 0)
            sides.append(f"{plain(figure)[0]:>11} {bar:<14}")
        yield f"{name:<{width}}  {''.join(sides)}".rstrip()
    yield ""


def table_lines(brief: Brief, block: Table) -> Iterator[str]:
    """A table: a few columns run on, more of them stand under headings."""
    rows = [tuple(said(brief, cell) for cell in row) for row in block.rows]
    if len(block.headings) > _FEW_COLUMNS:
        yield from _columns(block, rows)
        return
    widths = [max(len(row[place]) for row in (block.headings, *rows)) for place in range(len(block.headings))]
    for row in rows:
        head = "  ".join(f"{cell:<{width}}" for cell, width in zip(row[:-1], widths[:-1], strict=True))
        yield from wrapped(f"{head}  {row[-1]}".rstrip(), hang=len(head) + 2)
    yield ""


def _fitted(rows: list[tuple[str, ...]]) -> list[int]:
    """Column widths that fit the page: the widest give way first, down to their longest word."""
    columns = list(zip(*rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    least = [max(len(word) for cell in column for word in _broken(cell).split(" ")) for column in columns]
    while sum(widths) + 2 * (len(widths) - 1) > WIDTH:
        loose = [at for at in range(len(widths)) if widths[at] > least[at]]
        if not loose:
            break
        widths[max(loose, key=lambda at: widths[at])] -= 1
    return widths


def _broken(text: str) -> str:
    """A text that may also be broken after a dash between words; a range of figures stays whole."""
    return re.sub(r"(?<=\D)–(?=\D)", "– ", text)


def _columns(block: Table, rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Heading and rows in columns, each cell wrapped within its own."""
    widths = _fitted([block.headings, *rows])
    yield ""
    yield from wrapped(block.caption)
    for row in (block.headings, *rows):
        cells = [textwrap.wrap(_broken(cell), width) or [""] for cell, width in zip(row, widths, strict=True)]
        for place in range(max(len(cell) for cell in cells)):
            pieces = (cell[place].replace("– ", "–") if place < len(cell) else "" for cell in cells)
            yield "  ".join(f"{piece:<{width}}" for piece, width in zip(pieces, widths, strict=True)).rstrip()
        if row is block.headings:
            yield "  ".join("─" * width for width in widths)
    yield ""
