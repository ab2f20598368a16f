"""The exact change of welfare as a sum of small steps, each split into terms of trade and volume of trade."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from multivector.errors import NoAnswer
from multivector.models.equilibrium.links.economy import Economy, Outcome, Policy
from multivector.models.equilibrium.links.records import Limits, PathTerms, frozen
from multivector.models.equilibrium.links.solving import Solution, solve
from multivector.models.equilibrium.links.welfare import (
    added,
    log_price_index,
    moves_between,
    relative,
    summed,
    terms_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


def path_terms(  # noqa: PLR0913 - a base, both ends, and how close
    economy: Economy, policy: Policy, *, base: Outcome, end: Solution, steps: int, limits: Limits
) -> PathTerms:
    """Sums over `steps` equal steps in log(1 + tariff) and log d, each solved from the one before.

    Along any path d ln W = ToT + VoT (+ trade cost) exactly, so the trapezoid sum tends to ln W with the square of the
    step.

    Raises:
        NoAnswer: a flow becomes too small for a number on the way.
    """
    count = economy.value_added.size
    trapezoid = left = summed([np.zeros(count) for _ in range(3)])
    before, gross_before, residual, slopes = base, economy.gross, end.residual, end.slopes
    for step in range(1, steps + 1):
        part = part_way(economy, policy, step / steps)
        found = end
        if step < steps:
            found = solve(economy, part, before.state, limits=limits, slopes=slopes)
        moves = moves_between(before, found.outcome, trade_cost=policy.log_cost / steps)
        if moves is None:
            raise NoAnswer("a flow falls to 0 on the path, where no logarithm follows: leave path_steps at 0")
        start = terms_of(before, gross_before, moves)
        finish = terms_of(found.outcome, part.gross, moves)
        left = added(left, terms_of(before, gross_before, relative(moves)), weight=1.0)
        trapezoid = added(added(trapezoid, start, weight=0.5), finish, weight=0.5)
        before, gross_before, slopes = found.outcome, part.gross, found.slopes or slopes
        residual = max(residual, found.residual)
    log_welfare = np.log(end.outcome.income / base.income) - log_price_index(economy.final, end.outcome.state.prices)
    gap = float(np.abs(trapezoid.welfare - log_welfare).max())
    return PathTerms(steps, trapezoid, left, frozen(log_welfare), gap, residual)


def part_way(economy: Economy, policy: Policy, part: float) -> Policy:
    """The policy at the fraction `part` of the way, in logs. No freeness may be 0."""
    return Policy(
        factor=policy.factor**part,
        gross=economy.gross * (policy.gross / economy.gross) ** part,
        log_cost=part * policy.log_cost,
    )
