"""A network with the flows it carries, and the programme of what moves when legs of it close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.flow.network import Network, Side, amount_problems, as_network, flow_program, side_problems
from multivector.models.flow.program import Entries, Program
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

# A tonne left behind costs 1. Whoever is not hit holds his place at any price; of the ways that are hit, a tonne that
# can stay stays; and of two ways round, the one that follows known routes is taken, then the one with fewer legs.
_HOLDS: Final = 10.0  # or more, where a route is long: see `_hold`
_LEG: Final = 1e-6
_DIVERSION: Final = 2e-5


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """A network with the flows it carries; one period, one unit of amount (Mt a year, thousand TEU a year).

    capacity (A,): usable by these flows, the flows of others taken off; `hit_from` (A,): what a partial closure takes
    its part of (nameplate, or what a leg of unknown capacity carries), others' flows included. others (A,).
    supply (N,): what each node ships. market (N,) bool. Routes: `way` (E,) and `leg` (E,) list the legs of each;
    `first`, `last` (R,) its end nodes; amount (R,) what it carries. side: limits that legs share.
    """

    network: Network
    capacity: FloatArray
    hit_from: FloatArray
    others: FloatArray
    supply: FloatArray
    market: BoolArray
    way: IntArray
    leg: IntArray
    first: IntArray
    last: IntArray
    amount: FloatArray
    side: Side


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """The programme of a board; `over`: nodes that ship.

    Columns are legs, routes, unmet demand, what stays behind; rows are balances, capacities of legs, shared limits.
    """

    board: Board
    program: Program
    over: IntArray


def lay(board: Board) -> Laid:
    """The programme of a board with nothing closed.

    Raises:
        WrongRequest: arrays of other lengths, NaN, negative amounts, legs or nodes outside the network.
    """
    legs, nodes, routes = board.network.tail.size, board.network.nodes, board.amount.size
    refuse(
        [
            *amount_problems("capacity", board.capacity, legs),
            *amount_problems("others", board.others, legs),
            *amount_problems("hit_from", board.hit_from, legs),
            *amount_problems("supply", board.supply, nodes),
            *amount_problems("amount", board.amount, routes),
            *_place_problems(board),
        ]
    )
    every = as_network(
        np.concatenate([board.network.tail, board.first]), np.concatenate([board.network.head, board.last]), nodes
    )
    side = _limits(board)
    total = float(board.supply.sum())
    built = flow_program(
        every,
        capacity=np.concatenate([np.full(legs, total), board.amount]),
        cost=np.concatenate([_leg_costs(board), np.full(routes, -_hold(board))]),
        supply=board.supply - np.where(board.market, total, 0.0),
        side=side,
        shortage_cost=0.0,
        surplus_cost=1.0,
    )
    return Laid(board=board, program=built.program, over=built.over)


def _place_problems(board: Board) -> Iterator[str]:
    """What is wrong with the places of routes and markets: lengths, and indices outside the network."""
    legs, nodes, routes = board.network.tail.size, board.network.nodes, board.amount.size
    if board.market.shape != (nodes,):
        yield f"market must have {nodes} entries, got shape {board.market.shape}"
    if board.way.shape != board.leg.shape:
        yield f"way and leg must be of one length, got shapes {board.way.shape} and {board.leg.shape}"
    for name, places, most in (("way", board.way, routes), ("leg", board.leg, legs)):
        outside = places[(places < 0) | (places >= most)]
        if outside.size:
            yield f"{name} names {outside[0]}, but there are {most}"
    for name, ends in (("first", board.first), ("last", board.last)):
        if ends.shape != (routes,):
            yield f"{name} must have {routes} entries, got shape {ends.shape}"
    yield from side_problems(board.side, legs)  # past the legs lie the routes: they would be counted instead


def _hold(board: Board) -> float:
    """What a route's place is worth: more than all that could move instead over the legs and limits that it frees."""
    longest = int(np.bincount(board.way).max()) if board.way.size else 0
    return max(_HOLDS, 2.0 * (longest + board.side.limit.size) + 2.0)


def _leg_costs(board: Board) -> FloatArray:
    """The small price of a tonne on each leg, (A,): more where it leaves a place that a known route goes on from."""
    known = np.zeros(board.network.tail.size, dtype=np.bool_)
    known[board.leg] = True
    goes_on = np.zeros(board.network.nodes, dtype=np.bool_)
    goes_on[board.network.tail[known]] = True
    return np.where(~known & goes_on[board.network.tail], _DIVERSION, _LEG)


def _limits(board: Board) -> Side:
    """One limit a leg, shared by its own column and by every route over it; then the shared limits, likewise."""
    legs = board.network.tail.size
    own = np.arange(legs)
    routed = _by_route(board)
    return Side(
        row=np.concatenate([own, board.leg, legs + board.side.row, legs + routed.row]),
        arc=np.concatenate([own, legs + board.way, board.side.arc, legs + routed.column]),
        coef=np.concatenate([np.ones(legs), np.ones(board.leg.size), board.side.coef, routed.coef]),
        limit=np.concatenate([board.capacity, board.side.limit]),
    )


def _by_route(board: Board) -> Entries:
    """The shared limits as the routes meet them: each entry of a limit once for every route over its leg."""
    pairs = [
        (row, way, coef)
        for row, arc, coef in zip(board.side.row, board.side.arc, board.side.coef, strict=True)
        for way in board.way[board.leg == arc]
    ]
    row, way, coef = (np.array(one) for one in zip(*pairs, strict=True)) if pairs else (np.zeros(0),) * 3
    return Entries(row=row.astype(np.int64), column=way.astype(np.int64), coef=coef.astype(np.float64))
