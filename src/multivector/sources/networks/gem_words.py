"""What the words of Global Energy Monitor's pipeline trackers mean here: statuses, fuels, units, names, unknowns.

Each is a stated list. A word that is in none of them is refused or left out by name; nothing is taken to mean a
near one. Where each was seen is on the page "sources" of the documentation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PHASES: Final[dict[str, str]] = {"operating": "existing", "construction": "building", "proposed": "proposal"}
LEFT_OUT: Final[dict[str, str]] = {  # the tracker's own definitions, shortened
    "shelved": "no development for two years, or announced as shelved",
    "cancelled": "announced as cancelled, or no development for four years",
    "idle": "built, and now unused",
    "mothballed": "formally taken offline",
    "retired": "decommissioned",
    "mixed status": "its parts differ in status",
}
OIL: Final = frozenset({"oil", "oil, ngl", "oil, ngl, naphtha", "oil, oil products", "oil, condensate"})
UNKNOWN: Final = frozenset({"", "--", "-", "n/a", "na", "unknown", "not found", "not available"})
# the tracker's spellings of names that the world's actors spell otherwise
NAMES: Final[dict[str, str]] = {
    "Czech Republic": "CZE",
    "DR Congo": "COD",
    "Ivory Coast": "CIV",
    "São Tomé and Príncipe": "STP",
    "The Gambia": "GMB",
    "Türkiye": "TUR",
    "United States": "USA",
}
_NUMBER: Final = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?(e[+-]?\d+)?")
_M3_A_BARREL: Final = 0.158987294928  # 42 gallons of 231 cubic inches of 16.387064 ml, exact by definition
_DAYS_A_YEAR: Final = 365  # the tracker's own count: it prints 401,643.84 barrels a day for 20 mtpa at 7.33 a tonne
_MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class CapacityUnit:
    """How a printed unit becomes one of the schema: the figure times `times`, divided by `per`, is in `unit`."""

    unit: str
    times: float
    per: float


_BARRELS: Final = 1000.0  # in a kb
CAPACITY_UNITS: Final[dict[str, CapacityUnit]] = {
    "bpd": CapacityUnit("kb/d", 1, _BARRELS),
    "bph": CapacityUnit("kb/d", 24, _BARRELS),
    "m3/day": CapacityUnit("kb/d", 1, _M3_A_BARREL * _BARRELS),
    "m3/month": CapacityUnit("kb/d", _MONTHS_A_YEAR, _M3_A_BARREL * _BARRELS * _DAYS_A_YEAR),
    "m3/year": CapacityUnit("kb/d", 1, _M3_A_BARREL * _BARRELS * _DAYS_A_YEAR),
    "thousand m3/year": CapacityUnit("kb/d", 1000, _M3_A_BARREL * _BARRELS * _DAYS_A_YEAR),
    "mtpa": CapacityUnit("Mt/y", 1, 1),
}
AMBIGUOUS: Final[dict[str, str]] = {"mb/d": "thousand or million barrels a day"}


def said(properties: Mapping[str, object], *names: str) -> str | None:
    """The first of the named properties that says something, blanks made single; None where none does."""
    for name in names:
        value = properties.get(name)
        text = "" if value is None or isinstance(value, bool | dict | list) else " ".join(str(value).split())
        if text.casefold() not in UNKNOWN:
            return text
    return None


def figure(properties: Mapping[str, object], *names: str) -> float | None:
    """The first of the named properties that says something, as a number; None where none does.

    Numbers stand as such or as text: `300,000.00`.

    Raises:
        ValueError: it says something that is no finite number of at least 0; `misread` tells before.
    """
    text = said(properties, *names)
    if text is None:
        return None
    value = float(text.replace(",", "")) if _NUMBER.fullmatch(text) else math.nan
    if not 0 <= value < math.inf:
        raise ValueError(text)
    return value


def misread(properties: Mapping[str, object], name: str) -> str:
    """The text of a property that says something, but no finite number of at least 0; else empty."""
    try:
        figure(properties, name)
    except ValueError:
        return said(properties, name) or ""
    return ""
