"""What each shock does to the rows of a world: rows out, rows in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

import polars as pl

from multivector.errors import UnknownName, WrongRequest
from multivector.scenario.corridors import corridor_edits, require_one_way
from multivector.scenario.embargo import embargo_edits
from multivector.scenario.rewriting import SOURCE, WAS, require_actors, require_names, rewritten, scenario_row
from multivector.scenario.shocks import (
    Close,
    Embargo,
    Expand,
    Join,
    Leave,
    Limit,
    Productivity,
    Reprice,
    SetFlow,
    SetValue,
    Shock,
    Tariff,
    TradeCost,
)
from multivector.scenario.trade import trade_edits
from multivector.schema import TABLES, column_names
from multivector.world import Edit, World

_COMMON: Final = ("period_start", "period_end", "status", "source", "locator", "published", "note")


def apply(world: World, shocks: Iterable[Shock]) -> World:
    """The world after the shocks, in order.

    A new row carries the source `scenario`. A changed row stays in the list of its source, with status derived and a
    locator that names the row it was. `SetValue` finds a row by either id.

    Raises:
        UnknownName: a shock names an actor, a table, a row or a column that the world does not hold.
        WrongRequest: a shock changes nothing, or two of them contradict each other.
        WrongWorld: the new rows break a rule of their table.
    """
    listed = tuple(shocks)
    _require_consistent(listed)
    changed = _with_source(world)
    for shock in listed:
        changed = changed.edit(_edits(changed, shock))
    return changed


def _require_consistent(shocks: tuple[Shock, ...]) -> None:
    seen: dict[tuple[object, ...], Shock] = {}
    for shock in shocks:
        key = _subject(shock)
        if key in seen and seen[key] != shock:
            raise WrongRequest(f"two shocks contradict each other: {_words(seen[key])} and {_words(shock)}")
        seen[key] = shock
    require_one_way(shocks)
    for stop in (shock for shock in shocks if isinstance(shock, Embargo)):
        for flow in (shock for shock in shocks if isinstance(shock, SetFlow)):
            if _stops(stop, flow):
                raise WrongRequest(f"two shocks contradict each other: {_words(stop)} and {_words(flow)}")


def _stops(embargo: Embargo, flow: SetFlow) -> bool:
    """Whether an embargo stops the very flow that another shock sets to something."""
    pair = (flow.sender, flow.receiver)
    ways = {
        "exports": [(embargo.by, embargo.on)],
        "imports": [(embargo.on, embargo.by)],
        "both": [(embargo.by, embargo.on), (embargo.on, embargo.by)],
    }
    in_time = flow.period_start >= embargo.start and (embargo.end is None or flow.period_start < embargo.end)
    return pair in ways[embargo.direction] and embargo.product in {flow.product, "all"} and in_time and flow.value > 0


def _subject(shock: Shock) -> tuple[object, ...]:  # noqa: PLR0911 - one return a kind of shock
    match shock:
        case Join() | Leave():
            return "membership", shock.actor, shock.organisation
        case SetFlow():
            return (
                "flow",
                shock.sender,
                shock.receiver,
                shock.product,
                shock.measure,
                shock.via,
                shock.period_start,
                shock.period_end,
            )
        case SetValue():
            return "cell", shock.table, shock.row, shock.column
        case Close() | Limit():
            return shock.kind, shock.on, shock.start, shock.end
        case Expand() | Reprice():
            return shock.kind, shock.on, shock.start
        case Embargo():
            return "embargo", shock.by, shock.on, shock.product, shock.direction, shock.start
        case Tariff() | TradeCost():
            return shock.kind, shock.by, shock.on, shock.product
        case Productivity():
            return shock.kind, shock.actor, shock.product
        case _:
            raise WrongRequest(f"no rule for a shock of kind {type(shock).__name__}")


def _words(shock: Shock) -> str:
    return " ".join(str(part) for part in _subject(shock))


def _with_source(world: World) -> World:
    """The world with a source record for what a scenario writes."""
    if SOURCE in world.names("source"):
        return world
    record = {
        "source": SOURCE,
        "producer": "the analyst",
        "title": "Scenario: what if",
        "license": "none",
        "kind": "definition",
        "rank": 1,
    }
    schema = TABLES["sources"].columns()
    row = pl.DataFrame({name: [record.get(name)] for name in schema}, schema={n: c.dtype for n, c in schema.items()})
    return World(
        tables={**world.tables, "sources": pl.concat([world.tables["sources"], row.lazy()])},
        hash=world.hash,
        day=world.day,
        undated=world.undated,
    )


def _edits(world: World, shock: Shock) -> tuple[Edit, ...]:  # noqa: PLR0911 - one return a kind of shock
    match shock:
        case Join():
            return _join(world, shock)
        case Leave():
            return _leave(world, shock)
        case SetFlow():
            return _set_flow(world, shock)
        case Embargo():
            return embargo_edits(world, shock)
        case SetValue():
            return _set_value(world, shock)
        case Close() | Limit() | Expand() | Reprice():
            return corridor_edits(world, shock)
        case Tariff() | TradeCost() | Productivity():
            return trade_edits(world, shock)
        case _:
            raise WrongRequest(f"no rule for a shock of kind {type(shock).__name__}")


def _join(world: World, shock: Join) -> tuple[Edit, ...]:
    require_actors(world, shock.actor, shock.organisation)
    _require_organisation(world, shock.organisation)
    if not _memberships(world, shock, shock.start).filter(pl.col("role") == shock.role).is_empty():
        raise WrongRequest(f"{shock.actor} is {shock.role} of {shock.organisation} on {shock.start} already")
    cells = {
        "actor": shock.actor,
        "organisation": shock.organisation,
        "role": shock.role,
        "precision": "day",
        "period_start": shock.start,
        "note": "scenario: joins",
    }
    return (Edit("memberships", add=scenario_row(world, "memberships", cells)),)


def _require_organisation(world: World, name: str) -> None:
    known = world.rows("actors", pl.col("kind") == "organisation")["actor"]
    if name not in known.to_list():
        raise UnknownName("organisation", name, known=known)


def _memberships(world: World, shock: Join | Leave, day: dt.date) -> pl.DataFrame:
    start, end = pl.col("period_start"), pl.col("period_end")
    return world.rows(
        "memberships",
        pl.col("actor") == shock.actor,
        pl.col("organisation") == shock.organisation,
        start < day + dt.timedelta(days=1),
        end.is_null() | (end > day),
    )


def _leave(world: World, shock: Leave) -> tuple[Edit, ...]:
    require_actors(world, shock.actor, shock.organisation)
    current = _memberships(world, shock, shock.day).filter(pl.col("period_start") < shock.day)
    if current.is_empty():
        raise WrongRequest(
            f"{shock.actor} holds no membership of {shock.organisation} on {shock.day}: nothing to leave"
        )
    return (rewritten("memberships", current, {"period_end": shock.day}, "scenario: leaves"),)


def _set_flow(world: World, shock: SetFlow) -> tuple[Edit, ...]:
    require_actors(world, shock.sender, shock.receiver)
    held = world.rows(
        "flows",
        pl.col("sender") == shock.sender,
        pl.col("receiver") == shock.receiver,
        pl.col("channel") == shock.channel,
        pl.col("product") == shock.product,
        pl.col("measure") == shock.measure,
        pl.col("via").eq_missing(pl.lit(shock.via)),
        pl.col("period_start") == shock.period_start,
        pl.col("period_end") == shock.period_end,
    )
    if not held.is_empty():
        cells = {"value": shock.value, "unit": shock.unit, "qualifier": "exact", "decimals": 12}
        newest = held.sort("published", "id", descending=[True, False], nulls_last=True)
        edit = rewritten("flows", newest.head(1), cells, "scenario: set")
        return (Edit("flows", drop=tuple(held["id"]), add=edit.add),)
    cells = shock.model_dump(exclude={"kind"}) | {
        "scope": "goods" if shock.product == "goods" else "none",
        "basis": "none",
        "list_rule": "selected",
        "qualifier": "exact",
        "decimals": 12,
        "note": "scenario: set",
    }
    return (Edit("flows", add=scenario_row(world, "flows", cells)),)


def _set_value(world: World, shock: SetValue) -> tuple[Edit, ...]:
    if shock.table not in TABLES or shock.table == "sources":
        raise UnknownName("table", shock.table, known=(name for name in TABLES if name != "sources"))
    allowed = [
        name for name in column_names(shock.table) if name not in _COMMON or name in {"period_start", "period_end"}
    ]
    if shock.column not in allowed:
        raise UnknownName(f"column of {shock.table}", shock.column, known=allowed)
    held = world.rows(shock.table, (pl.col("id") == shock.row) | (pl.col("locator") == f"{WAS}{shock.row}"))
    if held.is_empty():
        raise UnknownName(
            f"row of {shock.table}", shock.row, known=world.scan(shock.table).select("id").collect()["id"]
        )
    require_names(world, shock.table, shock.column, shock.value)
    try:
        return (rewritten(shock.table, held, {shock.column: shock.value}, f"scenario: {shock.column} set"),)
    except pl.exceptions.PolarsError as error:
        raise WrongRequest(f"{shock.value!r} is no value for {shock.table}.{shock.column}") from error
