"""Which days a provider's period is about: 2019, 201903, 2019-03, 201952, Jan. 2019, Jan.-Dec. 2019."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FORMS: Final = (
    re.compile(r"Y?(?P<year>(?:19|20)\d\d)"),
    re.compile(r"(?P<year>(?:19|20)\d\d)52(?:-.*)?"),  # Eurostat: the whole year
    re.compile(r"(?P<year>(?:19|20)\d\d)-?(?P<month>0[1-9]|1[0-2])(?:-[A-Z][a-z]{2}\..*)?"),
    re.compile(r"(?P<name>[A-Z][a-z]{2})\.? (?P<year>(?:19|20)\d\d)"),
    re.compile(r"Jan\.-Dec\. (?P<year>(?:19|20)\d\d)"),
)


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open: `start` belongs to it, `end` does not."""

    start: dt.date
    end: dt.date


def period(printed: str) -> Period | None:
    """The month or calendar year that a cell names; None where it names neither, or a part of a year."""
    for form in _FORMS:
        if found := form.fullmatch(printed):
            parts = found.groupdict()
            year = int(parts["year"])
            if parts.get("name"):
                return _month(year, _MONTHS.index(parts["name"]) + 1) if parts["name"] in _MONTHS else None
            if parts.get("month"):
                return _month(year, int(parts["month"]))
            return Period(dt.date(year, 1, 1), dt.date(year + 1, 1, 1))
    return None


def periods(printed: Iterable[str]) -> dict[str, Period]:
    """Every cell that names a period."""
    return {one: found for one in printed if (found := period(one))}


def _month(year: int, month: int) -> Period:
    return Period(dt.date(year, month, 1), dt.date(year + month // 12, month % 12 + 1, 1))
