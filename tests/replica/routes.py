"""Tonnes that cross a territory: the section "Routes" of docs/methods/exposure.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from tests.replica.combining import Estimate
from tests.replica.poles import EACH, Stage, pole_alone, pole_of, stage_on
from tests.replica.reading import (
    ALL_PARTNERS,
    SLACK,
    STANDING,
    Flow,
    Ground,
    Row,
    flows_of,
    grouped,
    newest,
    preference,
    reach,
)

from multivector.lenses.exposure.measures import MeasureRule

AVOIDING, TERRITORY = "avoiding:", "territory:"
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Way:
    """A route: its legs in order and the states they name, the pivot left out."""

    legs: tuple[str, ...]
    territory: frozenset[str]
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tonnes:
    """A chosen amount with the ends of all current statements, or a sum of such."""

    amount: float
    low: float
    high: float
    statuses: frozenset[str]
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What left in a period, and what went by each route."""

    start: dt.date
    end: dt.date
    total: Tonnes
    by_route: dict[str, Tonnes]
    ways: dict[str, Way]


def route_estimates(ground: Ground, pivot: str, rule: MeasureRule) -> Iterator[Estimate]:
    """Tonnes by route, tonnes that avoid a state, printed shares (routes)."""
    stage = stage_on(ground, ground.today, pivot)
    flows = flows_of(ground, pivot, rule)
    tonnes = [one for one in flows if one.measure == "quantity" and one.dimension == "mass"]
    ways = ways_of(ground, pivot)
    whole = [one for one in tonnes if one.partner == ALL_PARTNERS and one.via is None]
    for (start, end), total in chosen(whole, lambda one: (one.start, one.end)).items():
        same = [one for one in tonnes if (one.start, one.end) == (start, end)]
        by_route = carried(same, ways)
        if by_route:
            traffic = Traffic(start, end, total, by_route, ways)
            yield from (crossing_share(rule, stage, traffic, pole) for pole in EACH)
        yield from avoiding(rule, stage, same, total)
    yield from printed_shares(rule, stage, [one for one in flows if one.measure == rule.printed])


def ways_of(ground: Ground, pivot: str) -> dict[str, Way]:
    """Every route all of whose legs are known (routes, Ways)."""
    legs: dict[str, Row] = {}
    for row in sorted(ground.legs, key=lambda row: (ground.ranks[row["source"]], row["id"])):
        legs.setdefault(row["leg"], row)
    steps = sorted(ground.routes, key=lambda row: (row["step"], row["id"]))
    found = {}
    for route, rows in grouped(steps, lambda row: str(row["route"])).items():
        if all(row["leg"] in legs for row in rows):
            own = [legs[row["leg"]] for row in rows]
            named = {state for leg in own for state in leg["territory"].split(";") if state}
            found[route] = Way(
                legs=tuple(row["leg"] for row in rows),
                territory=frozenset(named - {pivot}),
                facts=frozenset(row["id"] for row in rows + own),
            )
    return found


def chosen(rows: list[Flow], key: Callable[[Flow], K]) -> dict[K, Tonnes]:
    """One amount for each quantity, with the ends of all current statements (routes, Choice; conflicts)."""
    current = newest(rows, lambda one: (key(one), one.source, one.reporter))
    found = {}
    for quantity, same in grouped(current, key).items():
        best = min(same, key=lambda one: (STANDING[one.status], one.mirror, *preference(one)))
        half = max(one.half for one in same)
        found[quantity] = Tonnes(
            amount=best.amount,
            low=max(min(one.amount for one in same) - half, 0.0),
            high=max(one.amount for one in same) + half,
            statuses=frozenset({best.status}),
            facts=frozenset(one.id for one in same),
        )
    return found


def added(parts: list[Tonnes]) -> Tonnes:
    """The buyers of one route together (routes, 1)."""
    return Tonnes(
        amount=sum(one.amount for one in parts),
        low=sum(one.low for one in parts),
        high=sum(one.high for one in parts),
        statuses=frozenset[str]().union(*(one.statuses for one in parts)),
        facts=frozenset[str]().union(*(one.facts for one in parts)),
    )


def carried(rows: list[Flow], ways: dict[str, Way]) -> dict[str, Tonnes]:
    """Tonnes by route, none of them twice (routes, 1)."""
    by_route = [one for one in rows if one.via and ":" not in one.via]
    whole = {one.via for one in by_route if one.partner == ALL_PARTNERS}
    counted = [one for one in by_route if one.partner == ALL_PARTNERS or one.via not in whole]
    statements = chosen(counted, lambda one: (str(one.via), one.partner))
    routes = grouped(statements.items(), lambda item: item[0][0])
    named = [ways[route].legs for route in routes if route in ways]
    return {
        route: added([tonnes for _, tonnes in parts])
        for route, parts in routes.items()
        if route not in ways or not any(continues(legs, ways[route].legs) for legs in named)
    }


def continues(longer: tuple[str, ...], shorter: tuple[str, ...]) -> bool:
    """Whether a longer way starts with all legs of a shorter one (routes, 1)."""
    return len(longer) > len(shorter) and longer[: len(shorter)] == shorter


def crossing_share(rule: MeasureRule, stage: Stage, traffic: Traffic, pole: str) -> Estimate:
    """The share of what leaves that crosses a pole (routes, 1)."""
    total, ways = traffic.total, traffic.ways
    settled = {route: one for route, one in traffic.by_route.items() if route in ways and ways[route].territory}
    crossing = {route for route in settled if any(pole_of(stage, state) == pole for state in ways[route].territory)}
    loose = 1.0 - sum(one.amount for one in settled.values()) / total.amount
    crossed = sum(settled[route].amount for route in crossing)
    spread = (total.high - total.low + sum(one.high - one.low for one in traffic.by_route.values())) / total.amount
    low = min(sum(settled[route].low for route in crossing) / total.high, 1.0)
    elsewhere = sum(one.low for route, one in settled.items() if route not in crossing)
    left = max(min(1.0 - elsewhere / total.high, 1.0), low)
    high = max(min(left, crossed / total.amount + max(loose, 0.0) + spread), low)
    return Estimate(
        measure=rule.key,
        pole=pole,
        start=traffic.start,
        end=traffic.end,
        value=min(max(crossed / total.amount, low), high) if loose <= SLACK else None,
        low=low,
        high=high,
        coverage=min(1.0 - loose, 1.0),
        status=standing(total.statuses.union(*(one.statuses for one in settled.values()))),
        source="tonnes by route",
        amount=crossed,
        facts=facts_of(traffic),
    )


def standing(words: frozenset[str]) -> str:
    """The weakest word of a sum (routes, 1)."""
    return next((word for word in ("claim", "judged") if word in words), "derived")


def facts_of(traffic: Traffic) -> frozenset[str]:
    """All current statements and the rows of the ways (routes, 1)."""
    ways = [traffic.ways[route].facts for route in traffic.by_route if route in traffic.ways]
    return traffic.total.facts.union(*(one.facts for one in traffic.by_route.values()), *ways)


def avoiding(rule: MeasureRule, stage: Stage, rows: list[Flow], total: Tonnes) -> Iterator[Estimate]:
    """What does not avoid a state crosses it (routes, 2)."""
    for row in rows:
        pole = named_pole(stage, row, AVOIDING)
        if pole is not None and total.low > 0:
            low = max(1.0 - (row.amount + row.half) / total.low, 0.0)
            high = max(min(1.0 - (row.amount - row.half) / total.high, 1.0), low)
            value = min(max(1.0 - row.amount / total.amount, low), high)
            yield single(rule, pole, row, value=value, low=low, high=high, others=total.facts)


def printed_shares(rule: MeasureRule, stage: Stage, rows: list[Flow]) -> Iterator[Estimate]:
    """Shares of a territory as a source prints them (routes, 3)."""
    of_territory = [one for one in rows if one.via and one.via.startswith(TERRITORY)]
    for row in newest(of_territory, lambda one: (one.source, one.via, one.start, one.end)):
        pole = named_pole(stage, row, TERRITORY)
        if pole is not None:
            low, high = reach(row.value, row.half, row.qualifier)
            value = row.value if row.qualifier in {"exact", "about"} else None
            yield single(rule, pole, row, value=value, low=low, high=min(high, 1.0))


def named_pole(stage: Stage, row: Flow, prefix: str) -> str | None:
    """The pole of which the state behind the prefix is the only member (routes, 2 and 3)."""
    if row.via is None or not row.via.startswith(prefix):
        return None
    return pole_alone(stage, row.via.removeprefix(prefix))


def single(
    rule: MeasureRule,
    pole: str,
    row: Flow,
    *,
    value: float | None,
    low: float,
    high: float,
    others: frozenset[str] = frozenset(),
) -> Estimate:
    """An estimate that rests on one row (routes, last paragraph)."""
    own_word = "derived" if others else "observed"
    return Estimate(
        measure=rule.key,
        pole=pole,
        start=row.start,
        end=row.end,
        value=value,
        low=low,
        high=high,
        coverage=1.0,
        status=row.status if row.status in {"claim", "judged"} else own_word,
        source=row.source,
        rank=row.rank,
        published=row.published,
        mirror=row.mirror,
        facts=others | {row.id},
    )
