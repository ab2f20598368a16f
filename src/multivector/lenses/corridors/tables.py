"""The network as it stands: its legs and its routes, with what is known of each, and what binds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from multivector.lenses.corridors.board import Stage
from multivector.lenses.corridors.book import BookedLeg
from multivector.lenses.corridors.carried import RouteFlow, through
from multivector.lenses.corridors.closing import Ends
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.value import Price

_CLOSE = 1e-9
_LISTS = {name: pl.List(pl.String) for name in ("legs", "territory", "controller", "tariff_unknown_on", "facts")}


def leg_table(ends: Ends, params: CorridorParams) -> pl.DataFrame:
    """One line a leg. A null capacity is unknown: `low` is then what it was seen to carry, `high` all that leaves."""
    unit = params.unit.lower()
    stage = ends.stated
    lines = []
    for at, leg in enumerate(stage.legs):
        own = through(stage.routes, leg.leg)
        known = leg.capacity
        lines.append(
            {
                "pivot": params.pivot,
                "network": params.network,
                "leg": leg.leg,
                "origin": leg.origin,
                "destination": leg.destination,
                "mode": leg.mode,
                "territory": sorted(leg.territory),
                "controller": sorted(leg.controller),
                "operator": leg.operator or None,
                f"capacity_{unit}_y": None if known is None else known.value,
                "low": _seen(leg, own) if known is None else known.low,
                "high": float(stage.board.capacity[at]) if known is None else known.high,
                "capacity_status": "unknown" if known is None else ("assumed" if not known.rows else known.status),
                f"quota_{unit}_y": None if leg.quota is None else leg.quota.value,
                f"others_{unit}_y": None if leg.carried is None else float(stage.board.others[at]),
                f"own_{unit}_y": own,
                f"room_{unit}_y": None if known is None else max(float(stage.board.capacity[at]) - own, 0.0),
                "shared_limit": leg.limit,
                "tariff_usd_t": leg.tariff,
                "facts": _leg_rows(leg, stage.routes),
            }
        )
    schema = {name: dtype for name, dtype in _LISTS.items() if name in lines[0]}
    return pl.DataFrame(lines, schema_overrides=schema, infer_schema_length=None)


def _seen(leg: BookedLeg, own: float) -> float | None:
    """What a leg of unknown capacity is known to carry; null where nothing is."""
    most = max(leg.most_carried if leg.most_carried is not None else 0.0, own)
    return most if most > 0 else None


def _leg_rows(leg: BookedLeg, routes: Sequence[RouteFlow]) -> list[str]:
    rows = {leg.row, *(row for one in routes if leg.leg in one.legs for row in one.rows)}
    for reach in (leg.capacity, leg.quota, leg.carried):
        rows |= set(reach.rows) if reach is not None else set()
    return sorted(rows | ({leg.tariff_row} if leg.tariff_row else set()))


def route_table(ends: Ends, price: Price, params: CorridorParams, *, is_whole: bool) -> pl.DataFrame:
    """One line a route: what it carries, its share, what more it could take and what holds it, netback where known.

    `is_whole`: rows of the year speak of every route that any year speaks of; else no share of them all is known.
    Netback is the price less every tariff of the legs; null while one of them is unknown (named beside).
    """
    stage = ends.stated
    total = sum(one.amount for one in stage.routes) if is_whole else 0.0
    lines = list(_route_lines(stage, total, price, params))
    overrides = {**{name: kind for name, kind in _LISTS.items() if name in lines[0]}, "share": pl.Float64()}
    return pl.DataFrame(lines, schema_overrides=overrides).sort(f"amount_{params.unit.lower()}_y", descending=True)


def _route_lines(stage: Stage, total: float, price: Price, params: CorridorParams) -> Iterator[dict[str, Any]]:
    unit = params.unit.lower()
    by_key = {leg.leg: leg for leg in stage.legs}
    for one in stage.routes:
        legs = [by_key[leg] for leg in one.legs]
        room, holder = _room(stage, one)
        unknown = [leg.leg for leg in legs if leg.tariff is None]
        tariff = sum(leg.tariff for leg in legs if leg.tariff is not None)
        yield {
            "pivot": params.pivot,
            "network": params.network,
            "route": one.route,
            "legs": list(one.legs),
            f"amount_{unit}_y": one.amount,
            "low": one.low,
            "high": one.high,
            "share": one.amount / total if total > 0 else None,
            "part_of_year": one.part,
            f"room_{unit}_y": room,
            "held_by": holder,
            "territory": sorted({state for leg in legs for state in leg.territory}),
            "controller": sorted({state for leg in legs for state in leg.controller}),
            "tariff_known_usd_t": tariff if len(unknown) < len(legs) else None,
            "tariff_unknown_on": unknown,
            "netback_usd_t": None if unknown or price.usd_t is None else price.usd_t - tariff,
            "facts": sorted({*one.rows, *price.rows, *(leg.row for leg in legs)}),
        }


def _room(stage: Stage, one: RouteFlow) -> tuple[float | None, str | None]:
    """What more the legs of a route can take, and which of them holds it; null where no leg has a known limit."""
    board = stage.board
    own = np.array([through(stage.routes, leg.leg) for leg in stage.legs])
    left: dict[str, float] = {}
    for key in one.legs:
        at = stage.book.place_of(key)
        if stage.legs[at].capacity is not None:
            left[key] = max(float(board.capacity[at] - own[at]), 0.0)
    side = board.side
    for at, limit in enumerate(stage.limits):
        places = side.arc[side.row == at]
        if any(stage.legs[place].leg in one.legs for place in places) and np.isfinite(side.limit[at]):
            free = max(float(side.limit[at] - own[places].sum()), 0.0)
            left[limit] = min(free, left.get(limit, free))
    if not left:
        return None, None
    least = min(left.values())
    return least, next(key for key, room in left.items() if room <= least + _CLOSE)
