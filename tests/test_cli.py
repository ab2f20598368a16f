"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from multivector.cli import app, run


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


REFUSED = [
    (("corridors", "KAZ", "--close", "cpc", "--table", "routes"), "leave --table out"),
    (("corridors", "KAZ", "--severity", "0.4"), "say what closes with --close"),
    (("corridors", "KAZ", "--close", "foo"), "unknown leg or route 'foo'; routes are AKTAU, AKTAU-BTC"),
    (("corridors", "KAZ", "--close", ""), "--close '': say what closes"),
    (("corridors", "KAZ", "--close", "titr"), "on the cargo network, not on oil: say --network cargo"),
    (("corridors", "KAZ", "--close", "O37"), "planned (proposal), nothing goes over it yet"),
    (("brief", "KAX"), "unknown state 'KAX'; did you mean KAZ"),
    (("exposure", "KAZ", "--year", "1995"), "no row speaks of KAZ in 1995"),
    (("exposure", "KAZ", "--poles", "russia,wst"), "unknown pole 'wst'; did you mean west"),
    (("exposure", "KAZ", "--poles", "russia,eaeu"), "share RUS"),
    (("exposure", "KAZ", "--measures", "oil_transt"), "did you mean oil_transit"),
    (("exposure", "KAZ", "--channels", "enery"), "did you mean energy"),
    (("facts", "--about", "KAX"), "did you mean KAZ"),
    (("facts", "--table", "flow"), "did you mean flows"),
    (("facts",), "needs something to look for"),
    (("facts", "--row", "flows.00000000000000"), "unknown row"),
    (("check", "no-such-folder"), "unknown folder"),
    (("whatif", "no-such-file.toml", "KAZ"), "cannot read no-such-file.toml"),
    (("whatif",), "takes a scenario file and a state"),
]
MISUSE = [
    (("exposure", "KAZ", "--year", "twenty"), "--year"),
    (("exposure", "KAZ", "--year", "1"), "--year '1': input should be greater than or equal to 1992"),
    (("exposure", "KAZ", "--about", "nan"), "--about 'nan': input should be a finite number"),
    (("exposure", "KAZAKHSTAN"), "--pivot 'KAZAKHSTAN'"),
    (("corridors", "KAZ", "--assume", "O32"), "--assume 'O32': 'O32' is no assumption; write LEG=CAPACITY"),
    (("corridors", "KAZ", "--assume", "O32=1", "--assume", "O32=2"), "--assume 'O32=1,O32=2': a leg is assumed twice"),
    (("exposure", "KAZ", "--yer", "2023"), "Did you mean --year"),
    (("brief", "KAZ", "--as-of", "2023-13-01"), "--as-of"),
    (("breif", "KAZ"), "Did you mean"),
    (("exposure",), "--pivot"),
]


@pytest.mark.parametrize(
    ("arguments", "says"), REFUSED, ids=lambda one: " ".join(one) if isinstance(one, tuple) else ""
)
def test_refusals_are_one_line_and_exit_1(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = lines(capsys, *arguments)
    last = err.strip().splitlines()[-1]
    assert code == 1
    assert out == ""
    assert says in last
    assert "Traceback" not in err
    assert "pydantic" not in err


@pytest.mark.parametrize(("arguments", "says"), MISUSE, ids=lambda one: " ".join(one) if isinstance(one, tuple) else "")
def test_misuse_is_one_line_and_exit_2(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = lines(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert says in err.strip().splitlines()[-1]
    assert "pydantic" not in err


def test_exposure_prints_csv_when_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = lines(capsys, "exposure", "KAZ", "--measures", "oil_transit")
    table = pl.read_csv(io.StringIO(out))
    assert code == 0
    assert table.filter(pl.col("pole") == "russia")["value"][0] == pytest.approx(75.8 / 78.7)
    assert "note: Rows read" in err


def test_lists_take_commas_and_repeats(capsys: pytest.CaptureFixture[str]) -> None:
    commas = lines(capsys, "exposure", "KAZ", "--poles", "russia,china", "--measures", "arms")[1]
    repeats = lines(capsys, "exposure", "KAZ", "--poles", "russia", "--poles", "china", "--measures", "arms")[1]
    assert commas == repeats


def test_exposure_json_carries_parameters_rows_and_notes(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(lines(capsys, "exposure", "KAZ", "--measures", "arms", "--json")[1])
    assert data["params"]["pivot"] == "KAZ"
    assert data["rows"][0]["value"] == 0.88
    assert data["caveats"]
    assert data["data_hash"]


def test_brief_prints_the_headline_first(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = lines(capsys, "brief", "KAZ")
    assert code == 0
    assert "RUSSIA CARRIES 96 % OF KAZAKHSTAN’S OIL EXPORTS" in out
    assert all(len(line) <= 96 for line in out.splitlines())


@pytest.mark.parametrize("state", ["UZB", "ARM", "TUR", "SRB", "MNG", "AZE", "KGZ", "DEU", "TUV"])
def test_any_state_with_rows_gets_a_brief_that_says_what_is_unknown(
    state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = lines(capsys, "brief", state)
    assert code == 0
    assert "unknown" in out
    assert "what would fill it" in out


def test_html_is_written_once_unless_forced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "kaz.html"
    assert lines(capsys, "brief", "KAZ", "--html", str(page))[0] == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    code, _, err = lines(capsys, "brief", "KAZ", "--html", str(page))
    assert code == 1
    assert "--force" in err
    assert lines(capsys, "brief", "KAZ", "--html", str(page), "--force")[0] == 0


def test_facts_about_two_actors_names_both(capsys: pytest.CaptureFixture[str]) -> None:
    out = lines(capsys, "facts", "--about", "KAZ", "--about", "CHN", "--table", "flows")[1]
    says = pl.read_csv(io.StringIO(out))["says"]
    assert says.str.contains("Kazakhstan").all()
    assert says.str.contains("China").all()


def test_check_lists_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "flows.csv").write_text(
        "sender,receiver,channel,product,measure,value,unit,period_start,period_end,source,published\n"
        "KAX,CHN,trade,goods,value,1,USD bn,2023-01-01,2024-01-01,cia-factbook,2024\n"
        "KAZ,CHN,trade,goods,share_of_sender,29,fraction,2023-01-01,2024-01-01,cia-factbook,2024\n",
        encoding="utf-8",
    )
    code, out, err = lines(capsys, "check", str(tmp_path))
    assert code == 1
    assert "flows.csv:2: sender 'KAX' is no known actor (did you mean KAZ" in out
    assert "flows.csv:3:" in out
    assert "problems in" in err


def test_whatif_reads_stdin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = '[[shocks]]\nkind = "embargo"\nby = "RUS"\non = "KAZ"\nstart = 2023-01-01\n'
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    code, out, _ = lines(capsys, "whatif", "-", "KAZ", "--json")
    moved = {(row["measure"], row["pole"]): row for row in json.loads(out)}
    assert code == 0
    assert moved["trade_imports", "russia"]["value_after"] == 0.0


def test_ledger_accounts_for_every_fact(capsys: pytest.CaptureFixture[str]) -> None:
    table = pl.read_csv(io.StringIO(lines(capsys, "ledger")[1]))
    assert (table["taken"] + table["left_out"] == table["facts"]).all()
    left = pl.read_csv(io.StringIO(lines(capsys, "ledger", "--left-out")[1]))
    assert left["reason"].null_count() == 0
    assert left.height == table["left_out"].sum()


def test_help_loads_no_tables() -> None:
    code = "import sys, multivector.cli; print([m for m in ('polars', 'altair', 'rich.markdown') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_default_run_opens_no_connection() -> None:
    code = (
        "import socket\n"
        "def refuse(*args, **kwargs): raise SystemExit('a socket was opened')\n"
        "socket.socket = refuse\n"
        "from multivector.cli import run\n"
        "raise SystemExit(run(['brief', 'KAZ', '--json']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_command_is_documented() -> None:
    page = (Path(__file__).parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")
    for name in app:
        if not name.startswith("-"):
            assert f"multivector {name}" in page
