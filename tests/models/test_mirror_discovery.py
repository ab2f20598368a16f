"""False discoveries: the example of Benjamini and Hochberg (1995), the definition by brute force, and placebo ranks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivector.errors import WrongRequest
from multivector.models.mirror import benjamini_hochberg, placebo_p_values

# Benjamini and Hochberg (1995), section 4.2: fifteen p-values of a trial of thrombolysis; at 0.05 the first four hold
PAPER = (
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528),
    *(0.7590, 1.000),
)
SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_the_example_of_the_paper() -> None:
    found = benjamini_hochberg(np.array(PAPER), alpha=0.05)
    assert found.found.tolist() == [True] * 4 + [False] * 11
    assert found.q_values[3] == pytest.approx(15 * 0.0095 / 4)


@given(SHARES, st.floats(0.01, 0.3))
def test_equals_the_step_up_rule(p_values: list[float], alpha: float) -> None:
    """Reject the k smallest, k the largest i with p_(i) <= alpha i/m: the rule as printed, not the q-values."""
    ordered = sorted(p_values)
    m = len(ordered)
    passing = [i for i in range(1, m + 1) if ordered[i - 1] * m / i <= alpha]
    threshold = ordered[max(passing) - 1] if passing else -1.0
    found = benjamini_hochberg(np.array(p_values), alpha=alpha)
    assert found.found.tolist() == [p <= threshold for p in p_values]


@given(SHARES)
def test_q_is_never_below_p_and_keeps_its_order(p_values: list[float]) -> None:
    found = benjamini_hochberg(np.array(p_values))
    order = np.argsort(p_values)
    assert (found.q_values >= np.array(p_values) - 1e-15).all()
    assert (np.diff(found.q_values[order]) >= 0).all()


def test_no_array_of_a_record_can_be_changed() -> None:
    found = benjamini_hochberg(np.array(PAPER))
    for array in (found.q_values, found.found):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_placebos_by_hand() -> None:
    found = placebo_p_values(np.array([5.0, 2.0, 0.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert found.tolist() == [1 / 5, 4 / 5, 1.0]


def test_placebo_ranks_are_uniform_where_nothing_happens() -> None:
    """A measured value drawn like its placebos has a p-value at or below 0.1 in a tenth of the cases: 2,000 draws."""
    rng = np.random.default_rng(5)
    p_values = [placebo_p_values(rng.normal(size=1), rng.normal(size=19))[0] for _ in range(2_000)]
    assert np.mean(np.array(p_values) <= 0.1) == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize(
    ("p_values", "alpha", "says"),
    [([np.nan], 0.05, "p_values"), ([1.2], 0.05, "p_values"), ([0.5], 0.0, "alpha"), ([[0.5]], 0.05, "axes")],
)
def test_refusals(p_values: list[float], alpha: float, says: str) -> None:
    with pytest.raises(WrongRequest, match=says):
        benjamini_hochberg(np.array(p_values), alpha=alpha)


def test_placebos_are_needed() -> None:
    with pytest.raises(WrongRequest, match="at least one"):
        placebo_p_values(np.array([1.0]), np.array([]))
    with pytest.raises(WrongRequest, match="measured"):
        placebo_p_values(np.array([np.nan]), np.array([1.0]))
