"""What exports are worth at the fields when every tonne goes to the market that pays it best, period by period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.flow.cuts import starved
from multivector.models.flow.network import NO_SIDE, Network, Side, amount_problems, side_problems
from multivector.models.flow.program import (
    Entries,
    Infeasible,
    Optimum,
    Program,
    Units,
    by_column,
    certify,
    rescaled,
    restored,
    solve,
    unit_of,
)
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from multivector.models.flow.program import FloatArray, IntArray

SLACK: Final = 1e-9  # fraction of the value that a flow may give up to lie closer to a named one
TIE: Final = 1e-9  # fraction of the largest price; reduced costs below it are ties


@dataclass(frozen=True, slots=True, eq=False)
class NetbackProblem:
    """Fields, legs and markets over T periods, N nodes, A legs, B shared limits; amounts in t/period, prices in USD/t.

    capacity (T, A): usable, net of the flow of others; infinite allowed. lower (T, A): take-or-pay; None is 0.
    cost (A,): tariff + value of time * days. supply (T, N): what fields can produce. price (N,), demand (T, N): what
    markets pay, and the most they take (infinite allowed). shut_in_cost (N,): cost of a tonne left in the ground.
    side: limits that legs share, the same in every period. soft_price (B,): cost of a tonne above a limit, infinite
    for a hard one; None: all are hard.
    storage (N,): the most that a node keeps until the next period, empty at the start; what is in store at the end is
    worth nothing. storage_cost (N,): per tonne kept for a period; None is 0.
    ramp (A,): the most by which a leg may grow from one period to the next, infinite for at once. The first period is
    not bound by it.
    """

    network: Network
    capacity: FloatArray
    cost: FloatArray
    supply: FloatArray
    price: FloatArray
    demand: FloatArray
    shut_in_cost: FloatArray
    side: Side = NO_SIDE
    soft_price: FloatArray | None = None
    lower: FloatArray | None = None
    storage: FloatArray | None = None
    storage_cost: FloatArray | None = None
    ramp: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NetbackResult:
    """A certified best plan. flow (T, A), delivered, shut_in and stored (at the end of a period) (T, N), in t/period.

    excess (T, B): tonnes above soft limits. value: W, USD. shadow_price (T, A) = dW/d capacity and side_price (T, B) =
    dW/d limit, USD/t, >= 0: between the worth of the next tonne and of the last one where they differ.
    """

    flow: FloatArray
    delivered: FloatArray
    shut_in: FloatArray
    stored: FloatArray
    excess: FloatArray
    value: float
    shadow_price: FloatArray
    side_price: FloatArray
    residual: float
    gap: float
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Column numbers of the variables: flow (T, A), delivered, shut_in, stored (T, N), excess (T, B)."""

    flow: IntArray
    delivered: IntArray
    shut_in: IntArray
    stored: IntArray
    excess: IntArray


def netback(problem: NetbackProblem, *, near: FloatArray | None = None) -> NetbackResult:
    """Maximise W = sales - transport - shut-in - storage - excess over limits; one linear programme over all periods.

    Balance of node i: out - in = supply - shut_in - delivered + stored before - stored after. The model and its
    equations (1)-(6) are those of the methods page of the corridors lens; its core is the minimum-cost flow of Ahuja,
    Magnanti and Orlin (1993, Network Flows, ch. 1).

    Parameters:
        near: (T, A), t/period. Of the flows worth W (less 1e-9 of it), the one with the least sum |flow - near| is
            returned: a table of changes then shows no move that pays nothing. None: the first optimum found.

    Raises:
        WrongRequest: arrays of wrong shape, NaN, negative; lower above capacity.
        InfeasibleFlow: take-or-pay that cannot reach its legs, or that shared limits forbid.
        NoAnswer: the answer does not pass its certificate.
    """
    started = perf_counter()
    refuse(_problems(problem, near))
    columns = _columns(problem)
    program = _program(problem, columns)
    legs, periods = problem.network.tail.size, len(problem.capacity)
    units = Units(
        flow=unit_of(problem.supply, problem.capacity),
        price=unit_of(np.concatenate([problem.price, problem.cost]), problem.shut_in_cost),
    )
    try:
        first = solve(program, units=units)
    except Infeasible:
        raise starved(program, legs=np.tile(np.arange(legs), periods), units=units) from None
    best = first if near is None else _nearest(program, first, near=near.ravel(), units=units)
    return _result(columns, first=first, best=best, started=started)


def _problems(problem: NetbackProblem, near: FloatArray | None) -> Iterator[str]:
    """What is wrong with the arrays of the problem."""
    legs, nodes, limits = problem.network.tail.size, problem.network.nodes, problem.side.limit.size
    if np.ndim(problem.capacity) != 2 or not len(problem.capacity):  # noqa: PLR2004 - periods by legs
        yield f"capacity must be periods by {legs} legs, got shape {np.shape(problem.capacity)}"
        return
    yield from _grid_problems(problem, near)
    yield from amount_problems("cost", problem.cost, legs)
    yield from amount_problems("price", problem.price, nodes)
    yield from amount_problems("shut_in_cost", problem.shut_in_cost, nodes)
    yield from side_problems(problem.side, legs)
    for name, values, size in (
        ("soft_price", problem.soft_price, limits),
        ("storage", problem.storage, nodes),
        ("storage_cost", problem.storage_cost, nodes),
        ("ramp", problem.ramp, legs),
    ):
        if values is not None:
            yield from amount_problems(name, values, size, endless=name != "storage_cost")


def _grid_problems(problem: NetbackProblem, near: FloatArray | None) -> Iterator[str]:
    """What is wrong with the arrays that have a row a period."""
    legs, nodes, periods = problem.network.tail.size, problem.network.nodes, len(problem.capacity)
    grids = (
        ("capacity", problem.capacity, legs),
        ("lower", problem.lower, legs),
        ("supply", problem.supply, nodes),
        ("demand", problem.demand, nodes),
        ("near", near, legs),
    )
    found: list[str] = []
    for name, values, size in grids:
        if values is None:
            continue
        if np.shape(values) != (periods, size):
            found.append(f"{name} must be {periods} periods by {size}, got shape {np.shape(values)}")
            continue
        for period, row in enumerate(values):
            endless = name in {"capacity", "demand"}
            found += amount_problems(f"{name} in period {period}", row, size, endless=endless)
    yield from found
    if not found and problem.lower is not None:
        for period, leg in np.argwhere(problem.lower > problem.capacity)[:1]:
            least, most = problem.lower[period, leg], problem.capacity[period, leg]
            yield f"leg {leg} must carry {least:g} in period {period} but has a capacity of {most:g}"


def _columns(problem: NetbackProblem) -> _Columns:
    """Columns numbered kind after kind, legs first."""
    periods, legs = problem.capacity.shape
    nodes, limits = problem.network.nodes, problem.side.limit.size
    sizes = np.array([legs, nodes, nodes, nodes, limits]) * periods
    blocks = np.split(np.arange(sizes.sum()), np.cumsum(sizes)[:-1])
    flow, delivered, shut_in, stored, excess = (
        block.reshape(periods, -1) if block.size else block.reshape(periods, 0) for block in blocks
    )
    return _Columns(flow=flow, delivered=delivered, shut_in=shut_in, stored=stored, excess=excess)


def _program(problem: NetbackProblem, columns: _Columns) -> Program:
    """Minimise -W: rows are the balances of all periods, then shared limits, then growth of ramped legs."""
    periods, legs = problem.capacity.shape
    nodes, limits = problem.network.nodes, problem.side.limit.size
    ramp = np.full(legs, np.inf) if problem.ramp is None else problem.ramp
    soft = np.full(limits, np.inf) if problem.soft_price is None else problem.soft_price
    ramped = np.flatnonzero(np.isfinite(ramp))
    growths = (periods - 1) * ramped.size
    start, row, coef = by_column(
        _entries(problem, columns, ramped=ramped),
        columns=periods * (legs + 3 * nodes + limits),
        rows=periods * (nodes + limits) + growths,
    )
    nothing = np.zeros(nodes)
    cost = (
        problem.cost,
        -problem.price,
        problem.shut_in_cost,
        nothing if problem.storage_cost is None else problem.storage_cost,
        np.where(np.isfinite(soft), soft, 0.0),
    )
    storage = nothing if problem.storage is None else problem.storage
    free = np.where(np.isfinite(soft), np.inf, 0.0)
    high = (problem.capacity, problem.demand, problem.supply, np.tile(storage, periods), np.tile(free, periods))
    low = np.zeros(start.size - 1)
    low[: periods * legs] = 0.0 if problem.lower is None else problem.lower.ravel()
    ends = np.concatenate([np.tile(problem.side.limit, periods), np.tile(ramp[ramped], periods - 1)])
    return Program(
        cost=np.concatenate([np.tile(prices, periods) for prices in cost]),
        low=low,
        high=np.concatenate([np.ravel(most) for most in high]),
        row_low=np.concatenate([problem.supply.ravel(), np.full(ends.size, -np.inf)]),
        row_high=np.concatenate([problem.supply.ravel(), ends]),
        start=start,
        row=row,
        coef=coef,
    )


def _entries(problem: NetbackProblem, columns: _Columns, *, ramped: IntArray) -> Entries:
    """Coefficients of equations (1), (3), (4) and (6) of the methods page; (2) and (5) are bounds."""
    periods, network, side = len(problem.capacity), problem.network, problem.side
    balance = np.arange(periods * network.nodes).reshape(periods, network.nodes)
    limit = balance.size + np.arange(periods * side.limit.size).reshape(periods, side.limit.size)
    growth = balance.size + limit.size + np.arange((periods - 1) * ramped.size).reshape(periods - 1, ramped.size)
    parts = (
        (balance[:, network.tail], columns.flow, 1.0),
        (balance[:, network.head], columns.flow, -1.0),
        (balance, columns.delivered, 1.0),
        (balance, columns.shut_in, 1.0),
        (balance, columns.stored, 1.0),
        (balance[1:], columns.stored[:-1], -1.0),
        (limit[:, side.row], columns.flow[:, side.arc], side.coef),
        (limit, columns.excess, -1.0),
        (growth, columns.flow[1:, ramped], 1.0),
        (growth, columns.flow[:-1, ramped], -1.0),
    )
    return Entries(
        row=np.concatenate([row.ravel() for row, _, _ in parts]),
        column=np.concatenate([column.ravel() for _, column, _ in parts]),
        coef=np.concatenate([np.broadcast_to(coef, row.shape).ravel() for row, _, coef in parts]),
    )


def _nearest(program: Program, best: Optimum, *, near: FloatArray, units: Units) -> Optimum:
    """The optimum whose first columns lie closest to `near` (n,) in the sum of absolute differences.

    The face of optima is fixed by complementary slackness, so that the slack in W buys no move; then all is certified
    against the programme itself, with the prices of its first optimum.
    """
    columns, rows, count = program.cost.size, program.row_low.size, near.size
    clear = TIE * units.price * 1000
    up, down = best.reduced_cost > clear, best.reduced_cost < -clear
    raised, lowered = best.row_price > clear, best.row_price < -clear
    each, apart = np.arange(count), rows + np.arange(count)
    entries = Entries(
        row=np.concatenate([program.row, np.tile(apart, 3), np.full(columns, rows + count)]),
        column=np.concatenate(
            [
                np.repeat(np.arange(columns), np.diff(program.start)),
                *(each, columns + each, columns + count + each),
                np.arange(columns),
            ]
        ),
        coef=np.concatenate(
            [program.coef, np.ones(count), -np.ones(count), np.ones(count), program.cost / units.price]
        ),
    )
    start, row, coef = by_column(entries, columns=columns + 2 * count, rows=rows + count + 1)
    least = best.objective + SLACK * abs(best.objective)
    closest = Program(
        cost=np.concatenate([np.zeros(columns), np.ones(2 * count)]),
        low=np.concatenate([np.where(down, program.high, program.low), np.zeros(2 * count)]),
        high=np.concatenate([np.where(up, program.low, program.high), np.full(2 * count, np.inf)]),
        row_low=np.concatenate([np.where(lowered, program.row_high, program.row_low), near, [-np.inf]]),
        row_high=np.concatenate([np.where(raised, program.row_low, program.row_high), near, [least / units.price]]),
        start=start,
        row=row,
        coef=coef,
    )
    x = solve(closest, units=Units(flow=units.flow, price=1.0)).x[:columns]
    return restored(certify(rescaled(program, units), x / units.flow, best.row_price / units.price), units)


def _result(columns: _Columns, *, first: Optimum, best: Optimum, started: float) -> NetbackResult:
    """Quantities from the plan that is returned, prices from the first optimum."""
    balances = columns.delivered.size
    amounts = [best.x[kind] for kind in (columns.flow, columns.delivered, columns.shut_in, columns.stored)]
    excess = best.x[columns.excess]
    shadow_price = np.maximum(-first.reduced_cost[columns.flow], 0.0)
    side_price = np.maximum(-first.row_price[balances : balances + excess.size].reshape(excess.shape), 0.0)
    for array in (*amounts, excess, shadow_price, side_price):
        array.setflags(write=False)
    flow, delivered, shut_in, stored = amounts
    return NetbackResult(
        flow=flow,
        delivered=delivered,
        shut_in=shut_in,
        stored=stored,
        excess=excess,
        value=-best.objective,
        shadow_price=shadow_price,
        side_price=side_price,
        residual=best.residual,
        gap=best.gap,
        seconds=perf_counter() - started,
    )
