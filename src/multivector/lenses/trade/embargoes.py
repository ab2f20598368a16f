"""What a stop of trade costs each side, year by year, and who else gains or loses by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.trade.parties import Party, Stop
from multivector.lenses.trade.solving import ByCase, Solved, band, by_set, loss_of, spending_usd
from multivector.lenses.trade.study import Study, both_ways, economies, ends, period, stated, times
from multivector.lenses.trade.table import Tables, Year


def embargo_table(study: Study) -> pl.DataFrame:
    """One line a partner and year: the pivot's loss and the partner's, as shares of real income and in USD.

    Raises:
        NoAnswer: no line would rest on a certified solution.
    """
    lines = [
        line
        for stop in study.stops
        for year in study.tables.years
        if (line := _embargo_line(stop, year, study)) is not None
    ]
    if not lines:
        raise NoAnswer("no equilibrium could be certified for any partner and year: no figure is given")
    return pl.DataFrame(lines, schema_overrides={"facts": pl.List(pl.String())}, infer_schema_length=None)


def _embargo_line(stop: Stop, year: Year, study: Study) -> dict[str, Any] | None:
    certified = list(by_set(study.solved, stop.name, year.year))
    if not certified:
        return None  # the table of certificates says so
    own: ByCase = {(one.set, one.closure): loss_of(stop.first, one, year) for one in certified}
    theirs: ByCase = {(one.set, one.closure): loss_of(stop.second, one, year) for one in certified}
    ratio: ByCase = {key: own[key] / theirs[key] for key in own if theirs[key] > 0}
    closure = study.params.closure
    loss = band(own, closure=closure)
    change = band({key: -value for key, value in theirs.items()}, closure=closure)
    spent, spent_back = spending_usd(stop.first, year), spending_usd(stop.second, year)
    return {
        "pivot": study.params.pivot,
        "sender": stop.second.key,
        "economies": economies(stop.second, study.tables),
        **period(year.year),
        "loss": loss.value,
        **ends(loss),
        "set_low": loss.at_low,
        "set_high": loss.at_high,
        "loss_other_closure": _other(own, closure),
        "loss_usd": times(loss.value, spent),
        "loss_usd_low": loss.low * spent,
        "loss_usd_high": loss.high * spent,
        "sender_change": change.value,
        "sender_change_low": change.low,
        "sender_change_high": change.high,
        "sender_change_usd": times(change.value, spent_back),
        **_ratio(ratio, own, closure),
        "sets": len({one.set for one in certified}),
        "facts": cut_rows(stop, year, study.tables),
    }


def _other(own: ByCase, closure: str) -> float | None:
    """The median under the closure that was not asked for."""
    other = {key: value for key, value in own.items() if key[1] != closure}
    return band(other, closure=next(iter(other))[1]).value if other else None


def _ratio(ratio: ByCase, own: ByCase, closure: str) -> dict[str, Any]:
    """Loss over the partner's loss; without an end where a set lets the partner lose nothing."""
    if not ratio:
        return {"cost_ratio": None, "cost_ratio_low": None, "cost_ratio_high": None}
    found = band(ratio, closure=closure)
    whole = len(ratio) == len(own)
    return {
        "cost_ratio": found.value if whole else None,
        "cost_ratio_low": found.low,
        "cost_ratio_high": found.high if whole else None,
    }


def between_table(study: Study) -> pl.DataFrame:
    """One line a pair, year and party: what the pivot gains or loses when two others stop trading, and what they do."""
    lines = [
        line
        for stop in study.pairs
        for year in study.tables.years
        for who in (study.pivot, stop.first, stop.second)
        if (line := _between_line(stop, year, who, study)) is not None
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "pivot": pl.String, "between": pl.String, "subject": pl.String, "period_start": pl.Date, "period_end": pl.Date,
        "change": pl.Float64, "low": pl.Float64, "high": pl.Float64, "set_low": pl.String, "set_high": pl.String,
        "change_usd": pl.Float64, "change_usd_low": pl.Float64, "change_usd_high": pl.Float64,
        "facts": pl.List(pl.String()),
    }  # fmt: skip
    return pl.DataFrame(lines, schema=schema)


def _between_line(stop: Stop, year: Year, who: Party, study: Study) -> dict[str, Any] | None:
    changes: ByCase = {
        (one.set, one.closure): -loss_of(who, one, year) for one in by_set(study.solved, stop.name, year.year)
    }
    if not changes:
        return None
    change, spent = band(changes, closure=study.params.closure), spending_usd(who, year)
    return {
        "pivot": study.params.pivot,
        "between": stop.name,
        "subject": who.key,
        **period(year.year),
        "change": change.value,
        **ends(change),
        "set_low": change.at_low,
        "set_high": change.at_high,
        "change_usd": times(change.value, spent),
        "change_usd_low": change.low * spent,
        "change_usd_high": change.high * spent,
        "facts": cut_rows(stop, year, study.tables),
    }


def certificate_table(solved: Sequence[Solved]) -> pl.DataFrame:
    """One line a counterfactual: its distance from an equilibrium, evaluated afresh."""
    lines = [
        {
            "stop": one.name,
            "year": one.year,
            "set": one.set,
            "closure": one.closure,
            "residual": one.residual,
            "iterations": one.iterations,
            "certified": one.certified,
        }
        for one in solved
    ]
    schema = {
        "stop": pl.String, "year": pl.Int64, "set": pl.String, "closure": pl.String, "residual": pl.Float64,
        "iterations": pl.Int64, "certified": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(lines, schema=schema)


def set_table(study: Study) -> pl.DataFrame:
    """The work-sheet of the detailed year: both sides' losses under every set and closure."""
    facts = {stop.name: cut_rows(stop, study.latest, study.tables) for stop in study.stops}
    lines = [
        {
            "pivot": study.params.pivot,
            "sender": stop.second.key,
            "set": one.set,
            "closure": one.closure,
            **period(study.latest.year),
            "loss": loss_of(stop.first, one, study.latest),
            "sender_change": -loss_of(stop.second, one, study.latest),
            "residual": one.residual,
            "facts": facts[stop.name],
        }
        for stop in study.stops
        for one in by_set(study.solved, stop.name, study.latest.year)
    ]
    return pl.DataFrame(lines, schema_overrides={"facts": pl.List(pl.String())})


def cut_rows(stop: Stop, year: Year, tables: Tables) -> list[str]:
    """The rows of trade that stops, largest first, and the elasticities of the sector that weighs most.

    The solution reads every other row of the year's table and all elasticities too.
    """
    return stated(both_ways(stop.first.places, stop.second.places), year, tables)
