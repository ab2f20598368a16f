"""The tables and pictures of the section on circumvention: counts, peers, breaks, norms, goods, statements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from multivector.brief.amounts import AmountChart, AmountCharts, AmountLine, AmountMark, AmountPoint
from multivector.brief.content import Figure, Sentence, Table
from multivector.brief.figures import Line
from multivector.brief.monitor_figures import (
    Watch,
    count_figure,
    counted_figure,
    excess_figure,
    gap_figure,
    growth_figure,
    level_figure,
    month_text,
    product_figure,
    ref,
    share_figure,
    stated_figure,
)

_MOST_STATEMENTS: Final = 12
_MOST_PRODUCTS: Final = 10
_MIDDLE: Final = 0.5
_MONTHS: Final = 12


def mirror_rows(watch: Watch, figures: dict[str, Figure]) -> Table:
    """The two counts of the pivot by year, and what they say."""
    rows: list[tuple[Sentence, ...]] = []
    for line in own_lines(watch):
        ok = line["flag"] == "ok"
        told = line[watch.column("imports")] is not None
        rows.append(
            (
                (str(line["year"]),),
                (ref(figures, count_figure(watch, line, "exports")),),
                (ref(figures, count_figure(watch, line, "imports")),) if told else ("no count",),
                (ref(figures, gap_figure(watch, line), "full"),) if ok else ("unusable" if told else "unknown",),
                (ref(figures, share_figure(watch, line)),) if ok else ("",),
                (", ".join(line["flags"]) or "ok",),
            )
        )
    params = watch.params
    return Table(
        headings=(
            "year", f"{watch.name(params.exporter)} counts", f"{watch.desk.name} counts", "gap", "part not recorded",
            "flag",
        ),
        rows=tuple(rows),
        caption=f"All goods from {watch.name(params.exporter)} to {watch.desk.name}, as each side counts them.",
    )  # fmt: skip


def peer_rows(watch: Watch, figures: dict[str, Figure]) -> Table:
    """The gap of each importer by year; a flag where a count cannot be used."""
    mirror = watch.result.tables["mirror"]
    years = sorted(set(mirror["year"]))
    rows: list[tuple[Sentence, ...]] = []
    for importer in mirror["importer"].unique(maintain_order=True):
        held = {line["year"]: line for line in mirror.filter(pl.col("importer") == importer).iter_rows(named=True)}
        cells: list[Sentence] = [(watch.name(importer),)]
        for year in years:
            line = held.get(year)
            if line is None:
                cells.append(("no row",))
            elif line["flag"] != "ok":
                cells.append((", ".join(line["flags"]),))
            else:
                cells.append((ref(figures, gap_figure(watch, line)),))
        rows.append(tuple(cells))
    return Table(
        headings=("importer", *(str(year) for year in years)),
        rows=tuple(rows),
        caption=f"Gap by importer: what left {watch.name(watch.params.exporter)} and was not recorded. A flagged count "
        "enters no total.",
    )


def break_rows(watch: Watch, figures: dict[str, Figure]) -> Table:
    """Growth into the year of the sanctions, and the month of a new level."""
    year = watch.params.event.year
    growth = watch.result.tables["growth"].filter(pl.col("year_to") == year)
    grown = {line["importer"]: line for line in growth.iter_rows(named=True)}
    rows: list[tuple[Sentence, ...]] = []
    for line in watch.result.tables["breaks"].iter_rows(named=True):
        one = grown.get(line["importer"])
        found = line["first_month"] is not None
        note = "comes before the sanctions: proves nothing" if line["before_event"] else ""
        unseen = "unknown" if grown else "not shown"
        rows.append(
            (
                (watch.name(line["importer"]),),
                (ref(figures, growth_figure(watch, one)),) if one and one["growth"] is not None else (unseen,),
                (month_text(line["first_month"]),) if found else ("unknown",),
                (ref(figures, level_figure(watch, line)),) if found else ("",),
                (note if found else str(line["why"]),),
            )
        )
    return Table(
        headings=("importer", f"growth {year - 1}–{year}", "new level from", "level, times", "note"),
        rows=tuple(rows),
        caption=f"Exports of {watch.name(watch.params.exporter)}: growth, and the month that best splits the series.",
    )


def excess_rows(watch: Watch, figures: dict[str, Figure]) -> Iterator[Table]:
    """Excess over the norm of the pivot and its peers, beside the placebos."""
    table = watch.result.tables["excess"].filter(
        (pl.col("year") >= watch.params.event.year) & (pl.col("months") == _MONTHS) & (pl.col("role") != "target")
    )
    known = table.filter(pl.col("relative").is_not_null())
    if known.is_empty():
        return
    years = sorted(set(known["year"]))
    rows: list[tuple[Sentence, ...]] = []
    for receiver, role in known.select("receiver", "role").unique(maintain_order=True).iter_rows():
        lines = known.filter((pl.col("receiver") == receiver) & (pl.col("role") == role))
        held = {line["year"]: line for line in lines.iter_rows(named=True)}
        cells: list[Sentence] = [
            (ref(figures, excess_figure(watch, held[year], "relative")),) if year in held else ("no row",)
            for year in years
        ]
        rows.append(((watch.name(receiver),), (role,), *cells))
    controls = ", ".join(watch.name(one) for one in known["controls"][0])
    yield Table(
        headings=("destination", "role", *(str(year) for year in years)),
        rows=tuple(rows),
        caption=f"Beyond what sales to {controls} would make one expect. A placebo is a control in the pivot’s place: "
        "an excess no larger than a placebo’s says nothing.",
    )


def product_rows(watch: Watch, figures: dict[str, Figure]) -> Iterator[Table]:
    """Watched goods of the newest year, the surest discoveries first."""
    products = watch.result.tables["products"].filter(pl.col("q_value").is_not_null())
    if products.is_empty():
        return
    newest = products.filter(pl.col("year") == pl.col("year").max()).sort("q_value", "code").head(_MOST_PRODUCTS)
    rows: list[tuple[Sentence, ...]] = []
    for line in newest.iter_rows(named=True):
        cells = [
            (watch.column("excess"), watch.unit),
            ("substitution_ratio", "ratio"),
            ("unit_value_premium", "times"),
            ("q_value", "q"),
        ]
        rows.append(
            (
                (f"{line['code']} {line['description']}",),
                (line["tier"] or "",),
                *(
                    (ref(figures, product_figure(watch, line, column, unit)),)
                    if line[column] is not None
                    else ("unknown",)
                    for column, unit in cells
                ),
            )
        )
    yield Table(
        headings=("product", "tier", "beyond the norm", "substitution at most", "unit value", "q-value"),
        rows=tuple(rows),
        caption=f"Watched goods, {newest['year'][0]}, against {newest['norm_from'][0]}; q-values: Benjamini–Hochberg.",
    )


def statement_rows(watch: Watch, figures: dict[str, Figure]) -> Iterator[Table]:
    """What was said: contradicted statements first, then those that a count can be held against."""
    said = watch.result.tables["statements"].with_row_index("place")
    torn = said.filter(pl.col("standing") == "contradicted").sort("key", "place", nulls_last=True)
    fits = pl.col("verdict").is_not_null() & (pl.col("standing") != "computed")
    held = said.filter((pl.col("standing") != "contradicted") & fits)
    kept = pl.concat([torn, held]).head(_MOST_STATEMENTS)
    if kept.is_empty():
        return
    yield Table(
        headings=("day", "who said what", "figure", "standing"),
        rows=tuple(_statement(watch, line, figures) for line in kept.iter_rows(named=True)),
        caption="What was said. A claim that was denied stays a claim, and its denial stands beside it.",
    )


def _statement(watch: Watch, line: Line, figures: dict[str, Figure]) -> tuple[Sentence, ...]:
    figured = line["value"] is not None and line["unit"] != "words"
    day = line["period_start"] or line["period_end"]
    held: Sentence = (f"; {line['verdict']}",) if line["verdict"] else ()
    if line["figure"] is not None:
        held = (f"; {line['verdict']}: ", ref(figures, counted_figure(watch, line, line["place"])))
    return (
        (day.isoformat().replace("-", "\N{NON-BREAKING HYPHEN}") if day else "",),
        (f"{line['kind'].replace('_', ' ')}, {line['by']}: {line['says']}",),
        (ref(figures, stated_figure(watch, line, line["place"]), "full"),) if figured else ("",),
        (line["standing"], *held, *((f"; {line['warning']}",) if line["warning"] else ())),
    )


def charts(watch: Watch, figures: dict[str, Figure]) -> AmountCharts:
    """Both counts by year, and exports by month with their norm and the break."""
    found = [one for one in (_yearly(watch, figures), _monthly(watch)) if one is not None]
    return AmountCharts(
        charts=tuple(found),
        caption="What to see: shaded is how far the counts lie apart; hollow points are counts that cannot be used; "
        "the dashed norm moves as sales to the controls do. Each month stands in the table monthly.",
    )


def own_lines(watch: Watch) -> list[Line]:
    """The pivot's lines of the mirror table, by year."""
    own = watch.result.tables["mirror"].filter(pl.col("importer") == watch.params.pivot).sort("year")
    return list(own.iter_rows(named=True))


def _yearly(watch: Watch, figures: dict[str, Figure]) -> AmountChart:
    lines = own_lines(watch)
    exporter = watch.name(watch.params.exporter).removeprefix("the ")
    drawn = []
    for side, label in (("exports", exporter), ("imports", watch.desk.name)):
        points = []
        for line in lines:
            height = line[watch.column(side)]
            if height is not None:
                figure = ref(figures, count_figure(watch, line, side)).figure
                flagged = side == "imports" and line["flag"] != "ok"
                points.append(AmountPoint(line["year"] + _MIDDLE, height, figure, flagged))
        if points:
            drawn.append(AmountLine(label, "counted" if side == "exports" else "mirrored", tuple(points)))
    return AmountChart(
        id="monitor-mirror",
        title=f"One trade, two counts, {watch.unit}",
        says=f"All goods from {watch.name(watch.params.exporter)} to {watch.desk.name}, as each counts them.",
        unit=watch.unit,
        lines=tuple(drawn),
        marks=(),
        between=True,
    )


def _monthly(watch: Watch) -> AmountChart | None:
    months = watch.result.tables["monthly"].filter(pl.col("receiver") == watch.params.pivot).sort("period_start")
    if months.is_empty():
        return None
    at = [day.year + (day.month - _MIDDLE) / _MONTHS for day in months["period_start"]]
    exporter = watch.name(watch.params.exporter).removeprefix("the ")
    lines = []
    for column, label, part in (("exports", exporter, "counted"), ("norm", "norm", "norm")):
        values = months[watch.column(column)]
        if values.null_count() == 0:
            points = tuple(AmountPoint(when, height) for when, height in zip(at, values, strict=True))
            lines.append(AmountLine(label, "counted" if part == "counted" else "norm", points))
    broke = watch.result.tables["breaks"].filter(
        (pl.col("importer") == watch.params.pivot) & pl.col("first_month").is_not_null()
    )
    marks = [
        AmountMark(day.year + (day.month - 1) / _MONTHS, f"new level from {month_text(day)}")
        for day in broke["first_month"]
        if months["period_start"][0] <= day <= months["period_start"][-1]
    ]
    return AmountChart(
        id="monitor-months",
        title=f"Exports by month, {watch.unit}",
        says=f"From {watch.name(watch.params.exporter)} to {watch.desk.name}, and the norm from before the sanctions.",
        unit=watch.unit,
        lines=tuple(lines),
        marks=tuple(marks),
        between=False,
    )
