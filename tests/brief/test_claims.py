"""What a heading claims of two figures holds for every value that their ranges allow; an unknown end is never zero."""

from __future__ import annotations

import pytest

from multivector.brief.content import Cell, Figure, MatrixRow
from multivector.brief.leverage import weighed
from multivector.brief.matrix import certain_leads


def figure(name: str, value: float | None, low: float | None, high: float | None) -> Figure:
    return Figure(
        id=name,
        label=name,
        section="balance",
        value=value,
        low=low,
        high=high,
        unit="fraction",
        status="derived",
        channel="trade",
        pole=name,
        period="2023",
        formula="exposure.html#shares",
        facts=("flows.1",),
        command="multivector exposure KAZ",
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "says"),
    [
        (0.6, 0.55, 0.65, "more in return"),
        (0.1, 0.05, 0.15, "less in return"),
        (0.4, 0.3, 0.5, "something in return; the ranges overlap, and neither is known to be larger"),
        (None, 0.0, 1.0, "something in return; the ranges overlap, and neither is known to be larger"),
        (None, 0.6, 1.0, "more in return"),
    ],
)
def test_more_or_less_only_where_the_ranges_are_apart(value: float | None, low: float, high: float, says: str) -> None:
    assert weighed(figure("returned", value, low, high), {"low": 0.35, "high": 0.45}) == says


@pytest.mark.parametrize(("high", "certain"), [(0.2, True), (0.4, False), (None, False)])
def test_a_lead_over_an_unknown_end_is_not_certain(high: float | None, certain: bool) -> None:  # noqa: FBT001
    lead, other = figure("russia", 0.35, 0.3, 0.4), figure("china", None, 0.0, high)
    cells = (Cell("russia", "russia", (), lead=True), Cell("china", "china", (), lead=False))
    row = MatrixRow("trade", "trade_imports", "goods imports", "2023", "", cells, None, None, "")
    assert bool(certain_leads([row], [lead, other])) is certain
