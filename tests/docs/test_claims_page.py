"""The page of claims: its tables are fresh, its figures are those of section 9 of the methods note."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import claims_page

STALE = "| 0.80 | CPC in all oil exports |"


def test_the_page_is_fresh() -> None:
    assert claims_page.main(["--check"]) == 0


def test_a_stale_page_is_named_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = claims_page.PAGE.read_text(encoding="utf-8")
    assert STALE in text
    page = tmp_path / "claims.md"
    page.write_text(text.replace(STALE, "| 0.90 | CPC in all oil exports |"), encoding="utf-8")
    monkeypatch.setattr(claims_page, "PAGE", page)
    assert claims_page.main(["--check"]) == 1
    assert "stale" in capsys.readouterr().err
    assert STALE not in page.read_text(encoding="utf-8")
    assert claims_page.main([]) == 0
    assert page.read_text(encoding="utf-8") == text


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(SystemExit, match="expected one line"):
        claims_page.renewed("# Claims\n")


@pytest.mark.parametrize(("year", "share"), [(2022, 52.2 / 64.3), (2023, 56 / 70.5), (2025, 64.8 / 78.7)])
def test_share_of_cpc(year: int, share: float) -> None:
    """Section 9, third column, to a digit of its last place.

    Where sources differ the note takes one by hand and the rows by rank and date: 53.1 and 53 Mt for 2021; for 2022
    52.2 of 64.3 and 52 of 64. The range holds both.
    """
    found = {one.year: one for one in claims_page.line_shares()}
    assert found[year].value == pytest.approx(share, abs=1e-3)
    assert found[year].low < share < found[year].high
    assert found[2021].low < 53.1 / 67.6 < found[2021].high


@pytest.mark.parametrize(("year", "share"), [(2022, 1 - 1.91 / 64.3), (2023, 1 - 3.73 / 70.5), (2025, 75.8 / 78.7)])
def test_share_over_russian_territory(year: int, share: float) -> None:
    """Section 9, fourth column, to the digits printed there."""
    valued = {one.year: one for one in claims_page.territory_shares() if one.value is not None}
    assert valued[year].value == pytest.approx(share, abs=5e-4)
    assert valued[year].low <= share <= valued[year].high


def test_the_least_that_the_union_bought_through_russia() -> None:
    """Section 9: 1 - 2.521 / 46.6."""
    eu = claims_page.eu_share()
    assert eu.value == pytest.approx(1 - (3.73 - 1.209) / 46.6)
    assert 0.945 < eu.low < 0.946 < eu.high < 0.947


@pytest.mark.parametrize(("claimed", "word"), [(0.80, "fits"), (0.70, "understates"), (0.95, "overstates")])
def test_a_verdict_follows_by_rule(claimed: float, word: str) -> None:
    assert claims_page.verdict(claimed, 0.78, 0.83) == word


@pytest.mark.parametrize(("state", "route"), [("RUS", "MIDDLE"), ("RUS", "MIDDLE-BTK"), ("KAZ", "SOUTHERN-TRANSPORT")])
def test_no_leg_of_a_bypass_lies_in_the_state(state: str, route: str) -> None:
    assert all(state not in states for _, states in claims_page.touched(route))


def test_a_route_that_is_no_bypass_is_told() -> None:
    assert any("RUS" in states for _, states in claims_page.touched("NORTHERN"))


def test_routes_add_up() -> None:
    """Section 9: 64.8 + 8.8 + 1.0 + 2.2 + 1.5 = 78.3 against 78.7, 0.5 %."""
    assert "| 78.3 | 78.7 | 0.005 | adds up within 1 % |" in claims_page.claims_table()


def test_the_words_under_the_tables_are_the_verdicts() -> None:
    text = claims_page.claims_table()
    assert text.count("| fits |") == 1
    assert text.count("| understates |") == 2
    assert "does **not**" not in text
