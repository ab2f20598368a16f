"""Which zero flows a Poisson model cannot speak of: rows whose fitted value runs to zero, exactly.

Correia, Guimarães & Zylkin (2020), Verifying the existence of maximum likelihood estimates for generalized linear
models, arXiv:1903.01633: with a log link, rows are separated when some z = Xγ + effects is zero on every row with trade
and at least zero, not always zero, on the rows without. Their fitted values go to zero for ever, so they say nothing of
the other coefficients and are left out. The rows where any such z is above zero are one set, the same for every method.

The search here is exact up to rounding: a random z that is zero on the rows with trade is also zero on every row whose
equation follows from theirs (with probability one). What remains is a small linear programme.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.errors import NoAnswer
from multivector.models.flow.program import Entries, Program, by_column, solve
from multivector.models.ppml.design import Design, recoded, unitless

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

SEED: Final = 20_200_201  # of the probes; any seed finds the same rows
AT_RISK: Final = 1e-6  # of a direction's length; a row below it in all directions follows from the rows with trade
RANK: Final = 1e-7  # of the largest singular value; below it a direction is rounding
LIFTED: Final = 1e-5  # of the row lifted most; below it is rounding, or is found in the next round
EXACT: Final = 1e-13  # relative; where the projection stops
MOST_STEPS: Final = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """Regressors (R, C) and effects (R, F), each column scaled: the matrix A, (R, C + levels), never written out."""

    regressors: FloatArray
    effects: IntArray
    offsets: IntArray
    scale: FloatArray

    def times(self, gamma: FloatArray) -> FloatArray:
        """A gamma, (R,)."""
        scaled = gamma * self.scale
        regressors = self.regressors.shape[1]
        fixed = scaled[self.effects + self.offsets].sum(axis=1)
        return np.asarray(self.regressors @ scaled[:regressors] + fixed, dtype=np.float64)

    def transposed(self, rows: FloatArray) -> FloatArray:
        """A' rows, (C + levels,)."""
        columns = self.regressors.shape[1]
        total = np.concatenate([self.regressors.T @ rows, np.zeros(self.scale.size - columns)])
        for place in range(self.effects.shape[1]):
            levels = self.effects[:, place] + self.offsets[place]
            total += np.bincount(levels, weights=rows, minlength=self.scale.size)
        return np.asarray(total * self.scale, dtype=np.float64)


def separated(design: Design) -> BoolArray:
    """The separated rows, (R,): levels without trade first, then what combinations of levels and regressors separate.

    Raises:
        NoAnswer: a projection did not finish, or the programme has no certified answer.
    """
    gone = without_trade(design)
    kept = np.flatnonzero(~gone)
    zero = design.outcome[kept] == 0
    if not np.any(zero):
        return gone
    left = recoded(design, ~gone)
    directions = free_directions(left, zero)
    if directions.shape[1]:
        gone[kept[zero][raised(directions)]] = True
    return gone


def without_trade(design: Design) -> BoolArray:
    """Rows of a level in which nothing is traded at all, (R,)."""
    idle = [np.bincount(level, weights=design.outcome)[level] == 0 for level in design.effects.T]
    return np.asarray(np.any(idle, axis=0), dtype=np.bool_)


def alone(effects: IntArray) -> BoolArray:
    """Rows that are, in the end, the only one of a level, (R,): they fit perfectly whatever the coefficients are."""
    out = np.zeros(effects.shape[0], dtype=np.bool_)
    while True:
        counts = [np.bincount(level[~out], minlength=level.max() + 1)[level] for level in effects.T]
        lonely = ~out & np.any(np.asarray(counts) == 1, axis=0)
        if not lonely.any():
            return out
        out |= lonely


def free_directions(design: Design, zero: BoolArray) -> FloatArray:
    """An orthonormal basis, (Z, D), of the z on the Z zero rows that are zero on every row with trade."""
    operator = _operator(design, ~zero)
    trading = _rows(operator, ~zero)
    idle = _rows(operator, zero)
    sizes = np.sqrt(np.square(operator.scale[operator.effects[zero] + operator.offsets]).sum(axis=1))
    rng = np.random.default_rng(SEED)
    probes: list[FloatArray] = []
    while True:
        probe = rng.normal(size=operator.scale.size)
        probes.append(idle.times(probe - _onto_rows(trading, probe)) / sizes)
        basis = _basis(np.column_stack(probes))
        if basis.shape[1] < len(probes):
            basis[np.linalg.norm(basis, axis=1) <= AT_RISK] = 0.0
            return basis


def _operator(design: Design, trading: BoolArray) -> Operator:
    levels = design.effects.max(axis=0) + 1
    columns = design.regressors.shape[1]
    offsets = columns + np.concatenate([[0], np.cumsum(levels)[:-1]])
    counts = [np.bincount(code[trading], minlength=size) for code, size in zip(design.effects.T, levels, strict=True)]
    regressors, _ = unitless(design.regressors)
    moments = np.concatenate([np.square(regressors).sum(axis=0), *counts])
    return Operator(
        regressors=regressors,
        effects=design.effects,
        offsets=offsets.astype(np.int64),
        scale=1.0 / np.sqrt(np.where(moments > 0, moments, 1.0)),
    )


def _rows(operator: Operator, keep: BoolArray) -> Operator:
    return Operator(
        regressors=operator.regressors[keep],
        effects=operator.effects[keep],
        offsets=operator.offsets,
        scale=operator.scale,
    )


def _onto_rows(operator: Operator, probe: FloatArray) -> FloatArray:
    """The part of `probe` in the row space of A: conjugate gradients on A h = A probe from h = 0.

    Raises:
        NoAnswer: it did not finish.
    """
    target = operator.times(probe)
    residual, found = target.copy(), np.zeros_like(probe)
    gradient = operator.transposed(residual)
    step, size = gradient.copy(), float(gradient @ gradient)
    enough = EXACT**2 * size
    for _ in range(MOST_STEPS):
        if size <= enough:
            return found
        along = operator.times(step)
        length = size / float(along @ along)
        found += length * step
        residual -= length * along
        gradient = operator.transposed(residual)
        new = float(gradient @ gradient)
        step, size = gradient + (new / size) * step, new
    raise NoAnswer(
        f"cannot tell in {MOST_STEPS} steps which zero flows the fixed effects and regressors determine: "
        "leave regressors of very different size out, or coarser effects in"
    )


def _basis(probes: FloatArray) -> FloatArray:
    left, size, _ = np.linalg.svd(probes, full_matrices=False)
    return np.asarray(left[:, size > RANK * max(float(size[0]), 1.0)] if size.size else left, dtype=np.float64)


def raised(directions: FloatArray) -> BoolArray:
    """Rows that some z >= 0 in the span of `directions` (Z, D) lifts above zero, (Z,).

    Each round finds the z with the largest sum, each entry at most 1, and sets the rows it lifts aside: from then on
    they may have any sign, since enough of this z can be added. The last round lifts nothing.

    Raises:
        NoAnswer: a programme has no certified answer.
    """
    lifted = np.zeros(directions.shape[0], dtype=np.bool_)
    while True:
        left = np.flatnonzero(~lifted)
        basis = _basis(directions[left])
        if not basis.shape[1]:
            return lifted
        height = basis @ solve(_highest(basis)).x
        if not np.any(height > LIFTED):
            return lifted
        lifted[left[height > LIFTED]] = True


def _highest(basis: FloatArray) -> Program:
    """Maximise sum z over z = basis @ weight, 0 <= z <= 1, for an orthonormal basis (Z, D)."""
    rows, columns = basis.shape
    place, direction = np.nonzero(basis)
    entries = Entries(row=place, column=direction, coef=basis[place, direction])
    start, row, coef = by_column(entries, columns=columns, rows=rows)
    return Program(
        cost=-basis.sum(axis=0),
        low=np.full(columns, -np.inf),
        high=np.full(columns, np.inf),
        row_low=np.zeros(rows),
        row_high=np.ones(rows),
        start=start,
        row=row,
        coef=coef,
    )
