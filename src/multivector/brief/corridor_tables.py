"""The tables of the section on corridors: worst cases, routes, territory by year, works, the price of spreading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from multivector.brief.content import Figure, Sentence, Table
from multivector.brief.corridor_figures import Answer, closure_figure, figure_of, ref, route_figure
from multivector.brief.display import period_text

_MOST_CLOSURES: Final = 8
_MOST_WORKS: Final = 4


def closure_rows(answer: Answer, figures: dict[str, Figure]) -> Table:
    """The worst cases: routes, and all that one state can stop; largest loss first."""
    table = answer.result.tables["closures"].filter(
        pl.col("kind").is_in(["controller", "route"]) & (pl.col("target") != answer.params.pivot)
    )
    order = [f"lost_{answer.suffix}", f"displaced_{answer.suffix}", "target"]
    shown = table.filter(pl.col(f"displaced_{answer.suffix}") > 0).sort(order, descending=[True, True, False])
    rows = []
    for line in shown.head(_MOST_CLOSURES).iter_rows(named=True):
        name = (
            answer.routes.get(line["target"])
            or f"all that {answer.desk.names.get(line['target'], line['target'])} can stop"
        )
        usd = (
            (ref(figures, closure_figure(answer, line, "usd"), "full"),)
            if line["lost_usd"] is not None
            else ("unknown",)
        )
        rows.append(
            (
                (name,),
                (ref(figures, closure_figure(answer, line, "displaced")),),
                (ref(figures, closure_figure(answer, line, "moved")),),
                (ref(figures, closure_figure(answer, line, "lost"), "full"),),
                usd,
                (answer.ways(line["held_by"]),),
            )
        )
    return Table(
        headings=("closed", "cannot go on", "finds another way", "stays behind", "worth", "held back by"),
        rows=tuple(rows),
        caption=f"Worst cases, {answer.params.days} days, one at a time.",
    )


def route_rows(answer: Answer, figures: dict[str, Figure]) -> Table:
    """Every route: what it carries, what more it could take, what holds it, where it leads."""
    rows = []
    for line in answer.result.tables["routes"].iter_rows(named=True):
        room = line[f"room_{answer.suffix}_y"]
        more: Sentence = ("unknown",)
        if room is not None:
            figure = figure_of(
                answer,
                f"route.{line['route']}.room",
                f"{answer.routes.get(line['route'], line['route'])}: could take more, a year",
                value=room,
                ends=(None, None),
                unit=f"{answer.unit}/y",
                status="modelled",
                period=answer.period,
                formula="network",
                table="routes",
                facts=line["facts"],
            )
            more = (ref(figures, figure),)
        crossed = [answer.desk.names.get(one, one) for one in line["territory"] if one != answer.params.pivot]
        rows.append(
            (
                (answer.routes.get(line["route"], line["route"]),),
                (ref(figures, route_figure(answer, line), "full"),),
                more,
                (answer.ways([line["held_by"]]) if line["held_by"] else "",),
                (", ".join(crossed),),
            )
        )
    return Table(
        headings=("route", "carries", "could take more", "held by", "crosses"), rows=tuple(rows), caption="Routes."
    )


def crossing_rows(answer: Answer, figures: dict[str, Figure]) -> Iterator[Table]:
    """The territory that most crosses, by year."""
    crossing = answer.result.tables["crossing"]
    if crossing.is_empty():
        return
    state = crossing.sort("period_end", "low", "territory", descending=[True, True, False])["territory"][0]
    name = answer.desk.names.get(state, state)
    rows = []
    lines = crossing.filter(pl.col("territory") == state).sort("period_start", "basis")
    for line in lines.iter_rows(named=True):
        period = period_text(line["period_start"], line["period_end"])
        figure = figure_of(
            answer,
            f"crossing.{state}.{period}.{line['basis']}",
            f"{name}: share of {answer.desk.name}’s exports that cross it, {period}",
            value=line["value"],
            ends=(line["low"], line["high"]),
            unit="fraction",
            status="derived",
            period=period,
            formula="crossing",
            table="crossing",
            facts=line["facts"],
        )
        how = "tonnes by route" if line["basis"] == "routes" else "tonnes said to avoid it"
        rows.append(((period,), (ref(figures, figure, "full"),), (how,)))
    yield Table(headings=("year", f"crosses {name}", "from"), rows=tuple(rows), caption=f"Over {name}, by year.")


def work_rows(answer: Answer, figures: dict[str, Figure]) -> Iterator[Table]:
    """Priced works first, then those that avoid most."""
    works = answer.result.tables["works"].filter(pl.col("against").str.starts_with("route"))
    if works.is_empty():
        return
    rows = []
    for line in works.head(_MOST_WORKS).iter_rows(named=True):
        avoided = figure_of(
            answer,
            f"work.{line['work']}.avoided",
            f"{line['work']}: loss avoided in {line['days']} days, against {line['against']}",
            value=line[f"avoided_{answer.suffix}"],
            ends=(line["low"], line["high"]),
            unit=answer.unit,
            status="modelled",
            period=answer.period,
            formula="works",
            table="works",
            facts=line["facts"],
        )
        cost: Sentence = ("price unknown",)
        if line["cost_usd"] is not None:
            figure = figure_of(
                answer,
                f"work.{line['work']}.cost",
                f"{line['work']}: cost",
                value=line["cost_usd"],
                ends=(None, None),
                unit="USD",
                status="plan",
                period=answer.period,
                formula="works",
                table="works",
                facts=line["facts"],
            )
            cost = (ref(figures, figure),)
        rows.append(((line["work"],), (ref(figures, avoided, "full"),), cost, (answer.ways(line["then_held_by"]),)))
    against = works["against"][0].removeprefix("route ")
    yield Table(
        headings=("work", "loss avoided", "cost", "then held back by"),
        rows=tuple(rows),
        caption=f"Works, against the closure of {answer.name(against)} for {answer.params.days} days.",
    )


def spread_rows(answer: Answer, figures: dict[str, Figure]) -> Table | None:
    """How far the largest hold could be brought down before anything stays behind."""
    spread = answer.result.tables["spread"]
    free = spread.filter(pl.col("is_least_free")).row(0, named=True)
    after = spread.filter(pl.col("largest_share") < free["largest_share"])
    if after.is_empty() or not after.row(0, named=True)["binds"]:
        return None
    holder = after.row(0, named=True)["binds"][0]
    facts = sorted({row for line in answer.result.tables["routes"].iter_rows(named=True) for row in line["facts"]})
    figure = figure_of(
        answer,
        "spread.free",
        "Least share of one controller at which nothing stays behind, everything routed anew",
        value=free["largest_share"],
        ends=(free["share_low"], free["share_high"]),
        unit="fraction",
        status="modelled",
        period=answer.period,
        formula="spread",
        table="spread",
        facts=facts,
    )
    name = answer.desk.names.get(holder, holder)
    return Table(
        headings=("price of spreading", ""),
        rows=(((f"least share of {name} at which nothing stays behind",), (ref(figures, figure, "full"),)),),
        caption="Routing everything anew; below it tonnes stay behind.",
    )
