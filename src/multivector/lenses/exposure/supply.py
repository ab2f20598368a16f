"""What share of what a state uses comes from each pole, where imports, suppliers and use are three different rows."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from multivector.lenses.exposure.estimates import Estimate
from multivector.lenses.exposure.lists import flows_of
from multivector.lenses.exposure.measures import MeasureRule
from multivector.lenses.exposure.poles import REST, Scene
from multivector.schema import WORLD
from multivector.world import World
from multivector.world.conflicts import in_base_units, latest_editions


@dataclass(frozen=True, slots=True)
class Span:
    """An amount with its reach and rows; `high` is infinite where only a floor is printed."""

    low: float
    high: float
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """What the state used (or has at home) in a period, and who says so."""

    start: dt.date
    end: dt.date
    amount: float
    span: Span
    dimension: str
    source: str
    rank: int
    published: dt.date | None


@dataclass(frozen=True, slots=True)
class Year:
    """A period's use, its total imports where known, and what each named supplier delivered."""

    use: Use
    bought: Span | None
    named: dict[str, Span]

    @property
    def ceiling(self) -> float:
        """The most that all suppliers together can have delivered."""
        return self.use.span.high if self.bought is None else self.bought.high

    @property
    def facts(self) -> tuple[str, ...]:
        """Every row of the year."""
        suppliers = (row for span in self.named.values() for row in span.facts)
        return tuple(sorted({*self.use.span.facts, *(self.bought.facts if self.bought else ()), *suppliers}))


def supply_estimates(world: World, flows: pl.DataFrame, rule: MeasureRule, stage: Scene) -> Iterator[Estimate]:
    """Shares of use: deliveries from a pole over consumption, for every year with a known consumption.

    A part-year delivery is a lower bound of its year. What no supplier is named for belongs to anybody, up to the
    year's total imports; where that total is unknown too, up to the whole use.
    """
    own = flows_of(flows, rule, stage.pivot)
    for use in uses(world, rule, stage.pivot):
        within = own.filter((pl.col("period_start") >= use.start) & (pl.col("period_end") <= use.end))
        year = Year(use=use, bought=_total_imports(within, use), named=_named(within, use))
        if year.bought is not None or year.named:
            for pole in (*(one.key for one in stage.poles), REST):
                yield _share_of_use(rule, stage, year, pole)


def uses(world: World, rule: MeasureRule, pivot: str) -> tuple[Use, ...]:
    """The indicator that a measure is divided by, one a period: best-ranked source, range over all."""
    rows = in_base_units(world.rows("indicators", pl.col("subject") == pivot, pl.col("name") == rule.over))
    ranks = world.scan("sources").select("source", "rank").collect()
    ranked = latest_editions(rows, by=["period_start", "period_end"]).join(ranks, on="source", validate="m:1")
    dated = ranked.drop_nulls(["period_start", "period_end"]).group_by(
        "period_start", "period_end", maintain_order=True
    )
    return tuple(_use(same.sort("rank", "id")) for _, same in dated)


def _use(rows: pl.DataFrame) -> Use:
    best = rows.row(0, named=True)
    return Use(
        start=best["period_start"],
        end=best["period_end"],
        amount=best["amount"],
        span=_span(rows),
        dimension=best["dimension"],
        source=best["source"],
        rank=int(best["rank"]),
        published=best["published"],
    )


def _span(rows: pl.DataFrame) -> Span:
    ends = list(rows.select("amount", "half").iter_rows())
    low, high = min(amount - half for amount, half in ends), max(amount + half for amount, half in ends)
    return Span(max(low, 0.0), high, tuple(sorted(rows["id"])))


def _in_whole(use: Use) -> pl.Expr:
    return (pl.col("period_start") == use.start) & (pl.col("period_end") == use.end)


def _total_imports(rows: pl.DataFrame, use: Use) -> Span | None:
    current = latest_editions(rows.filter((pl.col("partner") == WORLD) & _in_whole(use)), by=["partner"])
    return None if current.is_empty() else _span(current)


def _named(rows: pl.DataFrame, use: Use) -> dict[str, Span]:
    """Reach of each named supplier's deliveries in the period."""
    key = ["partner", "period_start", "period_end"]
    partners = latest_editions(rows.filter(pl.col("partner") != WORLD), by=key)
    return {
        str(partner): _delivered(same, same.filter(_in_whole(use) & (pl.col("qualifier") == "exact")))
        for (partner,), same in partners.group_by(["partner"], maintain_order=True)
    }


def _delivered(rows: pl.DataFrame, exact: pl.DataFrame) -> Span:
    if not exact.is_empty():
        return Span(_span(exact).low, _span(exact).high, _span(rows).facts)
    # a part of the period, or "more than", is a floor: the ceiling is what the others leave
    floors = rows.select("amount", "half", "qualifier").iter_rows()
    floor = max(amount if word == "more_than" else amount - half for amount, half, word in floors)
    return Span(max(floor, 0.0), math.inf, _span(rows).facts)


def _share_of_use(rule: MeasureRule, stage: Scene, year: Year, pole: str) -> Estimate:
    inside = [span for partner, span in year.named.items() if stage.pole_of(partner) == pole]
    outside = sum(span.low for partner, span in year.named.items() if stage.pole_of(partner) != pole)
    whole = bool(inside) and is_whole(stage, pole, year.named)
    low = sum(span.low for span in inside)
    high = max(min(sum(span.high for span in inside) if whole else math.inf, year.ceiling - outside), low)
    measured = whole and all(math.isfinite(span.high) for span in inside)
    use, bought = year.use, year.bought
    known = sum(span.low for span in year.named.values())
    return Estimate(
        measure=rule.key,
        pole=pole,
        start=use.start,
        end=use.end,
        kind="measured" if measured else "bound",
        value=sum((span.low + span.high) / 2 for span in inside) / use.amount if measured else None,
        low=min(low / use.span.high, 1.0),
        high=min(high / use.span.low, 1.0) if use.span.low > 0 else 1.0,
        coverage=min(known / bought.high, 1.0) if bought is not None and bought.high > 0 else 0.0,
        status="derived",
        source=use.source,
        rank=use.rank,
        published=use.published,
        facts=year.facts,
        amount=low if inside else None,
        amount_unit=use.dimension,
    )


def is_whole(stage: Scene, pole: str, named: dict[str, Span]) -> bool:
    """Whether every member of the pole is named, so that nobody else can add to it."""
    members = next((one.members for one in stage.poles if one.key == pole), None)
    return members is not None and members <= stage.covered_by(frozenset(named))


def floor_estimates(world: World, flows: pl.DataFrame, rule: MeasureRule, stage: Scene) -> Iterator[Estimate]:
    """Shares of a total of which only a part is known: at home plus those abroad that are counted.

    The true total is at least that, so each share is at most its amount over it: an upper bound, with no point.
    """
    own = flows_of(flows, rule, stage.pivot)
    for use in uses(world, rule, stage.pivot):
        named = _named(own.filter(_in_whole(use)), use)
        if named:
            year = Year(use=use, bought=None, named=named)
            for pole in (*(one.key for one in stage.poles), REST):
                yield _share_at_most(rule, stage, year, pole)


def _share_at_most(rule: MeasureRule, stage: Scene, year: Year, pole: str) -> Estimate:
    inside = [span for partner, span in year.named.items() if stage.pole_of(partner) == pole]
    most, home = sum(span.high for span in inside), year.use.span.low
    bounded = is_whole(stage, pole, year.named) and math.isfinite(most) and home + most > 0
    return Estimate(
        measure=rule.key,
        pole=pole,
        start=year.use.start,
        end=year.use.end,
        kind="bound",
        value=None,
        low=0.0,
        high=most / (home + most) if bounded else 1.0,
        coverage=0.0,
        status="derived",
        source=year.use.source,
        rank=year.use.rank,
        published=year.use.published,
        facts=year.facts,
        amount=sum(span.low for span in inside) if inside else None,
        amount_unit=year.use.dimension,
    )
