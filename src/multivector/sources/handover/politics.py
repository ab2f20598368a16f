"""From calendar, memberships, obligations and leaders to events, memberships, obligations and offices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from multivector.sources.handover.base import GENERAL_KNOWLEDGE, Left, Row, Source, Taken, read_facts
from multivector.sources.handover.printed import Fact, common
from multivector.sources.handover.publications import source_of

CALENDAR: Final = "calendar.csv"
MEMBERSHIPS: Final = "memberships.csv"
OBLIGATIONS: Final = "obligations.csv"
LEADERS: Final = "leaders.csv"

_ORGANISATIONS: Final[dict[str, str]] = {
    "EAEC": "EURASEC",  # the Factbook's acronym of the Eurasian Economic Community
    "NAM": "NONALIGNED",  # NAM is Namibia
}
_ROLES: Final[dict[str, str]] = {
    "candidate country": "candidate",
    "chair": "chair",
    "dialogue member": "dialogue_partner",
    "engagement suspended": "suspended",
    "founding member": "member",
    "member": "member",
    "member of the organisation": "member",
    "observer": "observer",
    "participating state": "member",
    "signatory of the Collective Security Treaty": "signatory",
}
_OFFICE_HOLDERS: Final[dict[str, str]] = {"GAZPROM": "firm:Gazprom", "ROSATOM": "firm:Rosatom"}
_TREATY_ROLE: Final = "signatory of the Collective Security Treaty"


@dataclass(frozen=True, slots=True)
class _Stated:
    """A membership that memberships.csv states on more than general knowledge."""

    actor: str
    organisation: str
    role: str
    start: str


def convert(folder: Path) -> Iterator[Taken | Left | Source]:
    """Every fact of the four files."""
    memberships = tuple(read_facts(folder / MEMBERSHIPS))
    stated = frozenset(_stated(memberships))
    for fact in read_facts(folder / CALENDAR):
        yield from _calendar(fact, stated)
    for line, fact in enumerate(memberships, start=2):
        yield source_of(fact)
        yield Taken(MEMBERSHIPS, f"line {line}", "memberships", _membership_row(fact))
    for fact in read_facts(folder / OBLIGATIONS):
        yield source_of(fact)
        yield Taken(OBLIGATIONS, fact["obligation_id"], "obligations", _obligation_row(fact))
    for line, fact in enumerate(read_facts(folder / LEADERS), start=2):
        yield source_of(fact)
        yield Taken(LEADERS, f"line {line}", "offices", _office_row(fact))


def _stated(memberships: tuple[Fact, ...]) -> Iterator[_Stated]:
    for fact in memberships:
        if source_of(fact).source != GENERAL_KNOWLEDGE:
            yield _Stated(fact["actor"], fact["organisation"], fact["role"], fact["start"])
            if not fact["end"]:  # it covers a membership that is only known to be in force
                yield _Stated(fact["actor"], fact["organisation"], fact["role"], "")


def _calendar(fact: Fact, stated: frozenset[_Stated]) -> Iterator[Taken | Left | Source]:
    if fact["kind"] != "membership":
        yield source_of(fact)
        yield Taken(CALENDAR, fact["event_id"], "events", _event_row(fact))
        return
    row = _calendar_membership(fact)
    claim = _Stated(fact["actors"], str(row["organisation"]), str(row["role"]), fact["start"])
    if claim in stated:
        said = "the same start" if fact["start"] else "its start"
        reason = f"adds nothing: memberships.csv states this membership with {said}, from a source that was read"
        yield Left(CALENDAR, fact["event_id"], reason)
        return
    yield source_of(fact)
    yield Taken(CALENDAR, fact["event_id"], "memberships", row)


def _event_row(fact: Fact) -> Row:
    return {
        "kind": fact["kind"],
        "actors": fact["actors"] or None,
        "people": fact["people"] or None,
        "organisation": fact["organisation"] or None,
        "place": fact["place"] or None,
        "what": fact["what"],
        "value": None,
        "unit": "words",
        "precision": fact["precision"] or "unknown",
        "related": None,
        **common(fact),
        **_spell(fact["start"], fact["end"]),
    }


def _calendar_membership(fact: Fact) -> Row:
    printed = fact["organisation"]
    organisation = "CST" if fact["what"] == _TREATY_ROLE else _ORGANISATIONS.get(printed, printed)
    renamed = f"organisation printed as {printed}" if organisation != printed else ""
    return {
        "actor": fact["actors"],
        "organisation": organisation,
        "role": _ROLES[fact["what"]],
        "precision": fact["precision"] or "unknown",
        **common(fact, "" if _ROLES[fact["what"]] == fact["what"] else f"printed as: {fact['what']}", renamed),
        **_spell(fact["start"], fact["end"]),
    }


def _membership_row(fact: Fact) -> Row:
    return {
        "actor": fact["actor"],
        "organisation": fact["organisation"],
        "role": fact["role"],
        "precision": fact["precision"] or "unknown",
        **common(fact),
        **_spell(fact["start"], fact["end"]),
    }


def _obligation_row(fact: Fact) -> Row:
    named = fact["organisation"]
    several = ";" in fact["binds"]
    return {
        "instrument": fact["instrument"],
        "organisation": named or ("multilateral" if several else fact["binds"]),
        "article": fact["article"] or None,
        "obligation": fact["obligation"],
        "kind": fact["kind"],
        "binds": fact["binds"],
        "target": fact["target"] or None,
        "precision": fact["precision"] or "unknown",
        **common(fact, "" if named else "organisation not printed: read from whom it binds"),
        **_spell(fact["since"], fact["until"]),
    }


def _office_row(fact: Fact) -> Row:
    return {
        "actor": _OFFICE_HOLDERS.get(fact["actor"], fact["actor"]),
        "office": fact["office"],
        "person": fact["name"],
        "surname": fact["surname"] or None,
        "name_native": fact["name_native"] or None,
        "precision": fact["precision"] or "unknown",
        "known_until": fact["known_until"] or None,
        **common(fact),
        **_spell(fact["start"], fact["end"]),
    }


def _spell(start: str, end: str) -> Row:
    return {"period_start": start or None, "period_end": end or None}
