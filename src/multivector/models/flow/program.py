"""A linear programme in bare arrays: solved by HiGHS, and certified before anybody reads the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np

from multivector.errors import NoAnswer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

Model = highspy._core._Highs  # noqa: SLF001 - `highspy.Highs()` prints a banner to stdout, where data goes
TOLERANCE: Final = 1e-7  # relative residual and relative gap past which an answer is refused
_SOLVED: Final = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty)
_EMPTY: Final = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)
_ENDLESS: Final = (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible)


class Infeasible(NoAnswer):
    """No point meets the rows and bounds."""


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Minimise cost·x subject to row_low <= Ax <= row_high and low <= x <= high; infinite bounds are allowed.

    Columns n, rows m. A is stored by column: entries `start[j]` to `start[j + 1]` of `row` and `coef` are column j.
    """

    cost: FloatArray
    low: FloatArray
    high: FloatArray
    row_low: FloatArray
    row_high: FloatArray
    start: IntArray
    row: IntArray
    coef: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """A certified optimum: x (n,), `row_price` (m,) = d objective / d row bound, `reduced_cost` (n,).

    `residual`: largest violation relative to the largest figure met; `gap`: relative distance to the dual objective, or
    of the dual prices from being feasible.
    """

    x: FloatArray
    row_price: FloatArray
    reduced_cost: FloatArray
    objective: float
    residual: float
    gap: float


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """The entries of a matrix as triplets, each (nnz,); doubled places are summed."""

    row: IntArray
    column: IntArray
    coef: FloatArray


@dataclass(frozen=True, slots=True)
class Units:
    """What 1 stands for in a rescaled programme: `flow` in columns and rows, `price` in costs."""

    flow: float
    price: float


OWN: Final = Units(flow=1.0, price=1.0)


def unit_of(*figures: FloatArray) -> float:
    """A unit in which the largest finite figure is about 1,000; of the first of `figures` that holds one, else 1.

    HiGHS and `certify` have absolute tolerances: without it a network of 1e-9 units would pass with nothing carried.
    A power of two, so that a change of unit rounds nothing.
    """
    for values in figures:
        sizes = np.abs(values[np.isfinite(values)])
        if sizes.size and (largest := float(sizes.max())) > 0:
            return float(2.0 ** (np.ceil(np.log2(largest)) - 10))
    return 1.0


def rescaled(program: Program, units: Units) -> Program:
    """The programme in other units."""
    return replace(
        program,
        cost=program.cost / units.price,
        low=program.low / units.flow,
        high=program.high / units.flow,
        row_low=program.row_low / units.flow,
        row_high=program.row_high / units.flow,
    )


def restored(optimum: Optimum, units: Units) -> Optimum:
    """The optimum of a rescaled programme in the units from before."""
    return replace(
        optimum,
        x=optimum.x * units.flow,
        row_price=optimum.row_price * units.price,
        reduced_cost=optimum.reduced_cost * units.price,
        objective=optimum.objective * units.flow * units.price,
    )


def by_column(entries: Entries, *, columns: int, rows: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Triplets as `start`, `row`, `coef` of a programme."""
    place, inverse = np.unique(entries.column * np.int64(max(rows, 1)) + entries.row, return_inverse=True)
    coef = np.bincount(inverse, weights=entries.coef, minlength=place.size)
    column, row = np.divmod(place, np.int64(max(rows, 1)))
    start = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=columns))]).astype(np.int64)
    return start, row.astype(np.int64), coef.astype(np.float64)


def load(program: Program, *, presolve: bool = True) -> Model:
    """A silent, single-threaded HiGHS model of the programme; run it again and again with changed bounds or costs.

    On plain networks the simplex is several times faster without presolve.
    """
    model = Model()
    model.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS takes options by position
    model.setOptionValue("threads", 1)
    model.setOptionValue("presolve", "choose" if presolve else "off")
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.cost.size, program.row_low.size
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.low, program.high
    lp.row_lower_, lp.row_upper_ = program.row_low, program.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = program.start.astype(np.int32)
    lp.a_matrix_.index_ = program.row.astype(np.int32)
    lp.a_matrix_.value_ = program.coef
    model.passModel(lp)
    return model


def with_bounds(model: Model, program: Program, columns: IntArray, *, high: FloatArray) -> Program:
    """Give columns new upper bounds in the model, in place, and return the programme that it now holds."""
    lower = program.low[columns]
    model.changeColsBounds(columns.size, columns.astype(np.int32), lower, high)
    changed = program.high.copy()
    changed[columns] = high
    return replace(program, high=changed)


def run(model: Model, program: Program) -> Optimum:
    """Solve from wherever the model stands, and certify against the programme, not against the solver's word.

    Raises:
        Infeasible: nothing meets rows and bounds.
        NoAnswer: the objective has no lower end, or the answer does not pass `certify`.
    """
    model.run()
    status = model.getModelStatus()
    if status not in _SOLVED:
        model.clearSolver()  # a stale basis can mislead the simplex: ask again from nothing before refusing
        model.run()
        status = model.getModelStatus()
    # HiGHS calls a programme without columns solved, whatever its rows ask for
    nothing = np.zeros_like(program.row_low)
    hollow = not program.cost.size and _violation(nothing, program.row_low, program.row_high) > TOLERANCE
    if hollow or (status in _EMPTY and not _has_point(program)):
        raise Infeasible("no flow meets the balances, the limits and the quotas")
    if status in _ENDLESS:
        raise NoAnswer("the cost has no lower end: a cycle of negative cost has no capacity limit")
    if status not in _SOLVED:
        raise NoAnswer(f"the solver stopped with {status.name}: no certified answer")
    found = model.getSolution()
    return certify(program, np.array(found.col_value), np.array(found.row_dual))


def solve(program: Program, *, units: Units = OWN, presolve: bool = True) -> Optimum:
    """Solve a programme once, from nothing; in `units` inside, in its own outside.

    Raises:
        Infeasible: nothing meets rows and bounds.
        NoAnswer: the objective has no lower end, or the answer does not pass `certify`.
    """
    inside = rescaled(program, units)
    return restored(run(load(inside, presolve=presolve), inside), units)


def certify(program: Program, x: FloatArray, row_price: FloatArray) -> Optimum:
    """The optimum, once weak duality says that it is one: it meets rows and bounds and no better value exists.

    Raises:
        NoAnswer: the residual or the gap is above `TOLERANCE`.
    """
    column = np.repeat(np.arange(x.size), np.diff(program.start))
    rows = program.row_low.size
    activity = np.asarray(np.bincount(program.row, weights=program.coef * x[column], minlength=rows), dtype=np.float64)
    apart = _violation(activity, program.row_low, program.row_high), _violation(x, program.low, program.high)
    residual = float(np.max(apart))  # numpy's largest of NaN and a number is NaN, which is refused below
    price = _backed(row_price, program.row_low, program.row_high)
    pulled = np.bincount(column, weights=program.coef * price[program.row], minlength=x.size)
    reduced = _backed(program.cost - pulled, program.low, program.high)
    objective = float(program.cost @ x)
    bound = _dual_value(price, program.row_low, program.row_high) + _dual_value(reduced, program.low, program.high)
    # a price that no bound backs proves nothing: it must be rounding, and the variables themselves pay for it
    dropped = np.abs(program.cost - pulled - reduced)
    bound -= float(dropped @ np.abs(x))
    unbacked = float(dropped.max(initial=0.0)) / (1.0 + float(np.abs(program.cost).max(initial=0.0)))
    gap = float(np.max([unbacked, abs(objective - bound) / (1.0 + abs(objective))]))
    if not (residual <= TOLERANCE and gap <= TOLERANCE):
        raise NoAnswer(f"the solver's answer fails its certificate: residual {residual:.2g}, gap {gap:.2g}")
    return Optimum(x=x, row_price=row_price, reduced_cost=reduced, objective=objective, residual=residual, gap=gap)


def _violation(value: FloatArray, low: FloatArray, high: FloatArray) -> float:
    """The largest distance outside [low, high], relative to the largest figure met."""
    if not value.size:
        return 0.0
    scale = 1.0 + float(np.abs(value).max())
    return float(np.maximum(np.maximum(low - value, value - high), 0.0).max()) / scale


def _backed(price: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Prices with those set to zero that stand on an infinite bound: no dual value backs them."""
    on_nothing = ((price > 0) & np.isneginf(low)) | ((price < 0) & np.isposinf(high))
    return np.where(on_nothing, 0.0, price)


def _dual_value(price: FloatArray, low: FloatArray, high: FloatArray) -> float:
    up = price > 0
    down = price < 0
    return float(price[up] @ low[up] + price[down] @ high[down])


def _has_point(program: Program) -> bool:
    """Whether anything meets rows and bounds at all: asked where the solver cannot tell empty from endless."""
    model = load(replace(program, cost=np.zeros_like(program.cost)))
    model.run()
    return bool(model.getModelStatus() in _SOLVED)
