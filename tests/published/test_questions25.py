"""The check numbers of the questions users ask (facts/questions25.md of the hand-over), and the page that reports them.

Numbers and their sources stand in that file: the Kazakh Center for Trade Policy Development, bne IntelliNews, the World
Factbook, Trend, the Lee Kuan Yew School, SIPRI in Eurasianet, the National Bank, Kommersant. Tolerance:
half a unit of the last printed digit; .001 for the indices (reliability note, section 18): means of two rounded ones.
"""

from __future__ import annotations

import math
import re

import pytest
from docs.check_numbers import PAGE, Answer, answers, page

FOUND = {one.check.key: one for one in answers()}
# key: check number, whether the value shown is that number or its range holds it
EXPECTED = {
    "1.turnover.CHN": (31.5, "value"),
    "1.turnover.RUS": (26.0, "value"),
    "1.turnover.ITA": (16.1, "value"),
    "1.turnover_share.china": (0.213, "value"),
    "1.turnover_share.russia": (0.186, "value"),
    "1.imports_in_one_source.russia.2017": (0.389, "value"),
    "1.imports_in_one_source.russia.2023": (0.24, "value"),
    "1.imports_in_one_source.china.2017": (0.161, "value"),
    "1.imports_in_one_source.china.2023": (0.28, "value"),
    "1.imports.russia.2023": (0.24, "inside"),
    "1.imports.china.2023": (0.28, "inside"),
    "2.2023-01-01.KAZ": (24.1, "value"),
    "2.2023-01-01.CHN": (31.2, "inside"),
    "2.2023-11-01.KAZ": (24.3, "value"),
    "2.2023-11-01.CHN": (32.7, "inside"),
    "3.russia": (0.94, "value"),
    "12.russia": (0.88, "value"),
    "13.stock.NLD": (60.0, "value"),
    "13.stock.USA": (39.5, "value"),
    "13.stock.CHN": (5.2, "value"),
    "13.stock.RUS": (4.8, "value"),
    "13.stock.WLD": (152.8, "value"),
    "13.share.china": (0.034, "value"),
    "13.share.russia": (0.0314, "value"),
    "13.share.west": (0.651, "inside"),
    "14.quarter": (0.977, "value"),
    "14.half": (0.5, "value"),
    "14.share": (0.035, "inside"),
    "15.imports.2019": (7.714, "value"),
    "15.imports.2023": (0.409, "value"),
    "15.exports.2019": (16.418, "value"),
    "15.exports.2023": (7.071, "value"),
    "hhi.TUR": (0.028, "value"),
    "hhi.UZB": (0.115, "value"),
    "hhi.ARM": (0.144, "value"),
    "hhi.KAZ": (0.111, "value"),
    "hhi.KAZ.trade_exports": (0.055, "value"),
    "hhi.KAZ.trade_imports": (0.168, "value"),
}
SILENT = {"3.routes_hhi", "12.rank", "13.ultimate"}


def answer(key: str) -> Answer:
    return FOUND[key]


def test_every_check_number_is_expected_here() -> None:
    assert set(FOUND) == set(EXPECTED) | SILENT


@pytest.mark.parametrize(("key", "number", "verdict"), [(key, *rest) for key, rest in EXPECTED.items()])
def test_check_number(key: str, number: float, verdict: str) -> None:
    one = answer(key)
    figure = one.figure
    assert figure is not None
    tolerance = max(one.check.tolerance, 0.0005 if key.startswith("13.share") else 0.0)
    assert one.check.expected == pytest.approx(number, abs=tolerance)
    assert one.verdict == verdict
    assert figure.low - tolerance <= number <= figure.high + tolerance
    if verdict == "value":
        assert figure.value == pytest.approx(number, abs=tolerance)
    assert figure.rows
    assert figure.source


@pytest.mark.parametrize("key", sorted(SILENT))
def test_what_is_not_answered_says_so(key: str) -> None:
    one = answer(key)
    assert one.verdict == "not answered here"
    assert one.why


def test_the_two_sides_of_the_mirror_are_kept_apart() -> None:
    """8.4 bn USD between the two counts of January to October 2023: neither is averaged away."""
    figure = answer("2.2023-11-01.KAZ").figure
    assert figure is not None
    assert figure.high - figure.low == pytest.approx(8.4, abs=0.05)
    assert len(figure.rows) == 2


def test_the_cumulated_investment_of_russia_is_another_measure() -> None:
    figure = answer("13.stock.RUS").figure
    assert figure is not None
    assert figure.high < 25


@pytest.mark.parametrize("key", sorted(FOUND))
def test_bounds_hold_the_value(key: str) -> None:
    figure = answer(key).figure
    if figure is not None:
        assert math.isfinite(figure.low)
        assert figure.low <= figure.high
        assert figure.value is None or figure.low <= figure.value <= figure.high


def test_the_committed_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python docs/check_numbers.py"


def test_the_page_is_deterministic_and_reports_every_check() -> None:
    text = page()
    assert text == page()
    verdicts = re.findall(r"\| (value|inside|outside|not answered here) \|$", text, flags=re.MULTILINE)
    assert len(verdicts) == len(FOUND)
    assert verdicts.count("outside") == 0
