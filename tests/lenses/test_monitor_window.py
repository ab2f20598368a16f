"""The window of the monitor moves no figure, and a body has one composition: a cell is the same whatever is shown."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from tests.lenses.monitor_worlds import EU27, counted, goods, line, monitored, sold, watch_list, watched

from multivector.errors import NoAnswer
from multivector.result import Result
from multivector.world import World

YEARS = {2019: 100.0, 2020: 100.0, 2021: 100.0, 2022: 200.0, 2023: 240.0}
WINDOWS = [
    {"until": 2019},
    {"since": 2020, "until": 2020},
    {"since": 2022},
    {"since": 2023},
    {"since": 2021, "until": 2022},
    {"until": 2023},
]


@pytest.fixture(scope="module")
def default() -> Result:
    return watched(World.open())


def lines(result: Result, table: str) -> set[str]:
    return {repr(sorted(row.items())) for row in result.tables[table].iter_rows(named=True)}


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_every_line_shown_is_a_line_of_the_whole(default: Result, window: dict[str, int]) -> None:
    some = watched(World.open(), **window)
    for table in default.tables:
        assert lines(some, table) <= lines(default, table), table
    for table in ("breaks", "effects", "statements"):
        assert lines(some, table) == lines(default, table), table
    first, last = window.get("since", 2019), window.get("until", 2023)
    years = some.tables["mirror"].filter(pl.col("importer") == "KAZ")["year"].to_list()
    assert years == list(range(first, last + 1))


def test_a_cell_has_27_members_under_every_window(default: Result) -> None:
    """The United Kingdom stood in the imports of 2019 and in no exports, where membership was read in that year."""
    for window in ({"until": 2019}, {"until": 2020}, {}):
        row = line(watched(World.open(), **window), "mirror", importer="KAZ", year=2019)
        assert row == line(default, "mirror", importer="KAZ", year=2019)
        assert (row["members"], row["expected_members"], row["flag"]) == (27, 27, "ok")
        assert row["gap_eur_mn"] == pytest.approx(362.647, abs=1e-3)


def test_no_false_note_on_the_window(default: Result) -> None:
    late = watched(World.open(), since=2022)
    early = [caveat for caveat in default.caveats if "before the sanctions" in caveat]
    assert [caveat for caveat in late.caveats if "before the sanctions" in caveat] == early
    assert any(caveat.startswith("Placebos, controls") for caveat in watched(World.open(), until=2020).caveats)


def test_a_broken_year_is_found_where_the_good_one_is_not_shown() -> None:
    rows = [*sold("KAZ", YEARS), *counted("KAZ", {**YEARS, 2023: 9.0})]
    assert line(monitored(rows, since=2023), "mirror", importer="KAZ", year=2023)["flags"] == ["broken"]


def test_products_and_tiers_follow_the_window_and_keep_their_base() -> None:
    rows = [
        *sold("KAZ", YEARS),
        *goods("DEU", "KAZ", "854231", YEARS),
        *goods("DEU", "KAZ", "010121", dict.fromkeys(YEARS, 50.0)),
    ]
    late, whole = monitored(rows, watch_list(), since=2023), monitored(rows, watch_list())
    for table in ("products", "tiers"):
        assert late.tables[table]["year"].unique().to_list() == [2023]
        assert lines(late, table) < lines(whole, table)
    assert line(late, "products", code="854231", year=2023)["excess_eur_mn"] == pytest.approx(140.0)


def test_the_day_of_membership_is_that_of_the_newest_row() -> None:
    """A world that ends in 2019 has the United Kingdom in the EU; one row of 2023 on anybody's trade takes it out."""
    old = sold("KAZ", {2019: 100.0}, members=(*EU27, "GBR"))
    inside = line(monitored(old), "mirror", importer="KAZ", year=2019)
    assert inside["exports_eur_mn"] == pytest.approx(2_800.0)
    newer = monitored([*old, *sold("MNG", {2023: 1.0})])
    assert line(newer, "mirror", importer="KAZ", year=2019)["exports_eur_mn"] == pytest.approx(2_700.0)


def test_a_member_that_only_the_importer_counts_makes_a_year_partial_and_is_named() -> None:
    imports = [*counted("KAZ", YEARS), *counted("KAZ", {2021: 5.0}, members=("FRA",))]
    result = monitored([*sold("KAZ", YEARS), *imports])
    row = line(result, "mirror", importer="KAZ", year=2021)
    assert (row["members"], row["expected_members"], row["flag"]) == (2, 1, "partial")
    assert line(result, "mirror", importer="KAZ", year=2022)["flag"] == "ok"
    assert line(result, "summary", measure="gap", subject="KAZ", period_start=dt.date(2021, 1, 1))["value"] is None
    assert any("names FRA, whose own sales have no row" in caveat for caveat in result.caveats)


def test_no_year_to_show_is_refused_with_the_next_step() -> None:
    with pytest.raises(NoAnswer, match=r"no year from 2024 on is whole: the last one of KAZ is 2023"):
        watched(World.open(), since=2024)
