"""From the tables of the corridors lens to figures of the brief."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from multivector.brief.content import Figure, FigureStatus, Form, Ref
from multivector.brief.display import period_text
from multivector.brief.figures import Desk, Line
from multivector.lenses.corridors.params import CorridorParams
from multivector.result import Result

SECTION: Final = "corridors"


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the lens says of one network, with the words that its figures share. `members`: states of each pole."""

    desk: Desk
    result: Result
    params: CorridorParams
    members: tuple[tuple[str, frozenset[str]], ...]

    @property
    def unit(self) -> str:
        """Mt or kTEU."""
        return self.params.unit

    @property
    def suffix(self) -> str:
        """How columns of amounts end."""
        return self.params.unit.lower()

    @property
    def routes(self) -> Mapping[str, str]:
        """Route -> its name."""
        return dict(self.desk.world.rows("routes").select("route", "name").unique().iter_rows())

    @property
    def period(self) -> str:
        """The year of the flows."""
        line = self.result.tables["summary"].row(0, named=True)
        return period_text(line["period_start"], line["period_end"])

    def name(self, route: str) -> str:
        """The name of a route, without the places that follow a colon."""
        return self.routes.get(route, route).split(":")[0]

    def ways(self, names: list[str]) -> str:
        """Legs and limits in words: from where to where, or what the limit is called."""
        legs = {
            row["leg"]: f"{row['origin']}–{row['destination']}"
            for row in self.result.tables["legs"].iter_rows(named=True)
        }
        limits = dict(self.desk.world.rows("bottlenecks").select("bottleneck", "name").unique().iter_rows())
        said = dict.fromkeys(legs.get(name) or limits.get(name, name) for name in names)
        return ", ".join(said) or "nothing"

    def command(self, table: str) -> str:
        """The command that prints a table of the lens, every digit."""
        count = "" if self.params.count == "tonnes" else " --count containers"
        pivot, network = self.params.pivot, self.params.network
        return f"multivector corridors {pivot} --network {network}{count} --table {table}{self.desk.options} --json"


def worst_route(answer: Answer) -> Line:
    """The route whose closure loses most; of equals the one that displaces most."""
    closures = answer.result.tables["closures"].filter(pl.col("kind") == "route")
    order = [f"lost_{answer.suffix}", f"displaced_{answer.suffix}", "target"]
    return closures.sort(order, descending=[True, True, False]).row(0, named=True)


def ref(figures: dict[str, Figure], figure: Figure, form: Form = "value") -> Ref:
    """A place for a figure in a sentence; the figure is kept among the section's."""
    figures.setdefault(figure.id, figure)
    return Ref(figure.id, form)


def figure_of(  # noqa: PLR0913 - what a figure is
    answer: Answer,
    name: str,
    label: str,
    *,
    value: float | None,
    ends: tuple[float | None, float | None],
    unit: str,
    status: FigureStatus,
    period: str,
    formula: str,
    table: str,
    facts: list[str],
    pole: str | None = None,
) -> Figure:
    """A figure of this section."""
    return Figure(
        id=f"corridors.{name}",
        label=label,
        section=SECTION,
        value=value,
        low=ends[0],
        high=ends[1],
        unit=unit,
        status=status,
        channel="transit",
        pole=pole,
        period=period,
        formula=f"corridors.html#{formula}",
        facts=tuple(facts),
        command=answer.command(table),
        sources=0,
    )


def closure_figure(answer: Answer, line: Line, what: str) -> Figure:
    """Displaced, moved or lost, in amounts, or lost in dollars."""
    who = answer.routes.get(line["target"]) or answer.desk.names.get(line["target"], line["target"])
    said = {"displaced": "cannot go on", "moved": "finds another way", "lost": "stays behind", "usd": "stays behind"}
    is_usd, is_lost = what == "usd", what == "lost"
    ends = (
        (line["lost_usd_low"], line["lost_usd_high"])
        if is_usd
        else ((line["low"], line["high"]) if is_lost else (None, None))
    )
    return figure_of(
        answer,
        f"closure.{line['kind']}.{line['target']}.{what}",
        f"{who} closes for {line['days']} days: {said[what]}",
        value=line["lost_usd"] if is_usd else line[f"{what}_{answer.suffix}"],
        ends=ends,
        unit="USD" if is_usd else answer.unit,
        status="modelled",
        period=answer.period,
        formula="value" if is_usd else "rerouting",
        table="closures",
        facts=line["facts"],
    )


def route_figure(answer: Answer, line: Line) -> Figure:
    """What a route carries a year."""
    name = answer.routes.get(line["route"], line["route"])
    return figure_of(
        answer,
        f"route.{line['route']}.amount",
        f"{name}: carries a year",
        value=line[f"amount_{answer.suffix}_y"],
        ends=(line["low"], line["high"]),
        unit=f"{answer.unit}/y",
        status="derived",
        period=answer.period,
        formula="network",
        table="routes",
        facts=line["facts"],
    )


def after_figure(answer: Answer, line: Line, worst: Line) -> Figure:
    """What a route carries while the worst route is closed, at its yearly rate."""
    rows = answer.result.tables["reroutes"].filter(
        (pl.col("kind") == "route") & (pl.col("target") == worst["target"]) & (pl.col("route") == line["route"])
    )
    after = rows.row(0, named=True)
    return figure_of(
        answer,
        f"after.{line['route']}",
        f"{answer.name(line['route'])}: while {answer.name(worst['target'])} is closed, yearly rate",
        value=after[f"carries_{answer.suffix}_y"],
        ends=(after["carries_low"], after["carries_high"]),
        unit=f"{answer.unit}/y",
        status="modelled",
        period=answer.period,
        formula="rerouting",
        table="reroutes",
        facts=after["facts"],
    )
