"""What one more unit of capacity of a leg or of a shared limit would let out, and how far the answers are proven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from multivector.lenses.corridors.board import ENDS, Stage
from multivector.lenses.corridors.closing import Closed, Ends
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.state import State
from multivector.lenses.corridors.value import Price
from multivector.models.flow.program import TOLERANCE


def shadow_table(closed: Sequence[Closed], ends: Ends, price: Price, params: CorridorParams) -> pl.DataFrame:
    """One line a closure and a leg or limit that holds goods back: the dual price of its capacity, at the stated end.

    `delivered_per_unit`: what one unit of capacity more would deliver, of the same unit, while the closure lasts;
    `usd_per_t` is its worth. Legs without a line have a price of nothing. With nothing closed, as long as everything
    is delivered, every price is nothing.
    """
    schema = pl.Schema(
        {
            "pivot": pl.String(),
            "network": pl.String(),
            "kind": pl.String(),
            "target": pl.String(),
            "held_by": pl.String(),
            "delivered_per_unit": pl.Float64(),
            "usd_per_t": pl.Float64(),
        }
    )
    lines = [line for one in closed for line in _lines(one, ends.stated, price, params)]
    return pl.DataFrame(lines, schema=schema)


def _lines(one: Closed, stage: Stage, price: Price, params: CorridorParams) -> Iterator[dict[str, Any]]:
    settled = one.settled["stated"]
    named = [
        *((leg.leg, float(settled.leg_price[at])) for at, leg in enumerate(stage.legs) if at not in one.target.places),
        *((key, float(settled.side_price[at])) for at, key in enumerate(stage.limits)),
    ]
    for name, let_out in named:
        if let_out > 0:
            yield {
                "pivot": params.pivot,
                "network": params.network,
                "kind": one.target.kind,
                "target": one.target.name,
                "held_by": name,
                "delivered_per_unit": let_out,
                "usd_per_t": None if price.usd_t is None else let_out * price.usd_t,
            }


def certificate_table(closed: Sequence[Closed], ends: Ends, state: State, params: CorridorParams) -> pl.DataFrame:
    """One line: how many programmes stand behind the closures and the year, and the worst residual and gap of them."""
    every = [
        *(one.settled[end] for one in closed for end in ENDS),
        *(ends.base[end] for end in ENDS),
        *(part.at[end].settled for part in state.parts for end in ENDS),
    ]
    return pl.DataFrame(
        {
            "pivot": [params.pivot],
            "network": [params.network],
            "programmes": [len(every)],
            "largest_residual": [max(one.residual for one in every)],
            "largest_gap": [max(one.gap for one in every)],
            "refused_above": [TOLERANCE],
        }
    )
