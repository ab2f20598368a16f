"""Pairs that share capacity: against another solver, by duality, and by what must not change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog  # type: ignore[import-untyped]

from multivector.errors import NoAnswer, WrongRequest
from multivector.models.flow.commodities import MultiResult, multicommodity
from multivector.models.flow.path_program import generate_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivector.models.flow.cheapest_routes import Plan, Shipping

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

seeds = st.integers(0, 2**32 - 1)
many = settings(deadline=None, max_examples=40)
BAR = 1e-6  # relative, of the objective


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    tail: IntArray
    head: IntArray
    capacity: FloatArray
    cost: FloatArray
    origin: IntArray
    destination: IntArray
    amount: FloatArray
    unmet_cost: FloatArray


def made_up(seed: int) -> Case:
    """A small network with all that may trip: parallel legs, self-loops, zeros, no capacity, endless capacity."""
    rng = np.random.default_rng(seed)
    nodes, legs, pairs = rng.integers(3, 8), rng.integers(4, 22), rng.integers(1, 6)
    capacity = rng.integers(0, 9, legs).astype(np.float64)
    capacity[rng.random(legs) < 0.1] = np.inf
    own_costs = bool(rng.random() < 0.4)
    origin = rng.integers(0, nodes, pairs)
    return Case(
        tail=rng.integers(0, nodes, legs),
        head=rng.integers(0, nodes, legs),
        capacity=capacity,
        cost=rng.integers(0, 12, (legs, pairs) if own_costs else legs).astype(np.float64),
        origin=origin,
        destination=(origin + rng.integers(1, nodes, pairs)) % nodes,
        amount=rng.integers(0, 10, pairs).astype(np.float64),
        unmet_cost=rng.choice([3.0, 40.0, 1000.0], pairs),
    )


def solved(case: Case, method: Literal["auto", "paths", "arcs"] = "auto") -> MultiResult:
    return multicommodity(
        case.tail,
        case.head,
        case.capacity,
        case.cost,
        case.origin,
        case.destination,
        case.amount,
        unmet_cost=case.unmet_cost,
        method=method,
    )


def costs_by_pair(case: Case) -> FloatArray:
    """(A, K)."""
    return np.broadcast_to(case.cost if case.cost.ndim == 2 else case.cost[:, None], (case.tail.size, case.amount.size))


def least_cost(case: Case) -> float:
    """The objective from scipy's linear programme over flows by pair and leg, its matrix written out in full."""
    legs, pairs = case.tail.size, case.amount.size
    nodes = int(max(end.max() for end in (case.tail, case.head, case.origin, case.destination))) + 1
    balance = np.zeros((pairs, nodes, pairs, legs + 1))
    wanted = np.zeros((pairs, nodes))
    for pair in range(pairs):
        for leg in range(legs):
            balance[pair, case.tail[leg], pair, leg] += 1
            balance[pair, case.head[leg], pair, leg] -= 1
        balance[pair, case.origin[pair], pair, legs] = 1
        balance[pair, case.destination[pair], pair, legs] = -1
        wanted[pair, case.origin[pair]] = case.amount[pair]
        wanted[pair, case.destination[pair]] = -case.amount[pair]
    together = np.broadcast_to(np.eye(legs, legs + 1)[:, None, :], (legs, pairs, legs + 1))
    limited = np.isfinite(case.capacity)
    found = linprog(
        np.vstack([costs_by_pair(case), case.unmet_cost]).T.ravel(),
        A_ub=together.reshape(legs, -1)[limited] if limited.any() else None,
        b_ub=case.capacity[limited] if limited.any() else None,
        A_eq=balance.reshape(pairs * nodes, -1),
        b_eq=wanted.ravel(),
    )
    assert found.status == 0
    return float(found.fun)


def route_lengths(case: Case, toll: FloatArray) -> FloatArray:
    """(K,), cheapest cost + toll from origin to destination, by relaxing every leg until nothing changes."""
    lengths = np.full(case.amount.size, np.inf)
    for pair in range(case.amount.size):
        weight = costs_by_pair(case)[:, pair] + toll
        at = {int(case.origin[pair]): 0.0}
        for _ in range(case.tail.size):
            for leg in range(case.tail.size):
                tail, head = int(case.tail[leg]), int(case.head[leg])
                if tail in at:
                    at[head] = min(at.get(head, np.inf), at[tail] + weight[leg])
        lengths[pair] = at.get(int(case.destination[pair]), np.inf)
    return lengths


def dual_value(case: Case, toll: FloatArray) -> float:
    worth = np.minimum(case.unmet_cost, route_lengths(case, toll))
    asked = toll > 0
    return float(case.amount @ worth - toll[asked] @ case.capacity[asked])


@many
@given(seeds)
def test_agrees_with_another_solver(seed: int) -> None:
    case = made_up(seed)
    value = pytest.approx(least_cost(case), rel=BAR, abs=BAR)
    assert solved(case, "paths").objective == value
    assert solved(case, "arcs").objective == value


@many
@given(seeds, st.sampled_from(["paths", "arcs"]))
def test_the_plan_is_one_that_can_be_carried_out(seed: int, method: Literal["paths", "arcs"]) -> None:
    case = made_up(seed)
    found = solved(case, method)
    flow, cost = np.zeros(case.tail.size), 0.0
    delivered = np.zeros(case.amount.size)
    assert found.path_start[0] == 0
    assert found.path_start[-1] == found.path_arc.size
    assert (found.path_flow > 0).all()
    for path, (start, end) in enumerate(pairwise(found.path_start)):
        legs, pair = found.path_arc[start:end], found.path_pair[path]
        assert case.tail[legs[0]] == case.origin[pair]
        assert case.head[legs[-1]] == case.destination[pair]
        assert (case.head[legs[:-1]] == case.tail[legs[1:]]).all()
        assert np.unique(case.tail[legs]).size == legs.size
        flow[legs] += found.path_flow[path]
        delivered[pair] += found.path_flow[path]
        cost += found.path_flow[path] * costs_by_pair(case)[legs, pair].sum()
    np.testing.assert_allclose(found.flow, flow, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.delivered, delivered, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.delivered + found.unmet, case.amount, rtol=0, atol=1e-9)
    assert (found.flow <= case.capacity + 1e-9).all()
    assert (found.unmet >= 0).all()
    assert found.cost == pytest.approx(cost, rel=1e-9, abs=1e-9)
    assert found.objective == pytest.approx(cost + case.unmet_cost @ found.unmet, rel=1e-9, abs=1e-9)


@many
@given(seeds, st.sampled_from(["paths", "arcs"]))
def test_shadow_prices_reproduce_the_objective(seed: int, method: Literal["paths", "arcs"]) -> None:
    case = made_up(seed)
    found = solved(case, method)
    assert (found.shadow_price >= 0).all()
    assert not found.shadow_price[np.isinf(case.capacity)].any()
    assert found.bound <= found.objective
    assert found.bound == pytest.approx(found.objective, rel=1e-9, abs=1e-9)
    assert dual_value(case, found.shadow_price) == pytest.approx(found.objective, rel=1e-8, abs=1e-8)
    idle = found.flow < case.capacity - 1e-6  # complementary slackness
    np.testing.assert_allclose(found.shadow_price[idle], 0.0, atol=1e-6)


@many
@given(seeds)
def test_a_shadow_price_lies_between_the_next_saving_and_the_last(seed: int) -> None:
    case = made_up(seed)
    found = solved(case)
    leg = seed % case.tail.size
    for change in (-0.25, 0.25, 2.0):
        capacity = case.capacity.copy()
        capacity[leg] = max(capacity[leg] + change, 0.0)
        step = 0.0 if np.isinf(case.capacity[leg]) else capacity[leg] - case.capacity[leg]
        other = solved(replace(case, capacity=capacity)).objective
        assert other >= found.objective - step * found.shadow_price[leg] - BAR * (1 + found.objective)


@many
@given(seeds)
def test_names_of_nodes_mean_nothing(seed: int) -> None:
    case = made_up(seed)
    names = np.random.default_rng(seed).permutation(2_000_000_000 // 7 * np.arange(8))
    renamed = solved(
        replace(
            case,
            tail=names[case.tail],
            head=names[case.head],
            origin=names[case.origin],
            destination=names[case.destination],
        )
    )
    assert renamed.objective == pytest.approx(solved(case).objective, rel=BAR, abs=BAR)


@many
@given(seeds)
def test_units_scale(seed: int) -> None:
    case = made_up(seed)
    found = solved(case)
    small = 2.0**-40  # nothing is rounded, so every figure must follow to the last bit
    scaled = solved(
        replace(
            case,
            capacity=case.capacity * small,
            amount=case.amount * small,
            cost=case.cost / small,
            unmet_cost=case.unmet_cost / small,
        )
    )
    for name, factor in (("flow", small), ("delivered", small), ("unmet", small), ("shadow_price", 1 / small)):
        np.testing.assert_array_equal(getattr(scaled, name), getattr(found, name) * factor)
    np.testing.assert_array_equal(scaled.path_arc, found.path_arc)
    assert scaled.objective == found.objective
    monthly = solved(replace(case, capacity=case.capacity * 1e6 / 12, amount=case.amount * 1e6 / 12))
    assert monthly.objective == pytest.approx(found.objective * 1e6 / 12, rel=BAR, abs=BAR)


@many
@given(seeds)
def test_one_more_leg_never_costs_and_an_idle_one_never_counts(seed: int) -> None:
    case = made_up(seed)
    found = solved(case)
    rng = np.random.default_rng(seed)
    extra = np.concatenate([np.arange(case.tail.size), rng.integers(0, case.tail.size, 1)])
    richer = replace(
        case,
        tail=np.append(case.tail, rng.choice(case.origin)),
        head=np.append(case.head, rng.choice(case.destination)),
        capacity=case.capacity[extra],
        cost=case.cost[extra],
    )
    assert solved(richer).objective <= found.objective * (1 + 1e-9) + 1e-9
    idle = found.flow == 0
    closed = replace(case, capacity=np.where(idle, 0.0, case.capacity))
    assert solved(closed).objective == pytest.approx(found.objective, rel=BAR, abs=BAR)
    shut = replace(case, capacity=np.where(rng.random(case.tail.size) < 0.3, 0.0, case.capacity))
    assert solved(shut).objective >= found.objective * (1 - 1e-9) - 1e-9


@pytest.mark.slow
@settings(deadline=None, max_examples=15)
@given(seeds)
def test_wider_networks_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes, legs, pairs = 40, 130, 25
    origin = rng.integers(0, nodes, pairs)
    case = Case(
        tail=rng.integers(0, nodes, legs),
        head=rng.integers(0, nodes, legs),
        capacity=rng.uniform(0, 20, legs),
        cost=rng.uniform(0, 100, legs),
        origin=origin,
        destination=(origin + rng.integers(1, nodes, pairs)) % nodes,
        amount=rng.uniform(0, 20, pairs),
        unmet_cost=rng.uniform(100, 5000, pairs),
    )
    found, plain = solved(case, "paths"), solved(case, "arcs")
    assert found.objective == pytest.approx(plain.objective, rel=1e-8)
    assert dual_value(case, found.shadow_price) == pytest.approx(found.objective, rel=1e-8)


def square(**changes: object) -> Case:
    """0 to 3 by 1 (cost 2, room for 4) or by 2 (cost 6, room for 5)."""
    case = Case(
        tail=np.array([0, 1, 0, 2]),
        head=np.array([1, 3, 2, 3]),
        capacity=np.array([4.0, 9.0, 5.0, 9.0]),
        cost=np.array([1.0, 1.0, 3.0, 3.0]),
        origin=np.array([0]),
        destination=np.array([3]),
        amount=np.array([7.0]),
        unmet_cost=np.array([100.0]),
    )
    return replace(case, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["paths", "arcs"])
def test_by_hand(method: Literal["paths", "arcs"]) -> None:
    found = solved(square(), method)
    np.testing.assert_array_equal(found.flow, [4, 4, 3, 3])
    assert (found.cost, found.objective, found.bound, found.gap) == (26.0, 26.0, 26.0, 0.0)
    np.testing.assert_array_equal(found.shadow_price, [4, 0, 0, 0])  # a unit moved from the way at 6 to the way at 2
    ways = sorted(
        (found.path_arc[start:end].tolist(), flow)
        for (start, end), flow in zip(pairwise(found.path_start), found.path_flow, strict=True)
    )
    assert ways == [([0, 1], 4.0), ([2, 3], 3.0)]


@pytest.mark.parametrize("method", ["paths", "arcs"])
def test_parallel_legs_both_carry(method: Literal["paths", "arcs"]) -> None:
    # the dear one comes first; a matrix made from triplets would add the two costs to 7
    case = square(
        tail=np.array([0, 0]), head=np.array([3, 3]), capacity=np.array([9.0, 4.0]), cost=np.array([5.0, 2.0])
    )
    found = solved(case, method)
    np.testing.assert_array_equal(found.flow, [3, 4])
    assert found.objective == 23
    np.testing.assert_array_equal(found.shadow_price, [0, 3])


@pytest.mark.parametrize("method", ["paths", "arcs"])
def test_a_leg_without_cost_is_a_leg(method: Literal["paths", "arcs"]) -> None:
    found = solved(square(cost=np.zeros(4)), method)
    assert (found.objective, found.gap, found.unmet[0]) == (0.0, 0.0, 0.0)
    one_way = square(cost=np.array([0.0, 0.0, 3.0, 3.0]))
    np.testing.assert_array_equal(solved(one_way, method).flow, [4, 4, 3, 3])


def test_trees_grow_from_the_side_with_fewer_ends() -> None:
    many_to_one = square(
        origin=np.array([0, 1, 2]), destination=np.array([3, 3, 3]), amount=np.ones(3), unmet_cost=np.full(3, 9.0)
    )
    found = solved(many_to_one)
    assert sorted(found.path_arc[found.path_start[:-1]].tolist()) == [0, 1, 3]
    one_to_many = square(
        origin=np.array([0, 0, 0]), destination=np.array([1, 2, 3]), amount=np.ones(3), unmet_cost=np.full(3, 9.0)
    )
    found = solved(one_to_many)
    assert sorted(found.path_arc[found.path_start[1:] - 1].tolist()) == [0, 1, 2]


@pytest.mark.parametrize("method", ["paths", "arcs"])
def test_what_nobody_can_reach_is_unmet(method: Literal["paths", "arcs"]) -> None:
    away = square(
        origin=np.array([0, 3, 0]),
        destination=np.array([3, 0, 77]),  # against the legs, and to a node without any
        amount=np.array([1.0, 2.0, 3.0]),
        unmet_cost=np.array([100.0, 10.0, 20.0]),
    )
    found = solved(away, method)
    np.testing.assert_array_equal(found.unmet, [0, 2, 3])
    assert (found.cost, found.objective) == (2.0, 82.0)
    closed = solved(square(capacity=np.zeros(4)), method)
    assert (closed.objective, closed.delivered[0], closed.path_flow.size) == (700.0, 0.0, 0)
    np.testing.assert_array_equal(closed.flow, 0)


@pytest.mark.parametrize("method", ["paths", "arcs"])
def test_nothing_asked_is_nothing_moved(method: Literal["paths", "arcs"]) -> None:
    found = solved(square(amount=np.zeros(1)), method)
    assert (found.objective, found.bound, found.gap, found.path_start.tolist()) == (0.0, 0.0, 0.0, [0])
    nobody = np.zeros(0, dtype=np.int64)
    found = solved(
        square(origin=nobody, destination=nobody, amount=np.zeros(0), unmet_cost=np.zeros(0)),
        method,
    )
    assert (found.objective, found.gap, found.delivered.shape) == (0.0, 0.0, (0,))
    np.testing.assert_array_equal(found.flow, 0)


def test_a_route_dearer_than_staying_behind_is_not_taken() -> None:
    found = solved(square(unmet_cost=np.array([5.0])))
    assert (found.delivered[0], found.unmet[0], found.objective) == (4.0, 3.0, 23.0)
    assert solved(square(unmet_cost=np.array([0.0]))).objective == 0


def test_each_kind_of_goods_pays_its_own_cost() -> None:
    # one pair sees the way by 1 at 2 and the way by 2 at 6, the other the reverse: nobody is in the other's way
    own = np.array([[1.0, 3.0], [1.0, 3.0], [3.0, 1.0], [3.0, 1.0]])
    case = square(
        cost=own,
        origin=np.array([0, 0]),
        destination=np.array([3, 3]),
        amount=np.array([4.0, 5.0]),
        unmet_cost=np.full(2, 100.0),
    )
    found = solved(case)
    assert found.objective == 18
    shared = solved(replace(case, cost=own[:, 0])).objective
    assert shared == 4 * 2 + 5 * 6


def test_arrays_are_read_only_and_inputs_untouched() -> None:
    case = square()
    found = solved(case)
    for name in ("delivered", "flow", "unmet", "path_start", "path_arc", "path_flow", "path_pair", "shadow_price"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(found, name)[:] = 0
    case.capacity[:] = 1.0  # still the caller's own


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    solved(square(), "paths")
    solved(square(), "arcs")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"tail": np.array([0, 1, 0])}, r"tail and head must be of one length"),
        ({"tail": np.array([0.0, 1.0, 0.0, 2.0])}, "tail must hold whole numbers"),
        ({"head": np.array([1, -3, 2, 3])}, "head of leg 1 is node -3"),
        ({"origin": np.array([-1])}, "origin of pair 0 is node -1"),
        ({"origin": np.array([[0]]), "destination": np.array([[0]])}, "origin and destination must be of one length"),
        ({"destination": np.array([0])}, "pair 0 leads from node 0 to itself"),
        ({"capacity": np.array([4.0, np.nan, 5.0, 9.0])}, "capacity of 1 is nan"),
        ({"capacity": np.array([4.0, -1.0, 5.0, 9.0])}, "capacity of 1 is -1"),
        ({"capacity": np.ones(3)}, "capacity must have 4 entries"),
        ({"cost": np.array([1.0, -1.0, 3.0, 3.0])}, "cost of 1 is -1"),
        ({"cost": np.array([[1.0], [1.0], [np.inf], [3.0]])}, "cost of 2, 0 is inf"),
        ({"cost": np.ones((4, 2))}, r"cost has shape \(4, 2\), must be \(4,\) or \(4, 1\)"),
        ({"amount": np.array([np.inf])}, "amount of 0 is inf"),
        ({"amount": np.array([-7.0])}, "amount of 0 is -7"),
        ({"unmet_cost": np.array([np.nan])}, "unmet_cost of 0 is nan"),
        ({"unmet_cost": np.array(-1.0)}, "unmet_cost of every pair is -1"),
        ({"unmet_cost": np.ones(2)}, "unmet_cost has shape"),
        ({name: np.zeros(0, dtype=np.int64) for name in ("tail", "head", "capacity", "cost")}, "no leg"),
        (
            {"amount": np.array([np.nan]), "capacity": np.full(4, -2.0)},
            "capacity of 0 is -2.*amount of 0 is nan",  # every problem in one go
        ),
    ],
)
def test_refuses_by_name(changes: dict[str, object], hint: str) -> None:
    with pytest.raises(WrongRequest, match=hint):
        solved(square(**changes))


def test_refuses_an_unknown_method() -> None:
    with pytest.raises(WrongRequest, match=r"method is 'simplex': choose one of \('auto', 'paths', 'arcs'\)"):
        solved(square(), "simplex")  # type: ignore[arg-type]


def test_a_plan_that_its_bound_does_not_prove_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def lazy(shipping: Shipping) -> Plan:
        plan = generate_paths(shipping)
        return replace(plan, flow=plan.flow * 0.99)

    monkeypatch.setattr("multivector.models.flow.commodities.generate_paths", lazy)
    with pytest.raises(NoAnswer, match="no certified answer"):
        solved(square())


def test_an_unmet_cost_beyond_all_proportion_is_no_answer() -> None:
    with pytest.raises(NoAnswer):
        solved(square(unmet_cost=np.array([1e30])))
