"""`multivector monitor`: gaps by year and the broken count in the section, every digit in JSON, refusals."""

from __future__ import annotations

import csv
import io
import json

import pytest

from multivector.cli import run


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    code = run(["monitor", *words])
    out, err = capsys.readouterr()
    return code, out.replace("\u202f", " "), err


def test_the_section_shows_gaps_by_year_and_armenia_broken(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = printed(capsys, "KAZ", "--draws", "100")
    assert code == 0
    for gap in ("363 EUR mn (363–868)", "505 EUR mn", "695 EUR mn", "3,086 EUR mn", "2,471 EUR mn"):
        assert gap in out
    (armenia,) = (line for line in out.splitlines() if line.startswith("Armenia") and "EUR mn" in line)
    assert armenia.endswith("broken, partial")
    assert "ARM 2023 is broken and partial" in out
    assert "No HS6 rows: bring a Comtrade, BACI or Eurostat file" in out


def test_json_holds_the_mirror_table(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = printed(capsys, "KAZ", "--table", "mirror", "--json", "--draws", "100")
    rows = json.loads(out)["rows"]
    own = {row["year"]: row["gap_eur_mn"] / 1_000 for row in rows if row["importer"] == "KAZ"}
    assert code == 0
    assert {year: round(gap, 2) for year, gap in own.items()} == {
        2019: 0.36,
        2020: 0.50,
        2021: 0.69,
        2022: 3.09,
        2023: 2.47,
    }
    (armenia,) = (row for row in rows if (row["importer"], row["year"]) == ("ARM", 2023))
    assert (armenia["flag"], armenia["flags"]) == ("broken", ["broken", "partial"])


@pytest.mark.parametrize(
    "table",
    [
        "summary",
        "mirror",
        "growth",
        "excess",
        "breaks",
        "effects",
        "products",
        "tiers",
        "statements",
        "monthly",
        "facts",
    ],
)
def test_every_table_leaves_as_csv(capsys: pytest.CaptureFixture[str], table: str) -> None:
    code, out, err = printed(capsys, "KAZ", "--table", table, "--csv", "--draws", "100")
    lines = list(csv.reader(io.StringIO(out)))
    assert code == 0
    assert len({len(line) for line in lines}) == 1
    assert (len(lines) > 1) is (table not in {"products", "tiers"})
    assert "note: ARM 2023 is broken" in err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("MNG",), 1, "no row says what EU sold MNG"),
        (("KAX",), 1, "did you mean KAZ"),
        (("KAZ", "--exporter", "ZZZ"), 1, "unknown actor 'ZZZ'"),
        (("KAZ", "--as-of", "2023-06-01"), 1, "no known publication date"),
        (("KAZ", "--margin", "0.9"), 2, "less than or equal to 0.5"),
        (
            ("KAZ", "--base-end", "2023-01-01"),
            2,
            "--base-end '2023-01-01': the base of 2019-01-01 to 2023-01-01 reaches",
        ),
        (
            ("KAZ", "--event", "2021-03-01"),
            2,
            "--event '2021-03-01': the base of 2019-01-01 to 2022-01-01 reaches past",
        ),
        (("KAZ", "--margin", "0.2"), 2, "--margin '0.2': margin_high 0.1 lies below margin 0.2; raise --margin-high"),
        (("KAZ", "--until", "2018"), 2, "--until '2018': until lies before since 2019"),
        (("KAZ", "--union", "ZZZ"), 1, "unknown organisation 'ZZZ'"),
        (("KAZ", "--goods-list", "foo"), 1, "unknown list of goods 'foo'"),
        (("KAZ", "--tiers", "9"), 1, "unknown tier '9'"),
        (("KAZ", "--target", "KAZ"), 1, "is the pivot itself"),
        (("KAZ", "--since", "2024"), 1, "lower --since"),
    ],
)
def test_refusals(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, says: str) -> None:
    found, out, err = printed(capsys, *words)
    assert (found, out) == (code, "")
    assert says in err
    assert err.count("\n") == 1
