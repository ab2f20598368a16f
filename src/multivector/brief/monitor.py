"""The section on circumvention: what left and did not arrive, since when, beside placebos, and what was said of it."""

from __future__ import annotations

from typing import Final

import polars as pl

from multivector.brief.content import Block, Figure, Ref, Sentence, Words
from multivector.brief.figures import Desk, Part, part
from multivector.brief.monitor_figures import SECTION, Watch, gap_figure, growth_figure, ref, share_figure
from multivector.brief.monitor_tables import (
    break_rows,
    charts,
    excess_rows,
    mirror_rows,
    own_lines,
    peer_rows,
    product_rows,
    statement_rows,
)
from multivector.errors import NoAnswer
from multivector.lenses.monitor.lens import measure
from multivector.lenses.monitor.params import MonitorParams

QUESTION: Final = "Do goods go round the sanctions?"


def monitor_part(desk: Desk, watch: Watch | str) -> Part:
    """The section, or why there is none."""
    if isinstance(watch, str):
        return part(
            SECTION,
            QUESTION,
            (f"No monthly count of what the EU sells {desk.name} is at hand: unknown, not nil",),
            side="The monitor needs what the exporter counts by month or year, and what the state itself counts.",
            blocks=(Words(items=(f"Why: {watch}.",)),),
            figures=(),
        )
    figures: dict[str, Figure] = {}
    finding = _finding(watch, figures)
    blocks: tuple[Block, ...] = (
        charts(watch, figures),
        mirror_rows(watch, figures),
        peer_rows(watch, figures),
        break_rows(watch, figures),
        *excess_rows(watch, figures),
        *product_rows(watch, figures),
        *statement_rows(watch, figures),
        Words(items=watch.result.caveats),
    )
    return part(
        SECTION,
        QUESTION,
        finding,
        side="Two counts of the same trade, set side by side. Ranges span cif/fob margins in common use. A gap, a "
        "break or an excess alone proves nothing.",
        blocks=blocks,
        figures=figures.values(),
    )


def monitor_answer(desk: Desk) -> Watch | str:
    """What the lens says of the desk's state, or why it says nothing."""
    params = MonitorParams(pivot=desk.params.pivot)
    try:
        return Watch(desk, measure(desk.world, params), params)
    except NoAnswer as refusal:
        return str(refusal)


def _finding(watch: Watch, figures: dict[str, Figure]) -> Sentence:
    """The newest gap that can be used, beside the one before the sanctions; else growth alone."""
    usable = [line for line in own_lines(watch) if line["flag"] == "ok"]
    before = [line for line in usable if line["year"] < watch.params.event.year]
    exporter = watch.name(watch.params.exporter)
    if usable:
        last = usable[-1]
        gap = ref(figures, gap_figure(watch, last), "full")
        words: list[str | Ref] = [
            f"Of what {exporter} says it sold {watch.desk.name} in {last['year']}, ",
            ref(figures, share_figure(watch, last)),
            ", ",
            gap,
            f", is not in {watch.desk.name}’s own count",
        ]
        if not last["ghost_share"]:
            words = [f"{watch.desk.name} counts no less than {exporter} sold it in {last['year']}: a gap of ", gap]
        if before and before[-1] is not last:
            words.extend((f"; in {before[-1]['year']} it was ", ref(figures, gap_figure(watch, before[-1]))))
        return tuple(words)
    growth = watch.result.tables["growth"].filter(
        (pl.col("importer") == watch.params.pivot)
        & (pl.col("year_to") == watch.params.event.year)
        & pl.col("growth").is_not_null()
    )
    if growth.is_empty():
        return (f"No count of {watch.desk.name} can be held against that of {exporter}: the gap is unknown, not nil",)
    return (
        f"{watch.desk.name}’s own count is missing, so the gap is unknown; exports of {exporter} to it changed by ",
        ref(figures, growth_figure(watch, growth.row(0, named=True))),
        f" in {watch.params.event.year}",
    )
