"""What a controller's hold on a network is worth: the Shapley and Banzhaf values of the game of who lets goods pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import factorial, lgamma, log, sqrt
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from multivector.models.flow.network import NO_SIDE, Network, Side, amount_problems, side_problems
from multivector.models.flow.program import (
    Entries,
    Model,
    Program,
    Units,
    by_column,
    load,
    rescaled,
    run,
    unit_of,
    with_bounds,
)
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

Method = Literal["auto", "exact", "sampled"]
MOST_EXACT: Final = 15  # players; each more doubles the number of programmes
PAIRS: Final = 256  # of orders, unless the caller says otherwise
_NOTHING: Final = 1e-9  # of what all players can do; less than this without one of them is a veto


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """What each player adds to coalitions on average, (P,), in the unit of v: by Shapley's weights, by equal ones."""

    shapley: FloatArray
    banzhaf: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Power:
    """What each controller's position is worth in bargaining, in price x flow per period; not a forecast of fees.

    shapley, banzhaf (P,); se, banzhaf_se (P,): their standard errors, 0 when exact. stand_alone (P,): what each can do
    with neutral legs only. veto (P,): nothing moves without it. grand: what all do together; shapley sums to it less
    what neutral legs can do alone. v (2^P,), where bit p of a position says that player p is in; None when sampled.
    lps: linear programmes solved. Arrays are read-only.
    """

    shapley: FloatArray
    se: FloatArray
    banzhaf: FloatArray
    banzhaf_se: FloatArray
    stand_alone: FloatArray
    veto: BoolArray
    grand: float
    v: FloatArray | None
    lps: int
    exact: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Game:
    """The programme of all players, loaded; controller (A, P); money: what 1 of its objective is in the caller's units.

    `known` grows: the netback by the legs that are open.
    """

    program: Program
    model: Model
    controller: BoolArray
    money: float
    known: dict[bytes, float] = field(default_factory=dict)


def shapley(  # noqa: PLR0913 - one argument an array of the network
    network: Network,
    *,
    capacity: FloatArray,
    cost: FloatArray,
    supply: FloatArray,
    demand: FloatArray,
    price: FloatArray,
    controller: BoolArray,
    side: Side = NO_SIDE,
    method: Method = "auto",
    samples: int | None = None,
    seed: int | np.random.Generator = 0,
) -> Power:
    """Share what a network earns among those who can each stop some of its legs.

    v(S) is the best netback, sum of price x delivered less cost x flow, over legs whose controllers are all in S; it is
    never below 0, since nothing need be shipped. phi_p = sum over S without p of |S|! (P - |S| - 1)! / P! [v(S + p) -
    v(S)]: Shapley, L. S. (1953), A value for n-person games, Contributions to the Theory of Games II, 307-317. For
    transit: Hubert, F. and Ikonnikova, S. (2011), J. Industrial Economics 59(1),
    doi:10.1111/j.1467-6451.2011.00447.x. Let the exporting state control its field's leg, or v gives away its share.

    Parameters:
        capacity: (A,), >= 0, infinite allowed. cost: (A,), per unit of flow.
        supply: (N,), most that each node can ship, >= 0, finite; what is not shipped costs nothing.
        demand: (N,), most that each node takes, >= 0, infinite allowed. price: (N,), per unit delivered, >= 0.
        controller: (A, P), whether player p can stop leg a; a leg needs all its players, a leg without any is neutral.
        side: limits that legs share.
        method: "exact" prices all 2^P coalitions, one player changing at a time; "sampled" draws orders of the players,
            each with its reverse: Castro, J., Gómez, D. and Tejada, J. (2009), Comput. Oper. Res. 36(5),
            doi:10.1016/j.cor.2008.04.004. "auto" is exact up to 15 players.
        samples: pairs of orders, 2 or more; 256 when None.
        seed: of the orders, or a generator.

    Raises:
        WrongRequest: arrays of another shape or kind; NaN; negative capacity, supply, demand or price; "exact" for more
            than 15 players; fewer than 2 samples.
        NoAnswer: a cycle of negative cost has no capacity limit; a solution that fails its certificate.
    """
    legs, nodes = network.tail.size, network.nodes
    refuse(
        [
            *amount_problems("capacity", capacity, legs, endless=True),
            *amount_problems("cost", cost, legs, least=-np.inf),
            *amount_problems("supply", supply, nodes),
            *amount_problems("demand", demand, nodes, endless=True),
            *amount_problems("price", price, nodes),
            *side_problems(side, legs),
            *_player_problems(controller, legs, method=method, samples=samples),
        ]
    )
    program = _netback(network, capacity=capacity, cost=cost, supply=supply, demand=demand, price=price, side=side)
    units = Units(flow=unit_of(supply, capacity), price=unit_of(program.cost))
    program = rescaled(program, units)
    game = _Game(program, load(program, presolve=False), controller, money=units.flow * units.price)
    if method == "exact" or (method == "auto" and controller.shape[1] <= MOST_EXACT):
        return _exact(game)
    return _sampled(game, pairs=PAIRS if samples is None else samples, rng=np.random.default_rng(seed))


def values(v: FloatArray) -> Values:
    """The Shapley and Banzhaf values of any game with transferable utility.

    Shapley (1953), as in `shapley`; Banzhaf, J. F. (1965), Rutgers Law Review 19, 317-343, here as the plain mean of
    v(S + p) - v(S) over all S without p.

    Parameters:
        v: (2^P,), value of each coalition; bit p of the position says that player p is in. v[0] need not be 0.

    Raises:
        WrongRequest: a length that is no power of two, or a value that is not finite.
    """
    size = np.size(v)
    players = size.bit_length() - 1
    if np.ndim(v) != 1 or players < 1 or size != 2**players:
        refuse([f"v has shape {np.shape(v)}: give one value for each of 2^P coalitions, P at least 1"])
    refuse(amount_problems("v", v, size, least=-np.inf))
    weight = np.array([factorial(k) * factorial(players - k - 1) / factorial(players) for k in range(players)])
    others = np.array([position.bit_count() for position in range(size // 2)], dtype=np.int64)
    gains = np.zeros((players, size // 2))
    for player in range(players):
        by_bit = np.asarray(v, dtype=np.float64).reshape(-1, 2, 2**player)
        gains[player] = (by_bit[:, 1] - by_bit[:, 0]).ravel()  # the other bits keep their order, so `others` fits
    found = Values(shapley=gains @ weight[others], banzhaf=gains.mean(axis=1))
    found.shapley.setflags(write=False)
    found.banzhaf.setflags(write=False)
    return found


def _exact(game: _Game) -> Power:
    """All coalitions in the order of the Gray code, where each differs from the last by one player."""
    players = game.controller.shape[1]
    v, bit = np.zeros(2**players), 1 << np.arange(players)
    for step in range(2**players):
        coalition = step ^ (step >> 1)
        v[coalition] = _value(game, coalition & bit != 0)
    found = values(v)
    return _power(game, found, se=np.zeros(players), banzhaf_se=np.zeros(players), v=v)


def _sampled(game: _Game, *, pairs: int, rng: np.random.Generator) -> Power:
    """Means over orders in antithetic pairs, with standard errors from the spread of the pairs.

    In a random order k players come before p with chance 1 / P, and Banzhaf's weights want C(P - 1, k) / 2^(P - 1): the
    same gains, weighted by the ratio and divided by the sum of the weights, so that the orders' own luck cancels. The
    division biases by the order of 1 / pairs; its error is that of a ratio of means.
    """
    players = game.controller.shape[1]
    ratio = np.array([_banzhaf_ratio(players, before) for before in range(players)])
    plain, weighted, weights = np.zeros((3, pairs, players))
    for pair in range(pairs):
        order = rng.permutation(players)
        for one in (order, order[::-1]):
            gains = _gains(game, one)
            plain[pair, one] += gains / 2
            weighted[pair, one] += gains * ratio / 2
            weights[pair, one] += ratio / 2
    found = Values(shapley=plain.mean(axis=0), banzhaf=weighted.mean(axis=0) / weights.mean(axis=0))
    spread = (weighted - found.banzhaf * weights) / weights.mean(axis=0)
    se, banzhaf_se = (draws.std(axis=0, ddof=1) / sqrt(pairs) for draws in (plain, spread))
    return _power(game, found, se=se, banzhaf_se=banzhaf_se, v=None)


def _power(game: _Game, found: Values, *, se: FloatArray, banzhaf_se: FloatArray, v: FloatArray | None) -> Power:
    """The record, with what each player can do alone and what the others can do without it."""
    players = game.controller.shape[1]
    alone = np.eye(players, dtype=np.bool_)
    grand = _value(game, np.ones(players, dtype=np.bool_))
    without = np.array([_value(game, ~one) for one in alone])
    veto = (without <= _NOTHING * grand) & (grand > 0)
    stand_alone = np.array([_value(game, one) for one in alone])
    for array in (found.shapley, found.banzhaf, se, banzhaf_se, stand_alone, veto, *(() if v is None else (v,))):
        array.setflags(write=False)
    return Power(
        shapley=found.shapley,
        se=se,
        banzhaf=found.banzhaf,
        banzhaf_se=banzhaf_se,
        stand_alone=stand_alone,
        veto=veto,
        grand=grand,
        v=v,
        lps=len(game.known),
        exact=v is not None,
    )


def _gains(game: _Game, order: NDArray[np.int64]) -> FloatArray:
    """(P,), what each player adds when the players come in this order."""
    members = np.zeros(order.size, dtype=np.bool_)
    worth = [_value(game, members)]
    for player in order:
        members[player] = True
        worth.append(_value(game, members))
    return np.diff(worth)


def _banzhaf_ratio(players: int, before: int) -> float:
    ways = lgamma(players) - lgamma(before + 1) - lgamma(players - before)  # log of C(P - 1, k)
    return float(np.exp(ways + log(players) - (players - 1) * log(2.0)))


def _value(game: _Game, members: BoolArray) -> float:
    """The best netback over the legs that the coalition can open; coalitions that open the same legs share it."""
    is_open = ~(game.controller & ~members).any(axis=1)
    key = np.packbits(is_open).tobytes()
    if key not in game.known:
        legs = np.arange(is_open.size)
        program = with_bounds(game.model, game.program, legs, high=np.where(is_open, game.program.high[legs], 0.0))
        game.known[key] = max(0.0, -run(game.model, program).objective) * game.money
    return game.known[key]


def _netback(  # noqa: PLR0913 - one argument an array of the network
    network: Network,
    *,
    capacity: FloatArray,
    cost: FloatArray,
    supply: FloatArray,
    demand: FloatArray,
    price: FloatArray,
    side: Side,
) -> Program:
    """Minimise cost x flow - price x delivered; columns are legs, what each field ships, what each market takes."""
    legs, nodes = network.tail.size, network.nodes
    fields, markets = np.flatnonzero(supply > 0), np.flatnonzero(demand > 0)
    columns, rows = legs + fields.size + markets.size, nodes + side.limit.size
    leg = np.arange(legs)
    entries = Entries(
        row=np.concatenate([network.tail, network.head, nodes + side.row, fields, markets]),
        column=np.concatenate([leg, leg, side.arc, legs + np.arange(fields.size + markets.size)]),
        coef=np.concatenate([np.ones(legs), -np.ones(legs), side.coef, -np.ones(fields.size), np.ones(markets.size)]),
    )
    start, row, coef = by_column(entries, columns=columns, rows=rows)
    return Program(
        cost=np.concatenate([cost, np.zeros(fields.size), -price[markets]]),
        low=np.zeros(columns),
        high=np.concatenate([capacity, supply[fields], demand[markets]]).astype(np.float64),
        row_low=np.concatenate([np.zeros(nodes), np.full(side.limit.size, -np.inf)]),
        row_high=np.concatenate([np.zeros(nodes), side.limit]),
        start=start,
        row=row,
        coef=coef,
    )


def _player_problems(controller: BoolArray, legs: int, *, method: str, samples: int | None) -> Iterator[str]:
    if np.ndim(controller) != 2 or len(controller) != legs or controller.dtype != np.bool_:  # noqa: PLR2004 - (A, P)
        yield f"controller must be true or false for each of {legs} legs and each player, got {np.shape(controller)}"
    elif not controller.shape[1]:
        yield "there is no player: mark at least one column of controller"
    elif method == "exact" and controller.shape[1] > MOST_EXACT:
        yield f"{controller.shape[1]} players: exact up to {MOST_EXACT}, above it ask for 'sampled' or 'auto'"
    if method not in get_args(Method):
        yield f"method is {method!r}: one of {', '.join(get_args(Method))}"
    if samples is not None and samples < 2:  # noqa: PLR2004 - one pair has no spread
        yield f"samples is {samples}: an error needs 2 pairs of orders or more"
