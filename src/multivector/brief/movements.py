"""Section 2: what moved most, always within one source and between two named years."""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from multivector.brief.content import Chart, Charts, Figure, Movement, Movements, Ref, Sentence, Series
from multivector.brief.figures import Desk, Line, Part, command, part, share_figure
from multivector.lenses.exposure.measures import BY_KEY, MEASURES
from multivector.world.poles import REST

SECTION: Final = "movement"
_MOST: Final = 6
_LEAST_POINTS: Final = 3
_MOST_CHARTS: Final = 6


def movement_part(desk: Desk) -> Part:
    """The largest certain changes, and small multiples through time."""
    counted = [
        rule.key for rule in MEASURES if rule.basis == "count"
    ]  # of an incomplete list: no movement of the world
    trend = desk.table("trend").filter(
        (pl.col("pole") != REST)
        & pl.col("change").is_not_null()
        & pl.col("certain")
        & ~pl.col("measure").is_in(counted)
    )
    top = trend.with_columns(size=pl.col("change").abs()).sort(
        "size", "measure", "pole", descending=[True, False, False]
    )
    best = top.unique(["measure", "pole"], keep="first", maintain_order=True).head(_MOST)
    figures: list[Figure] = []
    items = []
    for line in best.iter_rows(named=True):
        item, shown = _movement(desk, line)
        items.append(item)
        figures.extend(shown)
    charts, drawn = _charts(desk)
    figures.extend(drawn)
    blocks = (
        Movements(
            items=tuple(items), caption="What to see: a change is printed only within one source, with both years."
        ),
        Charts(
            charts=charts,
            caption=(
                "What to see: lines join years of one source; the band is what its rows allow; a ring is a second "
                "source, never joined. Gaps are years without rows."
            ),
        ),
    )
    return part(
        SECTION,
        "Which way is it moving?",
        items[0].says if items else (f"No source speaks of two years of {desk.name} with a certain change",),
        side="Changes whose bounds include zero are left out. All are in the table `trend` of the exposure lens.",
        blocks=blocks,
        figures={figure.id: figure for figure in figures}.values(),
    )


def _movement(desk: Desk, line: Line) -> tuple[Movement, list[Figure]]:
    before, after = (_point(desk, line, end) for end in ("from", "to"))
    rule = BY_KEY[line["measure"]]
    change = Figure(
        id=f"trend.{line['measure']}.{line['pole']}",
        label=f"{desk.labels[line['pole']]}: {rule.label}, change",
        section=SECTION,
        value=line["change"],
        low=line["low"],
        high=line["high"],
        unit="points",
        status="derived",
        channel=rule.channel,
        pole=line["pole"],
        period=f"{line['year_from']}–{line['year_to']}",
        formula="exposure.html#trend",
        facts=tuple(line["facts"]),
        command=command(desk, line["measure"], "trend"),
        source=line["source"],
    )
    verb = "rose" if line["change"] > 0 else "fell"
    says: Sentence = (
        f"{desk.labels[line['pole']]}: {rule.label} {verb} from ",
        Ref(before.id),
        f" in {line['year_from']} to ",
        Ref(after.id),
        f" in {line['year_to']} ({desk.names.get(line['source'], line['source'])})",
    )
    return Movement(figure=change.id, pole=line["pole"], before=before.id, after=after.id, says=says), [
        before,
        after,
        change,
    ]


def _point(desk: Desk, line: Line, end: str) -> Figure:
    """The estimate that the trend took for its first or last year; a source may have two of a year."""
    year = line[f"year_{end}"]
    found = desk.table("estimates").filter(
        (pl.col("measure") == line["measure"])
        & (pl.col("pole") == line["pole"])
        & (pl.col("source") == line["source"])
        & (pl.col("period_start") == dt.date(year, 1, 1))
        & (pl.col("period_end") == dt.date(year + 1, 1, 1))
        & (pl.col("value") == line[f"value_{end}"])
    )
    return share_figure(desk, found.row(0, named=True), section=SECTION, prefix="series")


def _charts(desk: Desk) -> tuple[tuple[Chart, ...], list[Figure]]:
    charts: list[Chart] = []
    figures: list[Figure] = []
    for rule in MEASURES:
        rows = _yearly(desk, rule.key)
        if len(charts) >= _MOST_CHARTS or rows["period_start"].n_unique() < _LEAST_POINTS:
            continue
        series, shown = _series(desk, rows)
        if len({one.pole for one in series}) > 1:
            charts.append(_chart(desk, rule.key, series))
            figures.extend(shown)
    return tuple(charts), figures


def _chart(desk: Desk, measure: str, series: tuple[Series, ...]) -> Chart:
    rule = BY_KEY[measure]
    years = [year for one in series for year, _ in one.figures]
    says = f"{min(years)} to {max(years)}, percent of {desk.name}’s total."
    return Chart(id=f"chart.{measure}", title=f"{rule.label[0].upper()}{rule.label[1:]}, %", says=says, series=series)


def _yearly(desk: Desk, measure: str) -> pl.DataFrame:
    start, end = pl.col("period_start"), pl.col("period_end")
    whole = (start.dt.month() == 1) & (start.dt.day() == 1) & (end == start.dt.offset_by("1y"))
    informative = pl.col("value").is_not_null() | (pl.col("low") > 0)
    return (
        desk.table("estimates")
        .filter((pl.col("measure") == measure) & (pl.col("pole") != REST) & whole & informative)
        .sort("pole", "source", "period_start")
    )


def _series(desk: Desk, rows: pl.DataFrame) -> tuple[tuple[Series, ...], list[Figure]]:
    """The source with most years is a line; others are single points."""
    counts = (
        rows.group_by("source").agg(n=pl.col("period_start").n_unique()).sort("n", "source", descending=[True, False])
    )
    main = counts["source"][0]
    if counts["n"][0] < _LEAST_POINTS:
        return (), []
    series: list[Series] = []
    figures: list[Figure] = []
    for pole in desk.params.poles:
        for source in counts["source"]:
            lines = rows.filter((pl.col("pole") == pole) & (pl.col("source") == source)).iter_rows(named=True)
            points = [share_figure(desk, line, section=SECTION, prefix="series") for line in lines]
            usable = points if source == main else [point for point in points if point.value is not None]
            if usable:
                found = tuple((int(point.period[:4]), point.id) for point in usable)
                series.append(Series(pole=pole, label=desk.labels[pole], figures=found, joined=source == main))
                figures.extend(usable)
    return tuple(series), figures
