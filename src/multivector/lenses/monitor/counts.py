"""What the exporter and the importers counted: one amount for each pair and period, with the rows that state it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from multivector.errors import NoAnswer, UnknownName
from multivector.lenses.monitor.params import MonitorParams
from multivector.world import World
from multivector.world.conflicts import choose, in_base_units
from multivector.world.poles import read_roll

Side = Literal["sender", "receiver"]
MILLION: Final = 1e6
MONTHS: Final = 12
_CELL: Final = ["sender", "receiver", "period_start", "period_end"]
_STANDING: Final = ("observed", "derived")  # neither a claim nor a plan is a count


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """All goods. `exports`: as the members of the exporting body count them, `imports`: as each importer does.

    Columns of both: sender, receiver, period_start, period_end, grain (month or year), amount (million of the
    currency), low, high, declared (the file says that it is incomplete), facts. `members`: who is added up.
    `aggregates`: how many rows of the body itself stood beside those of its members and were left out. `foreign`: how
    many rows are in another currency.
    """

    exports: pl.DataFrame
    imports: pl.DataFrame
    members: frozenset[str]
    member_rows: tuple[str, ...]
    aggregates: int
    foreign: int


def read_counts(world: World, params: MonitorParams) -> Counts:
    """Every count of the pair of the exporter and the destinations, one a cell.

    Raises:
        UnknownName: no such exporter, pivot or peer.
        NoAnswer: no row says what the exporter sold the pivot.
    """
    members, rows = members_of(world, params)
    ranks = world.scan("sources").select("source", "rank").collect()
    goods = world.rows(
        "flows",
        pl.col("channel") == "trade",
        pl.col("product") == "goods",
        pl.col("measure") == "value",
        pl.col("scope") == "goods",
        pl.col("qualifier") == "exact",
        pl.col("status").is_in(_STANDING),
        pl.col("receiver").is_in(params.destinations),
        pl.col("reporter").is_not_null(),
    )
    counted = in_base_units(goods)
    own = counted.filter(pl.col("dimension") == params.currency)
    inside = pl.col("sender").is_in(list(members))
    exports = cells(own.filter(inside, pl.col("reporter") == pl.col("sender")), ranks)
    imports = cells(own.filter(inside, pl.col("reporter") == pl.col("receiver")), ranks)
    _require_pivot(world, params, exports)
    return Counts(
        exports=exports,
        imports=imports,
        members=members,
        member_rows=rows,
        aggregates=own.filter(pl.col("sender") == params.exporter, ~inside).height,
        foreign=counted.filter(inside, pl.col("dimension") != params.currency).height,
    )


def members_of(world: World, params: MonitorParams) -> tuple[frozenset[str], tuple[str, ...]]:
    """Who is added up: the exporter itself, or the members of the body on the last day shown, and the rows saying so.

    Raises:
        UnknownName: neither an actor nor an organisation.
    """
    known = world.names("actor")
    for name in (params.exporter, params.pivot, *params.destinations):
        if name not in known:
            raise UnknownName("actor", name, known=known)
    held = read_roll(world).members_on(last_day(params)).get(params.exporter)
    if not held:
        return frozenset({params.exporter}), ()
    return frozenset(held), tuple(sorted(held.values()))


def last_day(params: MonitorParams) -> dt.date:
    """The day on which memberships are read: composition is held constant over the years."""
    return dt.date(params.until, 12, 31) if params.until is not None else dt.date(2100, 12, 31)


def cells(rows: pl.DataFrame, ranks: pl.DataFrame, *, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """One amount a cell, chosen by the rule of the world; a statement that stands twice counts once."""
    start, end = pl.col("period_start"), pl.col("period_end")
    month = (start.dt.day() == 1) & (end == start.dt.offset_by("1mo"))
    year = (start.dt.day() == 1) & (start.dt.month() == 1) & (end == start.dt.offset_by("1y"))
    grained = rows.with_columns(grain=pl.when(month).then(pl.lit("month")).when(year).then(pl.lit("year"))).filter(
        pl.col("grain").is_not_null()
    )
    chosen = choose(grained, by=[*_CELL, *by, "grain"], ranks=ranks)
    notes = grained.select(
        chosen="id",
        declared=pl.col("note").str.starts_with("partial").is_not_null()
        & (pl.col("note").str.starts_with("partial") == pl.lit(value=True)),
    )
    return (
        chosen.join(notes.unique("chosen"), on="chosen", how="left", validate="1:1")
        .with_columns(pl.col("amount", "low", "high") / MILLION, pl.col("declared").eq_missing(pl.lit(value=True)))
        .select(*_CELL, *by, "grain", "amount", "low", "high", "declared", "facts")
    )


def monthly(counted: pl.DataFrame) -> pl.DataFrame:
    """Sums over senders by receiver and month: their period, amount, low, high, members and facts."""
    return (
        counted.filter(pl.col("grain") == "month")
        .group_by("receiver", "period_start", "period_end")
        .agg(*_SUMS)
        .sort("receiver", "period_start")
    )


def yearly(counted: pl.DataFrame) -> pl.DataFrame:
    """Sums over senders by receiver and year: also `months` and the `senders` named.

    A year is the sum of its months where all twelve have rows; else a row of the whole year; else the months there are.
    """
    dated = counted.with_columns(year=pl.col("period_start").dt.year())
    by_month = pl.col("grain") == "month"
    covered = dated.filter(by_month).group_by("receiver", "year").agg(months=pl.col("period_start").n_unique())
    whole = dated.filter(~by_month).select("receiver", "year").unique().with_columns(has_year=pl.lit(value=True))
    marked = dated.join(covered, on=["receiver", "year"], how="left", validate="m:1").join(
        whole, on=["receiver", "year"], how="left", validate="m:1"
    )
    all_months = pl.col("months").eq_missing(pl.lit(MONTHS))
    reads_months = all_months | pl.col("has_year").is_null()
    kept = marked.filter(by_month == reads_months)
    return (
        kept.group_by("receiver", "year")
        .agg(
            *_SUMS,
            senders=pl.col("sender").unique().sort(),
            declared=pl.col("declared").any(),
            months=pl.when(by_month).then(pl.col("months")).otherwise(pl.lit(MONTHS)).first().cast(pl.Int64),
            cells=pl.len(),
        )
        .sort("receiver", "year")
    )


_SUMS: Final = (
    pl.col("amount").sum(),
    pl.col("low").sum(),
    pl.col("high").sum(),
    pl.col("sender").n_unique().cast(pl.Int64).alias("members"),
    pl.col("facts").explode().unique().sort().alias("facts"),
)


def _require_pivot(world: World, params: MonitorParams, exports: pl.DataFrame) -> None:
    if exports.filter(pl.col("receiver") == params.pivot).height:
        return
    known = ", ".join(sorted(set(exports["receiver"]))) or "none of the peers"
    late = world.withheld("flows", pl.col("receiver") == params.pivot, pl.col("product") == "goods")
    held = f"; {late} rows have no known publication date and are left out as of {world.day}" if late else ""
    raise NoAnswer(
        f"no row says what {params.exporter} sold {params.pivot} by month or year, in {params.currency}, as "
        f"{params.exporter} counts it (known: {known}){held}: bring a Eurostat, Comtrade or BACI file with "
        "`multivector pull`, and lay it over the world with --world"
    )
