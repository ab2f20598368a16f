"""Commands on received files of trade: input-output tables and customs statistics."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from multivector.cli.networks import pull
from multivector.cli.output import Force, say

if TYPE_CHECKING:
    from multivector.sources.networks import Pulled
    from multivector.sources.trade import CustomsRequest

Files = Annotated[tuple[Path, ...], Parameter(help="the files as they were received, plain, .gz or .zip")]
Into = Annotated[Path, Parameter(help="folder that takes the tables")]
Published = Annotated[
    dt.date | None, Parameter(help="day on which this edition came out; left out: unknown, and no as-of world has it")
]

Touching = Annotated[tuple[str, ...], Parameter(help="only flows from or to these: KAZ,RUS")]
Products = Annotated[
    str | None,
    Parameter(
        help="all: every code; chpl: the Common High Priority List; or a file of codes with their edition, one a line: "
        "hs2022:854231; left out: all goods together"
    ),
]


@pull.command
def icio(  # noqa: PLR0913 - options of a command
    files: Files,
    /,
    *,
    into: Into,
    regions: Annotated[
        tuple[Literal["full", "regions28", "groups8"], ...],
        Parameter(help="full: every economy; regions28: 21 regions; groups8: 21 regions, 8 groups of sectors"),
    ] = ("full",),
    resolution: Annotated[
        str | None, Parameter(help="name of the table, where the world has one of the usual name for these years")
    ] = None,
    years: Annotated[tuple[int, ...], Parameter(help="only these years; left out: all in the files")] = (),
    tariff: Annotated[
        Path | None, Parameter(help="CSV of importer,exporter,sector,year,tariff; left out: tariffs are unknown")
    ] = None,
    negatives: Annotated[
        Literal["refuse", "set-aside"],
        Parameter(help="sales that inventories leave below zero: refuse the file, or leave them out by name"),
    ] = "refuse",
    published: Published = None,
    force: Force = False,
) -> None:
    """OECD inter-country input-output tables: who spends how much on whose output, by sector."""
    from multivector.sources.trade import IcioRequest, pull_icio

    request = IcioRequest(
        regions=regions,
        name=resolution,
        years=years,
        set_aside=negatives == "set-aside",
        published=published,
        accessed=_today(),
    )
    _pulled(pull_icio(files, into, request, tariff=tariff, force=force), into)


@pull.command
def baci(  # noqa: PLR0913 - options of a command
    files: Files,
    /,
    *,
    into: Into,
    touching: Touching = (),
    products: Products = None,
    countries: Annotated[
        Path | None, Parameter(help="country_codes_V….csv; left out: the one in the archive or beside the file")
    ] = None,
    published: Published = None,
    force: Force = False,
) -> None:
    """BACI of CEPII: one reconciled figure for each pair, product and year."""
    from multivector.sources.trade import pull_baci

    request = _request(touching, products, published)
    _pulled(pull_baci(files, into, request, countries=countries, force=force), into)


@pull.command
def comtrade(  # noqa: PLR0913 - options of a command
    files: Files,
    /,
    *,
    into: Into,
    touching: Touching = (),
    products: Products = None,
    published: Published = None,
    force: Force = False,
) -> None:
    """UN Comtrade: what each reporter says it sent and received, CSV of today's columns or of those before 2023."""
    from multivector.sources.trade import pull_comtrade

    _pulled(pull_comtrade(files, into, _request(touching, products, published), force=force), into)


@pull.command
def eurostat(  # noqa: PLR0913 - options of a command
    files: Files,
    /,
    *,
    into: Into,
    touching: Touching = (),
    products: Products = None,
    published: Published = None,
    force: Force = False,
) -> None:
    """Eurostat's Comext: what EU members say they sent and received, bulk files, Easy Comext or SDMX-CSV."""
    from multivector.sources.trade import pull_eurostat

    _pulled(pull_eurostat(files, into, _request(touching, products, published), force=force), into)


def _request(touching: tuple[str, ...], products: str | None, published: dt.date | None) -> CustomsRequest:
    from multivector.sources.trade import CustomsRequest, wanted
    from multivector.world import World

    states = tuple(state for one in touching for state in one.split(","))
    return CustomsRequest(
        touching=states, products=wanted(products, World.open()), published=published, accessed=_today()
    )


def _pulled(pulled: Pulled, into: Path) -> None:
    for one in pulled.left:
        print(f"{one.file} {one.fact}: {one.reason}")  # noqa: T201 - what was left out is the data
    say("; ".join(f"{count} rows of {table}" for table, count in pulled.rows.items()))
    say(f"now check them: multivector check {into}")


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()
