"""Which facts on corridors are events: attacks, outages, court orders, works, decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from multivector.sources.handover.base import Row, Taken
from multivector.sources.handover.corridor_facts import FILE, CorridorFact, said_by

_KINDS: Final = {
    "attack": "F282 F283 F285 F288 F290 F300",
    "outage": "F277 F278 F281 F287 F298 F299",
    "court": "F279",
    "maintenance": "F289",
    "construction": "F271",
    "decision": "F254 F286 F301",
}
_PRECISION: Final = {"date": "day", "month": "month", "year": "year"}


def events(facts: Mapping[str, CorridorFact]) -> Iterator[Taken]:
    """The rows of `events`, one a fact."""
    for kind, numbers in _KINDS.items():
        for number in numbers.split():
            yield _event(facts[number], kind)


def _event(fact: CorridorFact, kind: str) -> Taken:
    row: Row = {
        "kind": kind,
        "actors": fact.territory or None,
        "place": " – ".join(place for place in (fact.origin, fact.destination) if place) or None,
        "what": fact.item,
        "unit": "words",
        "precision": _PRECISION[fact.unit],
        "note": fact.note or None,
    }
    return Taken(FILE, fact.fact, "events", row | said_by(fact))
