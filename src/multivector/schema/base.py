"""What every row carries, and the closed sets of words the tables use."""

from __future__ import annotations

from typing import Final, Literal, NewType, get_args

import dataframely as dy
import polars as pl

Actor = NewType("Actor", str)

Channel = Literal[
    "trade", "energy", "transit", "finance", "security", "institutions", "diplomacy", "culture", "technology"
]
Status = Literal["observed", "derived", "plan", "forecast", "judged", "claim"]
Measure = Literal[
    "value",  # money of the flow in the period
    "quantity",  # physical amount of the flow in the period
    "stock",  # money standing at the end of the period
    "cumulative",  # money added up since the start of the period; never compared with a stock
    "turnover",  # both directions added; sender is the state that the row is about
    "share_of_sender",  # fraction of the sender's total of this product
    "share_of_receiver",  # fraction of the receiver's total of this product
    "share_of_turnover",  # fraction of the sender's two-way total
    "rank",  # place of the partner, 1 is first
]
Qualifier = Literal["exact", "more_than", "less_than", "about"]
Scope = Literal["goods", "services", "goods_services", "none"]
Basis = Literal["none", "fob", "cif", "immediate", "ultimate", "gross", "net"]
ListRule = Literal[
    "complete",  # every pair with trade is in the list; a pair that is not there is unknown
    "top",  # the largest partners: whoever is not listed is smaller than the smallest listed
    "selected",  # some partners; nothing follows for the others
]
ActorKind = Literal["state", "territory", "organisation", "region", "firm", "world"]
SourceKind = Literal[
    "official", "compilation", "reconciled", "study", "press", "party", "general_knowledge", "definition"
]
Precision = Literal["day", "week", "month", "year", "period", "unknown"]

CHANNELS: Final[tuple[str, ...]] = get_args(Channel)
STATUSES: Final[tuple[str, ...]] = get_args(Status)
WORLD: Final = Actor("WLD")  # all partners together


def words(meaning: str, *, null: bool = False, names: str = "", many: bool = False, most: int = 600) -> dy.String:
    """A text column. `names` says which kind of known name it holds; `many`: several, joined by `;`."""
    return dy.String(
        nullable=null,
        min_length=1,
        check={"characters": lambda column: column.str.len_chars() <= most},  # its own max_length counts bytes
        description=meaning,
        metadata={"most": most} | ({"names": names, "many": many} if names else {}),
    )


def one_of(allowed: tuple[str, ...], meaning: str, *, null: bool = False, default: str | None = None) -> dy.String:
    """A text column over a closed set. `default` fills the column where a file leaves it out altogether."""
    return dy.String(
        nullable=null,
        check={"in_set": lambda column: column.is_in(allowed)},
        description=meaning,
        metadata={"allowed": allowed} | ({"default": default} if default else {}),
    )


def number(meaning: str, *, null: bool = False, least: float | None = None, most: float | None = None) -> dy.Float64:
    """A number column: finite, never NaN; null is "not reported"."""
    return dy.Float64(nullable=null, min=least, max=most, description=meaning)


class Statement(dy.Schema):
    """What every row of every table says of itself: who stated it, where, when, and how sure."""

    id = dy.String(
        primary_key=True,
        regex=r"^[a-z_]+\.[0-9a-f]{14}$",
        description="hash of the row's content (its note left out): the same statement has the same id in every world",
    )
    source = words("key of the source that makes the statement", names="source")
    locator = words("where in the source: page, edition, cell or address", null=True, most=500)
    period_start = dy.Date(nullable=True, description="first day that the statement is about; empty: open or unknown")
    period_end = dy.Date(nullable=True, description="first day after the period: half-open; empty: open or unknown")
    published = dy.Date(
        nullable=True,
        description="first day on which the statement could be known; a bare month or year reads as its last day",
    )
    status = one_of(STATUSES, "observed, derived, plan, forecast, judged or claim", default="observed")
    note = words("bounds, anomalies and guesses in words", null=True, most=900)

    @dy.rule()
    def period_in_order(cls) -> pl.Expr:  # noqa: N805 - dataframely passes the class
        """The period ends after it starts."""
        start, end = pl.col("period_start"), pl.col("period_end")
        return start.is_null() | end.is_null() | (end > start)


def years(table: pl.LazyFrame) -> pl.LazyFrame:
    """Rows whose period is exactly one calendar year, with that `year`."""
    start, end = pl.col("period_start"), pl.col("period_end")
    whole = (start.dt.month() == 1) & (start.dt.day() == 1) & (end == start.dt.offset_by("1y"))
    return table.filter(whole).with_columns(year=start.dt.year().cast(pl.Int32))
