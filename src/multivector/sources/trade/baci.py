"""BACI of CEPII: one reconciled figure for each pair, product and year, from its yearly files."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from multivector.errors import WrongRequest
from multivector.problems import Problem, first
from multivector.schema import SOURCES
from multivector.sources.handover.base import Left
from multivector.sources.networks.tables import Imported, Made, framed, refuse, unplaced, wrong_rows
from multivector.sources.trade.customs import require_known
from multivector.sources.trade.flow_rows import CustomsRequest, Publication, flow_rows, source_cells
from multivector.sources.trade.goods import BACI_EDITIONS, TOTAL, selected, unlisted
from multivector.sources.trade.labels import match, spellings
from multivector.sources.trade.layouts import columns, empty, no_numbers, number
from multivector.sources.trade.received import Received, Text, names, receive, text
from multivector.world import World
from multivector.world.cells import LINE

PUBLICATION: Final = Publication(
    prefix="cepii-baci",
    producer="CEPII",
    title="BACI: International Trade Database at the Product-Level",
    url="https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37",
    license="Etalab Open Licence 2.0",
    kind="reconciled",
    unit="USD",
    note="Gaulier and Zignago (2010), CEPII Working Paper 2010-23: reports of both sides reconciled, fob; values "
    "printed in thousands of USD, quantities in tonnes; a pair that is not in the file is unknown, not zero; "
    "Other Asia, nes, is read as TWN; all goods are the sum of the file's codes",
)
_YEARLY: Final = re.compile(r"BACI_(?P<edition>HS\d\d)_Y(?P<year>\d{4})_V(?P<version>\d{6}\w*)\.csv")
_CODES: Final = re.compile(r"country_codes_V\d{6}\w*\.csv")
_COLUMNS: Final = {"year": ("t",), "seller": ("i",), "buyer": ("j",), "code": ("k",), "value": ("v",), "tonnes": ("q",)}
_COUNTRY: Final = {"number": ("country_code",), "actor": ("country_iso3", "iso_3digit_alpha")}
_THOUSAND: Final = 1000.0
_NOT_TOLD: Final = "NA"


@dataclass(frozen=True, slots=True)
class _Yearly:
    """A yearly text, and what its name says: the edition of its codes, its year, the version."""

    file: Received
    member: str
    edition: str
    year: int
    version: str


def read_baci(
    paths: Sequence[Path], request: CustomsRequest, *, countries: Path | None = None, world: World | None = None
) -> Imported:
    """Read yearly files of BACI, CSV or the zip archive of an edition: `sources` and `flows`.

    Parameters:
        paths: files as they were received.
        request: what to take; without products, all goods together by pair.
        countries: `country_codes_V….csv`; left out: the one in the archive or beside the first file.
        world: whose actors hold; by default the default world.

    Raises:
        UnknownName: there is no such file, or no such actor in `request.touching`.
        WrongRequest: a file cannot be read, or is no yearly file of BACI.
        WrongWorld: a file breaks a rule; `problems` lists all of them.
    """
    known = world or World.open()
    require_known(request.touching, known)
    files = receive(paths)
    yearly = tuple(_yearly(files))
    actors = _countries(countries, files)
    read = [_rows(one, actors, request, known) for one in yearly]
    told = flow_rows(pl.concat([rows for rows, _ in read]), PUBLICATION, _published(request, yearly))
    if told.is_empty():
        refuse(paths[0], [Problem(paths[0].name, 0, "", "holds no flow between two actors that was asked for", "")])
    records = (source_cells(one.name, one.sha256, PUBLICATION, told, request.accessed) for one in files)
    made = framed(Made(SOURCES, 0, record) for record in records) | {"flows": told}
    refuse(paths[0], wrong_rows(paths[0].name, made, known))
    return Imported(tables=unplaced(made), left=tuple(dict.fromkeys(item for _, left in read for item in left)))


def _yearly(files: Sequence[Received]) -> Iterator[_Yearly]:
    found = [(file, name, _YEARLY.fullmatch(name)) for file in files for name in names(file.path)]
    yearly = [
        _Yearly(file, name, parts["edition"], int(parts["year"]), parts["version"])
        for file, name, parts in found
        if parts
    ]
    if not yearly:
        raise WrongRequest(
            f"{files[0].name} holds no BACI_HS…_Y…_V….csv: give yearly files under the names they came with"
        )
    years = [one.year for one in yearly]
    if len(set(years)) < len(years):
        twice = next(one for one in years if years.count(one) > 1)
        raise WrongRequest(f"{twice} is there in two editions or versions: give one of them")
    yield from yearly


def _published(request: CustomsRequest, yearly: Sequence[_Yearly]) -> dt.date | None:
    """The day given, else the last day of the month that the version is named for: V202401 is 2024-01-31."""
    if request.published is not None:
        return request.published
    year, month = int(yearly[0].version[:4]), int(yearly[0].version[4:6])
    return dt.date(year, month, calendar.monthrange(year, month)[1]) if 1 <= month <= 12 else None  # noqa: PLR2004


def _countries(given: Path | None, files: Sequence[Received]) -> dict[str, str]:
    """Code of CEPII to code of three letters."""
    one = _country_text(given, files)
    read = columns(one, _COUNTRY, {})
    refuse(files[0].path, read.problems)
    return dict(read.cells.drop_nulls().select("number", "actor").iter_rows())


def _country_text(given: Path | None, files: Sequence[Received]) -> Text:
    if given is not None:
        receive([given])
        return text(given, names(given)[0])
    for file in files:
        for name in names(file.path):
            if _CODES.fullmatch(name):
                return text(file.path, name)
    beside = sorted(one for one in files[0].path.parent.iterdir() if _CODES.fullmatch(one.name))
    if beside:
        return text(beside[-1], beside[-1].name)
    raise WrongRequest("country_codes_V….csv is neither in the archive nor beside it: give it with --countries")


def _rows(
    one: _Yearly, actors: dict[str, str], request: CustomsRequest, world: World
) -> tuple[pl.DataFrame, tuple[Left, ...]]:
    """The statements of a year: all goods together by pair, and each code asked for."""
    cells = _cells(one)
    numbers = cells.select(pl.concat([pl.col("seller"), pl.col("buyer")]).unique().sort()).to_series()
    matched = match([actors.get(code, code) for code in numbers], spellings(world))
    strange = [code for code in numbers if actors.get(code, code) in matched.strange]
    refuse(one.file.path, (Problem(one.member, 0, "i, j", "is no known economy", code) for code in strange))
    placed = {
        code: matched.placed[actors.get(code, code)] for code in numbers if actors.get(code, code) in matched.placed
    }
    known = cells.with_columns(
        sender=pl.col("seller").replace_strict(placed, default=None, return_dtype=pl.String),
        receiver=pl.col("buyer").replace_strict(placed, default=None, return_dtype=pl.String),
    ).drop_nulls(["sender", "receiver"])
    wanted = known
    if request.touching:
        wanted = known.filter(pl.col("sender").is_in(request.touching) | pl.col("receiver").is_in(request.touching))
    taken = selected(request.products, [*wanted["product"].unique(), TOTAL])
    parts = [wanted.filter(pl.col("product").is_in(taken))]
    if TOTAL in taken:
        parts.append(wanted.with_columns(product=pl.lit(TOTAL)))
    rule = "selected" if request.touching else "complete"
    rows = pl.concat([_summed(part) for part in parts]).with_columns(
        period_start=pl.date(one.year, 1, 1),
        period_end=pl.date(one.year + 1, 1, 1),
        reporter=pl.lit(None, dtype=pl.String),
        basis=pl.lit("fob"),
        list_rule=pl.lit(rule),
        decimals=pl.lit(0),
        sha256=pl.lit(one.file.sha256),
        locator=pl.lit(one.member),
        note=pl.lit(None, dtype=pl.String),
    )
    return rows, tuple(_left(one, cells, actors, matched.left, request))


def _cells(one: _Yearly) -> pl.DataFrame:
    """The lines of a yearly file: seller and buyer as numbers of CEPII, product, value in USD, tonnes."""
    said = text(one.file.path, one.member)
    read = columns(said, _COLUMNS, {})
    refuse(one.file.path, read.problems)
    cells = read.cells.with_columns(pl.col("tonnes").replace(_NOT_TOLD, None))
    refuse(
        one.file.path,
        (
            *empty(one.member, cells, ("year", "seller", "buyer", "code", "value")),
            *no_numbers(one.member, cells, ("value", "tonnes")),
            *_wrong_lines(one, cells),
        ),
    )
    edition = BACI_EDITIONS.get(one.edition)
    if edition is None:
        raise WrongRequest(f"{one.member} is in {one.edition}: BACI comes in {' '.join(BACI_EDITIONS)}")
    return cells.select(
        LINE,
        "seller",
        "buyer",
        product=pl.format("{}:{}", pl.lit(edition), "code"),
        value=number("value") * _THOUSAND,
        tonnes=number("tonnes"),
    )


def _wrong_lines(one: _Yearly, cells: pl.DataFrame) -> Iterator[Problem]:
    rules = {
        f"is not {one.year}, the year of the file": ("year", pl.col("year") != str(one.year)),
        "is no value: below zero or not finite": ("value", (number("value") < 0) | ~number("value").is_finite()),
        "is no weight: below zero or not finite": ("tonnes", (number("tonnes") < 0) | ~number("tonnes").is_finite()),
        "stands twice: one seller, buyer and code": ("code", pl.struct("seller", "buyer", "code").is_duplicated()),
    }
    for rule, (column, broken) in rules.items():
        found = cells.filter(broken).select(LINE, column)
        yield from first(Problem(one.member, line, column, rule, value or "") for line, value in found.iter_rows())


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    """By pair and product; the weight of a sum is told only where every part tells it."""
    return rows.group_by("sender", "receiver", "product", maintain_order=True).agg(
        pl.col(LINE).first(),
        pl.col("value").sum(),
        pl.when(pl.col("tonnes").null_count() == 0).then(pl.col("tonnes").sum()).alias("tonnes"),
    )


def _left(
    one: _Yearly, cells: pl.DataFrame, actors: dict[str, str], reasons: dict[str, str], request: CustomsRequest
) -> Iterator[Left]:
    for code in sorted(code for code, actor in actors.items() if actor in reasons):
        count = cells.filter((pl.col("seller") == code) | (pl.col("buyer") == code)).height
        if count:
            yield Left(one.member, f"economy {code} ({actors[code]}), {count} lines", reasons[actors[code]])
    yield from unlisted(one.member, request.products, cells["product"].unique())
