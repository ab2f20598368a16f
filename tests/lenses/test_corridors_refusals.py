"""What the corridors lens refuses, by name, and what it tells to add."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.lenses.corridor_worlds import TWO, A, B, Leg, lens, made

from multivector.errors import MultivectorError, NoAnswer, UnknownName, WrongRequest, WrongWorld
from multivector.lenses.corridors.lens import measure
from multivector.lenses.corridors.params import CorridorParams
from multivector.scenario import Close, apply
from multivector.world import World

NO_ROUTE = made([A], {"RA": ["A1"]}, {})


@pytest.mark.parametrize(
    ("world", "given", "error", "words"),
    [
        (made([replace(A, capacity=-10), B], *TWO), {}, WrongRequest, "A1: a capacity of -10 Mt a year"),
        (
            made([A, B], *TWO, values=[{"leg": "B1", "value": -1.0, "source": "beta"}]),
            {},
            WrongRequest,
            "B1: a capacity of -1 Mt a year",
        ),
        (
            made([A, B], *TWO, values=[{"leg": "B1", "attribute": "quota", "value": -2.0}]),
            {},
            WrongRequest,
            "B1: a quota of -2 Mt a year",
        ),
        (
            made([A, B], *TWO, values=[{"leg": "B1", "attribute": "carried", "value": -2.0}]),
            {},
            WrongRequest,
            "B1: a carried of -2 Mt a year",
        ),
        (
            made([A, B], *TWO, values=[{"leg": "B1", "attribute": "tariff", "value": -2.0, "unit": "USD/t"}]),
            {},
            WrongRequest,
            "B1: a tariff of -2 USD/t",
        ),
        (
            made([A, B], *TWO, values=[{"leg": "A1", "attribute": "usable", "value": 50.0, "unit": "fraction"}]),
            {},
            WrongRequest,
            r"A1: a usable part of 50, must lie in \[0, 1\]",
        ),
        (
            made([A, B], *TWO, values=[{"leg": "A1", "attribute": "limit", "value": -1.0}]),
            {},
            WrongRequest,
            "A1: a limit of -1 Mt a year",
        ),
        (
            made([A, B], *TWO, values=[{"leg": "B1", "attribute": "quota", "value": 6.5}]),
            {},
            WrongRequest,
            r"B1: a quota of 6\.5 Mt a year, above every nameplate \(6; rows leg_values",
        ),
        (
            made([replace(A, destination="hub"), Leg("A2", "hub", "field", 9)], {"RA": ["A1"]}, {"RA": 8}),
            {},
            NoAnswer,
            "RA ends at hub, and no leg of this world leads on to a market",
        ),
        (
            made([A, Leg("A2", "elsewhere", "port", 9)], {"RA": ["A1", "A2"]}, {"RA": 8}),
            {},
            NoAnswer,
            r"RA goes from port A \(A1\) to elsewhere \(A2\)",
        ),
        (made([A, B], *TWO), {"assume": ("C1=5",)}, UnknownName, "unknown leg of the oil network 'C1'"),
        (made([A, B], *TWO), {"assume": ("B1=5",)}, WrongRequest, "B1 has a stated capacity of 6 Mt a year"),
        (
            made([A, B], *TWO),
            {"network": "cargo", "year": 2020},
            NoAnswer,
            "no leg of the cargo network is in this world",
        ),
        (made([A, B], *TWO), {"network": "cargo"}, NoAnswer, "add leg_values with the attribute `carried`"),
        (
            made([replace(A, cells={"phase": "proposal"})], {"RA": ["A1"]}, {"RA": 8}),
            {},
            NoAnswer,
            "no leg of the oil network exists yet: all are planned or being built",
        ),
        (NO_ROUTE, {}, NoAnswer, "add flows of crude_oil from KAZ with the route in `via`"),
        (made([A, B], *TWO), {"pivot": "UZB"}, NoAnswer, "what UZB ships over the oil network; add flows"),
        (made([A, B], *TWO), {"year": 2019}, NoAnswer, "carried in 2019 or before"),
        (made([A, B], *TWO), {"pivot": "KAX"}, UnknownName, "unknown state 'KAX'"),
    ],
)
def test_refusals(world: World, given: dict[str, Any], error: type[MultivectorError], words: str) -> None:
    with pytest.raises(error, match=words):
        lens(world, **given)


def test_every_wrong_leg_is_named_at_once() -> None:
    with pytest.raises(WrongRequest, match=r"A1: a capacity of -10 (.)*B1: a capacity of -6 "):
        lens(made([replace(A, capacity=-10), replace(B, capacity=-6)], *TWO))


def test_names_that_no_row_introduces_are_refused() -> None:
    with pytest.raises(UnknownName, match="unknown leg 'A9'"):
        apply(made([A, B], *TWO), [Close(on="leg:A9")])
    with pytest.raises(WrongWorld, match="'A9' is no known leg"):
        made([A, B], *TWO, values=[{"leg": "A9", "attribute": "usable", "value": 0.0, "unit": "fraction"}])


def test_a_state_without_rows_is_told_what_to_add() -> None:
    for network, words in (("oil", "add flows of crude_oil from UZB"), ("cargo", "add leg_values with the attribute")):
        with pytest.raises(NoAnswer, match=words):
            measure(
                World.open(),
                CorridorParams.model_validate({"pivot": "TJK" if network == "cargo" else "UZB", "network": network}),
            )
