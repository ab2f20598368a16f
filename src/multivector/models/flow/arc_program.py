"""Pairs that share capacity, solved over legs: one column a pair and leg. Slow and plain, so it checks the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.flow.cheapest_routes import Paths, Plan, Shipping, cheapest, graph_of, lower_bound
from multivector.models.flow.program import Entries, Program, by_column, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

NOISE: Final = 1e-11  # fraction of a pair's amount; less on a leg is the solver's rounding


@dataclass(frozen=True, slots=True)
class _Way:
    """A path of one pair, its legs from origin to destination, and the flow on it."""

    pair: int
    legs: tuple[int, ...]
    flow: float


def solve_arcs(shipping: Shipping) -> Plan:
    """The cheapest plan from the linear programme of flows by pair and leg, its flows then split into paths.

    Ahuja, R. K., Magnanti, T. L. and Orlin, J. B. (1993), Network Flows, Prentice Hall, (17.1). Flow that goes round in
    a circle carries nothing from origin to destination: it is left out.

    Raises:
        NoAnswer: the solver stops short of an optimum.
    """
    pairs, legs = shipping.amount.size, shipping.tail.size
    optimum = solve(arc_program(shipping))
    carried = optimum.x[: pairs * legs].reshape(pairs, legs)
    limited = np.isfinite(shipping.capacity)
    toll = np.zeros(legs)
    toll[limited] = np.maximum(-optimum.row_price[pairs * shipping.nodes :], 0.0)
    trees = cheapest(shipping, graph_of(shipping), toll)
    ways = [way for pair in range(pairs) for way in _ways(shipping, pair, carried[pair])]
    return Plan(
        paths=Paths(
            pair=np.array([way.pair for way in ways], dtype=np.int64),
            start=np.cumsum([0, *(len(way.legs) for way in ways)]).astype(np.int64),
            leg=np.array([leg for way in ways for leg in way.legs], dtype=np.int64),
        ),
        flow=np.array([way.flow for way in ways], dtype=np.float64),
        toll=toll,
        bound=lower_bound(shipping, toll, trees.length),
        iterations=1,
    )


def arc_program(shipping: Shipping) -> Program:
    """Columns: flow of pair k on leg a at k A + a, then unmet by pair. Rows: balance of node i for k at k N + i, legs.

    out - in = amount - unmet at the origin, the reverse at the destination, 0 elsewhere; a leg has a row where its
    capacity is finite.
    """
    pairs, legs, nodes = shipping.amount.size, shipping.tail.size, shipping.nodes
    limited = np.flatnonzero(np.isfinite(shipping.capacity))
    column = np.arange(pairs * legs).reshape(pairs, legs)
    base = nodes * np.arange(pairs)
    unmet = pairs * legs + np.arange(pairs)
    origin, destination = base + shipping.origin, base + shipping.destination
    limit_row = np.broadcast_to(pairs * nodes + np.arange(limited.size), (pairs, limited.size)).ravel()
    rows = ((base[:, None] + shipping.tail).ravel(), (base[:, None] + shipping.head).ravel(), limit_row)
    ones = np.ones(pairs * legs)
    entries = Entries(
        row=np.concatenate([*rows, origin, destination]),
        column=np.concatenate([column.ravel(), column.ravel(), column[:, limited].ravel(), unmet, unmet]),
        coef=np.concatenate([ones, -ones, np.ones(limit_row.size), np.ones(pairs), -np.ones(pairs)]),
    )
    row_count, column_count = pairs * nodes + limited.size, pairs * legs + pairs
    start, row, coef = by_column(entries, columns=column_count, rows=row_count)
    balance = np.zeros(pairs * nodes)
    balance[origin], balance[destination] = shipping.amount, -shipping.amount
    return Program(
        cost=np.concatenate([shipping.cost[:, shipping.kind].T.ravel(), shipping.unmet_cost]),
        low=np.zeros(column_count),
        high=np.concatenate([np.full(pairs * legs, np.inf), shipping.amount]),
        row_low=np.concatenate([balance, np.full(limited.size, -np.inf)]),
        row_high=np.concatenate([balance, shipping.capacity[limited]]),
        start=start,
        row=row,
        coef=coef,
    )


def _ways(shipping: Shipping, pair: int, carried: FloatArray) -> Iterator[_Way]:
    """Paths of one pair and their flows, peeled off its flows by leg, (A,), one by one along the fullest legs."""
    least = NOISE * float(shipping.amount[pair])
    left = {int(leg): float(carried[leg]) for leg in np.flatnonzero(carried > least)}
    origin, destination = int(shipping.origin[pair]), int(shipping.destination[pair])
    while way := _walk(shipping, left, origin, destination):
        circle_or_end = int(shipping.head[way[-1]])
        if circle_or_end == destination:
            yield _Way(pair=pair, legs=tuple(way), flow=_take(left, way, least))
            continue
        begins = [leg for leg, at in enumerate(way) if shipping.tail[at] == circle_or_end]
        if begins:
            _take(left, way[begins[0] :], least)
        else:
            del left[way[-1]]  # a dead end is rounding: balance holds at every node but the ends


def _walk(shipping: Shipping, left: dict[int, float], origin: int, destination: int) -> list[int]:
    """Legs from the origin along the most flow: to the destination, to a node met before, or to where none leaves."""
    way: list[int] = []
    met, node = {origin}, origin
    while onward := [leg for leg in left if shipping.tail[leg] == node]:
        way.append(max(onward, key=left.__getitem__))
        node = int(shipping.head[way[-1]])
        if node == destination or node in met:
            break
        met.add(node)
    return way


def _take(left: dict[int, float], legs: list[int], least: float) -> float:
    """The flow that all of the legs carry, subtracted; a leg that is left with rounding goes."""
    flow = min(left[leg] for leg in legs)
    for leg in legs:
        left[leg] -= flow
        if left[leg] <= least:
            del left[leg]
    return flow
