"""Many scenarios of one elasticity moved together by the slopes of their common base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.errors import WrongRequest
from multivector.models.equilibrium.one.blocks import hubs, links_of
from multivector.models.equilibrium.one.economy import Economy, State, evaluate, normalised, residual, slopes
from multivector.models.equilibrium.one.newton import LONGEST_STEP
from multivector.models.equilibrium.one.shocks import flows_at, shocked
from multivector.models.equilibrium.one.solving import SHARPER, Searches, solve
from multivector.models.equilibrium.records import Closure
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.intp]
    BoolArray = NDArray[np.bool_]

FEW: Final = 3  # scenarios of one elasticity: the slopes of the base pay from the fourth on
CHUNK_BYTES: Final = 1 << 20  # of flows worked on at once, so that they stay near the processor
CHORDS: Final = 60  # steps with the slopes of the base; about as dear as two of Newton's
UNJUDGED: Final = 3  # first steps, in which excess may rise
SHOWN: Final = 8  # scenarios named in a refusal
SLOWEST: Final = 0.7  # ratio of excess from step to step above which Newton takes over


@dataclass(frozen=True, slots=True)
class Rules:
    """How scenarios are solved: trade and supply elasticity, closure, tolerance and most steps of each."""

    theta: float
    psi: float
    closure: Closure
    tol: float
    most: int


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Some scenarios `which` (n,), solved: their state and flows with a leading axis n, residual and steps (n,)."""

    which: IntArray
    state: State
    flows: FloatArray
    residual: FloatArray
    steps: NDArray[np.int64]
    method: str


def solve_all(
    base: FloatArray, freeness: FloatArray, gain: FloatArray, rules: Rules, *, names: IntArray
) -> tuple[Searches, FloatArray]:
    """What was found for each scenario of `freeness` (S, N, N) and `gain` (S, N), and its flows (S, N, N).

    Raises:
        WrongRequest: scenarios without an equilibrium, by the numbers in `names` (S,).
    """
    spent = np.zeros(len(gain), dtype=np.int64)
    waiting = np.ones(len(gain), dtype=np.bool_)
    pieces = []
    for which, economy, inverse in _together(base, freeness, gain, rules):
        x, spent[which], done = chords(economy, inverse, rules)
        kept = np.flatnonzero(done)
        if kept.size:
            within = _only(economy, kept)
            state = normalised(within, evaluate(within, x[kept]))
            solved = which[kept]
            waiting[solved] = False
            pieces.append(Piece(solved, state, flows_at(within, state), residual(state), spent[solved], "chords"))
    pieces += _one_by_one(base, freeness, gain, rules, left=np.flatnonzero(waiting), spent=spent, names=names)
    return _collected(pieces, len(gain))


def _together(
    base: FloatArray, freeness: FloatArray, gain: FloatArray, rules: Rules
) -> Iterator[tuple[IntArray, Economy, FloatArray]]:
    """Chunks of scenarios in which all countries still trade, and the inverse slopes of their base."""
    nations = len(base)
    links = (base > 0) & (freeness > 0)
    whole = np.array(hubs(links).any(axis=1))
    for scenario in np.flatnonzero(~whole):
        whole[scenario] = links_of(links[scenario]) is None
    if whole.sum() <= FEW:
        return
    still = shocked(base, np.ones_like(base), np.ones(nations), theta=rules.theta, psi=rules.psi, closure=rules.closure)
    try:
        inverse = np.asarray(np.linalg.inv(slopes(still, evaluate(still, np.zeros(nations)))), dtype=np.float64)
    except np.linalg.LinAlgError:
        return
    size = max(CHUNK_BYTES // base.nbytes, 4)
    candidates = np.flatnonzero(whole)
    for start in range(0, len(candidates), size):
        which = candidates[start : start + size]
        yield which, replace(still, open_flows=base * freeness[which], log_productivity=np.log(gain[which])), inverse


def chords(economy: Economy, inverse: FloatArray, rules: Rules) -> tuple[FloatArray, NDArray[np.int64], BoolArray]:
    """Log prices (n, N), steps (n,) and whether solved (n,), by Newton steps with the slopes of the base throughout.

    A scenario leaves when it is solved, or when its excess falls too slowly to be worth it.
    """
    count = len(economy.open_flows)
    x = np.zeros((count, len(economy.income)))
    steps, solved = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_)
    active, before = np.arange(count), np.full(count, np.inf)
    for step in range(min(CHORDS, rules.most) + 1):
        state = evaluate(economy, x[active])
        worst = np.where((state.spending > 0).all(axis=1), np.abs(state.excess).max(axis=1), np.nan)
        slow = ~(worst < SLOWEST * before)
        done = (worst <= SHARPER * rules.tol) | ((worst <= rules.tol) & slow)
        solved[active] = done
        going = np.flatnonzero(~done & (~slow | ((step < UNJUDGED) & np.isfinite(worst))))
        if not going.size:
            break
        moves = np.clip(state.excess[going] @ inverse.T, -LONGEST_STEP, LONGEST_STEP)
        if going.size < active.size:
            active, economy = active[going], _only(economy, going)
        before = worst[going]
        x[active] -= moves
        steps[active] += 1
    return x, steps, solved


def _one_by_one(  # noqa: PLR0913 - the parameters of solve_all, and which scenarios are left
    base: FloatArray,
    freeness: FloatArray,
    gain: FloatArray,
    rules: Rules,
    *,
    left: IntArray,
    spent: NDArray[np.int64],
    names: IntArray,
) -> list[Piece]:
    """The scenarios `left`, each solved alone with the steps that remain to it."""
    pieces, problems = [], []
    for scenario in left:
        try:
            economy = shocked(
                base, freeness[scenario], gain[scenario], theta=rules.theta, psi=rules.psi, closure=rules.closure
            )
        except WrongRequest as refusal:
            problems.append(f"scenario {names[scenario]}: {refusal}")
            continue
        search = solve(economy, base, tol=rules.tol, most=max(rules.most - int(spent[scenario]), 0))
        state = State(**{one.name: getattr(search.state, one.name)[None] for one in fields(State)})
        steps = np.array([search.steps + spent[scenario]])
        flows = flows_at(economy, search.state)[None]
        pieces.append(Piece(np.array([scenario]), state, flows, np.array([search.residual]), steps, search.method))
    refuse(problems[:SHOWN])
    return pieces


def _collected(pieces: list[Piece], count: int) -> tuple[Searches, FloatArray]:
    """The pieces in the order of the scenarios."""
    order = np.argsort(np.concatenate([one.which for one in pieces]))
    nations = pieces[0].flows.shape[-1]
    levels = {
        one.name: np.concatenate(
            [np.broadcast_to(getattr(piece.state, one.name), (len(piece.which), nations)) for piece in pieces]
        )[order]
        for one in fields(State)
    }
    flows = np.empty((count, nations, nations))
    for piece in pieces:
        flows[piece.which] = piece.flows
    method = ", ".join(dict.fromkeys(word for piece in pieces for word in piece.method.split(", ")))
    gaps = np.concatenate([one.residual for one in pieces])[order]
    steps = np.concatenate([one.steps for one in pieces])[order]
    return Searches(State(**levels), gaps, steps, method), flows


def _only(economy: Economy, which: IntArray) -> Economy:
    return replace(economy, open_flows=economy.open_flows[which], log_productivity=economy.log_productivity[which])
