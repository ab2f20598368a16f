"""What is said of each leg: capacity, quota, contract, tariff, days, length. Sources that differ stand side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from multivector.sources.handover.base import Left, Row, Taken, read_facts
from multivector.sources.handover.corridor_facts import FILE, CorridorFact, said_by
from multivector.sources.handover.legs import FILE as LEGS_FILE
from multivector.sources.handover.legs import SWAP_LEG, Leg, compiled

BOTTLENECKS_FILE: Final = "bottlenecks.csv"
_ATTRIBUTES: Final = {
    "capacity": "nameplate",
    "quota": "quota",
    "contract": "contract",
    "tariff": "tariff",
    "time": "days",
    "length": "length",
    "load_limit": "load_limit",
    "ownership": "ownership",
    "discount": "discount",
    "capex": "capex",
}
# What is said of more, of less or of something else than the leg must not be read as the leg's own figure.
_OTHER_ATTRIBUTES: Final = {
    ("O01", "F020"): "route_nameplate",
    ("O01", "F021"): "route_nameplate",
    ("O01", "F339"): "route_nameplate",
    ("O02", "F020"): "route_nameplate",
    ("O02", "F021"): "route_nameplate",
    ("O02", "F339"): "route_nameplate",
    ("O01", "F022"): "route_length",
    ("C31", "F265"): "route_length",
    ("C21", "F221"): "route_days",
    ("C23", "F222"): "route_days",
    ("C21", "F232"): "route_tariff",
    ("O15", "F062"): "section_tariff",
    ("O34", "F089"): "tariff_russian_oil",
    ("O03", "F026"): "nameplate_per_mooring",
    ("O03", "F307"): "storage",
    ("O23", "F119"): "potential",
    ("O33", "F084"): "quota",  # a limit asked for, as the 10 Mt/y are
    ("O30", "F324"): "joint_capex",
    ("O31", "F324"): "joint_capex",
    ("C06", "F192"): "joint_nameplate",
    ("C08", "F192"): "joint_nameplate",
}
_NOT_OF_THE_LEG: Final = frozenset(
    {
        ("C01", "F209"),  # the second track lies between Dostyk and Moyinty
        ("C05", "F211"),  # a new line along a part of it
        ("C24", "F265"),  # the length of the corridor that Suez is compared with
        ("C33", "F270"),  # by how much the way is shortened
        ("C05", "F183"),  # of the whole corridor: the limit B_TITR
        ("C05", "F184"),
    }
)
_PRINTED: Final = {  # column of legs.csv: attribute and unit
    "nameplate_mt_y": ("nameplate", "Mt/y"),
    "nameplate_kteu_y": ("nameplate", "kTEU/y"),
    "quota_mt_y": ("quota", "Mt/y"),
    "tariff_usd_t": ("tariff", "USD/t"),
    "days": ("days", "days"),
}
# What a leg carried of everybody's goods. Counts of another definition have a name of their own.
_CARRIED: Final = {
    "O02": "F001 F002 F003 F004 F302",
    "O03": "F001 F002 F003 F004 F302",
    "O06": "F014 F017",
    "O07": "F013 F016",
    "O08": "F012 F015",
    "O19": "F111",
    "O23": "F135 F137",
    "O30": "F071 F076 F081 F322",
    "O31": "F323",
    "O33": "F069 F074 F079",
    "O34": "F067 F072 F077",
    "C11": "F167 F168 F169 F170 F176 F178",
    "C14": "F207",
    "C21": "F247 F248",
    "C30": "F258",
    "C31": "F256 F257",
    "C35": "F255",
}
_CARRIED_RAIL: Final = {"C11": "F171 F172"}
_EXCHANGEABLE: Final = {SWAP_LEG: "F070 F075 F080"}  # domestic oil on the line that can give way
_BOTTLENECK_MEASURES: Final = frozenset({"capacity", "quota"})


def leg_values(facts: Mapping[str, CorridorFact], legs: Mapping[str, Leg]) -> Iterator[Taken]:
    """The rows of `leg_values` that sources state: one for every leg that a fact is about."""
    for leg in legs.values():
        for number in leg.cited:
            fact = facts[number]
            if _is_of(leg, fact):
                attribute = _OTHER_ATTRIBUTES.get((leg.leg, number), _ATTRIBUTES[fact.measure])
                yield Taken(FILE, number, "leg_values", _value_row(leg.leg, attribute, fact))
    for attribute, listed in (("carried", _CARRIED), ("carried_rail", _CARRIED_RAIL), ("exchangeable", _EXCHANGEABLE)):
        for key, numbers in listed.items():
            for number in numbers.split():
                yield Taken(FILE, number, "leg_values", _value_row(key, attribute, facts[number]))


def _is_of(leg: Leg, fact: CorridorFact) -> bool:
    return fact.measure in _ATTRIBUTES and (leg.leg, fact.fact) not in _NOT_OF_THE_LEG


def _value_row(leg: str, attribute: str, fact: CorridorFact) -> Row:
    row: Row = {
        "leg": leg,
        "attribute": attribute,
        "value": fact.value,
        "unit": fact.unit,
        "qualifier": fact.qualifier,
        "item": fact.item,
        "note": fact.note or None,
    }
    return row | said_by(fact)


def printed_values(legs: Mapping[str, Leg], facts: Mapping[str, CorridorFact]) -> Iterator[Taken]:
    """The rows of `leg_values` that were worked out for the network: a printed figure that no cited fact states."""
    for leg in legs.values():
        for column, printed in leg.printed.items():
            attribute, unit = _PRINTED[column]
            value = float(printed)
            stated = ((facts[number].value, facts[number].unit) for number in leg.cited if _is_of(leg, facts[number]))
            if (value, unit) not in stated:
                yield Taken(LEGS_FILE, leg.leg, "leg_values", _printed_row(leg, attribute, value, unit))


def _printed_row(leg: Leg, attribute: str, value: float, unit: str) -> Row:
    judged = leg.note.startswith("judged") or "a judged figure" in leg.note
    row: Row = {
        "leg": leg.leg,
        "attribute": attribute,
        "value": value,
        "unit": unit,
        "qualifier": "about",
        "item": f"{attribute} worked out for the leg",
        "note": leg.note or None,
    }
    return row | compiled("") | ({"status": "judged"} if judged else {})


def bottlenecks(folder: Path, facts: Mapping[str, CorridorFact]) -> Iterator[Taken | Left]:
    """The rows of `bottlenecks`: one for every source that states the limit."""
    for given in read_facts(folder / BOTTLENECKS_FILE):
        cited = [facts[number] for number in given["fact_ids"].split(";")]
        limits = [fact for fact in cited if fact.measure in _BOTTLENECK_MEASURES]
        for fact in limits:
            yield Taken(BOTTLENECKS_FILE, given["bottleneck_id"], "bottlenecks", _bottleneck_row(given, fact))
        if not limits:
            reason = "none of the facts it cites states a limit"
            yield Left(BOTTLENECKS_FILE, given["bottleneck_id"], reason)


def _bottleneck_row(given: Mapping[str, str], fact: CorridorFact) -> Row:
    row: Row = {
        "bottleneck": given["bottleneck_id"],
        "network": given["network"],
        "name": given["name"],
        "kind": fact.measure,
        "limit": fact.value,
        "unit": fact.unit,
        "note": "; ".join(part for part in (fact.item, fact.note, given["note"]) if part),
    }
    return row | said_by(fact)
