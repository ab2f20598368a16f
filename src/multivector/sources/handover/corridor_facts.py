"""One fact of `corridors.csv`: what it says, when, who prints it, and how sure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from multivector.sources.handover.base import Row, Source, decimals, press_source, read_facts

FILE: Final = "corridors.csv"
_FACT_ID: Final = re.compile(r"\bF\d{3}[a-c]?\b")
_BARE_IDS: Final = re.compile(r"^F\d{3}[a-c]?:\s*|\s*\((?:F\d{3}[a-c]?[\s,;-]*)+\)")
_UNITS: Final = {"RUB/t ex VAT": "RUB/t"}  # the tax is said in the note: it is no unit
_PERCENT_DIGITS: Final = 2  # a share of 80 % is printed to two digits of the fraction
_KINDS: Final = {  # whoever is not named here is press
    "official": (
        "KMG Annual Report 2020, Oil transportation",
        "KMG Annual Report 2024, Midstream",
        "Trend 24 Nov 2024: oil by route Jan-Oct 2024 (Energy Ministry)",
        "Azernews 27 Nov 2012: Russia raises transit fee",  # reprints the tariff sheet of Transneft
        "UTLC ERA: 500k TEU landmark",
        "bp: BTC pipeline",
    ),
    "study": (
        "World Bank 2023, Middle Trade and Transport Corridor (abstract)",
        "beststrategyadvisors: World Bank view",
        "energystudies.ro: Romania-Kazakhstan",
        "index1520 market overview June 2024",
    ),
}
_KIND_OF_TITLE: Final = {title: kind for kind, titles in _KINDS.items() for title in titles}
_QUALIFIERS: Final = {  # read from the notes: a bound, a range of which the middle is given, or "about"
    "more_than": "F165 F189 F309 F311 F334 F337",
    "about": "F009 F049 F052 F201 F218 F219 F220 F221 F222 F225 F253 F257 F269 F308 F310 F327 F332",
}
_QUALIFIER_OF_FACT: Final = {fact: name for name, facts in _QUALIFIERS.items() for fact in facts.split()}
_REMARKS: Final = {
    "F011": "the source does not say whether Russian oil is counted",
    "F120": "the source does not say whose oil; the figure is of the size of the Kazakh part",
    "F239": "handed over as a share; it may be growth up to 2030",
    "F240": "handed over as a share; it may be growth up to 2030",
}


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open time `[start, end)`, as `YYYY-MM-DD`."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class CorridorFact:
    """A row of `corridors.csv`. `note` speaks of other facts by their words, not by their handed-over number."""

    fact: str
    item: str
    origin: str
    destination: str
    mode: str
    territory: str
    measure: str
    printed: str
    unit: str
    period: Period
    status: str
    source: Source
    published: str
    note: str

    @property
    def value(self) -> float:
        """The figure, in `unit`."""
        return float(self.printed)

    @property
    def digits(self) -> int:
        """Digits after the point, in `unit`; shares are printed in whole percents at least."""
        return max(decimals(self.printed), _PERCENT_DIGITS) if self.unit == "fraction" else decimals(self.printed)

    @property
    def qualifier(self) -> str:
        """exact, or the bound that the note prints."""
        return _QUALIFIER_OF_FACT.get(self.fact, "exact")


def read_corridor_facts(folder: Path) -> dict[str, CorridorFact]:
    """The facts by their number."""
    rows = list(read_facts(folder / FILE))
    spellings = {row["fact_id"]: f"“{row['item']}, {row['period']}”" for row in rows}
    return {row["fact_id"]: _fact(row, spellings) for row in rows}


def _fact(row: Mapping[str, str], spellings: Mapping[str, str]) -> CorridorFact:
    vat = "ex VAT" if row["unit"].endswith("ex VAT") else ""
    remarks = (vat, spelled(row["note"], spellings), _REMARKS.get(row["fact_id"], ""))
    return CorridorFact(
        fact=row["fact_id"],
        item=row["item"],
        origin=row["from_place"],
        destination=row["to_place"],
        mode=row["mode"],
        territory=row["territory"],
        measure=row["measure"],
        printed=row["value"],
        unit=_UNITS.get(row["unit"], row["unit"]),
        period=read_period(row["period"]),
        status=row["status"],
        source=_source(row["source_title"], row["source_url"]),
        published=row["published"],
        note=joined(remarks),
    )


def _source(title: str, url: str) -> Source:
    return press_source(title, url, kind=_KIND_OF_TITLE.get(title, "press"))


def spelled(text: str, spellings: Mapping[str, str]) -> str:
    """The text with every number of a fact put in words: the numbers mean nothing outside the hand-over."""
    return _FACT_ID.sub(lambda found: spellings[found.group()], _BARE_IDS.sub("", text)).strip()


def joined(parts: Iterable[str]) -> str:
    """The parts that say something, with semicolons between them."""
    return "; ".join(part for part in parts if part)


def read_period(text: str) -> Period:
    """`2025`, `2025-12`, `2025-12-01`, or two of them with `/`, both included, as a half-open period."""
    first, _, last = text.partition("/")
    return Period(start=_first_day(first).isoformat(), end=_day_after(last or first).isoformat())


def _first_day(text: str) -> date:
    year, month, day = [*text.split("-"), "1", "1"][:3]
    return date(int(year), int(month), int(day))


def _day_after(text: str) -> date:
    first = _first_day(text)
    coarseness = text.count("-")
    if coarseness == 0:
        return first.replace(year=first.year + 1)
    if coarseness == 1:
        return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=1)


def last_day(published: str) -> date:
    """The day as of which a printed date counts: a bare month or year is read as its last day."""
    return _day_after(published) - timedelta(days=1)


def said_by(fact: CorridorFact) -> Row:
    """The columns that every row made of this fact ends with, the note left out."""
    return {
        "period_start": fact.period.start,
        "period_end": fact.period.end,
        "status": fact.status,
        "source": fact.source.source,
        "locator": fact.source.url,
        "published": fact.published or None,
    }
