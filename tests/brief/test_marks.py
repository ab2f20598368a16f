"""The place of a figure on the track: pale, full, striped, hatched, and where the tick stands."""

from __future__ import annotations

import pytest

from multivector.brief.content import Figure
from multivector.brief.drawers import how
from multivector.brief.marks import Bar, bar, exact, figure_mark, size, spark


def figure(value: float | None, low: float | None, high: float | None, *, sources: int = 1, year: int = 2023) -> Figure:
    return Figure(
        id=f"f.{year}", label="Russia: goods", section="balance", value=value, low=low, high=high, unit="fraction",
        status="derived", channel="trade", pole="russia", period=str(year),
        formula="exposure.html#bounds", facts=("r",), command="multivector exposure KAZ --json", sources=sources,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ends", "expected", "words"),
    [
        ((0.45, 0.4, 0.5), Bar(0.4, 0.5, "full", 0.45), "One source. The range"),
        ((0.45, 0.45, 0.45), Bar(0.45, 0.45, "full", 0.45), "One source alone"),
        ((0.45, None, None), Bar(0.45, 0.45, "full", 0.45), "without a range"),
        ((0.0, 0.0, 0.01), Bar(0.0, 0.01, "full", 0.0), "One source. The range"),
        ((None, 0.65, 0.99), Bar(0.65, 0.99, "striped", 0.65), "At least the low end"),
        ((None, 0.028, 0.035), Bar(0.028, 0.035, "striped", None), "No point value"),
        ((None, 0.0, 0.007), Bar(0.0, 0.007, "hatched", 0.007), "An upper bound"),
        ((None, 0.0, 0.35), Bar(0.0, 0.35, "hatched", None), "Unknown"),
        ((None, None, None), Bar(0.0, 1.0, "hatched", None), "Unknown"),
    ],
)
def test_bars(ends: tuple[float | None, float | None, float | None], expected: Bar, words: str) -> None:
    given = figure(*ends)
    assert bar(given) == expected
    assert how(given).startswith(words) or words in how(given)


def test_several_sources_are_counted_in_words() -> None:
    assert how(figure(0.2, 0.1, 0.3, sources=3)).startswith("3 sources.")


def test_exact_digits_and_null() -> None:
    assert exact(0.1 + 0.2) == "0.30000000000000004"
    assert exact(None) == "null"
    mark = figure_mark(figure(None, 0.0, 0.35))
    assert 'data-value="null"' in mark
    assert ">unknown<" in mark
    assert "0.35" in mark


def test_lengths_never_pass_the_track() -> None:
    assert size(figure(1.2, None, None)) == 1.0
    assert size(figure(None, 0.65, 0.99)) == 0.65


def test_slopes_compare_and_levels_do_not() -> None:
    years = (2014, 2023)
    low = spark([figure(0.10, None, None, year=2014), figure(0.16, None, None, year=2023)], years)
    high = spark([figure(0.80, None, None, year=2014), figure(0.86, None, None, year=2023)], years)
    assert low.path == high.path
    assert low.dots[0].y - low.dots[-1].y == pytest.approx(24 * 0.06 / 0.24)
    assert low.says == "2014: 10\u202f%, 2023: 16\u202f%"
