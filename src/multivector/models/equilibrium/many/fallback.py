"""What is tried for one scenario when Newton stalls: a path to the shock in stages, then Anderson's mixing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.models.equilibrium.continuation import Stage, continued
from multivector.models.equilibrium.many.newton import Search, newton
from multivector.models.equilibrium.many.terms import Terms, evaluate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

MEMORY: Final = 6  # earlier steps that Anderson's mixing combines


def homotopy(terms: Terms, base: Terms, *, target: float, enough: float, most: int) -> Search:
    """Newton along shocks B^s, s from 0 to 1 in stages as long as it can solve; the last within `enough`.

    What the shock makes 0 shrinks as 1 - s, and is exactly 0 at the end. Terms of one scenario, (1, ...).
    """

    def solve(part: float, x: FloatArray, aim: float, steps: int) -> Stage:
        between = terms if part == 1 else _between(base, terms, part)
        found = newton(between, x, target=aim, most=np.array([steps]))
        return Stage(found.x, float(found.residual[0]), int(found.steps[0]))

    ended = continued(solve, np.zeros((1, terms.income.size)), goal=target, tol=enough, most=most)
    return Search(ended.x, evaluate(terms, ended.x).residual, np.array([ended.steps]))


def anderson(terms: Terms, start: FloatArray, *, target: float, most: int) -> Search:
    """Wages raised where sales exceed income, the last six steps combined by least squares.

    Anderson, D. G. (1965), J. ACM 12(4), doi:10.1145/321296.321305; form of Walker, H. F. and Ni, P. (2011), SIAM J.
    Numer. Anal. 49(4), doi:10.1137/10078356X. The step is the log of sales over income, over 1 + the elasticity of the
    country's sales. Terms of one scenario, log wages (1, N).
    """
    state = evaluate(terms, start)
    best, spent = state, 0
    points: list[FloatArray] = []
    moves: list[FloatArray] = []
    while best.residual[0] > target and spent < most and np.isfinite(state.residual[0]):
        move = _move(terms, state.x)
        if not np.isfinite(move).all():
            break
        points, moves = [*points[-MEMORY:], state.x[0]], [*moves[-MEMORY:], move]
        state = evaluate(terms, _mixed(points, moves)[None])
        if not np.isfinite(state.residual[0]):  # the mixture left the region where spending is positive
            state, points, moves = evaluate(terms, (points[-1] + 0.5 * move)[None]), [], []
        if state.residual[0] < best.residual[0]:
            best = state
        spent += 1
    return Search(best.x, best.residual, np.array([spent]))


def _between(base: Terms, terms: Terms, stage: float) -> Terms:
    """Terms part of the way from the base to the shock; nobody is cut off before the end."""
    gross, net = (
        np.where(new > 0, old ** (1 - stage) * new**stage, (1 - stage) * old)
        for old, new in ((base.gross, terms.gross), (base.net, terms.net))
    )
    return replace(terms, gross=gross, net=net, together=base.together)


@np.errstate(all="ignore")
def _move(terms: Terms, x: FloatArray) -> FloatArray:
    """(N,), what one damped step of the fixed point would add to log wages."""
    state = evaluate(terms, x)
    wanted = terms.weight * state.spending[:, None, :] / state.price_sum
    sold = (state.power * np.matmul(wanted[:, :, None, :], terms.net)[:, :, 0, :])[0]
    elasticity = (terms.eps[0, :, None] * sold).sum(axis=0) / sold.sum(axis=0)
    level = terms.together[0] @ state.earned[0] / (terms.together[0] @ terms.income)
    move: FloatArray = np.log(sold.sum(axis=0) / state.earned[0]) / (1.0 + elasticity) - np.log(level)
    return move


def _mixed(points: list[FloatArray], moves: list[FloatArray]) -> FloatArray:
    """The next log wages, from the points seen and the moves they asked for."""
    if len(points) == 1:
        return points[0] + moves[0]
    turned, went = np.diff(moves, axis=0).T, np.diff(points, axis=0).T
    weights = np.linalg.lstsq(turned, moves[-1], rcond=None)[0]
    mixed: FloatArray = points[-1] + moves[-1] - (went + turned) @ weights
    return mixed
