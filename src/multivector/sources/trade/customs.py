"""What reporters say they sent and received becomes rows of `flows`: labels matched, doubles and sums left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from multivector.errors import UnknownName
from multivector.problems import Problem, first
from multivector.schema import SOURCES
from multivector.sources.handover.base import Left
from multivector.sources.networks.tables import Imported, Made, framed, refuse, unplaced, wrong_rows
from multivector.sources.trade.flow_rows import CustomsRequest, Publication, flow_rows, source_cells
from multivector.sources.trade.goods import mixed_editions, selected, unlisted
from multivector.sources.trade.labels import Labels, match, spellings
from multivector.sources.trade.periods import Period, periods
from multivector.sources.trade.received import Text, names, receive, text
from multivector.world import World
from multivector.world.cells import LINE

EXPORT: Final = "export"
IMPORT: Final = "import"
_KEY: Final = ("reporter", "partner", "product", "period", "flow", "detail")
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A text as read: one line a statement, or why there are none.

    `rows`: line, reporter, partner (labels), product (`goods` or `hs2022:854231`), period (as printed), flow (export or
    import), detail (every other dimension that adds up, as text), value, tonnes (null: not told), basis, decimals.
    """

    rows: pl.DataFrame
    problems: tuple[Problem, ...] = ()
    left: tuple[Left, ...] = ()


def flows(
    paths: Sequence[Path],
    read: Callable[[Text], Said],
    publication: Publication,
    request: CustomsRequest,
    world: World,
) -> Imported:
    """Rows of `flows` of everything said in files of one provider, and a record in `sources` for each file.

    Raises:
        UnknownName: there is no such file, or `touching` names no actor of the world.
        WrongRequest: a file cannot be read.
        WrongWorld: a file breaks a rule; `problems` lists all of them.
    """
    require_known(request.touching, world)
    files = receive(paths)
    told: list[pl.DataFrame] = []
    left: list[Left] = []
    for file in files:
        for member in names(file.path):
            said = read(text(file.path, member))
            refuse(file.path, said.problems)
            told.append(said.rows.with_columns(file=pl.lit(member), sha256=pl.lit(file.sha256)))
            left += said.left
    name = files[0].name if len(files) == 1 else f"{len(files)} files"
    received = _Received(name, files[0].path, pl.concat(told))
    rows, gone = _taken(received, request, world)
    told_rows = flow_rows(rows, publication, request.published)
    refuse(files[0].path, _nothing(name, told_rows))
    records = (source_cells(one.name, one.sha256, publication, told_rows, request.accessed) for one in files)
    made = framed(Made(SOURCES, 0, record) for record in records) | {"flows": told_rows}
    refuse(files[0].path, wrong_rows(name, made, world))
    return Imported(tables=unplaced(made), left=(*left, *gone))


@dataclass(frozen=True, slots=True, eq=False)
class _Received:
    """Everything said in the files, under one name for problems that are of no single one."""

    name: str
    path: Path
    rows: pl.DataFrame


def _taken(received: _Received, request: CustomsRequest, world: World) -> tuple[pl.DataFrame, tuple[Left, ...]]:
    """What was asked for: labels matched, each statement once, regimes added up; and what stays out."""
    single, doubled, contradicted = _deduplicated(received.name, received.rows)
    spelled = spellings(world)
    senders = match(single["reporter"].unique().sort(), spelled)
    partners = match(single["partner"].unique().sort(), spelled)
    days = periods(single["period"].unique())
    refuse(received.path, (*contradicted, *_strange(single, senders, partners, days), *_bad_values(single)))
    placed = _placed(single, senders, partners, days)
    refuse(received.path, (*mixed_editions(received.name, placed), *_nothing(received.name, placed)))
    wanted = selected(request.products, placed["product"].unique())
    kept = _touching(placed.filter(pl.col("product").is_in(wanted)), request.touching)
    left = (
        *doubled,
        *_left_labels(received.name, single, senders, partners),
        *_left_rows(received.name, single, senders, partners, kept),
        *unlisted(received.name, request.products, placed["product"].unique()),
    )
    return _told(_summed(kept), _missing_months(placed)), left


def require_known(touching: Iterable[str], world: World) -> None:
    """Refuse a name that no actor of the world has.

    Raises:
        UnknownName: `touching` holds one.
    """
    for one in touching:
        if one not in world.names("actor"):
            raise UnknownName("actor", one, known=world.names("actor"))


def _deduplicated(file: str, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Left], list[Problem]]:
    """Each statement once; those that stand twice with one value, counted; those with two values, as problems."""
    single = rows.unique(subset=[*_KEY, "value", "tonnes"], keep="first", maintain_order=True)
    gone = rows.height - single.height
    left = (
        [Left(file, f"{gone} lines", "stand twice: the same reporter, partner, product, period and flow")]
        if gone
        else []
    )
    torn = single.filter(pl.struct(_KEY).is_duplicated())
    problems = [
        Problem(
            name, line, "value", f"contradicts another line on {reporter}, {partner}, {product}, {period}, {flow}", ""
        )
        for name, line, reporter, partner, product, period, flow in torn.select("file", LINE, *_KEY[:5]).iter_rows()
    ]
    return single, left, list(first(problems))


def _strange(rows: pl.DataFrame, senders: Labels, partners: Labels, days: dict[str, Period]) -> Iterator[Problem]:
    """Labels and periods that nobody knows, each once, with its first line."""
    for column, labels in (("reporter", senders), ("partner", partners)):
        for label, near in labels.strange.items():
            file, line = rows.filter(pl.col(column) == label).select("file", LINE).row(0)
            yield Problem(file, line, column, "is no label that is known: labels are matched exactly", label[:60], near)
    unknown = rows.filter(~pl.col("period").is_in(list(days))).group_by("period", maintain_order=True)
    for printed, file, line in unknown.agg(pl.col("file", LINE).first()).iter_rows():
        yield Problem(file, line, "period", "is neither a month nor a calendar year", printed[:60])


def _bad_values(rows: pl.DataFrame) -> Iterator[Problem]:
    for column, what in (("value", "value"), ("tonnes", "weight")):
        bad = rows.filter((pl.col(column) < 0) | ~pl.col(column).is_finite())
        told = bad.select("file", LINE, column).iter_rows()
        yield from first(
            Problem(name, line, column, f"is no {what}: below zero or not finite", repr(amount))
            for name, line, amount in told
        )


def _placed(rows: pl.DataFrame, senders: Labels, partners: Labels, days: dict[str, Period]) -> pl.DataFrame:
    """The rows of known actors, two of them, with their days; what has no value stays for `_left_rows` to count."""
    starts = {printed: one.start for printed, one in days.items()}
    ends = {printed: one.end for printed, one in days.items()}
    return (
        rows.with_columns(
            reporter=pl.col("reporter").replace_strict(senders.placed, default=None, return_dtype=pl.String),
            partner=pl.col("partner").replace_strict(partners.placed, default=None, return_dtype=pl.String),
            period_start=pl.col("period").replace_strict(starts, return_dtype=pl.Date),
            period_end=pl.col("period").replace_strict(ends, return_dtype=pl.Date),
        )
        .drop_nulls(["reporter", "partner"])
        .filter(pl.col("reporter") != pl.col("partner"))
    )


def _nothing(file: str, rows: pl.DataFrame) -> Iterator[Problem]:
    if rows.is_empty():
        yield Problem(file, 0, "", "holds no flow between two actors that was asked for", "")


def _touching(rows: pl.DataFrame, touching: tuple[str, ...]) -> pl.DataFrame:
    if not touching:
        return rows
    return rows.filter(pl.col("reporter").is_in(touching) | pl.col("partner").is_in(touching))


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a reporter, partner, product, period and flow: customs regimes and the like added up."""
    key = ["reporter", "partner", "product", "period_start", "period_end", "flow"]
    whole = pl.col("tonnes").null_count() == 0  # a sum of weights of which one is not told is not told
    return rows.group_by(key, maintain_order=True).agg(
        pl.col(LINE).first(),
        pl.col("sha256").first(),
        pl.when(pl.col("value").null_count() == 0).then(pl.col("value").sum()).alias("value"),
        pl.when(whole).then(pl.col("tonnes").sum()).alias("tonnes"),
        pl.when(pl.col("basis").n_unique() == 1).then(pl.col("basis").first()).otherwise(pl.lit("none")).alias("basis"),
        pl.col("decimals").max(),
    )


def _missing_months(rows: pl.DataFrame) -> pl.DataFrame:
    """Years of which a reporter gives single months, and not all twelve: reporter, flow, year, months."""
    monthly = rows.filter(_is_month())
    months = monthly.group_by("reporter", "flow", pl.col("period_start").dt.year().alias("year")).agg(
        months=pl.col("period_start").n_unique()
    )
    return months.filter(pl.col("months") < _MONTHS)


def _told(rows: pl.DataFrame, partial: pl.DataFrame) -> pl.DataFrame:
    """Who sent and who received, and a note where the reporter's year is not whole."""
    exported = pl.col("flow") == EXPORT
    noted = rows.with_columns(year=pl.col("period_start").dt.year()).join(
        partial, on=["reporter", "flow", "year"], how="left", validate="m:1"
    )
    note = pl.format("partial: {} of 12 months of {} in the file", "months", "year")
    return noted.with_columns(
        sender=pl.when(exported).then("reporter").otherwise("partner"),
        receiver=pl.when(exported).then("partner").otherwise("reporter"),
        list_rule=pl.lit("selected"),
        locator=pl.format("line {}", LINE),
        note=pl.when(pl.col("months").is_not_null() & _is_month()).then(note),
    )


def _is_month() -> pl.Expr:
    return pl.col("period_end") - pl.col("period_start") < pl.duration(days=32)


def _left_labels(file: str, rows: pl.DataFrame, senders: Labels, partners: Labels) -> Iterator[Left]:
    for column, labels in (("reporter", senders), ("partner", partners)):
        count = dict(rows.filter(pl.col(column).is_in(list(labels.left))).group_by(column).len().iter_rows())
        for label, reason in labels.left.items():
            yield Left(file, f"{column} {label!r}, {count[label]} lines", reason)


def _left_rows(file: str, rows: pl.DataFrame, senders: Labels, partners: Labels, kept: pl.DataFrame) -> Iterator[Left]:
    reporter = pl.col("reporter").replace_strict(senders.placed, default=None, return_dtype=pl.String)
    partner = pl.col("partner").replace_strict(partners.placed, default=None, return_dtype=pl.String)
    home = rows.filter(reporter == partner).height
    if home:
        yield Left(file, f"{home} lines", "are of a reporter with itself: goods that came back")
    unvalued = kept["value"].null_count()
    if unvalued:
        yield Left(file, f"{unvalued} lines", "give no value: it is unknown, not zero")
