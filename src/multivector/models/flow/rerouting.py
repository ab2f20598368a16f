"""What moves elsewhere, and what stays behind, when legs close and everybody else keeps the way he had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.flow.network import Network, Side, amount_problems, as_network, flow_program, side_problems
from multivector.models.flow.program import Entries, Model, Optimum, Program, by_column, load, run
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

# A tonne left behind costs 1. Whoever is not hit holds his place at any price; of the ways that are hit, a tonne that
# can stay stays; and of two ways round, the one that follows known routes is taken, then the one with fewer legs.
_HOLDS: Final = 10.0  # or more, where a route is long: see `_hold`
_STAYS: Final = 1e-3
_LEG: Final = 1e-6
_DIVERSION: Final = 2e-5
_NOISE: Final = 1e-2  # a price below it comes from the small ones above, a few together, not from a tonne


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
class Settled:
    """Where everything goes. kept (R,): tonnes that stay on their route; moved (A,): tonnes on new ways, by leg.

    lost: tonnes that stay behind, by node (N,). leg_price (A,), side_price (B,): tonnes delivered more for one tonne
    of capacity or of limit more. residual, gap: the certificate, relative.
    """

    kept: FloatArray
    moved: FloatArray
    lost: FloatArray
    leg_price: FloatArray
    side_price: FloatArray
    residual: float
    gap: float

    @property
    def total_lost(self) -> float:
        """All that stays behind."""
        return float(self.lost.sum())


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


def settle(laid: Laid, usable: FloatArray) -> Settled:
    """Where everything goes when only the part `usable` (A,), in [0, 1], of each leg can be used.

    Raises:
        WrongRequest: `usable` lies outside [0, 1].
        NoAnswer: the answer fails its certificate.
    """
    program = _closed(laid, usable)
    model = load(program)
    return _read(laid, _straight(laid, model, program)[1])


def _straight(laid: Laid, model: Model, program: Program) -> tuple[Program, Optimum]:
    """The programme and its optimum, once nothing goes round in circles.

    A route whose legs lead back to its start could keep its claim by sending the same tonnes round and round. It loses
    the claim: without one no circle pays.
    """
    legs = laid.board.network.tail.size
    found = run(model, program)
    while (turning := _turning(laid.board, program, found)).any():
        cost = program.cost.copy()
        cost[legs : legs + turning.size][turning] = 0.0
        program = replace(program, cost=cost)
        model.changeColsCost(cost.size, np.arange(cost.size, dtype=np.int32), cost)
        found = run(model, program)
    return program, found


def _turning(board: Board, program: Program, found: Optimum) -> BoolArray:
    """Which routes, (R,), carry tonnes in a circle: what is left when arcs that start or end nowhere are stripped."""
    legs, routes = board.network.tail.size, board.amount.size
    tail, head = np.concatenate([board.network.tail, board.first]), np.concatenate([board.network.head, board.last])
    carries = _clean(found.x[: legs + routes]) > 0
    while True:
        entered = np.bincount(head[carries], minlength=board.network.nodes) > 0
        left = np.bincount(tail[carries], minlength=board.network.nodes) > 0
        inside = carries & entered[tail] & left[head]
        if inside.sum() == carries.sum():
            break
        carries = inside
    return carries[legs:] & (program.cost[legs : legs + routes] < 0)


def sweep(laid: Laid, usable: FloatArray) -> tuple[Settled, ...]:
    """`settle` for every row of `usable` (S, A), one warm model: the order of the rows changes nothing but the time."""
    if not usable.shape[0]:
        return ()
    programs = [_closed(laid, one) for one in usable]
    model = load(programs[0])
    columns = np.arange(laid.program.cost.size, dtype=np.int32)
    rows = np.arange(laid.program.row_low.size, dtype=np.int32)
    found = []
    for program in programs:
        model.changeColsCost(columns.size, columns, program.cost)
        for row in rows[program.row_high != laid.program.row_high]:
            model.changeRowBounds(int(row), program.row_low[row], program.row_high[row])
        found.append(_read(laid, _straight(laid, model, program)[1]))
        for row in rows[program.row_high != laid.program.row_high]:
            model.changeRowBounds(int(row), laid.program.row_low[row], laid.program.row_high[row])
    return tuple(found)


def spans(laid: Laid, usable: FloatArray, gates: IntArray) -> FloatArray:
    """The least and the most that each gate (G,) can take of what moves, (G, 2), with no tonne more left behind.

    One optimum among many fills one gate and not the other; these ends hold for all optima in which what stays on each
    route stays.
    """
    start = _closed(laid, usable)
    closed, best = _straight(laid, load(start), start)
    pinned = _pinned(laid, closed, best)
    model = load(pinned)
    columns = np.arange(closed.cost.size, dtype=np.int32)
    ends = np.zeros((gates.size, 2))
    for place, gate in enumerate(gates):
        for end, sign in ((0, 1.0), (1, -1.0)):
            cost = np.zeros_like(closed.cost)
            cost[gate] = sign
            model.changeColsCost(columns.size, columns, cost)
            ends[place, end] = sign * run(model, replace(pinned, cost=cost)).objective
    return np.maximum(ends, 0.0)


def _pinned(laid: Laid, closed: Program, best: Optimum) -> Program:
    """The programme with what stays on each route held, and no more left behind than at the optimum."""
    legs = laid.board.network.tail.size
    routes = slice(legs, legs + laid.board.amount.size)
    kept = np.clip(best.x[routes], closed.low[routes], closed.high[routes])
    low, high = closed.low.copy(), closed.high.copy()
    low[routes] = high[routes] = kept
    left = np.zeros_like(closed.cost)
    left[closed.cost.size - laid.over.size :] = 1.0
    room = float(left @ best.x) + 1e-8 * (1.0 + float(best.x.max(initial=0.0)))
    return _with_row(replace(closed, low=low, high=high), left, high=room)


def _with_row(program: Program, coef: FloatArray, *, high: float) -> Program:
    """The programme with one more row: coef·x <= high."""
    column = np.repeat(np.arange(program.cost.size), np.diff(program.start))
    last = np.flatnonzero(coef)
    entries = Entries(
        row=np.concatenate([program.row, np.full(last.size, program.row_low.size)]),
        column=np.concatenate([column, last]),
        coef=np.concatenate([program.coef, coef[last]]),
    )
    start, row, packed = by_column(entries, columns=program.cost.size, rows=program.row_low.size + 1)
    return replace(
        program,
        row_low=np.append(program.row_low, -np.inf),
        row_high=np.append(program.row_high, high),
        start=start,
        row=row,
        coef=packed,
    )


def _closed(laid: Laid, usable: FloatArray) -> Program:
    """The programme with legs closed: less capacity, and no claim to a way that is hit."""
    board = laid.board
    legs, nodes = board.network.tail.size, board.network.nodes
    refuse(amount_problems("usable", usable, legs))
    refuse([f"usable of leg {leg} is {usable[leg]:g}, must be at most 1" for leg in np.flatnonzero(usable > 1)[:1]])
    left = np.maximum(usable * board.hit_from - board.others, 0.0)
    capacity = np.where(usable < 1, np.minimum(board.capacity, left), board.capacity)
    row_high = laid.program.row_high.copy()
    row_high[nodes : nodes + legs] = capacity
    hit = np.zeros(board.amount.size, dtype=np.bool_)
    hit[board.way[usable[board.leg] < 1]] = True
    cost = laid.program.cost.copy()
    cost[legs : legs + hit.size] = np.where(hit, -_STAYS, cost[legs : legs + hit.size])
    return replace(laid.program, cost=cost, row_high=row_high)


def _clean(amounts: FloatArray) -> FloatArray:
    """Amounts without the dust of floating point: what is below a part in 1e9 of the largest is nothing."""
    dust = 1e-9 * (1.0 + float(np.abs(amounts).max(initial=0.0)))
    return np.where(amounts > dust, amounts, 0.0)


def _read(laid: Laid, found: Optimum) -> Settled:
    board = laid.board
    legs, nodes, routes = board.network.tail.size, board.network.nodes, board.amount.size
    lost = np.zeros(nodes)
    lost[laid.over] = found.x[-laid.over.size :] if laid.over.size else 0.0
    # a place that is won back is worth more than a tonne, but lets no more than a tonne out
    price = np.where(-found.row_price[nodes:] > _NOISE, np.minimum(-found.row_price[nodes:], 1.0), 0.0)
    return Settled(
        kept=_clean(found.x[legs : legs + routes]),
        moved=_clean(found.x[:legs]),
        lost=_clean(lost),
        leg_price=price[:legs],
        side_price=price[legs:],
        residual=found.residual,
        gap=found.gap,
    )
