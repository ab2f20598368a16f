"""Shapley and Banzhaf values meet closed forms and axioms, and the netback of a coalition that of another solver."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog  # type: ignore[import-untyped]

from multivector.errors import NoAnswer, WrongRequest
from multivector.models.flow.network import NO_SIDE, Network, Side, as_network
from multivector.models.power.shapley import Method, Power, shapley, values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)
CLOSE = 1e-9  # relative, of what all players can do


@dataclass(frozen=True, slots=True, eq=False)
class Trade:
    """A made-up network and who controls it, as in `shapley`."""

    network: Network
    capacity: FloatArray
    cost: FloatArray
    supply: FloatArray
    demand: FloatArray
    price: FloatArray
    controller: BoolArray
    side: Side = NO_SIDE


def made_trade(seed: int, *, players: int = 4, nodes: int = 6, legs: int = 14) -> Trade:
    rng = np.random.default_rng(seed)
    tail = rng.integers(0, nodes, legs)
    row, arc = np.nonzero(rng.random((1, legs)) < 0.3)
    return Trade(
        network=as_network(tail, (tail + rng.integers(1, nodes, legs)) % nodes, nodes),
        capacity=np.where(rng.random(legs) < 0.1, np.inf, rng.uniform(0, 10, legs)),
        cost=rng.uniform(0, 10, legs),
        supply=rng.uniform(0, 10, nodes) * (rng.random(nodes) < 0.5),
        demand=np.where(rng.random(nodes) < 0.1, np.inf, rng.uniform(0, 10, nodes) * (rng.random(nodes) < 0.6)),
        price=rng.uniform(0, 60, nodes),
        controller=rng.random((legs, players)) < 0.25,
        side=Side(row=row, arc=arc, coef=np.ones(row.size), limit=np.array([9.0])),
    )


def power_of(
    trade: Trade, *, method: Method = "auto", samples: int | None = None, seed: int | np.random.Generator = 0
) -> Power:
    return shapley(
        trade.network,
        capacity=trade.capacity,
        cost=trade.cost,
        supply=trade.supply,
        demand=trade.demand,
        price=trade.price,
        controller=trade.controller,
        side=trade.side,
        method=method,
        samples=samples,
        seed=seed,
    )


def netback(trade: Trade, coalition: int) -> float:
    """The best netback of a coalition, from scipy and the equations."""
    legs, nodes = trade.cost.size, trade.network.nodes
    leg, node = np.arange(legs), np.arange(nodes)
    balance = np.zeros((nodes, legs + 2 * nodes))
    balance[trade.network.tail, leg] += 1
    balance[trade.network.head, leg] -= 1
    balance[node, legs + node], balance[node, legs + nodes + node] = -1, 1
    shared = np.zeros((trade.side.limit.size, legs + 2 * nodes))
    shared[trade.side.row, trade.side.arc] = trade.side.coef
    members = np.array([coalition >> player & 1 == 1 for player in range(trade.controller.shape[1])])
    is_open = (~trade.controller | members).all(axis=1)
    high = np.concatenate([np.where(is_open, trade.capacity, 0.0), trade.supply, trade.demand])
    found = linprog(
        np.concatenate([trade.cost, np.zeros(nodes), -trade.price]),
        A_eq=balance,
        b_eq=np.zeros(nodes),
        A_ub=shared if len(shared) else None,
        b_ub=trade.side.limit if len(shared) else None,
        bounds=np.column_stack([np.zeros(high.size), high]),
    )
    assert found.status == 0
    return -float(found.fun)


def by_definition(v: FloatArray, player: int) -> float:
    """Shapley's sum over coalitions, term by term."""
    players = int(v.size).bit_length() - 1
    without = [coalition for coalition in range(v.size) if not coalition >> player & 1]
    return sum(
        float(v[coalition | 1 << player] - v[coalition]) / (players * comb(players - 1, int(coalition).bit_count()))
        for coalition in without
    )


@settings(deadline=None, max_examples=25)
@given(seeds, st.integers(1, 6))
def test_values_are_the_definition_and_share_everything(seed: int, players: int) -> None:
    v = np.random.default_rng(seed).normal(size=2**players)
    found = values(v)
    assert found.shapley == pytest.approx([by_definition(v, player) for player in range(players)], abs=1e-12)
    assert found.shapley.sum() == pytest.approx(v[-1] - v[0], abs=1e-12)
    other = np.random.default_rng(seed + 1).normal(size=2**players)
    both = values(2 * v + other)
    assert both.shapley == pytest.approx(2 * found.shapley + values(other).shapley, abs=1e-12)
    assert both.banzhaf == pytest.approx(2 * found.banzhaf + values(other).banzhaf, abs=1e-12)


def test_unanimity_and_gloves_by_hand() -> None:
    """Six players. All of 0, 1, 4 are needed: a third each. Or two hold left gloves and four right ones."""
    coalitions = np.arange(64)
    needed = 0b010011
    unanimity = values(np.where(coalitions & needed == needed, 1.0, 0.0))
    assert unanimity.shapley == pytest.approx([1 / 3, 1 / 3, 0, 0, 1 / 3, 0], abs=1e-15)
    assert unanimity.banzhaf == pytest.approx([1 / 4, 1 / 4, 0, 0, 1 / 4, 0], abs=1e-15)
    left = np.array([(int(coalition) & 0b000011).bit_count() for coalition in coalitions])
    right = np.array([(int(coalition) & 0b111100).bit_count() for coalition in coalitions])
    gloves = values(np.minimum(left, right).astype(np.float64))
    # a right glove counts if more left than right ones come before it: of 1, 2 or 3 before it, that is the case in 2/5,
    # 1/10 and 3/10 of the draws, and each place has chance 1/6; together 2/15. The left ones share 2 - 4 x 2/15
    assert gloves.shapley[2:] == pytest.approx([2 / 15] * 4, abs=1e-15)
    assert gloves.shapley[:2] == pytest.approx([11 / 15] * 2, abs=1e-15)
    one_right = np.where((coalitions & 1 == 1) & (coalitions > 1), 1.0, 0.0)
    assert values(one_right).shapley == pytest.approx([5 / 6] + [1 / 30] * 5, abs=1e-15)


TRANSIT = Trade(  # field 0, hub 1, market 2: two ways to the hub, one way on; sells 10 at 50, and a way costs 5
    network=as_network(np.array([0, 0, 1]), np.array([1, 1, 2]), 3),
    capacity=np.array([10.0, 10.0, np.inf]),
    cost=np.array([5.0, 5.0, 0.0]),
    supply=np.array([10.0, 0.0, 0.0]),
    demand=np.array([0.0, 0.0, np.inf]),
    price=np.array([0.0, 0.0, 50.0]),
    controller=np.array([[True, False, False], [False, True, False], [False, False, True]]),
)


def test_transit_by_hand() -> None:
    """Players 0 and 1 replace each other, player 2 is in series with both: a glove game of 450."""
    power = power_of(TRANSIT)
    assert power.v is not None
    assert power.v == pytest.approx([0, 0, 0, 0, 0, 450, 450, 450], abs=1e-9)
    assert power.shapley == pytest.approx([75, 75, 300], rel=CLOSE)
    assert power.banzhaf == pytest.approx([112.5, 112.5, 337.5], rel=CLOSE)
    assert power.veto.tolist() == [False, False, True]
    assert power.stand_alone.tolist() == [0, 0, 0]
    assert power.grand == pytest.approx(450)
    assert power.exact
    assert power.se.tolist() == [0, 0, 0]
    assert power.lps == 8
    for array in (power.v, power.shapley, power.banzhaf, power.se, power.stand_alone, power.veto):
        assert not array.flags.writeable


def test_a_market_that_does_not_pay_is_worth_nothing() -> None:
    power = power_of(replace(TRANSIT, price=np.array([0.0, 0.0, 4.0])))
    assert power.grand == 0
    assert power.shapley.tolist() == [0, 0, 0]
    assert not power.veto.any()


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_the_axioms_on_made_networks(seed: int) -> None:
    trade = made_trade(seed)
    idle, twin = np.zeros((14, 1), dtype=np.bool_), trade.controller[:, :1]
    power = power_of(replace(trade, controller=np.concatenate([trade.controller, idle, twin], axis=1)))
    assert power.v is not None
    scale = 1.0 + power.grand
    alone = power_of(trade)
    assert alone.v is not None
    assert alone.v == pytest.approx([netback(trade, coalition) for coalition in range(16)], rel=1e-7, abs=1e-7)
    assert power.shapley.sum() == pytest.approx(power.grand - power.v[0], abs=CLOSE * scale)
    assert power.shapley[4] == power.banzhaf[4] == 0  # no leg, nothing at all
    assert power.shapley[5] == pytest.approx(power.shapley[0], abs=CLOSE * scale)  # the same legs
    for player in range(6):
        by_bit = power.v.reshape(-1, 2, 2**player)
        assert (by_bit[:, 1] >= by_bit[:, 0] - CLOSE * scale).all()
    without = power.v[63 - 2 ** np.arange(6)]
    assert power.veto.tolist() == [bool(power.grand > 0 and one <= CLOSE * power.grand) for one in without]
    assert power.stand_alone == pytest.approx(power.v[2 ** np.arange(6)])


@settings(deadline=None, max_examples=10)
@given(seeds)
def test_names_and_units_do_not_matter(seed: int) -> None:
    trade, rng = made_trade(seed), np.random.default_rng(seed + 1)
    power, order, legs = power_of(trade), rng.permutation(4), rng.permutation(14)
    turned = replace(
        trade,
        network=as_network(trade.network.tail[legs], trade.network.head[legs], trade.network.nodes),
        capacity=trade.capacity[legs] * 1e-9,
        cost=trade.cost[legs] * 1e4,
        supply=trade.supply * 1e-9,
        demand=trade.demand * 1e-9,
        price=trade.price * 1e4,
        controller=trade.controller[legs][:, order],
        side=replace(trade.side, arc=np.argsort(legs)[trade.side.arc], limit=trade.side.limit * 1e-9),
    )
    scale = 1e-5 * (1 + power.grand)
    assert power_of(turned).shapley == pytest.approx(1e-5 * power.shapley[order], abs=1e-7 * scale)


def test_sampled_orders_come_close_and_say_how_close() -> None:
    trade = next(
        one
        for one in (made_trade(seed, players=6, legs=24) for seed in range(100))
        if power_of(one).v is not None and np.count_nonzero(power_of(one).shapley) >= 5
    )
    exact, drawn = power_of(trade), power_of(trade, method="sampled", samples=400, seed=np.random.default_rng(7))
    assert not drawn.exact
    assert drawn.v is None
    assert drawn.shapley.sum() == pytest.approx(exact.shapley.sum(), rel=CLOSE)  # every order shares everything
    assert (np.abs(drawn.shapley - exact.shapley) <= 5 * drawn.se + CLOSE * exact.grand).all()
    assert (np.abs(drawn.banzhaf - exact.banzhaf) <= 5 * drawn.banzhaf_se + CLOSE * exact.grand).all()
    assert (drawn.banzhaf_se < 0.01 * exact.grand).all()
    assert drawn.banzhaf == pytest.approx(exact.banzhaf, abs=0.05 * exact.grand)
    assert drawn.stand_alone == pytest.approx(exact.stand_alone)
    assert drawn.veto.tolist() == exact.veto.tolist()
    assert drawn.lps <= 64  # no coalition is priced twice
    again = power_of(trade, method="sampled", samples=400, seed=np.random.default_rng(7))
    assert again.shapley.tolist() == drawn.shapley.tolist()
    fewer = power_of(trade, method="sampled", samples=25)
    assert fewer.se.sum() > drawn.se.sum()


def test_more_than_fifteen_players_are_sampled() -> None:
    """Sixteen legs in series, one player each: every order gives all to the last, a sixteenth each on average."""
    series = Trade(
        network=as_network(np.arange(16), np.arange(1, 17), 17),
        capacity=np.full(16, 5.0),
        cost=np.ones(16),
        supply=np.eye(17)[0] * 3,
        demand=np.eye(17)[16] * 3,
        price=np.eye(17)[16] * 36,
        controller=np.eye(16, dtype=np.bool_),
    )
    power = power_of(series, samples=64)
    assert not power.exact
    assert power.veto.all()
    assert power.grand == pytest.approx(60)
    assert power.shapley.sum() == pytest.approx(60)
    assert (np.abs(power.shapley - 60 / 16) <= 5 * power.se + 1e-9).all()
    with pytest.raises(WrongRequest, match="16 players: exact up to 15"):
        power_of(series, method="exact")


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"capacity": np.array([-1.0, 1.0, 1.0])}, "capacity of 0 is -1"),
        ({"cost": np.array([np.nan, 1.0, 1.0])}, "cost of 0 is nan"),
        ({"supply": np.array([np.inf, 0.0, 0.0])}, "supply of 0 is inf"),
        ({"demand": np.array([-1.0, 0.0, 0.0]), "price": -np.ones(3)}, "demand of 0 is -1.*price of 0 is -1"),
        ({"controller": np.ones((2, 3), dtype=np.bool_)}, "controller"),
        ({"controller": np.ones((3, 3))}, "controller"),
        ({"controller": np.ones((3, 0), dtype=np.bool_)}, "no player"),
        ({"side": replace(NO_SIDE, limit=np.array([np.nan]))}, "limit"),
    ],
)
def test_refuses_a_network_without_sense(changes: dict[str, FloatArray], hint: str) -> None:
    with pytest.raises(WrongRequest, match=hint):
        power_of(replace(TRANSIT, **changes))  # type: ignore[arg-type] # fields are named by the cases


def test_refuses_methods_samples_and_games() -> None:
    with pytest.raises(WrongRequest, match=r"method is 'quick'.*samples is 1"):
        power_of(TRANSIT, method="quick", samples=1)  # type: ignore[arg-type]
    for v in (np.zeros(3), np.zeros(1), np.zeros(0), np.zeros((2, 2))):
        with pytest.raises(WrongRequest, match="coalitions"):
            values(v)
    with pytest.raises(WrongRequest, match="v of 1 is nan"):
        values(np.array([0.0, np.nan]))
    earning = replace(TRANSIT, network=as_network(np.array([0, 1, 1]), np.array([1, 0, 2]), 3))
    with pytest.raises(NoAnswer, match="cycle of negative cost"):
        power_of(replace(earning, cost=np.array([1.0, -2.0, 0.0]), capacity=np.full(3, np.inf)))
