"""The model with input-output links against an independent damped loop, closed forms, its sisters and its own rules."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import NoAnswer, NotCertified, WrongRequest
from multivector.models.equilibrium.anderson import anderson
from multivector.models.equilibrium.gains import freeness
from multivector.models.equilibrium.links.base import economy_of, inside, no_change, policy_of, rebased, resting
from multivector.models.equilibrium.links.caliendo_parro import caliendo_parro, caliendo_parro_batch
from multivector.models.equilibrium.links.economy import State, settle
from multivector.models.equilibrium.links.published import cp2015
from multivector.models.equilibrium.links.records import CaliendoParro, InputOutput, Limits
from multivector.models.equilibrium.links.slopes import slopes_at
from multivector.models.equilibrium.links.solving import in_stages, newton, repetition, with_deficits_last
from multivector.models.equilibrium.many.multi_sector import multi_sector

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

NATIONS, SECTORS = 4, 3
OWN = np.arange(NATIONS)
RATIO = 1e-9  # residuals of 1e-10 and less leave errors of this size at most
seeds = st.integers(0, 2**32 - 1)
often = settings(max_examples=25, deadline=None)


def made_world(seed: int, *, taxed: bool = True, links: bool = True, balanced: bool = False) -> InputOutput:
    """A world where each country buys most from itself; final demand takes what industries leave, so the base fits."""
    rng = np.random.default_rng(seed)
    shape = (NATIONS, NATIONS, SECTORS)
    flows = np.exp(rng.normal(0, 0.5, shape))
    if balanced:
        flows = flows + flows.transpose(1, 0, 2)
    flows[OWN, OWN] = 8 * NATIONS * (1 if balanced else rng.uniform(0.8, 1.2, (NATIONS, SECTORS)))
    tariff = rng.uniform(0, 0.3, shape) if taxed else np.zeros(shape)
    tariff[OWN, OWN] = 0.0
    net = flows / (1 + tariff)
    sales, spending = net.sum(axis=1), flows.sum(axis=0)
    va_share = rng.uniform(0.4, 0.8, (NATIONS, SECTORS)) if links else np.ones((NATIONS, SECTORS))
    mix = spending / spending.sum(axis=1, keepdims=True)
    io_share = mix[:, :, None] * (1 - va_share)[:, None, :]
    left = spending - np.einsum("nkj,nj->nk", io_share, sales)
    return InputOutput(
        flows=flows,
        tariff=tariff,
        io_share=io_share,
        va_share=va_share,
        final_share=left / left.sum(axis=1, keepdims=True),
        theta=rng.uniform(2, 8, SECTORS),
        value_added=(va_share * sales).sum(axis=1),
        deficit=net.sum(axis=(0, 2)) - sales.sum(axis=1),
    )


def made_tariff(seed: int, *, most: float = 0.5) -> FloatArray:
    """Tariffs that have nothing to do with the old ones."""
    tariff = np.random.default_rng(seed + 1).uniform(0, most, (NATIONS, NATIONS, SECTORS))
    tariff[OWN, OWN] = 0.0
    return tariff


def made_shock(seed: int) -> FloatArray:
    """Freeness that changes at random abroad, and one embargo in both directions."""
    shock = np.exp(np.random.default_rng(seed + 2).normal(0, 0.4, (NATIONS, NATIONS, SECTORS)))
    shock[OWN, OWN] = 1.0
    shock[0, 1] = shock[1, 0] = 0.0
    return shock


def damped(world: InputOutput, new_tariff: FloatArray, shock: FloatArray, deficit: FloatArray) -> FloatArray:
    """Welfare (N,) by plain loops over the equations of the paper, from a base that is in equilibrium."""
    shares = world.flows / world.flows.sum(axis=0)
    log_wage, log_price, spending = np.zeros(NATIONS), np.zeros((NATIONS, SECTORS)), world.flows.sum(axis=0)
    for _ in range(4000):
        cost = world.va_share * log_wage[:, None] + np.einsum("nkj,nk->nj", world.io_share, log_price)
        kappa = (1 + new_tariff) / (1 + world.tariff)
        pull = shares * shock * (kappa * np.exp(cost)[:, None, :]) ** -world.theta
        log_price = -np.log(pull.sum(axis=0)) / world.theta
        bought = pull / pull.sum(axis=0) * spending
        net = bought / (1 + new_tariff)
        wage_bill = world.value_added * np.exp(log_wage)
        income = wage_bill + (bought - net).sum(axis=(0, 2)) + deficit
        spending = np.einsum("nkj,nj->nk", world.io_share, net.sum(axis=1)) + world.final_share * income[:, None]
        excess = net.sum(axis=(1, 2)) + deficit - net.sum(axis=(0, 2))
        log_wage = log_wage + 0.3 * excess / net.sum(axis=(0, 2))
        log_wage -= np.log((world.value_added * np.exp(log_wage)).sum() / world.value_added.sum())
    before = world.value_added + (world.flows - world.flows / (1 + world.tariff)).sum(axis=(0, 2)) + deficit
    welfare: FloatArray = income / before / np.exp((world.final_share * log_price).sum(axis=1))
    return welfare


@pytest.mark.parametrize("seed", [3, 4])
def test_equals_a_damped_loop(seed: int) -> None:
    world, tariff, shock = made_world(seed), made_tariff(seed), made_shock(seed)
    found = caliendo_parro(world, tariff, shock=shock)
    assert found.certified
    assert found.closure == "additive"
    np.testing.assert_allclose(found.welfare, damped(world, tariff, shock, world.deficit), rtol=RATIO)


@given(seed=seeds, deficits=st.booleans())
@often
def test_identity_shock_moves_nothing(seed: int, deficits: bool) -> None:  # noqa: FBT001 - drawn
    world = made_world(seed)
    found = caliendo_parro(world, world.tariff, deficits=deficits, path_steps=2)
    for ratio in (found.welfare, found.real_wage, found.wages, found.prices, found.income, found.sector_prices):
        np.testing.assert_allclose(ratio, 1, atol=RATIO)
    np.testing.assert_allclose(found.flows, found.base_flows, rtol=RATIO)
    assert found.path is not None
    assert np.abs(found.path.log_welfare).max() < RATIO


@given(seed=seeds, scale=st.sampled_from([1e-3, 1e6]))
@often
def test_the_unit_does_not_matter(seed: int, scale: float) -> None:
    world, tariff = made_world(seed), made_tariff(seed)
    scaled = replace(
        world, flows=scale * world.flows, value_added=scale * world.value_added, deficit=scale * world.deficit
    )
    one, other = caliendo_parro(world, tariff), caliendo_parro(scaled, tariff)
    np.testing.assert_allclose(one.welfare, other.welfare, rtol=RATIO)
    np.testing.assert_allclose(other.tariff_revenue, scale * one.tariff_revenue, rtol=1e-8)


@given(seed=seeds)
@often
def test_levels_add_up(seed: int) -> None:
    world, tariff = made_world(seed), made_tariff(seed)
    found = caliendo_parro(world, tariff, shock=made_shock(seed))
    net = found.flows / (1 + tariff)
    np.testing.assert_allclose((found.flows - net).sum(axis=(0, 2)), found.tariff_revenue, rtol=1e-8)
    balance = net.sum(axis=(0, 2)) - net.sum(axis=(1, 2))
    np.testing.assert_allclose(balance, world.deficit, atol=1e-8 * net.sum())
    assert abs(balance.sum()) < 1e-8 * net.sum()
    np.testing.assert_allclose((found.wages * world.value_added).sum(), world.value_added.sum(), rtol=RATIO)
    np.testing.assert_allclose(found.base_flows, world.flows, rtol=RATIO)


@given(seed=seeds, deficits=st.booleans())
@often
def test_without_links_it_is_the_multi_sector_model(seed: int, deficits: bool) -> None:  # noqa: FBT001 - drawn
    world, tariff, shock = made_world(seed, links=False), made_tariff(seed), made_shock(seed)
    found = caliendo_parro(world, tariff, shock=shock, deficits=deficits)
    sister = multi_sector(
        world.flows,
        shock,
        sigma=1 + world.theta,
        tariff=world.tariff,
        new_tariff=tariff,
        closure="additive" if deficits else "balanced",
    )
    np.testing.assert_allclose(found.welfare, sister.welfare, rtol=1e-8)


def test_an_embargo_is_an_exact_zero_and_the_limit_of_high_costs() -> None:
    world = made_world(5)
    cost = np.ones_like(world.flows)
    cost[0, 1] = cost[1, 0] = np.inf
    cut = caliendo_parro(world, world.tariff, shock=freeness(cost, world.theta))
    assert np.all(cut.flows[0, 1] == 0.0)
    assert np.all(cut.flows[1, 0] == 0.0)
    assert cut.linear_welfare is None
    cost[0, 1] = cost[1, 0] = 1e8
    dear = caliendo_parro(world, world.tariff, shock=freeness(cost, world.theta))
    np.testing.assert_allclose(cut.welfare, dear.welfare, rtol=1e-5)
    with pytest.raises(NoAnswer, match="slopes"):
        cp2015(cut)


@given(seed=seeds)
@often
def test_autarky_is_the_closed_form(seed: int) -> None:
    """Real wages of the isolated: log P = va log w + io' log P - log(own share)/theta, solved as a linear system."""
    world = made_world(seed, taxed=False)
    shock = np.zeros_like(world.flows)
    shock[OWN, OWN] = 1.0
    found = caliendo_parro(world, world.tariff, shock=shock, deficits=False)
    shares = found.base_flows / found.base_flows.sum(axis=0)
    for n in OWN:
        own = np.log(shares[n, n]) / world.theta
        log_price = np.linalg.solve(np.eye(SECTORS) - world.io_share[n].T, -own)
        assert found.welfare[n] == pytest.approx(np.exp(-world.final_share[n] @ log_price), rel=RATIO)


def test_two_blocks_are_as_if_alone() -> None:
    world, tariff = made_world(6, balanced=True, taxed=False), made_tariff(6)
    shock = np.ones_like(world.flows)
    shock[:2, 2:] = shock[2:, :2] = 0.0
    together = caliendo_parro(world, tariff, shock=shock, deficits=False)
    assert np.all(together.flows[:2, 2:] == 0.0)
    other = tariff.copy()
    other[2, 3] += 1.0
    np.testing.assert_allclose(
        together.welfare[:2], caliendo_parro(world, other, shock=shock, deficits=False).welfare[:2], rtol=RATIO
    )


def test_a_seller_without_an_input_sells_nothing() -> None:
    """Country 0 makes nothing of sector 2 itself; cut off from it, its sector 1 stops, and its consumers go on."""
    world = made_world(7)
    io_share, flows, final = world.io_share.copy(), world.flows.copy(), world.final_share.copy()
    flows[0, :, 2] = 0.0
    final[0, 2] = 0.0
    final[0] /= final[0].sum()
    io_share[0, 2, [0, 2]] = 0.0
    io_share[0, 0, [0, 2]] = 1 - world.va_share[0, [0, 2]] - io_share[0, 1, [0, 2]]
    net = flows / (1 + world.tariff)
    sales = net.sum(axis=1)
    thin = replace(
        world,
        flows=flows,
        io_share=io_share,
        final_share=final,
        value_added=(world.va_share * sales).sum(axis=1),
        deficit=net.sum(axis=(0, 2)) - sales.sum(axis=1),
    )
    shock = np.ones_like(flows)
    shock[:, 0, 2] = 0.0
    cut = caliendo_parro(thin, world.tariff, shock=shock, deficits=False)
    assert np.all(cut.flows[0, :, 1] == 0.0)
    assert np.all(cut.flows[:, 0, 2] == 0.0)
    assert cut.welfare[0] < 1
    with pytest.raises(WrongRequest, match=r"no supplier is left of \[country, sector\] \[0, 2\]"):
        caliendo_parro(replace(thin, final_share=world.final_share), world.tariff, shock=shock, deficits=False)


@pytest.mark.parametrize("seed", [8, 9])
def test_path_sums_converge_to_the_exact_change(seed: int) -> None:
    world, tariff = made_world(seed), made_tariff(seed)
    cost = np.exp(np.random.default_rng(seed).normal(0, 0.1, world.flows.shape))
    cost[OWN, OWN] = 1.0
    gaps, lefts = [], []
    for steps in (4, 8, 16):
        found = caliendo_parro(world, tariff, shock=freeness(cost, world.theta), path_steps=steps)
        assert found.path is not None
        np.testing.assert_allclose(np.exp(found.path.log_welfare), found.welfare, rtol=1e-12)
        gaps.append(found.path.gap)
        lefts.append(float(np.abs(found.path.left.welfare - found.path.log_welfare).max()))
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.1)  # second order
    assert gaps[1] / gaps[2] == pytest.approx(4, rel=0.1)
    assert lefts[1] / lefts[2] == pytest.approx(2, rel=0.15)  # first order
    assert gaps[2] < lefts[2] / 20


def test_one_left_step_is_the_published_sum() -> None:
    world, tariff = made_world(10), made_tariff(10)
    found = caliendo_parro(world, tariff, path_steps=1)
    assert found.path is not None
    assert found.linear_welfare is not None
    np.testing.assert_allclose(found.path.left.welfare, found.linear_welfare, atol=1e-12)
    printed = cp2015(found)
    np.testing.assert_allclose(printed.welfare_pct, 100 * found.linear_welfare, atol=1e-12)
    np.testing.assert_allclose(printed.welfare_pct - printed.missed_pct, 100 * (found.welfare - 1), atol=1e-10)
    with pytest.raises(NoAnswer, match="tariffs alone"):
        cp2015(caliendo_parro(world, tariff, shock=np.full_like(world.flows, 0.9)))


@pytest.mark.parametrize("deficits", [True, False])
def test_newton_equals_stages_and_repetition(deficits: bool) -> None:  # noqa: FBT001 - parametrised
    world, tariff, shock = made_world(11), made_tariff(11), made_shock(11)
    limits = Limits(1e-11, 500)
    economy = economy_of(world, deficits=deficits)
    start = resting(economy, world.flows.sum(axis=0) / world.value_added.sum())
    base = newton(economy, no_change(economy), start, limits=limits, slopes=None)
    economy = rebased(economy, base.outcome)
    start = resting(economy, base.outcome.state.spending)
    policy = policy_of(economy, inside(1 + tariff), inside(shock))
    first = newton(economy, policy, start, limits=limits, slopes=None)
    for found in (
        in_stages(economy, policy, start, limits=limits),
        with_deficits_last(economy, policy, start, limits=limits),
        repetition(economy, policy, start, limits=limits),
    ):
        assert found.residual <= limits.tol
        np.testing.assert_allclose(found.outcome.state.wages, first.outcome.state.wages, atol=1e-8)


def test_slopes_are_those_of_finite_differences() -> None:
    world = made_world(12)
    economy = economy_of(world, deficits=True)
    policy = policy_of(economy, inside(1 + made_tariff(12)), inside(made_shock(12)))
    wages = np.random.default_rng(12).normal(0, 0.1, NATIONS)
    start = resting(economy, world.flows.sum(axis=0) / world.value_added.sum())
    at = settle(economy, policy, State(wages, start.prices, start.spending), tol=1e-14)
    slopes = slopes_at(economy, at, accuracy=1e-12)
    step = 1e-6
    for country in OWN:
        moved = wages + step * (country == OWN)
        after = settle(economy, policy, State(moved, at.state.prices, at.state.spending), tol=1e-14)
        before = settle(economy, policy, State(2 * wages - moved, at.state.prices, at.state.spending), tol=1e-14)
        numeric = (after.state.spending - before.state.spending) / (2 * step)
        np.testing.assert_allclose(slopes.spending[:, :, country], numeric, atol=1e-8)
        numeric = (after.state.prices - before.state.prices) / (2 * step)
        np.testing.assert_allclose(slopes.prices[:, :, country], numeric, atol=1e-8)
        excess = [(one.kept * one.state.spending - one.sales).sum(axis=1) for one in (after, before)]
        np.testing.assert_allclose(slopes.balance[:, country], (excess[0] - excess[1]) / (2 * step), atol=1e-8)


def test_a_batch_equals_the_loop() -> None:
    world = made_world(13)
    tariffs = np.stack([made_tariff(seed) for seed in (13, 14, 15)])
    shocks = np.stack([made_shock(seed) for seed in (13, 14, 15)])
    for together, tariff, shock in zip(
        caliendo_parro_batch(world, tariffs, shocks=shocks), tariffs, shocks, strict=True
    ):
        alone = caliendo_parro(world, tariff, shock=shock)
        np.testing.assert_allclose(together.welfare, alone.welfare, rtol=RATIO)
        np.testing.assert_allclose(together.flows, alone.flows, rtol=1e-8)
    with pytest.raises(WrongRequest, match="3 tariffs and 1 shocks"):
        caliendo_parro_batch(world, tariffs, shocks=shocks[:1])


def test_a_far_shock_is_certified() -> None:
    world = made_world(14)
    found = caliendo_parro(world, made_tariff(14, most=20.0), deficits=False)
    assert found.certified
    assert found.residual <= 1e-10


def test_deficits_that_can_just_be_paid_are_found() -> None:
    """Wages fall to an eighth and rise to 2.5 times: Newton and stages of the shock fail, deficits last do not."""
    found = caliendo_parro(made_world(317), made_tariff(317, most=10.0), shock=made_shock(317))
    assert found.certified
    assert found.method == "newton in stages of the deficits"
    assert found.wages.min() == pytest.approx(0.1267, abs=5e-4)


def test_too_few_steps_are_refused() -> None:
    world, tariff = made_world(15), made_tariff(15)
    with pytest.raises(NotCertified, match="no solution found") as caught:
        caliendo_parro(world, tariff, max_iter=1)
    best = caught.value.best
    assert isinstance(best, CaliendoParro)
    assert not best.certified
    assert caught.value.residual == best.residual > 1e-10
    loose = caliendo_parro(world, tariff, max_iter=1, strict=False)
    assert not loose.certified
    assert loose.path is None


def test_what_cannot_be_paid_is_refused() -> None:
    """Everybody's trade costs more and more while deficits stay: no wages balance that."""
    world = made_world(16)
    shock = np.full_like(world.flows, 1e-9)
    shock[OWN, OWN] = 1.0
    with pytest.raises(NotCertified):
        caliendo_parro(world, world.tariff, shock=shock)


def test_results_are_read_only() -> None:
    world = made_world(17)
    found = caliendo_parro(world, made_tariff(17), path_steps=1)
    assert found.path is not None
    records = (found, found.path, found.path.left, found.path.trapezoid)
    arrays = [
        value
        for record in records
        for one in fields(record)
        if isinstance(value := getattr(record, one.name), np.ndarray)
    ]
    assert len(arrays) == 14 + 1 + 4 + 4
    assert not any(array.flags.writeable for array in arrays)


def changed(name: str, cell: tuple[int | slice, ...], value: float) -> InputOutput:
    world = made_world(18)
    values = getattr(world, name).copy()
    values[cell] = value
    return replace(world, **{name: values})


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (changed("flows", (0, 1, 2), -1.0), r"flows \[0, 1, 2\] is -1: a flow cannot be negative"),
        (changed("flows", (0, 1, 2), np.nan), r"flows \[0, 1, 2\] is not a finite number"),
        (changed("tariff", (0, 1, 2), -1.0), r"tariff \[0, 1, 2\] is -1: a tariff is a fraction above -1"),
        (changed("theta", (1,), 0.0), r"theta \[1\] is 0"),
        (changed("va_share", (0, 1), 1.3), r"va_share \[0, 1\] is 1.3"),
        (changed("io_share", (0, 1, 2), -0.5), r"io_share \[0, 1, 2\] is -0.5"),
        (changed("io_share", (0, 1, 2), 0.9), "io_share and va_share of countries 0 do not sum to 1"),
        (changed("final_share", (3, 1), 0.9), "final_share of countries 3 does not sum to 1"),
        (changed("value_added", (2,), 0.0), r"value_added \[2\] is 0: a country without income"),
        (changed("value_added", (2,), 1.0), "value_added of countries 2 is not va_share times net sales"),
        (changed("deficit", (2,), 50.0), "deficit of countries 2 is not imports less exports.*sum to"),
        (changed("flows", (0, 0), 0.0), r"countries 0 have no home sales"),
        (changed("flows", (slice(None), 1, 2), 0.0), r"flows \[:, n, k\] are all 0 at \[1, 2\]"),
        (replace(made_world(18), theta=np.ones(2)), r"theta has shape \(2,\): \(3,\) is due"),
        (replace(made_world(18), flows=np.ones((2, 3, 1))), r"flows have shape \(2, 3, 1\)"),
    ],
)
def test_worlds_that_contradict_themselves_are_refused(world: InputOutput, words: str) -> None:
    with pytest.raises(WrongRequest, match=words):
        caliendo_parro(world, np.zeros((NATIONS, NATIONS, SECTORS)))


def test_changes_that_make_no_sense_are_refused() -> None:
    world = made_world(19)
    one = np.ones_like(world.flows)
    for options, words in (
        ({"new_tariff": -one}, "a tariff is above -1"),
        ({"new_tariff": np.inf * one}, "new_tariff.*not finite.*shock of 0"),
        ({"new_tariff": one[0]}, "new_tariff has shape"),
        ({"shock": -one}, "a freeness is at least 0"),
        ({"shock": np.inf * one}, "shock.*not finite.*freeness of 0"),
        ({"shock": 0 * one, "path_steps": 3}, "no path in logs leads to an embargo"),
        ({"path_steps": -1}, "path_steps is -1"),
        ({"tol": 0.0}, "tol is 0"),
        ({"max_iter": 0}, "max_iter is 0"),
    ):
        with pytest.raises(WrongRequest, match=words):
            caliendo_parro(world, **{"new_tariff": world.tariff, **options})


def test_isolation_with_a_deficit_has_no_equilibrium() -> None:
    world = made_world(20)
    shock = np.ones_like(world.flows)
    shock[3, :3] = shock[:3, 3] = 0.0
    with pytest.raises(WrongRequest, match="countries 3 are cut off with a deficit"):
        caliendo_parro(world, world.tariff, shock=shock)
    assert caliendo_parro(world, world.tariff, shock=shock, deficits=False).welfare[3] < 1


def test_anderson_gives_back_an_advance_and_says_how_far_it_came() -> None:
    matrix = np.array([[0.5, 0.4], [0.1, 0.6]])
    target = np.linalg.solve(np.eye(2) - matrix, np.ones(2))

    def advance(point: FloatArray) -> FloatArray:
        return matrix @ point + 1

    def distance(before: FloatArray, after: FloatArray) -> float:
        return float(np.abs(after - before).max())

    found = anderson(advance, np.zeros(2), distance=distance, tol=1e-12, most=50)
    np.testing.assert_allclose(found.point, target, rtol=1e-11)
    assert found.steps < 8
    short = anderson(advance, np.zeros(2), distance=distance, tol=1e-12, most=2)
    assert short.error > 1e-12
    assert short.steps == 2
