"""How figures and sentences read in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from multivector.brief.content import Brief, Figure, Ref, Sentence
from multivector.brief.display import THIN, shown

WIDTH: Final = 96


def said(brief: Brief, sentence: Sentence) -> str:
    """A sentence with its figures in it."""
    return "".join(part if isinstance(part, str) else _form(brief.figures[part.figure], part) for part in sentence)


def _form(figure: Figure, ref: Ref) -> str:
    words = shown(figure)
    text = {"value": words.value, "range": words.range, "full": f"{words.value} {words.range}".rstrip()}[ref.form]
    return text.replace(THIN, " ").replace("≥ ", "at least ").replace("≤ ", "at most ") if ref.form == "value" else text


def plain(figure: Figure) -> tuple[str, str]:
    """Value and range of a figure, with plain spaces."""
    words = shown(figure)
    return words.value.replace(THIN, " "), words.range.replace(THIN, " ")


def wrapped(text: str, *, indent: int = 0, hang: int = 0) -> Iterator[str]:
    """A text in lines of the page's width."""
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > WIDTH:
            yield line
            line = " " * (indent + hang) + word
        else:
            line = f"{line} {word}" if line else " " * indent + word
    if line:
        yield line
