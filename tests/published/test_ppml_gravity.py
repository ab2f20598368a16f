"""EU enlargement by PPML, then in general equilibrium: Baier, Yotov & Zylkin (2019), 10.1016/j.jinteco.2018.11.002.

The file holds the WIOD panel of 44 countries that comes with Stata's ge_gravity, with its results; it stays outside the
repository (MULTIVECTOR_REFERENCE). Stata prints the coefficient as 0.224249 and its standard error as 0.073027: half of
the last digit, 5e-7, is the tolerance. The same coefficient to six digits is behind Stata's welfare, which is kept in
single precision: a change of 5e-7 in it moves welfare by at most 2e-8 (seen: 9e-9), single precision by 6e-8.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from multivector.models import ppml

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

ROOT = Path(__file__).parents[2]
REFERENCE = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference"))
PANEL = REFERENCE / "trade" / "ge_gravity" / "eu_enlargement_44.parquet"
FORMULA = "trade ~ eu_enlargement + other_fta | exporter^year + importer^year + exporter^importer"
PAIR = "exporter^importer"

pytestmark = pytest.mark.skipif(
    not PANEL.exists(), reason=f"{PANEL} is missing: point MULTIVECTOR_REFERENCE at the reference folder"
)


def international() -> dict[str, NDArray[Any]]:
    """Flows between countries, as arrays; domestic flows are left out of the estimate, as Stata's example does."""
    panel = pl.read_parquet(PANEL).filter(pl.col("exporter") != pl.col("importer"))
    labels = {name: panel[name].to_numpy().astype(str) for name in ("exporter", "importer")}
    return {**labels, **{name: panel[name].to_numpy() for name in ("year", "trade", "eu_enlargement", "other_fta")}}


def square(column: str) -> FloatArray:
    """A column of the year 2000, (44, 44), exporter by importer, by code."""
    year = pl.read_parquet(PANEL).filter(pl.col("year") == 2000).sort("exporter", "importer")
    return np.asarray(year[column].to_numpy().reshape(44, 44), dtype=np.float64)


@pytest.fixture(scope="module")
def estimate() -> ppml.PpmlFit:
    return ppml.fit(international(), FORMULA, cluster=PAIR)


def test_coefficient_and_standard_error_of_stata(estimate: ppml.PpmlFit) -> None:
    assert estimate.names[0] == "eu_enlargement"
    assert estimate.coefficients[0] == pytest.approx(0.224249, abs=5e-7)
    assert estimate.standard_errors[0] == pytest.approx(0.073027, abs=5e-7)
    assert (estimate.rows, estimate.observations, estimate.clusters) == (7568, 7568, 1892)
    assert estimate.separated.size == estimate.singletons.size == 0
    assert estimate.notes == ()


def test_effects_may_be_columns_of_their_own(estimate: ppml.PpmlFit) -> None:
    table = international()
    year = table["year"].astype(str)
    table["ey"] = np.char.add(table["exporter"], year)
    table["iy"] = np.char.add(table["importer"], year)
    table["pair"] = np.char.add(table["exporter"], table["importer"])
    named = ppml.fit(table, "trade ~ eu_enlargement + other_fta | ey + iy + pair", cluster="pair")
    np.testing.assert_allclose(named.coefficients, estimate.coefficients, atol=1e-12)
    np.testing.assert_allclose(named.vcov, estimate.vcov, rtol=1e-9)


def test_from_the_estimate_to_the_welfare_of_stata(estimate: ppml.PpmlFit) -> None:
    change = {"eu_enlargement": square("new_eu_pair")}
    found = ppml.counterfactual(estimate, square("trade"), change, theta=4.0)
    assert found.point.certified
    np.testing.assert_allclose(np.log(found.shock), square("eu_effect"), rtol=0, atol=5e-7)
    np.testing.assert_allclose(found.point.welfare, square("w_eu")[:, 0], rtol=0, atol=6e-8 + 2e-8)
    # flows are kept in single precision too, and move with the coefficient one for one
    np.testing.assert_allclose(found.point.flows, square("X_eu"), rtol=2e-7 + 5e-7)


def test_from_the_estimate_to_the_welfare_of_stata_with_deficits_in_proportion(estimate: ppml.PpmlFit) -> None:
    change = {"eu_enlargement": square("new_eu_pair")}
    found = ppml.counterfactual(estimate, square("trade"), change, theta=4.0, closure="multiplicative")
    np.testing.assert_allclose(found.point.real_wage, square("w_mult")[:, 0], rtol=0, atol=6e-8 + 2e-8)


def test_the_band_holds_the_point_and_new_members_gain_across_it(estimate: ppml.PpmlFit) -> None:
    change = {"eu_enlargement": square("new_eu_pair")}
    found = ppml.counterfactual(
        estimate, square("trade"), change, theta=4.0, draws=300, rng=np.random.default_rng(2004)
    )
    assert found.low is not None
    assert found.high is not None
    assert np.all((found.low <= found.point.welfare) & (found.point.welfare <= found.high))
    hungary = int(np.flatnonzero(np.unique(international()["exporter"]) == "HUN")[0])
    assert found.low[hungary] > 1.0
