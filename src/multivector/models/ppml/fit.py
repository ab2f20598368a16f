"""What borders, agreements and bans did to trade: Poisson pseudo-maximum likelihood with fixed effects, certified.

Santos Silva & Tenreyro (2006), The log of gravity, doi:10.1162/rest.88.4.641: E[X_ij] = exp(x_ij b + effects) is
estimated on levels, zeros included, so that unequal variances do not bias b. pyfixest does the arithmetic, with the
algorithm of ppmlhdfe: Correia, Guimarães & Zylkin (2020), doi:10.1177/1536867X20909691. Around it stand checks of our
own: separation is exact (`separation`), and the first-order conditions are evaluated afresh from the fitted values.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from multivector.errors import NoAnswer
from multivector.models.columns import Table
from multivector.models.ppml.design import Design, Formula, read_design, read_formula, recoded, unitless
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
_REMEDY: Final = (
    "look for regressors that hardly vary within the fixed effects, and for flows out of proportion to all others of "
    "their states"
)


class NotIdentified(NoAnswer, ValueError):
    """The rows do not determine what the formula asks: a coefficient or its variance, or too many rows are separated.

    Also a ValueError, since another formula or other rows mend it; that the estimator is missing or stopped is not.
    """


@dataclass(frozen=True, slots=True, eq=False)
class PpmlFit:
    """Coefficients b (C,) of `names`, with covariance (C, C) and standard errors (C,). Arrays are read-only.

    `rows` were given; `separated` and `singletons` are the positions of those left out, the rest are `observations`.
    `clusters`: how many, None with standard errors robust to unequal variances only. `deviance` in the unit of trade.
    `pseudo_r2`: 1 - deviance / deviance of a constant, Cameron & Windmeijer (1997), doi:10.1016/S0304-4076(96)01818-0,
    free of the unit of trade, as McFadden's is not. `residual`: largest first-order condition, over the
    trade that enters it. `notes`: what a reader of the coefficients must know, the estimator's warnings
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


def fit(table: Table, formula: str, *, cluster: str | None = None, accept_separation: bool = False) -> PpmlFit:
    """Estimate a gravity equation by PPML.

    Parameters:
        table: columns by name, each (R,), one row a flow, in a mapping or a data frame of pandas or polars; a column is
            anything `np.asarray` reads. Trade in any unit, at least zero, regressors as numbers, labels of fixed
            effects and clusters as numbers, text or dates. A log of a column is a column of its own.
        formula: "trade ~ agreement + border | exporter^year + importer^year + exporter^importer"; `a^b` has one level
            for each pair of labels that occurs. Without "|" a constant is estimated and not shown.
        cluster: the column, or columns joined by ^, within which errors may be correlated; None, the default,
            for errors that are independent with unequal variances (HC1).
        accept_separation: leave separated rows out even when they are more than 5 % of all.

    The small-sample factor is G/(G-1) (R-1)/(R-K), where K leaves out effects nested in clusters, as in ppmlhdfe.

    Raises:
        WrongRequest: no table, the formula, or a column: unknown, NaN, negative trade, wrong type or shape.
        NotIdentified: more than 5 % of the rows are separated and nobody consented; no row is left; a coefficient or
            its variance is not identified. A NoAnswer and a ValueError.
        NoAnswer: pyfixest is not installed; no certified maximum.
    """
    equation = read_formula(formula)
    design = read_design(table, equation, cluster=cluster)
    pyfixest, pandas = _estimator()
    gone = separated(design)
    _require_consent(gone, accepted=accept_separation)
    kept = np.flatnonzero(~gone)
    lonely = kept[alone(design.effects[kept])]
    if kept.size == lonely.size:
        raise NotIdentified(f"{formula!r} leaves no row to estimate from: every flow is alone in a level or separated")
    left = recoded(design, ~gone & ~np.isin(np.arange(gone.size), lonely))
    _require_clusters(left, equation)
    estimate = _estimate(left, equation, pyfixest=pyfixest, pandas=pandas)
    residual = _certified(first_order(left, estimate.fitted))
    deviance = _deviance(left.outcome, estimate.fitted)
    alike = _deviance(left.outcome, np.full_like(left.outcome, left.outcome.mean()))
    clusters = None if left.cluster is None else int(left.cluster.max()) + 1
    return PpmlFit(
        formula=formula,
        cluster=cluster,
        names=equation.regressors,
        coefficients=read_only(estimate.coefficients),
        vcov=read_only(estimate.vcov),
        standard_errors=read_only(np.sqrt(np.diag(estimate.vcov))),
        rows=gone.size,
        observations=left.outcome.size,
        separated=read_only(np.flatnonzero(gone)),
        singletons=read_only(lonely),
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
        raise NotIdentified(
            f"{int(gone.sum())} of {gone.size} rows ({share:.1%}) have zero trade that the model cannot but predict, "
            f"such as all rows of a state that never trades (rows {shown}{', …' if gone.sum() > 8 else ''}); "  # noqa: PLR2004
            f"more than {MOST_SEPARATED:.0%} are left out only with accept_separation=True"
        )


def _require_clusters(design: Design, equation: Formula) -> None:
    wanted = len(equation.regressors)
    clusters = design.outcome.size if design.cluster is None else int(design.cluster.max()) + 1
    if clusters <= wanted:
        kind = "rows" if design.cluster is None else "clusters"
        raise NotIdentified(
            f"{clusters} {kind} do not identify the variance of {wanted} coefficients: cluster more finely"
        )


def _estimate(design: Design, equation: Formula, *, pyfixest: Any, pandas: Any) -> _Estimate:  # noqa: ANN401 - untyped modules
    """What pyfixest finds, back in the units of the table.

    Its tolerances are absolute, so it is given trade over its mean and regressors in [-1, 1]. Columns go in under
    made-up names: nothing that a user wrote is ever evaluated.

    Raises:
        NotIdentified: a coefficient or its variance.
        NoAnswer: pyfixest stopped.
    """
    mean = float(design.outcome.mean())
    columns, scale = unitless(design.regressors)
    names = [f"x{place}" for place in range(columns.shape[1])]
    effects = {f"f{place}": level for place, level in enumerate(design.effects.T)}
    clusters = {} if design.cluster is None else {"cluster": design.cluster}
    frame = pandas.DataFrame(
        {"y": design.outcome / mean, **dict(zip(names, columns.T, strict=True)), **effects, **clusters}
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = pyfixest.fepois(
                f"y ~ {' + '.join(names)} | {' + '.join(effects)}",
                frame,
                vcov="hetero" if design.cluster is None else {"CRV1": "cluster"},
                separation_check=[],  # ours is exact; theirs misses rows, or does not converge
                fixef_rm="none",  # singletons are gone
                iwls_tol=_OUTER,
                iwls_maxiter=_STEPS,
                demeaner=pyfixest.MapDemeaner(fixef_tol=_INNER),
            )
            slopes, fitted = found.coef(), found.predict(type="response")
        except (ValueError, RuntimeError, np.linalg.LinAlgError) as stopped:
            _require_identified([] if "collinear" in str(stopped) else names, equation)
            said = " ".join(str(stopped).split()).rstrip(".")
            raise NoAnswer(f"pyfixest found no maximum ({said}): {_REMEDY}") from stopped
    _require_identified(slopes.index, equation)
    return _Estimate(
        coefficients=np.asarray([slopes[name] for name in names], dtype=np.float64) / scale,
        vcov=_positive(np.asarray(found._vcov, dtype=np.float64)) / np.outer(scale, scale),  # noqa: SLF001 - documented
        fitted=np.asarray(fitted, dtype=np.float64) * mean,
        words=_words(caught),
    )


def _require_identified(found: Iterable[str], equation: Formula) -> None:
    known = set(found)
    lost = [name for place, name in enumerate(equation.regressors) if f"x{place}" not in known]
    if lost:
        effects = " + ".join("^".join(group) for group in equation.effects) or "a constant"
        raise NotIdentified(
            f"not identified: {', '.join(lost)} - a sum of other regressors and of levels of {effects} wherever there "
            "is trade to explain; drop one of the regressors or use coarser effects"
        )


def _positive(vcov: FloatArray) -> FloatArray:
    """The covariance, symmetric to the last digit."""
    if not (np.all(np.isfinite(vcov)) and np.all(np.diag(vcov) > 0)):
        raise NotIdentified("the variance of a coefficient is not identified: too few rows for the fixed effects")
    return (vcov + vcov.T) / 2


def _words(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """Warnings of the estimator, each once; that it calls something deprecated says nothing of the numbers."""
    about_code = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
    spoken = [one for one in caught if not issubclass(one.category, about_code)]
    return tuple(dict.fromkeys(f"pyfixest: {' '.join(str(one.message).split())}" for one in spoken))


def first_order(design: Design, fitted: FloatArray) -> float:
    """The largest first-order condition: |Σ x (y - fitted)| / Σ |x| y, and of a level |Σ (y - fitted)| / Σ y."""
    missed = design.outcome - fitted
    columns, _ = unitless(design.regressors)
    slopes = np.abs(missed @ columns) / (design.outcome @ np.abs(columns))
    levels = [
        np.abs(np.bincount(level, weights=missed)) / np.bincount(level, weights=design.outcome)
        for level in design.effects.T
    ]
    return float(np.max(np.concatenate([slopes, *levels])))


def _certified(residual: float) -> float:
    """The residual, if it is small enough.

    Raises:
        NoAnswer: it is not.
    """
    if residual <= RESIDUAL:
        return residual
    raise NoAnswer(
        f"no certified maximum: a first-order condition misses by {residual:.2g} of the trade in it, {RESIDUAL:.0e} is "
        f"allowed: {_REMEDY}"
    )


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


def read_only(values: NDArray[Any]) -> NDArray[Any]:
    """The array itself, which nobody can change any more."""
    values.setflags(write=False)
    return values
