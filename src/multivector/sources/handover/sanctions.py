"""From sanctions.csv to events (who said, measured or did what about re-exports) and four totals of trade."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from multivector.sources.handover.base import Left, Row, Source, Taken, decimals, read_facts
from multivector.sources.handover.printed import Fact, joined
from multivector.sources.handover.publications import publication
from multivector.sources.handover.said import ACTORS, Speaker, published_of, threads

FILE: Final = "sanctions.csv"
_SEED: Final = "seed op-ed"
_SEED_REASON: Final = "the sample article must not be checked against itself"

_STATUSES: Final[dict[str, str]] = {
    "reported": "observed",
    "computed": "derived",
    "published": "observed",
    "broken mirror": "derived",
    "in force": "observed",
    "stands": "claim",
    "denied": "claim",
}
_WORDED: Final[dict[str, str]] = {  # notes name hand-over ids that no row carries
    "S001": "the claim",
    "S003": "the other claim of that day",
}
_FIGURES: Final = frozenset({"surge", "statistic", "mirror"})


@dataclass(frozen=True, slots=True)
class _Unit:
    """Unit of the schema; a drop is a negative change; what the printed word said more."""

    unit: str
    sign: str = ""
    said: str = ""


_UNITS: Final[dict[str, _Unit]] = {
    "": _Unit("words"),
    "USD million": _Unit("USD mn"),
    "USD billion": _Unit("USD bn"),
    "EUR million": _Unit("EUR mn"),
    "EUR billion": _Unit("EUR bn"),
    "ratio": _Unit("ratio"),
    "growth": _Unit("relative change"),
    "relative rise": _Unit("relative change"),
    "relative drop": _Unit("relative change", sign="-"),
    "share": _Unit("fraction"),
    "share (upper end)": _Unit("fraction", said="upper end of a range"),
    "share (upper bound)": _Unit("fraction", said="upper bound"),
    "goods": _Unit("goods"),
    "HS6 codes": _Unit("HS6 codes"),
}


@dataclass(frozen=True, slots=True)
class _Total:
    """A total of trade between Kazakhstan and Russia that an event prints: also a flow."""

    reporter: str | None
    start: str
    end: str
    qualifier: str = "exact"


_TOTALS: Final[dict[str, _Total]] = {
    "G003": _Total("KAZ", "2022-01-01", "2022-11-01"),
    "G024": _Total("RUS", "2022-01-01", "2023-01-01", qualifier="about"),  # converted from 2 trillion roubles
    "G025": _Total("KAZ", "2022-01-01", "2023-01-01", qualifier="more_than"),
    "G027": _Total("KAZ", "2021-01-01", "2022-01-01"),
}


def convert(folder: Path) -> Iterator[Taken | Left | Source]:
    """Every fact of the file but the sample article's own."""
    facts = tuple(read_facts(folder / FILE))
    kept = tuple(fact for fact in facts if not fact["source"].startswith(_SEED))
    thread_of = threads(kept)
    for fact in facts:
        if fact["source"].startswith(_SEED):
            yield Left(FILE, fact["id"], _SEED_REASON)
            continue
        yield publication(fact["source"], fact["url"])
        yield Taken(FILE, fact["id"], "events", _event_row(fact, thread_of.get(fact["id"])))
        if fact["id"] in _TOTALS:
            yield Taken(FILE, fact["id"], "flows", _flow_row(fact, _TOTALS[fact["id"]]))


def _event_row(fact: Fact, thread: str | None) -> Row:
    speaker = ACTORS.get(fact["actor"], Speaker())
    unit = _UNITS[fact["unit"]]
    return {
        "kind": fact["kind"],
        "actors": speaker.actors,
        "people": speaker.people,
        "organisation": None,
        "place": None,
        "what": f"{fact['subject']}: {fact['statement']}",
        "value": f"{unit.sign}{fact['value']}" if fact["value"] else None,
        "unit": unit.unit,
        "precision": fact["date_precision"],
        "related": thread,
        **_period(fact),
        **_cited(fact, unit.said),
    }


def _flow_row(fact: Fact, total: _Total) -> Row:
    return {
        "sender": "KAZ",
        "receiver": "RUS",
        "channel": "trade",
        "product": "goods",
        "measure": "turnover",
        "value": fact["value"],
        "unit": _UNITS[fact["unit"]].unit,
        "reporter": total.reporter,
        "scope": "goods",
        "basis": "none",
        "list_rule": "selected",
        "qualifier": total.qualifier,
        "decimals": decimals(fact["value"]),
        "via": None,
        "period_start": total.start,
        "period_end": total.end,
        **_cited(fact, fact["statement"]),
    }


def _cited(fact: Fact, said: str) -> Row:
    word = fact["status"]
    figure = fact["kind"] in _FIGURES
    status = _STATUSES.get(word) or ("observed" if figure else "claim")
    given = fact["note"]
    for name, words in _WORDED.items():
        given = given.replace(name, words)
    notes = (f"by: {fact['actor']}", said, f"handed over as: {word}", f"grade {fact['grade']}", given)
    return {
        "status": status,
        "source": publication(fact["source"], fact["url"]).source,
        "locator": fact["url"] or None,
        "published": published_of(fact),
        "note": joined(*notes),
    }


def _period(fact: Fact) -> Row:
    """From the last day and its precision to a half-open period; an unknown start stays empty."""
    last = dt.date.fromisoformat(fact["date"])
    if fact["date_precision"] == "day":
        start: dt.date | None = last
    elif fact["date_precision"] == "year":
        start = last.replace(month=1, day=1)
    elif fact["date_precision"] == "month":
        start = last.replace(day=1)
    else:
        start = None
    return {"period_start": start.isoformat() if start else None, "period_end": _end(last, fact["date_precision"])}


def _end(last: dt.date, precision: str) -> str:
    if precision == "month":  # the day given is any day of the month
        next_month = last.replace(day=28) + dt.timedelta(days=4)
        return next_month.replace(day=1).isoformat()
    return (last + dt.timedelta(days=1)).isoformat()
