"""The worst that each controller can do by stopping a few of its legs: every combination is tried."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Any, Final

import numpy as np
import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.corridors.board import ENDS
from multivector.lenses.corridors.closing import DAYS_A_YEAR, Ends, close_each, facts_of
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.targets import Target, controllers, displaced, shut
from multivector.lenses.corridors.value import Price
from multivector.models.flow.rerouting import sweep

_MOST_SETS: Final = 5_000  # sets of legs that are all tried, for one controller


def strike_table(ends: Ends, price: Price, params: CorridorParams) -> pl.DataFrame:
    """One line a controller: the legs whose closure loses most, at fixed routing and after rerouting.

    `low` and `high`: what the closure of these legs loses at the ends of what is known.
    `rerouting_worth`: part of the loss at fixed routing that the alternatives take away. Exact: all sets of at most
    `strikes` of the controller's legs were solved.

    Raises:
        NoAnswer: there are more sets than can all be tried.
    """
    lines = [_worst(ends, one, price, params) for one in controllers(ends.stated.legs) if one.name != params.pivot]
    unit = params.unit.lower()
    table = pl.DataFrame(lines, schema=_schema(unit))
    return table.sort(f"lost_{unit}", "controller", descending=[True, False])


def _schema(unit: str) -> pl.Schema:
    """The columns of the table, which may have no line: a network that nobody but the state controls."""
    return pl.Schema(
        {
            "pivot": pl.String(),
            "network": pl.String(),
            "controller": pl.String(),
            "strikes": pl.Int64(),
            "legs": pl.List(pl.String()),
            "days": pl.Int64(),
            f"fixed_{unit}": pl.Float64(),
            f"lost_{unit}": pl.Float64(),
            "low": pl.Float64(),
            "high": pl.Float64(),
            "lost_usd": pl.Float64(),
            "rerouting_worth": pl.Float64(),
            f"lost_if_all_close_{unit}": pl.Float64(),
            "sets_tried": pl.Int64(),
            "facts": pl.List(pl.String()),
        }
    )


def _worst(ends: Ends, holder: Target, price: Price, params: CorridorParams) -> dict[str, Any]:
    size = min(params.strikes, len(holder.places))
    sets = sum(comb(len(holder.places), count) for count in range(1, size + 1))
    if sets > _MOST_SETS:
        raise NoAnswer(
            f"{holder.name} holds {len(holder.places)} legs: {sets} sets of at most {size} are more than can all be "
            "tried; ask for fewer strikes"
        )
    stage, part, unit = ends.stated, params.days / DAYS_A_YEAR, params.unit.lower()
    # smaller sets too: a closure can lose less when it takes a hit route's claim to legs that others then use
    tried = [places for count in range(1, size + 1) for places in combinations(holder.places, count)]
    settled = sweep(ends.laid["stated"], np.array([shut(stage, places) for places in tried]))
    worst = max(range(len(tried)), key=lambda at: (round(settled[at].total_lost, 9), -at))
    lost = settled[worst].total_lost
    fixed = max(displaced(stage, tried[worst]), lost)
    every = sweep(ends.laid["stated"], np.array([shut(stage, holder.places)]))[0].total_lost
    struck = close_each(ends, [Target("leg", holder.name, tried[worst])])[0]
    reach = [part * struck.lost(end) for end in ENDS]
    return {
        "pivot": params.pivot,
        "network": params.network,
        "controller": holder.name,
        "strikes": size,
        "legs": [stage.legs[at].leg for at in tried[worst]],
        "days": params.days,
        f"fixed_{unit}": part * fixed,
        f"lost_{unit}": part * lost,
        "low": min(*reach, part * lost),
        "high": max(*reach, part * lost),
        "lost_usd": price.of(part * lost),
        "rerouting_worth": 1.0 - lost / fixed if fixed > 0 else None,
        f"lost_if_all_close_{unit}": part * every,
        "sets_tried": sets,
        "facts": facts_of(stage, struck.target, struck.settled.values()),
    }
