"""What could be built: rows of one name and source are one work, and its cost stands on one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from multivector.schema.units import UNITS
from multivector.sources.handover.base import Row, Taken
from multivector.sources.handover.corridor_facts import FILE, CorridorFact, joined, said_by

_TWO_LINES: Final = "Kenkiyak-Atyrau to 12 and Kenkiyak-Kumkol to 15 Mt/y, together"
_COST_MEASURES: Final = frozenset({"capex", "money"})


@dataclass(frozen=True, slots=True)
class _Work:
    """One work of one source: the fact it rests on, what it widens, and what else the source says of it."""

    fact: str
    widens: str
    name: str = ""
    cost_fact: str = ""
    capacity_after: float | None = None
    cost_usd: float | None = None
    status: str = ""
    note: str = ""


_WORKS: Final = (
    _Work("F340", "O01 O02"),
    _Work("F048", "O10"),
    _Work("F330", "O21 B_AKTAU"),
    _Work("F118", "O23", name="KMG-SOCAR contract from 1.5 to 2.2 Mt/y"),
    _Work("F119", "O23"),
    _Work("F331", "O23"),
    _Work("F332", "O23"),
    _Work("F318", "O30 B_MUNAITAS"),
    _Work("F319", "O30 B_MUNAITAS", name=_TWO_LINES, cost_fact="F324"),
    _Work("F321", "O31", name=_TWO_LINES, note="the cost of both lines together stands on the row of O30"),
    _Work("F084", "O33"),
    _Work("F194", "C06"),
    _Work("F195", "C06"),
    _Work(
        "F204",
        "C13",
        name="TransTerminal, Poti: from 80 to 200 kTEU/y",
        capacity_after=200.0,
        cost_usd=30e6,
        status="plan",
    ),
    _Work("F205", "C13"),
    _Work("F185", "B_TITR"),
    _Work("F235", "B_TITR"),
    _Work("F241", "B_TITR"),
    _Work("F260", "C30 B_INSTC_E"),
    _Work("F261", "C31"),
    _Work("F262", "C31"),
    _Work("F208", "C01 C03"),
    _Work("F269", "C33", name="China-Kyrgyzstan-Uzbekistan railway"),
    _Work("F268", "C33", name="China-Kyrgyzstan-Uzbekistan railway"),
)


def expansions(facts: Mapping[str, CorridorFact]) -> Iterator[Taken]:
    """The rows of `expansions`, one for every leg or shared limit that a work widens."""
    for work in _WORKS:
        fact = facts[work.fact]
        cost = _cost_usd(work, facts)
        for place, widened in enumerate(work.widens.split()):
            row = _row(work, fact, leg=widened) | {"cost_usd": cost if place == 0 else None}
            yield Taken(FILE, work.fact, "expansions", row)


def _cost_usd(work: _Work, facts: Mapping[str, CorridorFact]) -> float | None:
    fact = facts[work.cost_fact or work.fact]
    if fact.measure in _COST_MEASURES:
        return fact.value * UNITS[fact.unit].factor
    return work.cost_usd


def _row(work: _Work, fact: CorridorFact, *, leg: str) -> Row:
    is_cost = fact.measure in _COST_MEASURES
    capacity = None if is_cost else work.capacity_after or fact.value
    row: Row = {
        "leg": leg,
        "name": work.name or fact.item,
        "capacity_after": capacity,
        "unit": "Mt/y" if is_cost else fact.unit,
        "note": joined((fact.note, work.note)) or None,
    }
    return row | said_by(fact) | ({"status": work.status} if work.status else {})
