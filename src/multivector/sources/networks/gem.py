"""Pipelines as Global Energy Monitor tracks them: received GeoJSON becomes lines to draw, and legs for oil."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Final

import polars as pl

from multivector.errors import UnknownName, WrongWorld
from multivector.problems import Problem
from multivector.schema import SOURCES
from multivector.sources.handover.base import RANKS, Left, slug
from multivector.sources.networks.gem_legs import Release, leg_rows, stated
from multivector.sources.networks.gem_pipelines import LENGTHS, Pipeline, pipelines, where
from multivector.sources.networks.gem_words import figure, said
from multivector.sources.networks.geojson import read_received
from multivector.sources.networks.lines import MOST_CHARACTERS, Drawn, drawn
from multivector.sources.networks.tables import Cell, Imported, Made, framed, refuse, unplaced, wrong_rows
from multivector.world import World

PRODUCER: Final = "Global Energy Monitor"
LICENCE: Final = "CC BY 4.0"
_KIND: Final = "compilation"
_TRACKERS: Final = {  # by what the name of a released file holds
    "goit": ("Global Oil Infrastructure Tracker", "global-oil-infrastructure-tracker"),
    "ggit": ("Global Gas Infrastructure Tracker", "global-gas-infrastructure-tracker"),
}
_PAGE: Final = "https://globalenergymonitor.org/projects/"
# releases are named for their month: GEM-GOIT-Oil-NGL-Pipelines-2025-03
_DATE: Final = re.compile(r"(?<!\d)(20\d\d)-(0[1-9]|1[0-2])(?:-([0-3]\d))?$")


def read_gem(
    path: Path, *, touching: Iterable[str] = (), accessed: dt.date | None = None, world: World | None = None
) -> Imported:
    """Read a received file of the pipeline trackers, or a folder that holds one and the route files beside it.

    Gives `sources` (one record), `geometries` (a line a pipeline) and, where the file tells capacities of oil,
    `places`, `legs` and `leg_values`. What a pipeline lacks stays absent; what is left out is listed with its reason.

    Parameters:
        path: a GeoJSON file or a folder of them.
        touching: ISO3 codes; where any are given, only pipelines that cross one of them are taken.
        accessed: day on which the file was received.
        world: whose actors give names to countries; by default the default world.

    Raises:
        UnknownName: there is no such file, or no such actor.
        WrongRequest: the folder holds no GeoJSON, or a file cannot be read.
        WrongWorld: a file or a feature breaks a rule, or nothing in it can be drawn; `problems` lists all of them.
    """
    known = world or World.open()
    wanted = _wanted(touching, known)
    received = read_received(path)
    refuse(path, received.problems)
    said_of = tuple(pipelines(received.features, _states(known), touching=wanted))
    found = [one for one in said_of if isinstance(one, Pipeline)]
    release = _release(path, received.sha256, found)
    made = (*said_of, *_shapes(found, release), *leg_rows(found, release))
    refuse(path, (one for one in made if isinstance(one, Problem)))
    left = tuple(one for one in made if isinstance(one, Left))
    source = Made(SOURCES, 0, _source(path, received.sha256, release, accessed))
    tables = framed([source, *(one for one in made if isinstance(one, Made))])
    refuse(path, (_located(one, found) for one in wrong_rows(path.name, tables, known)))
    _require_some(path, tables.get("geometries"), left)
    return Imported(tables=unplaced(tables), left=left)


def _wanted(touching: Iterable[str], world: World) -> frozenset[str]:
    wanted = frozenset(touching)
    codes = _states(world).values()
    for code in sorted(wanted):
        if code not in codes:
            raise UnknownName("state or territory", code, known=codes)
    return wanted


def _states(world: World) -> dict[str, str]:
    """Code by English name: states and territories only, for a pipeline crosses no organisation."""
    rows = world.rows("actors", pl.col("kind").is_in(["state", "territory"]))
    return dict(rows.select("name", "actor").iter_rows())


def _release(path: Path, sha256: str, found: Sequence[Pipeline]) -> Release:
    key = slug(PurePath(path.name).stem)
    key = key if key.startswith("gem-") else f"gem-{key}"
    dates = {_date(PurePath(one.feature.file).stem) for one in found} or {None}
    return Release(source=f"{key}-{sha256[:8]}", published=dates.pop() if len(dates) == 1 else None)


def _date(stem: str) -> dt.date | None:
    """The last day of the month that the file is named for, or the day; None where it is named for none."""
    named = _DATE.search(stem)
    if named is None:
        return None
    year, month = int(named[1]), int(named[2])
    last = calendar.monthrange(year, month)[1]
    day = int(named[3]) if named[3] else last
    return dt.date(year, month, day) if 1 <= day <= last else None


def _source(path: Path, sha256: str, release: Release, accessed: dt.date | None) -> dict[str, Cell]:
    title, page = next((one for key, one in _TRACKERS.items() if key in path.name.lower()), ("Pipeline routes", ""))
    named = _DATE.search(path.stem)
    hashed = "; the hash is that of the list of its files" if path.is_dir() else ""
    return {
        "source": release.source,
        "producer": PRODUCER,
        "title": f"{title}, as received in {path.name}",
        "version": named[0] if named else None,
        "url": f"{_PAGE}{page}",
        "license": LICENCE,
        "accessed": accessed,
        "sha256": sha256,
        "kind": _KIND,
        "rank": RANKS[_KIND],
        "note": f"attribution, to be shown on every map: {PRODUCER}, {title}, {LICENCE}{hashed}",
    }


def _shapes(found: Sequence[Pipeline], release: Release) -> Iterator[Made | Left]:
    for number, pipeline in enumerate(found, start=1):
        line = drawn(pipeline.lines)
        if line is None:
            pieces = len(pipeline.lines)
            reason = f"the ends of its {pieces} pieces alone take more than {MOST_CHARACTERS:,} characters"
            yield Left(pipeline.feature.file, pipeline.project, reason)
        else:
            yield Made("geometries", number, _shape(pipeline, line, release))


def _shape(pipeline: Pipeline, line: Drawn, release: Release) -> dict[str, Cell]:
    accuracy = said(pipeline.feature.properties, "RouteAccuracy")
    points = f"{line.kept:,} of {line.received:,} points"
    thinned = f"{points}, none of the others farther off than {line.off_degrees:g} degrees"
    notes = (f"route accuracy: {accuracy}" if accuracy else "", thinned if line.kept < line.received else "")
    cells: dict[str, Cell] = {
        "shape": pipeline.project,
        "name": pipeline.name,
        "mode": "pipeline",
        "phase": pipeline.phase,
        "territory": ";".join(pipeline.territory) or None,
        "length_km": figure(pipeline.feature.properties, *LENGTHS),
        "coordinates": line.text,
        "note": "; ".join(note for note in notes if note) or None,
    }
    return stated(pipeline, release) | cells


def _located(problem: Problem, found: Sequence[Pipeline]) -> Problem:
    """A broken rule of a row, said of the feature that the row was made from."""
    if not 1 <= problem.line <= len(found):
        return problem
    pipeline = found[problem.line - 1]
    column = where(pipeline.feature, pipeline.project, problem.column)
    return replace(problem, file=pipeline.feature.file, line=0, column=column)


def _require_some(path: Path, shapes: pl.DataFrame | None, left: Sequence[Left]) -> None:
    if shapes is None:
        reasons = tuple(Problem(one.file, 0, one.fact, one.reason, "") for one in left)
        first = f"; first: {reasons[0]}" if reasons else ": it holds no feature"
        raise WrongWorld(f"{path}: nothing in it can be drawn{first}", reasons)
