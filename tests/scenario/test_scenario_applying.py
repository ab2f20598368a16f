"""What shocks do to a world and to the answer of the lens, by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest
from tests.lenses.worlds import (
    BOUGHT,
    EXPORTS,
    IMPORTS,
    PIVOT,
    POLES,
    SOLD,
    bounds,
    cell,
    listed,
    measured,
    world_of,
)

from multivector.errors import MultivectorError, UnknownName, WrongRequest, WrongWorld
from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.params import ExposureParams
from multivector.result import Result
from multivector.scenario import Embargo, Join, Leave, SetFlow, SetValue, Shock, apply, compare
from multivector.world import World

ALL_POLES = (*POLES, "rest")
FIRST, NEXT = dt.date(2020, 1, 1), dt.date(2021, 1, 1)
STOP = Embargo(by=PIVOT, on="RUS", start=FIRST)
TOP = replace(EXPORTS, list_rule="top", decimals=2)
PRINTED = listed(TOP, {"RUS": 0.3, "CHN": 0.2, "DEU": 0.1})
COUNTED = [*listed(SOLD, {"RUS": 300.0, "CHN": 200.0}), replace(SOLD, value=1000.0)]
SET = SetFlow(
    sender=PIVOT,
    receiver="RUS",
    channel="trade",
    product="goods",
    measure="share_of_sender",
    value=0.4,
    unit="fraction",
    period_start=FIRST,
    period_end=NEXT,
)


def everything(world: World) -> dict[str, list[tuple[object, ...]]]:
    return {name: table.collect().sort(pl.all()).rows() for name, table in world.tables.items() if name != "io_flows"}


def row_of(world: World, partner: str) -> str:
    return str(world.rows("flows", pl.col("receiver") == partner)["id"].item())


# Embargo


def test_an_embargo_is_an_exact_zero_and_the_other_printed_shares_grow() -> None:
    result = measured(apply(world_of(PRINTED), [STOP]), "trade_exports")
    russia, china = (cell(result, "trade_exports", pole) for pole in ("russia", "china"))
    assert (russia.value, russia.low, russia.high) == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)
    assert china.value == pytest.approx(0.2 / 0.7)
    assert bounds(result, "trade_exports", "west")[0] == pytest.approx(0.1 / 0.7, abs=0.0051)


def test_an_embargo_takes_its_amount_out_of_the_total() -> None:
    result = measured(apply(world_of(COUNTED), [STOP]), "trade_exports")
    assert cell(result, "trade_exports", "russia").value == 0.0
    assert cell(result, "trade_exports", "china").value == pytest.approx(200 / 700)


def test_an_embargo_takes_its_amount_out_of_a_total_in_another_unit() -> None:
    flows = [*listed(SOLD, {"RUS": 300.0, "CHN": 200.0}), replace(SOLD, value=1.0, unit="USD bn")]
    result = measured(apply(world_of(flows), [STOP]), "trade_exports")
    assert cell(result, "trade_exports", "china").value == pytest.approx(200 / 700)


def test_an_embargo_in_a_complete_list() -> None:
    flows = listed(replace(SOLD, list_rule="complete"), {"RUS": 300.0, "CHN": 200.0, "BRA": 500.0})
    result = measured(apply(world_of(flows), [STOP]), "trade_exports")
    values = {pole: cell(result, "trade_exports", pole).value for pole in ("russia", "china", "rest")}
    assert values == pytest.approx({"russia": 0.0, "china": 200 / 700, "rest": 500 / 700})


def test_an_embargo_with_two_statements_of_the_total() -> None:
    """Two totals of one source, counted by two offices: both lose what has stopped."""
    flows = [*COUNTED, replace(SOLD, value=1010.0, reporter=PIVOT)]
    after = apply(world_of(flows), [STOP])
    totals = after.rows("flows", pl.col("receiver") == "WLD")["value"].sort().to_list()
    assert totals == pytest.approx([700.0, 710.0])


def test_an_embargo_of_two_statements_about_one_pair() -> None:
    """The same source prints the amount as counted here and as counted there: the total loses it once."""
    flows = [*COUNTED, replace(SOLD, receiver="RUS", value=310.0, reporter="RUS")]
    after = apply(world_of(flows), [STOP])
    stopped = after.rows("flows", pl.col("receiver") == "RUS")["value"].to_list()
    assert stopped == [0.0, 0.0]
    assert after.rows("flows", pl.col("receiver") == "WLD")["value"].item() == pytest.approx(700.0, abs=10.0)


def test_an_embargo_of_the_only_partner_gives_an_answer_or_a_refusal_in_words() -> None:
    world = apply(world_of(listed(replace(SOLD, list_rule="complete"), {"RUS": 300.0})), [STOP])
    try:
        result = measured(world, "trade_exports")
    except MultivectorError:
        return
    assert cell(result, "trade_exports", "russia").high == 1.0


def test_an_embargo_reaches_the_share_of_two_way_trade() -> None:
    """What stops both ways is no part of turnover either."""
    flows = listed(replace(EXPORTS, measure="share_of_turnover"), {"RUS": 0.3, "CHN": 0.2})
    both = [*flows, *listed(EXPORTS, {"RUS": 0.3}), *listed(IMPORTS, {"RUS": 0.3})]
    result = measured(apply(world_of(both), [STOP]), "trade_turnover")
    assert cell(result, "trade_turnover", "russia").value != 0.3


@pytest.mark.parametrize(
    ("direction", "sold", "bought"), [("exports", 0.0, 0.5), ("imports", 0.3, 0.0), ("both", 0.0, 0.0)]
)
def test_direction_of_an_embargo(direction: str, sold: float, bought: float) -> None:
    world = world_of([*PRINTED, *listed(IMPORTS, {"RUS": 0.5, "CHN": 0.1})])
    stop = Embargo.model_validate({"by": PIVOT, "on": "RUS", "start": FIRST, "direction": direction})
    result = measured(apply(world, [stop]))
    assert cell(result, "trade_exports", "russia").value == pytest.approx(sold)
    assert cell(result, "trade_imports", "russia").value == pytest.approx(bought)


def test_an_embargo_spares_other_years_products_and_pairs() -> None:
    flows = [
        *PRINTED,
        *listed(replace(TOP, year=2019), {"RUS": 0.25, "CHN": 0.2}),
        *listed(replace(BOUGHT, product="gas", channel="energy", scope="none"), {"RUS": 5.0}),
    ]
    before, after = world_of(flows), apply(world_of(flows), [STOP])
    moved = set(before.scan("flows").collect()["id"]) - set(after.scan("flows").collect()["id"])
    assert moved == set(before.rows("flows", pl.col("period_start") == FIRST, pl.col("product") == "goods")["id"])


def test_an_embargo_that_ends() -> None:
    flows = [*PRINTED, *listed(replace(TOP, year=2021), {"RUS": 0.25, "CHN": 0.2})]
    world = apply(world_of(flows), [STOP.model_copy(update={"end": NEXT})])
    assert cell(measured(world, year=2020), "trade_exports", "russia").value == 0.0
    assert cell(measured(world, year=2021), "trade_exports", "russia").value == 0.25


# Joining and leaving


def test_joining_moves_the_pole() -> None:
    flows = listed(replace(EXPORTS, year=2022), {"ARM": 0.2})
    join = Join(actor="ARM", organisation="OTS", start=dt.date(2022, 7, 1))
    before, after = measured(world_of(flows)), measured(apply(world_of(flows), [join]))
    assert bounds(before, "trade_exports", "turkic")[0] == 0.0
    assert bounds(after, "trade_exports", "turkic")[0] == pytest.approx(0.2)


def test_joining_counts_from_its_first_day() -> None:
    flows = [flow for year in (2021, 2022) for flow in listed(replace(EXPORTS, year=year), {"ARM": 0.2})]
    world = apply(world_of(flows), [Join(actor="ARM", organisation="OTS", start=dt.date(2022, 1, 1))])
    lows = [bounds(measured(world, year=year), "trade_exports", "turkic")[0] for year in (2021, 2022)]
    assert lows == [0.0, pytest.approx(0.2)]


def test_leaving_moves_the_pole() -> None:
    flows = listed(replace(EXPORTS, year=2022), {"AZE": 0.2})
    leave = Leave(actor="AZE", organisation="OTS", day=dt.date(2022, 7, 1))
    before, after = measured(world_of(flows)), measured(apply(world_of(flows), [leave]))
    assert bounds(before, "trade_exports", "turkic")[0] == pytest.approx(0.2)
    assert bounds(after, "trade_exports", "turkic")[0] == 0.0


def test_leaving_what_one_is_not_in() -> None:
    with pytest.raises(WrongRequest, match=r"NRU holds no membership of EU on 2022-01-01"):
        apply(world_of(PRINTED), [Leave(actor=PIVOT, organisation="EU", day=dt.date(2022, 1, 1))])


def test_joining_where_one_is_already() -> None:
    """Germany is in the EU: the shock changes nothing, and `apply` promises to refuse that."""
    with pytest.raises(WrongRequest):
        apply(world_of(PRINTED), [Join(actor="DEU", organisation="EU", start=dt.date(2022, 1, 1))])


def test_a_state_is_nothing_to_join() -> None:
    with pytest.raises(MultivectorError):
        apply(world_of(PRINTED), [Join(actor="DEU", organisation="FRA", start=dt.date(2022, 1, 1))])


# Setting


def test_set_flow_replaces_whatever_is_said_of_it() -> None:
    press = listed(replace(EXPORTS, source="gamma"), {"RUS": 0.25})
    world = apply(world_of([*PRINTED, *press]), [SET])
    held = world.rows("flows", pl.col("receiver") == "RUS")
    assert held.select("value", "unit", "qualifier").rows() == [(0.4, "fraction", "exact")]
    russia = cell(measured(world), "trade_exports", "russia")
    assert (russia.value, russia.sources) == (0.4, 1)


def test_set_flow_adds_where_nothing_is_said() -> None:
    world = apply(world_of(PRINTED), [SET.model_copy(update={"receiver": "TUR"})])
    assert world.rows("flows", pl.col("receiver") == "TUR").select("value", "source", "status").rows() == [
        (0.4, "scenario", "derived")
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("value", 0.25),
        ("receiver", "TUR"),
        ("decimals", 4),
        ("qualifier", "more_than"),
        ("list_rule", "selected"),
        ("period_end", dt.date(2020, 7, 1)),
        ("product", "gas"),
    ],
)
def test_set_value_on_any_column(column: str, value: str | float | dt.date) -> None:
    world = world_of(PRINTED)
    after = apply(world, [SetValue(table="flows", row=row_of(world, "RUS"), column=column, value=value)])
    changed = after.rows("flows", pl.col("status") == "derived")
    assert changed[column].item() == value
    assert changed["locator"].item() == f"scenario, from row {row_of(world, 'RUS')}"


def test_set_value_on_another_table() -> None:
    world = world_of(PRINTED)
    row = world.rows("memberships", pl.col("actor") == "AZE", pl.col("organisation") == "OTS")["id"][0]
    after = apply(world, [SetValue(table="memberships", row=row, column="role", value="observer")])
    roles = after.rows("memberships", pl.col("actor") == "AZE", pl.col("organisation") == "OTS")["role"]
    assert roles.to_list() == ["observer"]


@pytest.mark.parametrize(
    ("column", "value", "error"),
    [
        ("value", "much", WrongRequest),
        ("value", 29.0, WrongWorld),
        ("measure", "shares", WrongWorld),
        ("receiver", "XXQ", UnknownName),
        ("valeu", 0.2, UnknownName),
        ("source", "beta", UnknownName),
        ("note", "said", UnknownName),
        ("status", "observed", UnknownName),
    ],
)
def test_set_value_that_makes_no_sense(column: str, value: str | float, error: type[MultivectorError]) -> None:
    world = world_of(PRINTED)
    with pytest.raises(error):
        apply(world, [SetValue(table="flows", row=row_of(world, "RUS"), column=column, value=value)])


# Names


@pytest.mark.parametrize(
    ("shock", "nearest"),
    [
        (Embargo(by="NRX", on="RUS", start=FIRST), "NRU"),
        (Embargo(by=PIVOT, on="RUSS", start=FIRST), "RUS"),
        (Join(actor="KAX", organisation="EU", start=FIRST), "KAZ"),
        (Leave(actor="KAZ", organisation="EAEUU", day=FIRST), "EAEU"),
        (SET.model_copy(update={"receiver": "TURK"}), "TUR"),
        (SetValue(table="flow", row="flows.1", column="value", value=0.1), "flows"),
    ],
    ids=["by", "on", "who joins", "organisation", "receiver", "table"],
)
def test_an_unknown_name_comes_with_the_nearest(shock: Shock, nearest: str) -> None:
    with pytest.raises(UnknownName) as caught:
        apply(world_of(PRINTED), [shock])
    assert nearest in caught.value.nearest


def test_an_unknown_row_comes_with_the_nearest() -> None:
    world = world_of(PRINTED)
    row = row_of(world, "RUS")
    with pytest.raises(UnknownName) as caught:
        apply(world, [SetValue(table="flows", row=f"{row[:-1]}x", column="value", value=0.1)])
    assert row in caught.value.nearest


def test_an_embargo_of_nothing() -> None:
    with pytest.raises(WrongRequest, match=r"no row of goods between NRU and TUR"):
        apply(world_of(PRINTED), [STOP.model_copy(update={"on": "TUR"})])


@pytest.mark.parametrize(
    "shocks",
    [
        (SET, SET.model_copy(update={"value": 0.1})),
        (Join(actor="KAZ", organisation="EU", start=FIRST), Leave(actor="KAZ", organisation="EU", day=NEXT)),
        (STOP, STOP.model_copy(update={"end": NEXT})),
        (
            SetValue(table="flows", row="flows.1", column="value", value=0.1),
            SetValue(table="flows", row="flows.1", column="value", value=0.2),
        ),
    ],
    ids=["two values", "joins and leaves", "two ends", "two cells"],
)
def test_contradicting_shocks_are_refused(shocks: Sequence[Shock]) -> None:
    with pytest.raises(WrongRequest, match="contradict"):
        apply(world_of(PRINTED), shocks)


def test_stopping_and_setting_one_flow_contradict() -> None:
    with pytest.raises(WrongRequest, match="contradict"):
        apply(world_of(PRINTED), [STOP, SET])


# The old world


@pytest.mark.parametrize(
    "shock",
    [STOP, SET, Join(actor="ARM", organisation="OTS", start=FIRST), Leave(actor="AZE", organisation="OTS", day=NEXT)],
    ids=["embargo", "set flow", "join", "leave"],
)
def test_the_old_world_stays_as_it_was(shock: Shock) -> None:
    world = world_of(PRINTED)
    held, name = everything(world), world.hash
    after = apply(world, [shock])
    assert everything(world) == held
    assert world.hash == name != after.hash
    assert everything(after) != held


def test_no_shock_is_the_same_world() -> None:
    world = world_of(PRINTED)
    assert apply(world, []).scan("flows").collect().equals(world.scan("flows").collect())


def test_what_a_scenario_writes_says_so() -> None:
    after = apply(world_of(PRINTED), [STOP])
    for row in after.rows("flows").iter_rows(named=True):
        assert row["status"] == "derived"
        assert row["locator"].startswith("scenario, from row flows.")
        assert row["note"].startswith("scenario: ")


def test_there_and_back_again() -> None:
    world = world_of(PRINTED)
    there = apply(world, [SetValue(table="flows", row=row_of(world, "RUS"), column="value", value=0.05)])
    back = apply(there, [SetValue(table="flows", row=row_of(there, "RUS"), column="value", value=0.3)])
    before, moved, after = (measured(one) for one in (world, there, back))
    numbers = ["measure", "pole", "value", "low", "high", "coverage", "kind"]
    assert before.headline.select(numbers).equals(after.headline.select(numbers))
    assert not before.headline.select(numbers).equals(moved.headline.select(numbers))


def test_joining_and_leaving_again() -> None:
    flows = listed(replace(EXPORTS, year=2022), {"ARM": 0.2})
    joined = apply(world_of(flows), [Join(actor="ARM", organisation="OTS", start=dt.date(2022, 3, 1))])
    back = apply(joined, [Leave(actor="ARM", organisation="OTS", day=dt.date(2022, 4, 1))])
    for pole in ALL_POLES:
        assert bounds(measured(back), "trade_exports", pole) == bounds(measured(world_of(flows)), "trade_exports", pole)


# Before and after


def test_compare_lists_what_moved_and_nothing_else() -> None:
    world = world_of([*PRINTED, *listed(IMPORTS, {"CHN": 0.4})])
    found = compare(measured(world), measured(apply(world, [STOP])))
    assert set(found.moved["measure"]) == {"trade_exports"}
    expected = {
        pole
        for pole in ALL_POLES
        if bounds(found.before, "trade_exports", pole) != bounds(found.after, "trade_exports", pole)
    }
    assert set(found.moved["pole"]) == expected
    changes = found.moved["change"].drop_nulls().abs().to_list()
    assert changes == sorted(changes, reverse=True)
    assert found.moved.row(0, named=True)["change"] == pytest.approx(-0.3)


def test_compare_with_itself_is_empty() -> None:
    result = measured(world_of(PRINTED))
    assert compare(result, measured(world_of(PRINTED))).moved.is_empty()


def table_of(cells: dict[str, tuple[float, float]]) -> Result:
    headline = pl.DataFrame(
        [
            {
                "pivot": PIVOT,
                "channel": "trade",
                "measure": name,
                "pole": "russia",
                "value": None,
                "low": low,
                "high": high,
                "facts": [],
            }
            for name, (low, high) in cells.items()
        ],
        schema_overrides={"value": pl.Float64, "facts": pl.List(pl.String)},
    )
    base = measured(world_of(PRINTED))
    return replace(base, tables={"balance": headline})


def test_the_largest_move_of_a_bound_comes_first() -> None:
    """Half of the range gone from below is more than a tenth from above."""
    before = table_of({"below": (0.0, 0.9), "above": (0.0, 0.9)})
    after = table_of({"below": (0.5, 0.9), "above": (0.0, 0.8)})
    assert compare(before, after).moved["measure"].to_list() == ["below", "above"]


def test_dust_is_no_move_and_a_figure_that_is_gone_is_one() -> None:
    """A part in 10^9 of the larger figure, or of 1: what two solves of one question differ by."""
    before = table_of({"dust": (1e-16, 0.9), "large": (0.0, 1e6), "small": (0.0, 1e-3)})
    after = table_of({"dust": (0.0, 0.9 + 1e-15), "large": (0.0, 1e6 + 1e-4), "small": (0.0, 1e-3 + 1e-8)})
    assert compare(before, after).moved["measure"].to_list() == ["small"]
    other = compare(table_of({"one": (0.0, 1.0)}), table_of({"two": (0.0, 1.0)}))
    assert sorted(other.moved["measure"]) == ["one", "two"]


def test_a_comparison_says_what_is_counted() -> None:
    def counted(unit: str, low: float) -> Result:
        one = table_of({"one": (low, 1.0)})
        return replace(one, tables={"balance": one.headline.with_columns(unit=pl.lit(unit))})

    moved = compare(counted("Mt/y", 0.0), counted("Mt/y", 0.5)).moved
    assert moved["unit"].to_list() == ["Mt/y"]
    assert "unit" not in compare(table_of({"one": (0.0, 1.0)}), table_of({"one": (0.5, 1.0)})).moved.columns


def test_two_lenses_are_not_compared() -> None:
    result = measured(world_of(PRINTED))
    with pytest.raises(WrongRequest, match="cannot compare exposure with another"):
        compare(result, replace(result, lens="another"))


# The default world


def test_an_embargo_of_kazakhstan_and_russia() -> None:
    world = World.open()
    after = apply(world, [Embargo(by="KAZ", on="RUS", start=dt.date(2023, 1, 1))])
    params = ExposureParams(pivot="KAZ", year=2023, draws=100)
    before, then = measure(world, params), measure(after, params)
    exports = cell(then, "trade_exports", "russia")
    assert (exports.value, exports.low) == (0.0, 0.0)
    assert exports.high == pytest.approx(0.0, abs=1e-9)
    was = cell(before, "trade_exports", "china", table="balance")
    now = cell(then, "trade_exports", "china", table="balance")
    russia = cell(before, "trade_exports", "russia")
    assert was.value is not None
    assert russia.value is not None
    assert now.value == pytest.approx(was.value / (1 - russia.value), abs=1e-9)


# Rows that stay apart


def test_a_flow_that_is_set_leaves_its_routes_alone() -> None:
    oil = replace(SOLD, product="crude_oil", channel="energy", measure="quantity", unit="Mt", scope="none")
    world = world_of(
        [replace(oil, value=64.0), replace(oil, value=50.0, via="CPC"), replace(oil, value=1.0, via="BTC")]
    )
    shock = SET.model_copy(
        update={"receiver": "WLD", "channel": "energy", "product": "crude_oil", "measure": "quantity", "unit": "Mt"}
    )
    whole = apply(world, [shock.model_copy(update={"value": 60.0})])
    assert dict(whole.rows("flows").select("via", "value").iter_rows()) == {None: 60.0, "CPC": 50.0, "BTC": 1.0}
    route = apply(world, [shock.model_copy(update={"value": 40.0, "via": "CPC"})])
    assert dict(route.rows("flows").select("via", "value").iter_rows()) == {None: 64.0, "CPC": 40.0, "BTC": 1.0}


def test_two_cells_of_one_row_are_set_by_the_id_it_had() -> None:
    world = world_of(PRINTED)
    row = row_of(world, "CHN")
    shocks = [
        SetValue(table="flows", row=row, column="value", value=0.25),
        SetValue(table="flows", row=row, column="qualifier", value="about"),
        SetValue(table="flows", row=row, column="decimals", value=3),
    ]
    found = apply(world, shocks).rows("flows", pl.col("receiver") == "CHN").row(0, named=True)
    assert (found["value"], found["qualifier"], found["decimals"]) == (0.25, "about", 3)
    assert found["locator"] == f"scenario, from row {row}"


def test_a_comparison_across_two_periods_says_so() -> None:
    """A shock that brings a newer year: what is compared is two periods, and both are named."""
    world = world_of(PRINTED)
    after = {"period_start": NEXT, "period_end": dt.date(2022, 1, 1)}
    shares = {"RUS": 0.5, "CHN": 0.3, "DEU": 0.2}
    later = [SET.model_copy(update={"receiver": to, "value": share, **after}) for to, share in shares.items()]
    params = ExposureParams(pivot=PIVOT, measures=("trade_exports",))
    moved = compare(measure(world, params), measure(apply(world, later), params)).moved
    russia = moved.filter(pl.col("pole") == "russia").row(0, named=True)
    assert (russia["period_start"], russia["period_start_after"]) == (FIRST, NEXT)
