"""What a shock to a network does to the rows of the world: legs close, carry less, carry more, cost something else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import polars as pl

from multivector.errors import UnknownName, WrongRequest
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.statements import CAPACITIES, STATED, rate_of
from multivector.scenario.rewriting import SOURCE, rewritten
from multivector.scenario.shocks import Close, Expand, Limit, Reprice
from multivector.schema import TABLES, column_names
from multivector.schema.units import UNITS
from multivector.world import Edit, World
from multivector.world.traffic import closing_with, legs_by_route

Corridor = Close | Limit | Expand | Reprice
_NAMED: Final = {"leg": "legs", "route": "routes", "limit": "bottlenecks"}  # kind -> table that introduces it
_KINDS: Final = ("leg", "route", "controller", "territory", "limit")
_BEGINNING: Final = dt.date(1992, 1, 1)


def corridor_edits(world: World, shock: Corridor) -> tuple[Edit, ...]:
    """Rows that say what the shock says of every leg that it is on.

    Raises:
        UnknownName: no leg, route, controller, territory or limit of that name; a state's name without a kind.
        WrongRequest: the shock is on nothing, or on something that it cannot change.
    """
    kind, name = resolved(world, shock.on)
    if kind == "limit":
        return (_limit_edit(world, name, shock),)
    legs = _legs_on(world, kind, name, own=isinstance(shock, Close | Limit))
    if isinstance(shock, Expand):
        legs = _widened(world, legs, shock)
    edits = [Edit("leg_values", add=_values(world, legs, shock))]
    if isinstance(shock, Expand):
        built = world.rows("legs", pl.col("leg").is_in(legs), pl.col("phase") != "existing")
        if not built.is_empty():
            edits.append(rewritten("legs", built, {"phase": "existing"}, "scenario: built"))
    return tuple(edits)


def resolved(world: World, on: str) -> tuple[str, str]:
    """`leg:O03`, `route:CPC`, `controller:RUS`, `territory:RUS`, `limit:B_TITR`; a leg's or a route's name alone.

    Raises:
        UnknownName: nothing of that name.
        WrongRequest: a state without saying whether what it controls or its territory is meant.
    """
    kind, _, name = on.rpartition(":")
    if kind:
        if kind not in _KINDS:
            raise UnknownName("kind of thing on a network", kind, known=_KINDS)
        return kind, _match(kind, name, _known(world, kind))
    for guess in ("leg", "route", "limit"):
        known = _known(world, guess)
        if name.casefold() in {one.casefold() for one in known}:
            return guess, _match(guess, name, known)
    if name in _known(world, "controller") | _known(world, "territory"):
        raise WrongRequest(f"{name} is a state: say controller:{name} or territory:{name}")
    named = {one: _known(world, one) for one in _NAMED}
    routes = f"routes are {', '.join(sorted(named['route']))}; legs and limits stand in the tables legs and bottlenecks"
    raise UnknownName("leg or route", name, known=frozenset().union(*named.values()), otherwise=routes)


def closed_by(world: World, on: str) -> tuple[str, ...]:
    """The legs that close where a scenario closes something; none of a shared limit, which is not closed.

    Raises:
        UnknownName: nothing of that name.
        WrongRequest: a state without saying whether what it controls or its territory is meant.
    """
    kind, name = resolved(world, on)
    return () if kind == "limit" else tuple(_legs_on(world, kind, name, own=True))


def _legs_on(world: World, kind: str, name: str, *, own: bool) -> list[str]:
    """The legs of a leg, route, controller or territory, in order.

    `own`: of a route only those that no other route needs, as in the lens's table `closures`.
    """
    if kind == "leg":
        return [name]
    if kind == "route":
        ways = legs_by_route(world)
        return sorted(set(closing_with(name, ways) if own else ways[name]))
    column = pl.col(kind).str.split(";").list.contains(name)
    return sorted(set(world.rows("legs", column)["leg"]))


def _known(world: World, kind: str) -> frozenset[str]:
    """The names of one kind of thing on a network; states that hold a leg together count each."""
    table = _NAMED.get(kind, "legs")
    column = "bottleneck" if kind == "limit" else kind
    names = world.scan(table).select(column).unique().collect()[column].drop_nulls()
    return frozenset(names) if kind in _NAMED else frozenset(state for joined in names for state in joined.split(";"))


def _match(kind: str, name: str, known: frozenset[str]) -> str:
    found = next((one for one in sorted(known) if one.casefold() == name.casefold()), None)
    if found is None:
        raise UnknownName(kind, name, known=known)
    return found


def _values(world: World, legs: list[str], shock: Corridor) -> pl.DataFrame:
    """One row a leg that says what the shock says."""
    match shock:
        case Close():
            said: tuple[str, float, str] = ("usable", 1.0 - shock.severity, "fraction")
        case Limit():
            said = ("limit", shock.to, shock.unit)
        case Expand():
            said = ("nameplate", shock.to, shock.unit)
        case Reprice():
            said = ("tariff", shock.usd_t, "USD/t")
    cells = {
        "attribute": said[0],
        "value": said[1],
        "unit": said[2],
        "qualifier": "exact",
        "item": f"scenario: {shock.kind} {shock.on}",
        "period_start": getattr(shock, "start", None),
        "period_end": getattr(shock, "end", None),
        "status": "derived",
        "source": SOURCE,
        "published": world.day or _BEGINNING,
    }
    columns = TABLES["leg_values"].columns()
    names = column_names("leg_values")
    given = {name: legs if name == "leg" else [cells.get(name)] * len(legs) for name in names}
    return pl.DataFrame(given, schema={n: columns[n].dtype for n in names})


def _widened(world: World, legs: list[str], shock: Expand) -> list[str]:
    """The legs that an expansion gives more to: one that can carry as much already stays as it is."""
    said = world.rows(
        "leg_values",
        pl.col("leg").is_in(legs),
        pl.col("attribute").is_in(CAPACITIES),
        pl.col("status").is_in(STATED),
    )
    stated = {leg: _newest(said.filter(pl.col("leg") == leg), "value", shock.unit) for leg in legs}
    less = {leg: rate for leg, rate in stated.items() if rate is not None and rate > _yearly(shock)}
    if len(less) == len(legs):
        raise WrongRequest(_shrinks(shock, min(less.values())))
    return [leg for leg in legs if leg not in less]


def _newest(rows: pl.DataFrame, column: str, unit: str) -> float | None:
    """The largest figure of the newest year, as a yearly rate of what `unit` counts; None where none is stated."""
    rates = [
        (row["period_start"].year if row["period_start"] else 0, rate)
        for row in rows.iter_rows(named=True)
        if (rate := _rate(row[column], row["unit"], unit)) is not None
    ]
    return max(rates)[1] if rates else None


def _rate(value: float, unit: str, counted: str) -> float | None:
    """A figure as million tonnes or thousand TEU a year, whichever `counted` counts; None where it is the other."""
    count = "containers" if UNITS[counted].dimension.startswith("containers") else "tonnes"
    params = CorridorParams.model_validate({"pivot": "KAZ", "network": "cargo", "count": count})  # any state will do
    return rate_of(value, unit, (None, None), params)


def _yearly(shock: Expand) -> float:
    return _rate(shock.to, shock.unit, shock.unit) or 0.0


def _shrinks(shock: Expand, stated: float) -> str:
    unit = "kTEU" if UNITS[shock.unit].dimension.startswith("containers") else "Mt"
    return (
        f"expand {shock.on} to {_yearly(shock):g} {unit} a year: rows state {stated:g} already, and an expansion gives "
        "no less; a limit does"
    )


def _limit_edit(world: World, key: str, shock: Corridor) -> Edit:
    """A limit that legs share takes a new value, in place of what rows say of it in that unit."""
    if not isinstance(shock, Expand | Limit):
        raise WrongRequest(f"{shock.kind} is on legs; a shared limit such as {key} can be limited or expanded")
    if shock.start is not None or getattr(shock, "end", None) is not None:
        raise WrongRequest(f"a shared limit holds for the whole time: leave start and end out for {key}, or name legs")
    dimension = UNITS[shock.unit].dimension
    units = [name for name, unit in UNITS.items() if unit.dimension == dimension]
    held = world.rows("bottlenecks", pl.col("bottleneck") == key, pl.col("unit").is_in(units))
    if held.is_empty():
        raise WrongRequest(f"no row gives {key} in a unit like {shock.unit}")
    stated = _newest(held, "limit", shock.unit)
    if isinstance(shock, Expand) and stated is not None and _yearly(shock) < stated:
        raise WrongRequest(_shrinks(shock, stated))
    newest = held.sort("period_start", "id", descending=[True, False], nulls_last=True).head(1)
    cells: dict[str, object] = {"limit": shock.to, "unit": shock.unit, "source": SOURCE}
    edit = rewritten("bottlenecks", newest, cells, f"scenario: {shock.kind}")
    return Edit("bottlenecks", drop=tuple(held["id"]), add=edit.add)


def require_one_way(shocks: Sequence[object]) -> None:
    """Refuse a leg that is both closed whole and limited or expanded by name at the same time.

    Raises:
        WrongRequest: the two shocks say different things of one leg.
    """
    closed = {shock.on for shock in shocks if isinstance(shock, Close) and shock.severity == 1}
    for shock in shocks:
        if isinstance(shock, Limit) and shock.on in closed:
            raise WrongRequest(f"two shocks contradict each other: close {shock.on} and limit {shock.on}")
