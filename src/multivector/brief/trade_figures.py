"""From the tables of the trade lens to figures of the brief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from multivector.brief.content import Figure, FigureStatus, Form, Ref
from multivector.brief.display import period_text
from multivector.brief.figures import Desk, Line
from multivector.brief.trade_words import AGGREGATES
from multivector.lenses.trade.params import TradeParams
from multivector.result import Result

SECTION: Final = "trade"
Kind = Literal["loss", "usd", "other", "cost", "ratio", "rise", "imports", "exports", "sector", "between", "policy"]
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
        return self.desk.labels.get(key) or self.desk.names.get(key) or AGGREGATES.get(key, key)

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


@dataclass(frozen=True, slots=True)
class Rule:
    """How a kind of figure is read: the columns of its value and ends, and what it is called.

    `says` names the pivot `{pivot}`, the party `{party}` and the sector or pair `{about}`; `key`: the column that tells
    two figures of a kind apart.
    """

    columns: tuple[str, str | None, str | None]
    unit: str
    formula: str
    table: str
    says: str
    status: FigureStatus = "modelled"
    party: str = "sender"
    key: str | None = None


_RULES: Final[dict[Kind, Rule]] = {
    "loss": Rule(
        ("loss", "low", "high"), "fraction", "embargo", "embargo",
        "{pivot}: real income lost if trade with {party} stops",
    ),
    "usd": Rule(
        ("loss_usd", "loss_usd_low", "loss_usd_high"), "USD", "embargo", "embargo",
        "{pivot}: what is lost a year if trade with {party} stops",
    ),
    "other": Rule(
        ("loss_other_closure", None, None), "fraction", "band", "embargo",
        "{pivot}: the same loss if trade with {party} stops, under the other rule for deficits, median over the sets",
    ),
    "cost": Rule(
        ("sender_change", "sender_change_low", "sender_change_high"), "relative change", "embargo", "embargo",
        "{party}: change of real income if trade with {pivot} stops",
    ),
    "ratio": Rule(
        ("cost_ratio", "cost_ratio_low", "cost_ratio_high"), "times", "embargo", "embargo",
        "loss of {pivot} over loss of {party}, both as shares of real income",
    ),
    "rise": Rule(
        ("price_rise", "low", "high"), "fraction", "price-power", "power",
        "{pivot}: price rise if the goods of {party} vanish and no other price moves",
    ),
    "imports": Rule(
        ("share_of_imports", "share_of_imports_low", None), "fraction", "table", "partners",
        "{party}: share of imports of {pivot}, goods and services", "derived",
    ),
    "exports": Rule(
        ("share_of_exports", "share_of_exports_low", None), "fraction", "table", "partners",
        "{party}: share of exports of {pivot}, goods and services", "derived",
    ),
    "sector": Rule(
        ("share_of_spending", None, None), "fraction", "price-power", "sectors",
        "{party}: share of what {pivot} spends in sector {about}", "derived", key="sector",
    ),
    "between": Rule(
        ("change", "low", "high"), "relative change", "embargo", "between",
        "{party}: change of real income if {about} stop trading", party="subject", key="between",
    ),
    "policy": Rule(
        ("change", "low", "high"), "relative change", "policies", "policies",
        "{party}: change of real income after the measures", party="subject",
    ),
}  # fmt: skip


def trade_figure(answer: TradeAnswer, kind: Kind, line: Line) -> Figure:
    """A figure of a line of the lens: its value, its ends, its rows and the command that prints it."""
    rule = _RULES[kind]
    value, low, high = (None if column is None else line[column] for column in rule.columns)
    party, about = line[rule.party], "" if rule.key is None else line[rule.key]
    said = " and ".join(answer.label(key) for key in about.split(":")) if kind == "between" else about
    return Figure(
        id=".".join(("trade", kind, *([about] if about else []), party, str(line["period_start"].year))),
        label=rule.says.format(pivot=answer.desk.name, party=answer.label(party), about=said),
        section=SECTION,
        value=value,
        low=low,
        high=high,
        unit=rule.unit,
        status=rule.status,
        channel="trade",
        pole=party if party in answer.desk.labels else None,
        period=period_text(line["period_start"], line["period_end"]),
        formula=f"trade.html#{rule.formula}",
        facts=_behind(line["facts"]),
        command=answer.command(rule.table),
        sources=0,
    )


def _behind(facts: Sequence[str]) -> tuple[str, ...]:
    """The largest rows of trade, and the elasticities of the sector that weighs most."""
    trade = [row for row in facts if not row.startswith(_ELASTICITIES)]
    return (*trade[:_MOST_ROWS], *(row for row in facts if row.startswith(_ELASTICITIES)))
