"""The cheapest flow agrees with another solver, its prices with differences, its cut with every subset of nodes."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog  # type: ignore[import-untyped]
from scipy.sparse import coo_array  # type: ignore[import-untyped]
from tests.models.test_flow_program import Made, made

from multivector.errors import InfeasibleFlow, WrongRequest
from multivector.models.flow.cuts import Cut, binding_cut
from multivector.models.flow.mincost import FlowResult, min_cost_flow
from multivector.models.flow.network import NO_SIDE, Network, Side, as_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)
SHORTAGE, SURPLUS = 3000.0, 40.0
LINE = as_network(np.array([0, 1]), np.array([1, 2]), 3)


def tight(seed: int, *, nodes: int = 12, legs: int = 34) -> Made:
    """A network whose capacities are small beside its supplies, and whose supplies need not balance."""
    rng = np.random.default_rng(seed)
    world = made(seed, nodes=nodes, legs=legs)
    supply = world.supply * rng.integers(1, 4, size=nodes)
    return replace(world, capacity=rng.integers(0, 13, size=legs).astype(np.float64), supply=supply)


def priced(world: Made, *, side: Side = NO_SIDE) -> FlowResult:
    return min_cost_flow(
        world.network,
        capacity=world.capacity,
        cost=world.cost,
        supply=world.supply,
        shortage_cost=SHORTAGE,
        surplus_cost=SURPLUS,
        side=side,
    )


def some_limits(seed: int, legs: int) -> Side:
    """Three limits over random legs with random weights, small enough to bind."""
    rng = np.random.default_rng(seed)
    row, arc = np.nonzero(rng.random((3, legs)) < 0.3)
    return Side(row=row, arc=arc, coef=rng.choice([0.5, 1.0, 2.0], size=row.size), limit=rng.uniform(2, 30, size=3))


def by_scipy(world: Made, side: Side = NO_SIDE) -> float:
    """The objective from scipy, from the equations and nothing of ours."""
    tail, head, legs, nodes = world.network.tail, world.network.head, world.cost.size, world.network.nodes
    node, leg = np.arange(nodes), np.arange(legs)
    balance = coo_array(
        (
            np.concatenate([np.ones(legs), -np.ones(legs), -np.ones(nodes), np.ones(nodes)]),
            (
                np.concatenate([tail, head, node, node]),
                np.concatenate([leg, leg, legs + node, legs + nodes + node]),
            ),
        )
    )
    shared = coo_array((side.coef, (side.row, side.arc)), shape=(side.limit.size, legs + 2 * nodes))
    most = np.concatenate([world.capacity, np.maximum(-world.supply, 0), np.maximum(world.supply, 0)])
    found = linprog(
        np.concatenate([world.cost, np.full(nodes, SHORTAGE), np.full(nodes, SURPLUS)]),
        A_eq=balance,
        b_eq=world.supply,
        A_ub=shared if side.limit.size else None,
        b_ub=side.limit if side.limit.size else None,
        bounds=np.column_stack([np.zeros(most.size), most]),
    )
    assert found.status == 0
    return float(found.fun)


def agrees_with_scipy(seed: int) -> None:
    for world in (made(seed, nodes=60, legs=200), tight(seed)):
        for side in (NO_SIDE, some_limits(seed, world.cost.size)):
            assert priced(world, side=side).objective == pytest.approx(by_scipy(world, side), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_another_solver_agrees(seed: int) -> None:
    agrees_with_scipy(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_another_solver_agrees_on_a_hundred_networks(seed: int) -> None:
    agrees_with_scipy(seed)


@settings(deadline=None, max_examples=40)
@given(seeds, st.booleans())
def test_flow_and_prices_prove_each_other(seed: int, limited: bool) -> None:  # noqa: FBT001
    world = tight(seed)
    side = some_limits(seed, world.cost.size) if limited else NO_SIDE
    found = priced(world, side=side)
    tail, head, nodes = world.network.tail, world.network.head, world.network.nodes
    out, into = (np.bincount(end, weights=found.flow, minlength=nodes) for end in (tail, head))
    assert out - into + found.surplus - found.shortage == pytest.approx(world.supply, abs=1e-9)
    assert (found.flow >= -1e-9).all()
    assert (found.flow <= world.capacity + 1e-9).all()
    assert (found.shortage <= np.maximum(-world.supply, 0) + 1e-9).all()
    assert (found.surplus <= np.maximum(world.supply, 0) + 1e-9).all()
    used = np.bincount(side.row, weights=side.coef * found.flow[side.arc], minlength=side.limit.size)
    assert (used <= side.limit + 1e-9).all()
    assert found.objective == pytest.approx(found.cost + found.penalty)
    assert found.cost == pytest.approx(world.cost @ found.flow)
    # complementary slackness: what is partly used has no reduced cost, what has a price is full
    toll = np.bincount(side.arc, weights=side.coef * found.side_price[side.row], minlength=world.cost.size)
    reduced = world.cost - found.potential[tail] + found.potential[head] + toll
    assert found.reduced_cost == pytest.approx(reduced, abs=1e-6)
    assert found.flow[reduced > 1e-6] == pytest.approx(0, abs=1e-9)
    assert found.flow[reduced < -1e-6] == pytest.approx(world.capacity[reduced < -1e-6], abs=1e-9)
    assert used[found.side_price > 1e-6] == pytest.approx(side.limit[found.side_price > 1e-6], abs=1e-9)
    assert np.array_equal(found.shadow_price, np.maximum(-found.reduced_cost, 0))


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_a_price_lies_between_the_next_unit_and_the_last(seed: int) -> None:
    world = tight(seed)
    side = some_limits(seed, world.cost.size)
    found, step = priced(world, side=side), 1e-3
    for leg in np.random.default_rng(seed).integers(world.cost.size, size=5):
        more, less = world.capacity.copy(), world.capacity.copy()
        more[leg] += step
        less[leg] = max(less[leg] - step, 0)
        saved = found.objective - priced(replace(world, capacity=more), side=side).objective
        assert saved <= found.shadow_price[leg] * step + 1e-7
        lost = priced(replace(world, capacity=less), side=side).objective - found.objective
        assert found.shadow_price[leg] * (world.capacity[leg] - less[leg]) <= lost + 1e-7
    for limit in range(3):
        ends = [side.limit.copy(), side.limit.copy()]
        ends[0][limit] += step
        ends[1][limit] -= step
        low, high = (priced(world, side=replace(side, limit=end)).objective for end in ends)
        assert found.objective - low <= found.side_price[limit] * step + 1e-7
        assert found.side_price[limit] * step <= high - found.objective + 1e-7


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_a_potential_is_the_price_of_one_unit_of_supply_more(seed: int) -> None:
    world, step = tight(seed), 1e-3
    found = priced(world)
    for node in range(world.network.nodes):
        partly = 1e-6 < found.shortage[node] + found.surplus[node] < abs(world.supply[node]) - 1e-6
        if world.supply[node] == 0 or not partly:
            continue  # at the ends the balance has a price and the demand itself another
        supply = world.supply.copy()
        supply[node] += step
        change = priced(replace(world, supply=supply)).objective - found.objective
        assert change == pytest.approx(found.potential[node] * step, abs=1e-7)


def test_two_parallel_legs_both_carry() -> None:
    network = as_network(np.array([0, 0]), np.array([1, 1]), 2)
    found = min_cost_flow(
        network, capacity=np.array([3.0, 9.0]), cost=np.array([1.0, 2.0]), supply=np.array([5.0, -5.0])
    )
    assert found.flow == pytest.approx([3, 2])
    assert found.objective == pytest.approx(7)
    assert found.shadow_price == pytest.approx([1, 0])
    assert found.reduced_cost == pytest.approx([-1, 0])
    assert not found.cut.any()


@pytest.mark.parametrize(("shortage", "surplus"), [(None, None), (7.0, 0.0)])
@pytest.mark.parametrize("supply", [0.0, -2.0, 2.0])
def test_one_node_without_a_leg(supply: float, shortage: float | None, surplus: float | None) -> None:
    network, nothing = as_network(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), 1), np.zeros(0)
    if supply and shortage is None:
        with pytest.raises(WrongRequest, match="exceeds"):
            min_cost_flow(network, capacity=nothing, cost=nothing, supply=np.array([supply]))
        return
    found = min_cost_flow(
        network,
        capacity=nothing,
        cost=nothing,
        supply=np.array([supply]),
        shortage_cost=shortage,
        surplus_cost=surplus,
    )
    assert found.flow.shape == found.cut.shape == (0,)
    assert found.objective == pytest.approx(7.0 * max(-supply, 0))
    assert (found.shortage[0], found.surplus[0]) == pytest.approx((max(-supply, 0), max(supply, 0)))
    assert binding_cut(network, capacity=nothing, supply=np.array([supply])).deliverable == 0


def test_two_nodes_without_a_leg_deliver_nothing() -> None:
    network, nothing = as_network(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), 2), np.zeros(0)
    with pytest.raises(InfeasibleFlow, match="4 of 4 cannot be delivered: nothing leads there") as caught:
        min_cost_flow(network, capacity=nothing, cost=nothing, supply=np.array([4.0, -4.0]))
    assert (caught.value.cut, caught.value.short) == ((), 4.0)


def test_nothing_to_move_costs_nothing() -> None:
    found = min_cost_flow(LINE, capacity=np.ones(2), cost=np.ones(2), supply=np.zeros(3))
    assert found.objective == 0
    assert not found.flow.any()


def test_a_closed_leg_carries_nothing_and_is_the_cut() -> None:
    found = min_cost_flow(
        LINE,
        capacity=np.array([9.0, 0.0]),
        cost=np.ones(2),
        supply=np.array([4.0, 0.0, -4.0]),
        shortage_cost=100.0,
        surplus_cost=0.0,
    )
    assert found.flow == pytest.approx([0, 0])
    assert found.shortage == pytest.approx([0, 0, 4])
    assert found.surplus == pytest.approx([4, 0, 0])
    assert found.cut.tolist() == [False, True]
    assert found.shadow_price[1] >= 98 - 1e-9  # a closed leg has no last unit, so this is an upper end only


def test_what_does_not_fit_names_the_cut() -> None:
    network = as_network(np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3]), 4)
    with pytest.raises(InfeasibleFlow, match=r"2\.5 of 10 cannot be delivered: full: legs 1, 2; give prices") as caught:
        min_cost_flow(
            network,
            capacity=np.array([20.0, 3.5, 4.0, 9.0]),
            cost=np.ones(4),
            supply=np.array([10.0, 0.0, 0.0, -10.0]),
        )
    assert caught.value.cut == (1, 2)
    assert caught.value.short == pytest.approx(2.5)


def test_what_does_not_fit_names_the_shared_limit() -> None:
    network = as_network(np.array([0, 0]), np.array([1, 1]), 2)
    quota = Side(row=np.zeros(2, dtype=np.int64), arc=np.arange(2), coef=np.ones(2), limit=np.array([6.0]))
    arrays = {"capacity": np.array([5.0, 5.0]), "supply": np.array([8.0, -8.0])}
    with pytest.raises(InfeasibleFlow, match="2 of 8 cannot be delivered: full: shared limit 0;") as caught:
        min_cost_flow(network, cost=np.ones(2), side=quota, **arrays)
    assert caught.value.cut == ()
    assert caught.value.short == pytest.approx(2)
    priced_in = min_cost_flow(network, cost=np.ones(2), side=quota, shortage_cost=9.0, surplus_cost=0.0, **arrays)
    assert priced_in.side_price == pytest.approx([8])
    assert not priced_in.cut.any()  # no leg of its own is full


def test_supply_must_balance_where_nothing_may_go_short() -> None:
    arrays = {"capacity": np.full(2, 9.0), "cost": np.ones(2)}
    more, less = np.array([5.0, 0.0, -3.0]), np.array([3.0, 0.0, -5.0])
    with pytest.raises(WrongRequest, match="supply of 5 exceeds demand of 3: give a price of surplus"):
        min_cost_flow(LINE, supply=more, side=NO_SIDE, **arrays)
    with pytest.raises(WrongRequest, match="demand of 5 exceeds supply of 3: give a price of shortage"):
        min_cost_flow(LINE, supply=less, surplus_cost=1.0, side=NO_SIDE, **arrays)
    assert min_cost_flow(LINE, supply=more, surplus_cost=1.0, side=NO_SIDE, **arrays).objective == pytest.approx(8)
    assert min_cost_flow(LINE, supply=less, shortage_cost=7.0, side=NO_SIDE, **arrays).objective == pytest.approx(20)
    # 0.1 + 0.2 is not 0.3: sums that balance on paper are not refused
    thirds = min_cost_flow(
        as_network(np.array([0, 1]), np.array([2, 2]), 3), supply=np.array([0.1, 0.2, -0.3]), side=NO_SIDE, **arrays
    )
    assert thirds.objective == pytest.approx(0.3)


def test_an_endless_cycle_of_negative_cost_is_refused() -> None:
    network = as_network(np.array([0, 1, 0]), np.array([1, 0, 1]), 2)
    arrays = {"cost": np.array([1.0, -2.0, 0.5]), "supply": np.zeros(2)}
    with pytest.raises(WrongRequest, match=r"legs (0, 1|1, 0) form a circle"):
        min_cost_flow(network, capacity=np.array([np.inf, np.inf, 1.0]), side=NO_SIDE, **arrays)
    bounded = min_cost_flow(network, capacity=np.array([np.inf, 7.0, 1.0]), side=NO_SIDE, **arrays)
    assert bounded.flow == pytest.approx([6, 7, 1])
    assert bounded.objective == pytest.approx(-7.5)


def test_unknown_capacity_is_refused_not_zero() -> None:
    with pytest.raises(WrongRequest, match="capacity of 1 is nan"):
        min_cost_flow(LINE, capacity=np.array([1.0, np.nan]), cost=np.ones(2), supply=np.zeros(3), shortage_cost=1.0)


def test_a_leg_that_must_carry() -> None:
    network = as_network(np.array([0, 0]), np.array([1, 1]), 2)
    arrays = {"capacity": np.full(2, 9.0), "cost": np.array([1.0, 5.0]), "supply": np.array([6.0, -6.0])}
    found = min_cost_flow(network, lower=np.array([0.0, 2.0]), side=NO_SIDE, **arrays)
    assert found.flow == pytest.approx([4, 2])
    assert found.reduced_cost == pytest.approx([0, 4])
    for price in (None, 9.0):
        with pytest.raises(InfeasibleFlow, match=r"leg(s 0,)? \d must carry 3 more than can get there") as caught:
            min_cost_flow(
                network, lower=np.array([4.0, 5.0]), shortage_cost=price, surplus_cost=price, side=NO_SIDE, **arrays
            )
        assert caught.value.short == pytest.approx(3)


@settings(deadline=None, max_examples=15)
@given(seeds, st.sampled_from([1e-9, 1e6 / 12, 1e12]), st.sampled_from([1e-6, 1.0, 1e7]))
def test_units_scale_the_results(seed: int, flow: float, price: float) -> None:
    world = tight(seed)
    side = some_limits(seed, world.cost.size)
    found = priced(world, side=side)
    told = min_cost_flow(
        world.network,
        capacity=world.capacity * flow,
        cost=world.cost * price,
        supply=world.supply * flow,
        shortage_cost=SHORTAGE * price,
        surplus_cost=SURPLUS * price,
        side=replace(side, limit=side.limit * flow),
    )
    assert told.objective == pytest.approx(found.objective * flow * price, rel=1e-9)
    assert told.shortage.sum() == pytest.approx(found.shortage.sum() * flow, rel=1e-9, abs=1e-9 * flow)
    assert told.residual <= 1e-9
    assert told.gap <= 1e-9


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_names_and_order_do_not_matter(seed: int) -> None:
    world, rng = tight(seed), np.random.default_rng(seed)
    nodes, legs = rng.permutation(world.network.nodes), rng.permutation(world.cost.size)
    supply = np.zeros_like(world.supply)
    supply[nodes] = world.supply
    turned = Made(
        network=as_network(nodes[world.network.tail][legs], nodes[world.network.head][legs], nodes.size),
        capacity=world.capacity[legs],
        cost=world.cost[legs],
        supply=supply,
    )
    there, here = priced(world), priced(turned)
    assert here.objective == pytest.approx(there.objective, rel=1e-9)
    cuts = (
        binding_cut(world.network, capacity=world.capacity, supply=world.supply),
        binding_cut(turned.network, capacity=turned.capacity, supply=turned.supply),
    )
    assert np.array_equal(cuts[0].legs[legs], cuts[1].legs)


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_one_leg_more_never_costs_and_an_idle_leg_is_not_missed(seed: int) -> None:
    world, rng = tight(seed), np.random.default_rng(seed)
    found = priced(world)
    ends = rng.choice(world.network.nodes, size=2, replace=False)
    wider = Made(
        network=as_network(
            np.append(world.network.tail, ends[0]), np.append(world.network.head, ends[1]), world.network.nodes
        ),
        capacity=np.append(world.capacity, 5.0),
        cost=np.append(world.cost, float(rng.integers(0, 500))),
        supply=world.supply,
    )
    assert priced(wider).objective <= found.objective + 1e-6
    idle = np.flatnonzero(found.flow <= 1e-12)[:5]
    without = Made(
        network=as_network(
            np.delete(world.network.tail, idle), np.delete(world.network.head, idle), world.network.nodes
        ),
        capacity=np.delete(world.capacity, idle),
        cost=np.delete(world.cost, idle),
        supply=world.supply,
    )
    assert priced(without).objective == pytest.approx(found.objective, rel=1e-9)


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_doubling_all_prices_doubles_the_cost(seed: int) -> None:
    world = tight(seed)
    there = priced(world)
    double = min_cost_flow(
        world.network,
        capacity=world.capacity,
        cost=2 * world.cost,
        supply=world.supply,
        shortage_cost=2 * SHORTAGE,
        surplus_cost=2 * SURPLUS,
    )
    assert double.objective == pytest.approx(2 * there.objective, rel=1e-12)
    assert np.array_equal(double.flow, there.flow)


def cut_of(network: Network, capacity: FloatArray, supply: FloatArray, inside: BoolArray) -> float:
    """Capacity of the cut with these nodes on the source side."""
    out = inside[network.tail] & ~inside[network.head]
    return float(capacity[out].sum() + supply[~inside & (supply > 0)].sum() - supply[inside & (supply < 0)].sum())


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_the_cut_is_the_smallest_of_all_and_the_nearest_to_supply(seed: int) -> None:
    world = tight(seed, nodes=8, legs=20)
    found = binding_cut(world.network, capacity=world.capacity, supply=world.supply)
    subsets = np.array(list(product([False, True], repeat=8)))
    held = np.array([cut_of(world.network, world.capacity, world.supply, inside) for inside in subsets])
    assert found.deliverable == pytest.approx(held.min(), abs=1e-9)
    nearest = subsets[held == held.min()].all(axis=0)  # minimum cuts are closed under intersection
    assert np.array_equal(found.legs, nearest[world.network.tail] & ~nearest[world.network.head])
    assert found.wanted == min(world.supply[world.supply > 0].sum(), -world.supply[world.supply < 0].sum())


@settings(deadline=None, max_examples=25)
@given(seeds)
def test_a_flow_held_back_by_nothing_but_legs_names_the_binding_cut(seed: int) -> None:
    world = tight(seed)
    # a shortage dearer than any way round: everything deliverable is delivered
    arrays = {"capacity": world.capacity, "supply": world.supply}
    for side in (NO_SIDE, some_limits(seed, world.cost.size)):
        found = min_cost_flow(world.network, cost=world.cost, shortage_cost=1e6, surplus_cost=0.0, side=side, **arrays)
        cut = binding_cut(world.network, side=side, **arrays)
        delivered = np.maximum(-world.supply, 0).sum() - found.shortage.sum()
        assert delivered == pytest.approx(cut.deliverable, rel=1e-9, abs=1e-9)
        everything = found.shortage.max() < 1e-9 or found.surplus.max() < 1e-9
        assert np.array_equal(found.cut, np.zeros_like(cut.legs) if everything else cut.legs)


def test_what_is_not_worth_its_cost_has_no_cut() -> None:
    found = min_cost_flow(
        LINE,
        capacity=np.array([3.0, 9.0]),
        cost=np.ones(2),
        supply=np.array([5.0, 0.0, -5.0]),
        shortage_cost=1.0,
        surplus_cost=0.5,
    )
    assert found.flow == pytest.approx([0, 0])
    assert found.penalty == found.objective == pytest.approx(7.5)
    assert not found.cut.any()
    # one market is not worth its cost, the other lies behind a full leg: the leg has a price, but no cut holds all back
    fork = as_network(np.array([0, 0]), np.array([1, 2]), 3)
    apart = min_cost_flow(
        fork,
        capacity=np.array([9.0, 2.0]),
        cost=np.array([100.0, 1.0]),
        supply=np.array([10.0, -5.0, -5.0]),
        shortage_cost=50.0,
        surplus_cost=0.0,
    )
    assert apart.flow == pytest.approx([0, 2])
    assert apart.shadow_price == pytest.approx([0, 49])
    assert not apart.cut.any()


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_what_binds_is_what_opens(seed: int) -> None:
    """More of a leg or limit outside the cut delivers no more; with shared limits, prices bound what more delivers."""
    world = tight(seed)
    side = some_limits(seed, world.cost.size)

    def most(capacity: FloatArray, limit: FloatArray) -> Cut:
        return binding_cut(world.network, capacity=capacity, supply=world.supply, side=replace(side, limit=limit))

    found = most(world.capacity, side.limit)
    assert most(
        world.capacity + np.where(found.legs, 0, 5.0), side.limit + np.where(found.shared, 0, 5.0)
    ).deliverable == (pytest.approx(found.deliverable, rel=1e-9, abs=1e-9))
    if found.deliverable < found.wanted - 1e-6:
        assert found.legs.any() or found.shared.any()


@settings(deadline=None, max_examples=25)
@given(seeds)
def test_the_cut_counts_what_legs_must_carry(seed: int) -> None:
    world = tight(seed, nodes=8, legs=20)
    tail, head = world.network.tail, world.network.head
    least = np.floor(priced(world).flow / 2)  # met by that flow, hence possible
    found = binding_cut(world.network, capacity=world.capacity, supply=world.supply, lower=least)
    held = [
        cut_of(world.network, world.capacity, world.supply, inside) - least[inside[head] & ~inside[tail]].sum()
        for inside in np.array(list(product([False, True], repeat=8)))
    ]
    assert found.deliverable == pytest.approx(min(held), abs=1e-9)
    free = binding_cut(world.network, capacity=world.capacity, supply=world.supply)
    assert found.deliverable <= free.deliverable + 1e-9


def test_what_must_flow_back_across_the_cut_is_held_against_it() -> None:
    there_and_back = as_network(np.array([0, 1]), np.array([1, 0]), 2)
    found = binding_cut(
        there_and_back, capacity=np.array([4.0, 5.0]), supply=np.array([9.0, -9.0]), lower=np.array([0.0, 2.0])
    )
    assert found.deliverable == pytest.approx(2)
    assert found.legs.tolist() == [True, False]


def test_arrays_of_results_are_read_only() -> None:
    world = made(1)
    found = priced(world)
    arrays = [getattr(found, field.name) for field in fields(found)]
    assert not any(array.flags.writeable for array in arrays if isinstance(array, np.ndarray))
    cut = binding_cut(world.network, capacity=world.capacity, supply=world.supply)
    assert not cut.legs.flags.writeable
    assert not cut.shared.flags.writeable
