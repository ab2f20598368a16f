"""The tables by name, and the order of their columns in a file."""

from __future__ import annotations

from typing import Final

import dataframely as dy

from multivector.schema.actors import Actors, Groups, Memberships, Obligations, Offices, Sources, Ties
from multivector.schema.base import Statement
from multivector.schema.flows import Elasticities, Flows, Indicators, IoFlows, Products, Sectors
from multivector.schema.network import Bottlenecks, Expansions, Geometries, Legs, LegValues, Places, Routes
from multivector.schema.politics import Events, Issues, Policies, Positions, Votes

SOURCES: Final = "sources"
TABLES: Final[dict[str, type[dy.Schema]]] = {
    "sources": Sources,
    "actors": Actors,
    "groups": Groups,
    "memberships": Memberships,
    "offices": Offices,
    "obligations": Obligations,
    "ties": Ties,
    "flows": Flows,
    "indicators": Indicators,
    "io_flows": IoFlows,
    "products": Products,
    "sectors": Sectors,
    "elasticities": Elasticities,
    "places": Places,
    "legs": Legs,
    "leg_values": LegValues,
    "routes": Routes,
    "bottlenecks": Bottlenecks,
    "expansions": Expansions,
    "geometries": Geometries,
    "policies": Policies,
    "events": Events,
    "votes": Votes,
    "issues": Issues,
    "positions": Positions,
}

_COMMON: Final = tuple(Statement.columns())
_TAIL: Final = ("period_start", "period_end", "status", "source", "locator", "published", "note")


def column_names(table: str) -> tuple[str, ...]:
    """Columns of a table's CSV file: what the row says first, who said it last; the id is computed, not stored."""
    columns = tuple(TABLES[table].columns())
    if table == SOURCES:
        return columns
    return (*(name for name in columns if name not in _COMMON), *_TAIL)


def content_columns(table: str) -> tuple[str, ...]:
    """The columns that make the row's id, in a fixed order: all but the id itself and the note."""
    return tuple(sorted(name for name in TABLES[table].columns() if name not in {"id", "note"}))
