"""The brief as data: the JSON whose field names are fixed, and the same tree for the page's script."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass

import polars as pl

from multivector.brief.content import Brief, Figure


def as_json(brief: Brief) -> str:
    """The brief as JSON text: null for unknown, never NaN; the same bytes for the same world and parameters."""
    return json.dumps(as_data(brief), ensure_ascii=False, allow_nan=False, indent=1)


def as_data(brief: Brief) -> dict[str, object]:
    """The brief as plain data."""
    return {
        "pivot": brief.pivot,
        "as_of": brief.as_of.isoformat(),
        "version": brief.version,
        "data_hash": brief.data_hash,
        "worldview": brief.worldview,
        "figures": [_figure(figure) for figure in brief.figures.values()],
        "facts": facts_data(brief.facts),
        "sources": sources_data(brief.sources),
        "caveats": list(brief.caveats),
        "blocks": [
            {"headline": _plain(brief.headline), "deck": _plain(brief.deck), "keys": _plain(brief.keys)},
            *[_plain(section) for section in brief.sections],
        ],
    }


def _figure(figure: Figure) -> dict[str, object]:
    """A figure with the fixed field names first."""
    data = asdict(figure)
    return {name: _plain(data[name]) for name in data}


def facts_data(facts: pl.DataFrame) -> dict[str, dict[str, object]]:
    """Row id -> what the row says and where it stands."""
    return {
        row["id"]: {
            "table": row["table"],
            "values": {
                "says": row["says"],
                "value": row["value"],
                "unit": row["unit"],
                "period_start": _plain(row["period_start"]),
                "period_end": _plain(row["period_end"]),
            },
            "source": row["source"],
            "locator": row["locator"],
            "published": _plain(row["published"]),
            "status": row["status"],
        }
        for row in facts.iter_rows(named=True)
    }


def sources_data(sources: pl.DataFrame) -> dict[str, dict[str, object]]:
    """Source key -> its record."""
    kept = ("producer", "title", "url", "published", "license", "kind", "rows")
    return {row["source"]: {name: _plain(row[name]) for name in kept} for row in sources.iter_rows(named=True)}


def _plain(value: object) -> object:
    if isinstance(value, dt.date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        named = {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
        return {"block": type(value).__name__, **named}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(str(one) for one in value)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
