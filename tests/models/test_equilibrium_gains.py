"""Losses without trade and multipliers of flows: closed forms, limits, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivector.errors import WrongRequest
from multivector.models.equilibrium.gains import autarky_gains, freeness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)


def made_flows(seed: int, sectors: int = 3) -> FloatArray:
    return np.random.default_rng(seed).uniform(0.1, 5, (4, 4, sectors))


def test_the_loss_of_a_country_that_buys_seven_hundredths_abroad() -> None:
    """The United States in 2000, with elasticities of 5 and 10: 1.4 and 0.7 per cent, printed to one decimal.

    Arkolakis, Costinot and Rodriguez-Clare (2012), introduction: 0.93 of spending is on own goods.
    """
    flows = np.array([[93.0, 7.0], [7.0, 93.0]])
    assert autarky_gains(flows, 5.0)[0] == pytest.approx(0.014, abs=5e-4)
    assert autarky_gains(flows, 10.0)[0] == pytest.approx(0.007, abs=5e-4)


@given(seeds, st.floats(0.5, 20))
def test_equal_sectors_are_one_sector(seed: int, theta: float) -> None:
    one = made_flows(seed, sectors=1)
    split = np.repeat(one / 3, 3, axis=2)
    whole = autarky_gains(one[:, :, 0], theta)
    np.testing.assert_allclose(autarky_gains(split, np.full(3, theta)), whole, rtol=1e-9)
    np.testing.assert_allclose(whole, 1 - (np.diag(one[:, :, 0]) / one[:, :, 0].sum(axis=0)) ** (1 / theta), rtol=1e-9)


@given(seeds)
def test_the_loss_is_the_product_over_sectors(seed: int) -> None:
    flows, theta = made_flows(seed), np.array([1.5, 4.0, 9.0])
    spent = flows.sum(axis=0)
    loss = [
        1 - np.prod([(flows[j, j, k] / spent[j, k]) ** (spent[j, k] / spent[j].sum() / theta[k]) for k in range(3)])
        for j in range(4)
    ]
    np.testing.assert_allclose(autarky_gains(flows, theta), loss, rtol=1e-9)
    assert np.all(autarky_gains(flows * 1e6, theta) == pytest.approx(loss))


def test_a_needed_sector_without_home_supply_costs_everything() -> None:
    flows, theta = made_flows(1), np.array([1.5, 4.0, 9.0])
    flows[2, 2, 1] = 0.0
    loss = autarky_gains(flows, theta)
    assert loss[2] == 1.0
    assert loss[[0, 1, 3]].max() < 1.0
    flows[:, 2, 1] = 0.0  # nobody needs what nobody buys
    assert autarky_gains(flows, theta)[2] < 1.0


def test_trade_inside_a_region_is_trade() -> None:
    flows, theta = made_flows(2), np.array([1.5, 4.0, 9.0])
    own = np.einsum("iik->ik", flows)
    np.testing.assert_array_equal(autarky_gains(flows, theta, domestic=own), autarky_gains(flows, theta))
    assert np.all(autarky_gains(flows, theta, domestic=own / 2) > autarky_gains(flows, theta))
    assert autarky_gains(flows[:, :, 0], 4.0, domestic=own[:, 0] / 2).shape == (4,)


@given(st.floats(1e-3, 1e3), st.floats(0.1, 20))
def test_freeness_is_the_power_of_the_cost(cost: float, theta: float) -> None:
    assert float(freeness(cost, theta)) == pytest.approx(cost**-theta)
    assert float(freeness(np.inf, theta)) == 0.0
    assert float(freeness(1.0, theta)) == 1.0


def test_freeness_lines_up_with_sectors() -> None:
    cost = np.full((2, 2), 1.2)
    found = freeness(cost[:, :, None], np.array([1.0, 2.0, 3.0]))
    assert found.shape == (2, 2, 3)
    np.testing.assert_allclose(found[0, 1], 1.2 ** -np.array([1.0, 2.0, 3.0]))


@pytest.mark.parametrize(
    ("flows", "theta", "domestic", "message"),
    [
        (np.ones((2, 3)), 4.0, None, "flows has shape"),
        (-np.ones((2, 2)), 4.0, None, r"flows\[0, 0\] is -1"),
        (np.array([[0.0, 1], [1, 1]]), 4.0, None, "country 0 buys nothing from itself"),
        (np.array([[1.0, 0], [1, 0]]), 4.0, None, "country 1 buys nothing"),
        (np.ones((2, 2)), 0.0, None, "theta is 0.0"),
        (np.ones((2, 2, 3)), 4.0, None, r"theta has shape \(\)"),
        (np.ones((2, 2)), 4.0, np.array([1.0, 2.0]), r"domestic\[1, 0\] is 2.0: above"),
        (np.ones((2, 2)), 4.0, np.ones((2, 2)), r"domestic has shape \(2, 2\): \(2,\)"),
        (np.ones((2, 2, 3)), np.ones(3), np.full((2, 3), np.nan), r"domestic\[0, 0\] is nan"),
    ],
)
def test_gains_are_refused(flows: FloatArray, theta: float, domestic: FloatArray | None, message: str) -> None:
    with pytest.raises(WrongRequest, match=message):
        autarky_gains(flows, theta, domestic=domestic)


@pytest.mark.parametrize(
    ("cost", "theta", "message"),
    [
        (np.array([1.0, 0.0]), 4.0, r"cost_ratio\[1\] is 0.0"),
        (np.nan, 4.0, "cost_ratio is nan"),
        (1.2, -1.0, "theta is -1.0"),
        (np.ones(2), np.ones(3), "line up"),
        (1e-300, 4.0, "beyond all numbers"),
    ],
)
def test_freeness_is_refused(cost: float | FloatArray, theta: float | FloatArray, message: str) -> None:
    with pytest.raises(WrongRequest, match=message):
        freeness(cost, theta)
