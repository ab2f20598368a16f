"""What the position of each controller is worth in bargaining: Shapley values, today and with the works built."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from multivector.lenses.corridors.board import ENDS, Stage
from multivector.lenses.corridors.closing import Ends
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.value import Price
from multivector.models.power.shapley import Power, shapley

_SEED = 1
_DUST = 1e-9


def power_table(ends: Ends, built: Ends, price: Price, params: CorridorParams) -> pl.DataFrame:
    """One line a controller: Shapley and Banzhaf value in amounts a year, and as a share of what all deliver together.

    v(S) is the most that can be delivered over legs whose controllers are all in S (Shapley 1953; Hubert and Ikonnikova
    2011, 10.1111/j.1467-6451.2011.00447.x). Read it as what a position is worth in bargaining, not as a fee: investment
    moves it more than today's flows do, so the value with every planned work built stands beside. `low` and `high` are
    the least and the most of the values at the three ends of what is known.
    """
    names = sorted({state for leg in ends.stated.legs for state in leg.controller})
    unit = params.unit.lower()
    if not names:
        return _nobody(unit)
    today, works = ({end: _values(every.stages[end], names) for end in ENDS} for every in (ends, built))
    now, later = today["stated"], works["stated"]
    reach, reach_with_works = (np.stack([one.shapley for one in found.values()]) for found in (today, works))
    table = pl.DataFrame(
        {
            "pivot": params.pivot,
            "network": params.network,
            "controller": names,
            f"shapley_{unit}_y": now.shapley,
            "low": reach.min(axis=0),
            "high": reach.max(axis=0),
            "standard_error": now.se,
            "share": now.shapley / now.grand if now.grand > 0 else np.zeros(len(names)),
            f"banzhaf_{unit}_y": now.banzhaf,
            "shapley_usd_y": [price.of(float(value)) for value in now.shapley],
            "veto": now.veto,
            f"shapley_with_works_{unit}_y": later.shapley,
            "with_works_low": reach_with_works.min(axis=0),
            "with_works_high": reach_with_works.max(axis=0),
            "share_with_works": later.shapley / later.grand if later.grand > 0 else np.zeros(len(names)),
            "exact": now.exact,
        },
        schema_overrides={"shapley_usd_y": pl.Float64()},
    )
    return table.sort(f"shapley_{unit}_y", "controller", descending=[True, False])


def _nobody(unit: str) -> pl.DataFrame:
    """The table of a network that no state controls any leg of: there is no game to share out."""
    words, flags = ("pivot", "network", "controller"), ("veto", "exact")
    columns = (
        *("pivot", "network", "controller", f"shapley_{unit}_y", "low", "high", "standard_error", "share"),
        *(f"banzhaf_{unit}_y", "shapley_usd_y", "veto", f"shapley_with_works_{unit}_y", "with_works_low"),
        *("with_works_high", "share_with_works", "exact"),
    )
    rest = {name: pl.Float64() for name in columns if name not in {*words, *flags}}
    kinds = {**dict.fromkeys(words, pl.String()), **dict.fromkeys(flags, pl.Boolean()), **rest}
    return pl.DataFrame(schema={name: kinds[name] for name in columns})


def _values(stage: Stage, names: list[str]) -> Power:
    """The values at one end; less than a part in 1e9 of what all deliver is nothing."""
    board = stage.board
    total = float(board.supply.sum())
    found = shapley(
        board.network,
        capacity=board.capacity,
        cost=np.zeros(len(stage.legs)),
        supply=board.supply,
        demand=np.where(board.market, total, 0.0),
        price=np.where(board.market, 1.0, 0.0),
        controller=np.array([[name in leg.controller for name in names] for leg in stage.legs]),
        side=board.side,
        seed=_SEED,
    )
    least = _DUST * found.grand
    by_shapley, by_banzhaf = (np.where(np.abs(one) > least, one, 0.0) for one in (found.shapley, found.banzhaf))
    return replace(found, shapley=by_shapley, banzhaf=by_banzhaf)
