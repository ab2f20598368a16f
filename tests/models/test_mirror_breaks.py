"""One break of a mean: the largest F by brute force, planted breaks found, and p-values that hold their size."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import WrongRequest
from multivector.models.mirror import break_month, breaks, sup_f, sup_f_null

SEED = 20_260_301


def brute_force(series: np.ndarray, trim: float) -> tuple[float, int]:
    """Sup-F and its place from sums of squares, one candidate at a time; by means that share nothing with the model."""
    n = len(series)
    edge = math.ceil(trim * n)
    restricted = float(((series - series.mean()) ** 2).sum())
    best = (-1.0, -1)
    for k in range(edge, n - edge + 1):
        head, tail = series[:k], series[k:]
        free = float(((head - head.mean()) ** 2).sum() + ((tail - tail.mean()) ** 2).sum())
        statistic = (restricted - free) / (free / (n - 2))
        if statistic > best[0]:
            best = (statistic, k)
    return best


@given(st.integers(10, 40), st.sampled_from([0.1, 0.15, 0.25]), st.integers(0, 10_000))
def test_equals_brute_force(n: int, trim: float, seed: int) -> None:
    series = np.random.default_rng(seed).normal(size=n)
    found = sup_f(series, trim=trim)
    statistic, position = brute_force(series, trim)
    assert found.statistics[0] == pytest.approx(statistic, rel=1e-9)
    assert found.positions[0] == position


@settings(max_examples=30)
@given(st.integers(12, 55), st.floats(0.5, 4.0), st.booleans(), st.floats(1e-3, 1e6))
def test_a_planted_break_is_found_whatever_the_unit(at: int, shift: float, falls: bool, scale: float) -> None:  # noqa: FBT001
    rng = np.random.default_rng(at)
    logs = 0.02 * rng.normal(size=68)
    logs[at:] += -shift if falls else shift
    found = break_month(scale * np.exp(logs), rng=rng, draws=100)
    assert found.position == at
    assert found.shift == pytest.approx(-shift if falls else shift, abs=0.05)
    assert found.p_value == pytest.approx(1 / 101)


def test_scale_changes_nothing_but_nothing() -> None:
    series = np.exp(np.random.default_rng(1).normal(size=60))
    one = break_month(series, rng=np.random.default_rng(2), draws=200)
    two = break_month(1e6 * series, rng=np.random.default_rng(2), draws=200)
    assert (one.position, one.p_value, one.serial_p_value) == (two.position, two.p_value, two.serial_p_value)
    assert one.statistic == pytest.approx(two.statistic, rel=1e-9)


def test_size_is_held_without_a_break() -> None:
    """Of series without a break 5 % pass the 5 % value: 400 series, binomial sd 1.1 %, so within 4 %."""
    rng = np.random.default_rng(SEED)
    chance = sup_f_null(68, trim=0.15, draws=4_000, rng=rng)
    critical = np.quantile(chance, 0.95)
    fresh = sup_f(rng.standard_normal((400, 68)), trim=0.15).statistics
    assert (fresh > critical).mean() == pytest.approx(0.05, abs=0.04)


def test_persistence_makes_chance_breaks_larger() -> None:
    plain = sup_f_null(68, trim=0.15, draws=1_000, rng=np.random.default_rng(3))
    serial = sup_f_null(68, trim=0.15, draws=1_000, rng=np.random.default_rng(3), persistence=0.7)
    assert np.quantile(serial, 0.95) > 1.5 * np.quantile(plain, 0.95)


def test_a_trend_alone_looks_like_a_break() -> None:
    """No break anywhere, only growth: the test finds one all the same, and the methods page says so."""
    series = np.exp(0.02 * np.arange(68) + 0.02 * np.random.default_rng(4).normal(size=68))
    assert break_month(series, rng=np.random.default_rng(5), draws=200).p_value < 0.01


def test_same_seed_same_answer() -> None:
    series = np.exp(np.random.default_rng(1).normal(size=40))
    answers = [break_month(series, rng=np.random.default_rng(9), draws=300) for _ in range(2)]
    assert answers[0].p_value == answers[1].p_value
    assert np.array_equal(answers[0].critical, answers[1].critical)


def test_without_a_generator_every_call_gives_the_same() -> None:
    series = np.exp(np.random.default_rng(1).normal(size=40))
    one, two = break_month(series), break_month(series.tolist())
    seeded = break_month(series, rng=np.random.default_rng(breaks.SEED))
    assert one.draws == 2_000
    assert (one.p_value, one.serial_p_value) == (two.p_value, two.serial_p_value)
    assert (one.p_value, one.serial_p_value) == (seeded.p_value, seeded.serial_p_value)
    assert one.critical.tolist() == two.critical.tolist() == seeded.critical.tolist()


def test_no_array_of_a_record_can_be_changed() -> None:
    series = np.exp(np.random.default_rng(1).normal(size=40))
    tested = sup_f(series, trim=0.15)
    for array in (break_month(series, draws=100).critical, tested.statistics, tested.positions):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(
    ("series", "trim", "draws", "says"),
    [
        (np.ones(9), 0.15, 100, "10 periods"),
        (np.array([1.0] * 11 + [0.0]), 0.15, 100, "positive"),
        (np.array([1.0] * 11 + [np.nan]), 0.15, 100, "positive"),
        (np.ones(12), 0.15, 100, "never varies"),
        (np.arange(1.0, 13.0), 0.5, 100, "trim"),
        (np.arange(1.0, 13.0), 0.0, 100, "trim"),
        (np.arange(1.0, 13.0), 0.15, 10, "draws"),
        (np.ones((2, 12)), 0.15, 100, "shape"),
    ],
)
def test_refusals(series: np.ndarray, trim: float, draws: int, says: str) -> None:
    with pytest.raises(WrongRequest, match=says):
        break_month(series, rng=np.random.default_rng(0), trim=trim, draws=draws)
