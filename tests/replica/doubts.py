"""Partners that are not believed and partners that went dark: the section "Doubts" of docs/methods/exposure.md."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from tests.replica.lists import Dark, ShareList
from tests.replica.reading import ALL_PARTNERS, Ground, Row, complete_key

from multivector.lenses.exposure.measures import MeasureRule
from multivector.schema.units import UNITS

DARK_SHARE = 0.1
BIG_EXPORTER = 0.005
GDP_LIMIT = 1.0
PEER = 0.1  # part of the pivot's trade from which an actor is its peer


def doubted(ground: Ground, pivot: str, rule: MeasureRule, lists: list[ShareList]) -> list[ShareList]:
    """The three rules in their order (doubts)."""
    seen = [replace(one, dark=gone_dark(one, lists)) for one in lists]
    if rule.product != "goods":
        return seen
    totals = totals_by_start(ground, pivot, rule)
    believed = [disbelieve(one, totals, ground.gdp_usd) for one in seen]
    most: defaultdict[str, float] = defaultdict(float)
    for one in believed:
        for listed in one.believed:
            most[listed.partner] = max(most[listed.partner], listed.high)
    return [replace(one, dark=one.dark + tuple(absent(ground, pivot, rule, one, most))) for one in believed]


def gone_dark(one: ShareList, lists: list[ShareList]) -> tuple[Dark, ...]:
    """Large partners of the list before that this top list lacks (doubts, 1)."""
    side = (one.source, one.mirror, "top")
    if one.rule != "top":
        return ()
    earlier = [old for old in lists if (old.source, old.mirror, old.rule) == side and old.start < one.start]
    if not earlier:
        return ()
    before = max(earlier, key=lambda old: (old.start, old.end))
    here = {listed.partner for listed in one.believed}
    left = max(1.0 - sum(listed.low for listed in one.believed), 0.0)
    return tuple(
        Dark(old.partner, left, old.fact)
        for old in before.believed
        if old.share >= DARK_SHARE and old.partner not in here
    )


def totals_by_start(ground: Ground, pivot: str, rule: MeasureRule) -> dict[dt.date, float]:
    """The pivot's total Y by the day a period starts (doubts, 2)."""
    side, other = ends(rule)
    totals: defaultdict[dt.date, float] = defaultdict(float)
    sums: defaultdict[tuple[dt.date, str], float] = defaultdict(float)
    for row in (ground.sent if side == "sender" else ground.received).get(pivot, []):
        if not is_goods_in_dollars(row):
            continue
        amount = row["value"] * UNITS[row["unit"]].factor
        if row[other] == ALL_PARTNERS:
            totals[row["period_start"]] = max(totals[row["period_start"]], amount)
        elif row["list_rule"] == "complete":
            sums[row["period_start"], row["source"]] += amount
    for (start, _), amount in sums.items():
        totals[start] = max(totals[start], amount)
    return dict(totals)


def is_goods_in_dollars(row: Row) -> bool:
    """Whether a row can give the total Y (doubts, 2)."""
    goods = row["product"] in {"goods", "goods_services"} and row["measure"] == "value"
    return goods and row["unit"] in {"USD", "USD mn", "USD bn"}


def ends(rule: MeasureRule) -> tuple[str, str]:
    """The column of the pivot and the column of the partner (measures)."""
    return (rule.side, "receiver" if rule.side == "sender" else "sender")


def disbelieve(one: ShareList, totals: dict[dt.date, float], gdp_usd: dict[str, float]) -> ShareList:
    """Take out partners whose trade would exceed their GDP (doubts, 2)."""
    if one.start not in totals:
        return one
    whole = totals[one.start]
    out = tuple(
        listed
        for listed in one.believed
        if listed.partner in gdp_usd and listed.share * whole > GDP_LIMIT * gdp_usd[listed.partner]
    )
    return replace(one, believed=tuple(listed for listed in one.believed if listed not in out), doubted=out)


def absent(ground: Ground, pivot: str, rule: MeasureRule, one: ShareList, most: dict[str, float]) -> Iterator[Dark]:
    """Big traders that a complete list does not name (doubts, 3)."""
    if one.rule != "complete":
        return
    side, other = ends(rule)
    key = complete_key(
        {
            "source": one.source,
            "period_start": one.start,
            "period_end": one.end,
            "product": rule.product,
            "measure": rule.amounts,
        }
    )
    rows = [row for row in ground.complete.get(key, []) if ALL_PARTNERS not in {row[side], row[other]}]
    near = summed(rows, side)
    here = {listed.partner for listed in one.believed + one.doubted} | {pivot}
    everything = sum(near.values())
    peers = {actor for actor in near if pivot in near and near[actor] >= PEER * near[pivot]}
    for actor, traded in summed(rows, other).items():
        if actor not in here and traded / everything >= BIG_EXPORTER:
            parts = [row["value"] / near[row[side]] for row in rows if row[other] == actor and row[side] in peers]
            yield Dark(actor, max(*parts, most.get(actor, 0.0)) if parts else 1.0, None)


def summed(rows: list[Row], column: str) -> dict[str, float]:
    """Values by the actor in one column (doubts, 3)."""
    sums: defaultdict[str, float] = defaultdict(float)
    for row in rows:
        sums[row[column]] += row["value"]
    return dict(sums)
