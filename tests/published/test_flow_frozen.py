"""Min-cost flows of two frozen networks, and the interdiction answers of the Pyomo gallery by trying every closure.

The frozen networks are DIMACS files made for this project; HiGHS by three interfaces, networkx and OR-Tools agreed on
their optima. All their figures are whole numbers, hence 1e-9. The gallery is the repository Pyomo/PyomoGallery, folder
network_interdiction, four instances of five nodes: with six legs every set of attacks can be tried, so the attacker's
best is exact. Penalty there: number of nodes x largest cost, on what is not delivered and on what is not shipped.
All files stay outside the repository (MULTIVECTOR_REFERENCE).
"""

from __future__ import annotations

import csv
import gzip
import json
import os
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from multivector.models.flow.closures import closures
from multivector.models.flow.cuts import binding_cut
from multivector.models.flow.mincost import min_cost_flow
from multivector.models.flow.netback import NetbackProblem, netback
from multivector.models.flow.network import Network, as_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "corridors"
SLACK_COST = 50_000.0  # cost of a leg from a supply to the slack node of a frozen network
EXACT = 1e-9

pytestmark = pytest.mark.skipif(
    not (FOLDER / "answers.json").exists(),
    reason=f"{FOLDER} is missing: point MULTIVECTOR_REFERENCE at the reference folder",
)


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    network: Network
    capacity: FloatArray
    lower: FloatArray
    cost: FloatArray
    supply: FloatArray

    def without_slack(self) -> Frozen:
        """The same network before its last node, which makes a solution always exist, was added."""
        slack = self.network.nodes - 1
        kept = (self.network.tail != slack) & (self.network.head != slack)
        return Frozen(
            network=as_network(self.network.tail[kept], self.network.head[kept], slack),
            capacity=self.capacity[kept],
            lower=self.lower[kept],
            cost=self.cost[kept],
            supply=self.supply[:slack],
        )


def frozen(name: str) -> Frozen:
    """A DIMACS minimum-cost flow file: p min nodes legs; n node supply; a tail head lower capacity cost."""
    with gzip.open(FOLDER / "frozen" / name, "rt", encoding="ascii") as file:
        lines = [line.split() for line in file]
    nodes = next(int(words[2]) for words in lines if words[:1] == ["p"])
    supply = np.zeros(nodes)
    for words in lines:
        if words[:1] == ["n"]:
            supply[int(words[1]) - 1] = float(words[2])
    legs = np.array([words[1:] for words in lines if words[:1] == ["a"]], dtype=np.float64)
    ends = legs[:, :2].astype(np.int64) - 1
    return Frozen(
        network=as_network(ends[:, 0], ends[:, 1], nodes),
        capacity=legs[:, 3],
        lower=legs[:, 2],
        cost=legs[:, 4],
        supply=supply,
    )


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, dict[str, list[float]]]]:
    with (FOLDER / "answers.json").open(encoding="utf-8") as file:
        return dict(json.load(file))


@pytest.fixture(scope="module")
def small() -> Frozen:
    return frozen("mcf_200_600.min.gz")


@pytest.mark.parametrize(("name", "optimum"), [("mcf_200_600.min.gz", 78_248), ("mcf_5000_20000_b.min.gz", 724_813)])
def test_frozen_optima(name: str, optimum: float) -> None:
    world = frozen(name)
    found = min_cost_flow(
        world.network, capacity=world.capacity, cost=world.cost, supply=world.supply, lower=world.lower
    )
    assert found.objective == pytest.approx(optimum, rel=EXACT)
    assert found.penalty == 0
    assert found.gap <= EXACT
    assert found.residual <= EXACT
    assert found.flow == pytest.approx(np.round(found.flow), abs=1e-9)  # whole figures have whole optima


def test_prices_of_shortage_do_what_the_slack_node_does(small: Frozen) -> None:
    world = small.without_slack()
    found = min_cost_flow(
        world.network,
        capacity=world.capacity,
        cost=world.cost,
        supply=world.supply,
        shortage_cost=SLACK_COST,
        surplus_cost=0.0,
    )
    assert found.objective == pytest.approx(78_248, rel=EXACT)


def test_netback_of_one_price_is_sales_less_the_cheapest_flow(small: Frozen) -> None:
    world = small.without_slack()
    problem = NetbackProblem(
        network=world.network,
        capacity=world.capacity[None, :],
        cost=world.cost,
        supply=np.maximum(world.supply, 0.0)[None, :],
        price=np.full(200, SLACK_COST),
        demand=np.maximum(-world.supply, 0.0)[None, :],
        shut_in_cost=np.zeros(200),
    )
    plan = netback(problem, near=np.zeros((1, 600)))
    sold = -world.supply[world.supply < 0].sum()
    assert plan.delivered.sum() == pytest.approx(sold)
    assert plan.value == pytest.approx(SLACK_COST * sold - 78_248, rel=EXACT)


def test_closures_of_the_frozen_network_equal_solves_from_nothing(small: Frozen) -> None:
    scale = 1.0 - np.eye(small.cost.size)
    found = closures(
        small.network,
        capacity=small.capacity,
        cost=small.cost,
        supply=small.supply,
        scale=scale,
        shortage_cost=1e6,
        surplus_cost=1e6,
    )
    assert (found.objective >= 78_248 * (1 - EXACT)).all()
    assert found.objective[~found.solved] == pytest.approx(78_248, rel=EXACT)
    for closure in np.flatnonzero(found.solved)[::7]:
        alone = min_cost_flow(
            small.network,
            capacity=small.capacity * scale[closure],
            cost=small.cost,
            supply=small.supply,
            shortage_cost=1e6,
            surplus_cost=1e6,
        )
        assert found.objective[closure] == pytest.approx(alone.objective, rel=EXACT)


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    network: Network
    capacity: FloatArray
    cost: FloatArray
    supply: FloatArray


def gallery(name: Literal["max_flow", "shortest_path", "min_cost_flow"]) -> Gallery:
    """One instance; a blank capacity column is none, and the gallery's supply is negative where goods come from."""
    with (FOLDER / "pyomogallery" / name / "sample_arcs_data.csv").open(encoding="utf-8") as file:
        legs = list(csv.DictReader(file))
    with (FOLDER / "pyomogallery" / name / "sample_nodes_data.csv").open(encoding="utf-8") as file:
        nodes = list(csv.DictReader(file))
    place = {node["Node"]: number for number, node in enumerate(nodes)}
    tail, head = (np.array([place[leg[end]] for leg in legs]) for end in ("StartNode", "EndNode"))
    supply = np.array([-float(node["SupplyDemand"]) for node in nodes]) if name != "max_flow" else np.zeros(len(nodes))
    return Gallery(
        network=as_network(tail, head, len(nodes)),
        capacity=np.array([float(leg["Capacity"]) if "Capacity" in leg else np.inf for leg in legs]),
        cost=np.array([float(leg["Cost"]) if "Cost" in leg else 0.0 for leg in legs]),
        supply=supply,
    )


def every_attack(legs: int, attacks: int) -> FloatArray:
    """What each set of attacked legs leaves open, (sets, legs)."""
    return np.array([[float(leg not in hit) for leg in range(legs)] for hit in combinations(range(legs), attacks)])


@pytest.mark.parametrize(("name", "worst"), [("min_cost_flow", [700, 7_300, 21_000]), ("shortest_path", [5, 17, 100])])
def test_worst_cost_of_the_gallery(
    name: Literal["shortest_path", "min_cost_flow"],
    worst: list[float],
    answers: dict[str, dict[str, dict[str, list[float]]]],
) -> None:
    assert answers["pyomogallery"][name]["value"] == worst
    case = gallery(name)
    penalty = case.network.nodes * float(case.cost.max())
    for attacks, value in enumerate(worst):
        found = closures(
            case.network,
            capacity=case.capacity,
            cost=case.cost,
            supply=case.supply,
            scale=every_attack(case.cost.size, attacks),
            shortage_cost=penalty,
            surplus_cost=penalty,
        )
        assert found.objective.max() == pytest.approx(value, rel=EXACT)


def test_least_flow_of_the_gallery(answers: dict[str, dict[str, dict[str, list[float]]]]) -> None:
    assert answers["pyomogallery"]["max_flow"]["value"] == [80, 10, 0]
    case = gallery("max_flow")
    plenty = np.zeros(5)
    plenty[0], plenty[-1] = 1_000.0, -1_000.0
    for attacks, value in enumerate((80, 10, 0)):
        found = [
            binding_cut(case.network, capacity=case.capacity * left, supply=plenty).deliverable
            for left in every_attack(6, attacks)
        ]
        assert min(found) == pytest.approx(value, abs=1e-9)
