"""A pole's share stays inside its bounds for every completion of the list; two states' dependence is symmetric."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import WrongRequest
from multivector.models.indices import Bounds, group_share_bounds, interval_share_bounds, trade_interdependence

seeds = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(seeds, st.sampled_from([0.0, 0.005]), st.booleans())
def test_bounds_contain_every_completion(seed: int, rounding: float, top_list: bool) -> None:  # noqa: FBT001
    rng = np.random.default_rng(seed)
    truth = np.sort(rng.dirichlet(np.ones(12)))[::-1]
    printed = np.round(truth, 2) if rounding else truth
    is_member, listed = rng.random(12) < 0.4, np.arange(12) < int(rng.integers(1, 13))
    cap = float(printed[listed].min()) if top_list else None
    bounds = group_share_bounds(
        printed[listed & is_member],
        printed[listed & ~is_member],
        unlisted_members=int((is_member & ~listed).sum()),
        cap=cap,
        rounding=rounding,
    )
    assert bounds.low - 1e-12 <= truth[is_member].sum() <= bounds.high + 1e-12


@settings(deadline=None)
@given(seeds)
def test_both_ends_are_attained(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low = rng.dirichlet(np.ones(7))[:6]
    high = np.minimum(low + rng.uniform(0, 0.1, 6), 1)
    caps = rng.uniform(0, 0.3, 3)
    bounds = interval_share_bounds(low[:3], high[:3], low[3:], high[3:], unlisted_caps=caps)
    assert bounds.low == pytest.approx(low[:3].sum(), abs=1e-12)
    assert bounds.high == pytest.approx(min(high[:3].sum() + caps.sum(), 1 - low[3:].sum()), abs=1e-12)


@settings(deadline=None)
@given(seeds)
def test_removing_partners_widens(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares, is_member = rng.dirichlet(np.ones(9)), rng.random(9) < 0.5
    before = Bounds(low=float(shares[is_member].sum()), high=float(shares[is_member].sum()), covered=1.0)
    for kept in range(9, -1, -1):
        listed = np.arange(9) < kept
        unlisted = int((is_member & ~listed).sum())
        bounds = group_share_bounds(shares[listed & is_member], shares[listed & ~is_member], unlisted_members=unlisted)
        assert bounds.low <= before.low + 1e-12
        assert bounds.high >= before.high - 1e-12
        assert bounds.covered <= before.covered + 1e-12
        before = bounds


@settings(deadline=None)
@given(seeds)
def test_order_moves_no_bit_and_splitting_a_member_moves_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(8))[:7]
    members, others = shares[:4], shares[4:]
    there = group_share_bounds(members, others, unlisted_members=2, cap=0.05)
    turned = group_share_bounds(members[::-1], others[::-1], unlisted_members=2, cap=0.05)
    assert turned == there
    split = group_share_bounds(
        np.append(members[1:], [members[0] / 3, members[0] * 2 / 3]), others, unlisted_members=2, cap=0.05
    )
    assert (split.low, split.high) == pytest.approx((there.low, there.high), abs=1e-12)


def test_rounding_by_partner_lines_up_members_first() -> None:
    members, others = np.array([0.2]), np.array([0.3, 0.1])
    bounds = group_share_bounds(members, others, unlisted_members=0, rounding=np.array([0.005, 0.05, 0.0]))
    assert (bounds.low, bounds.high) == pytest.approx((0.195, 0.205), abs=1e-12)
    # without a cap the unlisted member may take all that the two others, rounded down, leave
    assert group_share_bounds(
        members, others, unlisted_members=1, rounding=np.array([0.005, 0.05, 0.0])
    ).high == pytest.approx(1 - 0.25 - 0.1, abs=1e-12)


def test_nothing_known_is_the_whole_range() -> None:
    nothing = np.array([])
    assert group_share_bounds(nothing, nothing, unlisted_members=3) == Bounds(low=0.0, high=1.0, covered=0.0)
    assert group_share_bounds(nothing, nothing, unlisted_members=0) == Bounds(low=0.0, high=0.0, covered=0.0)
    capped = group_share_bounds(nothing, nothing, unlisted_members=1, cap=0.2, rounding=0.005)
    assert capped.high == pytest.approx(0.205, abs=1e-12)


def test_a_total_just_above_one_keeps_low_below_high() -> None:
    bounds = group_share_bounds(np.array([0.5]), np.array([0.504]), unlisted_members=0)
    assert (bounds.low, bounds.high, bounds.covered) == (0.5, 0.5, 1.0)


@pytest.mark.parametrize(
    ("members", "others", "hint"),
    [
        ([np.nan], [0.1], r"members\[0\] is nan"),
        ([0.1], [-np.inf], "others"),
        ([0.1], [-9.0], "negative"),
        ([15.0], [0.1], "percentage"),
        ([0.6], [0.5], "sum to 1.1"),
        ([[0.1]], [0.5], "dimensions"),
    ],
)
def test_refuses_what_is_no_share(members: list[float], others: list[float], hint: str) -> None:
    with pytest.raises(WrongRequest, match=hint):
        group_share_bounds(np.array(members), np.array(others), unlisted_members=1)


def test_refuses_counts_caps_and_crossed_ends() -> None:
    one, two = np.array([0.1]), np.array([0.2])
    with pytest.raises(WrongRequest, match="unlisted_members is -1"):
        group_share_bounds(one, two, unlisted_members=-1)
    with pytest.raises(WrongRequest, match="cap is 20"):
        group_share_bounds(one, two, unlisted_members=1, cap=20.0)
    with pytest.raises(WrongRequest, match="line up"):
        group_share_bounds(one, two, unlisted_members=1, rounding=np.array([0.1]))
    with pytest.raises(WrongRequest, match="above its high"):
        interval_share_bounds(two, one, one, one, unlisted_caps=one)
    with pytest.raises(WrongRequest, match="unlisted_caps"):
        interval_share_bounds(one, one, one, one, unlisted_caps=np.array([1.5]))


@settings(deadline=None)
@given(seeds)
def test_interdependence_is_symmetric_and_bounded(seed: int) -> None:
    rng = np.random.default_rng(seed)
    share_ij, share_ji = rng.random((2, 5, 3))
    there, back = trade_interdependence(share_ij, share_ji), trade_interdependence(share_ji, share_ij)
    for forward, backward in (
        (there.salience, back.salience),
        (there.symmetry, back.symmetry),
        (there.interdependence, back.interdependence),
        (there.weak_link, back.weak_link),
    ):
        np.testing.assert_array_equal(forward, backward)
        assert ((forward >= 0) & (forward <= 1)).all()
    assert (there.weak_link <= there.salience).all()


def test_interdependence_by_hand() -> None:
    # s_ij = .36, s_ji = .04: salience sqrt(.0144) = .12, symmetry 1 - .32 = .68
    pair = trade_interdependence(np.array([0.36]), np.array([0.04]))
    assert pair.salience[0] == pytest.approx(0.12, abs=1e-15)
    assert pair.symmetry[0] == pytest.approx(0.68, abs=1e-15)
    assert pair.interdependence[0] == pytest.approx(0.0816, abs=1e-15)
    assert pair.weak_link[0] == 0.04


def test_interdependence_refuses() -> None:
    with pytest.raises(WrongRequest, match="line up"):
        trade_interdependence(np.array([0.1, 0.2]), np.array([0.1]))
    with pytest.raises(WrongRequest, match=r"share_ij\[0\] is 36.0.*percentage.*share_ji\[0\] is nan"):
        trade_interdependence(np.array([36.0]), np.array([np.nan]))
