"""What the lens will not answer, and that it says why and what is nearest."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from pydantic import ValidationError
from tests.lenses.worlds import EXPORTS, PIVOT, SOLD, listed, measured, world_of

from multivector.errors import NoAnswer, UnknownName, WrongWorld
from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.params import ExposureParams
from multivector.world import World


@pytest.mark.parametrize(
    ("params", "kind", "nearest"),
    [
        (ExposureParams(pivot="KAX"), "state", "KAZ"),
        (ExposureParams(pivot="KAZ", poles=("rusia", "china")), "pole", "russia"),
        (ExposureParams(pivot="KAZ", channels=("enrgy",)), "channel", "energy"),
        (ExposureParams(pivot="KAZ", measures=("trade_export",)), "measure", "trade_exports"),
    ],
    ids=["state", "pole", "channel", "measure"],
)
def test_an_unknown_name_comes_with_the_nearest(params: ExposureParams, kind: str, nearest: str) -> None:
    with pytest.raises(UnknownName, match=rf"unknown {kind} .*did you mean") as caught:
        measure(World.open(), params)
    assert nearest in caught.value.nearest


@pytest.mark.parametrize("pivot", ["EU", "WLD"])
def test_an_organisation_is_no_state(pivot: str) -> None:
    with pytest.raises((UnknownName, ValidationError)):
        measure(World.open(), ExposureParams(pivot=pivot))


def test_a_measure_outside_the_channel() -> None:
    params = ExposureParams(pivot="KAZ", measures=("arms",), channels=("trade",))
    with pytest.raises(NoAnswer, match=r"no measure of arms lies in channel trade"):
        measure(World.open(), params)


@pytest.mark.parametrize("year", [2005, 2090])
def test_a_year_without_rows_names_the_years_that_have_them(year: int) -> None:
    world = world_of(listed(EXPORTS, {"RUS": 0.3}))
    with pytest.raises(NoAnswer, match=rf"no row speaks of {PIVOT} in {year}: rows cover 2020 to 2020"):
        measured(world, year=year)


@pytest.mark.parametrize(
    "wrong",
    [
        {"poles": ()},
        {"poles": ("russia", "russia")},
        {"poles": ("",)},
        {"about": float("nan")},
        {"about": 0.6},
        {"slack": float("nan")},
        {"slack": -0.01},
        {"dark_share": 0.0},
        {"big_exporter": float("nan")},
        {"gdp_limit": float("inf")},
        {"gdp_limit": 0.0},
        {"veto": float("nan")},
        {"draws": 10},
        {"seed": -1},
        {"year": 1900},
        {"sigma": 5.0},
        {"pivot": "kaz"},
        {"pivot": "KAZA"},
    ],
    ids=str,
)
def test_parameters_that_make_no_sense(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ExposureParams.model_validate({"pivot": "KAZ", **wrong})


@pytest.mark.parametrize(
    "flow",
    [
        pytest.param(replace(EXPORTS, receiver="RUS", value=float("nan")), id="NaN"),
        pytest.param(replace(EXPORTS, receiver="RUS", value=float("inf")), id="infinite"),
        pytest.param(replace(SOLD, receiver="RUS", value=-9.0), id="a missing code"),
        pytest.param(replace(EXPORTS, receiver="RUS", value=29.0), id="a percentage"),
        pytest.param(replace(EXPORTS, receiver="RUS", value=0.29, unit="USD"), id="a share in money"),
        pytest.param(replace(EXPORTS, receiver=PIVOT, value=0.29), id="with itself"),
        pytest.param(
            replace(EXPORTS, receiver="RUS", value=0.29, start=dt.date(2021, 1, 1), end=dt.date(2020, 1, 1)),
            id="backwards",
        ),
    ],
)
def test_rows_that_no_world_takes(flow: object) -> None:
    with pytest.raises(WrongWorld):
        world_of([flow])  # type: ignore[list-item]  # every parameter is a Flow


def test_shares_that_add_to_more_than_the_whole() -> None:
    with pytest.raises(NoAnswer, match=r"add to 1\.100, more than the whole; rows flows\.[0-9a-f]+, flows"):
        measured(world_of(listed(EXPORTS, {"RUS": 0.6, "CHN": 0.5})))


def test_rounding_alone_is_no_excess() -> None:
    world = world_of(listed(replace(EXPORTS, decimals=2), {"RUS": 0.34, "CHN": 0.34, "BRA": 0.33}))
    assert measured(world).headline.height > 0


def test_partners_above_their_own_total() -> None:
    world = world_of([*listed(SOLD, {"RUS": 60.0, "CHN": 50.0}), replace(SOLD, value=100.0)])
    with pytest.raises(NoAnswer, match=r"more than the whole; rows flows\.[0-9a-f]+, flows"):
        measured(world)
