"""Balance, lead, offset and the rest: bounds contain and are attained, order does not matter, nonsense is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import NoAnswer, WrongRequest
from multivector.models.geometry import (
    balance,
    balance_bounds,
    connectedness,
    lead,
    offset,
    offset_draws,
    position,
    worst,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)


def some_box(rng: np.random.Generator, *, poles: int, channels: int = 4) -> tuple[FloatArray, FloatArray]:
    """Intervals of exposure, some of them points, some touching 0 and 1, at least one pole above 0 a channel."""
    ends = np.sort(rng.random((2, channels, poles)), axis=0)
    low = np.where(rng.random(ends[0].shape) < 0.2, 0.0, ends[0])
    high = np.where(rng.random(ends[1].shape) < 0.2, low, ends[1])
    high[:, 0] = np.maximum(high[:, 0], 0.1)
    return low, high


@settings(deadline=None)
@given(seeds, st.integers(2, 6))
def test_balance_bounds_contain_every_point(seed: int, poles: int) -> None:
    rng = np.random.default_rng(seed)
    low, high = some_box(rng, poles=poles)
    bounds = balance_bounds(low, high)
    for _ in range(30):
        mix = rng.random(low.shape)
        mix = np.where(rng.random(low.shape) < 0.5, mix, np.round(mix))
        point = low + (high - low) * mix
        inside = point.max(axis=1) > 0
        even = balance(point[inside])
        assert (bounds.low[inside] - 1e-12 <= even).all()
        assert (even <= bounds.high[inside] + 1e-12).all()


@settings(deadline=None)
@given(seeds, st.integers(2, 4))
def test_balance_bounds_are_attained(seed: int, poles: int) -> None:
    rng = np.random.default_rng(seed)
    low, high = some_box(rng, poles=poles, channels=1)
    bounds = balance_bounds(low, high)
    levels = np.geomspace(1e-9, 1, 20_001)[:, None]
    points = np.clip(levels, low, high)
    assert balance(points).max() == pytest.approx(bounds.high[0], abs=1e-6)
    bits = (np.arange(2**poles)[:, None] >> np.arange(poles)) & 1
    vertices = np.where(bits == 1, high, low)
    assert balance(vertices[vertices.max(axis=1) > 0]).min() == pytest.approx(bounds.low[0], abs=1e-12)


@settings(deadline=None)
@given(seeds, st.integers(2, 6))
def test_points_are_their_own_bounds(seed: int, poles: int) -> None:
    exposure = np.random.default_rng(seed).random((3, poles))
    bounds = balance_bounds(exposure, exposure)
    np.testing.assert_allclose(bounds.low, balance(exposure), rtol=0, atol=1e-14)
    np.testing.assert_allclose(bounds.high, balance(exposure), rtol=0, atol=1e-14)


@settings(deadline=None)
@given(seeds, st.floats(1e-3, 1))
def test_balance_ignores_scale_and_order(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    exposure = rng.random((3, 5))
    np.testing.assert_allclose(balance(exposure * scale), balance(exposure), rtol=0, atol=1e-12)
    turned = rng.permutation(5)
    np.testing.assert_array_equal(balance(exposure[:, turned]), balance(exposure))
    np.testing.assert_array_equal(balance(exposure[::-1]), balance(exposure)[::-1])


def test_balance_counts_unused_poles() -> None:
    np.testing.assert_array_equal(balance(np.array([[0.5, 0, 0, 0], [0.2, 0.2, 0.2, 0.2]])), [0.0, 1.0])
    assert balance(np.array([[0.5, 0.5, 0, 0]]))[0] == pytest.approx(0.5, abs=1e-15)


def test_balance_bounds_of_the_unknown_are_the_whole_range() -> None:
    bounds = balance_bounds(np.zeros((1, 3)), np.ones((1, 3)))
    assert (bounds.low[0], bounds.high[0]) == (0.0, pytest.approx(1.0, abs=1e-15))
    for high in np.linspace(0.1, 0.9, 50):  # any common level will do, so only rounding noise steers the bisection
        assert balance_bounds(np.zeros((1, 3)), np.full((1, 3), high)).high[0] == pytest.approx(1.0, abs=1e-15)
    tiny = balance_bounds(np.zeros((1, 2)), np.array([[5e-324, 0.0]]))
    assert (tiny.low[0], tiny.high[0]) == (0.0, 0.0)


@settings(deadline=None)
@given(seeds)
def test_a_certain_lead_survives_every_draw(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low = rng.random((6, 3)) * np.array([0.9, 0.4, 0.4])
    high = np.minimum(low + rng.uniform(0, 0.3, low.shape), 1)
    found = lead(low, high)
    np.testing.assert_array_equal(found.certain, found.margin > 0)
    for _ in range(10):
        point = rng.uniform(low, high)
        top_two = np.sort(point, axis=1)[:, -2:]
        np.testing.assert_array_equal(point.argmax(axis=1)[found.certain], found.power[found.certain])
        assert (found.margin <= top_two[:, 1] - top_two[:, 0] + 1e-12)[found.certain].all()


def test_lead_by_hand() -> None:
    low = np.array([[0.4, 0.1, 0.1], [0.3, 0.2, 0.0], [0.2, 0.2, 0.1], [0.25, 0.25, 0.1]])
    high = np.array([[0.5, 0.3, 0.2], [0.4, 0.35, 0.0], [0.3, 0.4, 0.1], [0.25, 0.25, 0.1]])
    found = lead(low, high)
    np.testing.assert_array_equal(found.power, [0, 0, 1, 0])
    np.testing.assert_array_equal(found.certain, [True, False, False, False])
    np.testing.assert_allclose(found.margin, [0.1, -0.05, -0.1, 0.0], rtol=0, atol=1e-15)


@settings(deadline=None)
@given(seeds)
def test_position_turns_with_its_poles(seed: int) -> None:
    one, other = np.random.default_rng(seed).uniform(0.01, 1, (2, 4))
    np.testing.assert_allclose(position(one, other) + position(other, one), 1.0, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(position(np.array([0.5, 0.0]), np.array([0.0, 0.2])), [0.0, 1.0])


@settings(deadline=None)
@given(seeds, st.floats(0.1, 1))
def test_connectedness_scales_and_ignores_order(seed: int, covered: float) -> None:
    rng = np.random.default_rng(seed)
    weights, distances = rng.dirichlet(np.ones(6)), rng.uniform(0, 4, 6)
    whole, part = connectedness(weights, distances), connectedness(weights * covered, distances * 2)
    assert part.covered == pytest.approx(covered, abs=1e-12)
    assert part.vulnerability == pytest.approx(2 * whole.vulnerability, abs=1e-12)
    assert part.connectedness == pytest.approx(2 * whole.connectedness, abs=1e-12)
    order = rng.permutation(6)
    assert connectedness((weights * covered)[order], distances[order] * 2) == part


@settings(deadline=None)
@given(seeds)
def test_offset_stays_in_range_and_ignores_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    exposure = rng.random((5, 3))
    assert 0 <= offset(exposure) <= 1 - 1 / 3 + 1e-12
    assert offset(exposure[rng.permutation(5)][:, rng.permutation(3)]) == offset(exposure)
    one_leads = np.sort(exposure, axis=1)
    assert offset(one_leads) == pytest.approx(0.0, abs=1e-12)
    assert offset(np.eye(4)) == 0.75


@settings(deadline=None)
@given(seeds)
def test_offset_draws_repeat_and_narrow_to_a_point(seed: int) -> None:
    low, high = some_box(np.random.default_rng(seed), poles=3)
    once = offset_draws(low, high, rng=np.random.default_rng(seed), draws=200)
    assert offset_draws(low, high, rng=np.random.default_rng(seed), draws=200) == once
    assert 0 <= once.low <= once.high <= 1 - 1 / 3 + 1e-12
    point = offset_draws(high, high, rng=np.random.default_rng(seed), draws=5)
    assert (point.low, point.high) == pytest.approx((offset(high), offset(high)), abs=1e-15)
    assert point.draws == 5


def test_worst_by_hand() -> None:
    found = worst(np.array([0.01, 0.3, 0.05, 0.3]))
    assert (found.power, found.residual) == (1, 0.7)
    np.testing.assert_array_equal(found.veto, [False, True, True, True])
    np.testing.assert_array_equal(worst(np.array([0.01]), veto=0.01).veto, [True])


@pytest.mark.parametrize(
    ("exposure", "hint"),
    [
        ([[0.1, np.nan]], r"exposure\[0, 1\] is nan"),
        ([[0.1, np.inf]], "finite"),
        ([[0.1, -0.1]], "negative"),
        ([[10.0, 0.1]], "percentage"),
        ([0.1, 0.2], "1 dimensions"),
        ([[0.1], [0.2]], "1 poles"),
    ],
)
def test_refuses_what_is_no_exposure(exposure: list[list[float]], hint: str) -> None:
    cells = np.array(exposure)
    rng = np.random.default_rng(0)
    with pytest.raises(WrongRequest, match=hint):
        balance(cells)
    with pytest.raises(WrongRequest, match=hint):
        offset(cells)
    hint = hint.removeprefix("exposure").removeprefix(r"\[0, 1\]")
    for interval in (balance_bounds, lead):
        with pytest.raises(WrongRequest, match=hint):
            interval(cells, cells)
    with pytest.raises(WrongRequest, match=hint):
        offset_draws(cells, cells, rng=rng)


def test_refuses_crossed_intervals_many_poles_and_no_draws() -> None:
    low, high = np.array([[0.1, 0.4]]), np.array([[0.2, 0.3]])
    rng = np.random.default_rng(0)
    for interval in (balance_bounds, lead):
        with pytest.raises(WrongRequest, match=r"low exposure\[0, 1\] is 0.4: above its high"):
            interval(low, high)
        with pytest.raises(WrongRequest, match="line up"):
            interval(low, high[:, :1])
    with pytest.raises(WrongRequest, match="at most 6"):
        balance_bounds(np.zeros((1, 7)), np.ones((1, 7)))
    with pytest.raises(WrongRequest, match="draws is 0"):
        offset_draws(low, low, rng=rng, draws=0)


def test_nothing_has_no_answer() -> None:
    nothing, empty = np.zeros((1, 3)), np.zeros((0, 3))
    rng = np.random.default_rng(0)
    with pytest.raises(NoAnswer, match="channel 1"):
        balance(np.array([[0.1, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    with pytest.raises(NoAnswer, match="channel 0"):
        balance_bounds(nothing, nothing)
    for exposure in (nothing, empty):
        with pytest.raises(NoAnswer, match="nothing to offset"):
            offset(exposure)
        with pytest.raises(NoAnswer, match="nothing to offset"):
            offset_draws(exposure, exposure, rng=rng)
    with pytest.raises(NoAnswer, match=r"entry \(1,\)"):
        position(np.array([0.1, 0.0]), np.array([0.1, 0.0]))
    with pytest.raises(NoAnswer, match="known distance"):
        connectedness(np.array([0.0]), np.array([1.0]))
    with pytest.raises(NoAnswer, match="no pole"):
        worst(np.array([]))


def test_refuses_weights_distances_positions_and_losses() -> None:
    with pytest.raises(WrongRequest, match=r"weights\[0\] is 20.0.*distances\[1\] is -1.0"):
        connectedness(np.array([20.0, 0.1]), np.array([1.0, -1.0]))
    with pytest.raises(WrongRequest, match=r"sum to 1\.2"):
        connectedness(np.array([0.6, 0.6]), np.array([1.0, 1.0]))
    with pytest.raises(WrongRequest, match="line up"):
        connectedness(np.array([0.6]), np.array([1.0, 1.0]))
    with pytest.raises(WrongRequest, match="finite"):
        connectedness(np.array([0.6]), np.array([np.nan]))
    with pytest.raises(WrongRequest, match="line up"):
        position(np.array([0.6]), np.array([0.1, 0.2]))
    with pytest.raises(WrongRequest, match=r"exposure_b\[0\] is 60.0"):
        position(np.array([0.6]), np.array([60.0]))
    with pytest.raises(WrongRequest, match=r"loss\[1\] is 1.2.*veto is 5.0"):
        worst(np.array([0.1, 1.2]), veto=5.0)
