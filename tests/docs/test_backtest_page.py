"""The back-test's page: its tables are fresh, its sentences hold for the figures beside them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from docs import backtest_page
from multivector.lenses.corridors.backtest import DEFAULT, NAIVE

STALE = "| nameplate | 1.257 |"


def sets() -> pl.DataFrame:
    return backtest_page.result().tables["sets"]


def of_default() -> dict[str, tuple[float, float]]:
    """The default's figure and the reported one of each route."""
    lines = backtest_page.result().tables["by_route"].filter(pl.col("set") == DEFAULT)
    return {row["route"]: (row["high_mt"], row["reported_mt"]) for row in lines.iter_rows(named=True)}


def test_the_page_is_fresh() -> None:
    assert backtest_page.main(["--check"]) == 0


def test_a_stale_page_is_named_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = backtest_page.PAGE.read_text(encoding="utf-8")
    assert STALE in text
    page = tmp_path / "backtest.md"
    page.write_text(text.replace(STALE, "| nameplate | 0.000 |"), encoding="utf-8")
    monkeypatch.setattr(backtest_page, "PAGE", page)
    assert backtest_page.main(["--check"]) == 1
    assert "stale" in capsys.readouterr().err
    assert STALE not in page.read_text(encoding="utf-8")
    assert backtest_page.main([]) == 0
    assert page.read_text(encoding="utf-8") == text


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(SystemExit, match="expected one line"):
        backtest_page.renewed("# Back-test\n")


def test_every_set_stands_on_the_page() -> None:
    text = backtest_page.backtest_table()
    assert [name for name in sets()["set"] if text.count(f"| {name}") != 2] == []  # in the totals, and route by route


def test_marks_are_those_of_the_note() -> None:
    """Section 8: all are met; the reading with soft quotas alone, and one set for all routes, are shown as not met."""
    missed = [mark.asks for mark in backtest_page.marks() if not mark.met]
    assert len(missed) == 2
    assert "soft quotas alone" in missed[0]
    assert "not asked by the note" in missed[1]


def test_no_parameter_is_late() -> None:
    text = backtest_page.backtest_table()
    assert "**late**" not in text
    assert text.count("admitted by name |") == 1


def test_nameplates_lose_nothing_though_most_was_lost() -> None:
    naive = sets().filter(pl.col("set") == NAIVE).row(0, named=True)
    assert naive["lost_mt"] == 0
    assert naive["reported_lost_mt"] > naive["reported_mt"]


def test_every_soft_quota_moves_more_than_was_moved() -> None:
    soft = sets().filter(pl.col("set").str.starts_with("quota soft"))
    assert (soft["rerouted_mt"] > soft["reported_mt"]).all()


def test_the_default_gives_samara_half_and_aktau_twice() -> None:
    ends = of_default()
    assert ends["samara"][0] / ends["samara"][1] == pytest.approx(0.5, abs=0.05)
    assert ends["aktau"][0] / ends["aktau"][1] == pytest.approx(2, abs=0.2)


def test_against_the_schedule_twice_is_lost_and_half_the_share_is_rerouted() -> None:
    november, schedule = backtest_page.result().tables["baselines"].iter_rows(named=True)
    assert schedule["displaced_mt"] / november["displaced_mt"] == pytest.approx(2, abs=0.2)
    share = "reported_rerouted_share"
    assert schedule[share] / november[share] == pytest.approx(0.5, abs=0.05)


def test_history_beats_what_was_said_and_stated() -> None:
    errors = backtest_page.result().tables["levels"]["error"].abs().to_list()
    assert errors[0] == min(errors)


def test_most_of_the_oil_of_the_line_is_kazakh() -> None:
    """Section 8 (iii) of the methods note: about 92 % in 2025."""
    assert backtest_page.kazakh_part() == pytest.approx(0.92, abs=5e-3)
