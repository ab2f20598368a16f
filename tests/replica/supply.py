"""What is bought abroad over what is used: "Supply" and "Floor" of docs/methods/exposure.md."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

from tests.replica.combining import Estimate
from tests.replica.poles import EACH, POLES, Stage, inside, pole_of, stage_on
from tests.replica.reading import ALL_PARTNERS, USABLE, Flow, Ground, Row, flows_of, grouped, half_width, newest, reach

from multivector.lenses.exposure.measures import MeasureRule
from multivector.schema.units import UNITS


@dataclass(frozen=True, slots=True)
class Stated:
    """A row of `indicators` that says how much was used."""

    id: str
    amount: float
    half: float
    dimension: str
    source: str
    rank: int
    published: dt.date | None
    start: dt.date | None
    end: dt.date | None


@dataclass(frozen=True, slots=True)
class Use:
    """What was used in a period: the row that stands, and the ends and ids of all rows."""

    start: dt.date
    end: dt.date
    stated: Stated
    low: float
    high: float
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one supplier delivered; `high` is infinite where only a part of the period is known."""

    low: float
    high: float
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Bought:
    """Suppliers of a period, and its total imports: `total_high` is empty where there is no total."""

    named: dict[str, Delivered]
    total_high: float | None
    total_facts: frozenset[str]


def uses_of(ground: Ground, pivot: str, rule: MeasureRule) -> Iterator[Use]:
    """Each period and dimension with a known use (supply, Use)."""
    rows = [stated(ground, row) for row in ground.indicators if is_use(row, pivot, rule)]
    current = newest(rows, lambda row: (row.source, row.start, row.end, row.dimension))
    for (start, end, _), same in grouped(current, lambda row: (row.start, row.end, row.dimension)).items():
        if start is not None and end is not None:
            yield Use(
                start=start,
                end=end,
                stated=min(same, key=lambda row: (row.rank, row.id)),
                low=max(min(row.amount - row.half for row in same), 0.0),
                high=max(row.amount + row.half for row in same),
                facts=frozenset(row.id for row in same),
            )


def is_use(row: Row, pivot: str, rule: MeasureRule) -> bool:
    """Whether a row of `indicators` states a use (supply, Use)."""
    about_it = row["subject"] == pivot and row["name"] == rule.over and row["status"] in USABLE
    known = row["value"] is not None and row["decimals"] is not None
    return bool(about_it and known and row["qualifier"] in {"exact", "about"})


def stated(ground: Ground, row: Row) -> Stated:
    """One row of use in base units (shares, Amount and rounding)."""
    unit = UNITS[row["unit"]]
    return Stated(
        id=row["id"],
        amount=row["value"] * unit.factor,
        half=half_width(row),
        dimension=unit.dimension,
        source=row["source"],
        rank=ground.ranks[row["source"]],
        published=row["published"],
        start=row["period_start"],
        end=row["period_end"],
    )


def supply_estimates(ground: Ground, pivot: str, rule: MeasureRule) -> Iterator[Estimate]:
    """Shares of every use above 0 for which anything was bought (supply)."""
    stage = stage_on(ground, ground.today, pivot)
    flows = flows_of(ground, pivot, rule)
    for use in uses_of(ground, pivot, rule):
        if use.stated.amount > 0:
            bought = bought_in(flows, use, stage)
            if bought.named or bought.total_high is not None:
                yield from (share_of_use(rule, stage, use, bought, pole) for pole in EACH)


def bought_in(flows: list[Flow], use: Use, stage: Stage) -> Bought:
    """Total imports and named suppliers in the period of a use (supply)."""
    within = [
        one for one in flows if one.start >= use.start and one.end <= use.end and one.dimension == use.stated.dimension
    ]
    exact = [one for one in within if one.partner == ALL_PARTNERS and is_whole_period(one, use)]
    totals = newest(exact, lambda one: one.source)
    return Bought(
        named=counted_once(suppliers(within, use), stage),
        total_high=max((one.amount + one.half for one in totals), default=None),
        total_facts=frozenset(one.id for one in totals),
    )


def is_whole_period(flow: Flow, use: Use) -> bool:
    """Whether a row speaks of exactly the period of the use (supply)."""
    return (flow.start, flow.end) == (use.start, use.end)


def suppliers(flows: list[Flow], use: Use) -> dict[str, Delivered]:
    """What each named supplier delivered (supply, Named suppliers)."""
    rows = newest(
        [one for one in flows if one.partner != ALL_PARTNERS],
        lambda one: (one.partner, one.source, one.start, one.end),
    )
    return {partner: delivered(same, use) for partner, same in grouped(rows, lambda one: one.partner).items()}


def delivered(rows: list[Flow], use: Use) -> Delivered:
    """Rows of the whole period by their hull; parts of it are a floor (supply, Named suppliers)."""
    facts = frozenset(one.id for one in rows)
    whole = [reach(one.amount, one.half, one.qualifier) for one in rows if is_whole_period(one, use)]
    if whole:
        return Delivered(min(low for low, _ in whole), max(high for _, high in whole), facts)
    return Delivered(max(reach(one.amount, one.half, one.qualifier)[0] for one in rows), math.inf, facts)


def counted_once(named: dict[str, Delivered], stage: Stage) -> dict[str, Delivered]:
    """States inside a named body leave, and so does a body that is nobody's (supply, Named suppliers)."""
    bodies = {name for name in named if name in stage.members and pole_of(stage, name) is not None}
    beside = inside(stage, bodies)
    return {
        name: one
        for name, one in named.items()
        if name in bodies or (name not in beside and pole_of(stage, name) is not None)
    }


def is_whole(stage: Stage, named: dict[str, Delivered], pole: str) -> bool:
    """Whether every member of the pole is named (supply, Shares)."""
    return pole in POLES and stage.poles[pole] <= set(named) | inside(stage, named)


def share_of_use(rule: MeasureRule, stage: Stage, use: Use, bought: Bought, pole: str) -> Estimate:
    """One pole's share of a use (supply, Shares)."""
    own = [one for name, one in bought.named.items() if pole_of(stage, name) == pole]
    other_low = sum(one.low for name, one in bought.named.items() if pole_of(stage, name) != pole)
    whole = bool(own) and is_whole(stage, bought.named, pole)
    ceiling = use.high if bought.total_high is None else bought.total_high
    from_low = sum(one.low for one in own)
    from_high = max(min(sum(one.high for one in own) if whole else math.inf, ceiling - other_low), from_low)
    low = min(from_low / use.high, 1.0)
    high = min(from_high / use.low, 1.0) if use.low > 0 else 1.0
    value = None
    if whole and all(math.isfinite(one.high) for one in own):
        value = min(max(sum((one.low + one.high) / 2 for one in own) / use.stated.amount, low), high)
    return estimate(rule, use, bought, pole, value=value, low=low, high=high, amount=from_low if own else None)


def coverage_of(bought: Bought) -> float:
    """Named suppliers over total imports (supply, Shares)."""
    if not bought.total_high:
        return 0.0
    return min(sum(one.low for one in bought.named.values()) / bought.total_high, 1.0)


def floor_estimates(ground: Ground, pivot: str, rule: MeasureRule) -> Iterator[Estimate]:
    """Upper bounds over those at home and those counted abroad (floor)."""
    stage = stage_on(ground, ground.today, pivot)
    flows = [one for one in flows_of(ground, pivot, rule) if one.dimension in {"students", "people"}]
    for use in uses_of(ground, pivot, rule):
        named = counted_once(suppliers([one for one in flows if is_whole_period(one, use)], use), stage)
        if named:
            yield from (share_at_most(rule, stage, use, Bought(named, None, frozenset()), pole) for pole in EACH)


def share_at_most(rule: MeasureRule, stage: Stage, use: Use, abroad: Bought, pole: str) -> Estimate:
    """The most that one pole can hold (floor)."""
    own = [one for name, one in abroad.named.items() if pole_of(stage, name) == pole]
    most = sum(one.high for one in own)
    bounded = is_whole(stage, abroad.named, pole) and math.isfinite(most) and use.low + most > 0
    high = most / (use.low + most) if bounded else 1.0
    amount = sum(one.low for one in own) if own else None
    return estimate(rule, use, abroad, pole, value=None, low=0.0, high=high, amount=amount)


def estimate(
    rule: MeasureRule,
    use: Use,
    bought: Bought,
    pole: str,
    *,
    value: float | None,
    low: float,
    high: float,
    amount: float | None,
) -> Estimate:
    """Status, source and facts that both readers share (supply, Shares)."""
    return Estimate(
        measure=rule.key,
        pole=pole,
        start=use.start,
        end=use.end,
        value=value,
        low=low,
        high=high,
        coverage=coverage_of(bought),
        status="derived",
        source=use.stated.source,
        rank=use.stated.rank,
        published=use.stated.published,
        amount=amount,
        facts=use.facts.union(bought.total_facts, *(one.facts for one in bought.named.values())),
    )
