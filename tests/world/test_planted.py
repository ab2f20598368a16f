"""Planted corruptions: copies of a good folder, each with one fault that rules can decide (reliability.md, 9)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from multivector.errors import MultivectorError
from multivector.world import World, check_folder

pytestmark = pytest.mark.slow

SOURCES = (
    "source,producer,title,license,kind,rank\n"
    "customs,Customs Committee,Trade by partner 2023,open,official,2\n"
    "agency,News Agency,Wire of 3 March,facts cited,press,6\n"
)
HEAD = (
    "sender,receiver,channel,product,measure,value,unit,reporter,scope,list_rule,decimals,"
    "period_start,period_end,status,source,locator,published,note"
)
YEAR = "2023-01-01,2024-01-01"
FLOWS = [
    *(
        f"KAZ,{to},trade,goods,value,{value},USD bn,KAZ,goods,top,1,{YEAR},observed,customs,table 2,2024-02-15,"
        for to, value in (("CHN", "14.7"), ("ITA", "14.9"), ("RUS", "9.8"), ("NLD", "4.3"), ("TUR", "3.9"))
    ),
    *(
        f"KAZ,{to},trade,goods,share_of_sender,{value},fraction,KAZ,goods,top,3,{YEAR},observed,customs,"
        "table 3,2024-02-15,"
        for to, value in (("CHN", "0.187"), ("ITA", "0.189"), ("RUS", "0.124"), ("NLD", "0.055"), ("TUR", "0.050"))
    ),
    f"KAZ,CHN,trade,goods,turnover,31.5,USD bn,KAZ,goods,selected,1,{YEAR},observed,customs,page 1,2024-02-15,",
    f"KAZ,CHN,trade,goods,turnover,41.0,USD bn,CHN,goods,selected,1,{YEAR},claim,agency,,2024-03-03,Chinese count",
    f"KAZ,CHN,energy,crude_oil,quantity,1.1,Mt,,none,selected,1,{YEAR},observed,agency,,2024-03-03,",
]
POLICIES = (
    "by,on,kind,unit,text,source,period_start,published\n"
    "EU;USA,RUS;BLR,sanction,words,export controls,agency,2022-03-01,2022-03-01\n"
)
Table = list[dict[str, str]]


def rows_of(lines: list[str]) -> Table:
    return list(csv.DictReader(io.StringIO("\n".join([HEAD, *lines]))))


def text_of(rows: Table) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEAD.split(","), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def cell(place: int, column: str, value: str) -> Callable[[Table], Table]:
    """One cell of one row replaced."""
    return lambda rows: [{**row, column: value} if here == place else row for here, row in enumerate(rows)]


def scaled(place: int, factor: float) -> Callable[[Table], Table]:
    return lambda rows: cell(place, "value", f"{float(rows[place]['value']) * factor:g}")(rows)


def every(change: Callable[[dict[str, str]], dict[str, str]]) -> Callable[[Table], Table]:
    return lambda rows: [change(row) for row in rows]


def percent(row: dict[str, str]) -> dict[str, str]:
    return {**row, "value": f"{float(row['value']) * 100:g}"} if row["unit"] == "fraction" else row


def again(place: int, **cells: str) -> Callable[[Table], Table]:
    """A row a second time, with some cells changed."""
    return lambda rows: [*rows, {**rows[place], **cells}]


def without(place: int) -> Callable[[Table], Table]:
    return lambda rows: rows[:place] + rows[place + 1 :]


TABLE_FAULTS: dict[str, Callable[[Table], Table]] = {
    "share × 1000": scaled(5, 1000),
    "share × 10": scaled(6, 10),
    "value repeated × 1000": again(0, value="14700"),
    "value repeated in another unit": again(0, unit="USD mn"),
    "turnover repeated × 1000": again(10, value="31500"),
    "sign of a value flipped": scaled(0, -1),
    "sign of a share flipped": scaled(5, -1),
    "sign of a quantity flipped": scaled(12, -1),
    "missing code -9": cell(2, "value", "-9"),
    "one share in percent": cell(5, "value", "18.7"),
    "all shares in percent": every(percent),
    "share in percent below one": cell(9, "value", "5.0"),
    "share with a percent sign": cell(5, "value", "18.7%"),
    "share in money": cell(5, "unit", "USD bn"),
    "first row twice": again(0),
    "claim twice": again(11),
    "row twice with another note": again(0, note="again"),
    "all rows twice": lambda rows: rows + rows,
    "source says another value": again(0, value="15.1"),
    "source says another share": again(5, value="0.2"),
    "partner unknown": cell(3, "receiver", "NLX"),
    "partner by name": cell(3, "receiver", "Netherlands"),
    "partner in two letters": cell(3, "receiver", "NL"),
    "sender unknown": cell(3, "sender", "KAX"),
    "partner swapped for the sender": cell(3, "receiver", "KAZ"),
    "partner empty": cell(3, "receiver", ""),
    "reporter unknown": cell(10, "reporter", "KZ"),
    "source dropped": cell(4, "source", ""),
    "source unknown": cell(4, "source", "custom"),
    "currency unknown": cell(0, "unit", "RMB bn"),
    "currency in words": cell(0, "unit", "$ bn"),
    "unit dropped": cell(0, "unit", ""),
    "value dropped": cell(0, "value", ""),
    "decimal comma": cell(0, "value", "14,7"),
    "not a number": cell(0, "value", "NaN"),
    "start shifted past the end": cell(0, "period_start", "2024-01-01"),
    "end shifted before the start": cell(0, "period_end", "2022-01-01"),
    "months and days swapped": cell(0, "published", "2024-15-02"),
    "year of two digits": cell(0, "period_start", "23-01-01"),
    "period dropped": lambda rows: cell(0, "period_end", "")(cell(0, "period_start", "")(rows)),
    "list over the whole": cell(5, "value", "0.787"),
    "status in other words": cell(0, "status", "final"),
    "channel in other words": cell(0, "channel", "commerce"),
    "formula for a value": cell(0, "note", "=B2*1000"),
}
FILE_FAULTS: dict[str, Callable[[str], bytes]] = {
    "cut in the middle of a line": lambda text: text.encode()[: text.index("table 3") + 3],
    "a column dropped": lambda text: "\n".join(line.split(",", 1)[1] for line in text.splitlines()).encode(),
    "a cell dropped in one line": lambda text: text.replace("14.7,", "", 1).encode(),
    "Latin-1": lambda text: text.replace("Chinese count", "chinesische Zählung").encode("latin-1"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "NUL bytes": lambda text: text.replace("page 1", "page\x00 1").encode(),
    "header twice": lambda text: (text.splitlines()[0] + "\n" + text).encode(),
}
CLEAN: dict[str, Callable[[Table], Table]] = {
    "as it is": lambda rows: rows,
    "other order": lambda rows: rows[::-1],
    "mirror": again(10, value="41.3", reporter="CHN"),
    "later edition": again(0, value="14.8", published="2024-06-15"),
    "other year": again(0, value="13.1", period_start="2022-01-01", period_end="2023-01-01"),
    "open end": cell(12, "period_end", ""),
    "no reporter": cell(10, "reporter", ""),
    **{f"without row {place}": without(place) for place in range(len(FLOWS))},
}


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def made(name: str, flows: bytes) -> Path:
        folder = tmp_path / str(abs(hash(name)))
        folder.mkdir()
        files: Mapping[str, bytes] = {
            "sources.csv": SOURCES.encode(),
            "flows.csv": flows,
            "policies.csv": POLICIES.encode(),
        }
        for file, content in files.items():
            (folder / file).write_bytes(content)
        return folder

    return made


def is_found(folder: Path) -> bool:
    """Check lists it and open refuses; an error of another kind is no finding."""
    problems = check_folder(folder)
    try:
        World.open(folder)
    except MultivectorError:
        return bool(problems)
    return False


def test_recall_of_planted_faults(folder_of: Callable[[str, bytes], Path]) -> None:
    """At least 0.95 of the faults (methods/reliability.md, section 18)."""
    rows = rows_of(FLOWS)
    spoiled = {name: text_of(fault(rows)).encode() for name, fault in TABLE_FAULTS.items()}
    spoiled.update({name: fault(text_of(rows)) for name, fault in FILE_FAULTS.items()})
    missed = [name for name, flows in spoiled.items() if not is_found(folder_of(name, flows))]
    assert len(spoiled) > 40
    assert len(missed) / len(spoiled) <= 0.05, f"{len(missed)} of {len(spoiled)} missed: {missed}"


def test_clean_copies_raise_no_alarm(folder_of: Callable[[str, bytes], Path]) -> None:
    """At most 0.01 false alarms: of twenty, none."""
    rows = rows_of(FLOWS)
    alarms = {
        name: [str(one) for one in check_folder(folder_of(name, text_of(change(rows)).encode()))]
        for name, change in CLEAN.items()
    }
    assert {name: said for name, said in alarms.items() if said} == {}
