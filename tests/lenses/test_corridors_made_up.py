"""What closures lose on networks of a few legs, where every answer is known by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from tests.lenses.corridor_worlds import (
    OIL,
    TURKEY,
    TWO,
    A,
    B,
    Leg,
    lens,
    limit,
    line,
    loses,
    lost,
    made,
    near,
    params,
    reach,
    year_of,
)

from multivector.lenses.corridors.lens import outcome
from multivector.scenario import Close, Expand, Limit, apply
from multivector.world import World


def test_two_routes_and_what_fits_on_the_other() -> None:
    result = lens(made([A, B], *TWO))
    for kind, target in (("route", "RA"), ("leg", "A1"), ("controller", "RUS"), ("territory", "RUS")):
        row = line(result, "closures", kind=kind, target=target)
        assert (row["displaced_mt"], row["moved_mt"], row["lost_mt"]) == near(8, 2, 6)
        assert row["kept_share"] == near(0.25)
        assert row["held_by"] == ["B1"]
    assert lost(result, "RB") == near(2)
    assert line(result, "routes", route="RA")["room_mt_y"] == near(2)
    assert line(result, "cut")["most_mt_y"] == near(16)
    assert line(result, "cut")["cut"] == ["A1", "B1"]
    assert line(result, "summary", measure="lost")["value"] == 0
    assert line(lens(made([A, B], *TWO), days=73), "closures", kind="route", target="RA")["lost_mt"] == near(6 / 5)


def test_a_bypass_takes_what_its_narrowest_leg_takes() -> None:
    """The bypass is 7, then 3 wide: of 8 displaced, 2 fit on B and 3 on the bypass."""
    bypass = [Leg("D1", "field", "hub", 7), Leg("D2", "hub", "port D", 3)]
    result = lens(made([A, B, *bypass], *TWO))
    row = line(result, "closures", kind="route", target="RA")
    assert (row["moved_mt"], row["lost_mt"]) == near(5, 3)
    assert row["held_by"] == ["B1", "D2"]
    assert lost(result, "RB") == near(0)


def test_parallel_legs_are_two_legs() -> None:
    twin = Leg("B2", "field", "port B", 1)
    assert loses(made([A, B, twin], *TWO), "A1") == near(5)


def test_conflicting_capacities_are_a_range_and_a_plan_is_none() -> None:
    """B is 6 or 7: 6 is shown (the better source), and 2 or 3 fit. A plan of 20 counts for nothing."""
    values = [
        {"leg": "B1", "value": 7.0, "source": "beta"},
        {"leg": "B1", "value": 20.0, "source": "gamma", "status": "plan"},
        {"leg": "B1", "value": 30.0, "source": "gamma", "status": "forecast"},
    ]
    world = made([A, B], *TWO, values=values)
    assert reach(world, "A1") == near(5, 6, 6)
    legs = line(lens(world), "legs", leg="B1")
    assert (legs["capacity_mt_y"], legs["low"], legs["high"]) == near(6, 6, 7)


@pytest.mark.slow
def test_an_old_capacity_widens_for_as_long_as_it_is_remembered() -> None:
    old = {"leg": "B1", "value": 5.0, "period_start": dt.date(2017, 1, 1), "period_end": dt.date(2018, 1, 1)}
    world = made([A, B], *TWO, values=[old])
    assert reach(world, "A1") == near(6, 6, 7)
    assert reach(world, "A1", memory=2) == near(6, 6, 6)


def test_units_of_capacity_are_one_unit() -> None:
    """0.5 Mt a month is 6 a year; 120 thousand barrels a day at 7.33 a tonne are 5.975."""
    bare = replace(B, capacity=None)
    monthly = made([A, bare], *TWO, values=[{"leg": "B1", "value": 0.5, "unit": "Mt/month"}])
    assert loses(monthly, "A1") == near(6)
    daily = made([A, bare], *TWO, values=[{"leg": "B1", "value": 120.0, "unit": "kb/d"}])
    assert loses(daily, "A1") == near(8 - (120e3 * 365 / 7.33 / 1e6 - 4))


def test_an_unknown_capacity_is_neither_nothing_nor_endless() -> None:
    """B was seen to carry 4: at the least that, at the most all 12 that leave."""
    world = made([A, replace(B, capacity=None)], *TWO)
    assert reach(world, "A1") == near(0, 0, 8)
    result = lens(world)
    row = line(result, "legs", leg="B1")
    assert row["capacity_mt_y"] is None
    assert row["capacity_status"] == "unknown"
    assert (row["low"], row["high"]) == near(4, 12)
    assert any("No row states" in caveat and "B1" in caveat for caveat in result.caveats)


def test_an_unknown_capacity_is_at_least_the_most_ever_seen() -> None:
    """In 2018 B carried 5.5: one and a half more fit even at the low end."""
    before = replace(OIL, via="RB", value=5.5, year=2018)
    world = made([A, replace(B, capacity=None)], *TWO, flows=[before])
    assert reach(world, "A1") == near(0, 0, 6.5)


def test_a_way_that_was_never_seen_used_takes_nothing_at_the_low_end() -> None:
    """Two fit on B, and no row says that anything ever went by D: it may take all 8 of A's, or none."""
    world = made([A, B, Leg("D1", "field", "port D")], *TWO)
    assert reach(world, "A1") == near(0, 0, 6)
    assert reach(world, "B1") == near(0, 0, 2)
    row = line(lens(world), "closures", kind="route", target="RA")
    assert (row["low"], row["lost_mt"], row["high"]) == near(0, 0, 6)


def test_what_ends_at_a_place_goes_on_from_there_at_every_end() -> None:
    """4 end at the hub and went on by ship: so much the ships can take, and at the low end no more of A's 8."""
    onward = [Leg("H1", "hub", "elsewhere"), Leg("H2", "elsewhere", "port B")]
    world = made([A, replace(B, destination="hub"), *onward], *TWO)
    at_rest = line(outcome(world, params()), "summary", measure="lost")
    assert (at_rest["low"], at_rest["high"]) == (0, 0)
    assert reach(world, "A1") == near(6, 6, 8)


def test_the_most_that_ever_ended_at_a_place_can_go_on_from_there() -> None:
    """In 2018 B left 5.5 at the hub: the ships take one and a half more at the low end."""
    before = replace(OIL, via="RB", value=5.5, year=2018)
    world = made([A, replace(B, destination="hub"), Leg("H1", "hub", "port B")], *TWO, flows=[before])
    assert reach(world, "A1") == near(6, 6, 6.5)


def test_what_ends_at_a_place_did_not_go_over_a_leg_whose_count_is_all_of_routes() -> None:
    """4 end at the hub, 1 goes on over H1, which carried 1 in all: the 4 went over H2. Shut, all 4 stay, or none."""
    legs = [A, replace(B, destination="hub"), Leg("H1", "hub", "port B"), Leg("H2", "hub", "port C")]
    values = [{"leg": "H1", "attribute": "carried", "value": 1.0}]
    ways = {"RA": ["A1"], "RB": ["B1"], "RBH": ["B1", "H1"]}
    world = made(legs, ways, {"RA": 8, "RB": 5, "RBH": 1}, values=values)
    assert reach(world, "H2") == near(0, 0, 2)  # at the low end H1 takes no more than its 1, and 2 fit on A


def test_what_others_carry_is_no_room_on_a_leg_of_unknown_capacity() -> None:
    """B carries 6 in all, 4 of them these: at the low end none of A's 8 fits."""
    values = [{"leg": "B1", "attribute": "carried", "value": 6.0}]
    world = made([A, replace(B, capacity=None)], *TWO, values=values)
    assert reach(world, "A1") == near(0, 0, 8)


def test_an_assumed_capacity_is_one_figure() -> None:
    world = made([A, replace(B, capacity=None)], *TWO)
    assert reach(world, "A1", assume=("B1=7",)) == near(5, 5, 5)
    assert line(lens(world, assume=("B1=7",)), "legs", leg="B1")["capacity_status"] == "assumed"


def test_a_quota_below_the_nameplate_binds_unless_it_is_soft() -> None:
    """Nameplate 6, quota 5: one fits, or two."""
    world = made([A, B], *TWO, values=[{"leg": "B1", "attribute": "quota", "value": 5.0}])
    assert reach(world, "A1") == near(7, 7, 7)
    assert reach(world, "A1", quota="soft") == near(6, 6, 6)
    shared = made([A, replace(B, cells={**TURKEY, "bottleneck": "Q_B"})], *TWO, edits=[limit("Q_B", 5, kind="quota")])
    assert loses(shared, "A1") == near(7)
    assert loses(shared, "A1", quota="soft") == near(6)


def test_a_quota_binds_where_no_nameplate_is_known() -> None:
    world = made([A, replace(B, capacity=None)], *TWO, values=[{"leg": "B1", "attribute": "quota", "value": 5.0}])
    assert reach(world, "A1") == near(7, 7, 8)  # at the least, what it was seen to carry
    assert reach(world, "A1", quota="soft") == near(0, 0, 8)


def test_a_quota_that_was_exceeded_loses_nothing_by_itself() -> None:
    world = made([A, B], *TWO, values=[{"leg": "B1", "attribute": "quota", "value": 3.0}])
    assert year_of(world) == {"RA": near(8), "RB": near(4), "all routes": 0.0}
    assert loses(world, "A1") == near(8)


def test_a_shared_limit_counts_a_tonne_once_though_it_passes_two_legs() -> None:
    """Limit of 6 over a leg and the two that follow it: 4 pass, so 2 more fit, whichever way they take."""
    under = {"bottleneck": "B_X"}
    legs = [A, Leg("B1", "field", "hub", 9, under), Leg("B2", "hub", "port B", 9, under)]
    legs.append(Leg("C2", "hub", "port C", 9, under))
    ways = {"RA": ["A1"], "RB": ["B1", "B2"], "RC": ["B1", "C2"]}
    result = lens(made(legs, ways, {"RA": 8, "RB": 3, "RC": 1}, edits=[limit("B_X", 6)]))
    row = line(result, "closures", kind="route", target="RA")
    assert row["lost_mt"] == near(6)
    assert row["held_by"] == ["B_X"]
    assert lost(result, "B1", kind="leg") == near(2)
    assert line(result, "routes", route="RB")["held_by"] == "B_X"
    ends = result.tables["reroutes"].filter(pl.col("target") == "RA", pl.col("route").is_in(["RB", "RC"]))
    assert ends["low"].to_list() == [near(0), near(0)]  # either way may take all that moves
    assert ends["high"].to_list() == [near(2), near(2)]


def test_a_shared_limit_in_tonnes_a_month_is_a_limit() -> None:
    under = replace(B, capacity=9, cells={"bottleneck": "B_X"})
    world = made([A, under], *TWO, edits=[limit("B_X", 0.5, unit="Mt/month")])
    assert loses(world, "A1") == near(6)


def test_a_shared_limit_of_two_sources_is_a_range() -> None:
    under = replace(B, capacity=9, cells={"bottleneck": "B_X"})
    edits = [limit("B_X", 6), limit("B_X", 7, source="beta"), limit("B_X", 50, source="gamma", status="plan")]
    assert reach(made([A, under], *TWO, edits=edits), "A1") == near(5, 6, 6)


def test_others_keep_their_place() -> None:
    """B carries 5.5 in all, 4 of these: half a million tonnes are left of 6."""
    world = made([A, B], *TWO, values=[{"leg": "B1", "attribute": "carried", "value": 5.5}])
    result = lens(world)
    assert lost(result, "RA") == near(7.5)
    row = line(result, "legs", leg="B1")
    assert (row["others_mt_y"], row["own_mt_y"], row["room_mt_y"]) == near(1.5, 4, 0.5)
    half = apply(world, [Close(on="leg:B1", severity=0.5)])  # 3 are left, 1.5 of them others'
    assert year_of(half) == {"RA": near(10), "RB": near(1.5), "all routes": near(0.5)}


def test_others_on_a_shared_limit_are_counted_once_too() -> None:
    cells = {"bottleneck": "B_X"}
    legs = [A, Leg("B1", "field", "hub", 9, cells), Leg("B2", "hub", "port B", 9, cells)]
    carried = [{"leg": leg, "attribute": "carried", "value": 5.0} for leg in ("B1", "B2")]
    world = made(legs, {"RA": ["A1"], "RB": ["B1", "B2"]}, TWO[1], values=carried, edits=[limit("B_X", 6)])
    assert loses(world, "A1") == near(7)  # of 6, 4 are theirs and 1 is others'


def test_a_swap_counts_at_the_high_end_only_and_not_at_all_when_told_so() -> None:
    swap = Leg("S1", "field", "inland", 5, {"mode": "swap", "controller": "CHN"})
    world = made([A, B, swap], *TWO)
    assert reach(world, "A1") == near(1, 1, 6)
    assert reach(world, "A1", swap=False) == near(6, 6, 6)
    result = lens(world)
    closures = result.tables["closures"]
    assert "S1" not in closures.filter(pl.col("kind") == "leg")["target"].to_list()  # nothing to cut
    assert lost(result, "CHN", kind="controller") == near(0)


def test_a_part_of_a_year_is_scaled_up_by_months() -> None:
    """6 Mt in nine months are 8 a year."""
    nine = replace(OIL, via="RA", value=6, start=dt.date(2020, 1, 1), end=dt.date(2020, 10, 1))
    result = lens(made([A, B], TWO[0], {"RB": 4}, flows=[nine]))
    row = line(result, "routes", route="RA")
    assert row["amount_mt_y"] == near(8)
    assert row["part_of_year"]
    assert any("Scaled up from a part of the year: RA." in caveat for caveat in result.caveats)
    whole = replace(OIL, via="RA", value=7)  # the longer period counts
    assert line(lens(made([A, B], TWO[0], {"RB": 4}, flows=[nine, whole])), "routes", route="RA")[
        "amount_mt_y"
    ] == near(7)


def test_two_sources_disagree_on_the_tonnes() -> None:
    """A carries 8 (the better source) or 9: closed, 6 or 7 are lost; B closed, 2 or 3."""
    world = made([A, B], *TWO, flows=[replace(OIL, via="RA", value=9, source="beta")])
    assert reach(world, "A1") == near(6, 6, 7)
    assert reach(world, "B1") == near(2, 2, 3)
    row = line(lens(world), "routes", route="RA")
    assert (row["amount_mt_y"], row["low"], row["high"]) == near(8, 8, 9)


@pytest.mark.slow
def test_a_claim_never_beats_what_was_observed() -> None:
    said = replace(OIL, via="RA", value=10, status="claim", source="beta", published=dt.date(2022, 1, 1))
    planned = replace(OIL, via="RA", value=30, status="plan")
    row = line(lens(made([A, B], *TWO, flows=[said, planned])), "routes", route="RA")
    assert (row["amount_mt_y"], row["high"]) == near(8, 10)


def test_rounding_of_a_printed_figure_is_carried_through() -> None:
    """8 in whole millions is 7.5 to 8.5."""
    coarse = replace(OIL, via="RA", value=8, decimals=0)
    assert reach(made([A, B], TWO[0], {"RB": 4}, flows=[coarse]), "A1") == near(5.5, 6, 6.5)


def test_dated_closures_split_the_year_by_days() -> None:
    """2020 has 366 days: A is shut in March and April, B in April and May; 6, 12 and 2 are lost a year meanwhile."""
    shocks = [
        Close(on="leg:A1", start=dt.date(2020, 3, 1), end=dt.date(2020, 5, 1)),
        Close(on="leg:B1", start=dt.date(2020, 4, 1), end=dt.date(2020, 6, 1)),
    ]
    found = year_of(apply(made([A, B], *TWO), shocks))
    assert found["all routes"] == near((31 * 6 + 30 * 12 + 31 * 2) / 366)
    assert found["RA"] == near((8 * (366 - 92) + 0 * 61 + 10 * 31) / 366)
    assert found["RB"] == near((4 * (366 - 92) + 6 * 31 + 0 * 61) / 366)


def test_an_outage_that_is_a_row_counts_in_its_own_days_only() -> None:
    shut = {"leg": "A1", "attribute": "usable", "value": 0.0, "unit": "fraction"}
    here = {**shut, "period_start": dt.date(2020, 12, 1), "period_end": dt.date(2021, 6, 1)}
    assert year_of(made([A, B], *TWO, values=[here]))["all routes"] == near(31 / 366 * 6)
    past = {**shut, "period_start": dt.date(2019, 1, 1), "period_end": dt.date(2020, 1, 1)}
    assert year_of(made([A, B], *TWO, values=[past]))["all routes"] == 0
    planned = {**here, "status": "plan"}
    assert year_of(made([A, B], *TWO, values=[planned]))["all routes"] == 0


def test_of_several_closures_the_tightest_holds() -> None:
    world = made([A, B], *TWO)
    both = apply(world, [Close(on="leg:A1", severity=0.3), Close(on="route:RA", severity=0.6)])
    assert year_of(both) == {"RA": near(4), "RB": near(6), "all routes": near(2)}
    limited = apply(world, [Limit(on="leg:A1", to=0.5, unit="Mt/month"), Limit(on="route:RA", to=7)])
    assert year_of(limited) == {"RA": near(6), "RB": near(6), "all routes": near(0)}


def test_a_limit_above_what_a_leg_carries_holds_what_would_come() -> None:
    """B carries 4 and is limited to 5: one more fits, whether its capacity is known or not. Limited to 3, one stays."""
    for capacity in (6.0, None):
        world = made([A, replace(B, capacity=capacity)], *TWO)
        assert loses(apply(world, [Limit(on="leg:B1", to=5)]), "A1") == near(7)
    assert year_of(apply(made([A, B], *TWO), [Limit(on="leg:B1", to=3)])) == {
        "RA": near(9),
        "RB": near(3),
        "all routes": near(0),
    }


def test_a_limit_on_what_legs_share_binds_below_what_they_carry() -> None:
    """B and C carry 4 and 1 under a limit of 6: at 3, two must go, and 2 fit on A; at 5.5 nothing moves."""
    under = {**TURKEY, "bottleneck": "B_X"}
    legs = [A, replace(B, cells=under), Leg("C1", "field", "port C", 6, under)]
    world = made(legs, {**TWO[0], "RC": ["C1"]}, {**TWO[1], "RC": 1}, edits=[limit("B_X", 6)])
    limited = apply(world, [Limit(on="limit:B_X", to=3)])
    rows = outcome(limited, params()).tables["summary"]
    found = {row["subject"]: (row["low"], row["value"], row["high"]) for row in rows.iter_rows(named=True)}
    assert found["RA"] == near(10, 10, 10)
    assert found["all routes"] == near(0, 0, 0)
    assert (found["RB"][0], found["RB"][2]) == near(2, 3)  # 3 of the two, shared in any way
    assert (found["RC"][0], found["RC"][2]) == near(0, 1)
    assert year_of(apply(world, [Limit(on="limit:B_X", to=1)]))["all routes"] == near(2)
    above = apply(world, [Limit(on="limit:B_X", to=5.5)])
    assert year_of(above)["all routes"] == 0
    assert loses(above, "A1") == near(8 - 0.5)
    facts = set(rows.filter(pl.col("measure") == "lost")["facts"].item())
    said = limited.rows("bottlenecks", pl.col("bottleneck") == "B_X")
    assert said["source"].to_list() == ["scenario"]
    assert set(said["id"]) <= facts


def test_what_a_route_may_carry_spans_all_optima() -> None:
    """A shut, 2 of its 8 fit on B and C together, on either of them: 4 to 6, and 1 to 3."""
    under = {**TURKEY, "bottleneck": "B_X"}
    legs = [A, replace(B, capacity=9, cells=under), Leg("C1", "field", "port C", 9, under)]
    world = made(legs, {**TWO[0], "RC": ["C1"]}, {**TWO[1], "RC": 1}, edits=[limit("B_X", 7)])
    rows = outcome(apply(world, [Close(on="leg:A1")]), params()).tables["summary"]
    found = {row["subject"]: (row["low"], row["high"]) for row in rows.iter_rows(named=True)}
    assert found == {"RA": near(0, 0), "RB": near(4, 6), "RC": near(1, 3), "all routes": near(6, 6)}


@pytest.mark.slow
def test_an_expansion_in_tonnes_a_month_and_on_a_planned_leg() -> None:
    planned = Leg("D1", "field", "port D", None, {"phase": "proposal"})
    world = made([A, B, planned], *TWO)
    assert loses(world, "A1") == near(6)
    assert any("Planned or being built, and so left out: D1." in caveat for caveat in lens(world).caveats)
    built = apply(world, [Expand(on="leg:D1", to=0.25, unit="Mt/month")])
    assert loses(built, "A1") == near(3)


def test_a_field_ships_over_its_feeder_alone() -> None:
    """The field brings 5 of the hub's 12: its feeder shut, they stay; and more than leaves is not brought."""
    legs = [replace(A, origin="hub"), replace(B, origin="hub"), Leg("F1", "far field", "hub", 5)]
    feeding = {"leg": "F1", "attribute": "carried", "value": 5.0, "unit": "Mt"}
    result = lens(made(legs, *TWO, values=[feeding]))
    row = line(result, "closures", kind="leg", target="F1")
    assert (row["displaced_mt"], row["lost_mt"]) == near(5, 5)
    assert lost(result, "RA") == near(6)
    much = lens(made(legs, *TWO, values=[{**feeding, "value": 30.0}]))
    assert line(much, "summary", measure="lost")["value"] == 0
    assert lost(much, "F1", kind="leg") == near(12)


def test_a_route_that_starts_at_the_field_is_not_brought_twice() -> None:
    """Of 5 that the feeder carries 4 are the route's that starts with it: one more comes to the hub, of A's 8."""
    legs = [replace(A, origin="hub"), replace(B, origin="hub"), Leg("F1", "far field", "hub", 5)]
    feeding = {"leg": "F1", "attribute": "carried", "value": 5.0, "unit": "Mt"}
    result = lens(made(legs, {"RA": ["A1"], "RB": ["F1", "B1"]}, TWO[1], values=[feeding]))
    assert line(result, "summary", measure="lost")["value"] == 0
    assert lost(result, "F1", kind="leg") == near(5)


@pytest.mark.parametrize("held", ["quota", "limit"])
def test_what_a_feeder_carried_can_be_carried(held: str) -> None:
    """A quota or a shared limit below what was seen on a feeder is exceeded, not enforced on what flows already."""
    cells = {"bottleneck": "B_X"} if held == "limit" else {}
    legs = [replace(A, origin="hub"), replace(B, origin="hub"), Leg("F1", "far field", "hub", 9, cells)]
    values = [{"leg": "F1", "attribute": "carried", "value": 5.0, "unit": "Mt"}]
    values += [{"leg": "F1", "attribute": "quota", "value": 3.0}] if held == "quota" else []
    world = made(legs, *TWO, values=values, edits=[limit("B_X", 3)] if held == "limit" else [])
    assert year_of(world)["all routes"] == 0


@pytest.mark.parametrize(
    "world",
    [
        made([A, B], *TWO, values=[{"leg": "B1", "value": 7.0, "source": "beta"}]),
        pytest.param(made([A, replace(B, capacity=None)], *TWO), marks=pytest.mark.slow),
        pytest.param(
            made([A, B], *TWO, flows=[replace(OIL, via="RB", value=3, source="beta")]), marks=pytest.mark.slow
        ),
    ],
)
def test_the_table_says_what_a_closure_in_the_world_says(world: World) -> None:
    result = lens(world)
    for leg in ("A1", "B1"):
        row = line(result, "closures", kind="leg", target=leg)
        assert (row["low"], row["lost_mt"], row["high"]) == near(*reach(world, leg))
