"""Which of several statements is shown, and how far the others reach: on the handed-over conflicts and at random."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.schema import SOURCES
from multivector.world import World
from multivector.world.conflicts import choose, in_base_units

QUANTITY = ["sender", "receiver", "channel", "product", "scope", "measure", "basis", "period_start", "period_end"]
FULL_2017, FULL_2022, FULL_2023 = ((f"{year}-01-01", f"{year + 1}-01-01") for year in (2017, 2022, 2023))


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of one quantity of Kazakhstan, in the unit of the source."""

    sender: str
    receiver: str
    measure: str
    period: tuple[str, str]
    amount: float
    low: float
    high: float
    agree: bool
    product: str = "goods"
    dimension: str = "USD"
    unit: float = 1e9


SHOWN = {
    "C01": Shown("KAZ", "CHN", "turnover", FULL_2022, 24.1, 24.1, 31.2, agree=False),
    "C02": Shown("KAZ", "CHN", "turnover", ("2023-01-01", "2023-11-01"), 24.3, 24.3, 32.7, agree=False),
    "C04": Shown("KAZ", "RUS", "turnover", FULL_2023, 26.0, 26.0, 28.0, agree=False),
    "C05": Shown("KAZ", "EU", "turnover", FULL_2022, 39.9, 39.9, 40.0, agree=True),
    "C06 KZT": Shown(
        "KAZ",
        "WLD",
        "value",
        ("2025-01-01", "2025-07-01"),
        321.2,
        321.2,
        391.6,
        agree=False,
        product="transfers",
        dimension="KZT",
    ),
    "C06 USD": Shown(
        "KAZ",
        "WLD",
        "value",
        ("2025-01-01", "2025-07-01"),
        0.59,
        0.59,
        0.59,
        agree=True,
        product="transfers",
        dimension="USD",
    ),
    "C07": Shown("KAZ", "ITA", "turnover", FULL_2023, 16.1, 16.1, 16.1, agree=True),
    "C10": Shown("KAZ", "ITA", "turnover", FULL_2022, 4.5, 4.5, 4.5, agree=True, dimension="EUR"),
    "C11 goods": Shown("KAZ", "WLD", "value", FULL_2017, 49.29, 49.29, 49.29, agree=True),
    "C11 both": Shown("KAZ", "WLD", "value", FULL_2017, 68.256, 68.256, 68.256, agree=True, product="goods_services"),
    "vintages": Shown("KAZ", "WLD", "value", FULL_2022, 93.822, 93.822, 93.822, agree=True, product="goods_services"),
}


def lines(world: World, *conditions: pl.Expr) -> pl.DataFrame:
    rows = in_base_units(world.rows("flows", *conditions))
    return choose(rows, by=QUANTITY, ranks=world.rows(SOURCES).select("source", "rank"), own="KAZ")


def quantity(one: Shown) -> list[pl.Expr]:
    start, end = (dt.date.fromisoformat(day) for day in one.period)
    named = {"sender": one.sender, "receiver": one.receiver, "measure": one.measure, "product": one.product}
    days = [pl.col("period_start") == start, pl.col("period_end") == end]
    return [*(pl.col(name) == value for name, value in named.items()), *days]


@pytest.mark.parametrize("mark", SHOWN)
def test_conflict_is_shown_with_its_range(world: World, mark: str) -> None:
    """The rows of facts/STATES.md, section Conflicts."""
    one = SHOWN[mark]
    found = lines(world, *quantity(one), ~pl.col("source").str.contains("baci")).filter(
        pl.col("dimension") == one.dimension
    )
    amount, low, high, agree = found.select("amount", "low", "high", "agree").row(0)
    assert found.height == 1
    assert (amount, low, high) == pytest.approx((one.amount * one.unit, one.low * one.unit, one.high * one.unit))
    assert agree is one.agree


def test_mirror_gap_of_2023(world: World) -> None:
    """C02: a gap of USD 8.4 bn, 26 % of the Chinese figure."""
    line = lines(world, *quantity(SHOWN["C02"]))
    gap = (line["high"] - line["low"]).item()
    assert gap == pytest.approx(8.4e9, abs=5e7)
    assert gap / line["high"].item() == pytest.approx(0.26, abs=5e-3)
    assert line["statements"].item() == 2


def test_partners_of_2023_are_both_there(world: World) -> None:
    """C07: Italy third by one source, Britain at 15 % by the other; C12: Gambia at 4 %. None is dropped."""
    shares = world.rows(
        "flows",
        pl.col("source") == "cia-factbook",
        pl.col("period_start") == dt.date(2023, 1, 1),
        pl.col("measure").is_in(["share_of_sender", "share_of_receiver"]),
        (pl.col("sender") == "KAZ") | (pl.col("receiver") == "KAZ"),
    )
    told = {(one["sender"], one["receiver"]): one["value"] for one in shares.iter_rows(named=True)}
    assert told["KAZ", "GBR"] == 0.15
    assert told["KAZ", "ITA"] == 0.05
    assert told["GMB", "KAZ"] == 0.04


def test_stock_and_cumulated_investment_are_never_one_quantity(world: World) -> None:
    """C08: 25 bn since independence and a stock of 4.8 bn."""
    found = lines(
        world,
        pl.col("sender") == "RUS",
        pl.col("receiver") == "KAZ",
        pl.col("product") == "fdi",
        pl.col("measure").is_in(["stock", "cumulative"]),
    )
    assert dict(found.select("measure", "amount").iter_rows()) == {"stock": 4.8e9, "cumulative": 25e9}
    assert found["statements"].to_list() == [1, 1]


def test_currencies_are_never_one_quantity(world: World) -> None:
    """C06 and C10: tenge, dollar and euro stay apart wherever they stand side by side."""
    transfers = lines(world, *quantity(SHOWN["C06 KZT"]))
    assert set(transfers["dimension"]) == {"KZT", "USD"}
    everywhere = lines(world, pl.col("source") != "cepii-baci-2023")
    units = everywhere.join(
        in_base_units(world.rows("flows")).select("id", row_dimension="dimension"), left_on="chosen", right_on="id"
    )
    assert units.filter(pl.col("dimension") != pl.col("row_dimension")).is_empty()


def test_goods_and_services_are_never_one_quantity(world: World) -> None:
    found = lines(world, pl.col("sender") == "KAZ", pl.col("receiver") == "WLD", pl.col("measure") == "value")
    scopes = world.rows("flows").select("id", row_scope="scope", row_product="product")
    joined = found.explode("facts").join(scopes, left_on="facts", right_on="id", validate="1:1")
    assert joined.filter(
        (pl.col("scope") != pl.col("row_scope")) | (pl.col("product") != pl.col("row_product"))
    ).is_empty()


@pytest.mark.parametrize(
    ("day", "value"),
    [
        ("2023-11-30", None),
        ("2024-04-03", None),
        ("2024-04-04", 93.581),
        ("2024-04-10", 93.581),
        ("2024-08-01", 93.598),
        ("2025-02-01", 93.623),
        ("2025-06-01", 93.822),
    ],
)
def test_vintages_as_of(world: World, day: str, value: float | None) -> None:
    """KAZ exports of goods and services 2022, USD bn (methods/reliability.md, section 7)."""
    found = lines(world.as_of(dt.date.fromisoformat(day)), *quantity(SHOWN["vintages"]))
    assert found["amount"].to_list() == ([] if value is None else [pytest.approx(value * 1e9)])
    assert found["low"].equals(found["high"])


STANDING = {"observed": 0, "derived": 0, "judged": 1, "claim": 2, "plan": 3, "forecast": 4}
RANKS = {"a": 1, "b": 2, "c": 2, "d": 6, "e": None}
CELLS = st.fixed_dictionaries(
    {
        "quantity": st.sampled_from(["one", "two"]),
        "value": st.floats(0, 1e6, allow_subnormal=False),
        "unit": st.sampled_from(["USD mn", "USD bn", "EUR bn", "fraction"]),
        "decimals": st.integers(0, 3),
        "reporter": st.sampled_from(["KAZ", "CHN", None]),
        "status": st.sampled_from(sorted(STANDING)),
        "source": st.sampled_from(sorted(RANKS)),
        "published": st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 9)),
    }
)
ROWS = st.lists(CELLS, min_size=1, max_size=12)
KEY = ["quantity", "dimension"]


def table(cells: list[dict[str, object]]) -> pl.DataFrame:
    types = {"value": pl.Float64, "decimals": pl.Int64, "published": pl.Date}
    schema = {name: types.get(name, pl.String) for name in cells[0]}
    rows = pl.DataFrame(cells, schema=schema)
    return in_base_units(rows.with_columns(id=pl.format("flows.{}", pl.int_range(pl.len()).cast(pl.String))))


def told(rows: pl.DataFrame) -> pl.DataFrame:
    ranks = pl.DataFrame({"source": sorted(RANKS), "rank": [RANKS[one] for one in sorted(RANKS)]})
    return choose(rows, by=["quantity"], ranks=ranks, own="KAZ")


def expected(rows: pl.DataFrame) -> dict[tuple[str, str], tuple[str, float, float, list[str]]]:
    """The rule as conflicts.py words it, row by row."""
    found = {}
    first = dt.date(1, 1, 1)
    for key, group in rows.group_by(KEY):
        members = group.to_dicts()
        edition = {
            (one["source"], one["reporter"]): max(
                other["published"] or first
                for other in members
                if (other["source"], other["reporter"]) == (one["source"], one["reporter"])
            )
            for one in members
        }
        current = [one for one in members if (one["published"] or first) == edition[one["source"], one["reporter"]]]
        current.sort(
            key=lambda one: (
                STANDING[one["status"]],
                one["reporter"] not in {None, "KAZ"},
                RANKS[one["source"]] or 99,
                -(one["published"] or first).toordinal(),
                one["id"],
            )
        )
        amounts = [one["amount"] for one in current]
        named = (str(key[0]), str(key[1]))
        found[named] = (current[0]["id"], min(amounts), max(amounts), sorted(one["id"] for one in current))
    return found


@settings(deadline=None)
@given(cells=ROWS)
def test_choice_follows_the_stated_rule(cells: list[dict[str, object]]) -> None:
    rows = table(cells)
    answer = {
        (one["quantity"], one["dimension"]): (one["chosen"], one["low"], one["high"], sorted(one["facts"]))
        for one in told(rows).iter_rows(named=True)
    }
    assert answer == expected(rows)


@settings(deadline=None)
@given(cells=ROWS, order=st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(cells: list[dict[str, object]], order: Random) -> None:
    rows = table(cells)
    places = list(range(rows.height))
    order.shuffle(places)
    assert told(rows[places]).equals(told(rows))


@settings(deadline=None)
@given(cells=ROWS)
def test_chosen_lies_in_the_range_and_is_a_statement(cells: list[dict[str, object]]) -> None:
    answer = told(table(cells))
    assert answer.filter((pl.col("low") > pl.col("amount")) | (pl.col("amount") > pl.col("high"))).is_empty()
    assert answer.filter(~pl.col("facts").list.contains(pl.col("chosen"))).is_empty()
    assert (answer["statements"] == answer["facts"].list.len()).all()


@settings(deadline=None)
@given(cells=ROWS, factor=st.sampled_from([0.0, 0.5, 3.0, 100.0]), back=st.integers(1, 400))
def test_superseded_editions_never_widen(cells: list[dict[str, object]], factor: float, back: int) -> None:
    rows = table(cells).filter(pl.col("published").is_not_null())
    if rows.is_empty():
        return
    older = rows.with_columns(
        id=pl.col("id") + "-old",
        amount=pl.col("amount") * factor,
        published=pl.col("published").dt.offset_by(f"-{back}d"),
    )
    assert told(pl.concat([rows, older])).equals(told(rows))


@settings(deadline=None)
@given(cells=ROWS)
def test_statements_of_one_digit_agree_when_their_rounding_meets(cells: list[dict[str, object]]) -> None:
    rows = table(cells)
    for line in told(rows).iter_rows(named=True):
        read = rows.filter(pl.col("id").is_in(line["facts"]))
        meets = max((read["amount"] - read["half"]).to_list()) <= min((read["amount"] + read["half"]).to_list())
        assert line["agree"] is meets


def test_whole_default_world_has_one_line_a_quantity(world: World) -> None:
    everything = lines(world)
    assert everything.select([*QUANTITY, "dimension"]).is_unique().all()
    assert everything.filter((pl.col("low") > pl.col("amount")) | (pl.col("amount") > pl.col("high"))).is_empty()
