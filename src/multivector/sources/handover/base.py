"""What becomes of a handed-over fact: a row of a table, or a reason why it is left out. Nothing in between."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Cell = str | float | int | bool | None
Row = dict[str, Cell]

FACTBOOK: Final = "cia-factbook"
GENERAL_KNOWLEDGE: Final = "general-knowledge"
RANKS: Final = {  # default rank of a source by its kind: 1 is believed first
    "definition": 1,
    "official": 2,
    "reconciled": 3,
    "compilation": 4,
    "study": 5,
    "press": 6,
    "party": 7,
    "general_knowledge": 8,
}


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A fact that went in: the row it became (dates as text, as printed), and the source that states it."""

    file: str
    fact: str
    table: str
    row: Row


@dataclass(frozen=True, slots=True)
class Left:
    """A fact that stayed out, and why."""

    file: str
    fact: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """A publication that rows cite; written to sources.csv."""

    source: str
    producer: str
    title: str
    url: str
    license: str
    kind: str
    version: str = ""
    coverage_start: str = ""
    coverage_end: str = ""
    note: str = ""


def read_facts(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a handed-over CSV file, every cell as text."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def press_source(title: str, url: str, *, kind: str = "press") -> Source:
    """The record of a publication of which single figures are cited, keyed by its title."""
    return Source(
        source=slug(title), producer=title, title=title, url=url, license="facts cited with their source", kind=kind
    )


def slug(text: str) -> str:
    """A key of lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:70].strip("-") or "untitled"


def decimals(printed: str) -> int:
    """Digits after the decimal point of a printed figure."""
    return len(printed.partition(".")[2])
