"""How long NAFTA takes: `OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 uv run python <this file>`.

31 regions and 40 sectors of Caliendo & Parro (2015), https://doi.org/10.1093/restud/rdu035, from the reference folder
(MULTIVECTOR_REFERENCE), solved balanced and with deficits, base and counterfactual each; a path of 20 steps; a batch of
20 tariffs. Median of five runs after one; prints residuals and targets, asserts nothing. No package on PyPI solves this
model (cp2015 is R on a C++ library no longer distributed, cp2015-jax is on GitHub alone), so the peer is the scheme of
the methods note: log wages damped by half, three sweeps of prices and spending for each step, on the same equations.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from multivector.models.equilibrium.links.caliendo_parro import caliendo_parro, caliendo_parro_batch
from multivector.models.equilibrium.links.published import cp2015
from multivector.models.equilibrium.links.records import InputOutput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "trade" / "cp2015"
RUNS = 5
TARGET_BOTH_S = 0.2
JAX_S = 50  # cp2015-jax, both solves with compilation, as the methods note saw it; not run here
NAMED = {"Mexico": 19, "Canada": 4, "USA": 29}


def timed(run: Callable[[], T]) -> tuple[T, float]:
    """The answer and the median seconds, after one run that is not counted."""
    found, seconds = run(), []
    for _ in range(RUNS):
        start = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - start)
    return found, statistics.median(seconds)


def damped(
    model: InputOutput, tariff: FloatArray, deficit: FloatArray, *, shares: FloatArray
) -> tuple[FloatArray, int]:
    """Spending by flow (N, N, K) in equilibrium under `tariff`, from `shares` under the old one, and the steps."""
    count, _, sectors = model.flows.shape
    log_wage, log_price, spending = np.zeros(count), np.zeros((count, sectors)), model.flows.sum(axis=0)
    kappa = ((1 + tariff) / (1 + model.tariff)) ** -model.theta
    weights = (shares * kappa).transpose(2, 1, 0).copy()
    balance, moved, step = np.ones(count), (1.0, 1.0), 0
    while max(np.abs(balance).max(), *moved) > 1e-10:  # noqa: PLR2004
        step += 1
        log_wage = log_wage - (0.5 * balance if step > 1 else 0)
        log_wage -= np.log((model.value_added * np.exp(log_wage)).sum() / model.value_added.sum())
        old = log_price, spending
        for _ in range(3):
            cost = model.va_share * log_wage[:, None] + np.einsum(
                "nkj,nk->nj", model.io_share, log_price, optimize=True
            )
            pull = np.exp(-model.theta * cost)
            log_price = -np.log(np.matmul(weights, pull.T[:, :, None])[:, :, 0].T) / model.theta
        bought = weights.transpose(2, 1, 0) * pull[:, None, :] * np.exp(model.theta * log_price)
        net = bought / (1 + tariff)
        for _ in range(3):
            sales = np.einsum("ink,nk->ik", net, spending, optimize=True)
            revenue = ((1 - net.sum(axis=0)) * spending).sum(axis=1)
            income = model.value_added * np.exp(log_wage) + revenue + deficit
            inputs = np.einsum("nkj,nj->nk", model.io_share, sales, optimize=True)
            spending = inputs + model.final_share * income[:, None]
        paid = (net.sum(axis=0) * spending).sum(axis=1)
        balance = (paid - np.einsum("ink,nk->i", net, spending, optimize=True) - deficit) / paid
        moved = np.abs(log_price - old[0]).max(), np.abs(spending / old[1] - 1).max()
    return bought * spending, step


def plain(model: InputOutput, tariff: FloatArray) -> int:
    """Both cases by the plain scheme, base and counterfactual each; the steps of all four."""
    steps = 0
    for deficit in (np.zeros_like(model.deficit), model.deficit):
        base, used = damped(model, model.tariff, deficit, shares=model.flows / model.flows.sum(axis=0))
        steps += used
        net = (base / (1 + model.tariff)).sum(axis=1)
        rebased = replace(model, flows=base, value_added=(model.va_share * net).sum(axis=1))
        steps += damped(rebased, tariff, deficit, shares=base / base.sum(axis=0))[1]
    return steps


def main() -> None:
    """Both cases, the path, the batch."""
    with np.load(FOLDER / "cp2015_nafta.npz") as kept:
        model = InputOutput(**{one.name: kept[one.name] for one in fields(InputOutput)})
        tariff = kept["tariff_nafta"]
    both, seconds = timed(lambda: [caliendo_parro(model, tariff, deficits=deficits) for deficits in (False, True)])
    steps, loop = timed(lambda: plain(model, tariff))
    residual, iterations = max(one.residual for one in both), sum(one.iterations for one in both)
    print(f"both cases      {seconds:7.3f} s  (target {TARGET_BOTH_S} s)  {iterations} steps, residual {residual:.1e}")
    print(f"  plain scheme  {loop:7.3f} s  {steps} steps  ratio {loop / seconds:.1f}")
    print(f"  cp2015-jax    {JAX_S:7.0f} s  as noted, not run here  ratio {JAX_S / seconds:.0f}  (target 500)")
    along, seconds = timed(lambda: caliendo_parro(model, tariff, deficits=False, path_steps=20))
    if along.path is not None:
        print(f"path, 20 steps  {seconds:7.3f} s  gap {along.path.gap:.1e}, residual {along.path.residual:.1e}")
    ways = np.stack([model.tariff + part * (tariff - model.tariff) for part in np.linspace(0.05, 1, 20)])
    many, seconds = timed(lambda: caliendo_parro_batch(model, ways))
    print(f"batch of 20     {seconds:7.3f} s  residual {max(one.residual for one in many):.1e}")
    for case, found in zip(("balanced", "deficits"), both, strict=True):
        figures = cp2015(found)
        for name, place in NAMED.items():
            print(
                f"{case} {name:7} published {figures.welfare_pct[place]:+.4f} %  "
                f"exact {figures.exact_welfare_pct[place]:+.4f} %  real wage {figures.real_wage_pct[place]:+.4f} %"
            )


if __name__ == "__main__":
    main()
