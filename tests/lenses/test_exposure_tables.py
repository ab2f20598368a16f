"""The tables beside the balance: trend within one source, what the pivot holds in return, geometry, concentration."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.lenses.worlds import EXPORTS, IMPORTS, PIVOT, POLES, SOLD, Flow, cell, listed, measured, world_of

from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.params import ExposureParams
from multivector.models.geometry import balance_bounds, lead, offset_draws
from multivector.world import World


@pytest.fixture(scope="module")
def default() -> World:
    return World.open()


def trend_of(flows: list[Flow], *, since: int | None = None, year: int | None = None) -> pl.DataFrame:
    params = ExposureParams(pivot=PIVOT, measures=("trade_exports",), since=since, year=year)
    return measure(world_of(flows), params).tables["trend"].filter(pl.col("pole") == "russia")


def printed(source: str, years: dict[int, float]) -> list[Flow]:
    like = replace(EXPORTS, source=source, decimals=2)
    return [flow for year, share in years.items() for flow in listed(replace(like, year=year), {"RUS": share})]


def test_a_trend_stays_within_one_source() -> None:
    table = trend_of([*printed("alpha", {2018: 0.2, 2020: 0.3}), *printed("beta", {2019: 0.5, 2020: 0.45})])
    lines = {row["source"]: row for row in table.iter_rows(named=True)}
    assert lines["alpha"]["change"] == pytest.approx(0.1)
    assert lines["beta"]["change"] == pytest.approx(-0.05)
    assert (lines["alpha"]["year_from"], lines["alpha"]["year_to"]) == (2018, 2020)


def test_a_source_of_one_year_has_no_trend() -> None:
    assert trend_of([*printed("alpha", {2018: 0.2}), *printed("beta", {2020: 0.45})]).is_empty()


@pytest.mark.parametrize(("first", "last", "certain"), [(0.20, 0.30, True), (0.20, 0.21, False), (0.30, 0.20, True)])
def test_bounds_of_a_change(first: float, last: float, certain: bool) -> None:  # noqa: FBT001 - one of two answers
    (line,) = trend_of(printed("alpha", {2019: first, 2020: last})).iter_rows(named=True)
    assert line["low"] == pytest.approx(last - first - 0.01)
    assert line["high"] == pytest.approx(last - first + 0.01)
    assert line["certain"] == certain


def test_a_change_of_bounds_has_bounds() -> None:
    flows = [
        *listed(replace(EXPORTS, year=2019), {"CHN": 0.4}),
        *listed(EXPORTS, {"CHN": 0.7}),
    ]
    (line,) = trend_of(flows).iter_rows(named=True)
    assert line["change"] is None
    assert (line["low"], line["high"]) == pytest.approx((-0.6, 0.3))


def test_a_part_of_a_year_is_in_no_trend() -> None:
    part = replace(EXPORTS, receiver="RUS", value=0.4, start=dt.date(2020, 1, 1), end=dt.date(2020, 10, 1))
    assert trend_of([*printed("alpha", {2019: 0.2}), part]).is_empty()


def test_asked_years_bound_the_trend() -> None:
    flows = printed("alpha", {2015: 0.1, 2017: 0.2, 2019: 0.4, 2020: 0.5})
    (line,) = trend_of(flows, since=2017, year=2019).iter_rows(named=True)
    assert line["change"] == pytest.approx(0.2)


# What the pivot holds in return


def test_what_kazakhstan_is_to_china_by_hand(default: World) -> None:
    result = measure(default, ExposureParams(pivot="KAZ", year=2023, measures=("trade_exports",)))
    rows = default.rows("flows", pl.col("source") == "cepii-baci-2023")
    for name, side, other in (("trade_imports", "receiver", "sender"), ("trade_exports", "sender", "receiver")):
        china = rows.filter(pl.col(side) == "CHN")
        pair = china.filter(pl.col(other) == "KAZ")["value"].item()
        line = result.tables["mutual"].filter(pl.col("pole") == "china", pl.col("measure") == name)
        assert line["value"].item() == pytest.approx(pair / china["value"].sum(), rel=1e-12)
        assert line["amount"].item() == pytest.approx(pair)
        assert line["coverage"].item() == 1.0


def test_what_a_made_up_state_is_to_a_pole() -> None:
    """Russia sells 10 here and 90 elsewhere: a tenth. Of the west only Germany is known to deal with it at all."""
    like = replace(SOLD, list_rule="complete")
    flows = [
        replace(like, sender="RUS", receiver=PIVOT, value=10.0),
        replace(like, sender="RUS", receiver="CHN", value=90.0),
        replace(like, sender="DEU", receiver=PIVOT, value=5.0),
        replace(like, sender="DEU", receiver="FRA", value=45.0),
        replace(like, sender="USA", receiver="FRA", value=50.0),
    ]
    table = measured(world_of(flows)).tables["mutual"].filter(pl.col("measure") == "trade_exports")
    lines = {row["pole"]: row for row in table.iter_rows(named=True)}
    assert lines["russia"]["value"] == pytest.approx(0.1)
    assert lines["west"]["coverage"] == pytest.approx(0.5)
    assert lines["west"]["low"] == pytest.approx(0.05)
    assert lines["west"]["high"] >= 0.05
    assert "turkic" not in lines


OIL_TO_EU = Flow(
    receiver="EU",
    measure="share_of_receiver",
    product="crude_oil",
    channel="energy",
    scope="none",
    value=0.1,
    decimals=2,
)


@pytest.mark.parametrize(("year", "shown"), [(2019, False), (2020, True), (2021, False)])
def test_a_printed_share_belongs_to_its_own_year_only(year: int, shown: bool) -> None:  # noqa: FBT001
    """A period that ends on the first day of 2021 does not reach into 2021."""
    years = [flow for y in (2019, 2021) for flow in listed(replace(EXPORTS, year=y), {"RUS": 0.1})]
    result = measured(world_of([OIL_TO_EU, *years]), "trade_exports", year=year)
    table = result.tables["mutual"].filter(pl.col("measure") == "crude_oil_imports")
    assert (table.height == 1) == shown


@pytest.mark.parametrize(
    ("qualifier", "low", "high"),
    [("exact", 0.095, 0.105), ("more_than", 0.1, 1.0), ("less_than", 0.0, 0.1), ("about", 0.09, 0.11)],
)
def test_wording_of_a_printed_share_in_return(qualifier: str, low: float, high: float) -> None:
    result = measured(world_of([replace(OIL_TO_EU, qualifier=qualifier)]), "trade_exports")
    (line,) = result.tables["mutual"].iter_rows(named=True)
    assert (line["low"], line["high"]) == pytest.approx((low, high))


# Geometry


def test_geometry_is_that_of_the_balance_table(default: World) -> None:
    result = measure(default, ExposureParams(pivot="KAZ", draws=500, seed=7))
    found = result.tables["geometry"]
    names = sorted(found.filter(pl.col("what") == "balance")["measure"])
    balance = result.tables["balance"]
    low, high = (
        np.array([[getattr(cell(result, name, pole), end) for pole in POLES] for name in names])
        for end in ("low", "high")
    )
    even, leads = balance_bounds(low, high), lead(low, high)
    for place, name in enumerate(names):
        own = found.filter(pl.col("measure") == name)
        line = own.filter(pl.col("what") == "balance").row(0, named=True)
        assert (line["low"], line["high"]) == pytest.approx((even.low[place], even.high[place]), abs=1e-12)
        first = own.filter(pl.col("what") == "lead").row(0, named=True)
        assert (first["pole"], first["certain"]) == (POLES[leads.power[place]], leads.certain[place])
    drawn = offset_draws(low, high, rng=np.random.default_rng(7), draws=500)
    line = found.filter(pl.col("what") == "offset").row(0, named=True)
    assert (line["low"], line["high"], line["draws"]) == (drawn.low, drawn.high, 500)
    assert set(names) <= set(balance["measure"])


def test_offset_depends_on_the_seed_and_on_nothing_else(default: World) -> None:
    def offset(seed: int) -> tuple[float, float]:
        table = measure(default, ExposureParams(pivot="KAZ", draws=200, seed=seed)).tables["geometry"]
        row = table.filter(pl.col("what") == "offset").row(0, named=True)
        return row["low"], row["high"]

    assert offset(1) == offset(1)
    assert offset(1) != offset(2)


def test_a_state_that_trades_with_no_pole_has_an_answer() -> None:
    """Everything goes to Brazil: no pole holds anything, which is an answer and no reason to refuse."""
    result = measured(world_of(listed(replace(SOLD, list_rule="complete"), {"BRA": 10.0})), "trade_exports")
    assert cell(result, "trade_exports", "russia").value == 0.0
    assert cell(result, "trade_exports", "rest").value == 1.0


def test_a_certain_lead_is_above_every_other_high() -> None:
    result = measured(world_of(listed(EXPORTS, {"RUS": 0.6, "CHN": 0.1})), "trade_exports")
    line = result.tables["geometry"].filter(pl.col("what") == "lead").row(0, named=True)
    assert (line["pole"], line["certain"]) == ("russia", True)
    unsure = measured(world_of(listed(EXPORTS, {"RUS": 0.3, "CHN": 0.1})), "trade_exports")
    line = unsure.tables["geometry"].filter(pl.col("what") == "lead").row(0, named=True)
    assert (line["pole"], line["certain"]) == ("russia", False)


# Concentration


@pytest.mark.parametrize(("state", "index"), [("TUR", 0.028), ("UZB", 0.115), ("ARM", 0.144), ("KAZ", 0.111)])
def test_lower_bounds_of_2022(default: World, state: str, index: float) -> None:
    """Reliability note, section 18: mean of exports and imports, squares of the listed partners, last edition."""
    table = measured(default, pivot=state).tables["concentration"]
    rows = table.filter(pl.col("source") == "cia-factbook", pl.col("period_start") == dt.date(2022, 1, 1))
    assert sorted(rows["measure"]) == ["trade_exports", "trade_imports"]
    assert float(rows["listed"].to_numpy().mean()) == pytest.approx(index, abs=0.001)


def test_a_list_of_five_by_hand() -> None:
    """Kazakhstan's exports of 2023, unrounded: [.0642, .0876]; in whole percents: [.0591, .0940]."""
    five = {"CHN": 0.16, "GBR": 0.15, "RUS": 0.10, "UZB": 0.06, "ITA": 0.05}
    for decimals, low, high in ((12, 0.0642, 0.0876), (2, 0.0591, 0.0940)):
        world = world_of(listed(replace(EXPORTS, list_rule="top", decimals=decimals), five))
        row = measured(world, "trade_exports").tables["concentration"].row(0, named=True)
        assert (row["low"], row["high"]) == pytest.approx((low, high), abs=6e-5)
        assert row["value"] is None
        assert row["coverage"] == pytest.approx(0.52)


def test_a_complete_list_has_an_index() -> None:
    world = world_of(listed(replace(SOLD, list_rule="complete"), {"CHN": 50.0, "RUS": 30.0, "BRA": 20.0}))
    row = measured(world, "trade_exports").tables["concentration"].row(0, named=True)
    assert row["value"] == pytest.approx(0.38)
    assert row["low"] == pytest.approx(0.38)
    assert row["high"] == pytest.approx(0.38)


def test_directions_have_their_own_index() -> None:
    world = world_of([*listed(EXPORTS, {"CHN": 0.5, "RUS": 0.5}), *listed(IMPORTS, {"CHN": 0.1, "RUS": 0.1})])
    table = measured(world).tables["concentration"]
    assert dict(table.select("measure", "listed").iter_rows()) == pytest.approx(
        {"trade_exports": 0.5, "trade_imports": 0.02}
    )


def test_a_printed_complete_list_beside_the_amounts_of_others() -> None:
    """The source counts other states' trade and prints only shares of the pivot's: still an answer, with doubts."""
    shares = listed(replace(EXPORTS, list_rule="complete"), {"RUS": 0.6, "CHN": 0.4})
    amounts = [
        replace(SOLD, sender="BRA", receiver=receiver, value=value, list_rule="complete")
        for receiver, value in (("DEU", 900.0), ("USA", 100.0))
    ]
    russia = cell(measured(world_of([*shares, *amounts]), "trade_exports"), "trade_exports", "russia")
    assert russia.value is None
    assert russia.low < 0.6
    assert russia.high == pytest.approx(0.6)
