"""Input-output tables as received: layout, sums, what is refused, and that 81 economies give the shipped 21 regions.

The shipped rows are rounded to 4 digits of a USD million (81 × 28 float32 cells under them): values may differ by
0.006 USD million, tariffs, printed with 5 significant digits, by 6e-6.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import multivector.cli.pulls  # noqa: F401 - puts the commands on `pull`
from multivector.cli.main import run
from multivector.errors import UnknownName, WrongRequest, WrongWorld
from multivector.sources.trade import IcioRequest, pull_icio, read_icio
from multivector.sources.trade.icio import Cube
from multivector.sources.trade.icio_codes import GOODS, SECTORS, SERVICE_INDUSTRIES
from multivector.sources.trade.icio_regions import Membership, aggregate, full, membership, unmatched
from multivector.world import World, check_folder

ROOT = Path(__file__).parents[2]
REFERENCE = Path(os.environ.get("MULTIVECTOR_REFERENCE", ROOT / "../shared/reference")) / "trade" / "icio"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference cubes are not here")
INDUSTRIES = (*GOODS, *SERVICE_INDUSTRIES)
USES = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")
Cells = Mapping[tuple[str, str], float]


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


def table(
    cells: Cells, *, economies: Sequence[str] = ("KAZ", "RUS", "ROW"), industries: Sequence[str] = INDUSTRIES
) -> str:
    """A table in the layout of the 2025 edition: every cell 1 unless said, and the rows TLS, VA and OUT below."""
    columns = [f"{one}_{item}" for item_list in (industries, USES) for one in economies for item in item_list]
    lines = [",".join(["V1", *columns, "OUT"])]
    for row in (f"{one}_{industry}" for one in economies for industry in industries):
        uses = [cells.get((row, column), 1.0) for column in columns]
        lines.append(",".join([row, *map(repr, uses), repr(sum(uses))]))
    lines += [",".join([name, *("9" for _ in columns), "0"]) for name in ("TLS", "VA", "OUT")]
    return "\n".join(lines) + "\n"


def write(folder: Path, text: str, name: str = "2022_SML.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def sale(rows: pl.DataFrame, exporter: str, importer: str, sector: str) -> float:
    one = rows.filter(pl.col("exporter") == exporter, pl.col("importer") == importer, pl.col("sector") == sector)
    return float(one["value_usd_mn"].item())


def refused(path: Path, world: World, request: IcioRequest | None = None) -> str:
    with pytest.raises(WrongWorld) as refusal:
        read_icio([path], request or IcioRequest(), world=world)
    return "\n".join(str(one) for one in refusal.value.problems)


def test_uses_are_added_up_by_buyer_and_services_are_one_sector(tmp_path: Path, world: World) -> None:
    cells = {("KAZ_B06", "RUS_C19"): 100.0, ("KAZ_B06", "RUS_INVNT"): -3.0, ("RUS_T", "KAZ_HFCE"): 7.5}
    imported = read_icio([write(tmp_path, table(cells))], IcioRequest(), world=world)
    rows = imported.tables["io_flows"]
    uses = len(INDUSTRIES) + len(USES)
    assert sale(rows, "KAZ", "RUS", "B06") == pytest.approx(uses - 2 + 100 - 3)
    assert sale(rows, "RUS", "KAZ", "SERVICES") == pytest.approx(len(SERVICE_INDUSTRIES) * uses - 1 + 7.5)
    assert set(rows["sector"]) == set(SECTORS)
    assert set(rows["resolution"]) == {"icio3"}
    assert rows["tariff"].null_count() == rows.height
    home = rows.filter(pl.col("exporter") == pl.col("importer"))
    assert home["domestic_usd_mn"].to_list() == home["value_usd_mn"].to_list()
    assert set(rows.filter(pl.col("exporter") != pl.col("importer"))["domestic_usd_mn"]) == {0.0}
    assert [one.fact for one in imported.left] == ["row OUT", "row TLS", "row VA"]


def test_firms_that_process_for_export_are_put_together_with_the_rest(tmp_path: Path, world: World) -> None:
    economies = ("MEX", "CHN", "MX1", "MX2", "CN1", "CN2", "ROW")
    cells = {("MX1_C29", "CN2_C29"): 40.0, ("MX2_C29", "CHN_HFCE"): 2.0}
    rows = read_icio([write(tmp_path, table(cells, economies=economies))], IcioRequest(), world=world).tables[
        "io_flows"
    ]
    uses = len(INDUSTRIES) + len(USES)
    assert sale(rows, "MEX", "CHN", "C29") == pytest.approx(9 * uses - 2 + 42)
    assert set(rows["exporter"]) == {"MEX", "CHN", "ROW"}


def test_an_older_edition_keeps_its_own_industries_and_gives_no_regions(tmp_path: Path, world: World) -> None:
    merged = ("A01_02", "B05_06", "C24", "C30", "D")
    path = write(tmp_path, table({}, industries=merged), "ICIO2023_2020.csv")
    imported = read_icio([path], IcioRequest(), world=world)
    assert set(imported.tables["io_flows"]["sector"]) == {"A01_02", "B05_06", "C24", "C30", "SERVICES"}
    assert imported.tables["sources"]["version"].item().startswith("edition of 2021 to 2023")
    assert "lacks sectors of regions28: A01 A02" in refused(path, world, IcioRequest(regions=("regions28",)))


def test_a_sale_below_zero_is_refused_by_name_or_left_out_by_name(tmp_path: Path, world: World) -> None:
    path = write(tmp_path, table({("RUS_B05", "KAZ_INVNT"): -60.0}))
    said = refused(path, world)
    assert "2022 RUS to KAZ, B05" in said
    assert "all uses together are -5 USD mn" in said
    imported = read_icio([path], IcioRequest(set_aside=True), world=world)
    assert [one.fact for one in imported.left if "uses" in one.reason] == ["2022 RUS to KAZ, B05"]
    rows = imported.tables["io_flows"]
    cell = (pl.col("exporter") == "RUS") & (pl.col("importer") == "KAZ") & (pl.col("sector") == "B05")
    assert rows.filter(cell).is_empty()
    assert rows.height == 3 * 3 * 28 - 1


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("KAZ_A01,1.0", "KAZ_A01,", "1 cells that are empty or not finite"),
        ("KAZ_A01,1.0", "KAZ_A01,NaN", "1 cells that are empty or not finite"),
        ("KAZ_A01,1.0", "KAZ_A01,5000000.0", "has uses of"),
        ("\nKAZ_A01,", "\nKAZ_A99,", "is a row without a column of that name"),
        ("\nKAZ_A01,", "\nKAZ_A02,", "stands twice among the rows"),
        (",KAZ_HFCE,", ",KAZ_HFC,", "is no industry of the editions of 2021 to 2025 and no final use"),
        (",KAZ_HFCE,", ",KZZ_HFCE,", "is of no known economy"),
        (",KAZ_HFCE,", ",KAZ_NPISH,", "names a column twice"),
    ],
)
def test_a_damaged_table_is_refused_by_name(tmp_path: Path, world: World, before: str, after: str, rule: str) -> None:
    text = table({})
    assert text.count(before) == 1
    assert rule in refused(write(tmp_path, text.replace(before, after)), world)


def test_what_is_no_table_is_a_wrong_request(tmp_path: Path, world: World) -> None:
    with pytest.raises(WrongRequest, match="names no year"):
        read_icio([write(tmp_path, table({}), "table.csv")], IcioRequest(), world=world)
    with pytest.raises(WrongRequest, match="is no table of numbers"):
        read_icio([write(tmp_path, table({}).replace("KAZ_A01,1.0", "KAZ_A01,one"))], IcioRequest(), world=world)
    with pytest.raises(WrongRequest, match="no file holds 2019"):
        read_icio([write(tmp_path, table({}))], IcioRequest(years=(2019,)), world=world)
    with pytest.raises(UnknownName):
        read_icio([tmp_path / "2021_SML.csv"], IcioRequest(), world=world)
    both = [write(tmp_path, table({})), write(tmp_path, table({("KAZ_D", "KAZ_D"): 2.0}), "2022.csv")]
    with pytest.raises(WrongRequest, match="are both of 2022"):
        read_icio(both, IcioRequest(), world=world)


def test_a_zip_of_years_gives_the_years_asked_for_and_the_same_file_twice_counts_once(
    tmp_path: Path, world: World
) -> None:
    archive = tmp_path / "2016-2022_SML.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for year in (2020, 2021, 2022):
            packed.writestr(f"2016-2022_SML/{year}_SML.csv", table({}))
    imported = read_icio([archive, archive], IcioRequest(years=(2020, 2022)), world=world)
    rows = imported.tables["io_flows"]
    assert sorted(set(rows["period_start"].dt.year())) == [2020, 2022]
    assert rows.height == 2 * 3 * 3 * 28
    assert imported.tables["sources"].height == 1
    assert set(rows["locator"]) == {"2020_SML.csv", "2022_SML.csv"}


def test_tariffs_are_known_where_the_file_has_them_and_nowhere_else(tmp_path: Path, world: World) -> None:
    tariff = write(
        tmp_path, "importer,exporter,sector,year,tariff\nKAZ,RUS,C29,2022,0.05\nKAZ,RUS,C29,2021,9\n", "t.csv"
    )
    imported = read_icio([write(tmp_path, table({}))], IcioRequest(), tariff=tariff, world=world)
    rows = imported.tables["io_flows"].filter(pl.col("tariff").is_not_null())
    away = rows.filter(pl.col("exporter") != pl.col("importer"))
    assert away.select("exporter", "importer", "sector", "tariff").rows() == [("RUS", "KAZ", "C29", 0.05)]
    assert set(rows.filter(pl.col("exporter") == pl.col("importer"))["tariff"]) == {0.0}


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("KAZ,RUS,C29,2022,-1", "is -100 % or less"),
        ("KAZ,RUS,C29,2022,31", "5 % is written 0.05"),
        ("KAZ,RUS,C29,2022,nan", "is no tariff"),
        ("KAZ,RUS,C29,2022,", "is empty"),
        ("KAZ,RUS,C29,2022,0.1\nKAZ,RUS,C29,2022,0.2", "stands twice"),
        ("KAZ,RUS,C99,2022,0.1", "is no code of the table"),
        ("KZA,RUS,C29,2022,0.1", "did you mean KAZ"),
    ],
)
def test_a_wrong_tariff_is_refused_by_line(tmp_path: Path, world: World, line: str, rule: str) -> None:
    tariff = write(tmp_path, f"importer,exporter,sector,year,tariff\n{line}\n", "t.csv")
    with pytest.raises(WrongWorld) as refusal:
        read_icio([write(tmp_path, table({}))], IcioRequest(), tariff=tariff, world=world)
    assert rule in "\n".join(str(one) for one in refusal.value.problems)


@given(
    values=st.lists(st.just(0.0) | st.floats(1e-3, 1e6), min_size=32, max_size=32),
    rates=st.lists(st.floats(-0.5, 5), min_size=32, max_size=32),
)
def test_putting_together_keeps_the_world_and_its_tariff_revenue(values: list[float], rates: list[float]) -> None:
    value, tariff = np.array(values).reshape(4, 4, 2), np.array(rates).reshape(4, 4, 2)
    cube = Cube(2022, ("KAZ", "RUS", "CHN", "ROW"), ("A01", "SERVICES"), value)
    groups = Membership("two", {"X": ("KAZ", "ROW"), "Y": ("RUS", "CHN")}, {"ALL": ("A01", "SERVICES")})
    joint = aggregate(cube, tariff, groups)
    revenue = value * tariff / (1 + tariff)
    rate = np.nan_to_num(joint.tariff)
    assert joint.value_usd_mn.sum() == pytest.approx(value.sum())
    assert (joint.value_usd_mn * rate / (1 + rate)).sum() == pytest.approx(revenue.sum(), rel=1e-9, abs=1e-9)
    assert joint.domestic_usd_mn.sum() == pytest.approx(np.einsum("iik->", value))
    own = aggregate(cube, tariff, full(cube))
    assert np.array_equal(own.value_usd_mn, value)
    assert np.allclose(own.tariff[value > 0], tariff[value > 0], rtol=1e-9, atol=1e-12)


def test_a_tariff_that_one_member_lacks_is_unknown_for_the_region() -> None:
    cube = Cube(2022, ("KAZ", "RUS", "ROW"), ("A01",), np.ones((3, 3, 1)))
    tariff = np.zeros((3, 3, 1))
    tariff[0, 2] = np.nan
    joint = aggregate(cube, tariff, Membership("r", {"X": ("KAZ", "RUS"), "ROW": ("ROW",)}, {"A01": ("A01",)}))
    assert np.isnan(joint.tariff[0, 1, 0])
    assert np.isfinite(joint.tariff).sum() == 3


def test_another_set_of_economies_is_not_put_together(world: World) -> None:
    cube = Cube(2022, ("KAZ", "RUS", "ROW"), SECTORS, np.ones((3, 3, 28)))
    told = list(unmatched(cube, membership(world, "regions28")))
    assert "lacks economies of regions28: AGO ARE ARG" in told[0]
    with pytest.raises(WrongRequest, match="lacks economies"):
        aggregate(cube, None, membership(world, "groups8"))
    with pytest.raises(WrongRequest, match="has no resolution 'regions29'"):
        membership(world, "regions29")


@needs_reference
@pytest.mark.parametrize("year", [2019, 2022])
@pytest.mark.parametrize("resolution", ["regions28", "groups8"])
def test_81_economies_give_the_shipped_regions(world: World, year: int, resolution: str) -> None:
    stored = np.load(REFERENCE / f"ICIO{year}.npz")
    cube = Cube(year, tuple(map(str, stored["countries"])), SECTORS, stored["X"].astype(np.float64))
    joint = aggregate(cube, stored["tariff"].astype(np.float64), membership(world, resolution))
    shipped = world.rows("io_flows", pl.col("resolution") == resolution, pl.col("period_start").dt.year() == year)
    shipped = shipped.filter(pl.col("source") == "oecd-icio")
    at = tuple(
        np.array([names.index(name) for name in shipped[column]])
        for column, names in (("exporter", joint.regions), ("importer", joint.regions), ("sector", joint.sectors))
    )
    assert np.abs(joint.value_usd_mn[at] - shipped["value_usd_mn"].to_numpy()).max() < 0.006
    assert np.abs(joint.domestic_usd_mn[at] - shipped["domestic_usd_mn"].to_numpy()).max() < 0.006
    tariff = joint.tariff[at] - shipped["tariff"].to_numpy()
    assert np.abs(tariff[np.isfinite(tariff)]).max() < 6e-6
    unshipped = joint.value_usd_mn.copy()
    unshipped[at] = 0.0
    assert unshipped.max() < 0.0006  # what rounds to nothing has no row


def test_from_the_command_to_a_world_that_holds_the_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine"
    command = ["pull", "icio", str(write(tmp_path, table({}))), "--into", str(folder), "--published", "2025-08-01"]
    assert run(command) == 0
    printed = capsys.readouterr()
    assert "2022_SML.csv row TLS: taxes, value added and output" in printed.out
    assert "252 rows of io_flows" in printed.err
    assert check_folder(folder) == ()
    opened = World.open(folder)
    rows = opened.rows("io_flows", pl.col("resolution") == "icio3")
    assert rows.height == 252
    source = opened.rows("sources", pl.col("source") == rows["source"][0]).row(0, named=True)
    assert source["sha256"] is not None
    assert source["accessed"] is not None
    assert run(command) == 1
    assert "exists" in capsys.readouterr().err


def test_an_import_replaces_itself_only_when_told(tmp_path: Path) -> None:
    path = write(tmp_path, table({}))
    pull_icio([path], tmp_path / "mine", IcioRequest())
    with pytest.raises(WrongRequest, match="exists"):
        pull_icio([path], tmp_path / "mine", IcioRequest())
    pulled = pull_icio([path], tmp_path / "mine", IcioRequest(), force=True)
    assert {one.name for one in pulled.files} == {"sources.icio.csv", "io_flows.icio.csv"}


def test_a_table_under_a_name_of_its_own_says_what_it_is_made_of(tmp_path: Path, world: World) -> None:
    regions = membership(world, "regions28").regions
    economies = [one for parts in regions.values() for one in parts]
    cube_text = table({}, economies=economies, industries=("D",))
    request = IcioRequest(regions=("regions28",), name="mine28")
    said = refused(write(tmp_path, cube_text), world, request)
    assert "lacks sectors of regions28" in said
    whole = table({}, economies=economies, industries=(*GOODS, "D"))
    imported = read_icio([write(tmp_path, whole)], request, world=world)
    groups = imported.tables["sectors"]
    assert set(groups["resolution"]) == set(imported.tables["io_flows"]["resolution"]) == {"mine28"}
    held = dict(groups.filter(pl.col("kind") == "region").select("code", "members").iter_rows())
    assert held == {code: " ".join(parts) for code, parts in regions.items()}
    assert sale(imported.tables["io_flows"], "KAZ", "EUX", "A01") == pytest.approx(22 * (28 + len(USES)))
    for wrong in (
        IcioRequest(regions=("full", "groups8"), name="mine"),
        IcioRequest(regions=("groups8",), name="My table"),
    ):
        with pytest.raises(WrongRequest, match="name"):
            read_icio([tmp_path / "2022_SML.csv"], wrong, world=world)
