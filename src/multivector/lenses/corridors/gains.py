"""Who gains from a closure: whose routes the displaced goods take, in amounts, and in tariffs where these are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from multivector.lenses.corridors.board import Stage
from multivector.lenses.corridors.closing import DAYS_A_YEAR, Closed, Ends
from multivector.lenses.corridors.params import CorridorParams

_DUST = 1e-9  # less than a tonne in a thousand million


def gain_table(closed: Sequence[Closed], ends: Ends, params: CorridorParams) -> pl.DataFrame:
    """One line a closure and winner: goods that enter a state's legs anew, and the tariffs on them that are known.

    A leg counts with what moves over it beyond what moved before anything closed. `tariff_usd` null: no leg of the
    winner's that takes more has a known tariff.
    """
    lines = [line for one in closed for line in _gains(one, ends, params)]
    unit = params.unit.lower()
    schema = pl.Schema(
        {
            "pivot": pl.String(),
            "network": pl.String(),
            "kind": pl.String(),
            "target": pl.String(),
            "days": pl.Int64(),
            "winner": pl.String(),
            "role": pl.String(),
            f"moved_{unit}": pl.Float64(),
            "tariff_usd": pl.Float64(),
            "legs": pl.List(pl.String()),
        }
    )
    order = ["kind", "target", f"moved_{unit}", "winner"]
    return pl.DataFrame(lines, schema=schema).sort(order, descending=[False, False, True, False])


def _gains(one: Closed, ends: Ends, params: CorridorParams) -> Iterator[dict[str, Any]]:
    stage, part = ends.stated, params.days / DAYS_A_YEAR
    more = one.settled["stated"].moved - ends.base["stated"].moved
    on_routes = {leg for route in stage.routes for leg in route.legs}
    # only legs of named routes: which tanker or which port takes the rest is anybody's guess
    taken = {
        at: float(more[at]) * part
        for at, leg in enumerate(stage.legs)
        if leg.leg in on_routes and more[at] > _DUST and at not in one.target.places
    }
    for role in ("controller", "operator"):
        names = {name for at in taken for name in _named(stage, at, role)}
        for name in sorted(names):
            places = [at for at in taken if name in _named(stage, at, role)]
            inside = {stage.legs[at].destination for at in places}
            entering = [at for at in places if stage.legs[at].origin not in inside]
            tariffs = [stage.legs[at].tariff for at in places]
            paid = [taken[at] * 1e6 * tariff for at, tariff in zip(places, tariffs, strict=True) if tariff is not None]
            yield {
                "pivot": params.pivot,
                "network": params.network,
                "kind": one.target.kind,
                "target": one.target.name,
                "days": params.days,
                "winner": name,
                "role": role,
                f"moved_{params.unit.lower()}": sum(taken[at] for at in entering),
                "tariff_usd": sum(paid) if paid and params.count == "tonnes" else None,
                "legs": [stage.legs[at].leg for at in places],
            }


def _named(stage: Stage, at: int, role: str) -> frozenset[str]:
    leg = stage.legs[at]
    if role == "controller":
        return leg.controller
    return frozenset(name.strip() for name in leg.operator.split(";")) - {""}
