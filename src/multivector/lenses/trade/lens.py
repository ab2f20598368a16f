"""What it costs a state when trade with a power stops, what it costs that power, and who else gains."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import polars as pl

from multivector.errors import UnknownName
from multivector.lenses.trade.caveats import caveats
from multivector.lenses.trade.embargoes import between_table, certificate_table, cut_rows, embargo_table, set_table
from multivector.lenses.trade.holds import diversify_table, partner_table, power_table, sector_table
from multivector.lenses.trade.params import TradeParams
from multivector.lenses.trade.parties import party, read_names, require_any, stops_of
from multivector.lenses.trade.policies import Policies, policy_table, read_policies, solve_policies
from multivector.lenses.trade.solving import Solved, band, draw_stops, solve_stops
from multivector.lenses.trade.study import Study, period, stated
from multivector.lenses.trade.table import Tables, read_tables
from multivector.models.equilibrium.gains import autarky_gains
from multivector.result import Result
from multivector.world import World
from multivector.world.citing import cite

METHODS: Final = (
    "trade.html#table",
    "trade.html#embargo",
    "trade.html#band",
    "trade.html#price-power",
    "trade.html#policies",
    "equilibrium.html#certificate",
)


def measure(world: World, params: TradeParams) -> Result:
    """What a stop of trade with each partner would cost a state, and that partner, in general equilibrium.

    Tables: `summary`, `embargo` (each partner and year: loss of both sides, shares of real income and USD), `power`
    (price rise if a partner's goods vanish), `sectors` (where each holds most), `diversify`, `partners` (shares of
    trade), `between` (who gains when two others stop trading), `sets` (every set and closure of the detailed year),
    `draws` (elasticities mixed at random), `autarky` (no foreign trade at all), `policies` (what bans, tariffs and
    costs stated in the world do to everybody), `certificate` (how far each solution is proven).

    Raises:
        UnknownName: no such state, pole, year, table or set of elasticities.
        NoAnswer: the state or every partner is not covered by the table; nothing could be certified.
        WrongRequest: a partner is the state itself; two sides of a pair overlap.
    """
    study = _study(world, params)
    policies, after = _after(world, study)
    changed = policy_table(after, policies, study.tables, params)
    embargo, power, between = embargo_table(study), power_table(study), between_table(study)
    return _result(
        world,
        replace(study, solved=(*study.solved, *after)),
        policies,
        {
            "summary": _summary(embargo, power, between, changed if policies.measures else changed.clear(), params),
            "embargo": embargo,
            "power": power,
            "sectors": sector_table(study),
            "diversify": diversify_table(study),
            "partners": partner_table(study),
            "between": between,
            "sets": set_table(study),
            "draws": _draw_table(study),
            "autarky": _autarky_table(study),
            "policies": changed if policies.measures else changed.clear(),
            "certificate": certificate_table([*study.solved, *after]),
        },
    )


def outcome(world: World, params: TradeParams) -> Result:
    """What the policies of a world do to real incomes, alone: fast, for before and after.

    Raises:
        UnknownName: no such state, year, table or set of elasticities.
        NoAnswer: the state is not covered by the table; nothing could be certified.
        WrongRequest: a tariff below -100 %, or a measure that leaves an economy without any supplier.
    """
    study = _study(world, params.model_copy(update={"embargo": (), "between": ()}), latest_only=True)
    policies, after = _after(world, study)
    changed = policy_table(after, policies, study.tables, params)
    tables = {"summary": _table(_changed_lines(changed), params), "certificate": certificate_table(after)}
    return _result(world, replace(study, solved=tuple(after)), policies, tables)


def _study(world: World, params: TradeParams, *, latest_only: bool = False) -> Study:
    """The tables and every stop, solved."""
    _require_state(world, params.pivot)
    tables = read_tables(world, params, latest_only=latest_only)
    names = read_names(world, _day(tables))
    stops, pairs, uncovered = stops_of(names, tables, params)
    require_any(stops, uncovered, params)
    return Study(
        params=params,
        tables=tables,
        pivot=party(names, tables, params.pivot),
        stops=stops,
        pairs=pairs,
        uncovered=tuple(uncovered),
        solved=tuple(one for year in tables.years for one in solve_stops([*stops, *pairs], year, tables)),
    )


def _after(world: World, study: Study) -> tuple[Policies, list[Solved]]:
    policies = read_policies(world, read_names(world, _day(study.tables)), study.tables)
    return policies, solve_policies(policies, study.latest, study.tables)


def _day(tables: Tables) -> dt.date:
    """Poles are as they stood at the end of the newest table's year, whatever year is asked for."""
    return dt.date(tables.newest, 12, 31)


def _result(world: World, study: Study, policies: Policies, tables: Mapping[str, pl.DataFrame]) -> Result:
    return Result(
        lens="trade",
        params=study.params,
        tables=tables,
        facts=cite(world, _rows(tables)),
        caveats=tuple(caveats(study, policies)),
        methods=METHODS,
    )


def _require_state(world: World, pivot: str) -> None:
    states = world.rows("actors", pl.col("kind").is_in(["state", "territory"]))["actor"]
    if pivot not in set(states):
        raise UnknownName("state", pivot, known=states)


def _summary(
    embargo: pl.DataFrame, power: pl.DataFrame, between: pl.DataFrame, changed: pl.DataFrame, params: TradeParams
) -> pl.DataFrame:
    """The latest figure of each question, one line each."""
    lines = [
        *_lines(_latest(embargo, "sender"), "loss when trade stops", "sender", ("loss", "low", "high")),
        *_lines(
            _latest(embargo, "sender"),
            "change for the partner",
            "sender",
            ("sender_change", "sender_change_low", "sender_change_high"),
        ),
        *_lines(_latest(power, "sender"), "price rise without its goods", "sender", ("price_rise", "low", "high")),
        *_lines(
            _latest(between.filter(pl.col("subject") == params.pivot), "between"),
            "change when two others stop trading",
            "between",
            ("change", "low", "high"),
        ),
        *_changed_lines(changed),
    ]
    return _table(lines, params)


def _latest(table: pl.DataFrame, key: str) -> pl.DataFrame:
    return table.sort(key, "period_end", descending=[False, True]).unique(key, keep="first", maintain_order=True)


def _lines(table: pl.DataFrame, measure: str, subject: str, columns: tuple[str, str, str]) -> Iterator[dict[str, Any]]:
    for row in table.iter_rows(named=True):
        yield {
            "measure": measure,
            "subject": row[subject],
            "value": row[columns[0]],
            "low": row[columns[1]],
            "high": row[columns[2]],
            "period_start": row["period_start"],
            "period_end": row["period_end"],
            "facts": row["facts"],
        }


def _changed_lines(changed: pl.DataFrame) -> Iterator[dict[str, Any]]:
    return _lines(changed, "real income after policies", "subject", ("change", "low", "high"))


def _table(lines: Sequence[Mapping[str, Any]] | Iterator[dict[str, Any]], params: TradeParams) -> pl.DataFrame:
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "pivot": pl.String, "measure": pl.String, "subject": pl.String, "value": pl.Float64, "low": pl.Float64,
        "high": pl.Float64, "unit": pl.String, "period_start": pl.Date, "period_end": pl.Date,
        "facts": pl.List(pl.String()),
    }  # fmt: skip
    common = {"pivot": params.pivot, "unit": "fraction"}
    return pl.DataFrame([common | dict(line) for line in lines], schema=schema)


def _draw_table(study: Study) -> pl.DataFrame:
    """The pivot's loss where each sector takes its elasticity from a set at random: median and the middle 90 %."""
    params = study.params
    rng = np.random.default_rng(params.seed)
    drawn = draw_stops(study.stops, study.tables, closure=params.closure, draws=params.draws, rng=rng)
    pivot, year = study.tables.place(params.pivot), study.latest.year
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "pivot": pl.String, "sender": pl.String, "period_start": pl.Date, "period_end": pl.Date, "loss": pl.Float64,
        "low": pl.Float64, "high": pl.Float64, "draws": pl.Int64, "asked": pl.Int64,
        "facts": pl.List(pl.String()),
    }  # fmt: skip
    lines = []
    for stop in study.stops:
        losses = 1.0 - drawn[stop.name][:, pivot] if stop.name in drawn else np.array([])
        if losses.size:
            low, middle, high = np.quantile(losses, [0.05, 0.5, 0.95])
            line = {"pivot": params.pivot, "sender": stop.second.key, **period(year), "loss": middle, "low": low}
            facts = cut_rows(stop, study.latest, study.tables)
            lines.append({**line, "high": high, "draws": losses.size, "asked": params.draws, "facts": facts})
    return pl.DataFrame(lines, schema=schema)


def _autarky_table(study: Study) -> pl.DataFrame:
    """What no foreign trade at all would cost, by year (tariffs left out, as the formula has none)."""
    pivot = study.tables.place(study.params.pivot)
    lines = []
    for year in study.tables.years:
        losses = {
            (name, "any"): float(autarky_gains(year.flows, theta)[pivot]) for name, theta in study.tables.thetas.items()
        }
        found = band(losses, closure="any")
        lines.append(
            {
                "pivot": study.params.pivot,
                **period(year.year),
                "loss": found.value,
                "low": found.low,
                "high": found.high,
                "set_low": found.at_low.split()[0],
                "set_high": found.at_high.split()[0],
                "facts": stated([(place, pivot) for place in range(len(study.tables.regions))], year, study.tables),
            }
        )
    return pl.DataFrame(lines, schema_overrides={"facts": pl.List(pl.String())})


def _rows(tables: Mapping[str, pl.DataFrame]) -> set[str]:
    """Every row that a table names."""
    named = (table["facts"].explode().drop_nulls() for table in tables.values() if "facts" in table.columns)
    return {row for column in named for row in column}
