"""The worst attack is that of plain enumeration with another solver, whatever the method; and it behaves like one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog  # type: ignore[import-untyped]

from multivector.errors import WrongRequest
from multivector.models.flow.network import NO_SIDE, Network, Side, as_network
from multivector.models.interdiction import min_cost
from multivector.models.interdiction.min_cost import interdict_min_cost
from multivector.models.interdiction.records import Interdiction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

seeds = st.integers(0, 2**32 - 1)
CLOSE = 1e-7  # relative; two solvers, each with its own tolerance
ENUMERATED, BOUNDED = 10**9, -1  # targets up to which attacks are enumerated


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """A made-up network and what an attack on a group takes from it. group, left, price as in `interdict_min_cost`."""

    network: Network
    capacity: FloatArray
    cost: FloatArray
    supply: FloatArray
    group: IntArray
    price: FloatArray
    left: FloatArray
    shortage: FloatArray
    surplus: FloatArray
    side: Side = NO_SIDE


def made_game(
    seed: int, *, nodes: int = 6, legs: int = 12, groups: int = 5, earning: bool = False, roomy: bool = False
) -> Game:
    """Whole amounts, two shared limits, legs that nobody can hit, legs of which a hit leaves a part.

    `earning`: some legs earn money, and cycles may. `roomy`: some legs make room in a shared limit.
    """
    rng = np.random.default_rng(seed)
    tail = rng.integers(0, nodes, legs)
    capacity = rng.integers(0, 10, legs).astype(np.float64)
    if not earning:
        capacity[rng.random(legs) < 0.15] = np.inf
    row, arc = np.nonzero(rng.random((2, legs)) < 0.25)
    return Game(
        network=as_network(tail, (tail + rng.integers(1, nodes, legs)) % nodes, nodes),
        capacity=capacity,
        cost=rng.integers(-6 if earning else 0, 10, legs).astype(np.float64),
        supply=rng.integers(-8, 9, nodes).astype(np.float64),
        group=rng.integers(-1, groups, legs),
        price=rng.choice([1.0, 2.0, 0.7], groups) if rng.random() < 0.7 else np.ones(groups),
        left=np.where(rng.random(legs) < 0.3, np.minimum(capacity, rng.integers(1, 6, legs)), 0.0),
        shortage=rng.integers(5, 40, nodes).astype(np.float64),
        surplus=rng.integers(0, 20, nodes).astype(np.float64),
        side=Side(
            row=row,
            arc=arc,
            coef=rng.choice([-4.0, -1.0, 1.0] if roomy else [0.5, 1.0, 2.0], row.size),
            limit=rng.integers(0, 14, 2).astype(np.float64),
        ),
    )


def attacked(game: Game, *, budget: float, targets: int = ENUMERATED, time_limit: float | None = None) -> Interdiction:
    """The model's answer, by enumeration or by branch and bound."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(min_cost, "MOST_ENUMERATED", targets)
        return interdict_min_cost(
            game.network,
            capacity=game.capacity,
            cost=game.cost,
            supply=game.supply,
            budget=budget,
            group=game.group,
            attack_cost=game.price,
            capacity_left=game.left,
            shortage_cost=game.shortage,
            surplus_cost=game.surplus,
            side=game.side,
            time_limit=time_limit,
        )


def cost_under(game: Game, attack: Iterable[int] = ()) -> float:
    """The operator's least cost after an attack, from scipy and the equations."""
    network, legs, nodes = game.network, game.cost.size, game.network.nodes
    leg, node = np.arange(legs), np.arange(nodes)
    balance = np.zeros((nodes, legs + 2 * nodes))
    balance[network.tail, leg] += 1
    balance[network.head, leg] -= 1
    balance[node, legs + node], balance[node, legs + nodes + node] = -1, 1
    shared = np.zeros((game.side.limit.size, legs + 2 * nodes))
    np.add.at(shared, (game.side.row, game.side.arc), game.side.coef)
    most = np.where(np.isin(game.group, list(attack)) & (game.group >= 0), game.left, game.capacity)
    high = np.concatenate([most, np.maximum(-game.supply, 0), np.maximum(game.supply, 0)])
    found = linprog(
        np.concatenate([game.cost, game.shortage, game.surplus]),
        A_eq=balance,
        b_eq=game.supply,
        A_ub=shared if len(shared) else None,
        b_ub=game.side.limit if len(shared) else None,
        bounds=np.column_stack([np.zeros(high.size), high]),
    )
    assert found.status == 0
    return float(found.fun)


def attacks_within(game: Game, budget: float) -> Iterator[tuple[int, ...]]:
    groups = range(game.price.size)
    for attack in chain.from_iterable(combinations(groups, size) for size in range(game.price.size + 1)):
        if game.price[list(attack)].sum() <= budget + 1e-9:
            yield attack


def agrees_with_enumeration(game: Game, budget: float) -> None:
    worst = max(cost_under(game, attack) for attack in attacks_within(game, budget))
    for targets in (ENUMERATED, BOUNDED):
        found = attacked(game, budget=budget, targets=targets)
        assert found.proven
        assert found.value == pytest.approx(worst, rel=CLOSE, abs=CLOSE)
        assert found.value <= found.bound <= found.value + CLOSE * (1 + abs(found.value))
        assert cost_under(game, found.attacked) == pytest.approx(worst, rel=CLOSE, abs=CLOSE)
        assert game.price[list(found.attacked)].sum() <= budget + 1e-9
        for spared in found.attacked:  # nothing is hit in vain
            assert cost_under(game, set(found.attacked) - {spared}) < worst - CLOSE


@settings(deadline=None, max_examples=30)
@given(seeds, st.sampled_from([0.0, 1.0, 2.0, 2.1, 3.0]), st.booleans(), st.booleans())
def test_both_methods_agree_with_enumeration(
    seed: int,
    budget: float,
    earning: bool,  # noqa: FBT001
    roomy: bool,  # noqa: FBT001
) -> None:
    agrees_with_enumeration(made_game(seed, earning=earning, roomy=roomy), budget)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(seeds, st.sampled_from([1.0, 2.0, 3.0, 4.0]), st.booleans(), st.booleans())
def test_more_games_agree_with_enumeration(
    seed: int,
    budget: float,
    earning: bool,  # noqa: FBT001
    roomy: bool,  # noqa: FBT001
) -> None:
    agrees_with_enumeration(made_game(seed, nodes=8, legs=24, groups=8, earning=earning, roomy=roomy), budget)


@pytest.mark.parametrize(("seed", "budget"), [(5, 1.0), (10, 1.0), (18, 2.0), (64, 3.0)])
def test_cycles_that_earn_money(seed: int, budget: float) -> None:
    """Cases where a loss per unit that forgets what the cycle earned gives a wrong bound."""
    agrees_with_enumeration(made_game(seed, earning=True), budget)


def test_a_leg_that_makes_room_for_others_is_worth_more_than_its_own_flow() -> None:
    """Each unit over leg 0 lets ten over leg 1: leg 0 down leaves 11 units short, leg 1 down only 10."""
    game = Game(
        network=as_network(np.array([0, 2]), np.array([1, 3]), 4),
        capacity=np.array([1.0, 10.0]),
        cost=np.ones(2),
        supply=np.array([1.0, -1.0, 10.0, -10.0]),
        group=np.arange(2),
        price=np.ones(2),
        left=np.zeros(2),
        shortage=np.full(4, 50.0),
        surplus=np.zeros(4),
        side=Side(
            row=np.zeros(2, dtype=np.int64), arc=np.array([0, 1]), coef=np.array([-10.0, 1.0]), limit=np.zeros(1)
        ),
    )
    for targets in (ENUMERATED, BOUNDED):
        found = attacked(game, budget=1, targets=targets)
        assert (found.attacked, found.proven) == ((0,), True)
        assert [found.value, found.bound] == pytest.approx([550.0, 550.0])


@pytest.mark.parametrize("targets", [ENUMERATED, BOUNDED])
def test_a_thin_leg_beside_a_thick_one_counts(targets: int) -> None:
    game = Game(
        network=as_network(np.array([0, 2]), np.array([1, 3]), 4),
        capacity=np.array([1e5, 1.0]),
        cost=np.ones(2),
        supply=np.array([1e5, -1e5, 1.0, -1.0]),
        group=np.array([-1, 0]),
        price=np.ones(1),
        left=np.zeros(2),
        shortage=np.full(4, 1e6),
        surplus=np.zeros(4),
    )
    found = attacked(game, budget=1, targets=targets)
    assert (found.attacked, found.proven) == ((0,), True)
    assert found.value == pytest.approx(1e5 + 1e6)


def leg_game(seed: int, *, nodes: int, legs: int) -> Game:
    """Every leg is a target; nodes lie on a line of places and legs lead to near ones, mostly from field to market."""
    rng = np.random.default_rng(seed)
    place = np.sort(rng.random(nodes))
    tail = rng.integers(0, nodes, legs)
    head = np.clip(tail + rng.integers(1, 6, legs) * rng.choice([1, 1, 1, -1], legs), 0, nodes - 1)
    tail = np.where(head == tail, head - np.where(head > 0, 1, -1), tail)
    supply = np.zeros(nodes)
    supply[:3], supply[-3:] = 12.0, -12.0
    return Game(
        network=as_network(tail, head, nodes),
        capacity=rng.integers(1, 20, legs).astype(np.float64),
        cost=np.ceil(1000 * np.abs(place[tail] - place[head])),
        supply=supply,
        group=np.arange(legs),
        price=np.ones(legs),
        left=np.zeros(legs),
        shortage=np.full(nodes, 3000.0),
        surplus=np.zeros(nodes),
    )


@pytest.mark.parametrize("budget", [1, 2, 3])
def test_the_methods_agree_on_many_targets(budget: int) -> None:
    game = leg_game(budget, nodes=20, legs=90)
    listed, bounded = (attacked(game, budget=budget, targets=targets) for targets in (ENUMERATED, BOUNDED))
    assert listed.proven
    assert bounded.proven
    assert bounded.value == pytest.approx(listed.value, rel=1e-9)


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_a_larger_budget_never_hurts_less(seed: int) -> None:
    game = made_game(seed)
    values = [attacked(game, budget=budget).value for budget in (0, 0.7, 1, 2, 3, 4, 1e9, np.inf)]
    assert values[0] == pytest.approx(cost_under(game), rel=CLOSE, abs=CLOSE)
    assert (np.diff(values) >= -CLOSE * (1 + np.abs(values[1:]))).all()
    everything = cost_under(game, range(game.price.size))
    assert values[-2:] == pytest.approx([everything, everything], rel=CLOSE, abs=CLOSE)


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_names_and_units_do_not_matter(seed: int) -> None:
    game, rng = made_game(seed), np.random.default_rng(seed + 1)
    before = attacked(game, budget=2)
    legs, nodes = rng.permutation(game.cost.size), rng.permutation(game.network.nodes)
    of_leg = np.argsort(legs)  # the new position of each leg
    relabelled = replace(
        game,
        network=as_network(nodes[game.network.tail[legs]], nodes[game.network.head[legs]], game.network.nodes),
        capacity=game.capacity[legs],
        cost=game.cost[legs],
        supply=game.supply[np.argsort(nodes)],
        group=game.group[legs],
        left=game.left[legs],
        shortage=game.shortage[np.argsort(nodes)],
        surplus=game.surplus[np.argsort(nodes)],
        side=replace(game.side, arc=of_leg[game.side.arc]),
    )
    for targets in (ENUMERATED, BOUNDED):
        assert attacked(relabelled, budget=2, targets=targets).value == pytest.approx(
            before.value, rel=CLOSE, abs=CLOSE
        )
    smaller = replace(
        game,
        capacity=game.capacity * 1e-9,
        supply=game.supply * 1e-9,
        left=game.left * 1e-9,
        side=replace(game.side, limit=game.side.limit * 1e-9),
        cost=game.cost * 1e6,
        shortage=game.shortage * 1e6,
        surplus=game.surplus * 1e6,
        price=game.price * 1e3,
    )
    for targets in (ENUMERATED, BOUNDED):
        after = attacked(smaller, budget=2e3, targets=targets)
        assert after.value == pytest.approx(before.value * 1e-3, rel=CLOSE, abs=1e-10)


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_one_more_safe_leg_never_raises_the_worst_case(seed: int) -> None:
    game = made_game(seed)
    network = game.network
    wider = replace(
        game,
        network=as_network(np.append(network.tail, 0), np.append(network.head, network.nodes - 1), network.nodes),
        capacity=np.append(game.capacity, 5.0),
        cost=np.append(game.cost, 2.0),
        group=np.append(game.group, -1),
        left=np.append(game.left, 0.0),
    )
    before, after = attacked(game, budget=2).value, attacked(wider, budget=2).value
    assert after <= before + CLOSE * (1 + abs(before))


PIPES = Game(  # a field ships 10 to a market through three pipes; a fourth way leads over node 2
    network=as_network(np.array([0, 0, 0, 0, 2]), np.array([1, 1, 1, 2, 1]), 3),
    capacity=np.array([5.0, 5.0, 4.0, 4.0, 4.0]),
    cost=np.array([1.0, 2.0, 4.0, 3.0, 4.0]),
    supply=np.array([10.0, -10.0, 0.0]),
    group=np.arange(5),
    price=np.ones(5),
    left=np.zeros(5),
    shortage=np.full(3, 100.0),
    surplus=np.full(3, 10.0),
)


@pytest.mark.parametrize("targets", [ENUMERATED, BOUNDED])
def test_pipes_by_hand(targets: int) -> None:
    """Parallel legs stay apart. Without attack 15; pipe 0 shut, 5 x 2 + 4 x 4 + 7 = 33; pipe 1 too, 2 are short."""
    values = [attacked(PIPES, budget=budget, targets=targets) for budget in range(6)]
    assert [found.value for found in values[:3]] == pytest.approx([15.0, 33.0, 4 * 4 + 4 * 7 + 2 * 110.0])
    assert [found.attacked for found in values[:3]] == [(), (0,), (0, 1)]
    assert values[4].value == pytest.approx(1100.0)
    assert values[4].attacked in {(0, 1, 2, 3), (0, 1, 2, 4)}
    assert values[5].value == pytest.approx(1100.0)
    assert len(values[5].attacked) == 4  # a fifth would hit nothing
    assert values[2].flow.tolist() == pytest.approx([0.0, 0.0, 4.0, 4.0, 4.0])
    assert values[2].cut[:3].tolist() == [True, True, True]
    assert values[2].cut[3:].any()  # of two legs in series, the price may stand on either


def test_a_hit_leaves_a_part_and_a_group_falls_together() -> None:
    half = replace(PIPES, left=np.array([2.0, 0.0, 0.0, 0.0, 0.0]))
    assert attacked(half, budget=1).value == pytest.approx(5 * 1 + 4 * 4 + 7.0)  # pipe 1 is the better aim now
    only = replace(half, group=np.array([0, -1, -1, -1, -1]))
    assert attacked(only, budget=1).value == pytest.approx(2 * 1 + 5 * 2 + 3 * 4.0)
    pair = replace(PIPES, group=np.array([-1, 0, 0, 1, -1]), price=np.array([2.0, 1.0]))
    assert attacked(pair, budget=1).attacked == ()  # the way round is idle, the pair is too dear
    assert attacked(pair, budget=2).attacked == (0,)
    assert attacked(pair, budget=2).value == pytest.approx(5 * 1 + 4 * 7 + 110.0)
    found = interdict_min_cost(
        PIPES.network,
        capacity=PIPES.capacity,
        cost=PIPES.cost,
        supply=PIPES.supply,
        budget=1,
        attackable=np.array([False, True, True, True, True]),
        shortage_cost=100.0,
        surplus_cost=10.0,
    )
    assert found.attacked == (1,)
    assert found.value == pytest.approx(5 * 1 + 4 * 4 + 7.0)


def test_the_best_pair_need_not_hold_the_best_single() -> None:
    """A greedy attacker takes the dear leg; the two that replace each other hurt more, and only together."""
    game = Game(
        network=as_network(np.array([0, 0, 2, 2]), np.array([1, 1, 3, 3]), 4),
        capacity=np.array([10.0, 10.0, 3.0, 9.0]),
        cost=np.array([1.0, 1.0, 1.0, 9.0]),
        supply=np.array([10.0, -10.0, 3.0, -3.0]),
        group=np.arange(4),
        price=np.ones(4),
        left=np.zeros(4),
        shortage=np.full(4, 50.0),
        surplus=np.zeros(4),
    )
    for targets in (ENUMERATED, BOUNDED):
        assert attacked(game, budget=1, targets=targets).attacked == (2,)
        assert attacked(game, budget=2, targets=targets).attacked == (0, 1)


@pytest.mark.parametrize("targets", [ENUMERATED, BOUNDED])
def test_out_of_time_is_said(targets: int) -> None:
    game = leg_game(3, nodes=20, legs=60)
    found, whole = (attacked(game, budget=2, targets=targets, time_limit=limit) for limit in (0.0, None))
    assert not found.proven
    assert found.value <= whole.value <= found.bound
    assert found.value == pytest.approx(cost_under(game, found.attacked), rel=CLOSE)


def test_nothing_to_carry() -> None:
    empty = np.zeros(0)
    one = interdict_min_cost(
        as_network(empty.astype(np.int64), empty.astype(np.int64), 1),
        capacity=empty,
        cost=empty,
        supply=np.array([3.0]),
        budget=2,
        shortage_cost=5.0,
        surplus_cost=2.0,
    )
    assert (one.value, one.bound, one.attacked, one.proven) == (6.0, 6.0, (), True)
    closed = replace(PIPES, capacity=np.zeros(5))
    assert attacked(closed, budget=3).attacked == ()
    assert not one.flow.flags.writeable
    assert not one.cut.flags.writeable


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"capacity": np.array([5.0, np.nan, 4.0, 4.0, 4.0])}, "capacity of 1 is nan"),
        ({"left": np.array([0.0, 6.0, 0.0, 0.0, 0.0])}, "leg 1 keeps 6"),
        ({"left": np.zeros(4)}, "capacity_left"),
        ({"group": np.array([0, 1, 2, -2, 4])}, "group of leg 3 is -2"),
        ({"group": np.array([0.0, 1.0, 2.0, 3.0, 4.0])}, "whole number"),
        ({"group": np.array([0, 1, 2, 3, 9])}, "10 targets"),
        ({"price": np.array([1.0, -1.0, 1.0, 1.0, 1.0])}, "attack_cost of 1 is -1"),
        ({"shortage": np.full(3, -1.0)}, "shortage_cost"),
        ({"cost": np.full(5, np.inf)}, "cost of 0"),
        ({"left": np.full(5, -1.0), "supply": np.array([np.nan, 0.0, 0.0])}, "supply of 0 is nan.*capacity_left of 0"),
    ],
)
def test_refuses_a_game_without_sense(changes: dict[str, FloatArray], hint: str) -> None:
    with pytest.raises(WrongRequest, match=hint):
        attacked(replace(PIPES, **changes), budget=1)  # type: ignore[arg-type] # fields are named by the cases


def test_refuses_budgets_and_endless_gains() -> None:
    with pytest.raises(WrongRequest, match=r"time_limit is -1.*budget is nan"):
        attacked(PIPES, budget=np.nan, time_limit=-1)
    with pytest.raises(WrongRequest, match="budget is -1"):
        attacked(PIPES, budget=-1)
    with pytest.raises(WrongRequest, match="attackable"):
        interdict_min_cost(
            PIPES.network,
            capacity=PIPES.capacity,
            cost=PIPES.cost,
            supply=PIPES.supply,
            budget=1,
            attackable=np.ones(4, dtype=np.bool_),
            shortage_cost=1.0,
            surplus_cost=1.0,
        )
    there_and_back = replace(
        PIPES,
        network=as_network(np.array([0, 1, 0, 0, 2]), np.array([1, 0, 1, 2, 1]), 3),
        capacity=np.full(5, np.inf),
        cost=np.array([1.0, -2.0, 4.0, 3.0, 4.0]),
    )
    with pytest.raises(WrongRequest, match="legs 0, 1 form a circle of negative cost"):
        attacked(there_and_back, budget=1)
