"""The one-sector equilibrium against the printed fixed point, closed forms, finite differences and its own limits."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import NotCertified, WrongRequest
from multivector.models.equilibrium.anderson import anderson
from multivector.models.equilibrium.gains import autarky_gains, freeness
from multivector.models.equilibrium.many.multi_sector import multi_sector
from multivector.models.equilibrium.one import chords as one_chords
from multivector.models.equilibrium.one import solving as one_solving
from multivector.models.equilibrium.one.economy import Economy, evaluate, residual, slopes
from multivector.models.equilibrium.one.gravity import gravity_flows
from multivector.models.equilibrium.one.one_sector import one_sector
from multivector.models.equilibrium.one.one_sector_batch import one_sector_batch
from multivector.models.equilibrium.one.peers import as_ge_gravity, as_gegravity
from multivector.models.equilibrium.one.shocks import balancing, flows_at, shocked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivector.models.equilibrium.records import Closure

    FloatArray = NDArray[np.float64]

TRUE_CLOSURES: tuple[Closure, ...] = ("additive", "multiplicative", "balanced")
CLOSURES: tuple[Closure, ...] = (*TRUE_CLOSURES, "fixed-shares")
EXACT = 1e-9  # ratios: residuals of 1e-12 leave errors of some 1e-11
THETA = 4.0
seeds = st.integers(0, 2**32 - 1)
often = settings(max_examples=40, deadline=None)


def made_flows(seed: int, nations: int = 6, *, holes: bool = True) -> FloatArray:
    """A world where each country buys most from itself, with deficits of some per cent of income and missing links."""
    rng = np.random.default_rng(seed)
    flows = np.exp(rng.normal(0, 0.7, (nations, nations)))
    if holes:
        hole = rng.random(flows.shape) < 0.15
        hole[0] = hole[:, 0] = False  # everybody trades with country 0, so that no block falls off
        flows[hole] = 0.0
    own = np.arange(nations)
    flows[own, own] = rng.uniform(4, 9, nations) * nations
    return flows


def made_shock(seed: int, nations: int = 6) -> FloatArray:
    """Costs that change at random, and an embargo in both directions between the last two countries."""
    shock = np.exp(np.random.default_rng(seed + 1).normal(0, 0.4, (nations, nations)))
    shock[-1, -2] = shock[-2, -1] = 0.0
    return shock


def even_flows(seed: int, nations: int = 6) -> FloatArray:
    """The same world without deficits."""
    flows = made_flows(seed, nations, holes=False)
    return (flows + flows.T) / 2


def alone(country: int, nations: int = 6) -> FloatArray:
    shock = np.ones((nations, nations))
    shock[country] = shock[:, country] = 0.0
    shock[country, country] = 1.0
    return shock


def printed_fixed_point(  # the formulas of the methods page, term by term, and nothing of ours
    flows: FloatArray, shock: FloatArray, *, psi: float, closure: Closure, productivity: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Welfare and prices p after 1,000 plain steps, deficits fixed in world output or spending in proportion."""
    earned, spent = flows.sum(axis=1), flows.sum(axis=0)
    delta = (spent - earned) / earned
    p = np.ones(len(earned))
    for _ in range(1000):
        index = ((flows * shock / spent * (p**-THETA)[:, None]).sum(axis=0)) ** (-1 / THETA)
        grown = productivity * p * (p / index) ** psi
        p = p * earned.sum() / (earned @ grown)
        index = index * earned.sum() / (earned @ grown)
        grown = grown * earned.sum() / (earned @ grown)
        if closure == "additive":
            common, xi = 1.0, 1 + delta / (1 + delta) * (1 / grown - 1)
        else:
            common, xi = earned.sum() / (spent @ grown), np.ones(len(earned))
        demand = flows / earned[:, None] * shock * xi * productivity * index ** (THETA - psi) * p ** (1 + psi)
        p = (common * index**psi / productivity * demand.sum(axis=1)) ** (1 / (1 + THETA + psi))
    return common * xi * grown / index, p


@often
@given(seeds, st.sampled_from(CLOSURES), st.floats(0.5, 12), st.floats(0, 3))
def test_nothing_changes_without_a_shock(seed: int, closure: Closure, theta: float, psi: float) -> None:
    psi = 0.0 if closure == "fixed-shares" else psi
    found = one_sector(made_flows(seed), theta=theta, psi=psi, closure=closure)
    for ratios in (found.welfare, found.wages, found.prices, found.real_wage, found.output, found.expenditure):
        np.testing.assert_allclose(ratios, 1, atol=EXACT, rtol=0)
    if closure != "balanced":
        np.testing.assert_allclose(found.flows, made_flows(seed), rtol=EXACT)


@often
@given(seeds, st.sampled_from(("additive", "multiplicative")), st.floats(0, 3))
def test_newton_equals_the_printed_fixed_point(seed: int, closure: Closure, psi: float) -> None:
    flows, shock = made_flows(seed), made_shock(seed)
    productivity = np.random.default_rng(seed).uniform(0.8, 1.2, 6)
    found = one_sector(flows, shock, theta=THETA, psi=psi, closure=closure, productivity=productivity)
    welfare, p = printed_fixed_point(flows, shock, psi=psi, closure=closure, productivity=productivity)
    np.testing.assert_allclose(found.welfare, welfare, atol=1e-8)
    np.testing.assert_allclose(found.wages, p * (found.wages[0] / p[0]), atol=1e-8)
    assert found.real_output is not None
    np.testing.assert_allclose(found.real_output, productivity * found.real_wage**psi, rtol=EXACT)


@often
@given(seeds, st.sampled_from(TRUE_CLOSURES), st.floats(0, 3))
def test_every_market_clears_and_every_budget_holds(seed: int, closure: Closure, psi: float) -> None:
    flows, shock = made_flows(seed), made_shock(seed)
    found = one_sector(flows, shock, theta=THETA, psi=psi, closure=closure)
    base = one_sector(flows, theta=THETA, psi=psi, closure=closure).flows  # without deficits where balanced
    earned, spent = base.sum(axis=1), base.sum(axis=0)
    np.testing.assert_allclose(found.flows.sum(axis=1), found.output * earned, rtol=EXACT)
    np.testing.assert_allclose(found.flows.sum(axis=0), found.expenditure * spent, rtol=EXACT)
    imbalance = found.flows.sum(axis=0) - found.flows.sum(axis=1)
    assert imbalance.sum() == pytest.approx(0, abs=EXACT * earned.sum())
    assert found.flows.sum() == pytest.approx(flows.sum(), rel=EXACT)  # the numeraire
    if closure == "additive":
        np.testing.assert_allclose(imbalance, spent - earned, atol=EXACT * earned.sum())
    if closure == "balanced":
        np.testing.assert_allclose(imbalance, 0, atol=EXACT * earned.sum())
    if closure == "multiplicative":
        assert isinstance(found.scale, float)
        np.testing.assert_allclose(found.expenditure, found.scale * found.output, rtol=EXACT)
    assert (found.flows[shock * flows == 0] == 0.0).all()


@often
@given(seeds, st.sampled_from(CLOSURES), st.sampled_from((1e-3, 1e6, 1e-150, 1e150)))
def test_the_unit_of_flows_does_not_matter(seed: int, closure: Closure, unit: float) -> None:
    flows, shock = made_flows(seed), made_shock(seed)
    found = one_sector(flows, shock, theta=THETA, closure=closure)
    other = one_sector(flows * unit, shock, theta=THETA, closure=closure)
    np.testing.assert_allclose(other.welfare, found.welfare, atol=EXACT)
    np.testing.assert_allclose(other.wages, found.wages, atol=EXACT)
    np.testing.assert_allclose(other.flows, found.flows * unit, rtol=EXACT)


@often
@given(seeds, st.floats(0, 2))
def test_closures_agree_without_deficits(seed: int, psi: float) -> None:
    flows, shock = even_flows(seed), made_shock(seed)
    found = [one_sector(flows, shock, theta=THETA, psi=psi, closure=one) for one in TRUE_CLOSURES]
    for other in found[1:]:
        np.testing.assert_allclose(other.welfare, found[0].welfare, atol=EXACT)
        np.testing.assert_allclose(other.flows, found[0].flows, rtol=1e-8)


@often
@given(seeds, st.sampled_from(CLOSURES), st.floats(1.5, 8))
def test_a_batch_equals_the_loop(seed: int, closure: Closure, theta: float) -> None:
    flows = made_flows(seed)
    shocks = np.stack([np.ones((6, 6)), *(made_shock(seed + step) for step in range(9))])
    batch = one_sector_batch(flows, shocks, theta=theta, closure=closure)
    assert batch.welfare.shape == (10, 6)
    assert batch.flows.shape == (10, 6, 6)
    for scenario, shock in enumerate(shocks):
        one = one_sector(flows, shock, theta=theta, closure=closure)
        for name in ("welfare", "wages", "prices", "real_wage", "output", "expenditure", "real_output"):
            np.testing.assert_allclose(getattr(batch, name)[scenario], getattr(one, name), atol=EXACT)
        np.testing.assert_allclose(batch.flows[scenario], one.flows, rtol=EXACT, atol=0)
        assert np.asarray(batch.scale)[scenario] == pytest.approx(one.scale, abs=EXACT)


def test_a_batch_of_many_elasticities_and_productivities_equals_the_loop() -> None:
    flows, rng = made_flows(3), np.random.default_rng(0)
    shocks = np.stack([made_shock(step) for step in range(12)])
    theta = np.repeat([3.0, 5.0, 6.5], [6, 5, 1])
    gain = rng.uniform(0.8, 1.2, (12, 6))
    for closure in TRUE_CLOSURES:
        batch = one_sector_batch(flows, shocks, theta=theta, psi=0.7, closure=closure, productivity=gain)
        for scenario in range(12):
            one = one_sector(
                flows,
                shocks[scenario],
                theta=float(theta[scenario]),
                psi=0.7,
                closure=closure,
                productivity=gain[scenario],
            )
            np.testing.assert_allclose(batch.welfare[scenario], one.welfare, atol=EXACT)
            np.testing.assert_allclose(batch.flows[scenario], one.flows, rtol=EXACT)


@pytest.mark.parametrize("theta", [THETA, np.linspace(2, 6, 5)])
@pytest.mark.parametrize("closure", CLOSURES)
def test_arrays_are_read_only(closure: Closure, theta: float | FloatArray) -> None:
    found = one_sector_batch(made_flows(2), np.stack([made_shock(2)] * 5), theta=theta, closure=closure)
    arrays = [value for one in fields(found) if isinstance(value := getattr(found, one.name), np.ndarray)]
    assert len(arrays) == 12
    assert not any(array.flags.writeable for array in arrays)


def test_a_batch_holds_isolated_countries_and_large_shocks() -> None:
    flows = even_flows(1)
    violent = np.exp(np.random.default_rng(5).normal(0, 3, (6, 6)))
    shocks = np.stack([alone(2), made_shock(1), np.ones((6, 6)), violent, made_shock(2), made_shock(3), alone(0)])
    for closure in TRUE_CLOSURES:
        batch = one_sector_batch(flows, shocks, theta=THETA, closure=closure)
        assert "chords" in batch.method
        assert "newton" in batch.method
        for scenario, shock in enumerate(shocks):
            one = one_sector(flows, shock, theta=THETA, closure=closure)
            np.testing.assert_allclose(batch.welfare[scenario], one.welfare, atol=EXACT)


@often
@given(seeds, st.sampled_from(("additive", "multiplicative", "fixed-shares")), st.floats(0, 2))
def test_slopes_are_those_of_the_excess(seed: int, closure: Closure, psi: float) -> None:
    psi = 0.0 if closure == "fixed-shares" else psi
    economy = shocked(made_flows(seed), made_shock(seed), np.ones(6), theta=THETA, psi=psi, closure=closure)
    x = np.random.default_rng(seed).normal(0, 0.1, 6)
    state = evaluate(economy, x)
    steps = 1e-6 * np.eye(6)
    moved = [(evaluate(economy, x + one).excess - evaluate(economy, x - one).excess) / 2e-6 for one in steps]
    regular = slopes(economy, state) + state.income / state.income.sum()
    np.testing.assert_allclose(regular, np.stack(moved, axis=1), atol=1e-7)


def test_one_sector_is_many_sectors_with_one() -> None:
    flows, shock = made_flows(8), made_shock(8)
    for closure in TRUE_CLOSURES:
        one = one_sector(flows, shock, theta=THETA, closure=closure)
        many = multi_sector(flows[:, :, None], shock, sigma=np.array([1 + THETA]), closure=closure)
        np.testing.assert_allclose(one.welfare, many.welfare, atol=EXACT)
        np.testing.assert_allclose(one.flows, many.flows[:, :, 0], rtol=1e-8)


@often
@given(seeds, st.floats(1, 10), st.integers(0, 5))
def test_a_country_alone_loses_its_gains_from_trade(seed: int, theta: float, country: int) -> None:
    flows = even_flows(seed)
    for closure in TRUE_CLOSURES:
        found = one_sector(flows, alone(country), theta=theta, closure=closure)
        assert found.welfare[country] == pytest.approx(1 - autarky_gains(flows, theta)[country], abs=EXACT)
        assert found.output[country] == pytest.approx(1, abs=EXACT)  # the numeraire of each block


def test_a_balanced_world_that_falls_into_blocks_is_two_worlds() -> None:
    flows = made_flows(2, holes=False)
    level = balancing(flows, theta=THETA, psi=0.0)
    even = flows_at(level, one_solving.solve(level, flows, tol=1e-10, most=50).state)
    north = np.zeros((6, 6))
    north[:3, :3] = north[3:, 3:] = 1.0
    found = one_sector(flows, north, theta=THETA, closure="balanced")
    kept = even * north
    for block in (slice(0, 3), slice(3, 6)):
        # what a block loses as a whole is its own world with its own goods at the old incomes
        part = kept[block, block]
        assert found.flows[block, block].sum() == pytest.approx(even[block].sum(), rel=EXACT)
        np.testing.assert_allclose(
            found.flows[block, block].sum(axis=0), found.flows[block, block].sum(axis=1), rtol=EXACT
        )
        np.testing.assert_allclose(
            found.flows[block, block] / part,
            (found.wages[block, None] ** -THETA) * found.prices[block] ** THETA * found.expenditure[block],
            rtol=EXACT,
        )


def test_deficits_within_a_block_stay_within_it() -> None:
    flows = made_flows(11, 5, holes=False)
    flows[:2, 2:] = flows[2:, :2] = 0.0  # two worlds from the start, each with deficits inside
    shock = np.exp(np.random.default_rng(0).normal(0, 0.3, (5, 5)))
    for closure in TRUE_CLOSURES:
        found = one_sector(flows, shock, theta=THETA, closure=closure)
        for block in (slice(0, 2), slice(2, 5)):
            single = one_sector(flows[block, block], shock[block, block], theta=THETA, closure=closure)
            np.testing.assert_allclose(found.welfare[block], single.welfare, atol=EXACT)


@pytest.mark.parametrize("closure", CLOSURES)
def test_an_embargo_is_the_limit_of_cost_and_infinite_cost_is_one(closure: Closure) -> None:
    flows = made_flows(4)
    cost = np.ones((6, 6))
    cost[1, 2] = cost[2, 1] = np.inf
    shut = one_sector(flows, freeness(cost, THETA), theta=THETA, closure=closure)
    assert shut.flows[1, 2] == 0.0
    assert shut.flows[2, 1] == 0.0
    cost[1, 2] = cost[2, 1] = 1e8
    dear = one_sector(flows, freeness(cost, THETA), theta=THETA, closure=closure)
    np.testing.assert_allclose(dear.welfare, shut.welfare, atol=1e-5)


@pytest.mark.parametrize("closure", CLOSURES)
def test_dear_transport_everywhere_gives_numbers(closure: Closure) -> None:
    everywhere = one_sector(made_flows(4), np.full((6, 6), 1e6**-THETA), theta=THETA, closure=closure)
    np.testing.assert_allclose(everywhere.welfare, 1e-6, rtol=EXACT)
    borders = np.where(np.eye(6, dtype=np.bool_), 1.0, 1e6**-THETA)
    flows = even_flows(4)
    found = one_sector(flows, borders, theta=THETA, closure=closure)
    np.testing.assert_allclose(found.welfare, 1 - autarky_gains(flows, THETA), atol=EXACT)


def test_deficits_that_no_trade_can_carry_are_not_certified() -> None:
    with pytest.raises(NotCertified) as refusal:
        one_sector(made_flows(4), dear_borders(1e6), theta=THETA)
    assert np.isfinite(refusal.value.residual)
    assert np.isfinite(refusal.value.best.welfare).all()  # type: ignore[attr-defined]


def dear_borders(times: float, nations: int = 6) -> FloatArray:
    return np.where(np.eye(nations, dtype=np.bool_), 1.0, times**-THETA)


def uneven_flows(seed: int, nations: int = 6) -> FloatArray:
    """A world of large deficits, where countries buy some 8 times as much at home as from each other."""
    flows = np.random.default_rng(seed).lognormal(0, 1, (nations, nations))
    flows[range(nations), range(nations)] *= 8
    return flows


def excess_of(flows: FloatArray, shock: FloatArray, p: FloatArray, *, closure: Closure) -> FloatArray:
    """Relative excess demand (N,) at factory prices p, from the printed equations without supply elasticity."""
    earned, spent = flows.sum(axis=1), flows.sum(axis=0)
    income = earned * p
    if closure == "additive":
        spending = income + (spent - earned) * income.sum() / earned.sum()
    else:
        spending = spent * p * income.sum() / (spent @ p)
    assert (spending > 0).all()
    bought = flows * shock * (p**-THETA)[:, None]
    return np.asarray((bought / bought.sum(axis=0) * spending).sum(axis=1) / income - 1)


@pytest.mark.parametrize("times", [10.0, 30.0, 100.0, 1e3, 1e6])
@pytest.mark.parametrize("seed", [0, 3])
def test_spending_in_proportion_has_an_equilibrium_however_dear_borders_are(seed: int, times: float) -> None:
    flows, borders = uneven_flows(seed), dear_borders(times)
    one = one_sector(flows, borders, theta=THETA, closure="multiplicative")
    many = multi_sector(flows[:, :, None], borders, sigma=np.array([THETA + 1]), closure="multiplicative")
    for found in (one, many):
        assert np.abs(excess_of(flows, borders, found.wages, closure="multiplicative")).max() < EXACT
    np.testing.assert_allclose(one.welfare, many.welfare, rtol=1e-8)  # wages of 1e-3 and below magnify the residual
    assert one.iterations <= 500
    assert many.iterations <= 200


def test_fixed_deficits_are_carried_over_borders_ten_times_dearer() -> None:
    flows, borders = uneven_flows(0), dear_borders(10)
    one = one_sector(flows, borders, theta=THETA)
    many = multi_sector(flows[:, :, None], borders, sigma=np.array([THETA + 1]))
    for found in (one, many):
        assert "path" in found.method or "homotopy" in found.method
        assert np.abs(excess_of(flows, borders, found.wages, closure="additive")).max() < EXACT
    np.testing.assert_allclose(one.welfare, many.welfare, rtol=1e-8)


def test_the_plain_repetition_is_the_last_resort_of_spending_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    flows, shock = made_flows(6), made_shock(6)
    right = {closure: one_sector(flows, shock, theta=THETA, closure=closure) for closure in TRUE_CLOSURES}
    for method in ("newton", "along_path", "accelerated"):
        kept = getattr(one_solving, method)
        monkeypatch.setattr(
            one_solving, method, lambda *given, kept=kept, **named: kept(*given, **(named | {"most": 1}))
        )
    found = one_sector(flows, shock, theta=THETA, closure="multiplicative")
    assert found.method == "newton, path, anderson, repetition"
    np.testing.assert_allclose(found.welfare, right["multiplicative"].welfare, atol=EXACT)
    assert one_sector(flows, shock, theta=THETA, strict=False).method == "newton, path, anderson"


@pytest.mark.parametrize("most", [1, 2, 3, 5, 8, 13, 30, 61, 64, 100])
@pytest.mark.parametrize("closure", CLOSURES)
def test_steps_never_exceed_the_most_allowed(closure: Closure, most: int) -> None:
    for times in (10.0, 1e6):
        found = one_sector(
            uneven_flows(0), dear_borders(times), theta=THETA, closure=closure, max_iter=most, strict=False
        )
        assert 0 < found.iterations <= most


@pytest.mark.parametrize("closure", CLOSURES)
def test_one_step_is_not_enough(closure: Closure) -> None:
    flows, shock = made_flows(5), made_shock(5)
    with pytest.raises(NotCertified, match="max_iter") as refusal:
        one_sector(flows, shock, theta=THETA, closure=closure, max_iter=1)
    assert refusal.value.residual > 1e-10
    best = one_sector(flows, shock, theta=THETA, closure=closure, max_iter=1, strict=False)
    assert best.certified is False
    np.testing.assert_array_equal(best.welfare, refusal.value.best.welfare)  # type: ignore[attr-defined]
    with pytest.raises(NotCertified, match="scenarios of 6"):
        one_sector_batch(flows, np.stack([shock] * 6), theta=THETA, closure=closure, max_iter=1)


@pytest.mark.parametrize("closure", ["additive", "multiplicative", "fixed-shares"])
def test_the_other_methods_find_what_newton_finds(closure: Closure) -> None:
    flows, shock = made_flows(6), made_shock(6)
    economy = shocked(
        flows,
        shock,
        np.full(6, 1.1) if closure != "fixed-shares" else np.ones(6),
        theta=THETA,
        psi=0.0,
        closure=closure,
    )
    found = one_solving.newton(economy, np.zeros(6), tol=1e-10, most=50)
    start = replace(found, residual=np.inf)
    path = one_solving.along_path(economy, flows, start=start, tol=1e-10, most=100)
    mixed = one_solving.accelerated(economy, flows, start=start, tol=1e-10, most=200)
    for other, method in ((path, "path"), (mixed, "anderson")):
        assert other.method == method
        assert other.residual <= 1e-10
        np.testing.assert_allclose(other.state.x - other.state.x[0], found.state.x - found.state.x[0], atol=EXACT)


def test_the_path_takes_over_where_newton_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    flows, shock = made_flows(6), made_shock(6)
    right = one_sector(flows, shock, theta=THETA)
    newton = one_solving.newton

    def stalls(economy: Economy, start: FloatArray, *, tol: float, most: int) -> one_solving.Search:
        return newton(economy, start, tol=tol, most=min(most, 1))

    monkeypatch.setattr(one_solving, "newton", stalls)
    found = one_sector(flows, shock, theta=THETA)
    assert found.method == "newton, path"
    np.testing.assert_allclose(found.welfare, right.welfare, atol=EXACT)
    monkeypatch.setattr(one_solving, "along_path", lambda *_, start, **__: replace(start, method="path"))
    found = one_sector(flows, shock, theta=THETA)
    assert found.method == "newton, path, anderson"
    np.testing.assert_allclose(found.welfare, right.welfare, atol=EXACT)


def test_a_repetition_led_astray_counts_its_way_back() -> None:
    flows, borders = uneven_flows(0), dear_borders(1e6)
    economy = shocked(flows, borders, np.ones(6), theta=THETA, psi=0.0, closure="additive")
    calls = 0

    def advance(x: FloatArray) -> FloatArray:
        nonlocal calls
        calls += 1
        return np.asarray(x + evaluate(economy, x).excess)

    for most in range(1, 60):
        calls = 0
        found = anderson(advance, np.zeros(6), distance=lambda x, y: float(np.abs(y - x).max()), tol=1e-13, most=most)
        assert calls == found.steps <= most


def test_the_residual_is_that_of_the_prices_given_back() -> None:
    economy = shocked(made_flows(7), made_shock(7), np.ones(6), theta=THETA, psi=0.0, closure="additive")
    state = evaluate(economy, np.full(6, 0.1))
    sales = flows_at(economy, state).sum(axis=1)
    expected = max(np.abs(sales / state.income - 1).max(), abs(np.exp(-0.1) - 1))
    assert float(residual(state)) == pytest.approx(expected, rel=1e-12)
    found = one_sector(made_flows(7), made_shock(7), theta=THETA)
    again = np.abs(found.flows.sum(axis=1) / (found.output * made_flows(7).sum(axis=1)) - 1).max()
    assert again <= 1e-12
    assert not found.welfare.flags.writeable
    assert not found.flows.flags.writeable


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flows": np.ones((2, 3))}, "flows has shape"),
        ({"flows": np.array([[1.0, np.nan], [1, 1]])}, r"flows\[0, 1\] is nan"),
        ({"flows": np.array([[1.0, -2], [1, 1]])}, r"flows\[0, 1\] is -2.0: a flow cannot be negative"),
        ({"flows": np.array([[1.0, 2], [1, 0]])}, "country 1 sells nothing to itself"),
        ({"shock": np.ones((3, 3))}, "shock has shape"),
        ({"shock": np.array([[1.0, np.inf], [1, 1]])}, r"shock\[0, 1\] is inf"),
        ({"shock": np.array([[1.0, -1], [1, 1]])}, r"shock\[0, 1\] is -1.0"),
        ({"shock": np.array([[0.0, 1], [0, 1]])}, "country 0 is left without a supplier"),
        ({"shock": np.array([[0.0, 0], [1, 1]])}, "country 0 is left without a buyer"),
        ({"shock": np.eye(2)}, "cut off from all others, with a deficit"),
        ({"shock": np.array([[1.0, 1], [0, 1]])}, "country 1 buys from others but can sell to none"),
        ({"shock": np.array([[1.0, 1], [0, 1]])}, "country 0 sells to others but can buy from none"),
        ({"shock": np.eye(2), "closure": "multiplicative"}, "cut off from all others, with a deficit"),
        ({"shock": np.eye(2), "closure": "fixed-shares"}, "cut off from all others, with a deficit"),
        ({"shock": np.array([[1.0, 0], [1, 1]]), "closure": "balanced"}, "sells to others but can buy from none"),
        ({"theta": 0.0}, "theta is 0.0"),
        ({"theta": np.array([4.0, 5.0])}, "theta has shape"),
        ({"psi": -0.1}, "psi is -0.1"),
        ({"closure": "open"}, "closure is 'open'"),
        ({"closure": "fixed-shares", "psi": 1.0}, "keeps every income"),
        ({"productivity": np.array([1.0, 0.0])}, r"productivity\[1\] is 0.0"),
        ({"productivity": np.ones(3)}, "productivity has shape"),
        ({"tol": 0.0}, "tol is 0.0"),
        ({"max_iter": 0}, "max_iter is 0"),
        ({"max_iter": True}, "max_iter is True"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], words: str) -> None:
    given_world = {"flows": np.array([[5.0, 1.0], [2.0, 6.0]]), "theta": THETA, **change}
    with pytest.raises(WrongRequest, match=words):
        one_sector(**given_world)  # type: ignore[arg-type]


def test_one_way_trade_has_an_equilibrium_where_the_deficit_pays_for_it() -> None:
    flows = np.array([[5.0, 1.0], [2.0, 6.0]])  # country 0 has a deficit of 1
    shock = np.array([[1.0, 0.0], [1.0, 1.0]])
    found = one_sector(flows, shock, theta=THETA)
    assert found.flows[1, 0] == pytest.approx(1, rel=EXACT)
    assert found.flows[0, 1] == 0.0


def test_a_batch_names_the_scenario_it_refuses() -> None:
    flows = np.array([[5.0, 1.0], [2.0, 6.0]])
    shocks = np.ones((3, 2, 2))
    shocks[1] = np.eye(2)
    with pytest.raises(WrongRequest, match="scenario 1: country 0 is cut off"):
        one_sector_batch(flows, shocks, theta=THETA)
    with pytest.raises(WrongRequest, match=r"theta has shape \(2,\)"):
        one_sector_batch(flows, np.ones((3, 2, 2)), theta=np.array([3.0, 4.0]))
    with pytest.raises(WrongRequest, match="shocks has shape"):
        one_sector_batch(flows, np.ones((2, 2)), theta=THETA)
    with pytest.raises(WrongRequest, match=r"shocks\[2, 0, 0\] is -1.0"):
        one_sector_batch(flows, np.concatenate([np.ones((2, 2, 2)), -np.ones((1, 2, 2))]), theta=THETA)


def test_slow_scenarios_leave_the_chords(monkeypatch: pytest.MonkeyPatch) -> None:
    flows = made_flows(9)
    shocks = np.stack([made_shock(step) for step in range(5)])
    right = one_sector_batch(flows, shocks, theta=THETA)
    monkeypatch.setattr(one_chords, "CHORDS", 2)
    found = one_sector_batch(flows, shocks, theta=THETA)
    assert "chords" in right.method
    assert found.method == "newton"
    np.testing.assert_allclose(found.welfare, right.welfare, atol=EXACT)


def test_gravity_flows_use_up_both_margins() -> None:
    rng = np.random.default_rng(2)
    openness, output = np.exp(rng.normal(0, 4, (7, 7))), rng.uniform(1, 100, 7)
    expenditure = rng.permutation(output)
    flows = gravity_flows(openness, output=output, expenditure=expenditure)
    np.testing.assert_allclose(flows.sum(axis=1), output, rtol=EXACT)
    np.testing.assert_allclose(flows.sum(axis=0), expenditure, rtol=EXACT)
    odds = flows / openness  # openness times a number a row and a number a column
    np.testing.assert_allclose(odds * odds[0, 0], np.outer(odds[:, 0], odds[0]), rtol=1e-8)


def test_gravity_flows_refuse_a_world_that_spends_more_than_it_sells() -> None:
    with pytest.raises(WrongRequest, match="a world spends what it sells"):
        gravity_flows(np.ones((2, 2)), output=np.array([1.0, 2.0]), expenditure=np.array([2.0, 2.0]))
    flows = gravity_flows(np.ones((2, 2)), output=np.array([1.0, 2.0]), expenditure=np.array([2.0, 2.0]), rescale=True)
    np.testing.assert_allclose(flows, np.array([[0.5, 0.5], [1.0, 1.0]]), rtol=EXACT)
    with pytest.raises(WrongRequest, match=r"openness\[0, 1\] is 0.0"):
        gravity_flows(np.array([[1.0, 0], [1, 1]]), output=np.ones(2), expenditure=np.ones(2))
    with pytest.raises(WrongRequest, match="openness has shape"):
        gravity_flows(np.ones(2), output=np.ones(2), expenditure=np.ones(2))
    with pytest.raises(NotCertified, match="add up to output"):
        gravity_flows(
            made_flows(1, holes=False), output=np.arange(1.0, 7), expenditure=np.arange(6.0, 0, -1), max_iter=1
        )


def test_peers_figures_are_given_for_what_the_peers_compute() -> None:
    flows, shock = made_flows(5), made_shock(5)
    kept = one_sector(flows, shock, theta=THETA, closure="fixed-shares")
    printed = as_gegravity(kept, reference=3)
    assert printed.inward[3] == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(printed.welfare * printed.welfare_statistic, 1, rtol=1e-14)
    np.testing.assert_allclose(printed.welfare, kept.welfare, rtol=1e-14)
    with pytest.raises(WrongRequest, match="gegravity computes fixed-shares"):
        as_gegravity(one_sector(flows, shock, theta=THETA), reference=3)
    with pytest.raises(WrongRequest, match="reference is 6"):
        as_gegravity(kept, reference=6)
    with pytest.raises(WrongRequest, match="ge_gravity computes additive or multiplicative"):
        as_ge_gravity(kept)
    with pytest.raises(WrongRequest, match="batch of 2"):
        as_ge_gravity(one_sector_batch(flows, np.stack([shock, shock]), theta=THETA))
    raised = one_sector(flows, shock, theta=THETA, closure="multiplicative")
    spared = as_ge_gravity(raised)
    assert isinstance(raised.scale, float)
    np.testing.assert_allclose(spared.flows * raised.scale, raised.flows, rtol=EXACT)
    np.testing.assert_allclose(spared.flows.sum(axis=0), raised.output * flows.sum(axis=0), rtol=EXACT)
