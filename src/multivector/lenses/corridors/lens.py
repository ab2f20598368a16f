"""Who can cut what off, what it costs after rerouting, who gains, and which hedge is worth its money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from multivector.errors import UnknownName
from multivector.lenses.corridors.board import Stage
from multivector.lenses.corridors.book import read_book
from multivector.lenses.corridors.carried import carried_by, latest_year, own_flows
from multivector.lenses.corridors.caveats import caveats
from multivector.lenses.corridors.closing import Closed, Ends, close_each, closure_table, facts_of
from multivector.lenses.corridors.crossing import crossing_table
from multivector.lenses.corridors.cutting import cut_table
from multivector.lenses.corridors.gains import gain_table
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.powers import power_table
from multivector.lenses.corridors.prices import certificate_table, shadow_table
from multivector.lenses.corridors.reroutes import reroute_table
from multivector.lenses.corridors.spread import spread_table
from multivector.lenses.corridors.state import State, state_of
from multivector.lenses.corridors.strikes import strike_table
from multivector.lenses.corridors.tables import leg_table, route_table
from multivector.lenses.corridors.targets import targets
from multivector.lenses.corridors.value import Price, price_of
from multivector.lenses.corridors.works import Case, best_set, read_works, rebuilt, widened, work_table
from multivector.result import Result
from multivector.world import World
from multivector.world.citing import cite
from multivector.world.traffic import legs_by_route

METHODS: Final = (
    "corridors.html#network",
    "corridors.html#rerouting",
    "corridors.html#range",
    "corridors.html#crossing",
    "corridors.html#power",
    "corridors.html#works",
    "corridors.html#spread",
)

_WORDS: Final = frozenset({"operator", "shared_limit", "held_by"})  # columns of words; the others hold numbers


def measure(world: World, params: CorridorParams) -> Result:
    """How a state's goods get out, what each closure loses, and what would help.

    Tables: `summary`, `routes`, `legs`, `crossing` (share over each territory, by year), `closures` (every leg, route,
    controller and territory closed whole), `reroutes` (where it goes), `strikes` (the worst legs of each controller),
    `gains`, `power` (Shapley values of the controllers), `works`, `best_set`, `spread` (price of multi-vectorism),
    `cut` (the most that can leave, and what holds it), `shadow` (what one unit more of a leg would let out),
    `certificate` (how far the answers are proven). Amounts in million tonnes or thousand TEU.

    Raises:
        UnknownName: no such state; an assumption about a leg that is not there.
        WrongRequest: a quota above every nameplate.
        NoAnswer: nothing is known to move on the network; a route ends where no leg leads on; a solve that could not be
            certified.
    """
    _require_state(world, params.pivot)
    flows = own_flows(world, params)
    book = read_book(world, params, latest_year(world, flows, params))
    carried = carried_by(world, book, flows, params)
    price = price_of(world, carried.routes, carried.year or book.year, params)
    case = Case(book=book, carried=carried, price=price, params=params)
    ends = rebuilt(book, case)
    closed = close_each(ends, targets(ends.stated, legs_by_route(world)))
    grouped = [one for one in closed if one.target.kind in {"route", "controller"}]
    works = read_works(world, book, params)
    state = state_of(ends)
    crossing = crossing_table(world, flows, params)
    tables = {
        "summary": _summary(ends, state, closed, crossing, params),
        "routes": route_table(ends, case.price, params, is_whole=not carried.silent),
        "legs": leg_table(ends, params),
        "crossing": crossing,
        "closures": closure_table(closed, ends, case.price, params),
        "reroutes": reroute_table(grouped, ends, params),
        "strikes": strike_table(ends, case.price, params),
        "gains": gain_table(grouped, ends, params),
        "power": power_table(ends, rebuilt(widened(book, works), case), case.price, params),
        "works": work_table(works, case, closed),
        "best_set": _best(case, works),
        "spread": spread_table(ends, case.price, params),
        "cut": cut_table(ends.stated, params),
        "shadow": shadow_table(grouped, ends, case.price, params),
        "certificate": certificate_table(closed, ends, state, params),
    }
    tables = {name: _typed(table) for name, table in tables.items()}
    facts = cite(world, _rows(tables))
    return Result(
        lens="corridors",
        params=params,
        tables=tables,
        facts=facts,
        caveats=tuple(caveats(world, case, ends, state)),
        methods=METHODS,
    )


def outcome(world: World, params: CorridorParams) -> Result:
    """The first lines of `summary` alone: what each route carries and what is lost. Fast, for before and after.

    Raises:
        UnknownName: no such state; an assumption about a leg that is not there.
        WrongRequest: a quota above every nameplate.
        NoAnswer: nothing is known to move on the network; a route ends where no leg leads on; a solve that could not be
            certified.
    """
    _require_state(world, params.pivot)
    flows = own_flows(world, params)
    book = read_book(world, params, latest_year(world, flows, params))
    carried = carried_by(world, book, flows, params)
    case = Case(book=book, carried=carried, price=Price(None, "unknown", ()), params=params)
    ends = rebuilt(book, case)
    state = state_of(ends)
    lines = [*_carried_lines(ends.stated, state, params), _lost_line(ends.stated, state, params)]
    tables = {"summary": _dated(lines, book.year, params)}
    return Result(
        lens="corridors",
        params=params,
        tables=tables,
        facts=cite(world, _rows(tables)),
        caveats=tuple(caveats(world, case, ends, state)),
        methods=METHODS,
    )


def _require_state(world: World, pivot: str) -> None:
    states = world.rows("actors", pl.col("kind").is_in(["state", "territory"]))["actor"]
    if pivot not in set(states):
        raise UnknownName("state", pivot, known=states)


def _summary(
    ends: Ends, state: State, closed: Sequence[Closed], crossing: pl.DataFrame, params: CorridorParams
) -> pl.DataFrame:
    """The few figures that a scenario moves: what routes carry, what crosses, what is lost, the worst closures."""
    lines = [
        *_carried_lines(ends.stated, state, params),
        _lost_line(ends.stated, state, params),
        *_closure_lines(ends.stated, closed, params),
        *_crossing_lines(crossing),
    ]
    return _dated(lines, ends.stated.book.year, params)


def _dated(lines: Sequence[Mapping[str, Any]], year: int, params: CorridorParams) -> pl.DataFrame:
    """The lines as a table; a line without a period of its own is about the year."""
    common: dict[str, Any] = {
        "pivot": params.pivot,
        "network": params.network,
        "period_start": dt.date(year, 1, 1),
        "period_end": dt.date(year + 1, 1, 1),
    }
    columns = ["pivot", "network", "measure", "subject", "value", "low", "high", "unit"]
    overrides = {"facts": pl.List(pl.String()), "value": pl.Float64()}
    table = pl.DataFrame([common | dict(line) for line in lines], schema_overrides=overrides, infer_schema_length=None)
    return table.select(*columns, "period_start", "period_end", "facts")


def _carried_lines(stage: Stage, state: State, params: CorridorParams) -> Iterator[dict[str, Any]]:
    for way, one in enumerate(stage.routes):
        found = state.carried(way)
        yield {
            "measure": "carried",
            "subject": one.route,
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "unit": f"{params.unit}/y",
            "facts": sorted({*one.rows, *state.rows}),
        }


def _lost_line(stage: Stage, state: State, params: CorridorParams) -> dict[str, Any]:
    ends = [state.lost(end) for end in ("tight", "stated", "loose")]
    return {
        "measure": "lost",
        "subject": "all routes",
        "value": ends[1],
        "low": min(ends),
        "high": max(ends),
        "unit": f"{params.unit}/y",
        "facts": sorted({*state.rows, *(row for one in stage.routes for row in one.rows)}),
    }


def _closure_lines(stage: Stage, closed: Sequence[Closed], params: CorridorParams) -> Iterator[dict[str, Any]]:
    part = params.days / 365.0
    for one in closed:
        if one.target.kind in {"route", "controller"} and one.target.name != params.pivot:
            ends = [part * one.lost(end) for end in ("tight", "stated", "loose")]
            yield {
                "measure": f"lost when {one.target.kind} closes",
                "subject": one.target.name,
                "value": ends[1],
                "low": min(ends),
                "high": max(ends),
                "unit": params.unit,
                "facts": facts_of(stage, one.target, one.settled.values()),
            }


def _crossing_lines(crossing: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The latest share over each territory; a value before bounds alone."""
    unvalued = pl.col("value").is_null()
    ordered = crossing.sort("territory", "period_end", unvalued, descending=[False, True, False])
    latest = ordered.unique("territory", keep="first", maintain_order=True)
    for row in latest.iter_rows(named=True):
        yield {
            "measure": "crosses",
            "subject": row["territory"],
            "value": row["value"],
            "low": row["low"],
            "high": row["high"],
            "unit": "fraction",
            "period_start": row["period_start"],
            "period_end": row["period_end"],
            "facts": row["facts"],
        }


def _best(case: Case, works: Sequence[Any]) -> pl.DataFrame:
    found = best_set(works, case)
    unit = case.params.unit.lower()
    return pl.DataFrame(
        {
            "pivot": [case.params.pivot],
            "network": [case.params.network],
            "budget_usd": [case.params.budget_usd],
            "works": [[one.name for one in found.works]],
            f"worst_without_{unit}_y": [found.without],
            f"worst_with_{unit}_y": [found.loss],
            "facts": [sorted({row for one in found.works for row in one.rows})],
        },
        schema_overrides={"works": pl.List(pl.String()), "facts": pl.List(pl.String())},
    )


def _typed(table: pl.DataFrame) -> pl.DataFrame:
    """A table in which a column without any value has the type that its values would have."""
    return table.with_columns(
        pl.col(name).cast(pl.String if name in _WORDS else pl.Float64)
        for name, dtype in table.schema.items()
        if dtype == pl.Null
    )


def _rows(tables: Mapping[str, pl.DataFrame]) -> set[str]:
    """Every row that a table names."""
    named = (table["facts"].explode().drop_nulls() for table in tables.values() if "facts" in table.columns)
    return {row for column in named for row in column}
