"""Which facts on corridors are flows of one sender: Kazakh oil by route and by buyer, Russian oil in transit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from multivector.sources.handover.base import Row, Taken
from multivector.sources.handover.corridor_facts import FILE, CorridorFact, joined, said_by


@dataclass(frozen=True, slots=True)
class _Series:
    """Facts that count the same flow."""

    facts: str
    receiver: str = "WLD"
    via: str | None = None
    sender: str = "KAZ"
    channel: str = "transit"
    product: str = "crude_oil"
    measure: str = "quantity"


# Kazakh oil only: the whole throughput of a line holds the oil of others and is an indicator of the line.
# AKTAU holds AKTAU-MAKHACHKALA and AKTAU-BTC; Germany and the EU are reached by routes that are counted above.
_SERIES: Final = (
    _Series("F144 F145 F146 F147 F148"),
    _Series("F005 F006 F007 F008 F009 F010 F303", via="CPC"),
    _Series("F033", via="CPC", measure="share_of_sender"),
    _Series("F045 F046 F047 F056 F316", via="ATYRAU-SAMARA"),
    _Series("F107 F108 F113", via="AKTAU"),
    _Series("F112 F114 F117", via="AKTAU-MAKHACHKALA"),
    _Series("F109 F110 F115 F116 F120 F121", via="AKTAU-BTC"),
    _Series("F068 F073 F078 F082 F325 F326 F327", via="ATASU-ALASHANKOU", receiver="CHN"),
    _Series("F138 F139", via="avoiding:RUS"),
    _Series("F051 F052 F053 F054 F055", receiver="DEU", channel="energy"),
    _Series("F161 F163", receiver="EU", channel="energy"),
    _Series("F162 F166", receiver="EU", channel="energy", measure="share_of_sender"),
    _Series("F164", receiver="EU", channel="energy", measure="share_of_receiver"),
    _Series("F069 F074 F079 F085", sender="RUS", receiver="CHN", via="territory:KAZ"),
    _Series("F086", sender="RUS", receiver="UZB", via="territory:KAZ"),
    _Series("F273", via="MIDDLE", product="uranium"),
)


def flows(facts: Mapping[str, CorridorFact]) -> Iterator[Taken]:
    """The rows of `flows`, one a fact."""
    for series in _SERIES:
        for number in series.facts.split():
            yield _flow(facts[number], series)


def _flow(fact: CorridorFact, series: _Series) -> Taken:
    row: Row = {
        "sender": series.sender,
        "receiver": series.receiver,
        "channel": series.channel,
        "product": series.product,
        "measure": series.measure,
        "value": fact.value,
        "unit": fact.unit,
        "scope": "none",
        "basis": "none",
        "list_rule": "selected",
        "qualifier": fact.qualifier,
        "decimals": fact.digits,
        "via": series.via,
        "note": joined((fact.item, fact.note)),
    }
    return Taken(FILE, fact.fact, "flows", row | said_by(fact))
