"""What each route carries in a year: the state's own goods where rows count them, else everybody's."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.corridors.book import Book
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.statements import STATED, years_between
from multivector.world import World
from multivector.world.conflicts import in_base_units
from multivector.world.traffic import Carried, Way, added, carried_by_period, is_continued, ways_of

PRODUCTS: Final = {"oil": "crude_oil"}  # the product whose flows by route are the state's own goods on a network
_MT: Final = 1e-6
Periods = Mapping[tuple[dt.date, dt.date], tuple[Carried, ...]]


@dataclass(frozen=True, slots=True)
class RouteFlow:
    """Mt or thousand TEU a year over a route; `part`: scaled up from a part of the year; `own`: the state's goods."""

    route: str
    legs: tuple[str, ...]
    amount: float
    low: float
    high: float
    rows: tuple[str, ...]
    part: bool
    own: bool


@dataclass(frozen=True, slots=True, eq=False)
class CarriedBy:
    """What the routes carry in the year, and the most that each leg was ever seen to carry of these goods.

    `ended`: last leg of routes -> the most that they ever left at its end.
    `left_out`: routes that rows of the year, or of the year before, speak of and that could not be followed.
    `year`: the year that the flows are of, where it is not the asked one. `silent`: routes with tonnes in another year
    and none in this one, on no route that has some: what they carried is not known, and counts as none.
    """

    routes: tuple[RouteFlow, ...]
    seen: Mapping[str, float]
    ended: Mapping[str, float]
    left_out: tuple[str, ...] = ()
    year: int | None = None
    silent: tuple[str, ...] = ()


def own_flows(world: World, params: CorridorParams) -> pl.DataFrame:
    """The state's flows of the network's product, plans left out, with `partner`, `rank` and amounts in base units."""
    ranks = world.scan("sources").select("source", "rank").collect()
    rows = world.rows(
        "flows",
        pl.col("sender") == params.pivot,
        pl.col("product") == PRODUCTS.get(params.network, ""),
        pl.col("measure").is_in(["quantity", "share_of_sender"]),
        pl.col("status").is_in(STATED),
    )
    joined = rows.join(ranks, on="source", how="left", validate="m:1").with_columns(partner=pl.col("receiver"))
    return in_base_units(joined)


def latest_year(world: World, flows: pl.DataFrame, params: CorridorParams) -> int:
    """The asked year; else the latest that tonnes by route speak of, or in which legs are said to carry something.

    Raises:
        NoAnswer: nothing on this network is said to carry anything.
    """
    if params.year is not None:
        return params.year
    named = flows.filter(pl.col("via").is_not_null() & ~pl.col("via").str.contains(":", literal=True))
    ends = named.filter(pl.col("measure") == "quantity")["period_end"]
    if ends.is_empty() and params.network not in PRODUCTS:
        legs = world.rows("legs", pl.col("network") == params.network)["leg"].to_list()
        conditions = (pl.col("leg").is_in(legs), pl.col("attribute") == "carried", pl.col("status").is_in(STATED))
        ends = world.rows("leg_values", *conditions)["period_end"].drop_nulls()
    last = ends.max()
    if not isinstance(last, dt.date):
        raise NoAnswer(_unfilled(params))
    return (last - dt.timedelta(days=1)).year


def carried_by(world: World, book: Book, flows: pl.DataFrame, params: CorridorParams) -> CarriedBy:
    """What each route carries in the book's year.

    Raises:
        NoAnswer: nothing is known of that year or of one before it.
    """
    ways = {key: way for key, way in ways_of(world, params.pivot).items() if _is_whole(way, book)}
    if params.network in PRODUCTS:
        if flows.is_empty():
            raise NoAnswer(_unfilled(params))
        tonnes = flows.filter(
            pl.col("dimension") == "mass", pl.col("via").is_in(list(ways)), pl.col("measure") == "quantity"
        )
        ranks = world.scan("sources").select("source", "rank").collect()
        periods = carried_by_period(tonnes, ranks, ways, params.pivot)
        own = _own(periods, params, book.year)
        year = max(start.year for start, _ in periods if start.year <= book.year)
        stands_in = None if year == book.year else year
        seen, ended = _most(periods, book.year, _along), _most(periods, book.year, _at_the_end)
        return CarriedBy(own, seen, ended, _left_out(flows, own, ways), stands_in, _silent(periods, own))
    return CarriedBy(_everybody(book, ways, params), {}, {})


def _unfilled(params: CorridorParams) -> str:
    """What no row says, and what would fill it."""
    if params.network in PRODUCTS:
        fill = f"flows of {PRODUCTS[params.network]} from {params.pivot} with the route in `via`"
        return f"no row says what {params.pivot} ships over the {params.network} network; add {fill}"
    return (
        f"no leg on the territory of {params.pivot} is said to have carried {params.count} of {params.network}; "
        "add leg_values with the attribute `carried`, and routes over these legs"
    )


def _is_across(way: Way, book: Book, pivot: str) -> bool:
    return any(pivot in leg.territory for leg in book.legs if leg.leg in way.legs)


def _is_whole(way: Way, book: Book) -> bool:
    return set(way.legs) <= {one.leg for one in book.legs}


def _left_out(flows: pl.DataFrame, own: Sequence[RouteFlow], ways: Mapping[str, Way]) -> tuple[str, ...]:
    """Routes with a quantity in the year of the flows or the one before, that could not be followed.

    A route that begins one that is followed is in it.
    """
    followed = {one.route for one in own}
    begun = {key for key, way in ways.items() if any(one.legs[: len(way.legs)] == way.legs for one in own)}
    named = flows.filter(
        pl.col("measure") == "quantity",
        pl.col("via").is_not_null() & ~pl.col("via").str.contains(":", literal=True),
    ).with_columns(year=pl.col("period_start").dt.year())
    newest = named.filter(pl.col("via").is_in(list(followed)))["year"].max()
    recent = named.filter(pl.col("year").is_between(pl.lit(newest) - 1, pl.lit(newest)))
    return tuple(sorted(set(recent["via"]) - followed - begun))


def _silent(periods: Periods, own: Sequence[RouteFlow]) -> tuple[str, ...]:
    """Routes with tonnes in some year that neither continue nor begin one with tonnes in this year."""
    ways = {one.way.route: one.way.legs for found in periods.values() for one in found if one.way is not None}
    return tuple(
        sorted(
            route
            for route, legs in ways.items()
            if not any(legs[: len(one.legs)] == one.legs or one.legs[: len(legs)] == legs for one in own)
        )
    )


def _most(periods: Periods, year: int, places: Callable[[Way], Iterable[str]]) -> Mapping[str, float]:
    """The most that routes carried by the legs that `places` names, in any year up to the asked one, whole years only.

    Routes are added; those that longer ones continue are left out.
    """
    most: defaultdict[str, float] = defaultdict(float)
    for (start, end), found in periods.items():
        if start.year > year or years_between(start, end) != 1:
            continue
        by_leg: defaultdict[str, float] = defaultdict(float)
        for one in found:
            if one.way is not None and not is_continued(one, found):
                for leg in places(one.way):
                    by_leg[leg] += one.amount * _MT
        for leg, amount in by_leg.items():
            most[leg] = max(most[leg], amount)
    return dict(most)


def _along(way: Way) -> tuple[str, ...]:
    return way.legs


def _at_the_end(way: Way) -> tuple[str, ...]:
    return way.legs[-1:]


def _own(periods: Periods, params: CorridorParams, year: int) -> tuple[RouteFlow, ...]:
    """Tonnes by route of the newest year with any, up to the asked one; the longest period counts for each route."""
    newest = max((start.year for start, _ in periods if start.year <= year), default=None)
    if newest is None:
        raise NoAnswer(f"no row says what the routes of {params.pivot} carried in {year} or before; give a later year")
    spans: dict[str, list[tuple[dt.date, dt.date, Carried]]] = {}
    for (start, end), carried in periods.items():
        for one in carried if start.year == newest else ():
            if one.way is not None:
                spans.setdefault(one.way.route, []).append((start, end, one))
    found = {route: _without_overlap(held) for route, held in spans.items()}
    return tuple(_without_longer(found))


def _without_overlap(held: Sequence[tuple[dt.date, dt.date, Carried]]) -> tuple[float, Carried]:
    """Years covered and tonnes carried in them: the longest period, and those that add time to it."""
    taken: list[tuple[dt.date, dt.date, Carried]] = []
    for start, end, one in sorted(held, key=lambda span: (-years_between(span[0], span[1]), span[0])):
        if all(end <= first or start >= last for first, last, _ in taken):
            taken.append((start, end, one))
    total = reduce(added, (one for _, _, one in taken))
    return sum(years_between(start, end) for start, end, _ in taken), total


def _without_longer(found: dict[str, tuple[float, Carried]]) -> Iterable[RouteFlow]:
    """Each route with its yearly rate; of a way that longer ways continue, only what they do not carry on."""
    every = tuple(one for _, one in found.values())
    for route, (length, one) in sorted(found.items()):
        scale = _MT / length
        amount, low, high = one.amount * scale, one.low * scale, one.high * scale
        if is_continued(one, every):
            longer = [(span, other) for span, other in found.values() if _continues(other, one)]
            taken = sum(other.amount * _MT / span for span, other in longer)
            if amount <= taken:
                continue
            amount = amount - taken
            low = max(low - sum(other.high * _MT / span for span, other in longer), 0.0)
            high = max(high - sum(other.low * _MT / span for span, other in longer), amount)
        legs = one.way.legs if one.way else ()
        yield RouteFlow(route, legs, amount, min(low, amount), high, one.facts, part=length < 1, own=True)


def _continues(longer: Carried, shorter: Carried) -> bool:
    if longer.way is None or shorter.way is None:
        return False
    legs, start = longer.way.legs, shorter.way.legs
    return len(legs) > len(start) and legs[: len(start)] == start


def _everybody(book: Book, ways: dict[str, Way], params: CorridorParams) -> tuple[RouteFlow, ...]:
    """What a leg carried counts for the shortest route that it lies on; of several legs of a route, the least."""
    by_leg = {one.leg: one.carried for one in book.legs if one.carried is not None}
    home = {leg: min((way for way in ways.values() if leg in way.legs), key=_length, default=None) for leg in by_leg}
    found = []
    for key, way in sorted(ways.items()):
        said = [by_leg[leg] for leg in way.legs if home.get(leg) == way]
        if said and _is_across(way, book, params.pivot):
            least = min(said, key=lambda reach: reach.value)
            rows = tuple(sorted({row for reach in said for row in reach.rows}))
            ends = min(reach.low for reach in said), max(reach.high for reach in said)
            found.append(RouteFlow(key, way.legs, least.value, *ends, rows, part=not least.whole_year, own=False))
    if not found:
        raise NoAnswer(_unfilled(params))
    return tuple(_less_contained(one, found) for one in found)


def _less_contained(one: RouteFlow, found: Sequence[RouteFlow]) -> RouteFlow:
    """The route without what longer routes over all of its legs carry: those goods are counted with the longer ones."""
    longer = [other for other in found if set(one.legs) < set(other.legs)]
    amount = max(one.amount - sum(other.amount for other in longer), 0.0)
    low = max(one.low - sum(other.high for other in longer), 0.0)
    return replace(one, amount=amount, low=min(low, amount), high=max(one.high - sum(o.low for o in longer), amount))


def _length(way: Way) -> tuple[int, str]:
    return len(way.legs), way.route


def through(routes: Sequence[RouteFlow], leg: str) -> float:
    """What the routes carry over a leg, a year."""
    return sum(one.amount for one in routes if leg in one.legs)
