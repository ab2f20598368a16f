"""Small cases checkable by hand, computed for this project: HHI and pole bounds, balance, offset, lead, connectedness.

The file stays outside the repository (MULTIVECTOR_REFERENCE). Both sides are float64 sums of a few terms: 1e-12.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest

from multivector.models.concentration import hhi_bounds
from multivector.models.geometry import balance, balance_bounds, connectedness, lead, offset, worst
from multivector.models.indices import group_share_bounds

ROOT = Path(__file__).parents[2]
CASES = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "exposure" / "indices_cases.json"
BAR = 1e-12

pytestmark = pytest.mark.skipif(
    not CASES.exists(), reason=f"{CASES} is missing: point MULTIVECTOR_REFERENCE at the reference folder"
)


class HhiCase(TypedDict):
    name: str
    shares: list[float]
    cap: float | None
    rounding: float
    low: float
    high: float
    covered: float


class PoleCase(TypedDict):
    name: str
    members: list[float]
    others: list[float]
    unlisted_members: int
    cap: float | None
    rounding: float
    low: float
    high: float


class GeometryCase(TypedDict):
    name: str
    exposure: list[list[float]]
    balance: list[float]
    offset: float
    lead: list[int]


class DistanceCase(TypedDict):
    weights: list[float]
    distances: list[float]
    vulnerability: float
    connectedness: float


class ResidualCase(TypedDict):
    loss: list[float]
    residual: float
    worst: int


class Cases(TypedDict):
    hhi_bounds: list[HhiCase]
    group_share_bounds: list[PoleCase]
    geometry: list[GeometryCase]
    connectedness: list[DistanceCase]
    residual: list[ResidualCase]


@pytest.fixture(scope="module")
def cases() -> Cases:
    found: Cases = json.loads(CASES.read_text(encoding="utf-8"))
    return found


def test_hhi_bounds(cases: Cases) -> None:
    assert len(cases["hhi_bounds"]) >= 8
    for case in cases["hhi_bounds"]:
        found = hhi_bounds(np.array(case["shares"], dtype=np.float64), cap=case["cap"], rounding=case["rounding"])
        known = (case["low"], case["high"], case["covered"])
        assert (found.low, found.high, found.covered) == pytest.approx(known, rel=0, abs=BAR), case["name"]


def test_pole_bounds(cases: Cases) -> None:
    assert len(cases["group_share_bounds"]) >= 4
    for case in cases["group_share_bounds"]:
        found = group_share_bounds(
            np.array(case["members"], dtype=np.float64),
            np.array(case["others"], dtype=np.float64),
            unlisted_members=case["unlisted_members"],
            cap=case["cap"],
            rounding=case["rounding"],
        )
        known = (case["low"], case["high"])
        assert (found.low, found.high) == pytest.approx(known, rel=0, abs=BAR), case["name"]


def test_geometry(cases: Cases) -> None:
    assert len(cases["geometry"]) >= 4
    for case in cases["geometry"]:
        exposure = np.array(case["exposure"])
        bounds = balance_bounds(exposure, exposure)
        for found in (balance(exposure), bounds.low, bounds.high):
            np.testing.assert_allclose(found, case["balance"], rtol=0, atol=BAR, err_msg=case["name"])
        assert offset(exposure) == pytest.approx(case["offset"], rel=0, abs=BAR), case["name"]
        np.testing.assert_array_equal(lead(exposure, exposure).power, case["lead"], err_msg=case["name"])


def test_connectedness(cases: Cases) -> None:
    for case in cases["connectedness"]:
        found = connectedness(np.array(case["weights"]), np.array(case["distances"]))
        known = (case["vulnerability"], case["connectedness"])
        assert (found.vulnerability, found.connectedness) == pytest.approx(known, rel=0, abs=BAR)


def test_residual(cases: Cases) -> None:
    for case in cases["residual"]:
        found = worst(np.array(case["loss"]))
        assert found.power == case["worst"]
        assert found.residual == pytest.approx(case["residual"], rel=0, abs=BAR)
