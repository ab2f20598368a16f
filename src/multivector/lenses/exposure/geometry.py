"""How evenly the state is balanced: entropy, lead, worst pole and offset, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from multivector import arrays
from multivector.lenses.exposure.estimates import Estimate
from multivector.lenses.exposure.lists import PartnerList
from multivector.lenses.exposure.measures import BY_KEY
from multivector.lenses.exposure.params import ExposureParams
from multivector.models.concentration import interval_hhi_bounds
from multivector.models.geometry import balance_bounds, lead, offset_draws, worst

_SHARES = ("share_exports", "share_imports", "share_stock", "share_route", "share_supply")


def concentration(lists: Sequence[PartnerList]) -> pl.DataFrame:
    """Herfindahl–Hirschman index of every list, with bounds; value only where the list is whole and undoubted."""
    lines = []
    for one in lists:
        if len(one.listed) < 2:  # noqa: PLR2004 - one partner alone says nothing of concentration
            continue
        low = np.array([item.low for item in one.listed])
        high = np.array([item.high for item in one.listed])
        whole = one.rule == "complete" and not one.doubted and not one.dark
        cap = None if one.doubted or one.dark or one.rule != "top" else one.cap
        bounds = interval_hhi_bounds(low, high, cap=cap)
        squares = sum(item.share**2 for item in one.listed)
        lines.append(
            {
                "channel": BY_KEY[one.measure].channel,
                "measure": one.measure,
                "source": one.source,
                "period_start": one.start,
                "period_end": one.end,
                "value": squares if whole else None,
                "low": min(bounds.low, squares),
                "high": bounds.high if not whole else max(bounds.high, squares),
                "listed": squares,
                "coverage": one.covered,
                "partners": len(one.listed),
                "facts": list(one.facts),
            }
        )
    return pl.DataFrame(lines, schema=_CONCENTRATION)


def geometry(found: Sequence[Estimate], params: ExposureParams) -> pl.DataFrame:
    """Balance and lead of each measure; worst pole and offset over the measures that are known.

    A measure enters the overall figures when at least one pole of it is known to hold something.
    """
    usable = [one for one in found if BY_KEY[one.measure].basis in _SHARES and one.pole in params.poles]
    known = sorted({one.measure for one in usable if one.low > 0 or one.kind == "measured"})
    if not known or len(params.poles) < 2:  # noqa: PLR2004 - a balance takes two
        return pl.DataFrame(schema=_GEOMETRY)
    kept = [one for one in usable if one.measure in known]
    low, high = (_matrix(kept, known, params.poles, bound) for bound in ("low", "high"))
    facts = {measure: sorted({row for one in kept if one.measure == measure for row in one.facts}) for measure in known}
    lines = [*_per_measure(known, low, high, params, facts), *_overall(known, low, high, params, facts)]
    return pl.DataFrame(lines, schema=_GEOMETRY)


def _matrix(found: Sequence[Estimate], measures: list[str], poles: tuple[str, ...], bound: str) -> arrays.FloatArray:
    table = pl.DataFrame(
        [{"measure": one.measure, "pole": one.pole, "share": one.low if bound == "low" else one.high} for one in found]
    )
    return arrays.matrix(table, rows=("measure", measures), columns=("pole", poles), value="share")


def _per_measure(
    known: list[str],
    low: arrays.FloatArray,
    high: arrays.FloatArray,
    params: ExposureParams,
    facts: dict[str, list[str]],
) -> list[dict[str, object]]:
    even = balance_bounds(low, high)
    leads = lead(low, high)
    lines: list[dict[str, object]] = []
    for place, measure in enumerate(known):
        first = int(leads.power[place])
        common = {"channel": BY_KEY[measure].channel, "measure": measure, "facts": facts[measure]}
        lines.append({**common, "what": "balance", "low": float(even.low[place]), "high": float(even.high[place])})
        lines.append(
            {
                **common,
                "what": "lead",
                "pole": params.poles[first],
                "certain": bool(leads.certain[place]),
                "low": float(low[place, first]),
                "high": float(high[place, first]),
            }
        )
    return lines


def _overall(
    known: list[str],
    low: arrays.FloatArray,
    high: arrays.FloatArray,
    params: ExposureParams,
    facts: dict[str, list[str]],
) -> list[dict[str, object]]:
    rows = sorted({row for measure in known for row in facts[measure]})
    common = {"channel": "all", "measure": "all", "facts": rows}
    heavy = worst(low.mean(axis=0), veto=params.veto)
    first = int(heavy.power)
    mean_low, mean_high = low.mean(axis=0), high.mean(axis=0)
    certain = bool(all(mean_low[first] > mean_high[other] for other in range(len(params.poles)) if other != first))
    lines: list[dict[str, object]] = [
        {**common, "what": "mean_share", "pole": pole, "low": float(mean_low[place]), "high": float(mean_high[place])}
        for place, pole in enumerate(params.poles)
    ]
    lines.append(
        {
            **common,
            "what": "worst_pole",
            "pole": params.poles[first],
            "certain": certain,
            "low": float(mean_low[first]),
            "high": float(mean_high[first]),
        }
    )
    if len(known) > 1:
        drawn = offset_draws(low, high, rng=np.random.default_rng(params.seed), draws=params.draws)
        lines.append({**common, "what": "offset", "low": drawn.low, "high": drawn.high, "draws": drawn.draws})
    return lines


_CONCENTRATION: dict[str, pl.DataType | type[pl.DataType]] = {
    "channel": pl.String,
    "measure": pl.String,
    "source": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "listed": pl.Float64,
    "coverage": pl.Float64,
    "partners": pl.Int64,
    "facts": pl.List(pl.String),
}
_GEOMETRY: dict[str, pl.DataType | type[pl.DataType]] = {
    "channel": pl.String,
    "measure": pl.String,
    "what": pl.String,
    "pole": pl.String,
    "low": pl.Float64,
    "high": pl.Float64,
    "certain": pl.Boolean,
    "draws": pl.Int64,
    "facts": pl.List(pl.String),
}
