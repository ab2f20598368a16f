"""The shipped default world is what the handed-over facts become: byte for byte, no fact lost, no silent loss."""

from __future__ import annotations

import csv
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from multivector.errors import WrongWorld
from multivector.sources.handover.__main__ import summary
from multivector.sources.handover.assemble import LEDGER, Line, assemble
from multivector.sources.handover.base import Taken
from multivector.sources.handover.gathering import cells_of
from multivector.sources.handover.printed import digits_of, qualifier_of, unit_of
from multivector.sources.handover.said import published_of, threads
from multivector.world.files import read_file
from multivector.world.manifest import CORRECTIONS, world_files
from multivector.world.opening import default_folder

ROOT = Path(__file__).parents[2]
FACTS = Path(os.environ.get("MULTIVECTOR_FACTS", ROOT.parent / "shared" / "facts"))
DATA = default_folder().parent
COUNTS = {
    "kazakhstan.csv": 366,
    "states.csv": 540,
    "calendar.csv": 110,
    "memberships.csv": 784,
    "obligations.csv": 118,
    "leaders.csv": 794,
    "issues.csv": 116,
    "sanctions.csv": 63,
}
NAMES = {
    "kazakhstan.csv": "fact_id",
    "states.csv": "fact_id",
    "calendar.csv": "event_id",
    "obligations.csv": "obligation_id",
    "sanctions.csv": "id",
}

needs_facts = pytest.mark.skipif(not FACTS.is_dir(), reason=f"the handed-over facts are not in {FACTS}")


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    (data / "world").mkdir()
    shutil.copyfile(DATA / "world" / CORRECTIONS, data / "world" / CORRECTIONS)
    assemble(FACTS, data)
    return data


@pytest.fixture(scope="module")
def ledger() -> tuple[Line, ...]:
    with (DATA / LEDGER).open(encoding="utf-8", newline="") as file:
        return tuple(Line(**row) for row in csv.DictReader(file))


@needs_facts
def test_shipped_data_is_a_fresh_build(rebuilt: Path) -> None:
    shipped = {path.name for path in (DATA / "world").iterdir()}
    assert {path.name for path in (rebuilt / "world").iterdir()} == shipped
    for name in (*(f"world/{name}" for name in sorted(shipped)), LEDGER):
        assert (rebuilt / name).read_bytes() == (DATA / name).read_bytes(), f"{name} is stale: rebuild it"


@needs_facts
@pytest.mark.parametrize("file", COUNTS)
def test_no_fact_is_lost(file: str, ledger: tuple[Line, ...]) -> None:
    with (FACTS / file).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    named = NAMES.get(file)
    expected = {row[named] for row in rows} if named else {f"line {line}" for line in range(2, len(rows) + 2)}
    assert len(expected) == COUNTS[file]
    assert {line.fact for line in ledger if line.file == file} == expected


@needs_facts
def test_every_received_table_is_in_the_ledger(ledger: tuple[Line, ...]) -> None:
    received = {path.name for path in FACTS.iterdir() if path.suffix in {".csv", ".parquet", ".geojson"}}
    assert {line.file for line in ledger} == received


def test_ledger_says_in_or_why_not(ledger: tuple[Line, ...]) -> None:
    outcomes: dict[tuple[str, str], set[str]] = {}
    for line in ledger:
        outcomes.setdefault((line.file, line.fact), set()).add(line.outcome)
        assert line.table if line.outcome == "in" else line.reason
        assert line.row or line.reason
    assert all(outcome in ({"in"}, {"left_out"}) for outcome in outcomes.values())


def test_ledger_points_at_rows_that_are_there(ledger: tuple[Line, ...]) -> None:
    ids = {
        row
        for path in world_files(DATA / "world")
        if path.suffix == ".csv" and path.name != "sources.csv"
        for row in read_file(path).rows["id"]
    }
    pointed = {line.row for line in ledger if line.row}
    assert pointed <= ids
    defined = {row for row in ids if row.partition(".")[0] in {"actors", "groups"}}
    assert ids - pointed == defined


def test_only_the_sample_article_and_doubled_memberships_stay_out(ledger: tuple[Line, ...]) -> None:
    left = Counter((line.file, line.reason) for line in ledger if line.outcome == "left_out" and line.file in COUNTS)
    assert left == {
        ("sanctions.csv", "the sample article must not be checked against itself"): 1,
        (
            "calendar.csv",
            "adds nothing: memberships.csv states this membership with its start, from a source that was read",
        ): 18,
        (
            "calendar.csv",
            "adds nothing: memberships.csv states this membership with the same start, from a source that was read",
        ): 13,
    }


@needs_facts
def test_a_correction_that_no_longer_fits_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    stale = (DATA / "world" / CORRECTIONS).read_text(encoding="utf-8").replace("fanyv88", "elsewhere")
    (tmp_path / "world" / CORRECTIONS).write_text(stale, encoding="utf-8")
    with pytest.raises(WrongWorld, match="do not fit"):
        assemble(FACTS, tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["world", CORRECTIONS]


def test_a_row_with_an_unknown_column_is_refused() -> None:
    stray = Taken("a.csv", "1", "votes", {"actor": "KAZ", "colour": "blue"})
    with pytest.raises(WrongWorld, match="colour"):
        cells_of(stray.table, stray.row)


def test_summary_counts_facts_once() -> None:
    lines = (
        Line("a.csv", "1", "in", "flows", "flows.1", ""),
        Line("a.csv", "1", "in", "events", "events.1", ""),
        Line("a.csv", "2", "left_out", "", "", "twice"),
    )
    assert summary(lines) == ("a.csv: 2 facts, 1 in, 1 left out\n    in events: 1\n    in flows: 1\n    1 × twice\n")


@pytest.mark.parametrize(
    ("note", "qualifier"),
    [
        ('"more than 3", +156% y/y', "more_than"),
        ('"over 60"; conduit jurisdiction', "more_than"),
        ('lower bound ("more than")', "more_than"),
        ('"already exceeded 20"', "more_than"),
        ('"nearly 25"', "about"),
        ('"neared 50"', "about"),
        ('"around half"; offset <10% of sanctions impact', "about"),
        ("about 5% of the fall in sanctioned goods", "about"),
        ("1-1.5 TWh", "about"),
        ('"doubled last year to 3"', "exact"),
        ("average over five years", "exact"),
        ("nearly half of all firms with foreign capital", "exact"),
        ("just under 1% of world imports", "exact"),
        ("", "exact"),
    ],
)
def test_only_the_words_of_the_source_bound_a_figure(note: str, qualifier: str) -> None:
    assert qualifier_of(note) == qualifier


@pytest.mark.parametrize(
    ("value", "unit", "digits"),
    [("0.1", "fraction", 2), ("0.121", "fraction", 3), ("11.0", "USD bn", 1), ("40", "USD bn", 0)],
)
def test_digits_are_those_printed(value: str, unit: str, digits: int) -> None:
    assert digits_of(value, unit) == digits


def test_units_of_shares_are_fractions() -> None:
    assert unit_of("share of SIPRI TIV") == "fraction"
    assert unit_of("share, denominator ambiguous in source") == "fraction"
    assert unit_of("bcm/year") == "bcm/y"


def _said(source: str, **cells: str) -> dict[str, str]:
    return {"source": source, "kind": "statistic", "date": "2022-12-31", "date_precision": "year", "note": "", **cells}


@pytest.mark.parametrize(
    ("fact", "published"),
    [
        (_said("Astana Times 19 Aug 2022"), "2022-08-19"),
        (_said("IESEG note 4 Aug 2023 via Tendata 8 Oct 2023"), "2023-10-08"),
        (_said("Moscow Times 20 Oct 2023; dpa-AFX via cash.ch 19 Oct 2023 20:51"), "2023-10-19"),
        (_said("US BIS, Common High Priority List (February 23, 2024)"), "2024-02-23"),
        (_said("OCCRP via Kyiv Independent (May 2023)"), "2023-05"),
        (_said("TASS via Caliber.az 2023"), "2023"),
        (_said("CABAR.asia"), None),
        (_said("Chupilkin (2023)", kind="study", date="2023-02-24", date_precision="day"), "2023-02-24"),
        (_said("CEPR DP20097 (2025)", kind="study", date="2025-04-01", date_precision="month"), "2025-04"),
        (_said("rp.pl", note="publication day not seen (Oct 2023)"), "2023-10"),
    ],
)
def test_published_is_printed_never_guessed(fact: dict[str, str], published: str | None) -> None:
    assert published_of(fact) == published


def test_a_thread_joins_all_that_answer_each_other() -> None:
    claims = (
        {"id": "A", "related_ids": "B", "subject": "export ban", "date": "2023-10-19"},
        {"id": "B", "related_ids": "", "subject": "denial", "date": "2023-10-20"},
        {"id": "C", "related_ids": "B;Z", "subject": "origin", "date": "2023-10-21"},
        {"id": "D", "related_ids": "", "subject": "else", "date": "2023-10-22"},
    )
    assert threads(claims) == dict.fromkeys("ABC", "export-ban-2023-10-19")
