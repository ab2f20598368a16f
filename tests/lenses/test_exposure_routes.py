"""Oil by territory crossed: tonnes by route, what avoids a state, printed shares, each by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.lenses.worlds import PIVOT, Flow, adding, cell, measured, world_of

from multivector.errors import MultivectorError, NoAnswer
from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.params import ExposureParams
from multivector.result import Result
from multivector.world import Edit, World

OIL = Flow(product="crude_oil", channel="transit", measure="quantity", unit="Mt", scope="none", value=100.0)
LEGS = {"L1": PIVOT, "L2": f"{PIVOT};RUS", "L3": "CHN", "L4": "AZE;TUR", "L5": "RUS"}
ROUTES = {"NORTH": ("L1", "L2"), "EAST": ("L1", "L3"), "PORT": ("L1",), "SEA": ("L1", "L4"), "HOME": ("L1",)}


def network() -> tuple[Edit, ...]:
    legs = [
        {
            "leg": leg,
            "network": "oil",
            "origin": "here",
            "destination": "there",
            "mode": "pipeline",
            "territory": territory,
            "phase": "existing",
        }
        for leg, territory in LEGS.items()
    ]
    routes = [
        {"route": route, "network": "oil", "name": route.title(), "step": step, "leg": leg}
        for route, along in ROUTES.items()
        for step, leg in enumerate(along, start=1)
    ]
    places = [{"place": place, "latitude": 0.0, "longitude": 0.0} for place in ("here", "there")]
    return adding("places", *places), adding("legs", *legs), adding("routes", *routes)


def carried(tonnes: dict[str, float], total: float = 100.0, *others: Flow) -> Result:
    flows = [replace(OIL, value=total), *(replace(OIL, value=value, via=via) for via, value in tonnes.items()), *others]
    return measured(world_of(flows, *network()), "oil_transit")


def test_kazakhstan_2025_by_hand() -> None:
    """CPC 64.8, Atyrau–Samara 8.8 and Makhachkala 2.2 of 78.7 Mt cross Russia; .4 Mt go nobody knows where."""
    result = measure(World.open(), ExposureParams(pivot="KAZ", year=2025, measures=("oil_transit",)))
    russia = cell(result, "oil_transit", "russia")
    assert russia.value == pytest.approx((64.8 + 8.8 + 2.2) / 78.7, abs=1e-12)
    assert russia.low == pytest.approx((64.75 + 8.75 + 2.15) / 78.75, abs=1e-12)
    loose = 1 - (64.8 + 8.8 + 2.2 + 1.0 + 1.5) / 78.7
    spread = (0.1 + 5 * 0.1) / 78.7
    left = 1 - (0.95 + 1.45) / 78.75
    assert russia.high == pytest.approx(min((64.8 + 8.8 + 2.2) / 78.7 + loose + spread, left), abs=1e-12)
    assert russia.low < 75.8 / 78.7 + loose <= russia.high


def test_every_route_known_gives_shares() -> None:
    result = carried({"NORTH": 70.0, "EAST": 20.0, "SEA": 10.0})
    values = {pole: cell(result, "oil_transit", pole).value for pole in ("russia", "china", "turkic", "west", "rest")}
    assert values == pytest.approx({"russia": 0.7, "china": 0.2, "turkic": 0.1, "west": 0.0, "rest": 0.0})


def test_one_tonne_through_two_poles_counts_for_both() -> None:
    legs = adding(
        "routes",
        {"route": "BOTH", "network": "oil", "name": "Both", "step": 1, "leg": "L3"},
        {"route": "BOTH", "network": "oil", "name": "Both", "step": 2, "leg": "L5"},
    )
    flows = [OIL, replace(OIL, value=100.0, via="BOTH")]
    result = measured(world_of(flows, *network(), legs), "oil_transit")
    assert cell(result, "oil_transit", "russia").value == pytest.approx(1.0)
    assert cell(result, "oil_transit", "china").value == pytest.approx(1.0)


def test_a_port_that_longer_routes_continue_is_not_counted_twice() -> None:
    alone = carried({"NORTH": 70.0, "EAST": 20.0, "SEA": 10.0})
    ports = carried({"NORTH": 70.0, "EAST": 20.0, "SEA": 10.0, "PORT": 10.0})
    for pole in ("russia", "china", "turkic", "west", "rest"):
        before, after = (cell(result, "oil_transit", pole) for result in (alone, ports))
        assert (before.value, before.low, before.high) == (after.value, after.low, after.high)


def test_what_goes_by_an_unknown_route_may_cross_anybody() -> None:
    result = carried({"NORTH": 70.0, "UNHEARD": 10.0})
    russia, china = (cell(result, "oil_transit", pole) for pole in ("russia", "china"))
    assert russia.value is None
    assert (russia.low, russia.high) == pytest.approx((0.7, 1.0))
    assert (china.low, china.high) == pytest.approx((0.0, 0.3))


def test_routes_that_carry_more_than_leaves_are_refused_with_their_rows() -> None:
    with pytest.raises(
        NoAnswer, match=r"routes carry 120.0 Mt, more than the total of 100.0 Mt; rows flows\.[0-9a-f]+"
    ):
        carried({"NORTH": 100.0, "EAST": 20.0})


def test_a_printed_territory_and_tonnes_that_avoid_it_stand_apart() -> None:
    printed = replace(
        OIL, measure="share_of_sender", unit="fraction", value=0.94, decimals=2, via="territory:RUS", source="beta"
    )
    avoiding = replace(OIL, value=5.0, via="avoiding:RUS", source="gamma")
    result = carried({"NORTH": 94.0, "EAST": 6.0}, 100.0, printed, avoiding)
    by_source = {
        source: cell(result, "oil_transit", "russia", table="estimates", source=source).value
        for source in ("beta", "gamma", "tonnes by route")
    }
    assert by_source == pytest.approx({"beta": 0.94, "gamma": 0.95, "tonnes by route": 0.94})
    russia = cell(result, "oil_transit", "russia")
    assert (russia.low, russia.high) == pytest.approx((0.935, 0.95))


def test_the_real_statements_of_2022_agree_as_separate_estimates() -> None:
    table = measure(World.open(), ExposureParams(pivot="KAZ", year=2022, measures=("oil_transit",))).tables["estimates"]
    russia = {
        row["source"].split("-")[0]: row
        for row in table.iter_rows(named=True)
        if row["pole"] == "russia" and row["year"] == 2022
    }
    assert russia["lee"]["value"] == 0.94
    assert russia["marketscreener"]["value"] == pytest.approx(1 - 1.91 / 64, abs=1e-9)
    assert russia["tonnes by route"]["value"] is None
    assert russia["tonnes by route"]["low"] <= 0.94 <= russia["tonnes by route"]["high"]


def test_a_printed_floor_of_a_territory_is_a_floor() -> None:
    """More than 80 % crosses Russia: anything up to all of it."""
    floor = replace(
        OIL, measure="share_of_sender", unit="fraction", value=0.8, via="territory:RUS", qualifier="more_than"
    )
    russia = cell(measured(world_of([floor]), "oil_transit"), "oil_transit", "russia")
    assert russia.high == pytest.approx(1.0)


def test_a_total_of_nothing_is_refused_in_words() -> None:
    with pytest.raises(MultivectorError):
        carried({"NORTH": 0.0}, 0.0)


def test_without_a_total_tonnes_by_route_say_nothing() -> None:
    world = world_of([replace(OIL, value=70.0, via="NORTH")], *network())
    russia = cell(measured(world, "oil_transit"), "oil_transit", "russia")
    assert (russia.value, russia.low, russia.high) == (None, 0.0, 1.0)


def test_more_that_avoids_a_state_than_leaves_is_refused() -> None:
    with pytest.raises(NoAnswer, match=r"more avoids russia than leaves in all; rows flows\."):
        carried({}, 100.0, replace(OIL, value=635.0, via="avoiding:RUS", source="gamma"))
