"""Changes of a world that must move nothing, or move the answer in a known way (reliability note, section 10)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.lenses.worlds import (
    BOUGHT,
    EXPORTS,
    IMPORTS,
    POLES,
    SOLD,
    Flow,
    bounds,
    cell,
    flow_rows,
    listed,
    measured,
    world_of,
)

from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.params import ExposureParams
from multivector.printing import as_csv
from multivector.result import Result
from multivector.world import Edit, World

FEW = settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
ALL_POLES = (*POLES, "rest")
TOP = replace(EXPORTS, list_rule="top", decimals=2)
PARTNERS = ("CHN", "RUS", "DEU", "USA", "TUR", "UZB", "BRA", "IND")
AMOUNTS = st.dictionaries(st.sampled_from(PARTNERS), st.integers(1, 900), min_size=2)


def trade(amounts: dict[str, int], *, times: float = 1.0, unit: str = "USD mn", year: int = 2020) -> list[Flow]:
    sold = replace(SOLD, unit=unit, year=year, published=dt.date(year + 1, 1, 1))
    bought = replace(BOUGHT, unit=unit, year=year, list_rule="complete", published=dt.date(year + 1, 1, 1))
    money = {name: amount * times for name, amount in amounts.items()}
    total = replace(sold, value=sum(money.values()) * 2)
    return [*listed(sold, money), total, *listed(bought, money)]


def shares_of(result: Result) -> list[tuple[object, ...]]:
    return result.headline.select("measure", "pole", "value", "low", "high", "kind", "coverage").rows()


def close(one: Result, other: Result) -> bool:
    """Equal but for the rounding of twelve printed digits, which depends on the unit."""
    for left, right in zip(shares_of(one), shares_of(other), strict=True):
        for a, b in zip(left, right, strict=True):
            same = a == pytest.approx(b, abs=1e-8) if isinstance(a, float) and isinstance(b, float) else a == b
            if not same:
                return False
    return True


@FEW
@given(amounts=AMOUNTS)
def test_seven_times_the_money_and_another_currency(amounts: dict[str, int]) -> None:
    base = measured(world_of(trade(amounts)))
    assert close(base, measured(world_of(trade(amounts, times=7.0))))
    assert close(base, measured(world_of(trade(amounts, times=450.0, unit="KZT mn"))))
    assert close(base, measured(world_of(trade(amounts, times=0.001, unit="USD bn"))))


def test_seven_times_the_money_is_seven_times_the_amount() -> None:
    amounts = {"CHN": 30, "RUS": 20}
    one, seven = (
        measured(world_of(trade(amounts, times=times))).headline["amount"].drop_nulls() for times in (1.0, 7.0)
    )
    assert (one * 7).to_list() == pytest.approx(seven.to_list())
    assert one.len() > 0


@FEW
@given(amounts=AMOUNTS)
def test_a_partner_with_nothing_moves_nothing(amounts: dict[str, int]) -> None:
    nothing = replace(SOLD, receiver="ARG", value=0.0), replace(BOUGHT, sender="ARG", value=0.0, list_rule="complete")
    assert close(measured(world_of(trade(amounts))), measured(world_of([*trade(amounts), *nothing])))


@FEW
@given(amounts=AMOUNTS)
def test_another_year_gives_the_same_answer(amounts: dict[str, int]) -> None:
    """Between 2017 and 2018 nobody joined or left a pole."""
    assert close(measured(world_of(trade(amounts, year=2017))), measured(world_of(trade(amounts, year=2018))))


@FEW
@given(amounts=AMOUNTS, data=st.data())
def test_order_of_the_rows_moves_no_byte(amounts: dict[str, int], data: st.DataObject) -> None:
    flows = [
        *trade(amounts),
        *listed(TOP, {"CHN": 0.3, "RUS": 0.2}),
        *listed(replace(IMPORTS, source="beta"), {"RUS": 0.2}),
    ]
    shuffled = data.draw(st.permutations(flows))
    assert tables_as_csv(measured(world_of(flows))) == tables_as_csv(measured(world_of(shuffled)))


def tables_as_csv(result: Result) -> str:
    return "\n".join(as_csv(table) for table in result.tables.values()) + "\n".join(result.caveats)


@pytest.mark.parametrize("seed", [1, 2])
def test_order_of_the_rows_of_the_default_world_moves_no_byte(seed: int) -> None:
    world = World.open()
    shuffled = {
        name: table.collect().sample(fraction=1, shuffle=True, seed=seed).lazy() for name, table in world.tables.items()
    }
    params = ExposureParams(pivot="KAZ", draws=100)
    assert tables_as_csv(measure(world, params)) == tables_as_csv(measure(replace(world, tables=shuffled), params))


@FEW
@given(amounts=st.dictionaries(st.sampled_from(("CHN", "RUS", "USA", "BRA")), st.integers(10, 900), min_size=2))
def test_splitting_and_merging_a_partner(amounts: dict[str, int]) -> None:
    """Split 30/70 into two states of the rest: poles keep their shares, the index falls by 2·.3·.7·s²."""
    total = sum(amounts.values()) + 100
    like = replace(SOLD, list_rule="complete")
    whole = measured(world_of(listed(like, {**amounts, "IND": 100.0})), "trade_exports")
    split = measured(world_of(listed(like, {**amounts, "IND": 30.0, "ARG": 70.0})), "trade_exports")
    for pole in ALL_POLES:
        assert bounds(whole, "trade_exports", pole) == pytest.approx(bounds(split, "trade_exports", pole), abs=1e-12)
    fall = whole.tables["concentration"]["listed"][0] - split.tables["concentration"]["listed"][0]
    assert fall == pytest.approx(2 * 0.3 * 0.7 * (100 / total) ** 2, abs=1e-12)


def test_renaming_a_state_moves_only_its_name() -> None:
    flows = listed(TOP, {"CHN": 0.3, "RUS": 0.2})
    renamed = [replace(flow, sender="TUV") for flow in flows]
    assert close(measured(world_of(flows)), measured(world_of(renamed), pivot="TUV"))


def test_two_states_that_do_not_meet_do_not_touch() -> None:
    own = listed(TOP, {"CHN": 0.3, "RUS": 0.2})
    others = [replace(flow, sender="TUV") for flow in listed(TOP, {"DEU": 0.5, "USA": 0.1})]
    assert close(measured(world_of(own)), measured(world_of([*own, *others])))


def test_more_rows_of_another_measure_touch_nothing() -> None:
    own = listed(TOP, {"CHN": 0.3, "RUS": 0.2})
    arms = Flow(
        sender="RUS",
        receiver="NRU",
        measure="share_of_receiver",
        product="arms",
        channel="security",
        scope="none",
        value=0.9,
    )
    alone, both = measured(world_of(own)), measured(world_of([*own, arms]))
    assert close(alone, both)


def test_a_statement_made_twice_is_one_statement() -> None:
    flows = listed(TOP, {"CHN": 0.3, "RUS": 0.2})
    world = world_of(flows)
    again = world.edit((Edit("flows", add=flow_rows(flows)),))
    assert tables_as_csv(measured(world)) == tables_as_csv(measured(again))
    assert cell(measured(again), "trade_exports", "china").value == 0.3
