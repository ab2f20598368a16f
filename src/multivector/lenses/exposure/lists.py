"""From flows to lists of partners with their shares: one list a source and period, never two sources in one."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.exposure.measures import MeasureRule
from multivector.lenses.exposure.reach import reach
from multivector.schema import WORLD
from multivector.world import World
from multivector.world.conflicts import in_base_units, latest_editions

USABLE = ("observed", "derived", "claim", "judged")  # plans and forecasts are no measurement
_LIST = ("source", "mirror", "period_start", "period_end")


@dataclass(frozen=True, slots=True)
class Listed:
    """One partner of a list: its share and how far rounding and wording let it reach.

    `open`: the source prints a floor, or counts only one way of reaching the partner.
    """

    partner: str
    share: float
    low: float
    high: float
    fact: str
    amount: float | None = None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Dark:
    """A partner that ought to be in a list and is not: unknown up to `cap`."""

    partner: str
    cap: float
    fact: str | None


@dataclass(frozen=True, slots=True)
class PartnerList:
    """What one source says of the pivot's partners in one measure and period.

    `mirror`: the partners counted, not the pivot. `doubted`: partners taken out as implausible, their mass unknown.
    `adrift`: bodies that belong to no single pole, or that overlap a larger one: some of their members hold the mass.
    """

    measure: str
    source: str
    mirror: bool
    rank: int
    published: dt.date | None
    status: str
    start: dt.date
    end: dt.date
    rule: str
    listed: tuple[Listed, ...]
    totals: tuple[str, ...] = ()
    unit: str | None = None
    doubted: tuple[Listed, ...] = ()
    adrift: tuple[Listed, ...] = ()
    dark: tuple[Dark, ...] = ()

    @property
    def dimmed(self) -> float:
        """The most that dark partners can hold of the true total of a list that calls itself complete."""
        return min(math.fsum(item.cap for item in self.dark), 1.0) if self.rule == "complete" else 0.0

    @property
    def covered(self) -> float:
        """Fraction of the total that stands beside a partner's name and is believed; at least."""
        return min(math.fsum(one.share for one in self.listed), 1.0) * (1.0 - self.dimmed)

    @property
    def cap(self) -> float:
        """The most that a partner outside the list may hold: in a top list no more than its smallest partner.

        A partner that is listed with nothing (an embargo) is not the smallest of the largest.
        """
        return min((one.high for one in self.listed if one.share > 0), default=1.0) if self.rule == "top" else 1.0

    @property
    def facts(self) -> tuple[str, ...]:
        """Every row the list was made of."""
        rows = [one.fact for one in (*self.listed, *self.doubted, *self.adrift)]
        return tuple(sorted({*rows, *self.totals, *(one.fact for one in self.dark if one.fact)}))


@dataclass(frozen=True, slots=True)
class Total:
    """What partner amounts are divided by: the chosen total, its reach, and its rows."""

    value: float
    low: float
    high: float
    facts: tuple[str, ...]


def pivot_flows(world: World, pivot: str) -> pl.DataFrame:
    """Every usable flow from or to the pivot, with base units and the rank of its source, read once."""
    rows = world.rows(
        "flows",
        (pl.col("sender") == pivot) | (pl.col("receiver") == pivot),
        pl.col("status").is_in(USABLE),
        pl.col("period_start").is_not_null() & pl.col("period_end").is_not_null(),
    )
    ranks = world.scan("sources").select("source", "rank").collect()
    counted_by = pl.col("reporter")
    return (
        in_base_units(rows)
        .join(ranks, on="source", how="left", validate="m:1")
        .with_columns(mirror=counted_by.is_not_null() & (counted_by != pivot))
    )


def flows_of(flows: pl.DataFrame, rule: MeasureRule, pivot: str) -> pl.DataFrame:
    """The flows a measure reads, with the `partner` on the other side."""
    other = "receiver" if rule.side == "sender" else "sender"
    return flows.filter(*flow_conditions(rule, pivot)).with_columns(partner=pl.col(other))


def flow_conditions(rule: MeasureRule, pivot: str) -> tuple[pl.Expr, ...]:
    """Which flows a measure is about."""
    wanted = [word for word in (rule.amounts, rule.printed) if word]
    conditions = [
        pl.col(rule.side) == pivot,
        pl.col("product") == rule.product,
        pl.col("measure").is_in(wanted),
    ]
    if rule.scope:
        conditions.append(pl.col("scope") == rule.scope)
    if rule.flow_basis:
        conditions.append(pl.col("basis") == rule.flow_basis)
    elif rule.amounts:
        conditions.append(pl.col("basis").is_in(["none", "fob", "cif", "net"]))
    return tuple(conditions)


def partner_lists(flows: pl.DataFrame, rule: MeasureRule, pivot: str, *, about: float) -> tuple[PartnerList, ...]:
    """Every list of partners that the pivot's flows hold for a measure.

    Raises:
        NoAnswer: a partner stands twice in one list.
    """
    own = flows_of(flows, rule, pivot)
    printed = own.filter(pl.col("measure") == rule.printed) if rule.printed else own.clear()
    amounts = own.filter(pl.col("measure") == rule.amounts) if rule.amounts else own.clear()
    shares = printed.filter((pl.col("partner") != WORLD) & pl.col("via").is_null())
    found = [*_printed_lists(rule, shares, about), *_counted_lists(rule, amounts, about)]
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.source, one.mirror)))


def _printed_lists(rule: MeasureRule, shares: pl.DataFrame, about: float) -> list[PartnerList]:
    return [
        _as_list(rule, rows, tuple(_printed(row, about) for row in rows.iter_rows(named=True)))
        for _, rows in latest_editions(shares, by=list(_LIST)).group_by(_LIST, maintain_order=True)
    ]


def _printed(row: dict[str, Any], about: float) -> Listed:
    ends = reach(row["value"], row["half"], row["qualifier"], about)
    return Listed(row["partner"], row["value"], ends.low, min(ends.high, 1.0), row["id"], open=ends.is_floor)


def _counted_lists(rule: MeasureRule, amounts: pl.DataFrame, about: float) -> list[PartnerList]:
    key = [*_LIST, "dimension"]
    partners = _one_count_each(latest_editions(amounts.filter(pl.col("partner") != WORLD), by=[*key, "partner", "via"]))
    totals = latest_editions(amounts.filter((pl.col("partner") == WORLD) & pl.col("via").is_null()), by=key)
    totals_of = totals.partition_by("period_start", "period_end", "dimension", as_dict=True)
    found = []
    for (_, _, *period), rows in partners.group_by(key, maintain_order=True):
        total = _total(totals_of.get(tuple(period), totals.clear()), rows)
        if total is not None:
            found.append(_counted_list(rule, rows, total, about))
    return found


def _one_count_each(rows: pl.DataFrame) -> pl.DataFrame:
    """A source that counts a partner as a whole and again by one of the ways there: the whole is the count."""
    whole = pl.col("via").is_null()
    return rows.filter(whole | ~whole.any().over([*_LIST, "dimension", "partner"]))


def _total(same: pl.DataFrame, rows: pl.DataFrame) -> Total | None:
    """The source's own total; else the sum of a complete list; else every other source's, the best-ranked first.

    `same` are the totals of the list's period and dimension.
    """
    first = rows.row(0, named=True)
    own = same.filter((pl.col("source") == first["source"]) & (pl.col("mirror") == first["mirror"]))
    if own.is_empty() and (rows["list_rule"] == "complete").all():
        total = float(rows["amount"].sum())
        return Total(total, total, total, ())
    admissible = own if not own.is_empty() else same
    if admissible.is_empty():
        return None
    best = admissible.sort("rank", "published", "id", descending=[False, True, False], nulls_last=True)
    ends = [(amount - half, amount + half) for amount, half in admissible.select("amount", "half").iter_rows()]
    low, high = min(end for end, _ in ends), max(end for _, end in ends)
    return Total(float(best["amount"][0]), low, high, tuple(admissible["id"]))


def _counted_list(rule: MeasureRule, rows: pl.DataFrame, total: Total, about: float) -> PartnerList:
    if total.low <= 0:
        raise NoAnswer(f"{rule.key}: the total of {rows['source'][0]} may be nothing: no share can be taken of it")
    listed = tuple(_counted(row, total, about) for row in rows.iter_rows(named=True))
    return replace(_as_list(rule, rows, listed), totals=total.facts, unit=rows["dimension"][0])


def _counted(row: dict[str, Any], total: Total, about: float) -> Listed:
    amount, half = row["amount"], row["half"]
    # what one pipe carries to a buyer is the least that it buys
    wording = "more_than" if row["via"] is not None else row["qualifier"]
    # a count in whole dollars has no rounding worth a name
    ends = reach(amount, 0.0 if row["list_rule"] == "complete" else half, wording, about)
    high = 1.0 if math.isinf(ends.high) else min(ends.high / total.low, 1.0)
    return Listed(
        partner=row["partner"],
        share=amount / total.value,
        low=ends.low / total.high,
        high=high,
        fact=row["id"],
        amount=amount,
        open=ends.is_floor,
    )


def _as_list(rule: MeasureRule, rows: pl.DataFrame, listed: tuple[Listed, ...]) -> PartnerList:
    """Raises NoAnswer where a partner stands twice."""
    source = str(rows["source"][0])
    names = [one.partner for one in listed]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NoAnswer(f"{rule.key}: {twice[0]} stands twice in the list of {source}: two statements are never added")
    rules = set(rows["list_rule"])
    return PartnerList(
        measure=rule.key,
        source=source,
        mirror=bool(rows["mirror"][0]),
        rank=int(rows["rank"][0]),
        published=rows["published"].max(),  # type: ignore[arg-type]  # a date column's maximum is a date or null
        status=next((word for word in ("claim", "judged") if (rows["status"] == word).any()), "observed"),
        start=rows["period_start"][0],
        end=rows["period_end"][0],
        rule=rules.pop() if len(rules) == 1 else "selected",
        listed=tuple(sorted(listed, key=lambda one: (-one.share, one.partner))),
    )
