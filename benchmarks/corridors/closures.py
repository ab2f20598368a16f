"""Flows beside their peers in one process, one thread: `uv run python benchmarks/corridors/closures.py`.

Prints seconds (best of three), the ratio and its target; asserts no time. Every peer's answer is compared with ours.
The frozen networks lie outside the repository: MULTIVECTOR_REFERENCE, as for the tests.
"""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import highspy
import networkx as nx  # type: ignore[import-untyped]
import numpy as np
from scipy.optimize import linprog  # type: ignore[import-untyped]
from scipy.sparse import csc_array  # type: ignore[import-untyped]

from multivector.models.flow.closures import closures
from multivector.models.flow.mincost import min_cost_flow
from multivector.models.flow.network import Network, as_network
from multivector.models.flow.program import Model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "corridors" / "frozen"
RUNS = 3
CLOSED = 600  # the legs of the network itself; the rest lead to and from its slack node
UNMET = 1e6  # cost of a unit unmet or left behind: never worth it beside the slack node, as in the peer, which has none


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    """A DIMACS minimum-cost flow."""

    network: Network
    capacity: FloatArray
    cost: FloatArray
    supply: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Timed:
    """Best seconds of several runs, and the values of the last."""

    seconds: float
    values: FloatArray


def frozen(name: str) -> Frozen:
    """Read one of the frozen networks."""
    with gzip.open(FOLDER / name, "rt", encoding="ascii") as file:
        lines = [line.split() for line in file]
    nodes = next(int(words[2]) for words in lines if words[:1] == ["p"])
    supply = np.zeros(nodes)
    for words in lines:
        if words[:1] == ["n"]:
            supply[int(words[1]) - 1] = float(words[2])
    legs = np.array([words[1:] for words in lines if words[:1] == ["a"]], dtype=np.float64)
    ends = legs[:, :2].astype(np.int64) - 1
    return Frozen(
        network=as_network(ends[:, 0], ends[:, 1], nodes), capacity=legs[:, 3], cost=legs[:, 4], supply=supply
    )


def timed(solve: Callable[[], FloatArray], *, runs: int = RUNS) -> Timed:
    """Run several times and keep the best time."""
    seconds, values = np.inf, np.zeros(0)
    for _ in range(runs):
        start = time.perf_counter()
        values = solve()
        seconds = min(seconds, time.perf_counter() - start)
    return Timed(seconds=seconds, values=values)


def our_closures(world: Frozen) -> FloatArray:
    """The 600 single closures in one call."""
    scale = 1.0 - np.eye(CLOSED, world.cost.size)
    return closures(
        world.network,
        capacity=world.capacity,
        cost=world.cost,
        supply=world.supply,
        scale=scale,
        shortage_cost=UNMET,
        surplus_cost=UNMET,
    ).objective


def their_closures(world: Frozen, legs: NDArray[np.int64]) -> FloatArray:
    """Networkx, one network simplex a closure; its graph is built once and not timed."""
    graph = nx.DiGraph()
    for node, supply in enumerate(world.supply):
        graph.add_node(node, demand=-int(supply))
    ends = list(zip(world.network.tail.tolist(), world.network.head.tolist(), strict=True))
    for (tail, head), capacity, cost in zip(ends, world.capacity, world.cost, strict=True):
        graph.add_edge(tail, head, capacity=int(capacity), weight=int(cost))
    values = np.zeros(legs.size)
    for number, leg in enumerate(legs):
        edge = graph.edges[ends[leg]]
        capacity, edge["capacity"] = edge["capacity"], 0
        values[number], _ = nx.network_simplex(graph)
        edge["capacity"] = capacity
    return values


def our_flow(world: Frozen) -> FloatArray:
    """One minimum-cost flow."""
    found = min_cost_flow(world.network, capacity=world.capacity, cost=world.cost, supply=world.supply)
    return np.array([found.objective])


def balance(world: Frozen) -> csc_array:
    """The node-leg matrix, as a user of a bare solver would build it."""
    legs = np.arange(world.cost.size)
    ends = np.concatenate([world.network.tail, world.network.head])
    signs = np.concatenate([np.ones(legs.size), -np.ones(legs.size)])
    return csc_array((signs, (ends, np.tile(legs, 2))), shape=(world.network.nodes, legs.size))


def direct_highs(world: Frozen) -> FloatArray:
    """The same programme given to HiGHS by hand, with its own settings and without a certificate."""
    matrix = balance(world)
    model = Model()
    model.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS takes options by position
    model.setOptionValue("threads", 1)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = world.cost, np.zeros(world.cost.size), world.capacity
    lp.row_lower_ = lp.row_upper_ = world.supply
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    model.passModel(lp)
    model.run()
    return np.array([world.cost @ np.array(model.getSolution().col_value)])


def by_scipy(world: Frozen) -> FloatArray:
    """The same programme given to scipy."""
    bounds = np.column_stack([np.zeros(world.cost.size), world.capacity])
    return np.array([linprog(world.cost, A_eq=balance(world), b_eq=world.supply, bounds=bounds, method="highs").fun])


def line(what: str, ours: Timed, theirs: Timed, *, target: str, slower: bool) -> str:
    """One row: seconds of both, how many times faster (or the part of the peer's time), target, agreement."""
    ratio = theirs.seconds / ours.seconds if slower else ours.seconds / theirs.seconds
    agree = np.allclose(ours.values, theirs.values, rtol=1e-9)
    return f"{what:<52} {ours.seconds:9.4f} {theirs.seconds:9.4f} {ratio:7.2f}  {target:<9} {'yes' if agree else 'NO'}"


def main() -> None:
    """Print one line a comparison."""
    small, large = frozen("mcf_200_600.min.gz"), frozen("mcf_5000_20000_b.min.gz")
    every = np.arange(CLOSED)
    print(f"{'what':<52} {'ours, s':>9} {'peer, s':>9} {'ratio':>7}  {'target':<9} same answer")
    ours = timed(lambda: our_closures(small))
    print(
        line(
            "600 closures, 200/600, vs networkx each time",
            ours,
            timed(lambda: their_closures(small, every)),
            target=">= 50",
            slower=True,
        )
    )
    for what, peer, target in (
        ("min-cost flow 200/600 vs HiGHS by hand", direct_highs, "<= 1.5"),
        ("min-cost flow 200/600 vs scipy linprog", by_scipy, ""),
    ):
        mine, theirs = timed(lambda: our_flow(small)), timed(lambda peer=peer: peer(small))  # type: ignore[misc]
        print(line(what, mine, theirs, target=target, slower=False))
    for what, peer, target in (
        ("min-cost flow 5k/20k vs scipy linprog", by_scipy, "<= 1.2"),
        ("min-cost flow 5k/20k vs HiGHS by hand", direct_highs, ""),
    ):
        mine, theirs = timed(lambda: our_flow(large)), timed(lambda peer=peer: peer(large))  # type: ignore[misc]
        print(line(what, mine, theirs, target=target, slower=False))


if __name__ == "__main__":
    main()
