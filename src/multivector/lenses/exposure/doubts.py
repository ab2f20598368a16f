"""Which partners of a list cannot be taken at their word, by rule and never by name.

A flow larger than the partner's whole GDP is implausible: the partner is taken out and its mass counted as unknown.
Partners that went dark are found in `darkness`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from multivector.lenses.exposure.darkness import absent_from_complete, gone_dark
from multivector.lenses.exposure.lists import Listed, PartnerList
from multivector.lenses.exposure.measures import MeasureRule
from multivector.lenses.exposure.params import ExposureParams
from multivector.schema import WORLD
from multivector.world import World
from multivector.world.conflicts import in_base_units


@dataclass(frozen=True, slots=True)
class Amount:
    """Money, USD, and the rows that say so."""

    usd: float
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Doubts:
    """Lists with doubted partners taken out and dark ones put in, and what to tell the reader."""

    lists: tuple[PartnerList, ...]
    caveats: tuple[str, ...]
    facts: tuple[str, ...]


def doubted(world: World, rule: MeasureRule, lists: Sequence[PartnerList], params: ExposureParams) -> Doubts:
    """Apply every rule to the lists of one measure; those about trade in goods only where goods are measured."""
    remembered = [gone_dark(one, lists, params.dark_share) for one in lists]
    if rule.product != "goods" or not lists:
        return Doubts(tuple(remembered), _dark_words(rule, remembered, world), ())
    gdp, totals = _latest_gdp(world), _money_totals(world, rule, params.pivot)
    plausible = [_without_implausible(one, totals, gdp, params.gdp_limit) for one in remembered]
    seen = [absent_from_complete(world, rule, one, plausible, params) for one in plausible]
    words = [word for one in seen for word in _implausible_words(rule, one, totals, gdp, world)]
    facts = {
        row for one in seen for item in one.doubted for row in (*gdp[item.partner].facts, *totals[one.start].facts)
    }
    return Doubts(tuple(seen), (*words, *_dark_words(rule, seen, world)), tuple(sorted(facts)))


def _without_implausible(
    one: PartnerList, totals: dict[dt.date, Amount], gdp: dict[str, Amount], limit: float
) -> PartnerList:
    """The list without partners whose flow would exceed `limit` times their GDP."""
    total = totals.get(one.start)
    if total is None:
        return one
    bad = tuple(
        item for item in one.listed if item.partner in gdp and item.share * total.usd > limit * gdp[item.partner].usd
    )
    return replace(one, listed=tuple(item for item in one.listed if item not in bad), doubted=bad)


def _latest_gdp(world: World) -> dict[str, Amount]:
    rows = in_base_units(world.rows("indicators", pl.col("name") == "gdp"))
    dollars = rows.filter(pl.col("dimension").is_in(["USD", "USD2015"]), pl.col("amount").is_not_null()).sort(
        "period_start", "id"
    )
    newest = dollars.group_by("subject", maintain_order=True).last().select("subject", "amount", "id")
    return {subject: Amount(amount, (row,)) for subject, amount, row in newest.iter_rows()}


def _money_totals(world: World, rule: MeasureRule, pivot: str) -> dict[dt.date, Amount]:
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
    totals: dict[dt.date, Amount] = {}
    listed: defaultdict[tuple[dt.date, str], list[float]] = defaultdict(list)
    for row in in_base_units(rows).sort("amount", "id").iter_rows(named=True):
        if row[other] == WORLD:
            totals[row["period_start"]] = Amount(row["amount"], (row["id"],))  # ascending: the largest stays
        else:
            listed[row["period_start"], row["source"]].append(row["amount"])
    for (start, _), amounts in sorted(listed.items()):
        if start not in totals or math.fsum(amounts) > totals[start].usd:
            totals[start] = Amount(math.fsum(amounts), ())
    return totals


def _implausible_words(
    rule: MeasureRule, one: PartnerList, totals: dict[dt.date, Amount], gdp: dict[str, Amount], world: World
) -> list[str]:
    named = _names(world) if one.doubted else {}
    return [
        _implausible_word(rule, one, item, totals[one.start].usd, gdp[item.partner].usd, named) for item in one.doubted
    ]


def _implausible_word(  # noqa: PLR0913, PLR0917 - one sentence, its six ingredients
    rule: MeasureRule, one: PartnerList, item: Listed, total: float, gdp: float, named: dict[str, str]
) -> str:
    return (
        f"{rule.label} {one.start.year}: {named[item.partner]} with {item.share:.1%} in {named[one.source]} is "
        f"implausible: {item.share * total / 1e9:.1f} bn USD would exceed its whole GDP of {gdp / 1e9:.1f} bn USD "
        "(2015 prices). Kept in view, counted as unknown."
    )


def _dark_words(rule: MeasureRule, lists: Sequence[PartnerList], world: World) -> tuple[str, ...]:
    words = []
    for one in lists:
        if one.dark:
            named = _names(world)
            who = ", ".join(f"{named[item.partner]} (at most {item.cap:.0%})" for item in one.dark)
            says = (
                f"no row for {who}, though each trades with almost everybody. Every share of the list is an upper bound"
                if one.rule == "complete"
                else f"no row for {who}, though each held a good part of the list before"
            )
            words.append(f"{rule.label} {one.start.year}, {named[one.source]}: {says}. Unknown, not gone.")
    return tuple(words)


def _names(world: World) -> dict[str, str]:
    actors = world.scan("actors").select("actor", "name").collect().iter_rows()
    sources = world.scan("sources").select("source", "title").collect().iter_rows()
    return {**dict(actors), **dict(sources)}
