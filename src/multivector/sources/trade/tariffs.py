"""A user's table of tariffs beside an input-output table: importer, exporter, sector, year, tariff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from multivector.errors import nearest
from multivector.problems import Problem, first
from multivector.sources.trade.icio import Cube
from multivector.sources.trade.received import Text, columns_of_text, header
from multivector.world.cells import LINE

COLUMNS: Final = ("importer", "exporter", "sector", "year", "tariff")
_KEY: Final = ("importer", "exporter", "sector", "year")
_LARGEST: Final = 30.0  # 3,000 %: past that the column is in percent


@dataclass(frozen=True, slots=True, eq=False)
class Tariffs:
    """The rows of a tariff file: `year` a whole number, `tariff` a fraction of the value without it."""

    file: str
    rows: pl.DataFrame


def read_tariffs(one: Text) -> tuple[Tariffs | None, tuple[Problem, ...]]:
    """Read a tariff file, or say by line what is wrong with it.

    Raises:
        WrongRequest: the text is no table.
    """
    missing = [name for name in COLUMNS if name not in header(one)]
    if missing:
        said = ", ".join(COLUMNS)
        return None, tuple(Problem(one.member, 1, name, f"column is missing; wanted: {said}", "") for name in missing)
    cells = columns_of_text(one, COLUMNS)
    typed = cells.with_columns(
        pl.col("year").cast(pl.Int32, strict=False), pl.col("tariff").cast(pl.Float64, strict=False)
    )
    problems = tuple(first(_problems(one.member, cells, typed)))
    return (None, problems) if problems else (Tariffs(one.member, typed), ())


def _problems(file: str, cells: pl.DataFrame, typed: pl.DataFrame) -> Iterator[Problem]:
    rules: dict[str, tuple[str, pl.Expr]] = {
        "is empty": ("sector", pl.any_horizontal(pl.col(*_KEY, "tariff").is_null())),
        "is no tariff: a finite fraction": ("tariff", ~pl.col("tariff").is_finite()),
        "is -100 % or less: a tariff lies above -1": ("tariff", pl.col("tariff") <= -1),
        "is above 3,000 %: 5 % is written 0.05": ("tariff", pl.col("tariff") > _LARGEST),
        "stands twice: one importer, exporter, sector and year": ("sector", pl.struct(_KEY).is_duplicated()),
    }
    for rule, (column, broken) in rules.items():
        found = typed.with_columns(broken=broken).filter(pl.col("broken"))
        shown = cells.filter(pl.col(LINE).is_in(found[LINE].implode())).select(LINE, column)
        for line, value in shown.iter_rows():
            yield Problem(file, line, column, rule, value or "")


def placed(tariffs: Tariffs, cube: Cube) -> tuple[NDArray[np.float64], tuple[Problem, ...]]:
    """The tariffs of the cube's year, (N, N, K) as the cube: NaN where the file has none, 0 at home.

    A code that the cube does not have is a problem, named once.
    """
    economies = {name: index for index, name in enumerate(cube.economies)}
    sectors = {name: index for index, name in enumerate(cube.sectors)}
    own = tariffs.rows.filter(pl.col("year") == cube.year)
    problems = tuple(_strangers(tariffs.file, own, economies, sectors))
    tariff = np.full(cube.value_usd_mn.shape, np.nan)
    if not problems:
        buyers = [economies[name] for name in own["importer"]]
        sellers = [economies[name] for name in own["exporter"]]
        tariff[sellers, buyers, [sectors[name] for name in own["sector"]]] = own["tariff"].to_numpy()
        at_home = np.arange(len(economies))
        tariff[at_home, at_home] = np.where(np.isnan(tariff[at_home, at_home]), 0.0, tariff[at_home, at_home])
    return tariff, problems


def _strangers(file: str, own: pl.DataFrame, economies: dict[str, int], sectors: dict[str, int]) -> Iterator[Problem]:
    for column, known in (("importer", economies), ("exporter", economies), ("sector", sectors)):
        strange = (
            own.filter(~pl.col(column).is_in(list(known))).group_by(column, maintain_order=True).agg(pl.col(LINE).min())
        )
        for name, line in strange.iter_rows():
            yield Problem(file, line, column, "is no code of the table", name, nearest(name, known))
