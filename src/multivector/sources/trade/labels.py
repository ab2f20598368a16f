"""Whom a provider's label means: an actor of the world, a sum that would count twice, or nobody known."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import polars as pl

from multivector.errors import nearest
from multivector.world import World

# Eurostat names its sums by when they held: labels that begin so, and codes of this form, are sums of members
_SUM_BEGINNINGS: Final = ("European Union", "Euro area", "Extra-EU", "Intra-EU", "Extra-euro area", "Intra-euro area")
_SUM_CODE: Final = re.compile(
    r"(?:EU|EA|EUROZONE|EXT_EU|INT_EU|EXTRA_EU|INTRA_EU|EFTA)\d*(?:_\d{4})?(?:_EXTRA|_INTRA)?"
)
_SUM: Final = "is a sum of others: with its members it would count twice"
# Eurostat: high seas, stores and provisions, countries not specified or secret
_NOWHERE_CODE: Final = re.compile(r"Q[P-Z]")
_NOWHERE: Final = "names no partner: what it holds belongs to nobody"
# Eurostat's own sum of the 27 members since 2020 is the only one that is an actor
_EU: Final = "EU"
_27: Final = (
    "AT, BE, BG, CY, CZ, DE, DK, EE, ES, FI, FR, GR, HR, HU, IE, IT, LT, LU, LV, MT, NL, PL, PT, RO, SE, SI, SK"
)
_EU_27: Final = ("EU27_2020", f"European Union - 27 countries ({_27})")


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labels of a column: those `placed` with their actors, those `left` with the reason, and those nobody knows.

    `strange` holds the nearest known spellings of each.
    """

    placed: dict[str, str]
    left: dict[str, str]
    strange: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """The spellings by which labels are matched, exactly. `members`: of the European Union today."""

    spellings: dict[str, str]
    members: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class _Listed:
    """`labels.csv`: spellings that providers use, and labels that stay out, with the reason."""

    actors: dict[str, str]
    reasons: dict[str, str]


def spellings(world: World) -> Names:
    """The codes and English names of the world's states and territories, and every other spelling in `labels.csv`."""
    rows = world.rows("actors", pl.col("kind").is_in(["state", "territory", "world"])).select("actor", "name")
    codes = frozenset(rows["actor"])
    own = {name: actor for actor, name in rows.iter_rows()} | {code: code for code in codes}
    others = {label: actor for label, actor in _listed().actors.items() if actor in codes}
    ends = world.rows("memberships", pl.col("organisation") == _EU, pl.col("role") == "member")
    return Names(own | others, frozenset(ends.filter(pl.col("period_end").is_null())["actor"]))


def match(labels: Iterable[str], names: Names) -> Labels:
    """Match labels exactly. A sum of members stays out; only Eurostat's of the 27 is the EU, where no member is beside.

    A label that is written in another case, or with more or fewer words, is not the same label.
    """
    placed: dict[str, str] = {}
    left: dict[str, str] = {}
    strange: dict[str, tuple[str, ...]] = {}
    for label in labels:
        reason = _reason(label)
        if reason is not None:
            left[label] = reason
        elif label in names.spellings:
            placed[label] = names.spellings[label]
        else:
            strange[label] = nearest(label, names.spellings)
    if not names.members & set(placed.values()):
        for label in set(_EU_27) & set(left):
            placed[label] = _EU
            del left[label]
    return Labels(placed, left, strange)


def _reason(label: str) -> str | None:
    if label.startswith(_SUM_BEGINNINGS) or _SUM_CODE.fullmatch(label):
        return _SUM
    return _NOWHERE if _NOWHERE_CODE.fullmatch(label) else _listed().reasons.get(label)


@cache
def _listed() -> _Listed:
    content = files("multivector.sources.trade").joinpath("labels.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(content.splitlines()))
    actors = {row["label"]: row["actor"] for row in rows if row["actor"]}
    return _Listed(actors, {row["label"]: row["reason"] for row in rows if row["reason"]})
