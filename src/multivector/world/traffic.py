"""Which routes a state's oil takes, what territory each crosses, and how many tonnes each carried."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from multivector.schema import WORLD
from multivector.world import World
from multivector.world.conflicts import choose

MASS: Final = "mass"


@dataclass(frozen=True, slots=True)
class Way:
    """A route: the territory it crosses outside the pivot, its legs, and the rows that say so."""

    route: str
    legs: tuple[str, ...]
    territory: frozenset[str]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """Tonnes that one route carried in a period, with the reach of the sources that say how many."""

    way: Way | None
    amount: float
    low: float
    high: float
    status: str
    facts: tuple[str, ...]

    @property
    def is_settled(self) -> bool:
        """Whether the way's onward territory is known: it leaves the pivot."""
        return self.way is not None and bool(self.way.territory)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Everything that left in a period: the total, and the part that each route carried."""

    start: dt.date
    end: dt.date
    total: Carried
    carried: tuple[Carried, ...]


def ways_of(world: World, pivot: str) -> dict[str, Way]:
    """Every route of the world by key. A leg that is not known (yet) leaves the whole way unknown."""
    ranks = world.scan("sources").select("source", "rank").collect()
    ranked = world.rows("legs").join(ranks, on="source", validate="m:1").sort("rank", "id")
    legs = ranked.unique("leg", keep="first", maintain_order=True).select("leg", "territory", leg_row="id")
    said = world.rows("routes").join(ranks, on="source", validate="m:1").sort("rank", "id")
    routes = said.unique(["route", "step"], keep="first", maintain_order=True).drop("rank")
    steps = routes.join(legs, on="leg", how="left", validate="m:1").sort("route", "step", "id")
    ways = {}
    by_route = steps.group_by("route", maintain_order=True).agg("leg", "territory", "id", "leg_row")
    for route, in_order, crossed, ids, leg_rows in by_route.iter_rows():
        if None in crossed:
            continue
        territory = {state for joined in crossed for state in joined.split(";")} - {pivot}
        ways[route] = Way(route, tuple(in_order), frozenset(territory), tuple(sorted({*ids, *leg_rows})))
    return ways


def legs_by_route(world: World) -> dict[str, tuple[str, ...]]:
    """Every route of the world by key: its legs in order, of several sources by the better one."""
    ranks = world.scan("sources").select("source", "rank").collect()
    said = world.rows("routes").join(ranks, on="source", validate="m:1").sort("rank", "id")
    steps = said.unique(["route", "step"], keep="first", maintain_order=True).sort("route", "step")
    return {route: tuple(legs) for route, legs in steps.group_by("route").agg("leg").iter_rows()}


def closing_with(route: str, routes: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The legs that close when a route does: those that no other route needs; all where every one is shared."""
    shared = {leg for other, legs in routes.items() if other != route for leg in legs}
    return tuple(leg for leg in routes[route] if leg not in shared) or tuple(routes[route])


def totals_of(flows: pl.DataFrame, ranks: pl.DataFrame, pivot: str) -> dict[tuple[dt.date, dt.date], Carried]:
    """All tonnes of a period: the chosen statement, reaching over all of them."""
    whole = flows.filter((pl.col("partner") == WORLD) & pl.col("via").is_null(), *_tonnes())
    chosen = _chosen(whole, ["period_start", "period_end"], ranks, pivot)
    return {(row["period_start"], row["period_end"]): _carried(row, None) for row in chosen}


def carried_in(rows: pl.DataFrame, ranks: pl.DataFrame, ways: dict[str, Way], pivot: str) -> tuple[Carried, ...]:
    """Tonnes by route in one period.

    A way that longer ways continue is left out: what they do not carry on stays in the part of the total that no route
    is named for.
    """
    found = carried_by_route(rows, ranks, ways, pivot)
    return tuple(one for one in found if not is_continued(one, found))


def carried_by_route(rows: pl.DataFrame, ranks: pl.DataFrame, ways: dict[str, Way], pivot: str) -> tuple[Carried, ...]:
    """Tonnes by route in one period, ways that longer ways continue included."""
    periods = carried_by_period(rows, ranks, ways, pivot)
    return tuple(one for found in periods.values() for one in found)


def carried_by_period(
    rows: pl.DataFrame, ranks: pl.DataFrame, ways: dict[str, Way], pivot: str
) -> dict[tuple[dt.date, dt.date], tuple[Carried, ...]]:
    """Tonnes by route in every period, in order of time, ways that longer ways continue included.

    A route counted for all buyers together is not counted again for each; else its buyers are added.
    """
    by_route = rows.filter(pl.col("via").is_not_null() & ~pl.col("via").str.contains(":", literal=True), *_tonnes())
    all_buyers = pl.col("partner") == WORLD
    counted = by_route.filter(all_buyers | ~all_buyers.any().over("period_start", "period_end", "via"))
    found: dict[tuple[dt.date, dt.date], dict[str, Carried]] = {}
    for row in _chosen(counted, ["period_start", "period_end", "via", "partner"], ranks, pivot):
        held = found.setdefault((row["period_start"], row["period_end"]), {})
        one = _carried(row, ways.get(row["via"]))
        held[row["via"]] = added(held[row["via"]], one) if row["via"] in held else one
    return {period: tuple(held.values()) for period, held in found.items()}


def _tonnes() -> tuple[pl.Expr, pl.Expr]:
    return pl.col("measure") == "quantity", pl.col("dimension") == MASS


def _chosen(rows: pl.DataFrame, by: list[str], ranks: pl.DataFrame, pivot: str) -> list[dict[str, Any]]:
    """The conflict rule, with the widest rounding among the statements added at both ends."""
    chosen = choose(rows.drop("rank"), by=by, ranks=ranks, own=pivot)
    halves = dict(rows.select("id", "half").iter_rows())
    return [
        {**row, "half": max(halves[fact] for fact in row["facts"])} for row in chosen.sort(by).iter_rows(named=True)
    ]


def _carried(row: dict[str, Any], way: Way | None) -> Carried:
    low, high = max(row["low"] - row["half"], 0.0), row["high"] + row["half"]
    return Carried(way, row["amount"], low, high, row["status"], tuple(row["facts"]))


def added(one: Carried, other: Carried) -> Carried:
    """Tonnes of one way together, as sure as the less sure."""
    status = max(one.status, other.status, key=["observed", "derived", "judged", "claim"].index)
    facts = (*one.facts, *other.facts)
    return Carried(one.way, one.amount + other.amount, one.low + other.low, one.high + other.high, status, facts)


def is_continued(one: Carried, found: tuple[Carried, ...]) -> bool:
    """Whether longer ways that start with its legs are counted too."""
    if one.way is None:
        return False
    legs = one.way.legs
    others = [other.way.legs for other in found if other.way is not None]
    return any(len(longer) > len(legs) and longer[: len(legs)] == legs for longer in others)
