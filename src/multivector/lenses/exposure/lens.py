"""Who holds what over a state, through which channel, how much, and how sure: the exposure lens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl

from multivector.errors import NoAnswer, UnknownName
from multivector.lenses.exposure.concentration import concentration
from multivector.lenses.exposure.estimates import Estimate
from multivector.lenses.exposure.geometry import geometry
from multivector.lenses.exposure.lists import flow_conditions
from multivector.lenses.exposure.measures import BY_KEY, MEASURES, MeasureRule
from multivector.lenses.exposure.mutual import facts_in, mutual_rows
from multivector.lenses.exposure.params import ExposureParams
from multivector.lenses.exposure.tensor import (
    Reading,
    as_table,
    cells,
    given_for,
    read_measure,
    rows_of_poles,
    selected,
)
from multivector.lenses.exposure.trend import trends
from multivector.result import Result
from multivector.schema import CHANNELS
from multivector.world import World
from multivector.world.citing import cite
from multivector.world.poles import scene

METHODS = (
    "exposure.html#shares",
    "exposure.html#bounds",
    "exposure.html#combining",
    "exposure.html#doubts",
    "exposure.html#concentration",
    "exposure.html#geometry",
)


def measure(world: World, params: ExposureParams) -> Result:
    """The balance of a state between poles.

    Tables: `balance` (the asked year, or each measure's latest period), `tensor` (all periods), `estimates` (each
    source alone, side by side), `trend`, `mutual` (what the pivot holds in return), `concentration`, `geometry`.
    Shares are fractions of the pivot's total; `low`, `high` are bounds, not confidence limits: hard ones, but for
    partners gone dark, whose cap is a judgement that the caveats name.

    Raises:
        UnknownName: no such state, pole, channel or measure.
        NoAnswer: poles share a state; or the asked year lies outside everything that the rows speak of.
    """
    rules = _rules(world, params)
    given = given_for(world, params.pivot)
    readings = [read_measure(world, given, rule, params) for rule in rules]
    found = cells(readings)
    _require_year(found, params)
    chosen = [one for rule in rules for one in selected(found, rule, params, rows_of_poles(rule, params))]
    stage = scene(given.roll, pivot=params.pivot, keys=params.poles, day=given.now)
    raw = [one for reading in readings for one in reading.estimates]
    tables = {
        "balance": as_table(chosen, params.pivot),
        "tensor": as_table(found, params.pivot),
        "estimates": as_table(
            sorted(raw, key=lambda one: (one.measure, one.pole, one.period, one.source)), params.pivot
        ),
        "trend": trends(raw, params),
        "mutual": mutual_rows(world, stage, params),
        "concentration": concentration([one for reading in readings for one in reading.lists]),
        "geometry": geometry(chosen, params),
    }
    read = facts_in(tuple(tables.values())).union(*(reading.facts for reading in readings))
    facts = cite(world, read)
    return Result(
        lens="exposure",
        params=params,
        tables=tables,
        facts=facts,
        caveats=_caveats(world, params, readings, facts),
        methods=METHODS,
    )


def _rules(world: World, params: ExposureParams) -> tuple[MeasureRule, ...]:
    states = world.rows("actors", pl.col("kind").is_in(["state", "territory"]))["actor"]
    if params.pivot not in set(states):
        raise UnknownName("state", params.pivot, known=states)
    for channel in params.channels:
        if channel not in CHANNELS:
            raise UnknownName("channel", channel, known=CHANNELS)
    for name in params.measures:
        if name not in BY_KEY:
            raise UnknownName("measure", name, known=BY_KEY)
    kept = tuple(
        rule
        for rule in MEASURES
        if (not params.channels or rule.channel in params.channels)
        and (not params.measures or rule.key in params.measures)
    )
    if not kept:
        raise NoAnswer(f"no measure of {', '.join(params.measures)} lies in channel {', '.join(params.channels)}")
    return kept


def _require_year(found: Sequence[Estimate], params: ExposureParams) -> None:
    if params.year is None or not found:
        return
    first = min(one.start for one in found).year
    last = max(one.end - dt.timedelta(days=1) for one in found).year
    if not first <= params.year <= last:
        raise NoAnswer(
            f"no row speaks of {params.pivot} in {params.year}: rows cover {first} to {last}; give a year in that range"
        )


def _caveats(world: World, params: ExposureParams, readings: Sequence[Reading], facts: pl.DataFrame) -> tuple[str, ...]:
    words = [caveat for reading in readings for caveat in reading.caveats]
    empty = [reading.rule for reading in readings if not reading.estimates]
    if empty:
        words.append(f"No row of the world speaks of {'; '.join(rule.label for rule in empty)}: unknown, not zero.")
    words.extend(_withheld(world, params, readings))
    words.extend(_standing(facts))
    if any(reading.rule.reader == "meetings" and reading.estimates for reading in readings):
        words.append(
            "Meetings are those found, not all that were held: counts are lower bounds, shares are of the list."
        )
    return tuple(dict.fromkeys(words))


def _withheld(world: World, params: ExposureParams, readings: Sequence[Reading]) -> list[str]:
    if world.day is None:
        return []
    count = sum(
        world.withheld("flows", *flow_conditions(reading.rule, params.pivot))
        for reading in readings
        if reading.rule.product
    )
    if not count:
        return []
    return [f"{count} rows about {params.pivot} have no known publication date and are left out as of {world.day}."]


def _standing(facts: pl.DataFrame) -> list[str]:
    """How much was read of each status."""
    counts = dict(facts.group_by("status").len().sort("status").iter_rows())
    general = facts.filter(pl.col("source") == "general-knowledge").height
    words = [f"Rows read: {', '.join(f'{count} {status}' for status, count in counts.items())}."] if counts else []
    if general:
        words.append(f"General knowledge, whose date was not re-checked (memberships): {general} of these.")
    return words
