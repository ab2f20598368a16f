"""Worst three attacks on 20,020 legs, ours against HiGHS: `uv run python benchmarks/corridors/interdiction.py`.

Both on one thread of one process, on the frozen network of the reference folder (MULTIVECTOR_REFERENCE). Prints times,
values and their ratio beside the target, asserts nothing. The mixed-integer program takes seconds to minutes, by the
version of HiGHS, so it runs once; ours is the best of three.
"""

from __future__ import annotations

import gzip
import os
import sys
import time
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import highspy
import numpy as np
import polars as pl

from multivector.models.interdiction.max_flow import max_flow

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "corridors" / "frozen"
FILE = "interdict_5000_20000_b.csv.gz"
ATTACKS, VALUE = 3, 254  # value proven before, answers.json of the reference folder
TARGET = 40
RUNS = 3
MOST_SECONDS = 900.0


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """The frozen network; arrays have shape (A,)."""

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    capacity: NDArray[np.float64]
    attackable: NDArray[np.bool_]
    source: int
    sink: int


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds, value, lower bound and whether the two were proven equal."""

    seconds: float
    value: float
    bound: float
    proven: bool


def frozen() -> Case:
    """The network of the reference folder."""
    with gzip.open(FOLDER / FILE, "rt", encoding="ascii") as lines:
        _, _, source, _, sink = lines.readline().split()
        arcs = pl.read_csv(StringIO(lines.read()))
    return Case(
        tail=arcs["tail"].to_numpy(),
        head=arcs["head"].to_numpy(),
        capacity=arcs["capacity"].cast(pl.Float64).to_numpy(),
        attackable=(arcs["attackable"] == 1).to_numpy(),
        source=int(source),
        sink=int(sink),
    )


def ours(case: Case) -> Run:
    """The whole call, checks and answer included."""
    start = time.perf_counter()
    found = max_flow(case.tail, case.head, case.capacity, case.source, case.sink, ATTACKS, attackable=case.attackable)
    return Run(time.perf_counter() - start, found.value, found.bound, found.proven)


def mixed_integer(case: Case) -> Run:
    """Wood (1993), the dual in one level: alpha is the side of a node, beta the legs cut, gamma the legs attacked."""
    start = time.perf_counter()
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - their signature
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", MOST_SECONDS)
    solver.passModel(dual_program(case))
    solver.run()
    info = solver.getInfo()
    proven = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return Run(time.perf_counter() - start, info.objective_function_value, info.mip_dual_bound, proven)


def dual_program(case: Case) -> highspy.HighsLp:
    """Minimise sum c beta; alpha_tail - alpha_head + beta + gamma >= 0 on each leg; sum gamma <= R; binary legs."""
    legs, nodes = len(case.tail), int(max(case.tail.max(), case.head.max())) + 1
    leg = np.arange(legs)
    low, high = np.zeros(nodes + 2 * legs), np.ones(nodes + 2 * legs)
    high[case.source], low[case.sink] = 0.0, 1.0
    high[nodes + legs :] = case.attackable
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = nodes + 2 * legs, legs + 1
    program.col_cost_ = np.concatenate([np.zeros(nodes), case.capacity, np.zeros(legs)])
    program.col_lower_, program.col_upper_ = low, high
    program.row_lower_ = np.append(np.zeros(legs), -highspy.kHighsInf)
    program.row_upper_ = np.append(np.full(legs, highspy.kHighsInf), float(ATTACKS))
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.append(np.arange(0, 4 * legs + 1, 4), 5 * legs)
    columns = np.column_stack([case.tail, case.head, nodes + leg, nodes + legs + leg])
    program.a_matrix_.index_ = np.concatenate([columns.ravel(), nodes + legs + leg])
    program.a_matrix_.value_ = np.concatenate([np.tile([1.0, -1.0, 1.0, 1.0], legs), np.ones(legs)])
    kinds = [highspy.HighsVarType.kContinuous] * nodes + [highspy.HighsVarType.kInteger] * (2 * legs)
    program.integrality_ = kinds
    return program


def show(what: str, run: Run) -> None:
    """Print one line."""
    print(f"{what:<30}  {run.seconds:7.3f}  {run.value:5g}  {run.bound:5g}  {run.proven}", flush=True)


def main() -> int:
    """Print one line a solver, then the ratio and its target; 1 where the file is missing."""
    if not (FOLDER / FILE).exists():
        print(f"{FOLDER / FILE} is missing: point MULTIVECTOR_REFERENCE at the reference folder", file=sys.stderr)
        return 1
    case = frozen()
    print(f"{f'worst {ATTACKS} attacks, known {VALUE}':<30}  seconds  value  bound  proven")
    fast = min((ours(case) for _ in range(RUNS)), key=lambda run: run.seconds)
    show(f"multivector, best of {RUNS}", fast)
    slow = mixed_integer(case)
    show("mixed-integer program, HiGHS", slow)
    sign = "" if slow.proven else "at least "  # stopped early, it would have taken longer
    print(f"ratio {sign}{slow.seconds / fast.seconds:.0f}, target {TARGET}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
