"""What the handed-over facts on corridors become: flows, indicators, events, and what is said of legs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from multivector.sources.handover.base import Left, Source, Taken
from multivector.sources.handover.corridor_events import events
from multivector.sources.handover.corridor_facts import FILE, CorridorFact, read_corridor_facts
from multivector.sources.handover.corridor_flows import flows
from multivector.sources.handover.corridor_indicators import indicator, is_listed
from multivector.sources.handover.expansions import expansions
from multivector.sources.handover.leg_values import bottlenecks, leg_values, printed_values
from multivector.sources.handover.legs import LEGS, Leg, convert_legs, read_legs
from multivector.sources.handover.routes import routes
from multivector.sources.handover.shapes import convert_shapes


def convert(folder: Path) -> Iterator[Taken | Left | Source]:
    """Everything that `corridors.csv`, `legs.csv`, `bottlenecks.csv` and `route_geometry.geojson` become."""
    facts = read_corridor_facts(folder)
    legs = read_legs(folder, facts)
    yield from {fact.source.source: fact.source for fact in facts.values()}.values()
    yield LEGS
    yield from _convert_facts(facts, legs)
    yield from convert_legs(legs, facts)
    yield from printed_values(legs, facts)
    yield from routes(legs)
    yield from bottlenecks(folder, facts)
    yield from convert_shapes(folder)


def _convert_facts(facts: Mapping[str, CorridorFact], legs: Mapping[str, Leg]) -> Iterator[Taken | Left]:
    placed: set[str] = set()
    for taken in _rows(facts, legs):
        placed.add(taken.fact)
        yield taken
    for fact in facts.values():
        if is_listed(fact):
            yield indicator(fact)
        elif fact.fact not in placed:
            yield _unlisted(fact)


def _unlisted(fact: CorridorFact) -> Taken | Left:
    if fact.measure == "event":
        return Left(FILE, fact.fact, "an event of no listed kind: name its kind in corridor_events")
    return indicator(fact)


def _rows(facts: Mapping[str, CorridorFact], legs: Mapping[str, Leg]) -> Iterator[Taken]:
    yield from flows(facts)
    yield from leg_values(facts, legs)
    yield from expansions(facts)
    yield from events(facts)
