"""What share of the state's goods crosses each territory, year by year, with sources and range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from multivector.lenses.corridors.book import SWAP, ranked_legs
from multivector.lenses.corridors.params import CorridorParams
from multivector.world import World
from multivector.world.crossing import Crossing, avoided, crossing, require_within, traffic_facts
from multivector.world.traffic import MASS, Carried, Traffic, Way, carried_in, totals_of, ways_of

_AVOIDING = "avoiding:"
_SCHEMA: Final = pl.Schema(
    {
        "pivot": pl.String(),
        "network": pl.String(),
        "territory": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "basis": pl.String(),
        "value": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "amount_mt": pl.Float64(),
        "facts": pl.List(pl.String()),
    }
)


def crossing_table(world: World, flows: pl.DataFrame, params: CorridorParams) -> pl.DataFrame:
    """Shares of the total by territory and period, from tonnes by route, and from tonnes said to avoid a state.

    `value` is null where so much has no named way that only bounds are known. `basis`: routes, or avoiding. A year in
    which the routes carry more than the total is refused. No row says where goods go from the end of a route: a leg
    that leads on from there, such as a tanker through straits, widens `high`.
    """
    ranks = world.scan("sources").select("source", "rank").collect()
    ways = ways_of(world, params.pivot)
    onward = _onward(world, params)
    lines: list[dict[str, Any]] = []
    for (start, end), total in sorted(totals_of(flows, ranks, params.pivot).items()):
        same = flows.filter((pl.col("period_start") == start) & (pl.col("period_end") == end))
        carried = carried_in(same, ranks, ways, params.pivot)
        if carried:
            traffic = Traffic(start, end, total, carried)
            require_within(f"{params.network} of {params.pivot}", traffic)
            lines.extend(_by_territory(traffic, onward, params))
        lines.extend(_avoiding(same, Traffic(start, end, total, carried), params))
    return pl.DataFrame(lines, schema=_SCHEMA).sort("territory", "period_start", "period_end", "basis")


@dataclass(frozen=True, slots=True)
class _Onward:
    """What can be met past a place: states abroad, and the rows of the legs that cross them."""

    territory: frozenset[str]
    facts: frozenset[str]


def _onward(world: World, params: CorridorParams) -> Mapping[str, _Onward]:
    """Leg -> what lies past its end, over any existing legs of the network; a swap leads nowhere."""
    legs = ranked_legs(world).filter(pl.col("network") == params.network, pl.col("phase") == "existing")
    rows = list(legs.filter(pl.col("mode") != SWAP).iter_rows(named=True))
    found = {}
    for last in rows:
        reached, new, passed = set[str](), {last["destination"]}, list[dict[str, Any]]()
        while new:
            reached |= new
            taken = [row for row in rows if row["origin"] in new]
            passed.extend(taken)
            new = {row["destination"] for row in taken} - reached
        states = {state for row in passed for state in row["territory"].split(";")} - {params.pivot}
        found[last["leg"]] = _Onward(frozenset(states), frozenset(row["id"] for row in passed))
    return found


def _by_territory(traffic: Traffic, onward: Mapping[str, _Onward], params: CorridorParams) -> Iterator[dict[str, Any]]:
    going_on = replace(traffic, carried=tuple(_with_onward(one, onward) for one in traffic.carried))
    states = sorted({state for one in going_on.carried if one.way is not None for state in one.way.territory})
    for state in states:
        found, most = _share(traffic, state), _share(going_on, state)
        beyond = most.listed - found.listed  # crosses on the way on from where routes end, or not
        is_whole = max(found.loose, 0.0) + beyond <= params.slack
        yield _about(traffic, params) | {
            "territory": state,
            "basis": "routes",
            "value": min(max(found.listed, found.low), found.high) if is_whole else None,
            "low": found.low,
            "high": max(found.high, most.high),
            "amount_mt": found.amount / 1e6,
            "facts": list(traffic_facts(going_on if beyond > 0 else traffic)),
        }


def _share(traffic: Traffic, state: str) -> Crossing:
    return crossing(traffic, lambda territory: state in territory)


def _with_onward(one: Carried, onward: Mapping[str, _Onward]) -> Carried:
    """A route with what lies past its end; one that does not leave the state stays without a named way."""
    if one.way is None or not one.is_settled or one.way.legs[-1] not in onward:
        return one
    past = onward[one.way.legs[-1]]
    facts = tuple(sorted({*one.way.facts, *past.facts}))
    return replace(one, way=Way(one.way.route, one.way.legs, one.way.territory | past.territory, facts))


def _avoiding(rows: pl.DataFrame, traffic: Traffic, params: CorridorParams) -> Iterator[dict[str, Any]]:
    said = rows.filter(pl.col("via").str.starts_with(_AVOIDING) & (pl.col("dimension") == MASS))
    for row in said.iter_rows(named=True):
        value, low, high = avoided(traffic.total, row["amount"], row["half"])
        yield _about(traffic, params) | {
            "territory": row["via"].removeprefix(_AVOIDING),
            "basis": "avoiding",
            "value": value,
            "low": low,
            "high": high,
            "amount_mt": value * traffic.total.amount / 1e6,
            "facts": sorted((*traffic.total.facts, row["id"])),
        }


def _about(traffic: Traffic, params: CorridorParams) -> dict[str, Any]:
    return {
        "pivot": params.pivot,
        "network": params.network,
        "period_start": traffic.start,
        "period_end": traffic.end,
    }
