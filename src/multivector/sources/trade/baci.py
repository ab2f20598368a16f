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
_MOST_CATEGORIES: Final = 2**20  # three of them fit into one number


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
    yearly = [
        _Yearly(file, name, parts["edition"], int(parts["year"]), parts["version"])
        for file in files
        for name in names(file.path)
        if (parts := _YEARLY.fullmatch(name))
    ]
    if not yearly:
        raise WrongRequest(f"{files[0].name} holds no BACI_HS…_Y…_V….csv: yearly files keep the names they came with")
    if strange := [one.member for one in yearly if one.edition not in BACI_EDITIONS]:
        raise WrongRequest(f"{strange[0]} is in another edition than {' '.join(BACI_EDITIONS)}")
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
    codes = {*cells["seller"].unique().cast(pl.String), *cells["buyer"].unique().cast(pl.String)}
    label = {code: actors.get(code, code) for code in sorted(codes)}
    matched = match(label.values(), spellings(world))
    strange = [name for name in label.values() if name in matched.strange]
    refuse(one.file.path, (Problem(one.member, 0, "i, j", "is no known economy", name) for name in strange))
    placed = {code: matched.placed[name] for code, name in label.items() if name in matched.placed}
    products = {f"{BACI_EDITIONS[one.edition]}:{code}": code for code in cells["code"].unique().cast(pl.String)}
    taken = {products[product]: product for product in selected(request.products, products)}
    wanted = _between(cells, placed, request.touching)
    parts = [_summed(wanted.filter(pl.col("code").is_in(list(taken))), taken)] if taken else []
    parts += [_summed(wanted, None)] if request.products.total else []
    rows = _named(pl.concat(parts), placed).with_columns(
        period_start=pl.date(one.year, 1, 1),
        period_end=pl.date(one.year + 1, 1, 1),
        reporter=pl.lit(None, dtype=pl.String),
        basis=pl.lit("fob"),
        list_rule=pl.lit("selected" if request.touching else "complete"),
        decimals=pl.lit(0),
        sha256=pl.lit(one.file.sha256),
        locator=pl.lit(one.member),
        note=pl.lit(None, dtype=pl.String),
    )
    return rows, (*_left(one, cells, label, matched.left), *unlisted(one.member, request.products, products))


def _cells(one: _Yearly) -> pl.DataFrame:
    """The lines of a yearly file: seller, buyer and code as categories, value in USD, tonnes."""
    read = columns(text(one.file.path, one.member), _COLUMNS, {})
    refuse(one.file.path, read.problems)
    # a year has 11 million lines: names of categories take a tenth of the room of text
    cells = read.cells.with_columns(
        pl.col("tonnes").replace(_NOT_TOLD, None), pl.col("seller", "buyer", "code").cast(pl.Categorical)
    )
    refuse(
        one.file.path,
        (
            *empty(one.member, cells, ("year", "seller", "buyer", "code", "value")),
            *no_numbers(one.member, cells, ("value", "tonnes")),
            *_wrong_lines(one, cells),
        ),
    )
    return cells.select(LINE, "seller", "buyer", "code", value=number("value") * _THOUSAND, tonnes=number("tonnes"))


def _wrong_lines(one: _Yearly, cells: pl.DataFrame) -> Iterator[Problem]:
    place = {name: pl.col(name).to_physical().cast(pl.UInt64) for name in ("seller", "buyer", "code")}
    key = (place["seller"] * _MOST_CATEGORIES + place["buyer"]) * _MOST_CATEGORIES + place["code"]
    rules = {
        f"is not {one.year}, the year of the file": ("year", pl.col("year") != str(one.year)),
        "is no value: below zero or not finite": ("value", (number("value") < 0) | ~number("value").is_finite()),
        "is no weight: below zero or not finite": ("tonnes", (number("tonnes") < 0) | ~number("tonnes").is_finite()),
    }
    # counting is four times as fast as marking, and the lines are marked only where there are some
    if cells.select(key.n_unique()).item() < cells.height:
        rules["stands twice: one seller, buyer and code"] = ("code", key.is_duplicated())
    for rule, (column, broken) in rules.items():
        found = cells.filter(broken).select(LINE, pl.col(column).cast(pl.String))
        yield from first(Problem(one.member, line, column, rule, value or "") for line, value in found.iter_rows())


def _between(cells: pl.DataFrame, placed: dict[str, str], touching: tuple[str, ...]) -> pl.DataFrame:
    """The lines of two known actors, one of them `touching` where any are given."""
    known = cells.filter(pl.col("seller").is_in(list(placed)) & pl.col("buyer").is_in(list(placed)))
    if not touching:
        return known
    wanted = [code for code, actor in placed.items() if actor in touching]
    return known.filter(pl.col("seller").is_in(wanted) | pl.col("buyer").is_in(wanted))


def _summed(rows: pl.DataFrame, products: dict[str, str] | None) -> pl.DataFrame:
    """By pair and code, without `products` by pair; the weight of a sum is told where every part tells it."""
    by_code = [] if products is None else [pl.col("code").cast(pl.String).replace_strict(products).alias("product")]
    sums = rows.group_by(["seller", "buyer", *(["code"] if by_code else [])], maintain_order=True).agg(
        pl.col(LINE).first(),
        pl.col("value").sum(),
        pl.when(pl.col("tonnes").null_count() == 0).then(pl.col("tonnes").sum()).alias("tonnes"),
    )
    named = sums.with_columns(by_code or [pl.lit(TOTAL).alias("product")])
    return named.select(LINE, pl.col("seller", "buyer").cast(pl.String), "product", "value", "tonnes")


def _named(rows: pl.DataFrame, placed: dict[str, str]) -> pl.DataFrame:
    """With actors in place of CEPII's codes; two codes of one actor, as of Sudan before and after 2011, are one."""
    sender, receiver = (pl.col(name).replace_strict(placed, return_dtype=pl.String) for name in ("seller", "buyer"))
    actors = rows.with_columns(sender=sender, receiver=receiver).filter(pl.col("sender") != pl.col("receiver"))
    return actors.group_by("sender", "receiver", "product", maintain_order=True).agg(
        pl.col(LINE).first(),
        pl.col("value").sum(),
        pl.when(pl.col("tonnes").null_count() == 0).then(pl.col("tonnes").sum()).alias("tonnes"),
    )


def _left(one: _Yearly, cells: pl.DataFrame, label: dict[str, str], reasons: dict[str, str]) -> Iterator[Left]:
    for code, name in label.items():
        if name in reasons:
            count = cells.filter((pl.col("seller") == code) | (pl.col("buyer") == code)).height
            yield Left(one.member, f"economy {code} ({name}), {count} lines", reasons[name])
