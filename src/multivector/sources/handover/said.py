"""Who speaks in sanctions.csv, when it could be known, and which statements answer each other."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from multivector.sources.handover.base import slug
from multivector.sources.handover.printed import Fact


@dataclass(frozen=True, slots=True)
class Speaker:
    """On whose behalf something is said, and by whom."""

    actors: str | None = None
    people: str | None = None


_TOKAYEV: Final = Speaker("KAZ", "Kassym-Jomart Tokayev")
_ZHUMANGARIN: Final = Speaker("KAZ", "Serik Zhumangarin")
ACTORS: Final[dict[str, Speaker]] = {
    "EBRD": Speaker("EBRD"),
    "EU (draft 11th package)": Speaker("EU"),
    "EU sanctions envoy David O Sullivan": Speaker("EU", "David O'Sullivan"),
    "Beata Javorcik": Speaker(people="Beata Javorcik"),
    "Eric Dor (IESEG)": Speaker(people="Eric Dor"),
    "KAZ Deputy Minister of Trade and Integration Kairat Torebayev": Speaker("KAZ", "Kairat Torebayev"),
    "KAZ Deputy Prime Minister Serik Zhumangarin": _ZHUMANGARIN,
    "KAZ Foreign Minister Nurtleu": Speaker("KAZ", "Murat Nurtleu"),
    "KAZ government": Speaker("KAZ"),
    "KAZ Minister of Trade Serik Zhumangarin": _ZHUMANGARIN,
    "KAZ Ministry of Trade and Integration": Speaker("KAZ"),
    "KAZ President Kassym-Jomart Tokayev": _TOKAYEV,
    "KAZ President Tokayev": _TOKAYEV,
    "KAZ senior official (anonymous)": Speaker("KAZ"),
    "KAZ statistics": Speaker("KAZ"),
    "KAZ statistics (BNS)": Speaker("KAZ"),
    "RUS Prime Minister Mishustin": Speaker("RUS", "Mikhail Mishustin"),
    "US BIS with EU, UK, Japan": Speaker("USA;EU;GBR;JPN"),
}

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_FIRST: Final = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]{2,8}) (20\d\d)\b")
_MONTH_FIRST: Final = re.compile(r"\b([A-Z][a-z]{2,8}) (\d{1,2}), (20\d\d)\b")
_MONTH_ONLY: Final = re.compile(r"\b([A-Z][a-z]{2,8}) (20\d\d)\b")
_YEAR_ONLY: Final = re.compile(r"\b(20\d\d)\b")
_NOT_SEEN: Final = re.compile(r"publication day not seen \(([A-Z][a-z]{2,8}) (20\d\d)\)")
_ACTS: Final = frozenset({"study", "statement", "claim", "denial", "measure", "list", "mirror"})


def published_of(fact: Fact) -> str | None:
    """First day, month or year on which a fact could be known: as the citation prints it, else the day of the act.

    Of outlets joined by "via" the last is the one cited; of outlets joined by ";" the first to print counts.
    A statistic without a printed date has none: the end of its period is not the day it was published.
    """
    not_seen = _NOT_SEEN.search(fact["note"])
    if not_seen:
        return f"{not_seen[2]}-{_month(not_seen[1]):02}"
    printed = [found for found in map(_printed_date, fact["source"].split(";")) if found]
    if printed:
        return min(printed)
    if fact["kind"] in _ACTS and fact["date_precision"] in {"day", "month"}:
        return fact["date"] if fact["date_precision"] == "day" else fact["date"][:7]
    years = _YEAR_ONLY.findall(fact["source"])
    return max(years) if years else None


def _printed_date(citation: str) -> str | None:
    days = [_day(year, month, day) for day, month, year in _DAY_FIRST.findall(citation) if _month(month)]
    days += [_day(year, month, day) for month, day, year in _MONTH_FIRST.findall(citation) if _month(month)]
    if days:
        return max(days)
    months = [f"{year}-{_month(month):02}" for month, year in _MONTH_ONLY.findall(citation) if _month(month)]
    return max(months) if months else None


def _day(year: str, month: str, day: str) -> str:
    return dt.date(int(year), _month(month), int(day)).isoformat()


def _month(word: str) -> int:
    """1 to 12, or 0 for a word that is no month."""
    short = word[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


def threads(facts: Iterable[Fact]) -> Mapping[str, str]:
    """A readable key for every set of statements that answer each other, by fact.

    Rows carry no hand-over ids, so the thread is named after its earliest statement: subject and day.
    """
    known = {fact["id"]: fact for fact in facts}
    answered = {name: {other for other in _ids(fact) if other in known} for name, fact in known.items()}
    thread_of: dict[str, str] = {}
    for name in sorted(known):
        together = _reached(name, answered)
        if name not in thread_of and len(together) > 1:
            first = min((known[one] for one in together), key=lambda fact: (fact["date"], fact["id"]))
            thread_of |= dict.fromkeys(together, f"{slug(first['subject'])}-{first['date']}")
    return thread_of


def _ids(fact: Fact) -> list[str]:
    return [one for one in fact["related_ids"].split(";") if one]


def _reached(name: str, answered: Mapping[str, set[str]]) -> set[str]:
    """Everything that answers `name`, is answered by it, or hangs on those in turn."""
    found, waiting = {name}, [name]
    while waiting:
        one = waiting.pop()
        back = {other for other, names in answered.items() if one in names}
        new = (answered[one] | back) - found
        found |= new
        waiting.extend(new)
    return found
