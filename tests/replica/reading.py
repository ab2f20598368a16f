"""Rows of a world as the page reads them: usable, in base units, with their reach, in the newest edition."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from multivector.lenses.exposure.measures import MeasureRule
from multivector.schema.units import UNITS
from multivector.world import World

ABOUT = 0.1
SLACK = 0.01
USABLE = {"observed", "derived", "claim", "judged"}
STANDING = {"observed": 0, "derived": 0, "judged": 1, "claim": 2}
ALL_PARTNERS = "WLD"
DEFAULT_BASES = ("none", "fob", "cif", "net")
_NEVER = dt.date.min

Row = dict[str, Any]  # one row of a table, by column


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The tables of a world as plain rows; `sent` and `received` hold the dated flows by their two ends."""

    sent: dict[str, list[Row]]
    received: dict[str, list[Row]]
    complete: dict[Hashable, list[Row]]
    ranks: dict[str, int]
    groups: list[Row]
    memberships: list[Row]
    actors: list[Row]
    indicators: list[Row]
    events: list[Row]
    legs: list[Row]
    routes: list[Row]
    gdp_usd: dict[str, float]
    today: dt.date


@dataclass(frozen=True, slots=True)
class Flow:
    """A row of `flows` seen from the pivot: `amount` and `half` are in base units, `value` is as printed."""

    id: str
    partner: str
    measure: str
    via: str | None
    value: float
    amount: float
    half: float
    dimension: str
    qualifier: str
    status: str
    list_rule: str | None
    source: str
    rank: int
    reporter: str | None
    mirror: bool
    published: dt.date | None
    start: dt.date
    end: dt.date


class Dated(Protocol):
    """Anything that has, or lacks, a day of publication."""

    @property
    def published(self) -> dt.date | None: ...


class Ranked(Dated, Protocol):
    """A statement that can be preferred to another."""

    @property
    def rank(self) -> int: ...
    @property
    def id(self) -> str: ...


T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
D = TypeVar("D", bound=Dated)


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Items by key, in the order in which they come."""
    groups: defaultdict[K, list[T]] = defaultdict(list)
    for one in items:
        groups[key(one)].append(one)
    return dict(groups)


def ground_of(world: World) -> Ground:
    """Read every table once."""
    tables = ("flows", "groups", "memberships", "actors", "indicators", "events", "legs", "routes", "sources")
    rows: dict[str, list[Row]] = {name: list(world.rows(name).iter_rows(named=True)) for name in tables}
    dated = [row for row in rows["flows"] if row["period_start"] and row["period_end"]]
    published = [row["published"] for row in rows["flows"] + rows["events"] if row["published"]]
    return Ground(
        sent=grouped(dated, lambda row: str(row["sender"])),
        received=grouped(dated, lambda row: str(row["receiver"])),
        complete=grouped((row for row in dated if row["list_rule"] == "complete"), complete_key),
        ranks={row["source"]: row["rank"] for row in rows["sources"]},
        groups=rows["groups"],
        memberships=rows["memberships"],
        actors=rows["actors"],
        indicators=rows["indicators"],
        events=rows["events"],
        legs=rows["legs"],
        routes=rows["routes"],
        gdp_usd=dict(gdp_of(rows["indicators"])),
        today=max(published),
    )


def complete_key(row: Row) -> Hashable:
    """What rows of one complete list have in common (doubts, 3)."""
    return row["source"], row["period_start"], row["period_end"], row["product"], row["measure"]


def gdp_of(indicators: list[Row]) -> Iterator[tuple[str, float]]:
    """GDP of each actor (doubts, 2): the last pair of an actor is the one that stands."""
    rows = [row for row in indicators if row["name"] == "gdp" and UNITS[row["unit"]].dimension in {"USD", "USD2015"}]
    for row in sorted(rows, key=lambda row: (row["period_start"] or _NEVER, row["id"])):
        yield row["subject"], row["value"] * UNITS[row["unit"]].factor


def flows_of(ground: Ground, pivot: str, rule: MeasureRule) -> list[Flow]:
    """The rows a measure reads (shares, Rows)."""
    own = ground.sent if rule.side == "sender" else ground.received
    measures = {word for word in (rule.amounts, rule.printed) if word}
    bases = bases_of(rule)
    return [
        flow_of(ground, row, pivot, rule)
        for row in own.get(pivot, [])
        if row["status"] in USABLE
        and row["product"] == rule.product
        and row["measure"] in measures
        and (not rule.scope or row["scope"] == rule.scope)
        and (bases is None or row["basis"] in bases)
    ]


def bases_of(rule: MeasureRule) -> tuple[str, ...] | None:
    """The column "basis" of the table under measures."""
    if rule.flow_basis:
        return (rule.flow_basis,)
    return DEFAULT_BASES if rule.amounts else None


def flow_of(ground: Ground, row: Row, pivot: str, rule: MeasureRule) -> Flow:
    """Amount, rounding and whose count of one row (shares)."""
    unit = UNITS[row["unit"]]
    return Flow(
        id=row["id"],
        partner=row["receiver" if rule.side == "sender" else "sender"],
        measure=row["measure"],
        via=row["via"],
        value=row["value"],
        amount=row["value"] * unit.factor,
        half=half_width(row),
        dimension=unit.dimension,
        qualifier=row["qualifier"],
        status=row["status"],
        list_rule=row["list_rule"],
        source=row["source"],
        rank=ground.ranks[row["source"]],
        reporter=row["reporter"],
        mirror=row["reporter"] is not None and row["reporter"] != pivot,
        published=row["published"],
        start=row["period_start"],
        end=row["period_end"],
    )


def half_width(row: Row) -> float:
    """Half-width of rounding in base units (shares, Amount and rounding)."""
    return float(0.5 * 10.0 ** -row["decimals"] * UNITS[row["unit"]].factor)


def reach(amount: float, half: float, qualifier: str) -> tuple[float, float]:
    """Low and high end of a figure (shares, Reach)."""
    if qualifier == "more_than":
        return amount, math.inf
    if qualifier == "less_than":
        return 0.0, amount
    if qualifier == "about":
        return max(min(amount - half, amount * (1 - ABOUT)), 0.0), max(amount + half, amount * (1 + ABOUT))
    return max(amount - half, 0.0), amount + half


def newest(rows: Sequence[D], key: Callable[[D], Hashable]) -> list[D]:
    """The newest edition of each thing (shares, Editions); no date is older than any date."""
    latest: dict[Hashable, dt.date] = {}
    for row in rows:
        latest[key(row)] = max(latest.get(key(row), _NEVER), row.published or _NEVER)
    return [row for row in rows if (row.published or _NEVER) == latest[key(row)]]


def age(published: dt.date | None) -> int:
    """Sorts newer days first and no day last."""
    return -published.toordinal() if published else 0


def preference(row: Ranked) -> tuple[int, int, str]:
    """Rank, then newer publication, then id (shares, the row that gives a total)."""
    return row.rank, age(row.published), row.id
