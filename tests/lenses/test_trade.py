"""The trade lens on the default world: figures of the methods note, bands, refusals, and rows behind every line.

Loss figures: methods note §2, computed there with a certified residual and printed to 0.001 points; the shipped table
is rounded to USD 1,000, which moves a loss by less. Shares of trade: same section, printed to 0.1 points.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

import polars as pl
import pytest

from multivector.errors import NoAnswer, UnknownName, WrongRequest
from multivector.lenses.trade.lens import measure, outcome
from multivector.lenses.trade.params import TradeParams
from multivector.result import Result
from multivector.scenario import Embargo, Productivity, Tariff, TradeCost, apply
from multivector.world import Edit, World

PARTNERS = ("russia", "china", "west", "turkic", "EU")


@cache
def world() -> World:
    return World.open()


@cache
def asked(**changes: object) -> Result:
    return measure(world(), TradeParams.model_validate({"pivot": "KAZ", "embargo": PARTNERS, **changes}))


def line(table: pl.DataFrame, **cells: object) -> dict[str, object]:
    found = table.filter(*(pl.col(name) == value for name, value in cells.items()))
    assert found.height == 1, found
    return found.row(0, named=True)


def number(cell: object) -> float:
    assert isinstance(cell, float)
    return cell


@pytest.mark.parametrize(("name", "points"), [("IS", -2.989), ("LL", -3.518), ("U4", -1.952), ("FGO", -1.296)])
def test_the_embargo_of_the_methods_note(name: str, points: float) -> None:
    found = line(asked().tables["sets"], sender="russia", set=name, closure="additive")
    assert -100 * number(found["loss"]) == pytest.approx(points, abs=1e-3)
    assert number(found["residual"]) <= 1e-10


@pytest.mark.parametrize(
    ("name", "points"),
    [("IS", -2.113), ("LL", -1.998), ("U4", -1.720), ("FGO", -1.072)],
)
def test_eight_groups_hide_losses_and_say_so(name: str, points: float) -> None:
    """The harmonic elasticity loses less than 28 sectors and more than the trade-weighted one of the note."""
    grouped = asked(resolution="groups8", embargo=("russia",))
    loss = -100 * number(line(grouped.tables["sets"], sender="russia", set=name, closure="additive")["loss"])
    fine = -100 * number(line(asked().tables["sets"], sender="russia", set=name, closure="additive")["loss"])
    assert fine < loss <= points + 1e-3
    assert any("hide" in caveat for caveat in grouped.caveats)


@pytest.mark.parametrize(("name", "points"), [("IS", -2.483), ("LL", -2.397), ("U4", -1.720), ("FGO", -1.120)])
def test_eight_groups_with_the_harmonic_elasticity(name: str, points: float) -> None:
    grouped = asked(resolution="groups8", embargo=("russia",))
    loss = -100 * number(line(grouped.tables["sets"], sender="russia", set=name, closure="additive")["loss"])
    assert loss == pytest.approx(points, abs=1e-3)


@pytest.mark.parametrize(
    ("sender", "year", "worst", "least"),
    [
        ("russia", 2019, -2.10, -0.83),
        ("russia", 2022, -3.51, -1.29),
        ("EU", 2022, -2.44, -1.52),
        ("china", 2022, -1.31, -0.90),
    ],
)
def test_ranges_over_the_sets_of_the_note(sender: str, year: int, worst: float, least: float) -> None:
    """Printed to 0.01 points for the full table of 81 economies: merging regions moves them by at most 0.01."""
    only = asked(year=year).tables["sets"].filter(pl.col("closure") == "additive", pl.col("sender") == sender)
    losses = [-100 * one for one in only["loss"]]
    assert min(losses) == pytest.approx(worst, abs=0.016)
    assert max(losses) == pytest.approx(least, abs=0.016)


SHARES = {  # methods note §2: total USD bn, then RUS CHN EU27 TUR in percent; imports, exports
    2011: ((50.2, 37.4, 8.8, 19.2, 1.6), (85.6, 0.4, 15.8, 56.9, 3.4)),
    2012: ((59.5, 40.2, 11.8, 16.2, 1.6), (88.4, 6.6, 13.9, 51.4, 3.3)),
    2014: ((54.7, 36.5, 12.6, 18.6, 2.2), (81.9, 9.2, 11.7, 58.8, 2.0)),
    2017: ((39.6, 34.2, 11.4, 19.7, 2.0), (50.6, 8.8, 10.3, 55.0, 2.5)),
    2019: ((50.2, 32.6, 13.1, 17.5, 1.8), (61.8, 8.2, 12.3, 51.5, 2.5)),
    2020: ((44.3, 42.8, 10.7, 13.8, 2.3), (49.3, 9.1, 17.0, 45.3, 4.1)),
    2021: ((48.1, 48.6, 10.4, 12.6, 2.3), (62.4, 9.1, 16.2, 49.0, 2.1)),
    2022: ((59.1, 46.2, 10.0, 12.6, 2.7), (88.5, 8.5, 16.7, 35.7, 5.6)),
}


@pytest.mark.parametrize("year", SHARES)
def test_shares_of_trade_of_the_note(year: int) -> None:
    partners = asked().tables["partners"].filter(pl.col("period_start") == dt.date(year, 1, 1))
    for side, given in zip(("imports", "exports"), SHARES[year], strict=True):
        for sender, percent in zip(("russia", "china", "EU", "turkic"), given[1:], strict=True):
            found = line(partners, sender=sender)
            assert 100 * number(found[f"share_of_{side}_low"]) == pytest.approx(percent, abs=0.051), (sender, side)
            total = number(found[f"{side}_usd"]) / number(found[f"share_of_{side}_low"])
            assert total / 1e9 == pytest.approx(given[0], abs=0.051)


@pytest.mark.parametrize(
    ("sender", "year", "percent"),
    [("russia", 2019, 2.16), ("EU", 2019, 0.87), ("china", 2019, 0.72), ("turkic", 2019, 0.09),
     ("russia", 2022, 3.60), ("EU", 2022, 0.62), ("china", 2022, 0.61), ("turkic", 2022, 0.15)],
)  # fmt: skip
def test_power_over_prices_of_the_note(sender: str, year: int, percent: float) -> None:
    power = asked(sets=("IS",)).tables["power"]
    found = line(power, sender=sender, period_start=dt.date(year, 1, 1))
    assert 100 * number(found["price_rise"]) == pytest.approx(percent, abs=0.0051)


def test_kazakhstan_gains_when_the_west_and_russia_part() -> None:
    """The note: +0.24 to +0.54 % with its own West; ours has Switzerland and lacks Australia, and CP is least."""
    found = line(asked().tables["between"], subject="KAZ", period_start=dt.date(2022, 1, 1))
    assert 0 < number(found["low"]) < number(found["change"]) < number(found["high"]) < 0.0054


def test_both_ends_of_a_range_come_from_the_set_that_is_named() -> None:
    for row in asked().tables["embargo"].filter(pl.col("period_start") == dt.date(2022, 1, 1)).iter_rows(named=True):
        for end in ("low", "high"):
            used, closure = row[f"set_{end}"].split()
            alone = line(asked().tables["sets"], sender=row["sender"], set=used, closure=closure)
            assert alone["loss"] == row[end]


def test_ranges_hold_their_value_and_money_is_loss_times_spending() -> None:
    table = asked().tables["embargo"]
    assert table.filter(~pl.col("loss").is_between(pl.col("low"), pl.col("high"))).is_empty()
    assert table.filter(
        ~pl.col("sender_change").is_between(pl.col("sender_change_low"), pl.col("sender_change_high"))
    ).is_empty()
    spent = (
        table.select(spent=pl.col("loss_usd") / pl.col("loss"), start="period_start")
        .group_by("start")
        .agg(least=pl.col("spent").min(), most=pl.col("spent").max())
    )
    assert spent.filter(pl.col("most") > pl.col("least") * (1 + 1e-9)).is_empty()


def test_every_line_names_rows_and_they_are_cited() -> None:
    cited = set(asked().facts["id"])
    for name, table in asked().tables.items():
        if name in {"certificate", "policies"}:  # nothing is supposed
            continue
        assert table["facts"].list.len().min() > 0, name  # type: ignore[operator]
        assert {row for facts in table["facts"] for row in facts} <= cited


def test_every_solution_is_certified() -> None:
    certificate = asked().tables["certificate"]
    assert certificate["certified"].all()
    assert certificate.height == 6 * 8 * 2 * 8  # stops, sets, closures, years


def test_draws_lie_within_the_sets_and_repeat() -> None:
    once = asked(embargo=("russia",), year=2022, since=2022)
    again = measure(world(), TradeParams(pivot="KAZ", embargo=("russia",), year=2022, since=2022))
    assert once.tables["draws"].equals(again.tables["draws"])
    found, stop = once.tables["draws"].row(0, named=True), once.tables["embargo"].row(0, named=True)
    assert stop["low"] < found["low"] < found["loss"] < found["high"] < stop["high"]
    assert found["draws"] == found["asked"] == 200


def test_diversification_begins_at_the_power_and_falls() -> None:
    curve = asked().tables["diversify"].filter(pl.col("sender") == "russia")
    power = line(asked().tables["power"], sender="russia", period_start=dt.date(2022, 1, 1))
    assert curve["price_rise"][0] == pytest.approx(number(power["price_rise"]), rel=1e-12)
    assert curve["price_rise"].is_sorted(descending=True)
    assert curve["log_price_slope"].max() < 0  # type: ignore[operator]


@pytest.mark.parametrize("state", ["UZB", "KGZ", "ARM", "AZE", "GEO", "POL"])
def test_states_without_a_row_are_not_covered(state: str) -> None:
    with pytest.raises(NoAnswer, match="not covered"):
        measure(world(), TradeParams(pivot=state))


def test_partners_without_a_row_are_not_zero() -> None:
    with pytest.raises(NoAnswer, match="Uzbekistan"):
        measure(world(), TradeParams(pivot="KAZ", embargo=("UZB",)))
    found = asked(embargo=("UZB", "russia"))
    assert set(found.tables["embargo"]["sender"]) == {"russia"}
    assert any("Not covered" in caveat and "Uzbekistan" in caveat for caveat in found.caveats)


def test_a_broken_series_and_left_out_members_are_said() -> None:
    assert any("2011" in caveat and "Break" in caveat for caveat in asked().caveats)
    assert any("AUS" in caveat for caveat in asked().caveats)
    assert not any("Break" in caveat for caveat in asked(since=2012).caveats)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"embargo": ("KAZ",)}, WrongRequest, "itself"),
        ({"embargo": ("rusia",)}, UnknownName, "did you mean russia"),
        ({"between": ("west:EU",)}, WrongRequest, "share"),
        ({"between": ("KAZ:RUS",)}, WrongRequest, "--embargo"),
        ({"since": 2023}, WrongRequest, "2022"),
        ({"resolution": "icio81"}, NoAnswer, "pull icio"),
        ({"year": 2018}, UnknownName, "2018"),
        ({"resolution": "regions29"}, UnknownName, "regions28"),
        ({"sets": ("XX",)}, UnknownName, "set"),
        ({"pivot": "KAX"}, UnknownName, "KAZ"),
    ],
)  # fmt: skip
def test_wrong_questions_are_refused(changes: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        measure(world(), TradeParams.model_validate({"pivot": "KAZ", **changes}))


def test_an_undated_table_is_unknown_as_of_a_day() -> None:
    with pytest.raises(NoAnswer, match="no publication date"):
        measure(world().as_of(dt.date(2023, 11, 20)), TradeParams(pivot="KAZ"))


def test_a_cell_that_two_rows_state_is_refused() -> None:
    rows = world().rows("io_flows", pl.col("resolution") == "regions28", pl.col("exporter") == "KAZ").head(1)
    twice = rows.drop("id").with_columns(value_usd_mn=pl.col("value_usd_mn") + 1)
    with pytest.raises(NoAnswer, match="twice"):
        measure(world().edit((Edit("io_flows", add=twice),)), TradeParams(pivot="KAZ"))


# --- what a world supposes --------------------------------------------------------------------------------------------


def changed(*shocks: Embargo | Tariff | TradeCost | Productivity) -> dict[str, dict[str, object]]:
    after = outcome(apply(world(), shocks), TradeParams(pivot="KAZ"))
    return {row["subject"]: row for row in after.headline.iter_rows(named=True)}


def test_an_embargo_stated_as_a_policy_loses_what_the_table_of_embargoes_says() -> None:
    found = changed(Embargo(by="KAZ", on="RUS", product="all", start=dt.date(2023, 1, 1)))
    stop = line(asked().tables["embargo"], sender="russia", period_start=dt.date(2022, 1, 1))
    assert number(found["KAZ"]["value"]) == pytest.approx(-number(stop["loss"]), abs=1e-12)
    assert number(found["RUS"]["low"]) == pytest.approx(number(stop["sender_change_low"]), abs=1e-12)


def test_nothing_supposed_changes_nothing() -> None:
    assert set(outcome(world(), TradeParams(pivot="KAZ")).headline["value"]) == {0.0}


def test_no_change_of_cost_or_productivity_changes_nothing() -> None:
    found = changed(TradeCost(by="KAZ", on="CHN", change=0.0), Productivity(actor="KAZ", change=0.0))
    assert all(abs(number(row[end])) < 1e-9 for row in found.values() for end in ("value", "low", "high"))


def test_a_very_dear_border_is_an_embargo() -> None:
    dear = changed(TradeCost(by="KAZ", on="CHN", change=1e8 - 1))
    stop = line(asked().tables["embargo"], sender="china", period_start=dt.date(2022, 1, 1))
    assert number(dear["KAZ"]["value"]) == pytest.approx(-number(stop["loss"]), abs=1e-5)


def test_a_tariff_on_its_goods_and_lost_productivity_hurt() -> None:
    assert number(changed(Tariff(by="EU", on="KAZ", product="ENE", rate=0.5))["KAZ"]["high"]) < 0
    assert number(changed(Productivity(actor="KAZ", product="B06", change=-0.1))["KAZ"]["high"]) < 0


def test_a_product_that_is_no_sector_is_named_and_not_applied() -> None:
    after = outcome(apply(world(), [Tariff(by="RUS", on="KAZ", product="wheat", rate=0.5)]), TradeParams(pivot="KAZ"))
    assert set(after.headline["value"]) == {0.0}
    assert any("Not applied" in caveat and "'wheat'" in caveat for caveat in after.caveats)


def test_a_measure_of_the_table_s_own_years_is_in_it_already() -> None:
    rule = Tariff(by="EU", on="KAZ", product="C24A", rate=0.9)
    row = apply(world(), [rule]).rows("policies", pl.col("source") == "scenario").drop("id")
    stated = row.with_columns(source=pl.lit("oecd-icio"), period_start=dt.date(2020, 1, 1))
    after = outcome(world().edit((Edit("policies", add=stated),)), TradeParams(pivot="KAZ"))
    assert set(after.headline["value"]) == {0.0}
    assert any("holds it already" in caveat for caveat in after.caveats)


@pytest.mark.parametrize("by", ["EAEU", "EU"])
def test_a_measure_of_a_body_is_the_same_whoever_is_asked_about(by: str) -> None:
    """A body keeps all its members: the state under study is one of those who impose it."""
    after = apply(world(), [Tariff(by=by, on="CHN", rate=0.5)])
    answers = [outcome(after, TradeParams(pivot=pivot)).headline.drop("pivot") for pivot in ("KAZ", "DEU", "CHN")]
    assert answers[0].equals(answers[1])
    assert answers[0].equals(answers[2])


def test_two_others_stop_trading_with_the_state_among_them() -> None:
    """Germany is one of the West: its own line is that of a party, and Russia's loss does not depend on who asks."""
    asks = {
        pivot: measure(world(), TradeParams(pivot=pivot, year=2022, since=2022, draws=0)) for pivot in ("KAZ", "DEU")
    }
    russia = [line(one.tables["between"], subject="russia")["change"] for one in asks.values()]
    assert russia[0] == russia[1]
    assert number(line(asks["DEU"].tables["between"], subject="DEU")["change"]) < 0


def test_a_pair_that_is_not_covered_is_named() -> None:
    found = asked(embargo=("china",), between=("EU:GEO",), year=2022, since=2022)
    assert found.tables["between"].is_empty()
    assert any("Not covered" in caveat and "Georgia" in caveat for caveat in found.caveats)


def test_shares_of_a_partner_that_is_counted_in_part_are_lower_bounds() -> None:
    partners = asked().tables["partners"].filter(pl.col("period_start") == dt.date(2022, 1, 1))
    turkic, russia = line(partners, sender="turkic"), line(partners, sender="russia")
    assert turkic["share_of_imports"] is None
    assert turkic["economies"] == "TUR"
    assert str(turkic["absent"]).split() == ["AZE", "KGZ", "UZB"]
    assert russia["share_of_imports"] == russia["share_of_imports_low"]


def test_members_do_not_depend_on_the_year_that_is_asked_for() -> None:
    early = asked(year=2019)
    for sender in ("EU", "west"):
        cells = {"sender": sender, "period_start": dt.date(2019, 1, 1)}
        assert line(early.tables["embargo"], **cells)["loss"] == line(asked().tables["embargo"], **cells)["loss"]


def test_the_order_of_the_sets_changes_nothing() -> None:
    there, back = (
        asked(sets=sets, embargo=("russia",), year=2022, since=2022) for sets in (("IS", "U4"), ("U4", "IS"))
    )
    assert all(there.tables[name].equals(back.tables[name]) for name in there.tables)


@pytest.mark.parametrize("products", [("goods", "C24A"), ("C24A", "goods"), ("ENE", "C19")])
def test_overlapping_tariffs_are_refused_in_any_order(products: tuple[str, str]) -> None:
    shocks = [Tariff(by="EU", on="KAZ", product=one, rate=0.1 * (1 + at)) for at, one in enumerate(products)]
    with pytest.raises(WrongRequest, match="overlap"):
        changed(*shocks)


def test_two_bodies_that_charge_the_same_do_not_contradict() -> None:
    alone = changed(Tariff(by="EU", on="KAZ", product="C24A", rate=0.2))
    both = changed(
        Tariff(by="EU", on="KAZ", product="C24A", rate=0.2), Tariff(by="DEU", on="KAZ", product="C24A", rate=0.2)
    )
    assert both["KAZ"]["value"] == alone["KAZ"]["value"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"product": None}, "does not say what it covers"),
        ({"kind": "tariff", "unit": "fraction"}, "does not say how high"),
        ({"kind": "tariff", "level": 5.0, "unit": "goods"}, "its level is in goods"),
        ({"period_end": dt.date(2024, 1, 1)}, "ends on 2024-01-01"),
        ({"by": "UZB"}, "no economy of their own"),
        ({"by": "RUS"}, "nobody trades with itself"),
        ({"on": "WLD"}, "no economy of their own"),
    ],
)
def test_a_measure_of_which_too_little_is_known_is_named_and_not_applied(cells: dict[str, object], said: str) -> None:
    ban = Embargo(by="KAZ", on="RUS", product="all", direction="exports", start=dt.date(2023, 6, 1))
    row = apply(world(), [ban]).rows("policies", pl.col("source") == "scenario").drop("id")
    stated = row.with_columns(pl.lit("oecd-icio").alias("source")).with_columns(
        pl.lit(value, dtype=row.schema[name]).alias(name) for name, value in cells.items()
    )
    after = outcome(world().edit((Edit("policies", add=stated),)), TradeParams(pivot="KAZ"))
    assert set(after.headline["value"]) == {0.0}
    assert any(said in caveat for caveat in after.caveats)


def test_an_embargo_that_ends_before_a_year_is_out_is_not_a_year_of_it() -> None:
    brief = Embargo(by="KAZ", on="RUS", product="all", start=dt.date(2023, 1, 1), end=dt.date(2023, 2, 1))
    after = outcome(apply(world(), [brief]), TradeParams(pivot="KAZ"))
    assert set(after.headline["value"]) == {0.0}
    assert any("whole year" in caveat for caveat in after.caveats)


def test_nothing_supposed_leaves_the_table_of_policies_empty() -> None:
    assert asked().tables["policies"].is_empty()


def test_an_absurd_change_is_called_one() -> None:
    after = outcome(apply(world(), [TradeCost(by="KAZ", on="CHN", change=-0.99)]), TradeParams(pivot="KAZ"))
    assert any("nothing of use" in caveat for caveat in after.caveats)
