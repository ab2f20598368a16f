"""From a network in bare arrays to the linear programme of min-cost flow, with prices on what stays behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.models.flow.program import Entries, Program, by_column
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Nodes 0 to `nodes` - 1 and directed legs: tail, head, (A,); parallel legs stay separate."""

    nodes: int
    tail: IntArray
    head: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Limits that legs share: sum over entries e of limit b of coef[e] * flow[arc[e]] <= limit[b].

    row, arc, coef (E,) are triplets; limit (B,), in units of flow.
    """

    row: IntArray
    arc: IntArray
    coef: FloatArray
    limit: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FlowProgram:
    """The programme, and what its columns are: legs first, then unmet demand at `short`, unshipped supply at `over`.

    Its rows are the balances of the nodes, then the shared limits.
    """

    program: Program
    arcs: int
    nodes: int
    short: IntArray
    over: IntArray


NO_SIDE = Side(row=np.zeros(0, dtype=np.int64), arc=np.zeros(0, dtype=np.int64), coef=np.zeros(0), limit=np.zeros(0))


def as_network(tail: IntArray, head: IntArray, nodes: int) -> Network:
    """The network, its legs checked.

    Raises:
        WrongRequest: no node, unequal lengths, indices that are no whole numbers or lie outside the network.
    """
    refuse(_index_problems(tail, head, nodes))
    return Network(nodes=nodes, tail=np.asarray(tail, dtype=np.int64), head=np.asarray(head, dtype=np.int64))


def _index_problems(tail: IntArray, head: IntArray, nodes: int) -> Iterator[str]:
    if nodes < 1:
        yield "the network has no node"
    if np.ndim(tail) != 1 or np.shape(tail) != np.shape(head):
        yield f"tail and head must be of one length, got shapes {np.shape(tail)} and {np.shape(head)}"
        return
    for name, ends in (("tail", np.asarray(tail)), ("head", np.asarray(head))):
        if not np.issubdtype(ends.dtype, np.integer) and ends.size:
            yield f"{name} must hold whole numbers, got {ends.dtype}"
            continue
        outside = np.flatnonzero((ends < 0) | (ends >= nodes))
        if outside.size:
            yield f"{name} of leg {outside[0]} is node {ends[outside[0]]}, outside the network of {nodes} nodes"


def amount_problems(
    name: str, values: FloatArray, size: int, *, least: float = 0.0, endless: bool = False
) -> list[str]:
    """What keeps `values` from being (size,) numbers of at least `least`; infinite ones only where `endless`."""
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (size,):
        return [f"{name} must have {size} entries, got shape {array.shape}"]
    wrong = np.isnan(array) | (array < least) | (np.isinf(array) & ~(endless & (array > 0)))
    found = np.flatnonzero(wrong)
    what = f"a number of at least {least:g}" if np.isfinite(least) else "a finite number"
    return [f"{name} of {found[0]} is {array[found[0]]:g}, must be {what}"] if found.size else []


def side_problems(side: Side, arcs: int) -> Iterator[str]:
    """What is wrong with shared limits: lengths, indices, coefficients, limits."""
    if not side.row.shape == side.arc.shape == side.coef.shape:
        yield "row, arc and coef of the shared limits must be of one length"
        return
    if side.row.size and (side.row.min() < 0 or side.row.max() >= side.limit.size):
        yield f"a shared limit is numbered {side.row.max()}, but there are {side.limit.size}"
    if side.arc.size and (side.arc.min() < 0 or side.arc.max() >= arcs):
        yield f"a shared limit counts leg {side.arc.max()}, but there are {arcs}"
    if not np.isfinite(side.coef).all():
        yield "a weight in a shared limit is not finite"
    yield from amount_problems("limit", side.limit, side.limit.size, endless=True)


def _endless_circle(network: Network, *, capacity: FloatArray, cost: FloatArray, side: Side) -> Iterator[str]:
    """The legs of a circle of negative cost and no limit, where there is one (Bellman 1958, Ford 1956: n rounds)."""
    limited = np.isin(np.arange(capacity.size), side.arc[np.isfinite(side.limit[side.row])])
    endless = np.flatnonzero(np.isposinf(capacity) & ~limited)
    if not (cost[endless] < 0).any():
        return
    reached, by = np.zeros(network.nodes), np.full(network.nodes, -1, dtype=np.int64)
    for _ in range(network.nodes + 1):
        there = reached[network.tail[endless]] + cost[endless]
        better = there < reached[network.head[endless]] - 1e-12 * (1.0 + np.abs(there))
        if not better.any():
            return
        order = np.flatnonzero(better)[np.argsort(-there[better], kind="stable")]  # of several, the least comes last
        reached[network.head[endless[order]]], by[network.head[endless[order]]] = there[order], endless[order]
    node = int(network.head[endless[order[-1]]])
    for _ in range(network.nodes):  # what still improves hangs on a circle: going back long enough leads into it
        node = int(network.tail[by[node]])
    circle: list[int] = []
    start = node
    while not circle or node != start:
        circle.append(int(by[node]))
        node = int(network.tail[by[node]])
    named = ", ".join(str(leg) for leg in reversed(circle))
    yield f"legs {named} form a circle of negative cost without a capacity limit: the cost has no lower end"


def flow_program(  # noqa: PLR0913 - one argument an array of the programme
    network: Network,
    *,
    capacity: FloatArray,
    cost: FloatArray,
    supply: FloatArray,
    lower: FloatArray | None = None,
    side: Side = NO_SIDE,
    shortage_cost: FloatArray | float | None = None,
    surplus_cost: FloatArray | float | None = None,
) -> FlowProgram:
    """Minimise cost of flow + price of unmet demand and of unshipped supply; Ahuja, Magnanti and Orlin (1993, ch. 1).

    Balance of node i: out - in + left behind - unmet = supply. Without a price, nothing may stay behind or go unmet.

    Parameters:
        capacity: (A,), >= 0, infinite allowed. lower: (A,), at most the capacity; None is 0.
        cost: (A,), per unit of flow. supply: (N,), > 0 ships, < 0 wants.
        shortage_cost, surplus_cost: per unit, one number or (N,); None: not allowed.

    Raises:
        WrongRequest: any of these is of another shape, NaN, negative where it may not be, or lower exceeds capacity.
    """
    arcs = network.tail.size
    low = np.zeros(arcs) if lower is None else np.asarray(lower, dtype=np.float64)
    prices = [
        None if price is None else np.broadcast_to(np.asarray(price, dtype=np.float64), (network.nodes,))
        for price in (shortage_cost, surplus_cost)
        if price is None or np.ndim(price) == 0 or np.shape(price) == (network.nodes,)
    ]
    refuse(
        [
            *amount_problems("capacity", capacity, arcs, endless=True),
            *amount_problems("cost", cost, arcs, least=-np.inf),
            *amount_problems("supply", supply, network.nodes, least=-np.inf),
            *amount_problems("lower", low, arcs),
            *side_problems(side, arcs),
            *([] if len(prices) == 2 else [f"a price must be one number or have {network.nodes} entries"]),  # noqa: PLR2004
            *(
                problem
                for name, price in zip(("shortage_cost", "surplus_cost"), prices, strict=False)
                if price is not None
                for problem in amount_problems(name, price, network.nodes)
            ),
        ]
    )
    refuse(_endless_circle(network, capacity=np.asarray(capacity), cost=np.asarray(cost), side=side))
    over_low = np.flatnonzero(low > capacity)
    refuse(f"leg {leg} must carry {low[leg]:g} but has a capacity of {capacity[leg]:g}" for leg in over_low[:1])
    short = np.flatnonzero(supply < 0) if prices[0] is not None else np.zeros(0, dtype=np.int64)
    over = np.flatnonzero(supply > 0) if prices[1] is not None else np.zeros(0, dtype=np.int64)
    arc = np.arange(arcs)
    entries = Entries(
        row=np.concatenate([network.tail, network.head, network.nodes + side.row, short, over]),
        column=np.concatenate(
            [arc, arc, side.arc, arcs + np.arange(short.size), arcs + short.size + np.arange(over.size)]
        ),
        coef=np.concatenate([np.ones(arcs), -np.ones(arcs), side.coef, -np.ones(short.size), np.ones(over.size)]),
    )
    columns, rows = arcs + short.size + over.size, network.nodes + side.limit.size
    start, row, coef = by_column(entries, columns=columns, rows=rows)
    program = Program(
        cost=np.concatenate(
            [cost, [] if prices[0] is None else prices[0][short], [] if prices[1] is None else prices[1][over]]
        ),
        low=np.concatenate([low, np.zeros(short.size + over.size)]),
        high=np.concatenate([np.asarray(capacity, dtype=np.float64), -supply[short], supply[over]]),
        row_low=np.concatenate([supply, np.full(side.limit.size, -np.inf)]),
        row_high=np.concatenate([supply, side.limit]),
        start=start,
        row=row,
        coef=coef,
    )
    return FlowProgram(program=program, arcs=arcs, nodes=network.nodes, short=short, over=over)
