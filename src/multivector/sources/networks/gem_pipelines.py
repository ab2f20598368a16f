"""Which pipelines a received tracker file speaks of: its records, each with its route, phase and states."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

from multivector.errors import nearest
from multivector.problems import Problem
from multivector.sources.handover.base import Left
from multivector.sources.networks.gem_words import LEFT_OUT, NAMES, PHASES, misread, said
from multivector.sources.networks.geojson import Feature
from multivector.sources.networks.lines import Line, joined

_PROJECT: Final = re.compile(r"[A-Z][A-Z0-9_]{1,15}")
_ROUTE_FILE: Final = re.compile(r"P\d+")
_BESIDE_A_ROUTE: Final = re.compile(r"(P\d+)[^\d].*")
_COUNTRIES: Final = ("CountriesOrAreas", "Countries")
LENGTHS: Final = ("LengthMergedKm", "LengthKnownKm", "LengthEstimateKm")


@dataclass(frozen=True, slots=True, eq=False)
class Pipeline:
    """One record of the tracker: a pipeline, a segment or a phase of one. `territory`: ISO3 in the order printed."""

    feature: Feature
    project: str
    name: str
    phase: str
    territory: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Names:
    """Which code a country's name means, capitals aside, and the names as the world prints them."""

    codes: Mapping[str, str]
    printed: tuple[str, ...]


def where(feature: Feature, project: str, what: str) -> str:
    """Where in a received file something stands, for a problem's `column`."""
    return " ".join(part for part in (f"feature {feature.number}", project, what) if part)


def pipelines(
    features: Sequence[Feature], actors: Mapping[str, str], *, touching: frozenset[str] = frozenset()
) -> Iterator[Pipeline | Left | Problem]:
    """Every record that can be drawn; for every other, and every route without a record, why not.

    A feature with a `PipelineName` is a record; every other is a route, of the project that it or its file is named
    for. A record without a line of its own takes its project's route.

    Parameters:
        features: what was received.
        actors: code by English name of each state and territory.
        touching: codes; where any are given, only what crosses one of them is taken.
    """
    records = [one for one in features if "PipelineName" in one.properties]
    routes = _routes(features)
    names = _names(actors)
    yield from _strays(features)
    yield from _doubled(records)
    for record in records:
        yield from _weighed(record, routes.get(project_of(record), ()), names, touching)
    drawing = {project_of(record): bool(record.lines) for record in records}
    for project, parts in routes.items():
        if project not in drawing:
            reason = "no record says its name and status: put the tracker's GeoJSON beside the routes"
            yield Left(parts[0].file, project, reason)
        elif drawing[project]:
            yield Left(parts[0].file, project, "its record draws the line itself")


def project_of(feature: Feature) -> str:
    """The project that a feature, or else the file it stands in, is named for; empty where neither is."""
    stem = PurePath(feature.file).stem
    return said(feature.properties, "ProjectID") or (stem if _ROUTE_FILE.fullmatch(stem) else "")


def _is_beside(feature: Feature) -> bool:
    """Whether the file holds what stands along a route, such as `P0151-compressor-stations.geojson`."""
    return _BESIDE_A_ROUTE.fullmatch(PurePath(feature.file).stem) is not None


def _routes(features: Sequence[Feature]) -> dict[str, tuple[Feature, ...]]:
    """The features that are no records, by project."""
    found: dict[str, tuple[Feature, ...]] = {}
    for one in features:
        if "PipelineName" not in one.properties and project_of(one) and not _is_beside(one):
            found[project_of(one)] = (*found.get(project_of(one), ()), one)
    return found


def _strays(features: Sequence[Feature]) -> Iterator[Left]:
    for one in features:
        if "PipelineName" in one.properties:
            continue
        if _is_beside(one):
            yield Left(one.file, f"feature {one.number}", "its file is named for what stands along a route")
        elif not project_of(one):
            yield Left(one.file, f"feature {one.number}", "says neither PipelineName nor ProjectID")


def _doubled(records: Sequence[Feature]) -> Iterator[Problem]:
    first: dict[str, Feature] = {}
    for one in records:
        project = project_of(one)
        if first.setdefault(project, one) is not one and project:
            rule = f"stands twice: first as feature {first[project].number} of {first[project].file}"
            yield Problem(one.file, 0, where(one, project, "ProjectID"), rule, project)


def _weighed(
    record: Feature, route: Sequence[Feature], names: _Names, touching: frozenset[str]
) -> Iterator[Pipeline | Left | Problem]:
    reason = _reason_to_leave(record, names, touching)
    problems = () if reason else tuple(_problems(record, route, names))
    lines = record.lines or tuple(line for part in route for line in part.lines)
    if reason or problems:
        yield from problems or (Left(record.file, project_of(record), reason),)
    elif not lines:
        yield Left(record.file, project_of(record), "no route is drawn")
    else:
        phase = PHASES[(said(record.properties, "Status") or "").casefold()]
        territory = tuple(dict.fromkeys(names.codes[_plain(name)] for name in _countries(record)))
        yield Pipeline(record, project_of(record), _name(record), phase, territory, joined(lines))


def _reason_to_leave(record: Feature, names: _Names, touching: frozenset[str]) -> str:
    """Why a record stays out whatever else is wrong with it; empty where it does not."""
    crossed = [names.codes.get(_plain(name)) for name in _countries(record)]
    if touching and None not in crossed and not touching.intersection(crossed):
        return f"touches none of {', '.join(sorted(touching))}"
    status = said(record.properties, "Status")
    if status is None:
        return "says no status"
    return f"{status}: {LEFT_OUT[status.casefold()]}" if status.casefold() in LEFT_OUT else ""


def _problems(record: Feature, route: Sequence[Feature], names: _Names) -> Iterator[Problem]:
    project = project_of(record)
    if not _PROJECT.fullmatch(project):
        yield Problem(record.file, 0, where(record, "", "ProjectID"), "is no project id such as P0646", project)
    if not _name(record):
        yield Problem(record.file, 0, where(record, project, "PipelineName"), "is empty", "")
    status = said(record.properties, "Status") or ""
    if status.casefold() not in PHASES:
        close = nearest(status, (*PHASES, *LEFT_OUT))
        yield Problem(record.file, 0, where(record, project, "Status"), "is no status of the tracker", status, close)
    for name in _countries(record):
        if _plain(name) not in names.codes:
            rule = "is no state or territory that the world names"
            column = where(record, project, "countries")
            yield Problem(record.file, 0, column, rule, name, nearest(name, names.printed))
    yield from figure_problems(record, LENGTHS)
    for one in (record,) if record.lines or record.flaws else route:
        for flaw in one.flaws:
            yield replace(flaw, column=where(one, project, "geometry"))


def figure_problems(record: Feature, columns: Sequence[str]) -> Iterator[Problem]:
    """Each of the columns that says something, but no finite number of at least 0."""
    for column in columns:
        text = misread(record.properties, column)
        if text:
            rule = "is no finite number of at least 0"
            yield Problem(record.file, 0, where(record, project_of(record), column), rule, text)


def _countries(record: Feature) -> list[str]:
    listed = said(record.properties, *_COUNTRIES) or ""
    return [name.strip() for name in re.split("[;,]", listed) if name.strip()]


def _name(record: Feature) -> str:
    pipeline, segment = said(record.properties, "PipelineName"), said(record.properties, "SegmentName")
    return ", ".join(part for part in (pipeline, segment) if part) if pipeline else ""


def _names(actors: Mapping[str, str]) -> _Names:
    """By English name, by the tracker's own spelling, and by code."""
    stated = {name: code for name, code in NAMES.items() if code in actors.values()}
    named = {**stated, **actors, **{code: code for code in actors.values()}}
    return _Names({_plain(name): code for name, code in named.items()}, tuple(actors))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().replace("’", "'")
