"""The best plan agrees with another solver, its prices with differences; of equal plans the nearest is told."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog  # type: ignore[import-untyped]
from tests.models.test_flow_mincost import some_limits
from tests.models.test_flow_program import made

from multivector.errors import InfeasibleFlow, WrongRequest
from multivector.models.flow.cuts import binding_cut
from multivector.models.flow.netback import NetbackProblem, NetbackResult, netback
from multivector.models.flow.network import NO_SIDE, Side, as_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)


def some_problem(seed: int, *, periods: int = 3, nodes: int = 9, legs: int = 24) -> NetbackProblem:
    """Fields, markets, closures, limits hard and soft, storage and ramps, all drawn."""
    rng = np.random.default_rng(seed)
    world = made(seed, nodes=nodes, legs=legs)
    kind = rng.permutation(nodes)
    supply, demand = np.zeros((periods, nodes)), np.zeros((periods, nodes))
    supply[:, kind[:3]] = rng.integers(0, 20, size=(periods, 3))
    demand[:, kind[3:6]] = rng.integers(0, 20, size=(periods, 3))
    open_part = rng.choice([0.0, 0.5, 1.0], size=(periods, legs), p=[0.1, 0.2, 0.7])
    return NetbackProblem(
        network=world.network,
        capacity=open_part * rng.integers(0, 15, size=legs),
        cost=world.cost / 10,
        supply=supply,
        price=rng.integers(50, 500, size=nodes).astype(np.float64),
        demand=demand,
        shut_in_cost=rng.integers(0, 40, size=nodes).astype(np.float64),
        side=some_limits(seed, legs),
        soft_price=np.array([np.inf, 25.0, np.inf]),
        storage=rng.choice([0.0, 6.0], size=nodes),
        storage_cost=rng.integers(0, 5, size=nodes).astype(np.float64),
        ramp=rng.choice([4.0, np.inf], size=legs),
    )


class Cell(NamedTuple):
    """One variable of the reference: kind, period, place."""

    kind: str
    period: int
    place: int


def worth_by_scipy(problem: NetbackProblem) -> float:
    """W from scipy, equation by equation from the methods page, one cell at a time, with nothing of ours."""
    periods, legs = problem.capacity.shape
    nodes, limits, side = problem.network.nodes, problem.side.limit.size, problem.side
    sizes = {"flow": legs, "delivered": nodes, "shut_in": nodes, "stored": nodes, "excess": limits}
    cells = [Cell(kind, t, k) for kind, size in sizes.items() for t in range(periods) for k in range(size)]
    at = {cell: number for number, cell in enumerate(cells)}
    assert problem.soft_price is not None
    assert problem.storage is not None
    assert problem.storage_cost is not None
    assert problem.ramp is not None
    gain, high = np.zeros(len(cells)), np.zeros(len(cells))
    for cell, number in at.items():
        gain[number] = {
            "flow": -problem.cost,
            "delivered": problem.price,
            "shut_in": -problem.shut_in_cost,
            "stored": -problem.storage_cost,
            "excess": -np.where(np.isinf(problem.soft_price), 0, problem.soft_price),
        }[cell.kind][cell.place]
        high[number] = {
            "flow": problem.capacity[cell.period],
            "delivered": problem.demand[cell.period],
            "shut_in": problem.supply[cell.period],
            "stored": problem.storage,
            "excess": np.where(np.isinf(problem.soft_price), 0, 1e9),
        }[cell.kind][cell.place]
    equal, below, most = [], [], []
    for t, i in product(range(periods), range(nodes)):
        row = np.zeros(len(cells))
        for a in range(legs):
            row[at[Cell("flow", t, a)]] += float(problem.network.tail[a] == i) - float(problem.network.head[a] == i)
        for kind in ("delivered", "shut_in", "stored"):
            row[at[Cell(kind, t, i)]] = 1
        if t:
            row[at[Cell("stored", t - 1, i)]] = -1
        equal.append(row)
    for t, b in product(range(periods), range(limits)):
        row = np.zeros(len(cells))
        for e in np.flatnonzero(side.row == b):
            row[at[Cell("flow", t, int(side.arc[e]))]] += side.coef[e]
        row[at[Cell("excess", t, b)]] = -1
        below.append(row)
        most.append(side.limit[b])
    for (before, after), a in product(pairwise(range(periods)), range(legs)):
        if np.isfinite(problem.ramp[a]):
            row = np.zeros(len(cells))
            row[at[Cell("flow", after, a)]], row[at[Cell("flow", before, a)]] = 1, -1
            below.append(row)
            most.append(problem.ramp[a])
    found = linprog(
        -gain, A_eq=equal, b_eq=problem.supply.ravel(), A_ub=below, b_ub=most, bounds=np.column_stack([0 * high, high])
    )
    assert found.status == 0
    return -float(found.fun)


@pytest.mark.parametrize("seed", range(8))
def test_another_solver_agrees(seed: int) -> None:
    problem = some_problem(seed)
    assert netback(problem).value == pytest.approx(worth_by_scipy(problem), rel=1e-9, abs=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_another_solver_agrees_on_sixty_problems(seed: int) -> None:
    problem = some_problem(seed, periods=4, nodes=12, legs=40)
    assert netback(problem).value == pytest.approx(worth_by_scipy(problem), rel=1e-9, abs=1e-7)


def check_plan(problem: NetbackProblem, plan: NetbackResult) -> None:
    """Balance, limits, ramps and worth of a plan, from the equations."""
    network, side, nodes = problem.network, problem.side, problem.network.nodes
    assert problem.soft_price is not None
    assert problem.storage is not None
    assert problem.storage_cost is not None
    assert problem.ramp is not None
    before = np.zeros(nodes)
    for t, flow in enumerate(plan.flow):
        out, into = (np.bincount(end, weights=flow, minlength=nodes) for end in (network.tail, network.head))
        left = problem.supply[t] - plan.shut_in[t] - plan.delivered[t] + before - plan.stored[t]
        assert out - into == pytest.approx(left, abs=1e-8)
        used = np.bincount(side.row, weights=side.coef * flow[side.arc], minlength=side.limit.size)
        assert (used <= side.limit + plan.excess[t] + 1e-8).all()
        before = plan.stored[t]
    for amount, most in (
        (plan.flow, problem.capacity),
        (plan.delivered, problem.demand),
        (plan.shut_in, problem.supply),
        (plan.stored, np.broadcast_to(problem.storage, plan.stored.shape)),
    ):
        assert (amount >= -1e-9).all()
        assert (amount <= most + 1e-9).all()
    assert plan.excess[:, np.isinf(problem.soft_price)] == pytest.approx(0, abs=1e-12)
    assert (np.diff(plan.flow, axis=0) <= problem.ramp + 1e-8).all()
    worth = (
        (plan.delivered @ problem.price).sum()
        - (plan.flow @ problem.cost).sum()
        - (plan.shut_in @ problem.shut_in_cost).sum()
        - (plan.stored @ problem.storage_cost).sum()
        - (plan.excess @ np.where(np.isinf(problem.soft_price), 0, problem.soft_price)).sum()
    )
    assert plan.value == pytest.approx(worth, rel=1e-9, abs=1e-7)
    assert plan.residual <= 1e-9
    assert plan.gap <= 1e-8


@settings(deadline=None, max_examples=25)
@given(seeds)
def test_nothing_is_lost_or_made(seed: int) -> None:
    problem = some_problem(seed)
    near = np.random.default_rng(seed).uniform(0, 15, size=problem.capacity.shape)
    first, nearest = netback(problem), netback(problem, near=near)
    check_plan(problem, first)
    check_plan(problem, nearest)
    assert nearest.value >= first.value - 1e-9 * abs(first.value) - 1e-7
    assert np.abs(nearest.flow - near).sum() <= np.abs(first.flow - near).sum() + 1e-6


@settings(deadline=None, max_examples=12)
@given(seeds)
def test_a_price_lies_between_the_next_tonne_and_the_last(seed: int) -> None:
    problem, step = some_problem(seed), 1e-3
    found, rng = netback(problem), np.random.default_rng(seed)
    for period, leg in zip(rng.integers(3, size=4), rng.integers(24, size=4), strict=True):
        more, less = problem.capacity.copy(), problem.capacity.copy()
        more[period, leg] += step
        less[period, leg] = max(less[period, leg] - step, 0)
        gained = netback(replace(problem, capacity=more)).value - found.value
        lost = found.value - netback(replace(problem, capacity=less)).value
        taken = problem.capacity[period, leg] - less[period, leg]
        assert gained <= found.shadow_price[period, leg] * step + 1e-7
        assert found.shadow_price[period, leg] * taken <= lost + 1e-7
    for limit in range(3):
        ends = [problem.side.limit.copy(), problem.side.limit.copy()]
        ends[0][limit] += step
        ends[1][limit] -= step
        above, below = (netback(replace(problem, side=replace(problem.side, limit=end))).value for end in ends)
        # the limit holds in every period, so its prices add up
        assert above - found.value <= found.side_price[:, limit].sum() * step + 1e-7
        assert found.side_price[:, limit].sum() * step <= found.value - below + 1e-7


def one_field(
    *, capacity: list[float], cost: list[float], price: float = 100.0, supply: float = 10.0, periods: int = 1
) -> NetbackProblem:
    """One field and one market, as many parallel legs as capacities, the same in every period."""
    legs = len(capacity)
    return NetbackProblem(
        network=as_network(np.zeros(legs, dtype=np.int64), np.ones(legs, dtype=np.int64), 2),
        capacity=np.tile(np.array(capacity), (periods, 1)),
        cost=np.array(cost),
        supply=np.tile([supply, 0.0], (periods, 1)),
        price=np.array([0.0, price]),
        demand=np.tile([0.0, np.inf], (periods, 1)),
        shut_in_cost=np.array([20.0, 0.0]),
    )


def test_two_legs_by_hand() -> None:
    plan = netback(one_field(capacity=[6.0, 3.0], cost=[10.0, 30.0]))
    assert plan.flow == pytest.approx(np.array([[6.0, 3.0]]))
    assert plan.shut_in == pytest.approx(np.array([[1.0, 0.0]]))
    assert plan.value == pytest.approx(9 * 100 - 6 * 10 - 3 * 30 - 20)
    assert plan.shadow_price == pytest.approx(np.array([[110.0, 90.0]]))  # netback of a tonne, and no shut-in for it


def test_what_sells_below_its_cost_stays_in_the_ground_only_if_that_is_cheaper() -> None:
    loss_making = one_field(capacity=[20.0], cost=[115.0])
    assert netback(loss_making).shut_in[0, 0] == 0  # a loss of 15 a tonne beats 20 for shutting in
    assert netback(replace(loss_making, cost=np.array([125.0]))).shut_in[0, 0] == pytest.approx(10)


def test_of_equal_ways_the_used_one_is_kept() -> None:
    problem = one_field(capacity=[8.0, 8.0, 8.0], cost=[5.0, 5.0, 5.0])
    for kept in (np.array([[8.0, 2.0, 0.0]]), np.array([[0.0, 4.0, 6.0]]), np.array([[3.0, 3.0, 4.0]])):
        plan = netback(problem, near=kept)
        assert plan.flow == pytest.approx(kept, abs=1e-9)
    # the first way closes: what stays, stays, and only the displaced tonnes move
    closed = replace(problem, capacity=np.array([[0.0, 8.0, 8.0]]))
    moved = netback(closed, near=np.array([[4.0, 4.0, 2.0]])).flow - [[4.0, 4.0, 2.0]]
    assert moved[0, 0] == pytest.approx(-4)
    assert (moved[0, 1:] >= -1e-9).all()
    assert moved.sum() == pytest.approx(0)


def test_a_cheaper_way_is_not_given_up_to_stay_near() -> None:
    problem = one_field(capacity=[8.0, 8.0], cost=[5.0, 5.0 + 1e-4], price=500.0, supply=8.0)
    plan = netback(problem, near=np.array([[0.0, 8.0]]))
    # W may give up 1e-9 of itself, which would buy 0.04 t of the dearer way: prices say that it is none of the optima
    assert plan.flow == pytest.approx(np.array([[8.0, 0.0]]), abs=1e-9)


@settings(deadline=None, max_examples=12)
@given(seeds)
def test_the_nearest_plan_does_not_depend_on_names(seed: int) -> None:
    problem, rng = some_problem(seed, periods=2), np.random.default_rng(seed)
    near = rng.uniform(0, 15, size=problem.capacity.shape)
    legs = rng.permutation(near.shape[1])
    place = np.argsort(legs)
    assert problem.ramp is not None
    turned = replace(
        problem,
        network=as_network(problem.network.tail[legs], problem.network.head[legs], problem.network.nodes),
        capacity=problem.capacity[:, legs],
        cost=problem.cost[legs],
        side=replace(problem.side, arc=place[problem.side.arc]),
        ramp=problem.ramp[legs],
    )
    there, here = netback(problem, near=near), netback(turned, near=near[:, legs])
    assert here.value == pytest.approx(there.value, rel=1e-9)
    assert np.abs(here.flow - near[:, legs]).sum() == pytest.approx(np.abs(there.flow - near).sum(), rel=1e-7)


def test_storage_carries_over_a_closure() -> None:
    problem = replace(
        one_field(capacity=[12.0], cost=[10.0], periods=3),
        capacity=np.array([[12.0], [0.0], [12.0]]),
        storage=np.array([7.0, 0.0]),
        storage_cost=np.array([1.0, 0.0]),
    )
    plan = netback(problem)
    # of the 10 produced in the closed period 2 find room in the next one, 8 stay in the ground
    assert plan.flow.ravel() == pytest.approx([10, 0, 12])
    assert plan.stored[:, 0] == pytest.approx([0, 7, 5])
    assert plan.shut_in[:, 0] == pytest.approx([0, 3, 0])


def test_what_is_stored_at_the_end_is_worth_nothing_but_saves_the_shut_in() -> None:
    problem = replace(one_field(capacity=[0.0], cost=[0.0]), storage=np.array([4.0, 0.0]))
    plan = netback(problem)
    assert plan.value == pytest.approx(-20 * 6)
    assert plan.stored[0, 0] == pytest.approx(4)


def test_a_leg_grows_no_faster_than_its_ramp() -> None:
    problem = replace(
        one_field(capacity=[10.0, 10.0], cost=[1.0, 50.0], periods=3),
        capacity=np.array([[10.0, 10.0], [0.0, 10.0], [10.0, 10.0]]),
        ramp=np.array([np.inf, 4.0]),
    )
    plan = netback(problem)
    # worth 70 - 49 a tonne to run the dear way before the closure, so that it can carry more during it
    assert plan.flow[:, 1] == pytest.approx([6, 10, 0])
    assert (np.diff(plan.flow[:, 1]) <= 4 + 1e-9).all()


def test_soft_limits_are_paid_for_and_hard_ones_hold() -> None:
    quota = Side(row=np.array([0, 0]), arc=np.array([0, 1]), coef=np.ones(2), limit=np.array([5.0]))
    problem = replace(one_field(capacity=[8.0, 8.0], cost=[10.0, 20.0]), side=quota)
    hard = netback(problem)
    assert hard.flow.sum() == pytest.approx(5)
    assert hard.side_price == pytest.approx(np.array([[110.0]]))
    assert hard.excess == pytest.approx(np.zeros((1, 1)))
    soft = netback(replace(problem, soft_price=np.array([105.0])))
    assert soft.flow == pytest.approx(np.array([[8.0, 0.0]]))
    assert soft.excess == pytest.approx(np.array([[3.0]]))
    assert soft.side_price == pytest.approx(np.array([[105.0]]))
    assert soft.value > hard.value


def test_take_or_pay_is_met_or_refused_by_name() -> None:
    problem = replace(one_field(capacity=[9.0, 9.0], cost=[1.0, 60.0]), lower=np.array([[0.0, 4.0]]))
    assert netback(problem).flow == pytest.approx(np.array([[6.0, 4.0]]))
    twice = replace(
        one_field(capacity=[9.0, 9.0], cost=[1.0, 60.0], periods=2), lower=np.array([[0.0, 4.0], [8.0, 5.0]])
    )
    with pytest.raises(InfeasibleFlow, match="must carry 3 more than can get there") as caught:
        netback(twice)
    assert caught.value.short == pytest.approx(3)
    assert set(caught.value.cut) <= {0, 1}
    with pytest.raises(WrongRequest, match="leg 1 must carry 10 in period 0 but has a capacity of 9"):
        netback(replace(problem, lower=np.array([[0.0, 10.0]])))


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_doubling_all_prices_doubles_the_worth(seed: int) -> None:
    problem = some_problem(seed)
    assert problem.storage_cost is not None
    assert problem.soft_price is not None
    double = replace(
        problem,
        cost=2 * problem.cost,
        price=2 * problem.price,
        shut_in_cost=2 * problem.shut_in_cost,
        storage_cost=2 * problem.storage_cost,
        soft_price=2 * problem.soft_price,
    )
    there, here = netback(problem), netback(double)
    assert here.value == pytest.approx(2 * there.value, rel=1e-12)
    assert np.array_equal(here.flow, there.flow)
    assert here.shadow_price == pytest.approx(2 * there.shadow_price, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_a_constant_on_all_prices_moves_nothing_while_nothing_is_shut_in(seed: int) -> None:
    problem = some_problem(seed)
    # a market so dear at every field that nothing stays in the ground, before or after
    fields_ = problem.supply.max(axis=0) > 0
    demand = np.where(fields_, np.inf, problem.demand)
    price = np.where(fields_, 30.0, problem.price)
    before = replace(problem, demand=demand, price=price)
    after = replace(before, price=price + 70.0)
    there = netback(before)
    here = netback(after, near=there.flow)
    for plan in (there, here):
        assert plan.shut_in.sum() + plan.stored[-1].sum() == pytest.approx(0, abs=1e-9)
    assert here.value == pytest.approx(there.value + 70 * problem.supply.sum(), rel=1e-9)
    assert here.flow == pytest.approx(there.flow, abs=1e-6)  # still among the optima, hence the nearest


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_more_closed_loses_more_and_one_leg_more_loses_nothing(seed: int) -> None:
    problem, rng = some_problem(seed), np.random.default_rng(seed)
    problem = replace(problem, ramp=None)
    worth = netback(problem).value
    for _ in range(3):
        problem = replace(problem, capacity=problem.capacity * (rng.random(problem.capacity.shape) > 0.1))
        worth, before = netback(problem).value, worth
        assert worth <= before + 1e-7
    ends = rng.choice(problem.network.nodes, size=2, replace=False)
    network = as_network(
        np.append(problem.network.tail, ends[0]), np.append(problem.network.head, ends[1]), problem.network.nodes
    )
    wider = replace(
        problem,
        network=network,
        capacity=np.column_stack([problem.capacity, np.full(3, 5.0)]),
        cost=np.append(problem.cost, 3.0),
    )
    assert netback(wider).value >= worth - 1e-7


@settings(deadline=None, max_examples=12)
@given(seeds, st.sampled_from([1e-9, 1e6 / 12, 1e12]))
def test_units_scale_the_results(seed: int, factor: float) -> None:
    problem = some_problem(seed)
    assert problem.storage is not None
    assert problem.ramp is not None
    told = replace(
        problem,
        capacity=problem.capacity * factor,
        supply=problem.supply * factor,
        demand=problem.demand * factor,
        storage=problem.storage * factor,
        ramp=problem.ramp * factor,
        side=replace(problem.side, limit=problem.side.limit * factor),
    )
    near = np.random.default_rng(seed).uniform(0, 15, size=problem.capacity.shape)
    there, here = netback(problem, near=near), netback(told, near=near * factor)
    assert here.value == pytest.approx(there.value * factor, rel=1e-8)
    apart = np.abs(there.flow - near).sum() * factor
    assert np.abs(here.flow - near * factor).sum() == pytest.approx(apart, rel=1e-6)


def test_with_one_price_everywhere_all_that_is_deliverable_is_delivered() -> None:
    for seed in range(6):
        problem = some_problem(seed, periods=1)
        free = replace(
            problem,
            cost=np.zeros(24),
            price=np.full(9, 100.0),
            soft_price=None,
            storage=None,
            side=replace(problem.side, limit=problem.side.limit / 2),
        )
        plan = netback(free)
        cut = binding_cut(
            free.network, capacity=free.capacity[0], supply=(free.supply - free.demand)[0], side=free.side
        )
        assert plan.delivered.sum() == pytest.approx(cut.deliverable, abs=1e-8)
        assert np.array_equal(plan.excess, np.zeros((1, 3)))


def test_no_market_one_node_no_leg() -> None:
    nothing = NetbackProblem(
        network=as_network(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), 1),
        capacity=np.zeros((2, 0)),
        cost=np.zeros(0),
        supply=np.full((2, 1), 3.0),
        price=np.array([100.0]),
        demand=np.zeros((2, 1)),
        shut_in_cost=np.array([5.0]),
    )
    plan = netback(nothing, near=np.zeros((2, 0)))
    assert plan.value == pytest.approx(-30)
    assert plan.flow.shape == plan.shadow_price.shape == (2, 0)
    assert plan.excess.shape == plan.side_price.shape == (2, 0)
    assert plan.shut_in == pytest.approx(np.full((2, 1), 3.0))


GOOD = one_field(capacity=[6.0, 3.0], cost=[10.0, 30.0])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (replace(GOOD, capacity=np.array([[1.0, np.nan]])), "capacity in period 0 of 1 is nan"),
        (replace(GOOD, capacity=np.array([[1.0, -1.0]])), "capacity in period 0 of 1 is -1"),
        (replace(GOOD, capacity=np.ones(2)), "capacity must be periods by 2 legs"),
        (replace(GOOD, capacity=np.ones((0, 2))), "capacity must be periods by 2 legs"),
        (replace(GOOD, capacity=np.ones((1, 3))), "capacity must be 1 periods by 2"),
        (replace(GOOD, cost=np.array([1.0, -1.0])), "cost of 1 is -1"),
        (replace(GOOD, price=np.array([1.0, np.nan])), "price of 1 is nan"),
        (replace(GOOD, supply=np.array([[-1.0, 0.0]])), "supply in period 0 of 0 is -1"),
        (replace(GOOD, supply=np.array([[np.inf, 0.0]])), "supply in period 0 of 0 is inf"),
        (replace(GOOD, demand=np.ones((2, 2))), "demand must be 1 periods by 2"),
        (replace(GOOD, shut_in_cost=np.array([-1.0, 0.0])), "shut_in_cost of 0 is -1"),
        (replace(GOOD, storage=np.ones(3)), "storage must have 2 entries"),
        (replace(GOOD, storage_cost=np.array([0.0, np.inf])), "storage_cost of 1 is inf"),
        (replace(GOOD, ramp=np.array([1.0, -2.0])), "ramp of 1 is -2"),
        (replace(GOOD, soft_price=np.ones(1)), "soft_price must have 0 entries"),
        (replace(GOOD, side=replace(NO_SIDE, row=np.array([0]))), "one length"),
    ],
)
def test_wrong_problems(wrong: NetbackProblem, why: str) -> None:
    with pytest.raises(WrongRequest, match=why):
        netback(wrong)


def test_a_wrong_neighbour_is_refused() -> None:
    with pytest.raises(WrongRequest, match="near must be 1 periods by 2"):
        netback(GOOD, near=np.zeros(2))
    with pytest.raises(WrongRequest, match="near in period 0 of 1 is nan"):
        netback(GOOD, near=np.array([[0.0, np.nan]]))


def test_arrays_are_read_only() -> None:
    plan = netback(GOOD, near=np.zeros((1, 2)))
    arrays = [getattr(plan, field.name) for field in fields(plan)]
    assert not any(array.flags.writeable for array in arrays if isinstance(array, np.ndarray))
