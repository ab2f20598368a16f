"""Where displaced goods go, route by route, and what each route carries while something is closed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from multivector.lenses.corridors.board import ENDS, End, Stage
from multivector.lenses.corridors.closing import DAYS_A_YEAR, Closed, Ends, facts_of
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.targets import shut
from multivector.models.flow.rerouting import Settled, spans

FloatArray = npt.NDArray[np.float64]


def reroute_table(closed: Sequence[Closed], ends: Ends, params: CorridorParams) -> pl.DataFrame:
    """One line a closure and route: goods that come to it, and what it carries meanwhile, at a yearly rate.

    `moved` is of one optimum; `low` and `high` hold for all optima and all ends. A tonne is counted on the longest
    route that it follows.
    """
    lines = [line for one in closed if one.displaced["stated"] > 0 for line in _lines(one, ends, params)]
    unit = params.unit.lower()
    schema = pl.Schema(
        {
            "pivot": pl.String(),
            "network": pl.String(),
            "kind": pl.String(),
            "target": pl.String(),
            "days": pl.Int64(),
            "route": pl.String(),
            f"moved_{unit}": pl.Float64(),
            "low": pl.Float64(),
            "high": pl.Float64(),
            f"carries_{unit}_y": pl.Float64(),
            "carries_low": pl.Float64(),
            "carries_high": pl.Float64(),
            "facts": pl.List(pl.String()),
        }
    )
    return pl.DataFrame(lines, schema=schema)


def gates_of(stage: Stage) -> npt.NDArray[np.int64]:
    """The last leg of each route, (R,): what comes to the route from elsewhere is counted there."""
    return np.array([stage.book.place_of(route.legs[-1]) for route in stage.routes], dtype=np.int64)


def come_anew(stage: Stage, moved: FloatArray, base: Settled, *, closed: Collection[int]) -> FloatArray:
    """What comes to each route, (R,), of what moves over each leg, (A,); nothing to a route with a leg that is closed.

    Goods that a short route leaves at its end went on over a longer one before anything closed: they did not come
    anew. What goes on over a longer route counts there and not on the short one.
    """
    gates = gates_of(stage)
    at_gates = np.where(is_shut(stage, closed), 0.0, np.maximum(moved[gates] - base.moved[gates], 0.0))
    legs = [set(route.legs) for route in stage.routes]
    longer = [[other for other in range(len(legs)) if legs[way] < legs[other]] for way in range(len(legs))]
    return np.array(
        [max(at_gates[way] - sum(at_gates[other] for other in longer[way]), 0.0) for way in range(len(legs))]
    )


def _lines(one: Closed, ends: Ends, params: CorridorParams) -> Iterator[dict[str, object]]:
    part, stage, unit = params.days / DAYS_A_YEAR, ends.stated, params.unit.lower()
    found = {end: _span(one, ends, end) for end in ENDS}
    moved = come_anew(stage, one.settled["stated"].moved, ends.base["stated"], closed=one.target.places)
    for way, route in enumerate(stage.routes):
        low = min(*(float(found[end][way, 0]) for end in ENDS), float(moved[way]))
        high = max(*(float(found[end][way, 1]) for end in ENDS), float(moved[way]))
        kept = {end: float(one.settled[end].kept[way]) for end in ENDS}
        yield {
            "pivot": params.pivot,
            "network": params.network,
            "kind": one.target.kind,
            "target": one.target.name,
            "days": params.days,
            "route": route.route,
            f"moved_{unit}": part * float(moved[way]),
            "low": part * low,
            "high": part * high,
            f"carries_{unit}_y": kept["stated"] + float(moved[way]),
            "carries_low": min(kept.values()) + low,
            "carries_high": max(kept.values()) + high,
            "facts": sorted({*route.rows, *facts_of(stage, one.target, one.settled.values())}),
        }


def _span(one: Closed, ends: Ends, end: End) -> FloatArray:
    """The least and the most that can come to each route, (R, 2); nothing comes to a closed one."""
    stage = ends.stages[end]
    gates = gates_of(stage)
    closed = is_shut(stage, one.target.places)
    found = spans(ends.laid[end], shut(stage, one.target.places), gates)
    before = ends.base[end].moved[gates][:, None]
    most = np.minimum(np.maximum(found - before, 0.0), one.displaced[end])  # no more comes than is displaced
    return np.where(closed[:, None], 0.0, most)


def is_shut(stage: Stage, closed: Collection[int]) -> npt.NDArray[np.bool_]:
    """Which routes, (R,), have a leg among the closed ones."""
    names = {stage.legs[at].leg for at in closed}
    return np.array([bool(names & set(route.legs)) for route in stage.routes])
