"""Trade shares, HHI, vulnerability and connectedness of four states in five years.

Barbieri, K. and Keshk, O., Correlates of War Trade v4.0 (flows in million USD), with ideal points of Bailey, Strezhnev
and Voeten (2017, J. Conflict Resolution 61(2)). The known values were computed for this project and are stored with 12
significant digits, hence 1e-10. The rule is that file's: two-way trade with a missing side counted as absent, partners
with trade above 0, distances at the General Assembly session that opens in the year. All files stay outside the
repository (MULTIVECTOR_REFERENCE).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from multivector.models.concentration import hhi_bounds
from multivector.models.geometry import Connectedness, connectedness
from multivector.models.indices import group_share_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "exposure"
FILES = ("cow_trade_1992_2014.parquet", "idealpoints_all_apr2020.parquet", "trade_hedging_values.csv")
BAR = 1e-10
PARTNERS = {"share_rus": 365, "share_chn": 710, "share_usa": 2, "share_deu": 255, "share_tur": 640}
STATES = {"KAZ": 705, "UZB": 704, "TUR": 640, "KGZ": 703}
YEARS = (1995, 2000, 2005, 2010, 2014)
FIRST_SESSION = 1946  # the year of session 1 in the ideal-point file

pytestmark = pytest.mark.skipif(
    not all((FOLDER / file).exists() for file in FILES),
    reason=f"{FOLDER} lacks one of {FILES}: point MULTIVECTOR_REFERENCE at the reference folder",
)


@pytest.fixture(scope="module")
def known() -> pl.DataFrame:
    return pl.read_csv(FOLDER / "trade_hedging_values.csv")


@pytest.fixture(scope="module")
def trade() -> pl.DataFrame:
    both = pl.col("flow1").fill_null(0) + pl.col("flow2").fill_null(0)  # the rule of that file, see above
    return pl.read_parquet(FOLDER / "cow_trade_1992_2014.parquet").with_columns(two_way=both)


@pytest.fixture(scope="module")
def ideal_points() -> pl.DataFrame:
    return pl.read_parquet(FOLDER / "idealpoints_all_apr2020.parquet")


def partners_of(trade: pl.DataFrame, *, state: int, year: int) -> pl.DataFrame:
    """Partners with any trade and their `share` of the state's two-way trade."""
    own = trade.filter((pl.col("ccode1") == state) & (pl.col("year") == year) & (pl.col("two_way") > 0))
    return own.with_columns(share=pl.col("two_way") / pl.col("two_way").sum())


def exact_hhi(values_usd: pl.Series) -> float:
    positive = values_usd.drop_nulls().to_numpy()
    bounds = hhi_bounds(positive / positive.sum())
    assert bounds.high == pytest.approx(bounds.low, rel=0, abs=1e-14)
    assert bounds.covered == pytest.approx(1.0, rel=0, abs=1e-12)
    return bounds.low


def distances_of(partners: pl.DataFrame, ideal_points: pl.DataFrame, *, state: int, year: int) -> Connectedness:
    session = ideal_points.filter(pl.col("session") == year - FIRST_SESSION + 1).select("ccode", "ideal_point")
    own: float = session.filter(pl.col("ccode") == state)["ideal_point"].item()
    known = partners.join(session, left_on="ccode2", right_on="ccode", how="inner", validate="m:1")
    distances: NDArray[np.float64] = np.abs(known["ideal_point"].to_numpy() - own)
    return connectedness(known["share"].to_numpy(), distances)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("name", STATES)
def test_every_value(
    name: str, year: int, known: pl.DataFrame, trade: pl.DataFrame, ideal_points: pl.DataFrame
) -> None:
    state = STATES[name]
    row = known.row(by_predicate=(pl.col("ccode") == state) & (pl.col("year") == year), named=True)
    partners = partners_of(trade, state=state, year=year)
    assert partners.height == row["partners"]
    assert partners["two_way"].sum() == row["total_musd"]
    for column, partner in PARTNERS.items():
        is_partner = pl.col("ccode2") == partner
        share = group_share_bounds(
            partners.filter(is_partner)["share"].to_numpy(),
            partners.filter(~is_partner)["share"].to_numpy(),
            unlisted_members=0,
        )
        assert share.low == pytest.approx(share.high, rel=0, abs=1e-12)
        assert share.low == pytest.approx(row[column] or 0.0, rel=0, abs=BAR)  # Turkey is no partner of itself
    for column, flow in (("hhi", "two_way"), ("hhi_imports", "flow1"), ("hhi_exports", "flow2")):
        assert exact_hhi(partners[flow]) == pytest.approx(row[column], rel=0, abs=BAR)
    found = distances_of(partners, ideal_points, state=state, year=year)
    assert found.covered == pytest.approx(row["ideal_point_weight"], rel=0, abs=BAR)
    assert found.vulnerability == pytest.approx(row["vulnerability"], rel=0, abs=BAR)
    assert found.connectedness == pytest.approx(row["connectedness"], rel=0, abs=BAR)


def test_kazakhstan_2014(trade: pl.DataFrame, ideal_points: pl.DataFrame) -> None:
    partners = partners_of(trade, state=705, year=2014)
    shares = dict(zip(partners["ccode2"], partners["share"], strict=True))
    found = distances_of(partners, ideal_points, state=705, year=2014)
    # printed digits of the methods note, section 12
    assert shares[365] == pytest.approx(0.2082, abs=5e-5)
    assert shares[710] == pytest.approx(0.2192, abs=5e-5)
    assert exact_hhi(partners["two_way"]) == pytest.approx(0.1081, abs=5e-5)
    assert found.vulnerability == pytest.approx(0.959, abs=5e-4)
    assert found.connectedness == pytest.approx(0.636, abs=5e-4)
