"""What share of the tonnes that leave crosses each pole's territory: by route, as printed, or as what avoids it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.exposure.estimates import Estimate
from multivector.lenses.exposure.lists import flows_of
from multivector.lenses.exposure.measures import MeasureRule
from multivector.lenses.exposure.params import ExposureParams
from multivector.lenses.exposure.reach import reach
from multivector.world import World
from multivector.world.conflicts import latest_editions
from multivector.world.crossing import MOST, avoided, crossing, require_within, traffic_facts
from multivector.world.poles import REST, Scene
from multivector.world.traffic import MASS, Carried, Traffic, carried_in, totals_of, ways_of

_ROUTES_SOURCE = "tonnes by route"
_TERRITORY, _AVOIDING = "territory:", "avoiding:"


def route_estimates(
    world: World, flows: pl.DataFrame, rule: MeasureRule, stage: Scene, params: ExposureParams
) -> Iterator[Estimate]:
    """Estimates from tonnes by route first; from tonnes that avoid a territory, and from its printed share, next.

    Raises:
        NoAnswer: routes carry more than leaves.
    """
    own = flows_of(flows, rule, stage.pivot)
    ranks = world.scan("sources").select("source", "rank").collect()
    ways = ways_of(world, stage.pivot)
    for (start, end), total in totals_of(own, ranks, stage.pivot).items():
        same = own.filter((pl.col("period_start") == start) & (pl.col("period_end") == end))
        carried = carried_in(same, ranks, ways, stage.pivot)
        if carried:
            yield from _crossing(rule, stage, Traffic(start, end, total, carried), params.slack)
        yield from _avoiding(rule, stage, same, total)
    yield from _printed(rule, stage, own, params.about)


def _crossing(rule: MeasureRule, stage: Scene, traffic: Traffic, slack: float) -> Iterator[Estimate]:
    require_within(rule.key, traffic)
    for pole in (*(one.key for one in stage.poles), REST):
        yield _crossing_share(rule, stage, traffic, pole, slack)


def _crossing_share(rule: MeasureRule, stage: Scene, traffic: Traffic, pole: str, slack: float) -> Estimate:
    found = crossing(traffic, lambda territory: any(stage.pole_of(state) == pole for state in territory))
    measured = found.loose <= slack
    return Estimate(
        measure=rule.key,
        pole=pole,
        start=traffic.start,
        end=traffic.end,
        kind="measured" if measured else "bound",
        value=min(max(found.listed, found.low), found.high) if measured else None,
        low=found.low,
        high=found.high,
        coverage=min(1.0 - found.loose, 1.0),
        status=_status(traffic),
        source=_ROUTES_SOURCE,
        rank=1,
        published=None,
        facts=traffic_facts(traffic),
        amount=found.amount,
        amount_unit=MASS,
    )


def _status(traffic: Traffic) -> str:
    words = {traffic.total.status, *(one.status for one in traffic.carried if one.is_settled)}
    return next((word for word in ("claim", "judged") if word in words), "derived")


def _alone(stage: Scene, via: str, prefix: str) -> str | None:
    """The pole that is nothing but the state named behind the prefix: only of it does the row speak whole."""
    pole = stage.pole_of(via.removeprefix(prefix))
    return next((one.key for one in stage.poles if one.key == pole and len(one.members) == 1), None)


def _avoiding(rule: MeasureRule, stage: Scene, rows: pl.DataFrame, total: Carried) -> Iterator[Estimate]:
    """Tonnes that avoid a state: the rest of the total crosses it."""
    avoiding = rows.filter(pl.col("via").str.starts_with(_AVOIDING) & (pl.col("dimension") == MASS))
    for row in avoiding.iter_rows(named=True):
        pole = _alone(stage, row["via"], _AVOIDING)
        if pole is None or total.low <= 0:
            continue
        if row["amount"] - row["half"] > MOST * total.high:
            raise NoAnswer(
                f"{rule.key} {row['period_start'].year}: more avoids {pole} than leaves in all; rows "
                f"{', '.join((*total.facts, row['id']))}"
            )
        bounds = avoided(total, row["amount"], row["half"])
        yield _single(rule, pole, row, bounds, (*total.facts, row["id"]))


def _printed(rule: MeasureRule, stage: Scene, flows: pl.DataFrame, about: float) -> Iterator[Estimate]:
    """Shares of a territory as a source prints them."""
    shares = flows.filter((pl.col("measure") == rule.printed) & pl.col("via").str.starts_with(_TERRITORY))
    for row in latest_editions(shares, by=["via", "period_start", "period_end"]).iter_rows(named=True):
        pole = _alone(stage, row["via"], _TERRITORY)
        if pole is not None:
            ends = reach(row["value"], row["half"], row["qualifier"], about)
            value = row["value"] if row["qualifier"] in {"exact", "about"} else None
            yield _single(rule, pole, row, (value, ends.low, min(ends.high, 1.0)), (row["id"],))


def _single(
    rule: MeasureRule,
    pole: str,
    row: dict[str, Any],
    bounds: tuple[float | None, float, float],
    facts: tuple[str, ...],
) -> Estimate:
    printed, said = len(facts) == 1, row["status"]
    return Estimate(
        measure=rule.key,
        pole=pole,
        start=row["period_start"],
        end=row["period_end"],
        kind="bound" if bounds[0] is None else "measured",
        value=bounds[0],
        low=bounds[1],
        high=bounds[2],
        coverage=1.0,
        status=said if said in {"claim", "judged"} else ("observed" if printed else "derived"),
        source=row["source"],
        rank=row["rank"],
        published=row["published"],
        facts=tuple(sorted(facts)),
        mirror=row["mirror"],
    )
