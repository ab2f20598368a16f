"""What an embargo does: an exact zero between two actors, totals and printed shares kept consistent."""

from __future__ import annotations

from typing import Final

import polars as pl

from multivector.errors import WrongRequest
from multivector.scenario.rewriting import require_actors, revalued
from multivector.scenario.shocks import Embargo
from multivector.scenario.trade import bans, is_covered
from multivector.schema import WORLD
from multivector.world import Edit, World
from multivector.world.conflicts import in_base_units

_TRADED: Final = ("trade", "energy")  # channels of what is sold; `all` stops both
_AMOUNTS: Final = ("value", "quantity")
_TWO_WAY: Final = ("turnover", "share_of_turnover")
_LIST: Final = ("channel", "product", "measure", "scope", "basis", "period_start", "period_end", "source", "published")
_SIDES: Final = {"share_of_sender": "sender", "share_of_receiver": "receiver", "share_of_turnover": "sender"}


def embargo_edits(world: World, shock: Embargo) -> tuple[Edit, ...]:
    """The edits of an embargo, one row rewritten once.

    Raises:
        UnknownName: nobody answers to one of the names.
        WrongRequest: no row speaks of what it would stop.
    """
    require_actors(world, shock.by, shock.on)
    stopped = _stopped(world, shock)
    if stopped.is_empty() and not is_covered(world, shock.product, shock.by, shock.on):
        raise WrongRequest(
            f"no row of {shock.product} between {shock.by} and {shock.on} from {shock.start}: "
            "the embargo changes nothing"
        )
    return (*_flow_edits(world, shock, stopped), *bans(world, shock))


def _flow_edits(world: World, shock: Embargo, stopped: pl.DataFrame) -> tuple[Edit, ...]:
    if stopped.is_empty():
        return ()
    two_way = pl.col("measure").is_in(_TWO_WAY)
    # of what stops one way, nobody knows what is left of the trade both ways: those rows go
    unknown = stopped.filter(two_way) if shock.direction != "both" else stopped.clear()
    ended = stopped.join(unknown.select("id"), on="id", how="anti")
    values = dict.fromkeys(ended["id"], 0.0) | _totals_left(world, ended) | _shares_regrown(world, ended)
    edit = revalued(world, values, "scenario: embargo", exact=frozenset(ended["id"]))
    return (edit, Edit("flows", drop=tuple(unknown["id"]))) if not unknown.is_empty() else (edit,)


def _stopped(world: World, shock: Embargo) -> pl.DataFrame:
    sells = (pl.col("sender") == shock.by) & (pl.col("receiver") == shock.on)
    buys = (pl.col("sender") == shock.on) & (pl.col("receiver") == shock.by)
    one_way = {"exports": sells, "imports": buys, "both": sells | buys}[shock.direction]
    counted = pl.col("measure").is_in([*_AMOUNTS, "share_of_sender", "share_of_receiver"])
    conditions = [
        (one_way & counted) | ((sells | buys) & pl.col("measure").is_in(_TWO_WAY)),
        pl.col("channel").is_in(_TRADED) if shock.product == "all" else pl.col("product") == shock.product,
        pl.col("period_start") >= shock.start,
        pl.col("value") > 0,
    ]
    if shock.end is not None:
        conditions.append(pl.col("period_start") < shock.end)
    return world.rows("flows", *conditions)


def _totals_left(world: World, ended: pl.DataFrame) -> dict[str, float]:
    """World totals of the same source less what has stopped: of two counts of one pair, the larger."""
    amounts = ended.filter(pl.col("measure").is_in(_AMOUNTS) & pl.col("via").is_null())
    key = ["sender", "receiver", *_LIST, "dimension"]
    pairs = in_base_units(amounts).group_by(key, maintain_order=True).agg(pl.col("amount").max())
    lost: dict[str, float] = {}
    held: dict[str, tuple[float, float]] = {}
    for pair in pairs.iter_rows(named=True):
        for row in _totals_of(world, pair).iter_rows(named=True):
            lost[row["id"]] = lost.setdefault(row["id"], 0.0) + pair["amount"]
            held[row["id"]] = (row["amount"], row["value"])
    return {name: _less(*held[name], lost[name]) for name in lost}


def _less(amount: float, value: float, lost: float) -> float:
    """What is left of a total, in the unit it is printed in."""
    return value * max(amount - lost, 0.0) / amount if amount > 0 else 0.0


def _totals_of(world: World, pair: dict[str, object]) -> pl.DataFrame:
    ends = [
        (pl.col(side) == pair[side]) & (pl.col(other) == WORLD)
        for side, other in (("sender", "receiver"), ("receiver", "sender"))
    ]
    same = [pl.col(name).eq_missing(pl.lit(pair[name])) for name in _LIST]
    rows = in_base_units(world.rows("flows", ends[0] | ends[1], pl.col("via").is_null(), *same))
    return rows.filter(pl.col("dimension") == pair["dimension"])


def _shares_regrown(world: World, ended: pl.DataFrame) -> dict[str, float]:
    """The other shares of a printed list grow by 1 / (1 - what has stopped)."""
    values: dict[str, float] = {}
    printed = ended.filter(pl.col("measure").is_in(list(_SIDES)) & pl.col("via").is_null())
    for row in printed.iter_rows(named=True):
        side = _SIDES[row["measure"]]
        others = world.rows(
            "flows",
            pl.col(side) == row[side],
            pl.col("via").is_null(),
            ~pl.col("id").is_in(ended["id"].to_list()),
            *(pl.col(name).eq_missing(pl.lit(row[name])) for name in _LIST),
        )
        if row["value"] < 1:
            values.update(
                {name: value / (1 - row["value"]) for name, value in others.select("id", "value").iter_rows()}
            )
    return values
