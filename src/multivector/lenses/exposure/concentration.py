"""How concentrated each list of partners is: the Herfindahl–Hirschman index with bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import polars as pl

from multivector.lenses.exposure.lists import PartnerList
from multivector.lenses.exposure.measures import BY_KEY
from multivector.models.concentration import interval_hhi_bounds
from multivector.world.poles import Scene


def concentration(lists: Sequence[PartnerList]) -> pl.DataFrame:
    """One line a list of two or more partners; `value` only where the list is whole and nobody in it is doubted.

    `listed` is the plain sum of squares of the printed shares: what other tools print as the index.
    """
    lines = [_line(one) for one in lists if sum(item.share > 0 for item in one.listed) > 1]
    return pl.DataFrame(lines, schema=_SCHEMA)


def of_states(one: PartnerList, stage: Scene) -> tuple[PartnerList, ...]:
    """The list if it is made of states alone, else nothing: a body such as the EU is many partners, not one."""
    return () if one.adrift or any(item.partner in stage.body_members for item in one.listed) else (one,)


def _line(one: PartnerList) -> dict[str, object]:
    lit = 1.0 - one.dimmed
    over = max(math.fsum(item.low for item in one.listed), 1.0)
    low = [item.low * lit / over for item in one.listed] + [0.0 for _ in one.dark]
    high = [item.high for item in one.listed] + [item.cap for item in one.dark]
    whole = one.rule == "complete" and not one.doubted and not one.dark
    squares = math.fsum(item.share**2 for item in one.listed)
    cap = one.cap if one.rule == "top" and not one.doubted and not one.dark else None
    bounds = interval_hhi_bounds(np.array(low), np.array(high), cap=cap)
    return {
        "channel": BY_KEY[one.measure].channel,
        "measure": one.measure,
        "source": one.source,
        "mirror": one.mirror,
        "period_start": one.start,
        "period_end": one.end,
        "value": squares if whole else None,
        "low": min(bounds.low, squares) if whole else bounds.low,
        "high": max(bounds.high, squares) if whole else bounds.high,
        "listed": squares,
        "coverage": one.covered,
        "partners": len(one.listed),
        "facts": list(one.facts),
    }


_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "channel": pl.String,
    "measure": pl.String,
    "source": pl.String,
    "mirror": pl.Boolean,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "listed": pl.Float64,
    "coverage": pl.Float64,
    "partners": pl.Int64,
    "facts": pl.List(pl.String),
}
