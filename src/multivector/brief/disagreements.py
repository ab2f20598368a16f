"""Section 4: what the sources disagree on, side by side."""

from __future__ import annotations

from typing import Final

import polars as pl

from multivector.brief.content import Conflict, Conflicts, Figure, Ref, Sentence
from multivector.brief.display import period_text
from multivector.brief.figures import Desk, Line, Part, part
from multivector.schema import WORLD
from multivector.world.conflicts import RULE, choose, in_base_units

SECTION: Final = "conflicts"
_MOST: Final = 8
_KEY: Final = ["sender", "receiver", "product", "measure", "scope", "basis", "period_start", "period_end"]
_PRODUCTS: Final = {"transfers": "Money transfers", "fdi": "Direct investment", "arms": "Arms"}
_MEASURES: Final = ("turnover", "value", "stock", "quantity")


def conflict_part(desk: Desk) -> Part:
    """Quantities that two statements give differently: both figures, who counted, the gap, the rule."""
    found = _conflicts(desk)
    figures: list[Figure] = []
    items = []
    for line in found.head(_MOST).iter_rows(named=True):
        item, shown = _conflict(desk, line)
        items.append(item)
        figures.extend(shown)
    rule = f"Shown elsewhere: {RULE}. The other figure is the far end of the range. Never an average."
    return part(
        SECTION,
        "What do the sources disagree on?",
        _finding(items),
        side="Figures that differ only by rounding are no disagreement and are not listed.",
        blocks=(Conflicts(items=tuple(items), rule=rule),),
        figures=figures,
    )


def _conflicts(desk: Desk) -> pl.DataFrame:
    pivot = desk.params.pivot
    rows = desk.world.rows(
        "flows",
        (pl.col("sender") == pivot) | (pl.col("receiver") == pivot),
        pl.col("measure").is_in(_MEASURES),
        pl.col("status").is_in(["observed", "derived", "claim"]),
        pl.col("via").is_null(),
        pl.col("qualifier") == "exact",
        pl.col("list_rule") != "complete",
        pl.col("period_start").is_not_null() & pl.col("period_end").is_not_null(),
    )
    ranks = desk.world.scan("sources").select("source", "rank").collect()
    chosen = choose(in_base_units(rows), by=_KEY, ranks=ranks, own=pivot)
    return (
        chosen.filter((pl.col("statements") > 1) & ~pl.col("agree"))
        .with_columns(gap=(pl.col("high") - pl.col("low")) / pl.col("high"))
        .sort("gap", "period_end", "receiver", descending=[True, True, False])
    )


def _conflict(desk: Desk, line: Line) -> tuple[Conflict, list[Figure]]:
    rows = in_base_units(desk.world.rows("flows", pl.col("id").is_in(list(line["facts"])))).sort("amount", "id")
    small, large = rows.row(0, named=True), rows.row(-1, named=True)
    partner = line["receiver"] if line["sender"] == desk.params.pivot else line["sender"]
    stem = f"{line['product']}.{line['measure']}.{partner}.{line['period_start']}"
    label = _label(desk, line, partner)
    period = period_text(line["period_start"], line["period_end"])
    ends = [_end(desk, row, label, f"{stem}.{name}", period) for row, name in ((small, "small"), (large, "large"))]
    gap = Figure(
        id=f"conflict.{stem}.gap",
        label=f"{label}: gap as a share of the larger figure",
        section=SECTION,
        value=line["gap"],
        low=None,
        high=None,
        unit="fraction",
        status="derived",
        channel=None,
        pole=None,
        period=period,
        formula="exposure.html#conflicts",
        facts=tuple(line["facts"]),
        command=_command(desk, partner),
        inputs=tuple(one.id for one in ends),
        sources=2,
    )
    item = Conflict(
        label=label,
        period=period,
        small=ends[0].id,
        small_by=_by(desk, small),
        large=ends[1].id,
        large_by=_by(desk, large),
        gap=gap.id,
        agree=bool(line["agree"]),
    )
    return item, [*ends, gap]


def _label(desk: Desk, line: Line, partner: str) -> str:
    who = "all partners" if partner == WORLD else desk.names.get(partner, partner)
    if line["measure"] == "turnover":
        return f"Trade with {who}"
    name = _PRODUCTS.get(line["product"], line["product"].replace("_", " ").capitalize())
    if line["measure"] == "stock":
        return f"{name} held by {who}"
    return f"{name} {'to' if line['sender'] == desk.params.pivot else 'from'} {who}"


def _end(desk: Desk, row: Line, label: str, stem: str, period: str) -> Figure:
    return Figure(
        id=f"conflict.{stem}",
        label=f"{label}, {_by(desk, row)}",
        section=SECTION,
        value=row["amount"],
        low=None,
        high=None,
        unit=row["dimension"],
        status=row["status"],
        channel=row["channel"],
        pole=None,
        period=period,
        formula="exposure.html#conflicts",
        facts=(row["id"],),
        command=_command(desk, row["receiver"] if row["sender"] == desk.params.pivot else row["sender"]),
        source=row["source"],
    )


def _by(desk: Desk, row: Line) -> str:
    if row["reporter"]:
        return f"counted by {desk.names.get(row['reporter'], row['reporter'])}"
    return str(desk.names.get(row["source"], row["source"]))


def _command(desk: Desk, partner: str) -> str:
    return f"multivector facts --table flows --about {desk.params.pivot} --about {partner}{desk.options} --json"


def _finding(items: list[Conflict]) -> Sentence:
    if not items:
        return ("No two statements of this world give one quantity differently",)
    worst = items[0]
    return (
        f"{worst.label}, {worst.period}: ",
        Ref(worst.small),
        f" {worst.small_by}, ",
        Ref(worst.large),
        f" {worst.large_by}",
    )
