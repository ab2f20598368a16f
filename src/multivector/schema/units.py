"""Which units the world knows, what they measure, and how they convert: by factor, never by exchange rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: `dimension` says what adds up with what, `factor` converts to the dimension's base unit."""

    dimension: str
    factor: float


_SCALES: Final = {"": 1.0, " th": 1e3, " mn": 1e6, " bn": 1e9, " tn": 1e12}
_CURRENCIES: Final = ("USD", "EUR", "KZT", "RUB", "GBP", "CNY", "TRY", "USD2015")
_TENGE_TARIFF: Final = "KZT/t/1000km"
_BARRELS_A_DAY: Final = "barrels a day"

UNITS: Final[dict[str, Unit]] = {
    **{f"{money}{scale}": Unit(money, factor) for money in _CURRENCIES for scale, factor in _SCALES.items()},
    "fraction": Unit("fraction", 1.0),
    "relative change": Unit("relative change", 1.0),
    "ratio": Unit("ratio", 1.0),
    # mass
    "t": Unit("mass", 1.0),
    "kt": Unit("mass", 1e3),
    "Mt": Unit("mass", 1e6),
    "tU": Unit("mass of uranium", 1.0),
    # mass and volume a year, a month, a day: rates are not amounts
    "Mt/y": Unit("mass a year", 1.0),
    "Mt/month": Unit("mass a month", 1.0),
    "tU/y": Unit("mass of uranium a year", 1.0),
    "kb/d": Unit(_BARRELS_A_DAY, 1e3),
    "mb/d": Unit(_BARRELS_A_DAY, 1e6),
    "mn bbl": Unit("barrels", 1e6),
    "mn m3": Unit("cubic metres", 1e6),
    "bcm": Unit("gas volume", 1.0),
    "bcm/y": Unit("gas volume a year", 1.0),
    "TWh": Unit("energy", 1.0),
    "kTEU": Unit("containers", 1e3),
    "kTEU/y": Unit("containers a year", 1e3),
    # prices and tariffs
    "USD/t": Unit("USD a tonne", 1.0),
    "RUB/t": Unit("RUB a tonne", 1.0),
    _TENGE_TARIFF: Unit(_TENGE_TARIFF, 1.0),
    "USD/TEU": Unit("USD a TEU", 1.0),
    "USD/FEU": Unit("USD a FEU", 1.0),
    "USD/km": Unit("USD a km", 1.0),
    "USD bn/y": Unit("USD a year", 1e9),
    "EUR mn/y": Unit("EUR a year", 1e6),
    # time, length, area
    "days": Unit("time", 1.0),
    "km": Unit("length", 1.0),
    "m": Unit("height", 1.0),
    "cm/y": Unit("height a year", 0.01),
    # counts
    "count": Unit("count", 1.0),
    "people": Unit("people", 1.0),
    "students": Unit("students", 1.0),
    "schools": Unit("schools", 1.0),
    "troops": Unit("troops", 1.0),
    "firms": Unit("firms", 1.0),
    "branches": Unit("branches", 1.0),
    "goods": Unit("goods", 1.0),
    "product lines": Unit("product lines", 1.0),
    "HS6 codes": Unit("HS6 codes", 1.0),
    "trains": Unit("trains", 1.0),
    "trains/day": Unit("trains a day", 1.0),
    "trucks/day": Unit("trucks a day", 1.0),
    "ships": Unit("ships", 1.0),
    "t/wagon": Unit("tonnes a wagon", 1.0),
    "rank": Unit("rank", 1.0),
    "0-100": Unit("judged scale 0 to 100", 1.0),
    "words": Unit("words", 1.0),
}

SHARE_MEASURES: Final = ("share_of_sender", "share_of_receiver", "share_of_turnover")
