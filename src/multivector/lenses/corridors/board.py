"""From the book and the flows to arrays: what each leg can still take, at the least, as stated, at the most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from multivector.errors import NoAnswer
from multivector.lenses.corridors.book import SWAP, Book, BookedLeg
from multivector.lenses.corridors.carried import CarriedBy, RouteFlow, through
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.seen import most_seen
from multivector.lenses.corridors.statements import Reach
from multivector.models.flow.board import Board
from multivector.models.flow.network import Side, as_network

FloatArray = npt.NDArray[np.float64]
End = Literal["tight", "stated", "loose"]
ENDS: Final[tuple[End, ...]] = ("tight", "stated", "loose")


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A network as arrays, at one end of what is known, with the names of its nodes, legs, routes and limits.

    `tight`: every capacity at its lowest, flows at their highest, nothing swapped, a leg of unknown capacity carries no
    more than it was seen to, and than what routes leave upstream of it. `loose`: the other ends. `stated`: the chosen
    statements; a leg of unknown capacity is held by its neighbours alone, and by all that is shipped.
    `bound` (B,): what the shared limits leave, where one that a scenario sets binds whatever its legs carry today.
    """

    end: End
    nodes: tuple[str, ...]
    book: Book
    routes: tuple[RouteFlow, ...]
    limits: tuple[str, ...]
    board: Board
    feeders: tuple[str, ...]
    bound: FloatArray

    @property
    def legs(self) -> tuple[BookedLeg, ...]:
        """The legs, in the order of the arrays."""
        return self.book.legs


@dataclass(frozen=True, slots=True, eq=False)
class SharedRows:
    """Shared limits as rows of a programme, and the key of the limit that each row belongs to.

    `bound` (B,): the limits, where one that a scenario sets binds whatever its legs carry today.
    """

    side: Side
    keys: tuple[str, ...]
    bound: FloatArray


def set_up(book: Book, carried: CarriedBy, params: CorridorParams, end: End) -> Stage:
    """The arrays of one end.

    Raises:
        NoAnswer: the end of a route leads to no market, or two legs of one that follow do not meet.
    """
    legs, routes = book.legs, carried.routes
    _require_joined(legs, routes)
    flows = tuple(_amount_at(one, end) for one in routes)
    nodes = tuple(sorted({place for leg in legs for place in (leg.origin, leg.destination)}))
    number = {name: place for place, name in enumerate(nodes)}
    network = as_network(
        np.array([number[leg.origin] for leg in legs]), np.array([number[leg.destination] for leg in legs]), len(nodes)
    )
    own = np.array([sum(amount for one, amount in flows if leg.leg in one.legs) for leg in legs])
    supply = _supply(legs, flows, number)
    sources = [leg.leg for leg in feeders_of(legs, routes)]
    others = np.array([_others(leg, routes, sources) for leg in legs])
    total = float(supply.sum())
    load = _Load(own=own, others=others, seen=most_seen(legs, carried, flows, own=own, others=others), total=total)
    # what was carried can be carried, whatever a quota or a shared limit says; a feeder's goods are on no route
    fed = np.array([leg.carried.value if leg.carried is not None and leg.leg in sources else 0.0 for leg in legs])
    carried_now = np.maximum(own, fed)
    ceiling, hit_from = _ceilings(legs, params, end, load)
    place = {leg.leg: at for at, leg in enumerate(legs)}
    way, leg_of = _entries(flows, place)
    shared = _side(book, params, end, others=others, own=carried_now)
    board = Board(
        network=network,
        capacity=np.maximum(ceiling, carried_now),
        hit_from=hit_from,
        others=others,
        supply=supply,
        market=_markets(legs, nodes),
        way=way,
        leg=leg_of,
        first=np.array([number[legs[place[one.legs[0]]].origin] for one, _ in flows], dtype=np.int64),
        last=np.array([number[legs[place[one.legs[-1]]].destination] for one, _ in flows], dtype=np.int64),
        amount=np.array([amount for _, amount in flows]),
        side=shared.side,
    )
    _require_outlets(board, flows, nodes)
    return Stage(end, nodes, book, routes, shared.keys, board, tuple(sources), shared.bound)


def _amount_at(one: RouteFlow, end: End) -> tuple[RouteFlow, float]:
    return one, {"tight": one.high, "stated": one.amount, "loose": one.low}[end]


def feeders_of(legs: Iterable[BookedLeg], routes: Sequence[RouteFlow]) -> list[BookedLeg]:
    """Legs that bring what was carried on them from a place that nothing leads to, to where a route starts."""
    legs = tuple(legs)
    reached = {leg.destination for leg in legs}
    by_key = {leg.leg: leg for leg in legs}
    starts = {by_key[one.legs[0]].origin for one in routes}
    return [leg for leg in legs if leg.carried is not None and leg.origin not in reached and leg.destination in starts]


def _supply(
    legs: Sequence[BookedLeg], flows: Sequence[tuple[RouteFlow, float]], number: Mapping[str, int]
) -> FloatArray:
    """What each node ships: a route's goods start with it, but for what legs bring there from further up."""
    by_key = {leg.leg: leg for leg in legs}
    supply = np.zeros(len(number))
    for one, amount in flows:
        supply[number[by_key[one.legs[0]].origin]] += amount
    brought: dict[str, list[BookedLeg]] = {}
    beyond: dict[str, float] = {}  # what a feeder carries besides the routes that start with it
    for leg in feeders_of(legs, [one for one, _ in flows]):
        brought.setdefault(leg.destination, []).append(leg)
        on_routes = sum(amount for one, amount in flows if leg.leg in one.legs)
        beyond[leg.leg] = max(leg.carried.value - on_routes, 0.0) if leg.carried is not None else 0.0
    for hub, feeders in brought.items():
        all_brought = sum(beyond[leg.leg] for leg in feeders)
        # counts of another year may exceed what leaves: then they only say where it comes from
        scale = min(1.0, supply[number[hub]] / all_brought) if all_brought else 0.0
        for leg in feeders:
            amount = scale * beyond[leg.leg]
            supply[number[hub]] -= amount
            supply[number[leg.origin]] += amount
    return np.maximum(supply, 0.0)


def _others(leg: BookedLeg, routes: Sequence[RouteFlow], sources: Sequence[str]) -> float:
    """What a leg carries for others: all that it carries, less the routes over it. Unknown counts as none, said."""
    if leg.carried is None or leg.leg in sources:
        return 0.0
    return max(leg.carried.value - through(routes, leg.leg), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Load:
    """What legs carry, each (A,): the routes' goods, others', the most ever seen; `total`: all that is shipped."""

    own: FloatArray
    others: FloatArray
    seen: FloatArray
    total: float


def _ceilings(
    legs: Sequence[BookedLeg], params: CorridorParams, end: End, load: _Load
) -> tuple[FloatArray, FloatArray]:
    """What each leg can take of these goods, (A,), and what a partial closure takes its part of, (A,)."""
    capacity, hit_from = np.zeros(len(legs)), np.zeros(len(legs))
    for at, leg in enumerate(legs):
        own, others = float(load.own[at]), float(load.others[at])
        if leg.mode == SWAP and end == "tight":
            continue
        if leg.capacity is None:
            capacity[at] = load.seen[at] if end == "tight" else load.total
            hit_from[at] = own + others if own > 0 else load.total
        else:
            # what was carried can be carried; a feeder's goods are on no route
            whole = max(_end_of(leg.capacity, end), own + others, leg.carried.value if leg.carried is not None else 0.0)
            capacity[at], hit_from[at] = whole - others, whole
        if leg.quota is not None and params.quota == "hard":
            capacity[at] = min(capacity[at], _end_of(leg.quota, end))
    return capacity, hit_from


def _end_of(reach: Reach, end: End) -> float:
    return {"tight": reach.low, "stated": reach.value, "loose": reach.high}[end]


def _markets(legs: Sequence[BookedLeg], nodes: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Places that legs lead to and none leads away from."""
    left, reached = {leg.origin for leg in legs}, {leg.destination for leg in legs}
    return np.array([name in reached and name not in left for name in nodes])


def _entries(
    flows: Sequence[tuple[RouteFlow, float]], place: Mapping[str, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    pairs = [(way, place[leg]) for way, (one, _) in enumerate(flows) for leg in one.legs]
    ways = np.array([way for way, _ in pairs], dtype=np.int64)
    return ways, np.array([leg for _, leg in pairs], dtype=np.int64)


def under_limit(legs: Sequence[BookedLeg], limit: str) -> tuple[tuple[int, ...], ...]:
    """Sets of legs whose goods together may not pass a shared limit, by place; the first is where goods come under it.

    A tonne counts once, not at every leg that it passes: so the legs that no other leg under the limit leads to count
    together, and every other leg by itself, for what joins there.
    """
    under = [at for at, leg in enumerate(legs) if leg.limit == limit]
    behind = {at: _leads_to(legs, legs[at].destination) for at in under}
    firsts = tuple(at for at in under if not any(legs[at].origin in behind[other] for other in under if other != at))
    return tuple(those for those in (firsts, *((at,) for at in under if at not in firsts)) if those)


def _leads_to(legs: Sequence[BookedLeg], place: str) -> frozenset[str]:
    """The places that can be reached from one, itself among them."""
    reached, new = {place}, {place}
    while new:
        new = {leg.destination for leg in legs if leg.origin in new} - reached
        reached |= new
    return frozenset(reached)


def _side(book: Book, params: CorridorParams, end: End, *, others: FloatArray, own: FloatArray) -> SharedRows:
    row: list[int] = []
    arc: list[int] = []
    room: list[float] = []
    bound: list[float] = []
    keys: list[str] = []
    for limit in book.limits:
        whole = _end_of(limit.reach, end)
        for places in under_limit(book.legs, limit.key):
            together = list(places)
            taken = 0.0 if limit.kind == "quota" else float(others[together].sum())
            left = np.inf if limit.kind == "quota" and params.quota == "soft" else whole - taken
            row.extend([len(room)] * len(together))
            arc.extend(together)
            room.append(max(left, float(own[together].sum())))  # what was carried can be carried
            bound.append(max(left, 0.0) if limit.binds else room[-1])
            keys.append(limit.key)
    side = Side(
        row=np.array(row, dtype=np.int64),
        arc=np.array(arc, dtype=np.int64),
        coef=np.ones(len(row)),
        limit=np.array(room, dtype=np.float64),
    )
    return SharedRows(side=side, keys=tuple(keys), bound=np.array(bound, dtype=np.float64))


def _require_joined(legs: Sequence[BookedLeg], routes: Sequence[RouteFlow]) -> None:
    """Each leg of a route must start where the one before it ends: nothing moves from place to place by itself."""
    by_key = {leg.leg: leg for leg in legs}
    apart = [
        f"{one.route} goes from {by_key[before].destination} ({before}) to {by_key[after].origin} ({after})"
        for one in routes
        for before, after in pairwise(one.legs)
        if by_key[before].destination != by_key[after].origin
    ]
    if apart:
        raise NoAnswer(f"{'; '.join(apart)}: no leg of the route joins the two")


def _require_outlets(board: Board, flows: Sequence[tuple[RouteFlow, float]], nodes: Sequence[str]) -> None:
    """Every route must lead to a market by some leg, whatever its capacity."""
    reaching = board.market.copy()
    for _ in nodes:
        leading = reaching[board.network.head]
        reaching[board.network.tail[leading]] = True
    for at, (one, _) in enumerate(flows):
        if not reaching[board.last[at]]:
            raise NoAnswer(
                f"{one.route} ends at {nodes[board.last[at]]}, and no leg of this world leads on to a market"
            )
