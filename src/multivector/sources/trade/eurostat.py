"""Eurostat's Comext: bulk files, exports of Easy Comext and SDMX-CSV become statements of members on their trade."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from multivector.problems import Problem, first
from multivector.sources.handover.base import Left
from multivector.sources.networks.tables import Imported
from multivector.sources.trade.customs import EXPORT, IMPORT, Said, flows
from multivector.sources.trade.flow_rows import KG_A_TONNE, CustomsRequest, Publication
from multivector.sources.trade.goods import TOTAL, edition_of
from multivector.sources.trade.layouts import Columns, columns, decimals, empty, no_numbers, number
from multivector.sources.trade.periods import periods
from multivector.sources.trade.received import Text, header
from multivector.world import World
from multivector.world.cells import LINE

PUBLICATION: Final = Publication(
    prefix="eurostat-comext",
    producer="Eurostat",
    title="Comext: international trade in goods of the EU members",
    url="https://ec.europa.eu/eurostat/databrowser/bulk?selectedTab=fileComext",
    license="CC BY 4.0: reuse with attribution to Eurostat",
    kind="official",
    unit="EUR",
    note="exports at fob and imports at cif, statistical value; rows are of the members themselves and are never added "
    "to a row of the EU or the euro area; GBR, a reporter until January 2020, is not one of the 27; editions of the "
    "Harmonized System go by the Combined Nomenclature of the year; weights in tonnes",
)
_Spellings = dict[str, tuple[str, ...]]
_COMMON: Final[_Spellings] = {
    "reporter": ("REPORTER", "DECLARANT_ISO", "DECLARANT"),
    "partner": ("PARTNER", "PARTNER_ISO"),
    "code": ("PRODUCT", "PRODUCT_NC"),
    "flow": ("FLOW",),
    "period": ("PERIOD", "TIME_PERIOD"),
}
_VALUE: Final[_Spellings] = {"value": ("VALUE_IN_EUROS", "VALUE_IN_EUR", "VALUE_EUR")}
_OPTIONAL: Final[_Spellings] = {
    "weight": ("QUANTITY_IN_KG", "QUANTITY_KG"),
    "regime": ("STAT_PROCEDURE", "STAT_REGIME"),
    "trade_type": ("TRADE_TYPE",),
    "second_unit": ("SUPPL_UNIT", "SUPP_UNIT"),
}
_LONG: Final[_Spellings] = {
    "indicator": ("indicators", "INDICATORS"),
    "value": ("OBS_VALUE", "VALUE", "INDICATOR_VALUE"),
}
_EUROS: Final = ("VALUE_IN_EUROS", "VALUE_IN_EUR", "VALUE_EUR")
_WEIGHTS: Final = {"QUANTITY_IN_100KG": 100.0, "QUANTITY_IN_KG": 1.0, "QUANTITY_KG": 1.0}  # kg
_FLOWS: Final = {"1": IMPORT, "IMPORT": IMPORT, "1-IMPORT": IMPORT, "2": EXPORT, "EXPORT": EXPORT, "2-EXPORT": EXPORT}
_ALL_REGIMES: Final = ("Total", "TOTAL", "T", "T-Total")
_TOTALS: Final = ("TOTAL", "Total", "TOTAL-Total")
_CODE: Final = r"^(\d{2,8})(?:-.*)?$"
_WITHHELD: Final = r"^[0-9]{2}[0-9A-Z]{2,10}$"  # such as 85SSSSS9: goods that a reporter keeps secret
_TWO_LETTERS: Final = r"^([A-Z]{2})-.+$"
_HS6: Final = 6


def read_eurostat(paths: Sequence[Path], request: CustomsRequest, *, world: World | None = None) -> Imported:
    """Read files of Comext: `sources` and `flows`, values in EUR, weights in tonnes.

    Raises:
        UnknownName: there is no such file, or no such actor in `request.touching`.
        WrongRequest: a file cannot be read.
        WrongWorld: a file breaks a rule; `problems` lists all of them.
    """
    return flows(paths, _said, PUBLICATION, request, world or World.open())


def _said(one: Text) -> Said:
    read = _columns(one)
    if read.problems:
        return Said(pl.DataFrame(), read.problems)
    cells = read.cells.with_columns(pl.col("reporter", "partner").str.replace(_TWO_LETTERS, "$1"))
    problems = (
        *empty(one.member, cells, ("reporter", "partner", "period", "code", "flow")),
        *no_numbers(one.member, cells, ("value", "weight")),
        *_unknown_flows(one.member, cells),
        *_worded_goods(one.member, cells),
    )
    if problems:
        return Said(pl.DataFrame(), problems)
    whole = _one_regime(cells)
    coded = whole.filter(pl.col("code").is_in(list(_TOTALS)) | pl.col("code").str.contains(_CODE))
    finest = _one_level(coded)
    left = tuple(_left(one.member, cells, whole, coded, finest))
    return Said(_statements(finest), (), left)


def _columns(one: Text) -> Columns:
    """The columns of a wide file, or of one with an indicator a line, made wide."""
    if not any(name.casefold() == "indicators" for name in header(one)):
        return columns(one, _COMMON | _VALUE, _OPTIONAL)
    read = columns(one, _COMMON | _LONG, {ours: theirs for ours, theirs in _OPTIONAL.items() if ours != "weight"})
    if read.problems:
        return read
    known = (*_EUROS, *_WEIGHTS)
    strange = read.cells.filter(~pl.col("indicator").is_in(known) | pl.col("indicator").is_null())
    problems = tuple(
        Problem(one.member, line, "indicators", f"is neither a value nor a weight: {' '.join(known)}", value or "")
        for value, line in strange.group_by("indicator").agg(pl.col(LINE).min()).iter_rows()
    )
    return Columns(read.cells, problems) if problems else _widened(one.member, read.cells)


def _widened(file: str, cells: pl.DataFrame) -> Columns:
    key = ["reporter", "partner", "code", "flow", "period", "regime", "trade_type", "second_unit"]
    problems = tuple(no_numbers(file, cells, ("value",)))
    if problems:
        return Columns(cells, problems)
    values = cells.filter(pl.col("indicator").is_in(_EUROS)).drop("indicator")
    kg = number("value") * pl.col("indicator").replace_strict(_WEIGHTS, return_dtype=pl.Float64)
    weights = (
        cells.filter(pl.col("indicator").is_in(list(_WEIGHTS)))
        .select(*key, weight=kg.cast(pl.String))
        .unique(subset=[*key, "weight"], maintain_order=True)
    )
    twice = weights.filter(pl.struct(key).is_duplicated())
    if not twice.is_empty():
        said = ", ".join(str(cell) for cell in twice.row(0)[:5])
        return Columns(cells, (Problem(file, 0, "indicators", f"gives two weights for {said}", ""),))
    joined = values.join(weights, on=key, how="left", nulls_equal=True, validate="m:1", maintain_order="left")
    return Columns(joined, ())


def _unknown_flows(file: str, cells: pl.DataFrame) -> Iterator[Problem]:
    strange = cells.filter(~pl.col("flow").is_in(list(_FLOWS))).drop_nulls("flow")
    for value, line in strange.group_by("flow").agg(pl.col(LINE).min()).iter_rows():
        yield Problem(file, line, "flow", f"is no flow: {' '.join(_FLOWS)}", value)


def _worded_goods(file: str, cells: pl.DataFrame) -> Iterator[Problem]:
    known = pl.col("code").is_in(list(_TOTALS)) | pl.col("code").str.contains(f"{_CODE}|{_WITHHELD}")
    worded = cells.filter(~known).group_by("code", maintain_order=True).agg(pl.col(LINE).min())
    yield from first(
        Problem(file, line, "product", "is no code: export the codes of products, not their names", value[:60])
        for value, line in worded.iter_rows()
    )


def _one_regime(cells: pl.DataFrame) -> pl.DataFrame:
    """The lines of all customs procedures together, where the file has them: their parts would count twice."""
    total = pl.col("regime").is_in(list(_ALL_REGIMES))
    has_total = cells.select(total.any()).item()
    return cells.filter(total) if has_total else cells


def _one_level(cells: pl.DataFrame) -> pl.DataFrame:
    """Lines of 8 digits stay where no line of 6 digits says the same: the file adds them up itself."""
    digits = pl.col("code").str.extract(_CODE)
    sums = cells.filter(digits.str.len_chars() == _HS6).select(digits).to_series().unique()
    return cells.filter(
        (digits.str.len_chars() <= _HS6) | ~digits.str.slice(0, _HS6).is_in(sums.implode()) | digits.is_null()
    )


def _statements(cells: pl.DataFrame) -> pl.DataFrame:
    digits = pl.col("code").str.extract(_CODE)
    editions = {printed: edition_of(one.start) for printed, one in periods(cells["period"].unique()).items()}
    edition = pl.col("period").replace_strict(editions, default="hs", return_dtype=pl.String)
    flow = pl.col("flow").replace_strict(_FLOWS, return_dtype=pl.String)
    others = ("regime", "trade_type", "second_unit")
    return cells.select(
        LINE,
        "reporter",
        "partner",
        "period",
        product=pl.when(digits.is_null())
        .then(pl.lit(TOTAL))
        .otherwise(pl.format("{}:{}", edition, digits.str.slice(0, _HS6))),
        flow=flow,
        detail=pl.concat_str(digits, *others, separator="|", ignore_nulls=True),
        value=number("value"),
        tonnes=number("weight") / KG_A_TONNE,
        basis=pl.when(flow == EXPORT).then(pl.lit("fob")).otherwise(pl.lit("cif")),
        decimals=decimals("value"),
    )


def _left(
    file: str, cells: pl.DataFrame, whole: pl.DataFrame, coded: pl.DataFrame, finest: pl.DataFrame
) -> Iterator[Left]:
    for more, fewer, reason in (
        (cells, whole, "are of single customs procedures, which the file also gives together"),
        (whole, coded, "are of goods that a reporter keeps secret or adjusts: they are in the total only"),
        (coded, finest, "are of 8-digit codes, which the file also gives as 6-digit ones"),
    ):
        if more.height > fewer.height:
            yield Left(file, f"{more.height - fewer.height} lines", reason)
