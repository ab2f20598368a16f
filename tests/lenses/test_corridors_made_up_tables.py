"""Strikes, gains, works, power, spread and shares on networks of a few legs, each worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import polars as pl
import pytest
from tests.lenses.corridor_worlds import (
    HOME,
    NEAR,
    OIL,
    RUSSIA,
    TURKEY,
    TWO,
    A,
    B,
    Leg,
    lens,
    limit,
    line,
    lost,
    made,
    near,
    works,
)
from tests.lenses.worlds import adding

from multivector.errors import NoAnswer
from multivector.world import World


def test_two_strikes_beat_the_greedy_two() -> None:
    """Russia holds A (2, no way round), B and C (4 each, one spare way of 4). Alone A is worst; of pairs B and C."""
    legs = [Leg("A1", "west", "port A", 2, RUSSIA), Leg("B1", "east", "port B", 4, RUSSIA)]
    legs += [Leg("C1", "east", "port C", 4, RUSSIA), Leg("D1", "east", "port D", 4)]
    world = made(legs, {"RA": ["A1"], "RB": ["B1"], "RC": ["C1"]}, {"RA": 2, "RB": 4, "RC": 4})
    wanted = {1: (["A1"], 2, 2, 3), 2: (["B1", "C1"], 4, 8, 6), 3: (["A1", "B1", "C1"], 6, 10, 7)}
    for strikes, (legs_struck, loss, fixed, sets) in wanted.items():
        row = line(lens(world, strikes=strikes), "strikes", controller="RUS")
        assert row["legs"] == legs_struck
        assert (row["lost_mt"], row["fixed_mt"], row["lost_if_all_close_mt"]) == near(loss, fixed, 6)
        assert row["rerouting_worth"] == near(1 - loss / fixed)
        assert row["sets_tried"] == sets


def test_a_strike_too_many_can_help_and_is_not_made() -> None:
    """A holds two legs that B and C want when theirs are shut. Shut A's first leg too, and both get out: 1, not 2."""
    legs = [Leg("A1", "p0", "p1", 1, RUSSIA), Leg("A2", "p1", "p2", 1), Leg("A3", "p2", "p3", 1)]
    legs += [Leg("A4", "p3", "p4", 1), Leg("A5", "p4", "port", 9)]
    legs += [Leg("B1", "field B", "port", 1, RUSSIA), Leg("B2", "field B", "p1", 1), Leg("B3", "p2", "port", 1)]
    legs += [Leg("C1", "field C", "port", 1, RUSSIA), Leg("C2", "field C", "p3", 1)]
    world = made(legs, {"RA": ["A1", "A2", "A3", "A4", "A5"], "RB": ["B1"], "RC": ["C1"]}, {"RA": 1, "RB": 1, "RC": 1})
    row = line(lens(world, strikes=3), "strikes", controller="RUS")
    assert row["legs"] == ["B1", "C1"]
    assert (row["lost_mt"], row["lost_if_all_close_mt"]) == near(2, 1)


def test_who_gains_and_what_in_tariffs() -> None:
    """2 of A's go over two Turkish legs at 7 and 3 dollars; each tonne enters Turkey once and pays twice."""
    tariffs = {"A1": 10.0, "B1": 7.0, "B2": 3.0}
    values = [{"leg": leg, "attribute": "tariff", "value": usd, "unit": "USD/t"} for leg, usd in tariffs.items()]
    legs = [
        A,
        Leg("B1", "field", "hub", 6, {**TURKEY, "operator": "Botas; Socar"}),
        Leg("B2", "hub", "port B", 6, TURKEY),
    ]
    result = lens(made(legs, {"RA": ["A1"], "RB": ["B1", "B2"]}, TWO[1], values=values), price_usd_t=100)
    row = line(result, "gains", kind="route", target="RA", winner="TUR")
    assert row["moved_mt"] == near(2)
    assert row["tariff_usd"] == pytest.approx(20e6)
    assert row["legs"] == ["B1", "B2"]
    assert line(result, "gains", kind="route", target="RA", winner="Socar")["tariff_usd"] == pytest.approx(14e6)
    assert line(result, "gains", kind="route", target="RB", winner="RUS")["tariff_usd"] == pytest.approx(20e6)
    assert [line(result, "routes", route=route)["netback_usd_t"] for route in ("RA", "RB")] == [90, 90]
    row = line(result, "closures", kind="route", target="RA")
    assert (row["lost_usd"], row["lost_usd_low"], row["lost_usd_high"]) == pytest.approx((600e6,) * 3)


def test_what_went_on_before_is_no_gain() -> None:
    """5 leave by B, 3 of them to the port: the other 2 went on over the same leg before anything closed."""
    legs = [A, Leg("B1", "field", "hub", 6, TURKEY), Leg("B2", "hub", "port B", 6, TURKEY)]
    ways = {"RA": ["A1"], "RB": ["B1"], "RBB": ["B1", "B2"]}
    result = lens(made(legs, ways, {"RA": 8, "RB": 5, "RBB": 3}))
    assert line(result, "routes", route="RB")["amount_mt_y"] == near(2)
    assert lost(result, "RA") == near(7)
    assert line(result, "gains", kind="route", target="RA", winner="TUR")["moved_mt"] == near(1)


def three_ways() -> World:
    """A, B and C carry 8, 4 and 2; works on B and C, one of them without a price."""
    legs = [A, Leg("B1", "field", "port B", 5, TURKEY), Leg("C1", "field", "port C", 4, HOME)]
    ways = {"RA": ["A1"], "RB": ["B1"], "RC": ["C1"]}
    edits = [works(("B1", "W1", 7, 200e6), ("C1", "W2", 6, 300e6), ("C1", "W3", 9, None))]
    return made(legs, ways, {"RA": 8, "RB": 4, "RC": 2}, edits=edits)


def test_works_are_ranked_by_what_a_dollar_avoids() -> None:
    """Russia shut, 8 are displaced and 1 + 2 fit. B to 7: two more for 200 mn; C to 6: two for 300; C to 9: five."""
    result = lens(three_ways(), price_usd_t=100)
    table = result.tables["works"].filter(pl.col("against") == "controller RUS")
    assert table["work"].to_list() == ["W1", "W2", "W3", "all works together"]
    assert table["avoided_mt"].to_list() == [near(2), near(2), near(5), near(5)]
    assert table["avoided_usd_per_usd"].to_list()[:2] == [pytest.approx(1.0), pytest.approx(2 / 3)]
    assert table["ranked"].to_list()[2] == "price unknown"


@pytest.mark.parametrize(
    ("budget", "names", "loss"),
    [
        (300e6, ["W1"], 3),
        pytest.param(100e6, [], 5, marks=pytest.mark.slow),
        pytest.param(200e6, ["W1"], 3, marks=pytest.mark.slow),
        pytest.param(500e6, ["W1", "W2"], 1, marks=pytest.mark.slow),
    ],
)
def test_the_best_set_is_the_best_of_all_that_can_be_paid(budget: float, names: list[str], loss: float) -> None:
    """Russia shut, the four sets of priced works lose: nothing 5, W1 3, W2 3 (dearer), both 1."""
    row = line(lens(three_ways(), budget_usd=budget), "best_set")
    assert row["works"] == names
    assert (row["worst_without_mt_y"], row["worst_with_mt_y"]) == near(5, loss)


@pytest.mark.slow
def test_works_that_only_help_together_are_found_together() -> None:
    """A way of two legs, 1 wide and full: either work alone avoids nothing, both avoid 4 of 8; a third avoids 1."""
    legs = [A, Leg("B1", "field", "hub", 1), Leg("B2", "hub", "port B", 1), Leg("C1", "field", "port C", 1, HOME)]
    edits = [works(("B1", "W1", 5, 100e6), ("B2", "W2", 5, 100e6), ("C1", "W3", 2, 100e6))]
    ways = {"RA": ["A1"], "RB": ["B1", "B2"], "RC": ["C1"]}
    result = lens(made(legs, ways, {"RA": 8, "RB": 1, "RC": 1}, edits=edits), budget_usd=200e6)
    table = result.tables["works"].filter(pl.col("against") == "controller RUS")
    assert dict(zip(table["work"], table["avoided_mt"], strict=True)) == {
        "W1": near(0),
        "W2": near(0),
        "W3": near(1),
        "all works together": near(5),
    }
    assert line(result, "best_set")["works"] == ["W1", "W2"]
    assert line(result, "best_set")["worst_with_mt_y"] == near(4)


@pytest.mark.slow
def test_the_best_set_looks_at_the_next_worst_controller() -> None:
    """Against Russia (6 lost) B's work avoids 4; then Turkey, through which more goes, is no worse than before."""
    edits = [works(("B1", "W1", 10, 100e6), ("A1", "W2", 12, 100e6))]
    result = lens(made([A, B], *TWO, edits=edits), budget_usd=200e6)
    row = line(result, "best_set")
    assert row["works"] == ["W1"]  # Russia 2, Turkey 2: nothing left for W2 to better
    assert row["worst_with_mt_y"] == near(2)


def test_a_work_in_barrels_a_day_is_a_work() -> None:
    edit = adding("expansions", {"leg": "B1", "name": "W", "capacity_after": 0.14, "unit": "mb/d", "cost_usd": 1e8})
    result = lens(made([A, B], *TWO, edits=[edit]))
    wanted = 0.14e6 * 365 / 7.33 / 1e6 - 6
    assert line(result, "works", against="route RA")["avoided_mt"] == near(wanted)


@pytest.mark.slow
def test_a_work_below_the_nameplate_raises_the_quota() -> None:
    quota = {"leg": "B1", "attribute": "quota", "value": 4.5}
    world = made([A, B], *TWO, values=[quota], edits=[works(("B1", "deal", 5.5, 1e8))])
    assert line(lens(world), "works", against="route RA")["avoided_mt"] == near(1)
    beyond = made([A, B], *TWO, values=[quota], edits=[works(("B1", "pipe", 9, 1e8))])
    row = line(lens(beyond), "works", against="route RA")  # steel without a deal
    assert row["avoided_mt"] == near(0)
    assert row["then_held_by"] == ["B1"]


@pytest.mark.slow
def test_the_least_share_that_loses_nothing() -> None:
    """12 leave. Two ways of 10 and 9: a half each. A third of 3 that nobody abroad holds: 4.5 on each of the two."""
    wide = made([A, replace(B, capacity=9)], *TWO)
    assert line(lens(wide), "spread", is_least_free=True)["largest_share"] == pytest.approx(0.5, abs=2e-6)
    third = made([A, replace(B, capacity=5), Leg("C1", "field", "port C", 3, HOME)], *TWO)
    rows = lens(third).tables["spread"]
    assert rows.filter(pl.col("is_least_free"))["largest_share"].item() == pytest.approx(4.5 / 12, abs=2e-6)
    assert rows.filter(pl.col("largest_share") == 0.5)["delivered_mt_y"].item() == near(12)


def test_the_least_share_has_the_range_of_what_rows_leave_open() -> None:
    """B takes 4, or 6 by another source: A needs 8 of 12, or 6; and of unknown capacity no more than its 4, or all."""
    said = [{"leg": "B1", "value": 6.0, "source": "beta"}]
    free = line(lens(made([A, replace(B, capacity=4)], *TWO, values=said)), "spread", is_least_free=True)
    assert free["largest_share"] == pytest.approx(8 / 12, abs=2e-6)
    assert (free["share_low"], free["share_high"]) == pytest.approx((6 / 12, 8 / 12), abs=2e-6)
    rows = lens(made([A, replace(B, capacity=None)], *TWO)).tables["spread"]
    free = rows.filter(pl.col("is_least_free")).row(0, named=True)
    assert (free["share_low"], free["share_high"]) == pytest.approx((6 / 12, 8 / 12), abs=2e-6)
    half = rows.filter(pl.col("largest_share") == 0.6).row(0, named=True)
    assert (half["lost_mt_y"], half["low"], half["high"]) == near(0, 0, 0.8)


def test_strikes_and_power_have_the_range_of_what_rows_leave_open() -> None:
    """B takes 6, or 7: of A's 8 six are lost, or five. A alone gives 10, B 6 or 7, of 12: Russia 8, or 7.5."""
    said = [{"leg": "B1", "value": 7.0, "source": "beta"}]
    result = lens(made([A, B], *TWO, values=said))
    row = line(result, "strikes", controller="RUS")
    assert (row["lost_mt"], row["low"], row["high"]) == near(6, 5, 6)
    row = line(result, "power", controller="RUS")
    assert (row["shapley_mt_y"], row["low"], row["high"]) == near(8, 7.5, 8)
    assert (row["with_works_low"], row["with_works_high"]) == near(7.5, 8)


def test_the_price_of_spreading_by_hand() -> None:
    """A takes 10 of 12 at most, B only 4: at a share s of 12 s + 4 leave, from s = 2/3 down; a point costs 0.12."""
    rows = lens(made([A, replace(B, capacity=4)], *TWO)).tables["spread"]
    assert rows.filter(pl.col("is_least_free"))["largest_share"].item() == pytest.approx(8 / 12, abs=2e-6)
    for share, delivered in ((0.7, 12.0), (0.6, 11.2), (0.5, 10.0)):
        assert rows.filter(pl.col("largest_share") == share)["delivered_mt_y"].item() == near(delivered)
    last = rows.row(-1, named=True)
    assert last["binds"] == ["RUS"]
    assert last["slope_mt_per_point"] == pytest.approx(0.12, abs=1e-4)
    assert all(after <= before + NEAR for before, after in pairwise(rows["delivered_mt_y"].to_list()))


@pytest.mark.slow
def test_tonnes_that_pass_two_legs_of_a_state_count_once_in_its_share() -> None:
    legs = [replace(A, destination="hub"), Leg("A2", "hub", "port A", 10, RUSSIA), replace(B, capacity=4)]
    rows = lens(made(legs, {"RA": ["A1", "A2"], "RB": ["B1"]}, TWO[1])).tables["spread"]
    assert rows.filter(pl.col("is_least_free"))["largest_share"].item() == pytest.approx(8 / 12, abs=2e-6)


def test_power_with_a_veto_player() -> None:
    """Nothing leaves without the home leg: v(home, Russia) = 6, v(home, Turkey) = 4, v(all) = 10, else 0.

    So Shapley gives half of each way to home, and the other half to who holds it: 5, 3, 2.
    """
    legs = [
        Leg("F1", "field", "hub", 20, HOME),
        Leg("A1", "hub", "port A", 6, RUSSIA),
        Leg("B1", "hub", "port B", 4, TURKEY),
    ]
    power = lens(made(legs, {"RA": ["F1", "A1"], "RB": ["F1", "B1"]}, {"RA": 6, "RB": 4}), price_usd_t=100).tables[
        "power"
    ]
    assert power["controller"].to_list() == ["KAZ", "RUS", "TUR"]
    assert power["shapley_mt_y"].to_list() == [near(5), near(3), near(2)]
    assert power["veto"].to_list() == [True, False, False]
    assert power["share"].to_list() == [near(0.5), near(0.3), near(0.2)]
    assert power["shapley_usd_y"].to_list() == [pytest.approx(value) for value in (500e6, 300e6, 200e6)]


@pytest.mark.slow
def test_power_of_two_who_can_replace_each_other_and_what_a_work_takes_from_them() -> None:
    """10 leave by A alone or B alone: each way is worth nothing once the other is open, so home keeps 2/3.

    v(H, A) = v(H, B) = v(all) = 10: A adds 10 only when home is in and B is not: 1/6. A free third way takes it all.
    """
    legs = [
        Leg("F1", "field", "hub", 20, HOME),
        Leg("A1", "hub", "port A", 10, RUSSIA),
        Leg("B1", "hub", "port B", 10, TURKEY),
    ]
    legs.append(Leg("D1", "hub", "port D", 0))
    world = made(legs, {"RA": ["F1", "A1"]}, {"RA": 10}, edits=[works(("D1", "free way", 10, 1e8))])
    power = lens(world).tables["power"]
    assert power["shapley_mt_y"].to_list() == [near(20 / 3), near(5 / 3), near(5 / 3)]
    assert power["shapley_with_works_mt_y"].to_list() == [near(10), near(0), near(0)]


@pytest.mark.slow
def test_a_leg_of_two_controllers_needs_both() -> None:
    joint = replace(A, cells={"controller": "RUS;TUR", "territory": "RUS"})
    result = lens(made([joint], {"RA": ["A1"]}, {"RA": 8}))
    assert result.tables["power"]["veto"].to_list() == [True, True]
    assert result.tables["power"]["shapley_mt_y"].to_list() == [near(4), near(4)]
    assert lost(result, "RUS", kind="controller") == lost(result, "TUR", kind="controller") == near(8)
    assert "TUR" not in result.tables["closures"].filter(pl.col("kind") == "territory")["target"].to_list()


def test_shares_over_territories() -> None:
    """8 of 12 by Russia; with 14 said to leave, 2 have no known way: they may cross, or not."""
    whole = replace(OIL, value=12)
    row = line(lens(made([A, B], *TWO, flows=[whole])), "crossing", territory="RUS")
    assert (row["value"], row["low"], row["high"]) == near(8 / 12, 8 / 12, 8 / 12)
    more = replace(OIL, value=14)
    row = line(lens(made([A, B], *TWO, flows=[more])), "crossing", territory="RUS")
    assert row["value"] is None
    assert (row["low"], row["high"]) == near(8 / 14, 10 / 14)
    avoiding = replace(OIL, via="avoiding:RUS", value=5)
    rows = lens(made([A, B], *TWO, flows=[more, avoiding]))
    assert line(rows, "crossing", territory="RUS", basis="avoiding")["value"] == near(1 - 5 / 14)
    less = replace(OIL, value=11)
    with pytest.raises(NoAnswer, match=r"routes carry 12\.0 Mt, more than the total of 11\.0 Mt"):
        lens(made([A, B], *TWO, flows=[less]))


def test_what_leads_on_from_the_end_of_a_route_may_be_crossed() -> None:
    """8 of 12 end at port A and go on by ship, through Turkey or not; the planned pipe through Poland carries none."""
    ships = Leg("S1", "port A", "elsewhere", None, {"mode": "sea", "territory": "TUR"})
    around = Leg("S2", "port A", "south", None, {"mode": "sea", "territory": "GEO"})
    planned = Leg("P1", "elsewhere", "north", None, {"territory": "POL", "phase": "proposal"})
    result = lens(made([A, replace(B, cells=HOME), ships, around, planned], *TWO, flows=[replace(OIL, value=12)]))
    turkey = line(result, "crossing", territory="TUR")
    assert turkey["value"] is None
    assert (turkey["low"], turkey["high"], turkey["amount_mt"]) == near(0, 1, 0)  # B's end abroad is not known either
    whole = lens(made([A, B, ships, around, planned], *TWO, flows=[replace(OIL, value=12)]))
    georgia, russia = (line(whole, "crossing", territory=state) for state in ("GEO", "RUS"))
    assert georgia["value"] is None
    assert (georgia["low"], georgia["high"]) == near(0, 8 / 12)
    assert (russia["value"], russia["low"], russia["high"]) == near(8 / 12, 8 / 12, 8 / 12)
    assert whole.tables["crossing"].filter(pl.col("territory") == "POL").is_empty()
    sailed = whole.tables["legs"].filter(pl.col("leg") == "S2")["facts"].item()
    assert set(sailed) <= set(georgia["facts"])
    assert not set(sailed) & set(russia["facts"])


CARGO = {"network": "cargo", "mode": "rail"}


def cargo() -> World:
    """North carries 4 Mt and 300 thousand TEU of 10 and 400; south 1 and 50 of 3 and 90."""
    legs = [
        Leg("N1", "west", "north", None, {**CARGO, "territory": "KAZ;RUS", "controller": "RUS"}),
        Leg("S1", "west", "south", None, {**CARGO, "bottleneck": "B_S"}),
    ]
    said = {
        "N1": {"nameplate": (10, 400), "carried": (4, 300)},
        "S1": {"nameplate": (3, 90), "carried": (1, 50)},
    }
    values = [
        {"leg": leg, "attribute": attribute, "value": float(value), "unit": unit}
        for leg, stated in said.items()
        for attribute, both in stated.items()
        for value, unit in zip(both, ("Mt/y", "kTEU/y"), strict=True)
    ]
    both = [limit("B_S", most, network="cargo", unit=unit) for most, unit in ((2.5, "Mt/y"), (70, "kTEU/y"))]
    return made(legs, {"RN": ["N1"], "RS": ["S1"]}, {}, values=values, edits=both)


@pytest.mark.parametrize(("count", "loss"), [("tonnes", 4 - 1.5), ("containers", 300 - 20)])
def test_tonnes_and_containers_never_mix(count: str, loss: float) -> None:
    unit = "mt" if count == "tonnes" else "kteu"
    row = line(lens(cargo(), network="cargo", count=count), "closures", kind="route", target="RN")
    assert row[f"lost_{unit}"] == near(loss)
    assert row["held_by"] == ["B_S"]
    assert row["lost_usd"] is None


def test_a_network_that_nobody_controls() -> None:
    result = lens(made([replace(A, cells={})], {"RA": ["A1"]}, {"RA": 8}))
    for table in ("strikes", "power", "gains"):
        assert result.tables[table].is_empty()
        assert "controller" in result.tables[table].columns or "winner" in result.tables[table].columns
    assert lost(result, "RA") == near(8)


def test_a_route_that_carries_nothing() -> None:
    result = lens(made([A, B], TWO[0], {"RA": 0, "RB": 4}))
    assert lost(result, "RA") == 0
    assert line(result, "closures", kind="route", target="RA")["kept_share"] is None


def test_every_figure_names_rows_that_are_cited() -> None:
    result = lens(made([A, B], *TWO, edits=[works(("B1", "W", 9, 1e8))]))
    cited = set(result.facts["id"])
    for name in ("closures", "routes", "legs", "reroutes", "strikes", "works"):
        rows = result.tables[name]["facts"]
        assert rows.list.len().min() > 0, name  # type: ignore[operator]
        assert set(rows.explode()) <= cited
