"""How long power takes: `uv run python benchmarks/corridors/power.py`. Prints figures, asserts nothing.

A made-up network of 40 legs and 10 controllers: 1,024 coalitions, target 1.5 s on one thread (methods page, speed).
"""

from __future__ import annotations

import time

import numpy as np

from multivector.models.flow.network import as_network
from multivector.models.power.shapley import shapley

TARGET_SECONDS = 1.5
RUNS = 3
NODES, LEGS, PLAYERS = 16, 40, 10


def main() -> None:
    """Best of three runs, all coalitions against sampled orders."""
    rng = np.random.default_rng(1)
    chain = np.arange(NODES - 1)
    more = LEGS - chain.size
    tail = np.concatenate([chain, rng.integers(0, NODES - 4, more)])
    head = np.concatenate([chain + 1, tail[chain.size :] + rng.integers(1, 5, more)])
    controller = np.zeros((LEGS, PLAYERS), dtype=np.bool_)
    controller[np.arange(LEGS), np.arange(LEGS) % PLAYERS] = True  # no two coalitions open the same legs
    supply, demand = np.zeros(NODES), np.zeros(NODES)
    supply[:3], demand[-4:] = 20.0, 15.0
    price = np.where(demand > 0, rng.uniform(400, 600, NODES), 0.0)
    capacity, cost = rng.uniform(2, 20, LEGS), rng.uniform(5, 60, LEGS)
    network = as_network(tail, head, NODES)
    for method in ("exact", "sampled"):
        seconds = []
        for _ in range(RUNS):
            start = time.perf_counter()
            power = shapley(
                network,
                capacity=capacity,
                cost=cost,
                supply=supply,
                demand=demand,
                price=price,
                controller=controller,
                method=method,
            )
            seconds.append(time.perf_counter() - start)
        print(f"{method:8} {power.lps:5} programmes  {min(seconds):6.3f} s  (target {TARGET_SECONDS} s)")
        print(f"         shapley {np.round(power.shapley, 1)}, of {power.grand:.1f}; vetoes {int(power.veto.sum())}")


if __name__ == "__main__":
    main()
