"""The multi-sector equilibrium against an independent fixed point, closed forms and finite differences."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import NotCertified, WrongRequest
from multivector.models.equilibrium.gains import autarky_gains, freeness
from multivector.models.equilibrium.many import solving as multi_solving
from multivector.models.equilibrium.many.base import Shocks, base_of, inward, terms_of
from multivector.models.equilibrium.many.fallback import anderson, homotopy
from multivector.models.equilibrium.many.multi_sector import multi_sector, multi_sector_batch
from multivector.models.equilibrium.many.newton import newton
from multivector.models.equilibrium.many.terms import Terms, evaluate, jacobian
from multivector.models.equilibrium.one.one_sector import one_sector

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivector.models.equilibrium.records import Closure, Equilibrium

    FloatArray = NDArray[np.float64]

CLOSURES: tuple[Closure, ...] = ("additive", "multiplicative", "balanced")
EXACT = 1e-9  # ratios: residuals of 1e-12 leave errors of some 1e-11
seeds = st.integers(0, 2**32 - 1)
closures = st.sampled_from(CLOSURES)
often = settings(max_examples=30, deadline=None)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """flows (N, N, K) that include tariffs, tariff (N, N, K), sigma (K,)."""

    flows: FloatArray
    tariff: FloatArray
    sigma: FloatArray


def made_world(seed: int, *, nations: int = 5, sectors: int = 3, taxed: bool = True, holes: bool = True) -> World:
    """A world where each country buys most from itself, with deficits of some per cent of income."""
    rng = np.random.default_rng(seed)
    flows = np.exp(rng.normal(0, 0.7, (nations, nations, sectors)))
    own = np.arange(nations)
    flows[own, own] *= 4 * nations
    if holes:
        flows[(rng.random(flows.shape) < 0.15) & ~np.eye(nations, dtype=np.bool_)[:, :, None]] = 0.0
    tariff = rng.uniform(0, 0.4, flows.shape) if taxed else np.zeros(flows.shape)
    tariff[own, own] = 0.0
    return World(flows, tariff, rng.uniform(1.5, 9, sectors))


def made_shock(seed: int, nations: int = 5) -> FloatArray:
    """Costs that change at random, and one embargo in both directions."""
    rng = np.random.default_rng(seed + 1)
    shock = np.exp(rng.normal(0, 0.5, (nations, nations)))
    shock[range(nations), range(nations)] = 1.0
    shock[0, 1] = shock[1, 0] = 0.0
    return shock


def solve(world: World, shock: FloatArray | None = None, *, closure: Closure = "additive") -> Equilibrium:
    return multi_sector(world.flows, shock, sigma=world.sigma, tariff=world.tariff, closure=closure)


def damped(
    world: World,
    shock: FloatArray,
    *,
    new_tariff: FloatArray | None = None,
    productivity: FloatArray | None = None,
    pooled: bool = False,
    blocks: tuple[list[int], ...] = (),
) -> FloatArray:
    """Wages (N,) by damped steps from equations written out once more, exporter by importer by sector."""
    old = 1 + world.tariff
    new = old if new_tariff is None else 1 + new_tariff
    growth = np.ones(world.flows.shape[::2]) if productivity is None else productivity
    theta = world.sigma - 1
    spent = world.flows.sum(axis=0)
    weight, share = spent / spent.sum(axis=1, keepdims=True), world.flows / np.where(spent > 0, spent, 1)
    income, kept = (world.flows / old).sum(axis=(1, 2)), (world.flows / old).sum(axis=(0, 2))
    deficit = kept - income
    wages = np.ones(len(income))
    each = shock if shock.ndim == 3 else shock[:, :, None]
    for _ in range(20_000):
        parts = share * each * (new / old * wages[:, None, None] / growth[:, None, :]) ** -theta
        total = parts.sum(axis=0)
        bought = parts / np.where(total > 0, total, 1)
        part_kept = (weight * (bought / new).sum(axis=0)).sum(axis=1)
        if pooled:
            claims = (income + deficit) * wages
            claims = claims * (income * wages).sum() / claims.sum()
        else:
            claims = income * wages + deficit
        sales = (bought / new * weight * (claims / part_kept)[:, None]).sum(axis=(1, 2))
        ratio = sales / (income * wages)
        if np.abs(ratio - 1).max() < 1e-11:
            break
        wages = wages * ratio ** (1 / (1 + theta.max()))
        for block in blocks or (list(range(len(income))),):
            wages[block] *= income[block].sum() / (income[block] * wages[block]).sum()
    else:
        pytest.fail(f"the damped loop did not converge: {np.abs(ratio - 1).max()}")
    return wages


@often
@given(seeds, closures)
def test_nothing_changes_nothing(seed: int, closure: Closure) -> None:
    world = made_world(seed)
    found = solve(world, closure=closure)
    again = multi_sector(
        world.flows, sigma=world.sigma, tariff=world.tariff, new_tariff=world.tariff.copy(), closure=closure
    )
    for one in (found, again):
        for ratio in (one.welfare, one.wages, one.prices, one.real_wage, one.output, one.expenditure):
            np.testing.assert_allclose(ratio, 1.0, rtol=EXACT)
    if closure != "balanced":
        np.testing.assert_allclose(found.flows, world.flows, rtol=EXACT)


@often
@given(seeds, closures, st.sampled_from([1e-3, 1e6]))
def test_the_unit_of_flows_does_not_matter(seed: int, closure: Closure, unit: float) -> None:
    world, shock = made_world(seed), made_shock(seed)
    one, other = (solve(replace(world, flows=world.flows * size), shock, closure=closure) for size in (1.0, unit))
    np.testing.assert_allclose(one.welfare, other.welfare, rtol=EXACT)
    np.testing.assert_allclose(one.wages, other.wages, rtol=EXACT)
    np.testing.assert_allclose(one.flows * unit, other.flows, rtol=EXACT)


@often
@given(seeds, closures)
def test_budgets_markets_and_trade_balances_hold(seed: int, closure: Closure) -> None:
    world = made_world(seed)
    found = solve(world, made_shock(seed), closure=closure)
    net = found.flows / (1 + world.tariff)
    assert found.tariff_revenue is not None
    spending, sales = found.flows.sum(axis=(0, 2)), net.sum(axis=(1, 2))
    balance = spending - sales - found.tariff_revenue
    world_size = spending.sum()
    np.testing.assert_allclose(found.tariff_revenue, (found.flows - net).sum(axis=(0, 2)), rtol=EXACT)
    assert abs(balance.sum()) < EXACT * world_size
    before = (world.flows / (1 + world.tariff)).sum(axis=(1, 2))
    deficit = (world.flows / (1 + world.tariff)).sum(axis=(0, 2)) - before
    if closure == "additive":
        np.testing.assert_allclose(balance, deficit, atol=EXACT * world_size)
        np.testing.assert_allclose(sales, before * found.wages, rtol=EXACT)
    elif closure == "multiplicative":
        assert found.scale is not None
        kept = net.sum(axis=(0, 2))
        np.testing.assert_allclose(kept, found.scale * (before + deficit) * found.wages, rtol=EXACT)
    else:
        np.testing.assert_allclose(balance, 0.0, atol=EXACT * world_size)
    np.testing.assert_allclose(found.welfare, found.expenditure / found.prices, rtol=EXACT)
    assert found.residual <= 1e-10


@often
@given(seeds)
def test_newton_equals_an_independent_fixed_point(seed: int) -> None:
    world, shock = made_world(seed), made_shock(seed)
    rng = np.random.default_rng(seed)
    sectors = shock[:, :, None] * np.exp(rng.normal(0, 0.2, world.flows.shape))
    new_tariff = rng.uniform(0, 0.6, world.flows.shape)
    productivity = np.exp(rng.normal(0, 0.2, world.flows.shape[::2]))
    for closure in ("additive", "multiplicative"):
        found = multi_sector(
            world.flows,
            sectors,
            sigma=world.sigma,
            tariff=world.tariff,
            new_tariff=new_tariff,
            productivity=productivity,
            closure=closure,
        )
        wages = damped(
            world, sectors, new_tariff=new_tariff, productivity=productivity, pooled=closure == "multiplicative"
        )
        np.testing.assert_allclose(found.wages, wages, rtol=1e-8)


@often
@given(seeds, closures)
def test_a_batch_is_the_loop(seed: int, closure: Closure) -> None:
    world = made_world(seed)
    rng = np.random.default_rng(seed)
    shocks = np.stack([made_shock(seed + step)[:, :, None] * np.ones(world.flows.shape) for step in range(5)])
    sigma = np.stack([world.sigma, world.sigma, world.sigma + 1, world.sigma, world.sigma + 2])
    tariffs = rng.uniform(0, 0.5, (5, *world.flows.shape))
    found = multi_sector_batch(
        world.flows, shocks, sigma=sigma, tariff=world.tariff, new_tariff=tariffs, closure=closure
    )
    for row in range(5):
        alone = multi_sector(
            world.flows, shocks[row], sigma=sigma[row], tariff=world.tariff, new_tariff=tariffs[row], closure=closure
        )
        for name in ("welfare", "wages", "prices", "flows", "tariff_revenue", "expenditure"):
            np.testing.assert_allclose(getattr(found, name)[row], getattr(alone, name), rtol=EXACT, atol=1e-12)
        assert np.asarray(found.certified)[row]


@often
@given(seeds)
def test_chunks_and_totals_change_nothing(seed: int) -> None:
    world = made_world(seed)
    shocks = np.stack([made_shock(seed + step) for step in range(7)])
    whole = multi_sector_batch(world.flows, shocks, sigma=world.sigma, tariff=world.tariff)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multi_solving, "CELLS", 2 * world.flows.size)
        parts = multi_sector_batch(world.flows, shocks, sigma=world.sigma, tariff=world.tariff)
    totals = multi_sector_batch(world.flows, shocks, sigma=world.sigma, tariff=world.tariff, detail="totals")
    np.testing.assert_allclose(parts.flows, whole.flows, rtol=EXACT)
    np.testing.assert_allclose(parts.welfare, whole.welfare, rtol=EXACT)
    np.testing.assert_allclose(totals.flows, whole.flows.sum(axis=3), rtol=1e-12)


@often
@given(seeds)
def test_closures_agree_without_deficits(seed: int) -> None:
    world, shock = made_world(seed), made_shock(seed)
    even = solve(world, closure="balanced")
    base = replace(world, flows=even.flows)
    found = [solve(base, shock, closure=closure) for closure in CLOSURES]
    for other in found[1:]:
        np.testing.assert_allclose(other.welfare, found[0].welfare, rtol=EXACT)
        np.testing.assert_allclose(other.wages, found[0].wages, rtol=EXACT)
    np.testing.assert_allclose(solve(world, shock, closure="balanced").welfare, found[0].welfare, rtol=EXACT)


@often
@given(seeds, st.integers(0, 4))
def test_isolation_is_the_autarky_formula(seed: int, alone: int) -> None:
    world = made_world(seed, taxed=False)
    even = solve(world, closure="balanced").flows
    loss = autarky_gains(even, world.sigma - 1)
    shock = np.ones((5, 5))
    shock[alone, :] = shock[:, alone] = 0.0
    shock[alone, alone] = 1.0
    found = solve(world, shock, closure="balanced")
    assert found.welfare[alone] == pytest.approx(1 - loss[alone], rel=EXACT)
    everyone = solve(world, np.eye(5), closure="balanced")
    np.testing.assert_allclose(everyone.welfare, 1 - loss, rtol=EXACT)
    np.testing.assert_allclose(everyone.wages, 1.0, rtol=EXACT)


@often
@given(seeds)
def test_blocks_have_their_own_numeraire(seed: int) -> None:
    world = made_world(seed, holes=False)
    even = replace(world, flows=solve(world, closure="balanced").flows)
    blocks = ([0, 1, 2], [3, 4])
    shock = np.zeros((5, 5))
    for block in blocks:
        shock[np.ix_(block, block)] = 1.0
    found = solve(even, shock, closure="balanced")
    np.testing.assert_allclose(found.wages, damped(even, shock, blocks=blocks), rtol=1e-8)
    assert found.flows[:3, 3:].max() == found.flows[3:, :3].max() == 0.0


@often
@given(seeds, closures)
def test_an_embargo_is_the_limit_of_dear_trade_and_leaves_exact_zeros(seed: int, closure: Closure) -> None:
    world = made_world(seed, holes=False)  # a hole between the last two that trade would leave one-way trade
    cost = np.ones((5, 5, 1))
    cost[0, 2:] = cost[2:, 0] = 1e8
    dear = solve(world, freeness(cost, np.maximum(world.sigma - 1, 1.5)), closure=closure)
    cost[cost > 1] = np.inf
    stopped = solve(world, freeness(cost, world.sigma - 1), closure=closure)
    np.testing.assert_allclose(dear.welfare, stopped.welfare, rtol=1e-5)
    assert np.all(stopped.flows[0, 2:] == 0.0)
    assert np.all(stopped.flows[2:, 0] == 0.0)


@often
@given(seeds, closures)
def test_trade_a_million_times_dearer_is_certified_or_marked_never_nan(seed: int, closure: Closure) -> None:
    world = made_world(seed)
    cost = np.full((5, 5, 1), 1e6)
    cost[range(5), range(5)] = 1.0
    shock = freeness(cost, world.sigma - 1)
    assert shock.min() > 0.0
    found = multi_sector(world.flows, shock, sigma=world.sigma, tariff=world.tariff, closure=closure, strict=False)
    assert not np.isnan(found.welfare).any()
    assert not np.isnan(found.residual)
    assert not found.certified or np.isfinite(found.welfare).all()


@often
@given(seeds)
def test_productivity_lowers_costs(seed: int) -> None:
    world = made_world(seed)
    doubled = multi_sector(world.flows, sigma=world.sigma, tariff=world.tariff, productivity=np.full(5, 2.0))
    np.testing.assert_allclose(doubled.welfare, 2.0, rtol=EXACT)
    np.testing.assert_allclose(doubled.wages, 1.0, rtol=EXACT)
    growth = np.random.default_rng(seed).uniform(0.5, 2, (5, 3))
    spent = world.flows.sum(axis=0)
    alone = multi_sector_batch(world.flows, np.eye(5)[None], sigma=world.sigma, productivity=growth, closure="balanced")
    closed = multi_sector_batch(world.flows, np.eye(5)[None], sigma=world.sigma, closure="balanced")
    weight = spent / spent.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(alone.welfare[0], closed.welfare[0] * (growth**weight).prod(axis=1), rtol=EXACT)


@often
@given(seeds, st.booleans(), st.booleans())
def test_the_jacobian_is_the_slope(seed: int, pooled: bool, taxed: bool) -> None:  # noqa: FBT001 - drawn
    terms = made_terms(seed, pooled=pooled, taxed=taxed)
    x = np.random.default_rng(seed).normal(0, 0.1, (1, 5))
    exact = jacobian(terms, evaluate(terms, x))[0]
    step = 1e-6
    for country in range(5):
        shift = np.zeros((1, 5))
        shift[0, country] = step
        slope = (evaluate(terms, x + shift).excess[0] - evaluate(terms, x - shift).excess[0]) / (2 * step)
        np.testing.assert_allclose(exact[:, country], slope, rtol=1e-5, atol=1e-6 * np.abs(exact).max())


def made_terms(seed: int, *, pooled: bool = False, taxed: bool = True) -> Terms:
    world = made_world(seed, taxed=taxed)
    base = base_of(inward(world.flows[None])[0], 1 + inward(world.tariff[None])[0] if taxed else None)
    change = Shocks(freeness=made_shock(seed)[None], sigma=world.sigma[None], factor=None, productivity=None)
    return terms_of(base, change, pooled=pooled, first=0)


@often
@given(seeds, st.booleans())
def test_the_ways_out_of_a_stall_find_the_same_wages(seed: int, pooled: bool) -> None:  # noqa: FBT001 - drawn
    terms = made_terms(seed, pooled=pooled)
    world = made_world(seed)
    share = inward((world.flows / world.flows.sum(axis=0))[None])
    base = replace(terms, gross=share, net=share / (1 + inward(world.tariff[None])))
    start = np.zeros((1, 5))
    direct = newton(terms, start, target=1e-12, most=np.array([200]))
    path = homotopy(terms, base, target=1e-12, enough=1e-12, most=200)
    mixed = anderson(terms, start, target=1e-12, most=400)
    for found in (direct, path, mixed):
        assert found.residual[0] <= 1e-12
        np.testing.assert_allclose(found.x, direct.x, atol=1e-10)


@often
@given(seeds, closures)
def test_one_sector_is_the_one_sector_model(seed: int, closure: Closure) -> None:
    world = made_world(seed, sectors=1, taxed=False, holes=False)  # with one sector a hole may leave one-way trade
    shock, growth = made_shock(seed), np.random.default_rng(seed).uniform(0.8, 1.2, 5)
    theta = float(world.sigma[0] - 1)
    for productivity in (None, growth):
        many = multi_sector(
            world.flows, shock, sigma=world.sigma, closure=closure, productivity=productivity, strict=False
        )
        one = one_sector(
            world.flows[:, :, 0], shock, theta=theta, closure=closure, productivity=productivity, strict=False
        )
        assert many.certified == one.certified  # a deficit may be more than what is left of trade can pay
        if not one.certified:
            continue
        np.testing.assert_allclose(many.welfare, one.welfare, rtol=EXACT)
        np.testing.assert_allclose(many.prices, one.prices, rtol=EXACT)
        np.testing.assert_allclose(many.wages, one.output, rtol=EXACT)  # its wages are prices at the factory gate
        np.testing.assert_allclose(many.flows[:, :, 0], one.flows, rtol=EXACT, atol=1e-9)


def test_few_steps_are_not_enough() -> None:
    world, shock = made_world(1), made_shock(1)
    with pytest.raises(NotCertified, match="residual") as refused:
        multi_sector(world.flows, shock, sigma=world.sigma, max_iter=1)
    assert refused.value.residual > 1e-10
    loose = multi_sector(world.flows, shock, sigma=world.sigma, max_iter=1, strict=False)
    assert not loose.certified
    assert loose.iterations == 1
    assert loose.residual == refused.value.residual


def test_no_answer_where_none_exists() -> None:
    """A surplus of 60 of 100 cannot be earned over a border that lets a millionth through."""
    flows = np.array([[[40.0], [60.0]], [[0.5], [300.0]]])
    shock = np.array([[1.0, 1e-6], [1e-6, 1.0]])
    found = multi_sector(flows, shock, sigma=np.array([5.0]), strict=False)
    assert not found.certified
    with pytest.raises(NotCertified):
        multi_sector(flows, shock, sigma=np.array([5.0]))


def test_arrays_are_read_only_and_ordered() -> None:
    world = made_world(3)
    found = multi_sector_batch(world.flows, np.ones((2, 5, 5)), sigma=world.sigma)
    arrays = [value for one in fields(found) if isinstance(value := getattr(found, one.name), np.ndarray)]
    assert len(arrays) == 12
    assert not any(array.flags.writeable for array in arrays)
    assert found.flows.shape == (2, 5, 5, 3)
    assert multi_sector(world.flows, sigma=world.sigma).flows.shape == (5, 5, 3)


def test_one_flow_of_rounding_is_no_deficit() -> None:
    rng = np.random.default_rng(0)
    flows = rng.lognormal(0, 0.5, (5, 5))
    flows = (flows + flows.T) / 2 + 4 * np.eye(5)
    alone = np.ones((5, 5))
    alone[0] = alone[:, 0] = 0.0
    alone[0, 0] = 1.0
    even = one_sector(flows, alone, theta=4.0)
    for closure in CLOSURES:
        nearly = flows.copy()
        nearly[0, 1] *= 1 + 5e-10
        one = one_sector(nearly, alone, theta=4.0, closure=closure)
        many = multi_sector(nearly[:, :, None], alone, sigma=np.array([5.0]), closure=closure)
        for found in (one, many):
            np.testing.assert_allclose(found.welfare, even.welfare, rtol=EXACT)
    nearly[0, 1] = flows[0, 1] * (1 + 1e-7)
    for closure in CLOSURES[:2]:
        with pytest.raises(WrongRequest, match="cut off"):
            one_sector(nearly, alone, theta=4.0, closure=closure)
        with pytest.raises(WrongRequest, match="cut off"):
            multi_sector(nearly[:, :, None], alone, sigma=np.array([5.0]), closure=closure)


def cut_off(*, one_way: bool) -> FloatArray:
    shock = np.ones((5, 5))
    shock[2, :] = 0.0
    if not one_way:
        shock[:, 2] = 0.0
    shock[2, 2] = 1.0
    return shock


FINE = made_world(5, holes=False)
REFUSED = {
    r"flows\[1, 2, 0\] is nan": {"flows": np.where(np.arange(75).reshape(5, 5, 3) == 21, np.nan, FINE.flows)},
    r"flows\[0, 0, 0\] is -1": {"flows": np.where(np.arange(75).reshape(5, 5, 3) == 0, -1.0, FINE.flows)},
    "country 1: nothing is bought at home": {"flows": FINE.flows * (np.arange(5) != 1)[:, None, None]},
    r"flows has shape \(5, 5\)": {"flows": FINE.flows[:, :, 0]},
    r"shocks\[0, 0, 1\] is -0.5": {"shock": np.where(np.arange(25).reshape(5, 5) == 1, -0.5, 1.0)},
    r"shocks has shape \(1, 4, 4\)": {"shock": np.ones((4, 4))},
    r"sigma\[1\] is 1.0": {"sigma": np.array([2.0, 1.0, 3.0])},
    r"sigma has shape \(2,\)": {"sigma": np.array([2.0, 3.0])},
    r"tariff\[0, 0, 0\] is -1.0": {"tariff": np.where(np.arange(75).reshape(5, 5, 3) == 0, -1.0, 0.0)},
    r"new_tariff has shape \(5, 5\)": {"new_tariff": np.zeros((5, 5))},
    r"productivity\[3\] is 0.0": {"productivity": np.array([1.0, 1, 1, 0, 1])},
    "closure is 'fixed-shares'": {"closure": "fixed-shares"},
    "tol is 0": {"tol": 0.0},
    "max_iter is 0": {"max_iter": 0},
    "country 2 would be cut off with a deficit": {"shock": cut_off(one_way=False)},
    "country 2 would be cut off with a deficit of .* 'balanced'": {
        "shock": cut_off(one_way=False),
        "closure": "multiplicative",
    },
    "country 2 would buy from others but sell nothing in return": {
        "shock": cut_off(one_way=True),
        "closure": "balanced",
    },
    "country 2 would sell to others but buy nothing in return": {
        "shock": cut_off(one_way=True).T,
        "closure": "balanced",
    },
    "country 0 is left without a supplier of sector 0": {
        "flows": np.where((np.arange(75).reshape(5, 5, 3) == 0), 0.0, FINE.flows),
        "shock": np.where(np.arange(25).reshape(5, 5) % 5 == 0, np.eye(5), 1.0),
        "closure": "balanced",
    },
}


@pytest.mark.parametrize("message", REFUSED)
def test_refusals_name_value_and_rule(message: str) -> None:
    given_: dict[str, object] = {"flows": FINE.flows, "sigma": FINE.sigma, **REFUSED[message]}
    with pytest.raises(WrongRequest, match=message):
        multi_sector(**given_)  # type: ignore[arg-type]


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(WrongRequest, match=r"shocks.*sigma.*new_tariff"):
        multi_sector(FINE.flows, -np.ones((5, 5)), sigma=np.zeros(3), new_tariff=np.full((5, 5, 3), -2.0))
