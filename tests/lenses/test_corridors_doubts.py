"""What the corridors lens gets wrong: each test says what the answer should be, and fails until it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from tests.lenses.corridor_worlds import (
    OIL,
    TWO,
    A,
    B,
    Leg,
    lens,
    limit,
    line,
    loses,
    made,
    near,
    params,
    works,
    year_of,
)
from tests.lenses.worlds import Flow, adding

from multivector.lenses.corridors.lens import outcome
from multivector.scenario import Close, apply


def test_a_shared_limit_counts_who_joins_later() -> None:
    """Limit of 6 over B1 and B2: 1 enters at B1, 4 at B2 from another field, so one more fits."""
    under = {"bottleneck": "B_X"}
    legs = [A, Leg("B1", "field", "hub", 9, under), Leg("B2", "hub", "port B", 9, under), Leg("C1", "east", "hub", 9)]
    ways = {"RA": ["A1"], "RB": ["B1", "B2"], "RC": ["C1", "B2"]}
    assert loses(made(legs, ways, {"RA": 8, "RB": 1, "RC": 4}, edits=[limit("B_X", 6)]), "A1") == near(7)


def test_a_shared_limit_counts_a_tonne_once_though_a_leg_lies_between() -> None:
    """Limit of 6 over B1 and B3, not over B2 between them: 4 pass, so 2 more fit."""
    under = {"bottleneck": "B_X"}
    legs = [A, Leg("B1", "field", "hub", 9, under), Leg("B2", "hub", "inland", 9)]
    legs.append(Leg("B3", "inland", "port B", 9, under))
    world = made(legs, {"RA": ["A1"], "RB": ["B1", "B2", "B3"]}, TWO[1], edits=[limit("B_X", 6)])
    assert loses(world, "A1") == near(6)


def test_a_shut_route_carries_nothing_though_its_last_leg_is_open() -> None:
    legs = [replace(A, destination="hub"), replace(B, destination="hub"), Leg("Z1", "hub", "port", 20)]
    world = made(legs, {"RA": ["A1", "Z1"], "RB": ["B1", "Z1"]}, TWO[1])
    assert year_of(apply(world, [Close(on="leg:A1")])) == {"RA": near(0), "RB": near(6), "all routes": near(6)}


def test_two_halves_make_a_year() -> None:
    halves = [
        replace(OIL, via="RA", value=2, start=dt.date(2020, 1, 1), end=dt.date(2020, 7, 1)),
        replace(OIL, via="RA", value=6, start=dt.date(2020, 7, 1), end=dt.date(2021, 1, 1)),
    ]
    assert year_of(made([A, B], TWO[0], {"RB": 4}, flows=halves))["RA"] == near(8)


def test_leaving_swaps_out_leaves_no_tonnes_out() -> None:
    """1 Mt goes out by a swap today: without swaps it is lost or refused, not forgotten."""
    swap = Leg("S1", "field", "inland", 5, {"mode": "swap", "controller": "CHN"})
    world = made([A, B, swap], {**TWO[0], "RS": ["S1"]}, {**TWO[1], "RS": 1})
    assert "RS" in year_of(world, swap=False)


def test_two_sources_may_state_one_route() -> None:
    again = {"route": "RA", "network": "oil", "name": "RA", "step": 1, "leg": "A1", "source": "beta"}
    assert loses(made([A, B], *TWO, edits=[adding("routes", again)]), "A1") == near(6)


@pytest.mark.parametrize(
    ("flow", "why"),
    [
        (replace(OIL, via="RX", value=3), "no such route"),
        pytest.param(replace(OIL, via="RC", value=3), "a leg of it is being built", marks=pytest.mark.slow),
        pytest.param(
            replace(OIL, via="RB", value=60, unit="kb/d", decimals=0), "counted in barrels", marks=pytest.mark.slow
        ),
        pytest.param(replace(OIL, via="RB", value=3, unit="Mt/y"), "counted as a rate", marks=pytest.mark.slow),
        pytest.param(
            replace(OIL, via="RB", value=3, year=2019), "known for the year before only", marks=pytest.mark.slow
        ),
    ],
)
def test_tonnes_that_are_left_out_are_named(flow: Flow, why: str) -> None:
    building = Leg("C1", "field", "port C", 9, {"phase": "building"})
    world = made([A, B, building], {**TWO[0], "RC": ["C1"]}, {"RA": 8}, flows=[flow])
    said = outcome(world, params()).caveats
    assert any(str(flow.via) in caveat for caveat in said) or str(flow.via) in year_of(world), why


@pytest.mark.xfail(strict=True, reason="what a short route leaves at its end must go on, and may not fit")
def test_a_network_at_rest_carries_what_rows_say() -> None:
    """5 leave by B1, of which 3 go on over B2, 4 wide: 2 stay at the hub, and rows say so."""
    legs = [A, Leg("B1", "field", "hub", 6), Leg("B2", "hub", "port B", 4)]
    world = made(legs, {"RA": ["A1"], "RB": ["B1"], "RBB": ["B1", "B2"]}, {"RA": 8, "RB": 5, "RBB": 3})
    assert year_of(world) == {"RA": near(8), "RB": near(2), "RBB": near(3), "all routes": 0.0}


def test_a_work_on_a_leg_of_unknown_capacity_helps_at_the_low_end() -> None:
    """B is seen to carry 4 and will carry 9: with A shut, 8 stay at the worst before, 3 after."""
    wide = replace(A, capacity=20)  # it takes all of B, so that A is the worse threat
    world = made([wide, replace(B, capacity=None)], *TWO, edits=[works(("B1", "W", 9, 1e8))])
    assert line(lens(world), "works", against="route RA")["high"] == near(5)


def test_all_works_together_cost_what_they_cost() -> None:
    world = made([A, B], *TWO, edits=[works(("A1", "W1", 11, 1e8), ("B1", "W2", 7, 2e8))])
    together = line(lens(world), "works", work="all works together", against="route RA")
    assert together["cost_usd"] == 3e8


def test_no_price_is_not_a_judged_price() -> None:
    said = outcome(made([A, B], *TWO), params()).caveats
    assert not any("judged revenue" in caveat for caveat in said)


def test_every_column_has_a_type() -> None:
    tables = lens(made([A, B], *TWO)).tables
    assert [
        (name, column) for name, table in tables.items() for column, kind in table.schema.items() if kind == pl.Null
    ] == []
