"""What is wrong with a file, and where: one record a problem."""

from __future__ import annotations

from dataclasses import dataclass


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
