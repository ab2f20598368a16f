"""The balance tensor: channel × pole × period, each cell one estimate made of all that the sources say."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.exposure.concentration import of_states
from multivector.lenses.exposure.contacts import meeting_estimates, membership_estimates
from multivector.lenses.exposure.doubts import doubted
from multivector.lenses.exposure.estimates import Estimate, combined, unknown
from multivector.lenses.exposure.lists import PartnerList, partner_lists, pivot_flows
from multivector.lenses.exposure.measures import BY_KEY, MeasureRule
from multivector.lenses.exposure.params import ExposureParams
from multivector.lenses.exposure.routes import route_estimates
from multivector.lenses.exposure.shares import pole_estimates, settled
from multivector.lenses.exposure.supply import floor_estimates, supply_estimates
from multivector.world import World
from multivector.world.poles import REST, Roll, Scene, read_roll, scene

_FIRST_YEAR = 2010  # of the membership series
_YEAR_DAYS = 360  # a period this long is a year or more
_VAGUER = 0.1  # how much wider the ranges of a newer period may be than those of the best one
_PARTITIONED = ("share_exports", "share_imports", "share_turnover", "share_stock", "share_supply", "share_route")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Everything one measure says: each source's estimates side by side, its lists, and its doubts."""

    rule: MeasureRule
    estimates: tuple[Estimate, ...]
    lists: tuple[PartnerList, ...]
    caveats: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What every measure of one run reads: the pivot's flows, the roll of members, and the day it is."""

    flows: pl.DataFrame
    roll: Roll
    now: dt.date
    scenes: dict[dt.date, Scene]  # drawn once a day that is asked for


def given_for(world: World, pivot: str) -> Given:
    """Read the common ground of a run once."""
    return Given(flows=pivot_flows(world, pivot), roll=read_roll(world), now=latest_day(world), scenes={})


def read_measure(world: World, given: Given, rule: MeasureRule, params: ExposureParams) -> Reading:
    """Every estimate of a measure for every pole and period."""
    if rule.reader == "partners":
        return _partners(world, given, rule, params)
    stage = scene(given.roll, pivot=params.pivot, keys=params.poles, day=given.now)
    estimates: Sequence[Estimate]
    match rule.reader:
        case "supply":
            estimates = list(supply_estimates(world, given.flows, rule, stage, params.about))
        case "floor":
            estimates = list(floor_estimates(world, given.flows, rule, stage, params.about))
        case "routes":
            estimates = list(route_estimates(world, given.flows, rule, stage, params))
        case "memberships":
            estimates = list(membership_estimates(given.roll, rule, _yearly(given, params)))
        case _:
            estimates = list(meeting_estimates(world, rule, stage))
    facts = {row for pole in stage.poles for row in pole.facts} if estimates else set()
    return Reading(rule, tuple(estimates), (), (), tuple(sorted(facts)))


def _partners(world: World, given: Given, rule: MeasureRule, params: ExposureParams) -> Reading:
    found = doubted(world, rule, partner_lists(given.flows, rule, params.pivot, about=params.about), params)
    estimates: list[Estimate] = []
    facts = set(found.facts)
    kept: list[PartnerList] = []  # those whose concentration can be measured
    for one in found.lists:
        asked = params.year is None or _speaks_of((one.start, one.end), params.year)
        stage = _scene_on(given, params, one.end - dt.timedelta(days=1), asked=asked)
        if stage is not None:
            whole = settled(one, stage)
            estimates.extend(pole_estimates(whole, stage, slack=params.slack))
            kept.extend(of_states(whole, stage))
            facts.update(row for pole in stage.poles for row in pole.facts)
    return Reading(rule, tuple(estimates), tuple(kept), found.caveats, tuple(sorted(facts)))


def _scene_on(given: Given, params: ExposureParams, day: dt.date, *, asked: bool) -> Scene | None:
    """The poles on a day; none where they overlapped on a day that nobody asked about."""
    if day not in given.scenes:
        try:
            given.scenes[day] = scene(given.roll, pivot=params.pivot, keys=params.poles, day=day)
        except NoAnswer:
            if asked:
                raise
            return None
    return given.scenes[day]


def _yearly(given: Given, params: ExposureParams) -> tuple[Scene, ...]:
    days = [min(dt.date(year, 12, 31), given.now) for year in range(_FIRST_YEAR, given.now.year + 1)]
    stages = [_scene_on(given, params, day, asked=params.year == day.year) for day in days]
    return tuple(stage for stage in stages if stage is not None)


def latest_day(world: World) -> dt.date:
    """The as-of day, or the newest day on which anything in the flows and events was published."""
    if world.day is not None:
        return world.day
    newest = [world.scan(name).select(pl.col("published").max()).collect().item() for name in ("flows", "events")]
    days = [day for day in newest if isinstance(day, dt.date)]
    return max(days, default=dt.date(1992, 1, 1))


def cells(readings: Sequence[Reading]) -> list[Estimate]:
    """One estimate per measure, pole and period."""
    grouped: dict[tuple[str, str, dt.date, dt.date], list[Estimate]] = {}
    for reading in readings:
        for estimate in reading.estimates:
            grouped.setdefault((estimate.measure, estimate.pole, *estimate.period), []).append(estimate)
    return [combined(group) for _, group in sorted(grouped.items())]


def selected(
    found: Sequence[Estimate], rule: MeasureRule, params: ExposureParams, poles: Sequence[str]
) -> list[Estimate]:
    """The cells of one measure in the asked year, or in its latest period; unknown ones where there is nothing."""
    own = [one for one in found if one.measure == rule.key]
    periods = {one.period for one in own}
    if params.year is not None:
        periods = {period for period in periods if _speaks_of(period, params.year)}
    if not periods:
        year = params.year if params.year is not None else _last_year(found)
        return [unknown(rule.key, pole, dt.date(year, 1, 1), dt.date(year + 1, 1, 1)) for pole in poles]
    best = _newest_telling(own, periods)
    held = {one.pole: one for one in own if one.period == best}
    return [held[pole] if pole in held else unknown(rule.key, pole, *best) for pole in poles]


def _speaks_of(period: tuple[dt.date, dt.date], year: int) -> bool:
    return period[0] < dt.date(year + 1, 1, 1) and period[1] > dt.date(year, 1, 1)


def _newest_telling(own: Sequence[Estimate], periods: set[tuple[dt.date, dt.date]]) -> tuple[dt.date, dt.date]:
    """The newest period that says about as much as the best one: its ranges are at most `_VAGUER` wider on average.

    Counted before claimed, and a year or a day's stock before a part of a year.
    """
    width = {period: _mean_width(own, period) for period in periods}
    telling = {period for period in periods if width[period] <= min(width.values()) + _VAGUER}
    return max(telling, key=lambda period: (*_standing(own, period), period[1], period[0]))


def _mean_width(own: Sequence[Estimate], period: tuple[dt.date, dt.date]) -> float:
    widths = [one.high - one.low for one in own if one.period == period]
    return math.fsum(widths) / len(widths)


def _standing(own: Sequence[Estimate], period: tuple[dt.date, dt.date]) -> tuple[bool, bool]:
    counted = any(one.status != "claim" for one in own if one.period == period)
    length = (period[1] - period[0]).days
    return counted, length >= _YEAR_DAYS or length == 1


def _last_year(found: Sequence[Estimate]) -> int:
    return max((one.end - dt.timedelta(days=1) for one in found), default=dt.date(1992, 1, 1)).year


def rows_of_poles(rule: MeasureRule, params: ExposureParams) -> tuple[str, ...]:
    """The poles of a measure's row; the rest only where shares divide a whole."""
    return (*params.poles, REST) if rule.basis in _PARTITIONED else params.poles


def as_table(found: Sequence[Estimate], pivot: str) -> pl.DataFrame:
    """Estimates in long form."""
    lines = [
        {
            "pivot": pivot,
            "channel": BY_KEY[one.measure].channel,
            "measure": one.measure,
            "pole": one.pole,
            "period_start": one.start,
            "period_end": one.end,
            "year": (one.end - dt.timedelta(days=1)).year,
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "coverage": one.coverage,
            "kind": one.kind,
            "basis": BY_KEY[one.measure].basis,
            "status": one.status,
            "source": one.source,
            "mirror": one.mirror,
            "sources": one.sources,
            "amount": one.amount,
            "amount_unit": one.amount_unit,
            "facts": list(one.facts),
        }
        for one in found
    ]
    return pl.DataFrame(lines, schema=SCHEMA)


SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "pivot": pl.String,
    "channel": pl.String,
    "measure": pl.String,
    "pole": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "year": pl.Int32,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "coverage": pl.Float64,
    "kind": pl.String,
    "basis": pl.String,
    "status": pl.String,
    "source": pl.String,
    "mirror": pl.Boolean,
    "sources": pl.Int64,
    "amount": pl.Float64,
    "amount_unit": pl.String,
    "facts": pl.List(pl.String),
}
