"""A programme's answer is certified or refused, whatever its units; a network's arrays are checked before building."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import NoAnswer, WrongRequest
from multivector.models.flow.network import NO_SIDE, Network, Side, as_network, flow_program
from multivector.models.flow.program import (
    Entries,
    Infeasible,
    Program,
    Units,
    by_column,
    certify,
    load,
    rescaled,
    restored,
    run,
    solve,
    unit_of,
    with_bounds,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A made-up network with its arrays; supply balances, but may not fit."""

    network: Network
    capacity: FloatArray
    cost: FloatArray
    supply: FloatArray


def made(seed: int, *, nodes: int = 30, legs: int = 90) -> Made:
    """The recipe of the frozen networks: points in a square, a chain through them, then legs to near neighbours."""
    rng = np.random.default_rng(seed)
    place = rng.random((nodes, 2))
    distance = np.hypot(*(place[:, None, :] - place[None, :, :]).transpose(2, 0, 1))
    near = np.argsort(distance, axis=1)[:, 1:12]
    chain = [int(node) for node in np.argsort(place[:, 0])]
    pairs = dict.fromkeys([*pairwise(chain), *pairwise(reversed(chain))])
    while len(pairs) < legs:
        tail = int(rng.integers(nodes))
        pairs[tail, int(rng.choice(near[tail]))] = None
    tail_head = np.array(list(pairs))[:legs]
    amounts = rng.integers(1, 20, size=max(nodes // 20, 3)).astype(np.float64)
    supply, ends = np.zeros(nodes), rng.permutation(nodes)
    supply[ends[: amounts.size]] = amounts
    supply[ends[amounts.size : 2 * amounts.size]] = -rng.permutation(amounts)
    return Made(
        network=as_network(tail_head[:, 0], tail_head[:, 1], nodes),
        capacity=rng.integers(1, 100, size=legs).astype(np.float64),
        cost=np.maximum(1.0, np.floor(1000 * distance[tail_head[:, 0], tail_head[:, 1]])),
        supply=supply,
    )


def small() -> Program:
    """Minimise -3x - 2y subject to x + y <= 4, x + 3y <= 9, 0 <= x <= 3, y >= 0: x = 3, y = 1, value -11."""
    start, row, coef = by_column(
        Entries(row=np.array([0, 0, 1, 1]), column=np.array([0, 1, 0, 1]), coef=np.array([1.0, 1.0, 1.0, 3.0])),
        columns=2,
        rows=2,
    )
    return Program(
        cost=np.array([-3.0, -2.0]),
        low=np.zeros(2),
        high=np.array([3.0, np.inf]),
        row_low=np.full(2, -np.inf),
        row_high=np.array([4.0, 9.0]),
        start=start,
        row=row,
        coef=coef,
    )


@pytest.mark.parametrize("presolve", [True, False])
@pytest.mark.parametrize("units", [Units(flow=1.0, price=1.0), Units(flow=2.0**-20, price=2.0**15)])
def test_small_programme_by_hand(units: Units, presolve: bool) -> None:  # noqa: FBT001
    optimum = solve(small(), units=units, presolve=presolve)
    assert optimum.x == pytest.approx([3, 1], abs=1e-12)
    assert optimum.objective == pytest.approx(-11, abs=1e-12)
    assert optimum.row_price == pytest.approx([-2, 0], abs=1e-12)  # a unit more of the first row is worth 2
    assert optimum.reduced_cost == pytest.approx([-1, 0], abs=1e-12)
    assert optimum.residual <= 1e-12
    assert optimum.gap <= 1e-12


def test_bounds_change_in_place_and_back() -> None:
    program = small()
    model = load(program)
    first = run(model, program)
    closed = with_bounds(model, program, np.array([0]), high=np.zeros(1))
    assert run(model, closed).x == pytest.approx([0, 3], abs=1e-12)
    again = with_bounds(model, closed, np.array([0]), high=program.high[[0]])
    assert run(model, again).objective == pytest.approx(first.objective, abs=1e-12)
    assert program.high[0] == 3  # the programme given is not changed


@pytest.mark.parametrize(
    ("x", "price", "why"),
    [
        ([3.0, 1.1], [-2.0, 0.0], "residual"),  # breaks a row
        ([3.5, 0.5], [-2.0, 0.0], "residual"),  # breaks a bound
        ([3.0, 0.9], [-2.0, 0.0], "gap"),  # feasible, and not the best
        ([3.0, 0.0], [0.0, 0.0], "gap"),  # not the best, and only an endless bound says otherwise
        ([3.0, 1.0], [-1.9, 0.0], "gap"),  # the best, without proof
        ([3.0, 1.0], [2.0, 0.0], "gap"),  # a price on a side of the row that has no bound
        ([np.nan, 1.0], [-2.0, 0.0], "residual"),
    ],
)
def test_no_certificate_no_answer(x: list[float], price: list[float], why: str) -> None:
    with pytest.raises(NoAnswer, match=f"fails its certificate: .*{why}"):
        certify(small(), np.array(x), np.array(price))


def test_nan_is_never_certified() -> None:
    empty = np.zeros(0, dtype=np.int64)
    loose = Program(
        cost=np.array([1.0]),
        low=np.zeros(1),
        high=np.ones(1),
        row_low=np.zeros(0),
        row_high=np.zeros(0),
        start=np.zeros(2, dtype=np.int64),
        row=empty,
        coef=np.zeros(0),
    )
    assert certify(loose, np.zeros(1), np.zeros(0)).objective == 0
    with pytest.raises(NoAnswer, match="residual nan, gap nan"):
        certify(loose, np.array([np.nan]), np.zeros(0))


def test_empty_and_endless_are_told_apart() -> None:
    with pytest.raises(Infeasible, match="no flow meets"):
        solve(replace(small(), row_low=np.array([8.0, -np.inf]), row_high=np.array([9.0, 9.0])))
    endless = replace(small(), row_high=np.full(2, np.inf))
    for presolve in (True, False):
        with pytest.raises(NoAnswer, match="no lower end") as caught:
            solve(endless, presolve=presolve)
        assert not isinstance(caught.value, Infeasible)


@settings(deadline=None, max_examples=40)
@given(seeds, st.integers(-40, 40))
def test_units_are_powers_of_two_and_change_nothing(seed: int, power: int) -> None:
    rng = np.random.default_rng(seed)
    figures = rng.normal(size=5) * 10.0**power
    unit = unit_of(figures)
    assert 512 <= np.abs(figures).max() / unit <= 1024
    assert np.frexp(unit)[0] == 0.5
    # the programme of 4 t told in a unit of 10^-power t
    told = rescaled(small(), Units(flow=10.0**power, price=1.0))
    units = Units(flow=unit_of(told.row_high), price=2.0**7)
    inside = rescaled(told, units)
    assert np.array_equal(inside.row_high * units.flow, told.row_high)
    assert solve(told, units=units).objective == pytest.approx(-11 / 10.0**power, rel=1e-12)
    assert restored(solve(inside), units).x == pytest.approx(np.array([3, 1]) / 10.0**power, rel=1e-12)


def test_a_unit_needs_a_figure() -> None:
    assert unit_of(np.zeros(3), np.array([np.inf, 1024.0])) == 1.0
    assert unit_of(np.zeros(2), np.zeros(0)) == 1.0


def test_entries_are_sorted_by_column_and_doubles_summed() -> None:
    entries = Entries(row=np.array([2, 0, 2, 1]), column=np.array([1, 0, 1, 3]), coef=np.array([1.0, 5.0, 2.0, -1.0]))
    start, row, coef = by_column(entries, columns=4, rows=3)
    assert start.tolist() == [0, 1, 2, 2, 3]
    assert row.tolist() == [0, 2, 1]
    assert coef.tolist() == [5, 3, -1]


@settings(deadline=None, max_examples=25)
@given(seeds)
def test_flow_programme_is_the_balance_of_its_nodes(seed: int) -> None:
    world = made(seed, nodes=12, legs=30)
    built = flow_program(
        world.network,
        capacity=world.capacity,
        cost=world.cost,
        supply=world.supply,
        shortage_cost=1e4,
        surplus_cost=10.0,
    )
    optimum = solve(built.program)
    flow = optimum.x[:30]
    out = np.bincount(world.network.tail, weights=flow, minlength=12)
    into = np.bincount(world.network.head, weights=flow, minlength=12)
    unmet, left = np.zeros(12), np.zeros(12)
    unmet[built.short] = optimum.x[30 : 30 + built.short.size]
    left[built.over] = optimum.x[30 + built.short.size :]
    assert out - into + left - unmet == pytest.approx(world.supply, abs=1e-9)
    assert np.array_equal(built.short, np.flatnonzero(world.supply < 0))
    assert np.array_equal(built.over, np.flatnonzero(world.supply > 0))


@pytest.mark.parametrize(
    ("tail", "head", "nodes", "why"),
    [
        ([0], [1], 0, "no node"),
        ([0, 1], [1], 2, "one length"),
        ([0], [2], 2, "head of leg 0 is node 2, outside"),
        ([-1], [1], 2, "tail of leg 0 is node -1, outside"),
        ([0.5], [1], 2, "whole numbers"),
    ],
)
def test_wrong_networks(tail: list[int], head: list[int], nodes: int, why: str) -> None:
    with pytest.raises(WrongRequest, match=why):
        as_network(np.array(tail), np.array(head), nodes)


LINE = as_network(np.array([0, 1]), np.array([1, 2]), 3)
GOOD: dict[str, FloatArray] = {
    "capacity": np.array([2.0, 2.0]),
    "cost": np.ones(2),
    "supply": np.array([1.0, 0.0, -1.0]),
}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"capacity": np.array([2.0, -1.0])}, "capacity of 1 is -1"),
        ({"capacity": np.array([np.nan, 1.0])}, "capacity of 0 is nan"),
        ({"capacity": np.ones(3)}, "capacity must have 2 entries"),
        ({"cost": np.array([1.0, np.inf])}, "cost of 1 is inf"),
        ({"supply": np.array([1.0, np.nan, -1.0])}, "supply of 1 is nan"),
        ({"supply": np.array([np.inf, 0.0, -1.0])}, "supply of 0 is inf"),
        ({"lower": np.array([3.0, 0.0])}, "leg 0 must carry 3 but has a capacity of 2"),
        ({"lower": np.array([-1.0, 0.0])}, "lower of 0 is -1"),
        ({"shortage_cost": -1.0}, "shortage_cost of 0 is -1"),
        ({"surplus_cost": np.array([1.0, np.nan, 1.0])}, "surplus_cost of 1 is nan"),
        ({"shortage_cost": np.ones(2)}, "price must be one number or have 3 entries"),
    ],
)
def test_wrong_arrays(changed: dict[str, FloatArray], why: str) -> None:
    with pytest.raises(WrongRequest, match=why):
        flow_program(LINE, side=NO_SIDE, **{**GOOD, **changed})


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(WrongRequest, match=r"capacity of 1 is -1.*cost must have 2.*supply of 1 is nan"):
        flow_program(LINE, capacity=np.array([2.0, -1.0]), cost=np.ones(1), supply=np.array([1.0, np.nan, 0.0]))


@pytest.mark.parametrize(
    ("side", "why"),
    [
        (replace(NO_SIDE, row=np.array([0])), "one length"),
        (Side(row=np.array([1]), arc=np.array([0]), coef=np.ones(1), limit=np.ones(1)), "numbered 1, but there are 1"),
        (Side(row=np.array([0]), arc=np.array([2]), coef=np.ones(1), limit=np.ones(1)), "counts leg 2"),
        (Side(row=np.array([0]), arc=np.array([0]), coef=np.array([np.nan]), limit=np.ones(1)), "not finite"),
        (Side(row=np.array([0]), arc=np.array([0]), coef=np.ones(1), limit=np.array([-1.0])), "limit of 0 is -1"),
    ],
)
def test_wrong_shared_limits(side: Side, why: str) -> None:
    with pytest.raises(WrongRequest, match=why):
        flow_program(LINE, side=side, **GOOD)
