"""What leaves the program: CSV that no spreadsheet runs, JSON without NaN, columns that a terminal does not obey."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import MultivectorError, WrongRequest
from multivector.printing import as_columns, as_csv, as_json, as_records, write_file

RISKY = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://example.org")', "-", "=")
HARMLESS = ("1=1", "a-b", "", "Қазақстан", "'quoted'", " leading", 'say "no"', "two\nlines", "3 % of x")


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("cell", RISKY)
def test_risky_cells_are_defused(cell: str) -> None:
    table = pl.DataFrame({"text": [cell], "number": [-1.5]})
    assert cells(as_csv(table)) == [["text", "number"], [f"'{cell}", "-1.5"]]
    assert cells(as_csv(table, raw=True))[1] == [cell, "-1.5"]
    assert table["text"].to_list() == [cell]


@pytest.mark.parametrize("cell", HARMLESS)
def test_other_cells_stay(cell: str) -> None:
    table = pl.DataFrame({"text": [cell], "number": [1]})
    assert as_csv(table) == as_csv(table, raw=True)
    assert cells(as_csv(table))[1] == [cell, "1"]


def test_negative_numbers_stay_numbers() -> None:
    table = pl.DataFrame({"whole": [-3], "part": [-0.25], "small": [-1e-300], "zero": [-0.0]})
    (_, row) = cells(as_csv(table))
    assert [float(cell) for cell in row] == [-3.0, -0.25, -1e-300, 0.0]
    assert not any(cell.startswith("'") for cell in row)


def test_lists_are_defused_as_they_are_printed() -> None:
    table = pl.DataFrame({"facts": [["=1+1", "b"], ["a", "=b"], []]}, schema={"facts": pl.List(pl.String)})
    assert [row[0] if row else "" for row in cells(as_csv(table))[1:]] == ["'=1+1 b", "a =b", ""]
    assert cells(as_csv(table, raw=True))[1] == ["=1+1 b"]


ALPHABET = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
TEXT = st.text(ALPHABET, max_size=12) | st.sampled_from([*RISKY, *HARMLESS, "Өскемен", "Ұлытау", "a,b", "ё\r\nй"])
ROW = st.tuples(
    TEXT | st.none(),
    st.floats(allow_nan=False, allow_infinity=False) | st.none(),
    st.integers(-(2**53), 2**53) | st.none(),
    st.dates() | st.none(),
    st.booleans(),
)
SCHEMA = {"text": pl.String, "value": pl.Float64, "whole": pl.Int64, "day": pl.Date, "flag": pl.Boolean}


@settings(deadline=None)
@given(rows=st.lists(ROW, max_size=6))
def test_csv_round_trip(rows: list[tuple[object, ...]]) -> None:
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    read = cells(as_csv(table, raw=True))
    assert read[0] == list(SCHEMA)
    for told, row in zip(read[1:], table.iter_rows(), strict=True):
        text, value, whole, day, flag = row
        assert told[0] == (text or "")
        assert (None if told[1] == "" else float(told[1])) == value
        assert (None if told[2] == "" else int(told[2])) == whole
        assert (None if told[3] == "" else dt.date.fromisoformat(told[3])) == day
        assert told[4] == str(flag).lower()


@settings(deadline=None)
@given(rows=st.lists(ROW, max_size=6))
def test_null_and_empty_stay_apart_in_csv(rows: list[tuple[object, ...]]) -> None:
    """An empty cell is null, a quoted nothing is an empty text: `""`."""
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    lines = as_csv(table.select("text", "flag").filter(~pl.col("text").fill_null("").str.contains("[\r\n]")), raw=True)
    kept = table.filter(~pl.col("text").fill_null("").str.contains("[\r\n]"))["text"]
    firsts = [line.startswith(('"",', ",")) and line[:1] for line in lines.split("\n")[1:-1]]
    assert [first for first in firsts if first] == ['"' if text == "" else "," for text in kept if not text]


@settings(deadline=None)
@given(rows=st.lists(ROW, max_size=6))
def test_defused_csv_differs_by_the_apostrophe_only(rows: list[tuple[object, ...]]) -> None:
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    for safe, plain in zip(cells(as_csv(table)), cells(as_csv(table, raw=True)), strict=True):
        assert safe[1:] == plain[1:]
        assert safe[0] == (f"'{plain[0]}" if plain[0].startswith(("=", "+", "-", "@", "\t", "\r")) else plain[0])


@settings(deadline=None)
@given(rows=st.lists(ROW, max_size=6))
def test_json_round_trip(rows: list[tuple[object, ...]]) -> None:
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    text = as_json(as_records(table))
    read = [
        (one["text"], one["value"], one["whole"], one["day"] and dt.date.fromisoformat(one["day"]), one["flag"])
        for one in json.loads(text)
    ]
    assert read == table.rows()
    assert "NaN" not in text or any("NaN" in str(row[0]) for row in rows)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("shape", ["bare", "in a list", "in a record", "in a table"])
def test_json_refuses_what_is_no_number(number: float, shape: str) -> None:
    data: object = {"bare": number, "in a list": [1.0, [number]], "in a record": {"a": {"b": number}}}.get(
        shape, as_records(pl.DataFrame({"value": [number]}))
    )
    with pytest.raises((ValueError, MultivectorError)):
        as_json(data)


def test_json_keeps_letters_days_and_lists() -> None:
    table = pl.DataFrame({"name": ["Қазақстан"], "day": [dt.date(2023, 11, 20)], "facts": [["a", "b"]], "none": [None]})
    assert json.loads(as_json(as_records(table))) == [
        {"name": "Қазақстан", "day": "2023-11-20", "facts": ["a", "b"], "none": None}
    ]
    assert "Қазақстан" in as_json(as_records(table))
    assert json.loads(as_json({"a": (1, 2), "b": {3: dt.date(2024, 2, 29)}})) == {"a": [1, 2], "b": {"3": "2024-02-29"}}


def test_columns_for_a_person() -> None:
    table = pl.DataFrame(
        {"actor": ["KAZ", None], "value": [0.123456, 21.7e12], "n": [3, None], "facts": [["a", "b"], ["c"]]}
    )
    head, rule, first, second = as_columns(table).splitlines()
    assert head.split() == ["actor", "value", "n", "facts"]
    assert set(rule) == {"─", " "}
    assert first.split() == ["KAZ", "0.1235", "3", "2", "rows"]
    assert second.split()[:3] == ["unknown", "21,700,000,000,000", "unknown"]
    assert as_columns(table.head(0)) == "no rows"


@pytest.mark.parametrize("text", ["two\nlines", "\x1b[31mred", "\x9b31mred", "left \u202e right", "bell\x07"])
def test_columns_show_control_characters_and_do_not_obey_them(text: str) -> None:
    """methods/reliability.md, section 12: shown, never obeyed."""
    printed = as_columns(pl.DataFrame({"text": [text], "other": ["x"]}))
    assert len(printed.splitlines()) == 3
    assert all(line.isprintable() for line in printed.splitlines())


def test_long_cells_are_cut_visibly() -> None:
    line = as_columns(pl.DataFrame({"text": ["x" * 500]})).splitlines()[2]
    assert len(line) < 60
    assert line.endswith("…")


def test_files_are_written_whole_and_not_over_others(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    write_file(target, "a\r\nb\n", force=False)
    assert target.read_bytes() == b"a\r\nb\n"
    with pytest.raises(WrongRequest, match=r"exists; give another name, or --force"):
        write_file(target, "c", force=False)
    assert target.read_bytes() == b"a\r\nb\n"
    write_file(target, "c", force=True)
    assert target.read_bytes() == b"c"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("name", ["missing/out.csv", "file/out.csv", "a" * 300])
def test_file_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WrongRequest) as caught:
        write_file(tmp_path / name, "a", force=False)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(WrongRequest):
        write_file(tmp_path / "out", "a", force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
