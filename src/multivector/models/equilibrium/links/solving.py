"""Wages that balance trade: Newton with an analytic Jacobian, then in stages, then Anderson, or refuse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.anderson import anderson
from multivector.models.equilibrium.links.economy import Economy, Outcome, Policy, State, residual_of, settle
from multivector.models.equilibrium.links.records import Limits
from multivector.models.equilibrium.links.slopes import Slopes, slopes_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

LONGEST_STEP: Final = 0.5  # of a log wage
HALVINGS: Final = 7  # of a step before Newton has stalled
SLOW: Final = 0.2  # a step that leaves more of the error than this calls for a fresh Jacobian
SHOCK_PARTS: Final = (0.25, 0.5, 0.75, 1.0)
DEFICIT_PARTS: Final = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
ON_THE_WAY: Final = 1e-6  # how close a stage before the last is solved
NEARLY_CUT: Final = 12.0  # stand-in for -log of a freeness of 0 on the way to it
SLOPES: Final = 1e-2  # relative accuracy of slopes: more costs time and saves no step
DAMPING: Final = 0.5
ROUNDING: Final = 1e-13  # inner equations are not solved closer than this


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What a solver found: the outcome, its residual taken afresh, steps of wages, how, and the slopes last used."""

    outcome: Outcome
    residual: float
    iterations: int
    method: str
    slopes: Slopes | None


def solve(economy: Economy, policy: Policy, start: State, *, limits: Limits, slopes: Slopes | None = None) -> Solution:
    """The equilibrium of `policy` from `start`, or the best that the steps allowed came to.

    `slopes`: those of a neighbouring equilibrium, to save a Jacobian. Order of attack: Newton; Newton in stages of the
    shock; Newton in stages of the deficits; damped repetition with Anderson's memory.
    """
    best = newton(economy, policy, start, limits=limits, slopes=slopes)
    used = best.iterations
    for attempt in (in_stages, with_deficits_last, repetition):
        if best.residual <= limits.tol or used >= limits.max_iter:
            break
        found = attempt(economy, policy, start, limits=limits.less(used))
        used += found.iterations
        best = min(best, found, key=lambda one: one.residual)
    return replace(best, iterations=used)


def newton(economy: Economy, policy: Policy, start: State, *, limits: Limits, slopes: Slopes | None) -> Solution:
    """Newton in log wages; between Jacobians, Broyden's (1965) rank-one update of the last one.

    https://doi.org/10.1090/S0025-5718-1965-0198670-6. Inner equations are solved no closer than the balance calls for.
    """
    floor = max(ROUNDING, 1e-2 * limits.tol)
    outcome = settle(economy, policy, start, tol=max(floor, 1e-5))
    matrix = None if slopes is None else _bordered(economy, outcome, slopes)
    steps = 0
    while steps < limits.max_iter and 0.3 * limits.tol < _size(outcome) < np.inf:
        fresh = matrix is None
        if matrix is None or slopes is None:
            slopes = slopes_at(economy, outcome, accuracy=SLOPES)
            matrix = _bordered(economy, outcome, slopes)
        accuracy = max(floor, 1e-3 * _size(outcome))
        after = _step(economy, policy, outcome, matrix=matrix, slopes=slopes, accuracy=accuracy)
        steps += 1
        if after is None and fresh:
            break
        if after is None or (_size(after) > SLOW * _size(outcome) and not fresh):
            matrix = None
        else:
            matrix = _updated(matrix, before=outcome, after=after, last=_last_of_blocks(economy))
        outcome = outcome if after is None else after
    outcome = settle(economy, policy, outcome.state, tol=floor)
    return Solution(outcome, residual_of(economy, policy, outcome.state), steps, "newton", slopes)


def _step(  # noqa: PLR0913 - where it starts, and what leads on from there
    economy: Economy, policy: Policy, outcome: Outcome, *, matrix: FloatArray, slopes: Slopes, accuracy: float
) -> Outcome | None:
    """One step, halved until it brings the balance closer; None where none does, or there is no direction."""
    wanted = -_excess(outcome)
    wanted[_last_of_blocks(economy)] = 0.0
    try:
        move = np.linalg.solve(matrix, wanted).astype(np.float64, copy=False)
    except np.linalg.LinAlgError:
        return None
    length = min(1.0, LONGEST_STEP / float(np.abs(move).max())) if np.all(np.isfinite(move)) else 0.0
    for _ in range(HALVINGS if length > 0 else 0):
        after = settle(economy, policy, _moved(economy, outcome, length * move, slopes=slopes), tol=accuracy)
        if _size(after) < (1 - 0.1 * length) * _size(outcome):
            return after
        length /= 2
    return None


def _moved(economy: Economy, outcome: Outcome, move: FloatArray, *, slopes: Slopes) -> State:
    """The state after a move of log wages: prices and spending as the slopes foresee them, wages in the numeraire."""
    state = outcome.state
    spending = state.spending + slopes.spending @ move
    return State(
        wages=_in_numeraire(economy, state.wages + move),
        prices=state.prices + slopes.prices @ move,
        spending=np.where(spending > 0, spending, state.spending),
    )


def _in_numeraire(economy: Economy, wages: FloatArray) -> FloatArray:
    """Log wages shifted so that value added of each block stays what it was."""
    before = np.bincount(economy.block, weights=economy.value_added)
    after = np.bincount(economy.block, weights=economy.value_added * np.exp(wages))
    shifted: FloatArray = wages + np.log(before / after)[economy.block]
    return shifted


def _last_of_blocks(economy: Economy) -> NDArray[np.int64]:
    """The last country of each block: its balance follows from the others', and gives way to the numeraire."""
    count = economy.block.size
    return np.array([count - 1 - int(np.argmax(economy.block[::-1] == one)) for one in np.unique(economy.block)])


def _bordered(economy: Economy, outcome: Outcome, slopes: Slopes) -> FloatArray:
    """The slopes of the balances with the numeraire in the row of the last country of each block."""
    matrix = slopes.balance.copy()
    wage_bill = economy.value_added * np.exp(outcome.state.wages)
    last = _last_of_blocks(economy)
    matrix[last] = (economy.block[last][:, None] == economy.block[None, :]) * wage_bill
    return matrix


def _updated(matrix: FloatArray, *, before: Outcome, after: Outcome, last: NDArray[np.int64]) -> FloatArray:
    """The matrix that explains the last step, and else is as it was; the rows of the numeraire stay."""
    taken = after.state.wages - before.state.wages
    missed = _excess(after) - _excess(before) - matrix @ taken
    missed[last] = 0.0
    square = float(taken @ taken)
    if square > 0:
        matrix = matrix + np.outer(missed, taken) / square
    return matrix


def _excess(outcome: Outcome) -> FloatArray:
    """Net imports less exports less deficit, (N,), in units of world value added."""
    excess: FloatArray = outcome.balance * (outcome.kept * outcome.state.spending).sum(axis=1)
    return excess


def _size(outcome: Outcome) -> float:
    """Largest relative imbalance; inf where something is not a number."""
    size = float(np.abs(outcome.balance).max())
    return size if np.isfinite(size) else float("inf")


def in_stages(economy: Economy, policy: Policy, start: State, *, limits: Limits) -> Solution:
    """Newton along the shock, each stage from the equilibrium of the one before."""
    stages = [(economy, policy if part == 1 else _part_of(economy, policy, part)) for part in SHOCK_PARTS]
    return replace(_along(stages, start, limits=limits), method="newton in stages of the shock")


def with_deficits_last(economy: Economy, policy: Policy, start: State, *, limits: Limits) -> Solution:
    """Newton with the whole shock and no deficits, then with ever more of them."""
    stages = [(replace(economy, deficit=part * economy.deficit), policy) for part in DEFICIT_PARTS]
    return replace(_along(stages, start, limits=limits), method="newton in stages of the deficits")


def _along(stages: list[tuple[Economy, Policy]], start: State, *, limits: Limits) -> Solution:
    """Newton on each stage from the one before, the last as close as `limits` ask; ends where a stage is not solved."""
    state, used = start, 0
    for stage, (economy, policy) in enumerate(stages, start=1):
        tol = limits.tol if stage == len(stages) else max(limits.tol, ON_THE_WAY)
        found = newton(economy, policy, state, limits=Limits(tol, limits.max_iter - used), slopes=None)
        state, used = found.outcome.state, used + found.iterations
        if found.residual > tol:
            break
    return replace(found, residual=residual_of(*stages[-1], state), iterations=used)


def _part_of(economy: Economy, policy: Policy, stage: float) -> Policy:
    """A policy on the way: the power `stage` of factors and tariffs, where a factor of 0 stands for exp(-12)."""
    factor = np.exp(-NEARLY_CUT * stage) * np.ones_like(policy.factor)
    np.power(policy.factor, stage, out=factor, where=policy.factor > 0)
    gross = economy.gross * (policy.gross / economy.gross) ** stage
    return Policy(factor=factor, gross=gross, log_cost=policy.log_cost)


def repetition(economy: Economy, policy: Policy, start: State, *, limits: Limits) -> Solution:
    """Wages fall where imports exceed exports and the deficit, by half of it, with Anderson's memory."""
    floor = max(ROUNDING, 1e-2 * limits.tol)
    outcome = settle(economy, policy, start, tol=floor)

    def advance(wages: FloatArray) -> FloatArray:
        nonlocal outcome
        state = State(_in_numeraire(economy, wages), outcome.state.prices, outcome.state.spending)
        outcome = settle(economy, policy, state, tol=floor)
        return _in_numeraire(economy, outcome.state.wages - DAMPING * outcome.balance)

    reached = anderson(
        advance,
        start.wages,
        distance=lambda _before, _after: _size(outcome),
        tol=0.3 * limits.tol,
        most=limits.max_iter,
    )
    return Solution(outcome, residual_of(economy, policy, outcome.state), reached.steps, "anderson", None)
