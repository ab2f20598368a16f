"""The most that can leave, and the cut that holds it."""

from __future__ import annotations

import numpy as np
import polars as pl

from multivector.lenses.corridors.board import Stage
from multivector.lenses.corridors.params import CorridorParams
from multivector.models.flow.cuts import binding_cut

_PLENTY = 10.0  # times what leaves now: more than any cut of the network lets through


def cut_table(stage: Stage, params: CorridorParams) -> pl.DataFrame:
    """One line: what could leave a year if the fields gave as much as the network takes, and the legs that hold it."""
    board = stage.board
    total = float(board.supply.sum())
    supply = np.where(board.supply > 0, _PLENTY * total, 0.0) - np.where(board.market, _PLENTY * total, 0.0)
    found = binding_cut(board.network, capacity=board.capacity, supply=supply, side=board.side)
    legs = [leg.leg for at, leg in enumerate(stage.legs) if found.legs[at]]
    limits = list(dict.fromkeys(key for at, key in enumerate(stage.limits) if found.shared[at]))
    unit = params.unit.lower()
    return pl.DataFrame(
        {
            "pivot": [params.pivot],
            "network": [params.network],
            f"most_{unit}_y": [found.deliverable],
            f"now_{unit}_y": [total],
            "cut": [[*legs, *limits]],
            "words": [_words(stage, [*legs, *limits], found.deliverable, params)],
        }
    )


def _words(stage: Stage, names: list[str], most: float, params: CorridorParams) -> str:
    ways = {leg.leg: f"{leg.leg} ({leg.origin} to {leg.destination})" for leg in stage.legs}
    ways |= {limit.key: f"{limit.key} ({limit.name})" for limit in stage.book.limits}
    held = "; ".join(ways[name] for name in names)
    return f"At most {most:.1f} {params.unit} a year can leave, held by {held}" if names else "Nothing holds it"
