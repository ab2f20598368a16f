"""The named ways out, each a chain of legs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from multivector.sources.handover.base import Row, Taken
from multivector.sources.handover.corridor_facts import last_day
from multivector.sources.handover.legs import FILE, Leg, compiled


@dataclass(frozen=True, slots=True)
class _Route:
    """A named way: its legs in order."""

    key: str
    name: str
    legs: str


_ROUTES: Final = (
    _Route("CPC", "CPC: Tengiz–Novorossiysk", "O01 O02 O03"),
    _Route("ATYRAU-SAMARA", "Atyrau–Samara", "O10 O11"),
    _Route("AKTAU", "Aktau, all oil shipped", "O21"),
    _Route("AKTAU-MAKHACHKALA", "Aktau–Makhachkala–Novorossiysk", "O21 O25 O26"),
    _Route("AKTAU-BTC", "Aktau–Baku–Ceyhan", "O21 O22 O23"),
    _Route("ATASU-ALASHANKOU", "Kumkol–Atasu–Alashankou, to China", "O32 O34"),
    _Route("NORTHERN", "Northern Corridor through Kazakhstan", "C01 C03 C20 C21 C22"),
    _Route("TRANS-SIBERIAN", "Northern Corridor by Zabaikalsk", "C23 C22"),
    _Route("TITR", "Middle Corridor as far as Tbilisi", "C05 C06 C09 C11"),
    _Route("MIDDLE", "Middle Corridor by Poti", "C01 C03 C05 C06 C09 C11 C12 C13 C15"),
    _Route("MIDDLE-BTK", "Middle Corridor by Kars", "C01 C03 C05 C06 C09 C11 C14 C16"),
    _Route("SUEZ", "Sea route by Suez", "C24"),
    _Route("INSTC-EAST", "North–South Corridor, eastern branch", "C30 C31"),
    _Route("CKU", "China–Kyrgyzstan–Uzbekistan railway", "C33"),
    _Route("SOUTHERN-TRANSPORT", "Southern Transport Corridor", "C34 C35"),
)


def routes(legs: Mapping[str, Leg]) -> Iterator[Taken]:
    """The rows of `routes`, one a leg."""
    for route in _ROUTES:
        chain = [legs[key] for key in route.legs.split()]
        published = _latest(chain)
        for step, leg in enumerate(chain, start=1):
            row: Row = {
                "route": route.key,
                "network": leg.network,
                "name": route.name,
                "step": step,
                "leg": leg.leg,
                "note": None,
            }
            yield Taken(FILE, leg.leg, "routes", row | compiled(published))


def _latest(chain: list[Leg]) -> str:
    # a route of which one leg is not known on a day is not known on that day: half a way leads nowhere
    if not all(leg.published for leg in chain):
        return ""
    return max((leg.published for leg in chain), key=last_day)
