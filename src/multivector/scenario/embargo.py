"""What an embargo does: an exact zero between two actors, totals and printed shares kept consistent."""

from __future__ import annotations

from typing import Final

import polars as pl

from multivector.errors import WrongRequest
from multivector.scenario.rewriting import require_actors, rewritten
from multivector.scenario.shocks import Embargo
from multivector.schema import WORLD
from multivector.world import Edit, World

_LIST_KEY: Final = (
    "channel",
    "product",
    "measure",
    "scope",
    "basis",
    "period_start",
    "period_end",
    "source",
    "published",
)


def embargo_edits(world: World, shock: Embargo) -> tuple[Edit, ...]:
    """The edits of an embargo.

    Raises:
        WrongRequest: no row speaks of what it would stop.
    """
    require_actors(world, shock.by, shock.on)
    stopped = _stopped(world, shock)
    if stopped.is_empty():
        raise WrongRequest(
            f"no row of {shock.product} between {shock.by} and {shock.on} from {shock.start}: "
            "the embargo changes nothing"
        )
    edits = [rewritten("flows", stopped, {"value": 0.0, "decimals": 12, "qualifier": "exact"}, "scenario: embargo")]
    edits.extend(_totals_without(world, stopped))
    edits.extend(_shares_regrown(world, stopped))
    return tuple(edits)


def _stopped(world: World, shock: Embargo) -> pl.DataFrame:
    sells = (pl.col("sender") == shock.by) & (pl.col("receiver") == shock.on)
    buys = (pl.col("sender") == shock.on) & (pl.col("receiver") == shock.by)
    ways = {"exports": sells, "imports": buys, "both": sells | buys}
    conditions = [
        ways[shock.direction],
        pl.col("product") == shock.product,
        pl.col("measure").is_in(["value", "quantity", "share_of_sender", "share_of_receiver"]),
        pl.col("period_start") >= shock.start,
        pl.col("value") > 0,
    ]
    if shock.end is not None:
        conditions.append(pl.col("period_start") < shock.end)
    return world.rows("flows", *conditions)


def _totals_without(world: World, stopped: pl.DataFrame) -> list[Edit]:
    """The world totals of the same source lose what has stopped."""
    edits = []
    amounts = stopped.filter(pl.col("measure").is_in(["value", "quantity"]) & pl.col("via").is_null())
    for row in amounts.iter_rows(named=True):
        for side, other in (("sender", "receiver"), ("receiver", "sender")):
            total = world.rows(
                "flows",
                pl.col(side) == row[side],
                pl.col(other) == WORLD,
                pl.col("unit") == row["unit"],
                pl.col("via").is_null(),
                *(pl.col(name).eq_missing(pl.lit(row[name])) for name in _LIST_KEY),
            )
            for held in total.iter_rows(named=True):
                left = max(held["value"] - row["value"], 0.0)
                edits.append(rewritten("flows", total, {"value": left, "decimals": 12}, "scenario: total less embargo"))
    return edits


def _shares_regrown(world: World, stopped: pl.DataFrame) -> list[Edit]:
    """The other shares of a printed list grow by 1 / (1 - what has stopped)."""
    edits = []
    for measure, side in (("share_of_sender", "sender"), ("share_of_receiver", "receiver")):
        for row in stopped.filter((pl.col("measure") == measure) & pl.col("via").is_null()).iter_rows(named=True):
            others = world.rows(
                "flows",
                pl.col(side) == row[side],
                pl.col("via").is_null(),
                pl.col("id") != row["id"],
                *(pl.col(name).eq_missing(pl.lit(row[name])) for name in _LIST_KEY),
            )
            if row["value"] < 1 and not others.is_empty():
                grown = others.with_columns(value=pl.col("value") / (1 - row["value"]))
                edit = rewritten("flows", grown, {}, "scenario: share after embargo")
                edits.append(Edit("flows", drop=tuple(others["id"]), add=edit.add))
    return edits
