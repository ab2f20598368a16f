"""The price of multi-vectorism: what stays behind when no state may carry more than a share of what leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from multivector.lenses.corridors.board import ENDS, Stage
from multivector.lenses.corridors.closing import Ends
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.targets import Target, controllers
from multivector.lenses.corridors.value import Price
from multivector.models.flow.network import Side, flow_program
from multivector.models.flow.program import Optimum, solve

_SHARES: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
_CLOSE: Final = 1e-9  # fraction of what is shipped; less than that left behind is nothing
_PRICE: Final = 1e-6
_HALVINGS: Final = 30  # of the interval in which the least harmless share lies: to 1e-9


def spread_table(ends: Ends, price: Price, params: CorridorParams) -> pl.DataFrame:
    """For each largest share: what can be delivered a year, what stays behind, and whom the cap binds.

    Everything is routed anew (base optimal). Tonnes that pass several legs of one state in a row count once, those that
    leave its legs and come back count again. The state under study is not capped: all its goods start there. One line
    is the least share at which nothing stays behind. `low` and `high` are of what stays behind, `share_low` and
    `share_high` of the least share, at the ends of what is known. `slope`: what a percentage point less costs, from the
    line above.
    """
    unit = params.unit.lower()
    holders = [one for one in controllers(ends.stated.legs) if one.name != params.pivot]
    total = float(ends.stated.board.supply.sum())
    free = {end: _least_free(ends.stages[end], holders) for end in ENDS}
    lines: list[dict[str, Any]] = []
    for share in sorted({*_SHARES, free["stated"]}, reverse=True):
        found = {end: _capped(ends.stages[end], holders, share) for end in ENDS}
        lost = {end: one.lost for end, one in found.items()}
        delivered = total - lost["stated"]
        before = lines[-1] if lines else None
        is_free = share == free["stated"] and lost["stated"] == 0
        lines.append(
            {
                "pivot": params.pivot,
                "network": params.network,
                "largest_share": share,
                "is_least_free": is_free,
                "share_low": min(free.values()) if is_free else None,
                "share_high": max(free.values()) if is_free else None,
                f"delivered_{unit}_y": delivered,
                f"lost_{unit}_y": lost["stated"],
                "low": min(lost.values()),
                "high": max(lost.values()),
                "lost_usd_y": price.of(lost["stated"]),
                "binds": found["stated"].binds,
                f"slope_{unit}_per_point": None
                if before is None
                else (before[f"delivered_{unit}_y"] - delivered) / ((before["largest_share"] - share) * 100),
            }
        )
    overrides = {
        "binds": pl.List(pl.String()),
        **dict.fromkeys(("lost_usd_y", "share_low", "share_high"), pl.Float64()),
    }
    return pl.DataFrame(lines, schema_overrides=overrides)


@dataclass(frozen=True, slots=True)
class _Capped:
    """What stays behind a year under a cap, and the holders whom it binds."""

    lost: float
    binds: list[str]


def _capped(stage: Stage, holders: Sequence[Target], share: float) -> _Capped:
    total = float(stage.board.supply.sum())
    found = _delivered(stage, holders, share * total)
    lost = float(found.objective) if found.objective > 2 * _CLOSE * total else 0.0
    return _Capped(lost, _binding(stage, holders, found))


def _least_free(stage: Stage, holders: Sequence[Target]) -> float:
    """The least share of one holder at which everything is still delivered; 1 where even that is not."""
    total = float(stage.board.supply.sum())
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
