"""Min-cost interdiction: the three PyomoGallery examples whose operator pays for what he does not deliver.

PyomoGallery, network_interdiction (BSD-3-Clause): shortest path 5 / 17 / 100 is the notebooks' own output, min-cost 700
/ 7,300 / 21,000 is in the tests of stigrs/snram; multi-commodity 3,600 / 9,600 / 143,000 / 210,000 was enumerated for
this project, since the notebook ends in a traceback. A unit that does not arrive costs the number of nodes x the
largest cost, once where it is missing and once where it stays. All figures are whole and small, hence 1e-9. The files
stay outside the repository (MULTIVECTOR_REFERENCE).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from multivector.models.flow.network import Side, as_network
from multivector.models.interdiction import min_cost
from multivector.models.interdiction.min_cost import interdict_min_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "corridors/pyomogallery"
FILES = (
    "shortest_path/sample_arcs_data.csv",
    "min_cost_flow/sample_arcs_data.csv",
    "min_cost_flow/sample_nodes_data.csv",
    "multi_commodity_flow/sample_arcs_data.csv",
    "multi_commodity_flow/sample_arcs_commodity_data.csv",
    "multi_commodity_flow/sample_nodes_commodity_data.csv",
)
NAMES = ["Start", "B", "C", "D", "End"]
EXACT = 1e-9  # relative

pytestmark = pytest.mark.skipif(
    not all((FOLDER / file).exists() for file in FILES),
    reason=f"{FOLDER} lacks one of {FILES}: point MULTIVECTOR_REFERENCE at the reference folder",
)


@pytest.fixture(autouse=True, params=[20, -1], ids=["enumerated", "bounded"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(min_cost, "MOST_ENUMERATED", request.param)


def numbers(names: pl.Series) -> IntArray:
    return names.replace_strict(NAMES, range(len(NAMES)), return_dtype=pl.Int64).to_numpy()


def supplies(rows: pl.DataFrame) -> FloatArray:
    """What each node ships: the files write supply with a minus."""
    supply = np.zeros(len(NAMES))
    np.add.at(supply, numbers(rows["Node"]), -rows["SupplyDemand"].to_numpy().astype(np.float64))
    return supply


@pytest.mark.parametrize(("budget", "value"), [(0, 5), (1, 17), (2, 100)])
def test_shortest_path(budget: int, value: int) -> None:
    arcs = pl.read_csv(FOLDER / "shortest_path/sample_arcs_data.csv")
    supply = np.zeros(len(NAMES))
    supply[[0, -1]] = 1.0, -1.0
    cost = arcs["Cost"].to_numpy().astype(np.float64)
    penalty = len(NAMES) * cost.max()
    found = interdict_min_cost(
        as_network(numbers(arcs["StartNode"]), numbers(arcs["EndNode"]), len(NAMES)),
        capacity=np.full(arcs.height, np.inf),
        cost=cost,
        supply=supply,
        budget=budget,
        attackable=(arcs["Attackable"] == 1).to_numpy(),
        shortage_cost=penalty,
        surplus_cost=penalty,
    )
    assert (found.value, found.bound) == pytest.approx((value, value), rel=EXACT)
    assert found.proven


@pytest.mark.parametrize(("budget", "value"), [(0, 700), (1, 7300), (2, 21_000)])
def test_min_cost(budget: int, value: int) -> None:
    arcs = pl.read_csv(FOLDER / "min_cost_flow/sample_arcs_data.csv")
    cost = arcs["Cost"].to_numpy().astype(np.float64)
    penalty = len(NAMES) * cost.max()
    found = interdict_min_cost(
        as_network(numbers(arcs["StartNode"]), numbers(arcs["EndNode"]), len(NAMES)),
        capacity=arcs["Capacity"].to_numpy().astype(np.float64),
        cost=cost,
        supply=supplies(pl.read_csv(FOLDER / "min_cost_flow/sample_nodes_data.csv")),
        budget=budget,
        attackable=(arcs["Attackable"] == 1).to_numpy(),
        shortage_cost=penalty,
        surplus_cost=penalty,
    )
    assert (found.value, found.bound) == pytest.approx((value, value), rel=EXACT)
    assert found.proven


@pytest.mark.parametrize(("budget", "value"), [(0, 3600), (1, 9600), (2, 143_000), (3, 210_000)])
def test_multi_commodity(budget: int, value: int) -> None:
    """One copy of the network a commodity: the copies of an arc share its capacity, and an attack hits them all."""
    arcs = pl.read_csv(FOLDER / "multi_commodity_flow/sample_arcs_data.csv").with_row_index("arc")
    wants = pl.read_csv(FOLDER / "multi_commodity_flow/sample_nodes_commodity_data.csv")
    goods = wants["Commodity"].unique().sort().to_list()
    copies = (
        pl.read_csv(FOLDER / "multi_commodity_flow/sample_arcs_commodity_data.csv")
        .join(arcs, on=["StartNode", "EndNode"], how="left", validate="m:1", suffix="_joint")
        .with_columns(layer=pl.col("Commodity").replace_strict(goods, range(len(goods)), return_dtype=pl.Int64))
    )
    assert (copies["Capacity"] == -1).all()  # one commodity alone may fill the arc
    layer, cost = copies["layer"].to_numpy() * len(NAMES), copies["Cost"].to_numpy().astype(np.float64)
    arc = copies["arc"].to_numpy().astype(np.int64)
    penalty = len(NAMES) * cost.max()
    found = interdict_min_cost(
        as_network(layer + numbers(copies["StartNode"]), layer + numbers(copies["EndNode"]), len(NAMES) * len(goods)),
        capacity=np.full(copies.height, np.inf),
        cost=cost,
        supply=np.concatenate([supplies(wants.filter(pl.col("Commodity") == good)) for good in goods]),
        budget=budget,
        attackable=(copies["Attackable"] == 1).to_numpy(),
        group=arc,
        shortage_cost=penalty,
        surplus_cost=penalty,
        side=Side(
            row=arc,
            arc=np.arange(copies.height),
            coef=np.ones(copies.height),
            limit=arcs["Capacity"].to_numpy().astype(np.float64),
        ),
    )
    assert (found.value, found.bound) == pytest.approx((value, value), rel=EXACT)
    assert found.proven
