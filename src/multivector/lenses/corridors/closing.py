"""What each closure loses after everything that can move has moved, where it moves, and what holds the rest back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from multivector.lenses.corridors.board import ENDS, End, Stage
from multivector.lenses.corridors.book import BookedLeg
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.corridors.targets import Target, displaced, shut
from multivector.lenses.corridors.value import Price
from multivector.models.flow.board import Laid
from multivector.models.flow.rerouting import Settled, sweep

DAYS_A_YEAR = 365.0
_DUST = 1e-9  # of what is displaced: less than that is no tonne that moves


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """A network at its three ends, ready to be solved; `base`: where everything goes with nothing closed."""

    stages: Mapping[End, Stage]
    laid: Mapping[End, Laid]
    base: Mapping[End, Settled]

    @property
    def stated(self) -> Stage:
        """The end that the chosen statements give."""
        return self.stages["stated"]


@dataclass(frozen=True, slots=True, eq=False)
class Closed:
    """One closure at the three ends: amounts a year while it lasts."""

    target: Target
    displaced: Mapping[End, float]
    settled: Mapping[End, Settled]

    def lost(self, end: End) -> float:
        """What stays behind, a year."""
        return self.settled[end].total_lost


def close_each(ends: Ends, targets: Sequence[Target]) -> tuple[Closed, ...]:
    """Every target closed whole, one at a time, at each end."""
    found = {
        end: sweep(ends.laid[end], np.array([shut(ends.stages[end], one.places) for one in targets])) for end in ENDS
    }
    return tuple(
        Closed(
            target=one,
            displaced={end: _at_least(ends.stages[end], one, found[end][at]) for end in ENDS},
            settled={end: found[end][at] for end in ENDS},
        )
        for at, one in enumerate(targets)
    )


def _at_least(stage: Stage, target: Target, settled: Settled) -> float:
    """Goods of a field whose only leg closes are on no route: they stay behind, and so count as displaced."""
    return max(displaced(stage, target.places), settled.total_lost)


def closure_table(closed: Sequence[Closed], ends: Ends, price: Price, params: CorridorParams) -> pl.DataFrame:
    """One line a closure: displaced, moved, lost, over the days that it lasts; largest loss first in each kind.

    `low` and `high` are the ends of what is known of capacities and flows. `kept_share`: part of the displaced that
    finds another way. `held_by`: legs and limits that hold the rest back.
    `lost_export_days`: the loss as days of everything that leaves; what a longer way takes in days is not known, since
    rows state the days of one leg in forty.
    """
    part, unit = params.days / DAYS_A_YEAR, params.unit.lower()
    shipped = float(ends.stated.board.supply.sum())
    lines = []
    for one in closed:
        low, high = (part * one.lost(end) for end in ("loose", "tight"))
        stated = part * one.lost("stated")
        displaced = part * one.displaced["stated"]
        moved = displaced - stated if displaced - stated > _DUST * displaced else 0.0
        lines.append(
            {
                "pivot": params.pivot,
                "network": params.network,
                "kind": one.target.kind,
                "target": one.target.name,
                "days": params.days,
                f"displaced_{unit}": displaced,
                f"moved_{unit}": moved,
                f"lost_{unit}": stated,
                "low": min(low, stated),
                "high": max(high, stated),
                "lost_usd": price.of(stated),
                "lost_usd_low": price.of(min(low, stated)),
                "lost_usd_high": price.of(max(high, stated)),
                "lost_export_days": stated / shipped * DAYS_A_YEAR if shipped > 0 else None,
                "kept_share": moved / displaced if displaced > 0 else None,
                "held_by": held_by(ends.stated, one.settled["stated"], one.target),
                "facts": facts_of(ends.stated, one.target, one.settled.values()),
            }
        )
    table = pl.DataFrame(lines, schema_overrides={"held_by": pl.List(pl.String), "facts": pl.List(pl.String)})
    return table.sort("kind", f"lost_{unit}", "target", descending=[False, True, False])


def held_by(stage: Stage, settled: Settled, target: Target) -> list[str]:
    """Open legs and shared limits that hold the rest back: those with a price in the optimum.

    Of several full legs in a row only one may have it, and then all of them must grow for one tonne more.
    """
    legs = [leg.leg for at, leg in enumerate(stage.legs) if settled.leg_price[at] > 0 and at not in target.places]
    limits = [key for at, key in enumerate(stage.limits) if settled.side_price[at] > 0]
    return list(dict.fromkeys([*legs, *limits]))


def facts_of(stage: Stage, target: Target, settled: Iterable[Settled]) -> list[str]:
    """The rows behind a closure: what the routes carry, what closes, and what is known of every leg that counts.

    A leg counts where it takes what moved, or holds back what did not, in one of the answers given.
    """
    answers = tuple(settled)
    rows = {row for one in stage.routes for row in one.rows}
    for at, leg in enumerate(stage.legs):
        if at in target.places or any(one.moved[at] > 0 or one.leg_price[at] > 0 for one in answers):
            rows |= _leg_rows(leg)
    binding = {key for at, key in enumerate(stage.limits) if any(one.side_price[at] > 0 for one in answers)}
    rows |= {row for limit in stage.book.limits if limit.key in binding for row in limit.reach.rows}
    return sorted(rows)


def _leg_rows(leg: BookedLeg) -> set[str]:
    known = (leg.capacity, leg.quota, leg.carried)
    return {leg.row, *(row for reach in known if reach is not None for row in reach.rows)}
