"""Received input-output tables become rows of `io_flows`, at full resolution or put together, and their sources."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from multivector.errors import WrongRequest
from multivector.problems import Problem
from multivector.schema import SOURCES, TABLES, column_names
from multivector.sources.handover.base import RANKS, Left
from multivector.sources.networks.tables import Cell, Imported, Made, framed, refuse, unplaced, wrong_rows
from multivector.sources.trade.icio import Cube, read_cube
from multivector.sources.trade.icio_codes import edition, year_in
from multivector.sources.trade.icio_regions import (
    Aggregate,
    Regions,
    aggregate,
    full,
    membership,
    unmatched,
)
from multivector.sources.trade.received import Received, names, receive, text
from multivector.sources.trade.tariffs import Tariffs, placed, read_tariffs
from multivector.world import World
from multivector.world.cells import LINE

PRODUCER: Final = "OECD"
LICENCE: Final = "OECD terms and conditions: reuse with citation"
PAGE: Final = "https://www.oecd.org/en/data/datasets/inter-country-input-output-tables.html"
_KIND: Final = "official"
_FIRST_YEAR: Final = 1995
_NAME: Final = re.compile(r"[a-z0-9]{2,20}")


@dataclass(frozen=True, slots=True)
class IcioRequest:
    """What to make of received tables.

    `regions`: resolutions to write. `name`: what to call the only one of them, where the world has a table of the
    usual name for that year; its membership is then written too. `years`: only these; none given: all in the files.
    `set_aside`: leave negative sales out, listed, instead of refusing. `published`: when the edition came out.
    `accessed`: when it was received.
    """

    regions: tuple[Regions, ...] = ("full",)
    name: str | None = None
    years: tuple[int, ...] = ()
    set_aside: bool = False
    published: dt.date | None = None
    accessed: dt.date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One text of one received file, read."""

    file: Received
    member: str
    cube: Cube


def read_icio(
    paths: Sequence[Path], request: IcioRequest, *, tariff: Path | None = None, world: World | None = None
) -> Imported:
    """Read received files of the tables, CSV or zip archives of them, one year a text.

    Gives `sources` (a record a file) and `io_flows`. A cell of exactly zero has no row: the tables are complete.

    Parameters:
        paths: files as they were received.
        request: what to make of them.
        tariff: a CSV file of importer, exporter, sector, year, tariff; without it tariffs are unknown.
        world: whose actors and `sectors` hold; by default the default world.

    Raises:
        UnknownName: there is no such file.
        WrongRequest: a file cannot be read, or holds none of the years asked for.
        WrongWorld: a file breaks a rule; `problems` lists all of them.
    """
    known = world or World.open()
    _require_name(request)
    tariffs = _tariffs(tariff)
    tables: list[pl.DataFrame] = []
    left: list[Left] = []
    sources: list[Made] = []
    for file, members in _chosen(receive(paths), request.years).items():
        editions: set[str] = set()
        for member, year in members.items():
            said = text(file.path, member)
            read = read_cube(said, year=year, known=known.names("actor"), set_aside=request.set_aside)
            refuse(file.path, read.problems)
            if read.cube is not None:
                left += read.left
                editions.add(edition(read.cube.sectors))
                tables += _tables(_Part(file, member, read.cube), tariffs, request, known)
        sources.append(Made(SOURCES, 0, _source(file, sorted(editions), sorted(members.values()), request)))
    made = framed([*sources, *_named_groups(sources, request, known)]) | {"io_flows": pl.concat(tables)}
    refuse(paths[0], wrong_rows(paths[0].name, made, known))
    return Imported(tables=unplaced(made), left=tuple(dict.fromkeys(left)))


def _require_name(request: IcioRequest) -> None:
    if request.name is None:
        return
    if len(set(request.regions)) > 1:
        raise WrongRequest(f"one name, {request.name!r}, for several resolutions: pull them one by one")
    if not _NAME.fullmatch(request.name):
        raise WrongRequest(f"{request.name!r} is no name of a resolution: small letters and digits, from 2 to 20")


def _named_groups(sources: Sequence[Made], request: IcioRequest, world: World) -> Iterator[Made]:
    """Rows of `sectors` that say of what a table under a name of its own is made."""
    if request.name is None or request.regions[0] == "full":
        return
    members = membership(world, request.regions[0])
    for kind, groups in (("region", members.regions), ("sector", members.sectors)):
        for code, parts in groups.items():
            cells: dict[str, Cell] = {
                "resolution": request.name,
                "kind": kind,
                "code": code,
                "members": " ".join(parts),
            }
            said: dict[str, Cell] = {"status": "derived", "source": sources[0].cells["source"]}
            yield Made("sectors", 0, cells | said | {"published": request.published})


def _tariffs(path: Path | None) -> Tariffs | None:
    if path is None:
        return None
    receive([path])
    read, problems = read_tariffs(text(path, names(path)[0]))
    refuse(path, problems)
    return read


def _chosen(files: Sequence[Received], years: tuple[int, ...]) -> dict[Received, dict[str, int]]:
    """The texts to read in each file, with their years; every year asked for once."""
    found: dict[Received, dict[str, int]] = {}
    seen: dict[int, str] = {}
    problems: list[str] = []
    for file in files:
        for member in names(file.path):
            year = year_in(member)
            if year is None or year < _FIRST_YEAR:
                problems.append(f"{member} names no year: call it 2022.csv, for the table itself does not say")
            elif not years or year in years:
                if year in seen:
                    problems.append(f"{seen[year]} and {member} are both of {year}: give one of them")
                seen[year] = member
                found.setdefault(file, {})[member] = year
    problems += [f"no file holds {year}" for year in years if year not in seen]
    if problems or not seen:
        raise WrongRequest("; ".join(problems) or "the files hold no table")
    return found


def _tables(part: _Part, tariffs: Tariffs | None, request: IcioRequest, world: World) -> Iterator[pl.DataFrame]:
    wanted = [full(part.cube) if one == "full" else membership(world, one) for one in dict.fromkeys(request.regions)]
    told = [Problem(part.member, 0, "", why, "") for members in wanted for why in unmatched(part.cube, members)]
    refuse(part.file.path, told)
    rates = None
    if tariffs:
        rates, strangers = placed(tariffs, part.cube)
        refuse(part.file.path, strangers)
    for members in wanted:
        table = aggregate(part.cube, rates, members)
        yield _rows(part, replace(table, resolution=request.name or table.resolution), request.published)


def _rows(part: _Part, table: Aggregate, published: dt.date | None) -> pl.DataFrame:
    """Every sale that is not zero, as rows of `io_flows` in the order seller, buyer, sector."""
    cells = np.nonzero(table.value_usd_mn)
    seller, buyer, good = cells
    rows = pl.DataFrame(
        {
            "exporter": np.array(table.regions)[seller],
            "importer": np.array(table.regions)[buyer],
            "sector": np.array(table.sectors)[good],
            "value_usd_mn": table.value_usd_mn[cells],
            "tariff": pl.Series(table.tariff[cells], nan_to_null=True),
            "domestic_usd_mn": table.domestic_usd_mn[cells],
        }
    ).with_columns(
        pl.lit(0).alias(LINE),
        resolution=pl.lit(table.resolution),
        source=pl.lit(key(part.file)),
        locator=pl.lit(part.member),
        status=pl.lit("derived"),
        period_start=pl.date(table.year, 1, 1),
        period_end=pl.date(table.year + 1, 1, 1),
        published=pl.lit(published),
        note=pl.lit(None),
    )
    columns = {name: TABLES["io_flows"].columns()[name].dtype for name in column_names("io_flows")}
    return rows.select(pl.col(LINE).cast(pl.Int64), *(pl.col(name).cast(dtype) for name, dtype in columns.items()))


def key(file: Received) -> str:
    """The key of the source that a received file is."""
    return f"oecd-icio-{file.sha256[:8]}"


def _source(file: Received, editions: Sequence[str], years: Sequence[int], request: IcioRequest) -> dict[str, Cell]:
    return {
        "source": key(file),
        "producer": PRODUCER,
        "title": f"Inter-Country Input-Output Tables, {file.name}",
        "version": "; ".join(editions),
        "url": PAGE,
        "license": LICENCE,
        "accessed": request.accessed,
        "sha256": file.sha256,
        "kind": _KIND,
        "rank": RANKS[_KIND],
        "coverage_start": dt.date(years[0], 1, 1),
        "coverage_end": dt.date(years[-1] + 1, 1, 1),
        "note": "intermediate and final use added up, at basic prices, taken as what the buyer spends; industries of "
        "sections D to T are SERVICES; split economies put together. UZB, KGZ, TJK, TKM, AZE, ARM, GEO, IRN and MNG "
        "sit inside ROW. A cell without a row is zero",
    }
