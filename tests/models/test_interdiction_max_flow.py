"""The worst attack on a flow equals enumeration, comes with its proof, and behaves as a worst case must."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import NoAnswer, WrongRequest
from multivector.models.interdiction import lagrangian
from multivector.models.interdiction.cuts import leg_flow, network, smallest_cut
from multivector.models.interdiction.lagrangian import best_attack
from multivector.models.interdiction.max_flow import max_flow
from multivector.models.interdiction.records import Interdiction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.intp]

seeds = st.integers(0, 2**32 - 1)
few = settings(deadline=None, max_examples=25)


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """A random network with attack costs; parallel legs, opposite legs, loops and empty legs occur."""

    tail: IntArray
    head: IntArray
    capacity: FloatArray
    attackable: BoolArray
    cost: FloatArray
    nodes: int

    def worst(self, budget: float, *, time_limit: float | None = None) -> Interdiction:
        return max_flow(
            self.tail,
            self.head,
            self.capacity,
            0,
            self.nodes - 1,
            budget,
            attackable=self.attackable,
            attack_cost=self.cost,
            time_limit=time_limit,
        )


def random_net(seed: int, *, whole: bool, costs: str, most_legs: int = 9) -> Net:
    rng = np.random.default_rng(seed)
    nodes, legs = int(rng.integers(2, 7)), int(rng.integers(1, most_legs + 1))
    tail, head = rng.integers(0, nodes, (2, legs))
    head[0] = nodes - 1  # the last node is in the network
    widths = rng.integers(0, 8, legs).astype(np.float64), rng.random(legs) * np.exp(rng.uniform(-4, 6, legs))
    cost = {
        "one": np.ones(legs),
        "whole": rng.integers(1, 5, legs).astype(np.float64),
        "real": rng.uniform(0.1, 1, legs),
    }
    return Net(tail, head, widths[0 if whole else 1], rng.random(legs) < 0.8, cost[costs], nodes)


def layered_net(seed: int, *, whole: bool, costs: str) -> Net:
    """A wider network, whose worst attack takes some search."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(1, 21, (2, 90))
    tail = np.concatenate([np.zeros(6, dtype=int), ends.min(axis=0), np.arange(15, 21)])
    head = np.concatenate([np.arange(1, 7), ends.max(axis=0), np.full(6, 21)])
    capacity = rng.integers(1, 20, len(tail)).astype(np.float64) if whole else rng.uniform(1, 20, len(tail))
    cost = {
        "one": np.ones(len(tail)),
        "whole": rng.integers(1, 5, len(tail)).astype(np.float64),
        "real": rng.uniform(1, 2, len(tail)),
    }
    return Net(tail, head, capacity, np.ones(len(tail), dtype=np.bool_), cost[costs], 22)


def enumerated(net: Net, budgets: FloatArray) -> FloatArray:
    """The smallest flow for each budget: over all attacks, the smallest of all cuts; shares no code with the model."""
    attacks = (np.arange(2 ** len(net.tail))[:, None] >> np.arange(len(net.tail))) & 1 == 1
    attacks = attacks[~(attacks & ~net.attackable).any(axis=1)]
    inner = (np.arange(2 ** (net.nodes - 2))[:, None] >> np.arange(net.nodes - 2)) & 1 == 1
    side = np.column_stack([np.ones(len(inner), bool), inner, np.zeros(len(inner), bool)])
    across = side[:, net.tail] & ~side[:, net.head]
    left = (across @ np.where(attacks, 0.0, net.capacity).T).min(axis=0)
    spent = attacks @ net.cost
    return np.array([left[spent <= budget * (1 + 1e-9)].min() for budget in budgets])


def networkx_flow(net: Net) -> float:
    graph = nx.DiGraph()
    for tail, head, width in zip(net.tail.tolist(), net.head.tolist(), net.capacity.tolist(), strict=True):
        before = graph.edges[tail, head]["capacity"] if graph.has_edge(tail, head) else 0.0
        graph.add_edge(tail, head, capacity=before + width)
    flow: float = nx.maximum_flow_value(graph, 0, net.nodes - 1)
    return flow


def check(net: Net, found: Interdiction, *, budget: float) -> None:
    """Whatever the search did, its answer must be an attack within the budget, a flow and a cut of one value."""
    attacked = list(found.attacked)
    left, noise = net.capacity.copy(), 1e-10 * net.capacity.sum()
    left[attacked] = 0
    assert net.attackable[attacked].all()
    assert net.cost[attacked].sum() <= budget * (1 + 1e-9)
    assert (found.flow >= 0).all()
    assert (found.flow <= left).all()
    balance = np.bincount(net.tail, found.flow, net.nodes) - np.bincount(net.head, found.flow, net.nodes)
    due = np.zeros(net.nodes)
    due[0], due[-1] = found.value, -found.value
    np.testing.assert_allclose(balance, due, rtol=0, atol=noise)
    assert net.capacity[found.cut].sum() == pytest.approx(found.value, rel=0, abs=noise)
    assert not found.cut[attacked].any()
    assert 0 <= found.bound <= found.value


@few
@given(seeds, st.booleans(), st.sampled_from(["one", "whole", "real"]))
def test_equals_enumeration_at_every_budget(seed: int, whole: bool, costs: str) -> None:  # noqa: FBT001
    net = random_net(seed, whole=whole, costs=costs)
    budgets = np.arange(len(net.tail) + 1.0) if costs == "one" else np.linspace(0, net.cost.sum(), 10)
    for budget, known in zip(budgets, enumerated(net, budgets), strict=True):
        found = net.worst(budget)
        check(net, found, budget=budget)
        assert found.proven
        if whole:
            assert (found.value, found.bound) == (known, known)
        else:
            tolerance = 1e-10 * net.capacity.sum()
            assert found.value == pytest.approx(known, rel=0, abs=tolerance)
            assert found.bound <= known + 1e-14 * net.capacity.sum()


@pytest.mark.slow
@settings(deadline=None, max_examples=1000)
@given(seeds, st.booleans(), st.sampled_from(["one", "whole", "real"]))
def test_equals_enumeration_often(seed: int, whole: bool, costs: str) -> None:  # noqa: FBT001
    net = random_net(seed, whole=whole, costs=costs)
    budgets = np.linspace(0, net.cost.sum(), 6)
    values = [net.worst(budget).value for budget in budgets]
    np.testing.assert_allclose(values, enumerated(net, budgets), rtol=0, atol=1e-10 * net.capacity.sum())


@settings(deadline=None, max_examples=10)
@given(seeds, st.booleans(), st.sampled_from(["one", "whole", "real"]))
def test_more_budget_never_leaves_more(seed: int, whole: bool, costs: str) -> None:  # noqa: FBT001
    net = layered_net(seed, whole=whole, costs=costs)
    found = [net.worst(budget) for budget in range(0, 10, 2)]
    for one, budget in zip(found, range(0, 10, 2), strict=True):
        check(net, one, budget=budget)
        assert one.proven
    assert found[0].attacked == ()
    assert found[0].value == pytest.approx(networkx_flow(net), rel=1e-12)
    assert all(after.value <= before.value * (1 + 1e-9) for before, after in pairwise(found))
    full_cut = net.cost[net.head == net.nodes - 1].sum()
    assert net.worst(full_cut).value == 0


@settings(deadline=None, max_examples=10)
@given(seeds, st.booleans())
def test_names_order_and_units_change_nothing(seed: int, whole: bool) -> None:  # noqa: FBT001
    net = layered_net(seed, whole=whole, costs="whole")
    rng = np.random.default_rng(seed)
    before, renamed, order = net.worst(7), rng.permutation(1000)[: net.nodes], rng.permutation(len(net.tail))
    after = max_flow(
        renamed[net.tail][order],
        renamed[net.head][order],
        net.capacity[order] / 12,
        int(renamed[0]),
        int(renamed[-1]),
        7 * 250e3,
        attackable=net.attackable[order],
        attack_cost=net.cost[order] * 250e3,
    )
    assert before.proven
    assert after.proven
    assert after.value * 12 == pytest.approx(before.value, rel=1e-8)


@settings(deadline=None, max_examples=10)
@given(seeds, st.sampled_from(["one", "real"]))
def test_another_leg_never_makes_the_worst_case_worse(seed: int, costs: str) -> None:
    net = layered_net(seed, whole=True, costs=costs)
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, net.nodes, 2)
    more = Net(
        np.append(net.tail, ends[0]),
        np.append(net.head, ends[1]),
        np.append(net.capacity, 5.0),
        np.append(net.attackable, rng.random() < 0.5),
        np.append(net.cost, 1.0),
        net.nodes,
    )
    assert more.worst(4).value >= net.worst(4).value


def test_parallel_legs_are_separate_targets_and_both_carry() -> None:
    tail, head, capacity = np.array([0, 0, 0, 1]), np.array([1, 1, 1, 2]), np.array([3.0, 5.0, 2.0, 9.0])
    whole = max_flow(tail, head, capacity, 0, 2, 0)
    assert (whole.value, whole.flow.sum()) == (9.0, 18.0)
    assert (whole.flow[:3] <= capacity[:3]).all()
    safe_end = np.array([True, True, True, False])
    found = max_flow(tail, head, capacity, 0, 2, 1, attackable=safe_end)
    assert (found.value, found.attacked, found.flow.tolist()) == (5.0, (1,), [3.0, 0.0, 2.0, 5.0])
    assert found.cut.tolist() == [True, False, True, False]


def test_real_capacities_keep_the_bound_below() -> None:
    # scaled to whole numbers and rounded up, the bound would pass 1/3
    thirds = np.array([1 / 3, 1 / 3, 2 / 3])
    found = max_flow(np.zeros(3, dtype=int), np.ones(3, dtype=int), thirds, 0, 1, 1.0)
    assert found.value == pytest.approx(2 / 3, rel=1e-15)
    assert found.bound <= 2 / 3
    assert found.proven


def test_widths_far_apart_keep_their_digits() -> None:
    tail, head = np.array([0, 0, 1, 1, 2]), np.array([1, 1, 2, 2, 3])
    capacity = np.array([3e9 + 1, 1e15, 0.1, 0.2, 1e15])
    safe_ends = np.array([False, False, True, True, False])
    found = max_flow(tail, head, capacity, 0, 3, 1, attackable=safe_ends)
    assert found.value == pytest.approx(0.1, rel=1e-12)
    assert found.attacked == (3,)
    big = max_flow(np.array([0, 0]), np.array([1, 1]), np.array([2.0**33 + 1, 2.0**40 + 3]), 0, 1, 1)
    assert big.value == 2.0**33 + 1
    assert big.proven
    assert big.bound == pytest.approx(big.value, rel=1e-8)


def test_sums_of_costs_may_miss_the_budget_by_rounding() -> None:
    three = max_flow(np.zeros(4, dtype=int), np.ones(4, dtype=int), np.ones(4), 0, 1, 0.3, attack_cost=np.full(4, 0.1))
    assert three.value == 1.0
    uneven = np.array([0.1, 0.2, 0.2, 0.2])
    two = max_flow(
        np.zeros(4, dtype=int), np.ones(4, dtype=int), np.ones(4), 0, 1, 0.1 + 0.2 - 5e-17, attack_cost=uneven
    )
    assert two.value == 2.0


def test_odd_networks() -> None:
    no_way = max_flow(np.array([0, 2]), np.array([1, 3]), np.array([1.0, 1.0]), 0, 3, 1)
    assert (no_way.value, no_way.bound, no_way.attacked, no_way.proven) == (0.0, 0.0, (), True)
    only_loops = max_flow(np.array([0, 1]), np.array([0, 1]), np.array([1.0, 1.0]), 0, 1, 0)
    assert (only_loops.value, only_loops.flow.tolist()) == (0.0, [0.0, 0.0])
    all_closed = max_flow(np.array([0]), np.array([1]), np.array([0.0]), 0, 1, 1)
    assert (all_closed.value, all_closed.attacked) == (0.0, ())
    gap_in_names = max_flow(np.array([0]), np.array([10**9]), np.array([4]), 0, 10**9, 0)
    assert gap_in_names.value == 4.0


def test_unlimited_legs() -> None:
    tail, head, capacity = np.array([0, 0]), np.array([1, 1]), np.array([np.inf, 3.0])
    found = max_flow(tail, head, capacity, 0, 1, 1)
    assert (found.value, found.attacked, found.proven) == (3.0, (0,), True)
    with pytest.raises(NoAnswer, match="unlimited way is left over legs 0"):
        max_flow(tail, head, capacity, 0, 1, 0)
    in_series = max_flow(np.array([0, 1]), np.array([1, 2]), capacity, 0, 2, 0)
    assert in_series.value == 3.0


def test_out_of_time_says_so() -> None:
    net = layered_net(3, whole=True, costs="one")
    found = net.worst(4, time_limit=0)
    assert not found.proven
    assert found.bound < found.value
    check(net, found, budget=4)


def test_a_thinned_knapsack_still_ends_in_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    net = layered_net(1, whole=False, costs="real")
    exact = net.worst(6)
    monkeypatch.setattr(lagrangian, "MOST_STATES", 2)
    thinned = net.worst(6)
    assert thinned.proven
    assert thinned.value == pytest.approx(exact.value, rel=1e-8)


@few
@given(seeds, st.booleans())
def test_knapsack_equals_enumeration(seed: int, whole: bool) -> None:  # noqa: FBT001
    rng = np.random.default_rng(seed)
    gain, cost = (rng.integers(1, 6, (2, 9)) * 1.0) if whole else rng.uniform(0.1, 1, (2, 9))
    budget = float(rng.uniform(0, cost.sum()))
    picks = (np.arange(2**9)[:, None] >> np.arange(9)) & 1 == 1
    chosen = best_attack(gain, cost, budget=budget)
    assert cost[chosen].sum() <= budget
    assert gain[chosen].sum() == pytest.approx((picks @ gain)[picks @ cost <= budget].max(), rel=1e-14)


@few
@given(seeds)
def test_flow_and_cuts_meet_to_the_last_digits(seed: int) -> None:
    net = random_net(seed, whole=False, costs="one", most_legs=20)
    legs = network(net.tail, net.head, source=0, sink=net.nodes - 1)
    cut = smallest_cut(legs, net.capacity)
    flow = leg_flow(legs, cut, net.capacity)
    assert flow[net.tail == 0].sum() - flow[net.head == 0].sum() == pytest.approx(cut.value, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        ({"tail": np.array([], dtype=int)}, "no legs"),
        ({"capacity": np.array([-1.0, np.nan])}, r"capacity\[1\] is nan.*capacity\[0\] is -1.0"),
        ({"capacity": np.array([1.0])}, r"capacity has shape \(1,\)"),
        ({"capacity": np.array([1e200, 1.0])}, "another unit"),
        ({"tail": np.array([0.0, 0.0])}, "tail holds float64"),
        ({"head": np.array([1, -1])}, r"head\[1\] is -1"),
        ({"source": 2, "budget": -1.0}, "source is 2.*budget is -1"),
        ({"sink": 0}, "both 0"),
        ({"budget": np.nan}, "budget is nan"),
        ({"time_limit": -1.0}, "time_limit"),
        ({"attackable": np.array([1, 0])}, "true or false"),
        ({"attackable": np.array([True])}, "attackable has shape"),
        ({"attack_cost": np.array([0.0, 1.0])}, r"attack_cost\[0\] is 0.0"),
        ({"attack_cost": np.array([1.0, np.nan])}, r"attack_cost\[1\] is nan"),
    ],
)
def test_refuses(changed: dict[str, NDArray[np.generic] | float], hint: str) -> None:
    right = {
        "tail": np.array([0, 0]),
        "head": np.array([1, 1]),
        "capacity": np.ones(2),
        "source": 0,
        "sink": 1,
        "budget": 1,
    }
    with pytest.raises(WrongRequest, match=hint):
        max_flow(**{**right, **changed})  # type: ignore[arg-type]  # wrong kinds are the point


def test_a_safe_leg_needs_no_cost_and_arrays_are_read_only() -> None:
    safe = np.array([True, False])
    found = max_flow(
        np.zeros(2, dtype=int),
        np.ones(2, dtype=int),
        np.ones(2),
        0,
        1,
        5,
        attackable=safe,
        attack_cost=np.array([1, -1]),
    )
    assert found.value == 1.0
    with pytest.raises(ValueError, match="read-only"):
        found.flow[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        found.cut[0] = True
