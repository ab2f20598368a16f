"""What was said of the trade, joined with what was counted: claims and denials as pairs, never as facts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from multivector.lenses.monitor.params import MonitorParams
from multivector.world import World
from multivector.world.citing import actor_names

_KINDS: Final = ("claim", "denial", "statement", "assessment", "measure", "mirror", "surge", "statistic", "study")
_BANS: Final = ("export_ban", "sanction")
_TOPICS: Final = ("substitution:", "ghost trade:")  # studies of the whole trade, whoever the pivot is
_CODED: Final = re.compile(r"handed over as: ([a-z][a-z ]*)")
_SPEAKER: Final = re.compile(r"^by: ([^;]+)")
_GROWTH: Final = re.compile(r"^EU(?:27)? exports (\d{4}) -> (\d{4})")
_RATIO: Final = re.compile(r"^EU(?:27)?->([A-Z]{3}) (\d{4}): ")
_GAP: Final = re.compile(r"^EU(?:27)?->([A-Z]{3}) all goods: Gap")
_CODES: Final = "USD|EUR|KZT|RUB|GBP|CNY|TRY"
_SIZE: Final = r"\d\s?(?:(?:mn|bn|million|billion|trillion)\s)?"
_MONEY: Final = re.compile(rf"\b({_CODES})\s?\d|{_SIZE}({_CODES})\b")
_WORDS: Final = {
    "rouble": "RUB", "ruble": "RUB", "tenge": "KZT", "euro": "EUR", "dollar": "USD", "pound": "GBP", "yuan": "CNY",
    "lira": "TRY",
}  # fmt: skip
_SPOKEN: Final = re.compile(rf"{_SIZE}({'|'.join(_WORDS)})s?\b", re.IGNORECASE)
_AMOUNTS: Final = frozenset({"USD", "EUR", "KZT", "RUB"})  # currencies of units of the schema
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """One statement: the row, the key of what it answers, and who spoke."""

    row: Mapping[str, Any]
    key: str | None
    kind: str
    by: str
    says: str

    @property
    def id(self) -> str:
        """The row's id."""
        return str(self.row["id"])


@dataclass(frozen=True, slots=True)
class Measured:
    """The figure that a statement can be held against, in words, with its rows."""

    value: float | None
    unit: str
    of: str
    facts: tuple[str, ...]


def statement_table(world: World, mirror: pl.DataFrame, growth: pl.DataFrame, params: MonitorParams) -> pl.DataFrame:
    """One line a statement about the pivot's trade and the sanctions, oldest first.

    `standing`: contradicted where a claim and a denial share a key, where two statements give one quantity differently,
    or where the row is coded so; else as coded, else stated. `low` and `high` span what the statements of one quantity
    say. `verdict` holds a statement against the counts of this answer.
    """
    said = list(_statements(world, params))
    said += list(_bans(world, params, said))
    lines = [_line(one, said, mirror, growth, params) for one in said]
    return pl.DataFrame(lines, schema=_SCHEMA).sort("period_end", "key", "kind", "facts", nulls_last=True)


def _statements(world: World, params: MonitorParams) -> Iterator[Said]:
    about = _about(world, params)
    for row in world.rows("events", pl.col("kind").is_in(_KINDS)).iter_rows(named=True):
        actors = (row["actors"] or "").split(";")
        general = row["kind"] == "study" and row["what"].startswith(_TOPICS)
        if params.pivot in actors or general or about.search(row["what"]):
            speaker = _SPEAKER.match(row["note"] or "")
            by = speaker[1] if speaker else (row["people"] or row["actors"] or row["source"])
            yield Said(row, row["related"], row["kind"], by, row["what"])


def _about(world: World, params: MonitorParams) -> re.Pattern[str]:
    """The pivot by code or by name; a name ending in -stan also as the people: Kazakh."""
    name = actor_names(world)[params.pivot]
    stem = re.sub(r"i?stan$", "", name)
    return re.compile(rf"\b{params.pivot}\b|\b{re.escape(stem if len(stem) > 3 else name)}")  # noqa: PLR2004 - a word


def _bans(world: World, params: MonitorParams, said: Sequence[Said]) -> Iterator[Said]:
    """Bans by the pivot on the target. One that a statement of the same days and figure speaks of shares its key."""
    rows = world.rows("policies", pl.col("kind").is_in(_BANS)).iter_rows(named=True)
    for row in rows:
        if params.pivot in row["by"].split(";") and params.target in row["on"].split(";"):
            subject = row["text"] or row["product"] or f"{row['level']:g} {row['unit']}"
            twin = next((one.key for one in said if one.key and _is_same(one.row, row)), None)
            says = f"{row['kind'].replace('_', ' ')} of {row['by']} on {row['on']}: {subject}"
            yield Said({**row, "value": row["level"]}, twin, row["kind"], row["by"], says)


def _is_same(event: Mapping[str, Any], policy: Mapping[str, Any]) -> bool:
    days = event["period_start"], policy["period_start"]
    return (
        event["kind"] == "claim"
        and policy["status"] == "claim"
        and event["value"] is not None
        and event["value"] == policy["level"]
        and all(days)
        and abs(days[0] - days[1]) <= _DAY
    )


def _line(
    one: Said, said: Sequence[Said], mirror: pl.DataFrame, growth: pl.DataFrame, params: MonitorParams
) -> dict[str, Any]:
    group = [other for other in said if one.key is not None and other.key == one.key]
    same = [other.row["value"] for other in group if _same_quantity(one, other)]
    spread = len(set(same)) > 1
    against = _measured(one, mirror, growth, params)
    row = one.row
    return {
        "key": one.key,
        "kind": one.kind,
        "by": one.by,
        "says": one.says,
        "value": row["value"],
        "low": min(same) if spread else None,
        "high": max(same) if spread else None,
        "unit": row["unit"],
        "period_start": row["period_start"],
        "period_end": row["period_end"],
        "status": row["status"],
        "standing": _standing(one, group, spread=spread),
        "against": sorted({other.says for other in group if other.id != one.id}),
        "figure": against.value if against else None,
        "figure_unit": against.unit if against else None,
        "figure_of": against.of if against else None,
        "verdict": _verdict(row, against, params) if against else None,
        "warning": _shared_warning(one, group),
        "published": row["published"],
        "source": row["source"],
        "facts": sorted({one.id, *(other.id for other in group), *(against.facts if against else ())}),
    }


def _same_quantity(one: Said, other: Said) -> bool:
    alike = all(one.row[name] == other.row[name] for name in ("unit", "period_end"))
    return alike and one.row["unit"] != "words" and other.row["value"] is not None and one.row["value"] is not None


def _standing(one: Said, group: Sequence[Said], *, spread: bool) -> str:
    kinds = {other.kind for other in group}
    coded = _CODED.search(one.row["note"] or "")
    word = coded[1].strip() if coded else "stated"
    if spread or {"claim", "denial"} <= kinds or word in {"denied", "contradicted"}:
        return "contradicted"
    return word


def _measured(one: Said, mirror: pl.DataFrame, growth: pl.DataFrame, params: MonitorParams) -> Measured | None:
    """The figure of this answer that speaks of the same quantity; None where there is none."""
    if params.exporter != "EU":
        return None
    text, unit = one.says, one.row["unit"]
    if (found := _GROWTH.match(text)) and unit == "relative change":
        years = (pl.col("year_from") == int(found[1])) & (pl.col("year_to") == int(found[2]))
        line = growth.filter(years & (pl.col("importer") == params.pivot))
        return _first(line, "growth", "relative change", f"exports of the EU, {found[1]} to {found[2]}")
    if (found := _RATIO.match(text)) and unit == "ratio":
        line = mirror.filter((pl.col("year") == int(found[2])) & (pl.col("importer") == found[1]))
        return _first(line, "ratio", "ratio", f"exports over recorded imports, {found[2]}")
    if found := _GAP.match(text):
        line = mirror.filter((pl.col("year") == params.event.year) & (pl.col("importer") == found[1]))
        return _first(line, f"gap_{params.suffix}", f"{params.currency} mn", f"gap of {params.event.year}")
    return None


def _first(line: pl.DataFrame, column: str, unit: str, of: str) -> Measured | None:
    if line.is_empty():
        return None
    row = line.row(0, named=True)
    flagged = [] if "flag" not in row or row["flag"] == "ok" else row["flags"]
    said = f"{of} ({', '.join(flagged)})" if flagged else of
    return Measured(None if flagged else row[column], unit, said, tuple(row["facts"]))


def _verdict(row: Mapping[str, Any], against: Measured, params: MonitorParams) -> str:
    """Agrees or differs, where both are known and in one unit."""
    if against.value is None:
        return "the count cannot be used"
    if row["unit"] != against.unit:
        return f"not compared: {row['unit']} against {against.unit}"
    return "agrees" if abs(row["value"] - against.value) <= params.agree * abs(against.value) else "differs"


def _warning(row: Mapping[str, Any]) -> str | None:
    """A statement or its note that names an amount in a currency other than the row's: kept, never converted here."""
    own = (row["unit"] or "").split(" ")[0]
    said, noted = _currencies(row.get("what") or ""), _currencies(row["note"] or "")
    others = ", ".join(sorted((said | noted) - {own}))
    if not others or own not in _AMOUNTS:
        return None
    if said and own not in said:
        return f"stated in {', '.join(sorted(said))}: the amount in {own} is the source's conversion, at its own rate"
    return f"an amount in {others} stands beside one in {own}: kept as stated, not converted"


def _shared_warning(one: Said, group: Sequence[Said]) -> str | None:
    """The statement's own warning, else that its range spans one that has a warning."""
    others = [other for other in group if other.id != one.id and _same_quantity(one, other)]
    if (own := _warning(one.row)) is None and any(_warning(other.row) for other in others):
        return "the range holds an amount that was stated in another currency"
    return own


def _currencies(text: str) -> set[str]:
    """Currencies in which a text names an amount: `EUR 5`, `5 bn EUR`, `5 billion roubles`."""
    words = {_WORDS[word.lower()] for word in _SPOKEN.findall(text)}
    return words | {first or second for first, second in _MONEY.findall(text)}


_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "key": pl.String,
    "kind": pl.String,
    "by": pl.String,
    "says": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "unit": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "status": pl.String,
    "standing": pl.String,
    "against": pl.List(pl.String),
    "figure": pl.Float64,
    "figure_unit": pl.String,
    "figure_of": pl.String,
    "verdict": pl.String,
    "warning": pl.String,
    "published": pl.Date,
    "source": pl.String,
    "facts": pl.List(pl.String),
}
