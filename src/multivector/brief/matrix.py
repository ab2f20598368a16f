"""Section 1: how the state balances, channel by channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import polars as pl

from multivector.brief.content import Cell, Figure, Matrix, MatrixRow, Sentence
from multivector.brief.display import period_text
from multivector.brief.figures import Desk, Line, Part, counted, coverage_figure, part, share_figure
from multivector.lenses.exposure.measures import BY_KEY, MEASURES
from multivector.world.poles import REST

SECTION: Final = "balance"
_LEAST_SPARK: Final = 3
_PARTITIONS: Final = ("share_exports", "share_imports", "share_stock", "share_route", "share_supply", "share_turnover")
_NOTES: Final = {
    "fdi_stock": "immediate owner; the ultimate owner is unknown",
    "trade_turnover": "as printed by one source; part of a year where the year is not printed",
    "memberships": "mean over the pole’s members; the range is over its members",
    "meetings": "a list of what was found; counts are lower bounds",
    "students": "of students at home and abroad together",
}


def matrix_part(desk: Desk) -> Part:
    """The balance matrix."""
    balance = desk.table("balance")
    measures = _shown_measures(balance)
    figures: list[Figure] = []
    rows = []
    for measure in measures:
        lines = list(balance.filter(pl.col("measure") == measure).iter_rows(named=True))
        row, shown = _row(desk, measure, lines)
        rows.append(row)
        figures.extend(shown)
    leads = _leads(rows, figures)
    counts = _counts(desk, leads, figures, rows)
    caption = (
        "Read a cell: the number, its movement over the years in one source, the range on a track from 0 to 100 %, "
        "the range in figures, and how the number came about. Pale: at least this much. Full: the range. Striped: a "
        "range with no point inside. Hatched: unknown. Bold marks the strongest hold of a row."
    )
    return part(
        SECTION,
        "How does the state balance?",
        _finding(desk, certain_leads(rows, figures)),
        side=_side(rows, figures),
        blocks=(Matrix(rows=tuple(rows), caption=caption),),
        figures=[*figures, *counts],
    )


def _shown_measures(balance: pl.DataFrame) -> list[str]:
    """Every measure that some row speaks of; where a channel has none, its first one, to say what is missing."""
    spoken = {measure for measure, facts in balance.select("measure", "facts").iter_rows() if len(facts)}
    present = [rule for rule in MEASURES if rule.key in set(balance["measure"])]
    silent = {rule.channel for rule in present} - {rule.channel for rule in present if rule.key in spoken}
    shown, named = [], set()
    for rule in present:
        if rule.key in spoken or (rule.channel in silent and rule.channel not in named):
            shown.append(rule.key)
            named.add(rule.channel)
    return shown


def _row(desk: Desk, measure: str, lines: Sequence[Line]) -> tuple[MatrixRow, list[Figure]]:
    rule = BY_KEY[measure]
    spoken = any(line["facts"] for line in lines)
    figures: list[Figure] = []
    cells = []
    lead = _lead(lines) if spoken else None
    for line in lines:
        figure = share_figure(desk, line, section=SECTION, prefix="balance")
        spark = _spark(desk, measure, line["pole"])
        figures.extend((figure, *spark))
        if line["pole"] != REST:
            ids = tuple(one.id for one in spark)
            cells.append(Cell(pole=line["pole"], figure=figure.id, spark=ids, lead=line["pole"] == lead))
    covered = coverage_figure(desk, lines[0], section=SECTION) if spoken and rule.basis in _PARTITIONS else None
    row = MatrixRow(
        channel=rule.channel,
        measure=measure,
        label=rule.label,
        period=period_text(lines[0]["period_start"], lines[0]["period_end"]) if spoken else "",
        note=_note(desk, measure, lines, lead),
        cells=tuple(cells) if spoken else (),
        rest=f"balance.{measure}.{REST}" if spoken and rule.basis in _PARTITIONS else None,
        coverage=covered.id if covered else None,
        fills=rule.fills,
    )
    if not spoken:
        figures = []  # a silent row shows words, no numbers
    return row, [*figures, *([covered] if covered else [])]


def _lead(lines: Sequence[Line]) -> str | None:
    poles = [line for line in lines if line["pole"] != REST and (line["low"] > 0 or line["value"])]
    best = max(poles, key=lambda line: (line["low"], line["high"]), default=None)  # what is proven, as in `geometry`
    return None if best is None else str(best["pole"])


def certain(lines: Sequence[Line], lead: str) -> bool:
    """Whether the leading pole holds more than any other pole can."""
    low = next(line["low"] for line in lines if line["pole"] == lead)
    return all(low > line["high"] for line in lines if line["pole"] not in {lead, REST})


def _note(desk: Desk, measure: str, lines: Sequence[Line], lead: str | None) -> str:
    words = [_NOTES[measure]] if measure in _NOTES else []
    if lead is not None and not certain(lines, lead):
        rivals = [
            desk.labels[line["pole"]]
            for line in lines
            if line["pole"] not in {lead, REST}
            and line["high"] >= next(one["low"] for one in lines if one["pole"] == lead)
        ]
        words.append(f"lead not certain: {' and '.join(rivals)} may hold as much")
    return "; ".join(words)


def _spark(desk: Desk, measure: str, pole: str) -> list[Figure]:
    """Yearly values of the one source that has most of them."""
    lines = list(
        desk.table("estimates")
        .filter((pl.col("measure") == measure) & (pl.col("pole") == pole) & pl.col("value").is_not_null())
        .filter(_whole_year())
        .sort("period_start")
        .iter_rows(named=True)
    )
    if pole == REST or not lines:
        return []
    most = Counter(line["source"] for line in lines).most_common()
    best = min(source for source, count in most if count == most[0][1])
    series = [line for line in lines if line["source"] == best]
    if len(series) < _LEAST_SPARK:
        return []
    return [share_figure(desk, line, section=SECTION, prefix="series") for line in series]


def _whole_year() -> pl.Expr:
    start, end = pl.col("period_start"), pl.col("period_end")
    return (start.dt.month() == 1) & (start.dt.day() == 1) & (end == start.dt.offset_by("1y"))


def _leads(rows: Sequence[MatrixRow], figures: Sequence[Figure]) -> list[Figure]:
    by_id = {figure.id: figure for figure in figures}
    return [by_id[cell.figure] for row in rows for cell in row.cells if cell.lead]


def _counts(desk: Desk, leads: Sequence[Figure], figures: Sequence[Figure], rows: Sequence[MatrixRow]) -> list[Figure]:
    found = []
    for pole in desk.poles:
        own = tuple(figure for figure in leads if figure.pole == pole.key)
        if own:
            said = f"measures in which {pole.label} leads"
            found.append(counted(desk, f"leads.{pole.key}", said, own, section=SECTION))
    sure = certain_leads(rows, figures)
    found.append(counted(desk, "ranked", "measures that can be ranked", tuple(leads), section=SECTION))
    found.append(counted(desk, "certain", "leads that hold on hard bounds", sure, section=SECTION))
    return found


def certain_leads(rows: Sequence[MatrixRow], figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Leading cells whose low end lies above the high end of every other pole in the row."""
    by_id = {figure.id: figure for figure in figures}
    sure = []
    for row in rows:
        shown = [by_id[cell.figure] for cell in row.cells]
        lead = next((by_id[cell.figure] for cell in row.cells if cell.lead), None)
        if lead is not None and all(_above(lead, one) for one in shown if one is not lead):
            sure.append(lead)
    return tuple(sure)


def _above(lead: Figure, other: Figure) -> bool:
    """Whether nothing that the rows allow puts the other one level; an end that is not known may lie anywhere."""
    return lead.low is not None and other.high is not None and lead.low > other.high


def _finding(desk: Desk, sure: Sequence[Figure]) -> Sentence:
    """Which pole leads which channels beyond doubt."""
    words = []
    for pole in desk.poles:
        channels = list(dict.fromkeys(str(figure.channel) for figure in sure if figure.pole == pole.key))
        if channels:
            words.append(f"{pole.label} leads in {_joined(channels)}")
    return ("; ".join(words) if words else f"No pole leads {desk.name} beyond doubt in any measure",)


def _joined(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _side(rows: Sequence[MatrixRow], figures: Sequence[Figure]) -> str:
    """The title speaks of certain leads only; these are the others."""
    sure = {figure.id for figure in certain_leads(rows, figures)}
    unsure = [row.label for row in rows if any(cell.lead and cell.figure not in sure for cell in row.cells)]
    first = "Named are leads whose low end lies above every other pole’s high end."
    return f"{first} Not certain: {'; '.join(unsure)}." if unsure else first
