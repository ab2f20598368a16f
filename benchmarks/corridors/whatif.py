"""A closure on the Kazakhstan oil network, warm: the shock applied, the network read and solved at its three ends.

`python benchmarks/corridors/whatif.py` prints the best and the median of nine, and the target. No peer runs beside it:
none answers the question on sourced legs. The whole lens (every closure, power, works) is printed below.
"""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable

from multivector.lenses.corridors.lens import measure, outcome
from multivector.lenses.corridors.params import CorridorParams
from multivector.scenario import Close, apply
from multivector.world import World

TARGET_MS = 50
TIMES = 9
CLOSURE = Close(on="cpc", start=dt.date(2025, 1, 1), end=dt.date(2025, 1, 31))


def milliseconds(run: Callable[[], object]) -> list[float]:
    """How long each of `TIMES` runs took, after one that warms up."""
    run()
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        run()
        taken.append(1e3 * (time.perf_counter() - start))
    return taken


def main() -> None:
    """Print both figures."""
    world, params = World.open(), CorridorParams(pivot="KAZ")
    for name, run, target in (
        ("what if CPC closes for 30 days", lambda: outcome(apply(world, [CLOSURE]), params), f"target {TARGET_MS} ms"),
        ("the whole lens", lambda: measure(world, params), "no target"),
    ):
        taken = milliseconds(run)
        print(f"{name}: best {min(taken):.0f} ms, median {statistics.median(taken):.0f} ms ({target})")


if __name__ == "__main__":
    main()
