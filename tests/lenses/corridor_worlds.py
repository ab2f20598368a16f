"""Small made-up networks, and what a test asks of them: nothing in them but the legs, routes and figures given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import polars as pl
import pytest
from tests.lenses.worlds import Flow, adding, flow_rows, world_of

from multivector.lenses.corridors.lens import measure, outcome
from multivector.lenses.corridors.params import CorridorParams
from multivector.result import Result
from multivector.scenario import Close, apply
from multivector.world import Edit, World

NEAR = 1e-6  # Mt
YEAR = {"period_start": dt.date(2020, 1, 1), "period_end": dt.date(2021, 1, 1)}
PLACES = (
    *("field", "far field", "field B", "field C", "west", "east", "hub", "elsewhere", "p0", "p1", "p2", "p3", "p4"),
    *("port", "port A", "port B", "port C", "port D", "inland", "north", "south"),
)
OIL = Flow(sender="KAZ", measure="quantity", unit="Mt", product="crude_oil", channel="transit", scope="none", year=2020)
RUSSIA = {"controller": "RUS", "territory": "RUS"}
TURKEY = {"controller": "TUR", "territory": "TUR"}
HOME = {"controller": "KAZ", "territory": "KAZ"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg; `capacity` None: no row states one. Nobody controls it unless `cells` say so."""

    key: str
    origin: str
    destination: str
    capacity: float | None = None
    cells: Mapping[str, str] = field(default_factory=dict)


def made(
    legs: Sequence[Leg],
    ways: Mapping[str, Sequence[str]],
    tonnes: Mapping[str, float],
    *,
    values: Sequence[Mapping[str, Any]] = (),
    flows: Sequence[Flow] = (),
    edits: Sequence[Edit] = (),
) -> World:
    """A world with these legs, routes and million tonnes by route in 2020; `values` are rows of `leg_values`."""
    stated = [{"leg": leg.key, "value": leg.capacity} for leg in legs if leg.capacity is not None]
    plain = {"attribute": "nameplate", "unit": "Mt/y", "qualifier": "exact", **YEAR}
    common = {"network": "oil", "mode": "pipeline", "territory": "KAZ", "phase": "existing"}
    steps = [(route, step, leg) for route, way in ways.items() for step, leg in enumerate(way, start=1)]
    carried = [*(replace(OIL, via=route, value=value) for route, value in tonnes.items()), *flows]
    return on_the_map().edit(
        (
            *([Edit("flows", add=flow_rows(carried))] if carried else []),
            adding("legs", *({**common, **_ends(leg), **leg.cells} for leg in legs)),
            adding("leg_values", *({**plain, **said} for said in (*stated, *values))),
            adding(
                "routes", *({"route": r, "network": "oil", "name": r, "step": n, "leg": leg} for r, n, leg in steps)
            ),
            *edits,
        )
    )


@cache
def on_the_map() -> World:
    """A world with the places that these networks join, and nothing between them."""
    return world_of([], adding("places", *({"place": place, "latitude": 0.0, "longitude": 0.0} for place in PLACES)))


def _ends(leg: Leg) -> dict[str, str]:
    return {"leg": leg.key, "origin": leg.origin, "destination": leg.destination}


def limit(key: str, most: float, **cells: object) -> Edit:
    said = {"bottleneck": key, "network": "oil", "name": key, "kind": "capacity", "limit": most, "unit": "Mt/y"}
    return adding("bottlenecks", {**said, **cells})


def works(*lines: tuple[str, str, float, float | None]) -> Edit:
    """Rows of `expansions`: leg, name, capacity afterwards, cost."""
    said = [
        {"leg": a, "name": b, "capacity_after": c, "cost_usd": d, "unit": "Mt/y", "status": "plan"}
        for a, b, c, d in lines
    ]
    return adding("expansions", *said)


def params(**given: object) -> CorridorParams:
    return CorridorParams.model_validate({"pivot": "KAZ", "days": 365, **given})


def lens(world: World, **given: object) -> Result:
    return measure(world, params(**given))


def line(result: Result, table: str, **cells: object) -> dict[str, Any]:
    found = result.tables[table].filter(*(pl.col(name) == pl.lit(value) for name, value in cells.items()))
    assert found.height == 1, found
    return found.row(0, named=True)


def near(*values: float) -> Any:  # noqa: ANN401 - what pytest compares with
    return pytest.approx(values[0] if len(values) == 1 else values, abs=NEAR)


def lost(result: Result, target: str, kind: str = "route") -> float:
    return float(line(result, "closures", kind=kind, target=target)["lost_mt"])


def reach(world: World, leg: str, **given: object) -> tuple[float, float, float]:
    """Low, stated, high of what is lost in a year in which a leg is shut."""
    shut = outcome(apply(world, [Close(on=f"leg:{leg}")]), params(**given))
    row = line(shut, "summary", measure="lost")
    return row["low"], row["value"], row["high"]


def loses(world: World, leg: str, **given: object) -> float:
    return reach(world, leg, **given)[1]


def year_of(world: World, **given: object) -> dict[str, float]:
    """What each route carries in the year, and what is lost of all."""
    rows = outcome(world, params(**given)).tables["summary"]
    return dict(zip(rows["subject"], rows["value"], strict=True))


# A, 8 of 10, by Russia; B, 4 of 6, by Turkey: 2 of 8 fit on B, 2 of 4 on A
A, B = Leg("A1", "field", "port A", 10, RUSSIA), Leg("B1", "field", "port B", 6, TURKEY)


TWO = ({"RA": ["A1"], "RB": ["B1"]}, {"RA": 8.0, "RB": 4.0})
