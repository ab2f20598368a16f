"""One sector against its peers: `OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 uv run python <this file> 60 200`.

1. gegravity 0.3, which `uv run --script benchmarks/trade/peer_gegravity.py` fetches from PyPI and runs in its own
   environment, on its own sample of 30 countries and on made-up worlds of the sizes given as arguments (60 unless
   given; 200 takes the peer minutes). Both have the same flows; of a made-up world the peer gets costs in units in
   which its first guess solves its baseline.
2. The 44 countries of the EU enlargement (MULTIVECTOR_REFERENCE), all closures.
3. 1,000 embargoes of pairs among 81 countries at once, beside a plain NumPy loop over the printed fixed point and
   beside `one_sector` in a loop.

Median of five runs after one that is not counted, the peer once. Prints ratios, targets and residuals, asserts nothing.
"""

from __future__ import annotations

import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

import numpy as np
import polars as pl

from multivector.models.equilibrium.one.gravity import gravity_flows
from multivector.models.equilibrium.one.one_sector import one_sector
from multivector.models.equilibrium.one.one_sector_batch import one_sector_batch
from multivector.models.equilibrium.one.peers import as_gegravity
from multivector.models.equilibrium.records import Closure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
TRADE = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "trade"
PEER = Path(__file__).with_name("peer_gegravity.py")
RUNS = 5
THETA = 4.0
SCENARIOS = 1000
TARGET_BATCH_S = 5.0
TARGET_TIMES = 1000


@dataclass(frozen=True, slots=True)
class Printed:
    """What gegravity says: seconds of its runs, real output in per cent by country, how its solver ended."""

    seconds: list[float]
    real_output_percent: dict[str, float]
    function_value: float
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A world for both programs; the peer takes the first five arrays, we take flows and shock."""

    name: str
    countries: list[str]
    output: FloatArray
    expenditure: FloatArray
    openness: FloatArray
    flows: FloatArray
    shock: FloatArray
    rescale: float


def timed(run: Callable[[], T]) -> tuple[T, float]:
    """The answer and the median seconds, after one run that is not counted."""
    found, seconds = run(), []
    for _ in range(RUNS):
        start = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - start)
    return found, statistics.median(seconds)


def square(table: pl.DataFrame, column: str) -> FloatArray:
    """(N, N), exporter by importer in the order of their codes."""
    ordered = table.sort("exporter", "importer")
    nations = ordered["exporter"].n_unique()
    return ordered[column].to_numpy().astype(np.float64).reshape(nations, nations)


def sample() -> Case:
    """The sample of gegravity, expenditure rescaled to output; Canada and Japan come to an agreement."""
    table = pl.read_csv(TRADE / "gegravity" / "sample_data_set.dlm")
    weights = {"lndist": -0.3898623, "contiguity": 0.891577, "common_language": 0.0326249, "pta": 0.4711383}
    cost = sum(weight * square(table, name) for name, weight in weights.items())
    openness = np.exp(cost - 3.412584 * square(table, "international") + 16.32434)
    names = sorted(table["exporter"].unique())
    output, expenditure = square(table, "Y")[:, 0], square(table, "E")[0]
    expenditure = expenditure * (output.sum() / expenditure.sum())
    shock = np.ones_like(openness)
    pair = names.index("CAN"), names.index("JPN")
    shock[pair] = shock[pair[::-1]] = np.exp(0.4711383)
    flows = gravity_flows(openness, output=output, expenditure=expenditure)
    return Case("its sample", names, output, expenditure, openness, flows, shock, rescale=10)


def made_up(nations: int) -> Case:
    """Countries strewn over a square, most trade at home, deficits of a few per cent; one pair becomes closer."""
    rng = np.random.default_rng(nations)
    place, output = rng.random((nations, 2)), np.exp(rng.normal(3, 1, nations))
    expenditure = output * np.exp(rng.normal(0, 0.03, nations))
    expenditure *= output.sum() / expenditure.sum()
    distance = np.hypot(*(place[:, None] - place).transpose(2, 0, 1)) + 0.05
    flows = gravity_flows(distance**-1.0 + np.diag(np.full(nations, 60.0)), output=output, expenditure=expenditure)
    shock = np.ones_like(flows)
    shock[0, 1] = shock[1, 0] = 1.6
    openness = flows * output.sum() / np.outer(output, expenditure)
    names = [f"C{place:03}" for place in range(nations)]
    return Case("made up", names, output, expenditure, openness, flows, shock, rescale=1)


def printed_by_peer(case: Case, folder: Path, *, reference: str, repeats: int) -> Printed | None:
    """What gegravity says of the case, run in its own environment; None where it cannot be installed or fails."""
    for name, openness in (("base.csv", case.openness), ("experiment.csv", case.openness * case.shock)):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["exporter", "importer", "year", "trade", "Y", "E", "cost"])
            for i, exporter in enumerate(case.countries):
                for j, importer in enumerate(case.countries):
                    margins = case.output[i], case.expenditure[j]
                    rows.writerow([exporter, importer, 2006, case.flows[i, j], *margins, np.log(openness[i, j])])
    command = ["uv", "run", "--quiet", "--script", str(PEER), str(folder), reference, str(case.rescale), str(repeats)]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    if run.returncode:
        print(f"  gegravity could not be run here: {run.stderr.strip().splitlines()[-1]}")
        return None
    return Printed(**json.loads((folder / "printed.json").read_text(encoding="utf-8")))


def against_gegravity(case: Case, *, reference: str, repeats: int) -> None:
    """Its figures by its own rule, the right ones beside them, and both times."""
    kept, kept_s = timed(lambda: one_sector(case.flows, case.shock, theta=THETA, closure="fixed-shares"))
    true, true_s = timed(lambda: one_sector(case.flows, case.shock, theta=THETA, closure="multiplicative"))
    nations = len(case.countries)
    print(f"{nations} countries, {case.name}")
    print(f"  ours, its rule       {1e3 * kept_s:9.3f} ms  residual {kept.residual:.1e}")
    print(f"  ours, equilibrium    {1e3 * true_s:9.3f} ms  residual {true.residual:.1e}")
    with tempfile.TemporaryDirectory() as folder:
        printed = printed_by_peer(case, Path(folder), reference=reference, repeats=repeats)
    if printed is None:
        print("  as the methods note saw it: 1.15 s at 30 countries, 21.6 s at 60, 193 s at 200")
        return
    seconds = statistics.median(printed.seconds)
    says = np.array([printed.real_output_percent[name] for name in case.countries])
    ours = as_gegravity(kept, reference=case.countries.index(reference))
    gap = np.abs(100 * (ours.real_output - 1) - says).max()
    first = int(np.argmax(true.real_wage))
    print(f"  gegravity 0.3        {1e3 * seconds:9.0f} ms  stopped at {printed.function_value:.1e}: {printed.message}")
    print(f"  largest gap to its figures, by its rule {gap:.1e} percentage points")
    print(
        f"  {case.countries[first]}: it prints {says[first]:+.5f} %, the equilibrium is "
        f"{100 * (true.real_wage[first] - 1):+.5f} %"
    )
    print(f"  times faster {seconds / true_s:,.0f} (target {TARGET_TIMES:,})")


def enlargement() -> None:
    """All closures on the 44 countries of ge_gravity's example."""
    table = pl.read_parquet(TRADE / "ge_gravity" / "eu_enlargement_44.parquet").filter(pl.col("year") == 2000)  # noqa: PLR2004
    trade, shock = square(table, "trade"), np.exp(square(table, "eu_effect"))
    print("44 countries, EU enlargement (ports of ge_gravity: 20-60 ms, as the methods note saw them)")
    for closure in get_args(Closure):
        found, seconds = timed(partial(one_sector, trade, shock, theta=THETA, closure=closure))
        print(f"  {closure:20} {1e3 * seconds:9.3f} ms  residual {found.residual:.1e}  {found.iterations} steps")


def plain_loop(flows: FloatArray, shock: FloatArray) -> tuple[FloatArray, int]:
    """Welfare (N,) by the printed fixed point, deficits fixed in world output, to the same residual; and the steps."""
    earned, spent = flows.sum(axis=1), flows.sum(axis=0)
    share, p, gap, steps = flows * shock / spent, np.ones(len(flows)), 1.0, 0
    while gap > 1e-12:  # noqa: PLR2004 - both sides are solved alike
        p = p * earned.sum() / (earned @ p)
        weight = p**-THETA
        freed = weight @ share
        budget = earned * p + spent - earned
        sales = weight * (share @ (budget / freed))
        gap = np.abs(sales / (earned * p) - 1).max()
        p = p * (sales / (earned * p)) ** (1 / (1 + THETA))
        steps += 1
    welfare: FloatArray = budget / spent * freed ** (1 / THETA)
    return welfare, steps


def many_embargoes() -> None:
    """1,000 embargoes of pairs in the OECD table of 2022, goods and services together."""
    flows = np.load(TRADE / "icio" / "ICIO2022.npz")["X"].astype(np.float64).sum(axis=2)
    nations = len(flows)
    rng = np.random.default_rng(0)
    shocks = np.ones((SCENARIOS, nations, nations))
    for shock in shocks:
        pair = rng.choice(nations, 2, replace=False)
        shock[pair[0], pair[1]] = shock[pair[1], pair[0]] = 0.0
    print(f"{SCENARIOS:,} embargoes of pairs, {nations} countries")
    batches = {
        closure: timed(partial(one_sector_batch, flows, shocks, theta=THETA, closure=closure))
        for closure in get_args(Closure)
    }
    for closure, (found, seconds) in batches.items():
        worst = np.max(found.residual)
        print(f"  batch, {closure:15} {seconds:7.3f} s  (target {TARGET_BATCH_S} s)  residual {worst:.1e}")
    batch, batch_s = batches["additive"]
    start = time.perf_counter()
    plain = [plain_loop(flows, shock) for shock in shocks]
    plain_s = time.perf_counter() - start
    start = time.perf_counter()
    single = [one_sector(flows, shock, theta=THETA) for shock in shocks]
    single_s = time.perf_counter() - start
    gap = np.abs(batch.welfare - np.stack([welfare for welfare, _ in plain])).max()
    loop_gap = np.abs(batch.welfare - np.stack([one.welfare for one in single])).max()
    steps = np.mean([steps for _, steps in plain])
    print(f"  plain NumPy loop      {plain_s:7.3f} s  {steps:.0f} steps each, largest gap {gap:.1e}")
    print(f"  one_sector in a loop  {single_s:7.3f} s  largest gap {loop_gap:.1e}")
    print(f"  batch / plain loop {batch_s / plain_s:.2f} (target 0.3), batch / one_sector {batch_s / single_s:.2f}")


def main() -> None:
    """All three, peers by size."""
    against_gegravity(sample(), reference="DEU", repeats=3)
    for size in [int(word) for word in sys.argv[1:]] or [60]:
        against_gegravity(made_up(size), reference="C000", repeats=1)
    enlargement()
    many_embargoes()


if __name__ == "__main__":
    main()
