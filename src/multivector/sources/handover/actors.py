"""Who the default world knows: states, territories, organisations, regions, firms, and the poles drawn from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from multivector.schema import WORLD
from multivector.sources.handover.base import Row, Source, Taken, read_facts
from multivector.sources.handover.judgements import DEFINED_SINCE, DEFINITION_NOTE
from multivector.sources.handover.names import FIRMS, FULL_NAMES, ORGANISATIONS, REGIONS, TERRITORIES
from multivector.sources.handover.publications import DEFINITIONS, ISO_CODES, OWN_DEFINITIONS

DEFINED: Final = "definitions"  # stands for the file in rows that no handed-over file states
_NO_ISO_CODE: Final = frozenset({"ATC", "IOA", "KAS", "SOL"})  # drawn by Natural Earth, not in ISO 3166-1
_OTHER_CODE: Final[dict[str, str]] = {"CYN": "XNC"}  # Natural Earth's code, and the one the facts use


@dataclass(frozen=True, slots=True)
class _Element:
    """An actor, or an organisation standing for its members, within a group."""

    element: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    """A named set of actors; the first four are the poles."""

    group: str
    label: str
    elements: tuple[_Element, ...]


_WEST_BESIDE_EU: Final = ("USA", "GBR", "CAN", "JPN", "KOR", "AUS", "NZL", "NOR", "CHE", "ISL")
GROUPS: Final[tuple[_Group, ...]] = (
    _Group("russia", "Russia", (_Element("RUS"),)),
    _Group("china", "China", (_Element("CHN"),)),
    _Group("west", "West", (_Element("EU", "member"), *(_Element(state) for state in _WEST_BESIDE_EU))),
    _Group("turkic", "Turkic", (_Element("TUR"), _Element("OTS", "member"))),
    _Group("eu", "EU", (_Element("EU", "member"),)),
    _Group("eaeu", "EAEU", (_Element("EAEU", "member"),)),
    _Group("csto", "CSTO", (_Element("CSTO", "member"),)),
)


def convert(_folder: Path) -> Iterator[Taken | Source]:
    """Definitions, not facts of a file: the ledger leaves them out."""
    yield ISO_CODES
    yield OWN_DEFINITIONS
    rows = (*_states(), *_organisations(), *_named("region", REGIONS), *_named("firm", FIRMS))
    for row in (*rows, _actor(WORLD, "World", "world")):
        yield Taken(DEFINED, str(row["actor"]), "actors", row)
    for group in GROUPS:
        for element in group.elements:
            yield Taken(DEFINED, f"{group.group} {element.element}", "groups", _group_row(group, element))


def _states() -> Iterator[Row]:
    """Every territory that the map draws and ISO 3166-1 names."""
    for unit in read_facts(Path(str(files("multivector") / "data" / "map_units.csv"))):
        if unit["a3"] in _NO_ISO_CODE:
            continue
        code = _OTHER_CODE.get(unit["a3"], unit["a3"])
        kind = "territory" if code in TERRITORIES else "state"
        row = _actor(code, FULL_NAMES.get(code, unit["name"]), kind)
        yield row | {"latitude": unit["lat"], "longitude": unit["lon"], "source": ISO_CODES.source}


def _organisations() -> Iterator[Row]:
    for acronym, organisation in ORGANISATIONS.items():
        yield _actor(acronym, organisation.name, "organisation") | {"coverage": organisation.coverage}


def _named(kind: str, names: dict[str, str]) -> Iterator[Row]:
    for key, name in names.items():
        yield _actor(key, name, kind)


def _actor(actor: str, name: str, kind: str) -> Row:
    return {
        "actor": actor,
        "name": name,
        "kind": kind,
        "latitude": None,
        "longitude": None,
        "coverage": None,
        **_defined("observed"),
    }


def _group_row(group: _Group, element: _Element) -> Row:
    return {
        "group": group.group,
        "label": group.label,
        "element": element.element,
        "role": element.role,
        **_defined("judged"),
    }


def _defined(status: str) -> Row:
    return {
        "period_start": None,
        "period_end": None,
        "status": status,
        "source": DEFINITIONS,
        "locator": None,
        "published": DEFINED_SINCE,
        "note": DEFINITION_NOTE,
    }
