"""How long many-sector equilibria take: `OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 uv run python <this file>`.

One scenario of 81 countries and 28 sectors beside the usual damped loop over the same equations; the band of the
shipped table (21 regions, 8 sets of elasticities, both closures, 6 partners); 1,000 scenarios of 81 countries and 28
sectors. 81 countries come from the reference folder (MULTIVECTOR_REFERENCE). Median of five runs after one, prints
residuals and targets, asserts nothing. No package on PyPI solves this model, so the loop is the only peer.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import polars as pl

from multivector.models.equilibrium.many.multi_sector import multi_sector, multi_sector_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivector.models.equilibrium.records import Closure, Equilibrium

    FloatArray = NDArray[np.float64]

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
ICIO = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "trade" / "icio"
SHIPPED = ROOT / "src" / "multivector" / "data" / "world"
SETS = ("IS", "U4", "CP", "BSY", "GYY", "Shap", "FGO", "LL")
CLOSURES: tuple[Closure, ...] = ("additive", "multiplicative")
UNION = ["DEU", "FRA", "ITA", "NLD", "HUN", "EUX"]
PARTNERS = (["RUS"], ["CHN"], ["TUR"], UNION, [*UNION, "GBR", "USA", "CAN", "JPN", "KOR"], ["IND"])
RUNS, SCENARIOS = 5, 1_000
TARGET_ONE_MS, TARGET_BAND_S, TARGET_MANY_S = 60, 0.5, 5


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """flows, tariff (N, N, K); sigma by set, (K,)."""

    names: list[str]
    flows: FloatArray
    tariff: FloatArray
    sigma: dict[str, FloatArray]


def full(year: int) -> Table:
    """81 countries."""
    with np.load(ICIO / f"ICIO{year}.npz") as kept:
        return Table(
            names=kept["countries"].tolist(),
            flows=kept["X"].astype(np.float64),
            tariff=kept["tariff"].astype(np.float64),
            sigma={name: kept[f"sigma_{name}"] for name in SETS},
        )


def shipped(year: int) -> Table:
    """21 regions."""
    rows = pl.read_parquet(SHIPPED / "io_flows.oecd-icio.parquet").filter(
        pl.col("resolution") == "regions28", pl.col("period_start").dt.year() == year
    )
    values = pl.read_csv(SHIPPED / "elasticities.csv").filter(
        pl.col("resolution") == "regions28", pl.col("parameter") == "sigma"
    )
    regions, sectors = (sorted(rows[name].unique()) for name in ("exporter", "sector"))
    flows, tariff = np.zeros((2, len(regions), len(regions), len(sectors)))
    cells = ("exporter", "importer", "sector", "value_usd_mn", "tariff")
    for exporter, importer, sector, value, rate in rows.select(cells).iter_rows():
        cell = regions.index(exporter), regions.index(importer), sectors.index(sector)
        flows[cell], tariff[cell] = value, rate
    sigma = {name: values.filter(pl.col("set") == name).sort("sector")["value"].to_numpy() for name in SETS}
    return Table(regions, flows, tariff, sigma)


def stopped(table: Table, one: str, others: list[str]) -> FloatArray:
    """(N, N), both directions at zero."""
    change = np.ones(table.flows.shape[:2])
    place, places = table.names.index(one), [table.names.index(other) for other in others]
    change[place, places] = change[places, place] = 0.0
    return change


def damped(table: Table, change: FloatArray, sigma: FloatArray) -> tuple[FloatArray, float, int]:
    """Wages, residual and steps of the usual loop: raise wages by the damped ratio of sales to income."""
    factor, theta = 1 + table.tariff, sigma - 1
    spent, net = table.flows.sum(axis=0), table.flows / factor
    weight, share = spent / spent.sum(axis=1, keepdims=True), table.flows / np.where(spent > 0, spent, 1)
    income, deficit = net.sum(axis=(1, 2)), net.sum(axis=(0, 2)) - net.sum(axis=(1, 2))
    base, wages, miss, step = share * change[:, :, None], np.ones(len(income)), np.inf, 0
    while miss > 1e-10 and step < 1_000:  # noqa: PLR2004 - the tolerance of the certificate, and a limit
        parts = base * (wages[:, None] ** -theta)[:, None, :]
        bought = parts / np.where(spent > 0, parts.sum(axis=0), 1) / factor
        spending = (income * wages + deficit) / (weight * bought.sum(axis=0)).sum(axis=1)
        ratio = (bought * (weight * spending[:, None])).sum(axis=(1, 2)) / (income * wages)
        miss, step = float(np.abs(ratio - 1).max()), step + 1
        if miss > 1e-10:  # noqa: PLR2004
            wages = wages * ratio ** (1 / (1 + np.median(theta)))
            wages *= income.sum() / (income * wages).sum()
    return wages, miss, step


def timed(run: Callable[[], T], *, runs: int = RUNS) -> tuple[T, float]:
    """The answer and the median seconds, after one run that is not counted."""
    found, seconds = run(), []
    for _ in range(runs):
        start = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - start)
    return found, statistics.median(seconds)


def one_scenario(table: Table) -> None:
    """Kazakhstan and Russia stop trading, two sets of elasticities."""
    change, place = stopped(table, "KAZ", ["RUS"]), table.names.index("KAZ")
    for name in ("IS", "FGO"):
        sigma = table.sigma[name]
        found, seconds = timed(lambda sigma=sigma: multi_sector(table.flows, change, sigma=sigma, tariff=table.tariff))  # type: ignore[misc]
        start = time.perf_counter()
        wages, miss, steps = damped(table, change, sigma)
        loop = time.perf_counter() - start
        print(
            f"one scenario, 81 x 28, {name:4} {1e3 * seconds:8.1f} ms  (target {TARGET_ONE_MS} ms)  "
            f"KAZ {100 * (found.welfare[place] - 1):.3f}%  residual {found.residual:.1e}  {found.iterations} steps"
        )
        print(
            f"  damped loop, once            {1e3 * loop:8.1f} ms  ({loop / seconds:.0f} times as long)  "
            f"residual {miss:.1e}  {steps} steps  largest gap of wages {np.abs(wages - found.wages).max():.1e}"
        )


def band(table: Table) -> None:
    """Six partners, eight sets, two closures."""
    change = np.stack([stopped(table, "KAZ", partner) for partner in PARTNERS for _ in SETS])
    sigma = np.stack([table.sigma[name] for _ in PARTNERS for name in SETS])

    def run() -> list[Equilibrium]:
        return [
            multi_sector_batch(table.flows, change, sigma=sigma, tariff=table.tariff, closure=closure)
            for closure in CLOSURES
        ]

    found, seconds = timed(run)
    residual = max(float(np.max(one.residual)) for one in found)
    print(
        f"band, 21 x 28, {len(CLOSURES) * len(change)} equilibria {seconds:8.3f} s   (target {TARGET_BAND_S} s)  "
        f"largest residual {residual:.1e}"
    )


def many(table: Table) -> None:
    """1,000 pairs of countries whose trade stops or halves, one set of elasticities."""
    rng = np.random.default_rng(1)
    change = np.ones((SCENARIOS, *table.flows.shape[:2]))
    for row in range(SCENARIOS):
        one, other = rng.choice(len(table.names), 2, replace=False)
        change[row, one, other] = change[row, other, one] = rng.choice([0.0, 0.5])
    for detail in ("totals", "sectors"):
        found, seconds = timed(
            lambda detail=detail: multi_sector_batch(  # type: ignore[misc]
                table.flows, change, sigma=table.sigma["IS"], tariff=table.tariff, detail=detail
            ),
            runs=1,
        )
        peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"{SCENARIOS} scenarios, 81 x 28, flows by {detail:7} {seconds:6.2f} s   (target {TARGET_MANY_S} s)  "
            f"largest residual {np.max(found.residual):.1e}  "
            f"{np.mean(found.iterations):.1f} steps  peak {peak_gb:.1f} GB"
        )


def main() -> None:
    """All three."""
    band(shipped(2022))
    if not ICIO.exists():
        print(f"{ICIO} is missing: 81 countries are left out")
        return
    table = full(2022)
    one_scenario(table)
    many(table)


if __name__ == "__main__":
    main()
