"""Which columns a provider's file has under which names, and how its cells become numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from multivector.problems import Problem, first
from multivector.sources.trade.received import Text, columns_of_text, header
from multivector.world.cells import LINE


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The columns of a file under our names, every cell as text; or which are missing."""

    cells: pl.DataFrame
    problems: tuple[Problem, ...]


def columns(one: Text, required: Mapping[str, Sequence[str]], optional: Mapping[str, Sequence[str]]) -> Columns:
    """The columns of a text, each under the first of the names that providers give it; capitals do not count.

    Optional columns that are not there are null.

    Raises:
        WrongRequest: the text is no table.
    """
    held = {name.casefold(): name for name in header(one)}
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for ours, theirs in {**required, **optional}.items():
        known = next((held[name.casefold()] for name in theirs if name.casefold() in held), None)
        if known is not None:
            found[ours] = known
        elif ours in required:
            rule = f"column is missing: {' or '.join(theirs)}"
            problems.append(Problem(one.member, 1, ours, rule, ""))
    if problems:
        return Columns(pl.DataFrame(), tuple(problems))
    cells = columns_of_text(one, list(dict.fromkeys(found.values())))
    absent = [pl.lit(None, dtype=pl.String).alias(name) for name in optional if name not in found]
    return Columns(cells.select(LINE, *(pl.col(theirs).alias(ours) for ours, theirs in found.items()), *absent), ())


def number(name: str) -> pl.Expr:
    """The cell as a number; what is none becomes null, see `no_numbers`."""
    return pl.col(name).cast(pl.Float64, strict=False)


def no_numbers(file: str, cells: pl.DataFrame, names: Sequence[str]) -> Iterator[Problem]:
    """Cells that say something and are no number: a decimal comma, separators, words."""
    for name in names:
        wrong = cells.filter(pl.col(name).is_not_null() & number(name).is_null()).select(LINE, name)
        yield from first(
            Problem(file, line, name, "is no number: a decimal point, no separators", value[:60])
            for line, value in wrong.iter_rows()
        )


def empty(file: str, cells: pl.DataFrame, names: Sequence[str]) -> Iterator[Problem]:
    """Lines that lack what makes a statement."""
    for name in names:
        lines = cells.filter(pl.col(name).is_null())[LINE].to_list()
        yield from first(Problem(file, line, name, "is empty: a value is required", "") for line in lines)


def decimals(name: str) -> pl.Expr:
    """Digits after the decimal point of a printed number, at most 12."""
    printed = pl.col(name).str.extract(r"\.(\d+)$").str.len_chars().clip(0, 12)
    return pl.when(pl.col(name).str.contains(r"\.\d+$")).then(printed).otherwise(0).cast(pl.Int64)
