"""Pairs that share capacity: the PyomoGallery example under attack, and a frozen network of 99 pairs.

PyomoGallery, network_interdiction, multi_commodity_flow (BSD-3-Clause): its notebook shows no output, so the values
for 0 to 3 attacks were computed for this project by enumeration. The penalty, 5 nodes x largest cost 700, is charged on
unmet supply and on unmet demand. The frozen network's answer is a product of this project too (arc programme and column
generation agree), hence the stated 1e-6. All figures are whole and attacks are tried one by one, so the gallery is
compared to 1e-9. The files stay outside the repository (MULTIVECTOR_REFERENCE).
"""

from __future__ import annotations

import gzip
import json
import os
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from multivector.models.flow.commodities import multicommodity

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "corridors"
FROZEN = FOLDER / "frozen/multicommodity_200_600.json.gz"
GALLERY = FOLDER / "pyomogallery/multi_commodity_flow"
NODES = ["Start", "B", "C", "D", "End"]
PENALTY = 2 * len(NODES) * 700.0  # a unit of a pair that stays behind is unmet supply and unmet demand at once

pytestmark = pytest.mark.skipif(
    not (FROZEN.exists() and GALLERY.exists()),
    reason=f"{FOLDER} lacks {FROZEN.name} or {GALLERY.name}: point MULTIVECTOR_REFERENCE at the reference folder",
)


@pytest.mark.parametrize(("attacks", "value"), [(0, 3_600), (1, 9_600), (2, 143_000), (3, 210_000)])
def test_gallery(attacks: int, value: int) -> None:
    legs = pl.read_csv(GALLERY / "sample_arcs_data.csv")
    costs = pl.read_csv(GALLERY / "sample_arcs_commodity_data.csv")
    tail, head = (
        legs[column].replace_strict(NODES, range(len(NODES)), return_dtype=pl.Int64).to_numpy()
        for column in ("StartNode", "EndNode")
    )
    cost = np.column_stack(
        [
            legs.join(
                costs.filter(pl.col("Commodity") == goods), on=["StartNode", "EndNode"], validate="1:1", how="left"
            )["Cost"].to_numpy()
            for goods in ("Rice", "Corn")
        ]
    )
    worst = 0.0
    for attacked in combinations(range(legs.height), attacks):
        capacity = legs["Capacity"].to_numpy().astype(np.float64)
        capacity[list(attacked)] = 0.0
        found = multicommodity(
            tail,
            head,
            capacity,
            cost,
            np.array([0, 2]),  # rice from Start to D, corn from C to End
            np.array([3, 4]),
            np.array([20.0, 10.0]),
            unmet_cost=PENALTY,
        )
        worst = max(worst, found.objective)
    assert worst == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("method", ["paths", pytest.param("arcs", marks=pytest.mark.slow)])
def test_frozen(method: str) -> None:
    with gzip.open(FROZEN, "rt", encoding="ascii") as file:
        stored = json.load(file)
    assert stored["unmet_cost"] == 50_000
    assert sum(stored["amount"]) == 1_051
    found = multicommodity(
        *(np.array(stored[name]) for name in ("tail", "head", "capacity", "cost", "origin", "destination", "amount")),
        unmet_cost=stored["unmet_cost"],
        method="arcs" if method == "arcs" else "paths",
    )
    assert found.delivered.sum() == pytest.approx(821.0, rel=1e-6)
    assert found.cost == pytest.approx(1_265_666, rel=1e-6)
    assert found.gap <= 1e-9
    assert (found.flow <= np.array(stored["capacity"]) * (1 + 1e-9)).all()
