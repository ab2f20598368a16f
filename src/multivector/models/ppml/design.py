"""Which columns a gravity equation reads: a formula and a table of arrays become checked, coded arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector.errors import WrongRequest
from multivector.models.columns import Table, label_problems, read_columns
from multivector.models.indices import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

_NOT_READ = set("()*:/|~^,[]")  # the estimator's own formula language goes further; we read sums of columns only
_NUMERIC = set("biuf")


@dataclass(frozen=True, slots=True)
class Formula:
    """`outcome ~ regressors | effects`; an effect is the columns whose combinations have one level each."""

    outcome: str
    regressors: tuple[str, ...]
    effects: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """R rows: outcome (R,), regressors (R, C), effects (R, F) as codes from 0, cluster (R,) as codes, or None.

    Without fixed effects F is 1 and every row has the same level: the constant.
    """

    outcome: FloatArray
    regressors: FloatArray
    effects: IntArray
    cluster: IntArray | None


def read_formula(text: str) -> Formula:
    """Read "trade ~ agreement + border | exporter^year + importer^year + exporter^importer".

    Raises:
        WrongRequest: no text, not of that form, nothing to estimate, or a column twice.
    """
    if not isinstance(text, str):
        raise WrongRequest(f"the formula is {text!r}: write 'trade ~ agreement | exporter^year + importer^year'")
    outcome, tilde, rest = text.partition("~")
    regressors, bar, effects = rest.partition("|")
    names = _terms(regressors)
    groups = tuple(tuple(_stripped(group.split("^"))) for group in _terms(effects))
    formula = Formula(outcome=outcome.strip(), regressors=names, effects=groups)
    refuse(_formula_problems(text, formula, has_tilde=bool(tilde), has_bar=bool(bar)))
    return formula


def _stripped(parts: list[str]) -> list[str]:
    return [part.strip() for part in parts]


def _terms(side: str) -> tuple[str, ...]:
    return tuple(_stripped(side.split("+"))) if side.strip() else ()


def _formula_problems(text: str, formula: Formula, *, has_tilde: bool, has_bar: bool) -> list[str]:
    names = [formula.outcome, *formula.regressors, *(name for group in formula.effects for name in group)]
    form = "write 'trade ~ agreement | exporter^year + importer^year'"
    odd = [name for name in names if _NOT_READ & set(name)]
    twice = {name for name in names[: 1 + len(formula.regressors)] if names.count(name) > 1}
    return [
        *([] if has_tilde else [f"formula {text!r} has no '~': {form}"]),
        *([] if formula.regressors else [f"formula {text!r} names nothing to estimate on the right of '~': {form}"]),
        *(
            [f"formula {text!r} names no fixed effects after the bar: {form}"]
            if has_bar and not formula.effects
            else []
        ),
        *([f"formula {text!r} has an empty term: {form}"] if "" in names and has_tilde else []),
        *(f"{name!r} is not a column: compute it, add it to the table, and name that column" for name in odd),
        *(f"column {name!r} stands twice in the formula: name it once" for name in sorted(twice)),
        *(["an effect stands twice in the formula"] if len(set(formula.effects)) < len(formula.effects) else []),
    ]


def read_design(table: Table, formula: Formula, *, cluster: str | None) -> Design:
    """Check every column that the formula and the cluster name, and code the labels.

    Raises:
        WrongRequest: no table, unknown columns, a cluster that is not text, unequal lengths, text where numbers
            belong, NaN, infinite or negative trade, all trade zero, missing labels.
    """
    if not (cluster is None or isinstance(cluster, str)):
        raise WrongRequest(f"cluster is {cluster!r}: name a column, or columns joined as in 'exporter^importer'")
    groups = [*formula.effects, *([tuple(_stripped(cluster.split("^")))] if cluster is not None else [])]
    wanted = dict.fromkeys([formula.outcome, *formula.regressors, *(name for group in groups for name in group)])
    columns = read_columns(table, wanted)
    refuse(_column_problems(columns, numeric={formula.outcome, *formula.regressors}))
    outcome = columns[formula.outcome].astype(np.float64)
    refuse(_outcome_problems(formula.outcome, outcome))
    codes = [_codes([columns[name] for name in group]) for group in groups]
    effects = codes[: len(formula.effects)] or [np.zeros(outcome.size, dtype=np.int64)]
    return Design(
        outcome=outcome,
        regressors=np.column_stack([columns[name].astype(np.float64) for name in formula.regressors]),
        effects=np.column_stack(effects),
        cluster=codes[-1] if cluster is not None else None,
    )


def _column_problems(columns: Mapping[str, NDArray[Any]], *, numeric: set[str]) -> list[str]:
    problems = [
        f"column {name!r} has shape {column.shape}: give one dimension"
        for name, column in columns.items()
        if column.ndim != 1
    ]
    lengths = {name: column.size for name, column in columns.items() if column.ndim == 1}
    if len(set(lengths.values())) > 1:
        problems.append(f"columns differ in length: {', '.join(f'{name} {rows}' for name, rows in lengths.items())}")
    for name, column in columns.items():
        if name in numeric and column.dtype.kind not in _NUMERIC:
            problems.append(f"column {name!r} holds {column.dtype}: give numbers")
        else:
            problems.extend(label_problems(name, column))
    return problems


def _outcome_problems(name: str, outcome: FloatArray) -> list[str]:
    negative = int(np.sum(outcome < 0))
    if negative:
        return [f"column {name!r} is negative in {negative} rows (lowest {outcome.min():.6g}): trade is at least zero"]
    return [] if np.any(outcome > 0) else [f"column {name!r} is zero in all {outcome.size} rows: nothing to estimate"]


def _codes(columns: list[NDArray[Any]]) -> IntArray:
    """One code for each combination of labels that occurs, from 0, (R,)."""
    codes = np.zeros(columns[0].size, dtype=np.int64)
    for column in columns:
        labels, code = np.unique(column, return_inverse=True)
        codes = np.unique(codes * np.int64(labels.size) + code, return_inverse=True)[1].astype(np.int64)
    return codes


def recoded(design: Design, keep: BoolArray) -> Design:
    """The rows that `keep` (R,) marks, with levels coded anew, so that none is empty."""
    return Design(
        outcome=design.outcome[keep],
        regressors=design.regressors[keep],
        effects=np.column_stack([_codes([column]) for column in design.effects[keep].T]),
        cluster=_codes([design.cluster[keep]]) if design.cluster is not None else None,
    )


def unitless(regressors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Regressors (R, C) less their medians and over their largest size, in [-1, 1], and those sizes (C,).

    Fixed effects take up the shift; a median leaves a dummy that is seldom 1 at zero elsewhere.
    """
    centred = regressors - np.median(regressors, axis=0)
    size = np.abs(centred).max(axis=0)
    scale = np.where(size > 0, size, 1.0)
    return np.asarray(centred / scale, dtype=np.float64), np.asarray(scale, dtype=np.float64)
