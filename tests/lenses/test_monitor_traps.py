"""Traps of mirror statistics, each on invented rows: aggregates beside members, files read twice, slips, editions."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from tests.lenses.monitor_worlds import (
    EU27,
    SOLD,
    counted,
    goods,
    line,
    monitored,
    said,
    sold,
    watch_list,
    watched,
)
from tests.lenses.worlds import adding, world_of

YEARS = {2019: 100.0, 2020: 100.0, 2021: 100.0, 2022: 200.0, 2023: 240.0}
TWO = ("DEU", "FRA")


def test_a_sum_over_members_ignores_the_body_and_who_left_it() -> None:
    """Trap 14: rows of the EU, and of the United Kingdom, stand beside the members' and are never added."""
    members = sold("KAZ", YEARS, members=TWO)
    body = [replace(one, sender="EU", reporter="EU", value=2 * one.value) for one in sold("KAZ", YEARS)]
    left = sold("KAZ", YEARS, members=("GBR",))
    result = monitored([*members, *body, *left])
    assert line(result, "mirror", importer="KAZ", year=2021)["exports_eur_mn"] == pytest.approx(200.0)
    assert any("stand beside its members'" in caveat and caveat.startswith("60 rows") for caveat in result.caveats)


def test_the_importers_own_row_of_the_eu_is_not_believed() -> None:
    """Trap 15: it held the United Kingdom in some years and not in others."""
    rows = [
        *sold("KAZ", YEARS, members=TWO),
        *counted("KAZ", YEARS, members=(*TWO, "GBR")),
        *counted("KAZ", {2019: 300.0, 2020: 300.0, 2021: 300.0, 2022: 600.0, 2023: 480.0}, members=("EU",)),
    ]
    result = monitored(rows)
    for year, amount in YEARS.items():
        row = line(result, "mirror", importer="KAZ", year=year)
        assert (row["imports_eur_mn"], row["members"], row["flag"]) == (pytest.approx(2 * amount), 2, "ok")


def test_a_member_that_drops_out_of_a_file_makes_it_partial() -> None:
    """Trap 16: a label that is not matched takes a member out; the year is flagged, not summed short."""
    imports = [
        *counted("KAZ", YEARS, members=("DEU",)),
        *counted("KAZ", dict.fromkeys((2019, 2020, 2021, 2023), 100.0), members=("FRA",)),
    ]
    result = monitored([*sold("KAZ", YEARS, members=TWO), *imports])
    row = line(result, "mirror", importer="KAZ", year=2022)
    assert (row["members"], row["expected_members"], row["flags"]) == (1, 2, ["partial"])
    kept = result.tables["summary"].filter(pl.col("measure").str.starts_with("gap of"))
    assert 2022 not in kept["period_start"].dt.year().to_list()
    assert line(result, "summary", measure="gap", subject="KAZ", period_start=dt.date(2022, 1, 1))["value"] is None


def test_a_member_that_a_file_never_names_is_told_not_flagged() -> None:
    """Trap 16: Uzbekistan's file has no Slovakia."""
    result = monitored([*sold("KAZ", YEARS, members=TWO), *counted("KAZ", YEARS, members=("DEU",))])
    row = line(result, "mirror", importer="KAZ", year=2021)
    assert (row["expected_members"], row["flag"], row["gap_eur_mn"]) == (1, "ok", pytest.approx(100.0))
    assert any("never names FRA" in caveat for caveat in result.caveats)


def test_a_broken_mirror_enters_no_total() -> None:
    """Trap 17: imports fall by 91 % while exports rise."""
    armenia = {**YEARS, 2023: 9.0}
    rows = [
        *sold("ARM", YEARS),
        *counted("ARM", armenia),
        *sold("KAZ", YEARS),
        *counted("KAZ", dict.fromkeys(YEARS, 80.0)),
    ]
    result = monitored(rows)
    assert line(result, "mirror", importer="ARM", year=2023)["flags"] == ["broken"]
    totals = result.tables["summary"].filter(pl.col("measure").str.starts_with("gap of"))
    by_year = {row["period_start"].year: row for row in totals.iter_rows(named=True)}
    assert (by_year[2022]["subject"], by_year[2022]["value"]) == ("KAZ ARM", pytest.approx(120.0))
    assert (by_year[2023]["subject"], by_year[2023]["value"]) == ("KAZ", pytest.approx(160.0))
    assert any(caveat.startswith("ARM 2023 is broken") for caveat in result.caveats)


@pytest.mark.parametrize("source", ["alpha", "gamma"])
def test_a_file_read_twice_counts_once(source: str) -> None:
    """Trap 17: the same statement with another locator, or through another provider, doubles nothing."""
    once = [*sold("KAZ", YEARS, members=TWO), *counted("KAZ", YEARS, members=TWO)]
    again = [
        {**cells, "source": source if cells["source"] == "alpha" else "gamma", "locator": "second reading"}
        for cells in world_of(once).rows("flows").drop("id").to_dicts()
    ]
    twice = watched(world_of(once, adding("flows", *again)))
    for name in ("exports_eur_mn", "imports_eur_mn", "gap_eur_mn"):
        assert twice.tables["mirror"][name].to_list() == watched(world_of(once)).tables["mirror"][name].to_list()


def test_two_statements_that_differ_make_a_range_and_no_sum() -> None:
    rows = [*sold("KAZ", YEARS), *counted("KAZ", dict.fromkeys(YEARS, 50.0))]
    other = [replace(one, source="delta", value=1.2 * one.value) for one in rows if one.reporter == "KAZ"]
    row = line(monitored([*rows, *other], margin_high=0.0), "mirror", importer="KAZ", year=2021)
    assert (row["imports_eur_mn"], row["gap_eur_mn"]) == (pytest.approx(50.0), pytest.approx(50.0))
    assert (row["low"], row["high"]) == (pytest.approx(40.0), pytest.approx(50.0))


def test_codes_that_the_edition_does_not_have_are_unknown() -> None:
    """Trap 18: HS 2022 codes of the list do not exist in HS 2017 data."""
    rows = [
        *sold("KAZ", YEARS),
        *goods("DEU", "KAZ", "854231", YEARS, edition="hs2017"),
        *goods("DEU", "KAZ", "010121", YEARS, edition="hs2017"),
    ]
    result = monitored(rows, watch_list())
    row = line(result, "products", code="852589", year=2022)
    assert (row["edition"], row["in_eur_mn"], row["excess_eur_mn"]) == ("HS2017", None, None)
    assert row["why"] == "852589 is not a code of HS2017: the list is of HS2022"
    assert any("852589" in caveat and "unknown and not zero" in caveat for caveat in result.caveats)


def test_editions_are_never_mixed() -> None:
    rows = [
        *sold("KAZ", YEARS),
        *goods("DEU", "KAZ", "854231", YEARS, edition="hs2017"),
        *goods("DEU", "KAZ", "854231", YEARS),
    ]
    result = monitored(rows, watch_list())
    assert line(result, "products", code="854231", year=2022)["in_eur_mn"] == pytest.approx(200.0)
    assert any(caveat.startswith("5 HS6 rows are of another edition than HS2022") for caveat in result.caveats)


def test_a_currency_slip_is_kept_with_a_warning() -> None:
    """Trap 19: nine million of one currency printed as another is kept as stated."""
    slip = said(
        kind="mirror",
        actors="KAZ",
        what="LTU->KAZ dual use: reported against recorded",
        value=9.0,
        unit="USD mn",
        note="another outlet prints KZT9 million",
    )
    row = line(monitored(sold("KAZ", YEARS), slip), "statements", kind="mirror")
    assert (row["value"], row["unit"]) == (9.0, "USD mn")
    assert row["warning"] == "an amount in KZT stands beside one in USD: kept as stated, not converted"


def test_an_amount_that_the_source_converted_is_told() -> None:
    """Trap 19: two trillion roubles, printed by the outlet as 24.3 USD bn, make a range with a figure in dollars."""
    common = {"kind": "statement", "unit": "USD bn", "related": "k"}
    roubles = said(what="Mutual trade: 2 trillion roubles", value=24.3, **common)
    dollars = said(what="Record of over 26 bn", value=26.0, **common)
    alone = said(what="Trade of 5 bn USD", value=5.0, kind="statement", unit="USD bn", related="m")
    found = monitored(sold("KAZ", YEARS), roubles, dollars, alone).tables["statements"]
    assert dict(found.select("value", "warning").iter_rows()) == {
        24.3: "stated in RUB: the amount in USD is the source's conversion, at its own rate",
        26.0: "the range holds an amount that was stated in another currency",
        5.0: None,
    }


@pytest.mark.parametrize(
    ("words", "other"),
    [
        ("sold for EUR 5", "EUR"),
        ("sold for 5 bn EUR", "EUR"),
        ("sold for 5 million tenge", "KZT"),
        ("sold for 5 rubles", "RUB"),
        ("5 goods, none of them in euros", None),
        ("a level of 5 USD", None),
    ],
)
def test_amounts_in_words(words: str, other: str | None) -> None:
    row = line(monitored(sold("KAZ", YEARS), said(kind="claim", what=words, value=1.0, unit="USD mn")), "statements")
    assert (row["warning"] is not None) is (other is not None)
    assert other is None or row["warning"].startswith(f"stated in {other}")


def test_another_currency_is_left_out_and_said() -> None:
    dollars = [replace(one, unit="USD", source="gamma") for one in sold("KAZ", YEARS)]
    both = monitored([*sold("KAZ", YEARS), *dollars])
    assert line(both, "mirror", importer="KAZ", year=2021)["exports_eur_mn"] == pytest.approx(100.0)
    assert any("60 rows are not in EUR" in caveat for caveat in both.caveats)
    in_dollars = monitored([*sold("KAZ", YEARS), *dollars], currency="USD")
    assert line(in_dollars, "mirror", importer="KAZ", year=2021)["exports_usd_mn"] == pytest.approx(100.0)


def test_a_file_that_stops_within_the_year_is_partial() -> None:
    rows = [*sold("KAZ", YEARS), *sold("KAZ", {2024: 240.0}, months=8), *counted("KAZ", {**YEARS, 2024: 200.0})]
    assert monitored(rows).tables["mirror"]["year"].max() == 2023
    row = line(monitored(rows, until=2024), "mirror", importer="KAZ", year=2024)
    assert (row["months"], row["flags"]) == (8, ["partial"])
    late = line(monitored(rows, until=2024), "growth", importer="KAZ", year_to=2024)
    assert (late["growth"], late["why"]) == (None, "2024 has 8 months")


def test_a_file_that_calls_itself_partial_is_flagged() -> None:
    whole = [*sold("KAZ", YEARS), *counted("KAZ", {y: a for y, a in YEARS.items() if y != 2023})]
    last = {
        **world_of([replace(SOLD, basis="cif", reporter="KAZ", source="beta", value=200e6, year=2023)])
        .rows("flows")
        .drop("id")
        .to_dicts()[0],
        "note": "partial: national file incomplete",
    }
    row = line(watched(world_of(whole, adding("flows", last))), "mirror", importer="KAZ", year=2023)
    assert row["flags"] == ["partial"]


def test_the_composition_of_the_body_is_that_of_its_last_year() -> None:
    """The United Kingdom was a member in 2019; a constant set of 27 is what the published series holds."""
    result = monitored(sold("KAZ", YEARS, members=(*EU27, "GBR")))
    assert line(result, "mirror", importer="KAZ", year=2019)["exports_eur_mn"] == pytest.approx(2_700.0)
