"""From the tables of the trade lens to figures of the brief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from multivector.brief.content import Figure, FigureStatus, Form, Ref
from multivector.brief.display import period_text
from multivector.brief.figures import Desk, Line
from multivector.lenses.trade.params import TradeParams
from multivector.lenses.trade.solving import CLOSURES
from multivector.result import Result

SECTION: Final = "trade"
_ELASTICITIES: Final = "elasticities."
_MOST_ROWS: Final = 6  # the largest stand behind a figure on the page; the table that its command prints names all


@dataclass(frozen=True, slots=True, eq=False)
class TradeAnswer:
    """What the trade lens says, with the words that its figures share."""

    desk: Desk
    result: Result
    params: TradeParams

    @property
    def period(self) -> str:
        """The year of the detailed tables."""
        line = self.result.tables["autarky"].row(-1, named=True)
        return period_text(line["period_start"], line["period_end"])

    def label(self, key: str) -> str:
        """A partner's name."""
        return self.desk.labels.get(key) or self.desk.names.get(key, key)

    def named(self, key: str) -> str:
        """A partner within a sentence: a group takes its article."""
        grouped = self.desk.world.rows("groups", pl.col("group") == key)
        if grouped.is_empty() or (grouped.height == 1 and grouped["role"][0] is None):
            return self.label(key)
        return f"the {self.label(key)}" if key == "west" else f"the {self.label(key)} group"

    def command(self, table: str) -> str:
        """The command that prints a table of the lens, every digit."""
        changed = self.params.model_dump(exclude_defaults=True, exclude={"pivot", "draws"})
        words = "".join(f" {_spelled(name.replace('_', '-'), value)}" for name, value in changed.items())
        return f"multivector trade {self.params.pivot}{words} --table {table}{self.desk.options} --json"


def _spelled(option: str, value: object) -> str:
    """A parameter as a command line takes it."""
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    if isinstance(value, tuple):
        return f"--{option} {','.join(str(one) for one in value) or 'none'}"
    return f"--{option} {value}"


def ref(figures: dict[str, Figure], figure: Figure, form: Form = "value") -> Ref:
    """A place for a figure in a sentence; the figure is kept among the section's."""
    figures.setdefault(figure.id, figure)
    return Ref(figure.id, form)


def trade_figure(  # noqa: PLR0913 - what a figure is
    answer: TradeAnswer,
    name: str,
    label: str,
    line: Line,
    *,
    columns: tuple[str, str | None, str | None],
    unit: str,
    formula: str,
    table: str,
    facts: Sequence[str],
    status: FigureStatus = "modelled",
    sender: str | None = None,
) -> Figure:
    """A figure of a line: its value and both ends by the names of their columns."""
    value, low, high = (None if column is None else line[column] for column in columns)
    return Figure(
        id=f"trade.{name}",
        label=label,
        section=SECTION,
        value=value,
        low=low,
        high=high,
        unit=unit,
        status=status,
        channel="trade",
        pole=sender if sender in answer.desk.labels else None,
        period=period_text(line["period_start"], line["period_end"]),
        formula=f"trade.html#{formula}",
        facts=_behind(facts),
        command=answer.command(table),
        sources=0,
    )


def _behind(facts: Sequence[str]) -> tuple[str, ...]:
    """The largest rows of trade, and the elasticities of the sector that weighs most."""
    trade = [row for row in facts if not row.startswith(_ELASTICITIES)]
    return (*trade[:_MOST_ROWS], *(row for row in facts if row.startswith(_ELASTICITIES)))


def loss_figure(answer: TradeAnswer, line: Line) -> Figure:
    """What the pivot loses when trade with a partner stops, fraction of real income."""
    return trade_figure(
        answer,
        f"loss.{line['sender']}.{line['period_start'].year}",
        f"{answer.desk.name}: real income lost if trade with {answer.label(line['sender'])} stops",
        line,
        columns=("loss", "low", "high"),
        unit="fraction",
        formula="embargo",
        table="embargo",
        facts=line["facts"],
        sender=line["sender"],
    )


def other_figure(answer: TradeAnswer, line: Line) -> Figure:
    """The same loss under the other rule for deficits."""
    rule = next(one for one in CLOSURES if one != answer.params.closure)
    return trade_figure(
        answer,
        f"other.{line['sender']}.{line['period_start'].year}",
        f"{answer.desk.name}: the same loss under the {rule} rule for deficits, median over the sets",
        line,
        columns=("loss_other_closure", None, None),
        unit="fraction",
        formula="band",
        table="embargo",
        facts=line["facts"],
        sender=line["sender"],
    )


def money_figure(answer: TradeAnswer, line: Line) -> Figure:
    """The same loss in USD a year."""
    return trade_figure(
        answer,
        f"usd.{line['sender']}",
        f"{answer.desk.name}: what that loss is worth a year",
        line,
        columns=("loss_usd", "loss_usd_low", "loss_usd_high"),
        unit="USD",
        formula="embargo",
        table="embargo",
        facts=line["facts"],
        sender=line["sender"],
    )


def cost_figure(answer: TradeAnswer, line: Line) -> Figure:
    """What it does to the partner's real income."""
    return trade_figure(
        answer,
        f"cost.{line['sender']}.{line['period_start'].year}",
        f"{answer.label(line['sender'])}: change of real income if trade with {answer.desk.name} stops",
        line,
        columns=("sender_change", "sender_change_low", "sender_change_high"),
        unit="relative change",
        formula="embargo",
        table="embargo",
        facts=line["facts"],
        sender=line["sender"],
    )


def ratio_figure(answer: TradeAnswer, line: Line) -> Figure:
    """How many times heavier the loss is for the pivot."""
    return trade_figure(
        answer,
        f"ratio.{line['sender']}.{line['period_start'].year}",
        f"loss of {answer.desk.name} over loss of {answer.label(line['sender'])}, both as shares of real income",
        line,
        columns=("cost_ratio", "cost_ratio_low", "cost_ratio_high"),
        unit="times",
        formula="embargo",
        table="embargo",
        facts=line["facts"],
        sender=line["sender"],
    )


def rise_figure(answer: TradeAnswer, line: Line) -> Figure:
    """How much dearer living gets without a partner's goods, no other price moving."""
    return trade_figure(
        answer,
        f"rise.{line['sender']}.{line['period_start'].year}",
        f"{answer.desk.name}: price rise if {answer.label(line['sender'])}’s goods vanish and no other price moves",
        line,
        columns=("price_rise", "low", "high"),
        unit="fraction",
        formula="price-power",
        table="power",
        facts=line["facts"],
        sender=line["sender"],
    )


def share_of_trade(answer: TradeAnswer, line: Line, side: str) -> Figure:
    """A partner's share of imports or exports, goods and services."""
    return trade_figure(
        answer,
        f"share.{side}.{line['sender']}",
        f"{answer.label(line['sender'])}: share of {answer.desk.name}’s {side}, goods and services",
        line,
        columns=(f"share_of_{side}", f"share_of_{side}_low", None),
        unit="fraction",
        formula="table",
        table="partners",
        facts=line["facts"],
        status="derived",
        sender=line["sender"],
    )


def between_figure(answer: TradeAnswer, line: Line) -> Figure:
    """What somebody gains or loses when two others stop trading."""
    who = answer.desk.name if line["subject"] == answer.params.pivot else answer.label(line["subject"])
    first, second = (answer.label(key) for key in line["between"].split(":"))
    return trade_figure(
        answer,
        f"between.{line['between']}.{line['subject']}",
        f"{who}: change of real income if {first} and {second} stop trading",
        line,
        columns=("change", "low", "high"),
        unit="relative change",
        formula="embargo",
        table="between",
        facts=line["facts"],
    )


def policy_figure(answer: TradeAnswer, line: Line) -> Figure:
    """What the measures stated in the world do to an economy's real income."""
    return trade_figure(
        answer,
        f"policy.{line['subject']}",
        f"{answer.label(line['subject'])}: change of real income after the measures",
        line,
        columns=("change", "low", "high"),
        unit="relative change",
        formula="policies",
        table="policies",
        facts=line["facts"],
    )


def sector_figure(answer: TradeAnswer, line: Line) -> Figure:
    """A partner's share of what the pivot spends in a sector."""
    return trade_figure(
        answer,
        f"sector.{line['sender']}.{line['sector']}",
        f"{answer.label(line['sender'])}: share of {answer.desk.name}’s spending in sector {line['sector']}",
        line,
        columns=("share_of_spending", None, None),
        unit="fraction",
        formula="price-power",
        table="sectors",
        facts=line["facts"],
        status="derived",
        sender=line["sender"],
    )
