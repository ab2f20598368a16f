"""The price of multi-vectorism: what stays behind when no state may carry more than a share of what leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from multivector.lenses.corridors.board import Stage
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.targets import Target, controllers
from multivector.lenses.corridors.value import Price
from multivector.models.flow.network import Side, flow_program
from multivector.models.flow.program import Optimum, solve

_SHARES: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
_CLOSE: Final = 1e-9  # fraction of what is shipped; less than that left behind is nothing
_PRICE: Final = 1e-6
_HALVINGS: Final = 30  # of the interval in which the least harmless share lies: to 1e-9


def spread_table(stage: Stage, price: Price, params: CorridorParams) -> pl.DataFrame:
    """For each largest share: what can be delivered a year, what stays behind, and whom the cap binds.

    Everything is routed anew (base optimal). Tonnes that pass several legs of one state in a row count once, those that
    leave its legs and come back count again. The state under study is not capped: all its goods start there. One line
    is the least share at which nothing stays behind. `slope`: what a percentage point less costs, from the line above.
    """
    unit = params.unit.lower()
    holders = [one for one in controllers(stage.legs) if one.name != params.pivot]
    total = float(stage.board.supply.sum())
    lines: list[dict[str, Any]] = []
    free = _least_free(stage, holders, total)
    for share in sorted({*_SHARES, free}, reverse=True):
        found = _delivered(stage, holders, share * total)
        lost = float(found.objective) if found.objective > 2 * _CLOSE * total else 0.0
        delivered = total - lost
        before = lines[-1] if lines else None
        lines.append(
            {
                "pivot": params.pivot,
                "network": params.network,
                "largest_share": share,
                "is_least_free": share == free and lost == 0,
                f"delivered_{unit}_y": delivered,
                f"lost_{unit}_y": lost,
                "lost_usd_y": price.of(lost),
                "binds": _binding(stage, holders, found),
                f"slope_{unit}_per_point": None
                if before is None
                else (before[f"delivered_{unit}_y"] - delivered) / ((before["largest_share"] - share) * 100),
            }
        )
    return pl.DataFrame(lines, schema_overrides={"binds": pl.List(pl.String()), "lost_usd_y": pl.Float64()})


def _least_free(stage: Stage, holders: Sequence[Target], total: float) -> float:
    """The least share of one holder at which everything is still delivered; 1 where even that is not."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _delivered(stage, holders, middle * total).objective <= _CLOSE * total:
            high = middle
        else:
            low = middle
    return high


def entering(stage: Stage, holder: Target) -> list[int]:
    """The legs by which goods come under a state's control: a tonne counts once."""
    inside = {stage.legs[at].destination for at in holder.places}
    return [at for at in holder.places if stage.legs[at].origin not in inside]


def _delivered(stage: Stage, holders: Sequence[Target], most: float) -> Optimum:
    """The most that can be delivered, as the least that stays behind, when each holder carries at most `most`."""
    board = stage.board
    capped = [(row, at) for row, holder in enumerate(holders) for at in entering(stage, holder)]
    shared = board.side.limit.size
    side = Side(
        row=np.concatenate([board.side.row, shared + np.array([row for row, _ in capped], dtype=np.int64)]),
        arc=np.concatenate([board.side.arc, np.array([at for _, at in capped], dtype=np.int64)]),
        coef=np.concatenate([board.side.coef, np.ones(len(capped))]),
        limit=np.concatenate([board.side.limit, np.full(len(holders), most)]),
    )
    built = flow_program(
        board.network,
        capacity=board.capacity,
        cost=np.zeros(len(stage.legs)),
        supply=board.supply - np.where(board.market, board.supply.sum(), 0.0),
        side=side,
        shortage_cost=0.0,
        surplus_cost=1.0,
    )
    return solve(built.program)


def _binding(stage: Stage, holders: Sequence[Target], found: Optimum) -> list[str]:
    prices = found.row_price[len(stage.nodes) + stage.board.side.limit.size :]
    return [holder.name for holder, price in zip(holders, prices, strict=True) if price < -_PRICE]
