"""Max-flow interdiction: the PyomoGallery example and two frozen networks with values proven by a mixed-integer solver.

PyomoGallery, network_interdiction, max_flow (BSD-3-Clause), prints 80 / 10 / 0 for 0 / 1 / 2 attacks. The frozen
networks were generated for this project; capacities are whole, so values are compared exactly. At 5 attacks the smaller
one has a Lagrangian bound of 56 and a value of 59: branching proves it. All files stay outside the repository
(MULTIVECTOR_REFERENCE).
"""

from __future__ import annotations

import gzip
import os
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from multivector.models.interdiction.max_flow import max_flow

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "corridors"
GALLERY = "pyomogallery/max_flow/sample_arcs_data.csv"
SMALL, LARGE = "frozen/interdict_1000_4000.csv.gz", "frozen/interdict_5000_20000_b.csv.gz"

pytestmark = pytest.mark.skipif(
    not all((FOLDER / file).exists() for file in (GALLERY, SMALL, LARGE)),
    reason=f"{FOLDER} lacks one of {GALLERY}, {SMALL}, {LARGE}: point MULTIVECTOR_REFERENCE at the reference folder",
)


@pytest.mark.parametrize(("budget", "value"), [(0, 80), (1, 10), (2, 0)])
def test_gallery(budget: int, value: int) -> None:
    arcs = pl.read_csv(FOLDER / GALLERY)
    names = ["Start", "B", "C", "D", "End"]
    tail, head = (
        arcs[column].replace_strict(names, range(len(names)), return_dtype=pl.Int64).to_numpy()
        for column in ("StartNode", "EndNode")
    )
    found = max_flow(
        tail, head, arcs["Capacity"].to_numpy(), 0, 4, budget, attackable=(arcs["Attackable"] == 1).to_numpy()
    )
    assert (found.value, found.bound, found.proven) == (value, value, True)
    if budget == 1:
        assert arcs[found.attacked[0]].row(0)[:2] == ("Start", "C")


@pytest.mark.parametrize(
    ("file", "budget", "value"),
    [(SMALL, 0, 389), (SMALL, 3, 144), (SMALL, 5, 59), (LARGE, 0, 478), (LARGE, 3, 254), (LARGE, 5, 164)],
)
def test_frozen(file: str, budget: int, value: int) -> None:
    with gzip.open(FOLDER / file, "rt", encoding="ascii") as lines:
        _, _, source, _, sink = lines.readline().split()
        arcs = pl.read_csv(StringIO(lines.read()))
    tail, head, capacity = (arcs[name].to_numpy() for name in ("tail", "head", "capacity"))
    safe_ends = (arcs["attackable"] == 1).to_numpy()
    found = max_flow(tail, head, capacity, int(source), int(sink), budget, attackable=safe_ends)
    assert (found.value, found.bound, found.proven) == (value, value, True)
    assert len(found.attacked) <= budget
    assert capacity[found.cut].sum() == value
    assert np.isclose(found.flow[tail == int(source)].sum(), value, rtol=0, atol=1e-9)
