"""PPML on made-up panels: against a dense Newton solve and an LP of separation; scale, order, draws, refusals."""

from __future__ import annotations

import dataclasses
import re
import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog  # type: ignore[import-untyped]

from multivector.errors import NoAnswer, WrongRequest
from multivector.models import ppml
from multivector.models.equilibrium.one.one_sector import one_sector
from multivector.models.ppml.design import Design, read_design, read_formula
from multivector.models.ppml.fit import PpmlFit
from multivector.models.ppml.separation import alone, separated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    Columns = dict[str, NDArray[Any]]

GRAVITY = "trade ~ agreement + border | exporter^year + importer^year"
PAGE = Path(__file__).parents[2] / "docs" / "methods" / "gravity.md"
STATES = np.array(["ARM", "BLR", "CHN", "DEU", "KAZ", "RUS", "TUR", "UZB"])


def panel(seed: int, *, states: int = 6, years: int = 3, zeros: float = 0.0) -> Columns:
    """International flows with exporter-year and importer-year effects and an agreement worth 0.4."""
    rng = np.random.default_rng(seed)
    places = [axis.ravel() for axis in np.meshgrid(range(states), range(states), range(years), indexing="ij")]
    i, j, t = (axis[places[0] != places[1]] for axis in places)
    agreement = (rng.random(i.size) < 0.3).astype(float)
    border = rng.normal(size=i.size)
    mean = np.exp(rng.normal(size=states)[i] + rng.normal(size=states)[j] + 0.4 * agreement - 0.2 * border)
    trade = mean * rng.gamma(2.0, 0.5, size=i.size) * (rng.random(i.size) >= zeros)
    names = STATES[:states]
    return {
        "trade": trade,
        "agreement": agreement,
        "border": border,
        "exporter": names[i],
        "importer": names[j],
        "year": 2000 + t,
    }


def design_of(table: Columns, formula: str, cluster: str | None = None) -> Design:
    return read_design(table, read_formula(formula), cluster=cluster)


def dense(design: Design) -> FloatArray:
    """Regressors and one dummy a level, (R, C + levels)."""
    dummies = [(level[:, None] == np.arange(level.max() + 1)).astype(float) for level in design.effects.T]
    return np.column_stack([design.regressors, *dummies])


def newton(design: Design, *, parameters: int) -> tuple[FloatArray, FloatArray]:
    """Coefficients and clustered covariance by Newton steps on dense dummies, with the factors of the docstring."""
    matrix, trade = dense(design), design.outcome
    solution = np.zeros(matrix.shape[1])
    solution[design.regressors.shape[1] :] = np.log(trade.mean()) / design.effects.shape[1]
    for _ in range(60):
        fitted = np.exp(matrix @ solution)
        information = (matrix * fitted[:, None]).T @ matrix
        solution = solution + np.linalg.pinv(information, hermitian=True) @ (matrix.T @ (trade - fitted))
    fitted = np.exp(matrix @ solution)
    bread = np.linalg.pinv((matrix * fitted[:, None]).T @ matrix, hermitian=True)
    scores = matrix * (trade - fitted)[:, None]
    groups = np.arange(trade.size) if design.cluster is None else design.cluster
    summed = np.zeros((groups.max() + 1, matrix.shape[1]))
    np.add.at(summed, groups, scores)
    sandwich = bread @ summed.T @ summed @ bread
    clusters, rows = summed.shape[0], trade.size
    factor = (
        rows / (rows - parameters)
        if design.cluster is None
        else clusters / (clusters - 1) * (rows - 1) / (rows - parameters)
    )
    kept = design.regressors.shape[1]
    return solution[:kept], factor * sandwich[:kept, :kept]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("zeros", [0.0, 0.2])
def test_equals_a_newton_solve_on_dense_dummies(seed: int, zeros: float) -> None:
    table = panel(seed, zeros=zeros)
    design = design_of(table, GRAVITY, "exporter^importer")
    fit = ppml.fit(table, GRAVITY, cluster="exporter^importer")
    # 2 coefficients + 18 + 18 levels less one, none nested in a pair
    coefficients, vcov = newton(design, parameters=2 + 35)
    assert fit.observations == design.outcome.size
    assert fit.clusters == 30
    np.testing.assert_allclose(fit.coefficients, coefficients, atol=1e-8)
    np.testing.assert_allclose(fit.vcov, vcov, rtol=1e-6)
    np.testing.assert_allclose(fit.standard_errors, np.sqrt(np.diag(vcov)), rtol=1e-6)
    assert fit.residual <= 1e-8


def test_without_clusters_variances_are_robust_and_without_effects_a_constant_stands() -> None:
    table = panel(5)
    fit = ppml.fit(table, "trade ~ agreement + border", cluster=None)
    coefficients, vcov = newton(design_of(table, "trade ~ agreement + border"), parameters=3)
    np.testing.assert_allclose(fit.coefficients, coefficients, atol=1e-8)
    np.testing.assert_allclose(fit.vcov, vcov, rtol=1e-6)
    assert fit.clusters is None


def test_effects_nested_in_clusters_cost_no_freedom() -> None:
    table = panel(6, years=4)
    formula = "trade ~ agreement + border | exporter^importer + year"
    fit = ppml.fit(table, formula, cluster="exporter^importer")
    # 2 + 4 years + 1 for the nested pairs - 1 of two sets of effects
    _, vcov = newton(design_of(table, formula, "exporter^importer"), parameters=2 + 4)
    np.testing.assert_allclose(fit.vcov, vcov, rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), power=st.integers(-9, 12), stretch=st.sampled_from([1e-6, 0.5, -3.0, 1e5]))
def test_units_change_nothing_but_the_unit(seed: int, power: int, stretch: float) -> None:
    table = panel(seed, zeros=0.1)
    first = ppml.fit(table, GRAVITY, cluster="exporter^importer", accept_separation=True)
    other = {**table, "trade": table["trade"] * 10.0**power, "border": table["border"] * stretch + 7 * stretch}
    second = ppml.fit(other, GRAVITY, cluster="exporter^importer", accept_separation=True)
    unit = np.array([1.0, 1 / stretch])
    np.testing.assert_allclose(
        second.coefficients, first.coefficients * unit, rtol=1e-6, atol=1e-8 * np.abs(unit).min()
    )
    np.testing.assert_allclose(second.standard_errors, first.standard_errors * np.abs(unit), rtol=1e-6)
    assert second.deviance == pytest.approx(first.deviance * 10.0**power, rel=1e-6)
    assert second.pseudo_r2 == pytest.approx(first.pseudo_r2, abs=1e-9)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_rows_changes_nothing(seed: int) -> None:
    table = panel(seed, zeros=0.1)
    order = np.random.default_rng(seed).permutation(table["trade"].size)
    first = ppml.fit(table, GRAVITY, cluster="exporter", accept_separation=True)
    second = ppml.fit(
        {name: column[order] for name, column in table.items()}, GRAVITY, cluster="exporter", accept_separation=True
    )
    np.testing.assert_allclose(second.coefficients, first.coefficients, atol=1e-8)
    np.testing.assert_array_equal(np.sort(order[second.separated]), first.separated)


def separated_by_programme(design: Design) -> NDArray[np.bool_]:
    """The definition as one dense linear programme: max sum u, u <= z, 0 <= u <= 1, z = 0 where there is trade."""
    matrix, zero = dense(design), design.outcome == 0
    rows, columns = int(zero.sum()), matrix.shape[1]
    found = linprog(
        np.r_[np.zeros(columns), -np.ones(rows)],
        A_ub=np.hstack([-matrix[zero], np.eye(rows)]),
        b_ub=np.zeros(rows),
        A_eq=np.hstack([matrix[~zero], np.zeros((int((~zero).sum()), rows))]),
        b_eq=np.zeros(int((~zero).sum())),
        bounds=[(None, None)] * columns + [(0, 1)] * rows,
    )
    assert found.status == 0
    out = np.zeros(zero.size, dtype=np.bool_)
    out[np.flatnonzero(zero)[found.x[columns:] > 0.5]] = True
    return out


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000), share=st.floats(0.2, 0.8), pairs=st.booleans(), ban=st.booleans())
@example(seed=9166, share=0.734375, pairs=False, ban=True)  # small entries rounded off one by one made a direction
@example(seed=92393, share=0.3671875, pairs=True, ban=True)  # one programme for all rows was badly scaled
def test_separated_rows_are_those_of_the_definition(seed: int, share: float, pairs: bool, ban: bool) -> None:  # noqa: FBT001
    table = panel(seed, states=7, zeros=share)
    if ban:
        table["trade"] = np.where(table["agreement"] > 0, 0.0, table["trade"])
    design = design_of(table, GRAVITY + (" + exporter^importer" if pairs else ""))
    np.testing.assert_array_equal(separated(design), separated_by_programme(design))


def test_a_ban_that_nothing_passes_is_not_estimated() -> None:
    table = panel(3)
    table["trade"] = np.where(table["agreement"] > 0, 0.0, table["trade"])
    with pytest.raises(NoAnswer, match="accept_separation=True"):
        ppml.fit(table, GRAVITY, cluster=None)
    with pytest.raises(NoAnswer, match="not identified: agreement"):
        ppml.fit(table, GRAVITY, cluster=None, accept_separation=True)


def test_a_state_that_never_exports_is_left_out_with_consent_only() -> None:
    table = panel(8)
    idle = table["exporter"] == "KAZ"
    table["trade"] = np.where(idle, 0.0, table["trade"])
    with pytest.raises(NoAnswer, match=r"15 of 90 rows \(16\.7%\)"):
        ppml.fit(table, GRAVITY, cluster="exporter^importer")
    fit = ppml.fit(table, GRAVITY, cluster="exporter^importer", accept_separation=True)
    np.testing.assert_array_equal(fit.separated, np.flatnonzero(idle))
    assert (fit.rows, fit.observations) == (90, 75)
    assert "15 rows of zero trade are separated and left out" in fit.notes
    without = {name: column[~idle] for name, column in table.items()}
    np.testing.assert_allclose(
        fit.coefficients, ppml.fit(without, GRAVITY, cluster="exporter^importer").coefficients, atol=1e-9
    )


def test_a_few_separated_rows_are_left_out_and_said() -> None:
    table = panel(8, states=8)
    idle = (table["exporter"] == "KAZ") & (table["year"] == 2001)
    table["trade"] = np.where(idle, 0.0, table["trade"])
    fit = ppml.fit(table, GRAVITY, cluster="exporter^importer")
    np.testing.assert_array_equal(fit.separated, np.flatnonzero(idle))


def test_rows_alone_in_a_level_are_left_out_one_after_another() -> None:
    effects = np.array([[0, 0], [0, 1], [1, 1], [1, 2], [2, 2], [2, 3], [3, 4], [3, 4]])
    # level 0 of the second effect goes first, then row by row all that hung on it
    np.testing.assert_array_equal(alone(effects), [True] * 6 + [False] * 2)
    table = panel(2)
    lonely = np.r_[np.arange(table["trade"].size - 1), table["trade"].size - 1]
    grown = {name: column[lonely] for name, column in table.items()}
    grown["importer"] = np.where(np.arange(lonely.size) == 0, "UZB", grown["importer"])
    fit = ppml.fit(grown, GRAVITY, cluster="exporter")
    np.testing.assert_array_equal(fit.singletons, [0])
    assert "1 rows are alone in a fixed effect and left out" in fit.notes


@pytest.mark.parametrize("how", ["copy", "sum", "absorbed", "constant"])
def test_a_coefficient_that_is_not_identified_is_refused(how: str) -> None:
    table = panel(4)
    by_exporter = np.unique(table["exporter"], return_inverse=True)[1].astype(float)
    table["border"] = {
        "copy": table["agreement"] * 1e6,
        "sum": table["agreement"] * 2 + by_exporter,
        "absorbed": by_exporter * 1e-6,
        "constant": np.ones_like(by_exporter),
    }[how]
    with pytest.raises(NoAnswer, match=r"not identified: .*border"):
        ppml.fit(table, GRAVITY, cluster="exporter^importer")


def test_regressors_that_are_all_absorbed_are_refused_by_name() -> None:
    table = panel(4)
    table["agreement"] = table["border"] = np.unique(table["exporter"], return_inverse=True)[1].astype(float)
    with pytest.raises(NoAnswer, match="not identified: agreement, border"):
        ppml.fit(table, GRAVITY, cluster="exporter^importer")


def test_more_parameters_than_rows_or_clusters_are_refused() -> None:
    table = panel(4, states=3, years=1)
    with pytest.raises(NoAnswer, match=r"not identified|leaves no row"):
        ppml.fit(table, "trade ~ agreement + border | exporter + importer", cluster=None)
    with pytest.raises(NoAnswer, match="2 clusters do not identify the variance of 2 coefficients"):
        ppml.fit(panel(4, years=2), GRAVITY, cluster="year")


def broken(**columns: NDArray[Any]) -> Columns:
    return {**panel(1), **columns}


@pytest.mark.parametrize(
    ("table", "formula", "words"),
    [
        (panel(1), "trad ~ agreement | year", "no column 'trad' in the table; did you mean trade"),
        (panel(1), "trade ~ agrement | yaer", "no column 'agrement'.*did you mean agreement.*no column 'yaer'.*year"),
        ({}, "trade ~ agreement | year", "it has none"),
        (panel(1), "trade = agreement", "has no '~'"),
        (panel(1), "trade ~ | year", "names nothing to estimate"),
        (panel(1), "trade ~ agreement + | year", "empty term"),
        (panel(1), "trade ~ agreement | ", "names no fixed effects after the bar"),
        (panel(1), "trade ~ log(border) | year", r"'log\(border\)' is not a column: compute it"),
        (panel(1), "trade ~ agreement + agreement | year", "'agreement' stands twice"),
        (panel(1), "trade ~ trade | year", "'trade' stands twice"),
        (panel(1), "trade ~ agreement | year + year", "an effect stands twice"),
        (broken(trade=-panel(1)["trade"]), GRAVITY, "negative in 90 rows"),
        (broken(trade=np.zeros(90)), GRAVITY, "zero in all 90 rows"),
        (broken(trade=np.where(np.arange(90) < 2, np.nan, 1.0)), GRAVITY, "'trade' is NaN or infinite in 2 rows"),
        (broken(border=np.where(np.arange(90) < 1, np.inf, 1.0)), GRAVITY, "'border' is NaN or infinite in 1 rows"),
        (broken(year=np.where(np.arange(90) < 3, np.nan, 2000.0)), GRAVITY, "'year' is NaN or infinite in 3 rows"),
        (broken(trade=np.array(["1"] * 90)), GRAVITY, "give numbers"),
        (broken(exporter=np.array([None] * 90)), GRAVITY, "None and other objects in 90 rows"),
        (broken(year=np.full(90, "NaT", dtype="datetime64[D]")), GRAVITY, "has no date in 90 rows"),
        (broken(border=np.ones(89)), GRAVITY, "columns differ in length"),
        (broken(border=np.ones((90, 1))), GRAVITY, "give one dimension"),
    ],
)
def test_wrong_tables_and_formulas_are_refused_by_name(table: Columns, formula: str, words: str) -> None:
    with pytest.raises(WrongRequest, match=words):
        ppml.fit(table, formula, cluster=None)


def test_an_unknown_cluster_is_refused() -> None:
    with pytest.raises(WrongRequest, match="no column 'pear'"):
        ppml.fit(panel(1), GRAVITY, cluster="pear")


def test_without_the_extra_the_refusal_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(import_module("multivector.models.ppml.fit"), "import_module", missing)
    with pytest.raises(NoAnswer, match=r"pip install 'multivector\[gravity\]'"):
        ppml.fit(panel(1), GRAVITY, cluster=None)


class Faulty:
    """An estimator that goes wrong in a chosen way; otherwise the real one."""

    def __init__(self, *, noise: float = 0.0, stop: str = "", word: str = "") -> None:
        self.real = import_module("pyfixest")
        self.noise, self.stop, self.word = noise, stop, word

    def import_module(self, name: str) -> Any:  # noqa: ANN401
        return self if name == "pyfixest" else import_module(name)

    def MapDemeaner(self, **settings: float) -> Any:  # noqa: ANN401, N802 - the estimator's name
        return self.real.MapDemeaner(**settings)

    def fepois(self, *given: Any, **settings: Any) -> Any:  # noqa: ANN401
        if self.stop:
            raise ValueError(self.stop)
        if self.word:
            warnings.warn(self.word, UserWarning, stacklevel=1)
        found = self.real.fepois(*given, **settings)
        right = found.predict(type="response")
        found.predict = lambda **_: right * (1 + self.noise)
        return found


def test_an_estimate_off_its_maximum_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = Faulty(noise=1e-7)
    monkeypatch.setattr(import_module("multivector.models.ppml.fit"), "import_module", faulty.import_module)
    with pytest.raises(NoAnswer, match="no certified maximum: a first-order condition misses by 1e-07"):
        ppml.fit(panel(1), GRAVITY, cluster=None)


def test_an_estimator_that_stops_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = Faulty(stop="Demeaning failed")
    monkeypatch.setattr(import_module("multivector.models.ppml.fit"), "import_module", faulty.import_module)
    with pytest.raises(NoAnswer, match=r"pyfixest found no maximum \(Demeaning failed\): look for"):
        ppml.fit(panel(1), GRAVITY, cluster=None)


def test_warnings_of_the_estimator_become_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = Faulty(word="look here")
    monkeypatch.setattr(import_module("multivector.models.ppml.fit"), "import_module", faulty.import_module)
    fit = ppml.fit(panel(1), GRAVITY, cluster="exporter^importer")
    assert fit.notes == ("30 clusters are few: standard errors are likely too small", "pyfixest: look here")


@pytest.mark.parametrize("kind", ["lists", "objects", "pandas", "polars", "polars series", "no keys"])
def test_a_table_may_be_lists_objects_or_a_frame(kind: str) -> None:
    columns = panel(1)
    lists = {name: column.tolist() for name, column in columns.items()}
    tables: dict[str, Any] = {
        "lists": lists,
        "objects": {**columns, "exporter": columns["exporter"].astype(object)},
        "pandas": import_module("pandas").DataFrame(columns),
        "polars": pl.DataFrame(columns),
        "polars series": pl.DataFrame(columns).to_dict(),
        "no keys": Frame(lists),
    }
    expected = ppml.fit(columns, GRAVITY, cluster="exporter^importer")
    found = ppml.fit(tables[kind], GRAVITY, cluster="exporter^importer")
    np.testing.assert_array_equal(found.coefficients, expected.coefficients)
    np.testing.assert_array_equal(found.vcov, expected.vcov)


class Frame:
    """Columns by name, and no keys."""

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        self.columns, self._columns = [*columns, 7], columns  # a name that is no text is nobody's to ask for

    def __getitem__(self, name: str) -> list[Any]:
        return self._columns[name]


def test_clusters_may_be_left_out() -> None:
    default, said = ppml.fit(panel(1), GRAVITY), ppml.fit(panel(1), GRAVITY, cluster=None)
    assert (default.cluster, default.clusters) == (None, None)
    np.testing.assert_array_equal(default.vcov, said.vcov)


@pytest.mark.parametrize(
    ("table", "formula", "cluster", "words"),
    [
        (None, GRAVITY, None, "the table is a NoneType: give columns by name"),
        ([1.0, 2.0], GRAVITY, None, "the table is a list: give columns by name"),
        (np.ones(3), GRAVITY, None, "the table is a ndarray: give columns by name"),
        (panel(1), None, None, "the formula is None: write"),
        (panel(1), GRAVITY, ["exporter"], r"cluster is \['exporter'\]: name a column"),
        ({**panel(1), "border": [[1.0], [1.0, 2.0]]}, GRAVITY, None, "column 'border' is no array"),
        ({**panel(1), "border": np.ma.masked_less(panel(1)["border"], 0)}, GRAVITY, None, "values are masked"),
        ({**panel(1), "border": 1.0}, GRAVITY, None, r"'border' has shape \(\): give one dimension"),
        ({**panel(1), "border": ["far"] * 90}, GRAVITY, None, "'border' holds <U3: give numbers"),
        ({**panel(1), "year": [2000, None] * 45}, GRAVITY, None, "'year' holds 2000 and other objects in 90 rows"),
        ({**panel(1), "year": [1j] * 90}, GRAVITY, None, "'year' holds complex128: give numbers, text or dates"),
    ],
)
def test_what_is_no_table_is_refused_in_words(table: Any, formula: Any, cluster: Any, words: str) -> None:  # noqa: ANN401
    with pytest.raises(WrongRequest, match=words):
        ppml.fit(table, formula, cluster=cluster)


def test_what_the_rows_do_not_identify_is_a_value_error_too() -> None:
    table = panel(3)
    table["trade"] = np.where(table["agreement"] > 0, 0.0, table["trade"])
    for accepted in (False, True):  # too much is separated; then the coefficient is not identified
        with pytest.raises(ppml.NotIdentified) as refused:
            ppml.fit(table, GRAVITY, accept_separation=accepted)
        assert isinstance(refused.value, ValueError)
        assert isinstance(refused.value, NoAnswer)


def some_fit() -> PpmlFit:
    return ppml.fit(panel(1), GRAVITY, cluster="exporter^importer")


def some_flows(states: int = 5) -> FloatArray:
    flows = np.random.default_rng(0).uniform(1.0, 5.0, size=(states, states))
    return flows + np.diag(np.full(states, 40.0))


def joined(states: int = 5) -> FloatArray:
    change = np.zeros((states, states))
    change[0, 1] = change[1, 0] = 1.0
    return change


def test_no_array_of_a_record_can_be_changed() -> None:
    fit = some_fit()
    found = ppml.counterfactual(
        fit, some_flows(), {"agreement": joined()}, theta=4.0, draws=20, rng=np.random.default_rng(0)
    )
    arrays = [
        value
        for record in (fit, found)
        for field in dataclasses.fields(record)
        if isinstance(value := getattr(record, field.name), np.ndarray)
    ]
    assert len(arrays) == 5 + 4
    assert not any(array.flags.writeable for array in arrays)
    with pytest.raises(ValueError, match="read-only"):
        fit.coefficients[0] = 1.0


def test_shock_is_the_exponential_of_the_change() -> None:
    fit = some_fit()
    both = {"border": joined() * 0.5, "agreement": joined()}
    agreement, border = fit.coefficients
    shock = ppml.shock(fit, both)
    assert shock[0, 1] == pytest.approx(np.exp(agreement + 0.5 * border), rel=1e-14)
    np.testing.assert_array_equal(shock[joined() == 0], 1.0)
    np.testing.assert_allclose(
        ppml.shock(fit, {"agreement": -joined()}) * ppml.shock(fit, {"agreement": joined()}), 1.0
    )


def test_a_change_may_be_a_number_or_nested_lists() -> None:
    fit = some_fit()
    one = ppml.shock(fit, {"agreement": 1})
    assert isinstance(one, np.ndarray)
    assert one.shape == ()
    assert float(one) == pytest.approx(np.exp(fit.coefficients[0]), rel=1e-14)
    nested = ppml.shock(fit, {"agreement": joined().tolist()})
    np.testing.assert_array_equal(nested, ppml.shock(fit, {"agreement": joined()}))
    assert ppml.draws(fit, 7, 1, change={"agreement": 1.0, "border": -2}).shape == (7,)


def test_draws_by_seed() -> None:
    fit = some_fit()
    drawn = ppml.draws(fit, 30, 5)
    assert drawn.shape == (30, 2)
    np.testing.assert_array_equal(drawn, ppml.draws(fit, 30, 5))
    np.testing.assert_array_equal(drawn, ppml.coefficient_draws(fit, 30, rng=np.random.default_rng(5)))
    np.testing.assert_array_equal(drawn, ppml.draws(fit, 30, rng=np.random.default_rng(5)))
    assert not np.array_equal(drawn, ppml.draws(fit, 30, 6))
    shocks = ppml.draws(fit, 30, 5, change={"agreement": joined()})
    assert shocks.shape == (30, 5, 5)
    np.testing.assert_allclose(shocks[:, 0, 1], np.exp(drawn[:, 0]), rtol=1e-14)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"n": 5}, "neither a seed nor rng is given"),
        ({"n": 5, "seed": 1, "rng": np.random.default_rng(1)}, "both a seed and rng are given"),
        ({"n": 5, "seed": -1}, "seed is -1: give a whole number"),
        ({"n": 5, "seed": 1.5}, "seed is 1.5: give a whole number"),
        ({"n": 0, "seed": 1}, "0 draws"),
        ({"n": 2.5, "seed": 1}, "2.5 draws: ask for a whole number"),
        ({"n": 5, "seed": 1, "change": {}}, "no regressor changes"),
    ],
)
def test_wrong_draws_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(WrongRequest, match=words):
        ppml.draws(some_fit(), **given)


def test_draws_have_the_mean_and_covariance_of_the_estimate() -> None:
    fit = some_fit()
    drawn = ppml.coefficient_draws(fit, 40_000, rng=np.random.default_rng(7))
    error = fit.standard_errors / np.sqrt(40_000)
    assert np.all(np.abs(drawn.mean(axis=0) - fit.coefficients) < 4 * error)
    np.testing.assert_allclose(np.cov(drawn.T), fit.vcov, atol=0.03 * fit.vcov.max())
    shocks = ppml.draws(fit, 40_000, change={"border": joined(2)}, rng=np.random.default_rng(7))
    assert shocks.shape == (40_000, 2, 2)
    np.testing.assert_allclose(np.log(shocks[:, 0, 1]), drawn[:, 1], atol=1e-14)


def test_draws_of_coefficients_that_always_move_together() -> None:
    fit = dataclasses.replace(some_fit(), vcov=np.array([[0.04, -0.04], [-0.04, 0.04]]))
    drawn = ppml.coefficient_draws(fit, 50, rng=np.random.default_rng(1))
    np.testing.assert_allclose(drawn.sum(axis=1), fit.coefficients.sum(), atol=1e-7)
    assert drawn[:, 0].std() > 0.1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "no regressor changes"),
        ({"agrement": joined()}, "did you mean agreement"),
        ({"zz": joined()}, "did you mean agreement, border"),
        ({"agreement": joined()[0]}, r"shape \(5,\)"),
        ({"agreement": joined()[:, :4]}, r"shape \(5, 4\)"),
        ({"agreement": joined(), "border": joined(4)}, "differ in shape"),
        ({"agreement": joined(), "border": 1.0}, "differ in shape"),
        ({"agreement": "much"}, "'agreement' is not made of numbers"),
        ({"agreement": [[1.0], [1.0, 2.0]]}, "'agreement' is not made of numbers"),
        ([1.0], "change is a list: map regressors"),
        ({"agreement": np.full((2, 2), np.inf)}, "use a shock of 0"),
        ({"agreement": np.array([[1e9, -1e9], [0.0, 0.0]])}, "check its unit"),
    ],
)
def test_wrong_changes_are_refused(change: Any, words: str) -> None:  # noqa: ANN401
    with pytest.raises(WrongRequest, match=words):
        ppml.shock(some_fit(), change)


def test_a_counterfactual_is_the_kernel_at_the_shock() -> None:
    fit, flows, change = some_fit(), some_flows(), {"agreement": joined()}
    found = ppml.counterfactual(fit, flows, change, theta=4.0, draws=400, rng=np.random.default_rng(3))
    direct = one_sector(flows, ppml.shock(fit, change), theta=4.0)
    np.testing.assert_array_equal(found.point.welfare, direct.welfare)
    assert found.point.certified
    assert found.drawn is not None
    assert found.coefficients is not None
    assert found.low is not None
    assert found.high is not None
    assert found.drawn.welfare.shape == (400, 5)
    assert np.all(np.asarray(found.drawn.certified))
    # an agreement that trades more is worth more to its members: quantiles of welfare are welfare at quantiles
    quantiles = np.quantile(found.coefficients[:, 0], [0.05, 0.95])
    for quantile, bound in zip(quantiles, (found.low, found.high), strict=True):
        at = one_sector(flows, np.exp(joined() * quantile), theta=4.0).welfare
        np.testing.assert_allclose(bound[:2], at[:2], atol=1e-5)


def test_no_change_moves_nothing_whatever_the_draw() -> None:
    found = ppml.counterfactual(
        some_fit(), some_flows(), {"border": np.zeros((5, 5))}, theta=4.0, draws=20, rng=np.random.default_rng(0)
    )
    assert found.drawn is not None
    np.testing.assert_allclose(found.drawn.welfare, 1.0, atol=1e-9)


def test_a_counterfactual_without_draws_has_no_band() -> None:
    found = ppml.counterfactual(some_fit(), some_flows(), {"agreement": joined()}, theta=4.0)
    assert (found.drawn, found.coefficients, found.low, found.high) == (None, None, None, None)


@pytest.mark.parametrize(
    ("settings_given", "words"),
    [
        ({"draws": 5}, "rng=np.random.default_rng"),
        ({"draws": -1}, "-1 draws"),
        ({"draws": 19, "rng": np.random.default_rng(0)}, "19 draws: ask for none, or for 20 or more"),
        ({"band": 90.0}, "not a probability"),
    ],
)
def test_wrong_settings_are_refused(settings_given: dict[str, Any], words: str) -> None:
    with pytest.raises(WrongRequest, match=words):
        ppml.counterfactual(some_fit(), some_flows(), {"agreement": joined()}, theta=4.0, **settings_given)


def test_at_least_one_draw() -> None:
    with pytest.raises(WrongRequest, match="0 draws"):
        ppml.coefficient_draws(some_fit(), 0, rng=np.random.default_rng(0))


def test_the_example_of_the_page_prints_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    found = re.search(r"```python\n(.*?)```\s+```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    code, printed = found.groups()
    exec(compile(code, str(PAGE), "exec"), {"__name__": "page"})  # noqa: S102 - our own page
    assert capsys.readouterr().out == printed
