"""Mirror gaps: the formula, what the flags mean, and that no flagged cell enters a total."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivector.errors import WrongRequest
from multivector.models.mirror import Flags, mirror_flags, mirror_gap, usable_total

MONEY = st.floats(min_value=0.01, max_value=1e9)


def flags_of(
    exports: list[float],
    imports: list[float],
    *,
    members: list[int] | None = None,
    months: list[int] | None = None,
) -> Flags:
    """Flags of one importer; 27 of 27 members and twelve months unless said otherwise."""
    years = len(exports)
    return mirror_flags(
        np.array([exports]),
        np.array([imports]),
        members=np.array([members or [27] * years]),
        expected=np.array([[27] * years]),
        months=np.array([months or [12] * years]),
    )


def marked(flags: Flags) -> list[str]:
    """The flags of the first importer by year, in one word each."""
    named = (("no mirror", flags.no_mirror), ("partial", flags.partial), ("broken", flags.broken))
    years = flags.ok.shape[1]
    return ["+".join(name for name, one in named if one[0, at]) or "ok" for at in range(years)]


def test_kazakhstan_2022() -> None:
    """10 347.711 and 7 261.476 EUR million: gap 3 086.235, ratio 1.425 (reference table, no cif/fob margin)."""
    found = mirror_gap(np.array([10_347.711]), np.array([7_261.476]))
    assert found.gap[0] == pytest.approx(3_086.235, abs=1e-9)
    assert found.ratio[0] == pytest.approx(1.4250, abs=5e-5)
    assert found.ghost_share[0] == pytest.approx(3_086.235 / 10_347.711)


def test_a_margin_by_hand() -> None:
    """X = 100, M = 110, c = 10 %: the imports are 100 fob, so nothing is missing."""
    found = mirror_gap(np.array([100.0]), np.array([110.0]), margin=0.1)
    assert found.gap[0] == pytest.approx(0.0, abs=1e-12)
    assert found.ratio[0] == pytest.approx(1.0)
    assert found.ghost_share[0] == pytest.approx(0.0, abs=1e-12)


@given(exports=MONEY, imports=MONEY, margin=st.floats(0, 0.5), scale=st.floats(1e-3, 1e3))
def test_scale_moves_the_gap_and_no_ratio(exports: float, imports: float, margin: float, scale: float) -> None:
    one = mirror_gap(np.array([exports]), np.array([imports]), margin=margin)
    two = mirror_gap(np.array([exports * scale]), np.array([imports * scale]), margin=margin)
    assert two.gap[0] == pytest.approx(one.gap[0] * scale, rel=1e-9, abs=1e-9 * scale * (exports + imports))
    assert two.ratio[0] == pytest.approx(one.ratio[0], rel=1e-12)
    assert 0 <= one.ghost_share[0] <= 1


@given(exports=MONEY, imports=MONEY, low=st.floats(0, 0.2), more=st.floats(0, 0.2))
def test_a_larger_margin_never_narrows_the_gap(exports: float, imports: float, low: float, more: float) -> None:
    small = mirror_gap(np.array([exports]), np.array([imports]), margin=low)
    large = mirror_gap(np.array([exports]), np.array([imports]), margin=low + more)
    assert large.gap[0] >= small.gap[0]


def test_no_figure_stays_unknown_and_zero_is_a_figure() -> None:
    found = mirror_gap(np.array([5.0, 5.0, 0.0]), np.array([np.nan, 0.0, 0.0]))
    assert np.isnan(found.gap[0])
    assert np.isnan(found.ghost_share[0])
    assert found.gap[1] == 5.0
    assert found.ghost_share[1] == 1.0
    assert np.isnan(found.ratio[1])  # X over nothing is not defined, and is no number
    assert np.isnan(found.ghost_share[2])


@pytest.mark.parametrize(
    ("exports", "imports", "margin", "says"),
    [
        ([np.nan], [1.0], 0.0, "exports"),
        ([-1.0], [1.0], 0.0, "negative"),
        ([1.0], [-1.0], 0.0, "imports"),
        ([1.0], [np.inf], 0.0, "not finite"),
        ([1.0, 2.0], [1.0], 0.0, "line up"),
        ([1.0], [1.0], -0.1, "margin"),
        ([1.0], [1.0], np.nan, "margin"),
    ],
)
def test_refusals(exports: list[float], imports: list[float], margin: float, says: str) -> None:
    with pytest.raises(WrongRequest, match=says):
        mirror_gap(np.array(exports), np.array(imports), margin=margin)


def test_armenia_2023_is_partial_and_broken() -> None:
    """Imports fall by 91 % while exports rise by 15 %, and 26 of 27 members are named."""
    flags = flags_of([1_885.6, 2_161.7], [1_683.8, 153.1], members=[27, 26])
    assert marked(flags) == ["ok", "partial+broken"]


@pytest.mark.parametrize(
    ("exports", "imports", "expected"),
    [
        ([10.0, 10.0], [10.0, 4.9], ["ok", "broken"]),
        ([10.0, 10.0], [10.0, 5.0], ["ok", "ok"]),  # half is not more than half
        ([10.0, 9.9], [10.0, 1.0], ["ok", "ok"]),  # exports fell too
        ([10.0, 10.0, 10.0], [10.0, 4.0, 4.0], ["ok", "broken", "broken"]),  # held against the last good year
        ([10.0, 10.0, 10.0], [10.0, np.nan, 4.0], ["ok", "no mirror", "broken"]),
        ([10.0, 10.0, 10.0], [10.0, 4.0, 9.0], ["ok", "broken", "ok"]),
        ([10.0], [0.1], ["ok"]),  # a first year cannot be found broken
    ],
)
def test_broken_by_hand(exports: list[float], imports: list[float], expected: list[str]) -> None:
    assert marked(flags_of(exports, imports)) == expected


def test_partial_by_hand() -> None:
    assert marked(flags_of([10.0] * 3, [9.0] * 3, months=[12, 8, 12], members=[27, 27, 26])) == [
        "ok",
        "partial",
        "partial",
    ]
    declared = mirror_flags(
        np.array([[1.0, 1.0]]),
        np.array([[1.0, 1.0]]),
        members=np.array([[27, 27]]),
        expected=np.array([[27, 27]]),
        months=np.array([[12, 12]]),
        declared=np.array([[True, False]]),
    )
    assert marked(declared) == ["partial", "ok"]


@given(
    st.lists(
        st.tuples(MONEY, st.one_of(MONEY, st.just(float("nan"))), st.integers(20, 27), st.integers(1, 12)),
        min_size=1,
        max_size=8,
    )
)
def test_no_flagged_cell_enters_a_total(years: list[tuple[float, float, int, int]]) -> None:
    exports, imports = [one[0] for one in years], [one[1] for one in years]
    flags = flags_of(exports, imports, members=[one[2] for one in years], months=[one[3] for one in years])
    gaps = mirror_gap(np.array([exports]), np.array([imports])).gap
    total = usable_total(gaps, flags)
    kept = [float(gaps[0, at]) for at in range(len(years)) if flags.ok[0, at]]
    assert total.cells == len(kept)
    assert total.value == (pytest.approx(sum(kept)) if kept else None)
    spoilt = np.where(flags.ok, gaps, 1e300)  # whatever stands in a flagged cell
    assert usable_total(spoilt, flags) == total


def test_a_total_refuses_what_is_unknown_and_called_ok() -> None:
    ok = Flags(no_mirror=np.zeros((1, 1), bool), partial=np.zeros((1, 1), bool), broken=np.zeros((1, 1), bool))
    with pytest.raises(WrongRequest, match="not finite"):
        usable_total(np.array([[np.nan]]), ok)
    with pytest.raises(WrongRequest, match="two axes"):
        mirror_flags(
            np.array([1.0]), np.array([1.0]), members=np.array([1]), expected=np.array([1]), months=np.array([12])
        )


def test_no_array_of_a_record_can_be_changed() -> None:
    exports, imports = np.array([[5.0, 6.0]]), np.array([[4.0, 5.0]])
    gap, flags = mirror_gap(exports, imports), flags_of([5.0, 6.0], [4.0, 5.0])
    for array in (gap.gap, gap.ratio, gap.ghost_share, flags.no_mirror, flags.partial, flags.broken):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 0
    exports[0, 0] = imports[0, 0] = 1.0  # what was given stays the caller's


def test_one_pair_of_amounts_and_lists_are_read() -> None:
    one = mirror_gap(np.float64(5.0), np.float64(4.0))  # type: ignore[arg-type]  # numbers are read too
    assert (float(one.gap), float(one.ratio), float(one.ghost_share)) == (1.0, 1.25, 0.2)
    given = {"members": [[27, 26]], "expected": [[27, 27]], "months": [[12, 12]], "declared": [[True, False]]}
    flags = mirror_flags([[5.0, 6.0]], [[4.0, 5.0]], **given)  # type: ignore[arg-type]  # lists are read too
    assert marked(flags) == ["partial", "partial"]
