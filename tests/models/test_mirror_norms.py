"""Norms, substitution and unit values: by hand, under scale, and refused where growth is from nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivector.errors import WrongRequest
from multivector.models.mirror import excess, substitution_ratio, unit_value_premium

BASE = np.array([True, True, False])
MONEY = st.floats(min_value=0.01, max_value=1e6)
THREE = st.tuples(MONEY, MONEY, MONEY)


def test_excess_by_hand() -> None:
    """Base 100; the control goes from 50 to 60: the norm is 120, and 150 is 30 above it."""
    found = excess(np.array([90.0, 110.0, 150.0]), np.array([50.0, 50.0, 60.0]), base=BASE)
    assert found.norm.tolist() == [100.0, 100.0, 120.0]
    assert found.excess.tolist() == [-10.0, 10.0, 30.0]
    assert found.relative[2] == pytest.approx(0.25)


@given(THREE, THREE, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_the_size_of_the_control_does_not_matter(
    exports: tuple[float, float, float], control: tuple[float, float, float], own: float, other: float
) -> None:
    one = excess(np.array(exports), np.array(control), base=BASE)
    two = excess(own * np.array(exports), other * np.array(control), base=BASE)
    assert two.relative == pytest.approx(one.relative, rel=1e-9, abs=1e-9)
    assert two.excess == pytest.approx(own * one.excess, rel=1e-9, abs=1e-9 * own * max(one.norm.max(), *exports))


@given(THREE, st.floats(0.01, 100))
def test_what_moves_as_its_control_has_no_excess(control: tuple[float, float, float], times: float) -> None:
    found = excess(times * np.array(control), np.array(control), base=BASE)
    assert found.relative == pytest.approx(np.zeros(3), abs=1e-12)


def test_products_at_once_equal_one_by_one() -> None:
    rng = np.random.default_rng(1)
    exports, control = rng.uniform(1, 9, (4, 3)), rng.uniform(1, 9, (4, 3))
    together = excess(exports, control, base=BASE)
    for place in range(4):
        assert together.excess[place] == pytest.approx(excess(exports[place], control[place], base=BASE).excess)


BASES = [
    [True, True, False],
    [0, 1],
    np.array([1, 0]),
    [-3, -2],
    (0, 1),
    slice(2),
    slice(0, 2),
    slice(None, -1),
]


@pytest.mark.parametrize("base", BASES)
def test_a_base_may_be_a_mask_places_or_a_slice(base: Any) -> None:  # noqa: ANN401
    exports, control = np.array([90.0, 110.0, 150.0]), np.array([50.0, 50.0, 60.0])
    assert excess(exports, control, base=base).norm.tolist() == [100.0, 100.0, 120.0]
    given = {"control_value": exports, "control_quantity": np.ones(3)}
    by_mask = unit_value_premium(control, np.ones(3), **given, base=BASE)
    assert unit_value_premium(control, np.ones(3), **given, base=base).tolist() == by_mask.tolist()


@pytest.mark.parametrize(
    ("base", "says"),
    [
        ([1, 1, 0], "names a place twice: a mask is of True and False"),
        ([0, -3], "names a place twice"),
        ([3], "base names place 3: there are 3 periods, from 0"),
        ([], "no period lies in the base"),
        (slice(3, 9), "no period lies in the base"),
        (slice("a", "b"), "slice by places"),
        ([0.0, 1.0], "shape .* of float64"),
        (None, "mark each of the 3 periods"),
        ([[0], [0, 1]], "unequal length"),
        ([True, False], "mark each of the 3 periods"),
    ],
)
def test_a_base_that_is_none_is_refused(base: Any, says: str) -> None:  # noqa: ANN401
    with pytest.raises(WrongRequest, match=says):
        excess(np.ones(3), np.ones(3), base=base)


def test_no_array_of_a_record_can_be_changed() -> None:
    found = excess(np.ones(3), np.ones(3), base=BASE)
    for array in (found.norm, found.excess, found.relative):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_substitution_by_hand() -> None:
    """30 came in beyond the norm, 20 went on, 100 was lost: a fifth at most."""
    assert substitution_ratio(np.array([30.0]), np.array([20.0]), np.array([100.0]))[0] == pytest.approx(0.2)


def test_substitution_is_not_defined_without_a_fall_and_negative_without_an_excess() -> None:
    found = substitution_ratio(np.array([30.0, 30.0, -5.0]), np.array([20.0, 20.0, 9.0]), np.array([0.0, -3.0, 10.0]))
    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx(-0.5)


def test_premium_by_hand() -> None:
    """From 10 to 30 a tonne while the control went from 4 to 6: twice as dear as the control says."""
    value, tonnes = np.array([100.0, 100.0, 60.0]), np.array([10.0, 10.0, 2.0])
    control, control_tonnes = np.array([40.0, 40.0, 60.0]), np.array([10.0, 10.0, 10.0])
    found = unit_value_premium(value, tonnes, control_value=control, control_quantity=control_tonnes, base=BASE)
    assert found[2] == pytest.approx(2.0)
    assert found[0] == pytest.approx(1.0)


@given(THREE, THREE, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_premium_has_no_unit(
    value: tuple[float, float, float], tonnes: tuple[float, float, float], money: float, mass: float
) -> None:
    ones = np.ones(3)
    one = unit_value_premium(np.array(value), np.array(tonnes), control_value=ones, control_quantity=ones, base=BASE)
    two = unit_value_premium(
        money * np.array(value), mass * np.array(tonnes), control_value=ones, control_quantity=ones, base=BASE
    )
    assert two == pytest.approx(one, rel=1e-9)


def test_premium_without_a_quantity_is_unknown() -> None:
    found = unit_value_premium(
        np.ones(3), np.array([1.0, 1.0, 0.0]), control_value=np.ones(3), control_quantity=np.ones(3), base=BASE
    )
    assert np.isnan(found[2])


@pytest.mark.parametrize(
    ("exports", "control", "base", "says"),
    [
        ([0.0, 0.0, 5.0], [1.0, 1.0, 1.0], BASE, "growth from zero"),
        ([1.0, 1.0, 5.0], [0.0, 0.0, 1.0], BASE, "growth from zero"),
        ([1.0, 1.0, 5.0], [1.0, 1.0, 1.0], np.zeros(3, bool), "no period"),
        ([1.0, 1.0, 5.0], [1.0, 1.0, 1.0], np.ones(2, bool), "shape"),
        ([1.0, np.nan, 5.0], [1.0, 1.0, 1.0], BASE, "not finite"),
        ([1.0, -1.0, 5.0], [1.0, 1.0, 1.0], BASE, "negative"),
        ([1.0, 1.0], [1.0, 1.0, 1.0], BASE, "line up"),
    ],
)
def test_refusals(exports: list[float], control: list[float], base: np.ndarray, says: str) -> None:
    with pytest.raises(WrongRequest, match=says):
        excess(np.array(exports), np.array(control), base=base)


def test_more_refusals() -> None:
    with pytest.raises(WrongRequest, match="excess_out"):
        substitution_ratio(np.array([1.0]), np.array([np.nan]), np.array([1.0]))
    with pytest.raises(WrongRequest, match="drop"):
        substitution_ratio(np.array([1.0]), np.array([1.0]), np.array([1.0, 2.0]))
    with pytest.raises(WrongRequest, match="quantity"):
        unit_value_premium(np.ones(3), -np.ones(3), control_value=np.ones(3), control_quantity=np.ones(3), base=BASE)
