"""How much of what an exporter counts the importer does not, and which of the two counts cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from multivector.errors import WrongRequest
from multivector.models.indices import refuse
from multivector.models.mirror.checking import amount_problems, read_only, same_shape_problems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

MONTHS: Final = 12
FALLS_BY: Final = 0.5  # part of its last good value by which a mirror must fall before it counts as broken


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """What left and did not arrive; arrays have the shape of the exports and are read-only.

    `gap` in the unit of the exports; `ratio` and `ghost_share` without unit. NaN where there is no mirror, and where a
    denominator is zero.
    """

    gap: FloatArray
    ratio: FloatArray
    ghost_share: FloatArray
    margin: float


@dataclass(frozen=True, slots=True, eq=False)
class Flags:
    """Why a cell cannot be used; boolean arrays of the shape of the exports, read-only. Several may hold."""

    no_mirror: BoolArray
    partial: BoolArray
    broken: BoolArray

    @property
    def ok(self) -> BoolArray:
        """Cells against which nothing stands."""
        return ~(self.no_mirror | self.partial | self.broken)


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over cells that can be used: `cells` of `of` went into it. `value` is None where none could."""

    value: float | None
    cells: int
    of: int


def mirror_gap(exports: FloatArray, imports: FloatArray, *, margin: float = 0.0) -> Gap:
    """Gap, ratio and ghost share of mirror statistics.

    gap = X - M/(1 + c), ratio = X (1 + c)/M, ghost share = max(gap, 0)/X, with X what the exporter counts (fob), M what
    the importer counts (cif) and c the cif/fob margin. Ghost trade, recorded at origin and not at destination, is that
    of Chupilkin, Javorcik and Plekhanov (2025), CEPR DP20097; the margin as in Gaulier and Zignago (2010), CEPII
    working paper 2010-23, doi:10.2139/ssrn.1994500.

    Parameters:
        exports: any shape, money, 0 or more.
        imports: same shape, same currency; NaN means that the importer gives no figure, 0 is a figure.
        margin: c, a fraction, 0 or more; 0.05 to 0.10 is common practice.

    Raises:
        WrongRequest: an export that is not finite, a negative amount, an infinite import, shapes that differ, a margin
            that is negative or not finite.
    """
    exports, imports = np.asarray(exports, dtype=np.float64), np.asarray(imports, dtype=np.float64)
    refuse(
        [
            *amount_problems("exports", exports),
            *amount_problems("imports", imports, unknown=True),
            *same_shape_problems("exports", exports, "imports", imports),
            *margin_problems(margin),
        ]
    )
    gap = exports - imports / (1.0 + margin)
    return Gap(
        gap=read_only(gap),
        ratio=read_only(_divided(exports * (1.0 + margin), imports)),
        ghost_share=read_only(_divided(np.where(np.isnan(gap), np.nan, np.maximum(gap, 0.0)), exports)),
        margin=margin,
    )


def mirror_flags(  # noqa: PLR0913 - what is known of a panel of two counts
    exports: FloatArray,
    imports: FloatArray,
    *,
    members: IntArray,
    expected: IntArray,
    months: IntArray,
    declared: BoolArray | None = None,
) -> Flags:
    """Which cells of a panel of importers and years cannot be used.

    `no_mirror`: the importer gives no figure. `partial`: fewer members of the exporting body than expected, a count
    that stops within the year, or a file that says so itself. `broken`: imports are less than half of those of the
    last good year, and exports are not less than theirs. The last good year is the latest earlier one with a figure
    that is neither partial nor broken; a first year cannot be found broken.

    Parameters:
        exports: (I, T), importers by consecutive years.
        imports: (I, T), NaN where the importer gives no figure.
        members: (I, T), members of the exporting body that the importer's file names.
        expected: (I, T), members that it would name were it whole.
        months: (I, T), months of the year that the shorter of the two counts covers.
        declared: (I, T), whether the file says of itself that it is incomplete; None: it never does.

    Raises:
        WrongRequest: not two axes, shapes that differ, an export that is not finite, a negative amount.
    """
    exports, imports = np.asarray(exports, dtype=np.float64), np.asarray(imports, dtype=np.float64)
    members, expected, months = np.asarray(members), np.asarray(expected), np.asarray(months)
    panel: dict[str, object] = {"imports": imports, "members": members, "expected": expected, "months": months}
    panel |= {} if declared is None else {"declared": declared}
    refuse(
        [
            *amount_problems("exports", exports),
            *amount_problems("imports", imports, unknown=True),
            *(problem for name, one in panel.items() for problem in same_shape_problems("exports", exports, name, one)),
            *([] if np.ndim(exports) == len("IT") else ["exports: give importers by years, two axes"]),
        ]
    )
    no_mirror = np.isnan(imports)
    short = (members < expected) | (months < MONTHS)
    partial = ~no_mirror & (short if declared is None else short | np.asarray(declared)) | (
        no_mirror & (months < MONTHS)
    )
    broken = np.zeros(exports.shape, dtype=bool)
    for importer in range(exports.shape[0]):
        last: int | None = None
        for year in range(exports.shape[1]):
            if no_mirror[importer, year]:
                continue
            if last is not None and months[importer, year] == MONTHS:
                fell = imports[importer, year] < (1.0 - FALLS_BY) * imports[importer, last]
                broken[importer, year] = fell and exports[importer, year] >= exports[importer, last]
            if not (partial[importer, year] or broken[importer, year]):
                last = year
    return Flags(no_mirror=read_only(no_mirror), partial=read_only(partial), broken=read_only(broken))


def usable_total(values: FloatArray, flags: Flags) -> Total:
    """The sum of the cells that can be used. A flagged cell never enters it.

    Raises:
        WrongRequest: shapes that differ; a cell that is flagged ok and is not finite.
    """
    refuse(same_shape_problems("values", values, "flags", flags.ok))
    kept = np.asarray(values, dtype=np.float64)[flags.ok]
    if not np.isfinite(kept).all():
        raise WrongRequest("a cell flagged ok is not finite: flag it, or leave it out")
    return Total(float(kept.sum()) if kept.size else None, int(kept.size), int(np.size(values)))


def margin_problems(margin: float) -> list[str]:
    """What keeps a number from being a cif/fob margin."""
    good = np.isfinite(margin) and margin >= 0
    return [] if good else [f"margin is {margin}: a cif/fob margin is a fraction, 0 or more"]


def _divided(above: FloatArray, below: FloatArray) -> FloatArray:
    """Quotients; NaN where the denominator is zero or unknown."""
    usable = np.isfinite(below) & (below != 0)
    out: FloatArray = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=usable)
    return out
