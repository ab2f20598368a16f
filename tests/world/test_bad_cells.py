"""One wrong cell in a user's folder: check names file, line, column, value, rule and nearest name; open refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from multivector.errors import WrongWorld
from multivector.problems import Problem
from multivector.world import World, check_folder

WriteFolder = Callable[[Mapping[str, str | bytes]], Path]
FlowsCsv = Callable[..., str]
OTHER = {"receiver": "RUS"}  # a good row about another pair, on line 2
NUMBER = "is not a finite number"
DAY = "is not a day"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong cell and what must be said of it."""

    column: str
    value: str
    rule: str
    nearest: str = ""


CELLS = {
    **{
        f"value {value[:12]!r}": Wrong("value", value, NUMBER)
        for value in (
            "NaN",
            "nan",
            "inf",
            "-Infinity",
            "15,2",
            "1,500",
            "1 500",
            "1_500",
            "1'500",
            "1e400",
            "n/a",
            "..",
        )
    },
    "value empty": Wrong("value", "", "is empty"),
    "unit typo": Wrong("unit", "USD bln", "is not allowed", "USD bn"),
    "unit in small letters": Wrong("unit", "usd bn", "is not allowed", "USD bn"),
    "sender unknown": Wrong("sender", "KAX", "is no known actor", "KAZ"),
    "sender with a blank": Wrong("sender", "KAZ ", "is no known actor", "KAZ"),
    "sender in small letters": Wrong("sender", "kaz", "is no known actor", "KAZ"),
    "sender in Cyrillic": Wrong("sender", "КAZ", "is no known actor", "KAZ"),
    "sender empty": Wrong("sender", "", "is empty"),
    "reporter unknown": Wrong("reporter", "KAX", "is no known actor", "KAZ"),
    "source unknown": Wrong("source", "my-sorce", "is no known source", "my-source"),
    "channel typo": Wrong("channel", "trad", "is not allowed", "trade"),
    "measure typo": Wrong("measure", "valeu", "is not allowed", "value"),
    "status typo": Wrong("status", "observd", "is not allowed", "observed"),
    "list_rule typo": Wrong("list_rule", "complet", "is not allowed", "complete"),
    "scope typo": Wrong("scope", "good", "is not allowed", "goods"),
    "decimals too many": Wrong("decimals", "13", "is above the most allowed"),
    "decimals not whole": Wrong("decimals", "1.5", "is not a whole number"),
    "month 13": Wrong("period_start", "2023-13-01", DAY),
    "30 February": Wrong("period_end", "2024-02-30", DAY),
    "day without zeros": Wrong("period_start", "2023-1-1", DAY),
    "day with points": Wrong("period_start", "01.01.2023", DAY),
    "day with strokes": Wrong("period_end", "1/1/2024", DAY),
    "bare year of a period": Wrong("period_start", "2023", DAY),
    "published in month 13": Wrong("published", "2024-13", DAY),
    "published in words": Wrong("published", "Feb 2024", DAY),
    "formula": Wrong("product", "=1+1", "starts with '='"),
    "formula in the note": Wrong("note", '=HYPERLINK("http://example.org")', "starts with '='"),
    "NUL": Wrong("product", "go\x00ods", "control character"),
    "escape sequence": Wrong("note", "\x1b[31mred", "control character"),
    "long cell": Wrong("product", "x" * 100_000, "is too long"),
    "line break": Wrong("note", "one\ntwo", "line break"),
}


RULES = {
    "negative": ({"value": "-7"}, "A flow is never negative", "-7"),
    "percent as share": ({"measure": "share_of_sender", "unit": "fraction", "value": "29"}, "29 is a percentage", "29"),
    "negative share": ({"measure": "share_of_receiver", "unit": "fraction", "value": "-0.1"}, "[0, 1]", "-0.1"),
    "share in money": ({"measure": "share_of_sender", "unit": "USD bn", "value": "0.29"}, "unit is fraction", "USD bn"),
    "to itself": ({"receiver": "KAZ"}, "Sender and receiver differ", "KAZ"),
    "ends before it starts": ({"period_end": "2022-01-01"}, "ends after it starts", "2022-01-01"),
    "ends when it starts": ({"period_end": "2023-01-01"}, "ends after it starts", "2023-01-01"),
    "no day at all": ({"period_start": "", "period_end": ""}, "a first or a last day", ""),
}
Said = Mapping[str, tuple[Problem, ...]]


@dataclass(frozen=True, slots=True)
class Batch:
    """One folder with one fault a line from line 3 on, and what check says of each."""

    folder: Path
    problems: tuple[Problem, ...]
    said: Said
    lines: Mapping[str, int]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory, flows_csv: FlowsCsv, world: World) -> Batch:
    faults = {name: {one.column: one.value} for name, one in CELLS.items()}
    faults = {
        **{name: cells for name, (cells, *_) in RULES.items()},
        **faults,
    }  # the line break stays last: it takes two lines
    states = world.rows("actors", pl.col("kind") == "state", pl.col("actor") != "KAZ")["actor"]
    rows = [{"receiver": to, **cells} for to, cells in zip(states, [{}, *faults.values()], strict=False)]
    folder = tmp_path_factory.mktemp("batch")
    (folder / "sources.csv").write_text("source,producer,title,license,kind,rank\nmy-source,Me,Mine,own,official,2\n")
    (folder / "flows.csv").write_bytes(flows_csv(*rows).encode())
    problems = check_folder(folder)
    lines = {name: line for line, name in enumerate(faults, start=3)}
    said = {name: tuple(one for one in problems if one.line == line) for name, line in lines.items()}
    return Batch(folder, problems, said, lines)


def refused(folder: Path) -> WrongWorld:
    with pytest.raises(WrongWorld) as caught:
        World.open(folder)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("name", CELLS)
def test_wrong_cell_is_named(batch: Batch, name: str) -> None:
    wrong = CELLS[name]
    found = [one for one in batch.said[name] if one.column == wrong.column and wrong.rule in one.rule]
    assert len(found) == 1, [str(one) for one in batch.said[name]]
    assert found[0].file == "flows.csv"
    assert found[0].value == wrong.value[:60]
    assert not wrong.nearest or found[0].nearest[0] == wrong.nearest
    assert str(found[0]).startswith(f"flows.csv:{batch.lines[name]}: {wrong.column}")
    assert "\n" not in str(found[0])


def test_all_faults_are_found_and_no_others(batch: Batch) -> None:
    assert {one.line for one in batch.problems} == set(batch.lines.values())
    error = refused(batch.folder)
    assert error.problems == batch.problems
    assert str(batch.problems[0]) in str(error)
    assert f"{len(batch.problems)} problems" in str(error)


@pytest.mark.parametrize("name", [name for name, one in CELLS.items() if one.value])
def test_a_filled_cell_is_not_called_empty(batch: Batch, name: str) -> None:
    said = [str(one) for one in batch.said[name]]
    assert not [one for one in said if "is empty" in one], said


@pytest.mark.parametrize("name", RULES)
def test_broken_rule_is_named(batch: Batch, name: str) -> None:
    _, rule, _ = RULES[name]
    assert [one for one in batch.said[name] if rule in one.rule]


@pytest.mark.parametrize("name", [name for name, one in RULES.items() if one[2]])
def test_broken_rule_names_the_value(batch: Batch, name: str) -> None:
    _, rule, value = RULES[name]
    (said, *_) = [one for one in batch.said[name] if rule in one.rule]
    assert value in f"{said.column} {said.value}", str(said)


@pytest.mark.parametrize("name", ["NaN", "unknown actor", "percent"])
def test_a_single_fault_refuses_the_folder(write_folder: WriteFolder, flows_csv: FlowsCsv, name: str) -> None:
    cells = {
        "NaN": {"value": "NaN"},
        "unknown actor": {"sender": "KAX"},
        "percent": {"measure": "share_of_sender", "unit": "fraction", "value": "29"},
    }[name]
    folder = write_folder({"flows.csv": flows_csv(OTHER, cells)})
    problems = check_folder(folder)
    assert {one.line for one in problems} == {3}
    assert refused(folder).problems == problems


@pytest.fixture
def folder_with(write_folder: WriteFolder, flows_csv: FlowsCsv) -> Callable[..., Path]:
    """A folder with a good row on line 2 and the given rows from line 3 on."""

    def made(*rows: Mapping[str, str]) -> Path:
        return write_folder({"flows.csv": flows_csv(OTHER, *rows)})

    return made


def test_carriage_return_in_a_quoted_cell(write_folder: WriteFolder, flows_csv: FlowsCsv) -> None:
    text = flows_csv(OTHER, {"note": "X"}).replace(",X\n", ',"one\rtwo"\n')
    (problem,) = check_folder(write_folder({"flows.csv": text}))
    assert (problem.line, problem.column, problem.value) == (3, "note", "one\rtwo")


def test_duplicated_row(folder_with: Callable[..., Path]) -> None:
    problems = check_folder(folder_with({}, {"receiver": "ITA"}, {}))
    assert [(one.line, "stands twice" in one.rule) for one in problems] == [(3, True), (5, True)]


def test_duplicated_row_in_two_files(write_folder: WriteFolder, flows_csv: FlowsCsv) -> None:
    problems = check_folder(write_folder({"flows.a.csv": flows_csv({}), "flows.b.csv": flows_csv(OTHER, {})}))
    assert [(one.file, one.line) for one in problems] == [("flows.a.csv", 2), ("flows.b.csv", 3)]


def test_a_note_makes_no_other_statement(folder_with: Callable[..., Path]) -> None:
    problems = check_folder(folder_with({}, {"note": "the same again"}))
    assert [one.line for one in problems] == [3, 4]


def contradicting(problems: tuple[Problem, ...]) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.value.split()[0]) for one in problems if "contradicts" in one.rule]


def test_source_contradicting_itself(folder_with: Callable[..., Path]) -> None:
    problems = check_folder(folder_with({}, {"value": "16"}))
    assert contradicting(problems) == [(3, "value", "15.2"), (4, "value", "16.0")]
    assert len(problems) == 2


@pytest.mark.parametrize(
    "other",
    [{"published": "2024-03"}, {"reporter": "CHN"}, {"scope": "goods"}, {"period_end": "2023-07-01"}],
    ids=["later edition", "mirror", "scope", "half a year"],
)
def test_another_quantity_or_edition_is_no_contradiction(
    folder_with: Callable[..., Path], other: dict[str, str]
) -> None:
    assert check_folder(folder_with({}, {"value": "16", **other})) == ()


def test_the_same_figure_a_thousandfold_is_a_contradiction(folder_with: Callable[..., Path]) -> None:
    """15.2 bn and 15.2 mn of one quantity, one source, one day: the unit is wrong in one of them."""
    assert check_folder(folder_with({}, {"unit": "USD mn"}))


@pytest.mark.parametrize(("billions", "millions"), [("15.2", "15200"), ("16.1", "16100"), ("1.001", "1001")])
def test_the_same_figure_in_another_unit_is_none(
    folder_with: Callable[..., Path], billions: str, millions: str
) -> None:
    """16.1 times 1e9 and 16,100 times 1e6 are two floats and one figure."""
    assert check_folder(folder_with({"value": billions}, {"value": millions, "unit": "USD mn"})) == ()


def test_row_contradicting_a_source_of_the_default_world(folder_with: Callable[..., Path], world: World) -> None:
    """docs/world.md: one source that gives one quantity twice on one day contradicts itself; the file is refused."""
    known = world.rows("flows", pl.col("source") == "cia-factbook", pl.col("measure") == "share_of_sender").head(1)
    row = {name: "" if value is None else str(value) for name, value in known.drop("id").row(0, named=True).items()}
    assert check_folder(folder_with({**row, "value": str(float(row["value"]) / 2)}))


SHARE = {"measure": "share_of_sender", "unit": "fraction"}


def test_list_of_shares_over_one(folder_with: Callable[..., Path]) -> None:
    (problem,) = check_folder(folder_with(*({**SHARE, "receiver": to, "value": "0.4"} for to in ("CHN", "ITA", "TUR"))))
    assert (problem.line, problem.column, problem.value) == (3, "value", "1.200")
    assert "KAZ" in problem.rule
    assert "more than 1" in problem.rule


@pytest.mark.parametrize(
    "changes",
    [{"CHN": "0.4", "ITA": "0.4", "TUR": "0.2"}, {"CHN": "0.334", "ITA": "0.334", "TUR": "0.336"}],
    ids=["one", "rounding"],
)
def test_list_of_shares_up_to_one(folder_with: Callable[..., Path], changes: dict[str, str]) -> None:
    assert check_folder(folder_with(*({**SHARE, "receiver": to, "value": one} for to, one in changes.items()))) == ()


def test_unknown_actor_inside_a_list(write_folder: WriteFolder) -> None:
    text = (
        "by,on,kind,unit,text,source,period_start,published\n"
        "EU;USA,RUS,sanction,words,first,my-source,2023-01-01,2023-01-01\n"
        "EU;USX;GBR,RUS;BLX,sanction,words,second,my-source,2023-01-01,2023-01-01\n"
    )
    problems = check_folder(write_folder({"policies.csv": text}))
    assert [(one.line, one.column, one.value, "BLR" in one.nearest or "USA" in one.nearest) for one in problems] == [
        (3, "by", "USX", True),
        (3, "on", "BLX", True),
    ]


def test_bad_records_of_sources(write_folder: WriteFolder, flows_csv: FlowsCsv) -> None:
    text = (
        "source,producer,title,license,kind,rank\n"
        "my-source,Ministry,Table 1,own work,official,2\n"
        "My Source,Ministry,Table 2,,officiel,12\n"
        "my-source,Ministry,Table 3,own work,official,2\n"
    )
    problems = check_folder(write_folder({"sources.csv": text, "flows.csv": flows_csv({})}))
    assert {(one.line, one.column) for one in problems} == {
        (2, ""), (4, ""), (3, "source"), (3, "license"), (3, "kind"), (3, "rank")
    }  # fmt: skip
    assert [one.nearest for one in problems if one.column == "kind"] == [("official",)]


def test_actor_introduced_twice(write_folder: WriteFolder) -> None:
    """A key names one thing: a second Kazakhstan would double every row that is joined to its name."""
    text = "actor,name,kind,source,published\nKAZ,Kazakhstania,state,my-source,2024\n"
    folder = write_folder({"actors.csv": text})
    if not check_folder(folder):
        assert World.open(folder).rows("actors", pl.col("actor") == "KAZ").height == 1


def test_actor_introduced_by_the_folder_is_known(write_folder: WriteFolder, flows_csv: FlowsCsv) -> None:
    actors = "actor,name,kind,source,published\nfirm:Mine,My firm,firm,my-source,2024\n"
    folder = write_folder({"actors.csv": actors, "flows.csv": flows_csv({"receiver": "firm:Mine"})})
    assert check_folder(folder) == ()


def test_ids_right_and_stale(write_folder: WriteFolder, flows_csv: FlowsCsv, tmp_path: Path) -> None:
    folder = write_folder({"flows.csv": flows_csv({}, OTHER)})
    ids = dict(World.open(folder).rows("flows", pl.col("source") == "my-source").select("receiver", "id").iter_rows())
    (folder / "flows.csv").write_text(flows_csv({"id": ids["CHN"]}, {"id": ids["RUS"], **OTHER}))
    assert check_folder(folder) == ()
    assert set(World.open(folder).rows("flows", pl.col("source") == "my-source")["id"]) == set(ids.values())
    (folder / "flows.csv").write_text(flows_csv({"id": ids["CHN"]}, {"id": ids["RUS"], **OTHER, "value": "99"}))
    (problem,) = check_folder(folder)
    assert (problem.line, problem.column, problem.value) == (3, "id", ids["RUS"])


def test_rows_without_an_id_beside_rows_with_one(write_folder: WriteFolder, flows_csv: FlowsCsv) -> None:
    """A row typed into a saved file has an empty id: it is computed, or the message says to leave the column out."""
    folder = write_folder({"flows.csv": flows_csv({"id": ""}, {**OTHER, "id": ""})})
    assert all("leave the column out" in one.rule for one in check_folder(folder))
