"""A user's own legs: one CSV file, one line a leg, becomes places, legs and what each leg can carry."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import dataframely as dy
import polars as pl

from multivector.errors import UnknownName, WrongRequest, WrongWorld, nearest
from multivector.problems import Problem
from multivector.schema import SOURCES, STATUSES
from multivector.schema.base import number, one_of, words
from multivector.schema.network import NETWORKS
from multivector.sources.handover.base import RANKS, slug
from multivector.sources.networks.legs_checks import (
    MODES,
    End,
    Row,
    amount,
    column_of,
    ends,
    leg_problems,
    place_problems,
    published,
    text,
)
from multivector.sources.networks.tables import Cell, Imported, Made, framed, refuse, unplaced, wrong_rows
from multivector.world import World
from multivector.world.cells import LINE, cast, forbidden, uncast
from multivector.world.csvtext import read_lines
from multivector.world.files import LARGEST_CSV_BYTES

PHASES: Final = ("existing", "building", "proposal")
COLUMNS: Final[dict[str, dy.Column]] = {
    "leg_id": words("key of the leg: capitals, digits and _, from 2 to 16", most=16),
    "network": one_of(NETWORKS, "oil or cargo"),
    "from": words("place where it starts", most=120),
    "to": words("place where it ends", most=120),
    "from_lat": number("latitude of its start, degrees; may be empty for a place that the world has", null=True),
    "from_lon": number("longitude of its start, degrees", null=True),
    "to_lat": number("latitude of its end, degrees", null=True),
    "to_lon": number("longitude of its end, degrees", null=True),
    "mode": one_of(MODES, "pipeline, sea, rail, road, port or terminal"),
    "territory": words("ISO3 of the states it crosses, joined by `;`"),
    "controller": words("ISO3 of the states that can stop it, joined by `;`", null=True),
    "operator": words("firms that run it", null=True),
    "phase": one_of(PHASES, "existing, building or proposal", null=True, default="existing"),
    "nameplate_mt_y": number("what it can carry, Mt a year", null=True),
    "quota_mt_y": number("what it may carry, Mt a year", null=True),
    "nameplate_kteu_y": number("what it can carry, thousand TEU a year", null=True),
    "shared_with": words("key of a limit in `bottlenecks` that it counts against", null=True, most=40),
    "tariff_usd_t": number("charge, USD a tonne", null=True),
    "days": number("transit time, days", null=True),
    "status": one_of(STATUSES, "how its figures stand", null=True, default="observed"),
    "source": words("key of a source that the world has; empty: this file", null=True),
    "locator": words("where in the source", null=True, most=500),
    "published": dy.Date(nullable=True, description="when it could first be known: 2024, 2024-05 or 2024-05-31"),
    "note": words("bounds, anomalies and guesses in words", null=True, most=900),
}
REQUIRED: Final = ("leg_id", "network", "from", "to", "mode", "territory")
_VALUES: Final = {  # column: attribute and unit in `leg_values`
    "nameplate_mt_y": ("nameplate", "Mt/y"),
    "nameplate_kteu_y": ("nameplate", "kTEU/y"),
    "quota_mt_y": ("quota", "Mt/y"),
    "tariff_usd_t": ("tariff", "USD/t"),
    "days": ("days", "days"),
}
_GIVEN_AS: Final = {"leg": "leg_id", "origin": "from", "destination": "to", "bottleneck": "shared_with"}
_LISTS: Final = ("territory", "controller")
_KIND: Final = "general_knowledge"  # ranks last: it overrides no figure that somebody published


def read_legs_file(path: Path, *, accessed: dt.date | None = None, world: World | None = None) -> Imported:
    """Read a user's file of legs. A blank cell is unknown: it becomes no row.

    Gives `places` (those that the file gives coordinates for), `legs`, `leg_values` and, where a line names no source,
    a record in `sources` that stands for the file, ranked last.

    Parameters:
        path: a CSV file with the columns of `COLUMNS`, in any order; those of `REQUIRED` must be there.
        accessed: day on which the file was received.
        world: whose actors, sources, places and legs the file may name; by default the default world.

    Raises:
        UnknownName: there is no such file.
        WrongRequest: it cannot be read.
        WrongWorld: it breaks a rule; `problems` lists all of them, by line and leg.
    """
    content = _content(path)
    refuse(path, _header_problems(path.name, content))
    known = world or World.open()
    lines = read_lines(path.name, content)
    cells = lines.cells.with_columns(pl.exclude(LINE).str.strip_chars().replace("", None))
    typed = cast(cells, COLUMNS)
    rows = [Row(line=one[LINE], cells=one) for one in typed.iter_rows(named=True)]
    sha256 = hashlib.sha256(content).hexdigest()
    tables = framed(_made(path, sha256, rows, accessed))
    misread = (*lines.problems, *forbidden(path.name, cells), *uncast(path.name, cells, typed, COLUMNS))
    broken = (*leg_problems(path.name, rows, known), *place_problems(path.name, rows, known))
    refuse(path, _told(misread, (*broken, *wrong_rows(path.name, tables, known)), rows))
    if not rows:
        raise WrongWorld(f"{path} holds no leg", (Problem(path.name, 0, "", "holds no leg", ""),))
    return Imported(tables=unplaced(tables), left=())


def _content(path: Path) -> bytes:
    if not path.is_file():
        siblings = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UnknownName("file", path.name, known=siblings)
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_CSV_BYTES else b""
    except OSError as error:
        raise WrongRequest(f"cannot read {path}: {error.strerror}") from error
    if size > LARGEST_CSV_BYTES:
        rule = f"is larger than {LARGEST_CSV_BYTES // 2**20} MB"
        refuse(path, [Problem(path.name, 0, "", rule, f"{size // 2**20} MB")])
    return content


def _header_problems(file: str, content: bytes) -> Iterator[Problem]:
    first = content.partition(b"\n")[0].decode("utf-8-sig", errors="replace").rstrip("\r")
    header = next(csv.reader([first]), []) if "\x00" not in first and not first.count('"') % 2 else [first]
    if not first.strip():
        yield Problem(file, 1, "", f"is empty: the first line names the columns: {', '.join(COLUMNS)}", "")
        return
    for name in header:
        if name not in COLUMNS:
            yield Problem(file, 1, "", "is no column of a file of legs", name, nearest(name.strip(), COLUMNS))
    for name in REQUIRED:
        if name not in header:
            yield Problem(file, 1, name, f"column is missing: {COLUMNS[name].description}", "")
    if len(set(header)) < len(header):
        yield Problem(file, 1, "", "names a column twice", "")


def _told(misread: Sequence[Problem], broken: Sequence[Problem], rows: Sequence[Row]) -> Iterator[Problem]:
    """Problems by line and leg; a cell that could not be read is not said to be empty as well."""
    by_line = {row.line: row for row in rows}
    for one in misread:
        yield replace(one, column=column_of(by_line[one.line], one.column)) if one.line in by_line else one
    unread = {(one.line, _cell(one.column)) for one in misread}
    for one in broken:
        if one.rule == "is no known place":  # said better, with the end that it is missing from
            continue
        named = one.column if " " in one.column else _GIVEN_AS.get(one.column, one.column)
        if (one.line, _cell(named)) not in unread:
            labelled = named if " " in named or one.line not in by_line else column_of(by_line[one.line], named)
            yield replace(one, column=labelled)


def _cell(column: str) -> str:
    """The column a problem is about, without its leg; both coordinates of an end count as one."""
    return column.rpartition(" ")[2].removesuffix("_lat").removesuffix("_lon")


def _made(path: Path, sha256: str, rows: Sequence[Row], accessed: dt.date | None) -> Iterator[Made]:
    own = f"{slug(path.stem)}-{sha256[:8]}"
    if any(not text(row, "source") for row in rows):
        yield Made(SOURCES, 0, _source(path, own, sha256, accessed))
    yield from _places(rows, own)
    for row in rows:
        yield Made("legs", row.line, _leg(row, own))
        for column, (attribute, unit) in _VALUES.items():
            value = amount(row, column)
            if value is not None:
                said: dict[str, Cell] = {"leg": text(row, "leg_id"), "attribute": attribute, "value": value}
                said |= {"unit": unit, "qualifier": "exact", "note": text(row, "note") or None}
                yield Made("leg_values", row.line, said | _tail(row, own))


def _source(path: Path, key: str, sha256: str, accessed: dt.date | None) -> dict[str, Cell]:
    return {
        "source": key,
        "producer": "the user",
        "title": f"Legs as entered in {path.name}",
        "license": "the user's own",
        "accessed": accessed,
        "sha256": sha256,
        "kind": _KIND,
        "rank": RANKS[_KIND],
        "note": "stands for the lines that name no source; ranked last, so that it overrides no published figure",
    }


def _tail(row: Row, own: str) -> dict[str, Cell]:
    return {
        "period_start": None,
        "period_end": None,
        "status": text(row, "status") or "observed",
        "source": text(row, "source") or own,
        "locator": text(row, "locator") or (f"line {row.line}" if not text(row, "source") else None),
        "published": published(row),
    }


def _leg(row: Row, own: str) -> dict[str, Cell]:
    cells: dict[str, Cell] = {
        "leg": text(row, "leg_id") or None,
        "network": text(row, "network") or None,
        "origin": text(row, "from") or None,
        "destination": text(row, "to") or None,
        "mode": text(row, "mode") or None,
        "operator": text(row, "operator") or None,
        "bottleneck": text(row, "shared_with") or None,
        "phase": text(row, "phase") or "existing",
        "note": text(row, "note") or None,
    }
    lists = {name: ";".join(one.strip() for one in text(row, name).split(";")) or None for name in _LISTS}
    return cells | lists | _tail(row, own)


def _places(rows: Sequence[Row], own: str) -> Iterator[Made]:
    """A row for each place that the file gives coordinates for, known as early as the first leg that touches it."""
    first: dict[str, End] = {}
    known_on: dict[str, list[dt.date]] = {}
    for end in ends(rows):
        day = published(end.row)
        known_on.setdefault(end.name, []).extend([day] if day else [])
        if end.point is not None:
            first.setdefault(end.name, end)
    for name, end in first.items():
        latitude, longitude = end.point or (None, None)
        place: dict[str, Cell] = {"place": name, "latitude": latitude, "longitude": longitude}
        early: dict[str, Cell] = {"published": min(known_on[name], default=None)}
        yield Made("places", end.row.line, place | _tail(end.row, own) | early)
