"""What the exporter and the importers counted: one amount for each pair and period, with the rows that state it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import polars as pl

from multivector.errors import NoAnswer, UnknownName
from multivector.lenses.monitor.params import MonitorParams
from multivector.world import World
from multivector.world.conflicts import choose, in_base_units
from multivector.world.poles import read_roll

MILLION: Final = 1e6
MONTHS: Final = 12
_CELL: Final = ["sender", "receiver", "period_start", "period_end"]
_DAY: Final = dt.timedelta(days=1)
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
    return Counts(
        exports=exports,
        imports=imports,
        members=members,
        member_rows=rows,
        aggregates=own.filter(pl.col("sender") == params.exporter, ~inside).height,
        foreign=counted.filter(inside, pl.col("dimension") != params.currency).height,
    )


def members_of(world: World, params: MonitorParams) -> tuple[frozenset[str], tuple[str, ...]]:
    """Who is added up: the exporter itself, or the members of the body on the `roll_day`, and the rows saying so.

    Raises:
        UnknownName: neither an actor nor an organisation.
    """
    known = world.names("actor")
    for name in (params.exporter, params.pivot, *params.destinations):
        if name not in known:
            raise UnknownName("actor", name, known=known)
    held = read_roll(world).members_on(roll_day(world)).get(params.exporter)
    if not held:
        return frozenset({params.exporter}), ()
    return frozenset(held), tuple(sorted(held.values()))


def roll_day(world: World) -> dt.date:
    """The day on which memberships are read, whoever is asked about and whatever is shown: the last of any trade row.

    The composition of a body is held constant, so no cell depends on the years beside it. Without such a row it is
    the end of 2100, on which those are members whose membership has no end.
    """
    rows = world.rows(
        "flows",
        pl.col("channel") == "trade",
        pl.col("measure") == "value",
        pl.col("scope") == "goods",
        pl.col("status").is_in(_STANDING),
    )
    newest = rows["period_end"].max()
    return newest - _DAY if isinstance(newest, dt.date) else dt.date(2100, 12, 31)


def cells(rows: pl.DataFrame, ranks: pl.DataFrame) -> pl.DataFrame:
    """One amount a cell, chosen by the rule of the world; a statement that stands twice counts once."""
    grained = with_grain(rows).filter(pl.col("grain").is_not_null())
    chosen = choose(grained, by=[*_CELL, "grain"], ranks=ranks)
    incomplete = grained.filter(pl.col("note").str.starts_with("partial"))["id"]
    return chosen.with_columns(
        pl.col("amount", "low", "high") / MILLION, declared=pl.col("chosen").is_in(incomplete.to_list())
    ).select(*_CELL, "grain", "amount", "low", "high", "declared", "facts")


def with_grain(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their `grain`: month, year, or null for any other period."""
    start, end = pl.col("period_start"), pl.col("period_end")
    month = (start.dt.day() == 1) & (end == start.dt.offset_by("1mo"))
    year = (start.dt.day() == 1) & (start.dt.month() == 1) & (end == start.dt.offset_by("1y"))
    return rows.with_columns(grain=pl.when(month).then(pl.lit("month")).when(year).then(pl.lit("year")))


def monthly(counted: pl.DataFrame) -> pl.DataFrame:
    """Sums over senders by receiver and month: their period, amount, low, high, members and facts."""
    return (
        counted.filter(pl.col("grain") == "month")
        .group_by("receiver", "period_start", "period_end")
        .agg(*_SUMS)
        .sort("receiver", "period_start")
    )


def yearly(counted: pl.DataFrame) -> pl.DataFrame:
    """Sums over senders by receiver and year: also `months` covered and the `senders` named."""
    kept = by_year(counted, ["sender", "receiver"])
    by_month = pl.col("grain") == "month"
    months = pl.col("period_start").filter(by_month).n_unique()
    return (
        kept.group_by("receiver", "year")
        .agg(
            *_SUMS,
            senders=pl.col("sender").unique().sort(),
            declared=pl.col("declared").any(),
            months=pl.when(by_month.any()).then(months).otherwise(pl.lit(MONTHS)).cast(pl.Int64),
        )
        .sort("receiver", "year")
    )


def by_year(cells_: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """The rows that make a year of each key, with that `year`: none counts twice.

    All twelve months where they have rows, else a row of the whole year, else the months there are.
    """
    dated = cells_.with_columns(year=pl.col("period_start").dt.year())
    by_month = pl.col("grain") == "month"
    over = [*key, "year"]
    all_months = pl.col("period_start").filter(by_month).n_unique().over(over) == MONTHS
    has_year = (~by_month).any().over(over)
    return dated.filter(by_month == (all_months | ~has_year))


_SUMS: Final = (
    pl.col("amount").sum(),
    pl.col("low").sum(),
    pl.col("high").sum(),
    pl.col("sender").n_unique().cast(pl.Int64).alias("members"),
    pl.col("facts").explode().unique().sort().alias("facts"),
)


def require_rows(world: World, counts: Counts, params: MonitorParams) -> None:
    """Refuse where nothing says what the exporter sold the pivot.

    Raises:
        NoAnswer: there is no such row; the message names the destinations that have some.
    """
    if counts.exports.filter(pl.col("receiver") == params.pivot).height:
        return
    known = ", ".join(sorted(set(counts.exports["receiver"]))) or "none of the peers"
    late = world.withheld("flows", pl.col("receiver") == params.pivot, pl.col("product") == "goods")
    held = f"; {late} rows have no known publication date and are left out as of {world.day}" if late else ""
    raise NoAnswer(
        f"no row says what {params.exporter} sold {params.pivot} by month or year, in {params.currency}, as "
        f"{params.exporter} counts it (known: {known}){held}: bring a Eurostat, Comtrade or BACI file with "
        "`multivector pull`, and lay it over the world with --world"
    )
