"""How evenly the state is balanced: entropy, lead, worst pole and offset, each with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from multivector import arrays
from multivector.lenses.exposure.estimates import Estimate
from multivector.lenses.exposure.measures import BY_KEY
from multivector.lenses.exposure.params import ExposureParams
from multivector.models.geometry import balance, balance_bounds, lead, offset_draws, worst

_SHARES = ("share_exports", "share_imports", "share_stock", "share_route", "share_supply")
_MOST_POLES = 6  # the least entropy of a box is sought at its 2^P corners

Line = dict[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Measures by poles: the least and the most that each pole holds. Shapes (measures, poles), fractions."""

    measures: tuple[str, ...]
    poles: tuple[str, ...]
    low: arrays.FloatArray
    high: arrays.FloatArray
    points: dict[str, tuple[float, ...]]
    facts: dict[str, tuple[str, ...]]

    @property
    def all_facts(self) -> list[str]:
        """Every row behind the box."""
        return sorted({row for rows in self.facts.values() for row in rows})


def geometry(found: Sequence[Estimate], params: ExposureParams) -> pl.DataFrame:
    """Balance and lead of each measure; mean share, worst pole, residual and offset over the measures that are known.

    A measure enters when at least one pole is known to hold something of it.
    """
    box = _box(found, params)
    if not box.measures or len(box.poles) < 2:  # noqa: PLR2004 - a balance takes two
        return pl.DataFrame(schema=_SCHEMA)
    lines = [*_balances(box), *_leads(box), *_means(box, params), *_offset(box, params)]
    return pl.DataFrame(lines, schema=_SCHEMA)


def _box(found: Sequence[Estimate], params: ExposureParams) -> Box:
    usable = [one for one in found if BY_KEY[one.measure].basis in _SHARES and one.pole in params.poles]
    known = tuple(sorted({one.measure for one in usable if one.low > 0}))
    kept = {name: [one for one in usable if one.measure == name] for name in known}
    values = {name: tuple(one.value for one in group) for name, group in kept.items()}
    points = {name: tuple(v for v in group if v is not None) for name, group in values.items() if None not in group}
    return Box(
        measures=known,
        poles=params.poles,
        low=_matrix(kept, params.poles, "low"),
        high=_matrix(kept, params.poles, "high"),
        points=points,
        facts={name: tuple(sorted({row for one in group for row in one.facts})) for name, group in kept.items()},
    )


def _matrix(kept: dict[str, list[Estimate]], poles: tuple[str, ...], bound: str) -> arrays.FloatArray:
    lines = [(one.measure, one.pole, one.low, one.high) for group in kept.values() for one in group]
    table = pl.DataFrame(lines, schema=["measure", "pole", "low", "high"], orient="row")
    return arrays.matrix(table, rows=("measure", tuple(kept)), columns=("pole", poles), value=bound)


def _common(box: Box, measure: str) -> Line:
    return {"channel": BY_KEY[measure].channel, "measure": measure, "facts": list(box.facts[measure])}


def _balances(box: Box) -> Iterator[Line]:
    """Entropy of the shares; none where there are more poles than the bounds can be sought for."""
    if len(box.poles) > _MOST_POLES:
        return
    even = balance_bounds(box.low, box.high)
    for place, measure in enumerate(box.measures):
        low, high = float(even.low[place]), float(even.high[place])
        point = box.points.get(measure)
        value = None if point is None else float(balance(np.array([point]))[0])
        inside = None if value is None else min(max(value, low), high)
        yield {**_common(box, measure), "what": "balance", "value": inside, "low": low, "high": high}


def _leads(box: Box) -> Iterator[Line]:
    leads = lead(box.low, box.high)
    for place, measure in enumerate(box.measures):
        first = int(leads.power[place])
        yield {
            **_common(box, measure),
            "what": "lead",
            "pole": box.poles[first],
            "low": float(box.low[place, first]),
            "high": float(box.high[place, first]),
            "margin": float(leads.margin[place]),
            "certain": bool(leads.certain[place]),
        }


def _means(box: Box, params: ExposureParams) -> Iterator[Line]:
    """Mean share of each pole, equal weight to each known channel, and what is left if the worst pole leaves."""
    low, high = _by_channel(box, box.low), _by_channel(box, box.high)
    heavy = worst(low, veto=params.veto)
    first = int(heavy.power)
    common: Line = {"channel": "all", "measure": "all", "facts": box.all_facts}
    for place, pole in enumerate(box.poles):
        ends = {"low": float(low[place]), "high": float(high[place])}
        # certain: that the pole can hurt at all, by the analyst's threshold
        yield {**common, "what": "mean_share", "pole": pole, **ends, "certain": bool(heavy.veto[place])}
    rivals = [float(high[other]) for other in range(len(box.poles)) if other != first]
    certain = all(float(low[first]) > rival for rival in rivals)
    ends = {"low": float(low[first]), "high": float(high[first])}
    yield {**common, "what": "worst_pole", "pole": box.poles[first], **ends, "certain": certain}
    left = {"low": 1.0 - float(high[first]), "high": 1.0 - float(low[first])}
    yield {**common, "what": "residual", "pole": box.poles[first], **left}


def _by_channel(box: Box, shares: arrays.FloatArray) -> arrays.FloatArray:
    """Mean over channels of the mean over each channel's measures, shape (poles,)."""
    channels: dict[str, list[int]] = {}
    for place, measure in enumerate(box.measures):
        channels.setdefault(BY_KEY[measure].channel, []).append(place)
    means: arrays.FloatArray = np.stack([shares[places].mean(axis=0) for places in channels.values()]).mean(axis=0)
    return means


def _offset(box: Box, params: ExposureParams) -> Iterator[Line]:
    """How far different poles lead in different measures; 90 % of draws inside the boxes, with the seed given."""
    if len(box.measures) > 1:
        drawn = offset_draws(box.low, box.high, rng=np.random.default_rng(params.seed), draws=params.draws)
        common: Line = {"channel": "all", "measure": "all", "facts": box.all_facts}
        yield {**common, "what": "offset", "low": drawn.low, "high": drawn.high, "draws": drawn.draws}


_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "channel": pl.String,
    "measure": pl.String,
    "what": pl.String,
    "pole": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "margin": pl.Float64,
    "certain": pl.Boolean,
    "draws": pl.Int64,
    "facts": pl.List(pl.String),
}
