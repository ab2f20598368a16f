"""Shocks to trade: which rows of policies they write, and what they refuse."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from multivector.errors import UnknownName, WrongRequest
from multivector.scenario import Embargo, Productivity, Tariff, TradeCost, apply, read_scenario
from multivector.scenario.shocks import SetFlow, Shock
from multivector.world import World

DAY = dt.date(2023, 1, 1)


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


def written(world: World, *shocks: Shock) -> list[tuple[str, str, str, str | None, float | None, str]]:
    rows = apply(world, shocks).rows("policies", pl.col("source") == "scenario")
    return sorted(rows.select("kind", "by", "on", "product", "level", "unit").iter_rows())


def test_an_embargo_states_a_ban_each_way(world: World) -> None:
    both = [("export_ban", "KAZ", "RUS", "all", None, "words"), ("import_ban", "KAZ", "RUS", "all", None, "words")]
    assert written(world, Embargo(by="KAZ", on="RUS", product="all", start=DAY)) == both
    assert written(world, Embargo(by="KAZ", on="RUS", product="all", direction="imports", start=DAY)) == both[1:]


def test_an_embargo_of_all_stops_what_is_traded_and_what_is_burnt(world: World) -> None:
    def amount(opened: World, channel: str) -> float:
        pair = (pl.col("sender") == "KAZ") & (pl.col("receiver") == "CHN")
        rows = opened.rows("flows", pair, pl.col("channel") == channel, pl.col("measure") == "value")
        return float(rows.filter(pl.col("period_start") >= DAY)["value"].sum())

    after = apply(world, [Embargo(by="KAZ", on="CHN", product="all", start=DAY)])
    assert amount(world, "trade") > 0
    assert amount(after, "trade") == 0
    assert amount(after, "energy") == 0
    assert amount(after, "finance") == amount(world, "finance")


def test_an_embargo_without_a_flow_stands_where_the_table_covers_both(world: World) -> None:
    assert written(world, Embargo(by="HUN", on="IND", product="C29", start=dt.date(2024, 1, 1)))
    with pytest.raises(WrongRequest, match="changes nothing"):
        apply(world, [Embargo(by="NRU", on="TUV", product="C29", start=dt.date(2024, 1, 1))])


def test_costs_go_one_way_or_both(world: World) -> None:
    there = ("trade_cost", "KAZ", "CHN", "all", 0.2, "relative change")
    back = ("trade_cost", "CHN", "KAZ", "all", 0.2, "relative change")
    assert written(world, TradeCost(by="KAZ", on="CHN", change=0.2)) == [back, there]
    assert written(world, TradeCost(by="KAZ", on="CHN", change=0.2, direction="exports")) == [there]
    assert written(world, TradeCost(by="KAZ", on="CHN", change=0.2, direction="imports")) == [back]


def test_tariff_and_productivity_leave_flows_alone(world: World) -> None:
    shocks = (Tariff(by="EU", on="KAZ", rate=0.1), Productivity(actor="KAZ", product="B06", change=-0.1))
    assert written(world, *shocks) == [
        ("productivity", "KAZ", "KAZ", "B06", -0.1, "relative change"),
        ("tariff", "EU", "KAZ", "goods", 0.1, "fraction"),
    ]
    assert apply(world, shocks).rows("flows").equals(world.rows("flows"))


@pytest.mark.parametrize(
    "shock",
    [
        Tariff(by="EUU", on="KAZ", rate=0.1),
        TradeCost(by="KAZ", on="CHX", change=0.1),
        Productivity(actor="KAX", change=0.1),
    ],
)
def test_an_unknown_party_is_refused(world: World, shock: Shock) -> None:
    with pytest.raises(UnknownName, match="did you mean"):
        apply(world, [shock])


def test_two_rates_for_one_border_contradict_each_other(world: World) -> None:
    with pytest.raises(WrongRequest, match="contradict"):
        apply(world, [Tariff(by="EU", on="KAZ", rate=0.1), Tariff(by="EU", on="KAZ", rate=0.2)])


def test_an_embargo_of_all_contradicts_a_flow_that_is_set(world: World) -> None:
    flow = SetFlow(
        sender="KAZ", receiver="RUS", channel="trade", product="goods", measure="value", value=1.0, unit="USD bn",
        period_start=DAY, period_end=dt.date(2024, 1, 1),
    )  # fmt: skip
    with pytest.raises(WrongRequest, match="contradict"):
        apply(world, [Embargo(by="KAZ", on="RUS", product="all", start=DAY), flow])


@pytest.mark.parametrize("change", ["rate = -1.0", "rate = 101.0", 'rate = "much"'])
def test_a_tariff_of_minus_everything_is_refused(change: str) -> None:
    with pytest.raises(WrongRequest, match="rate"):
        read_scenario(f'[[shocks]]\nkind = "tariff"\nby = "EU"\non = "KAZ"\n{change}\n')


def test_shocks_of_trade_read_from_toml() -> None:
    text = '[[shocks]]\nkind = "trade_cost"\nby = "KAZ"\non = "CHN"\nchange = 0.2\n'
    assert read_scenario(text).shocks == (TradeCost(by="KAZ", on="CHN", change=0.2),)
