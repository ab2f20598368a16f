"""Bounds of a pole's share: properties over made-up lists, and the wordings, bodies and memberships by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.lenses.worlds import EXPORTS, PIVOT, POLES, SOLD, adding, bare, bounds, cell, listed, measured, world_of

from multivector.errors import NoAnswer
from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.params import ExposureParams
from multivector.world import World
from multivector.world.poles import read_roll, scene

ALL_POLES = (*POLES, "rest")
NAMES = ("CHN", "RUS", "DEU", "USA", "GBR", "TUR", "UZB", "AZE", "BRA", "IND", "EU", "OTS")
BROAD = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TOP = replace(EXPORTS, list_rule="top", decimals=2)
COMPLETE = replace(SOLD, list_rule="complete")


@st.composite
def shares(draw: st.DrawFn) -> dict[str, float]:
    """Shares of up to eight partners, in whole percents, that do not add to more than 1."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True))
    left, found = 100, {}
    for name in names:
        percent = draw(st.integers(0, left))
        found[name] = percent / 100
        left -= percent
    return found


def value_in_range(table: pl.DataFrame) -> bool:
    ordered = (pl.col("low") >= 0) & (pl.col("low") <= pl.col("high")) & (pl.col("high") <= 1)
    inside = pl.col("value").is_null() | pl.col("value").is_between(pl.col("low"), pl.col("high"))
    told = (pl.col("kind") == "measured") == pl.col("value").is_not_null()
    return bool(table.select((ordered & inside & told).all()).item())


def check_lists(given_shares: Mapping[str, float], rule: str, qualifier: str, decimals: int) -> None:
    like = replace(EXPORTS, list_rule=rule, qualifier=qualifier, decimals=decimals)
    result = measured(world_of(listed(like, given_shares)), "trade_exports")
    for name in ("balance", "tensor", "estimates"):
        assert value_in_range(result.tables[name])
    rows = result.tables["balance"]
    assert float(rows["low"].sum()) <= 1 + 1e-9
    assert float(rows["high"].sum()) >= 1 - 1e-9 - (0.0 if rule != "complete" else 1.0)


LIST_RULES = st.sampled_from(["top", "selected"])
WORDINGS = st.sampled_from(["exact", "more_than", "about", "less_than"])


@settings(BROAD, max_examples=15)
@given(found=shares(), rule=LIST_RULES, qualifier=WORDINGS, decimals=st.sampled_from([2, 12]))
def test_low_value_high_and_the_whole(found: dict[str, float], rule: str, qualifier: str, decimals: int) -> None:
    check_lists(found, rule, qualifier, decimals)


@settings(BROAD, max_examples=200)
@given(found=shares(), rule=LIST_RULES, qualifier=WORDINGS, decimals=st.sampled_from([2, 12]))
@pytest.mark.slow
def test_low_value_high_and_the_whole_at_length(
    found: dict[str, float], rule: str, qualifier: str, decimals: int
) -> None:
    check_lists(found, rule, qualifier, decimals)


@settings(BROAD, max_examples=15)
@given(
    truth=st.dictionaries(
        st.sampled_from(("CHN", "RUS", "DEU", "USA", "TUR", "UZB", "BRA", "IND")), st.integers(1, 40), min_size=4
    ),
    top=st.integers(1, 6),
)
def test_the_truth_lies_in_the_bounds_of_its_top_list(truth: dict[str, int], top: int) -> None:
    """Make a whole list, show only its largest partners in whole percents: the bounds still hold the truth."""
    total = sum(truth.values())
    exact = {name: amount / total for name, amount in truth.items()}
    largest = sorted(exact, key=lambda name: (-exact[name], name))[:top]
    printed = {name: round(exact[name], 2) for name in largest}
    result = measured(world_of(listed(TOP, printed)), "trade_exports")
    stage = scene(read_roll(bare()), pivot=PIVOT, keys=POLES, day=dt.date(2020, 12, 31))
    for pole in ALL_POLES:
        true = sum(share for name, share in exact.items() if stage.pole_of(name) == pole)
        low, high = bounds(result, "trade_exports", pole)
        assert low - 1e-9 <= true <= high + 1e-9


# Rounding and wording


@pytest.mark.parametrize(("decimals", "half"), [(2, 0.005), (3, 0.0005), (12, 5e-13)])
def test_half_a_unit_of_the_last_digit(decimals: int, half: float) -> None:
    china = cell(
        measured(world_of(listed(replace(EXPORTS, decimals=decimals), {"CHN": 0.29}))), "trade_exports", "china"
    )
    assert (china.low, china.value, china.high) == pytest.approx((0.29 - half, 0.29, 0.29 + half), abs=1e-15)


def test_a_printed_zero_is_almost_nothing_and_not_unknown() -> None:
    china = cell(measured(world_of(listed(replace(EXPORTS, decimals=2), {"CHN": 0.0}))), "trade_exports", "china")
    assert (china.low, china.value, china.high) == (0.0, 0.0, 0.005)


@pytest.mark.parametrize(
    ("qualifier", "value", "low", "high"),
    [
        ("exact", 0.35, 0.345, 0.355),
        ("more_than", None, 0.35, 0.795),  # all that Germany leaves
        ("less_than", 0.35, 0.0, 0.35),
        ("about", 0.35, 0.315, 0.385),
    ],
)
def test_wordings(qualifier: str, value: float | None, low: float, high: float) -> None:
    germany = listed(replace(EXPORTS, decimals=2), {"DEU": 0.21})
    russia = listed(replace(EXPORTS, decimals=2, qualifier=qualifier), {"RUS": 0.35})
    one = cell(measured(world_of([*germany, *russia])), "trade_exports", "russia")
    assert one.value == value
    assert (one.low, one.high) == pytest.approx((low, high))


def test_about_is_as_wide_as_asked() -> None:
    world = world_of(listed(replace(EXPORTS, qualifier="about"), {"RUS": 0.4}))
    params = ExposureParams(pivot=PIVOT, measures=("trade_exports",), about=0.25)
    russia = cell(measure(world, params), "trade_exports", "russia")
    assert (russia.low, russia.high) == pytest.approx((0.3, 0.5))


# Bodies


def test_the_union_counts_inside_the_west() -> None:
    world = world_of(listed(EXPORTS, {"EU": 0.4, "USA": 0.1, "RUS": 0.2}))
    west = cell(measured(world), "trade_exports", "west")
    assert (west.low, west.high) == pytest.approx((0.5, 0.8))


def test_a_member_listed_beside_its_union_is_not_counted_twice() -> None:
    alone = measured(world_of(listed(EXPORTS, {"EU": 0.4, "RUS": 0.2})))
    beside = measured(world_of(listed(EXPORTS, {"EU": 0.4, "RUS": 0.2, "DEU": 0.15})))
    for pole in ALL_POLES:
        assert bounds(beside, "trade_exports", pole) == pytest.approx(bounds(alone, "trade_exports", pole))


def test_two_bodies_that_share_members_are_not_added() -> None:
    """The EU with .4 and the G7 with .3 may be .4 together: France, Germany and Italy are in both."""
    world = world_of(listed(EXPORTS, {"EU": 0.4, "G7": 0.3, "RUS": 0.2}))
    low, high = bounds(measured(world), "trade_exports", "west")
    assert low == pytest.approx(0.4)
    assert high >= 0.7


def test_a_body_across_two_poles_is_left_out() -> None:
    world = world_of(listed(EXPORTS, {"EAEU": 0.3, "DEU": 0.2}))
    result = measured(world)
    assert bounds(result, "trade_exports", "west")[0] == pytest.approx(0.2)
    for pole in ("russia", "turkic", "rest"):
        assert bounds(result, "trade_exports", pole) == pytest.approx((0.0, 0.8))


def test_what_a_body_across_poles_holds_may_be_its_largest_members() -> None:
    """A list of the largest: Germany, the EAEU, France. Russia may be all of the EAEU's .2, not only France's .05."""
    result = measured(world_of(listed(TOP, {"DEU": 0.30, "EAEU": 0.20, "FRA": 0.05})))
    assert bounds(result, "trade_exports", "russia")[1] >= 0.2


def test_what_a_body_across_poles_holds_is_unknown_in_a_complete_list() -> None:
    result = measured(world_of(listed(COMPLETE, {"DEU": 30.0, "EAEU": 70.0})))
    russia = cell(result, "trade_exports", "russia")
    assert russia.value is None
    assert russia.high >= 0.7


def test_a_state_listed_beside_a_body_across_poles_counts() -> None:
    """Russia's .35 is printed. That the EAEU is printed too does not make it unknown."""
    result = measured(world_of(listed(TOP, {"EAEU": 0.40, "RUS": 0.35, "FRA": 0.05})))
    low, high = bounds(result, "trade_exports", "russia")
    assert low <= 0.35 <= high


def test_a_body_without_another_member_than_the_pivot_is_in_no_pole() -> None:
    only = {"actor": PIVOT, "organisation": "GUAM", "role": "member", "precision": "day"}
    others = bare().rows("memberships", pl.col("organisation") == "GUAM")
    world = world_of(
        listed(EXPORTS, {"GUAM": 0.3}), adding("memberships", {**only, "period_start": dt.date(2000, 1, 1)})
    )
    emptied = replace(
        world,
        tables={
            **world.tables,
            "memberships": world.tables["memberships"].filter(~pl.col("id").is_in(others["id"].to_list())),
        },
    )
    stage = scene(read_roll(emptied), pivot=PIVOT, keys=POLES, day=dt.date(2020, 12, 31))
    assert all("GUAM" not in pole.bodies for pole in stage.poles)


# Poles


def test_overlapping_poles_name_the_states_and_both_poles() -> None:
    with pytest.raises(NoAnswer, match=r"'eaeu' and 'turkic' share KGZ"):
        measure(World.open(), ExposureParams(pivot="KAZ", year=2023, poles=("eaeu", "turkic")))


def test_poles_need_to_be_apart_only_on_the_days_asked() -> None:
    """Great Britain left the EU in 2020: a pole of its own beside the EU is no overlap in 2022."""
    kingdom = adding("groups", {"group": "uk", "label": "UK", "element": "GBR"})
    world = world_of(listed(replace(TOP, year=2022), {"RUS": 0.3, "GBR": 0.1}), kingdom)
    result = measure(world, ExposureParams(pivot=PIVOT, poles=("eu", "uk"), year=2022))
    assert cell(result, "trade_exports", "uk").value == 0.1


def test_a_pole_is_drawn_by_the_role_that_it_names() -> None:
    """Observers of a body are another circle than its members."""
    circle = adding("groups", {"group": "circle", "label": "Circle", "element": "OTS", "role": "observer"})
    stage = scene(read_roll(world_of([], circle)), pivot=PIVOT, keys=("circle",), day=dt.date(2024, 12, 31))
    assert "HUN" in stage.poles[0].members
    assert not {"TUR", "KAZ", "AZE"} & stage.poles[0].members


@pytest.mark.parametrize("pivot", ["RUS", "CHN", "TUR", "DEU", "KAZ"])
def test_the_pivot_stands_in_no_pole(pivot: str) -> None:
    stage = scene(read_roll(bare()), pivot=pivot, keys=POLES, day=dt.date(2023, 12, 31))
    assert all(pivot not in pole.members for pole in stage.poles)
    assert stage.pole_of("KGZ") == "turkic"


@pytest.mark.parametrize("pivot", ["RUS", "CHN"])
def test_a_pole_that_is_the_pivot_alone_has_no_measured_hold(pivot: str) -> None:
    """Measured means that there is a figure."""
    result = measure(bare(), ExposureParams(pivot=pivot, measures=("memberships",)))
    for name in ("balance", "tensor", "estimates"):
        assert value_in_range(result.tables[name])


@pytest.mark.parametrize(
    ("year", "pole"), [(2019, "west"), (2020, "west"), (2023, "west")], ids=["member", "leaving", "left"]
)
def test_great_britain_is_western_before_and_after(year: int, pole: str) -> None:
    world = world_of(listed(replace(EXPORTS, year=year), {"GBR": 0.2}))
    assert bounds(measured(world, year=year), "trade_exports", pole)[0] == pytest.approx(0.2)


def test_memberships_are_half_open() -> None:
    """A state joins the OTS on the first day of 2021 and leaves on the first day of 2022: in the pole for 2021 only."""
    spell = {
        "actor": "ARM",
        "organisation": "OTS",
        "role": "member",
        "precision": "day",
        "period_start": dt.date(2021, 1, 1),
        "period_end": dt.date(2022, 1, 1),
    }
    flows = [flow for year in (2020, 2021, 2022) for flow in listed(replace(EXPORTS, year=year), {"ARM": 0.2})]
    world = world_of(flows, adding("memberships", spell))
    lows = {year: bounds(measured(world, year=year), "trade_exports", "turkic")[0] for year in (2020, 2021, 2022)}
    assert lows == {2020: 0.0, 2021: pytest.approx(0.2), 2022: 0.0}


@pytest.mark.parametrize(
    ("day", "inside"), [("2020-12-31", False), ("2021-01-01", True), ("2021-12-31", True), ("2022-01-01", False)]
)
def test_first_and_last_day_of_a_membership(day: str, inside: bool) -> None:  # noqa: FBT001 - one of two answers
    spell = {
        "actor": "ARM",
        "organisation": "OTS",
        "role": "member",
        "precision": "day",
        "period_start": dt.date(2021, 1, 1),
        "period_end": dt.date(2022, 1, 1),
    }
    world = bare().edit((adding("memberships", spell),))
    stage = scene(read_roll(world), pivot=PIVOT, keys=POLES, day=dt.date.fromisoformat(day))
    assert (stage.pole_of("ARM") == "turkic") == inside


# Every state of the default world


@pytest.mark.slow
def test_every_state_gets_ordered_bounds() -> None:
    world = World.open()
    states = world.rows("actors", pl.col("kind") == "state")["actor"]
    refused: list[tuple[str, str]] = []
    for state in states:
        if state in {"RUS", "CHN"}:
            continue  # each is a pole of its own: see the test of a pole that is the pivot alone
        result = measure(world, ExposureParams(pivot=state, draws=100))
        refused.extend(
            (state, name) for name in ("balance", "tensor", "estimates") if not value_in_range(result.tables[name])
        )
    assert refused == []
