"""The large tables and the short lists beside them come out whole."""

from __future__ import annotations

import csv
import os
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from multivector.schema import TABLES, column_names
from multivector.sources.handover import bulk
from multivector.sources.handover.base import Taken
from multivector.world.cells import LINE
from multivector.world.files import read_file
from multivector.world.rules import FILE, contradictions

FACTS = Path(os.environ.get("MULTIVECTOR_FACTS", Path(__file__).parents[2] / "../shared/facts"))
pytestmark = pytest.mark.skipif(
    not (FACTS / "trade_2023.parquet").is_file(), reason="the handed-over facts are not here: set MULTIVECTOR_FACTS"
)
PARTS = {"baci-2023": 25_398, "eurostat-mirror": 11_885, "wdi-gdp": 5_644, "oecd-icio": 97_339 + 28_224}


@cache
def parts() -> dict[str, bulk.Bulk]:
    return {part.part: part for part in bulk.frames(FACTS)}


@cache
def lists() -> tuple[Taken, ...]:
    return tuple(one for one in bulk.convert(FACTS) if isinstance(one, Taken))


@pytest.mark.parametrize(("part", "rows"), PARTS.items())
def test_parts_are_whole(part: str, rows: int) -> None:
    made = parts()[part]
    assert made.rows.height == rows
    assert made.rows.columns == list(TABLES[made.table].columns())
    assert TABLES[made.table].filter(made.rows).failure.counts() == {}
    assert set(made.rows["source"]) == {source.source for source in made.sources}


@pytest.mark.parametrize("part", ["baci-2023", "eurostat-mirror", "wdi-gdp"])
def test_no_source_contradicts_itself(part: str) -> None:
    made = parts()[part]
    placed = made.rows.with_row_index(LINE).with_columns(pl.lit(part).alias(FILE))
    assert list(contradictions(made.table, placed)) == []


@pytest.mark.parametrize("part", PARTS)
def test_parts_are_read_back_with_the_same_ids(tmp_path: Path, part: str) -> None:
    made = parts()[part]
    path = tmp_path / f"{made.table}.{part}.parquet"
    made.rows.write_parquet(path)
    reading = read_file(path)
    assert not reading.problems
    assert reading.rows.drop(LINE).equals(made.rows)


def test_world_trade_2023() -> None:
    """World total 21.7 USD tn; Mongolia's imports carry no Russia: unknown, not zero (facts/STATES.md)."""
    trade = parts()["baci-2023"].rows
    assert trade["value"].sum() == pytest.approx(21.7e12, rel=5e-3)
    assert trade.filter(pl.col("receiver") == "MNG", pl.col("sender") == "RUS").is_empty()
    exports = trade.filter(pl.col("sender") == "KAZ")
    share = exports.select("receiver", share=pl.col("value") / pl.col("value").sum())
    assert share.row(by_predicate=pl.col("receiver") == "CHN")[1] == pytest.approx(0.154, abs=5e-4)


def test_mirror_reporters() -> None:
    """Kazakhstan 2022: exports to it 1.43 times what it counts as imports (methods/trade.md, section 9)."""
    mirror = parts()["eurostat-mirror"].rows.filter(
        pl.col("sender") == "EU", pl.col("receiver") == "KAZ", pl.col("period_start").dt.year() == 2022
    )
    told = dict(mirror.group_by("reporter").agg(pl.col("value").sum()).iter_rows())
    assert told["EU"] / told["KAZ"] == pytest.approx(1.43, abs=5e-3)
    partial = parts()["eurostat-mirror"].rows.filter(pl.col("note").is_not_null())
    assert partial.height == 41
    assert set(partial["receiver"]) == {"ARM"}


def test_resolutions_agree() -> None:
    totals = (
        parts()["oecd-icio"].rows.group_by("resolution", "period_start").agg(pl.col("value_usd_mn").sum(), pl.len())
    )
    wide = totals.pivot("resolution", index="period_start", values="value_usd_mn")
    assert (wide["regions28"] / wide["groups8"]).to_list() == pytest.approx([1.0] * 8, rel=1e-6)


@pytest.mark.parametrize(("table", "count"), [("sectors", 2 * 21 + 8), ("elasticities", 64 * 4 + 224 * 2)])
def test_lists_are_whole(table: str, count: int) -> None:
    assert len([one for one in lists() if one.table == table]) == count


@pytest.mark.parametrize("table", ["sectors", "elasticities", "products"])
def test_lists_satisfy_their_table(tmp_path: Path, table: str) -> None:
    path = tmp_path / f"{table}.csv"
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, column_names(table))
        writer.writeheader()
        writer.writerows(one.row for one in lists() if one.table == table)
    reading = read_file(path)
    assert not reading.problems
    assert TABLES[table].filter(reading.rows.drop(LINE)).failure.counts() == {}


def test_sigma_is_theta_plus_one() -> None:
    values = {
        (str(one.row["sector"]), str(one.row["set"]), str(one.row["parameter"])): float(str(one.row["value"]))
        for one in lists()
        if one.table == "elasticities" and one.row["resolution"] == "regions28"
    }
    pairs = {(sector, name) for sector, name, _ in values}
    assert len(pairs) == 224
    for pair in pairs:
        assert values[*pair, "sigma"] == pytest.approx(values[*pair, "theta"] + 1)
