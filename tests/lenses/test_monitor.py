"""The monitor on the default world and on small ones: tables, norms with placebos, products by hand, refusals."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from pydantic import ValidationError
from tests.lenses.monitor_worlds import EU27, counted, goods, line, monitored, said, sold, watch_list, watched
from tests.lenses.worlds import adding, world_of

from multivector.errors import NoAnswer, UnknownName, WrongRequest
from multivector.lenses.monitor.params import MonitorParams
from multivector.result import Result
from multivector.schema.units import UNITS
from multivector.world import World

BEFORE = {2019: 100.0, 2020: 100.0, 2021: 100.0}
FLAT = {**BEFORE, 2022: 100.0, 2023: 100.0}
DOUBLED = {**BEFORE, 2022: 200.0, 2023: 200.0}


@pytest.fixture(scope="module")
def result() -> Result:
    return watched(World.open())


def test_every_row_named_by_a_table_is_cited(result: Result) -> None:
    named = {row for table in result.tables.values() for row in table["facts"].explode().drop_nulls()}
    assert named <= set(result.facts["id"])
    assert all(table["facts"].list.len().min() for table in result.tables.values() if table.height)


def test_headline_first_and_units_known(result: Result) -> None:
    assert next(iter(result.tables)) == "summary"
    assert set(result.headline["unit"]) <= set(UNITS)
    assert not result.headline.select("measure", "subject", "period_start").is_duplicated().any()


def test_armenia_2023_is_flagged_broken_and_enters_no_total(result: Result) -> None:
    row = line(result, "mirror", importer="ARM", year=2023)
    assert (row["flag"], row["flags"], row["members"]) == ("broken", ["broken", "partial"], 26)
    totals = result.headline.filter(pl.col("measure").str.starts_with("gap of"))
    last = totals.filter(pl.col("period_start") == dt.date(2023, 1, 1)).row(0, named=True)
    assert last["subject"] == "KAZ KGZ UZB"
    mirror = result.tables["mirror"].filter((pl.col("year") == 2023) & (pl.col("flag") == "ok"))
    assert last["value"] == pytest.approx(mirror["gap_eur_mn"].sum())


def test_states_without_a_count_stay_unknown(result: Result) -> None:
    rows = result.tables["mirror"].filter(pl.col("importer") == "GEO")
    assert rows["flag"].unique().to_list() == ["no mirror"]
    for name in ("imports_eur_mn", "gap_eur_mn", "low", "high", "ratio", "ghost_share"):
        assert rows[name].null_count() == rows.height


def test_nothing_is_said_of_products_without_hs6_rows(result: Result) -> None:
    assert result.tables["products"].is_empty()
    assert any(caveat.startswith("No HS6 rows: bring a Comtrade, BACI or Eurostat file") for caveat in result.caveats)


def test_an_early_break_is_named(result: Result) -> None:
    assert any("break of UZB (2022-02) comes before the sanctions" in caveat for caveat in result.caveats)


def test_placebos_always_run(result: Result) -> None:
    placebos = result.tables["excess"].filter(pl.col("role") == "placebo")
    assert sorted(placebos["receiver"].unique()) == ["GEO", "UZB"]
    assert placebos["relative"].null_count() == 0
    assert sorted(result.tables["effects"].filter(pl.col("role") == "placebo")["subject"]) == ["GEO", "UZB"]
    assert any(caveat.startswith("Placebos, controls put in the pivot's place") for caveat in result.caveats)


def test_p_values_do_not_depend_on_who_else_is_asked_about(result: Result) -> None:
    alone = watched(World.open(), peers=("UZB",), controls=("UZB",))
    for name in ("first_month", "p_value", "serial_p_value", "critical_5pct"):
        assert line(alone, "breaks", importer="KAZ")[name] == line(result, "breaks", importer="KAZ")[name]


@pytest.mark.parametrize("pivot", ["ARM", "GEO", "KGZ", "RUS", "UZB"])
def test_any_destination_can_be_the_pivot(result: Result, pivot: str) -> None:
    other = watched(World.open(), pivot=pivot)
    columns = ["importer", "year", "exports_eur_mn", "imports_eur_mn", "gap_eur_mn", "flag"]
    theirs = other.tables["mirror"].select(columns).sort("importer", "year")
    assert theirs.equals(result.tables["mirror"].select(columns).sort("importer", "year"))
    assert other.tables["excess"].filter(pl.col("role") == "pivot")["receiver"].unique().to_list() == [pivot]


def test_excess_against_controls_by_hand() -> None:
    """The controls rise by a tenth, so 110 is the norm of a 100; 200 is 90 above it."""
    tenth = {**BEFORE, 2022: 110.0, 2023: 110.0}
    found = monitored([*sold("KAZ", DOUBLED), *sold("GEO", tenth), *sold("UZB", tenth)])
    row = line(found, "excess", receiver="KAZ", year=2022)
    assert (row["controls"], row["norm_eur_mn"]) == (["GEO", "UZB"], pytest.approx(110.0))
    assert (row["excess_eur_mn"], row["relative"]) == (pytest.approx(90.0), pytest.approx(90 / 110))
    assert line(found, "excess", receiver="GEO", year=2022)["relative"] == pytest.approx(0.0)


def test_an_excess_names_the_rows_of_its_base_and_of_its_controls() -> None:
    """The norm reads the base months of the destination and of every control, beside the year's own."""
    rows = [*sold("KAZ", DOUBLED), *sold("GEO", FLAT), *sold("UZB", FLAT), *sold("ARM", FLAT)]
    world = world_of(rows)
    found = watched(world)
    read = world.rows("flows", pl.col("receiver").is_in(["KAZ", "GEO", "UZB"]))
    year = pl.col("period_start").dt.year()
    row = line(found, "excess", receiver="KAZ", year=2023)
    assert row["facts"] == sorted(read.filter(year.is_in([2019, 2020, 2021, 2023]))["id"])
    assert len(row["facts"]) == 3 * 4 * 12
    told = {"measure": "excess over the norm", "subject": "KAZ", "period_start": dt.date(2023, 1, 1)}
    assert line(found, "summary", **told)["facts"] == row["facts"]
    placebo = line(found, "excess", receiver="GEO", year=2023)
    assert set(placebo["facts"]) == set(row["facts"]) - set(read.filter(pl.col("receiver") == "KAZ")["id"])
    moved = replace(rows[0], value=2 * rows[0].value)
    other = line(monitored([moved, *rows[1:]]), "excess", receiver="KAZ", year=2023)
    assert other["norm_eur_mn"] > row["norm_eur_mn"]  # a row of the base does move the norm of 2023


def test_a_month_and_its_year_together_name_what_the_norm_reads(result: Result) -> None:
    years = {
        (row["receiver"], row["role"], row["year"]): set(row["facts"])
        for row in result.tables["excess"].iter_rows(named=True)
    }
    for row in result.tables["monthly"].iter_rows(named=True):
        assert set(row["facts"]) <= years[row["receiver"], row["role"], row["period_start"].year]


def test_goods_that_make_a_norm_are_cited() -> None:
    """Nineteen goods not watched make the norm of the one that is; all of their rows stand in the facts."""
    found = made_goods()
    cited = found.facts.filter(pl.col("id").str.starts_with("flows."))
    assert cited.height == 20 * (3 + 1) * 5 + 5 * 12  # three flows in money, one in tonnes too; all goods by month


def test_members_of_the_customs_union_are_no_controls_unless_named() -> None:
    rows = [*sold("KAZ", DOUBLED), *sold("KGZ", FLAT), *sold("GEO", FLAT)]
    assert line(monitored(rows), "excess", receiver="KAZ", year=2022)["controls"] == ["GEO"]
    named = monitored(rows, controls=("KGZ", "GEO"))
    assert line(named, "excess", receiver="KAZ", year=2022)["controls"] == ["KGZ", "GEO"]


def test_no_control_no_norm_and_the_reason() -> None:
    found = monitored(sold("KAZ", DOUBLED), peers=("KAZ",))
    row = line(found, "excess", receiver="KAZ", year=2022)
    assert (row["norm_eur_mn"], row["excess_eur_mn"]) == (None, None)
    assert row["why"] == "no control: name some with --controls"
    assert any("name some with --controls" in caveat for caveat in found.caveats)


def test_the_margin_moves_gap_and_range() -> None:
    rows = [*sold("KAZ", FLAT), *counted("KAZ", dict.fromkeys(FLAT, 88.0))]
    row = line(monitored(rows, margin=0.1, margin_high=0.1), "mirror", importer="KAZ", year=2021)
    assert (row["gap_eur_mn"], row["ratio"]) == (pytest.approx(20.0), pytest.approx(1.25))
    assert (row["low"], row["high"]) == (pytest.approx(12.0), pytest.approx(20.0))


def test_months_before_a_year_row_where_all_twelve_are_there() -> None:
    """Twelve months are summed; a year's row stands in where months are missing, and neither is added to the other."""
    yearly = [replace(one, value=7e6) for one in counted("KAZ", {2021: 1.0, 2022: 1.0})]
    own = [replace(one, reporter=one.sender, basis="fob") for one in yearly]
    found = monitored([*sold("KAZ", {2021: 120.0}), *sold("KAZ", {2022: 120.0}, months=11), *own])
    amounts = dict(found.tables["mirror"].select("year", "exports_eur_mn").iter_rows())
    assert amounts == {2021: pytest.approx(120.0), 2022: pytest.approx(7.0)}


def made_goods() -> Result:
    """One watched good that triples and goes on to Russia, nineteen others that do not move."""
    tripled = {**BEFORE, 2022: 300.0, 2023: 300.0}
    others = [f"0101{number:02d}" for number in range(21, 40)]
    rows = [
        *sold("KAZ", FLAT),
        *goods("DEU", "KAZ", "854231", tripled, tonnes=10.0),
        *goods("DEU", "RUS", "854231", {**BEFORE, 2022: 20.0, 2023: 0.0}),
        *goods("KAZ", "RUS", "854231", {2019: 10.0, 2020: 10.0, 2021: 10.0, 2022: 50.0, 2023: 90.0}),
    ]
    for code in others:
        rows += goods("DEU", "KAZ", code, FLAT, tonnes=10.0)
        rows += goods("DEU", "RUS", code, FLAT)
        rows += goods("KAZ", "RUS", code, FLAT)
    return monitored(rows, watch_list())


def test_products_by_hand() -> None:
    row = line(made_goods(), "products", code="854231", year=2022)
    assert (row["norm_eur_mn"], row["excess_eur_mn"]) == (pytest.approx(100.0), pytest.approx(200.0))
    assert (row["excess_out_eur_mn"], row["drop_eur_mn"]) == (pytest.approx(40.0), pytest.approx(80.0))
    assert row["substitution_ratio"] == pytest.approx(0.5)
    assert row["unit_value_premium"] == pytest.approx(3.0)
    assert (row["p_value"], row["q_value"], row["stands_out"]) == (pytest.approx(0.05), pytest.approx(0.05), True)
    assert (row["placebo_goods"], row["norm_from"], row["tier"]) == (19, "placebo goods", "1")


def test_a_watched_code_without_rows_is_unknown() -> None:
    row = line(made_goods(), "products", code="852589", year=2022)
    assert row["why"] == "no row of this code: unknown, not zero"
    assert [row[name] for name in ("in_eur_mn", "excess_eur_mn", "p_value", "q_value", "stands_out")] == [None] * 5


def test_tiers_add_up_what_is_known() -> None:
    found = made_goods()
    first = line(found, "tiers", tier="1", year=2022)
    assert (first["codes"], first["known"], first["stands_out"]) == (1, 1, 1)
    assert (first["in_eur_mn"], first["excess_eur_mn"]) == (pytest.approx(300.0), pytest.approx(200.0))
    assert first["substitution_ratio"] == pytest.approx(0.5)
    silent = line(found, "tiers", tier="3B", year=2022)
    assert (silent["known"], silent["in_eur_mn"], silent["substitution_ratio"]) == (0, None, None)


def test_ghost_share_of_a_product() -> None:
    """300 left, 120 were recorded: three fifths are missing."""
    recorded = [
        replace(one, sender="DEU", receiver="KAZ", reporter="KAZ", basis="cif", source="beta")
        for one in goods("DEU", "KAZ", "854231", {2022: 120.0})
    ]
    rows = [
        *goods("DEU", "KAZ", "854231", {**BEFORE, 2022: 300.0}),
        *goods("DEU", "KAZ", "010121", {**BEFORE, 2022: 1.0}),
    ]
    found = monitored([*sold("KAZ", FLAT), *rows, *recorded], watch_list())
    row = line(found, "products", code="854231", year=2022)
    assert (row["recorded_eur_mn"], row["ghost_share"]) == (pytest.approx(120.0), pytest.approx(0.6))


def test_products_are_answered_where_totals_are_missing() -> None:
    rows = [
        *goods("DEU", "MNG", "854231", {**BEFORE, 2022: 300.0}),
        *goods("DEU", "MNG", "010121", {**BEFORE, 2022: 50.0}),
    ]
    found = monitored(rows, watch_list(), pivot="MNG")
    row = line(found, "products", code="854231", year=2022)
    assert (row["norm_eur_mn"], row["excess_eur_mn"]) == (pytest.approx(50.0), pytest.approx(250.0))
    assert found.tables["mirror"].is_empty()
    assert found.headline.is_empty()


def test_months_and_years_of_a_product_never_add_up_twice() -> None:
    """A yearly file beside a monthly one of the same goods."""
    yearly = goods("DEU", "KAZ", "854231", {**BEFORE, 2022: 300.0})
    by_month = [replace(one, product="hs2022:854231", source="gamma") for one in sold("KAZ", {**BEFORE, 2022: 300.0})]
    found = monitored([*sold("KAZ", FLAT), *yearly, *by_month], watch_list())
    assert line(found, "products", code="854231", year=2022)["in_eur_mn"] == pytest.approx(300.0)


def test_growth_from_nothing_is_not_defined() -> None:
    """A good that nobody recorded before the sanctions has no norm: its excess is unknown, not infinite."""
    rows = [
        *sold("KAZ", FLAT),
        *goods("DEU", "KAZ", "854231", {2022: 300.0, 2023: 300.0}),
        *goods("DEU", "KAZ", "010121", FLAT),
    ]
    row = line(monitored(rows, watch_list()), "products", code="854231", year=2022)
    assert (row["in_eur_mn"], row["excess_eur_mn"]) == (pytest.approx(300.0), None)
    assert "growth from nothing" in row["why"]


def test_watched_goods_against_others_is_a_difference_in_differences() -> None:
    effects = made_goods().tables["effects"].filter(pl.col("design").str.starts_with("watched"))
    own = effects.filter(pl.col("role") == "pivot").row(0, named=True)
    assert own["relative"] == pytest.approx(2.0)
    assert own["clusters"] == 20


def test_a_claim_and_its_denial_stand_as_a_pair(result: Result) -> None:
    """S001 and S002: 106 goods banned, denied the same evening; never a fact, and neither without the other."""
    pair = result.tables["statements"].filter(pl.col("key") == "kaz-rus-export-ban-2023-10-19")
    assert set(pair["kind"]) == {"claim", "denial", "export_ban"}
    assert pair["standing"].unique().to_list() == ["contradicted"]
    assert pair["status"].unique().to_list() == ["claim"]
    denial = pair.filter(pl.col("kind") == "denial").row(0, named=True)
    assert any("106 goods to Russia" in words for words in denial["against"])
    for row in pair.filter(pl.col("kind") != "denial").iter_rows(named=True):
        assert any("officially declared incorrect" in words for words in row["against"])
        assert set(denial["facts"]) & set(row["facts"])


def test_values_that_differ_stand_as_a_range(result: Result) -> None:
    """G024 and G025: what trade with Russia was in 2022; the third value is the sample article's and not a row."""
    turnover = result.tables["statements"].filter(pl.col("key") == "kaz-rus-turnover-2022-2022-12-31")
    assert turnover["standing"].unique().to_list() == ["contradicted"]
    assert (turnover["low"].unique().to_list(), turnover["high"].unique().to_list()) == ([24.3], [26.0])


def test_official_contradictions_of_one_month(result: Result) -> None:
    """S006 and S007."""
    rows = result.tables["statements"].filter(pl.col("key") == "sanctions-compliance-2023-06-01")
    assert rows["standing"].to_list() == ["contradicted"] * 2
    assert all(rows["against"].list.len() == 1)


@pytest.mark.parametrize(
    ("pivot", "stated", "verdict"),
    [
        ("KAZ", 0.94, "differs"),
        ("KGZ", 3.45, "agrees"),
        ("ARM", 1.65, "differs"),
        ("UZB", 1.3, "differs"),
        ("GEO", 0.58, "agrees"),
    ],
)
def test_statements_are_held_against_the_counts(pivot: str, stated: float, verdict: str) -> None:
    """A note of August 2023 on growth 2021 to 2022: two of five fit the counts, as those who compared them found."""
    row = line(watched(World.open(), pivot=pivot), "statements", by="Eric Dor (IESEG)")
    assert (row["value"], row["verdict"]) == (stated, verdict)


def test_a_figure_in_another_unit_is_not_compared(result: Result) -> None:
    row = result.tables["statements"].filter(pl.col("says").str.contains("first war year")).row(0, named=True)
    assert (row["value"], row["unit"], row["figure"]) == (2.9, "USD bn", pytest.approx(3_086.235, abs=1e-3))
    assert row["verdict"] == "not compared: USD bn against EUR mn"


def test_pairs_need_no_coding_by_hand() -> None:
    claim = said(kind="claim", what="all goods are banned", value=5.0, unit="goods", related="k")
    denial = said(kind="denial", what="nothing is banned", value=0.0, unit="goods", related="k")
    alone = said(kind="claim", what="another matter altogether", related="m")
    found = monitored(sold("KAZ", FLAT), claim, denial, alone).tables["statements"]
    standing = dict(found.select("says", "standing").iter_rows())
    assert standing == {
        "all goods are banned": "contradicted",
        "nothing is banned": "contradicted",
        "another matter altogether": "stated",
    }
    assert (found["low"].max(), found["high"].max()) == (0.0, 5.0)


def test_states_without_rows_are_refused_with_a_reason() -> None:
    with pytest.raises(NoAnswer, match=r"no row says what EU sold MNG .*known: ARM, GEO, KAZ"):
        watched(World.open(), pivot="MNG")
    with pytest.raises(NoAnswer, match="no known publication date"):
        watched(World.open().as_of(dt.date(2023, 6, 1)))
    with pytest.raises(UnknownName, match="did you mean KAZ"):
        watched(World.open(), pivot="KAX")
    with pytest.raises(UnknownName, match="actor"):
        watched(World.open(), controls=("QQQ",))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"union": "ZZZ"}, "unknown organisation 'ZZZ'; --union takes an organisation with members: EAEU"),
        ({"union": "EAUE"}, "unknown organisation 'EAUE'; did you mean EAEU"),
        ({"union": "BLR"}, "unknown organisation 'BLR'"),
        ({"goods_list": "foo"}, "unknown list of goods 'foo'; the world holds: Common High Priority List"),
        ({"goods_list": "Common Priority List"}, "did you mean Common High Priority List"),
        ({"tiers": ("1", "9")}, "unknown tier '9'; tiers of Common High Priority List: 1, 2, 3A, 3B, 4A, 4B"),
        ({"tiers": ("3a",)}, "did you mean 3A"),
    ],
)
def test_names_that_nobody_knows_are_refused(given: dict[str, object], says: str) -> None:
    """A typo in the customs union turned an excess of +8 % into one of -6 %."""
    with pytest.raises(UnknownName, match=says):
        watched(World.open(), **given)


def test_the_pivot_cannot_be_named_as_the_target() -> None:
    with pytest.raises(WrongRequest, match="target 'KAZ' is the pivot itself"):
        watched(World.open(), target="KAZ")


def test_a_world_without_a_list_answers_and_takes_no_other() -> None:
    assert monitored(sold("KAZ", FLAT)).tables["products"].is_empty()
    with pytest.raises(UnknownName, match="the world holds: none"):
        monitored(sold("KAZ", FLAT), goods_list="foo")


def test_a_union_without_a_known_member_is_told() -> None:
    found = monitored([*sold("KAZ", DOUBLED), *sold("KGZ", FLAT)], event=dt.date(2014, 1, 1), base_end="2014-01-01",
                      base_start="2013-01-01")  # fmt: skip
    assert any(caveat.startswith("No member of EAEU is known on 2014-01-01") for caveat in found.caveats)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"until": 2018}, "before since"),
        ({"base_start": "2022-01-01"}, "ends before it starts"),
        ({"base_end": "2022-06-01"}, "before the sanctions"),
        ({"margin": 0.2}, "below margin"),
        ({"event": "2022-03-15"}, "first day of a month"),
        ({"controls": ("RUS",)}, "neither the pivot nor the target"),
        ({"controls": ("KAZ",)}, "neither the pivot nor the target"),
        ({"peers": ("KGZ", "KGZ")}, "stands twice"),
        ({"trim": 0.5}, "less than 0.5"),
        ({"margin": float("nan")}, "finite"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(given: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        MonitorParams.model_validate({"pivot": "KAZ", **given})


def test_a_state_can_be_the_exporter() -> None:
    found = monitored([*sold("KAZ", FLAT, members=EU27[:3]), *counted("KAZ", FLAT, members=EU27[:3])], exporter="BEL")
    assert line(found, "mirror", importer="KAZ", year=2021)["exports_eur_mn"] == pytest.approx(100.0)


def test_claims_and_plans_are_no_counts() -> None:
    plan = [replace(one, status="plan", source="gamma", value=9e9) for one in sold("KAZ", FLAT)]
    assert line(monitored([*sold("KAZ", FLAT), *plan]), "mirror", importer="KAZ", year=2021)[
        "exports_eur_mn"
    ] == pytest.approx(100.0)


def test_a_series_with_a_gap_has_no_break() -> None:
    rows = [one for one in sold("KAZ", FLAT) if one.start != dt.date(2021, 5, 1)]
    row = line(monitored(rows), "breaks", importer="KAZ")
    assert (row["first_month"], row["why"]) == (None, "a month has no row: a break needs a series without a gap")


def test_scale_of_all_rows_changes_no_ratio() -> None:
    rows = [*sold("KAZ", DOUBLED), *sold("GEO", FLAT), *counted("KAZ", FLAT)]
    larger = [replace(one, value=1_000 * one.value) for one in rows]
    one, two = monitored(rows), monitored(larger)
    for table, name in (("mirror", "ratio"), ("mirror", "ghost_share"), ("excess", "relative"), ("growth", "growth")):
        small, large = (answer.tables[table][name].drop_nulls().to_list() for answer in (one, two))
        assert large == [pytest.approx(value, rel=1e-9, abs=1e-12) for value in small]


def test_a_ban_of_the_same_days_joins_the_pair() -> None:
    claim = said(kind="claim", what="106 goods are banned", value=106.0, unit="goods", related="k")
    denial = said(kind="denial", what="nothing is banned", value=0.0, unit="goods", related="k")
    ban = adding(
        "policies",
        {
            "by": "KAZ", "on": "RUS", "kind": "export_ban", "level": 106.0, "unit": "product lines",
            "period_start": dt.date(2023, 10, 19), "status": "claim",
        },
    )  # fmt: skip
    found = watched(world_of(sold("KAZ", FLAT), claim, denial, ban)).tables["statements"]
    row = found.filter(pl.col("kind") == "export_ban").row(0, named=True)
    assert (row["key"], row["standing"], row["status"]) == ("k", "contradicted", "claim")
