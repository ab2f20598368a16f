"""What was reported of the CPC terminal in December 2025, and what earlier outages would have had one expect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from multivector.errors import NoAnswer
from multivector.world import World

BARRELS: Final = 7.94  # barrels a tonne of CPC Blend: 1.02 mb/d over 31 days are 3.98 Mt (both in the rows of December)
HIT: Final = "O03"
ROUTE_OF: Final = {"samara": "ATYRAU-SAMARA", "china": "ATASU-ALASHANKOU", "aktau": "AKTAU-BTC"}
_DAYS: Final = 31
_START: Final = dt.date(2025, 12, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What was reported of December 2025, Mt in the month: loadings, reroutings against plan; and the rows."""

    loaded: float
    before: float
    scheduled: float
    rerouted: dict[str, float]
    cut: float
    rows: tuple[str, ...]

    @property
    def lost(self) -> float:
        """Loadings of November less those of December."""
        return self.before - self.loaded

    @property
    def unscheduled(self) -> float:
        """The schedule of December less its loadings."""
        return self.scheduled - self.loaded

    @property
    def total_rerouted(self) -> float:
        """All that was reported as rerouted, against plan."""
        return sum(self.rerouted.values())


def level_table(world: World, outcome: Outcome) -> pl.DataFrame:
    """December loadings with one mooring, as earlier rows would have had it, against what was loaded."""
    third = _row(world, "operating_level", dt.date(2022, 3, 27), {})
    september = _row(world, "throughput_total", dt.date(2022, 9, 1), {"unit": "mb/d"})
    stated = world.rows("leg_values", pl.col("leg") == HIT, pl.col("attribute") == "nameplate_per_mooring")
    levels = [
        ("loaded with one mooring, September 2022", september["value"] * _DAYS / BARRELS, True, september["id"]),
        ("a third of normal, operator, March 2022", third["value"] * outcome.before, True, third["id"]),
    ]
    if not stated.is_empty():
        row = stated.row(0, named=True)
        levels.append(("stated of one mooring, on the day", row["value"] / 1e3 * _DAYS / BARRELS, False, row["id"]))
    return pl.DataFrame(
        [
            {
                "basis": basis,
                "predicted_mt": level,
                "loaded_mt": outcome.loaded,
                "error": level / outcome.loaded - 1.0,
                "admissible": admissible,
                "facts": [row],
            }
            for basis, level, admissible, row in levels
        ]
    )


def balance_table(outcome: Outcome) -> pl.DataFrame:
    """Rerouted and not produced, together, against what was not loaded."""
    together = outcome.total_rerouted + outcome.cut
    return pl.DataFrame(
        {
            "rerouted_mt": [outcome.total_rerouted],
            "output_cut_mt": [outcome.cut],
            "together_mt": [together],
            "not_loaded_mt": [outcome.lost],
            "difference": [together / outcome.lost - 1.0],
        }
    )


def read_outcome(world: World) -> Outcome:
    """What the rows of December say.

    Raises:
        NoAnswer: one of them is not in this world.
    """
    loaded = _row(world, "throughput_total", _START, {"unit": "Mt/month"})
    growth = _row(world, "throughput_growth", _START, {})
    scheduled = _row(world, "exports", _START, {"subject": "Tengiz-Novorossiysk"})
    rerouted = {name: _row(world, "rerouted", _START, {"subject": route}) for name, route in ROUTE_OF.items()}
    november = _row(world, "oil_production", dt.date(2025, 11, 1), {"subject": "KAZ"})
    december = _row(world, "oil_production", _START, {"subject": "KAZ", "period_end": dt.date(2026, 1, 1)})
    rows = (loaded, growth, scheduled, november, december, *rerouted.values())
    return Outcome(
        loaded=loaded["value"],
        before=loaded["value"] / (1.0 + growth["value"]),
        scheduled=scheduled["value"] * _DAYS / BARRELS,
        rerouted={name: row["value"] for name, row in rerouted.items()},
        cut=(november["value"] - december["value"]) * _DAYS / BARRELS,
        rows=tuple(sorted(row["id"] for row in rows)),
    )


def _row(world: World, name: str, start: dt.date, more: Mapping[str, object]) -> dict[str, Any]:
    """The newest row of a name and day; of CPC, where `more` names no other subject."""
    wanted = {"subject": "CPC"} | dict(more)
    conditions = [pl.col(column) == pl.lit(value) for column, value in wanted.items()]
    rows = world.rows("indicators", pl.col("name") == name, pl.col("period_start") == start, *conditions)
    if rows.is_empty():
        raise NoAnswer(f"the back-test needs the row {name} of {wanted['subject']} of {start}: this world has none")
    return rows.sort("published", descending=True, nulls_last=True).row(0, named=True)
