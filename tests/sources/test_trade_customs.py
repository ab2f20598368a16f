"""Customs statistics as received from BACI, Comtrade and Eurostat: what a line becomes, what is refused or left out.

Files are invented, in the layouts that the providers publish; the mirror table is of the reference folder, where sums
are printed in EUR million with three digits.
"""

from __future__ import annotations

import datetime as dt
import gzip
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import multivector.cli.pulls  # noqa: F401 - puts the commands on `pull`
from multivector.cli.main import run
from multivector.errors import UnknownName, WrongRequest, WrongWorld
from multivector.sources.networks import Imported
from multivector.sources.trade import CustomsRequest, Wanted, read_baci, read_comtrade, read_eurostat, wanted
from multivector.sources.trade.labels import match, spellings
from multivector.sources.trade.periods import period
from multivector.world import World, check_folder

ROOT = Path(__file__).parents[2]
REFERENCE = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "trade" / "mirror"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference tables are not here")
ALL = CustomsRequest(products=Wanted(codes=None))
TOTALS = CustomsRequest()
EASY = "REPORTER,PARTNER,PRODUCT,FLOW,STAT_PROCEDURE,PERIOD,VALUE_IN_EUR"
BULK = "REPORTER,PARTNER,TRADE_TYPE,PRODUCT_NC,FLOW,STAT_PROCEDURE,SUPPL_UNIT,PERIOD,VALUE_EUR,QUANTITY_KG"
SDMX = "DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE"
COMTRADE = (
    "typeCode,freqCode,period,reporterISO,flowCode,partnerISO,partner2Code,classificationCode,cmdCode,customsCode,"
    "motCode,netWgt,cifvalue,fobvalue,primaryValue"
)
LEGACY = (
    "Classification,Year,Period,Trade Flow Code,Trade Flow,Reporter Code,Reporter,Reporter ISO,Partner Code,Partner,"
    "Partner ISO,Commodity Code,Commodity,Qty,Netweight (kg),Trade Value (US$),Flag"
)
Read = Callable[[Sequence[Path], CustomsRequest], Imported]


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


def write(folder: Path, header: str, *lines: str, name: str = "received.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def rows(imported: Imported) -> list[tuple[object, ...]]:
    columns = ("sender", "receiver", "product", "measure", "value", "unit", "reporter", "basis")
    return imported.tables["flows"].select(columns).rows()


def reasons(imported: Imported) -> str:
    return "\n".join(f"{one.fact}: {one.reason}" for one in imported.left)


def refused(read: Callable[[], Imported]) -> str:
    with pytest.raises(WrongWorld) as refusal:
        read()
    return "\n".join(str(one) for one in refusal.value.problems)


# Eurostat


def test_easy_comext_names_become_members_and_sums_stay_out(tmp_path: Path, world: World) -> None:
    euro = "Euro area - 20 countries (AT, BE, CY, DE, EE, ES, FI, FR, GR, HR, IE, IT, LT, LU, LV, MT, NL, PT, SI, SK)"
    germany = "Germany (incl. German Democratic Republic 'DD' from 1991)"
    union = "European Union (AT-01/1995, BE-01/1958, GB-01/1973->01/2020)"
    path = write(
        tmp_path,
        EASY,
        f'"{germany}","Kazakhstan","Total","EXPORT","Total","Aug. 2024",7',
        '"Czechia","Kazakhstan","Total","EXPORT","Total","Aug. 2024",5',
        '"United Kingdom","Kazakhstan","Total","EXPORT","Total","Aug. 2019",11',
        f'"{euro}","Kazakhstan","Total","EXPORT","Total","Aug. 2024",100',
        f'"{union}","Kazakhstan","Total","EXPORT","Total","Aug. 2024",100',
    )
    imported = read_eurostat([path], TOTALS, world=world)
    assert rows(imported) == [
        ("DEU", "KAZ", "goods", "value", 7.0, "EUR", "DEU", "fob"),
        ("CZE", "KAZ", "goods", "value", 5.0, "EUR", "CZE", "fob"),
        ("GBR", "KAZ", "goods", "value", 11.0, "EUR", "GBR", "fob"),
    ]
    first = imported.tables["flows"].row(0, named=True)
    assert (first["period_start"], first["period_end"]) == (dt.date(2024, 8, 1), dt.date(2024, 9, 1))
    assert first["note"] == "partial: 1 of 12 months of 2024 in the file"
    sums = [one for one in imported.left if "count twice" in one.reason]
    assert [one.fact.split(",")[0] for one in sums] == [
        f"reporter '{euro}".split(",")[0],
        f"reporter '{union}".split(",")[0],
    ]
    assert "GBR, a reporter until January 2020, is not one of the 27" in imported.tables["sources"]["note"].item()


def test_the_union_stands_for_itself_only_where_no_member_is_beside_it(tmp_path: Path, world: World) -> None:
    alone = write(tmp_path, BULK, "EU27_2020,KZ,E,TOTAL,2,1,NO_SU,202401,9,1")
    assert rows(read_eurostat([alone], TOTALS, world=world))[0][:5] == ("EU", "KAZ", "goods", "value", 9.0)
    beside = write(tmp_path, BULK, "EU27_2020,KZ,E,TOTAL,2,1,NO_SU,202401,9,1", "FR,KZ,E,TOTAL,2,1,NO_SU,202401,4,1")
    assert [row[0] for row in rows(read_eurostat([beside], TOTALS, world=world))] == ["FRA", "FRA"]


def test_bulk_lines_are_added_up_over_procedures_and_cut_to_six_digits(tmp_path: Path, world: World) -> None:
    path = write(
        tmp_path,
        BULK,
        "GR,KZ,E,TOTAL,2,1,NO_SU,202401,100,10000",
        "GR,KZ,E,85423119,2,1,NO_SU,202401,3.5,1000",
        "GR,KZ,E,85423190,2,1,NO_SU,202401,2,500",
        "GR,KZ,E,85423190,2,3,NO_SU,202401,1.25,",
        "GR,KZ,E,85SSSSS9,2,1,NO_SU,202401,50,1",
        "KZ,GR,E,85423190,1,1,NO_SU,202112,8,1",
        "GR,QR,E,85423190,2,1,NO_SU,202401,2,500",
        "GR,XK,E,85423190,2,1,NO_SU,202401,6,500",
    )
    imported = read_eurostat([path], ALL, world=world)
    assert rows(imported) == [
        ("GRC", "KAZ", "goods", "value", 100.0, "EUR", "GRC", "fob"),
        ("GRC", "KAZ", "hs2022:854231", "value", 6.75, "EUR", "GRC", "fob"),
        ("GRC", "KAZ", "hs2017:854231", "value", 8.0, "EUR", "KAZ", "cif"),
        ("GRC", "XKX", "hs2022:854231", "value", 6.0, "EUR", "GRC", "fob"),
        ("GRC", "KAZ", "goods", "quantity", 10.0, "t", "GRC", "none"),
        ("GRC", "KAZ", "hs2017:854231", "quantity", 0.001, "t", "KAZ", "none"),
        ("GRC", "XKX", "hs2022:854231", "quantity", 0.5, "t", "GRC", "none"),
    ]
    assert "1 lines: are of goods that a reporter keeps secret" in reasons(imported)
    assert "partner 'QR', 1 lines: names no partner" in reasons(imported)


def test_a_total_of_procedures_stands_for_its_parts(tmp_path: Path, world: World) -> None:
    line = "Greece,Kazakhstan,TOTAL-Total,2-EXPORT,{},202352-Jan.-Dec. 2023,{}"
    path = write(tmp_path, EASY, line.format("T-Total", 10), line.format("1-Normal", 6), line.format("3-Outward", 4))
    imported = read_eurostat([path], TOTALS, world=world)
    assert [row[4] for row in rows(imported)] == [10.0]
    assert "2 lines: are of single customs procedures" in reasons(imported)
    assert imported.tables["flows"]["note"].null_count() == 1
    assert imported.tables["flows"]["period_end"].item() == dt.date(2024, 1, 1)


def test_six_digits_stand_for_their_eight_digit_parts(tmp_path: Path, world: World) -> None:
    path = write(
        tmp_path,
        BULK,
        "GR,KZ,E,854231,2,1,,202401,5,1",
        "GR,KZ,E,85423190,2,1,,202401,5,1",
        "GR,KZ,E,85423290,2,1,,202401,7,1",
    )
    imported = read_eurostat([path], ALL, world=world)
    assert [row[2:5] for row in rows(imported) if row[3] == "value"] == [
        ("hs2022:854231", "value", 5.0),
        ("hs2022:854232", "value", 7.0),
    ]
    assert "1 lines: are of 8-digit codes" in reasons(imported)


def test_sdmx_values_and_hundreds_of_kilograms_are_one_statement(tmp_path: Path, world: World) -> None:
    start = "ESTAT:DS-045409(1.0),15/09/26 11:00:00,A,DE,KZ,854231,2"
    path = write(tmp_path, SDMX, f"{start},QUANTITY_IN_100KG,2024,902.5", f"{start},VALUE_IN_EUROS,2024,32313884")
    assert rows(read_eurostat([path], ALL, world=world)) == [
        ("DEU", "KAZ", "hs2022:854231", "value", 32313884.0, "EUR", "DEU", "fob"),
        ("DEU", "KAZ", "hs2022:854231", "quantity", 90.25, "t", "DEU", "none"),
    ]


@pytest.mark.parametrize(
    ("header", "line", "rule"),
    [
        (EASY.replace("REPORTER,", ""), "", "column is missing: REPORTER"),
        (EASY.replace("PARTNER,", ""), "", "column is missing: PARTNER"),
        (EASY.replace("PRODUCT,", ""), "", "column is missing: PRODUCT"),
        (EASY.replace("FLOW,", ""), "", "column is missing: FLOW"),
        (EASY.replace("PERIOD,", ""), "", "column is missing: PERIOD"),
        (EASY.replace("VALUE_IN_EUR", "VALUE"), "", "column is missing: VALUE_IN_EUROS"),
        (EASY, "Germania,Kazakhstan,Total,EXPORT,Total,2023,1", "did you mean Germany"),
        (EASY, "germany,Kazakhstan,Total,EXPORT,Total,2023,1", "labels are matched exactly"),
        (EASY, "Greece,Korea,Total,EXPORT,Total,2023,1", "labels are matched exactly"),
        (EASY, "Greece,Kazakhstan,Total,TRANSIT,Total,2023,1", "is no flow"),
        (EASY, "Greece,Kazakhstan,Total,EXPORT,Total,Jan.-Mar. 2023,1", "is neither a month nor a calendar year"),
        (EASY, "Greece,Kazakhstan,Total,EXPORT,Total,2023,-1", "below zero or not finite"),
        (EASY, "Greece,Kazakhstan,Total,EXPORT,Total,2023,nan", "below zero or not finite"),
        (EASY, 'Greece,Kazakhstan,Total,EXPORT,Total,2023,"1,5"', "is no number"),
        (EASY, "Greece,,Total,EXPORT,Total,2023,1", "is empty"),
        (EASY, "Greece,Kazakhstan,Integrated circuits,EXPORT,Total,2023,1", "export the codes of products"),
    ],
)
def test_what_eurostat_never_wrote_is_refused_by_name(
    tmp_path: Path, world: World, header: str, line: str, rule: str
) -> None:
    path = write(tmp_path, header, *([line] if line else []))
    assert rule in refused(lambda: read_eurostat([path], TOTALS, world=world))


def test_one_file_twice_and_one_line_in_two_files_count_once(tmp_path: Path, world: World) -> None:
    lines = ["Greece,Kazakhstan,Total,EXPORT,Total,2023,1", "Greece,Armenia,Total,EXPORT,Total,2023,2"]
    one = write(tmp_path, EASY, *lines, name="a.csv")
    other = write(tmp_path, EASY, lines[0], name="b.csv")
    copy = write(tmp_path, EASY, *lines, name="c.csv")
    imported = read_eurostat([one, copy, other, one], TOTALS, world=world)
    assert [row[4] for row in rows(imported)] == [1.0, 2.0]
    assert "1 lines: stand twice" in reasons(imported)
    torn = write(tmp_path, EASY, "Greece,Kazakhstan,Total,EXPORT,Total,2023,3", name="d.csv")
    assert "contradicts another line on Greece, Kazakhstan" in refused(
        lambda: read_eurostat([one, torn], TOTALS, world=world)
    )


def test_a_year_of_which_months_are_missing_is_called_partial(tmp_path: Path, world: World) -> None:
    line = "{},Kazakhstan,Total,EXPORT,Total,2023{:02},1"
    whole = [line.format("Greece", month) for month in range(1, 13)]
    part = [line.format("Italy (incl. San Marino 'SM' -> 1993)", month) for month in range(1, 10)]
    year = "Italy (incl. San Marino 'SM' -> 1993),Kazakhstan,Total,EXPORT,Total,202352,9"
    imported = read_eurostat([write(tmp_path, EASY, *whole, *part, year)], TOTALS, world=world)
    annual = pl.col("period_end") == dt.date(2024, 1, 1), pl.col("period_start") == dt.date(2023, 1, 1)
    assert imported.tables["flows"].filter(*annual)["note"].to_list() == [None]
    notes = imported.tables["flows"].filter(~annual[1] | ~annual[0])
    notes = notes.group_by("sender").agg(pl.col("note").unique()).sort("sender")
    assert notes.rows() == [("GRC", [None]), ("ITA", ["partial: 9 of 12 months of 2023 in the file"])]


# Comtrade


def test_comtrade_totals_are_taken_and_parts_stay_out(tmp_path: Path, world: World) -> None:
    path = write(
        tmp_path,
        COMTRADE,
        "C,A,2022,KAZ,X,RUS,0,H6,TOTAL,C00,0,,,1500.5,1500.5,",
        "C,A,2022,KAZ,M,RUS,0,H6,TOTAL,C00,0,,900,,900,",
        "C,A,2022,CAN,M,KAZ,0,H6,TOTAL,C00,0,,,70,70,",
        "C,A,2022,KAZ,M,RUS,0,H6,854231,C00,0,2000,40,,40,",
        "C,A,2022,KAZ,M,S19,0,H6,854231,C00,0,0,9,,0.9E+01,",
        "C,A,2022,KAZ,M,RUS,643,H6,854231,C00,0,1000,20,,20,",
        "C,A,2022,KAZ,M,RUS,0,H6,854231,C05,0,1000,10,,10,",
        "C,A,2022,KAZ,RX,RUS,0,H6,TOTAL,C00,0,,,5,5,",
        "C,A,2022,KAZ,X,W00,0,H6,TOTAL,C00,0,,,5000,5000,",
        "C,A,2022,KAZ,X,_X,0,H6,TOTAL,C00,0,,,1,1,",
        "C,A,2022,KAZ,M,KAZ,0,H6,TOTAL,C00,0,,3,,3,",
    )
    imported = read_comtrade([path], ALL, world=world)
    assert rows(imported) == [
        ("KAZ", "RUS", "goods", "value", 1500.5, "USD", "KAZ", "fob"),
        ("RUS", "KAZ", "goods", "value", 900.0, "USD", "KAZ", "cif"),
        ("KAZ", "CAN", "goods", "value", 70.0, "USD", "CAN", "fob"),
        ("RUS", "KAZ", "hs2022:854231", "value", 40.0, "USD", "KAZ", "cif"),
        ("TWN", "KAZ", "hs2022:854231", "value", 9.0, "USD", "KAZ", "cif"),
        ("KAZ", "WLD", "goods", "value", 5000.0, "USD", "KAZ", "fob"),
        ("RUS", "KAZ", "hs2022:854231", "quantity", 2.0, "t", "KAZ", "none"),
    ]
    said = reasons(imported)
    assert "2 lines: are parts by second partner" in said
    assert "flow RX, 1 lines: re-exports are in exports already" in said
    assert "1 lines: are of a reporter with itself" in said
    assert "partner '_X', 1 lines: names no partner" in said
    assert imported.tables["flows"]["decimals"].to_list()[0] == 1


def test_comtrade_of_before_2023_reads_alike(tmp_path: Path, world: World) -> None:
    path = write(
        tmp_path,
        LEGACY,
        'H5,2019,2019,1,Import,398,Kazakhstan,KAZ,410,Rep. of Korea,KOR,854231,"Circuits, electronic",,1500,250,0',
        "H5,2019,2019,2,Export,398,Kazakhstan,KAZ,0,World,WLD,TOTAL,All,,,900,0",
    )
    assert rows(read_comtrade([path], ALL, world=world)) == [
        ("KOR", "KAZ", "hs2017:854231", "value", 250.0, "USD", "KAZ", "cif"),
        ("KAZ", "WLD", "goods", "value", 900.0, "USD", "KAZ", "fob"),
        ("KOR", "KAZ", "hs2017:854231", "quantity", 1.5, "t", "KAZ", "none"),
    ]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("C,A,2022,KAZ,M,RUS,0,S3,854231,C00,0,,40,,40", "is no edition of the Harmonized System"),
        ("C,A,2022,KAZ,T,RUS,0,H6,854231,C00,0,,40,,40", "is no flow of Comtrade"),
        ("C,A,2022,KAZ,M,RUS,643,H6,854231,C00,0,,40,,40", "has only parts: ask for the sum, '0'"),
        ("S,A,2022,KAZ,M,RUS,0,H6,854231,C00,0,,40,,40", "is of services"),
        ("C,A,2022,,M,RUS,0,H6,854231,C00,0,,40,,40", "is empty"),
        ("C,A,2022,KAZ,M,RUX,0,H6,854231,C00,0,,40,,40", "did you mean"),
        ("C,A,2022,KAZ,M,RUS,0,H6,854231,C00,0,-8,40,,40", "is no weight"),
    ],
)
def test_what_comtrade_never_wrote_is_refused_by_name(tmp_path: Path, world: World, line: str, rule: str) -> None:
    path = write(tmp_path, COMTRADE, line)
    assert rule in refused(lambda: read_comtrade([path], ALL, world=world))


def test_two_editions_for_one_reporter_and_year_are_refused(tmp_path: Path, world: World) -> None:
    line = "C,A,2022,KAZ,M,RUS,0,{},854231,C00,0,,40,,40"
    both = write(tmp_path, COMTRADE, line.format("H5"), line.format("H6"))
    assert "in hs2017 and hs2022: keep one edition" in refused(lambda: read_comtrade([both], ALL, world=world))
    later = write(tmp_path, COMTRADE, line.format("H5"), line.format("H6").replace("2022", "2023"))
    assert [row[2] for row in rows(read_comtrade([later], ALL, world=world))] == ["hs2017:854231", "hs2022:854231"]


# BACI


def baci(folder: Path, *lines: str, name: str = "BACI_HS17_Y2022_V202401.csv") -> Path:
    codes = (
        '398,Kazakhstan,KZ,KAZ\n643,Russian Federation,RU,RUS\n490,"Other Asia, nes",,S19\n697,"Europe EFTA, nes",,R20'
    )
    write(folder, "country_code,country_name,country_iso2,country_iso3", codes, name="country_codes_V202401.csv")
    return write(folder, "t,i,j,k,v,q", *lines, name=name)


def test_baci_is_thousands_of_dollars_and_tonnes(tmp_path: Path, world: World) -> None:
    path = baci(
        tmp_path,
        "2022,398,643,270900,1234.567,10.5",
        "2022,398,643,854231,2.5,          NA",
        "2022,490,398,854231,7.001,0.25",
        "2022,697,398,854231,1,1",
    )
    imported = read_baci([path], CustomsRequest(products=wanted("chpl", world)), world=world)
    assert rows(imported) == [
        ("KAZ", "RUS", "hs2017:854231", "value", 2500.0, "USD", None, "fob"),
        ("TWN", "KAZ", "hs2017:854231", "value", 7001.0, "USD", None, "fob"),
        ("KAZ", "RUS", "goods", "value", pytest.approx(1237067.0), "USD", None, "fob"),
        ("TWN", "KAZ", "goods", "value", 7001.0, "USD", None, "fob"),
        ("TWN", "KAZ", "hs2017:854231", "quantity", 0.25, "t", None, "none"),
        ("TWN", "KAZ", "goods", "quantity", 0.25, "t", None, "none"),
    ]
    assert set(imported.tables["flows"]["list_rule"]) == {"complete"}
    assert set(imported.tables["flows"]["published"]) == {dt.date(2024, 1, 31)}
    said = reasons(imported)
    for code in ("852589", "854149", "854151", "854159", "854800", "880730"):
        assert f"hs2022:{code}: is new in HS 2022; hs2017 has no such code: unknown there, not zero" in said
    assert "hs2022:854232: stands in no line of the file: unknown there, not zero" in said
    assert "economy 697 (R20), 1 lines: names no partner" in said


def test_baci_touching_a_state_says_nothing_of_the_others(tmp_path: Path, world: World) -> None:
    path = baci(tmp_path, "2022,398,643,270900,1,1", "2022,490,643,854231,7,1")
    imported = read_baci([path], CustomsRequest(touching=("KAZ",)), world=world)
    assert [row[:2] for row in rows(imported)] == [("KAZ", "RUS"), ("KAZ", "RUS")]
    assert set(imported.tables["flows"]["list_rule"]) == {"selected"}
    with pytest.raises(UnknownName, match="KZA"):
        read_baci([path], CustomsRequest(touching=("KZA",)), world=world)


def test_baci_in_its_archive(tmp_path: Path, world: World) -> None:
    path = baci(tmp_path, "2022,398,643,270900,1,1")
    archive = tmp_path / "inner" / "BACI_HS17_V202401.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(path, path.name)
        packed.write(tmp_path / "country_codes_V202401.csv", "country_codes_V202401.csv")
        packed.writestr("product_codes_HS17_V202401.csv", "code,description\n")
    imported = read_baci([archive], TOTALS, world=world)
    assert rows(imported)[0][:5] == ("KAZ", "RUS", "goods", "value", 1000.0)
    assert imported.tables["flows"]["locator"][0] == "BACI_HS17_Y2022_V202401.csv"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("2021,398,643,270900,1,1", "is not 2022, the year of the file"),
        ("2022,398,643,270900,-1,1", "is no value"),
        ("2022,398,643,270900,1,-1", "is no weight"),
        ("2022,398,643,270900,,1", "is empty"),
        ("2022,398,643,270900,1,1\n2022,398,643,270900,2,1", "stands twice"),
        ("2022,398,998,270900,1,1", "is no known economy"),
    ],
)
def test_a_wrong_line_of_baci_is_refused(tmp_path: Path, world: World, line: str, rule: str) -> None:
    path = baci(tmp_path, line)
    assert rule in refused(lambda: read_baci([path], TOTALS, world=world))


def test_files_of_another_kind_are_wrong_requests(tmp_path: Path, world: World) -> None:
    with pytest.raises(WrongRequest, match="holds no BACI_HS"):
        read_baci([baci(tmp_path, "2022,398,643,270900,1,1", name="mine.csv")], TOTALS, world=world)
    packed = tmp_path / "full_v2_202401.7z"
    packed.write_bytes(b"7z")
    with pytest.raises(WrongRequest, match="unpack it first"):
        read_eurostat([packed], TOTALS, world=world)
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(b"no gzip")
    with pytest.raises(WrongRequest, match="cannot unpack"):
        read_comtrade([broken], TOTALS, world=world)
    with pytest.raises(WrongRequest, match="is an edition and a code"):
        wanted(str(write(tmp_path, "854231", name="codes.txt")), world)


def test_gzip_and_tabs_are_read(tmp_path: Path, world: World) -> None:
    plain = f"{COMTRADE}\nC,A,2022,KAZ,X,RUS,0,H6,TOTAL,C00,0,,,15,15".replace(",", "\t")
    packed = tmp_path / "COMTRADE-FINAL-CA398202201H6.txt.gz"
    packed.write_bytes(gzip.compress(plain.encode()))
    assert rows(read_comtrade([packed], TOTALS, world=world))[0][4] == 15.0


def test_a_list_of_products_names_its_editions(tmp_path: Path, world: World) -> None:
    listed = write(tmp_path, "hs2017:270900  # crude", "HS2022 854231", "", name="codes.txt")
    assert wanted(str(listed), world) == Wanted(frozenset({"hs2017:270900", "hs2022:854231"}))
    path = baci(tmp_path, "2022,398,643,270900,1,1", "2022,398,643,854231,2,1")
    imported = read_baci([path], CustomsRequest(products=wanted(str(listed), world)), world=world)
    assert {row[2] for row in rows(imported)} == {"goods", "hs2017:270900"}
    assert "hs2022:854231: stands in no line of the file" in reasons(imported)


# labels and periods


@needs_reference
def test_the_mirror_table_comes_back_through_the_labels(world: World) -> None:
    """UZB prints Slovakia in Russian, which the reference table did not find: it has 26 members there."""
    names = spellings(world)
    exports = pl.read_parquet(REFERENCE / "eurostat_monthly_raw.parquet")
    reporters = match(exports["REPORTER"].unique(), names)
    partner = {
        "kazakhstan": "KAZ",
        "armenia": "ARM",
        "kyrgyz": "KGZ",
        "uzbek": "UZB",
        "georgia": "GEO",
        "russia": "RUS",
    }
    imports = pl.read_parquet(REFERENCE / "national_imports_raw.parquet")
    partners = match(imports["PARTNER"].unique(), names)
    assert reporters.strange == partners.strange == {}
    assert set(reporters.placed.values()) == names.members
    sent = exports.with_columns(
        importer=pl.col("partner").replace_strict(partner | {"russia": "RUS"}),
        year=pl.col("m").str.slice(0, 4).cast(pl.Int64),
    )
    sent = sent.group_by("importer", "year").agg(sent=pl.col("VALUE_IN_EUR").sum() / 1e6)
    received = imports.with_columns(
        exporter=pl.col("PARTNER").replace_strict(partners.placed, default=None),
        year=pl.col("PERIOD").str.slice(1).cast(pl.Int64),
    ).filter(pl.col("exporter").is_in(list(names.members)))
    slovakia = (pl.col("PARTNER") == "Словакия").sum()
    assert received.filter(pl.col("importer") == "UZB").select(slovakia).item() == 5
    found = received.filter(pl.col("PARTNER") != "Словакия").group_by("importer", "year")
    told = found.agg(received=pl.col("VALUE_IN_EUR").sum() / 1e6, members=pl.col("exporter").n_unique())
    expected = pl.read_csv(REFERENCE / "mirror_expected.csv")
    both = expected.join(sent, on=["importer", "year"], how="left", validate="1:1")
    both = both.join(told, on=["importer", "year"], how="left", validate="1:1")
    assert both.height == 30
    assert (both["sent"] - both["exports_eur_mn"]).abs().max() < 1e-3  # type: ignore[operator]
    mirrored = both.drop_nulls("imports_eur_mn")
    assert (mirrored["received"] - mirrored["imports_eur_mn"]).abs().max() < 1e-3  # type: ignore[operator]
    assert (mirrored["members"] == mirrored["n_members"]).all()


def test_both_koreas_by_every_spelling_and_czechia_by_both(world: World) -> None:
    names = spellings(world)
    south = ("Republic of Korea", "The Republic of Korea", "Korea, Republic of", "South Korea")
    north = ("Democratic People's Republic of Korea", "Korea (DPRK)", "Korea, DPR of")
    placed = match([*south, *north, "Czech Republic", "Czechia"], names).placed
    assert [placed[one] for one in south] == ["KOR"] * 4
    assert [placed[one] for one in north] == ["PRK"] * 3
    assert placed["Czech Republic"] == placed["Czechia"] == "CZE"
    near = match(["Korea", "South korea", "Republic of Korea "], names)
    assert not near.placed
    assert set(near.strange) == {"Korea", "South korea", "Republic of Korea "}


@given(st.dates(dt.date(1988, 1, 1), dt.date(2060, 12, 31)))
def test_a_month_and_a_year_are_read_in_every_form(day: dt.date) -> None:
    month, year = f"{day:%Y%m}", f"{day:%Y}"
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    name = names[day.month - 1]
    months = [period(one) for one in (month, f"{day:%Y-%m}", f"{name}. {year}", f"{month}-{name}. {year}")]
    years = [period(one) for one in (year, f"Y{year}", f"{year}52", f"Jan.-Dec. {year}", f"{year}52-Jan.-Dec. {year}")]
    assert len(set(months)) == len(set(years)) == 1
    assert months[0] is not None
    assert years[0] is not None
    assert months[0].start <= day < months[0].end
    assert (years[0].start, years[0].end) == (dt.date(day.year, 1, 1), dt.date(day.year + 1, 1, 1))


@pytest.mark.parametrize("printed", ["202413", "2024Q1", "Jan.-Mar. 2024", "202400", "24", "Foo. 2024", ""])
def test_a_part_of_a_year_is_no_period(printed: str) -> None:
    assert period(printed) is None


# from the command to the world


@pytest.mark.parametrize("provider", ["baci", "comtrade", "eurostat"])
def test_pull_check_open(tmp_path: Path, capsys: pytest.CaptureFixture[str], provider: str) -> None:
    received = {
        "baci": lambda: baci(tmp_path, "2022,398,643,854231,1,1"),
        "comtrade": lambda: write(tmp_path, COMTRADE, "C,A,2022,KAZ,X,RUS,0,H6,854231,C00,0,1,,1,1"),
        "eurostat": lambda: write(tmp_path, BULK, "GR,KZ,E,85423190,2,1,,202301,1,1"),
    }[provider]()
    folder = tmp_path / "mine"
    command = ["pull", provider, str(received), "--into", str(folder), "--products", "chpl", "--touching", "KAZ,RUS"]
    assert run(command) == 0
    assert "unknown there, not zero" in capsys.readouterr().out
    assert check_folder(folder) == ()
    opened = World.open(folder)
    held = opened.rows("flows", pl.col("product").str.contains("854231"), pl.col("measure") == "value")
    assert held.height == 1
    source = opened.rows("sources", pl.col("source") == held["source"][0]).row(0, named=True)
    assert source["sha256"] is not None
    assert source["accessed"] is not None
    assert run([*command, "--force"]) == 0
    assert run([*command[:-1], "KZA", "--force"]) == 1
    assert "unknown actor 'KZA'" in capsys.readouterr().err
