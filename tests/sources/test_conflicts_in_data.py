"""Conflicts that the handed-over facts are known to hold: every side stays, none is averaged, dropped or joined."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl
import pytest

from multivector.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Flow:
    """Flows between two actors in one period, and the values that must all be there."""

    sender: str
    receiver: str
    measure: str
    start: str
    end: str
    values: tuple[float, ...]
    unit: str = "USD bn"
    product: str = "goods"


YEAR_2022 = ("2022-01-01", "2023-01-01")
YEAR_2023 = ("2023-01-01", "2024-01-01")
CONFLICTS = {
    "C01": (Flow("KAZ", "CHN", "turnover", *YEAR_2022, (24.1, 31.2)),),
    "C02": (Flow("KAZ", "CHN", "turnover", "2023-01-01", "2023-11-01", (24.3, 32.7)),),
    "C04": (
        Flow("KAZ", "RUS", "turnover", *YEAR_2023, (26.0, 28.0)),
        Flow("KAZ", "RUS", "turnover", *YEAR_2022, (24.3, 26.0, 26.1)),
    ),
    "C05": (Flow("KAZ", "EU", "turnover", *YEAR_2022, (39.9, 40.0)),),
    "C06": (
        Flow("KAZ", "WLD", "value", "2025-01-01", "2025-07-01", (321.2, 391.6), "KZT bn", "transfers"),
        Flow("KAZ", "WLD", "value", "2025-01-01", "2025-07-01", (590.0,), "USD mn", "transfers"),
        Flow("KAZ", "UZB", "value", "2025-01-01", "2025-07-01", (125.3,), "KZT bn", "transfers"),
    ),
    "C07": (
        Flow("KAZ", "ITA", "turnover", *YEAR_2023, (16.1,)),
        Flow("KAZ", "GBR", "share_of_sender", *YEAR_2023, (0.15,), "fraction"),
        Flow("KAZ", "ITA", "share_of_sender", *YEAR_2023, (0.05,), "fraction"),
    ),
    "C10": (
        Flow("KAZ", "ITA", "turnover", *YEAR_2022, (4.5,), "EUR bn"),
        Flow("KAZ", "ITA", "share_of_sender", *YEAR_2022, (0.13,), "fraction"),
    ),
    "C11": (
        Flow("KAZ", "WLD", "value", "2017-01-01", "2018-01-01", (49.29,)),
        Flow("KAZ", "WLD", "value", "2017-01-01", "2018-01-01", (68.256,), product="goods_services"),
        Flow("WLD", "KAZ", "value", "2017-01-01", "2018-01-01", (31.85,)),
        Flow("WLD", "KAZ", "value", "2017-01-01", "2018-01-01", (58.099,), product="goods_services"),
    ),
    "C12": (Flow("GMB", "KAZ", "share_of_receiver", *YEAR_2023, (0.04,), "fraction"),),
}


def stated(world: World, flow: Flow) -> pl.DataFrame:
    return world.rows(
        "flows",
        pl.col("sender") == flow.sender,
        pl.col("receiver") == flow.receiver,
        pl.col("measure") == flow.measure,
        pl.col("product") == flow.product,
        pl.col("unit") == flow.unit,
        pl.col("period_start") == day(flow.start),
        pl.col("period_end") == day(flow.end),
    )


@pytest.mark.parametrize(
    "flow", [pytest.param(flow, id=f"{mark} {flow.values}") for mark, flows in CONFLICTS.items() for flow in flows]
)
def test_every_side_of_a_conflict_stays(world: World, flow: Flow) -> None:
    values = stated(world, flow)["value"].sort().to_list()
    assert values == pytest.approx(sorted(flow.values))


def test_mirror_sides_name_who_counted(world: World) -> None:
    sides = stated(world, CONFLICTS["C01"][0]).select("reporter", "value").sort("value").rows()
    assert sides == [("KAZ", 24.1), ("CHN", 31.2)]


def test_stock_and_cumulated_investment_are_different_measures(world: World) -> None:
    """C08: 25 bn since independence, claimed, and a stock of 4.8 bn never meet in one measure."""
    russian = world.rows(
        "flows",
        pl.col("sender") == "RUS",
        pl.col("receiver") == "KAZ",
        pl.col("product") == "fdi",
        pl.col("measure").is_in(["stock", "cumulative"]),
    )
    sides = russian.select("measure", "value", "status", "basis", "qualifier").sort("measure").rows()
    assert sides == [("cumulative", 25.0, "claim", "none", "about"), ("stock", 4.8, "observed", "immediate", "exact")]


def test_rounded_claim_beside_the_figure(world: World) -> None:
    """C05: 40 and 39.9 differ by rounding only, which the printed digits show."""
    sides = stated(world, CONFLICTS["C05"][0]).select("value", "decimals", "status").sort("value").rows()
    assert sides == [(39.9, 1, "observed"), (40.0, 0, "claim")]


def test_anomalies_carry_their_warning(world: World) -> None:
    """C12 and C10: flagged, not hidden."""
    gambia = stated(world, CONFLICTS["C12"][0])
    italy = stated(world, CONFLICTS["C10"][0])
    assert "anomaly" in gambia["note"].item()
    assert "unchecked guess" in italy["note"].item()


def test_vintages_stand_side_by_side_with_their_days(world: World) -> None:
    flow = Flow("KAZ", "WLD", "value", *YEAR_2022, (93.581, 93.598, 93.623, 93.822), product="goods_services")
    vintages = stated(world, flow).select("published", "value", "decimals").sort("published").rows()
    assert vintages == [
        (day("2024-04-04"), 93.581, 3),
        (day("2024-07-25"), 93.598, 3),
        (day("2025-01-22"), 93.623, 3),
        (day("2025-05-15"), 93.822, 3),
    ]
    known = stated(world.as_of(day("2024-12-31")), flow)
    assert known["value"].sort().to_list() == [93.581, 93.598]


def test_lists_of_top_partners_say_that_they_are_lists(world: World) -> None:
    """Five partners that sum to 0.50: the rest is unknown, and whole percents are known to be whole percents."""
    listed = world.rows(
        "flows",
        pl.col("sender") == "KAZ",
        pl.col("measure") == "share_of_sender",
        pl.col("source") == "cia-factbook",
        pl.col("period_start") == day("2022-01-01"),
    )
    assert listed["value"].sum() == pytest.approx(0.50)
    assert listed.select("list_rule", "decimals").unique().rows() == [("top", 2)]
    press = world.rows("flows", pl.col("measure") == "share_of_receiver", pl.col("value") == 0.219)
    assert press.filter(pl.col("receiver") == "KAZ").select("list_rule", "decimals").rows() == [("selected", 3)]


def test_one_decimal_lists_keep_their_digits(world: World) -> None:
    """5 % beside 12.1 % was printed as 5.0 %."""
    listed = world.rows(
        "flows",
        pl.col("sender") == "KAZ",
        pl.col("measure") == "share_of_sender",
        pl.col("source") == "cia-factbook",
        pl.col("period_start") == day("2014-01-01"),
    )
    assert listed.filter(pl.col("receiver") == "ROU").select("value", "decimals").rows() == [(0.05, 3)]


def test_share_of_an_unclear_base_is_no_flow(world: World) -> None:
    unclear = world.rows("indicators", pl.col("name") == "export_or_turnover_share")
    assert unclear.select("subject", "about", "value").rows() == [("KAZ", "CHN", 0.156)]
    assert world.rows("flows", pl.col("value") == 0.156, pl.col("source") != "cepii-baci-2023").is_empty()


@pytest.mark.parametrize(
    ("actor", "organisation", "role", "starts"),
    [
        ("UZB", "OTS", "member", {"2019-09-14", "2019-10-15"}),
        ("ARM", "CSTO", "member", {"2003-09-18"}),
        ("ARM", "CSTO", "suspended", {"2024-01-01", "2024-02-22"}),
        ("KAZ", "CSTO", "member", {"2002-10-07", "2003-09-18"}),
        ("UZB", "CSTO", "member", {"2006-06-23", "2006-08-16"}),
    ],
)
def test_both_dates_of_a_membership_stay(
    world: World, actor: str, organisation: str, role: str, starts: set[str]
) -> None:
    rows = world.rows(
        "memberships",
        pl.col("actor") == actor,
        pl.col("organisation") == organisation,
        pl.col("role") == role,
    )
    assert set(rows["period_start"].dt.to_string()) == starts


def test_suspension_of_armenia_is_a_claim(world: World) -> None:
    row = world.rows("memberships", pl.col("actor") == "ARM", pl.col("period_start") == day("2024-02-22"))
    assert row["status"].to_list() == ["claim"]


def test_hungary_left_the_court(world: World) -> None:
    hungary = world.rows("memberships", pl.col("actor") == "HUN", pl.col("organisation") == "ICC")
    party = hungary.filter(pl.col("role") == "party")
    assert party["period_end"].to_list() == [day("2026-06-02")]
    assert hungary.filter(pl.col("role") == "withdrew")["period_start"].to_list() == [day("2026-06-02")]


def test_non_aligned_movement_is_not_namibia(world: World) -> None:
    assert world.rows("memberships", pl.col("organisation") == "NAM").is_empty()
    assert world.rows("actors", pl.col("actor") == "NAM")["name"].to_list() == ["Namibia"]
    assert "KAZ" in world.rows("memberships", pl.col("organisation") == "NONALIGNED")["actor"].to_list()


def test_claim_and_denial_of_the_export_ban_both_stand(world: World) -> None:
    thread = world.rows("events", pl.col("related") == "kaz-rus-export-ban-2023-10-19")
    assert sorted(thread["kind"].to_list()) == ["claim", "claim", "claim", "denial"]
    assert set(thread["status"].to_list()) == {"claim"}
    assert thread.filter(pl.col("kind") == "denial")["published"].to_list() == [day("2023-10-19")]


def test_a_drop_is_a_negative_change(world: World) -> None:
    drop = world.rows("events", pl.col("what").str.contains("fell about 80% more steeply"))
    assert drop.select("value", "unit").rows() == [(-0.8, "relative change")]


def test_broken_mirror_is_derived_and_says_so(world: World) -> None:
    broken = world.rows("events", pl.col("what").str.starts_with("EU27->ARM 2023"))
    assert broken["status"].to_list() == ["derived"]
    assert "broken mirror" in broken["note"].item()


def test_the_sample_article_is_no_source(world: World) -> None:
    assert world.rows("flows", pl.col("value") == 27.0, pl.col("measure") == "turnover").is_empty()
    assert world.rows("positions", pl.col("evidence").str.contains("articles/")).is_empty()
    assert not world.rows("positions", pl.col("evidence").str.contains("Op-ed on Kazakhstan")).is_empty()


def test_general_knowledge_can_be_dropped(world: World) -> None:
    kind = world.rows("sources", pl.col("source") == "general-knowledge")["kind"].to_list()
    assert kind == ["general_knowledge"]
    counts = {
        table: world.rows(table, pl.col("source") == "general-knowledge").height
        for table in ("memberships", "obligations", "offices")
    }
    assert counts == {"memberships": 184, "obligations": 73, "offices": 307}


def test_russian_is_a_language_where_languages_are_counted(world: World) -> None:
    understood = world.rows("ties", pl.col("kind") == "language").select("b", "value").sort("value").rows()
    assert understood == [
        ("English", 0.351),
        ("Kazakh", 0.801),
        ("Russian language", 0.837),
        ("Russian language", 0.944),
    ]


def test_treaties_not_in_force_bind_nobody(world: World) -> None:
    caspian = world.rows("obligations", pl.col("instrument").str.contains("Caspian Sea"))
    assert caspian.select("period_start", "status").rows() == [(None, "plan")]


def test_poles_are_drawn(world: World) -> None:
    members = world.rows("groups", pl.col("group") == "west").select("element", "role").rows()
    assert ("EU", "member") in members
    assert ("GBR", None) in members
    assert len(members) == 11
    assert set(world.rows("groups")["label"]) == {"Russia", "China", "West", "Turkic", "EU", "EAEU", "CSTO"}
