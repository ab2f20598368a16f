"""From a world and a state to the content of a brief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Final, Literal

import polars as pl

from multivector.brief.closing import assumption_part, source_table, unknown_part
from multivector.brief.content import Brief, Figure, Key, PoleStyle, Ref, Sentence
from multivector.brief.corridors import answer_for, answered, corridor_part
from multivector.brief.disagreements import conflict_part
from multivector.brief.figures import Desk, Part, amount_figure
from multivector.brief.leverage import leverage_part
from multivector.brief.mapping import map_part
from multivector.brief.matrix import certain, matrix_part
from multivector.brief.monitor import monitor_answer, monitor_part
from multivector.brief.monitor_figures import Watch
from multivector.brief.movements import movement_part
from multivector.brief.trade import trade_answer, trade_part
from multivector.brief.trade_figures import TradeAnswer
from multivector.lenses.corridors.lens import measure as measure_corridors
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.measures import BY_KEY
from multivector.lenses.exposure.params import ExposureParams
from multivector.lenses.exposure.tensor import latest_day
from multivector.lenses.monitor.lens import measure as measure_monitor
from multivector.lenses.monitor.params import MonitorParams
from multivector.lenses.trade.lens import measure as measure_trade
from multivector.lenses.trade.params import TradeParams
from multivector.result import Result
from multivector.world import World
from multivector.world.citing import cite
from multivector.world.poles import REST

Worldview = Literal["un", "de_facto"]
_COLORS: Final = {"russia": "russia", "china": "china", "west": "west", "turkic": "turkic", REST: "rest"}
_SPARE: Final = ("spare1", "spare2", "spare3")
_HOLDS: Final = (  # measures that a headline may lead with
    "oil_transit", "arms", "trade_imports", "trade_exports", "oil_buyers", "fdi_stock", "gas_supply", "power_supply",
    "technology",
)  # fmt: skip
_MOST_KEYS: Final = 4
_MOST_CLAUSES: Final = 3


def build(world: World, params: ExposureParams, *, worldview: Worldview = "un", options: str = "") -> Brief:
    """The whole brief of a state.

    `options` are the words a command needs to open the same world: ` --as-of 2023-11-20`.

    Raises:
        UnknownName: no such state or pole.
        NoAnswer: the rows do not determine what was asked.
    """
    return _assembled(_desk(world, params, measure(world, params), options), worldview)


def build_corridors(world: World, params: CorridorParams, *, options: str = "") -> Brief:
    """The section on corridors alone, on the network that is asked for.

    Raises:
        UnknownName: no such state; an assumption about a leg that is not there.
        WrongRequest: a quota above every nameplate.
        NoAnswer: nothing is known to move on the network, or a solve could not be certified.
    """
    result = measure_corridors(world, params)
    desk = _desk(world, ExposureParams(pivot=params.pivot), result, options)
    one = corridor_part(desk, answered(desk, result, params))
    return _alone(desk, one, f"multivector corridors {params.pivot} --network {params.network}{options}")


def build_trade(world: World, params: TradeParams, *, options: str = "") -> Brief:
    """The section on trade alone, for the partners that are asked for.

    Raises:
        UnknownName: no such state, partner, year or table.
        WrongRequest: a partner is the state itself.
        NoAnswer: the state is not covered by an input-output table, or nothing could be certified.
    """
    result = measure_trade(world, params)
    desk = _desk(world, ExposureParams(pivot=params.pivot), result, options)
    desk = replace(desk, poles=_partners(desk, params.embargo))
    one = trade_part(desk, TradeAnswer(desk, result, params))
    return _alone(desk, one, f"multivector trade {params.pivot}{options}")


def build_monitor(world: World, params: MonitorParams, *, options: str = "") -> Brief:
    """The section on circumvention alone.

    Raises:
        UnknownName: no such state or partner.
        NoAnswer: no count of what is sold to the state is known.
    """
    result = measure_monitor(world, params)
    desk = _desk(world, ExposureParams(pivot=params.pivot), result, options)
    one = monitor_part(desk, Watch(desk, result, params))
    return _alone(desk, one, f"multivector monitor {params.pivot}{options}")


def _partners(desk: Desk, keys: Sequence[str]) -> tuple[PoleStyle, ...]:
    """Styles of partners: a pole keeps its colour, a state or an organisation takes a spare one."""
    known = {pole.key: pole for pole in desk.poles}
    spare = iter(_SPARE)
    return tuple(
        known.get(key) or PoleStyle(key, desk.labels.get(key) or desk.names.get(key, key), next(spare, "rest"))
        for key in keys
    )


def _alone(desk: Desk, one: Part, command: str) -> Brief:
    """A brief of one section."""
    figures = {figure.id: figure for figure in one.figures}
    facts = _all_facts(desk, desk.result.facts, figures)
    return Brief(
        pivot=desk.params.pivot,
        name=desk.name,
        as_of=latest_day(desk.world),
        dated=desk.world.day is not None,
        version=version("multivector"),
        data_hash=desk.world.hash,
        worldview="un",
        poles=desk.poles,
        headline=one.section.finding,
        deck=(),
        keys=(),
        sections=(one.section,),
        figures=figures,
        facts=facts,
        sources=source_table(desk, facts),
        caveats=desk.result.caveats,
        command=command,
    )


def _desk(world: World, params: ExposureParams, result: Result, options: str) -> Desk:
    actors = dict(world.scan("actors").select("actor", "name").collect().iter_rows())
    titles = dict(world.scan("sources").select("source", "title").collect().iter_rows())
    labels = dict(world.scan("groups").select("group", "label").unique().collect().iter_rows())
    styles = _styles(params.poles, labels)
    return Desk(
        world=world,
        result=result,
        params=params,
        name=actors[params.pivot],
        poles=styles,
        labels={pole.key: pole.label for pole in styles} | {REST: "Rest"},
        names={**titles, **actors},
        options=options,
    )


def _styles(poles: Sequence[str], labels: dict[str, str]) -> tuple[PoleStyle, ...]:
    spare = iter(_SPARE)
    return tuple(PoleStyle(key, labels[key], _COLORS.get(key) or next(spare, "rest")) for key in poles)


def _assembled(desk: Desk, worldview: str) -> Brief:
    holds = _holds(desk)
    parts = [
        matrix_part(desk),
        movement_part(desk),
        leverage_part(desk),
        corridor_part(desk, answer_for(desk)),
        trade_part(desk, trade_answer(desk)),
        monitor_part(desk, monitor_answer(desk)),
        map_part(desk),
        conflict_part(desk),
        unknown_part(desk),
        assumption_part(desk),
    ]
    figures = _figures(parts)
    keys, extra = _keys(desk, holds, figures)
    figures = {**figures, **{figure.id: figure for figure in extra}}
    facts = desk.result.facts
    return Brief(
        pivot=desk.params.pivot,
        name=desk.name,
        as_of=latest_day(desk.world),
        dated=desk.world.day is not None,
        version=version("multivector"),
        data_hash=desk.world.hash,
        worldview=worldview,
        poles=desk.poles,
        headline=_headline(desk, holds, figures),
        deck=_deck(desk, figures),
        keys=keys,
        sections=tuple(one.section for one in parts),
        figures=figures,
        facts=_all_facts(desk, facts, figures),
        sources=source_table(desk, _all_facts(desk, facts, figures)),
        caveats=desk.result.caveats,
        command=f"multivector brief {desk.params.pivot}{desk.options}",
    )


def _figures(parts: Sequence[Part]) -> dict[str, Figure]:
    """Every figure once. Two sections may show one figure: it must be the same one."""
    found: dict[str, Figure] = {}
    for one in parts:
        for figure in one.figures:
            found.setdefault(figure.id, figure)
    return found


def _all_facts(desk: Desk, facts: pl.DataFrame, figures: dict[str, Figure]) -> pl.DataFrame:
    """The rows behind the figures: the lens's, and those that only a conflict names."""
    wanted = {row for figure in figures.values() for row in figure.facts}
    missing = wanted - set(facts["id"])
    held = facts.filter(pl.col("id").is_in(list(wanted)))
    return pl.concat([held, cite(desk.world, missing)]).sort("id") if missing else held


def _holds(desk: Desk) -> list[dict[str, object]]:
    """The strongest leading hold of each pole, strongest first; certain leads before uncertain ones."""
    balance = desk.table("balance")
    found = []
    for name, group in balance.group_by("measure", maintain_order=True):
        lines = list(group.iter_rows(named=True))
        held = [line for line in lines if line["pole"] != REST and line["low"] > 0]
        if name[0] not in _HOLDS or not held:
            continue
        best = max(held, key=lambda line: (line["low"], line["high"]))  # what is proven
        found.append({**best, "sure": certain(lines, best["pole"])})
    return sorted(found, key=lambda line: (not line["sure"], -float(line["low"]), line["measure"]))


def _headline(desk: Desk, holds: list[dict[str, object]], figures: dict[str, Figure]) -> Sentence:
    """One hold a pole, the strongest first: who carries, sells, buys, holds how much."""
    words: list[str | Ref] = []
    used: set[str] = set()
    for line in holds:
        pole = str(line["pole"])
        if pole in used or len(used) == _MOST_CLAUSES:
            continue
        rule = BY_KEY[str(line["measure"])]
        before, after = rule.hold.split("{}")
        if not used:  # the first clause names the state, the others say "its"
            before, after = (part.replace("its", f"{desk.name}’s", 1) for part in (before.replace(" it ", " "), after))
        subject = _subject(desk, pole) if used else _capital(_subject(desk, pole))
        words.extend(
            (f"{', ' if used else ''}{subject} {before}", Ref(figures[f"balance.{rule.key}.{pole}"].id), after)
        )
        used.add(pole)
    return tuple(words) if words else (f"No row of this world says what any pole holds over {desk.name}",)


def _subject(desk: Desk, pole: str) -> str:
    """The pole as the subject of a clause: a state by its name, a group as a group."""
    members = desk.world.rows("groups", pl.col("group") == pole)
    label = desk.labels[pole]
    if members.height == 1 and members["role"][0] is None:
        return label
    return f"the {label}" if pole == "west" else f"the {label} group"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _deck(desk: Desk, figures: dict[str, Figure]) -> tuple[Sentence, ...]:
    ranked, sure = figures["count.ranked"], figures["count.certain"]
    words: list[str | Ref] = ["Of the ", Ref(ranked.id), " measures that can be ranked, "]
    leaders = [pole for pole in desk.poles if f"count.leads.{pole.key}" in figures]
    for place, pole in enumerate(leaders):
        joint = "" if place == 0 else (" and " if place == len(leaders) - 1 else ", ")
        words.extend((f"{joint}{pole.label} leads ", Ref(f"count.leads.{pole.key}")))
    words.extend((". Leads that hold on hard bounds: ", Ref(sure.id), "."))
    return (tuple(words), ("Where two sources disagree, both stand and the range says so. Unknown is never zero.",))


def _keys(
    desk: Desk, holds: list[dict[str, object]], figures: dict[str, Figure]
) -> tuple[tuple[Key, ...], list[Figure]]:
    keys, extra = [], []
    for line in holds[:_MOST_KEYS]:
        rule = BY_KEY[str(line["measure"])]
        figure = figures[f"balance.{rule.key}.{line['pole']}"]
        more: Sentence = (figure.period,)
        if line["amount"] and line["amount_unit"]:
            amount = amount_figure(desk, line, section="keys", prefix="key")
            extra.append(amount)
            more = (Ref(amount.id), f", {figure.period}")
        keys.append(Key(figure=figure.id, says=f"{desk.labels[str(line['pole'])]}: {rule.label}", more=more))
    return tuple(keys), extra
