"""From flows to lists of partners with their shares: one list a source and period, never two sources in one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import polars as pl

from multivector.errors import NoAnswer
from multivector.lenses.exposure.measures import MeasureRule
from multivector.schema import WORLD
from multivector.world import World
from multivector.world.conflicts import in_base_units, latest_editions

_USABLE = ("observed", "derived", "claim", "judged")
_WHOLE = 1.005  # the largest sum of shares that rounding explains


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
    """What one source says of the pivot's partners in one measure and period."""

    measure: str
    source: str
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
    dark: tuple[Dark, ...] = ()

    @property
    def covered(self) -> float:
        """Fraction of the total that stands beside a partner's name and is believed."""
        return min(sum(one.share for one in self.listed), 1.0)

    @property
    def cap(self) -> float:
        """The most that a partner outside the list may hold: in a top list no more than its smallest partner.

        A partner that is listed with nothing (an embargo) is not the smallest of the largest.
        """
        return min((one.high for one in self.listed if one.share > 0), default=1.0) if self.rule == "top" else 1.0

    @property
    def facts(self) -> tuple[str, ...]:
        """Every row the list was made of."""
        rows = [one.fact for one in (*self.listed, *self.doubted)]
        return tuple(sorted({*rows, *self.totals, *(one.fact for one in self.dark if one.fact)}))


def pivot_flows(world: World, pivot: str) -> pl.DataFrame:
    """Every usable flow from or to the pivot, with base units and the rank of its source, read once.

    Plans and forecasts are not read: they are no measurement.
    """
    rows = world.rows(
        "flows",
        (pl.col("sender") == pivot) | (pl.col("receiver") == pivot),
        pl.col("status").is_in(_USABLE),
        pl.col("period_start").is_not_null() & pl.col("period_end").is_not_null(),
    )
    ranks = world.scan("sources").select("source", "rank").collect()
    return in_base_units(rows).join(ranks, on="source", how="left", validate="m:1")


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
        NoAnswer: partners of one list add to more than the total of the same source.
    """
    own = flows_of(flows, rule, pivot)
    printed = own.filter(pl.col("measure") == rule.printed) if rule.printed else own.clear()
    amounts = own.filter(pl.col("measure") == rule.amounts) if rule.amounts else own.clear()
    shares = printed.filter((pl.col("partner") != WORLD) & pl.col("via").is_null())
    found = [*_printed_lists(rule, shares, about), *_counted_lists(rule, amounts, about)]
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.source)))


def _printed_lists(rule: MeasureRule, shares: pl.DataFrame, about: float) -> list[PartnerList]:
    found = []
    key = ["source", "period_start", "period_end"]
    for _, rows in latest_editions(shares, by=key).group_by(key, maintain_order=True):
        listed = tuple(_listed(row, row["value"], row["half"], about) for row in rows.iter_rows(named=True))
        found.append(_as_list(rule, rows, listed))
    return found


def _counted_lists(rule: MeasureRule, amounts: pl.DataFrame, about: float) -> list[PartnerList]:
    found = []
    key = ["source", "period_start", "period_end", "dimension"]
    partners = amounts.filter(pl.col("partner") != WORLD)
    totals = latest_editions(amounts.filter((pl.col("partner") == WORLD) & pl.col("via").is_null()), by=key)
    for (source, start, end, dimension), rows in latest_editions(partners, by=[*key, "partner"]).group_by(
        key, maintain_order=True
    ):
        same = (pl.col("period_start") == start) & (pl.col("period_end") == end) & (pl.col("dimension") == dimension)
        over = _totals(totals.filter(same), str(source), rows)
        if over is not None:
            found.append(_counted_list(rule, rows, over, about))
    return found


@dataclass(frozen=True, slots=True)
class Total:
    """What partner amounts are divided by: the chosen total, its reach over all sources, and its rows."""

    value: float
    low: float
    high: float
    facts: tuple[str, ...]


def _totals(totals: pl.DataFrame, source: str, rows: pl.DataFrame) -> Total | None:
    own = totals.filter(pl.col("source") == source)
    admissible = own if not own.is_empty() else totals
    if not admissible.is_empty():
        best = admissible.sort("rank", "published", "id", descending=[False, True, False], nulls_last=True)
        amounts, halves = admissible["amount"], admissible["half"]
        low, high = _least(amounts - halves), _most(amounts + halves)
        return Total(float(best["amount"][0]), low, high, tuple(admissible["id"]))
    if (rows["list_rule"] == "complete").all():
        total = float(rows["amount"].sum())
        return Total(total, total, total, ())
    return None


def _least(column: pl.Series) -> float:
    return min(float(value) for value in column)


def _most(column: pl.Series) -> float:
    return max(float(value) for value in column)


def _counted_list(rule: MeasureRule, rows: pl.DataFrame, total: Total, about: float) -> PartnerList:
    if total.value <= 0:
        raise NoAnswer(f"{rule.key}: the total of {rows['source'][0]} is not positive")
    listed = []
    for row in rows.iter_rows(named=True):
        share = row["amount"] / total.value
        one = _listed({**row, "value": share}, share, 0.0, about)
        low = max(row["amount"] - row["half"], 0.0) / total.high if row["half"] else row["amount"] / total.high
        high = (row["amount"] + row["half"]) / total.low if total.low > 0 else 1.0
        listed.append(replace(one, low=min(one.low, low), high=min(max(one.high, high), 1.0), amount=row["amount"]))
    first = rows.row(0, named=True)
    return replace(_as_list(rule, rows, tuple(listed)), totals=total.facts, unit=first["dimension"])


def _listed(row: dict[str, object], share: float, half: float, about: float) -> Listed:
    low, high = max(share - half, 0.0), min(share + half, 1.0)
    # what one pipe carries to a buyer is the least that it buys
    wording = "more_than" if row["via"] is not None else row["qualifier"]
    match wording:
        case "more_than":
            low, high = share, 1.0
        case "less_than":
            low, high = 0.0, share
        case "about":
            low, high = min(low, share * (1 - about)), max(high, min(share * (1 + about), 1.0))
        case _:
            pass
    is_open = wording == "more_than"
    return Listed(partner=str(row["partner"]), share=share, low=low, high=high, fact=str(row["id"]), open=is_open)


def _as_list(rule: MeasureRule, rows: pl.DataFrame, listed: tuple[Listed, ...]) -> PartnerList:
    """Raises NoAnswer where a partner stands twice or the shares add to more than the whole."""
    source = str(rows["source"][0])
    names = [one.partner for one in listed]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NoAnswer(f"{rule.key}: {twice[0]} stands twice in the list of {source}: two statements are never added")
    if sum(one.low for one in listed) > _WHOLE:
        raise NoAnswer(f"{rule.key}: shares of {source} add to {sum(one.share for one in listed):.3f}, more than 1")
    rules = set(rows["list_rule"])
    return PartnerList(
        measure=rule.key,
        source=source,
        rank=int(rows["rank"][0]),
        published=rows["published"].max(),  # type: ignore[arg-type]  # a date column's maximum is a date or null
        status=next((word for word in ("claim", "judged") if (rows["status"] == word).any()), "observed"),
        start=rows["period_start"][0],
        end=rows["period_end"][0],
        rule=rules.pop() if len(rules) == 1 else "selected",
        listed=tuple(sorted(listed, key=lambda one: (-one.share, one.partner))),
    )
