"""The legs of a network with what is known of each: capacity, quota, what it carries for others, tariff, closures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from multivector.errors import NoAnswer, UnknownName, WrongRequest
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.statements import (
    CAPACITIES,
    LIMITED,
    ROUTE_CAPACITY,
    SCENARIO,
    STATED,
    Reach,
    Said,
    chosen,
    rate_of,
    read_statements,
)
from multivector.world import World

QUOTAS: Final = ("quota", "contract")
SWAP: Final = "swap"
_TARIFF: Final = "USD/t"


@dataclass(frozen=True, slots=True)
class Closure:
    """A part of a leg's capacity, or a limit in Mt or thousand TEU a year, that holds in [start, end)."""

    share: float | None
    limit: float | None
    start: dt.date | None
    end: dt.date | None
    row: str


@dataclass(frozen=True, slots=True)
class BookedLeg:
    """One leg. `capacity` None: no row states one. `tariff`, USD a tonne, None: unknown. `carried`: of everybody's."""

    leg: str
    origin: str
    destination: str
    mode: str
    territory: frozenset[str]
    controller: frozenset[str]
    operator: str
    limit: str | None
    row: str
    capacity: Reach | None
    quota: Reach | None
    carried: Reach | None
    most_carried: float | None
    tariff: float | None
    tariff_row: str | None
    closures: tuple[Closure, ...]


@dataclass(frozen=True, slots=True)
class SharedLimit:
    """A limit that several legs share, Mt or thousand TEU a year.

    `binds`: a scenario limits what the legs carry, today's load included; other limits are exceeded where rows say so.
    """

    key: str
    name: str
    kind: str
    reach: Reach
    binds: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """Everything known of a network in a year. `assumed`: legs whose capacity the analyst gave."""

    year: int
    legs: tuple[BookedLeg, ...]
    limits: tuple[SharedLimit, ...]
    assumed: frozenset[str]
    left_out: tuple[str, ...]

    def place_of(self, leg: str) -> int:
        """The place of a leg in `legs`."""
        return next(place for place, one in enumerate(self.legs) if one.leg == leg)


def read_book(world: World, params: CorridorParams, year: int) -> Book:
    """The legs of the network that exist, with the statements that hold in a year.

    Raises:
        NoAnswer: the network has no leg in this world, or none that exists.
        UnknownName: an assumption names a leg that is not there.
        WrongRequest: a quota above every nameplate, a negative rate, an assumed capacity where rows state one.
    """
    until = dt.date(year + 1, 1, 1)
    every = ranked_legs(world).filter(pl.col("network") == params.network)
    if every.is_empty():
        raise NoAnswer(f"no leg of the {params.network} network is in this world")
    kept = every.filter(pl.col("phase") == "existing")
    if kept.is_empty():
        raise NoAnswer(f"no leg of the {params.network} network exists yet: all are planned or being built")
    if not params.swap:
        used = world.rows("routes")["leg"].unique().to_list()  # what goes out by a swap today goes on
        kept = kept.filter((pl.col("mode") != SWAP) | pl.col("leg").is_in(used))
    _require_known(params, kept["leg"])
    said = read_statements(world, params, legs=kept["leg"], until=until)
    closures = _closures(world, kept["leg"], params)
    tariffs = _tariffs(world, kept["leg"], until)
    legs = tuple(
        _booked(
            row,
            [one for one in said if one.leg == row["leg"]],
            params,
            closures=closures.get(row["leg"], ()),
            tariff=tariffs.get(row["leg"], (None, None)),
        )
        for row in kept.iter_rows(named=True)
    )
    _require_sensible(legs, params)
    return Book(
        year=year,
        legs=legs,
        limits=_limits(world, params, until),
        assumed=frozenset(params.assumed),
        left_out=tuple(every.filter(pl.col("phase") != "existing")["leg"]),
    )


def ranked_legs(world: World) -> pl.DataFrame:
    """One row a leg: of several sources the better one."""
    ranks = world.scan("sources").select("source", "rank").collect()
    ranked = world.rows("legs").join(ranks, on="source", validate="m:1").sort("rank", "id")
    return ranked.unique("leg", keep="first", maintain_order=True).sort("leg")


def _require_known(params: CorridorParams, legs: pl.Series) -> None:
    for leg in params.assumed:
        if leg not in set(legs):
            raise UnknownName(f"leg of the {params.network} network", leg, known=legs)


def _booked(
    row: Mapping[str, str],
    said: Sequence[Said],
    params: CorridorParams,
    *,
    closures: tuple[Closure, ...],
    tariff: tuple[float | None, str | None],
) -> BookedLeg:
    own = [one for one in said if one.attribute in CAPACITIES]
    line = [one for one in said if one.attribute == ROUTE_CAPACITY]
    carried = [one for one in said if one.attribute == "carried"]
    seen = max((one.rate for one in carried), default=None)
    return BookedLeg(
        leg=row["leg"],
        origin=row["origin"],
        destination=row["destination"],
        mode=row["mode"],
        territory=frozenset(row["territory"].split(";")),
        controller=frozenset((row["controller"] or "").split(";")) - {""},
        operator=row["operator"] or "",
        limit=row["bottleneck"],
        row=row["id"],
        capacity=_capacity(row["leg"], own, line, params, seen),
        quota=chosen([one for one in said if one.attribute in QUOTAS], memory=params.memory),
        carried=chosen(carried, memory=0),
        most_carried=seen,
        tariff=tariff[0],
        tariff_row=tariff[1],
        closures=closures,
    )


def _capacity(
    leg: str, own: Sequence[Said], line: Sequence[Said], params: CorridorParams, seen: float | None
) -> Reach | None:
    """The leg's own figure; what is said of the whole line widens it, and stands in where nothing else is said."""
    if leg in params.assumed:
        if own:
            raise WrongRequest(
                f"{leg} has a stated capacity of {own[0].rate:g} {params.unit} a year: edit the row instead"
            )
        given = params.assumed[leg]
        if seen is not None and given < seen:
            raise WrongRequest(
                f"{leg} was seen to carry {seen:g} {params.unit} a year, more than the assumed {given:g}"
            )
        return Reach(given, given, given, None, "judged", ())
    first = chosen(own or line, memory=params.memory)
    if first is None or not own or not line or any(one.fixed for one in own):
        return first
    every = chosen([*own, *line], memory=params.memory)
    if every is None:
        return first
    return Reach(
        first.value,
        min(first.low, every.low),
        max(first.high, every.high),
        first.start,
        first.status,
        tuple(sorted({*first.rows, *every.rows})),
    )


def _tariffs(world: World, legs: pl.Series, until: dt.date) -> dict[str, tuple[float, str]]:
    """Leg -> tariff in USD a tonne and its row: a scenario's first, then the latest period and publication."""
    rows = world.rows(
        "leg_values",
        pl.col("leg").is_in(legs.to_list()),
        pl.col("attribute") == "tariff",
        pl.col("unit") == _TARIFF,
        pl.col("status").is_in(STATED),
        pl.col("period_start").is_null() | (pl.col("period_start") < until),
    ).sort(pl.col("source") == SCENARIO, "period_start", "published", descending=True, nulls_last=True)
    first = rows.unique("leg", keep="first", maintain_order=True)
    return {leg: (value, row) for leg, value, row in first.select("leg", "value", "id").iter_rows()}


def _closures(world: World, legs: pl.Series, params: CorridorParams) -> dict[str, tuple[Closure, ...]]:
    """Rows that say that a part of a leg can be used for a time: outages that were seen, and those of a scenario."""
    rows = world.rows(
        "leg_values",
        pl.col("leg").is_in(legs.to_list()),
        pl.col("attribute").is_in(["usable", "limit"]),
        pl.col("status").is_in(STATED),
    )
    found: dict[str, tuple[Closure, ...]] = {}
    for row in rows.iter_rows(named=True):
        is_share = row["attribute"] == "usable"
        limit = None if is_share else rate_of(row["value"], row["unit"], (None, None), params)
        if not is_share and limit is None:
            continue  # counted in the other unit
        one = Closure(
            share=row["value"] if is_share else None,
            limit=limit,
            start=row["period_start"],
            end=row["period_end"],
            row=row["id"],
        )
        found[row["leg"]] = (*found.get(row["leg"], ()), one)
    return found


def _limits(world: World, params: CorridorParams, until: dt.date) -> tuple[SharedLimit, ...]:
    ranks = dict(world.scan("sources").select("source", "rank").collect().iter_rows())
    rows = world.rows(
        "bottlenecks",
        pl.col("network") == params.network,
        pl.col("status").is_in(STATED),
        pl.col("period_start").is_null() | (pl.col("period_start") < until),
    )
    found = []
    for (key,), group in rows.group_by(["bottleneck"], maintain_order=True):
        said = [
            Said(
                row=row["id"],
                leg=row["bottleneck"],
                attribute="limit",
                rate=rate,
                start=row["period_start"],
                end=row["period_end"],
                status=row["status"],
                rank=ranks[row["source"]],
                published=row["published"],
                qualifier="exact",
                item=row["name"],
                whole_year=True,
                fixed=row["source"] == SCENARIO,
            )
            for row in group.iter_rows(named=True)
            if (rate := rate_of(row["limit"], row["unit"], (None, None), params)) is not None
        ]
        reach = chosen(said, memory=params.memory)
        if reach is not None:
            binds = any((note or "").endswith(LIMITED) for note in group["note"])
            found.append(SharedLimit(str(key), group["name"][0], group["kind"][0], reach, binds))
    return tuple(sorted(found, key=lambda one: one.key))


def _require_sensible(legs: Sequence[BookedLeg], params: CorridorParams) -> None:
    problems = [
        f"{one.leg}: a quota of {one.quota.value:g} {params.unit} a year, above every nameplate "
        f"({one.capacity.high:g}; rows {', '.join((*one.quota.rows, *one.capacity.rows))})"
        for one in legs
        if one.quota is not None and one.capacity is not None and one.quota.low > one.capacity.high
    ]
    problems.extend(problem for one in legs for problem in _signs(one, params))
    if problems:
        raise WrongRequest("; ".join(problems))


def _signs(leg: BookedLeg, params: CorridorParams) -> Iterator[str]:
    """Rates below zero, and usable parts that are no fraction: no row of a world is refused for them."""
    rule = "must be at least 0"
    for name, reach in (("capacity", leg.capacity), ("quota", leg.quota), ("carried", leg.carried)):
        if reach is not None and reach.low < 0:
            yield f"{leg.leg}: a {name} of {reach.low:g} {params.unit} a year, {rule} (rows {', '.join(reach.rows)})"
    if leg.tariff is not None and leg.tariff < 0:
        yield f"{leg.leg}: a tariff of {leg.tariff:g} USD/t, {rule} (row {leg.tariff_row})"
    for one in leg.closures:
        if one.share is not None and not 0 <= one.share <= 1:
            yield f"{leg.leg}: a usable part of {one.share:g}, must lie in [0, 1] (row {one.row})"
        if one.limit is not None and one.limit < 0:
            yield f"{leg.leg}: a limit of {one.limit:g} {params.unit} a year, {rule} (row {one.row})"
