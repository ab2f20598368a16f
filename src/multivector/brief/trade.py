"""The section on trade: what a stop of trade costs each side, how that moved, where it bites, who gains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from multivector.brief.content import Block, Chart, Charts, Figure, Ref, Sentence, Series, Table, Words
from multivector.brief.figures import Desk, Line, Part, part
from multivector.brief.trade_figures import (
    SECTION,
    TradeAnswer,
    ref,
    trade_figure,
)
from multivector.brief.trade_words import SECTORS
from multivector.errors import NoAnswer
from multivector.lenses.trade.lens import measure
from multivector.lenses.trade.params import TradeParams
from multivector.lenses.trade.solving import CLOSURES

QUESTION: Final = "What would it cost if trade stopped, and whom?"
_NAMED_SECTORS: Final = 3


def trade_part(desk: Desk, answer: TradeAnswer | str) -> Part:
    """The section, or why there is none."""
    if isinstance(answer, str):
        return part(
            SECTION,
            QUESTION,
            (f"No input-output table covers {desk.name}: what a stop of trade would cost is unknown, not nil",),
            side="Certified equilibrium needs a state's own row in an input-output table.",
            blocks=(Words(items=(f"Why: {answer}.",)),),
            figures=(),
        )
    figures: dict[str, Figure] = {}
    finding = _finding(answer, figures)
    blocks: tuple[Block, ...] = (
        _cost_table(answer, figures),
        _charts(answer, figures),
        _year_table(answer, figures),
        _sector_table(answer, figures),
        *_between_table(answer, figures),
        *_policy_table(answer, figures),
        Words(items=answer.result.caveats),
    )
    return part(
        SECTION,
        QUESTION,
        finding,
        side=f"General equilibrium on the input-output table of {answer.period}; only certified solutions enter. "
        "Ranges span the published sets of elasticities and both rules for deficits, and nothing outside the model.",
        blocks=blocks,
        figures=figures.values(),
    )


def trade_answer(desk: Desk) -> TradeAnswer | str:
    """What the lens says of the desk's state and poles, or why it says nothing."""
    params = TradeParams(pivot=desk.params.pivot, embargo=desk.params.poles, draws=0)
    if not {key for pair in params.between for key in pair.split(":")}.issubset(desk.params.poles):
        params = params.model_copy(update={"between": ()})
    try:
        return TradeAnswer(desk, measure(desk.world, params), params)
    except NoAnswer as refusal:
        return str(refusal)


def _newest(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("period_end") == pl.col("period_end").max())


def _finding(answer: TradeAnswer, figures: dict[str, Figure]) -> Sentence:
    """The heaviest stop for the pivot, beside what it costs the partner."""
    newest = _newest(answer.result.tables["embargo"]).sort("loss", "sender", descending=[True, False])
    words: list[str | Ref] = []
    for place, line in enumerate(newest.head(2).iter_rows(named=True)):
        name = answer.named(line["sender"])
        before = (
            f"If trade with {name} stopped, {answer.desk.name}’s real income would fall by "
            if place == 0
            else (f"; with {name}, by ")
        )
        own, theirs = trade_figure(answer, "loss", line), trade_figure(answer, "cost", line)
        change = "’s would change by " if place == 0 else "’s by "
        words.extend((before, ref(figures, own, "full"), f" and {name}{change}", ref(figures, theirs, "full")))
    return tuple(words)


def _cost_table(answer: TradeAnswer, figures: dict[str, Figure]) -> Table:
    newest = _newest(answer.result.tables["embargo"]).sort("loss", "sender", descending=[True, False])
    power = {line["sender"]: line for line in _newest(answer.result.tables["power"]).iter_rows(named=True)}
    partners = {line["sender"]: line for line in _newest(answer.result.tables["partners"]).iter_rows(named=True)}
    other = next(one for one in CLOSURES if one != answer.params.closure)
    rows = []
    for line in newest.iter_rows(named=True):
        sender = line["sender"]
        rows.append(
            (
                (_counted(answer, partners[sender]),),
                (ref(figures, trade_figure(answer, "imports", partners[sender])),),
                (ref(figures, trade_figure(answer, "exports", partners[sender])),),
                (ref(figures, trade_figure(answer, "loss", line), "full"),),
                (ref(figures, trade_figure(answer, "other", line)),),
                (ref(figures, trade_figure(answer, "usd", line)),),
                (ref(figures, trade_figure(answer, "cost", line), "full"),),
                (ref(figures, trade_figure(answer, "ratio", line)),),
                (ref(figures, trade_figure(answer, "rise", power[sender]), "full"),),
            )
        )
    return Table(
        headings=(
            "partner", "of imports", "of exports", "loss if trade stops", f"{other} rule", "a year",
            "change for the partner", "ratio",
            "price rise without its goods",
        ),
        rows=tuple(rows),
        caption=f"All trade with one partner stops, goods and services, both ways, {answer.period}. "
        "The price rise counts lost purchases alone; the loss counts lost sales and every adjustment too.",
    )  # fmt: skip


def _counted(answer: TradeAnswer, line: Line) -> str:
    """A partner, and whom it is counted without."""
    if not line["absent"]:
        return answer.label(line["sender"])
    alone = line["economies"] if " " not in line["economies"] else ""
    without = f"{alone} alone" if alone else f"without {', '.join(line['absent'].split())}"
    return f"{answer.label(line['sender'])} ({without})"


def _charts(answer: TradeAnswer, figures: dict[str, Figure]) -> Charts:
    return Charts(
        charts=(
            Chart(
                id="trade-loss",
                title="Loss of real income if trade stops",
                says=f"Share of {answer.desk.name}’s real income, by partner.",
                series=_series(answer, figures, "embargo"),
            ),
            Chart(
                id="trade-power",
                title="Price rise without a partner’s goods",
                says="At given prices of all others: own derivation from CES demand.",
                series=_series(answer, figures, "power"),
            ),
        ),
        caption="What to see: each band spans the sets of elasticities; years without a table are joined by a line.",
    )


def _series(answer: TradeAnswer, figures: dict[str, Figure], table: str) -> tuple[Series, ...]:
    lines = answer.result.tables[table].sort("period_start")
    found = []
    for sender in answer.params.embargo:
        points = []
        for line in lines.filter(pl.col("sender") == sender).iter_rows(named=True):
            figure = trade_figure(answer, "loss", line) if table == "embargo" else trade_figure(answer, "rise", line)
            figures.setdefault(figure.id, figure)
            points.append((line["period_start"].year, figure.id))
        if points:
            found.append(Series(pole=sender, label=answer.label(sender), figures=tuple(points), joined=True))
    return tuple(found)


def _year_table(answer: TradeAnswer, figures: dict[str, Figure]) -> Table:
    """The loss by year and partner, as a table for those who read no chart; of one partner, its own side too."""
    embargo = answer.result.tables["embargo"]
    senders = [one for one in answer.params.embargo if one in set(embargo["sender"])]
    if len(senders) == 1:
        return _both_sides(answer, senders[0], figures)
    rows: list[tuple[Sentence, ...]] = []
    for start in embargo["period_start"].unique().sort():
        cells: list[Sentence] = [(str(start.year),)]
        for sender in senders:
            held = embargo.filter((pl.col("sender") == sender) & (pl.col("period_start") == start))
            cells.append(
                (ref(figures, trade_figure(answer, "loss", held.row(0, named=True)), "full"),)
                if held.height
                else ("unknown",)
            )
        rows.append(tuple(cells))
    return Table(
        headings=("year", *(answer.label(sender) for sender in senders)),
        rows=tuple(rows),
        caption=f"{answer.desk.name}’s loss of real income if trade with each stops, on the table of each year.",
    )


def _both_sides(answer: TradeAnswer, sender: str, figures: dict[str, Figure]) -> Table:
    power = {line["period_start"]: line for line in answer.result.tables["power"].iter_rows(named=True)}
    rows: list[tuple[Sentence, ...]] = [
        (
            (str(line["period_start"].year),),
            (ref(figures, trade_figure(answer, "loss", line), "full"),),
            (line["set_low"],),
            (line["set_high"],),
            (ref(figures, trade_figure(answer, "cost", line), "full"),),
            (ref(figures, trade_figure(answer, "ratio", line)),),
            (ref(figures, trade_figure(answer, "rise", power[line["period_start"]]), "full"),),
        )
        for line in answer.result.tables["embargo"].sort("period_start").iter_rows(named=True)
    ]
    name = answer.label(sender)
    return Table(
        headings=(
            "year", f"{answer.desk.name} loses", "least under", "most under", name, "ratio", "price rise",
        ),
        rows=tuple(rows),
        caption=f"If trade with {name} stops, on the table of each year: real income of both, and the set of "
        "elasticities and rule for deficits behind each end.",
    )  # fmt: skip


def _sector_table(answer: TradeAnswer, figures: dict[str, Figure]) -> Table:
    sectors = answer.result.tables["sectors"]
    rows = []
    for sender in answer.params.embargo:
        lines = list(sectors.filter(pl.col("sender") == sender).head(_NAMED_SECTORS).iter_rows(named=True))
        words: list[str | Ref] = []
        for line in lines:
            name = SECTORS.get(line["sector"], line["sector"])
            words.extend(("; " if words else "", f"{name} ", ref(figures, trade_figure(answer, "sector", line))))
        if lines:
            rows.append(((answer.label(sender),), tuple(words)))
    return Table(
        headings=("partner", "sectors, with its share of what is spent there"),
        rows=tuple(rows),
        caption=f"Where a partner’s goods weigh most, {answer.period}.",
    )


def _between_table(answer: TradeAnswer, figures: dict[str, Figure]) -> Iterator[Table]:
    newest = _newest(answer.result.tables["between"]) if answer.result.tables["between"].height else None
    if newest is None:
        return
    rows = [
        (_pair(answer, line), (ref(figures, trade_figure(answer, "between", line), "full"),))
        for line in newest.iter_rows(named=True)
    ]
    yield Table(
        headings=("who", "change of real income"),
        rows=tuple(rows),
        caption="Two others stop trading with each other: who gains, who pays.",
    )


def _pair(answer: TradeAnswer, line: Line) -> Sentence:
    first, second = (answer.label(key) for key in line["between"].split(":"))
    who = answer.desk.name if line["subject"] == answer.params.pivot else answer.label(line["subject"])
    return (f"{who}, if {first} and {second} stop trading",)


def _policy_table(answer: TradeAnswer, figures: dict[str, Figure]) -> Iterator[Table]:
    """What bans, tariffs and costs that the world states do: only where there are any."""
    policies = answer.result.tables["policies"].filter(pl.col("facts").list.len() > 0)
    if policies.is_empty():
        return
    shown = policies.sort(pl.col("change").abs(), "subject", descending=[True, False])
    own = shown.filter(pl.col("subject") == answer.params.pivot)
    lines = pl.concat([own, shown.filter(pl.col("subject") != answer.params.pivot).head(7)])
    rows = [
        ((answer.label(line["subject"]),), (ref(figures, trade_figure(answer, "policy", line), "full"),))
        for line in lines.iter_rows(named=True)
    ]
    yield Table(
        headings=("economy", "change of real income"),
        rows=tuple(rows),
        caption="Bans, tariffs and costs that this world states, all together.",
    )
