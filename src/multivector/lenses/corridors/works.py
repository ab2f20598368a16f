"""Which works take a weapon away: loss avoided by each, per dollar where a source states the cost, and the best set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final

import numpy as np
import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.corridors.board import ENDS, End, Stage, set_up
from multivector.lenses.corridors.book import Book, BookedLeg, SharedLimit
from multivector.lenses.corridors.carried import CarriedBy
from multivector.lenses.corridors.closing import DAYS_A_YEAR, Closed, Ends, close_each, facts_of, held_by
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.statements import Reach, rate_of
from multivector.lenses.corridors.targets import Target, controllers, shut
from multivector.lenses.corridors.value import Price
from multivector.models.flow.board import lay
from multivector.models.flow.rerouting import settle, sweep
from multivector.world import World

_MOST_PRICED: Final = 12  # sets of priced works that are all tried: past 2^12 another method is needed
_DUST: Final = 1e-9  # Mt or thousand TEU: a difference of two solves that small is none


def _schema(unit: str) -> pl.Schema:
    columns = {
        "pivot": pl.String(),
        "network": pl.String(),
        "work": pl.String(),
        "widens": pl.List(pl.String()),
        "status": pl.String(),
        "against": pl.String(),
        "days": pl.Int64(),
        f"avoided_{unit}": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "avoided_usd": pl.Float64(),
        "cost_usd": pl.Float64(),
        "avoided_usd_per_usd": pl.Float64(),
        "ranked": pl.String(),
        "then_held_by": pl.List(pl.String()),
        "facts": pl.List(pl.String()),
    }
    return pl.Schema(columns)


@dataclass(frozen=True, slots=True)
class Work:
    """One work of one source: what it widens to how much (Mt or thousand TEU a year), and what it costs."""

    name: str
    after: Mapping[str, float]
    cost_usd: float | None
    status: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A network in a year, what it carries, what a tonne is worth, and the choices made."""

    book: Book
    carried: CarriedBy
    price: Price
    params: CorridorParams


@dataclass(frozen=True, slots=True)
class BestSet:
    """The works that are worth most together, and what the worst controller can stop without and with them, a year."""

    works: tuple[Work, ...]
    without: float
    loss: float


def read_works(world: World, book: Book, params: CorridorParams) -> tuple[Work, ...]:
    """Works on legs or limits of the network, rows of one name and source together.

    A forecast is no work, nor is what gives no more than is there already. Of several figures of one work for one leg
    the largest counts.
    """
    known = {leg.leg for leg in book.legs} | {limit.key for limit in book.limits}
    rows = world.rows("expansions", pl.col("leg").is_in(list(known)), pl.col("status") != "forecast")
    found = []
    for _, group in rows.group_by(["name", "source"], maintain_order=True):
        lines = list(group.iter_rows(named=True))
        after = _after(lines, params)
        costs = [line["cost_usd"] for line in lines if line["cost_usd"] is not None]
        if _gives_more(book, after):
            found.append(
                Work(
                    name=lines[0]["name"],
                    after=after,
                    cost_usd=sum(costs) if costs else None,
                    status=lines[0]["status"],
                    rows=tuple(sorted(line["id"] for line in lines)),
                )
            )
    return tuple(sorted(found, key=lambda one: one.name))


def _after(lines: Sequence[Mapping[str, Any]], params: CorridorParams) -> dict[str, float]:
    """Leg or limit -> capacity afterwards, in the unit that is counted."""
    after: dict[str, float] = {}
    for line in lines:
        if line["capacity_after"] is not None:
            rate = rate_of(line["capacity_after"], line["unit"], (None, None), params)
            if rate is not None:
                after[line["leg"]] = max(rate, after.get(line["leg"], rate))
    return after


def _gives_more(book: Book, after: Mapping[str, float]) -> bool:
    """Whether a work raises anything that is known, or says what a leg of unknown capacity can carry."""
    stated = {limit.key: limit.reach.value for limit in book.limits}
    stated |= {leg.leg: leg.capacity.value for leg in book.legs if leg.capacity is not None}
    quotas = {leg.leg: leg.quota.value for leg in book.legs if leg.quota is not None}
    return any(
        key not in stated or capacity > min(stated[key], quotas.get(key, stated[key]))
        for key, capacity in after.items()
    )


def widened(book: Book, works: Iterable[Work]) -> Book:
    """The book after works: a stated capacity, quota or limit rises to what the work gives, and never falls."""
    after: defaultdict[str, float] = defaultdict(float)
    for work in works:
        for key, capacity in work.after.items():
            after[key] = max(after[key], capacity)
    legs = tuple(_wider(leg, after[leg.leg]) if leg.leg in after else leg for leg in book.legs)
    limits = tuple(
        replace(limit, reach=_raised(limit.reach, after[limit.key])) if limit.key in after else limit
        for limit in book.limits
    )
    return replace(book, legs=legs, limits=tuple[SharedLimit, ...](limits))


def _wider(leg: BookedLeg, capacity: float) -> BookedLeg:
    """A leg with more room. A work that stays below the nameplate raises the quota or contract that lies below it."""
    if leg.quota is not None and (leg.capacity is None or capacity <= leg.capacity.low):
        return replace(leg, quota=_raised(leg.quota, capacity))
    if leg.capacity is None:  # what it could carry at the most stays unknown; that much it can
        return replace(leg, most_carried=max(capacity, capacity if leg.most_carried is None else leg.most_carried))
    return replace(leg, capacity=_raised(leg.capacity, capacity))


def _raised(reach: Reach, capacity: float) -> Reach:
    return replace(
        reach, value=max(reach.value, capacity), low=max(reach.low, capacity), high=max(reach.high, capacity)
    )


def rebuilt(book: Book, case: Case) -> Ends:
    """The three ends of a book."""
    stages: dict[End, Stage] = {end: set_up(book, case.carried, case.params, end) for end in ENDS}
    laid = {end: lay(stages[end].board) for end in ENDS}
    base = {end: settle(laid[end], np.ones(len(book.legs))) for end in ENDS}
    return Ends(stages=stages, laid=laid, base=base)


def work_table(works: Sequence[Work], case: Case, before: Sequence[Closed]) -> pl.DataFrame:
    """Loss that each work avoids, against the closure of one route and of one controller that cost most without it.

    Ranked by dollars avoided per dollar; a work without a stated cost is not ranked: `price unknown`.
    """
    threats = worst(before, case.params.pivot)
    lines = [line for work in works for line in _lines(work, widened(case.book, [work]), case, threats)]
    if len(works) > 1:
        rows = tuple(sorted({row for one in works for row in one.rows}))
        costs = [one.cost_usd for one in works if one.cost_usd is not None]
        cost = sum(costs) if len(costs) == len(works) else None
        together = Work("all works together", {}, cost, "plan", rows)
        lines.extend(_lines(together, widened(case.book, works), case, threats))
    unit = case.params.unit.lower()
    order = ["avoided_usd_per_usd", f"avoided_{unit}", "work"]
    return pl.DataFrame(lines, schema=_schema(unit)).sort(order, descending=[True, True, False], nulls_last=True)


def worst(closed: Sequence[Closed], pivot: str) -> list[Closed]:
    """The route and the controller, other than the state itself, whose closure loses most; of equals, at the worst."""
    kinds = (
        [one for one in closed if one.target.kind == "route"],
        [one for one in closed if one.target.kind == "controller" and one.target.name != pivot],
    )
    return [
        max(those, key=lambda one: (one.lost("stated"), one.lost("tight"), one.displaced["stated"], one.target.name))
        for those in kinds
        if those
    ]


def _lines(work: Work, book: Book, case: Case, threats: Sequence[Closed]) -> list[dict[str, Any]]:
    params, price = case.params, case.price
    part = params.days / DAYS_A_YEAR
    ends = rebuilt(book, case)
    after = close_each(ends, [one.target for one in threats])
    lines = []
    for was, now in zip(threats, after, strict=True):
        saved = {end: _clean(part * (was.lost(end) - now.lost(end))) for end in ENDS}
        usd = price.of(saved["stated"])
        lines.append(
            {
                "pivot": params.pivot,
                "network": params.network,
                "work": work.name,
                "widens": sorted(work.after),
                "status": work.status,
                "against": f"{was.target.kind} {was.target.name}",
                "days": params.days,
                f"avoided_{params.unit.lower()}": saved["stated"],
                "low": min(saved.values()),
                "high": max(saved.values()),
                "avoided_usd": usd,
                "cost_usd": work.cost_usd,
                "avoided_usd_per_usd": None if usd is None or not work.cost_usd else usd / work.cost_usd,
                "ranked": "by loss avoided per dollar" if work.cost_usd else "price unknown",
                "then_held_by": held_by(ends.stated, now.settled["stated"], now.target),
                "facts": sorted({*work.rows, *price.rows, *facts_of(ends.stated, now.target, now.settled.values())}),
            }
        )
    return lines


def _clean(amount: float) -> float:
    return amount if amount > _DUST else 0.0


def best_set(works: Sequence[Work], case: Case) -> BestSet:
    """The affordable set of priced works after which the worst controller can do least, every set tried.

    Defender, attacker, defender: the budget is spent first, then the worst controller closes what it controls, then
    goods move (Brown, Carlyle, Salmeron and Wood 2006, Interfaces 36(6), 10.1287/inte.1060.0252).

    Raises:
        NoAnswer: more priced works than can all be tried.
    """
    priced = [one for one in works if one.cost_usd is not None]
    if len(priced) > _MOST_PRICED:
        raise NoAnswer(f"{len(priced)} priced works make too many sets to try them all (at most {_MOST_PRICED})")
    attackers = [one for one in controllers(case.book.legs) if one.name != case.params.pivot]
    sets = [
        chosen
        for size in range(len(priced) + 1)
        for chosen in combinations(priced, size)
        if _cost(chosen) <= case.params.budget_usd
    ]
    losses = [_worst_loss(widened(case.book, chosen), case, attackers) for chosen in sets]
    least = min(range(len(sets)), key=lambda at: (round(losses[at], 9), _cost(sets[at])))
    return BestSet(works=sets[least], without=losses[0], loss=losses[least])


def _cost(works: Iterable[Work]) -> float:
    return sum(one.cost_usd for one in works if one.cost_usd is not None)


def _worst_loss(book: Book, case: Case, attackers: Sequence[Target]) -> float:
    stage = set_up(book, case.carried, case.params, "stated")
    usable = np.array([shut(stage, one.places) for one in attackers])
    return max((one.total_lost for one in sweep(lay(stage.board), usable)), default=0.0)
