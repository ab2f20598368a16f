"""The worst that each controller can do by stopping a few of its legs: every combination is tried."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Any, Final

import numpy as np
import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.corridors.closing import DAYS_A_YEAR, Ends, facts_of
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.targets import Target, controllers, displaced, shut
from multivector.lenses.corridors.value import Price
from multivector.models.flow.rerouting import sweep

_MOST_SETS: Final = 5_000  # sets of legs that are all tried, for one controller


def strike_table(ends: Ends, price: Price, params: CorridorParams) -> pl.DataFrame:
    """One line a controller: the legs whose closure loses most, at fixed routing and after rerouting.

    `rerouting_worth`: part of the loss at fixed routing that the alternatives take away. Exact: all sets of at most
    `strikes` of the controller's legs were solved.

    Raises:
        NoAnswer: there are more sets than can all be tried.
    """
    lines = [_worst(ends, one, price, params) for one in controllers(ends.stated.legs) if one.name != params.pivot]
    unit = params.unit.lower()
    overrides = {"legs": pl.List(pl.String()), "facts": pl.List(pl.String()), "lost_usd": pl.Float64()}
    table = pl.DataFrame(lines, schema_overrides=overrides, infer_schema_length=None)
    return table.sort(f"lost_{unit}", "controller", descending=[True, False]) if lines else table


def _worst(ends: Ends, holder: Target, price: Price, params: CorridorParams) -> dict[str, Any]:
    size = min(params.strikes, len(holder.places))
    sets = comb(len(holder.places), size)
    if sets > _MOST_SETS:
        raise NoAnswer(
            f"{holder.name} holds {len(holder.places)} legs: {sets} sets of {size} are more than can all be tried; "
            "ask for fewer strikes"
        )
    stage, part, unit = ends.stated, params.days / DAYS_A_YEAR, params.unit.lower()
    tried = list(combinations(holder.places, size))  # more legs never lose less: smaller sets need no solve
    settled = sweep(ends.laid["stated"], np.array([shut(stage, places) for places in tried]))
    worst = max(range(len(tried)), key=lambda at: (round(settled[at].total_lost, 9), -at))
    lost = settled[worst].total_lost
    fixed = max(displaced(stage, tried[worst]), lost)
    every = sweep(ends.laid["stated"], np.array([shut(stage, holder.places)]))[0].total_lost
    return {
        "pivot": params.pivot,
        "network": params.network,
        "controller": holder.name,
        "strikes": size,
        "legs": [stage.legs[at].leg for at in tried[worst]],
        "days": params.days,
        f"fixed_{unit}": part * fixed,
        f"lost_{unit}": part * lost,
        "lost_usd": price.of(part * lost),
        "rerouting_worth": 1.0 - lost / fixed if fixed > 0 else None,
        f"lost_if_all_close_{unit}": part * every,
        "sets_tried": sets,
        "facts": facts_of(stage, Target("leg", holder.name, tried[worst])),
    }
