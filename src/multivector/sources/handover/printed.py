"""How a printed figure is read: its unit, how exact it claims to be, how many digits it shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from multivector.sources.handover.base import Row, decimals
from multivector.sources.handover.publications import locator_of, source_of

Fact = Mapping[str, str]

_UNITS: Final[dict[str, str]] = {
    "bcm/year": "bcm/y",
    "tU/year": "tU/y",
    "EUR mn per year": "EUR mn/y",
    "assessment": "words",
    "event": "words",
    "lease": "words",
    "mention": "words",
    "policy": "words",
    "route": "words",
    "status": "words",
    "treaty": "words",
    "vote": "words",
    "yes/no": "words",
}
_PLAIN_BASES: Final = (  # the measure already says what the share is of
    "share of goods exports",
    "share of goods imports",
    "share of goods trade turnover",
    "share of population",
    "share of equity",
    "share of GDP",
)
_FILES: Final[dict[str, str]] = {  # notes name hand-over files that a reader of the world does not have
    "calendar.csv": "another row",
    "memberships.csv": "the memberships table",
    "sanctions.csv": "the events table",
    "chpl_hs6_tiers.csv": "the products table",
}
_MORE: Final = re.compile(r"\b(more than|over|exceeded|at least)\b")
_ABOUT: Final = re.compile(r"\b(nearly|neared|up to|just under|about|around|half)\b")
_RANGE: Final = re.compile(r"^\d[\d.]*-\d")
_PERCENT_DIGITS: Final = 2  # a share printed in whole percent shows two digits after the point of the fraction


def unit_of(printed: str) -> str:
    """The schema's unit for a unit as handed over."""
    return "fraction" if printed.startswith("share") else _UNITS.get(printed, printed)


def base_of(printed: str) -> str:
    """What a share is a share of, where the measure does not say it; else nothing."""
    if not printed.startswith("share") or printed in _PLAIN_BASES:
        return ""
    return f"base: {printed.removeprefix('share of ').removeprefix('share, ')}"


def qualifier_of(note: str) -> str:
    """The bound that the source prints. Only its own words count: quoted, or at the very start of the note.

    Elsewhere in a note the same words speak of other things ("average over five years").
    """
    quoted = re.findall(r'"([^"]*)"', note)
    if any(_MORE.search(words) for words in quoted):
        return "more_than"
    said_first = note.startswith("about ") or _RANGE.match(note)
    if said_first or any(_ABOUT.search(words) for words in quoted):
        return "about"
    return "exact"


def digits_of(value: str, unit: str) -> int:
    """Digits after the point in `unit`; a share shows at least whole percents."""
    return max(decimals(value), _PERCENT_DIGITS) if unit == "fraction" else decimals(value)


def joined(*notes: str) -> str | None:
    """Notes joined by `; `, empty ones left out; hand-over files named as the tables they became."""
    said = "; ".join(note for note in notes if note)
    for file, table in _FILES.items():
        said = said.replace(file, table)
    return said or None


def common(fact: Fact, *notes: str) -> Row:
    """The cells that every row has: period, status, source, locator, published, note."""
    return {
        "period_start": fact.get("period_start") or None,
        "period_end": fact.get("period_end") or None,
        "status": fact.get("status") or "observed",
        "source": source_of(fact).source,
        "locator": locator_of(fact),
        "published": fact["published"] or None,
        "note": joined(fact["note"], *notes),
    }
