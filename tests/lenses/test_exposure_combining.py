"""How several sources make one cell: which is chosen, how far the others reach, and that order does not matter."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lenses.worlds import EXPORTS, bounds, cell, listed, measured, world_of

from multivector.lenses.exposure.estimates import Estimate, combined

BASE = Estimate(
    measure="trade_exports",
    pole="russia",
    start=dt.date(2020, 1, 1),
    end=dt.date(2021, 1, 1),
    kind="measured",
    value=0.3,
    low=0.28,
    high=0.32,
    coverage=0.5,
    status="observed",
    source="alpha",
    rank=3,
    published=dt.date(2021, 1, 1),
    facts=("flows.1",),
)
BOUND = replace(BASE, kind="bound", value=None, source="beta", facts=("flows.2",))


@pytest.mark.parametrize(
    "loser",
    [
        pytest.param(replace(BASE, value=0.5, low=0.5, high=0.5, source="a", rank=1, status="claim"), id="a claim"),
        pytest.param(
            replace(BASE, value=0.5, low=0.5, high=0.5, source="a", rank=1, status="judged"), id="a judgement"
        ),
        pytest.param(replace(BOUND, low=0.1, high=0.9, source="a", rank=1), id="a bound"),
        pytest.param(replace(BASE, value=0.5, low=0.5, high=0.5, source="a", rank=4), id="a lesser rank"),
        pytest.param(
            replace(BASE, value=0.5, low=0.5, high=0.5, source="a", published=dt.date(2020, 6, 1)), id="older"
        ),
        pytest.param(replace(BASE, value=0.5, low=0.5, high=0.5, source="a", published=None), id="without a day"),
        pytest.param(replace(BASE, value=0.5, low=0.5, high=0.5, source="b"), id="later by name"),
    ],
)
def test_chosen_by_the_stated_rule(loser: Estimate) -> None:
    for estimates in ([BASE, loser], [loser, BASE]):
        one = combined(estimates)
        assert (one.value, one.source, one.status) == (0.3, "alpha", "observed")
        assert one.sources == 2


def test_a_derived_figure_stands_like_an_observed_one() -> None:
    assert combined([replace(BASE, rank=5), replace(BASE, value=0.31, status="derived", source="beta")]).value == 0.31


def test_measured_figures_reach_to_their_hull() -> None:
    other = replace(BASE, value=0.4, low=0.39, high=0.41, source="beta", rank=5, facts=("flows.2",))
    third = replace(BASE, value=0.25, low=0.2, high=0.26, source="gamma", rank=6, facts=("flows.3",))
    one = combined([third, BASE, other])
    assert (one.value, one.low, one.high) == (0.3, 0.2, 0.41)
    assert one.facts == ("flows.1", "flows.2", "flows.3")


@pytest.mark.parametrize(
    ("low", "high", "reach"),
    [
        (0.0, 1.0, (0.28, 0.32)),  # holds it
        (0.3, 0.9, (0.28, 0.32)),  # meets it
        (0.32, 0.9, (0.28, 0.32)),  # touches it
        (0.5, 0.9, (0.28, 0.5)),  # lies above: only until they touch
        (0.0, 0.2, (0.2, 0.32)),  # lies below
    ],
)
def test_a_bound_widens_only_until_it_touches(low: float, high: float, reach: tuple[float, float]) -> None:
    one = combined([BASE, replace(BOUND, low=low, high=high, rank=1)])
    assert one.value == 0.3
    assert (one.low, one.high) == reach


def test_bounds_alone_hold_together() -> None:
    one = combined([replace(BOUND, low=0.1, high=0.6), replace(BOUND, low=0.2, high=0.9, source="gamma", rank=6)])
    assert (one.value, one.low, one.high) == (None, 0.2, 0.6)


@pytest.mark.parametrize("status", ["judged", "claim"])
def test_what_is_only_judged_or_claimed_narrows_nothing(status: str) -> None:
    said = replace(BOUND, low=0.4, high=0.5, source="gamma", status=status, rank=1)
    one = combined([replace(BOUND, low=0.1, high=0.9), said])
    assert (one.low, one.high) == (0.1, 0.9)


RANGES = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(lambda three: tuple(sorted(three)))


@st.composite
def estimates(draw: st.DrawFn) -> list[Estimate]:
    """Up to six estimates of one cell, each of another source."""
    found = []
    for place in range(draw(st.integers(1, 6))):
        low, value, high = draw(RANGES)
        is_measured = draw(st.booleans())
        found.append(
            replace(
                BASE,
                kind="measured" if is_measured else "bound",
                value=value if is_measured else None,
                low=low,
                high=high,
                source=f"source-{place}",
                rank=draw(st.integers(1, 3)),
                status=draw(st.sampled_from(["observed", "derived", "judged", "claim"])),
                published=draw(st.sampled_from([None, dt.date(2020, 1, 1), dt.date(2021, 1, 1)])),
                facts=(f"flows.{place}",),
            )
        )
    return found


@settings(deadline=None)
@given(found=estimates(), data=st.data())
def test_order_of_the_sources_does_not_matter(found: list[Estimate], data: st.DataObject) -> None:
    assert combined(data.draw(st.permutations(found))) == combined(found)


@settings(deadline=None)
@given(found=estimates())
def test_combined_keeps_its_order_and_holds_every_counted_figure(found: list[Estimate]) -> None:
    one = combined(found)
    assert one.low <= one.high
    assert one.value is None or one.low <= one.value <= one.high
    for estimate in found:
        if estimate.kind == "measured" and estimate.value is not None:
            assert one.low <= estimate.value <= one.high


@settings(deadline=None)
@given(found=estimates())
def test_combining_twice_changes_nothing(found: list[Estimate]) -> None:
    once = combined(found)
    again = combined([once])
    assert (again.value, again.low, again.high, again.facts) == (once.value, once.low, once.high, once.facts)


# Through the lens


def test_the_better_ranked_source_is_shown_and_the_other_is_the_far_end() -> None:
    better = listed(replace(EXPORTS, source="beta"), {"RUS": 0.3})
    worse = listed(replace(EXPORTS, source="gamma", published=dt.date(2022, 1, 1)), {"RUS": 0.4})
    russia = cell(measured(world_of([*worse, *better])), "trade_exports", "russia")
    assert (russia.value, russia.source, russia.sources) == (0.3, "beta", 2)
    assert (russia.low, russia.high) == pytest.approx((0.3, 0.4))


def test_an_older_edition_neither_wins_nor_widens() -> None:
    old = listed(replace(EXPORTS, published=dt.date(2020, 6, 1)), {"RUS": 0.5})
    new = listed(EXPORTS, {"RUS": 0.3})
    russia = cell(measured(world_of([*old, *new])), "trade_exports", "russia")
    assert (russia.value, russia.sources) == (0.3, 1)
    assert (russia.low, russia.high) == pytest.approx((0.3, 0.3))


def test_under_as_of_the_older_edition_is_the_answer() -> None:
    old = listed(replace(EXPORTS, published=dt.date(2020, 6, 1)), {"RUS": 0.5})
    new = listed(EXPORTS, {"RUS": 0.3})
    world = world_of([*old, *new]).as_of(dt.date(2020, 12, 31))
    assert cell(measured(world), "trade_exports", "russia").value == 0.5


def test_plans_and_forecasts_are_not_read() -> None:
    rows = [flow for status in ("plan", "forecast") for flow in listed(replace(EXPORTS, status=status), {"RUS": 0.3})]
    assert bounds(measured(world_of(rows)), "trade_exports", "russia") == (0.0, 1.0)
