"""UN Comtrade as its site and its bulk files give it: CSV of today's columns, and of those before 2023."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from multivector.problems import Problem
from multivector.sources.handover.base import Left
from multivector.sources.networks.tables import Imported
from multivector.sources.trade.customs import EXPORT, IMPORT, Said, flows
from multivector.sources.trade.flow_rows import KG_A_TONNE, CustomsRequest, Publication
from multivector.sources.trade.goods import COMTRADE_EDITIONS, TOTAL
from multivector.sources.trade.layouts import columns, decimals, empty, no_numbers, number
from multivector.sources.trade.received import Text
from multivector.world import World
from multivector.world.cells import LINE

PUBLICATION: Final = Publication(
    prefix="un-comtrade",
    producer="United Nations Statistics Division",
    title="UN Comtrade",
    url="https://comtradeplus.un.org/",
    license="UN Comtrade policy on use and re-dissemination: no bulk re-dissemination, cite the source",
    kind="official",
    unit="USD",
    note="as reported: imports at cif and exports at fob unless a line says otherwise; re-exports are in exports, "
    "re-imports in imports; Other Asia, nes, is read as TWN; net weight in tonnes, some of it estimated by the UN",
)
_REQUIRED: Final = {
    "reporter": ("reporterISO", "Reporter ISO"),
    "partner": ("partnerISO", "Partner ISO"),
    "period": ("period",),
    "code": ("cmdCode", "Commodity Code"),
    "edition": ("classificationCode", "Classification"),
    "flow": ("flowCode", "Trade Flow Code", "TradeFlow Code"),
    "value": ("primaryValue", "Trade Value (US$)", "TradeValueUS"),
}
_OPTIONAL: Final = {
    "weight": ("netWgt", "Netweight (kg)", "Netweightkg"),
    "cif": ("cifvalue", "CIF Trade Value (US$)", "CIF TradeValue"),
    "fob": ("fobvalue", "FOB Trade Value (US$)"),
    "type": ("typeCode",),
    "second": ("partner2Code", "2nd Partner Code"),
    "customs": ("customsCode", "Customs Proc. Code"),
    "transport": ("motCode", "Mode of Transport Code"),
}
_TOTALS: Final = {"second": "0", "customs": "C00", "transport": "0"}  # what the sum over each dimension is called
_FLOWS: Final = {"X": EXPORT, "2": EXPORT, "M": IMPORT, "1": IMPORT}
_OTHER_FLOWS: Final = {
    "RX": "re-exports are in exports already", "3": "re-exports are in exports already",
    "RM": "re-imports are in imports already", "4": "re-imports are in imports already",
    "DX": "domestic exports are in exports already", "FM": "foreign imports are in imports already",
    "XIP": "exports for processing are in exports already", "XOP": "exports after processing are in exports already",
    "MIP": "imports for processing are in imports already", "MOP": "imports after processing are in imports already",
}  # fmt: skip


def read_comtrade(paths: Sequence[Path], request: CustomsRequest, *, world: World | None = None) -> Imported:
    """Read CSV files of UN Comtrade: `sources` and `flows`, values in USD, net weights in tonnes.

    Raises:
        UnknownName: there is no such file, or no such actor in `request.touching`.
        WrongRequest: a file cannot be read.
        WrongWorld: a file breaks a rule; `problems` lists all of them.
    """
    return flows(paths, _said, PUBLICATION, request, world or World.open())


def _said(one: Text) -> Said:
    read = columns(one, _REQUIRED, _OPTIONAL)
    if read.problems:
        return Said(pl.DataFrame(), read.problems)
    cells = read.cells
    problems = (
        *empty(one.member, cells, ("reporter", "partner", "period", "code", "flow")),
        *no_numbers(one.member, cells, ("value", "weight", "cif", "fob")),
        *_unknown(one.member, cells, "flow", {*_FLOWS, *_OTHER_FLOWS}, "is no flow of Comtrade"),
        *_unknown(one.member, cells, "edition", set(COMTRADE_EDITIONS), "is no edition of the Harmonized System"),
        *_services(one.member, cells),
        *_no_totals(one.member, cells),
    )
    if problems:
        return Said(pl.DataFrame(), problems)
    whole = cells.filter(*(pl.col(name).is_null() | (pl.col(name) == total) for name, total in _TOTALS.items()))
    counted = whole.filter(pl.col("flow").is_in(list(_FLOWS)))
    coded = counted.filter((pl.col("code") == "TOTAL") | pl.col("code").str.contains(r"^\d{2,6}$"))
    return Said(_statements(coded), (), tuple(_left(one.member, cells, whole, counted, coded)))


def _statements(cells: pl.DataFrame) -> pl.DataFrame:
    edition = pl.col("edition").replace_strict(COMTRADE_EDITIONS, return_dtype=pl.String)
    # Comtrade values imports at cif, but where a reporter counts them fob the primary value is the fob one
    basis = (
        pl.when(pl.col("flow").is_in(["X", "2"]))
        .then(pl.lit("fob"))
        .when(number("cif").is_null() & number("fob").is_null())
        .then(pl.lit("cif"))
        .when(number("value") == number("cif"))
        .then(pl.lit("cif"))
        .when(number("value") == number("fob"))
        .then(pl.lit("fob"))
        .otherwise(pl.lit("none"))
    )
    return cells.select(
        LINE,
        "reporter",
        "partner",
        "period",
        product=pl.when(pl.col("code") == "TOTAL").then(pl.lit(TOTAL)).otherwise(pl.format("{}:{}", edition, "code")),
        flow=pl.col("flow").replace_strict(_FLOWS, return_dtype=pl.String),
        detail=pl.lit(""),
        value=number("value"),
        # a net weight of zero beside a value is how Comtrade writes that none was told
        tonnes=pl.when(~((number("weight") == 0) & (number("value") > 0))).then(number("weight") / KG_A_TONNE),
        basis=basis,
        decimals=decimals("value"),
    )


def _unknown(file: str, cells: pl.DataFrame, column: str, known: set[str], rule: str) -> Iterator[Problem]:
    strange = cells.filter(~pl.col(column).is_in(list(known)) | pl.col(column).is_null())
    for value, line in strange.group_by(column, maintain_order=True).agg(pl.col(LINE).min()).iter_rows():
        yield Problem(file, line, column, f"{rule}: {' '.join(sorted(known))}", value or "")


def _services(file: str, cells: pl.DataFrame) -> Iterator[Problem]:
    lines = cells.filter(pl.col("type").is_not_null() & (pl.col("type") != "C"))[LINE]
    if len(lines):
        yield Problem(file, int(lines[0]), "typeCode", "is of services: ask for goods (C)", "S")


def _no_totals(file: str, cells: pl.DataFrame) -> Iterator[Problem]:
    """A dimension of which the file has parts and no sum: the parts of one flow need not be all there."""
    for name, total in _TOTALS.items():
        if cells[name].null_count() < cells.height and not (cells[name] == total).any():
            yield Problem(file, 0, name, f"has only parts: ask for the sum, {total!r}", "")


def _left(
    file: str, cells: pl.DataFrame, whole: pl.DataFrame, counted: pl.DataFrame, coded: pl.DataFrame
) -> Iterator[Left]:
    if cells.height > whole.height:
        yield Left(file, f"{cells.height - whole.height} lines", "are parts by second partner, customs or transport")
    for flow, count in (
        whole.filter(~pl.col("flow").is_in(list(_FLOWS))).group_by("flow").len().sort("flow").iter_rows()
    ):
        yield Left(file, f"flow {flow}, {count} lines", _OTHER_FLOWS[flow])
    if counted.height > coded.height:
        yield Left(file, f"{counted.height - coded.height} lines", "are of codes that are no code of goods, as 9999AA")
