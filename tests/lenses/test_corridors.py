"""The corridors lens on the default world: figures of the methods note, consistency, what a scenario changes."""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import pairwise

import polars as pl
import pytest

from multivector.errors import NoAnswer, UnknownName, WrongRequest
from multivector.lenses.corridors.lens import measure, outcome
from multivector.lenses.corridors.params import CorridorParams
from multivector.result import Result
from multivector.scenario import Close, Expand, Limit, Reprice, apply, compare
from multivector.world import World


@cache
def world() -> World:
    return World.open()


@cache
def answer(network: str = "oil", count: str = "tonnes") -> Result:
    return measure(world(), CorridorParams.model_validate({"pivot": "KAZ", "network": network, "count": count}))


def line(result: Result, table: str, **cells: object) -> dict[str, object]:
    found = result.tables[table].filter(*(pl.col(name) == pl.lit(value) for name, value in cells.items()))
    assert found.height == 1
    return found.row(0, named=True)


@pytest.mark.parametrize(
    ("year", "basis", "share"), [(2022, "avoiding", 0.970), (2023, "avoiding", 0.947), (2025, "routes", 0.963)]
)
def test_share_that_crosses_russia_by_year(year: int, basis: str, share: float) -> None:
    """methods/corridors, section 9: 1 - 1.91/64.3, 1 - 3.73/70.5, (64.8 + 8.8 + 2.2)/78.7; three digits as printed."""
    row = line(answer(), "crossing", territory="RUS", basis=basis, period_start=dt.date(year, 1, 1))
    assert row["value"] == pytest.approx(share, abs=5e-4)
    assert row["low"] <= row["value"] <= row["high"]  # type: ignore[operator]
    assert row["facts"]


def test_oil_that_ends_at_novorossiysk_may_pass_the_straits() -> None:
    """1.5 Mt by Ceyhan cross Turkey for certain; 64.8 + 8.8 + 2.2 Mt end where ships leave for the Straits."""
    row = line(answer(), "crossing", territory="TUR", period_start=dt.date(2025, 1, 1))
    assert row["value"] is None
    assert row["low"] == pytest.approx(1.45 / 78.75)
    assert row["high"] > (64.8 + 1.5) / 78.7  # type: ignore[operator]
    assert row["high"] == pytest.approx(1 - 0.95 / 78.75)  # all but what goes to China


def test_closing_cpc_for_thirty_days() -> None:
    """By hand: 64.8 Mt displaced; 1.2 fit by Samara (quota 10), 1.5 by Aktau (5.2), 1.211 by Atasu (20 - 18.789)."""
    row = line(answer(), "closures", kind="route", target="CPC")
    month = 30 / 365
    assert row["displaced_mt"] == pytest.approx(64.8 * month)
    assert row["moved_mt"] == pytest.approx((1.2 + 1.5 + 1.211) * month)
    assert row["lost_mt"] == pytest.approx((64.8 - 3.911) * month)
    assert row["lost_usd"] == pytest.approx((64.8 - 3.911) * month * 30e9 / 64.8)


def test_russia_squeezes_hardest_and_swaps_count() -> None:
    losses = answer().tables["closures"].filter(pl.col("kind") == "controller").sort("lost_mt", descending=True)
    assert losses["target"].to_list()[:3] == ["KAZ", "RUS", "CHN"]
    without = measure(world(), CorridorParams(pivot="KAZ", swap=False))
    gain = (
        line(without, "closures", kind="route", target="CPC")["lost_mt"]
        - line(  # type: ignore[operator]
            answer(), "closures", kind="route", target="CPC"
        )["lost_mt"]
    )
    assert gain == pytest.approx((1.211 - 0.209) * 30 / 365)  # with no swap Atyrau-Kenkiyak (6 - 5.791) binds


def test_every_range_holds_its_value_and_every_row_is_cited() -> None:
    for network, count in (("oil", "tonnes"), ("cargo", "tonnes"), ("cargo", "containers")):
        result = answer(network, count)
        unit = "mt" if count == "tonnes" else "kteu"
        closures = result.tables["closures"]
        assert (closures["low"] <= closures[f"lost_{unit}"]).all()
        assert (closures[f"lost_{unit}"] <= closures["high"]).all()
        assert (closures[f"lost_{unit}"] <= closures[f"displaced_{unit}"] + 1e-9).all()
        cited = set(result.facts["id"])
        for table in result.tables.values():
            if "facts" in table.columns:
                assert set(table["facts"].explode().drop_nulls()) <= cited


def test_a_territory_is_not_what_a_state_controls() -> None:
    legs = answer().tables["legs"]
    moorings = legs.filter(pl.col("leg") == "O03").row(0, named=True)
    assert moorings["territory"] == ["RUS"]
    straits = legs.filter(pl.col("leg") == "O04").row(0, named=True)
    assert straits["territory"] == ["TUR"]  # passage is free: closing them is a scenario on a territory
    assert straits["controller"] == []


def test_works_against_a_full_line_avoid_nothing() -> None:
    """Atyrau-Kenkiyak-Kumkol for USD 200 mn: Atasu-Alashankou behind it is full of Russian transit."""
    row = line(
        answer(), "works", work="Kenkiyak-Atyrau to 12 and Kenkiyak-Kumkol to 15 Mt/y, together", against="route CPC"
    )
    assert row["avoided_mt"] == pytest.approx(0.0, abs=1e-9)
    assert row["cost_usd"] == 200e6
    assert "O34" in row["then_held_by"]  # type: ignore[operator]
    unpriced = answer().tables["works"].filter(pl.col("cost_usd").is_null())
    assert set(unpriced["ranked"]) == {"price unknown"}


def test_shapley_values_share_out_what_all_deliver() -> None:
    power = answer().tables["power"]
    assert power["shapley_mt_y"].sum() == pytest.approx(78.3)
    assert power.filter(pl.col("veto"))["controller"].to_list() == ["KAZ"]
    assert power["shapley_mt_y"].to_list() == sorted(power["shapley_mt_y"].to_list(), reverse=True)


def test_spread_never_rises_and_binds_russia_first() -> None:
    spread = answer().tables["spread"]
    for before, after in pairwise(spread["delivered_mt_y"].to_list()):
        assert after <= before + 1e-9
    free = spread.filter(pl.col("is_least_free"))["largest_share"].item()
    assert free == pytest.approx(1 - (5.2 + 2.211) / 78.3, abs=1e-5)  # what Baku by Aktau and China can take
    assert spread.filter(pl.col("largest_share") == 0.9)["binds"].item().to_list() == ["RUS"]


def test_the_cut_is_said_in_words() -> None:
    cut = answer().tables["cut"].row(0, named=True)
    assert cut["most_mt_y"] == pytest.approx(67.88 + 10 + 5.2 + 2.211)
    assert set(cut["cut"]) >= {"O03", "O34"}
    assert "held by" in cut["words"]


def test_shadow_prices_name_what_holds_and_every_answer_is_proven() -> None:
    shadow = answer().tables["shadow"].filter(pl.col("target") == "CPC")
    held = set(shadow["held_by"])
    for limit in ({"O11", "Q_TRANSNEFT"}, {"O21", "B_AKTAU"}, {"O34", "B_ATASU"}):  # a leg and its limit bind alike
        assert held & limit
    assert set(shadow["delivered_per_unit"]) == {1.0}
    assert shadow["usd_per_t"].to_list() == pytest.approx([30e9 / 64.8e6] * shadow.height)
    proof = answer().tables["certificate"].row(0, named=True)
    assert proof["programmes"] >= 3 * answer().tables["closures"].height
    assert max(proof["largest_residual"], proof["largest_gap"]) <= proof["refused_above"]


def test_a_loss_in_days_of_everything_that_leaves() -> None:
    row = line(answer(), "closures", kind="route", target="CPC")
    assert row["lost_export_days"] == pytest.approx((64.8 - 3.911) / 78.3 * 30)


def test_the_middle_corridor_takes_little_of_the_northern() -> None:
    """China-Europe rail 412 thousand TEU a year; the Middle Corridor's 100 less 80.4 that it carries."""
    row = line(answer("cargo", "containers"), "closures", kind="controller", target="RUS")
    assert row["moved_kteu"] == pytest.approx((100 - 80.4) * 30 / 365)


def test_cargo_whose_other_ways_were_never_seen_used_may_all_stay() -> None:
    """By Kuryk nothing was ever counted: of the 4.5 Mt of TITR none is lost for certain, and none is safe."""
    for kind, target in (("route", "TITR"), ("controller", "AZE"), ("territory", "AZE")):
        row = line(answer("cargo"), "closures", kind=kind, target=target)
        assert (row["low"], row["lost_mt"]) == (0, 0)
        assert row["high"] == pytest.approx(4.5 * 30 / 365)


def test_nothing_is_lost_at_any_end_while_nothing_is_closed() -> None:
    for network, count in (("oil", "tonnes"), ("cargo", "tonnes"), ("cargo", "containers")):
        row = line(answer(network, count), "summary", measure="lost")
        assert (row["low"], row["value"], row["high"]) == (0, 0, 0)


def test_a_closure_in_the_world_says_what_the_table_says() -> None:
    closed = apply(world(), [Close(on="cpc", start=dt.date(2025, 1, 1), end=dt.date(2025, 1, 31))])
    params = CorridorParams(pivot="KAZ")
    lost = line(outcome(closed, params), "summary", measure="lost", subject="all routes")
    table = line(answer(), "closures", kind="route", target="CPC")
    assert lost["value"] == pytest.approx(table["lost_mt"])
    moved = compare(outcome(world(), params), outcome(closed, params)).moved
    assert set(moved["subject"]) == {*answer().tables["routes"]["route"], "all routes"}


@pytest.mark.parametrize(
    ("network", "count", "route"),
    [
        ("oil", "tonnes", "AKTAU-BTC"),
        pytest.param("oil", "tonnes", "AKTAU-MAKHACHKALA", marks=pytest.mark.slow),
        pytest.param("cargo", "tonnes", "TITR", marks=pytest.mark.slow),
        pytest.param("cargo", "containers", "NORTHERN", marks=pytest.mark.slow),
        pytest.param("cargo", "containers", "MIDDLE-BTK", marks=pytest.mark.slow),
    ],
)
def test_a_route_closes_by_one_rule(network: str, count: str, route: str) -> None:
    """A berth that other routes need stays open, in the table and in the scenario."""
    table = line(answer(network, count), "closures", kind="route", target=route)
    params = CorridorParams.model_validate({"pivot": "KAZ", "network": network, "count": count})
    year = answer(network, count).tables["summary"]["period_start"][0].year
    shut = Close(on=f"route:{route}", start=dt.date(year, 1, 1), end=dt.date(year, 1, 31))
    found = line(outcome(apply(world(), [shut]), params), "summary", measure="lost")
    part = 30 / (366 if year == 2024 else 365) / (30 / 365)
    unit = "mt" if count == "tonnes" else "kteu"
    said = (table["low"], table[f"lost_{unit}"], table["high"])
    assert (found["low"], found["value"], found["high"]) == pytest.approx([part * one for one in said])  # type: ignore[operator]


def test_half_a_closure_and_a_limit() -> None:
    params = CorridorParams(pivot="KAZ")
    half = outcome(apply(world(), [Close(on="leg:O03", severity=0.5)]), params)
    left = 73.6 / 2 - 5.72  # what is left of the moorings less Russian oil
    assert line(half, "summary", measure="lost")["value"] == pytest.approx(64.8 - left - 3.911)
    limited = outcome(apply(world(), [Limit(on="O03", to=50.0)]), params)
    assert line(limited, "summary", measure="lost")["value"] == pytest.approx(64.8 - (50 - 5.72) - 3.911)
    nothing = outcome(apply(world(), [Limit(on="O03", to=500.0)]), params)
    assert line(nothing, "summary", measure="lost")["value"] == 0


def test_a_limit_above_the_load_holds_what_would_come_anew() -> None:
    limits = [Close(on="cpc"), Limit(on="O22", to=1.6), Limit(on="O25", to=2.3)]
    result = outcome(apply(world(), limits), CorridorParams(pivot="KAZ"))
    assert line(result, "summary", subject="AKTAU-BTC")["value"] == pytest.approx(1.6)
    assert line(result, "summary", subject="AKTAU-MAKHACHKALA")["value"] == pytest.approx(2.3)
    dated = Limit(on="limit:B_AKTAU", to=4.0, start=dt.date(2030, 1, 1))
    with pytest.raises(WrongRequest, match="leave start and end out"):
        apply(world(), [dated])


def test_an_expansion_holds_alone_and_a_proposal_is_built() -> None:
    wider = apply(world(), [Expand(on="limit:B_AKTAU", to=12.5), Expand(on="O21", to=12.5)])
    row = line(measure(wider, CorridorParams(pivot="KAZ")), "closures", kind="route", target="CPC")
    assert row["moved_mt"] == pytest.approx((1.2 + 8.8 + 1.211) * 30 / 365)
    built = apply(world(), [Expand(on="O37", to=20.0)])
    assert "O37" in measure(built, CorridorParams(pivot="KAZ")).tables["legs"]["leg"].to_list()


def test_an_expansion_never_shrinks() -> None:
    """Of the CPC legs rows state 72.5, 83 and 73.6 Mt a year: at 75 two grow and one stays; at 70 none grows."""
    for on, to, stated in (("O03", 50.0, "73.6"), ("limit:B_AKTAU", 4.0, "5.2"), ("route:CPC", 70.0, "72.5")):
        with pytest.raises(WrongRequest, match=rf"expand {on} to {to:g} Mt a year: rows state {stated} already"):
            apply(world(), [Expand(on=on, to=to)])
    with pytest.raises(WrongRequest, match=r"50 kTEU a year: rows state 140 already"):
        apply(world(), [Expand(on="C06", to=50.0, unit="kTEU/y")])
    legs = measure(apply(world(), [Expand(on="route:CPC", to=75.0)]), CorridorParams(pivot="KAZ")).tables["legs"]
    wider = dict(legs.filter(pl.col("leg").is_in(["O01", "O02", "O03"])).select("leg", "capacity_mt_y").iter_rows())
    assert wider == {"O01": 75.0, "O02": 83.0, "O03": 75.0}
    twice = [Expand(on="O03", to=80.0), Expand(on="O03", to=76.0, start=dt.date(2026, 1, 1))]
    with pytest.raises(WrongRequest, match="rows state 80 already"):
        apply(world(), twice)


@pytest.mark.parametrize(
    ("year", "silent"),
    [(2019, "AKTAU, AKTAU-BTC, AKTAU-MAKHACHKALA, ATYRAU-SAMARA, CPC"), (2023, "ATYRAU-SAMARA"), (2025, None)],
)
def test_a_year_that_is_silent_on_a_route_has_no_shares(year: int, silent: str | None) -> None:
    """Rows of 2018, which stand in for 2019, give tonnes to China alone: that is not all that left."""
    result = measure(world(), CorridorParams(pivot="KAZ", year=year))
    shares = result.tables["routes"]["share"]
    said = [one for one in result.caveats if "counts as none: shares" in one]
    if silent is None:
        assert said == []
        assert shares.sum() == pytest.approx(1)
    else:
        assert shares.null_count() == shares.len()
        assert f"what {silent} carried then is not known" in said[0]
    moved = result.tables["closures"]["moved_mt"]
    assert moved.filter((moved > 0) & (moved < 1e-9)).is_empty()


def test_a_tariff_is_a_row() -> None:
    priced = apply(world(), [Reprice(on=leg, usd_t=5.0) for leg in ("O10", "O11")])
    result = measure(priced, CorridorParams(pivot="KAZ", price_usd_t=500))
    samara = line(result, "routes", route="ATYRAU-SAMARA")
    assert samara["netback_usd_t"] == 490
    assert line(result, "routes", route="CPC")["netback_usd_t"] is None  # of two of its legs no tariff is known


@pytest.mark.parametrize(
    ("shock", "error", "words"),
    [
        (Close(on="O99"), UnknownName, "unknown leg or route 'O99'"),
        (Close(on="route:CPX"), UnknownName, "did you mean CPC"),
        (Close(on="RUS"), WrongRequest, "controller:RUS or territory:RUS"),
        (Close(on="limit:B_AKTAU"), WrongRequest, "can be limited or expanded"),
    ],
)
def test_shocks_are_refused_by_name(shock: Close, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        apply(world(), [shock])


def test_refusals_name_what_is_wrong() -> None:
    with pytest.raises(UnknownName, match="unknown leg of the oil network 'O98'"):
        measure(world(), CorridorParams(pivot="KAZ", assume=("O98=5",)))
    with pytest.raises(WrongRequest, match="O30 has a stated capacity"):
        measure(world(), CorridorParams(pivot="KAZ", assume=("O30=5",)))
    with pytest.raises(UnknownName, match="unknown state 'KAX'"):
        measure(world(), CorridorParams(pivot="KAX"))
    with pytest.raises(NoAnswer, match="or before"):
        measure(world(), CorridorParams(pivot="KAZ", year=1995))
    with pytest.raises(WrongRequest, match="contradict"):
        apply(world(), [Close(on="cpc"), Limit(on="cpc", to=5)])


def test_an_assumed_capacity_is_named() -> None:
    result = measure(world(), CorridorParams(pivot="KAZ", assume=("O19=1.1",)))
    assert line(result, "legs", leg="O19")["capacity_status"] == "assumed"
    assert any("given by the analyst" in caveat and "O19" in caveat for caveat in result.caveats)
    moved = line(result, "closures", kind="route", target="CPC")["moved_mt"]
    assert moved == pytest.approx((1.2 + (1.1 - 1.057) + 1.211) * 30 / 365)  # 1.057 Mt of Tengiz went that way before
    with pytest.raises(WrongRequest, match=r"seen to carry 1\.057"):
        measure(world(), CorridorParams(pivot="KAZ", assume=("O19=0.5",)))


def test_a_year_without_its_own_capacities_takes_the_earliest_later_ones() -> None:
    early = measure(world(), CorridorParams(pivot="KAZ", year=2022))
    lost = early.tables["closures"].row(by_predicate=pl.col("target") == "CPC", named=True)
    assert lost["low"] > 3
    assert lost["lost_usd"] is None  # the revenue is of 2025
    assert any("O34 for 2022: the earliest later one stands in" in one for one in early.caveats)


def test_flows_of_another_year_are_named() -> None:
    params = CorridorParams(pivot="KAZ", year=2100)
    assert any("what they carried in 2025 stands in" in one for one in outcome(world(), params).caveats)
