"""Which goods a row is about: all of them together, or a code of one edition of the Harmonized System."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from multivector.errors import WrongRequest
from multivector.problems import Problem
from multivector.sources.handover.base import Left
from multivector.sources.trade.received import names, receive, text
from multivector.world import World

TOTAL: Final = "goods"  # the product of a row on all goods together
ALL: Final = "all"
CHPL: Final = "chpl"
_CHPL_LIST: Final = "Common High Priority List"
EDITIONS: Final = {"1992": 1992, "1996": 1996, "2002": 2002, "2007": 2007, "2012": 2012, "2017": 2017, "2022": 2022}
COMTRADE_EDITIONS: Final = {
    "H0": "hs1992", "H1": "hs1996", "H2": "hs2002", "H3": "hs2007", "H4": "hs2012", "H5": "hs2017", "H6": "hs2022",
}  # fmt: skip
BACI_EDITIONS: Final = {
    "HS92": "hs1992", "HS96": "hs1996", "HS02": "hs2002", "HS07": "hs2007", "HS12": "hs2012", "HS17": "hs2017",
    "HS22": "hs2022",
}  # fmt: skip
# codes of the list that HS 2022 made and no earlier edition has: WCO, correlation tables HS 2017-2022
NEW_IN_2022: Final = frozenset({"852589", "854149", "854151", "854159", "854800", "880730"})
_PRODUCT: Final = re.compile(r"(?P<edition>[Hh][Ss] ?(?:1992|1996|2002|2007|2012|2017|2022))[:, ]\s*(?P<code>\d{2,6})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which products to take. `codes`: `hs2022:854231` and so on; None: every code. `total`: all goods together."""

    codes: frozenset[str] | None = frozenset()
    total: bool = True


def wanted(products: str | Path | None, world: World) -> Wanted:
    """What `--products` asks for: nothing (all goods together), `all`, `chpl` or a file with a code a line.

    Raises:
        UnknownName: there is no such file.
        WrongRequest: a line of the file is no code with its edition.
    """
    if products is None:
        return Wanted()
    if products == ALL:
        return Wanted(codes=None, total=True)
    if products == CHPL:
        rows = world.rows("products", pl.col("list") == _CHPL_LIST)
        return Wanted(
            frozenset(f"{system.lower()}:{code}" for system, code in rows.select("system", "code").iter_rows())
        )
    return Wanted(frozenset(_listed(Path(products))))


def _listed(path: Path) -> Iterator[str]:
    receive([path])
    lines = text(path, names(path)[0]).content.decode("utf-8-sig", errors="replace").splitlines()
    said = [(number, line.partition("#")[0].strip()) for number, line in enumerate(lines, start=1)]
    found = [(number, line, _PRODUCT.fullmatch(line)) for number, line in said if line]
    wrong = [f"{path.name}:{number}: {line[:40]!r}" for number, line, parts in found if parts is None]
    if wrong or not found:
        raise WrongRequest(
            f"{'; '.join(wrong[:5]) or path.name + ' is empty'}: a line is an edition and a code, as hs2022:854231"
        )
    for _, _, parts in found:
        if parts:
            yield f"{parts['edition'].lower().replace(' ', '')}:{parts['code']}"


def edition_of(day: dt.date) -> str:
    """The edition in force on a day, as the Combined Nomenclature of that year follows it.

    The Harmonized System is revised with effect from 1 January of 1996, 2002, 2007, 2012, 2017 and 2022.
    """
    return f"hs{max(year for year in EDITIONS.values() if year <= max(day.year, 1992))}"


def unlisted(file: str, asked: Wanted, held: Iterable[str]) -> Iterator[Left]:
    """Codes asked for of which no line of the file tells anything: unknown there, never zero."""
    products = frozenset(held) - {TOTAL}
    found = frozenset(selected(asked, products))
    numbers = {product.partition(":")[2] for product in found}
    editions = " and ".join(sorted({product.partition(":")[0] for product in products}))
    for product in sorted(asked.codes or frozenset()):
        edition, _, code = product.partition(":")
        if product in found or code in numbers:
            continue
        new = edition == "hs2022" and code in NEW_IN_2022 and "hs2022" not in editions
        reason = f"is new in HS 2022; {editions} has no such code" if new else "stands in no line of the file"
        yield Left(file, product, f"{reason}: unknown there, not zero")


def selected(asked: Wanted, held: Iterable[str]) -> tuple[str, ...]:
    """Which products of a file are taken: those asked for, and in an edition nobody listed, the same number.

    A number that stands in two editions may mean other goods in each; a row keeps the edition that the file has.
    """
    listed = asked.codes or frozenset()
    asked_editions = {product.partition(":")[0] for product in listed}
    numbers = {product.partition(":")[2] for product in listed}
    return tuple(product for product in held if _is_wanted(asked, product, asked_editions, numbers))


def _is_wanted(asked: Wanted, product: str, asked_editions: set[str], numbers: set[str]) -> bool:
    if product == TOTAL:
        return asked.total
    edition, _, code = product.partition(":")
    same_number = edition not in asked_editions and code in numbers
    new = edition < "hs2022" and code in NEW_IN_2022
    return asked.codes is None or product in asked.codes or (same_number and not new)


def mixed_editions(file: str, rows: pl.DataFrame) -> Iterator[Problem]:
    """One reporter, flow and period in more than one edition: the same goods would count twice.

    `rows`: reporter, flow, period, product.
    """
    coded = rows.filter(pl.col("product") != TOTAL).with_columns(edition=pl.col("product").str.split(":").list.first())
    mixed = coded.group_by("reporter", "flow", "period").agg(pl.col("edition").unique().sort())
    for reporter, flow, period, editions in mixed.filter(pl.col("edition").list.len() > 1).sort("reporter").iter_rows():
        rule = f"gives {reporter} {flow} of {period} in {' and '.join(editions)}: keep one edition, or convert first"
        yield Problem(file, 0, "product", rule, "")
