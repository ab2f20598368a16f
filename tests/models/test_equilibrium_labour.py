"""Tariffs with labour supply, scale and margins against a damped loop over the printed equations and simpler models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import NotCertified, WrongRequest
from multivector.models.equilibrium.many.multi_sector import multi_sector
from multivector.models.equilibrium.one import tariff_labour as solving
from multivector.models.equilibrium.one.labour import Stance, TariffWorld, labour_slopes, stand
from multivector.models.equilibrium.one.newton import Root, System, newton
from multivector.models.equilibrium.one.one_sector import one_sector
from multivector.models.equilibrium.one.tariff_labour import tariff_labour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

EXACT = 1e-9  # ratios: residuals of 1e-12 leave errors of some 1e-11
LOOP = 1e-8  # the damped loop stops when a step is below 1e-13, some way off the solution
seeds = st.integers(0, 2**32 - 1)
often = settings(max_examples=30, deadline=None)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """flows and tariff (N, N), margin and passthrough (N,), with the authors' elasticities unless said."""

    flows: FloatArray
    tariff: FloatArray
    margin: FloatArray
    passthrough: FloatArray
    epsilon: float = 4.0
    kappa: float = 0.5
    scale: float = 0.67 / 4


def made_case(seed: int, nations: int = 5) -> Case:
    """Deficits of some per cent of income, margins up to 30 %, tariffs up to 40 %."""
    rng = np.random.default_rng(seed)
    flows = np.exp(rng.normal(0, 0.7, (nations, nations)))
    own = np.arange(nations)
    flows[own, own] = rng.uniform(4, 9, nations) * nations
    tariff = rng.uniform(0, 0.4, flows.shape)
    tariff[own, own] = 0.0
    margin = rng.uniform(0, 0.3, nations)
    slope = 4.0 / 0.67
    passthrough = 1 + (1 + slope) / ((1 - margin) * slope) - 1 / slope - 1  # the authors' phi = 1 + q
    return Case(flows, tariff, margin, passthrough)


def solved(case: Case, **rules: float) -> dict[str, FloatArray]:
    found = tariff_labour(
        case.flows,
        case.tariff,
        epsilon=case.epsilon,
        kappa=case.kappa,
        scale=case.scale,
        margin=case.margin,
        passthrough=case.passthrough,
        **rules,  # type: ignore[arg-type]
    )
    assert found.labour is not None
    assert found.tariff_revenue is not None
    return {
        "welfare": found.welfare,
        "wages": found.wages,
        "prices": found.prices,
        "labour": found.labour,
        "output": found.output,
        "expenditure": found.expenditure,
        "revenue": found.tariff_revenue,
        "flows": found.flows,
    }


def printed_loop(case: Case) -> dict[str, FloatArray]:
    """The equations of methods note 4.4 as they stand, repeated with damping 0.2 until nothing moves."""
    x, nu, phi, eps = case.flows, case.margin, case.passthrough, case.epsilon
    e = x.sum(axis=0)
    y = x @ (1 - nu) + nu * e
    t = e - y
    share = x / e
    w, labour, spent = np.ones(len(e)), np.ones(len(e)), np.ones(len(e))
    for _ in range(20_000):
        numerator = share * ((w / labour**case.scale) ** -eps)[:, None] * (1 + case.tariff) ** (-eps * phi)
        a = numerator.sum(axis=0)
        flows = numerator / a * (e * spent) / (1 + case.tariff)
        p = (spent / w) ** (1 - phi) * a ** (-1 / eps)
        revenue = (case.tariff * flows).sum(axis=0)
        earned = w * labour * y
        u = revenue / earned
        new_spent = (revenue + earned + t * earned.sum() / y.sum()) / e
        new_labour = (w / ((1 - u) * p)) ** case.kappa
        sales = flows @ (1 - nu) + nu * flows.sum(axis=0)
        new_w = w * (sales / earned) ** (1 / (1 + eps))
        new_w = new_w * e.sum() / (p @ e)
        moved = max(np.abs(new_w - w).max(), np.abs(new_labour - labour).max(), np.abs(new_spent - spent).max())
        w, labour, spent = (
            old + 0.2 * (new - old) for old, new in ((w, new_w), (labour, new_labour), (spent, new_spent))
        )
        if moved < 1e-13:
            break
    d = e / (e - case.kappa * (1 - u) * y / (1 + case.kappa))
    welfare = d * spent / p + (1 - d) * w * labour / p
    return {
        "welfare": welfare,
        "wages": w,
        "prices": p,
        "labour": labour,
        "output": earned,
        "expenditure": spent,
        "revenue": revenue,
        "flows": flows,
    }


@pytest.mark.parametrize("seed", range(6))
def test_newton_equals_the_printed_loop(seed: int) -> None:
    case = made_case(seed)
    found, loop = solved(case), printed_loop(case)
    for name, expected in loop.items():
        np.testing.assert_allclose(found[name], expected, rtol=LOOP, atol=LOOP, err_msg=name)


@often
@given(seeds)
def test_no_tariffs_change_nothing(seed: int) -> None:
    case = made_case(seed)
    found = solved(replace(case, tariff=np.zeros_like(case.tariff)))
    for name in ("welfare", "wages", "prices", "labour", "expenditure"):
        np.testing.assert_allclose(found[name], 1, atol=EXACT)
    np.testing.assert_allclose(found["flows"], case.flows, rtol=EXACT)
    np.testing.assert_allclose(found["revenue"], 0, atol=EXACT)
    income = case.flows @ (1 - case.margin) + case.margin * case.flows.sum(axis=0)
    np.testing.assert_allclose(found["output"], income, rtol=EXACT)


@often
@given(seeds)
def test_the_equations_hold_for_what_is_given_back(seed: int) -> None:
    case = made_case(seed)
    found = solved(case)
    spent = found["expenditure"] * case.flows.sum(axis=0)
    np.testing.assert_allclose((found["flows"] * (1 + case.tariff)).sum(axis=0), spent, rtol=EXACT)
    np.testing.assert_allclose((found["flows"] * case.tariff).sum(axis=0), found["revenue"], rtol=EXACT)
    earned = found["flows"] @ (1 - case.margin) + case.margin * found["flows"].sum(axis=0)
    np.testing.assert_allclose(earned, found["output"], rtol=EXACT)
    base = case.flows.sum(axis=0)
    assert (found["prices"] - 1) @ base == pytest.approx(0, abs=EXACT * base.sum())
    kept = 1 - found["revenue"] / found["output"]
    supply = (found["wages"] / (kept * found["prices"])) ** case.kappa
    np.testing.assert_allclose(found["labour"], supply, rtol=EXACT)


@often
@given(seeds)
def test_fixed_labour_without_margins_is_the_tariff_model_of_one_sector(seed: int) -> None:
    case = made_case(seed)
    plain = replace(case, kappa=0.0, scale=0.0, margin=np.zeros(5), passthrough=np.ones(5))
    found = solved(plain)
    many = multi_sector(
        case.flows[:, :, None],
        sigma=np.array([1 + case.epsilon]),
        tariff=np.zeros((5, 5, 1)),
        new_tariff=case.tariff[:, :, None],
    )
    np.testing.assert_allclose(found["welfare"], many.welfare, atol=EXACT)
    np.testing.assert_allclose(found["labour"], 1, atol=EXACT)


@often
@given(seeds, st.sampled_from((1e-3, 1e6)))
def test_the_unit_of_flows_does_not_matter(seed: int, unit: float) -> None:
    case = made_case(seed)
    found, other = solved(case), solved(replace(case, flows=case.flows * unit))
    for name in ("welfare", "wages", "prices", "labour", "expenditure"):
        np.testing.assert_allclose(other[name], found[name], atol=EXACT)
    for name in ("output", "revenue", "flows"):
        np.testing.assert_allclose(other[name], found[name] * unit, rtol=1e-8, atol=EXACT * unit)


@often
@given(seeds)
def test_slopes_are_those_of_the_excess(seed: int) -> None:
    case = made_case(seed)
    spent = case.flows.sum(axis=0)
    income = case.flows @ (1 - case.margin) + case.margin * spent
    world = TariffWorld(
        case.flows / spent,
        spent,
        income,
        spent - income,
        1 + case.tariff,
        case.margin,
        case.passthrough,
        case.epsilon,
        case.kappa,
        case.scale,
    )
    x = np.random.default_rng(seed).normal(0, 0.1, 10)
    at = stand(world, x)
    moved = [(stand(world, x + one).excess - stand(world, x - one).excess) / 2e-6 for one in 1e-6 * np.eye(10)]
    regular = labour_slopes(world, at)
    regular[:5, :5] += at.earned / at.earned.sum()
    np.testing.assert_allclose(regular, np.stack(moved, axis=1), atol=1e-7)


def test_a_prohibitive_tariff_is_nearly_an_embargo() -> None:
    case = made_case(3)
    flows = (case.flows + case.flows.T) / 2
    wall = np.full((5, 5), 1e9)
    np.fill_diagonal(wall, 0.0)
    found = tariff_labour(flows, wall, epsilon=4, kappa=0, scale=0, margin=0, passthrough=1)
    alone = one_sector(flows, np.eye(5), theta=4)
    np.testing.assert_allclose(found.welfare, alone.welfare, atol=1e-6)


def test_the_path_takes_over_where_newton_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    case = made_case(2)
    right = solved(case)

    def stalls(system: System[Stance], start: FloatArray, *, goal: float, most: int) -> Root[Stance]:
        return newton(system, start, goal=goal, most=min(most, 1))

    monkeypatch.setattr(solving, "newton", stalls)
    found = solved(case)
    np.testing.assert_allclose(found["welfare"], right["welfare"], atol=EXACT)


def test_one_step_is_not_enough() -> None:
    case = made_case(1)
    with pytest.raises(NotCertified, match="max_iter") as refusal:
        solved(case, max_iter=1)
    assert refusal.value.residual > 1e-10
    assert np.isfinite(refusal.value.best.welfare).all()  # type: ignore[attr-defined]
    assert solved(case, max_iter=1, strict=False)["welfare"].shape == (5,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flows": np.array([[1.0, 2], [1, 0]])}, "country 1 sells nothing to itself"),
        ({"flows": np.diag([1.0, 2])}, "country 1 and country 0 do not trade both ways"),
        ({"new_tariff": np.zeros((3, 3))}, "new_tariff has shape"),
        ({"new_tariff": np.array([[0.0, -1], [0, 0]])}, r"new_tariff\[0, 1\] is -1.0"),
        ({"new_tariff": np.array([[0.0, np.inf], [0, 0]])}, r"new_tariff\[0, 1\] is inf"),
        ({"epsilon": 0.0}, "epsilon is 0.0"),
        ({"kappa": -0.5}, "kappa is -0.5"),
        ({"scale": -0.1}, "scale is -0.1"),
        ({"scale": 0.3}, "several equilibria can exist"),
        ({"margin": 1.0}, "margin is 1.0"),
        ({"margin": np.zeros(3)}, "margin has shape"),
        ({"passthrough": np.array([1.0, 0.0])}, r"passthrough\[1\] is 0.0"),
        ({"tol": 2.0}, "tol is 2.0"),
        ({"max_iter": 0}, "max_iter is 0"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], words: str) -> None:
    request = {
        "flows": np.array([[5.0, 1.0], [2.0, 6.0]]),
        "new_tariff": np.array([[0.0, 0.1], [0.2, 0.0]]),
        "epsilon": 4.0,
        "kappa": 0.5,
        "scale": 0.1,
        "margin": 0.1,
        "passthrough": 1.1,
        **change,
    }
    with pytest.raises(WrongRequest, match=words):
        tariff_labour(**request)  # type: ignore[arg-type]
