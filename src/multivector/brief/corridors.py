"""The section on corridors: who can cut what off, where it would go, and which work would help."""

from __future__ import annotations

from typing import Final

import polars as pl

from multivector.brief.content import Figure, Ref, Sentence, Words
from multivector.brief.corridor_figures import SECTION, Answer, closure_figure, ref, worst_route
from multivector.brief.corridor_map import corridor_maps
from multivector.brief.corridor_tables import closure_rows, crossing_rows, route_rows, spread_rows, work_rows
from multivector.brief.figures import Desk, Line, Part, part
from multivector.errors import NoAnswer
from multivector.lenses.corridors.lens import measure
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.exposure.tensor import latest_day
from multivector.result import Result
from multivector.world.poles import read_roll, scene

QUESTION: Final = "Who can cut what off, and what would help?"
_TRIED: Final = (("oil", "tonnes"), ("cargo", "containers"), ("cargo", "tonnes"))


def corridor_part(desk: Desk, answer: Answer | None) -> Part:
    """The section: a map before and after the worst closure, worst cases, routes, territory by year, works."""
    if answer is None:
        fill = f"flows of {desk.name}’s oil with the route in `via`, or legs with what they carried"
        return part(
            SECTION,
            QUESTION,
            (f"No row says what any route carries for {desk.name}",),
            side="Routes, legs and what they carry are rows: `multivector facts --table legs`.",
            blocks=(Words(items=(f"What would fill it: {fill}.",)),),
            figures=(),
        )
    worst = worst_route(answer)
    figures: dict[str, Figure] = {}
    blocks = (
        corridor_maps(answer, worst, figures),
        closure_rows(answer, figures),
        route_rows(answer, figures),
        *crossing_rows(answer, figures),
        *work_rows(answer, figures),
        spread_rows(answer, figures),
        Words(items=answer.result.caveats),
    )
    return part(
        SECTION,
        QUESTION,
        finding(answer, worst, figures),
        side=f"{_thing(answer)} by leg and route, {answer.period}. Losses are for {answer.params.days} days, after "
        "everything that can move has moved; ranges span what the rows leave open.",
        blocks=tuple(block for block in blocks if block is not None),
        figures=figures.values(),
    )


def answer_for(desk: Desk) -> Answer | None:
    """What the lens says of the network that rows speak of: oil first, then containers, then tonnes of cargo."""
    for network, count in _TRIED:
        tried = CorridorParams.model_validate({"pivot": desk.params.pivot, "network": network, "count": count})
        try:
            return answered(desk, measure(desk.world, tried), tried)
        except NoAnswer:
            continue  # the next network may have rows
    return None


def answered(desk: Desk, result: Result, params: CorridorParams) -> Answer:
    """A result of the lens, with the states of each pole beside it."""
    stage = scene(read_roll(desk.world), pivot=desk.params.pivot, keys=desk.params.poles, day=latest_day(desk.world))
    return Answer(desk, result, params, tuple((pole.key, pole.members) for pole in stage.poles))


def finding(answer: Answer, worst: Line, figures: dict[str, Figure]) -> Sentence:
    """What the worst closure of a route loses, and who can do most."""
    name = answer.name(worst["target"])
    words: list[str | Ref] = [
        f"If {name} stops for {_span(answer.params.days)}, ",
        ref(figures, closure_figure(answer, worst, "lost")),
        " of ",
        ref(figures, closure_figure(answer, worst, "displaced")),
        " finds no other way out",
    ]
    others = (pl.col("kind") == "controller") & (pl.col("target") != answer.params.pivot)
    holders = answer.result.tables["closures"].filter(others)
    if holders.height and holders[f"lost_{answer.suffix}"].max():
        most = holders.sort(f"lost_{answer.suffix}", "target", descending=[True, False]).row(0, named=True)
        state = answer.desk.names.get(most["target"], most["target"])
        words.extend((f"; {state} alone can hold back ", ref(figures, closure_figure(answer, most, "lost"))))
    return tuple(words)


def _span(days: int) -> str:
    """A length of time in words, where there is one."""
    return {7: "a week", 30: "a month", 90: "a quarter", 365: "a year"}.get(days, f"{days} days")


def _thing(answer: Answer) -> str:
    if answer.params.network == "oil":
        return "Oil"
    return "Containers" if answer.params.count == "containers" else "Cargo"
