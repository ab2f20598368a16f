"""Gas and power bought abroad over what is used, and students abroad over all: by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from tests.lenses.worlds import PIVOT, POLES, Flow, adding, bounds, cell, measured, world_of

from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.params import ExposureParams
from multivector.world import Edit, World

GAS = Flow(sender="WLD", receiver=PIVOT, product="gas", channel="energy", measure="quantity", unit="bcm", scope="none")


def used(amount: float, *, name: str = "gas_consumption", unit: str = "bcm", status: str = "observed") -> Edit:
    return adding(
        "indicators",
        {
            "subject": PIVOT,
            "name": name,
            "value": amount,
            "unit": unit,
            "qualifier": "exact",
            "decimals": 12,
            "status": status,
            "period_start": dt.date(2020, 1, 1),
            "period_end": dt.date(2021, 1, 1),
        },
    )


@pytest.fixture(scope="module")
def default() -> World:
    return World.open()


def test_power_of_kazakhstan_2023(default: World) -> None:
    """Russia sent more than 3 TWh in half of the year; 3.694 TWh were bought in all, 106.201 used."""
    result = measure(default, ExposureParams(pivot="KAZ", year=2023, measures=("power_supply",)))
    russia = cell(result, "power_supply", "russia")
    assert russia.value is None
    assert russia.low == pytest.approx(3 / 106.2, abs=1e-6)
    assert russia.high == pytest.approx(3.694 / 106.2, abs=1e-5)
    assert russia.low == pytest.approx(3 / 106.2015, abs=1e-12)
    assert russia.high == pytest.approx(3.6945 / 106.2005, abs=1e-12)
    assert bounds(result, "power_supply", "china") == pytest.approx((0.0, 0.6945 / 106.2005), abs=1e-12)
    assert russia.coverage == pytest.approx(3 / 3.6945)


def test_gas_of_kazakhstan_2023_is_bounded_by_what_was_bought(default: World) -> None:
    result = measure(default, ExposureParams(pivot="KAZ", year=2023, measures=("gas_supply",)))
    for pole in (*POLES, "rest"):
        assert bounds(result, "gas_supply", pole) == pytest.approx((0.0, 0.4095 / 22.2225), abs=1e-12)


def test_students_of_kazakhstan(default: World) -> None:
    """60,000 in Russia and 576,557 at home: at most 60000/636557, and nothing is known of the others."""
    result = measure(default, ExposureParams(pivot="KAZ", measures=("students",)))
    russia = cell(result, "students", "russia")
    assert (russia.value, russia.low) == (None, 0.0)
    assert russia.high == pytest.approx(60_000 / 636_557, abs=1e-5)
    assert bounds(result, "students", "china") == (0.0, 1.0)


def test_every_supplier_named() -> None:
    flows = [replace(GAS, sender="RUS", value=4.0), replace(GAS, sender="UZB", value=1.0), replace(GAS, value=5.0)]
    result = measured(world_of(flows, used(20.0)), "gas_supply")
    assert cell(result, "gas_supply", "russia").value == pytest.approx(0.2)
    assert bounds(result, "gas_supply", "turkic") == pytest.approx((0.05, 0.05))
    assert bounds(result, "gas_supply", "china") == pytest.approx((0.0, 0.0), abs=1e-9)


def test_what_nobody_is_named_for_belongs_to_anybody() -> None:
    flows = [replace(GAS, sender="RUS", value=4.0), replace(GAS, value=10.0)]
    result = measured(world_of(flows, used(20.0)), "gas_supply")
    assert bounds(result, "gas_supply", "china") == pytest.approx((0.0, 0.3))
    assert bounds(result, "gas_supply", "west") == pytest.approx((0.0, 0.3))


def test_without_total_imports_up_to_the_whole_use() -> None:
    result = measured(world_of([replace(GAS, sender="RUS", value=4.0)], used(20.0)), "gas_supply")
    assert bounds(result, "gas_supply", "china") == pytest.approx((0.0, 0.8))
    assert cell(result, "gas_supply", "russia").coverage == 0.0


def test_a_part_of_the_year_is_a_floor() -> None:
    half = replace(GAS, sender="RUS", value=4.0, start=dt.date(2020, 1, 1), end=dt.date(2020, 7, 1))
    result = measured(world_of([half, replace(GAS, value=10.0)], used(20.0)), "gas_supply")
    assert bounds(result, "gas_supply", "russia") == pytest.approx((0.2, 0.5))


def test_two_sources_for_one_supplier_are_a_range_not_a_sum() -> None:
    flows = [
        replace(GAS, sender="RUS", value=4.0),
        replace(GAS, sender="RUS", value=5.0, source="beta"),
        replace(GAS, value=10.0),
    ]
    russia = cell(measured(world_of(flows, used(20.0)), "gas_supply"), "gas_supply", "russia")
    assert (russia.low, russia.high) == pytest.approx((0.2, 0.25))


def test_more_bought_than_used_stays_a_share() -> None:
    """A hub buys 30 bcm, uses 20 and sells the rest on: a share stays in [0, 1], the value within its range."""
    flows = [replace(GAS, sender="RUS", value=30.0), replace(GAS, value=30.0)]
    russia = cell(measured(world_of(flows, used(20.0)), "gas_supply"), "gas_supply", "russia")
    assert russia.low <= russia.high <= 1
    assert russia.value is None or russia.low <= russia.value <= russia.high


def test_units_of_two_dimensions_never_meet() -> None:
    """500 mn m3 are half a bcm, and another dimension in this world: no ratio of the two, and never 1."""
    flows = [replace(GAS, sender="RUS", value=500.0, unit="mn m3")]
    result = measured(world_of(flows, used(20.0)), "gas_supply")
    russia = cell(result, "gas_supply", "russia")
    assert russia.value is None
    assert russia.low == 0.0


def test_a_forecast_of_use_is_no_denominator() -> None:
    result = measured(world_of([replace(GAS, sender="RUS", value=4.0)], used(20.0, status="forecast")), "gas_supply")
    russia = cell(result, "gas_supply", "russia")
    assert (russia.value, russia.low, russia.high, russia.sources) == (None, 0.0, 1.0, 0)


def test_students_of_a_made_up_state() -> None:
    students = Flow(
        receiver="RUS",
        product="students",
        channel="culture",
        measure="quantity",
        unit="students",
        scope="none",
        value=25.0,
    )
    world = world_of([students], used(75.0, name="students_at_home", unit="students"))
    russia = cell(measured(world, "students"), "students", "russia")
    assert (russia.value, russia.low, russia.high) == pytest.approx((None, 0.0, 0.25))


def test_a_member_beside_its_body_is_not_delivered_twice() -> None:
    """Of what the EU delivers, Germany's part is named again: 4 of 20, not 7; and 4 + 1 of 5 bought is no excess."""
    flows = [
        replace(GAS, sender="EU", value=4.0),
        replace(GAS, sender="DEU", value=3.0),
        replace(GAS, sender="RUS", value=1.0),
        replace(GAS, value=5.0),
    ]
    result = measured(world_of(flows, used(20.0)), "gas_supply")
    assert cell(result, "gas_supply", "west").low == pytest.approx(0.2)
    assert cell(result, "gas_supply", "russia").value == pytest.approx(0.05)


def test_a_body_across_poles_makes_no_pole_whole() -> None:
    """The CIS delivers 6, Turkey 1: how much of the 6 is Azerbaijani nobody knows, so Turkic has no point."""
    flows = [replace(GAS, sender="CIS", value=6.0), replace(GAS, sender="TUR", value=1.0), replace(GAS, value=10.0)]
    turkic = cell(measured(world_of(flows, used(20.0)), "gas_supply"), "gas_supply", "turkic")
    assert turkic.value is None
    assert (turkic.low, turkic.high) == pytest.approx((0.05, 0.5))


def test_a_use_of_nothing_has_no_shares() -> None:
    flows = [replace(GAS, sender="RUS", value=4.0), replace(GAS, value=4.0)]
    russia = cell(measured(world_of(flows, used(0.0)), "gas_supply"), "gas_supply", "russia")
    assert (russia.value, russia.low, russia.high) == (None, 0.0, 1.0)
