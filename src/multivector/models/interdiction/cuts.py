"""Largest flow and smallest cuts of a network with real capacities, out of a solver that knows integers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import breadth_first_order, maximum_flow  # type: ignore[import-untyped]

from multivector.errors import NoAnswer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.intp]

TOP_BIT = 29  # the solver adds up a leg and its opposite, each at most twice the largest flow, in 32 bits
ROUNDS = 8  # each shrinks the gap by 2^29 over the number of legs in a cut; three do for any float64
PRECISION = 1e-12  # of the smallest cut; past it float64 sums have no more to give


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Legs as a sparse matrix in which every entry has its opposite, so that flows and capacities share one order.

    `tail` and `head`, (A,), are node numbers without gaps; `entry`, (A,), is the place of each leg in the matrix:
    parallel legs share one, a leg from a node to itself has the place past the last. `row`, `column` and `opposite`
    describe the entries, (E,); `start`, (N + 1,), is where each row starts.
    """

    tail: IntArray
    head: IntArray
    source: int
    sink: int
    entry: IntArray
    row: IntArray
    column: NDArray[np.int32]
    opposite: IntArray
    start: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A largest flow and two smallest cuts, which meet its `value` within the precision.

    `flow`, (E,), is the net flow of each entry of the matrix. `sides`, (2, N), are the nodes on the side of the source
    for the cut nearest to the source and for that nearest to the sink; the tighter of the two comes first.
    """

    value: float
    flow: FloatArray
    sides: BoolArray


def network(tail: IntArray, head: IntArray, *, source: int, sink: int) -> Network:
    """The matrix of the legs; nodes are renumbered, so gaps in their numbers cost nothing."""
    nodes, compact = np.unique(np.concatenate([tail, head, [source, sink]]), return_inverse=True)
    legs, size = len(tail), len(nodes)
    tail, head = compact[:legs], compact[legs : 2 * legs]
    proper = tail != head
    places = np.concatenate([tail[proper] * size + head[proper], head[proper] * size + tail[proper]])
    keys, place = np.unique(places, return_inverse=True)
    there, back = np.split(place, 2)
    entry = np.full(legs, len(keys))
    entry[proper] = there
    opposite = np.empty(len(keys), dtype=np.intp)
    opposite[there], opposite[back] = back, there
    row, column = keys // size, keys % size
    return Network(
        tail=tail,
        head=head,
        source=int(compact[-2]),
        sink=int(compact[-1]),
        entry=entry,
        row=row,
        column=column.astype(np.int32),
        opposite=opposite,
        start=np.append(0, np.cumsum(np.bincount(row, minlength=size))).astype(np.int32),
    )


def smallest_cut(legs: Network, capacity: FloatArray, *, limit: float | None = None) -> Cut:
    """The largest flow under real capacities, as exact as float64.

    Capacities are scaled by a power of two and rounded down, which never overstates the flow; what rounding left over
    is sent in further rounds, each on the scale of the gap that remains. Whole numbers come out exact in the first
    round as long as the scale resolves them.

    Parameters:
        legs: the network.
        capacity: (A,), finite, not negative.
        limit: a number that the largest flow is known not to exceed; the closer, the fewer rounds.

    Raises:
        NoAnswer: flow and cut stay apart by more than 1e-12 of the cut.
    """
    room = np.bincount(legs.entry, weights=capacity, minlength=len(legs.row) + 1)[: len(legs.row)]
    ends = min(float(room[legs.row == legs.source].sum()), float(room[legs.column == legs.sink].sum()))
    limit = ends if limit is None else min(limit, ends)
    flow = np.zeros(len(legs.row))
    gap = limit
    for _ in range(ROUNDS):
        more, sides = _sent(legs, np.maximum(room - flow, 0.0), limit=gap)
        flow += more
        value = float(flow[legs.row == legs.source].sum())
        widths = [float(room[side[legs.row] & ~side[legs.column]].sum()) for side in sides]
        gap = min(widths) - value
        if gap <= PRECISION * min(widths):
            return Cut(value=value, flow=flow, sides=sides[np.argsort(widths, kind="stable")])
    raise NoAnswer(f"a flow of {value:.12g} and a cut of {value + gap:.12g} do not meet: rescale the capacities")


def cut_legs(legs: Network, side: BoolArray) -> BoolArray:
    """Which legs, (A,), lead from the side of the source, (N,), to the other."""
    crossing: BoolArray = side[legs.tail] & ~side[legs.head]
    return crossing


def leg_flow(legs: Network, cut: Cut, capacity: FloatArray) -> FloatArray:
    """The flow of each leg, (A,); of parallel legs the first is filled first."""
    left = np.append(np.maximum(cut.flow, 0.0), 0.0)
    flow: FloatArray = np.minimum(left[legs.entry], capacity)
    doubled = np.bincount(legs.entry, minlength=len(left)) > 1
    for leg in np.flatnonzero(doubled[legs.entry]):
        flow[leg] = min(left[legs.entry[leg]], capacity[leg])
        left[legs.entry[leg]] -= flow[leg]
    return flow


def scale_for(limit: float) -> float:
    """The power of two that brings a flow of `limit` just below 2^29."""
    return float(np.ldexp(1.0, TOP_BIT - int(np.frexp(limit)[1]))) if limit > 0 else 1.0


def _sent(legs: Network, room: FloatArray, *, limit: float) -> tuple[FloatArray, BoolArray]:
    """One integer flow through `room`, (E,), in real units, and the sides of its two cuts."""
    scale = scale_for(limit)
    # a leg wider than twice the limit is never in a smallest cut
    whole = np.minimum(room, 2.0 * limit) * scale if limit > 0 else room > 0
    size = len(legs.start) - 1
    units = whole.astype(np.int32)
    found = maximum_flow(csr_array((units, legs.column, legs.start), shape=(size, size)), legs.source, legs.sink)
    residual = units - found.flow.data
    near = _reached(legs, residual > 0, legs.source)
    far = ~_reached(legs, residual[legs.opposite] > 0, legs.sink)
    return found.flow.data / scale, np.array([near, far])


def _reached(legs: Network, is_open: BoolArray, node: int) -> BoolArray:
    """Nodes, (N,), that can be reached from `node` over open entries."""
    size = len(legs.start) - 1
    start = np.append(0, np.cumsum(is_open))[legs.start].astype(np.int32)
    graph = csr_array((np.ones(start[-1], dtype=np.int8), legs.column[is_open], start), shape=(size, size))
    reached = np.zeros(size, dtype=np.bool_)
    reached[breadth_first_order(graph, node, return_predecessors=False)] = True
    return reached
