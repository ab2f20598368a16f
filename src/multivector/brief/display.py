"""The one formatter: how a figure reads, with no more digits than its range supports."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final

from multivector.brief.content import Figure

THIN: Final = "\u202f"  # thin no-break space, before a unit
_WHOLE_FROM: Final = 0.10  # shares from here on are printed in whole percent
_TIGHT: Final = 0.05  # a range without a point this narrow is printed as a range
_TRACE: Final = 0.0005  # below it a share would print as 0.0, and a trace is not nothing
_SMALL: Final = 0.10  # an upper bound this small is worth printing as one
_MARKS: Final = {
    "observed": "●",
    "derived": "◆",
    "modelled": "▲",
    "judged": "□",
    "claim": "“",
    "plan": "○",
    "forecast": "○",
    "unknown": "?",
}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONEY: Final = ("USD", "EUR", "KZT", "RUB")


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure in words: `value` with its unit, `range` in brackets or words, `unit` apart for small type."""

    number: str
    unit: str
    range: str

    @property
    def value(self) -> str:
        """Number and unit together."""
        return f"{self.number}{THIN}{self.unit}" if self.unit else self.number


def shown(figure: Figure) -> Shown:
    """How a figure reads."""
    if figure.unit == "fraction":
        return _share(figure)
    if figure.unit == "points":
        return _change(figure)
    if figure.unit == "relative change":
        return _relative(figure)
    return _amount(figure)


def mark(status: str) -> str:
    """The sign of a status, readable without colour."""
    return _MARKS[status]


def _share(figure: Figure) -> Shown:
    low, high = figure.low, figure.high
    if figure.value is None:
        return _bounded_share(0.0 if low is None else low, 1.0 if high is None else high)
    digits = 0 if figure.value >= _WHOLE_FROM or figure.value == 0 else 1
    number = percent(figure.value, digits) if figure.value == 0 or figure.value >= _TRACE else f"<{THIN}0.1"
    if low is None or high is None or (low == high and figure.sources <= 1):
        return Shown(number, "%", "one source" if figure.sources == 1 else "")
    ends = (outward(low, digits, up=False), outward(high, digits, up=True))
    return Shown(number, "%", f"({ends[0]}–{ends[1]})")


def _bounded_share(low: float, high: float) -> Shown:
    low = low if low >= _TRACE else 0.0
    digits = 0 if high >= _WHOLE_FROM else 1
    ends = (outward(low, digits, up=False), outward(high, digits, up=True))
    if low > 0 and high - low <= _TIGHT:
        return Shown(f"{ends[0]}–{ends[1]}", "%", "no point value")
    if low > 0:
        own = 0 if low >= _WHOLE_FROM else 1
        return Shown(f"≥{THIN}{outward(low, own, up=False)}", "%", f"({ends[0]}–{ends[1]})")
    if high <= _SMALL:
        return Shown(f"≤{THIN}{ends[1]}", "%", "upper bound")
    return Shown("unknown", "", f"({ends[0]}–{ends[1]})")


def _change(figure: Figure) -> Shown:
    """A change in percentage points, signed."""
    if figure.value is None:
        return Shown("unknown", "", "")
    points = figure.value * 100
    number = f"{points:+.0f}" if abs(points) >= 1 else f"{points:+.1f}"
    number = number.replace("-", "−")
    if figure.low is None or figure.high is None:
        return Shown(number, "points", "")
    ends = f"({math.floor(figure.low * 100):+d} to {math.ceil(figure.high * 100):+d})".replace("-", "−")
    return Shown(number, "points", ends)


def _relative(figure: Figure) -> Shown:
    """A change in percent of what it is a change of, signed; two digits where it is small."""
    if figure.value is None:
        return Shown("unknown", "", "")
    number = _signed_percent(figure.value)
    if figure.low is None or figure.high is None:
        return Shown(number, "%", "")
    low, high = _signed_percent(figure.low), _signed_percent(figure.high)
    return Shown(number, "%", "" if low == number == high else f"({low} to {high})")


def _signed_percent(change: float) -> str:
    percents = change * 100
    digits = 1 if abs(percents) >= 1 else 2
    rounded = round(percents, digits) + 0.0
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else "0"


def _amount(figure: Figure) -> Shown:
    if figure.value is None:
        return Shown("unknown", "", "")
    ends = [end for end in (figure.low, figure.high) if end is not None]
    like = max((abs(one) for one in (figure.value, *ends)), default=0.0)  # a nought is shown in the unit of its range
    like = abs(figure.value) if figure.value else like
    number, unit = _scaled(figure.value, figure.unit, like=like)
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return Shown(number, unit, "")
    low, _ = _scaled(figure.low, figure.unit, like=like)
    high, _ = _scaled(figure.high, figure.unit, like=like)
    return Shown(number, unit, "" if low == number == high else f"({low}–{high})")


def _scaled(amount: float, unit: str, *, like: float | None = None) -> tuple[str, str]:
    size = abs(amount if like is None else like)
    if unit in _MONEY:
        for step, name in ((1e12, "tn"), (1e9, "bn"), (1e6, "mn")):
            if size >= step:
                return _digits(amount / step), f"{name} {unit}"
        return _digits(amount), unit
    if unit == "mass":
        return (_digits(amount / 1e6), "Mt") if size >= 1e5 else (_digits(amount), "t")  # noqa: PLR2004 - 0.1 Mt
    if unit in {"count", "rank", "people", "students"}:
        return f"{amount:,.0f}", "" if unit == "count" else unit
    return _digits(amount), unit


def _digits(amount: float) -> str:
    size = abs(amount)
    if size >= 100:  # noqa: PLR2004 - three figures are as many as these sources support
        return f"{amount:,.0f}".replace("-", "−")
    return (f"{amount:.1f}" if size >= 1 or amount == 0 else f"{amount:.2g}").replace("-", "−")


def percent(share: float, digits: int) -> str:
    """A share in percent, half away from zero, never a negative zero."""
    scale = 10**digits
    rounded = math.floor(share * 100 * scale + 0.5 + 1e-9) / scale
    return f"{rounded + 0.0:.{digits}f}"


def outward(share: float, digits: int, *, up: bool) -> str:
    """An end of a range in percent, rounded away from the middle so that the range is never narrower than it is."""
    scale = 10**digits
    scaled = share * 100 * scale
    nearest = round(scaled)
    if abs(scaled - nearest) < 1e-6:  # noqa: PLR2004 - float noise on a round figure is no reason to widen
        scaled = nearest
    return f"{(math.ceil(scaled) if up else math.floor(scaled)) / scale + 0.0:.{digits}f}"


def period_text(start: dt.date, end: dt.date) -> str:
    """A half-open period as people write it: 2023, 2020–2024, Jan–Sep 2023, or a day."""
    last = end - dt.timedelta(days=1)
    if start == last:
        return start.isoformat()
    whole_years = (start.month, start.day, end.month, end.day) == (1, 1, 1, 1)
    if whole_years:
        return str(start.year) if start.year == last.year else f"{start.year}–{last.year}"
    if start.day == 1 and end.day == 1 and start.year == last.year:
        first, final = _MONTHS[start.month - 1], _MONTHS[last.month - 1]
        return f"{first} {start.year}" if first == final else f"{first}–{final} {start.year}"
    return f"{start.isoformat()} to {last.isoformat()}"
