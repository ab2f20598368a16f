"""CES power: closed forms, super-additivity, the limit of control, the diversification curve, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivector.errors import WrongRequest
from multivector.models.power.ces import ces_power, diversification, worst_sectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)
SIGMA = np.array([2.0, 5.0, 9.0])


def made_flows(seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    return rng.uniform(0.1, 5, (5, 5, 3)) * (rng.random((5, 5, 3)) < 0.8) + np.eye(5)[:, :, None]


def price_index(shares: FloatArray, sigma: float, kept: FloatArray) -> float:
    """The CES price index over its old value when only the `kept` varieties are left, prices unchanged."""
    return float((shares * kept).sum() ** (1 / (1 - sigma)))


@given(seeds)
def test_power_is_the_price_index_without_the_senders_goods(seed: int) -> None:
    flows = made_flows(seed)
    spent = flows[:, 0].sum(axis=0)
    kept = np.array([1.0, 0, 1, 0, 1])
    rise = np.prod(
        [price_index(flows[:, 0, k] / spent[k], SIGMA[k], kept) ** (spent[k] / spent.sum()) for k in range(3)]
    )
    power = ces_power(flows, SIGMA, 0, [[1, 3]])
    assert power.price_rise[0] == pytest.approx(rise - 1, rel=1e-9, abs=1e-12)
    assert power.loss[0] == pytest.approx(1 - 1 / rise, rel=1e-9, abs=1e-12)
    assert power.log_price[0] == pytest.approx(power.by_sector[0].sum())
    np.testing.assert_allclose(power.share[0], (flows[1, 0] + flows[3, 0]) / spent)


def test_half_of_all_goods_at_sigma_two_doubles_the_cost_of_living() -> None:
    flows = np.ones((2, 2, 1))
    power = ces_power(flows, np.array([2.0]), 0, [[1]])
    assert power.price_rise[0] == pytest.approx(1.0)
    assert power.loss[0] == pytest.approx(0.5)


@given(seeds)
def test_two_senders_have_more_power_together(seed: int) -> None:
    flows = made_flows(seed)
    alone, other, both = ces_power(flows, SIGMA, 0, [[1], [2, 4], [1, 2, 4]]).log_price
    assert both >= (alone + other) * (1 - 1e-12)


@given(seeds, st.sampled_from([1e-3, 1e6]))
def test_the_unit_of_flows_does_not_matter(seed: int, unit: float) -> None:
    one, other = (ces_power(made_flows(seed) * size, SIGMA, 2, [[0], [1, 3]]) for size in (1.0, unit))
    np.testing.assert_allclose(one.by_sector, other.by_sector, rtol=1e-9, atol=1e-12)


def test_full_control_is_infinite_and_says_where() -> None:
    flows = made_flows(3)
    flows[:, 0, 1] = 0.0
    flows[2, 0, 1] = 4.0
    power = ces_power(flows, SIGMA, 0, [[2], [1]])
    assert np.isinf(power.by_sector[0]).tolist() == [False, True, False]
    assert np.isinf(power.log_price[0])
    assert np.isinf(power.price_rise[0])
    assert power.loss[0] == 1.0
    assert power.share[0, 1] == 1.0
    assert np.isfinite(power.log_price[1])
    assert worst_sectors(power, 1).sector[0, 0] == 1


def test_a_sector_nobody_buys_gives_no_power() -> None:
    flows = made_flows(4)
    flows[:, 0, 1] = 0.0
    power = ces_power(flows, SIGMA, 0, [[2]])
    assert power.by_sector[0, 1] == power.share[0, 1] == 0.0


def test_power_rises_steeply_near_full_control() -> None:
    rises = []
    for share in (0.5, 0.9, 0.99, 0.999):
        flows = np.array([[[1 - share], [1.0]], [[share], [1.0]]])
        rises.append(ces_power(flows, np.array([5.0]), 0, [[1]]).log_price[0] / share)
    assert np.all(np.diff(rises) > 0)
    assert rises[-1] == pytest.approx(np.log(1000) / 4 / 0.999)


@given(seeds, st.integers(1, 3))
def test_worst_sectors_come_first(seed: int, k: int) -> None:
    power = ces_power(made_flows(seed), SIGMA, 0, [[1], [2, 3]])
    worst = worst_sectors(power, k)
    for group in range(2):
        assert worst.log_price[group].tolist() == sorted(power.by_sector[group], reverse=True)[:k]
        assert power.by_sector[group, worst.sector[group]].tolist() == worst.log_price[group].tolist()


@given(seeds, st.floats(0, 1))
def test_diversification_is_power_over_flows_that_were_moved(seed: int, part: float) -> None:
    flows = made_flows(seed)
    is_sender = np.array([False, True, False, True, False])
    others = flows[~is_sender, 0].sum(axis=0)
    taken = part * flows[is_sender, 0].sum(axis=0)
    after = flows.copy()
    after[is_sender, 0] *= 1 - part
    after[~is_sender, 0] *= 1 + taken / others
    found = diversification(flows, SIGMA, 0, [[1, 3]], np.array([part]))
    assert found.log_price[0, 0] == pytest.approx(ces_power(after, SIGMA, 0, [[1, 3]]).log_price[0], abs=1e-12)


@given(seeds)
def test_diversification_slopes_and_ends(seed: int) -> None:
    flows, moved = made_flows(seed), np.array([0.0, 0.3, 0.3 + 1e-6, 1.0])
    groups = [[1], [2, 3]]
    found = diversification(flows, SIGMA, 0, groups, moved)
    np.testing.assert_allclose(found.log_price[:, 0], ces_power(flows, SIGMA, 0, groups).log_price, atol=1e-12)
    np.testing.assert_allclose(found.log_price[:, 3], 0.0, atol=1e-12)
    slope = (found.log_price[:, 2] - found.log_price[:, 1]) / 1e-6
    np.testing.assert_allclose(found.slope[:, 1], slope, rtol=1e-4, atol=1e-8)
    assert np.all(found.slope <= 0)
    assert np.all(np.diff(found.slope, axis=1) >= 0)  # the first tenth moved helps most


def test_nothing_can_move_where_nobody_else_sells() -> None:
    flows = made_flows(3)
    flows[:, 0, 1] = 0.0
    flows[2, 0, 1] = 4.0
    found = diversification(flows, SIGMA, 0, [[2]], np.array([0.0, 0.5, 1.0]))
    assert np.all(np.isinf(found.log_price))
    assert np.all(np.isfinite(found.slope))


@pytest.mark.parametrize(
    ("target", "senders", "message"),
    [
        (0, [[0, 1]], "holds the target, 0"),
        (0, [[]], "sender 0 is"),
        (0, [], "there is no sender"),
        (0, [[7]], "positions from 0 to 4"),
        (9, [[1]], "target is 9"),
        (0, [[1, 1]], "names a country twice"),
    ],
)
def test_senders_are_refused(target: int, senders: Sequence[Sequence[int]], message: str) -> None:
    with pytest.raises(WrongRequest, match=message):
        ces_power(made_flows(1), SIGMA, target, senders)


def test_other_refusals() -> None:
    flows = made_flows(1)
    with pytest.raises(WrongRequest, match=r"sigma\[1\] is 1.0"):
        ces_power(flows, np.array([2.0, 1.0, 3.0]), 0, [[1]])
    with pytest.raises(WrongRequest, match=r"flows\[0, 0, 0\] is nan"):
        ces_power(np.where(np.arange(75).reshape(5, 5, 3) == 0, np.nan, flows), SIGMA, 0, [[1]])
    with pytest.raises(WrongRequest, match="flows has shape"):
        ces_power(flows[:, :, 0], SIGMA, 0, [[1]])
    with pytest.raises(WrongRequest, match="country 0 buys nothing"):
        ces_power(flows * (np.arange(5) > 0)[:, None], SIGMA, 0, [[1]])
    with pytest.raises(WrongRequest, match="k is 4"):
        worst_sectors(ces_power(flows, SIGMA, 0, [[1]]), 4)
    with pytest.raises(WrongRequest, match=r"moved\[0\] is 30.0"):
        diversification(flows, SIGMA, 0, [[1]], np.array([30.0]))
    with pytest.raises(WrongRequest, match=r"moved has shape \(\)"):
        diversification(flows, SIGMA, 0, [[1]], np.array(0.5))
