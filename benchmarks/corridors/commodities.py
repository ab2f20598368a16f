"""99 pairs on 600 shared legs, ours against HiGHS: `uv run python benchmarks/corridors/commodities.py`.

Column generation beside the plain programme of flows by pair and leg, both on one thread of one process, best of three,
on the frozen network of the reference folder (MULTIVECTOR_REFERENCE). Prints times, tonnes and the ratio beside the
target, asserts nothing. The greedy peer is not run: its figures are those of methods/corridors.md, sections 12 and 14.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import highspy
import numpy as np

from multivector.models.flow.commodities import multicommodity
from multivector.models.flow.program import Model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "corridors" / "frozen"
FILE = "multicommodity_200_600.json.gz"
TARGET = 20
RUNS = 3
GREEDY = "greedy (transport_flow_model, as noted, not run)", "2.4-2.9", "761.3"


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """The frozen network; tail to cost have shape (A,), origin to amount (K,)."""

    nodes: int
    tail: IntArray
    head: IntArray
    capacity: FloatArray
    cost: FloatArray
    origin: IntArray
    destination: IntArray
    amount: FloatArray
    unmet_cost: float


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds, and what was delivered at what cost of transport; `certified`: the gap, as far as one was computed."""

    seconds: float
    delivered: float
    cost: float
    certified: str


def frozen() -> Case:
    """The network of the reference folder."""
    with gzip.open(FOLDER / FILE, "rt", encoding="ascii") as file:
        stored = json.load(file)
    tail, head, origin, destination = (
        np.array(stored[name], dtype=np.int64) for name in ("tail", "head", "origin", "destination")
    )
    capacity, cost, amount = (np.array(stored[name], dtype=np.float64) for name in ("capacity", "cost", "amount"))
    return Case(
        nodes=int(stored["nodes"]),
        tail=tail,
        head=head,
        capacity=capacity,
        cost=cost,
        origin=origin,
        destination=destination,
        amount=amount,
        unmet_cost=float(stored["unmet_cost"]),
    )


def ours(case: Case) -> Run:
    """The whole call, checks, certificate and answer included."""
    start = time.perf_counter()
    found = multicommodity(
        case.tail,
        case.head,
        case.capacity,
        case.cost,
        case.origin,
        case.destination,
        case.amount,
        unmet_cost=case.unmet_cost,
    )
    seconds = time.perf_counter() - start
    return Run(seconds, float(found.delivered.sum()), found.cost, f"{found.gap:.1g}")


def plain(case: Case) -> Run:
    """Matrix, model and solve of the programme by pair and leg, with the solver's own choice of method."""
    start = time.perf_counter()
    solver = Model()
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - their signature
    solver.setOptionValue("threads", 1)
    solver.passModel(arc_program(case))
    solver.run()
    pairs, legs = case.amount.size, case.tail.size
    x = np.array(solver.getSolution().col_value)
    cost = float(np.tile(case.cost, pairs) @ x[: pairs * legs])
    return Run(time.perf_counter() - start, float(case.amount.sum() - x[pairs * legs :].sum()), cost, "-")


def arc_program(case: Case) -> highspy.HighsLp:
    """Minimise cost of flow and of unmet amounts; balance by pair and node, capacity by leg."""
    pairs, legs, nodes = case.amount.size, case.tail.size, case.nodes
    base = nodes * np.arange(pairs)
    column_rows = np.empty((pairs, legs, 3), dtype=np.int64)
    column_rows[:, :, 0] = base[:, None] + case.tail
    column_rows[:, :, 1] = base[:, None] + case.head
    column_rows[:, :, 2] = pairs * nodes + np.arange(legs)
    ends = np.column_stack([base + case.origin, base + case.destination])
    balance = np.zeros(pairs * nodes)
    balance[ends[:, 0]], balance[ends[:, 1]] = case.amount, -case.amount
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = pairs * (legs + 1), pairs * nodes + legs
    program.col_cost_ = np.append(np.tile(case.cost, pairs), np.full(pairs, case.unmet_cost))
    program.col_lower_ = np.zeros(pairs * (legs + 1))
    program.col_upper_ = np.append(np.full(pairs * legs, highspy.kHighsInf), case.amount)
    program.row_lower_ = np.append(balance, np.full(legs, -highspy.kHighsInf))
    program.row_upper_ = np.append(balance, case.capacity)
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    flows = 3 * np.arange(pairs * legs)
    program.a_matrix_.start_ = np.concatenate([flows, 3 * pairs * legs + 2 * np.arange(pairs + 1)])
    program.a_matrix_.index_ = np.append(column_rows.ravel(), ends.ravel())
    program.a_matrix_.value_ = np.append(np.tile([1.0, -1.0, 1.0], pairs * legs), np.tile([1.0, -1.0], pairs))
    return program


def best(run: Callable[[Case], Run], case: Case) -> Run:
    """The fastest of several runs."""
    return min((run(case) for _ in range(RUNS)), key=lambda one: one.seconds)


def show(what: str, seconds: str, delivered: str, cost: str, gap: str) -> None:
    """Print one line."""
    print(f"{what:<48}  {seconds:>8}  {delivered:>9}  {cost:>9}  {gap}", flush=True)


def main() -> int:
    """Print one line a solver and the ratio."""
    if not (FOLDER / FILE).exists():
        print(f"{FOLDER / FILE} is missing: point MULTIVECTOR_REFERENCE at the reference folder", file=sys.stderr)
        return 1
    case = frozen()
    mine, peer = best(ours, case), best(plain, case)
    show(f"of {case.amount.sum():,.0f} asked", "seconds", "delivered", "cost", "gap")
    for what, run in (("multicommodity (column generation)", mine), ("arc programme in HiGHS", peer)):
        show(what, f"{run.seconds:.3f}", f"{run.delivered:.1f}", f"{run.cost:,.0f}", run.certified)
    show(*GREEDY, "-", "-")
    print(f"{peer.seconds / mine.seconds:.0f} times faster than the arc programme (target {TARGET})")
    print(f"delivers {mine.delivered - peer.delivered:+.3g} beside the arc programme (target: never less)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
