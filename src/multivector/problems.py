"""What is wrong with a file, and where: one record a problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

MOST: Final = 300  # of one kind in one table: past that the file is of another kind, and no list of lines helps


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule. `line` counts from 1 with the header as line 1; 0 means the whole file."""

    file: str
    line: int
    column: str
    rule: str
    value: str
    nearest: tuple[str, ...] = ()

    def __str__(self) -> str:
        """File, line, column, rule, value and the closest known names, on one line."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        column = f" {self.column}" if self.column else ""
        value = f" {self.value!r}" if self.value else ""
        hint = f" (did you mean {' or '.join(self.nearest)}?)" if self.nearest else ""
        return f"{place}:{column}{value} {self.rule}{hint}"


def first(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The first problems of a kind, and a last one that says that there are more."""
    found = iter(problems)
    listed = list(islice(found, MOST))
    yield from listed
    if next(found, None) is not None:
        rule = f"has more problems of this kind; the first {MOST} are listed"
        yield Problem(listed[0].file, 0, listed[0].column, rule, "")
