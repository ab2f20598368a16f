"""What share of what a state uses comes from each pole, where imports, suppliers and use are three different rows."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.exposure.estimates import Estimate
from multivector.lenses.exposure.lists import USABLE, flows_of
from multivector.lenses.exposure.measures import MeasureRule
from multivector.lenses.exposure.reach import WHOLE, reach
from multivector.schema import WORLD
from multivector.world import World
from multivector.world.conflicts import in_base_units, latest_editions
from multivector.world.poles import REST, Scene

_PRINTED = ("amount", "half", "qualifier")
_HEADS = ("students", "people")  # heads are heads


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


def supply_estimates(
    world: World, flows: pl.DataFrame, rule: MeasureRule, stage: Scene, about: float
) -> Iterator[Estimate]:
    """Shares of use: deliveries from a pole over consumption, for every year with a known consumption.

    A part-year delivery is a lower bound of its year. What no supplier is named for belongs to anybody, up to the
    year's total imports; where that total is unknown too, up to the whole use.

    Raises:
        NoAnswer: named suppliers delivered more than was bought in all.
    """
    own = flows_of(flows, rule, stage.pivot)
    for use in uses(world, rule, stage.pivot):
        if use.amount <= 0:
            continue  # there is no share of nothing
        within = own.filter(
            pl.col("period_start") >= use.start, pl.col("period_end") <= use.end, pl.col("dimension") == use.dimension
        )
        year = Year(use=use, bought=_total_imports(within, use), named=_once(_named(within, use, about), stage))
        _require_within(rule, year)
        if year.bought is not None or year.named:
            for pole in (*(one.key for one in stage.poles), REST):
                yield _share_of_use(rule, stage, year, pole)


def _require_within(rule: MeasureRule, year: Year) -> None:
    named = math.fsum(span.low for span in year.named.values())
    if year.bought is not None and named > WHOLE * year.bought.high:
        raise NoAnswer(
            f"{rule.key} {year.use.start.year}: named suppliers delivered {named:g}, more than all imports of "
            f"{year.bought.high:g} {year.use.dimension}; rows {', '.join(year.facts)}"
        )


def uses(world: World, rule: MeasureRule, pivot: str) -> tuple[Use, ...]:
    """The indicator that a measure is divided by, one a period: best-ranked source, range over all."""
    rows = world.rows(
        "indicators",
        pl.col("subject") == pivot,
        pl.col("name") == rule.over,
        pl.col("status").is_in(USABLE),
        pl.col("qualifier").is_in(["exact", "about"]),
        pl.col("value").is_not_null() & pl.col("decimals").is_not_null(),
    )
    ranks = world.scan("sources").select("source", "rank").collect()
    key = ["period_start", "period_end", "dimension"]
    ranked = latest_editions(in_base_units(rows), by=key).join(ranks, on="source", validate="m:1")
    dated = ranked.drop_nulls(["period_start", "period_end"]).group_by(key, maintain_order=True)
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


def _named(rows: pl.DataFrame, use: Use, about: float) -> dict[str, Span]:
    """Reach of each named supplier's deliveries in the period."""
    key = ["partner", "period_start", "period_end"]
    partners = latest_editions(rows.filter(pl.col("partner") != WORLD), by=key)
    return {
        str(partner): _delivered(same, same.filter(_in_whole(use)), about)
        for (partner,), same in partners.group_by(["partner"], maintain_order=True)
    }


def _once(named: dict[str, Span], stage: Scene) -> dict[str, Span]:
    """No delivery twice: a state inside a named body leaves; so does a body that lies across poles, and is nobody's."""
    bodies = {name for name in named if name in stage.body_members and stage.pole_of(name) is not None}
    inside = stage.covered_by(frozenset(bodies)) - bodies
    return {name: span for name, span in named.items() if name not in inside and stage.pole_of(name) is not None}


def _delivered(rows: pl.DataFrame, whole: pl.DataFrame, about: float) -> Span:
    """Rows of the whole period by hull of their wording; a part of the period is a floor."""
    facts = tuple(sorted(rows["id"]))
    source = rows if whole.is_empty() else whole
    ends = [reach(amount, half, word, about) for amount, half, word in source.select(*_PRINTED).iter_rows()]
    if whole.is_empty():
        return Span(max(end.low for end in ends), math.inf, facts)
    return Span(min(end.low for end in ends), max(end.high for end in ends), facts)


def _share_of_use(rule: MeasureRule, stage: Scene, year: Year, pole: str) -> Estimate:
    inside = [span for partner, span in year.named.items() if stage.pole_of(partner) == pole]
    outside = math.fsum(span.low for partner, span in year.named.items() if stage.pole_of(partner) != pole)
    whole = bool(inside) and is_whole(stage, pole, year.named)
    low = math.fsum(span.low for span in inside)
    high = max(min(math.fsum(span.high for span in inside) if whole else math.inf, year.ceiling - outside), low)
    measured = whole and all(math.isfinite(span.high) for span in inside)
    use, bought = year.use, year.bought
    floor, ceiling = min(low / use.span.high, 1.0), min(high / use.span.low, 1.0) if use.span.low > 0 else 1.0
    middle = math.fsum((span.low + span.high) / 2 for span in inside)
    known = math.fsum(span.low for span in year.named.values())
    return Estimate(
        measure=rule.key,
        pole=pole,
        start=use.start,
        end=use.end,
        kind="measured" if measured else "bound",
        value=min(max(middle / use.amount, floor), ceiling) if measured else None,
        low=floor,
        high=ceiling,
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


def floor_estimates(
    world: World, flows: pl.DataFrame, rule: MeasureRule, stage: Scene, about: float
) -> Iterator[Estimate]:
    """Shares of a total of which only a part is known: at home plus those abroad that are counted.

    The true total is at least that, so each share is at most its amount over it: an upper bound, with no point.
    """
    own = flows_of(flows, rule, stage.pivot)
    for use in uses(world, rule, stage.pivot):
        named = _once(_named(own.filter(_in_whole(use), pl.col("dimension").is_in(_HEADS)), use, about), stage)
        if named:
            year = Year(use=use, bought=None, named=named)
            for pole in (*(one.key for one in stage.poles), REST):
                yield _share_at_most(rule, stage, year, pole)


def _share_at_most(rule: MeasureRule, stage: Scene, year: Year, pole: str) -> Estimate:
    inside = [span for partner, span in year.named.items() if stage.pole_of(partner) == pole]
    most, home = math.fsum(span.high for span in inside), year.use.span.low
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
        amount=math.fsum(span.low for span in inside) if inside else None,
        amount_unit=year.use.dimension,
    )
