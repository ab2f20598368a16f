"""Corrections: made where the source says what was expected, refused loudly where it does not."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from multivector.errors import MultivectorError, WrongWorld
from multivector.world import World, check_folder, default_folder
from multivector.world.corrections import COLUMNS, Correction, apply_corrections, read_corrections

WriteFolder = Callable[[Mapping[str, str | bytes]], Path]
FlowsCsv = Callable[..., str]


@pytest.fixture
def rows(world: World) -> dict[str, pl.DataFrame]:
    return {"flows": world.rows("flows", pl.col("source") == "cia-factbook").head(4), "sources": world.rows("sources")}


@pytest.fixture
def correction(rows: dict[str, pl.DataFrame]) -> Correction:
    """The first flow's figure, and another one for it."""
    row, value = rows["flows"].select("id", "value").row(0)
    return Correction("flows", row, "value", str(value), "0.5", "misprint", "https://example.org/erratum", 2)


def test_corrected_cell_is_visible(rows: dict[str, pl.DataFrame], correction: Correction) -> None:
    before = rows["flows"]
    after = apply_corrections(rows, (correction,))["flows"]
    assert after["id"].equals(before["id"])
    assert after["value"].to_list() == [0.5, *before["value"][1:]]
    assert f"corrected value from {correction.expected!r}: misprint" in after["note"][0]
    assert after[1:].equals(before[1:])
    assert rows["flows"].equals(before)


def test_a_note_that_is_there_stays(rows: dict[str, pl.DataFrame], correction: Correction) -> None:
    noted = {**rows, "flows": rows["flows"].with_columns(note=pl.lit("as printed"))}
    assert apply_corrections(noted, (correction,))["flows"]["note"][0].startswith("as printed; corrected value")


def test_two_cells_of_one_row(rows: dict[str, pl.DataFrame], correction: Correction) -> None:
    second = replace(correction, column="locator", expected=rows["flows"]["locator"][0], value="page 7", line=3)
    after = apply_corrections(rows, (correction, second))["flows"].row(0, named=True)
    assert (after["value"], after["locator"]) == (0.5, "page 7")
    assert after["note"].count("corrected") == 2


def test_empty_cells_are_said_empty(rows: dict[str, pl.DataFrame], correction: Correction) -> None:
    filled = replace(correction, column="via", expected="", value="CPC")
    assert apply_corrections(rows, (filled,))["flows"]["via"][0] == "CPC"
    emptied = replace(correction, column="locator", expected=rows["flows"]["locator"][0], value="")
    assert apply_corrections(rows, (emptied,))["flows"]["locator"][0] is None


def changed(correction: Correction, line: int, cells: Mapping[str, str]) -> Correction:
    names = (name for name in COLUMNS if name != "day")
    return Correction(line=line, **{name: cells.get(name, getattr(correction, name)) for name in names})


MISFITS: dict[str, tuple[dict[str, str], str]] = {
    "another value": ({"expected": "0.123456"}, "expected '0.123456' but the row says"),
    "empty expected": ({"expected": ""}, "expected '' but the row says"),
    "no such row": ({"row": "flows.00000000000000"}, "finds no such row"),
    "no such table": ({"table": "flow"}, "names no"),
    "no such column": ({"column": "vallue"}, "names no"),
    "other table's row": ({"table": "sources"}, "names no"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_misfit_is_refused(rows: dict[str, pl.DataFrame], correction: Correction, name: str) -> None:
    changes, said = MISFITS[name]
    with pytest.raises(WrongWorld, match=said) as caught:
        apply_corrections(rows, (correction, changed(correction, 3, changes)))
    assert "corrections.csv:3" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_misfits_are_listed(rows: dict[str, pl.DataFrame], correction: Correction) -> None:
    wrong = tuple(replace(correction, line=line, row=f"flows.{line:014}") for line in (2, 3, 4))
    with pytest.raises(WrongWorld) as caught:
        apply_corrections(rows, wrong)
    assert [one.line for one in caught.value.problems] == [2, 3, 4]


IMPOSSIBLE = {
    "words for a number": {"value": "half"},
    "NaN": {"value": "NaN"},
    "empty where required": {"value": ""},
    "percent for a share": {"value": "29"},
    "negative": {"value": "-9"},
    "unknown unit": {"column": "unit", "expected": "fraction", "value": "percents"},
    "another id": {"column": "id", "value": "flows.00000000000000"},
    "no day": {"column": "published", "value": "2023-13-01"},
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_correction_cannot_break_the_rules(rows: dict[str, pl.DataFrame], correction: Correction, name: str) -> None:
    changes = dict(IMPOSSIBLE[name])
    if "expected" not in changes and "column" in changes:
        changes["expected"] = str(rows["flows"][changes["column"]][0])
    with pytest.raises(MultivectorError):
        apply_corrections(rows, (changed(correction, 2, changes),))


def corrections_csv(*lines: Mapping[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def test_corrections_of_a_folder(write_folder: WriteFolder, flows_csv: FlowsCsv) -> None:
    folder = write_folder({"flows.csv": flows_csv({})})
    mine = pl.col("source") == "my-source"
    row = World.open(folder).rows("flows", mine)["id"].item()
    said = {"table": "flows", "row": row, "column": "value", "expected": "15.2", "value": "15.7", "reason": "erratum"}
    (folder / "corrections.csv").write_text(corrections_csv(said))
    assert check_folder(folder) == ()
    corrected = World.open(folder).rows("flows", mine)
    assert corrected.select("id", "value").rows() == [(row, 15.7)]
    assert "erratum" in corrected["note"].item()
    (folder / "flows.csv").write_text(flows_csv({"value": "15.3"}))
    with pytest.raises(WrongWorld, match="the source has changed"):
        World.open(folder)


def test_a_correction_needs_a_reason(write_folder: WriteFolder) -> None:
    folder = write_folder({"corrections.csv": corrections_csv({"table": "flows", "row": "x", "column": "value"})})
    with pytest.raises(WrongWorld, match=r"corrections\.csv:2:.* needs a reason"):
        World.open(folder)


def test_shipped_corrections_are_made(world: World) -> None:
    shipped = read_corrections(default_folder())
    assert len(shipped) == 3
    for one in shipped:
        key = "source" if one.table == "sources" else "id"
        row = world.rows(one.table, pl.col(key) == one.row).row(0, named=True)
        assert row[one.column] == one.value
        assert one.reason in row["note"]
        assert one.link
