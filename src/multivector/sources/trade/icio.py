"""OECD inter-country input-output tables: a year's file becomes one cube of sales, economy by economy, by sector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from multivector.errors import WrongRequest, nearest
from multivector.problems import Problem
from multivector.sources.handover.base import Left
from multivector.sources.trade.icio_codes import (
    FINAL_USES,
    OUTPUT,
    REST,
    Label,
    is_industry,
    is_primary,
    label,
    sector,
)
from multivector.sources.trade.received import Text, delimiter, header

_LARGEST_ROW_GAP: Final = 0.02  # of output; rows of the 2025 edition are off by about 2 % in one small cell
_SMALLEST_GAP_USD_MN: Final = 1.0
_LARGEST_WORLD_GAP: Final = 1e-3
_DECIMALS: Final = 9  # of a USD million: a tenth of a cent


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """Sales of one year, intermediate and final use together. `value_usd_mn`: (N, N, K), seller, buyer, sector."""

    year: int
    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    value_usd_mn: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CubeRead:
    """A file as read: its cube, or why there is none, and what stayed out of it."""

    cube: Cube | None
    problems: tuple[Problem, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """The uses of each industry: `uses` (rows, columns), labels of both, and the printed output of each row."""

    rows: tuple[Label, ...]
    columns: tuple[Label, ...]
    uses: NDArray[np.float64]
    output: NDArray[np.float64] | None


def read_cube(one: Text, *, year: int, known: frozenset[str], set_aside: bool) -> CubeRead:
    """Read the table of a year: rows `CCC_INDUSTRY`, columns `CCC_INDUSTRY` and `CCC_USE`.

    Value added, taxes and output rows stay out; so does the output column, which is checked against the sum of uses.
    Split economies (MX1, MX2, CN1, CN2) are put together, and services into one sector. A sale below zero, which
    inventories can leave after all uses are added, is a problem; with `set_aside` it stays out, listed one by one.

    Parameters:
        one: the text of the table.
        year: calendar year that it is of.
        known: codes of the world's actors; an economy is one of them or the rest of the world.
        set_aside: leave negative sales out instead of refusing the file.

    Raises:
        WrongRequest: it cannot be read as a table of numbers.
    """
    names = header(one)[1:]
    columns = [label(name) for name in names]
    problems = tuple(_column_problems(one.member, names, known))
    if problems:
        return CubeRead(None, problems, ())
    cells = _cells(one)
    problems = tuple(_row_problems(one.member, cells, names))
    if problems:
        return CubeRead(None, problems, ())
    sheet = _sheet(cells, names, columns)
    cube = _cube(sheet, year)
    problems = (*_unbalanced(one.member, sheet), *_missing_markets(one.member, cube))
    negatives = tuple(_negatives(one.member, cube))
    if problems or (negatives and not set_aside):
        said = () if set_aside else tuple(_refused(item) for item in negatives)
        return CubeRead(None, (*problems, *said), ())
    cube.value_usd_mn[cube.value_usd_mn < 0] = 0.0
    cube.value_usd_mn.flags.writeable = False
    return CubeRead(cube, (), (*_outside(one.member, cells), *negatives))


def _column_problems(file: str, names: Sequence[str], known: frozenset[str]) -> Iterator[Problem]:
    if len(set(names)) < len(names):
        yield Problem(file, 1, "", "names a column twice", "")
    if not names or not any(label(name) for name in names):
        yield Problem(file, 1, "", "has no column CCC_INDUSTRY: this is no inter-country input-output table", "")
        return
    for name in names:
        parts = label(name)
        if parts is None and name not in OUTPUT:
            yield Problem(file, 1, name, "is neither CCC_INDUSTRY, CCC_USE nor OUT", "")
        elif parts and parts.economy not in known and parts.economy != REST:
            yield Problem(file, 1, name, "is of no known economy", parts.economy, nearest(parts.economy, known))
        elif parts and not is_industry(parts.item) and parts.item not in FINAL_USES:
            rule = "is no industry of the editions of 2021 to 2025 and no final use"
            yield Problem(file, 1, name, rule, parts.item, nearest(parts.item, FINAL_USES))


def _cells(one: Text) -> pl.DataFrame:
    """The table: its first column as text, all others as numbers."""
    first, *rest = header(one)
    schema: dict[str, pl.DataType] = {first: pl.String()} | {name: pl.Float64() for name in rest}
    try:
        return pl.read_csv(one.content, separator=delimiter(one), schema=schema, null_values=[""])
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0][:160]
        raise WrongRequest(f"{one.member} is no table of numbers: {reason}") from error


def _row_problems(file: str, cells: pl.DataFrame, names: Sequence[str]) -> Iterator[Problem]:
    printed = cells.to_series(0).to_list()
    if None in printed:
        yield Problem(file, printed.index(None) + 2, "", "has no name in its first column", "")
        return
    industries = {name for name in names if (one := label(name)) and is_industry(one.item)}
    rows = [name for name in printed if not is_primary(name)]
    for name in sorted({name for name in rows if rows.count(name) > 1} if len(set(rows)) < len(rows) else ()):
        yield Problem(file, 0, "", "stands twice among the rows", name)
    for name in sorted(set(rows) - industries):
        yield Problem(file, printed.index(name) + 2, "", "is a row without a column of that name", name)
    for name in sorted(industries - set(rows)):
        yield Problem(file, 0, name, "is a column without a row of that name", "")
    yield from _not_numbers(file, cells, names)


def _not_numbers(file: str, cells: pl.DataFrame, names: Sequence[str]) -> Iterator[Problem]:
    wrong = cells.select((pl.col(names).is_null() | ~pl.col(names).is_finite()).sum()).row(0, named=True)
    for name, count in wrong.items():
        if count:
            yield Problem(file, 0, name, f"has {count} cells that are empty or not finite: zero is written 0", "")


def _sheet(cells: pl.DataFrame, names: Sequence[str], columns: Sequence[Label | None]) -> _Sheet:
    kept = cells.filter([not is_primary(name) for name in cells.to_series(0)])
    used = [name for name, parts in zip(names, columns, strict=True) if parts]
    output = next((kept[name].to_numpy() for name in names if name in OUTPUT), None)
    return _Sheet(
        rows=tuple(one for name in kept.to_series(0) if (one := label(name))),
        columns=tuple(one for one in columns if one),
        uses=kept.select(used).to_numpy(),
        output=output,
    )


def _cube(sheet: _Sheet, year: int) -> Cube:
    """Uses added over the buyer's columns, then over the industries of a sector and the parts of a seller."""
    economies = _in_order(one.economy for one in (*sheet.rows, *sheet.columns))
    sectors = _in_order(sector(one.item) for one in sheet.rows)
    place = {name: index for index, name in enumerate(economies)}
    by_buyer = np.zeros((len(economies), len(sheet.rows)))
    np.add.at(by_buyer, np.array([place[one.economy] for one in sheet.columns]), sheet.uses.T)
    sellers = np.array([place[one.economy] for one in sheet.rows])
    goods = np.array([sectors.index(sector(one.item)) for one in sheet.rows])
    by_cell = np.zeros((len(economies) * len(sectors), len(economies)))
    np.add.at(by_cell, sellers * len(sectors) + goods, by_buyer.T)
    value = by_cell.reshape(len(economies), len(sectors), len(economies)).transpose(0, 2, 1)
    # adding up leaves noise far below a cent, which must not look like a negative sale
    return Cube(year=year, economies=economies, sectors=sectors, value_usd_mn=value.round(_DECIMALS) + 0.0)


def _in_order(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _unbalanced(file: str, sheet: _Sheet) -> Iterator[Problem]:
    """Rows whose uses do not add to the printed output: the file is cut or damaged."""
    if sheet.output is None:
        return
    used = sheet.uses.sum(axis=1)
    gap = np.abs(used - sheet.output)
    bound = np.maximum(_SMALLEST_GAP_USD_MN, _LARGEST_ROW_GAP * np.abs(sheet.output))
    for index in np.flatnonzero(gap > bound):
        name = f"{sheet.rows[index].economy}_{sheet.rows[index].item}"
        rule = f"has uses of {used[index]:.3f} USD mn and an output of {sheet.output[index]:.3f}"
        yield Problem(file, 0, name, rule, "")
    if abs(used.sum() - sheet.output.sum()) > _LARGEST_WORLD_GAP * sheet.output.sum():
        rule = f"has uses of {used.sum():.0f} USD mn in all and an output of {sheet.output.sum():.0f}"
        yield Problem(file, 0, "OUT", rule, "")


def _missing_markets(file: str, cube: Cube) -> Iterator[Problem]:
    """Economies that sell nothing or buy nothing: rows or columns of zeros, or none at all."""
    for index, name in enumerate(cube.economies):
        if not cube.value_usd_mn[index].any():
            yield Problem(file, 0, name, "sells nothing: it has no rows, or only zeros", "")
        if not cube.value_usd_mn[:, index].any():
            yield Problem(file, 0, name, "buys nothing: it has no columns, or only zeros", "")


def _negatives(file: str, cube: Cube) -> Iterator[Left]:
    for i, j, k in np.argwhere(cube.value_usd_mn < 0):
        fact = f"{cube.year} {cube.economies[i]} to {cube.economies[j]}, {cube.sectors[k]}"
        amount = float(cube.value_usd_mn[i, j, k])
        yield Left(file, fact, f"all uses together are {amount:.6g} USD mn: inventories were run down by more")


def _refused(negative: Left) -> Problem:
    rule = f"{negative.reason}; a model takes no negative sale: --negatives set-aside leaves such cells out"
    return Problem(negative.file, 0, negative.fact, rule, "")


def _outside(file: str, cells: pl.DataFrame) -> Iterator[Left]:
    rows = sorted({name.rpartition("_")[2] for name in cells.to_series(0) if is_primary(name)})
    for name in rows:
        yield Left(file, f"row {name}", "taxes, value added and output are no sale of one economy to another")
