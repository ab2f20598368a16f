"""Embargoes, CES power and losses without trade on the OECD's tables of 81 countries and the shipped one of 21 regions.

The references at 81 countries were computed for this project by another program with residuals below 1e-11, so ratios
must agree to 1e-7 and closed forms to 1e-9. Figures of 21 regions are printed to 0.001 percentage points, shares of
trade to 0.1. The reference files stay outside the repository (MULTIVECTOR_REFERENCE).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from multivector.errors import NotCertified
from multivector.models.equilibrium.gains import autarky_gains
from multivector.models.equilibrium.many.multi_sector import multi_sector, multi_sector_batch
from multivector.models.equilibrium.one.one_sector import one_sector
from multivector.models.power.ces import ces_power

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

ROOT = Path(__file__).parents[2]
ICIO = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "trade" / "icio"
SHIPPED = ROOT / "src" / "multivector" / "data" / "world"
SETS = ("IS", "U4", "CP", "BSY", "GYY", "Shap", "FGO", "LL")
UNION = "AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC HUN IRL ITA LVA LTU LUX MLT NLD POL PRT ROU SVK SVN ESP SWE"
GROUPS = {"EU27": UNION.split(), "WEST": [*UNION.split(), "USA", "GBR", "JPN", "KOR", "CAN", "AUS"]}
SAME = 1e-7  # ratios of two certified solutions
CLOSED = 1e-9  # closed forms

needs_reference = pytest.mark.skipif(
    not ICIO.exists(), reason=f"{ICIO} is missing: point MULTIVECTOR_REFERENCE at the reference folder"
)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """flows, tariff (N, N, K) in USD million and fractions; sigma by set, (K,)."""

    countries: list[str]
    flows: FloatArray
    tariff: FloatArray
    sigma: dict[str, FloatArray]

    def places(self, name: str) -> list[int]:
        members = [one for part in name.split("+") for one in GROUPS.get(part, [part])]
        return [self.countries.index(one) for one in members]


@cache
def full(year: int) -> Table:
    with np.load(ICIO / f"ICIO{year}.npz") as kept:
        return Table(
            countries=kept["countries"].tolist(),
            flows=kept["X"].astype(np.float64),
            tariff=kept["tariff"].astype(np.float64),
            sigma={name: kept[f"sigma_{name}"] for name in SETS},
        )


@cache
def shipped(year: int) -> Table:
    rows = pl.read_parquet(SHIPPED / "io_flows.oecd-icio.parquet").filter(
        pl.col("resolution") == "regions28", pl.col("period_start").dt.year() == year
    )
    values = pl.read_csv(SHIPPED / "elasticities.csv").filter(
        pl.col("resolution") == "regions28", pl.col("parameter") == "sigma"
    )
    regions, sectors = (sorted(rows[name].unique()) for name in ("exporter", "sector"))
    flows, tariff = np.zeros((2, len(regions), len(regions), len(sectors)))
    for exporter, importer, sector, value, rate in rows.select(
        "exporter", "importer", "sector", "value_usd_mn", "tariff"
    ).iter_rows():
        cell = regions.index(exporter), regions.index(importer), sectors.index(sector)
        flows[cell], tariff[cell] = value, rate
    sigma = {name: values.filter(pl.col("set") == name).sort("sector")["value"].to_numpy() for name in SETS}
    return Table(regions, flows, tariff, sigma)


def shock(table: Table, scenario: str, sigma: FloatArray) -> FloatArray:
    """(N, N, K): both directions of trade stopped, or 20% dearer where the name says so."""
    sender, receiver = scenario.removesuffix("+20pct").split("-")
    freeness = 1.2 ** (1 - sigma) if scenario.endswith("+20pct") else np.zeros(len(sigma))
    change = np.ones(table.flows.shape)
    for one in table.places(sender):
        for other in table.places(receiver):
            change[one, other] = change[other, one] = freeness
    return change


@needs_reference
@pytest.mark.parametrize("closure", ["additive", "multiplicative"])
@pytest.mark.parametrize("year", [2019, 2022])
def test_every_embargo_of_81_countries(year: int, closure: str) -> None:
    table = full(year)
    expected = pl.read_parquet(ICIO / "embargo_expected.parquet").filter(
        pl.col("year") == year, pl.col("closure") == closure
    )
    cases = expected.select("scenario", "elasticity").unique(maintain_order=True).rows()
    assert len(cases) == (56 if closure == "additive" else 7)
    found = multi_sector_batch(
        table.flows,
        np.stack([shock(table, scenario, table.sigma[name]) for scenario, name in cases]),
        sigma=np.stack([table.sigma[name] for _, name in cases]),
        tariff=table.tariff,
        closure=closure,  # type: ignore[arg-type]
        detail="totals",
    )
    for row, (scenario, name) in enumerate(cases):
        known = expected.filter(pl.col("scenario") == scenario, pl.col("elasticity") == name)
        assert known["country"].to_list() == table.countries
        for mine, theirs in ((found.welfare, "welfare"), (found.wages, "wage"), (found.prices, "price")):
            np.testing.assert_allclose(mine[row], known[theirs].to_numpy(), atol=SAME, err_msg=f"{scenario} {name}")


@needs_reference
def test_the_set_on_which_damping_failed() -> None:
    """A damped loop once returned +17% here; the certified answer is -1.294%."""
    table = full(2022)
    sigma = table.sigma["FGO"]
    change = shock(table, "KAZ-RUS", sigma)
    kazakhstan, russia = table.countries.index("KAZ"), table.countries.index("RUS")
    found = multi_sector(table.flows, change, sigma=sigma, tariff=table.tariff)
    assert 100 * (found.welfare[kazakhstan] - 1) == pytest.approx(-1.294, abs=5e-4)
    assert found.certified
    assert not found.flows[kazakhstan, russia].any()
    with pytest.raises(NotCertified):
        multi_sector(table.flows, change, sigma=sigma, tariff=table.tariff, max_iter=1)


def excess_of(flows: FloatArray, freeness: FloatArray, wages: FloatArray, *, closure: str) -> FloatArray:
    """Relative excess demand (N,) of one sector, theta 4, from the printed equations."""
    earned, spent = flows.sum(axis=1), flows.sum(axis=0)
    income = earned * wages
    deficits = (spent - earned) * income.sum() / earned.sum()
    pooled = spent * wages * income.sum() / (spent @ wages)
    spending = income + deficits if closure == "additive" else pooled
    assert (spending > 0).all()
    bought = flows * freeness * (wages**-4)[:, None]
    return np.asarray((bought / bought.sum(axis=0) * spending).sum(axis=1) / income - 1)


@needs_reference
@pytest.mark.parametrize(
    ("alone", "times", "closure"),
    [
        (True, 10.0, "additive"),
        (False, 5.0, "additive"),
        (True, 1e6, "multiplicative"),
        (False, 10.0, "multiplicative"),
        (False, 100.0, "multiplicative"),
    ],
)
def test_dear_borders_of_81_countries_have_an_equilibrium(alone: bool, times: float, closure: str) -> None:  # noqa: FBT001 - drawn
    """Kazakhstan's borders alone, or all: one sector in both models, and 28 sectors."""
    table = full(2022)
    kazakhstan, flows = table.countries.index("KAZ"), table.flows.sum(axis=2)
    cost = np.ones(flows.shape) if alone else np.full(flows.shape, times)
    cost[kazakhstan] = cost[:, kazakhstan] = times
    np.fill_diagonal(cost, 1.0)
    freeness, sigma = cost**-4, table.sigma["IS"]
    one = one_sector(flows, freeness, theta=4.0, closure=closure)  # type: ignore[arg-type]
    many = multi_sector(flows[:, :, None], freeness, sigma=np.array([5.0]), closure=closure)  # type: ignore[arg-type]
    for found in (one, many):
        assert np.abs(excess_of(flows, freeness, found.wages, closure=closure)).max() < CLOSED
    np.testing.assert_allclose(one.welfare, many.welfare, rtol=SAME)
    sectors = multi_sector(
        table.flows,
        cost[:, :, None] ** (1 - sigma),
        sigma=sigma,
        tariff=table.tariff,
        closure=closure,  # type: ignore[arg-type]
    )
    assert sectors.certified


@needs_reference
def test_power_over_kazakhstan() -> None:
    expected = pl.read_csv(ICIO / "power_expected.csv")
    for (year, name), rows in expected.group_by("year", "elasticity"):
        table = full(int(str(year)))
        found = ces_power(
            table.flows,
            table.sigma[str(name)],
            table.countries.index("KAZ"),
            [table.places(sender) for sender in rows["sender"]],
        )
        for column in ("log_price", "price_rise", "loss"):
            np.testing.assert_allclose(getattr(found, column), rows[column].to_numpy(), atol=CLOSED)
    assert expected.height == 96


@needs_reference
def test_losses_without_trade() -> None:
    expected = pl.read_csv(ICIO / "autarky_expected.csv")
    for (year, kind), rows in expected.group_by("year", "kind"):
        table = full(int(str(year)))
        if kind == "one_sector_eps5":
            loss = autarky_gains(table.flows.sum(axis=2), 5.0)
        else:
            loss = autarky_gains(table.flows, table.sigma[str(kind).rpartition("_")[2]] - 1)
            assert (loss == 1.0).sum() == 21  # countries that make nothing in a sector in which they buy
        listed = [table.countries.index(country) for country in rows["country"]]
        np.testing.assert_allclose(loss[listed], rows["loss"].to_numpy(), atol=CLOSED)
    assert expected.height == 398


def test_the_shipped_table_gives_the_printed_losses() -> None:
    """Kazakhstan, trade with Russia stopped, 2022, deficits kept as amounts: per cent, by set."""
    table = shipped(2022)
    known = {"IS": -2.989, "LL": -3.518, "U4": -1.952, "FGO": -1.296}
    for name, loss in known.items():
        sigma = table.sigma[name]
        found = multi_sector(table.flows, shock(table, "KAZ-RUS", sigma), sigma=sigma, tariff=table.tariff)
        assert 100 * (found.welfare[table.countries.index("KAZ")] - 1) == pytest.approx(loss, abs=1e-3)


PARTNERS = {  # imports, USD bn, and per cent from RUS CHN EU27 TUR USA; exports and per cent to RUS CHN EU27 TUR IND
    2011: (50.2, (37.4, 8.8, 19.2, 1.6, 6.1), 85.6, (0.4, 15.8, 56.9, 3.4, 0.3)),
    2012: (59.5, (40.2, 11.8, 16.2, 1.6, 5.5), 88.4, (6.6, 13.9, 51.4, 3.3, 0.3)),
    2014: (54.7, (36.5, 12.6, 18.6, 2.2, 5.8), 81.9, (9.2, 11.7, 58.8, 2.0, 1.4)),
    2017: (39.6, (34.2, 11.4, 19.7, 2.0, 5.9), 50.6, (8.8, 10.3, 55.0, 2.5, 2.1)),
    2019: (50.2, (32.6, 13.1, 17.5, 1.8, 4.7), 61.8, (8.2, 12.3, 51.5, 2.5, 3.3)),
    2020: (44.3, (42.8, 10.7, 13.8, 2.3, 3.5), 49.3, (9.1, 17.0, 45.3, 4.1, 3.5)),
    2021: (48.1, (48.6, 10.4, 12.6, 2.3, 2.9), 62.4, (9.1, 16.2, 49.0, 2.1, 1.0)),
    2022: (59.1, (46.2, 10.0, 12.6, 2.7, 3.0), 88.5, (8.5, 16.7, 35.7, 5.6, 5.7)),
}


@pytest.mark.parametrize("year", PARTNERS)
def test_partners_of_kazakhstan_in_the_shipped_table(year: int) -> None:
    table = shipped(year)
    union = ["DEU", "FRA", "ITA", "NLD", "HUN", "EUX"]
    totals = table.flows.sum(axis=2)
    kazakhstan = table.countries.index("KAZ")
    imports_usd_bn, bought, exports_usd_bn, sold = PARTNERS[year]
    for side, total, shares, last in (
        (totals[:, kazakhstan], imports_usd_bn, bought, "USA"),
        (totals[kazakhstan], exports_usd_bn, sold, "IND"),
    ):
        foreign = np.delete(side, kazakhstan).sum()
        assert foreign / 1000 == pytest.approx(total, abs=0.0501)
        for members, share in zip((["RUS"], ["CHN"], union, ["TUR"], [last]), shares, strict=True):
            part = sum(side[table.countries.index(one)] for one in members)
            assert 100 * part / foreign == pytest.approx(share, abs=0.0501)


def test_one_table_gives_the_band_of_every_set_and_closure() -> None:
    """Trade of Kazakhstan with Russia stopped, 2022: -3.51..-1.29 at 81 countries; regions cost at most 0.01 points."""
    table = shipped(2022)
    sigma = np.stack([table.sigma[name] for name in SETS])
    change = np.stack([shock(table, "KAZ-RUS", one) for one in sigma])
    found = multi_sector_batch(table.flows, change, sigma=sigma, tariff=table.tariff)
    loss = 100 * (found.welfare[:, table.countries.index("KAZ")] - 1)
    assert loss.min() == pytest.approx(-3.51, abs=0.015)
    assert loss.max() == pytest.approx(-1.29, abs=0.015)
    assert np.all(found.certified)
