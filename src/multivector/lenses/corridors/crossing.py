"""What share of the state's goods crosses each territory, year by year, with sources and range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from multivector.lenses.corridors.params import CorridorParams
from multivector.world import World
from multivector.world.crossing import avoided, crossing, require_within, traffic_facts
from multivector.world.traffic import MASS, Traffic, carried_in, totals_of, ways_of

_AVOIDING = "avoiding:"
_SCHEMA: Final = pl.Schema(
    {
        "pivot": pl.String(),
        "network": pl.String(),
        "territory": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "basis": pl.String(),
        "value": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "amount_mt": pl.Float64(),
        "facts": pl.List(pl.String()),
    }
)


def crossing_table(world: World, flows: pl.DataFrame, params: CorridorParams) -> pl.DataFrame:
    """Shares of the total by territory and period, from tonnes by route, and from tonnes said to avoid a state.

    `value` is null where so much has no named way that only bounds are known. `basis`: routes, or avoiding. A year in
    which the routes carry more than the total is refused.
    """
    ranks = world.scan("sources").select("source", "rank").collect()
    ways = ways_of(world, params.pivot)
    lines: list[dict[str, Any]] = []
    for (start, end), total in sorted(totals_of(flows, ranks, params.pivot).items()):
        same = flows.filter((pl.col("period_start") == start) & (pl.col("period_end") == end))
        carried = carried_in(same, ranks, ways, params.pivot)
        if carried:
            traffic = Traffic(start, end, total, carried)
            require_within(f"{params.network} of {params.pivot}", traffic)
            lines.extend(_by_territory(traffic, params))
        lines.extend(_avoiding(same, Traffic(start, end, total, carried), params))
    return pl.DataFrame(lines, schema=_SCHEMA).sort("territory", "period_start", "period_end", "basis")


def _by_territory(traffic: Traffic, params: CorridorParams) -> Iterator[dict[str, Any]]:
    states = sorted({state for one in traffic.carried if one.way is not None for state in one.way.territory})
    for state in states:
        found = crossing(traffic, lambda territory, state=state: state in territory)  # type: ignore[misc]
        is_whole = found.loose <= params.slack
        yield _about(traffic, params) | {
            "territory": state,
            "basis": "routes",
            "value": min(max(found.listed, found.low), found.high) if is_whole else None,
            "low": found.low,
            "high": found.high,
            "amount_mt": found.amount / 1e6,
            "facts": list(traffic_facts(traffic)),
        }


def _avoiding(rows: pl.DataFrame, traffic: Traffic, params: CorridorParams) -> Iterator[dict[str, Any]]:
    said = rows.filter(pl.col("via").str.starts_with(_AVOIDING) & (pl.col("dimension") == MASS))
    for row in said.iter_rows(named=True):
        value, low, high = avoided(traffic.total, row["amount"], row["half"])
        yield _about(traffic, params) | {
            "territory": row["via"].removeprefix(_AVOIDING),
            "basis": "avoiding",
            "value": value,
            "low": low,
            "high": high,
            "amount_mt": value * traffic.total.amount / 1e6,
            "facts": sorted((*traffic.total.facts, row["id"])),
        }


def _about(traffic: Traffic, params: CorridorParams) -> dict[str, Any]:
    return {
        "pivot": params.pivot,
        "network": params.network,
        "period_start": traffic.start,
        "period_end": traffic.end,
    }
