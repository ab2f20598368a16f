"""Lists of shares, printed or counted: the section "Shares" of docs/methods/exposure.md."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from tests.replica.reading import ALL_PARTNERS, Flow, Ground, flows_of, grouped, newest, preference, reach

from multivector.lenses.exposure.measures import MeasureRule


@dataclass(frozen=True, slots=True)
class Listed:
    """A partner of a list with its share; `is_open` where the share has no high end."""

    partner: str
    share: float
    low: float
    high: float
    is_open: bool
    amount: float | None
    fact: str


@dataclass(frozen=True, slots=True)
class Dark:
    """A partner that should be in the list and is not, with the most it can hold."""

    partner: str
    cap: float
    fact: str | None


@dataclass(frozen=True, slots=True)
class ShareList:
    """The partners one source gives for one period; `dimension` is empty for printed shares."""

    source: str
    rank: int
    published: dt.date | None
    mirror: bool
    start: dt.date
    end: dt.date
    rule: str | None
    standing: str
    dimension: str | None
    total_facts: tuple[str, ...]
    believed: tuple[Listed, ...]
    doubted: tuple[Listed, ...] = ()
    dark: tuple[Dark, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """What the amounts of a list are divided by."""

    amount: float
    low: float
    high: float
    facts: tuple[str, ...]


Key = tuple[str, bool, dt.date, dt.date]


def lists_of(ground: Ground, pivot: str, rule: MeasureRule) -> list[ShareList]:
    """Every list of a measure (shares)."""
    flows = flows_of(ground, pivot, rule)
    printed = [one for one in flows if one.measure == rule.printed]
    return printed_lists(printed) + counted_lists([one for one in flows if one.measure == rule.amounts])


def list_key(flow: Flow) -> Key:
    """Source, side and period (shares, A list)."""
    return flow.source, flow.mirror, flow.start, flow.end


def printed_lists(flows: list[Flow]) -> list[ShareList]:
    """Lists of printed shares (shares, A list of printed shares)."""
    rows = newest([one for one in flows if one.partner != ALL_PARTNERS and one.via is None], list_key)
    return [share_list(same, tuple(printed_share(one) for one in same)) for same in grouped(rows, list_key).values()]


def printed_share(flow: Flow) -> Listed:
    """Share and reach of one printed row (shares, A list of printed shares)."""
    low, high = reach(flow.value, flow.half, flow.qualifier)
    return Listed(flow.partner, flow.value, low, min(high, 1.0), math.isinf(high), None, flow.id)


def counted_lists(flows: list[Flow]) -> list[ShareList]:
    """Lists of amounts that have a total (shares, A list of amounts)."""
    totals = newest(
        [one for one in flows if one.partner == ALL_PARTNERS and one.via is None],
        lambda one: (list_key(one), one.dimension),
    )
    found = []
    for same in grouped(whole_partners(flows), lambda one: (list_key(one), one.dimension)).values():
        total = total_of(same, totals)
        if total is not None:
            shares = tuple(counted_share(one, total) for one in same)
            found.append(share_list(same, shares, dimension=same[0].dimension, total_facts=total.facts))
    return found


def whole_partners(flows: list[Flow]) -> list[Flow]:
    """Rows with `via` stand only where the partner has no row without (shares, A list of amounts)."""
    rows = newest(
        [one for one in flows if one.partner != ALL_PARTNERS],
        lambda one: (list_key(one), one.dimension, one.partner, one.via),
    )
    whole = {(list_key(one), one.dimension, one.partner) for one in rows if one.via is None}
    return [one for one in rows if one.via is None or (list_key(one), one.dimension, one.partner) not in whole]


def total_of(rows: list[Flow], totals: list[Flow]) -> Total | None:
    """The total in its stated order: own row, sum of a complete list, anybody's row (shares, A list of amounts)."""
    first = rows[0]
    period = (first.start, first.end, first.dimension)
    same = [one for one in totals if (one.start, one.end, one.dimension) == period]
    own = [one for one in same if (one.source, one.mirror) == (first.source, first.mirror)]
    if not own and all(one.list_rule == "complete" for one in rows):
        summed = sum(one.amount for one in rows)
        return Total(summed, summed, summed, ())
    read = own or same
    if not read:
        return None
    return Total(
        amount=min(read, key=preference).amount,
        low=min(one.amount - one.half for one in read),
        high=max(one.amount + one.half for one in read),
        facts=tuple(one.id for one in read),
    )


def counted_share(flow: Flow, total: Total) -> Listed:
    """Share of one amount; a pipe is a floor, a complete list is exact (shares, A list of amounts)."""
    half = 0.0 if flow.list_rule == "complete" else flow.half
    low, high = reach(flow.amount, half, "more_than" if flow.via else flow.qualifier)
    is_open = math.isinf(high)
    return Listed(
        partner=flow.partner,
        share=flow.amount / total.amount,
        low=low / total.high,
        high=1.0 if is_open else min(high / total.low, 1.0),
        is_open=is_open,
        amount=flow.amount,
        fact=flow.id,
    )


def share_list(
    rows: list[Flow], shares: tuple[Listed, ...], *, dimension: str | None = None, total_facts: tuple[str, ...] = ()
) -> ShareList:
    """Rule, publication date and standing (shares, Of a list)."""
    rules = {one.list_rule for one in rows}
    words = {one.status for one in rows}
    return ShareList(
        source=rows[0].source,
        rank=rows[0].rank,
        published=max((one.published for one in rows if one.published), default=None),
        mirror=rows[0].mirror,
        start=rows[0].start,
        end=rows[0].end,
        rule=rules.pop() if len(rules) == 1 else "selected",
        standing=next((word for word in ("claim", "judged") if word in words), "observed"),
        dimension=dimension,
        total_facts=total_facts,
        believed=shares,
    )
