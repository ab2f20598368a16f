"""Whole files that are wrong, broken or enormous: one line that says so, never a traceback, never a number."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from multivector.errors import MultivectorError, UnknownName, WrongWorld
from multivector.problems import Problem
from multivector.world import World, check_folder

WriteFolder = Callable[[Mapping[str, str | bytes]], Path]
FlowsCsv = Callable[..., str]
FlowsParquet = Callable[..., bytes]
OTHER = {"receiver": "RUS"}
LINES = [OTHER, {}, {"receiver": "ITA"}]  # lines 2, 3 and 4


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A folder and what check says of it."""

    folder: Path
    problems: tuple[Problem, ...]


def third_line(text: str, new: str) -> str:
    lines = text.splitlines()
    return "\n".join([*lines[:2], new, *lines[3:]]) + "\n"


def longer(text: str) -> str:
    return third_line(text, f"{text.splitlines()[2]},more,cells")


def thousands(text: str) -> str:
    return third_line(text, text.splitlines()[2].replace("15.2", "1,500"))


def shorter(text: str) -> str:
    """Only the optional `published` is missing: nothing else would tell."""
    return third_line(text, text.splitlines()[2].rsplit(",", 1)[0])


def stray_quote(text: str) -> str:
    return third_line(text, text.splitlines()[2].replace("goods", '5" pipe'))


def latin(text: str) -> bytes:
    return third_line(text, text.splitlines()[2].replace("goods", "Röhren")).encode("latin-1")


def unknown_column(text: str) -> str:
    return "\n".join(f"{line},{'vallue' if place == 0 else 1}" for place, line in enumerate(text.splitlines()))


def without_unit(text: str) -> str:
    return text.replace(",unit,", ",").replace(",USD bn,", ",")


FILES: dict[str, tuple[Callable[[str], str | bytes], int, str]] = {
    "empty": (lambda _: "", 1, "is empty"),
    "blank lines only": (lambda _: "\n\n", 1, "is empty"),
    "binary": (lambda _: bytes(range(256)) * 64, 1, "is no column"),
    "picture": (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(4096), 1, "is no column"),
    "workbook": (lambda _: b"PK\x03\x04" + bytes(range(256)) * 16, 1, "is no column"),
    "UTF-16": (lambda text: text.encode("utf-16"), 1, "is no column"),
    "semicolons": (lambda text: text.replace(",", ";"), 1, "is no column"),
    "unknown column": (unknown_column, 1, "is no column"),
    "missing column": (without_unit, 1, "column is missing"),
    "column twice": (lambda text: text.replace("receiver,", "sender,", 1), 1, "names a column twice"),
    "no header": (lambda text: text.split("\n", 1)[1], 1, "is no column"),
    "Latin-1": (latin, 3, "UTF-8"),
    "more cells than columns": (longer, 3, "cells"),
    "thousands separator": (thousands, 3, "cells"),
    "fewer cells than columns": (shorter, 3, "cells"),
    "stray quote": (stray_quote, 3, "quot"),
}


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory, flows_csv: FlowsCsv) -> Callable[[str], Spoiled]:
    """A folder whose `flows.csv` is spoiled, and its problems: each made once."""

    @cache
    def made(name: str) -> Spoiled:
        folder = tmp_path_factory.mktemp("spoiled")
        content = FILES[name][0](flows_csv(*LINES))
        (folder / "flows.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        (folder / "sources.csv").write_text("source,producer,title,license,kind,rank\nmy-source,Me,It,own,official,2\n")
        return Spoiled(folder, check_folder(folder))

    return made


@pytest.mark.parametrize("name", FILES)
def test_wrong_file_is_refused(spoiled: Callable[[str], Spoiled], name: str) -> None:
    given = spoiled(name)
    assert {one.file for one in given.problems} == {"flows.csv"}
    assert all("\n" not in str(one) for one in given.problems)
    with pytest.raises(WrongWorld) as caught:
        World.open(given.folder)
    assert caught.value.problems == given.problems
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_wrong_file_is_located(spoiled: Callable[[str], Spoiled], name: str) -> None:
    _, line, rule = FILES[name]
    problems = spoiled(name).problems
    assert (line, True) in {(one.line, rule in one.rule) for one in problems}, [str(one) for one in problems]


@pytest.mark.parametrize("column", ["sender", "channel", "value", "unit", "source"])
def test_missing_column_is_named(write_folder: WriteFolder, flows_csv: FlowsCsv, column: str) -> None:
    text = pl.read_csv(flows_csv(*LINES).encode(), infer_schema=False).drop(column).write_csv()
    (problem,) = check_folder(write_folder({"flows.csv": text}))
    assert (problem.line, problem.column) == (1, column)


def test_unknown_column_has_a_nearest_name(write_folder: WriteFolder, flows_csv: FlowsCsv) -> None:
    (problem,) = check_folder(write_folder({"flows.csv": unknown_column(flows_csv(*LINES))}))
    assert (problem.value, problem.nearest) == ("vallue", ("value",))


def test_one_broken_line_does_not_hide_the_others(write_folder: WriteFolder, flows_csv: FlowsCsv) -> None:
    text = longer(flows_csv(OTHER, {}, {"sender": "KAX"}))
    assert {3, 4} <= {one.line for one in check_folder(write_folder({"flows.csv": text}))}


def test_lines_are_those_of_the_file_after_a_quoted_line_break(write_folder: WriteFolder, flows_csv: FlowsCsv) -> None:
    text = flows_csv(OTHER, {"note": "one\ntwo"}, {"sender": "KAX", "note": "one line"})
    found = {one.rule.split(":")[0]: one.line for one in check_folder(write_folder({"flows.csv": text}))}
    assert found["is no known actor"] == 5


@pytest.mark.parametrize("where", [1, 2, 4], ids=["after the header", "between rows", "at the end"])
def test_blank_line_is_at_most_one_problem(write_folder: WriteFolder, flows_csv: FlowsCsv, where: int) -> None:
    lines = flows_csv(*LINES).splitlines()
    lines.insert(where, "")
    problems = check_folder(write_folder({"flows.csv": "\n".join(lines) + "\n"}))
    assert len(problems) <= 1, [str(one) for one in problems]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("flow.csv", "flows.csv"),
        ("source.csv", "sources.csv"),
        ("Flows.csv", "flows.csv"),
        ("flow.parquet", "flows.parquet"),
    ],
)
def test_unknown_table_name(write_folder: WriteFolder, flows_csv: FlowsCsv, name: str, nearest: str) -> None:
    (problem,) = check_folder(write_folder({name: flows_csv({})}))
    assert (problem.file, problem.line, problem.nearest[0]) == (name, 0, nearest)


def spoiled_header(text: str, old: str, new: str) -> str:
    header, rest = text.split("\n", 1)
    return f"{header.replace(old, new)}\n{rest}"


ACCEPTED: dict[str, Callable[[str], str | bytes]] = {
    "byte-order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "byte-order mark and CRLF": lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    "quoted header": lambda text: spoiled_header(text, "sender,receiver", '"sender","receiver"'),
    "everything quoted": lambda text: pl.read_csv(text.encode(), infer_schema=False).write_csv(quote_style="always"),
    "no last line end": lambda text: text.rstrip("\n"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_spelling_of_the_file_does_not_matter(write_folder: WriteFolder, flows_csv: FlowsCsv, name: str) -> None:
    folder = write_folder({"flows.csv": flows_csv(*LINES)})
    plain = World.open(folder).rows("flows", pl.col("source") == "my-source")
    (folder / "flows.csv").unlink()
    content = ACCEPTED[name](flows_csv(*LINES))
    (folder / "flows.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert check_folder(folder) == ()
    assert World.open(folder).rows("flows", pl.col("source") == "my-source").equals(plain)


def test_header_only_adds_nothing(write_folder: WriteFolder, flows_csv: FlowsCsv, world: World) -> None:
    folder = write_folder({"flows.csv": flows_csv()})
    if not check_folder(folder):
        assert World.open(folder).rows("flows").equals(world.rows("flows"))


def refusal(answer: Callable[[], object]) -> str:
    """What is said where the library refuses; nothing where it answers. Any other error is the test's failure."""
    try:
        answer()
    except MultivectorError as error:
        return str(error)
    return ""


def never_a_traceback(folder: Path) -> None:
    """Whatever the folder holds, check and open answer or refuse in one line; and check knows what open refuses."""
    found: list[Problem] = []
    checked = refusal(lambda: found.extend(check_folder(folder)))
    opened = refusal(lambda: World.open(folder))
    assert all("\n" not in said for said in (checked, opened, *map(str, found)))
    assert bool(opened) == bool(found or checked), f"check found {len(found)} problems; open: {opened or 'opened'}"


ODD_FILES: dict[str, dict[str, str | bytes]] = {
    "manifest that is not JSON": {"manifest.json": "{not json"},
    "manifest that is a list": {"manifest.json": "[1]"},
    "manifest that is binary": {"manifest.json": b"\xff\xfe\x00"},
    "manifest that promises": {"manifest.json": '{"complete": true, "files": {}, "schema": ""}'},
    "manifest with other types": {"manifest.json": '{"complete": true, "files": [1, 2], "schema": 7}'},
    "corrections empty": {"corrections.csv": ""},
    "corrections binary": {"corrections.csv": bytes(range(256))},
    "corrections with other columns": {"corrections.csv": "a,b\n1,2\n"},
    "corrections in Latin-1": {
        "corrections.csv": b"table,row,column,expected,value,reason,link,day\nflows,x,value,1,2,\xff,,\n"
    },
    "corrections with a long line": {
        "corrections.csv": "table,row,column,expected,value,reason,link,day\nflows,x,value,1,2,why,,,,,,\n"
    },
    "correction of no row": {
        "corrections.csv": "table,row,column,expected,value,reason,link,day\nflows,x,value,1,2,why,,\n"
    },
    "correction without a reason": {
        "corrections.csv": "table,row,column,expected,value,reason,link,day\nflows,x,value,1,2,,,\n"
    },
    "table in its own name twice": {"flows.csv.csv": "a\n"},
    "file that starts with a point": {".csv": "a\n", ".flows.csv": "a\n"},
}


@pytest.mark.parametrize("name", ODD_FILES)
def test_odd_files_raise_no_traceback(write_folder: WriteFolder, flows_csv: FlowsCsv, name: str) -> None:
    never_a_traceback(write_folder({"flows.csv": flows_csv({}), **ODD_FILES[name]}))


@pytest.mark.parametrize("gap", [", ", " ,", ",\t"])
def test_blanks_in_the_header_raise_no_traceback(write_folder: WriteFolder, flows_csv: FlowsCsv, gap: str) -> None:
    never_a_traceback(write_folder({"flows.csv": spoiled_header(flows_csv({}), ",", gap)}))


ODD_TEXTS: dict[str, Callable[[str], str]] = {
    "line break in a name of the header": lambda text: spoiled_header(text, "unit", '"unit\n"'),
    "open quote in the header": lambda text: f'"{text}',
    "open quote before a name": lambda text: spoiled_header(text, "unit", '"unit'),
    "quoted comma in the header": lambda text: spoiled_header(text, "sender,receiver", '"sender,receiver"'),
    "cell beyond every limit": lambda text: text.replace("goods", "x" * 300_000),
    "open quote to the end": lambda text: text.replace("goods", '"goods', 1),
    "line of nothing but quotes": lambda text: text + '""""""""\n',
    "line of nothing but commas": lambda text: text + "," * text.split("\n", 1)[0].count(",") + "\n",
    "NUL for a line": lambda text: text + "\x00\n",
    "form feed between lines": lambda text: text.replace("\n", "\n\x0c\n", 1),
    "Unicode line ends": lambda text: text.replace("\n", "\u2028"),
}


@pytest.mark.parametrize("name", ODD_TEXTS)
def test_odd_text_raises_no_traceback(write_folder: WriteFolder, flows_csv: FlowsCsv, name: str) -> None:
    never_a_traceback(write_folder({"flows.csv": ODD_TEXTS[name](flows_csv(*LINES))}))


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_unicode_line_ends_inside_a_cell_end_no_line(
    write_folder: WriteFolder, flows_csv: FlowsCsv, separator: str
) -> None:
    """A paragraph pasted into a note: the lines after it keep their numbers, whatever is wrong with them."""
    noted = flows_csv({**OTHER, "note": f"one{separator}two"}, {"note": "Rohren"}, {"receiver": "ITA", "note": "x"})
    bad = noted.encode().replace(b"Rohren", "Röhren".encode("latin-1"))
    found = [one for one in check_folder(write_folder({"flows.csv": bad})) if "UTF-8" in one.rule]
    assert [one.line for one in found] == [3]


def test_folder_in_the_place_of_a_file(write_folder: WriteFolder) -> None:
    folder = write_folder({})
    (folder / "flows.csv").mkdir()
    never_a_traceback(folder)


def test_link_to_nowhere(write_folder: WriteFolder, tmp_path: Path) -> None:
    folder = write_folder({})
    (folder / "flows.csv").symlink_to(tmp_path / "nowhere.csv")
    never_a_traceback(folder)


def test_empty_folder(tmp_path: Path) -> None:
    for answer in (check_folder, World.open):
        with pytest.raises(WrongWorld, match="holds no table; expected files such as flows") as caught:
            answer(tmp_path)
        assert "\n" not in str(caught.value)


def test_folder_without_tables_names_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "flows.xlsx").write_bytes(b"PK")
    (tmp_path / "data.doc").write_bytes(b"")
    with pytest.raises(WrongWorld, match=r"flows\.xlsx -> flows\.csv") as caught:
        World.open(tmp_path)
    assert "-> ;" not in str(caught.value)
    assert "-> )" not in str(caught.value)


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(UnknownName, match="did you mean mine") as caught:
        World.open(tmp_path / "mien")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a" * 300, "a\x00b"], ids=["too long", "NUL"])
def test_folder_that_cannot_be(name: str) -> None:
    for answer in (check_folder, World.open):
        with pytest.raises(MultivectorError):
            answer(Path(name))


WRONG_PARQUET: dict[str, tuple[dict[str, object], str]] = {
    "column missing": ({"unit": None}, "unit"),
    "column unknown": ({"vallue": 1.0}, ""),
    "words for a number": ({"value": "abc"}, "value"),
    "truth for a number": ({"value": True}, "value"),
    "record for a number": ({"value": {"a": 1}}, "value"),
    "NaN": ({"value": float("nan")}, "value"),
    "infinity": ({"value": float("inf")}, "value"),
    "words for a day": ({"period_start": "2023-13-01"}, "period_start"),
    "number for an actor": ({"sender": 5}, "sender"),
    "list for an actor": ({"sender": ["KAZ"]}, "sender"),
    "unknown actor": ({"sender": "KAX"}, "sender"),
    "decimals not whole": ({"decimals": 1.5}, "decimals"),
    "formula": ({"product": "=1+1"}, "product"),
    "line break": ({"product": "one\ntwo"}, "product"),
    "escape sequence": ({"product": "\x1b[31mred"}, "product"),
    "stale id": ({"id": "flows.00000000000000"}, "id"),
    "no id": ({"id": "x"}, "id"),
}


@pytest.mark.parametrize("name", WRONG_PARQUET)
def test_wrong_parquet_is_refused(write_folder: WriteFolder, flows_parquet: FlowsParquet, name: str) -> None:
    changes, column = WRONG_PARQUET[name]
    folder = write_folder({"flows.parquet": flows_parquet(**changes)})
    problems = check_folder(folder)
    assert column in {one.column for one in problems}
    assert all("\n" not in str(one) for one in problems)


@pytest.mark.parametrize(
    "changes",
    [{}, {"period_start": dt.datetime(2023, 1, 1)}, {"status": "observed"}],  # noqa: DTZ001 - Parquet days often come as times
    ids=["plain", "time for a day", "optional column"],
)
def test_good_parquet_is_read(
    write_folder: WriteFolder, flows_csv: FlowsCsv, flows_parquet: FlowsParquet, changes: dict[str, object]
) -> None:
    folder = write_folder({"flows.parquet": flows_parquet(**changes)})
    assert check_folder(folder) == ()
    read = World.open(folder).rows("flows", pl.col("source") == "my-source")
    (folder / "flows.parquet").unlink()
    (folder / "flows.csv").write_text(flows_csv({}))
    assert World.open(folder).rows("flows", pl.col("source") == "my-source").equals(read)


def test_parquet_may_leave_out_what_a_csv_may(write_folder: WriteFolder, flows_parquet: FlowsParquet) -> None:
    never_a_traceback(write_folder({"flows.parquet": flows_parquet(decimals=None)}))


def test_parquet_cannot_take_the_id_of_another_row(
    write_folder: WriteFolder, flows_parquet: FlowsParquet, world: World
) -> None:
    """A statement of ours under the id of a shipped one would stand in its place, and be cited as it."""
    victim = world.rows("flows", pl.col("source") == "cia-factbook").head(1)
    folder = write_folder({"flows.parquet": flows_parquet(id=victim["id"].item())})
    if not check_folder(folder):
        assert World.open(folder).rows("flows", pl.col("id") == victim["id"].item()).equals(victim)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(1000) + b"PAR1", b"sender,receiver\nKAZ,CHN\n"])
def test_parquet_that_is_none(write_folder: WriteFolder, content: bytes) -> None:
    folder = write_folder({"flows.parquet": content})
    (problem,) = check_folder(folder)
    assert "is not a Parquet file" in problem.rule
    with pytest.raises(WrongWorld, match="is not a Parquet file"):
        World.open(folder)


MEASURED = """
import resource, sys
from pathlib import Path
from multivector.world import check_folder
check_folder(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
problems = check_folder(Path(sys.argv[2]))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, len(problems), problems[0])
"""


def measured(small: Path, large: Path) -> tuple[int, int, str]:
    """Extra memory in MB, problems and the first of them, from a process of its own that may take a minute."""
    command = [sys.executable, "-c", MEASURED, str(small), str(large)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    megabytes, count, first = answer.split(" ", 2)
    return int(megabytes), int(count), first


@pytest.mark.skipif(sys.platform == "win32", reason="sparse files and peak memory are asked the Unix way")
@pytest.mark.parametrize("name", ["no header", "right header", "parquet"])
def test_two_hundred_megabytes_of_garbage(
    write_folder: WriteFolder, flows_csv: FlowsCsv, tmp_path: Path, name: str
) -> None:
    folder = write_folder({"flows.csv": flows_csv({})})
    large = tmp_path / "large"
    large.mkdir()
    head = {"no header": b"", "right header": flows_csv().encode(), "parquet": b"PAR1"}[name]
    with (large / ("flows.parquet" if name == "parquet" else "flows.csv")).open("wb") as file:
        file.write(head)
        file.seek(200 * 2**20)
        file.write(b"x")
    megabytes, count, first = measured(folder, large)
    assert megabytes < 100
    assert 1 <= count < 100
    assert "larger than 64 MB" in first or "is not a Parquet file" in first


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is asked the Unix way")
@pytest.mark.parametrize(
    "line", ["x,x,x,x,x,x,x,x,x,x,x\n", "KAX,CHN,trade,goods,value,15.2,USD bn,my-source,2023-01-01,,\n"]
)
def test_five_megabytes_of_garbage_under_the_right_header(
    write_folder: WriteFolder, flows_csv: FlowsCsv, tmp_path: Path, line: str
) -> None:
    """methods/reliability.md, section 12: at most 1 GB for any file of 10 MB; the timeout of a minute guards a hang."""
    folder = write_folder({"flows.csv": flows_csv({})})
    large = tmp_path / "large"
    large.mkdir()
    (large / "flows.csv").write_text(flows_csv() + line * (5 * 2**20 // len(line)))
    megabytes, count, _ = measured(folder, large)
    assert megabytes < 1024
    assert count
