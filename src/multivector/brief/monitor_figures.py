"""From the tables of the monitor to figures of the brief."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from multivector.brief.content import Figure, FigureStatus, Form, Ref
from multivector.brief.display import period_text
from multivector.brief.figures import Desk, Line
from multivector.lenses.monitor.params import MonitorParams
from multivector.result import Result

SECTION: Final = "monitor"
_MOST_ROWS: Final = 12  # the largest rows stand behind a figure on the page; the table of the command names all


@dataclass(frozen=True, eq=False)
class Watch:
    """What the monitor says, with the words that its figures share."""

    desk: Desk
    result: Result
    params: MonitorParams

    @cached_property
    def sizes(self) -> Mapping[str, float]:
        """Row -> its figure, to put the largest first; a row without one counts as the smallest."""
        known = self.result.facts.filter(pl.col("value").is_not_null())
        return dict(known.select("id", "value").iter_rows())

    @property
    def unit(self) -> str:
        """EUR mn or USD mn."""
        return f"{self.params.currency} mn"

    def column(self, name: str) -> str:
        """The column of an amount."""
        return f"{name}_{self.params.suffix}"

    def name(self, actor: str) -> str:
        """An actor's English name."""
        return "the EU" if actor == "EU" else self.desk.names.get(actor, actor)

    def command(self, table: str) -> str:
        """The command that prints a table of the lens, every digit."""
        changed = self.params.model_dump(mode="json", exclude_defaults=True, exclude={"pivot"})
        words = "".join(f" --{name.replace('_', '-')} {_spelled(value)}" for name, value in changed.items())
        return f"multivector monitor {self.params.pivot}{words} --table {table}{self.desk.options} --json"


def _spelled(value: object) -> str:
    text = ",".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
    return f"'{text}'" if " " in text else text


def ref(figures: dict[str, Figure], figure: Figure, form: Form = "value") -> Ref:
    """A place for a figure in a sentence; the figure is kept among the section's."""
    figures.setdefault(figure.id, figure)
    return Ref(figure.id, form)


def watch_figure(  # noqa: PLR0913 - what a figure is
    watch: Watch,
    name: str,
    label: str,
    *,
    value: float | None,
    ends: tuple[float | None, float | None] = (None, None),
    unit: str,
    period: str,
    table: str,
    facts: Iterable[str],
    formula: str | None = None,
    status: FigureStatus = "derived",
) -> Figure:
    """A figure of this section."""
    rows = list(facts)
    behind = sorted(rows, key=lambda row: (-watch.sizes.get(row, -1.0), row))[:_MOST_ROWS]
    return Figure(
        id=f"monitor.{name}",
        label=label,
        section=SECTION,
        value=value,
        low=ends[0],
        high=ends[1],
        unit=unit,
        status=status,
        channel="trade",
        pole=None,
        period=period,
        formula=f"monitor.html#{formula or table}",
        facts=tuple(behind),
        command=watch.command(table),
        sources=0,
    )


def count_figure(watch: Watch, line: Line, side: str) -> Figure:
    """What one side counts in a year, `exports` or `imports`."""
    who = watch.params.exporter if side == "exports" else line["importer"]
    return watch_figure(
        watch,
        f"{side}.{line['importer']}.{line['year']}",
        f"{watch.name(watch.params.exporter)} to {watch.name(line['importer'])}, as {watch.name(who)} counts it",
        value=line[watch.column(side)],
        unit=watch.unit,
        period=str(line["year"]),
        table="mirror",
        formula="two-counts",
        facts=line["facts"],
    )


def gap_figure(watch: Watch, line: Line) -> Figure:
    """What left and did not arrive in a year; unknown where the cell is flagged."""
    ok = line["flag"] == "ok"
    return watch_figure(
        watch,
        f"gap.{line['importer']}.{line['year']}",
        f"{watch.name(line['importer'])}: left {watch.name(watch.params.exporter)} and not recorded on arrival",
        value=line[watch.column("gap")] if ok else None,
        ends=(line["low"], line["high"]) if ok else (None, None),
        unit=watch.unit,
        period=str(line["year"]),
        table="mirror",
        facts=line["facts"],
        status="derived" if ok else "unknown",
    )


def share_figure(watch: Watch, line: Line) -> Figure:
    """The part of what left that was not recorded."""
    return watch_figure(
        watch,
        f"ghost.{line['importer']}.{line['year']}",
        f"{watch.name(line['importer'])}: part of what left that was not recorded on arrival",
        value=line["ghost_share"],
        unit="fraction",
        period=str(line["year"]),
        table="mirror",
        facts=line["facts"],
    )


def growth_figure(watch: Watch, line: Line) -> Figure:
    """Growth of exports between two years."""
    return watch_figure(
        watch,
        f"growth.{line['importer']}.{line['year_to']}",
        f"{watch.name(watch.params.exporter)} to {watch.name(line['importer'])}: growth of exports",
        value=line["growth"],
        ends=(line["low"], line["high"]),
        unit="relative change",
        period=f"{line['year_from']}–{line['year_to']}",
        table="growth",
        facts=line["facts"],
        status="unknown" if line["growth"] is None else "derived",
    )


def level_figure(watch: Watch, line: Line) -> Figure:
    """The level after the break over the one before."""
    return watch_figure(
        watch,
        f"break.{line['importer']}",
        f"{watch.name(watch.params.exporter)} to {watch.name(line['importer'])}: level after the break over before",
        value=line["level_ratio"],
        unit="times",
        period=month_text(line["first_month"]),
        table="breaks",
        facts=line["facts"],
        status="modelled",
    )


def excess_figure(watch: Watch, line: Line, column: str) -> Figure:
    """What moved beyond the norm, as an amount (`excess`) or over the norm (`relative`)."""
    is_amount = column == "excess"
    return watch_figure(
        watch,
        f"{column}.{line['receiver']}.{line['role']}.{line['year']}",
        f"{watch.name(watch.params.exporter)} to {watch.name(line['receiver'])}: beyond the norm ({line['role']})",
        value=line[watch.column(column)] if is_amount else line[column],
        unit=watch.unit if is_amount else "relative change",
        period=str(line["year"]),
        table="excess",
        facts=line["facts"],
        status="modelled",
    )


def stated_figure(watch: Watch, line: Line, place: int) -> Figure:
    """What somebody says."""
    return watch_figure(
        watch,
        f"said.{place}",
        f"{line['by']}: {line['says'].split(':')[0]}",
        value=line["value"],
        ends=(line["low"], line["high"]),
        unit=line["unit"],
        period=_period(line),
        table="statements",
        facts=line["facts"],
        status=_status(line["status"]),
    )


def counted_figure(watch: Watch, line: Line, place: int) -> Figure:
    """The count that a statement is held against."""
    return watch_figure(
        watch,
        f"counted.{place}",
        f"{line['figure_of']}, as counted",
        value=line["figure"],
        unit="times" if line["figure_unit"] == "ratio" else line["figure_unit"],
        period=_period(line),
        table="statements",
        facts=line["facts"],
    )


def product_figure(watch: Watch, line: Line, column: str, unit: str) -> Figure:
    """A figure of a watched product."""
    return watch_figure(
        watch,
        f"product.{line['code']}.{line['year']}.{column}",
        f"HS6 {line['code']}, {line['description']}: {column.replace('_', ' ')}",
        value=line[column],
        unit=unit,
        period=str(line["year"]),
        table="products",
        facts=line["facts"],
    )


def month_text(day: dt.date) -> str:
    """A month as people write it."""
    after = dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return period_text(day, after)


def _period(line: Line) -> str:
    if line["period_start"] is not None and line["period_end"] is not None:
        return period_text(line["period_start"], line["period_end"])
    known = line["period_start"] or line["period_end"]
    return known.isoformat() if known else ""


def _status(word: str) -> FigureStatus:
    known: dict[str, FigureStatus] = {
        "observed": "observed", "derived": "derived", "judged": "judged", "claim": "claim", "plan": "plan",
        "forecast": "forecast",
    }  # fmt: skip
    return known[word]
