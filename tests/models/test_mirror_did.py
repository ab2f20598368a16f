"""Differences in differences: four means by hand, dummies by brute force, and effects that are not identified."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import WrongRequest
from multivector.models.mirror import did, event_study


def panel(units: int, periods: int, seed: int, *, gaps: bool) -> dict[str, np.ndarray]:
    """A made-up panel; with gaps, a fifth of the rows is missing but nobody's first and last period."""
    rng = np.random.default_rng(seed)
    unit, period = (one.ravel() for one in np.meshgrid(np.arange(units), np.arange(periods), indexing="ij"))
    outcome = rng.normal(size=unit.size) + 0.3 * unit - 0.2 * period
    edge = (period == 0) | (period == periods - 1)
    kept = edge | (rng.random(unit.size) > 0.2) if gaps else np.ones(unit.size, bool)
    rows = {"outcome": outcome, "unit": unit, "period": period, "treated": unit < units // 2}
    return {name: one[kept] for name, one in rows.items()}


def by_dummies(rows: dict[str, np.ndarray], columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and clustered errors from a regression on every dummy, written out."""
    unit, period, y = rows["unit"], rows["period"], rows["outcome"]
    dummies = [(unit == u).astype(float) for u in np.unique(unit)]
    dummies += [(period == p).astype(float) for p in np.unique(period)[1:]]
    x = np.column_stack([columns, *dummies])
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ y
    residual = y - x @ beta
    meat = sum(np.outer(one := x[unit == u].T @ residual[unit == u], one) for u in np.unique(unit))
    n, g, k = len(y), len(np.unique(unit)), columns.shape[1] + len(np.unique(period))
    variance = g / (g - 1) * (n - 1) / (n - k) * inverse @ meat @ inverse
    width = columns.shape[1]
    return beta[:width], np.sqrt(np.diag(variance)[:width])


def test_four_means_by_hand() -> None:
    """Treated 1 to 5, the other 2 to 3: (5 - 1) - (3 - 2) = 3."""
    found = did(
        np.array([1.0, 5.0, 2.0, 3.0, 2.0, 3.0]),
        unit=np.array([0, 0, 1, 1, 2, 2]),
        period=np.array([0, 1, 0, 1, 0, 1]),
        treated=np.array([True, True, False, False, False, False]),
        post=np.array([False, True] * 3),
    )
    assert found.estimate == pytest.approx(3.0, abs=1e-12)
    assert (found.clusters, found.treated, found.observations) == (3, 1, 6)


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 9), st.integers(3, 8), st.integers(0, 999), st.booleans())
def test_equals_a_regression_on_every_dummy(units: int, periods: int, seed: int, gaps: bool) -> None:  # noqa: FBT001
    rows = panel(units, periods, seed, gaps=gaps)
    post = rows["period"] >= periods // 2
    found = did(**rows, post=post)
    beta, errors = by_dummies(rows, (rows["treated"] & post).astype(float)[:, None])
    assert found.estimate == pytest.approx(beta[0], rel=1e-7, abs=1e-9)
    assert found.standard_error == pytest.approx(errors[0], rel=1e-6, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(4, 8), st.integers(3, 6), st.integers(0, 999))
def test_an_event_study_equals_dummies_too(units: int, periods: int, seed: int) -> None:
    rows = panel(units, periods, seed, gaps=False)
    found = event_study(**rows, base=1)
    others = [p for p in range(periods) if p != 1]
    columns = np.column_stack([(rows["treated"] & (rows["period"] == p)).astype(float) for p in others])
    beta, errors = by_dummies(rows, columns)
    assert found.periods.tolist() == others
    assert found.estimates == pytest.approx(beta, rel=1e-7, abs=1e-9)
    assert found.standard_errors == pytest.approx(errors, rel=1e-6, abs=1e-9)


@pytest.mark.slow  # importing the peer takes seconds
@pytest.mark.filterwarnings("ignore")  # the peer's own
def test_equals_pyfixest() -> None:
    """The peer, where the optional extra is installed: coefficient and clustered error to 1e-8, a panel with gaps."""
    pyfixest = pytest.importorskip("pyfixest")
    pandas = pytest.importorskip("pandas")
    rows = panel(30, 12, 3, gaps=True)
    post = rows["period"] >= 6
    ours = did(**rows, post=post)
    table = pandas.DataFrame({**rows, "effect": (rows["treated"] & post).astype(float)})
    theirs = pyfixest.feols("outcome ~ effect | unit + period", data=table, vcov={"CRV1": "unit"})
    assert ours.estimate == pytest.approx(theirs.coef()["effect"], rel=1e-8)
    assert ours.standard_error == pytest.approx(theirs.se()["effect"], rel=1e-8)


def test_levels_of_units_and_periods_do_not_matter() -> None:
    rows = panel(6, 5, 3, gaps=True)
    post = rows["period"] >= 2
    moved = rows | {"outcome": rows["outcome"] + 7.0 * rows["unit"] - 3.0 * rows["period"] ** 2}
    assert did(**moved, post=post).estimate == pytest.approx(did(**rows, post=post).estimate, abs=1e-8)


def test_what_is_not_identified_is_refused() -> None:
    rows = panel(4, 4, 1, gaps=False)
    post = rows["period"] >= 2
    nobody = rows | {"treated": np.zeros_like(post)}
    everybody = rows | {"treated": np.ones_like(post)}
    for wrong in (nobody, everybody):
        with pytest.raises(WrongRequest, match="not identified"):
            did(**wrong, post=post)
    with pytest.raises(WrongRequest, match="not identified"):
        did(**rows, post=np.ones_like(post))
    with pytest.raises(WrongRequest, match="finite"):
        did(**(rows | {"outcome": np.where(post, np.nan, 1.0)}), post=post)
    with pytest.raises(WrongRequest, match="line up"):
        did(**rows, post=post[:-1])
    with pytest.raises(WrongRequest, match="no row of that period"):
        event_study(**rows, base=9)
    with pytest.raises(WrongRequest, match="two of each"):
        did(np.ones(2), unit=np.zeros(2, int), period=np.arange(2), treated=np.ones(2, bool), post=np.ones(2, bool))


NAMES = {"outcome": "log_value", "unit": "product", "period": "month", "treated": "listed", "post": "after"}


def table_of(rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A panel under names of its own, with products as text."""
    columns = rows | {"post": rows["period"] >= 3, "unit": np.char.add("HS", rows["unit"].astype(str))}
    return {NAMES[name]: one for name, one in columns.items()}


@pytest.mark.parametrize("kind", ["arrays", "lists", "objects", "pandas", "polars"])
def test_a_table_and_names_equal_arrays(kind: str) -> None:
    rows = panel(6, 6, 2, gaps=True)
    table = table_of(rows)
    tables: dict[str, Any] = {
        "arrays": table,
        "lists": {name: one.tolist() for name, one in table.items()},
        "objects": table | {"product": table["product"].astype(object)},
        "pandas": pytest.importorskip("pandas").DataFrame(table) if kind == "pandas" else None,
        "polars": pl.DataFrame(table),
    }
    expected = did(**rows, post=rows["period"] >= 3)
    assert did(tables[kind], **NAMES) == expected
    mixed: dict[str, Any] = {**NAMES, "post": table["after"]}
    assert did(tables[kind], **mixed) == expected
    names = {name: one for name, one in NAMES.items() if name != "post"}
    study, by_arrays = event_study(tables[kind], **names, base=1), event_study(**rows, base=1)
    assert study.estimates.tolist() == by_arrays.estimates.tolist()


def test_columns_of_the_usual_names_need_none_and_marks_may_be_numbers() -> None:
    rows = panel(6, 6, 2, gaps=True)
    post = rows["period"] >= 3
    numbers = rows | {"post": post.astype(float), "treated": rows["treated"].astype(int)}
    rest = {name: one for name, one in rows.items() if name != "outcome"}
    assert did(numbers) == did(rows["outcome"], **rest, post=post) == did(**rows, post=post)


def test_a_series_is_an_outcome_and_no_table() -> None:
    rows = panel(6, 6, 2, gaps=False)
    post = rows["period"] >= 3
    series = pytest.importorskip("pandas").Series(rows["outcome"])
    rest = {name: one for name, one in rows.items() if name != "outcome"}
    assert did(series, **rest, post=post) == did(**rows, post=post)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"unit": "prodct"}, "no column 'prodct' in the table; did you mean product"),
        ({"listed": [0.5] * 36}, "treated: mark every row True or False"),
        ({"listed": ["yes"] * 36}, "treated: mark every row True or False"),
        ({"after": [None] * 36}, "post: mark every row True or False"),
        ({"log_value": ["1"] * 36}, "outcome: give one axis of finite numbers"),
        ({"product": [None] * 36}, "'unit' holds None"),
        ({"month": np.full(36, np.nan)}, "'period' is NaN"),
        ({"log_value": [[1.0], [1.0, 2.0]]}, "'log_value' is no array"),
    ],
)
def test_wrong_tables_are_refused_in_words(change: dict[str, Any], says: str) -> None:
    names = NAMES | {name: one for name, one in change.items() if name in NAMES}
    table = table_of(panel(6, 6, 2, gaps=False)) | {name: one for name, one in change.items() if name not in NAMES}
    with pytest.raises(WrongRequest, match=says):
        did(table, **names)


def test_names_without_a_table_are_refused() -> None:
    with pytest.raises(WrongRequest, match=r"outcome: give an array.*post: give an array, or a table with a column"):
        did()
    with pytest.raises(WrongRequest, match="unit: give an array"):
        did(np.ones(4))
    with pytest.raises(WrongRequest, match="one value a row"):
        did(np.ones(2), unit=[[1], [1, 2]], period=[0, 1], treated=[True, False], post=[True, False])
    rows = panel(4, 4, 1, gaps=False)
    with pytest.raises(WrongRequest, match="period holds <U"):
        event_study(**(rows | {"period": rows["period"].astype(str)}), base=1)


def test_no_array_of_a_record_can_be_changed() -> None:
    found = event_study(**panel(4, 4, 1, gaps=False), base=1)
    for array in (found.periods, found.estimates, found.standard_errors):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
