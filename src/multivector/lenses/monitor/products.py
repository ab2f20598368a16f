"""Which watched goods came in beyond their norm and went on, and which of them chance alone would not show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from multivector.lenses.monitor.goods import BoolArray, FloatArray, Goods, Listed, Way
from multivector.lenses.monitor.params import MonitorParams
from multivector.models.mirror import (
    benjamini_hochberg,
    did,
    excess,
    mirror_gap,
    placebo_p_values,
    substitution_ratio,
    unit_value_premium,
)

NEW_IN_HS2022: Final = frozenset({"852589", "854149", "854151", "854159", "854800", "880730"})  # of the 2024 list
PARTNERS: Final = "control partners"
PLACEBOS: Final = "placebo goods"


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """What is computed for every product and year, listed or not; arrays (P, T), NaN where rows do not determine it."""

    norm: FloatArray
    excess: FloatArray
    relative: FloatArray
    out: FloatArray
    drop: FloatArray
    ratio: FloatArray
    ghost: FloatArray
    premium: FloatArray
    norm_from: str
    price_from: str


def product_table(goods: Goods | None, listed: Sequence[Listed], params: MonitorParams) -> pl.DataFrame:
    """One line a watched code and year since the sanctions; empty where the world holds no HS6 rows.

    A code that the file does not name is unknown, with the reason, never zero.
    """
    schema = _schema(params)
    if goods is None:
        return pl.DataFrame(schema=schema)
    base = _base(goods, params)
    found = _measures(goods, listed, base, params)
    years = [at for at, year in enumerate(goods.years) if year >= params.event.year]
    lines = [line for at in years for line in _year(goods, listed, found, at, params)]
    return pl.DataFrame(lines, schema=schema).sort(
        "year", "q_value", "code", descending=[True, False, False], nulls_last=True
    )


def _base(goods: Goods, params: MonitorParams) -> BoolArray:
    """The years that lie wholly in the base."""
    first, last = params.base_start, params.base_end
    start = first.year if (first.month, first.day) == (1, 1) else first.year + 1
    return np.array([start <= year < last.year for year in goods.years], dtype=bool)


def _measures(goods: Goods, listed: Sequence[Listed], base: BoolArray, params: MonitorParams) -> Measures:
    watched = np.isin(goods.codes, [one.code for one in listed])
    partners = np.isfinite(goods.value["control"]).any()
    control = goods.value["control"] if partners else _pooled(goods.value["in"], watched)
    norm, beyond = _excess(goods.value["in"], control, base)
    _, out = _excess(goods.value["out"], _pooled(goods.value["out"], watched), base)
    direct = goods.value["direct"]
    before = direct[:, base].mean(axis=1) if base.any() else np.full(len(direct), np.nan)
    drop = before[:, None] - direct
    prices: Way = "control" if np.isfinite(goods.tonnes["control"]).any() else "in"
    return Measures(
        norm=norm,
        excess=beyond,
        relative=np.divide(beyond, norm, out=np.full(norm.shape, np.nan), where=norm > 0),
        out=out,
        drop=drop,
        ratio=_substitution(beyond, out, drop),
        ghost=_ghost(goods, params),
        premium=_premium(goods, prices, watched, base),
        norm_from=PARTNERS if partners else PLACEBOS,
        price_from=PARTNERS if prices == "control" else PLACEBOS,
    )


def _pooled(values: FloatArray, watched: BoolArray) -> FloatArray:
    """The sum of the goods not watched that have a figure in every year, for each product alike."""
    steady = ~watched & np.isfinite(values).all(axis=1)
    total = values[steady].sum(axis=0) if steady.any() else np.full(values.shape[1], np.nan)
    return np.broadcast_to(total, values.shape)


def _excess(values: FloatArray, control: FloatArray, base: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Norm and excess of every product and year whose base is known and not zero."""
    norm, beyond = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    if not base.any():
        return norm, beyond
    known = np.isfinite(values) & np.isfinite(control)
    based = known[:, base].all(axis=1)
    based &= _moved(values, base) & _moved(control, base)
    for at in range(values.shape[1]):
        rows = based & known[:, at]
        periods = np.concatenate([np.flatnonzero(base), [at]])
        if rows.any():
            mark = np.arange(len(periods)) < len(periods) - 1
            one = excess(values[rows][:, periods], control[rows][:, periods], base=mark)
            norm[rows, at], beyond[rows, at] = one.norm[:, -1], one.excess[:, -1]
    return norm, beyond


def _moved(values: FloatArray, base: BoolArray) -> BoolArray:
    """Products of which something moved in the base; an unknown year says no."""
    return np.asarray(values[:, base].sum(axis=1) > 0, dtype=bool)


def _substitution(beyond: FloatArray, out: FloatArray, drop: FloatArray) -> FloatArray:
    ratio = np.full(beyond.shape, np.nan)
    known = np.isfinite(beyond) & np.isfinite(out) & np.isfinite(drop)
    if known.any():
        ratio[known] = substitution_ratio(beyond[known], out[known], drop[known])
    return ratio


def _ghost(goods: Goods, params: MonitorParams) -> FloatArray:
    """The part of what left that the pivot does not count, by product; unknown where it gives no count."""
    share: FloatArray = np.full(goods.value["in"].shape, np.nan)
    known = np.isfinite(goods.value["in"]) & np.isfinite(goods.value["mirror"])
    share[known] = mirror_gap(goods.value["in"][known], goods.value["mirror"][known], margin=params.margin).ghost_share
    return share


def _premium(goods: Goods, prices: Way, watched: BoolArray, base: BoolArray) -> FloatArray:
    premium: FloatArray = np.full(goods.value["in"].shape, np.nan)
    both = np.isfinite(goods.value[prices]) & np.isfinite(goods.tonnes[prices])
    value, tonnes = (np.where(both, one[prices], np.nan) for one in (goods.value, goods.tonnes))
    if prices == "in":
        value, tonnes = _pooled(value, watched), _pooled(tonnes, watched)
    arrays: list[FloatArray] = [goods.value["in"], goods.tonnes["in"], value, tonnes]
    known: BoolArray = np.asarray(np.isfinite(np.stack(arrays)).all(axis=0), dtype=bool)
    based = known[:, base].all(axis=1) if base.any() else np.zeros(len(known), dtype=bool)
    for at in range(len(goods.years)):
        rows = based & known[:, at]
        periods = np.concatenate([np.flatnonzero(base), [at]])
        if rows.any():
            kept = [one[rows][:, periods] for one in arrays]
            mark = np.arange(len(periods)) < len(periods) - 1
            found = unit_value_premium(kept[0], kept[1], control_value=kept[2], control_quantity=kept[3], base=mark)
            premium[rows, at] = found[:, -1]
    return premium


def _year(
    goods: Goods, listed: Sequence[Listed], found: Measures, at: int, params: MonitorParams
) -> Iterator[dict[str, Any]]:
    """The watched codes in one year, with p-values against the goods not watched."""
    place = {code: p for p, code in enumerate(goods.codes)}
    codes = {one.code for one in listed}
    others = [p for p, code in enumerate(goods.codes) if code not in codes and np.isfinite(found.relative[p, at])]
    tested = [one.code for one in listed if one.code in place and np.isfinite(found.relative[place[one.code], at])]
    p_values: dict[str, float] = {}
    q_values: dict[str, float] = {}
    if others and tested:
        ranks = placebo_p_values(found.relative[[place[code] for code in tested], at], found.relative[others, at])
        p_values = dict(zip(tested, ranks.tolist(), strict=True))
        q_values = dict(zip(tested, benjamini_hochberg(ranks, alpha=params.alpha).q_values.tolist(), strict=True))
    for one in listed:
        row = place.get(one.code)
        cells = {name: _cell(array, row, at) for name, array in _columns(goods, found, params).items()}
        q = q_values.get(one.code)
        yield {
            "code": one.code,
            "tier": one.tier,
            "description": one.description,
            "edition": goods.edition,
            "year": goods.years[at],
            **cells,
            "p_value": p_values.get(one.code),
            "q_value": q,
            "stands_out": None if q is None else q <= params.alpha,
            "placebo_goods": len(others),
            "norm_from": found.norm_from,
            "price_from": found.price_from,
            "why": _why(goods, one, row, cells, params),
            "facts": sorted({one.row, *(goods.facts[row] if row is not None else ())}),
        }


def _columns(goods: Goods, found: Measures, params: MonitorParams) -> dict[str, FloatArray]:
    return {
        f"in_{params.suffix}": goods.value["in"],
        f"norm_{params.suffix}": found.norm,
        f"excess_{params.suffix}": found.excess,
        "relative": found.relative,
        f"recorded_{params.suffix}": goods.value["mirror"],
        "ghost_share": found.ghost,
        f"out_{params.suffix}": goods.value["out"],
        f"excess_out_{params.suffix}": found.out,
        f"drop_{params.suffix}": found.drop,
        "substitution_ratio": found.ratio,
        "unit_value_premium": found.premium,
    }


def _cell(array: FloatArray, row: int | None, at: int) -> float | None:
    return float(array[row, at]) if row is not None and np.isfinite(array[row, at]) else None


def _why(
    goods: Goods, one: Listed, row: int | None, cells: dict[str, float | None], params: MonitorParams
) -> str | None:
    """Why the excess of a code is unknown."""
    if row is None and goods.edition < one.edition:
        is_new = one.code in NEW_IN_HS2022
        return (
            f"{one.code} {'is not' if is_new else 'may not be'} a code of {goods.edition}: the list is of {one.edition}"
        )
    if row is None:
        return "no row of this code: unknown, not zero"
    if cells[f"excess_{params.suffix}"] is None:
        return "no row of the year or of the base, for the goods or their control: growth from nothing is not defined"
    return None


def listed_effect(goods: Goods | None, listed: Sequence[Listed], params: MonitorParams) -> list[dict[str, Any]]:
    """Watched goods against all others, in what the exporter sold the pivot and the target: log of yearly exports."""
    if goods is None:
        return []
    watched = np.isin(goods.codes, [one.code for one in listed])
    lines = []
    for way, subject, role in (
        ("in", params.pivot, "pivot"),
        ("direct", params.target, "target"),
        ("control", "controls", "placebo"),
    ):
        values = goods.value[way]  # type: ignore[index] # the three literals above
        row, at = np.nonzero(np.isfinite(values) & (values > 0))
        post = np.array(goods.years)[at] >= params.event.year
        kinds = {(bool(w), bool(p)) for w, p in zip(watched[row], post, strict=True)}
        if len(kinds) < 4:  # noqa: PLR2004 - watched and not, before and after
            continue
        found = did(np.log(values[row, at]), unit=row, period=at, treated=watched[row], post=post)
        facts = {fact for place in set(row.tolist()) for fact in goods.facts[place]}
        lines.append(
            {
                "design": "watched goods against other goods, log of yearly exports",
                "subject": subject,
                "role": role,
                "controls": [],
                "log_effect": found.estimate,
                "relative": float(np.expm1(found.estimate)),
                "standard_error": found.standard_error,
                "clusters": found.clusters,
                "observations": found.observations,
                "facts": sorted(facts),
            }
        )
    return lines


def _schema(params: MonitorParams) -> dict[str, pl.DataType | type[pl.DataType]]:
    numbers = (
        *(f"{name}_{params.suffix}" for name in ("in", "norm", "excess")),
        "relative",
        f"recorded_{params.suffix}",
        "ghost_share",
        *(f"{name}_{params.suffix}" for name in ("out", "excess_out", "drop")),
        "substitution_ratio",
        "unit_value_premium",
    )
    return {
        "code": pl.String,
        "tier": pl.String,
        "description": pl.String,
        "edition": pl.String,
        "year": pl.Int32,
        **dict.fromkeys(numbers, pl.Float64),
        "p_value": pl.Float64,
        "q_value": pl.Float64,
        "stands_out": pl.Boolean,
        "placebo_goods": pl.Int64,
        "norm_from": pl.String,
        "price_from": pl.String,
        "why": pl.String,
        "facts": pl.List(pl.String),
    }
