"""Which partners of a list cannot be taken at their word: implausibly large ones, and ones that went dark.

Both are rules, not lists of names. A flow larger than the partner's whole GDP is implausible. A partner that held a
good part of the previous list, or that trades with nearly everybody, and is suddenly absent, is unknown: not zero.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from multivector.lenses.exposure.lists import Dark, Listed, PartnerList
from multivector.lenses.exposure.measures import MeasureRule
from multivector.lenses.exposure.params import ExposureParams
from multivector.schema import WORLD
from multivector.world import World
from multivector.world.conflicts import in_base_units


@dataclass(frozen=True, slots=True)
class Doubts:
    """Lists with doubted partners taken out and dark ones put in, and what to tell the reader."""

    lists: tuple[PartnerList, ...]
    caveats: tuple[str, ...]
    facts: tuple[str, ...]


def doubted(world: World, rule: MeasureRule, lists: Sequence[PartnerList], params: ExposureParams) -> Doubts:
    """Apply both rules to the lists of one measure."""
    if rule.product != "goods" or not lists:
        dropped, dark_words = _gone_dark(lists, params.dark_share)
        return Doubts(lists=dropped, caveats=dark_words, facts=())
    plausible, words, facts = _implausible(world, rule, lists, params)
    remembered, dark_words = _gone_dark(plausible, params.dark_share)
    complete, absent_words = _absent_from_complete(world, rule, remembered, params)
    return Doubts(lists=complete, caveats=(*words, *dark_words, *absent_words), facts=facts)


def _implausible(
    world: World, rule: MeasureRule, lists: Sequence[PartnerList], params: ExposureParams
) -> tuple[tuple[PartnerList, ...], tuple[str, ...], tuple[str, ...]]:
    gdp = _latest_gdp(world)
    totals = _money_totals(world, rule, params.pivot)
    kept: list[PartnerList] = []
    words: list[str] = []
    facts: set[str] = set()
    for one in lists:
        total = totals.get(one.start)
        if total is None:
            kept.append(one)
            continue
        worth, total_facts = total
        bad = []
        for item in one.listed:
            if item.partner in gdp and item.share * worth > params.gdp_limit * gdp[item.partner][0]:
                bad.append(item)
                facts.update({gdp[item.partner][1], *total_facts})
                words.append(_implausible_words(rule, one, item, worth, gdp[item.partner][0]))
        listed = tuple(item for item in one.listed if item not in bad)
        kept.append(replace(one, listed=listed, doubted=tuple(bad)))
    return tuple(kept), tuple(words), tuple(sorted(facts))


def _implausible_words(rule: MeasureRule, one: PartnerList, item: Listed, worth: float, gdp: float) -> str:
    return (
        f"{rule.label} {one.start.year}: {item.partner} with {item.share:.1%} in {one.source} is implausible: "
        f"{item.share * worth / 1e9:.1f} USD bn would exceed its whole GDP of {gdp / 1e9:.1f} USD bn (2015 prices). "
        "Kept in view, counted as unknown."
    )


def _latest_gdp(world: World) -> dict[str, tuple[float, str]]:
    rows = in_base_units(world.rows("indicators", pl.col("name") == "gdp"))
    dollars = rows.filter(pl.col("dimension").is_in(["USD", "USD2015"])).sort("period_start", "id")
    newest = dollars.group_by("subject", maintain_order=True).last()
    return {subject: (amount, row) for subject, amount, row in newest.select("subject", "amount", "id").iter_rows()}


def _money_totals(world: World, rule: MeasureRule, pivot: str) -> dict[dt.date, tuple[float, tuple[str, ...]]]:
    """The largest known yearly total of the pivot's trade in that direction, any scope: an order of magnitude."""
    other = "receiver" if rule.side == "sender" else "sender"
    rows = world.rows(
        "flows",
        pl.col(rule.side) == pivot,
        pl.col("product").is_in(["goods", "goods_services"]),
        pl.col("measure") == "value",
        pl.col("unit").is_in(["USD", "USD mn", "USD bn"]),
        (pl.col(other) == WORLD) | (pl.col("list_rule") == "complete"),
    )
    totals: dict[dt.date, tuple[float, tuple[str, ...]]] = {}
    listed: defaultdict[tuple[dt.date, str], list[float]] = defaultdict(list)
    for row in in_base_units(rows).sort("amount", "id").iter_rows(named=True):
        if row[other] == WORLD:
            totals[row["period_start"]] = (row["amount"], (row["id"],))  # ascending: the largest stays
        else:
            listed[row["period_start"], row["source"]].append(row["amount"])
    for (start, _), amounts in sorted(listed.items()):
        if start not in totals or sum(amounts) > totals[start][0]:
            totals[start] = (sum(amounts), ())
    return totals


def _gone_dark(lists: Sequence[PartnerList], threshold: float) -> tuple[tuple[PartnerList, ...], tuple[str, ...]]:
    """A partner with a good part of one top list that is absent from the source's next one is not capped by it."""
    kept: list[PartnerList] = []
    words: list[str] = []
    for one in lists:
        before = [old for old in lists if old.source == one.source and old.start < one.start and old.rule == "top"]
        previous = max(before, key=lambda old: old.start, default=None)
        names = {item.partner for item in (*one.listed, *one.doubted)}
        if one.rule != "top" or previous is None:
            kept.append(one)
            continue
        missing = [item for item in previous.listed if item.share >= threshold and item.partner not in names]
        cap = max(1.0 - sum(item.low for item in one.listed), 0.0)
        words.extend(
            f"{one.measure} {one.start.year}: {item.partner} held {item.share:.0%} in {previous.start.year} and is "
            f"absent from the next list of {one.source}: unknown up to {cap:.0%}, not gone."
            for item in missing
        )
        kept.append(replace(one, dark=tuple(Dark(item.partner, cap, item.fact) for item in missing)))
    return tuple(kept), tuple(words)


def _absent_from_complete(
    world: World, rule: MeasureRule, lists: Sequence[PartnerList], params: ExposureParams
) -> tuple[tuple[PartnerList, ...], tuple[str, ...]]:
    kept, words = [], []
    for one in lists:
        if one.rule != "complete":
            kept.append(one)
            continue
        dark = _dark_partners(world, rule, one, params)
        if dark:
            names = ", ".join(f"{item.partner} (at most {item.cap:.0%})" for item in dark)
            words.append(
                f"{rule.label} {one.start.year}: no row of {one.source} joins {params.pivot} and {names}, which trade "
                "with almost everybody: unknown, not zero. Every share of this list is an upper bound."
            )
        kept.append(replace(one, dark=dark))
    return tuple(kept), tuple(words)


def _dark_partners(world: World, rule: MeasureRule, one: PartnerList, params: ExposureParams) -> tuple[Dark, ...]:
    """Large traders without a row, each capped by the most it holds of any state that trades as much as the pivot."""
    here, there = (rule.side, "receiver" if rule.side == "sender" else "sender")
    flows = world.scan("flows").filter(
        (pl.col("source") == one.source)
        & (pl.col("period_start") == one.start)
        & (pl.col("period_end") == one.end)
        & (pl.col("product") == rule.product)
        & (pl.col("measure") == rule.amounts)
        & (pl.col("list_rule") == "complete")
    )
    known = {item.partner for item in (*one.listed, *one.doubted)} | {params.pivot}
    weights = (
        flows.group_by(there)
        .agg(amount=pl.col("value").sum())
        .with_columns(weight=pl.col("amount") / pl.col("amount").sum())
    )
    large = weights.filter((pl.col("weight") >= params.big_exporter) & ~pl.col(there).is_in(known))
    names = large.select(there).collect().to_series().sort()
    if names.is_empty():
        return ()
    totals = flows.with_columns(total=pl.col("value").sum().over(here))
    own = totals.filter(pl.col(here) == params.pivot).select(pl.col("total").max()).collect().item()
    caps = (
        totals.filter(pl.col(there).is_in(names) & (pl.col("total") >= own))
        .with_columns(share=pl.col("value") / pl.col("total"))
        .group_by(there)
        .agg(cap=pl.col("share").max())
        .collect()
    )
    by_name = dict(caps.iter_rows())
    return tuple(Dark(name, float(by_name.get(name, 1.0)), None) for name in names)
