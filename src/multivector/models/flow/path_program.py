"""Pairs that share capacity, solved over paths: only those that could still lower the cost are ever written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np

from multivector.errors import NoAnswer
from multivector.models.flow.cheapest_routes import (
    Graph,
    Paths,
    Plan,
    Shipping,
    Trees,
    cheapest,
    graph_of,
    lower_bound,
    path_cost,
    path_of_leg,
    trace,
)
from multivector.models.flow.program import Model, Program, load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

CLOSED: Final = 1e-10  # relative gap at which rounds end
ROUGH: Final = 1e-2  # relative gap at which the cheap opening ends
OPENING: Final = 2.0  # times the longest untolled route: unmet cost of the opening
CHEAPER: Final = 1e-12  # fraction of its price by which a route must undercut it: less is rounding
PRIMAL_SIMPLEX: Final = 4  # of HiGHS; a new column keeps the basis feasible for it, so it goes on from there


@dataclass(frozen=True, slots=True, eq=False)
class _Master:
    """The restricted programme: the solver's model and what it holds. Lists and arrays grow and change in place.

    Columns 0 to K - 1 of the model are what stays unmet, the paths follow. `row` (A,) is the capacity row of a leg, -1
    for none. `crossed` (K, A) marks pairs with a path over a leg, `reach` (A,) is the sum of their amounts.
    """

    model: Model
    paths: list[Paths]
    known: set[bytes]
    row: IntArray
    crossed: NDArray[np.bool_]
    reach: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Prices:
    """What the restricted programme says: a unit at each pair's destination (K,), tolls (A,), and its objective."""

    pair: FloatArray
    toll: FloatArray
    objective: float


def generate_paths(shipping: Shipping) -> Plan:
    """The cheapest plan by column generation; Ford, L. R. and Fulkerson, D. R. (1958), doi:10.1287/mnsc.5.1.97.

    Each round solves the programme of the known paths, takes its prices as tolls and adds every pair's cheapest route
    where that undercuts the price. It opens with a low unmet cost, which drives prices less far from their end.

    Raises:
        NoAnswer: the solver stops short of an optimum.
    """
    graph = graph_of(shipping)
    toll = np.zeros(shipping.tail.size)
    trees = cheapest(shipping, graph, toll)
    master = _open_master(shipping)
    _add_paths(shipping, master, _new_paths(master, _undercutting(shipping, graph, trees, shipping.unmet_cost)))
    bound, rounds = -np.inf, 0
    for stage, enough in _stages(shipping, trees):
        _set_unmet_cost(master, stage)
        bound = -np.inf
        while True:
            prices, rounds = _solve(master, stage), rounds + 1
            trees = cheapest(stage, graph, prices.toll)
            proven = lower_bound(stage, prices.toll, trees.length)
            if proven > bound:
                bound, toll = proven, prices.toll
            if prices.objective - bound <= enough * prices.objective:
                break
            found = _new_paths(master, _undercutting(stage, graph, trees, prices.pair))
            if not found.pair.size:
                break
            _add_paths(shipping, master, found)
    flow = np.array(master.model.getSolution().col_value)[shipping.amount.size :]
    return Plan(paths=_joined(master.paths), flow=flow, toll=toll, bound=bound, iterations=rounds)


def _stages(shipping: Shipping, trees: Trees) -> Iterator[tuple[Shipping, float]]:
    """The opening, where the unmet cost is far above any route, and the programme itself; each with its last gap."""
    routes = trees.length[trees.length < shipping.unmet_cost]
    low = np.minimum(shipping.unmet_cost, OPENING * routes.max(initial=0.0))
    if (low < shipping.unmet_cost).any():
        yield replace(shipping, unmet_cost=low), ROUGH
    yield shipping, CLOSED


def _undercutting(shipping: Shipping, graph: Graph, trees: Trees, price: FloatArray) -> Paths:
    """The cheapest routes of the pairs that they serve below their price, (K,)."""
    cheaper = (trees.length < price * (1.0 - CHEAPER)) & (shipping.amount > 0)
    return trace(graph, trees, np.flatnonzero(cheaper))


def _new_paths(master: _Master, paths: Paths) -> Paths:
    """Those of the paths that the programme does not hold; it remembers them, so that no path comes twice."""
    new = np.zeros(paths.pair.size, dtype=np.bool_)
    for path, pair in enumerate(paths.pair):
        name = pair.tobytes() + paths.leg[paths.start[path] : paths.start[path + 1]].tobytes()
        new[path] = name not in master.known
        master.known.add(name)
    kept = np.repeat(new, np.diff(paths.start))
    start = np.concatenate([[0], np.cumsum(np.diff(paths.start)[new])])
    return Paths(pair=paths.pair[new], start=start, leg=paths.leg[kept])


def _open_master(shipping: Shipping) -> _Master:
    """A programme without paths, all unmet: amount_k = unmet_k + flow of the paths of k."""
    pairs = np.arange(shipping.amount.size)
    legs = shipping.tail.size
    program = Program(
        cost=shipping.unmet_cost,
        low=np.zeros(pairs.size),
        high=np.full(pairs.size, np.inf),
        row_low=shipping.amount,
        row_high=shipping.amount,
        start=np.append(pairs, pairs.size),
        row=pairs,
        coef=np.ones(pairs.size),
    )
    model = load(program, presolve=False)
    model.setOptionValue("solver", "simplex")
    model.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX)
    all_unmet = highspy.HighsBasis()
    all_unmet.col_status = [highspy.HighsBasisStatus.kBasic] * pairs.size
    all_unmet.row_status = [highspy.HighsBasisStatus.kLower] * pairs.size
    all_unmet.valid = True
    model.setBasis(all_unmet)
    return _Master(
        model=model,
        paths=[],
        known=set(),
        row=np.full(legs, -1),
        crossed=np.zeros((pairs.size, legs), dtype=np.bool_),
        reach=np.zeros(legs),
    )


def _set_unmet_cost(master: _Master, shipping: Shipping) -> None:
    pairs = np.arange(shipping.amount.size, dtype=np.int32)
    master.model.changeColsCost(pairs.size, pairs, shipping.unmet_cost)


def _add_paths(shipping: Shipping, master: _Master, paths: Paths) -> None:
    """New columns at zero flow, each in the row of its pair and of every limited leg on its way."""
    _limit_legs(shipping, master, _reached(shipping, master, paths))
    leg_row = master.row[paths.leg]
    limited = leg_row >= 0
    column = np.concatenate([np.arange(paths.pair.size), path_of_leg(paths)[limited]])
    row = np.concatenate([paths.pair, leg_row[limited]])
    order = np.argsort(column, kind="stable")
    start = np.searchsorted(column[order], np.arange(paths.pair.size))
    nothing, endless = np.zeros(paths.pair.size), np.full(paths.pair.size, np.inf)
    master.model.addCols(
        paths.pair.size,
        path_cost(shipping, paths),
        nothing,
        endless,
        row.size,
        start.astype(np.int32),
        row[order].astype(np.int32),
        np.ones(row.size),
    )
    master.paths.append(paths)


def _reached(shipping: Shipping, master: _Master, paths: Paths) -> IntArray:
    """Legs without a row whose capacity the pairs could exceed from now on: all others need none."""
    pair = paths.pair[path_of_leg(paths)]
    first = ~master.crossed[pair, paths.leg]  # a round has one path a pair, and a path meets a leg once
    np.add.at(master.reach, paths.leg[first], shipping.amount[pair[first]])
    master.crossed[pair, paths.leg] = True
    return np.flatnonzero((master.reach > shipping.capacity) & (master.row < 0))


def _limit_legs(shipping: Shipping, master: _Master, legs: IntArray) -> None:
    """Capacity rows over the known paths; no flow breaks them, since none could exceed them before."""
    if not legs.size:
        return
    first_row = master.model.getNumRow()
    master.row[legs] = first_row + np.arange(legs.size)
    known = _joined(master.paths)
    row = master.row[known.leg] - first_row
    new = row >= 0
    column = shipping.amount.size + path_of_leg(known)[new]
    order = np.argsort(row[new], kind="stable")
    master.model.addRows(
        legs.size,
        np.full(legs.size, -np.inf),
        shipping.capacity[legs],
        order.size,
        np.searchsorted(row[new][order], np.arange(legs.size)).astype(np.int32),
        column[order].astype(np.int32),
        np.ones(order.size),
    )


def _joined(rounds: list[Paths]) -> Paths:
    """The paths of all rounds, in the order of their columns."""
    lengths = [np.diff(paths.start) for paths in rounds]
    nothing = np.zeros(0, dtype=np.int64)
    return Paths(
        pair=np.concatenate([nothing, *(paths.pair for paths in rounds)]),
        start=np.concatenate([[0], np.cumsum(np.concatenate([nothing, *lengths]))]),
        leg=np.concatenate([nothing, *(paths.leg for paths in rounds)]),
    )


def _solve(master: _Master, shipping: Shipping) -> _Prices:
    """Prices of the programme as it stands, from where the last round left the simplex.

    Raises:
        NoAnswer: no optimum.
    """
    master.model.run()
    status = master.model.getModelStatus()
    if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty):
        raise NoAnswer(f"the solver stopped with {status.name} over {len(master.known)} paths: no certified answer")
    dual = np.array(master.model.getSolution().row_dual)
    toll = np.zeros(shipping.tail.size)
    limited = master.row >= 0
    toll[limited] = np.maximum(-dual[master.row[limited]], 0.0)
    objective = float(master.model.getInfo().objective_function_value)
    return _Prices(pair=dual[: shipping.amount.size], toll=toll, objective=objective)
