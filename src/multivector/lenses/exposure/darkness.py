"""Which partners ought to be in a list and are not: they went dark, and what they hold is unknown, not zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from multivector.lenses.exposure.lists import Dark, PartnerList
from multivector.lenses.exposure.measures import MeasureRule
from multivector.lenses.exposure.params import ExposureParams
from multivector.schema import WORLD
from multivector.world import World


def gone_dark(one: PartnerList, lists: Sequence[PartnerList], threshold: float) -> PartnerList:
    """A top list with the partners that held a good part of its source's previous list and are absent from it.

    The smallest listed share does not cap them: they may hold all that is left.
    """
    before = [old for old in lists if _precedes(old, one)]
    previous = max(before, key=lambda old: (old.start, old.end), default=None)
    if one.rule != "top" or previous is None:
        return one
    names = {item.partner for item in one.listed}
    left = max(1.0 - math.fsum(item.low for item in one.listed), 0.0)
    missing = [item for item in previous.listed if item.share >= threshold and item.partner not in names]
    return replace(one, dark=tuple(Dark(item.partner, left, item.fact) for item in missing))


def _precedes(old: PartnerList, one: PartnerList) -> bool:
    same = (old.source, old.mirror, old.rule) == (one.source, one.mirror, "top")
    return same and old.start < one.start


def absent_from_complete(
    world: World, rule: MeasureRule, one: PartnerList, lists: Sequence[PartnerList], params: ExposureParams
) -> PartnerList:
    """A list that calls itself complete, with the large traders that no row joins to the pivot.

    Each is capped by the most that any other list of the pivot gives it, or, where that is more, by the most that it
    holds of any state with at least a tenth of the pivot's trade: a judgement.
    """
    if one.rule != "complete":
        return one
    here, there = rule.side, "receiver" if rule.side == "sender" else "sender"
    flows = world.scan("flows").filter(
        pl.col("source") == one.source,
        pl.col("period_start") == one.start,
        pl.col("period_end") == one.end,
        pl.col("product") == rule.product,
        pl.col("measure") == rule.amounts,
        pl.col("list_rule") == "complete",
        (pl.col("sender") != WORLD) & (pl.col("receiver") != WORLD),
    )
    known = {item.partner for item in (*one.listed, *one.doubted)} | {params.pivot}
    names = _large_traders(flows, there, params.big_exporter).filter(~pl.col(there).is_in(known))[there].sort()
    if names.is_empty():
        return one
    elsewhere = _largest_holds(flows, here, there, params.pivot)
    caps = {name: max(elsewhere.get(name, 1.0), _most_listed(name, lists)) for name in names}
    return replace(one, dark=tuple(Dark(name, cap, None) for name, cap in caps.items()))


def _most_listed(partner: str, lists: Sequence[PartnerList]) -> float:
    return max((item.high for old in lists for item in old.listed if item.partner == partner), default=0.0)


def _large_traders(flows: pl.LazyFrame, there: str, least: float) -> pl.DataFrame:
    sums = flows.group_by(there).agg(amount=pl.col("value").sum())
    return sums.filter(pl.col("amount") / pl.col("amount").sum() >= least).collect()


def _largest_holds(flows: pl.LazyFrame, here: str, there: str, pivot: str) -> dict[str, float]:
    """The largest share that each partner holds of any state with at least a tenth of the pivot's trade."""
    totals = flows.with_columns(total=pl.col("value").sum().over(here)).collect()
    own = totals.filter(pl.col(here) == pivot)["total"].to_list()
    if not own:  # the source prints the pivot's shares and no amounts: nothing says who is its size
        return {}
    peers = totals.filter(pl.col("total") >= own[0] / 10)
    shares = peers.with_columns(share=pl.col("value") / pl.col("total")).group_by(there).agg(pl.col("share").max())
    return {str(name): float(share) for name, share in shares.iter_rows()}
