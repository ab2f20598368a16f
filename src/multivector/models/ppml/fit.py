"""What borders, agreements and bans did to trade: Poisson pseudo-maximum likelihood with fixed effects, certified.

Santos Silva & Tenreyro (2006), The log of gravity, doi:10.1162/rest.88.4.641: E[X_ij] = exp(x_ij b + effects) is
estimated on levels, zeros included, so that unequal variances do not bias b. pyfixest does the arithmetic, with the
algorithm of ppmlhdfe: Correia, Guimarães & Zylkin (2020), doi:10.1177/1536867X20909691. Around it stand checks of our
own: separation is exact (`separation`), and the first-order conditions are evaluated afresh from the fitted values.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from multivector.errors import NoAnswer
from multivector.models.ppml.design import Design, Formula, Table, read_design, read_formula, recoded
from multivector.models.ppml.separation import alone, separated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

INSTALL: Final = "PPML needs the extra 'gravity': pip install 'multivector[gravity]'"
MOST_SEPARATED: Final = 0.05  # fraction of the rows that may be left out without consent
RESIDUAL: Final = 1e-8  # largest first-order condition, relative to the trade in it, that is still a maximum
FEW_CLUSTERS: Final = 50  # Cameron & Miller (2015), doi:10.3368/jhr.50.2.317: standard errors are too small below
_OUTER: Final = 1e-15  # of the deviance; the covariance lags a step behind and misses by the root of this
_INNER: Final = 1e-11  # tolerance of the projections on the fixed effects
_STEPS: Final = 100


@dataclass(frozen=True, slots=True, eq=False)
class PpmlFit:
    """Coefficients b (C,) of `names`, with covariance (C, C) and standard errors (C,). Arrays are read-only.

    `rows` were given; `separated` and `singletons` are the positions of those left out, the rest are `observations`.
    `clusters`: how many, None with standard errors robust to unequal variances only. `deviance` in the unit of trade.
    `pseudo_r2`: 1 - deviance / deviance of a constant, Cameron & Windmeijer (1997), doi:10.1016/S0304-4076(96)01818-0,
    free of the unit of trade, as McFadden's is not. `residual`: largest first-order condition, of a coefficient over
    all trade or of a level over its own. `notes`: what a reader of the coefficients must know, the estimator's warnings
    among it.
    """

    formula: str
    cluster: str | None
    names: tuple[str, ...]
    coefficients: FloatArray
    vcov: FloatArray
    standard_errors: FloatArray
    rows: int
    observations: int
    separated: IntArray
    singletons: IntArray
    clusters: int | None
    deviance: float
    pseudo_r2: float
    residual: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Estimate:
    """What the estimator says: coefficients (C,), covariance (C, C), fitted trade (R,), its warnings."""

    coefficients: FloatArray
    vcov: FloatArray
    fitted: FloatArray
    words: tuple[str, ...]


def fit(table: Table, formula: str, *, cluster: str | None, accept_separation: bool = False) -> PpmlFit:
    """Estimate a gravity equation by PPML.

    Parameters:
        table: columns by name, each (R,), one row a flow: trade in any unit, at least zero, regressors as numbers,
            labels of fixed effects and clusters as numbers, text or dates. A log of a column is a column of its own.
        formula: "trade ~ agreement + border | exporter^year + importer^year + exporter^importer"; `a^b` has one level
            for each pair of labels that occurs. Without "|" a constant is estimated and not shown.
        cluster: the column, or columns joined by ^, within which errors may be correlated; None for errors that are
            independent with unequal variances (HC1).
        accept_separation: leave separated rows out even when they are more than 5 % of all.

    The small-sample factor is G/(G-1) (R-1)/(R-K), where K leaves out effects nested in clusters, as in ppmlhdfe.

    Raises:
        WrongRequest: the formula, or a column: unknown, NaN, negative trade, wrong type or shape.
        NoAnswer: pyfixest is not installed; more than 5 % of the rows are separated; a coefficient or its variance is
            not identified; no certified maximum.
    """
    equation = read_formula(formula)
    design = read_design(table, equation, cluster=cluster)
    pyfixest, pandas = _estimator()
    gone = separated(design)
    _require_consent(gone, accepted=accept_separation)
    kept = np.flatnonzero(~gone)
    lonely = kept[alone(design.effects[kept])]
    kept = np.setdiff1d(kept, lonely)
    left = recoded(design, np.isin(np.arange(gone.size), kept)) if kept.size else None
    if left is None:
        raise NoAnswer(f"{formula!r} leaves no row to estimate from: every flow is alone in a level or separated")
    _require_clusters(left, equation)
    estimate, residual = _certified(left, equation, pyfixest=pyfixest, pandas=pandas)
    deviance = _deviance(left.outcome, estimate.fitted)
    alike = _deviance(left.outcome, np.full_like(left.outcome, left.outcome.mean()))
    clusters = None if left.cluster is None else int(left.cluster.max()) + 1
    return PpmlFit(
        formula=formula,
        cluster=cluster,
        names=equation.regressors,
        coefficients=_frozen(estimate.coefficients),
        vcov=_frozen(estimate.vcov),
        standard_errors=_frozen(np.sqrt(np.diag(estimate.vcov))),
        rows=gone.size,
        observations=left.outcome.size,
        separated=_frozen(np.flatnonzero(gone)),
        singletons=_frozen(lonely),
        clusters=clusters,
        deviance=deviance,
        pseudo_r2=1.0 - deviance / alike if alike > 0 else 0.0,
        residual=residual,
        notes=(*_notes(separated_rows=int(gone.sum()), singletons=lonely.size, clusters=clusters), *estimate.words),
    )


def _estimator() -> tuple[Any, Any]:
    """The modules pyfixest and pandas, which a base install does not have: nobody else needs their 400 MB.

    Raises:
        NoAnswer: not installed.
    """
    try:
        return import_module("pyfixest"), import_module("pandas")
    except ModuleNotFoundError as missing:
        raise NoAnswer(f"{INSTALL} ({missing.name} is not installed)") from missing


def _require_consent(gone: BoolArray, *, accepted: bool) -> None:
    share = float(gone.mean())
    if share > MOST_SEPARATED and not accepted:
        shown = ", ".join(str(row) for row in np.flatnonzero(gone)[:8])
        raise NoAnswer(
            f"{int(gone.sum())} of {gone.size} rows ({share:.1%}) have zero trade that the model cannot but predict, "
            f"such as all rows of a state that never trades (rows {shown}{', …' if gone.sum() > 8 else ''}); "  # noqa: PLR2004
            f"more than {MOST_SEPARATED:.0%} are left out only with accept_separation=True"
        )


def _require_clusters(design: Design, equation: Formula) -> None:
    wanted = len(equation.regressors)
    clusters = design.outcome.size if design.cluster is None else int(design.cluster.max()) + 1
    if clusters <= wanted:
        kind = "rows" if design.cluster is None else "clusters"
        raise NoAnswer(f"{clusters} {kind} do not identify the variance of {wanted} coefficients: cluster more finely")


def _certified(design: Design, equation: Formula, *, pyfixest: Any, pandas: Any) -> tuple[_Estimate, float]:  # noqa: ANN401 - untyped modules
    """The estimate whose first-order conditions hold, and the largest of them.

    Raises:
        NoAnswer: they do not hold, or the estimator gave up.
    """
    estimate = _estimate(design, equation, pyfixest=pyfixest, pandas=pandas)
    residual = first_order(design, estimate.fitted)
    if residual <= RESIDUAL:
        return estimate, residual
    raise NoAnswer(
        f"no certified maximum: a first-order condition misses by {residual:.2g} of the trade in it, {RESIDUAL:.0e} is "
        "allowed; look for regressors that hardly vary within the fixed effects, or flows that differ by many orders"
    )


def _estimate(design: Design, equation: Formula, *, pyfixest: Any, pandas: Any) -> _Estimate:  # noqa: ANN401
    """One run of pyfixest on trade over its mean and regressors centred to [-1, 1]: its tolerances are absolute.

    Columns go in under made-up names, so nothing that a user wrote is ever evaluated.

    Raises:
        NoAnswer: a coefficient is not identified, or pyfixest stopped.
    """
    mean = float(design.outcome.mean())
    centred = design.regressors - design.regressors.mean(axis=0)
    size = np.abs(centred).max(axis=0)
    scale = np.where(size > 0, size, 1.0)
    regressors = {f"x{place}": column for place, column in enumerate((centred / scale).T)}
    effects = {f"f{place}": column for place, column in enumerate(design.effects.T)}
    clusters = {} if design.cluster is None else {"cluster": design.cluster}
    frame = pandas.DataFrame({"y": design.outcome / mean, **regressors, **effects, **clusters})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = pyfixest.fepois(
                f"y ~ {' + '.join(regressors)} | {' + '.join(effects)}",
                frame,
                vcov="hetero" if design.cluster is None else {"CRV1": "cluster"},
                separation_check=[],  # ours is exact; theirs misses rows and removes them once
                fixef_rm="none",  # singletons are gone
                iwls_tol=_OUTER,
                iwls_maxiter=_STEPS,
                demeaner=pyfixest.MapDemeaner(fixef_tol=_INNER),
            )
            slopes = found.coef()
        except (ValueError, np.linalg.LinAlgError) as stopped:
            if "collinear" in str(stopped):
                _refuse_unidentified(equation.regressors, equation)
            raise NoAnswer(f"pyfixest found no maximum: {' '.join(str(stopped).split())}") from stopped
    lost = [name for place, name in enumerate(equation.regressors) if f"x{place}" not in slopes.index]
    if lost:
        _refuse_unidentified(lost, equation)
    vcov = np.asarray(found._vcov, dtype=np.float64) / np.outer(scale, scale)  # noqa: SLF001 - listed among its attributes
    if not (np.all(np.isfinite(vcov)) and np.all(np.diag(vcov) > 0)):
        raise NoAnswer("the variance of a coefficient is not identified: too few rows for the fixed effects")
    return _Estimate(
        coefficients=np.asarray([slopes[name] for name in regressors], dtype=np.float64) / scale,
        vcov=(vcov + vcov.T) / 2,
        fitted=np.asarray(found.predict(type="response"), dtype=np.float64) * mean,
        words=_words(caught),
    )


def _refuse_unidentified(names: tuple[str, ...] | list[str], equation: Formula) -> None:
    effects = " + ".join("^".join(group) for group in equation.effects) or "a constant"
    raise NoAnswer(
        f"not identified: {', '.join(names)} - a sum of other regressors and of levels of {effects} wherever there is "
        "trade to explain; drop one of the regressors or use coarser effects"
    )


def _words(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """Warnings of the estimator, each once; that it calls something deprecated says nothing of the numbers."""
    about_code = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
    spoken = [one for one in caught if not issubclass(one.category, about_code)]
    return tuple(dict.fromkeys(f"pyfixest: {' '.join(str(one.message).split())}" for one in spoken))


def first_order(design: Design, fitted: FloatArray) -> float:
    """The largest first-order condition: sum x (y - fitted) = 0 over all trade, sum (y - fitted) = 0 over a level's."""
    missed = design.outcome - fitted
    centred = design.regressors - design.regressors.mean(axis=0)
    size = np.abs(centred).max(axis=0)
    slopes = np.abs(centred.T @ missed) / (np.where(size > 0, size, 1.0) * design.outcome.sum())
    levels = [
        np.abs(np.bincount(level, weights=missed)) / np.bincount(level, weights=design.outcome)
        for level in design.effects.T
    ]
    return float(np.max(np.concatenate([slopes, *levels])))


def _deviance(outcome: FloatArray, fitted: FloatArray) -> float:
    """2 sum [y log(y / fitted) - (y - fitted)], where 0 log 0 = 0."""
    traded = outcome > 0
    logs = outcome[traded] * np.log(outcome[traded] / fitted[traded])
    return float(2.0 * (logs.sum() - (outcome - fitted).sum()))


def _notes(*, separated_rows: int, singletons: int, clusters: int | None) -> tuple[str, ...]:
    few = clusters is not None and clusters < FEW_CLUSTERS
    return (
        *([f"{separated_rows} rows of zero trade are separated and left out"] if separated_rows else []),
        *([f"{singletons} rows are alone in a fixed effect and left out"] if singletons else []),
        *([f"{clusters} clusters are few: standard errors are likely too small"] if few else []),
    )


def _frozen(values: NDArray[Any]) -> NDArray[Any]:
    values.setflags(write=False)
    return values
