"""Published and frozen figures of mirror statistics: gaps by year, growth, break months, Andrews's critical values.

The frozen tables (`trade/mirror`) were computed apart from this code, from the same Eurostat and national files, and
printed to 0.001 EUR million and four digits of a ratio; they stay outside the repository (MULTIVECTOR_REFERENCE). A
sup-F printed to six digits after the point is met to 1e-6 relative: both sides are sums of 68 logs. Growth is printed
in tenths of a percent by mary-lev/eu-export-sanctions: 0.0005. Simulated critical values of Andrews differ from his
table by simulation error (his: 10,000 draws; ours: 20,000, standard error of the 5 % value about 0.07) and because a
series of 2,000 periods has fewer candidates than a continuum (about 0.15 too low): 0.35, 0.35 and 0.6.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from multivector.lenses.monitor.lens import measure
from multivector.lenses.monitor.params import MonitorParams
from multivector.models.mirror import sup_f_null
from multivector.result import Result
from multivector.world import World

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "trade" / "mirror"
needs_reference = pytest.mark.skipif(not FOLDER.is_dir(), reason="the reference files are not here")
PRINTED_EUR_MN = 5.1e-4  # half of the last digit, and the float of the file
PRINTED_RATIO = 5.1e-5
GAPS_EUR_BN = {2019: 0.36, 2020: 0.50, 2021: 0.69, 2022: 3.09, 2023: 2.47}
RATIOS = {
    "KAZ": (1.07, 1.09, 1.14, 1.43, 1.26),
    "KGZ": (1.24, 1.03, 1.07, 2.33, 3.03),
    "UZB": (0.84, 0.73, 0.82, 1.07, 1.00),
    "ARM": (0.79, 0.87, 0.87, 1.12),
}
GROWTH = {"KAZ": 0.886, "KGZ": 3.448, "ARM": 1.489, "UZB": 0.638, "GEO": 0.578, "RUS": -0.383}
BREAKS = {"RUS": "2022-03", "KAZ": "2022-05", "ARM": "2022-05", "KGZ": "2022-07", "GEO": "2022-04", "UZB": "2022-02"}


@pytest.fixture(scope="module")
def result() -> Result:
    return measure(World.open(), MonitorParams(pivot="KAZ", draws=100))


@needs_reference
def test_every_cell_of_the_frozen_mirror_table(result: Result) -> None:
    expected = pl.read_csv(FOLDER / "mirror_expected.csv")
    ours = result.tables["mirror"].join(expected, on=["importer", "year"], how="inner", suffix="_ref", validate="1:1")
    assert ours.height == expected.height == result.tables["mirror"].height == 30
    for row in ours.iter_rows(named=True):
        where = row["importer"], row["year"]
        assert row["exports_eur_mn"] == pytest.approx(row["exports_eur_mn_ref"], abs=PRINTED_EUR_MN), where
        for name, slack in (
            ("imports_eur_mn", PRINTED_EUR_MN),
            ("gap_eur_mn", PRINTED_EUR_MN),
            ("ratio", PRINTED_RATIO),
        ):
            printed = row[f"{name}_ref"]
            assert row[name] == (None if printed is None else pytest.approx(printed, abs=slack)), where
        assert row["members"] == row["n_members"], where
        assert (row["flag_ref"] in row["flags"]) if row["flag_ref"] != "ok" else not row["flags"], where


@needs_reference
def test_every_frozen_break(result: Result) -> None:
    expected = pl.read_csv(FOLDER / "break_expected.csv")
    ours = result.tables["breaks"].join(expected, on="importer", how="inner", suffix="_ref", validate="1:1")
    assert ours.height == expected.height == 6
    for row in ours.iter_rows(named=True):
        assert f"{row['first_month']:%Y-%m}" == row["first_month_after_break"]
        assert row["months"] == row["months_ref"]
        assert row["sup_f"] == pytest.approx(row["sup_f_ref"], rel=1e-6)
        assert row["log_shift"] == pytest.approx(row["log_shift_ref"], abs=1e-6)


def test_gaps_of_kazakhstan_by_year(result: Result) -> None:
    own = result.tables["mirror"].filter(pl.col("importer") == "KAZ")
    gaps = dict(zip(own["year"], own["gap_eur_mn"], strict=True))
    assert gaps == {year: pytest.approx(1000 * gap, abs=5.1) for year, gap in GAPS_EUR_BN.items()}


@pytest.mark.parametrize("importer", RATIOS)
def test_ratios_as_printed(result: Result, importer: str) -> None:
    usable = result.tables["mirror"].filter((pl.col("importer") == importer) & (pl.col("flag") == "ok"))
    assert usable.sort("year")["ratio"].to_list() == [pytest.approx(one, abs=0.0051) for one in RATIOS[importer]]


@pytest.mark.parametrize("importer", GROWTH)
def test_growth_as_published(result: Result, importer: str) -> None:
    rows = result.tables["growth"].filter((pl.col("importer") == importer) & (pl.col("year_to") == 2022))
    assert rows["growth"].to_list() == [pytest.approx(GROWTH[importer], abs=5.1e-4)]


@pytest.mark.parametrize("importer", BREAKS)
def test_break_months(result: Result, importer: str) -> None:
    rows = result.tables["breaks"].filter(pl.col("importer") == importer)
    assert f"{rows['first_month'][0]:%Y-%m}" == BREAKS[importer]
    assert rows["before_event"][0] is (importer == "UZB")


def test_critical_values_of_andrews() -> None:
    """Andrews (1993), table I, one parameter, 15 % trimming, as corrected in Econometrica 71(1), 2003: 10, 5, 1 %."""
    chance = sup_f_null(2_000, trim=0.15, draws=20_000, rng=np.random.default_rng(7))
    ten, five, one = np.quantile(chance, [0.90, 0.95, 0.99])
    assert ten == pytest.approx(7.12, abs=0.35)
    assert five == pytest.approx(8.68, abs=0.35)
    assert one == pytest.approx(12.16, abs=0.6)
