"""What share of the tonnes that leave crosses each pole's territory, from tonnes by route and the legs they use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.exposure.estimates import Estimate
from multivector.lenses.exposure.lists import flows_of
from multivector.lenses.exposure.measures import MeasureRule
from multivector.lenses.exposure.poles import REST, Scene
from multivector.schema import WORLD
from multivector.world import World
from multivector.world.conflicts import choose

_MASS = "mass"
_WHOLE = 1.005  # the excess over a total that rounding explains
_ROUTES_SOURCE = "tonnes by route"


@dataclass(frozen=True, slots=True)
class Way:
    """A route: the territory it crosses outside the pivot, its legs, and the rows that say so."""

    route: str
    name: str
    legs: tuple[str, ...]
    territory: frozenset[str]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """Tonnes that one route carried in a period, with the reach of the sources that say how many."""

    way: Way | None
    route: str
    amount: float
    low: float
    high: float
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """Everything that left in a period: the total, and the part that each route carried."""

    start: dt.date
    end: dt.date
    total: Carried
    carried: tuple[Carried, ...]


def ways_of(world: World, pivot: str) -> dict[str, Way]:
    """Every route of the world by key."""
    legs = world.rows("legs").select("leg", "territory", leg_row="id")
    steps = world.rows("routes").join(legs, on="leg", how="left", validate="m:1").sort("route", "step")
    ways = {}
    for (route,), rows in steps.group_by(["route"], maintain_order=True):
        if rows["territory"].null_count():
            continue  # a leg that is not known (yet) leaves the whole way unknown
        territory = {state for crossed in rows["territory"] for state in crossed.split(";")} - {pivot}
        facts = tuple(sorted({*rows["id"], *rows["leg_row"]}))
        ways[str(route)] = Way(str(route), rows["name"][0], tuple(rows["leg"]), frozenset(territory), facts)
    return ways


def route_estimates(
    world: World, flows: pl.DataFrame, rule: MeasureRule, stage: Scene, *, slack: float
) -> Iterator[Estimate]:
    """Estimates from tonnes by route first; from printed shares of a territory, and from tonnes that avoid it, next."""
    own = flows_of(flows, rule, stage.pivot)
    ranks = world.scan("sources").select("source", "rank").collect()
    ways = ways_of(world, stage.pivot)
    for (start, end), total in _totals(own, ranks, stage.pivot).items():
        same = own.filter((pl.col("period_start") == start) & (pl.col("period_end") == end))
        carried = carried_in(same, ranks, ways, stage.pivot)
        if carried:
            yield from _crossing(rule, stage, Traffic(start, end, total, carried), slack)
        yield from _avoiding(rule, stage, same, total)
    yield from _printed(rule, stage, own)


def _totals(flows: pl.DataFrame, ranks: pl.DataFrame, pivot: str) -> dict[tuple[dt.date, dt.date], Carried]:
    whole = flows.filter(
        (pl.col("partner") == WORLD)
        & pl.col("via").is_null()
        & (pl.col("measure") == "quantity")
        & (pl.col("dimension") == _MASS)
    ).drop("rank")
    chosen = choose(whole, by=["period_start", "period_end"], ranks=ranks, own=pivot)
    halves = dict(whole.select("id", "half").iter_rows())
    return {
        (row["period_start"], row["period_end"]): Carried(
            None,
            WORLD,
            row["amount"],
            row["low"] - halves[row["chosen"]],
            row["high"] + halves[row["chosen"]],
            tuple(row["facts"]),
        )
        for row in chosen.iter_rows(named=True)
    }


def carried_in(rows: pl.DataFrame, ranks: pl.DataFrame, ways: dict[str, Way], pivot: str) -> tuple[Carried, ...]:
    """Tonnes by route in one period. A way that others continue counts only for what they do not carry on."""
    by_route = rows.filter(
        pl.col("via").is_not_null()
        & ~pl.col("via").str.contains(":", literal=True)
        & (pl.col("measure") == "quantity")
        & (pl.col("dimension") == _MASS)
    ).drop("rank")
    if by_route.is_empty():
        return ()
    halves = dict(by_route.select("id", "half").iter_rows())
    chosen = choose(by_route, by=["via"], ranks=ranks, own=pivot)
    found = {
        row["via"]: Carried(
            ways.get(row["via"]),
            row["via"],
            row["amount"],
            max(row["low"] - halves[row["chosen"]], 0.0),
            row["high"] + halves[row["chosen"]],
            tuple(row["facts"]),
        )
        for row in chosen.iter_rows(named=True)
    }
    return tuple(one for one in found.values() if not _continued(one, found))


def _continued(one: Carried, found: dict[str, Carried]) -> bool:
    """Whether every tonne of this way is counted again on the longer ways that start with its legs."""
    if one.way is None:
        return False
    longer = [
        other
        for other in found.values()
        if other.way is not None and other.route != one.route and other.way.legs[: len(one.way.legs)] == one.way.legs
    ]
    return bool(longer)


def _crossing(rule: MeasureRule, stage: Scene, traffic: Traffic, slack: float) -> Iterator[Estimate]:
    total, carried = traffic.total, traffic.carried
    _require_within(traffic)
    settled = [one for one in carried if _settled(one)]
    loose = 1.0 - sum(one.amount for one in settled) / total.amount
    spread = (total.high - total.low + sum(one.high - one.low for one in carried)) / total.amount
    facts = {*total.facts, *(row for one in carried for row in (*one.facts, *(one.way.facts if one.way else ())))}
    for pole in (*(one.key for one in stage.poles), REST):
        inside = [one for one in settled if _crosses(one, pole, stage)]
        outside = [one for one in settled if one not in inside]
        listed = sum(one.amount for one in inside) / total.amount
        # sources of one tonnage disagree by more than rounding: both ends are carried through
        low = min(sum(one.low for one in inside) / total.high, 1.0)
        left = max(min(1.0 - sum(one.low for one in outside) / total.high, 1.0), listed)
        high = min(left, listed + max(loose, 0.0) + spread)
        measured = loose <= slack
        yield Estimate(
            measure=rule.key,
            pole=pole,
            start=traffic.start,
            end=traffic.end,
            kind="measured" if measured else "bound",
            value=min(max(listed, low), high) if measured else None,
            low=low,
            high=high,
            coverage=min(1.0 - loose, 1.0),
            status="derived",
            source=_ROUTES_SOURCE,
            rank=1,
            published=None,
            facts=tuple(sorted(facts)),
            amount=sum(one.amount for one in inside),
            amount_unit=_MASS,
        )


def _require_within(traffic: Traffic) -> None:
    """Routes may not carry more than leaves: one of the two rows is wrong, and nobody here knows which."""
    total, listed = traffic.total, sum(one.low for one in traffic.carried)
    if listed > _WHOLE * total.high:
        rows = ", ".join((*total.facts, *(row for one in traffic.carried for row in one.facts)))
        raise NoAnswer(
            f"oil_transit {traffic.start.year}: routes carry {listed / 1e6:.1f} Mt, more than the total of "
            f"{total.amount / 1e6:.1f} Mt; rows {rows}"
        )


def _settled(one: Carried) -> bool:
    """Whether the way's onward territory is known: it leaves the pivot."""
    return one.way is not None and bool(one.way.territory)


def _crosses(one: Carried, pole: str, stage: Scene) -> bool:
    territory = one.way.territory if one.way else frozenset()
    return any(stage.pole_of(state) == pole for state in territory)


def _avoiding(rule: MeasureRule, stage: Scene, rows: pl.DataFrame, total: Carried) -> Iterator[Estimate]:
    """Tonnes that avoid a state: the rest of the total crosses it."""
    for row in rows.filter(pl.col("via").str.starts_with("avoiding:")).iter_rows(named=True):
        pole = stage.pole_of(row["via"].removeprefix("avoiding:"))
        alone = next((one for one in stage.poles if one.key == pole and len(one.members) == 1), None)
        if alone is None or row["dimension"] != _MASS:
            continue
        low = 1.0 - (row["amount"] + row["half"]) / total.low
        high = 1.0 - (row["amount"] - row["half"]) / total.high
        value = min(max(1.0 - row["amount"] / total.amount, low), high)
        yield _single(rule, alone.key, row, (value, max(low, 0.0), min(high, 1.0)), (*total.facts, row["id"]))


def _printed(rule: MeasureRule, stage: Scene, flows: pl.DataFrame) -> Iterator[Estimate]:
    """Shares of a territory as a source prints them."""
    shares = flows.filter((pl.col("measure") == rule.printed) & pl.col("via").str.starts_with("territory:"))
    for row in shares.iter_rows(named=True):
        pole = stage.pole_of(row["via"].removeprefix("territory:"))
        alone = next((one for one in stage.poles if one.key == pole and len(one.members) == 1), None)
        if alone is not None:
            low, high = max(row["value"] - row["half"], 0.0), min(row["value"] + row["half"], 1.0)
            yield _single(rule, alone.key, row, (row["value"], low, high), (row["id"],))


def _single(
    rule: MeasureRule, pole: str, row: dict[str, object], bounds: tuple[float, float, float], facts: tuple[str, ...]
) -> Estimate:
    start, end, published = row["period_start"], row["period_end"], row["published"]
    assert isinstance(start, dt.date)  # noqa: S101 - flows_of drops rows without a period; this tells the type checker
    assert isinstance(end, dt.date)  # noqa: S101
    printed = len(facts) == 1
    return Estimate(
        measure=rule.key,
        pole=pole,
        start=start,
        end=end,
        kind="measured",
        value=bounds[0],
        low=bounds[1],
        high=bounds[2],
        coverage=1.0,
        status="claim" if row["status"] == "claim" else ("observed" if printed else "derived"),
        source=str(row["source"]),
        rank=int(str(row["rank"])),
        published=published if isinstance(published, dt.date) else None,
        facts=facts,
    )
