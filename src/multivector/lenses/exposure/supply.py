"""What share of what a state uses comes from each pole, where imports, suppliers and use are three different rows."""

from __future__ import annotations

import datetime as dt
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
class _Span:
    """An amount with its reach and rows."""

    low: float
    high: float
    facts: tuple[str, ...]


def supply_estimates(world: World, rule: MeasureRule, stage: Scene) -> Iterator[Estimate]:
    """Shares of use: imports from a pole over consumption, for every year with a known consumption.

    A part-year import is a lower bound of its year. What no supplier is named for belongs to anybody, up to the
    year's total imports; where that total is unknown too, up to the whole use.
    """
    flows = flows_of(world, rule, stage.pivot)
    for (start, end), used in _use(world, rule, stage.pivot).items():
        within = flows.filter((pl.col("period_start") >= start) & (pl.col("period_end") <= end))
        bought = _total_imports(within, start, end)
        named = _named(within, start, end)
        if bought is None and not named:
            continue
        yield from _of_year(rule, stage, (start, end), used, bought, named)


def _use(world: World, rule: MeasureRule, pivot: str) -> dict[tuple[dt.date, dt.date], tuple[_Span, pl.DataFrame]]:
    rows = in_base_units(world.rows("indicators", pl.col("subject") == pivot, pl.col("name") == rule.over))
    ranks = world.scan("sources").select("source", "rank").collect()
    ranked = latest_editions(rows, by=["period_start", "period_end"]).join(ranks, on="source", validate="m:1")
    spans = {}
    for (start, end), same in ranked.drop_nulls(["period_start", "period_end"]).group_by(
        "period_start", "period_end", maintain_order=True
    ):
        spans[start, end] = _span(same), same.sort("rank", "id")
    return spans


def _span(rows: pl.DataFrame) -> _Span:
    low = min(a - h for a, h in rows.select("amount", "half").iter_rows())
    high = max(a + h for a, h in rows.select("amount", "half").iter_rows())
    return _Span(max(low, 0.0), high, tuple(sorted(rows["id"])))


def _total_imports(rows: pl.DataFrame, start: dt.date, end: dt.date) -> _Span | None:
    whole = rows.filter(
        (pl.col("partner") == WORLD) & (pl.col("period_start") == start) & (pl.col("period_end") == end)
    )
    current = latest_editions(whole, by=["partner"])
    return None if current.is_empty() else _span(current)


def _named(rows: pl.DataFrame, start: dt.date, end: dt.date) -> dict[str, _Span]:
    """Reach of each named supplier's deliveries in the year."""
    named = {}
    partners = latest_editions(rows.filter(pl.col("partner") != WORLD), by=["partner", "period_start", "period_end"])
    for (partner,), same in partners.group_by(["partner"], maintain_order=True):
        whole = same.filter((pl.col("period_start") == start) & (pl.col("period_end") == end))
        exact = whole.filter(pl.col("qualifier") == "exact")
        span = _span(same)
        # a part of the year, or "more than", is a floor: the ceiling is what the others leave
        floor = max(a - h if q == "exact" else a for a, h, q in same.select("amount", "half", "qualifier").iter_rows())
        high = _span(exact).high if not exact.is_empty() else float("inf")
        named[str(partner)] = _Span(max(floor, 0.0) if exact.is_empty() else _span(exact).low, high, span.facts)
    return named


def _of_year(
    rule: MeasureRule,
    stage: Scene,
    period: tuple[dt.date, dt.date],
    used: tuple[_Span, pl.DataFrame],
    bought: _Span | None,
    named: dict[str, _Span],
) -> Iterator[Estimate]:
    use, rows = used
    ceiling = use.high if bought is None else bought.high
    facts = {*use.facts, *(bought.facts if bought else ()), *(row for span in named.values() for row in span.facts)}
    best = rows.row(0, named=True)
    for pole in (*(pole.key for pole in stage.poles), REST):
        inside = [span for partner, span in named.items() if stage.pole_of(partner) == pole]
        outside = sum(span.low for partner, span in named.items() if stage.pole_of(partner) != pole)
        low = sum(span.low for span in inside)
        high = min(sum(span.high for span in inside) if _whole(stage, pole, named) else ceiling, ceiling - outside)
        nothing = bought is not None and bought.high == 0
        exact = (
            bool(inside) and high != float("inf") and _whole(stage, pole, named) and all(s.high < 9e99 for s in inside)
        )
        yield Estimate(
            measure=rule.key,
            pole=pole,
            start=period[0],
            end=period[1],
            kind="measured" if nothing or exact else "bound",
            value=0.0 if nothing else (sum((s.low + s.high) / 2 for s in inside) / best["amount"] if exact else None),
            low=min(low / use.high, 1.0),
            high=min(max(high, low) / use.low, 1.0) if use.low > 0 else 1.0,
            coverage=min(sum(s.low for s in named.values()) / bought.high, 1.0) if bought and bought.high > 0 else 0.0,
            status="derived",
            source=best["source"],
            rank=int(best["rank"]),
            published=best["published"],
            facts=tuple(sorted(facts)),
            amount=low if inside else None,
            amount_unit=best["dimension"],
        )


def _whole(stage: Scene, pole: str, named: dict[str, _Span]) -> bool:
    """Whether every member of the pole is named, so that nobody else can add to it."""
    members = next((one.members for one in stage.poles if one.key == pole), None)
    return members is not None and members <= stage.covered_by(frozenset(named))


def floor_estimates(world: World, rule: MeasureRule, stage: Scene) -> Iterator[Estimate]:
    """Shares of a total of which only a part is known: at home plus those abroad that are counted.

    The true total is at least that, so each share is at most its amount over it: an upper bound, with no point.
    """
    flows = flows_of(world, rule, stage.pivot)
    for (start, end), used in _use(world, rule, stage.pivot).items():
        home, rows = used
        same = (pl.col("period_start") == start) & (pl.col("period_end") == end) & (pl.col("partner") != WORLD)
        named = _named(flows.filter(same), start, end)
        if not named:
            continue
        best = rows.row(0, named=True)
        for pole in (*(one.key for one in stage.poles), REST):
            inside = [span for partner, span in named.items() if stage.pole_of(partner) == pole]
            whole = _whole(stage, pole, named)
            most = sum(span.high for span in inside)
            yield Estimate(
                measure=rule.key,
                pole=pole,
                start=start,
                end=end,
                kind="bound",
                value=None,
                low=0.0,
                high=most / (home.low + most) if whole and most else 1.0,
                coverage=0.0,
                status="derived",
                source=best["source"],
                rank=int(best["rank"]),
                published=best["published"],
                facts=tuple(sorted({*home.facts, *(row for span in named.values() for row in span.facts)})),
                amount=sum(span.low for span in inside) if inside else None,
                amount_unit=best["dimension"],
            )
