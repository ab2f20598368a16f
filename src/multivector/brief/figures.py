"""From a line of a result table to a figure of the brief, with formula, rows and reproducing command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from multivector.brief.content import Block, Figure, FigureStatus, PoleStyle, Section, Sentence
from multivector.brief.display import period_text
from multivector.lenses.exposure.measures import BY_KEY
from multivector.lenses.exposure.params import ExposureParams
from multivector.result import Result
from multivector.world import World

Line = Mapping[str, Any]  # one line of a result table; its columns are declared by the lens
_FORMULAS = {
    "partners": "exposure.html#bounds",
    "supply": "exposure.html#supply",
    "floor": "exposure.html#floor",
    "routes": "exposure.html#routes",
    "memberships": "exposure.html#memberships",
    "meetings": "exposure.html#meetings",
}


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """What every section is written from: the world, the lens's answer, names and the words of a command."""

    world: World
    result: Result
    params: ExposureParams
    name: str
    poles: tuple[PoleStyle, ...]
    labels: Mapping[str, str]
    names: Mapping[str, str]
    options: str

    def table(self, name: str) -> pl.DataFrame:
        """A table of the result."""
        return self.result.tables[name]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A section and the figures it shows."""

    section: Section
    figures: tuple[Figure, ...]


def part(  # noqa: PLR0913 - the six things a section is
    key: str, question: str, finding: Sentence, *, side: str, blocks: tuple[Block, ...], figures: Iterable[Figure]
) -> Part:
    """A section with its figures."""
    return Part(Section(key=key, question=question, finding=finding, side=side, blocks=blocks), tuple(figures))


def command(desk: Desk, measure: str, table: str) -> str:
    """The command that prints a table with the figure in it, every digit."""
    wanted = f"--measures {measure} " if measure else ""
    return f"multivector exposure {desk.params.pivot} {wanted}--table {table}{desk.options} --json"


def share_figure(desk: Desk, line: Line, *, section: str, prefix: str) -> Figure:
    """A cell of the balance, or a point of a series."""
    rule = BY_KEY[line["measure"]]
    pole = desk.labels[line["pole"]]
    known = line["value"] is not None or line["low"] > 0 or line["high"] < 1
    table = "balance" if prefix == "balance" else ("tensor" if prefix == "cell" else "estimates")
    return Figure(
        id=".".join(str(piece) for piece in (prefix, line["measure"], line["pole"], *_when(prefix, line))),
        label=f"{pole}: {rule.label}",
        section=section,
        value=line["value"],
        low=line["low"],
        high=line["high"],
        unit="fraction",
        status=_status(line["status"]) if known else "unknown",
        channel=rule.channel,
        pole=line["pole"],
        period=period_text(line["period_start"], line["period_end"]),
        formula=_FORMULAS[rule.reader],
        facts=tuple(line["facts"]),
        command=command(desk, line["measure"], table),
        source=line["source"] or None,
        sources=line["sources"],
        covered=line["coverage"],
    )


def _when(prefix: str, line: Line) -> tuple[str, ...]:
    if prefix == "balance":
        return ()
    start: dt.date = line["period_start"]
    last: dt.date = line["period_end"] - dt.timedelta(days=1)
    return (str(start.year) if start.year == last.year else f"{start.year}-{last.year}", line["source"] or "none")


def _status(word: str) -> FigureStatus:
    known: dict[str, FigureStatus] = {
        "observed": "observed",
        "derived": "derived",
        "judged": "judged",
        "claim": "claim",
        "plan": "plan",
        "forecast": "forecast",
    }
    return known[word]


def amount_figure(desk: Desk, line: Line, *, section: str, prefix: str = "amount") -> Figure:
    """The tonnes, dollars or heads behind a share."""
    rule = BY_KEY[line["measure"]]
    return Figure(
        id=f"{prefix}.{line['measure']}.{line['pole']}",
        label=f"{desk.labels[line['pole']]}: {rule.label}, amount",
        section=section,
        value=line["amount"],
        low=None,
        high=None,
        unit=line["amount_unit"],
        status="derived",
        channel=rule.channel,
        pole=line["pole"],
        period=period_text(line["period_start"], line["period_end"]),
        formula=_FORMULAS[rule.reader],
        facts=tuple(line["facts"]),
        command=command(desk, line["measure"], "balance"),
        source=line["source"] or None,
    )


def coverage_figure(desk: Desk, line: Line, *, section: str) -> Figure:
    """How much of a total stands beside somebody's name."""
    rule = BY_KEY[line["measure"]]
    return Figure(
        id=f"coverage.{line['measure']}",
        label=f"{rule.label}: share of the total that is attributed",
        section=section,
        value=line["coverage"],
        low=None,
        high=None,
        unit="fraction",
        status="derived",
        channel=rule.channel,
        pole=None,
        period=period_text(line["period_start"], line["period_end"]),
        formula="exposure.html#shares",
        facts=tuple(line["facts"]),
        command=command(desk, line["measure"], "balance"),
        source=line["source"] or None,
        sources=0,
    )


def counted(desk: Desk, name: str, label: str, inputs: tuple[Figure, ...], *, section: str) -> Figure:
    """How many other figures there are of a kind: how many leads, how many that hold."""
    return Figure(
        id=f"count.{name}",
        label=label,
        section=section,
        value=float(len(inputs)),
        low=None,
        high=None,
        unit="count",
        status="derived",
        channel=None,
        pole=None,
        period="",
        formula="brief.html#counts",
        facts=tuple(sorted({row for figure in inputs for row in figure.facts})),
        command=f"multivector brief {desk.params.pivot}{desk.options} --json",
        inputs=tuple(figure.id for figure in inputs),
    )
