"""The ways out, leg by leg, and the places that they join."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from multivector.sources.handover.base import Row, Source, Taken, read_facts
from multivector.sources.handover.corridor_facts import FILE as FACTS_FILE
from multivector.sources.handover.corridor_facts import CorridorFact, last_day, spelled

FILE: Final = "legs.csv"
LEGS: Final = Source(
    source="multivector-legs",
    producer="multivector",
    title="Legs, places and routes of the default world",
    url="",
    license="Apache-2.0",
    kind="definition",
    note="compiled from the sources of the facts on each leg; end points are entered by hand, good to about 0.3 "
    "degrees; a leg without a capacity has an unknown one: neither zero nor without limit",
)
SWAP_LEG: Final = "O38"
_SWAP_FACT: Final = "F080"
_SWAP: Final[Row] = {
    "leg": SWAP_LEG,
    "network": "oil",
    "origin": "Atyrau",
    "destination": "Atasu",
    "mode": "swap",
    "territory": "KAZ",
    "controller": "KAZ",
    "operator": "KazTransOil",
    "bottleneck": None,
    "phase": "existing",
    "shape": None,
    "note": "no pipe: western oil is burnt at home in place of Aktobe and Kumkol oil, which goes on to China instead",
}
_BUILDING: Final = frozenset({"C33"})
_PROPOSED: Final = frozenset({"O36", "O37"})
# The hand-over splits ports in two and so names one point twice; a flow must be able to pass from leg to leg.
_SAME_PLACE: Final = {
    "Aktau shore": "Aktau",
    "Aktau rail yard": "Aktau",
    "Kuryk rail yard": "Kuryk",
    "Poti rail yard": "Poti",
    "Baku": "Baku (Sangachal)",
    "Dostyk": "Dostyk / Alashankou",
    "Khorgos": "Khorgos / Altynkol",
}
# The line passes Atyrau, where the oil of the other fields enters it; the stretch from Tengiz is O08.
_STARTS_AT: Final = {"O01": "Atyrau"}
# O33 brings Russian oil: it is in the background of O34, and counting it again would fill the limit twice.
_NOT_COUNTED: Final = frozenset({"O33"})
# "Treat TUR as controller only in a straits scenario" (note of O04): passage is free in peace. Its territory stays.
_FREE_PASSAGE: Final = frozenset({"O04", "O05", "O18"})
_SHAPES: Final = {  # the drawn line that a leg runs along; a line of several legs is cut at their ends
    **dict.fromkeys(("O01", "O02"), "P0646"),
    **dict.fromkeys(("O09", "O10", "O11"), "P0649"),
    **dict.fromkeys(("O04", "O18"), "S3"),
    "O05": "S4",
    "O07": "P5202",
    "O16": "S5",
    "O17": "S6",
    "O22": "S1",
    "O23": "P0644",
    "O24": "S7",
    "O25": "S2",
    "O27": "P0643",
    "O29": "S8",
    "O30": "P5198",
    "O31": "P5197",
    "O33": "P2363",
    "O34": "P0648",
    "O35": "P0888",
    "O36": "P7268",
    "O37": "P0650",
    "C09": "S1",
    "C15": "S9",
    "C24": "S12",
    "C35": "S10",
    "C36": "S11",
}
# what the facts call a place that the legs name more closely
_PLACE_IN_FACTS: Final = {
    "Aktau oil berths": "Aktau",
    "Aktau dry berths": "Aktau",
    "Baku (Sangachal)": "Baku",
    "Novorossiysk (CPC terminal)": "Novorossiysk",
    "Novorossiysk (Sheskharis)": "Novorossiysk",
    "Kashagan (onshore plant)": "Kashagan",
    "Poti berths": "Poti",
}
# Said of the whole line in the notes of O01: before 2026 nothing else is known of either section.
_ALSO_CITED: Final = {"O01": ("F020", "F021", "F339"), "O02": ("F020", "F021", "F339")}


@dataclass(frozen=True, slots=True)
class Place:
    """A point that legs join: latitude and longitude in degrees."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Leg:
    """A row of `legs.csv`. `printed` holds its figures as text by column; an empty one is unknown."""

    leg: str
    network: str
    origin: Place
    destination: Place
    mode: str
    territory: str
    controller: str
    operator: str
    bottleneck: str
    printed: Mapping[str, str]
    cited: tuple[str, ...]
    published: str
    note: str

    @property
    def phase(self) -> str:
        """existing, building or proposal."""
        if self.leg in _PROPOSED:
            return "proposal"
        return "building" if self.leg in _BUILDING else "existing"


def read_legs(folder: Path, facts: Mapping[str, CorridorFact]) -> dict[str, Leg]:
    """The legs by key."""
    rows = list(read_facts(folder / FILE))
    places = {place.name: place for row in rows for place in (_place(row, "from"), _place(row, "to"))}
    return {row["leg_id"]: _leg(row, facts, places) for row in rows}


def _leg(row: Mapping[str, str], facts: Mapping[str, CorridorFact], places: Mapping[str, Place]) -> Leg:
    key = row["leg_id"]
    cited = (*(fact for fact in row["fact_ids"].split(";") if fact), *_ALSO_CITED.get(key, ()))
    origin, destination = _place(row, "from"), _place(row, "to")
    if key in _STARTS_AT:
        origin = places[_STARTS_AT[key]]
    ends = {_PLACE_IN_FACTS.get(place.name, place.name) for place in (_place(row, "from"), destination)}
    # a ship between two ports says nothing of a pipe planned between them: the mode must agree too
    same = (fact for fact in facts.values() if {fact.origin, fact.destination} == ends and fact.mode == row["mode"])
    about = (*(facts[number] for number in cited), *same)
    figures = ("nameplate_mt_y", "nameplate_kteu_y", "quota_mt_y", "tariff_usd_t", "days")
    return Leg(
        leg=key,
        network=row["network"],
        origin=origin,
        destination=destination,
        mode=row["mode"],
        territory=row["territory"],
        controller="" if key in _FREE_PASSAGE else row["controller"],
        operator=row["operator"],
        bottleneck="" if key in _NOT_COUNTED else row["shared_with"],
        printed={name: row[name] for name in figures if row[name]},
        cited=cited,
        published=earliest(fact.published for fact in about),
        note=spelled(row["note"], {fact.fact: f"“{fact.item}”" for fact in facts.values()}),
    )


def _place(row: Mapping[str, str], end: str) -> Place:
    name = _SAME_PLACE.get(row[end], row[end])
    return Place(name=name, latitude=float(row[f"{end}_lat"]), longitude=float(row[f"{end}_lon"]))


def earliest(dates: Iterable[str]) -> str:
    """The earliest of the printed dates that are known; empty where none is."""
    return min((printed for printed in dates if printed), key=last_day, default="")


def compiled(published: str) -> Row:
    """The columns that every row of the compiled network ends with."""
    return {
        "period_start": None,
        "period_end": None,
        "status": "derived",
        "source": LEGS.source,
        "locator": None,
        "published": published or None,
    }


def convert_legs(legs: Mapping[str, Leg], facts: Mapping[str, CorridorFact]) -> Iterator[Taken]:
    """The rows of `legs` and of `places`."""
    for leg in legs.values():
        yield Taken(FILE, leg.leg, "legs", _leg_row(leg))
    yield Taken(FACTS_FILE, _SWAP_FACT, "legs", _SWAP | compiled(facts[_SWAP_FACT].published))
    yield from _places(legs)


def _leg_row(leg: Leg) -> Row:
    row: Row = {
        "leg": leg.leg,
        "network": leg.network,
        "origin": leg.origin.name,
        "destination": leg.destination.name,
        "mode": leg.mode,
        "territory": leg.territory,
        "controller": leg.controller or None,
        "operator": leg.operator or None,
        "bottleneck": leg.bottleneck or None,
        "phase": leg.phase,
        "shape": _SHAPES.get(leg.leg),
        "note": leg.note or None,
    }
    return row | compiled(leg.published)


def _places(legs: Mapping[str, Leg]) -> Iterator[Taken]:
    touching: dict[Place, list[Leg]] = {}
    for leg in legs.values():
        for place in (leg.origin, leg.destination):
            touching.setdefault(place, []).append(leg)
    for place, those in touching.items():
        row: Row = {"place": place.name, "latitude": place.latitude, "longitude": place.longitude, "note": None}
        yield Taken(FILE, those[0].leg, "places", row | compiled(earliest(leg.published for leg in those)))
