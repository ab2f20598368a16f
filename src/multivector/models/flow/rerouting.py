"""What moves elsewhere, and what stays behind, when legs close and everybody else keeps the way he had."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.flow.board import Board, Laid
from multivector.models.flow.network import amount_problems
from multivector.models.flow.program import Entries, Model, Optimum, Program, by_column, load, run
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

# Of the ways that are hit, a tonne that can stay stays: see `board` for what a tonne is worth otherwise.
_STAYS: Final = 1e-3
_PRICE_DIGITS: Final = 2  # of a price in tonnes: what lies below comes from the small prices, not from a tonne


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


def carries(laid: Laid, usable: FloatArray, ways: IntArray, gates: IntArray) -> FloatArray:
    """The least and the most that routes `ways` (W,) can carry, (W, 2): what stays on each and moves over its gate.

    `gates` (W,) are legs. As `spans`, but over more optima: routes that are hit alike may share what stays in any way,
    if only as much stays on all of them together.
    """
    start = _closed(laid, usable)
    closed, best = _straight(laid, load(start), start)
    held = _held(laid, closed, best)
    model = load(held)
    legs = laid.board.network.tail.size
    columns = np.arange(closed.cost.size, dtype=np.int32)
    ends = np.zeros((ways.size, 2))
    for place, (way, gate) in enumerate(zip(ways, gates, strict=True)):
        for end, sign in ((0, 1.0), (1, -1.0)):
            cost = np.zeros_like(closed.cost)
            cost[[gate, legs + way]] = sign
            model.changeColsCost(columns.size, columns, cost)
            ends[place, end] = sign * run(model, replace(held, cost=cost)).objective
    return np.maximum(ends, 0.0)


def _held(laid: Laid, closed: Program, best: Optimum) -> Program:
    """The programme with no more left behind, and no less kept on routes that are hit, and on those that are not."""
    legs = laid.board.network.tail.size
    routes = np.arange(legs, legs + laid.board.amount.size)
    room = 1e-7 * (1.0 + float(best.x.max(initial=0.0)))  # the solver's own tolerance: with less it may find no point
    low, high = closed.low.copy(), closed.high.copy()
    turned = routes[closed.cost[routes] >= 0]  # a route that went round in circles keeps what it has
    low[turned] = high[turned] = np.clip(best.x[turned], closed.low[turned], closed.high[turned])
    program = replace(closed, low=low, high=high)
    is_hit = closed.cost[routes] == -_STAYS
    for kept in (routes[is_hit], routes[closed.cost[routes] < -_STAYS]):
        stays = np.zeros_like(closed.cost)
        stays[kept] = -1.0
        program = _with_row(program, stays, high=float(stays @ best.x) + room) if kept.size else program
    left = np.zeros_like(closed.cost)
    left[closed.cost.size - laid.over.size :] = 1.0
    return _with_row(program, left, high=float(left @ best.x) + room)


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
    price = np.clip(np.round(-found.row_price[nodes:], _PRICE_DIGITS), 0.0, 1.0)
    return Settled(
        kept=_clean(found.x[legs : legs + routes]),
        moved=_clean(found.x[:legs]),
        lost=_clean(lost),
        leg_price=price[:legs],
        side_price=price[legs:],
        residual=found.residual,
        gap=found.gap,
    )
