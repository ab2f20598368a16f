"""The HHI's bounds hold for every completion of a list, are attained, and refuse what is no list of shares."""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import WrongRequest
from multivector.models import concentration
from multivector.models.concentration import hhi_bounds, interval_hhi_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)


def some_shares(rng: np.random.Generator, *, most: int = 6) -> FloatArray:
    """Between 0 and `most` shares that leave a part of the total unlisted."""
    cuts: FloatArray = rng.dirichlet(np.ones(int(rng.integers(0, most + 1)) + 1))[1:]
    return cuts


def completion(
    rng: np.random.Generator, low: FloatArray, high: FloatArray, *, cap: float, others: int
) -> FloatArray | None:
    """Random true shares that sum to 1: listed inside their intervals, others in [0, cap]; None when drawn in vain."""
    ceilings = np.concatenate([high, np.full(others, cap)])
    truth = np.concatenate([low, np.zeros(others)])
    for partner in rng.permutation(truth.size):
        left = 1.0 - truth.sum()
        room = min(ceilings[partner] - truth[partner], max(left, 0.0))
        truth[partner] += room * (1.0 if rng.random() < 0.5 else rng.random())
    for partner in rng.permutation(truth.size):
        truth[partner] += min(ceilings[partner] - truth[partner], max(1.0 - truth.sum(), 0.0))
    return truth if abs(truth.sum() - 1.0) < 1e-12 else None


def largest_by_brute_force(low: FloatArray, high: FloatArray, *, cap: float, others: int) -> float:
    """All vertices: every partner but one stands at an end of its interval."""
    floor, ceiling = np.concatenate([low, np.zeros(others)]), np.concatenate([high, np.full(others, cap)])
    best = -np.inf
    for ends in product((False, True), repeat=floor.size):
        vertex = np.where(ends, ceiling, floor)
        for partner in range(floor.size):
            rest = 1.0 - vertex.sum() + vertex[partner]
            if floor[partner] - 1e-12 <= rest <= ceiling[partner] + 1e-12:
                best = max(best, float(vertex @ vertex) - float(vertex[partner]) ** 2 + rest**2)
    return best


@settings(deadline=None)
@given(seeds, st.sampled_from([0.0, 0.005, 0.03]), st.booleans(), st.booleans())
def test_bounds_contain_every_completion(seed: int, rounding: float, capped: bool, counted: bool) -> None:  # noqa: FBT001
    rng = np.random.default_rng(seed)
    shares = some_shares(rng)
    half_width = rng.uniform(0, rounding, shares.size) if rng.random() < 0.5 else np.full(shares.size, rounding)
    cap = float(rng.uniform(0.05, 1)) if capped else None
    true_cap = 1.0 if cap is None else min(cap + float(half_width.max(initial=0.0)), 1.0)
    others = int(rng.integers(1, 30))
    low, high = np.maximum(shares - half_width, 0), np.minimum(shares + half_width, 1)
    truths = [completion(rng, low, high, cap=true_cap, others=others) for _ in range(20)]
    found = [truth for truth in truths if truth is not None]
    if found:
        bounds = hhi_bounds(shares, cap=cap, rounding=half_width, others=others if counted else None)
        for truth in found:
            assert bounds.low - 1e-12 <= truth @ truth <= bounds.high + 1e-12


@settings(deadline=None)
@given(seeds, st.booleans())
def test_upper_bound_is_attained(seed: int, even: bool) -> None:  # noqa: FBT001
    rng = np.random.default_rng(seed)
    shares = some_shares(rng, most=5)
    width = np.full(shares.size, 0.02) if even else rng.uniform(0, 0.2, shares.size)
    low, high = np.maximum(shares - width, 0), np.minimum(shares + width, 1)
    cap, others = float(rng.uniform(0.02, 1)), int(rng.integers(0, 5))
    if high.sum() + cap * others >= 1:
        bounds = interval_hhi_bounds(low, high, cap=cap, others=others)
        assert bounds.high == pytest.approx(largest_by_brute_force(low, high, cap=cap, others=others), abs=1e-11)


@settings(deadline=None)
@given(seeds)
def test_lower_bound_is_attained_by_levelling(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares, others = some_shares(rng), int(rng.integers(1, 9))
    low = hhi_bounds(shares, others=others).low
    assert low == pytest.approx(shares @ shares + (1 - shares.sum()) ** 2 / others, abs=1e-12)


def test_rounded_list_with_no_cap_leaves_the_rest_to_one_partner() -> None:
    # .275 and .235 listed, .49 to one unlisted partner beats raising the two first (.36215)
    high = hhi_bounds(np.array([0.28, 0.24]), rounding=0.005).high
    assert high == pytest.approx(0.275**2 + 0.235**2 + 0.49**2, abs=1e-12)


@settings(deadline=None)
@given(seeds)
def test_removing_the_smallest_widens(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = np.sort(some_shares(rng, most=8))[::-1]
    full = float(shares @ shares) + (1 - float(shares.sum())) ** 2
    before = None
    for kept in range(shares.size, -1, -1):
        bounds = hhi_bounds(shares[:kept], cap=None, rounding=0.001)
        assert bounds.low - 1e-12 <= full <= bounds.high + 1e-12
        if before is not None:
            assert bounds.low <= before.low + 1e-12
            assert bounds.high >= before.high - 1e-12
        before = bounds
    assert before is not None
    assert (before.low, before.high) == (0.0, 1.0)


@settings(deadline=None)
@given(seeds)
def test_shorter_top_list_widens(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = np.sort(rng.dirichlet(np.ones(9)))[::-1]
    listed = [hhi_bounds(shares[:kept], cap=float(shares[kept - 1])) for kept in range(9, 0, -1)]
    for longer, shorter in pairwise(listed):
        assert shorter.low <= longer.low + 1e-12
        assert shorter.high >= longer.high - 1e-12


@settings(deadline=None)
@given(seeds)
def test_splitting_a_partner_lowers_by_twice_the_product(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(5))
    part = float(shares[0]) * rng.random()
    split = np.concatenate([[part, shares[0] - part], shares[1:]])
    drop = hhi_bounds(shares).low - hhi_bounds(split).low
    assert drop == pytest.approx(2 * part * (shares[0] - part), abs=1e-12)


@settings(deadline=None)
@given(seeds, st.sampled_from([None, 0.4]), st.sampled_from([None, 12]))
def test_order_moves_no_bit(seed: int, cap: float | None, others: int | None) -> None:
    rng = np.random.default_rng(seed)
    shares = some_shares(rng)
    half_width = rng.uniform(0, 0.01, shares.size)
    order = rng.permutation(shares.size)
    there = hhi_bounds(shares, cap=cap, rounding=half_width, others=others)
    assert hhi_bounds(shares[order], cap=cap, rounding=half_width[order], others=others) == there


@settings(deadline=None)
@given(seeds)
def test_rounding_zero_is_exact_and_arrays_equal_numbers(seed: int) -> None:
    shares = some_shares(np.random.default_rng(seed))
    assert hhi_bounds(shares, rounding=np.zeros(shares.size)) == hhi_bounds(shares)
    assert hhi_bounds(shares, rounding=np.full(shares.size, 0.01)) == hhi_bounds(shares, rounding=0.01)
    whole = np.append(shares, 1 - shares.sum())
    assert hhi_bounds(whole).high == pytest.approx(hhi_bounds(whole).low, abs=1e-15)


def test_an_unlisted_partner_of_known_cap_is_an_interval() -> None:
    bounds = interval_hhi_bounds(np.array([0.5, 0.0]), np.array([0.5, 0.2]), cap=0.1)
    assert bounds.low == 0.25
    assert bounds.high == pytest.approx(0.25 + 0.2**2 + 3 * 0.1**2, abs=1e-12)
    assert bounds.covered == 0.5


def test_outer_bound_of_many_uneven_intervals_is_close(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    shares = rng.dirichlet(np.ones(12)) * 0.9
    low, high = shares * 0.97, shares * rng.uniform(1, 1.05, 12)
    exact = interval_hhi_bounds(low, high, cap=0.05).high
    monkeypatch.setattr(concentration, "EXACT_COMBINATIONS", 1)
    outer = interval_hhi_bounds(low, high, cap=0.05).high
    assert exact - 1e-12 <= outer <= exact + 0.05**2 / 4


def test_two_hundred_rounded_partners_are_answered() -> None:
    shares = np.round(np.random.default_rng(3).dirichlet(np.full(200, 0.2)), 3)
    bounds = hhi_bounds(shares, rounding=0.0005, others=0)
    assert bounds.low <= shares @ shares <= bounds.high
    assert bounds.high - bounds.low < 0.01


@pytest.mark.parametrize(
    ("shares", "hint"),
    [
        ([0.3, np.nan], "finite"),
        ([0.3, np.inf], "finite"),
        ([0.3, -9.0], r"shares\[1\] is -9.0: it cannot be negative"),
        ([28.0, 24.0], "percentage"),
        ([0.7, 0.4], "sum to 1.1"),
        ([[0.1, 0.2]], "2 dimensions"),
    ],
)
def test_refuses_what_is_no_list_of_shares(shares: list[float], hint: str) -> None:
    with pytest.raises(WrongRequest, match=hint):
        hhi_bounds(np.array(shares))


@pytest.mark.parametrize(
    ("cap", "rounding", "others", "hint"),
    [
        (5.0, 0.0, None, "cap is 5.0"),
        (-0.1, 0.0, None, "cap is -0.1"),
        (np.nan, 0.0, None, "finite"),
        (None, 1.0, None, "rounding is 1.0"),
        (None, -0.01, None, "rounding"),
        (None, np.array([0.01]), None, "line up"),
        (None, np.array([0.01, np.nan]), None, "finite"),
        (None, 0.0, -1, "others is -1"),
        (None, 0.0, True, "others is True"),
        (0.1, 0.0, 2, "reach at most 0.7 of the total"),
        (None, 0.0, 0, "reach at most 0.5 of the total"),
        (0.0, 0.0, None, "reach at most 0.5 of the total"),
    ],
)
def test_refuses_caps_counts_and_rounding(
    cap: float | None, rounding: float | FloatArray, others: int | None, hint: str
) -> None:
    with pytest.raises(WrongRequest, match=hint):
        hhi_bounds(np.array([0.3, 0.2]), cap=cap, rounding=rounding, others=others)


def test_a_refusal_names_every_problem() -> None:
    with pytest.raises(WrongRequest, match=r"shares\[0\] is nan.*shares\[1\] is 24.0.*cap is 5.0"):
        hhi_bounds(np.array([np.nan, 24.0]), cap=5.0)
    with pytest.raises(WrongRequest, match=r"low shares\[1\] is 0.3: above its high"):
        interval_hhi_bounds(np.array([0.1, 0.3]), np.array([0.1, 0.2]))
    with pytest.raises(WrongRequest, match="line up"):
        interval_hhi_bounds(np.array([0.1, 0.3]), np.array([0.1]))
